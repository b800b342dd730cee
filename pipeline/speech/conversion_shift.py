"""Whether what was converted is still said at the same time.

The voice changes, and with it pitch and colour; what stays is when it is loud and when it is quiet. So the levels of
both, in dB over frames of 5 ms, are laid over each other: where they agree best is how far the words have moved
(cross-correlation of the envelopes). That is done with the whole and with each part of some seconds, so that what
drifts is seen, too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.model import Pcm

FRAME = 0.005
"""Seconds."""
_WINDOW = 0.02
"""Seconds over which a level is taken."""
_FLOOR = 45.0
"""dB under the loudest that count as quiet: what is below is noise of the one or the other."""
_REACH = 0.3
"""Seconds by which they are moved against each other, at the most."""
_PART = 2.0
"""Seconds of the parts."""
_LIVELY = 3.0
"""dB (standard deviation) under which a part says nothing: it is all quiet, or all loud."""

TOLERATED = 0.012
"""Seconds: a frame of the usual converters is 10 ms."""
MOVED = 0.08
"""Seconds from which on a take is refused: half a syllable."""
LIKENESS = 0.65
"""Correlation of the levels under which it is not the same speech. Measured with espeak's sentences: the same speech
with noise, an echo, a half of its band or half of its range of levels has 0.83 and more, and lies within 2 ms (11 ms
with the echo); that of another sentence has 0.12 to 0.64."""

Levels = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Shift:
    """How what came out lies against what went in."""

    seconds: float
    """By which it is later, over the whole."""
    farthest: float
    """The largest such distance of any part, without its sign."""
    longer: float
    """By which it is longer, in seconds."""
    likeness: float
    """Correlation of the levels, -1 to 1, where they agree best."""


def shift(before: Pcm, rate_before: int, after: Pcm, rate_after: int) -> Shift:
    """Compare what went into a conversion with what came out; rates in Hz."""
    longer = len(after) / rate_after - len(before) / rate_before
    one, other = levels(before, rate_before), levels(after, rate_after)
    seconds, likeness = _lag(one, other)
    farthest = abs(seconds)
    size = round(_PART / FRAME)
    for start in range(0, len(one) - size // 2, size):
        part, there = one[start : start + size], other[start : start + size]
        if min(len(part), len(there)) < size // 2 or min(part.std(), there.std()) < _LIVELY:
            continue
        moved, alike = _lag(part, there)
        if alike >= LIKENESS:
            farthest = max(farthest, abs(moved))
    return Shift(seconds, farthest, longer, likeness)


def levels(pcm: Pcm, rate: int) -> Levels:
    """Level of each frame in dB under the loudest, at least ``-_FLOOR``."""
    hop, window = FRAME * rate, round(_WINDOW * rate)
    power = np.concatenate([[0.0], np.cumsum(pcm.astype(np.float64) ** 2)])
    starts = np.rint(np.arange(int(len(pcm) / hop)) * hop).astype(np.int64)
    begin = np.clip(starts + round(hop / 2) - window // 2, 0, len(pcm))
    end = np.clip(begin + window, 0, len(pcm))
    mean = (power[end] - power[begin]) / window
    decibels = 10 * np.log10(mean + 1e-9)
    relative: Levels = np.maximum(decibels - decibels.max(initial=-90.0), -_FLOOR)
    return relative


def _lag(one: Levels, other: Levels) -> tuple[float, float]:
    """Seconds by which ``other`` is later, and how alike they are then."""
    reach = min(round(_REACH / FRAME), max(min(len(one), len(other)) // 2, 1))
    scores = np.array([_alike(one, other, lag) for lag in range(-reach, reach + 1)])
    best = int(scores.argmax())
    place = float(best)
    if 0 < best < len(scores) - 1:  # the vertex of the parabola through the best and its neighbours
        left, middle, right = scores[best - 1 : best + 2]
        bend = left - 2 * middle + right
        place += float(0.5 * (left - right) / bend) if bend < 0 else 0.0
    return (place - reach) * FRAME, float(scores[best])


def _alike(one: Levels, other: Levels, lag: int) -> float:
    a, b = (one[: len(one) - lag], other[lag:]) if lag >= 0 else (one[-lag:], other)
    size = min(len(a), len(b))
    if size < 4:
        return -1.0
    a, b = a[:size] - a[:size].mean(), b[:size] - b[:size].mean()
    spread = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / spread if spread > 0 else -1.0
