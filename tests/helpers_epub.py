"""Writes small EPUBs for tests: only what a test is about has to be said."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from pipeline.ingest.epub import read_epub
from pipeline.model import Book
from pipeline.settings import ReadingSettings

CONTAINER = (
    '<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="{path}" media-type="application/oebps-package+xml"/></rootfiles></container>'
)
XHTML = (
    '<?xml version="1.0" encoding="utf-8"?>\n<html xmlns="http://www.w3.org/1999/xhtml" '
    'xmlns:epub="http://www.idpf.org/2007/ops"{attributes}><head><title>t</title></head>'
    "<body{body}>{content}</body></html>"
)
METADATA = "<dc:title>A Book</dc:title><dc:language>en</dc:language><dc:identifier>id</dc:identifier>"

Line = tuple[str, str] | tuple[str, str, Sequence["Line"]]
"""Of a table of contents: title, href, and perhaps the lines under it."""


def page(content: str, *, body: str = "", attributes: str = "") -> str:
    """An XHTML document with that content; ``body`` and ``attributes`` are attributes as written."""
    return XHTML.format(content=content, body=f" {body}" if body else "", attributes=f" {attributes}")


def nav(lines: Sequence[Line], landmarks: Mapping[str, str] | None = None) -> str:
    """A navigation document; landmarks are type -> href."""
    marks = "".join(f'<li><a epub:type="{k}" href="{v}">{k}</a></li>' for k, v in (landmarks or {}).items())
    found = f'<nav epub:type="landmarks"><ol>{marks}</ol></nav>' if marks else ""
    return page(f'<nav epub:type="toc"><ol>{_nav_lines(lines)}</ol></nav>{found}')


def _nav_lines(lines: Sequence[Line]) -> str:
    written = ""
    for title, href, *inner in lines:
        label = f'<a href="{href}">{title}</a>' if href else f"<span>{title}</span>"
        written += f"<li>{label}{f'<ol>{_nav_lines(inner[0])}</ol>' if inner else ''}</li>"
    return written


def ncx(lines: Sequence[Line]) -> str:
    """An NCX."""
    return (
        '<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/" version="2005-1"><navMap>'
        f"{_points(lines)}</navMap></ncx>"
    )


def _points(lines: Sequence[Line]) -> str:
    return "".join(
        f'<navPoint id="n"><navLabel><text>{title}</text></navLabel><content src="{href}"/>'
        f"{_points(inner[0]) if inner else ''}</navPoint>"
        for title, href, *inner in lines
    )


def package(
    documents: Sequence[str],
    *,
    metadata: str = METADATA,
    manifest: str = "",
    spine: str | None = None,
    extra: str = "",
    has_nav: bool = True,
    has_ncx: bool = False,
) -> str:
    """A package document whose spine is the documents in order; ``spine`` replaces the itemrefs."""
    items = "".join(
        f'<item id="d{n}" href="{href}" media-type="application/xhtml+xml"/>'
        for n, href in enumerate(documents)
    )
    if has_nav:
        items += '<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>'
    if has_ncx:
        items += '<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/>'
    refs = "".join(f'<itemref idref="d{n}"/>' for n in range(len(documents))) if spine is None else spine
    toc = ' toc="ncx"' if has_ncx else ""
    return (
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="uid">'
        '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:opf="http://www.idpf.org/2007/opf">'
        f"{metadata}</metadata><manifest>{items}{manifest}</manifest>"
        f"<spine{toc}>{refs}</spine>{extra}</package>"
    )


def write_zip(path: Path, files: Mapping[str, str | bytes]) -> Path:
    """A ZIP with those entries, in that order."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def write_epub(
    path: Path,
    documents: Mapping[str, str | bytes],
    toc: Sequence[Line] | None = None,
    *,
    landmarks: Mapping[str, str] | None = None,
    ncx_toc: Sequence[Line] | None = None,
    files: Mapping[str, str | bytes] | None = None,
    **packaged: str,
) -> Path:
    """An EPUB of those documents, read in that order.

    ``toc`` makes the navigation document, ``ncx_toc`` the NCX; without either the book has none. ``files``
    adds entries, or replaces any that would be written; the rest goes to ``package``.
    """
    opf = package(list(documents), has_nav=toc is not None, has_ncx=ncx_toc is not None, **packaged)
    entries: dict[str, str | bytes] = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": CONTAINER.format(path="OPS/book.opf"),
        "OPS/book.opf": opf,
        **{f"OPS/{name}": data for name, data in documents.items()},
    }
    if toc is not None:
        entries["OPS/nav.xhtml"] = nav(toc, landmarks)
    if ncx_toc is not None:
        entries["OPS/toc.ncx"] = ncx(ncx_toc)
    return write_zip(path, entries | dict(files or {}))


def read(path: Path, **settings: object) -> Book:
    """Read an EPUB with default settings but those."""
    return read_epub(path, ReadingSettings(**settings), str(path), "0" * 64)  # type: ignore[arg-type]


def one_page(path: Path, content: str, *, attributes: str = "", **settings: object) -> Book:
    """A book of one chapter with that content, read."""
    document = page(content, attributes=attributes)
    return read(write_epub(path / "book.epub", {"a.xhtml": document}, [("One", "a.xhtml")]), **settings)


def texts(book: Book, chapter: int = 0) -> list[str]:
    """The texts of a chapter's blocks."""
    return [block.text for block in book.chapters[chapter].blocks]


def titles(book: Book) -> list[str]:
    """The chapters' titles."""
    return [chapter.title for chapter in book.chapters]


def skipped(book: Book) -> dict[str, tuple[int, int]]:
    """Count and words of what is left out, by kind."""
    return {found.kind: (found.count, found.words) for found in book.skipped}


def lie_about_size(path: Path, name: str) -> None:
    """Let an archive tell that one of its entries has a thousand bytes, wherever it tells it."""
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        true = archive.getinfo(name).file_size
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = data.find(signature)
        while at >= 0:
            if struct.unpack_from("<I", data, at + offset)[0] == true:
                struct.pack_into("<I", data, at + offset, 1000)
            at = data.find(signature, at + 4)
    path.write_bytes(data)
