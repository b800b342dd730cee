"""A note: a text of somebody's own, with a title and a day.

Notes are Markdown. What their front matter says of title and day comes first; else the title is the first heading,
else the file's name where that is more than a date, else the first words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.compose.titles import phrase
from pipeline.ingest.markdown import front_matter
from pipeline.model import Metadata
from pipeline.notes.days import without_day

SUFFIXES = frozenset((".md", ".markdown", ".txt"))
"""Of files that are notes; in a folder those of plain text are left alone."""
IN_FOLDERS = frozenset((".md", ".markdown"))

_HEADING = re.compile(r" {0,3}#{1,6}[ \t]+(.*?)[ \t]*#*[ \t]*(?:\n|\Z)")
_UNDERLINED = re.compile(r"([^\n]+)\n {0,3}(?:=+|-+)[ \t]*(?:\n|\Z)")
_MARKS = (
    (re.compile(r"```.*?(?:```|\Z)|<!--.*?(?:-->|\Z)", re.S), " "),
    (re.compile(r"!\[([^\]]*)\]\([^)]*\)|\[([^\]]*)\]\([^)]*\)"), r"\1\2"),
    (re.compile(r"\[\[(?:[^\]|]*\|)?([^\]|]*)\]\]"), r"\1"),
    (re.compile(r"^[ \t]*(?:[-*+>]|\d{1,3}[.)]|#{1,6})[ \t]+(?:\[[ xX]\][ \t]+)?", re.M), ""),
    (re.compile(r"<[^>\n]{1,200}>|[*`~]+|(?<!\w)_+|_+(?!\w)"), ""),
)
"""What in Markdown is not to be read, and what stays of it."""


@dataclass(frozen=True, slots=True)
class Note:
    """A note as it is spoken."""

    metadata: Metadata
    """At least with a title."""
    text: str
    """Markdown, without front matter."""


def read_note(text: str, name: str = "", title: str = "") -> Note:
    """The note that a text is.

    ``name`` is its file's, without suffix; ``title`` counts more than what it says itself.
    """
    metadata, body = front_matter(text.replace("\r\n", "\n"))
    found = title or metadata.title or _heading(body) or without_day(name) or phrase(plain(body)) or name
    return Note(replace(metadata, title=" ".join(found.split())), body.strip("\n"))


def write_note(note: Note) -> str:
    """The note as Markdown that says its title itself."""
    about = note.metadata
    fields = {
        "title": about.title,
        "subtitle": about.subtitle,
        "language": about.language,
        "date": about.published,
        "description": about.description,
    }
    lines = [f'{name}: "{value}"' for name, value in fields.items() if value]
    lines += ["authors:", *(f'  - "{author}"' for author in about.authors)] if about.authors else []
    return "\n".join(["---", *lines, "---", "", note.text, ""])


def plain(text: str) -> str:
    """Markdown without its marks, roughly: enough for a title."""
    for mark, kept in _MARKS:
        text = mark.sub(kept, text)
    return " ".join(text.split())


def notes_in(folder: Path) -> list[Path]:
    """The notes below a folder, in order; what is hidden (``.trash``, ``.obsidian``) is left alone."""
    found = (
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in IN_FOLDERS
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and path.is_file()
    )
    return sorted(found)


def _heading(body: str) -> str:
    """The heading that it begins with."""
    start = body.lstrip("\n")
    match = _HEADING.match(start) or _UNDERLINED.match(start)
    return plain(match[1]) if match else ""


__all__ = ["IN_FOLDERS", "SUFFIXES", "Note", "notes_in", "plain", "read_note", "write_note"]
