"""A book in instalments: all of it, in order, and nothing that is too short to be heard alone."""

from __future__ import annotations

from pipeline.compose.chapters import LEAST_WORDS, chapters_apart
from pipeline.model import Block, BlockKind, Book, Chapter, Metadata, SourceInfo, SourceKind

LONG = "word " * LEAST_WORDS


def book(*chapters: tuple[str, str]) -> Book:
    return Book(
        source=SourceInfo(SourceKind.EPUB, "book.epub", "0"),
        metadata=Metadata(title="A Book", authors=("Ann",), language="en"),
        chapters=tuple(
            Chapter(place, title, 1, (Block(BlockKind.PARAGRAPH, text),))
            for place, (title, text) in enumerate(chapters)
        ),
    )


def told(*chapters: tuple[str, str]) -> list[tuple[str, list[str]]]:
    return [
        (one.metadata.title, [chapter.title for chapter in one.chapters])
        for one in chapters_apart(book(*chapters))
    ]


def test_each_chapter_is_called_by_book_and_chapter() -> None:
    assert told(("The Beginning", LONG), ("The End", LONG)) == [
        ("A Book: The Beginning", ["The Beginning"]),
        ("A Book: The End", ["The End"]),
    ]


def test_the_title_of_a_part_goes_with_the_chapter_after_it() -> None:
    assert told(("Part One", "Part One"), ("The Beginning", LONG), ("The End", LONG)) == [
        ("A Book: The Beginning", ["Part One", "The Beginning"]),
        ("A Book: The End", ["The End"]),
    ]


def test_what_is_short_at_the_end_goes_with_the_chapter_before_it() -> None:
    assert told(("The Beginning", LONG), ("Envoi", "Go, little book.")) == [
        ("A Book: The Beginning", ["The Beginning", "Envoi"])
    ]


def test_a_book_of_short_pieces_is_one() -> None:
    assert [chapters for _, chapters in told(("One", "a"), ("Two", "b"))] == [["One", "Two"]]


def test_indexes_begin_anew_and_the_source_is_told() -> None:
    for one in chapters_apart(book(("The Beginning", LONG), ("The End", LONG))):
        assert [chapter.index for chapter in one.chapters] == [0]
        assert one.origins[0].source.title == "A Book"
        assert one.origins[0].source.authors == ("Ann",)
