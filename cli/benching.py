"""``voxpress bench-voice``: how fast a voice speaks on this machine."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Annotated

import typer

from cli.apart import run_apart
from cli.flags import Json, Language, Set, settings_of
from cli.output import out, reports_errors, write_json, write_table
from pipeline.errors import SettingsError, SpeechError, SpeechFailed
from pipeline.model import Block, BlockKind, Chapter, Chunk, Voice
from pipeline.settings import PauseSettings
from pipeline.speech.engine import EngineLimits
from pipeline.speech.measure import Speed, load_seconds, measure
from pipeline.speech.registry import engine_for, find_voice
from pipeline.speech.voices import sample_text
from tasks import gpus
from tasks.context import engine_context
from tasks.options import speaking_options

CHUNKS = 16
"""So many are spoken with each size of batch, all different."""
SIZES = "1,4,16"
MOST = 256


@reports_errors
def bench_voice(
    name: Annotated[str, typer.Argument(metavar="VOICE", help="As 'voxpress voices list' names it.")],
    text: Annotated[
        Path | None,
        typer.Option("--text", metavar="FILE", help="What to speak; without it, our own sentences."),
    ] = None,
    sizes: Annotated[
        str, typer.Option("--batch", metavar="N,...", help="Chunks given to the engine at once.")
    ] = SIZES,
    language: Language = None,
    assignments: Set = None,
    as_json: Json = False,
) -> None:
    """Measure how fast VOICE speaks here: seconds of audio a second, time to the first take, memory.

    Nothing is kept. '--set device=cuda' measures a GPU; compare only what was measured with nothing else running.
    """
    wanted = _sizes(sizes)
    settings = settings_of({}, assignments)
    engines = engine_context(settings)
    with redirect_stdout(sys.stderr):  # libraries print while they are loaded: that is no part of the answer
        try:
            voice = find_voice(name, language or "en", engines)
        except SpeechError:
            run_apart(name, language or "en", settings)
            raise
        spoken, engine = language or voice.languages[0], engine_for(voice, engines)
        chunks = _chunks(text, voice, spoken, engine.limits(voice, spoken), settings.production.pauses)
        options = speaking_options(settings.production)
        first = load_seconds(engine, voice, chunks[0], options)
        found = list(measure(engine, voice, chunks, wanted, options))
    gpu = ", ".join(f"{one.name}: {one.used_bytes / 1e6:.0f} MB" for one in gpus.local_gpus())
    if as_json:
        write_json(
            {
                "voice": voice.name,
                "device": engines.device,
                "chunks": len(chunks),
                "first_take_seconds": round(first, 3),
                "gpus": gpu,
                "batches": [_as_dict(one) for one in found],
            }
        )
        return
    out.print(f"{voice.name} on {engines.device}, {len(chunks)} chunks of {spoken}", markup=False)
    out.print(f"first take, with loading: {first:.2f} s", markup=False)
    rows = [
        (str(one.batch), f"{one.realtime:.1f}", f"{one.first_seconds:.2f}", f"{one.megabytes:.0f}")
        for one in found
    ]
    head = ("chunks at once", "audio s/s", "first take s", "memory MB")
    write_table(rows, head=head, right=head)
    if gpu:
        out.print(f"GPU memory in use: {gpu}", markup=False)


def _chunks(
    text: Path | None, voice: Voice, language: str, limits: EngineLimits, pauses: PauseSettings
) -> tuple[Chunk, ...]:
    from pipeline.script import script_chapter

    paragraphs = text.read_text("utf-8").split("\n\n") if text else [sample_text(language)] * CHUNKS
    # A number before each, so that no two are alike: an engine may remember what it has said.
    blocks = tuple(
        Block(BlockKind.PARAGRAPH, paragraph if text else f"{number}. {paragraph}")
        for number, paragraph in enumerate(paragraphs, 1)
        if paragraph.strip()
    )
    chapter = Chapter(0, "", 1, blocks)
    script = script_chapter(chapter, language=language, voice=voice, limits=limits, pauses=pauses)
    if not script.chunks:
        raise SpeechFailed("There is nothing to say in that text.")
    return script.chunks[:MOST]


def _sizes(said: str) -> list[int]:
    try:
        sizes = [int(size) for size in said.split(",")]
    except ValueError:
        sizes = [0]
    if not all(1 <= size <= MOST for size in sizes):
        raise SettingsError(f"--batch takes whole numbers from 1 to {MOST}, such as {SIZES}, not '{said}'.")
    return sizes


def _as_dict(one: Speed) -> dict[str, float]:
    return {
        "size": one.batch,
        "audio_seconds": round(one.audio_seconds, 3),
        "wall_seconds": round(one.wall_seconds, 4),
        "realtime": round(one.realtime, 2),
        "first_take_seconds": round(one.first_seconds, 4),
        "memory_megabytes": round(one.megabytes),
    }
