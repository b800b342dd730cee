"""A text in a voice, here and now: for samples and comparisons, without a production."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pipeline.audio.prepare import prepare
from pipeline.errors import SpeechFailed
from pipeline.model import Block, BlockKind, Chapter, Chunk, Pcm, PreparedTake, Voice
from pipeline.script import script_chapter
from pipeline.settings import ProductionSettings
from pipeline.speech.engine import EngineContext
from pipeline.speech.registry import engine_for
from tasks.options import speaking_options, told


@dataclass(frozen=True, eq=False)
class Spoken:
    """A chunk as it was spoken."""

    pause: float
    """Seconds of silence before it."""
    chunk: Chunk
    pcm: Pcm
    prepared: PreparedTake

    @property
    def with_pause(self) -> Pcm:
        """Its samples after the silence."""
        silence = np.zeros(round(self.pause * self.prepared.sample_rate), np.int16)
        return np.concatenate((silence, self.pcm))


def speak_text(
    text: str, voice: Voice, language: str, settings: ProductionSettings, engines: EngineContext
) -> Iterator[Spoken]:
    """The whole text as a book would have it, chunk by chunk; an empty line parts paragraphs.

    Raises ``SpeechFailed`` where there is nothing to say, and what the engine raises.
    """
    engine = engine_for(voice, engines)
    blocks = tuple(Block(BlockKind.PARAGRAPH, part) for part in re.split(r"\n\s*\n", text) if part.strip())
    script = script_chapter(
        Chapter(0, "", 1, blocks),
        language=language,
        voice=voice,
        limits=engine.limits(voice, language),
        pauses=settings.pauses,
    )
    if not script.chunks:
        raise SpeechFailed("There is nothing to say in that text.")
    options, pause = told(speaking_options(settings), voice), 0.0
    for chunk, take in zip(script.chunks, engine.speak(script.chunks, voice, options), strict=True):
        pcm, prepared = prepare(take, chunk, options.rate)
        yield Spoken(pause, chunk, pcm, prepared)
        pause = chunk.pause_after
