"""What checks look at: a take, its chunk, and features of its sound that are computed once for all of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pipeline.check.reference import Reference
from pipeline.model import Chunk, Loudness, Pcm, Timing

FRAMES_PER_SECOND = 100
"""Features are of frames of 10 ms, which do not overlap: a pitch period of the lowest voices."""
LOUD_SHARE = 0.9
"""Of the frames in order of level: speech has its vowels there."""
FLOOR_DB = 60.0
"""What is so far below the loud frames is taken for this far: noise floors of engines differ."""

CUT_DB = 12.0
"""Below the loud frames: samples louder than this at the very end are the middle of something."""
CUT_FRAMES = 2
"""Frames of 10 ms that are looked at for that."""

Series = NDArray[np.float32]


@dataclass(frozen=True)
class Sound:
    """The features of some audio: levels in dB, of frames of 10 ms; what is left over at the end has none."""

    audio: Pcm
    rate: int
    """Hz."""
    _energies: tuple[Series, Series] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """One pass over the samples: the energy of each frame, and that of the differences within it."""
        hop = max(1, self.rate // FRAMES_PER_SECOND)
        count = len(self.audio) // hop
        samples = np.zeros(count * hop + 1, np.float32)
        samples[: min(len(samples), len(self.audio))] = self.audio[: len(samples)]
        frames, following = samples[:-1].reshape(count, hop), samples[1:].reshape(count, hop)
        energy = np.einsum("ij,ij->i", frames, frames) / hop
        likeness = np.einsum("ij,ij->i", frames, following) / hop
        # Energy of x[n+1] - x[n], which is 2 (energy - likeness): high frequencies raised by 6 dB an octave.
        object.__setattr__(self, "_energies", (energy, np.maximum(2 * (energy - likeness), 0)))

    @property
    def frames(self) -> int:
        """How many there are."""
        return len(self._energies[0])

    @cached_property
    def levels(self) -> Series:
        """dB of each frame, none lower than ``FLOOR_DB`` under the loud ones."""
        return self._in_db(self._energies[0])

    @cached_property
    def bright(self) -> Series:
        """dB of each frame after pre-emphasis, likewise."""
        return self._in_db(self._energies[1])

    @cached_property
    def loud(self) -> float:
        """dB that speech has here: that of the loud frames."""
        levels = 10 * np.log10(self._energies[0] + 1)
        if not len(levels):
            return 0.0
        place = int(LOUD_SHARE * (len(levels) - 1))
        return float(np.partition(levels, place)[place])

    def breaks_off(self) -> bool:
        """Whether the last samples are about as loud as speech is: most voices die away, but not all do."""
        tail = self.audio[-max(1, CUT_FRAMES * self.rate // FRAMES_PER_SECOND) :].astype(np.float32)
        return bool(10 * np.log10(float(np.mean(tail * tail)) + 1) > self.loud - CUT_DB)

    def runs(self, which: NDArray[np.bool_], seconds: float) -> list[tuple[int, int]]:
        """Runs of frames for which ``which`` holds for at least so long, as (first, after the last)."""
        edges = np.flatnonzero(np.diff(which, prepend=False, append=False))
        least = seconds * FRAMES_PER_SECOND
        pairs = zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
        return [(first, after) for first, after in pairs if after - first >= least]

    @staticmethod
    def _in_db(energy: Series) -> Series:
        levels = 10 * np.log10(energy + 1)
        if not len(levels):
            return levels
        place = int(LOUD_SHARE * (len(levels) - 1))
        floored: Series = np.maximum(levels, np.partition(levels, place)[place] - FLOOR_DB)
        return floored


@dataclass(frozen=True)
class Subject:
    """A take that is to be checked."""

    chunk: Chunk
    sound: Sound
    timings: tuple[Timing, ...]
    """Of the take's words: the engine's, or an estimate."""
    timed: bool
    """Whether the engine timed them."""
    heard: tuple[float, float]
    """Seconds at which the sound begins and ends."""
    loudness: Loudness
    """As it was measured for mastering."""
    pace: float = 1.0
    """The speaking rate that was asked for; 1 is the voice's own."""
    reference: Reference | None = None
    """How this voice speaks this language elsewhere in the book; None where that is not known (yet)."""

    def words_within(self, start: float, end: float) -> tuple[int, int] | None:
        """The words that are heard between two times, or beside them; all (None) where times are a guess."""
        if not self.timed or not self.timings:
            return None
        inside = [place for place, word in enumerate(self.timings) if word.end > start and word.start < end]
        return (inside[0], inside[-1] + 1) if inside else self.words_beside((start + end) / 2)

    def words_beside(self, second: float) -> tuple[int, int] | None:
        """The word that begins last before a time, and the one after it; all (None) where times are a guess."""
        if not self.timed or not self.timings:
            return None
        before = sum(word.start <= second for word in self.timings)
        return max(0, before - 1), min(before + 1, len(self.timings))
