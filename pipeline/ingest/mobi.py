"""Kindle books without DRM (.mobi, .azw, .azw3, .prc), old and new: read as the pages that they were made from.

A file may hold a book twice, as Mobipocket and as KF8; the latter is taken, it says more. Links become links of
XHTML again, so that notes, contents and chapters are found as in an EPUB.
"""

from __future__ import annotations

import re
from pathlib import Path

from pipeline.errors import SourceEmpty, SourceUnsupported
from pipeline.ingest.blocks_text import fold
from pipeline.ingest.mobi_index import Index, read_index
from pipeline.ingest.mobi_kf8 import Places, assemble
from pipeline.ingest.mobi_old import divide
from pipeline.ingest.mobi_records import NONE, Database, Header, read_database, read_header, read_text
from pipeline.ingest.pages import Bound, Line, bind
from pipeline.model import Book, Metadata, SourceInfo, SourceKind
from pipeline.settings import ReadingSettings

_AUTHOR, _PUBLISHER, _DESCRIPTION, _ISBN, _SUBJECT, _DATE = 100, 101, 103, 104, 105, 106
_ASIN, _KF8_START, _COVER, _TITLE, _LANGUAGE = 113, 121, 201, 503, 524
_POSITION, _LABEL, _LEVEL, _FRAGMENT = 1, 3, 4, 6
"""Tags of the table of contents."""
_TAGS = re.compile(r"<[^<>]*>")


def read_mobi(path: Path, settings: ReadingSettings, uri: str, sha256: str) -> Book:
    """Read a Kindle book.

    Raises SourceProtected (DRM), SourceUnsupported (Topaz, print replica), SourceBroken, SourceTooLarge, SourceEmpty.
    """
    database = read_database(path.read_bytes(), uri)
    first = read_header(database, 0, uri)
    header = _newer(database, first)
    text = read_text(database, header)
    if text.startswith(b"%MOP"):
        raise SourceUnsupported(f"{uri} is a print replica, a PDF for Kindles: hand in the PDF.")
    doubts: list[str] = []
    contents = read_index(database, header.contents, uri)
    places: Places | None = None
    if header.version >= 8 and header.skeletons != NONE:
        parts, places = assemble(database, header, text)
    else:
        parts = divide(text, header.encoding)
    found = _contents(contents, header, places)
    pages = parts.pages((place for place, _, _ in found), doubts)
    if not pages:
        raise SourceEmpty(f"{uri} has no text that can be narrated.")
    lines = [Line(label, level + 1, href) for place, level, label in found if (href := parts.href(place))]
    bound = Bound(
        path=path,
        pages=pages,
        contents=lines or parts.contents_by_links(pages),
        metadata=_metadata(header, first),
        cover=_cover(database, first),
        doubts=tuple(f"{uri}: {doubt}" for doubt in doubts),
    )
    return bind(bound, settings, SourceInfo(SourceKind.MOBI, uri, sha256))


def _newer(database: Database, first: Header) -> Header:
    """The header of the newer of the two books in the file, where there are two."""
    start = first.number(_KF8_START)
    if start == NONE or database[start][16:20] != b"MOBI":
        return first
    second = read_header(database, start, first.uri)
    return second if second.version >= 8 else first


def _contents(index: Index, header: Header, places: Places | None) -> list[tuple[int, int, str]]:
    """The table of contents, position, level and title, in the order of the text: all parts stand first there."""
    found: list[tuple[int, int, str]] = []
    for entry in index.entries:
        label = fold(index.text(entry.first(_LABEL, -1)).decode(header.encoding, errors="replace"))
        fragment = entry.tags.get(_FRAGMENT, [])
        if places is not None and len(fragment) >= 2:
            place = places.of(fragment[0], fragment[1])
        else:
            place = entry.first(_POSITION, -1)
        if label and place >= 0:
            found.append((place, entry.first(_LEVEL), label))
    return sorted(found)


def _metadata(header: Header, first: Header) -> Metadata:
    def said(kind: int) -> list[str]:
        return [
            text for value in header.said(kind) or first.said(kind) if (text := fold(_TAGS.sub(" ", value)))
        ]

    def one(kind: int) -> str:
        return next(iter(said(kind)), "")

    isbn = re.sub(r"[^0-9Xx]", "", one(_ISBN))
    return Metadata(
        title=one(_TITLE) or fold(header.title) or fold(first.title),
        authors=tuple(
            name for value in said(_AUTHOR) for part in re.split(r"[;&]", value) if (name := part.strip())
        ),
        language=one(_LANGUAGE) or header.language,
        identifier=one(_ASIN),
        isbn=isbn if len(isbn) in (10, 13) else "",
        publisher=one(_PUBLISHER),
        published=one(_DATE),
        description=one(_DESCRIPTION),
        subjects=tuple(dict.fromkeys(said(_SUBJECT))),
    )


def _cover(database: Database, first: Header) -> bytes:
    number = first.number(_COVER)
    if number == NONE or first.first_image == NONE:
        return b""
    return database[first.first_image + number]


__all__ = ["read_mobi"]
