"""The cheapest way through states, against trying all of them."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.align.viterbi import NEVER, STEPS, Costs, best_path


def found(costs: Costs, steps: Costs, width: int, lows: list[int] | None = None) -> tuple[list[int], float]:
    path, total = best_path(
        lambda t0, t1, s0, s1: costs[t0:t1, s0:s1],
        steps,
        np.array(lows or [0] * len(costs)),
        width,
        starts=2,
        ends=2,
    )
    return path.tolist(), total


def cheapest(costs: Costs, steps: Costs) -> float:
    """By trying every path."""
    frames, states = costs.shape
    sums = [float(NEVER)]
    for first, moves in product(range(min(2, states)), product(range(STEPS), repeat=frames - 1)):
        path = np.cumsum([first, *moves])
        if path[-1] < states and path[-1] >= states - 2:
            into = sum(float(steps[move, state]) for move, state in zip(moves, path[1:], strict=True))
            sums.append(into + float(costs[np.arange(frames), path].sum()))
    return min(sums)


@given(st.integers(0, 2**32 - 1), st.integers(1, 6), st.integers(2, 6))
def test_no_path_is_cheaper(seed: int, frames: int, states: int) -> None:
    random = np.random.default_rng(seed)
    costs = random.random((frames, states)).astype(np.float32)
    steps = random.random((STEPS, states)).astype(np.float32)
    path, total = found(costs, steps, states)
    best = cheapest(costs, steps)
    if best >= NEVER:
        assert total >= NEVER
        return
    assert total == pytest.approx(best, abs=1e-4)
    moves = np.diff(path)
    assert ((moves >= 0) & (moves < STEPS)).all()
    walked = costs[np.arange(frames), path].sum() + sum(
        steps[m, s] for m, s in zip(moves, path[1:], strict=True)
    )
    assert float(walked) == pytest.approx(total, abs=1e-4)


def test_a_band_that_moves_along_finds_what_lies_in_it() -> None:
    states = 400
    costs = np.ones((states, states), np.float32)
    costs[np.arange(states), np.arange(states)] = 0
    steps = np.zeros((STEPS, states), np.float32)
    lows = [max(0, min(frame - 5, states - 11)) for frame in range(states)]
    path, total = found(costs, steps, 11, lows)
    assert path == list(range(states))
    assert total == 0


def test_too_few_frames_for_the_states_cost_more_than_anything() -> None:
    assert found(np.zeros((2, 20), np.float32), np.zeros((STEPS, 20), np.float32), 20)[1] >= NEVER
