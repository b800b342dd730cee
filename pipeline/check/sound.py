"""What checks look at: a take, its chunk, and features of its sound that are computed once for all of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pipeline.check.reference import Length, Reference, length_of
from pipeline.model import Chunk, Loudness, Pcm, Timing, Word, join_spoken

FRAMES_PER_SECOND = 100
"""Features are of frames of 10 ms, which do not overlap: a pitch period of the lowest voices."""
LOUD_SHARE = 0.9
"""Of the frames in order of level: speech has its vowels there."""
FLOOR_DB = 60.0
"""What is so far below the loud frames is taken for this far: noise floors of engines differ."""
MEAN_FRAMES = 100
"""A second of frames, from all over the audio, tell its offset (DC)."""

CUT_DB = 12.0
"""Below the loud frames: samples louder than this at the very end are the middle of something."""
CUT_FRAMES = 2
"""Frames of 10 ms that are looked at for that."""

Series = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Samples:
    """What mastering needs of a take's samples as well as the checks, so that it is made once: see ``samples_of``."""

    audio: Pcm
    floats: Series
    """The same as floating point numbers, with one zero after the last: shape (n + 1,)."""
    low: int
    high: int
    """The smallest and the largest; 0 without any."""


def samples_of(audio: Pcm) -> Samples:
    """Prepare samples for all that looks at them."""
    floats = np.empty(len(audio) + 1, np.float32)
    floats[:-1], floats[-1] = audio, 0
    return Samples(audio, floats, int(audio.min(initial=0)), int(audio.max(initial=0)))


@dataclass(frozen=True)
class Sound:
    """The features of some audio: levels in dB, of frames of 10 ms; what is left over at the end has none."""

    samples: Samples
    rate: int
    """Hz."""
    mean: float = field(init=False)
    """Of the samples of ``MEAN_FRAMES`` frames, spread over all of it."""
    _energies: Series = field(init=False, repr=False)
    """Shape (2, frames)."""

    def __post_init__(self) -> None:
        """One pass over the samples: the energy of each frame, and that of the differences within it."""
        floats, hop = self.samples.floats, max(1, self.rate // FRAMES_PER_SECOND)
        count = (len(floats) - 1) // hop
        frames, following = (floats[first : first + count * hop].reshape(count, hop) for first in (0, 1))
        energies = np.empty((2, count), np.float32)
        np.einsum("ij,ij->i", frames, frames, out=energies[0])
        np.einsum("ij,ij->i", frames, following, out=energies[1])
        energies /= hop
        # Energy of x[n+1] - x[n], which is 2 (energy - likeness): high frequencies raised by 6 dB an octave.
        np.maximum(2 * (energies[0] - energies[1]), 0, out=energies[1])
        object.__setattr__(self, "_energies", energies)
        some = frames[:: max(1, count // MEAN_FRAMES)] if count else floats[:-1]
        object.__setattr__(self, "mean", float(some.sum()) / max(1, some.size))

    @property
    def audio(self) -> Pcm:
        """As the engine gave it."""
        return self.samples.audio

    @property
    def frames(self) -> int:
        """How many there are."""
        return int(self._energies.shape[1])

    @property
    def levels(self) -> Series:
        """dB of each frame, none lower than ``FLOOR_DB`` under the loud ones."""
        levels: Series = self.both[0]
        return levels

    @property
    def bright(self) -> Series:
        """dB of each frame after pre-emphasis, likewise."""
        levels: Series = self.both[1]
        return levels

    @property
    def loud(self) -> float:
        """dB that speech has here: that of the loud frames."""
        return float(self._loud[0, 0])

    @cached_property
    def both(self) -> Series:
        """``levels`` and ``bright``, shape (2, frames)."""
        levels: Series = np.maximum(self._decibels, self._loud - np.float32(FLOOR_DB))
        return levels

    @cached_property
    def _decibels(self) -> Series:
        levels: Series = 10 * np.log10(self._energies + 1)
        return levels

    @cached_property
    def _loud(self) -> Series:
        """Of both, shape (2, 1)."""
        place = int(LOUD_SHARE * (self.frames - 1))
        if not self.frames:
            return np.zeros((2, 1), np.float32)
        loud: Series = np.partition(self._decibels, place, axis=1)[:, place : place + 1]
        return loud

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


@dataclass(frozen=True)
class Subject:
    """A take that is to be checked."""

    chunk: Chunk
    sound: Sound
    timings: tuple[Timing, ...]
    """Of the take's words: the engine's, or an estimate."""
    timed: bool
    """Whether these are known, from the engine or an aligner."""
    heard: tuple[float, float]
    """Seconds at which the sound begins and ends."""
    loudness: Loudness
    """As it was measured for mastering."""
    pace: float = 1.0
    """The speaking rate that was asked for; 1 is the voice's own."""
    reference: Reference | None = None
    """How this voice speaks this language elsewhere in the book; None where that is not known (yet)."""
    native: bool = False
    """Whether the times are the engine's own."""

    @cached_property
    def words(self) -> tuple[Word, ...]:
        """All words of the chunk."""
        return self.chunk.words

    @cached_property
    def spoken(self) -> str:
        """What the engine was given."""
        return join_spoken(self.words)

    @cached_property
    def length(self) -> Length:
        """How long the chunk takes to say."""
        return length_of(self.words)

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
