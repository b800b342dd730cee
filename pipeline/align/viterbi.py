"""The cheapest way through a row of states that is heard frame by frame.

A. Viterbi's algorithm (IEEE Trans. Information Theory 13 (1967) 260-269) for states of which each frame stays
in one or goes on by one to three, within a band of states that moves along. With the frames of a reading for
states it is dynamic time warping: H. Sakoe, S. Chiba: Dynamic programming algorithm optimization for spoken
word recognition, IEEE Trans. ASSP 26 (1978) 43-49.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

STEPS = 4
"""A frame moves on by 0 to 3 states."""
NEVER = np.float32(1e9)
"""The cost of what must not be."""
_BLOCK = 128
"""Frames whose costs are computed together."""

Costs = NDArray[np.float32]
Path = NDArray[np.intp]
"""The state of each frame."""


def best_path(
    local: Callable[[int, int, int, int], Costs],
    steps: Costs,
    lows: NDArray[np.intp],
    width: int,
    *,
    starts: int,
    ends: int,
) -> tuple[Path, float]:
    """The state of each frame, never going back, such that the sum of all costs is the least; and that sum.

    ``local(t0, t1, s0, s1)`` gives the costs of the frames ``t0`` to ``t1 - 1`` in the states ``s0`` to
    ``s1 - 1``, shape (t1 - t0, s1 - s0). ``steps[k, s]`` is what it costs to come into state ``s`` from the one
    ``k`` before, shape (STEPS, states). Frame ``t`` can be in the ``width`` states from ``lows[t]`` on, which
    never goes back. A path begins in one of the first ``starts`` states and ends in one of the last ``ends``.
    Time grows with frames times width; memory is four bytes for each. The sum is ``NEVER`` or more when there is no
    way.
    """
    frames, states = len(lows), steps.shape[1]
    width = min(width, states)
    lows = np.minimum(lows, states - width)
    totals = np.empty((frames, width), np.float32)
    # Those of the frame before, with what is never on both sides: a step from outside the band must not be.
    sums = np.full(width + 2 * STEPS, NEVER, np.float32)
    now = sums[STEPS - 1 : STEPS - 1 + width]
    # Row ``k`` of ``before[moved]``: the states ``k`` before those of a band that has moved on so far.
    before = [sliding_window_view(sums, width)[moved : moved + STEPS][::-1] for moved in range(STEPS + 1)]
    ways, best = np.empty((STEPS, width), np.float32), np.empty(width, np.float32)
    for begin in range(0, frames, _BLOCK):
        end = min(begin + _BLOCK, frames)
        base = int(lows[begin])
        block = local(begin, end, base, int(lows[end - 1]) + width)
        for frame in range(begin, end):
            low = int(lows[frame])
            here = block[frame - begin, low - base : low - base + width]
            if frame == 0:
                allowed = max(0, min(starts - low, width))
                now[:allowed] = here[:allowed]
            else:
                moved = low - int(lows[frame - 1])
                if moved > STEPS:
                    now[:] = _moved_on(now, moved - STEPS)
                    moved = STEPS
                np.add(before[moved], steps[:, low : low + width], out=ways)
                np.minimum.reduce(ways, out=best)
                np.add(best, here, out=now)
            totals[frame] = now
    last_low = int(lows[-1])
    allowed = max(0, states - ends - last_low)
    state = last_low + allowed + int(now[allowed:].argmin())
    return _backward(totals, steps, lows, state), float(now[state - last_low])


def _backward(totals: Costs, steps: Costs, lows: NDArray[np.intp], state: int) -> Path:
    """The path that ends in ``state``: of each frame the best of the ways into it."""
    frames, width = totals.shape
    path = np.empty(frames, np.intp)
    path[-1] = state
    for frame in range(frames - 2, -1, -1):
        row, place = totals[frame], state - int(lows[frame])
        best, came = np.float32(np.inf), 0
        for step in range(STEPS):
            at = place - step
            cost = (row[at] if 0 <= at < width else NEVER) + steps[step, state]
            if cost < best:
                best, came = cost, step
        state -= came
        path[frame] = state
    return path


def _moved_on(sums: Costs, by: int) -> Costs:
    """``sums`` of a band that moved on by so many states: those beyond it are never."""
    return np.concatenate([sums[by:], np.full(min(by, len(sums)), NEVER, np.float32)])
