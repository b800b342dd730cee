"""``voxpress inspect --names``: what of a book is worth a look before it is spoken."""

from __future__ import annotations

from typing import Any

from cli.output import out, write_json, write_table
from pipeline.model import Book
from pipeline.script.lexicon import Entry, Lexicon
from pipeline.script.names import Name, find_names, finds_rare_words, has_capitals

SHOWN = 200
"""Lines for a person; ``--json`` has all."""


def show_names(book: Book, lexicon: Lexicon, *, as_json: bool) -> None:
    """Print the names and rare words of a book, and which of them a lexicon has."""
    language = book.metadata.language
    names = find_names(book.chapters, language)
    notes = _notes(language)
    if as_json:
        found = [_as_dict(name, lexicon.entry_for(name.text, language)) for name in names]
        write_json({"title": book.metadata.title, "language": language, "names": found, "notes": notes})
        return
    if names:
        write_table(
            (
                (str(one.count), one.text, one.kind, _said(one, lexicon, language), one.example)
                for one in names[:SHOWN]
            ),
            head=("times", "word", "kind", "lexicon", "first in"),
            right=("times",),
        )
    if len(names) > SHOWN:
        out.print(f"... and {len(names) - SHOWN:,} more: --json lists all.", markup=False)
    for note in notes:
        out.print(note, markup=False)


def _notes(language: str) -> list[str]:
    if not has_capitals(language):
        return [
            f"The script of the language '{language}' has no capitals, which names are told by: none can be listed."
        ]
    if not finds_rare_words():
        return [
            "Only names: the package wordfreq is needed to find rare words (pip install 'voxpress[names]')."
        ]
    return []


def _said(name: Name, lexicon: Lexicon, language: str) -> str:
    entry = lexicon.entry_for(name.text, language)
    return "" if entry is None else entry.say or f"/{entry.ipa}/"


def _as_dict(name: Name, entry: Entry | None) -> dict[str, Any]:
    return {
        "text": name.text,
        "kind": name.kind,
        "count": name.count,
        "chapter": name.chapter,
        "example": name.example,
        "lexicon": {"say": entry.say, "ipa": entry.ipa} if entry else None,
    }
