"""The same passage twice: engines that loop, and calls whose results were joined twice.

The take is laid over itself. Its features are level and brightness, 25 times a second; a passage of 0.8 s is looked
for in all that follows by the correlation of these (zero-mean, as a matrix product). What is alike is looked at again
in its samples: only what is the same sound counts. When a voice says the same words twice it does not sound the same
(``pipeline.check.pace`` notices that it took too long), and where the text itself repeats them, it may.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from pipeline.align.estimate import letters_in
from pipeline.check.sound import FRAMES_PER_SECOND, Series, Sound, Subject
from pipeline.model import Chunk, Doubt

COARSE = 4
"""Frames of 10 ms taken together at first."""
PASSAGE = 20
"""Coarse frames that are looked for: 0.8 s."""
STEP = 20
"""Coarse frames from one passage to the next: any 1.6 s have a whole one in them."""
LIKELY = 0.85
"""Correlation from which on two passages are looked at more closely: different ones have 0.3, and seldom 0.8."""
SAME = 0.8
"""Correlation of samples from which on they are the same sound."""
DIFFERENCE = 0.1
"""Energy of the difference between two frames, as a share of theirs, up to which a passage goes on being the same."""
BRIDGE = 12
"""Frames of 10 ms that may differ within a passage: silences and fades."""
ROUGHLY = 4
"""Samples averaged at first: what is left, up to 2.7 kHz, is most of the sound."""
ROUGHLY_SAME = 0.5
"""Correlation of these below which no passages are the same sound."""
CLOSELY = 8
"""How many lags are looked at in the samples, those at which most is alike first."""
LEAST_SECONDS = 1.2
"""A repetition is told from this length on: three to six syllables."""
SHORTEST_EXCESS = LEAST_SECONDS / 2
"""Seconds by which a take must be longer than usual, where that is known, before it is searched for repetitions."""
LEAST_DB = 3.0
"""Standard deviation of the level that a passage must have: silence and hum are like themselves everywhere."""
LETTERS_PER_SECOND = 25.0
"""A fast reader's: what the text repeats itself explains a repetition of that length."""
MOST_FRAMES = 6000
"""Coarse frames looked at, four minutes, so that memory is bounded."""


def check_repeats(subject: Subject) -> Iterator[Doubt]:
    """A passage that sounds twice although the text has it once."""
    start, end = subject.heard
    if (known := subject.reference) is not None:
        usual = known.seconds * subject.length.least
        if end - start < usual + SHORTEST_EXCESS:
            return  # nothing in it can be there twice
    if subject.native and not _has_room(subject):
        return
    found = repetition(subject.sound)
    if found is None:
        return
    first, second, seconds = found
    # How many letters were spoken in that time, in this take.
    pace = max(1.0, letters_in(subject.spoken) / max(end - start, 0.1))
    if repeated_letters(subject.chunk) * 1.5 + 3 >= seconds * min(pace, LETTERS_PER_SECOND):
        return
    yield Doubt(
        "repeated",
        f"What sounds from {first:.1f} s on for {seconds:.1f} s sounds again from {second:.1f} s on.",
        subject.words_within(second, second + seconds),
    )


def _has_room(subject: Subject) -> bool:
    """Whether there is room for a repetition among the words, by the engine's own times.

    One of ``LEAST_SECONDS`` lies between the beginning of a word and that of the next, or the end of the sound.
    """
    starts = [word.start for word in subject.timings]
    return any(after - start >= LEAST_SECONDS for start, after in pairwise([0.0, *starts, subject.heard[1]]))


def repetition(sound: Sound) -> tuple[float, float, float] | None:
    """The longest passage that sounds twice: where, where again, and how long, in seconds. None without one."""
    coarse = _features(sound, COARSE)[:MOST_FRAMES]
    if len(coarse) < 2 * PASSAGE:
        return None
    alike, starts = _likenesses(coarse)
    rows, columns = np.nonzero(alike > LIKELY)
    best: tuple[float, float, float] | None = None
    for row, column in _likeliest(alike, rows, columns, starts):
        found = _closely(sound, int(starts[row]) * COARSE, column * COARSE)
        if found and (best is None or found[2] > best[2]):
            best = found
    return best


def _likeliest(
    alike: NDArray[np.float32],
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
    starts: NDArray[np.intp],
) -> list[tuple[int, int]]:
    """For each of the lags at which most is alike, the passage that is most so: (row, column) of ``alike``."""
    if not len(rows):
        return []
    lags, likeness = columns - starts[rows], alike[rows, columns]
    weight = np.convolve(np.bincount(lags, likeness), np.ones(3), "same")
    found: list[tuple[int, int]] = []
    for lag in np.argsort(-weight, kind="stable")[: 3 * CLOSELY].tolist():
        if len(found) == CLOSELY or any(abs(lag - (column - starts[row])) < 2 for row, column in found):
            continue
        here = np.flatnonzero(abs(lags - lag) < 2)
        if len(here):
            best = here[np.argmax(likeness[here])]
            found.append((int(rows[best]), int(columns[best])))
    return found


