"""What every book is promised to be, whichever reader made it."""

from __future__ import annotations

import pytest

from pipeline import limits
from pipeline.errors import SourceEmpty, SourceTooLarge
from pipeline.ingest import finish as module
from pipeline.ingest.child import in_pieces
from pipeline.ingest.finish import finish
from pipeline.model import Block, BlockKind, Book, Chapter, Metadata, SourceInfo, SourceKind
from pipeline.serial import dump, load
from pipeline.settings import ReadingSettings

SETTINGS = ReadingSettings(language="en")


def book(*chapters: tuple[str, ...], **metadata: str) -> Book:
    return Book(
        SourceInfo(SourceKind.TEXT, "a.txt", "0" * 64),
        Metadata(**metadata),
        tuple(
            Chapter(i, f"C{i}", 1, tuple(Block(BlockKind.PARAGRAPH, text) for text in texts))
            for i, texts in enumerate(chapters)
        ),
    )


def test_a_book_of_ornaments_is_empty() -> None:
    with pytest.raises(SourceEmpty, match=r"a\.txt"):
        finish(book(("😀", "* * *"), ("—",)), SETTINGS, "a")


def test_mute_blocks_and_chapters_go_and_are_counted() -> None:
    made = finish(book(("***",), ("One.", "😀", "Two.")), SETTINGS, "a")
    assert [(c.index, c.title, c.text) for c in made.chapters] == [(0, "C1", "One.\n\nTwo.")]
    assert [(s.kind, s.count) for s in made.skipped] == [("ornament", 2)]


def test_invisible_characters_are_gone_and_joiners_stay() -> None:
    made = finish(book(("hy\u00adphen\x07 and\u200b\ufeff so\ud800 on", "می\u200cخواهم")), SETTINGS, "a")
    assert made.chapters[0].text == "hyphen and so on\n\nمی\u200cخواهم"
    assert load(Book, dump(made)) == made


def test_the_title_is_the_books_own_or_the_files() -> None:
    assert finish(book(("One.",), title=" My \n book "), SETTINGS, "a").metadata.title == "My book"
    assert finish(book(("One.",)), SETTINGS, "a").metadata.title == "a"


def test_the_language_asked_for_is_the_books_language() -> None:
    made = finish(book(("Eins.",), language="en"), ReadingSettings(language="de_AT"), "a")
    assert made.metadata.language == "de-AT"
    assert made.doubts == ()


@pytest.mark.parametrize(
    ("limit", "value", "chapters"),
    [("BOOK_CHARACTERS", 10, [("Eleven chars",)]), ("CHAPTERS", 1, [("One.",), ("Two.",)])],
)
def test_limits_are_kept(
    monkeypatch: pytest.MonkeyPatch, limit: str, value: int, chapters: list[tuple[str, ...]]
) -> None:
    assert getattr(limits, limit) > value
    monkeypatch.setattr(module, limit, value)
    with pytest.raises(SourceTooLarge, match=str(value)):
        finish(book(*chapters), SETTINGS, "a")


@pytest.mark.parametrize("chapters", [(), (("One.",),), (("One.", "Two."), ("Three — “four”",), ("五",))])
def test_a_book_in_pieces_is_the_same_json(chapters: tuple[tuple[str, ...], ...]) -> None:
    made = book(*chapters, title='A "chapters":[] title', subtitle="\\")
    assert b"".join(in_pieces(made)) == dump(made)
