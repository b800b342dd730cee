"""Steady noise or a tone, where there should be speech.

Speech is modulated: its level rises and falls with every syllable, three to eight times a second (Houtgast and
Steeneken, 1985), and hardly any sound of it stays the same for more than a third of a second. White noise, hum,
hiss and tones keep their level.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from pipeline.check.sound import FRAMES_PER_SECOND, Series, Sound, Subject
from pipeline.model import Doubt

SECONDS = 0.7
"""What is steady for this long is no speech: two to four syllables."""
STEADY_DB = 1.6
"""Standard deviation of the level, in frames of 20 ms, under which it is steady. White noise has 0.4, and pink 1."""
HEARD_DB = 30.0
"""Below the loud frames: what is softer does not disturb, and every engine has some noise of its own."""
FRAME = 2
"""Frames of 10 ms taken together: noise fluctuates less in longer ones, and a pitch period matters less."""


def check_noise(subject: Subject) -> Iterator[Doubt]:
    """Stretches of steady sound."""
    for start, end in steady(subject.sound):
        yield Doubt(
            "noise",
            f"From {start:.1f} s on there is a steady noise for {end - start:.1f} s.",
            subject.words_within(start, end),
        )


def steady(sound: Sound) -> list[tuple[float, float]]:
    """Where the sound is steady and loud enough to be heard, in seconds."""
    size, count = round(SECONDS * FRAMES_PER_SECOND / FRAME), sound.frames // FRAME
    if count < size:
        return []
    pairs = np.add.reduce(sound.both[:, : count * FRAME].reshape(2, count, FRAME), axis=2)
    sums, squares = _within(pairs, size), _within(pairs * pairs, size)
    low: NDArray[np.bool_] = np.any(size * squares - sums * sums < (size * FRAME * STEADY_DB) ** 2, axis=0)
    if not low.any():
        return []
    flat = _spread_out(low, size, count) & (pairs[0] > FRAME * (sound.loud - HEARD_DB))
    runs = sound.runs(np.repeat(flat, FRAME), SECONDS)
    return [(first / FRAMES_PER_SECOND, after / FRAMES_PER_SECOND) for first, after in runs]


def _within(series: Series, size: int) -> NDArray[np.float64]:
    """The sum of each row in each window of ``size``."""
    sums = np.zeros((2, series.shape[1] + 1))
    np.cumsum(series, axis=1, out=sums[:, 1:])
    return sums[:, size:] - sums[:, :-size]


def _spread_out(windows: NDArray[np.bool_], size: int, count: int) -> NDArray[np.bool_]:
    """Frames that are in a window for which it holds."""
    marks = np.zeros(count + 1, np.int32)
    held = np.flatnonzero(windows)
    marks[held] += 1
    np.subtract.at(marks, held + size, 1)
    return np.cumsum(marks[:-1]) > 0
