"""``voxpress align``: a recording against its text."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.flags import (
    AllowHost,
    Include,
    Json,
    Language,
    Lexicons,
    Notes,
    Ocr,
    Offline,
    Password,
    Profile,
    Quiet,
    Set,
    as_settings,
    settings_of,
)
from cli.output import Exit, clock, err, reports_errors, say, write_json
from cli.sources import single
from pipeline.align.long import LongAlignment, Stage, align_long
from pipeline.align.long_recording import Recording, audio_files
from pipeline.align.long_text import lines_of
from pipeline.align.reading import espeak_voice
from pipeline.errors import SettingsError
from pipeline.ingest import find_source, open_book
from pipeline.model import Book, ChapterScript, SourceKind
from pipeline.publish.aligned import EPUB, AlignedBook, check_outputs, findings, formats, write_aligned
from pipeline.script import script_chapter
from pipeline.script.lexicon import Lexicon
from pipeline.script.lexicon.files import homographs
from pipeline.settings import PauseSettings
from pipeline.speech.engine import EngineLimits
from tasks.context import fetch_rules
from tasks.lexicons import lexicon_for

LINE_SECONDS = 15.0
"""Where there is no terminal: a line of progress no more often than that."""
SHOWN = 20
"""So many findings of a kind are told; all are in the .json."""
EXCERPT = 60
"""Characters of missing words that are told."""
LIMITS = EngineLimits(characters=800, batch_seconds=300.0, characters_per_second=15.5, ipa=True)
"""Paragraphs are read and timed whole up to so many characters."""
STAGES = {
    "decoding": "listening",
    "reading": "reading the text",
    "searching": "looking for passages",
    "comparing": "comparing",
    "timing": "timing words",
}


@reports_errors
def align(
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="AUDIO... TEXT",
            help="Audio files or a folder of them, in the order in which they are read; then their text: e-book,"
            " document, page, text, subtitles, or web address.",
        ),
    ],
    named: Annotated[
        list[Path] | None,
        typer.Option(
            "-o",
            "--output",
            metavar="OUT",
            help=f"File to write; its suffix says what: {', '.join(formats())}. May be repeated.",
        ),
    ] = None,
    read_along: Annotated[
        Path | None,
        typer.Option(
            "--epub", metavar="FILE", help="Write the EPUB to read along with, like '-o FILE.epub'."
        ),
    ] = None,
    language: Language = None,
    include: Include = None,
    notes: Notes = None,
    password: Password = None,
    ocr: Ocr = None,
    lexicons: Lexicons = None,
    profile: Profile = None,
    offline: Offline = None,
    allow_host: AllowHost = None,
    assignments: Set = None,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Time each word of a recording. AUDIO may be any recording of TEXT, a narrator's audiobook too.

    What is in one and not in the other is told: words that are not read, and audio that is not in the text. Then
    the exit code is 3.
    """
    if len(inputs) < 2:
        raise SettingsError(
            "Two things are needed, the audio and then its text: voxpress align book.m4b book.epub -o book.json."
        )
    outputs = _outputs(named, read_along)
    settings = settings_of(
        as_settings(
            language=language,
            include=include,
            notes=notes,
            password=password,
            ocr=ocr,
            offline=offline,
            allow_host=allow_host,
        ),
        assignments,
        profile,
    )
    source = single(inputs[-1])
    paths = audio_files([Path(one).expanduser() for one in inputs[:-1]])
    check_outputs(outputs, paths, Path(source))
    entries = (*homographs(), *lexicon_for(settings, source, lexicons or ()))
    rules = fetch_rules(settings)
    info, copy = find_source(source, settings.production.reading, rules)
    book = open_book(source, settings.production.reading, rules, copy=copy)
    began = time.monotonic()
    with _Progress(quiet or as_json) as progress:
        scripts = scripts_of(book, settings.production.pauses, Lexicon(entries))
        settings.cache_dir.mkdir(parents=True, exist_ok=True)
        with Recording(paths, progress.heard, settings.cache_dir) as recording:
            result = align_long(recording, lines_of(scripts), progress.stage)
            own = copy.path if info.kind is SourceKind.EPUB else None
            aligned = AlignedBook(book.metadata, book.chapters, recording.parts, result, own)
    write_aligned(aligned, outputs)
    _tell(aligned, outputs, quiet=quiet, as_json=as_json, seconds=time.monotonic() - began)
    if result.doubtful:
        raise SystemExit(Exit.DOUBTS)


