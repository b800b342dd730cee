"""``voxpress note``: what somebody wrote or said becomes an episode of a show of their own."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer

from cli.choices import ShowName, Voice
from cli.flags import Json, Language, Lexicons, Profile, Quiet, Set, context_of
from cli.making_episodes import finish, settings_said
from cli.output import Exit, err, reports_errors, say
from pipeline.align.long_recording import AUDIO_SUFFIXES
from pipeline.errors import (
    AudioError,
    HearingError,
    SettingsError,
    SourceError,
    SourceNotFound,
    SourceTooLarge,
    VoxpressError,
)
from pipeline.ingest import charset
from pipeline.ingest.fetch import is_address
from pipeline.limits import NOTE_BYTES
from pipeline.notes.note import SUFFIXES
from pipeline.settings import ProductionSettings
from storage.show_rows import ShowRow
from tasks.adding import Added
from tasks.context import Context
from tasks.lexicons import lexicon_for
from tasks.memos import add_memo
from tasks.notes import add_note, files_of, keep_note
from tasks.shows import production_settings
from tasks.submission import check_choices

STDIN = "-"
BYLINE = "reading.byline"
PATH_CHARACTERS = 1000
"""What is longer is a text."""
RECORDINGS = AUDIO_SUFFIXES | frozenset((".3gp", ".amr", ".caf"))
"""Suffixes of voice memos."""


@reports_errors
def note(
    name: ShowName,
    notes: Annotated[
        list[str],
        typer.Argument(
            metavar="NOTE",
            help="A text in quotes, a file of Markdown, a folder of them, a recording, or - for a text from stdin.",
        ),
    ],
    title: Annotated[
        str | None, typer.Option("--title", metavar="TEXT", help="Of the episode; default from the note.")
    ] = None,
    voice: Voice = None,
    language: Language = None,
    lexicons: Lexicons = None,
    profile: Profile = None,
    assignments: Set = None,
    submit_only: Annotated[
        bool, typer.Option("--submit", help="Leave notes to the workers of the shared broker.")
    ] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Make episodes of notes and voice memos."""
    context = context_of({})
    row = context.store.catalog.show(name)
    wanted = _sorted(notes)
    if title is not None and (len(notes) > 1 or any(path.is_dir() for path in wanted.paths)):
        raise SettingsError("--title is of one note: leave it out, and each note says its own.")
    if profile is not None:
        row = replace(row, making=replace(row.making, profile=profile))
    given = settings_said(assignments, voice=voice, language=language)
    settings = _settings(context, row, given)
    if wanted.recordings and submit_only:
        raise SettingsError("Recordings are listened to by this command: leave out --submit.")
    added, failed = _written(context, row, wanted, settings, title or "", lexicons or (), shared=submit_only)
    spoken = _settings(context, row, settings_said(assignments))
    for path in dict.fromkeys(wanted.recordings):
        try:
            added.append(
                add_memo(
                    context,
                    row,
                    path,
                    spoken,
                    title=title or "",
                    language=language or "",
                    told=_teller(path, quiet=quiet or as_json),
                )
            )
        except (AudioError, HearingError, SourceError) as error:
            failed.append(error)
    if failed and not added:
        raise failed.pop(0)
    for why in failed:
        err.print(f"voxpress: {why}", markup=False, style="red")
    try:
        finish(context, row, added, shared=submit_only, as_json=as_json, quiet=quiet)
    except SystemExit as ended:
        if failed and ended.code in (Exit.DONE, Exit.DOUBTS):
            raise SystemExit(Exit.FAILED) from None
        raise


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What was handed in."""

    texts: tuple[str, ...] = ()
    paths: tuple[Path, ...] = ()
    """Notes and folders of them."""
    recordings: tuple[Path, ...] = ()


def _sorted(notes: Sequence[str]) -> _Wanted:
    """What each NOTE is. Raises ``SettingsError``, ``SourceNotFound``."""
    if notes == [STDIN]:
        return _Wanted(texts=(_typed(),))
    texts: list[str] = []
    paths: list[Path] = []
    recordings: list[Path] = []
    for one in notes:
        path = Path(one).expanduser() if len(one) < PATH_CHARACTERS and "\n" not in one else None
        if path is not None and path.exists():
            (recordings if path.suffix.lower() in RECORDINGS and path.is_file() else paths).append(path)
        elif is_address(one):
            raise SettingsError(f"{one} is an address: 'voxpress feed add' makes episodes of pages.")
        elif path is not None and path.suffix.lower() in SUFFIXES | RECORDINGS and not one.endswith("."):
            raise SourceNotFound(f"There is no file {one}: check the path.")
        elif len(notes) > 1:
            raise SettingsError(f"{one!r} is no file: put the text of a note in quotes, as one.")
        else:
            texts.append(one)
    return _Wanted(tuple(texts), tuple(paths), tuple(recordings))


def _typed() -> str:
    data = sys.stdin.buffer.read(NOTE_BYTES + 1)
    if len(data) > NOTE_BYTES:
        raise SourceTooLarge(
            f"The note has more than {NOTE_BYTES // 1024} KiB: make it an episode by 'feed add'."
        )
    return charset.decode(data)[0]


def _settings(context: Context, row: ShowRow, given: dict[str, str]) -> ProductionSettings:
    """As the show has it; but a note is read as it stands, without its title and its writer being announced."""
    said: dict[str, object] = {} if BYLINE in row.making.settings else {BYLINE: False}
    return production_settings(context.settings, row, said | given, "the command line")


def _written(
    context: Context,
    row: ShowRow,
    wanted: _Wanted,
    settings: ProductionSettings,
    title: str,
    lexicons: Sequence[Path],
    *,
    shared: bool,
) -> tuple[list[Added], list[VoxpressError]]:
    """The episodes of the notes, and why others are none."""
    if not (wanted.texts or wanted.paths):
        return [], []
    check_choices(context, settings, shared=shared)
    if shared:
        from cli.submitting import join_broker

        join_broker(context)
    added: list[Added] = []
    failed: list[VoxpressError] = []
    files = [file for path in wanted.paths for file in (files_of(path) if path.is_dir() else [path])]
    sources: list[str | Path] = [*wanted.texts, *files]
    for source in dict.fromkeys(sources):
        try:
            kept = keep_note(context, row.show, source, title)
        except SourceError as error:
            failed.append(error)
            continue
        place = source if isinstance(source, Path) else kept.path
        lexicon = lexicon_for(context.settings, str(place), lexicons)
        added.append(add_note(context, row, kept, settings, shared=shared, lexicon=lexicon))
    return added, failed


def _teller(path: Path, *, quiet: bool) -> Callable[[str], None]:
    """Says how far a recording is."""
    return (lambda _: None) if quiet else (lambda what: say(f"{path.name}: {what}"))


__all__ = ["note"]
