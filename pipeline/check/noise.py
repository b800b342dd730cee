"""Steady noise or a tone, where there should be speech.

Speech is modulated: its level rises and falls with every syllable, three to eight times a second (Houtgast and
Steeneken, 1985), and hardly any sound of it stays the same for more than a third of a second. White noise, hum,
hiss and tones keep their level.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

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
    found: list[tuple[float, float]] = []
    size = round(SECONDS * FRAMES_PER_SECOND / FRAME)
    audible = _together(sound.levels) > sound.loud - HEARD_DB
    if len(audible) < size or not audible.any():
        return found
    low = [_deviation(_together(levels), size) < STEADY_DB for levels in (sound.levels, sound.bright)]
    if not (low[0].any() or low[1].any()):
        return found
    flat = _spread_out(low[0], size, len(audible)) | _spread_out(low[1], size, len(audible))
    flat &= audible
    for first, after in sound.runs(np.repeat(flat, FRAME), SECONDS):
        found.append((first / FRAMES_PER_SECOND, after / FRAMES_PER_SECOND))
    return found


def _together(levels: Series) -> Series:
    count = len(levels) // FRAME
    joined: Series = levels[: count * FRAME].reshape(count, FRAME).mean(axis=1)
    return joined


def _deviation(levels: Series, size: int) -> Series:
    """Standard deviation in each window of ``size``, by running sums."""
    values = levels.astype(np.float64) - levels.mean()
    sums = np.concatenate(([0.0], np.cumsum(values)))
    squares = np.concatenate(([0.0], np.cumsum(values * values)))
    mean = (sums[size:] - sums[:-size]) / size
    deviation: Series = np.sqrt(np.maximum((squares[size:] - squares[:-size]) / size - mean * mean, 0))
    return deviation


def _spread_out(
    windows: np.ndarray[tuple[int], np.dtype[np.bool_]], size: int, count: int
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Frames that are in a window for which it holds."""
    marks = np.zeros(count + 1, np.int32)
    held = np.flatnonzero(windows)
    marks[held] += 1
    np.subtract.at(marks, held + size, 1)
    return np.cumsum(marks[:-1]) > 0
