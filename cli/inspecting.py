"""``voxpress inspect``: the book as it will be read, without speaking."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from cli.flags import (
    AllowHost,
    Include,
    Json,
    Language,
    Latest,
    Lexicons,
    Notes,
    Ocr,
    Offline,
    Password,
    Profile,
    Refresh,
    Set,
    as_settings,
    settings_of,
)
from cli.output import clock, out, reports_errors, write_json, write_table
from cli.sources import single
from pipeline.compose.length import chapter_seconds
from pipeline.ingest import open_book
from pipeline.model import Book, Chapter
from pipeline.script.lexicon import Lexicon
from pipeline.script.words import display_words
from tasks.casting import cast_for
from tasks.context import fetch_rules
from tasks.lexicons import lexicon_for


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
    ocr: Ocr = None,
    profile: Profile = None,
    offline: Offline = None,
    allow_host: AllowHost = None,
    refresh: Refresh = False,
    lexicons: Lexicons = None,
    names: Annotated[
        bool, typer.Option("--names", help="List names and rare words instead, the most frequent first.")
    ] = False,
    cast: Annotated[
        bool,
        typer.Option(
            "--cast", help="Propose a cast instead, as TOML: who speaks, how much, with which voice."
        ),
    ] = False,
    cast_file: Annotated[
        Path | None,
        typer.Option(
            "--cast-file", metavar="FILE", help="Look for the speakers of this cast, and keep its voices."
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="Write the proposed cast into FILE, a new one."),
    ] = None,
    assignments: Set = None,
    as_json: Json = False,
) -> None:
    """Show SOURCE as it will be read: chapters, words, hours, and what is skipped."""
    settings = settings_of(
        as_settings(
            language=language,
            include=include,
            notes=notes,
            latest=latest,
            password=password,
            ocr=ocr,
            offline=offline,
            allow_host=allow_host,
        ),
        assignments,
        profile,
    )
    source = single(source)
    entries = lexicon_for(settings, source, lexicons or ())  # looked at here also without --names
    book = open_book(source, settings.production.reading, fetch_rules(settings, refresh=refresh))
    if names:
        from cli.naming import show_names  # imported where it is asked for

        show_names(book, Lexicon(entries), as_json=as_json)
        return
    if cast or cast_file or output:
        from cli.casting import show_cast

        show_cast(settings, book, cast_for(settings.production, cast_file), output, as_json=as_json)
        return
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
            "words": _words(c),
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
        "estimated_seconds": round(sum(chapter_seconds(c, data.language) for c in book.chapters)),
    }


def _words(chapter: Chapter) -> int:
    """Display words, as the transcript will have them: Chinese and Japanese are counted finer than by spaces."""
    return sum(len(display_words(block.text)[0]) for block in chapter.blocks)


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
            ("  " * (c.level - 1) + c.title, f"{_words(c):,}", clock(chapter_seconds(c, language)))
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
