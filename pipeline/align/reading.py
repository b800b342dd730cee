"""espeak's reading of known words: what they sound like, and exactly when each is said.

It needs no model and no network, speaks a hundred languages and is a thousand times as fast as a narrator:
what the words of a recording are compared with where nothing better is at hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pipeline.align.engine_timings import timings_from_starts
from pipeline.errors import AlignFailed, SpeechError
from pipeline.model import Pcm, Timing, Voice, Word
from pipeline.speech.engine import EngineContext
from pipeline.speech.espeak import FASTEST, SAMPLE_RATE, SLOWEST, EspeakEngine
from pipeline.speech.registry import find_voice, open_engine

_CONTEXT = EngineContext(Path())  # espeak's voices are its own


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """Known words as espeak says them."""

    audio: Pcm
    sample_rate: int
    """Hz."""
    timings: tuple[Timing, ...]
    """One for each word, ascending, in seconds: a word that is not said takes no time."""

    @property
    def duration(self) -> float:
        """Seconds."""
        return len(self.audio) / self.sample_rate

    @property
    def starts(self) -> tuple[float, ...]:
        """When each word begins, in seconds."""
        return tuple(timing.start for timing in self.timings)

    @property
    def ends(self) -> tuple[float, ...]:
        """When each word ends, in seconds."""
        return tuple(timing.end for timing in self.timings)


def read(
    words: Sequence[Word], language: str, *, rate: float = 1.0, variant: str = "", pitch: int | None = None
) -> Reading:
    """Read ``words`` aloud in the voice that espeak has for ``language`` (BCP 47).

    ``rate`` is relative to espeak's own speed, and kept within what it can do; ``variant`` names one of its
    ways to sound (``f2``: a woman's), ``pitch`` is 0 to 99. Raises ``AlignFailed`` when espeak is not there, has
    no voice for the language, or will not say the words.
    """
    try:
        said, starts, _ = espeak_engine().recite(
            words,
            espeak_voice(language),
            min(max(rate, SLOWEST), FASTEST),
            variant=variant,
            pitch=pitch,
        )
    except SpeechError as error:
        raise AlignFailed(f"espeak cannot read the words that are to be found: {error}") from error
    return Reading(said.audio, SAMPLE_RATE, timings_from_starts(words, starts, said.audio, SAMPLE_RATE))


def espeak_engine() -> EspeakEngine:
    """The engine that reads. Raises ``EngineUnavailable``."""
    engine = open_engine("espeak", _CONTEXT)
    assert isinstance(engine, EspeakEngine)
    return engine


@lru_cache(maxsize=64)
def espeak_voice(language: str) -> Voice:
    """espeak's voice for a language. Raises ``VoiceNotFound`` and ``EngineUnavailable``."""
    return find_voice("espeak", language, _CONTEXT)
