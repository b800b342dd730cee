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
    title = title or dated(row.show.title, row.show.language)
    rules = fetch_rules(context.settings, refresh=refresh)
    books, left_out = open_several(sources, reading_apart(reading), rules)
    made = digest(books, title, reading.language or row.show.language, left_out)
    return Composed(_kept(context, row, stem_of(title, today, ()), made), tuple(left_out))


def reading_apart(reading: ReadingSettings) -> ReadingSettings:
    """How the sources of a digest are read: each in its own language; what is said between them is in the show's."""
    return replace(digest_reading(reading), language="")


def keep_digest(context: Context, row: ShowRow, made: Book, name: str) -> Path:
    """Keep a digest under a name of its own. Raises ``PublishError`` when it cannot be written."""
    return _kept(context, row, name, made)


def digest_path(context: Context, row: ShowRow, name: str) -> Path:
    """Where a digest of that name is kept, if there is one."""
    return _folder(context, row) / (name + SUFFIX)


def dated(title: str, language: str) -> str:
    """A title with today's date, in that language."""
    return f"{title}, {_said(date.today(), language)}"


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
    folder = ShowFolder(_folder(context, row))
    folder.path.mkdir(parents=True, exist_ok=True)
    folder.write(stem + SUFFIX, book_file(book))
    folder.sync()
    return folder.path / (stem + SUFFIX)


def _folder(context: Context, row: ShowRow) -> Path:
    return context.settings.home / "composed" / row.name


def _said(day: date, language: str) -> str:
    return format_date(day, "long", locale=locale_of(language) or "en")


__all__ = [
    "Composed",
    "compose",
    "dated",
    "digest_path",
    "instalments",
    "keep_digest",
    "reading_apart",
]
