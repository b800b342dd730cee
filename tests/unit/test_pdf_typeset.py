"""The PDF reader on pages as presses and programs set them: every word in its order, and no other."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from pypdfium2 import PdfDocument

from pipeline.ingest.pdf import read_pdf
from pipeline.ingest.pdf_text import count_words
from pipeline.model import BlockKind, Book
from pipeline.settings import INCLUDES, ReadingSettings
from tests.typeset import MAKERS, Press

LEFT_OUT = {
    "article": {"figure": 5, "note": 1, "page-number": 2, "running-header": 1},
    "newsletter": {},
    "book": {"page-number": 4, "running-header": 13},
    "numbered_lines": {"line-number": 90, "page-number": 3},
    "fifth_lines": {"line-number": 22},
    "letter": {"page-number": 2},
    "accounts": {"table": 2},
    "notes_over_pages": {"note": 3, "note-reference": 3, "page-number": 3},
    "paper": {"bibliography": 5, "citation": 3, "equation": 1},
    "german": {},
    "narrow": {},
}


def read(path: Path, **settings: object) -> Book:
    return read_pdf(path, ReadingSettings(**settings), path.name, "0" * 64)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[list[str], Book, Path]]:
    """What was written, the book that was read, and the file, by the maker's name; each is made once."""
    folder = tmp_path_factory.mktemp("made")

    @cache
    def make(name: str) -> tuple[list[str], Book, Path]:
        path = folder / f"{name}.pdf"
        written = MAKERS[name](path)
        return written, read(path, paper=name == "paper"), path

    return make


Made = Callable[[str], tuple[list[str], Book, Path]]


def told(book: Book) -> list[str]:
    blocks = [block for chapter in book.chapters for block in chapter.blocks]
    return [block.text for block in blocks if block.kind is not BlockKind.CAPTION]


def test_years_beside_their_events_are_no_line_numbers(tmp_path: Path) -> None:
    press = Press(tmp_path / "chronicle.pdf", points=11, hyphens=False, justify=False)
    for year in range(1871, 1883):
        height = 540 - 30 * (year - 1871)
        press.line(str(year), 50, height)
        press.line("The harbour froze again, and the ferry lay at its bridge till March.", 100, height)
    press.save()
    said = " ".join(told(read(tmp_path / "chronicle.pdf")))
    assert [str(year) in said for year in range(1871, 1883)] == [True] * 12


@pytest.mark.parametrize("name", MAKERS)
def test_what_was_written_is_told_in_its_order(name: str, made: Made) -> None:
    written, book, _ = made(name)
    assert " ".join(told(book)).split() == " ".join(written).split()
    assert {found.kind: found.count for found in book.skipped} == LEFT_OUT[name]


@pytest.mark.parametrize("name", ["book", "letter", "newsletter", "notes_over_pages", "numbered_lines"])
def test_paragraphs_are_those_that_were_written(name: str, made: Made) -> None:
    written, book, _ = made(name)
    found = told(book)
    assert [text for text in written if text not in found] == []


def test_a_paper_is_read_whole_unless_it_is_called_one(made: Made) -> None:
    _, _, path = made("paper")
    text = " ".join(told(read(path, include=INCLUDES)))
    for passage in ("[1, 3]", "(Holm and Ferrier, 1987; Ore, 1990)", "B = kx + c", "Journal of Tides"):
        assert passage in text
    assert "Equation." not in text


@pytest.mark.parametrize("name", [name for name in MAKERS if name != "paper"])
def test_every_word_of_the_layer_is_told_or_counted(name: str, made: Made) -> None:
    _, book, path = made(name)
    document = PdfDocument(path)
    layer = "\n".join(page.get_textpage().get_text_range() for page in document)
    document.close()
    words = count_words(re.sub(r"[\ufffe\x02-]\s*[\r\n]+", "", layer))
    said = count_words("\n".join(chapter.text for chapter in book.chapters))
    skipped = sum(found.words for found in book.skipped)
    # In the layer a mark that hangs on its word is one with it, and a line's number may part a divided word.
    hanging = sum(found.count for found in book.skipped if found.kind in ("note", "note-reference"))
    assert said + skipped == pytest.approx(words, abs=hanging + 1)