def _outputs(named: list[Path] | None, read_along: Path | None) -> list[Path]:
    if read_along and read_along.suffix.lower() != EPUB:
        raise SettingsError(f"--epub writes an EPUB: {read_along.name} must end in {EPUB}.")
    outputs = [*(named or ()), *([read_along] if read_along else ())]
    if not outputs:
        raise SettingsError(
            "Nothing is to be written: name a file, such as -o book.json or --epub book.epub."
        )
    return outputs


def scripts_of(book: Book, pauses: PauseSettings, lexicon: Lexicon) -> list[ChapterScript]:
    """The reading plan of each chapter. Raises ``VoiceNotFound`` where espeak does not know the language."""
    language = book.metadata.language
    return [
        script_chapter(
            chapter,
            language=language,
            voice=espeak_voice(language),
            limits=LIMITS,
            pauses=pauses,
            lexicon=lexicon,
        )
        for chapter in book.chapters
    ]


class _Progress:
    """How far it is, on stderr: one line that changes on a terminal, else a line from time to time."""

    def __init__(self, silent: bool) -> None:
        self._silent = silent
        self._status = None if silent or not err.is_terminal else err.status("Starting")
        self._told = time.monotonic()

    def heard(self, seconds: float) -> None:
        self._show(f"{STAGES['decoding']}: {clock(seconds)}")

    def stage(self, stage: Stage) -> None:
        self._show(f"{STAGES[stage.name]}: {stage.share:.0%}")

    def _show(self, text: str) -> None:
        if self._status:
            self._status.update(text[0].upper() + text[1:])
        elif not self._silent and time.monotonic() - self._told >= LINE_SECONDS:
            self._told = time.monotonic()
            say(text[0].upper() + text[1:])

    def __enter__(self) -> _Progress:
        if self._status:
            self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._status:
            self._status.stop()


def _tell(book: AlignedBook, outputs: list[Path], *, quiet: bool, as_json: bool, seconds: float) -> None:
    result = book.alignment
    timed = sum(timing is not None for timing in result.timings)
    found = findings(book)
    if as_json:
        summary: dict[str, Any] = {
            "title": book.metadata.title,
            "duration": round(book.duration, 3),
            "words": len(result.timings),
            "timed": timed,
            **found,
            "outputs": [str(path) for path in outputs],
            "seconds": round(seconds, 3),
        }
        write_json(summary)
    if quiet:
        return
    _tell_findings(result, found)
    if not as_json:
        names = ", ".join(str(path) for path in outputs)
        say(f"{timed:,} of {len(result.timings):,} words timed in {clock(book.duration)} of audio: {names}")


def _tell_findings(result: LongAlignment, found: dict[str, Any]) -> None:
    def several(lines: list[str]) -> None:
        for line in lines[:SHOWN]:
            say(line)
        if len(lines) > SHOWN:
            say(f"... and {len(lines) - SHOWN} more like it.")

    several(
        [
            f"Not read: {_count(one)} after {clock(one['after'])}: {_excerpt(one['text'])}"
            for one in found["missing"]
        ]
    )
    several([f"Not in the text: {clock(one['start'])} to {clock(one['end'])}" for one in found["added"]])
    several(
        [
            f"Out of order: {_count(one)} from {clock(one['start'])} to {clock(one['end'])}: {_excerpt(one['text'])}"
            for one in found["moved"]
        ]
    )
    if result.estimated:
        count = sum(stop - first for first, stop in result.estimated)
        say(f"In doubt: {count:,} words could not be told apart; their times are estimated.")


def _count(one: dict[str, Any]) -> str:
    first, stop = one["words"]
    return f"{stop - first:,} words" if stop - first > 1 else "1 word"


def _excerpt(text: str) -> str:
    return f"“{text}”" if len(text) <= EXCERPT else f"“{text[:EXCERPT].rstrip()} ...”"


__all__ = ["align"]
