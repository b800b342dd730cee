"""Batches as wide as the memory allows: what a row takes is measured, and the next batch is sized by it.

What a row takes depends on its length, so it is kept by length. Of lengths that were not measured yet it is assumed
that a longer row takes no less than a shorter one, and more by the square of the length at most, as where each
position attends to all.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.speech.batching import TRY_AGAIN, Guard, Made, Work
from pipeline.speech.memory_meter import Meter

SHARE = 0.8
"""Of the memory that is free, this much is planned with. The rest is for rows that are longer by up to ``STEP`` than
those that were measured (0.8 * 1.25 = 1), for free memory in pieces, and for what other programs take meanwhile."""

STEP = 1.25
"""Lengths that differ by less than this factor count as one."""

GROWTH = 2
"""A batch is at most so many times as large (rows times length) as the largest one that went well: a measurement that
is wrong makes one batch too large by this factor, which is what halving mends."""

FIRST = 4
"""Rows of the first batch, of which nothing is known."""


@dataclass(slots=True)
class _Cost:
    rows: int
    """Of the widest batch that was measured; 0: whatever comes next replaces it."""
    each: float
    """Bytes a row, at that width; the worst seen."""


class MeasuringGuard(Guard):
    """A guard that measures what batches take, and knows thereby how many rows will fit.

    When memory runs out all the same, the batch is halved, and no wider one is planned for such rows in as much
    memory until ``TRY_AGAIN`` batches went well; each time that fails the wait is doubled. After as many batches what
    was measured counts only until it is measured again: the worst that ever was might have been an accident.
    """

    def __init__(self, most: int, meter: Meter) -> None:
        """``most`` rows are never exceeded, however much memory there is."""
        super().__init__(most)
        self._meter = meter
        self._costs: dict[int, _Cost] = {}
        """By length, as ``_kind`` counts it."""
        self._short: dict[int, float] = {}
        """Bytes a row, by length, that are planned with after memory ran out."""
        self._largest = 0.0
        self._patience = TRY_AGAIN
        self._went_well = 0
        self._forgot = False

    def width(self, longest: int) -> int:
        """How many rows of that length to make at once in the memory that is free now."""
        kind = _kind(longest)
        bound = max(1, int(GROWTH * self._largest / STEP**kind)) if self._costs else FIRST
        each = max(self._expected(kind), self._least(kind))
        fit = int(SHARE * self._meter.free() / each) if each else bound
        return max(1, min(self.most, bound, fit))

    def _expected(self, kind: int) -> float:
        """Bytes a row, as measured; of lengths that never were, the most that it can be by those that were.

        0: nothing is known.
        """
        if kind in self._costs:
            return self._costs[kind].each
        found = (cost.each * max(1.0, STEP ** (2 * (kind - at))) for at, cost in self._costs.items())
        return min(found, default=0.0)

    def _least(self, kind: int) -> float:
        """Bytes a row that must be reckoned with after memory ran out."""
        found = (each * min(1.0, STEP ** (2 * (kind - at))) for at, each in self._short.items())
        return max(found, default=0.0)

    def _call(self, work: Work[Made], piece: list[int], longest: int) -> Sequence[Made]:
        self._meter.begin()
        made = work(piece)
        self._learn(len(piece), _kind(longest), self._meter.peak())
        return made

    def _learn(self, rows: int, kind: int, taken: int) -> None:
        """A wider batch tells more than a narrower one did: what a batch takes whatever its width weighs less."""
        self._largest = max(self._largest, rows * STEP**kind)
        cost = self._costs.get(kind)
        if cost is None or rows > cost.rows:
            self._costs[kind] = _Cost(rows, taken / rows)
        else:
            cost.each = max(cost.each, taken / cost.rows)

    def _shrink(self, failed: int, longest: int) -> None:
        if self._forgot:
            self._patience *= 2
        self._forgot = False
        self._went_well = 0
        kind = _kind(longest)
        # So that in as much memory half as many are planned, in half of it a quarter, in twice as much as many.
        each = 2 * SHARE * self._meter.free() / failed
        self._short[kind] = max(each, self._short.get(kind, 0.0))

    def _succeed(self, rows: int) -> None:
        self._went_well += 1
        if self._went_well >= self._patience:
            self._forgot = bool(self._short)
            self._short.clear()
            self._went_well = 0
            for cost in self._costs.values():
                cost.rows = 0


_guards: dict[str, tuple[Guard, bool]] = {}


def guard_of(model: str, most: int, meter: Meter | None = None) -> Guard:
    """The guard of a model, for the life of this process; ``model`` names it and what it runs on.

    With a meter its batches are sized by measured memory and have ``most`` rows at most, else they have ``most``
    rows as long as memory suffices.
    """
    guard, measures = _guards.get(model, (None, False))
    if guard is None or guard.most != most or measures != (meter is not None):
        guard = MeasuringGuard(most, meter) if meter else Guard(most)
        _guards[model] = guard, meter is not None
    return guard


def _kind(length: int) -> int:
    """Which power of ``STEP`` a length is counted as: the next one that is no smaller."""
    return math.ceil(math.log(max(length, 1), STEP) - 1e-9)
