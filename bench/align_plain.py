"""What aligning is compared with: plain dynamic time warping, as it is in every textbook.

The Euclidean distance of 13 MFCCs, 10 ms apart, of the recording and of espeak's reading; steps of one frame in the
one, the other or both.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.align.mfcc import HOP, mfcc
from pipeline.align.reading import read
from pipeline.model import Pcm, Timing, Word


def plain_dtw(audio: Pcm, sample_rate: int, words: Sequence[Word], language: str) -> tuple[Timing, ...]:
    """One timing for each word. Time and memory grow with the square of the length."""
    reading = read(words, language)
    heard, said = mfcc(audio, sample_rate), mfcc(reading.audio, reading.sample_rate)
    squares = (heard**2).sum(1)[:, None] + (said**2).sum(1) - 2 * heard @ said.T
    distance = np.sqrt(np.maximum(squares, 0))
    at = _warped(distance)
    timings = [Timing(_at(at, timing.start), _at(at, timing.end)) for timing in reading.timings]
    return tuple(timings)


def _warped(distance: np.ndarray) -> np.ndarray:
    """For each frame of the reading the frame of the recording at which the path leaves it."""
    frames, states = distance.shape
    came = np.zeros(
        (frames, states), np.int8
    )  # 0: from the frame before, 1: from both, 2: from the state before
    total = np.cumsum(distance[0])
    came[0] = 2
    for frame in range(1, frames):
        row = distance[frame]
        stay, both = total + row, np.concatenate(([np.inf], total[:-1])) + row
        best = np.minimum(stay, both)
        # Running along the row: the least of what came in before, and all distances since.
        run = np.cumsum(row)
        along = np.minimum.accumulate(best - run) + run
        came[frame] = np.where(along < best - 1e-6, 2, both <= stay)
        total = along
    at = np.zeros(states)
    frame, state = frames - 1, states - 1
    while frame or state:
        at[state] = frame
        step = came[frame, state] if state else 0
        frame -= step != 2
        state -= step != 0
    return at


def _at(at: np.ndarray, seconds: float) -> float:
    return float(at[min(len(at) - 1, round(seconds / HOP))]) * HOP
