"""One book as several: each chapter by itself, for those who read it in instalments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from pipeline.compose.origin import source_of
from pipeline.compose.titles import says_nothing
from pipeline.model import Book, Chapter, Origin

LEAST_WORDS = 40
"""A chapter of fewer words, such as the title of a part, is read with the one after it."""


def chapters_apart(book: Book) -> Iterator[Book]:
    """Its chapters as books, in order; together they have all of its text. They are called by book and chapter."""
    source = source_of(book)
    for parts in _together(book.chapters):
        main = max(parts, key=_length)
        title = f"{book.metadata.title}: {main.title}" if main.title != book.metadata.title else main.title
        if says_nothing(main.title):
            title = f"{book.metadata.title}, {main.index + 1}"
        chapters = tuple(replace(part, index=place) for place, part in enumerate(parts))
        yield replace(
            book,
            metadata=replace(book.metadata, title=title, description=""),
            chapters=chapters,
            skipped=(),
            origins=(Origin(0, source),),
        )


def _together(chapters: Sequence[Chapter]) -> Iterator[tuple[Chapter, ...]]:
    """Runs of chapters that are read at once; only the last of a run has many words, but at the end of the book."""
    waiting: list[Chapter] = []
    run: tuple[Chapter, ...] = ()
    for chapter in chapters:
        waiting.append(chapter)
        if _length(chapter) >= LEAST_WORDS:
            if run:
                yield run
            run, waiting = tuple(waiting), []
    last = (*run, *waiting)
    if last:
        yield last


def _length(chapter: Chapter) -> int:
    """Words."""
    return len(chapter.text.split())


__all__ = ["chapters_apart"]
