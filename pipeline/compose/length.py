"""How long a book will be, before anybody has read it."""

from __future__ import annotations

from pipeline.errors import SourceTooLarge
from pipeline.model import Book, Chapter
from pipeline.script.estimates import estimated_seconds


def chapter_seconds(chapter: Chapter, language: str) -> float:
    """Seconds of speech at a narrator's pace; passages and blocks in other languages count as the language's own."""
    text = chapter.text
    return estimated_seconds(len(text), len(text.split()), language)


def book_seconds(book: Book, rate: float = 1.0) -> float:
    """Seconds of speech at ``rate`` times a narrator's pace."""
    return sum(chapter_seconds(chapter, book.metadata.language) for chapter in book.chapters) / rate


def check_minutes(book: Book, most: float, rate: float = 1.0) -> None:
    """Raise ``SourceTooLarge`` for a book of more than ``most`` minutes; 0: as long as it likes."""
    minutes = book_seconds(book, rate) / 60
    if most and minutes > most:
        name = book.source.uri or book.metadata.title
        raise SourceTooLarge(
            f"{name} takes about {minutes:.0f} minutes to read aloud, more than the {most:g} that --max-minutes "
            "allows: allow more, or leave it out."
        )


__all__ = ["book_seconds", "chapter_seconds", "check_minutes"]
