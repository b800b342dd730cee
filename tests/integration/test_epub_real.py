"""Real EPUBs against truths taken from the files themselves, by another reading than the pipeline's.

The other reading is ``zipfile`` and ``xml.etree``: labels of the table of contents as they stand there, text
of a document as ``itertext`` gives it.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest

from pipeline.errors import SourceBroken
from pipeline.ingest.epub import read_epub
from pipeline.model import Block, BlockKind, Book, Matter
from pipeline.settings import ReadingSettings
from tests.helpers_epub import skipped, texts, titles

pytestmark = pytest.mark.real

XHTML = "{http://www.w3.org/1999/xhtml}"
NCX = "{http://www.daisy.org/z3986/2005/ncx/}"
TYPE = "{http://www.idpf.org/2007/ops}type"

# Lines of each table of contents that have nothing to narrate, and why. Everything else must be a chapter.
NOT_NARRATED = {
    "childrens-literature": {"BIBLIOGRAPHY"},
    "developers-reference-en": {"Debian Developer's Reference"},  # the page of copyright and contents
    "developers-reference-ru": {"Debian Developer's Reference"},
    "importance-of-being-earnest": {"Titlepage", "Imprint", "Colophon", "Uncopyright"},
    "live-manual-fr": {"Table of Contents"},
    "mol-navigation": set[str](),
    "on-liberty": {"Titlepage", "Imprint", "Endnotes", "Colophon", "Uncopyright"},
    "purvis-poetry-se-built": {"Titlepage", "Imprint", "Colophon", "Uncopyright"},
    "quick_start_deu": {"Calibre Kurzanleitung", "Inhaltsverzeichnis"},
    "regime-anticancer-arabic": {"Couverture", "Page de titre"},
    "san-tzu-ching-giles-zh-en": {"Title page", "About"},
    "the-time-machine": {"Titlepage", "Imprint", "Endnotes", "Colophon", "Uncopyright"},
    "war-and-peace": {"Titlepage", "Imprint", "Endnotes", "Colophon", "Uncopyright"},
    "wasteland": {'NOTES ON "THE WASTE LAND"'},
}


@pytest.fixture(scope="module")
def books(samples: Path) -> Books:
    return Books(samples / "epub")


class Books:
    """The samples, each read once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.read = cache(self._read)

    def _read(self, name: str, *include: str) -> Book:
        path = self.folder / f"{name}.epub"
        return read_epub(path, ReadingSettings(include=include), str(path), "0" * 64)

    def files(self, name: str, suffix: str) -> Iterator[tuple[str, ElementTree.Element]]:
        with zipfile.ZipFile(self.folder / f"{name}.epub") as archive:
            for entry in sorted(archive.namelist()):
                if not entry.endswith(suffix):
                    continue
                text = archive.read(entry).decode().replace("&nbsp;", "\u00a0")
                with suppress(ElementTree.ParseError):  # one of them is not well-formed
                    yield entry, ElementTree.fromstring(text)


def labels(books: Books, name: str) -> list[str]:
    """The lines of the table of contents that lead somewhere, in order."""
    for _, root in books.files(name, ".xhtml"):
        for nav in root.iter(f"{XHTML}nav"):
            if nav.get(TYPE) == "toc":
                return [plain(a) for a in nav.iter(f"{XHTML}a") if a.get("href")]
    _, root = next(books.files(name, ".ncx"))
    return [plain(point.find(f"{NCX}navLabel")) for point in root.iter(f"{NCX}navPoint")]


def plain(element: ElementTree.Element | None) -> str:
    assert element is not None
    return squeeze("".join(element.itertext()))


def squeeze(text: str) -> str:
    return " ".join(re.sub("[\u00ad\u200b\u2060\ufeff]", "", text).split())


def said(book: Book) -> str:
    return "\n".join(chapter.text for chapter in book.chapters)


def blocks(book: Book) -> list[Block]:
    return [block for chapter in book.chapters for block in chapter.blocks]


