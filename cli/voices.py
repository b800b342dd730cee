"""``voxpress voices``: which voices are here, which can be had, and how they sound."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.apart import run_apart
from cli.flags import Json, Language, Offline, Quiet, settings_of
from cli.output import err, out, reports_errors, say, write_json, write_table
from pipeline.errors import SettingsError, SpeechError, SpeechFailed
from pipeline.model import Block, BlockKind, Chapter, Chunk, Pcm, SpeakingOptions, Voice
from pipeline.speech.engine import Engine, EngineContext
from pipeline.speech.pull import PUBLIC_VOICES, PullableVoice, add, available, pull, remove
from pipeline.speech.registry import all_voices, choose, find_voice, open_engine
from pipeline.speech.voices import language_match, sample_text
from storage.settings import Settings
from tasks.context import engine_context, open_context
from tasks.offers import HERE, in_environments, of_workers
from workers.place import is_shared

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="List, show, pull and try voices.",
)

From = Annotated[
    str | None,
    typer.Option(
        "--from", metavar="URL|DIR", help="A mirror of Piper's voice list, or a folder of its layout."
    ),
]
Name = Annotated[str, typer.Argument(metavar="VOICE", help="As 'voxpress voices list' names it.")]


@app.command("list")
@reports_errors
def list_voices(
    language: Language = None,
    available_too: Annotated[
        bool, typer.Option("--available", help="Those that can be pulled instead (uses the network).")
    ] = False,
    source: From = None,
    offline: Offline = None,
    as_json: Json = False,
) -> None:
    """List the installed voices, or with --available those that can be pulled."""
    settings = settings_of({"offline": offline, "voices_from": source})
    if available_too:
        pullable = [
            v for v in available(source_of(settings), settings.offline) if _speaks(v.languages, language)
        ]
        _show_pullable(pullable, as_json=as_json)
        return
    placed = [one for one in _known(settings) if _speaks(one[0].languages, language)]
    voices = [voice for voice, _ in placed]
    if as_json:
        write_json({"voices": [{**_as_dict(voice), "where": where} for voice, where in placed]})
        return
    if not voices:
        said = f"No installed voice speaks '{language}'." if language else "No voice is installed."
        out.print(said, markup=False)
        return
    rows = [(v.name, ", ".join(v.languages), v.gender, str(v.sample_rate), v.description) for v in voices]
    if all(where == HERE for _, where in placed):
        write_table(rows, head=("voice", "languages", "gender", "Hz", "description"))
        return
    with_place = [(*row[:4], where, row[4]) for row, (_, where) in zip(rows, placed, strict=True)]
    write_table(with_place, head=("voice", "languages", "gender", "Hz", "where", "description"))


@app.command()
@reports_errors
def show(name: Name, as_json: Json = False) -> None:
    """Show everything known of a voice."""
    settings = settings_of({})
    try:
        voice = find_voice(name, "en", engine_context(settings))
    except SpeechError:
        voice = choose(name, "en", [voice for voice, _ in _known(settings)])
    shown = _as_dict(voice)
    if as_json:
        write_json(shown)
        return
    for key, value in shown.items():
        said = ", ".join(value) if isinstance(value, list) else value
        if said:
            out.print(f"{key + ':':<16} {said}", markup=False)


@app.command("pull")
@reports_errors
def pull_voice(
    name: Annotated[str, typer.Argument(metavar="VOICE", help="E.g. en_US-lessac-medium.")],
    source: From = None,
    offline: Offline = None,
    quiet: Quiet = False,
) -> None:
    """Fetch a Piper voice from the public list, a mirror or a folder; size and checksum are verified."""
    settings = settings_of({"offline": offline, "voices_from": source})
    if settings.offline and "://" in source_of(settings) and not source_of(settings).startswith("file:"):
        raise SettingsError("--offline forbids the network: pull from a folder with '--from DIR'.")
    engines = engine_context(settings)
    voice = (
        pull(name, engines, source_of(settings)) if quiet else pull_shown(name, engines, source_of(settings))
    )
    if not quiet:
        say(f"{voice.name} is installed." + (f" Licence: {voice.licence}." if voice.licence else ""))


@app.command("add")
@reports_errors
def add_voice(
    model: Annotated[
        Path, typer.Argument(metavar="MODEL", help="A Piper voice: NAME.onnx, with NAME.onnx.json beside it.")
    ],
) -> None:
    """Add a Piper voice of your own from this machine; it is copied."""
    voice = add(model.expanduser(), engine_context(settings_of({})))
    say(f"{voice.name} is installed: 'voxpress voices sample {voice.name}' lets you hear it.")


@app.command("remove")
@reports_errors
def remove_voice(name: Name) -> None:
    """Remove a pulled voice. Productions that it spoke keep their takes."""
    remove(name, engine_context(settings_of({})))
    say(f"{name} is removed.")


@app.command()
@reports_errors
def sample(
    name: Name,
    text: Annotated[
        str | None, typer.Argument(help="What to say; without it, a sentence of our own.")
    ] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="WAV file to write.")] = None,
    language: Language = None,
    rate: Annotated[float, typer.Option("--rate", help="Speaking speed; 1 is the voice's own.")] = 1.0,
) -> None:
    """Say something with a voice and write it to a WAV file."""
    from pipeline.audio.wav import write_wav
    from pipeline.script import script_chapter

    settings = settings_of({"voice.rate": rate})
    engines = engine_context(settings)
    try:
        voice = find_voice(name, language or "en", engines)
    except SpeechError:
        run_apart(name, settings)
        raise
    spoken_language = language or voice.languages[0]
    engine = open_engine(voice.engine, engines)
    chapter = Chapter(0, "", 1, (Block(BlockKind.PARAGRAPH, text or sample_text(spoken_language)),))
    script = script_chapter(
        chapter,
        language=spoken_language,
        voice=voice,
        limits=engine.limits(voice, spoken_language),
        pauses=settings.production.pauses,
    )
    if not script.chunks:
        raise SpeechFailed("There is nothing to say in that text.")
    path = output or Path(f"{voice.id}.wav")
    write_wav(path, voice.sample_rate, _spoken(engine, script.chunks, voice, SpeakingOptions(rate=rate)))
    out.print(str(path), markup=False)


def _spoken(engine: Engine, chunks: Sequence[Chunk], voice: Voice, options: SpeakingOptions) -> Iterator[Pcm]:
    """The chunks as a book has them, with the pauses between them."""
    import numpy as np

    from pipeline.audio.prepare import prepare

    pause = 0.0
    for chunk, take in zip(chunks, engine.speak(chunks, voice, options), strict=True):
        yield np.zeros(round(pause * take.sample_rate), np.int16)
        yield prepare(take, chunk, options.rate)[0]
        pause = chunk.pause_after


def _known(settings: Settings) -> list[tuple[Voice, str]]:
    """The voices that are known here, and where each is spoken: ``here``, ``environment``, or a host's name."""
    found = {voice.name: (voice, HERE) for voice in all_voices(engine_context(settings))}
    others = [of_workers(open_context(settings))] if is_shared(settings) else []
    for one in chain(in_environments(settings), *others):
        found.setdefault(one.offer.voice.name, (one.offer.voice, one.place.kind))
    return list(found.values())


