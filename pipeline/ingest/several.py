"""Several sources, each read as a book of its own: what a digest is composed of."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.errors import SourceError
from pipeline.ingest import FetchRules, open_book
from pipeline.model import Book
from pipeline.settings import ReadingSettings


def open_several(
    sources: Sequence[str], settings: ReadingSettings, rules: FetchRules
) -> tuple[tuple[Book, ...], tuple[str, ...]]:
    """The books of those that can be read, in order, and a sentence for each that cannot."""
    books: list[Book] = []
    doubts: list[str] = []
    for source in sources:
        try:
            books.append(open_book(source, settings, rules))
        except SourceError as error:
            doubts.append(f"Left out: {error}")
    return tuple(books), tuple(doubts)


__all__ = ["open_several"]
