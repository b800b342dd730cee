"""``voxpress inspect --cast``: who speaks in a book, as a cast to go on with."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from cli.output import out, say, write_json, write_table
from pipeline.errors import CastError
from pipeline.model import Book
from pipeline.script.casting.cast import NO_CAST, Cast
from pipeline.script.casting.files import write_cast
from pipeline.script.casting.proposal import Proposal, suggest, survey
from pipeline.script.casting.rules import LANGUAGES
from pipeline.script.sentences import primary_language
from pipeline.speech.registry import all_voices, find_voice, with_variants
from storage.settings import Settings
from tasks.casting import finder, narrator_of
from tasks.context import engine_context

if TYPE_CHECKING:
    from storage.store import Store


def show_cast(
    settings: Settings, book: Book, cast: Cast | None, output: Path | None, *, as_json: bool
) -> None:
    """Print a proposed cast, or write it into a new file. Raises ``CastError`` where that file is there already."""
    language = settings.production.reading.language or book.metadata.language
    find = finder(settings, settings.production.casting.quotes, _store(settings))
    found = [find(chapter, language, cast or NO_CAST) for chapter in book.chapters]
    proposal = survey(book.chapters, found)
    engines = engine_context(settings)
    narrator = find_voice(narrator_of(settings.production, cast), language, engines)
    suggest(proposal, with_variants(all_voices(engines), language, engines), narrator, language)
    for speaker in proposal.speakers if cast else ():
        part = cast.part(speaker.name) if cast else None
        speaker.voice = part.manner.voice if part and part.manner.voice else speaker.voice
    notes = _notes(proposal, cast, language)
    text = write_cast(proposal.cast(narrator.name), proposal.notes())
    if notes:
        text = "".join(f"# {note}\n" for note in notes) + "\n" + text
    if output is not None:
        _write(output, text)
    if as_json:
        write_json(
            {
                "title": book.metadata.title,
                "language": language,
                "narrator": narrator.name,
                "speakers": [asdict(speaker) for speaker in proposal.speakers],
                "unnamed": {"lines": proposal.unnamed.lines, "words": proposal.unnamed.words},
                "quotes": proposal.quotes,
                "unsure": proposal.unsure,
                "directions": proposal.directions,
                "notes": notes,
                "cast": text,
            }
        )
    elif output is None:
        out.print(text, markup=False, end="", soft_wrap=True)
    else:
        _print(proposal, notes)
        say(f"The cast is in {output}: look through it, then 'voxpress make SOURCE --cast {output}'.")


def _store(settings: Settings) -> Store | None:
    """Where a model's answers are kept, so that making the book asks nothing again; none is opened for rules."""
    if settings.production.casting.quotes != "model":
        return None
    from tasks.context import open_context

    return open_context(settings).store


def _write(path: Path, text: str) -> None:
    try:
        with path.expanduser().open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise CastError(
            f"{path} is there already: name a new file with -o, so that nothing is lost."
        ) from error
    except OSError as error:
        raise CastError(f"{path} cannot be written ({error.strerror}): name another file with -o.") from error


def _print(proposal: Proposal, notes: list[str]) -> None:
    write_table(
        (
            (one.name, f"{one.lines:,}", f"{one.words:,}", one.gender, one.voice or "narrator")
            for one in proposal.speakers
        ),
        head=("speaker", "lines", "words", "gender", "voice"),
        right=("lines", "words"),
    )
    for note in notes:
        out.print(note, markup=False)


def _notes(proposal: Proposal, cast: Cast | None, language: str) -> list[str]:
    notes = []
    if proposal.quotes:
        sure = proposal.quotes - proposal.unsure
        notes.append(
            f"{proposal.quotes:,} quotations, {sure:,} of them given to speakers; the narrator reads the rest."
        )
    elif not proposal.speakers and primary_language(language) not in LANGUAGES:
        known = " and ".join(LANGUAGES)
        notes.append(f"Quotations are given to speakers in {known} only; nothing else marks speakers here.")
    elif not proposal.speakers:
        notes.append("Nothing in this source tells who speaks: the narrator reads all of it.")
    for name in proposal.silent(cast) if cast else ():
        notes.append(f"{name}, who is in the cast, says nothing.")
    return notes
