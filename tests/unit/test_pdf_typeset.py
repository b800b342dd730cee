"""The PDF reader on pages as presses and programs set them: every word in its order, and no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.ingest.pdf import read_pdf
from pipeline.model import BlockKind, Book
from pipeline.settings import INCLUDES, ReadingSettings
from tests.typeset import MAKERS

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
}


def read(path: Path, **settings: object) -> Book:
    return read_pdf(path, ReadingSettings(**settings), path.name, "0" * 64)  # type: ignore[arg-type]


def told(book: Book) -> list[str]:
    blocks = [block for chapter in book.chapters for block in chapter.blocks]
    return [block.text for block in blocks if block.kind is not BlockKind.CAPTION]


@pytest.mark.parametrize("name", MAKERS)
def test_what_was_written_is_told_in_its_order(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.pdf"
    written = MAKERS[name](path)
    book = read(path, paper=name == "paper")
    assert " ".join(told(book)).split() == " ".join(written).split()
    assert {found.kind: found.count for found in book.skipped} == LEFT_OUT[name]


@pytest.mark.parametrize("name", ["book", "letter", "newsletter", "notes_over_pages", "numbered_lines"])
def test_paragraphs_are_those_that_were_written(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.pdf"
    written = MAKERS[name](path)
    found = told(read(path))
    assert [text for text in written if text not in found] == []


def test_a_paper_is_read_whole_unless_it_is_called_one(tmp_path: Path) -> None:
    path = tmp_path / "paper.pdf"
    MAKERS["paper"](path)
    text = " ".join(told(read(path, include=INCLUDES)))
    for passage in ("[1, 3]", "(Holm and Ferrier, 1987; Ore, 1990)", "B = kx + c", "Journal of Tides"):
        assert passage in text
    assert "Equation." not in text