@pytest.mark.parametrize("name", NOT_NARRATED)
def test_chapters_are_the_lines_of_the_table_of_contents(books: Books, name: str) -> None:
    lines = labels(books, name)
    assert titles(books.read(name)) == [line for line in lines if line not in NOT_NARRATED[name]]
    assert NOT_NARRATED[name] <= set(lines)


def test_war_and_peace_has_all_its_chapters(books: Books) -> None:
    book = books.read("war-and-peace")
    assert len(book.chapters) == 388
    assert [c.level for c in book.chapters[:5]] == [1, 1, 2, 3, 4]
    assert [c.title for c in book.chapters[:5]] == [
        "Dramatis Personae",
        "War and Peace",
        "Book I",
        "Part I: 1805",
        "I",
    ]
    files = [n for n, _ in books.files("war-and-peace", ".xhtml") if re.search(r"/(chapter|epilogue-\d)-", n)]
    prose = [chapter for chapter in book.chapters[2:] if len(chapter.text.split()) > 100]
    assert sorted(chapter.blocks[0].anchor.href for chapter in prose) == files
    assert len(files) > 360
    assert {c.matter for c in book.chapters[2:]} == {Matter.BODY}
    assert "fr" in {block.language for block in blocks(book)}


@pytest.mark.parametrize("name", ["the-time-machine", "on-liberty", "war-and-peace", "wasteland"])
def test_every_note_reference_is_out_and_every_paragraph_is_in(books: Books, name: str) -> None:
    """Each document's paragraphs, without the references in them, are blocks, word for word."""
    book = books.read(name)
    references = 0
    expected: set[str] = set()
    for _, root in books.files(name, ".xhtml"):
        for paragraph in root.iter(f"{XHTML}p"):
            words = "".join(_without(paragraph, "noteref"))
            if "bodymatter" in (root.find(f"{XHTML}body").get(TYPE) or ""):  # type: ignore[union-attr]
                expected.add(squeeze(words))
        references += sum(1 for a in root.iter(f"{XHTML}a") if a.get(TYPE) == "noteref")
    narrated = {squeeze(block.text) for block in blocks(book)} | {
        squeeze(line) for line in said(book).split("\n")
    }
    tables = {
        squeeze("".join(c.itertext())) for _, r in books.files(name, ".xhtml") for c in r.iter(f"{XHTML}td")
    }
    assert expected - narrated - tables == set()
    assert skipped(book)["note-reference"][0] == references
    assert skipped(book)["note"][0] > 0


def _without(element: ElementTree.Element, kind: str) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if child.get(TYPE) != kind:
            yield from _without(child, kind)
        yield child.tail or ""


def test_sphinx_footnotes_are_out(books: Books) -> None:
    book = books.read("developers-reference-en")
    found = skipped(book)
    assert (found["note-reference"][0], found["note"][0]) == (8, 8)
    assert "[1]" not in said(book)
    assert found["code"][0] > 40
    assert found["table"] == (3, found["table"][1])


def test_the_play_is_read_speaker_then_speech(books: Books) -> None:
    book = books.read("importance-of-being-earnest")
    act = texts(book, 3)
    _, root = next(
        f for f in books.files("importance-of-being-earnest", ".xhtml") if f[0].endswith("act-1.xhtml")
    )
    expected = [plain(cell) for cell in root.iter(f"{XHTML}td") if plain(cell)]
    spoken = [squeeze(text) for text in act]
    first = spoken.index(expected[0])
    assert " ".join(spoken[first:-1]) == " ".join(expected)
    assert spoken[-1] == "Act Drop"
    assert "table" not in skipped(book)
    assert book.metadata.subtitle == "A Trivial Comedy for Serious People"


def test_poems_keep_their_lines(books: Books) -> None:
    book = books.read("purvis-poetry-se-built")
    _, root = next(
        f for f in books.files("purvis-poetry-se-built", ".xhtml") if f[0].endswith("poetry.xhtml")
    )
    lines = [plain(span) for p in root.iter(f"{XHTML}p") for span in p.findall(f"{XHTML}span")]
    verse = [squeeze(line) for b in blocks(book) if b.kind is BlockKind.VERSE for line in b.text.split("\n")]
    assert [line for line in verse if line in set(lines)] == lines
    waste = books.read("wasteland")
    assert waste.chapters[0].blocks[3].kind is BlockKind.VERSE
    assert waste.chapters[0].blocks[3].text.count("\n") == 17
    assert not re.search(r"\d0$", said(waste), re.MULTILINE)
    assert {"de", None} <= {block.language for block in blocks(waste)}


