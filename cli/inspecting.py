"""``voxpress inspect``: the book as it will be read, without speaking."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli.flags import (
    AllowHost,
    Include,
    Json,
    Language,
    Latest,
    Notes,
    Offline,
    Password,
    Refresh,
    Set,
    settings_of,
)
from cli.output import clock, out, reports_errors, write_json, write_table
from cli.sources import single
from pipeline.ingest import open_book
from pipeline.model import Book, Chapter
from pipeline.script import estimated_seconds
from pipeline.script.words import split_words
from tasks.context import fetch_rules


@reports_errors
def inspect(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE", help="E-book, document, page, text, subtitles, web address or feed."
        ),
    ],
    language: Language = None,
    include: Include = None,
    notes: Notes = None,
    latest: Latest = None,
    password: Password = None,
    offline: Offline = None,
    allow_host: AllowHost = None,
    refresh: Refresh = False,
    assignments: Set = None,
    as_json: Json = False,
) -> None:
    """Show SOURCE as it will be read: chapters, words, hours, and what is skipped."""
    settings = settings_of(
        {
            "reading.language": language,
            "reading.include": tuple(include) if include else None,
            "reading.notes": notes,
            "reading.latest": latest,
            "reading.password": password,
            "offline": offline,
            "allow_hosts": tuple(allow_host) if allow_host else None,
        },
        assignments,
    )
    book = open_book(single(source), settings.production.reading, fetch_rules(settings, refresh=refresh))
    shown = as_dict(book)
    if as_json:
        write_json(shown)
    else:
        _print(book, shown)


def as_dict(book: Book) -> dict[str, Any]:
    """A book in the shape of the ``inspect --json`` contract."""
    data = book.metadata
    chapters = [
        {
            "index": c.index,
            "title": c.title,
            "level": c.level,
            "words": _words(c, data.language),
            "text": c.text,
        }
        for c in book.chapters
    ]
    return {
        "title": data.title,
        "subtitle": data.subtitle,
        "authors": list(data.authors),
        "language": data.language,
        "identifier": data.identifier,
        "publisher": data.publisher,
        "published": data.published,
        "description": data.description,
        "series": data.series,
        "cover": book.cover is not None,
        "source": {"kind": book.source.kind.value, "uri": book.source.uri, "sha256": book.source.sha256},
        "chapters": chapters,
        "skipped": [{"kind": s.kind, "count": s.count, "words": s.words} for s in book.skipped],
        "doubts": list(book.doubts),
        "words": sum(int(str(c["words"])) for c in chapters),
        "estimated_seconds": round(sum(_seconds(c, data.language) for c in book.chapters)),
    }


def _words(chapter: Chapter, language: str) -> int:
    """Display words, as the transcript will have them: Chinese and Japanese are counted finer than by spaces."""
    return sum(len(split_words(block.text, block.language or language)) for block in chapter.blocks)


def _seconds(chapter: Chapter, language: str) -> float:
    return estimated_seconds(len(chapter.text), len(chapter.text.split()), language)


def _print(book: Book, shown: dict[str, Any]) -> None:
    out.print(f"{shown['title']}", markup=False, style="bold")
    for name in ("subtitle", "authors", "series", "publisher", "published", "language"):
        value = shown[name]
        if value:
            said = ", ".join(value) if isinstance(value, list) else value
            out.print(f"  {name + ':':<11} {said}", markup=False)
    language = book.metadata.language
    write_table(
        (
            ("  " * (c.level - 1) + c.title, f"{_words(c, language):,}", clock(_seconds(c, language)))
            for c in book.chapters
        ),
        head=("chapter", "words", "about"),
        right=("words", "about"),
    )
    total = clock(shown["estimated_seconds"])
    out.print(f"{shown['words']:,} words, about {total} at a narrator's pace.", markup=False)
    if book.skipped:
        said = ", ".join(f"{s.count} {s.kind} ({s.words:,} words)" for s in book.skipped)
        out.print(f"Skipped: {said}.", markup=False)
    for doubt in book.doubts:
        out.print(f"Doubt: {doubt}", markup=False)
