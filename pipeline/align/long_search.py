"""Where in a long recording a passage is read: subsequence DTW over sketches.

Each row of the passage goes on by one row of it and one or two of the recording, or by two and one, so the
narrator may be up to twice as fast or as slow as the reading (local constraint P = 1 of H. Sakoe, S. Chiba, IEEE
Trans. ASSP 26 (1978) 43-49); silence is in neither. No step stays in its row: a whole row is computed at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.align.long_sound import Rows

Costs = NDArray[np.float32]

NEVER = np.float32(1e9)
_COLUMNS = 4096
"""Rows of the recording that are compared at once: what fits into a processor's cache."""


@dataclass(frozen=True, slots=True)
class Hit:
    """The best place of a passage. Rows are the recording's."""

    cost: float
    """Mean distance along the path, for each row of the passage."""
    null: float
    """The same for the passage backwards: what a text costs that is not there, but sounds alike."""
    rival: float
    """The same for the best place that has nothing in common with this one."""
    first: int
    middle: int
    """Where the row in the passage's middle is."""
    last: int
    """Included."""


def distances(passage: Rows, recording: Rows) -> Costs:
    """One minus the cosine of every pair of rows, shape (passage, recording)."""
    result: Costs = np.float32(1) - passage @ recording.T
    return result


def search(passage: Rows, recording: Rows) -> Hit | None:
    """Where ``passage`` is in ``recording``; None when that is too short for it."""
    size, length = len(passage), len(recording)
    if size < 2 or length < size // 2 + 1:
        return None
    costs = np.empty(length, np.float32)
    backwards = np.empty(length, np.float32)
    overlap = 2 * size
    likeness = np.empty((size, _COLUMNS + overlap), np.float32)
    for begin in range(0, length, _COLUMNS):
        first = max(0, begin - overlap)
        block = recording[first : begin + _COLUMNS]
        table = np.matmul(-passage, block.T, out=likeness[:, : len(block)])
        ends = _ends(table)[:, begin - first :]
        costs[begin : begin + _COLUMNS], backwards[begin : begin + _COLUMNS] = ends + np.float32(size)
    last = int(costs.argmin())
    if costs[last] >= NEVER:
        return None
    begin = max(0, last + 1 - overlap)
    path = _path(distances(passage, recording[begin : last + 1])) + begin
    away = np.ones(length, np.bool_)
    away[max(0, path[0] - size // 4) : last + size] = False
    rival = float(costs[away].min()) if away.any() else float(NEVER)
    return Hit(
        cost=float(costs[last]) / size,
        null=float(backwards.min()) / size,
        rival=rival / size,
        first=int(path[0]),
        middle=int(path[size // 2]),
        last=last,
    )


def _ends(table: Costs) -> Costs:
    """Cost of the best path that ends in each column, for the passage and for the passage backwards: (2, n).

    All paths have the same number of rows, so the costs may be off by a constant for each.
    """
    rows, columns = table.shape
    older, old, new, way = np.full((4, 2, columns), NEVER, np.float32)
    before, cost = np.empty((2, 2, columns), np.float32)
    old[0], old[1] = before[0], before[1] = table[0], table[-1]
    for row in range(1, rows):
        cost[0], cost[1] = table[row], table[rows - 1 - row]
        # One row on, and one on in the recording.
        new[:, 0] = NEVER
        np.add(old[:, :-1], cost[:, 1:], out=new[:, 1:])
        # And two in the recording.
        two = way[:, 2:]
        np.add(cost[:, 2:], cost[:, 1:-1], out=two)
        two *= np.float32(0.5)
        two += old[:, :-2]
        np.minimum(new[:, 2:], two, out=new[:, 2:])
        if row > 1:
            # Two rows on, and one in the recording.
            two = way[:, 1:]
            np.add(before[:, 1:], cost[:, 1:], out=two)
            two += older[:, :-1]
            np.minimum(new[:, 1:], two, out=new[:, 1:])
        older, old, new = old, new, older
        before, cost = cost, before
    return np.asarray(old)


def _path(table: Costs) -> NDArray[np.int64]:
    """The column of each row on the best path that ends in the last column."""
    rows, columns = table.shape
    best = np.full((rows, columns), NEVER, np.float32)
    step = np.zeros((rows, columns), np.int8)
    best[0] = table[0]
    for row in range(1, rows):
        cost = table[row]
        ways = np.full((3, columns), NEVER, np.float32)
        ways[0, 1:] = best[row - 1, :-1] + cost[1:]
        ways[1, 2:] = best[row - 1, :-2] + (cost[2:] + cost[1:-1]) * np.float32(0.5)
        if row > 1:
            ways[2, 1:] = best[row - 2, :-1] + table[row - 1, 1:] + cost[1:]
        step[row] = ways.argmin(0)
        best[row] = ways.min(0)
    path = np.zeros(rows, np.int64)
    row, column = rows - 1, columns - 1
    while True:
        path[row] = column
        if row == 0:
            return path
        way = step[row, column]
        if way == 2:
            path[row - 1] = column
            row -= 1
        if row == 0:
            return path
        row, column = row - 1, column - (2 if way == 1 else 1)
