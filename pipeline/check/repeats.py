"""The same passage twice: engines that loop, and calls whose results were joined twice.

The take is laid over itself. Its features are level and brightness, 25 times a second; a passage of 0.8 s is looked
for in all that follows by the correlation of these (zero-mean, as a matrix product), and what is alike is looked at
again in frames of 10 ms. Only what is nearly the same sound counts: when a voice says the same words twice by chance
it does not sound the same, and where the text itself repeats them, it may.
"""

from __future__ import annotations

from collections.abc import Iterator

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
SAME = 0.97
"""Correlation in fine frames from which on they are the same sound."""
LEAST_SECONDS = 1.2
"""A repetition is told from this length on: three to six syllables."""
LEAST_DB = 3.0
"""Standard deviation of the level that a passage must have: silence and hum are like themselves everywhere."""
LETTERS_PER_SECOND = 25.0
"""A fast reader's: what the text repeats itself explains a repetition of that length."""
MOST_FRAMES = 6000
"""Coarse frames looked at, four minutes, so that memory is bounded."""


def check_repeats(subject: Subject) -> Iterator[Doubt]:
    """A passage that sounds twice although the text has it once."""
    found = repetition(subject.sound)
    if found is None:
        return
    first, second, seconds = found
    start, end = subject.heard
    # How many letters were spoken in that time, in this take.
    pace = max(1.0, letters_in(subject.chunk.spoken) / max(end - start, 0.1))
    if repeated_letters(subject.chunk) * 1.5 + 3 >= seconds * min(pace, LETTERS_PER_SECOND):
        return
    yield Doubt(
        "repeated",
        f"What sounds from {first:.1f} s on for {seconds:.1f} s sounds again from {second:.1f} s on.",
        subject.words_within(second, second + seconds),
    )


def repetition(sound: Sound) -> tuple[float, float, float] | None:
    """The longest passage that sounds twice: where, where again, and how long, in seconds. None without one."""
    coarse = _features(sound, COARSE)[:MOST_FRAMES]
    if len(coarse) < 2 * PASSAGE:
        return None
    windows = sliding_window_view(coarse, PASSAGE, axis=0)
    lively = windows[:, 0].std(axis=1) > LEAST_DB
    unit = _unit(windows)
    starts = np.arange(0, len(unit), STEP)
    alike = unit[starts] @ unit.T
    alike[~lively[starts]] = 0
    later = np.arange(len(unit))[None, :] - starts[:, None]
    alike[later < PASSAGE] = 0
    rows, columns = np.nonzero(alike > LIKELY)
    best: tuple[float, float, float] | None = None
    fine = _features(sound, 1) if len(rows) else coarse
    for row, column in sorted(zip(rows.tolist(), columns.tolist(), strict=True), key=lambda at: -alike[at])[
        :50
    ]:
        found = _closely(fine, int(starts[row]) * COARSE, column * COARSE)
        if found and (best is None or found[2] > best[2]):
            best = found
    return best


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


def _closely(fine: Series, first: int, second: int) -> tuple[float, float, float] | None:
    """How far two passages are the same, in frames of 10 ms, around the places where they were found alike."""
    size = PASSAGE * COARSE
    shifts = range(-COARSE, COARSE + 1)
    lags = [second - first + shift for shift in shifts if second + shift <= len(fine) - size]
    if not lags:
        return None
    here = _unit(fine[None, first : first + size].transpose(0, 2, 1))[0]
    there = sliding_window_view(fine, size, axis=0)[[first + lag for lag in lags]]
    scores = (_unit(there) @ here).tolist()
    lag = lags[int(np.argmax(scores))]
    if max(scores) < SAME:
        return None
    count = len(fine) - lag
    difference = np.abs(fine[:count] - fine[lag:]).mean(axis=1)
    near = np.convolve(difference, np.ones(9) / 9, "same") < 2.0  # dB
    begin = end = min(first + size // 2, count - 1)
    while begin > 0 and near[begin - 1]:
        begin -= 1
    while end < count and near[end]:
        end += 1
    seconds = min(end - begin, lag) / FRAMES_PER_SECOND
    if seconds < LEAST_SECONDS:
        return None
    return begin / FRAMES_PER_SECOND, (begin + lag) / FRAMES_PER_SECOND, seconds


def _features(sound: Sound, together: int) -> Series:
    """Level and brightness (its high frequencies as against all), in dB: shape (frames, 2)."""
    count = sound.frames // together
    level, bright = (
        series[: count * together].reshape(count, together).mean(axis=1)
        for series in (sound.levels, sound.bright)
    )
    features: Series = np.stack((level, bright - level), axis=1)
    return features


def _unit(windows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Windows of shape (n, features, frames) as rows of length one, each feature without its mean."""
    rows = (windows - windows.mean(axis=2, keepdims=True)).reshape(len(windows), -1)
    unit: NDArray[np.float32] = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)
    return unit