def _speaks(languages: tuple[str, ...], wanted: str | None) -> bool:
    return wanted is None or language_match(languages, wanted) > 0


def source_of(settings: Settings) -> str:
    """Where voices are pulled from."""
    return settings.voices_from or PUBLIC_VOICES


def pull_shown(name: str, engines: EngineContext, source: str) -> Voice:
    """As ``pull``, with a bar that shows how far it is."""
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    label = TextColumn("{task.description}", markup=False)
    with Progress(
        label, BarColumn(), DownloadColumn(), TransferSpeedColumn(), console=err, transient=True
    ) as bar:
        task = bar.add_task(name, total=None)

        def show(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        return pull(name, engines, source, show)


def _show_pullable(voices: list[PullableVoice], *, as_json: bool) -> None:
    if as_json:
        write_json(
            {"voices": [{"id": v.id, "languages": list(v.languages), "bytes": v.size} for v in voices]}
        )
        return
    if not voices:
        out.print("No voice of that language can be pulled.")
        return
    rows = [(v.id, ", ".join(v.languages), f"{v.size / 1e6:.0f}") for v in voices]
    write_table(rows, head=("voice", "languages", "MB"), right=("MB",))


def _as_dict(voice: Voice) -> dict[str, Any]:
    return {
        "name": voice.name,
        "engine": voice.engine,
        "languages": list(voice.languages),
        "gender": voice.gender,
        "sample_rate": voice.sample_rate,
        "quality": voice.quality,
        "revision": voice.revision,
        "licence": voice.licence,
        "description": voice.description,
        "caveat": voice.caveat,
    }
