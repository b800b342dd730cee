"""espeak's reading of known words: what they sound like, and exactly when each is said.

It needs no model and no network, speaks a hundred languages and is a thousand times as fast as a narrator:
what the words of a recording are compared with where nothing better is at hand.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from pipeline.align.engine_timings import timings_from_starts
from pipeline.errors import AlignFailed, SpeechError
from pipeline.model import Pcm, Timing, Voice, Word
from pipeline.speech.engine import EngineContext
from pipeline.speech.espeak import FASTEST, SAMPLE_RATE, SLOWEST, EspeakEngine
from pipeline.speech.espeak_ipa import SoundKind
from pipeline.speech.espeak_library import Recital
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
    meeting_stops: frozenset[int] = frozenset()
    """The words that begin with a stop (p, t, k, b, d, g) right after one."""

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
        voice = espeak_voice(language)
        rate = min(max(rate, SLOWEST), FASTEST)
        said, starts, _ = espeak_engine().recite(words, voice, rate, variant=variant, pitch=pitch)
        starts = _told_apart(words, starts, said, voice)
        meeting = _meeting_stops(starts, said)
    except SpeechError as error:
        raise AlignFailed(f"espeak cannot read the words that are to be found: {error}") from error
    return Reading(
        said.audio, SAMPLE_RATE, timings_from_starts(words, starts, said.audio, SAMPLE_RATE), meeting
    )


def _meeting_stops(starts: Sequence[int | None], said: Recital) -> frozenset[int]:
    stops = [espeak_engine().kind_of(sound.name) is SoundKind.STOP for sound in said.sounds]
    begins = [sound.sample for sound in said.sounds]
    found = []
    for index, start in enumerate(starts):
        at = bisect_left(begins, start or 0)
        if start and 0 < at < len(stops) and stops[at - 1] and stops[at]:
            found.append(index)
    return frozenset(found)


def _told_apart(
    words: Sequence[Word], starts: Sequence[int | None], said: Recital, voice: Voice
) -> list[int | None]:
    """``starts``, with those of words that espeak runs together ("of the") and tells as one.

    Where the second begins is seen by the sounds: those of each word by itself are laid beside those that were
    said of both.
    """
    filled = list(starts)
    known = [index for index, start in enumerate(starts) if start is not None]
    for index, after in zip(known, [*known[1:], len(words)], strict=True):
        run = [place for place in range(index, after) if words[place].spoken]
        begin = starts[index]
        if len(run) < 2 or begin is None:
            continue
        end = starts[after] if after < len(words) else len(said.audio)
        heard = [sound for sound in said.sounds if sound.name and begin <= sound.sample < (end or 0)]
        alone = [_sounds_alone(words[place].spoken, voice) for place in run]
        whose = owners([sound.name for sound in heard], alone)
        for number, place in enumerate(run[1:], 1):
            if number in whose:
                filled[place] = heard[whose.index(number)].sample
    return filled


def owners(heard: Sequence[str], alone: Sequence[Sequence[str]]) -> list[int]:
    """To which of the words, whose sounds ``alone`` gives, each sound that was heard belongs: by least edits."""
    expected = [(name, word) for word, names in enumerate(alone) for name in names]
    rows = np.zeros((len(heard) + 1, len(expected) + 1), np.intp)
    rows[0], rows[:, 0] = np.arange(len(expected) + 1), np.arange(len(heard) + 1)
    for row, name in enumerate(heard, 1):
        for column, (other, _) in enumerate(expected, 1):
            rows[row, column] = min(
                rows[row - 1, column - 1] + (name != other),
                rows[row - 1, column] + 1,
                rows[row, column - 1] + 1,
            )
    whose = [0] * len(heard)
    row, column = len(heard), len(expected)
    while row > 0:
        if column and rows[row, column] == rows[row, column - 1] + 1:
            column -= 1
            continue
        whose[row - 1] = expected[max(column - 1, 0)][1] if expected else 0
        together = column and rows[row, column] == rows[row - 1, column - 1] + (
            heard[row - 1] != expected[column - 1][0]
        )
        row, column = row - 1, column - 1 if together else column
    return whose


@lru_cache(maxsize=4096)
def _sounds_alone(spoken: str, voice: Voice) -> tuple[str, ...]:
    """espeak's names of the sounds of a word by itself."""
    said, _, _ = espeak_engine().recite([Word(spoken, spoken)], voice)
    return tuple(sound.name for sound in said.sounds if sound.name)


def espeak_engine() -> EspeakEngine:
    """The engine that reads. Raises ``EngineUnavailable``."""
    engine = open_engine("espeak", _CONTEXT)
    assert isinstance(engine, EspeakEngine)
    return engine


@lru_cache(maxsize=64)
def espeak_voice(language: str) -> Voice:
    """espeak's voice for a language. Raises ``VoiceNotFound`` and ``EngineUnavailable``."""
    return find_voice("espeak", language, _CONTEXT)