def repeated_letters(chunk: Chunk) -> float:
    """Length, in letters, of the longest run of words that the text itself has twice."""
    words = ["".join(filter(str.isalnum, word.spoken.casefold())) for word in chunk.words if word.spoken]
    sizes = [letters_in(word) for word in words]
    longest, above = 0.0, [0.0] * (len(words) + 1)
    for place, word in enumerate(words):
        row = [0.0] * (len(words) + 1)
        for other in range(place):
            if words[other] == word:
                row[other + 1] = above[other] + sizes[place] + 1
                longest = max(longest, row[other + 1])
        above = row
    return longest


def _closely(sound: Sound, first: int, second: int) -> tuple[float, float, float] | None:
    """How far two passages are the same sound, around the frames where they were found alike."""
    hop, audio = max(1, sound.rate // FRAMES_PER_SECOND), sound.audio
    size, margin = PASSAGE * COARSE * hop, 2 * COARSE * hop
    begin = max(0, second * hop - margin)
    here = audio[first * hop : first * hop + size].astype(np.float32)
    there = audio[begin : second * hop + margin + size].astype(np.float32)
    shift, likeness = _best_shift(here, there)
    if likeness < SAME:
        return None
    lag = begin + shift - first * hop
    count = (len(audio) - lag) // hop
    one = audio[: count * hop].astype(np.float32).reshape(count, hop)
    two = audio[lag : lag + count * hop].astype(np.float32).reshape(count, hop)
    apart = ((one - two) ** 2).sum(axis=1) > DIFFERENCE * ((one**2).sum(axis=1) + (two**2).sum(axis=1) + hop)
    held = np.convolve(apart, np.ones(BRIDGE), "same") < BRIDGE - 0.5
    middle = min(first + size // hop // 2, count - 1)
    before, after = np.flatnonzero(~held[:middle]), np.flatnonzero(~held[middle:])
    start = int(before[-1]) + 1 if len(before) else 0
    end = middle + int(after[0]) if len(after) else count
    seconds = min(end - start, lag // hop) / FRAMES_PER_SECOND
    if seconds < LEAST_SECONDS:
        return None
    return start / FRAMES_PER_SECOND, start / FRAMES_PER_SECOND + lag / sound.rate, seconds


def _best_shift(here: Series, there: Series) -> tuple[int, float]:
    """Where in ``there`` the samples ``here`` lie best, and the correlation at that place.

    Averages of ``ROUGHLY`` samples are compared first: most of what is compared is not alike, which these tell.
    """
    if len(there) < len(here):
        return 0, 0.0
    shift, likeness = _correlations(_averaged(here), _averaged(there))
    return (shift * ROUGHLY, likeness) if likeness < ROUGHLY_SAME else _correlations(here, there)


def _averaged(samples: Series) -> Series:
    count = len(samples) // ROUGHLY
    weights = np.full(ROUGHLY, 1 / ROUGHLY, np.float32)
    averages: Series = samples[: count * ROUGHLY].reshape(count, ROUGHLY) @ weights
    return averages


def _correlations(here: Series, there: Series) -> tuple[int, float]:
    """The shift at which a shorter series is most like a longer one, and how much it is."""
    places, size = len(there) - len(here) + 1, 1 << (len(there) - 1).bit_length()
    product = np.fft.irfft(np.fft.rfft(there, size) * np.conj(np.fft.rfft(here, size)), size)[:places]
    sums = np.concatenate(([0.0], np.cumsum(there * there, dtype=np.float64)))
    energy = (sums[len(here) :] - sums[:places]) * float(np.dot(here, here))
    likeness = product / np.sqrt(np.maximum(energy, 1.0))
    shift = int(np.argmax(likeness))
    return shift, float(likeness[shift])


def _features(sound: Sound, together: int) -> Series:
    """Level and brightness (its high frequencies as against all), in dB: shape (frames, 2)."""
    count = sound.frames // together
    level, bright = (
        series[: count * together].reshape(count, together).mean(axis=1)
        for series in (sound.levels, sound.bright)
    )
    features: Series = np.stack((level, bright - level), axis=1)
    return features


def _likenesses(coarse: Series) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """The correlation of each passage with all that follows it, shape (passages, frames), and where passages begin.

    Zero for what overlaps with the passage or lies before it, and for passages that have no life in them.
    """
    coarse = coarse - coarse.mean(axis=0)
    windows = sliding_window_view(coarse, PASSAGE, axis=0)
    starts = np.arange(0, len(windows), STEP)
    passages = windows[starts] - windows[starts].mean(axis=2, keepdims=True)
    energy = (passages**2).sum(axis=2)
    passages[energy[:, 0] <= PASSAGE * LEAST_DB**2] = 0
    sums, squares = np.cumsum((coarse, coarse**2), axis=1, dtype=np.float64)
    ends = slice(PASSAGE - 1, None)
    within, power = sums[ends].copy(), squares[ends].copy()
    within[1:] -= sums[:-PASSAGE]
    power[1:] -= squares[:-PASSAGE]
    norms = np.sqrt(np.maximum((power - within**2 / PASSAGE).sum(axis=1), 1e-3))
    # A passage has no mean, so that of what it is laid over does not matter.
    rows = passages.reshape(len(starts), -1) / np.sqrt(np.maximum(energy.sum(axis=1), 1e-3))[:, None]
    alike: NDArray[np.float32] = (rows @ windows.reshape(len(windows), -1).T) / norms.astype(np.float32)
    for row, start in enumerate(starts):
        alike[row, : start + PASSAGE] = 0
    return alike, starts
