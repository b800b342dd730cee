"""Notes become episodes: each is kept as it was handed in, and made by an ordinary production of what is kept.

A note is kept in the state folder under a name made of where it came from: the path of its file, or its own text. So
the same file is always the same episode, whatever is in it by now; and one that was typed is found again by a resume.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from pipeline.errors import SourceEmpty, SourceError, SourceNotFound, SourceTooLarge, SourceUnsupported
from pipeline.ingest import charset
from pipeline.limits import NOTE_BYTES, NOTES
from pipeline.notes.days import moment_of
from pipeline.notes.note import IN_FOLDERS, SUFFIXES, notes_in, plain, read_note, write_note
from pipeline.publish.podcast.show import Show
from pipeline.script.lexicon import Entry
from pipeline.settings import ProductionSettings
from storage.show_rows import ShowRow
from tasks.adding import Added, add_source
from tasks.context import Context

_NAME_DIGITS = 16


@dataclass(frozen=True, slots=True)
class KeptNote:
    """A note in the state folder."""

    path: Path
    moment: datetime | None
    """When it was written; None: nobody knows, or just now."""


def keep_note(context: Context, show: Show, source: str | Path, title: str = "") -> KeptNote:
    """Keep a note: the file at a ``Path``, or a text. Where it does not say it, author and language are the show's.

    Raises ``SourceError`` for one that cannot be read, is too large, or has no words.
    """
    if isinstance(source, Path):
        source = source.expanduser().absolute()
        text, name, file = _read(source), source.stem, source
        key = str(source)
    else:
        text, name, file, key = source, "", None, source
    if len(text.encode("utf-8", "replace")) > NOTE_BYTES:
        raise _too_large(str(file or "The note"))
    note = read_note(text, name, title)
    if not any(character.isalnum() for character in plain(note.text)):
        raise SourceEmpty(f"{file or 'The note'} has no words: write something into it.")
    about = note.metadata
    about = replace(
        about,
        authors=about.authors or ((show.author,) if show.author else ()),
        language=about.language or show.language,
    )
    folder = context.settings.notes_dir / show.name
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    kept = folder / f"{hashlib.sha256(key.encode('utf-8', 'replace')).hexdigest()[:_NAME_DIGITS]}.md"
    _write(kept, write_note(replace(note, metadata=about)).encode("utf-8", "replace"))
    return KeptNote(kept, moment_of(note.metadata.published, file))


def add_note(
    context: Context,
    row: ShowRow,
    note: KeptNote,
    settings: ProductionSettings,
    *,
    shared: bool = False,
    lexicon: Sequence[Entry] = (),
) -> Added:
    """Open the production of a note's episode, or find it again; a new one is of the day of the note."""
    return add_source(
        context, row, str(note.path), settings, shared=shared, lexicon=lexicon, moment=note.moment
    )


def files_of(folder: Path) -> list[Path]:
    """The notes in a folder, the oldest first. Raises ``SourceError``."""
    found = notes_in(folder)
    if not found:
        raise SourceNotFound(
            f"There are no notes in {folder}: files of Markdown ({', '.join(sorted(IN_FOLDERS))})."
        )
    if len(found) > NOTES:
        raise SourceTooLarge(
            f"There are {len(found)} notes in {folder}, and {NOTES} are the most: name its folders."
        )
    dated = {path: _written(path) for path in found}
    return sorted(found, key=lambda path: (dated[path], path))


def _written(path: Path) -> float:
    """When a note was written, as far as can be seen: one that cannot be read is told of later."""
    try:
        said = read_note(_read(path)).metadata.published
    except SourceError:
        said = ""
    moment = moment_of(said, path)
    return moment.timestamp() if moment else float("inf")


def _read(path: Path) -> str:
    if path.suffix.lower() not in SUFFIXES:
        raise SourceUnsupported(
            f"{path} is neither a note ({', '.join(sorted(SUFFIXES))}) nor a recording: 'voxpress feed add' makes "
            "episodes of documents."
        )
    try:
        with path.open("rb") as file:
            data = file.read(NOTE_BYTES + 1)
    except OSError as error:
        raise SourceNotFound(f"{path} cannot be read: {error.strerror}.") from error
    if len(data) > NOTE_BYTES:
        raise _too_large(str(path))
    return charset.decode(data)[0]


def _too_large(what: str) -> SourceTooLarge:
    return SourceTooLarge(
        f"{what} has more than {NOTE_BYTES // 1024} KiB: 'voxpress feed add' makes episodes of long texts."
    )


def _write(path: Path, data: bytes) -> None:
    """Replace a file as a whole; one that has these bytes stays."""
    if path.exists() and path.read_bytes() == data:
        return
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.write_bytes(data)
    partial.chmod(0o600)
    partial.replace(path)


__all__ = ["KeptNote", "add_note", "files_of", "keep_note"]
