"""Renditions of a chunk that ears asked for: each under a key of its own, until the best one is chosen.

The chunk's take itself stays where it is, so that nothing is lost whoever is killed; which rendition is next is the
chunk's ``step`` in the catalog, and which ones there are is asked of the store.
"""

from __future__ import annotations

from collections.abc import Collection

from pipeline.check.policy import LADDER, Step, next_step
from pipeline.errors import SpeechError
from pipeline.model import Chunk, Doubt
from pipeline.script.keys import TAKE_VERSION
from pipeline.serial import key_of
from pipeline.speech.registry import find_voice
from storage.rows import ChunkRow
from tasks.context import Context

FALLBACK_VOICE = "espeak"
"""The engine of last resort: it speaks everything and is part of every installation."""


SPOKEN = tuple(step for step in LADDER if step not in (Step.KEEP_BEST, Step.GIVE_UP))
"""The steps at which something is spoken."""


def key_at(take_key: str, step: Step) -> str:
    """Where the rendition of a step is kept; that of the first is the chunk's take."""
    return take_key if step is Step.AS_PLANNED else key_of("retake", TAKE_VERSION, take_key, step.value)


def step_of(row: ChunkRow) -> Step:
    """The step at which a chunk is."""
    return Step(row.step) if row.step else Step.AS_PLANNED


def steps_until(row: ChunkRow) -> tuple[Step, ...]:
    """The steps of which there may be a rendition, in order."""
    return SPOKEN[: SPOKEN.index(step_of(row)) + 1]


def after(context: Context, row: ChunkRow, chunk: Chunk, best: Collection[Doubt]) -> Step:
    """The step after the one that a chunk is at, when the best take until now has the doubts ``best``."""
    fallback = has_fallback(context, row.voice, chunk.language)
    return next_step(step_of(row), sentences=len(chunk.sentences), fallback=fallback, best=best)


def all_keys(take_key: str) -> list[str]:
    """Of the take and of every rendition that there may be beside it."""
    return [key_at(take_key, step) for step in SPOKEN]


def has_fallback(context: Context, voice: str, language: str) -> bool:
    """Whether there is another engine for what a voice does not speak well."""
    if voice.startswith(f"{FALLBACK_VOICE}:"):
        return False
    try:
        find_voice(FALLBACK_VOICE, language, context.engines)
    except SpeechError:
        return False
    return True
