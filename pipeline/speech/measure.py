"""How fast a voice speaks here: what somebody who bought a GPU, or is about to, wants to know."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.model import Chunk, SpeakingOptions, Voice
from pipeline.speech.engine import Engine


@dataclass(frozen=True, slots=True)
class Speed:
    """What was measured with batches of one size."""

    batch: int
    """Chunks that the engine was given at once."""
    audio_seconds: float
    wall_seconds: float
    first_seconds: float
    """Until the first take was there."""
    megabytes: float
    """The most that this process has taken up to then, of the host's memory."""

    @property
    def realtime(self) -> float:
        """Seconds of audio made in a second."""
        return self.audio_seconds / self.wall_seconds


def load_seconds(engine: Engine, voice: Voice, chunk: Chunk, options: SpeakingOptions) -> float:
    """Seconds until the first take of an engine whose model is not loaded yet. Raises ``SpeechError``."""
    began = time.perf_counter()
    next(iter(engine.speak([chunk], voice, options)))
    return time.perf_counter() - began


def measure(
    engine: Engine, voice: Voice, chunks: Sequence[Chunk], sizes: Sequence[int], options: SpeakingOptions
) -> Iterator[Speed]:
    """Speak all chunks in batches of each size in turn; the model should be loaded. Raises ``SpeechError``."""
    for size in sizes:
        audio, first = 0.0, 0.0
        began = time.perf_counter()
        for at in range(0, len(chunks), size):
            for take in engine.speak(chunks[at : at + size], voice, options):
                audio += take.duration
                first = first or time.perf_counter() - began
        yield Speed(size, audio, time.perf_counter() - began, first, peak_megabytes())


def peak_megabytes() -> float:
    """The most memory that this process has taken so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6