def test_french_numbered_paragraphs_are_read_once_and_without_numbers(books: Books) -> None:
    book = books.read("live-manual-fr")
    with zipfile.ZipFile(books.folder / "live-manual-fr.epub") as archive:
        documents = {n for n in archive.namelist() if n.endswith(".xhtml")}
        numbers = sum(
            len(re.findall(rb'<label class="ocn"><a href="#o\d', archive.read(n))) for n in documents
        )
    assert skipped(book)["paragraph-number"][0] == numbers
    paragraphs = [b.text for b in blocks(book) if len(b.text) > 120]
    assert len(paragraphs) > 300
    assert len(set(paragraphs)) == len(paragraphs)
    anchors = [(b.anchor.href, b.anchor.id) for b in blocks(book)]
    assert {posixpath.normpath(unquote(href)) for href, _ in anchors} <= documents


def test_japanese_is_read_without_its_readings(books: Books) -> None:
    book = books.read("kusamakura-preview")
    assert titles(book) == ["一"]
    _, root = next(f for f in books.files("kusamakura-preview", "一.xhtml"))
    for outer in root.iter(f"{XHTML}ruby"):
        for reading in outer.findall(f"{XHTML}rt"):
            reading.text = ""
    expected = ["".join("".join(p.itertext()).split()) for p in root.iter(f"{XHTML}p")]
    assert ["".join(text.split()) for text in texts(book)[1:]] == [text for text in expected if text]
    assert skipped(book).keys() >= {"cover", "contents"}


def test_arabic_notes_are_found_by_their_links(books: Books) -> None:
    book = books.read("regime-anticancer-arabic")
    assert skipped(book)["note-reference"] == (1, 1)
    assert "[1]" not in said(book)
    assert "2003" not in texts(book)[-1]  # the note's text is the document's last paragraph
    assert book.metadata.authors == ("Pr David Khayat", "Nathalie Hutter-Lardeau")


def test_skipped_parts_come_back_when_asked_for(books: Books) -> None:
    everything = ("cover", "contents", "copyright", "titlepage", "licence", "notes", "bibliography", "index")
    book = books.read("the-time-machine", *everything)
    assert titles(book) == labels(books, "the-time-machine")
    assert [b.text for b in blocks(books.read("childrens-literature", "bibliography"))].count(
        "BIBLIOGRAPHY"
    ) == 1


def test_metadata_and_cover(books: Books) -> None:
    book = books.read("war-and-peace")
    assert (book.metadata.title, book.metadata.authors) == ("War and Peace", ("Leo Tolstoy",))
    assert book.cover is not None
    assert book.cover.media_type == "image/jpeg"  # taken out of a vector picture
    russian = books.read("developers-reference-ru")
    assert (russian.metadata.language, russian.cover) == ("ru", None)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("epub2-ncx-missing-resource-error", ["Loomings"]),
        ("epub2-opf-manifest-item-resource-missing-error", None),
        ("epub2-opf-spine-missing-error", None),
        ("epub2-opf-version-missing-error", None),
        ("epub3-ocf-container-file-missing-fatal", None),
        ("epub3-xml-external-identifier-disallowed-error", ["Loomings"]),
        ("ocf-filename-duplicate-zip-entry-error", None),
    ],
)
def test_what_a_validator_rejects_is_still_read(books: Books, name: str, found: list[str] | None) -> None:
    book = books.read(f"broken/{name}")
    assert len(book.chapters) == 1
    assert found is None or texts(book)[:1] == found


def test_a_book_without_the_end_of_its_archive_is_broken(books: Books) -> None:
    with pytest.raises(SourceBroken, match="cut short"):
        books.read("broken/ocf-zip-unreadable-no-end-header-fatal")
