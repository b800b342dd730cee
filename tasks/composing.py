"""What is composed for episodes: several sources as one file, or the chapters of one as a file each."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from babel.dates import format_date

from pipeline.compose.chapters import chapters_apart
from pipeline.compose.digest import digest, digest_reading
from pipeline.compose.phrases import locale_of
from pipeline.ingest import open_book
from pipeline.ingest.book_file import SUFFIX, book_file
from pipeline.ingest.several import open_several
from pipeline.model import Book
from pipeline.publish.podcast.folder import ShowFolder, stem_of
from pipeline.settings import ReadingSettings
from storage.show_rows import ShowRow
from tasks.context import Context, fetch_rules


@dataclass(frozen=True, slots=True)
class Composed:
    """A digest that can be made into an episode."""

    path: Path
    left_out: tuple[str, ...]
    """Why sources are not in it, one sentence each; also among the doubts of its production."""


def compose(
    context: Context,
    row: ShowRow,
    sources: Sequence[str],
    reading: ReadingSettings,
    title: str = "",
    *,
    refresh: bool = False,
) -> Composed:
    """Read the sources and keep them as one book; of the same title and day it is the same one, brought up to date.

    A source that cannot be read is left out. Raises ``SourceEmpty`` when none is left, and ``PublishError`` when the
    file cannot be written.
    """
    today = date.today()
    title = title or f"{row.show.title}, {_said(today, row.show.language)}"
    rules = fetch_rules(context.settings, refresh=refresh)
    # Each in its own language; what is said between them is in the show's.
    each = replace(digest_reading(reading), language="")
    books, left_out = open_several(sources, each, rules)
    made = digest(books, title, reading.language or row.show.language, left_out)
    return Composed(_kept(context, row, stem_of(title, today, ()), made), tuple(left_out))


def instalments(
    context: Context, row: ShowRow, source: str, reading: ReadingSettings, *, refresh: bool = False
) -> list[Path]:
    """Read a source and keep each of its chapters as a book of its own; those of a source that changed are brought
    up to date. Raises ``SourceError``, and ``PublishError`` when a file cannot be written."""
    book = open_book(source, reading, fetch_rules(context.settings, refresh=refresh))
    name = hashlib.sha256(source.encode("utf-8", "surrogateescape")).hexdigest()[:12]
    return [
        _kept(context, row, f"{name}-{number:04}", one) for number, one in enumerate(chapters_apart(book), 1)
    ]


def _kept(context: Context, row: ShowRow, stem: str, book: Book) -> Path:
    folder = ShowFolder(context.settings.home / "composed" / row.name)
    folder.path.mkdir(parents=True, exist_ok=True)
    folder.write(stem + SUFFIX, book_file(book))
    folder.sync()
    return folder.path / (stem + SUFFIX)


def _said(day: date, language: str) -> str:
    return format_date(day, "long", locale=locale_of(language) or "en")


__all__ = ["Composed", "compose", "instalments"]
