"""The writer of read-along EPUBs opens a stranger's file outside the reader's sandbox: nothing gets through there."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.errors import PublishError, SourceError
from pipeline.model import Book
from pipeline.publish.readalong.writer import ReadAlong, write_readalong
from tests.helpers_epub import lie_about_size, page, read, write_epub
from tests.readalong import narrated, silence

TOC = [("One", "1.xhtml")]
TEXT = "<p>The keeper lit the lamp.</p>"
LAUGHS = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(12))
MANY = 300_000
"""So many of one character take minutes where the time grows with their square."""


def along(source: Path, folder: Path, book: Book | None = None) -> tuple[Path, ReadAlong]:
    """What is written for a file that was exchanged for the book that was read."""
    book = book or read(write_epub(folder / "book.epub", {"1.xhtml": page(TEXT)}, TOC))
    chapters = narrated(book, silence(folder))
    path = folder / "along.epub"
    return path, write_readalong(path, chapters=chapters, metadata=book.metadata, source=source)


def packed(folder: Path) -> Path:
    return write_epub(folder / "x.epub", {"1.xhtml": page(TEXT + "<p>" + "a" * 3_000_000 + "</p>")}, TOC)


def lying(folder: Path) -> Path:
    """Every size that is told of its document is a thousand bytes."""
    path = packed(folder)
    lie_about_size(path, "OPS/1.xhtml")
    return path


def nested(folder: Path) -> Path:
    return write_epub(folder / "x.epub", {"1.xhtml": page("<div>" * 5000 + TEXT + "</div>" * 5000)}, TOC)


def cut(folder: Path) -> Path:
    path = write_epub(folder / "x.epub", {"1.xhtml": page(TEXT)}, TOC)
    path.write_bytes(path.read_bytes()[:-40])
    return path


@pytest.mark.parametrize("crafted", [packed, lying, nested, cut])
def test_what_is_refused_when_it_is_read_is_refused_when_it_is_written(
    crafted: Callable[[Path], Path], tmp_path: Path
) -> None:
    source = crafted(tmp_path)
    with pytest.raises(SourceError):
        read(source)
    with pytest.raises((SourceError, PublishError)):
        along(source, tmp_path)


@pytest.mark.parametrize("limit", ["ZIP_ENTRIES", "ZIP_TOTAL_BYTES", "ZIP_ENTRY_BYTES"])
def test_the_limits_of_reading_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    files = {f"OPS/{n}.txt": b"x" * 400 for n in range(20)}
    source = write_epub(tmp_path / "x.epub", {"1.xhtml": page(TEXT * 100)}, TOC, files=files)
    book = read(source)
    path, made = along(source, tmp_path, book)
    assert made.shown == made.words
    path.unlink()
    monkeypatch.setattr(f"pipeline.ingest.epub_archive.{limit}", 15 if limit == "ZIP_ENTRIES" else 1500)
    with pytest.raises((SourceError, PublishError)):
        along(source, tmp_path, book)


@pytest.mark.parametrize(
    ("doctype", "content"),
    [
        (f'<!DOCTYPE html [<!ENTITY l0 "ha">{LAUGHS}]>', f"{TEXT}<p>Ha &l12;!</p>"),
        ('<!DOCTYPE html [<!ENTITY f SYSTEM "file:///etc/passwd">]>', f"{TEXT}<p>Ha &f;</p>"),
        ('<!DOCTYPE html [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x.dtd"> %p;]>', TEXT),
    ],
)
def test_no_entity_is_expanded_or_fetched(tmp_path: Path, doctype: str, content: str) -> None:
    document = f'{doctype}<html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title></head><body>{content}</body></html>'
    source = write_epub(tmp_path / "x.epub", {"1.xhtml": document}, TOC)
    try:
        path, _ = along(source, tmp_path)
    except (SourceError, PublishError):
        return
    with zipfile.ZipFile(path) as archive:
        written = b"".join(archive.read(name) for name in archive.namelist() if name.endswith("html"))
    assert len(written) < 20_000
    assert b"root:" not in written


def test_names_lead_nowhere(tmp_path: Path) -> None:
    evil = {"../../evil.xhtml": b"x", "OPS/../../../evil.css": b"x", "OPS\\..\\..\\evil.txt": b"x"}
    source = write_epub(tmp_path / "x.epub", {"1.xhtml": page(TEXT)}, TOC, files=evil)
    path, made = along(source, tmp_path)
    with zipfile.ZipFile(path) as archive:
        assert not [name for name in archive.namelist() if ".." in name]
    assert len([doubt for doubt in made.doubts if "leads out of the book" in doubt]) == len(evil)


@pytest.mark.parametrize(
    "document",
    [
        "<" * MANY,
        "<p>" + "<!--" * MANY,
        "<p " + "a" * MANY + ">",
        '<p a="' + "<head " * MANY + '"/>',
        "<![CDATA[" * MANY,
    ],
    ids=["open", "comments", "attribute", "quote", "sections"],
)
def test_a_page_takes_no_more_time_than_it_is_long(tmp_path: Path, document: str) -> None:
    files = {"OPS/2.xhtml": document.encode(), "OPS/s.css": ("a" * MANY + "/*" * MANY).encode()}
    source = write_epub(
        tmp_path / "x.epub",
        {"1.xhtml": page(TEXT), "2.xhtml": document},
        TOC,
        files={"OPS/s.css": files["OPS/s.css"]},
    )
    try:
        _, made = along(source, tmp_path)
    except SourceError:
        return
    assert made.shown == made.words
