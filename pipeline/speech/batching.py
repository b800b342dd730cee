"""Several chunks in one call of a model: which together, how many at once, and the results in order again.

A batch lasts as long as its longest row, on a GPU nearly whatever the others are; so rows of like length go
together. Nothing here may change what is heard: an engine that batches gives each row the samples it has alone.
"""

from __future__ import annotations

import gc
import logging
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from pipeline.errors import SpeechFailed

logger = logging.getLogger(__name__)

Made = TypeVar("Made")

Widths = Callable[[int], int]
"""How many rows to make at once, by the length of the longest of them."""

Work = Callable[[Sequence[int]], Sequence[Made]]
"""Makes the rows of those indices at once: one result for each, in their order."""

TRY_AGAIN = 64
"""Batches that must succeed at the size a shortage of memory left before twice as much is tried."""

_NO_MEMORY = re.compile(
    r"out of memory|failed to allocate memory|can't allocate memory|cudaerrormemoryallocation|_alloc_failed",
    re.IGNORECASE,
)
"""What torch (CUDA, CPU), ONNX Runtime, cuBLAS, cuDNN and CTranslate2 say of it."""


def batches(costs: Sequence[int], most: int | Widths, waste: float = 1.0) -> list[list[int]]:
    """Which rows to make together: lists of indices into ``costs``, each index once.

    ``costs`` are lengths in any unit, ``most`` is the most rows of a batch, or tells it by the length of the
    batch's longest, ``waste`` the share of a batch (rows times its longest) that may be padding: 1 for models whose
    time is that of the longest row, less for those whose time is that of all rows together.

    Batches are filled from the longest row down. With ``waste`` 1 and one width no other way to make as few batches
    has a smaller sum of the longest rows. They come in the order of their first rows: results are handed on soon.
    """
    if isinstance(most, int) and most < 1:
        raise ValueError(f"a batch of {most} rows")
    made: list[list[int]] = []
    total = width = 0
    for index in sorted(range(len(costs)), key=lambda index: (-costs[index], index)):
        batch = made[-1] if made else []
        longest = costs[batch[0]] if batch else 0
        padded = (len(batch) + 1) * longest
        if not batch or len(batch) >= width or padded - total - costs[index] > waste * padded:
            made.append([index])
            total = costs[index]
            width = most if isinstance(most, int) else most(costs[index])
        else:
            batch.append(index)
            total += costs[index]
    return sorted((sorted(batch) for batch in made), key=lambda batch: batch[0])


def in_order(count: int, made: Iterable[tuple[int, Made | SpeechFailed]]) -> Iterator[Made]:
    """The results of the rows 0 to ``count`` - 1 in that order, each as soon as it and all before it are there.

    A row whose result is an error ends it, in its turn: what comes before it is handed on first. Raises
    ``RuntimeError`` when a row never comes.
    """
    waiting: dict[int, Made | SpeechFailed] = {}
    due = 0
    for index, result in made:
        waiting[index] = result
        while due in waiting:
            result = waiting.pop(due)
            if isinstance(result, SpeechFailed):
                raise result
            yield result
            due += 1
    if due != count:
        raise RuntimeError(f"row {due} of {count} was never made")


class Guard:
    """How many rows at once a model bears, found out by trying.

    When memory runs out the batch is halved and made again, and the smaller size is kept: what did not fit will
    not fit the next time. Not for ever, though: a worker lives for weeks, and what filled the memory is often
    another program that ends. After ``TRY_AGAIN`` batches twice as many are tried; each time that fails the wait is
    doubled, so that trying costs next to nothing where the memory is simply small.
    """

    def __init__(self, most: int) -> None:
        """``most`` rows are tried at first, and never more."""
        self.most = most
        self.rows = most
        """How many are made at once now."""
        self._patience = TRY_AGAIN
        self._succeeded = 0
        self._tried = False

    def width(self, longest: int) -> int:
        """How many rows to make at once now; ``longest`` is the length of the longest of them."""
        return self.rows

    def run(
        self, rows: Sequence[int], costs: Sequence[int], work: Work[Made]
    ) -> Iterator[tuple[int, Made | SpeechFailed]]:
        """Each of ``rows`` with what ``work`` makes of it, or with the error that it alone ends in; ``costs`` are the
        lengths of all rows, by their numbers.

        Memory that runs out halves the batch, and fails a row that does not fit alone. A batch that fails otherwise
        is made row by row: one bad row spoils no other.
        """
        left, most = list(rows), len(rows)
        while left:
            size = min(most, self.width(max(costs[row] for row in left)))
            piece, left = left[:size], left[size:]
            try:
                yield from self._made(piece, costs, work)
                continue
            except Exception as error:
                if not is_out_of_memory(error):
                    raise
                reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
            # Outside of the handler: a traceback keeps alive what the failed call had allocated.
            free_memory()
            if len(piece) == 1:
                yield piece[0], SpeechFailed(f"A chunk needs more memory than the device has left: {reason}")
                continue
            most = len(piece) // 2
            self._shrink(len(piece), max(costs[row] for row in piece))
            logger.warning("memory ran out with %d rows at once; now %d: %s", len(piece), most, reason)
            left = piece + left

    def _made(
        self, piece: list[int], costs: Sequence[int], work: Work[Made]
    ) -> list[tuple[int, Made | SpeechFailed]]:
        try:
            results = self._call(work, piece, max(costs[row] for row in piece))
            made: list[tuple[int, Made | SpeechFailed]] = list(zip(piece, results, strict=True))
        except SpeechFailed as error:
            if len(piece) == 1:
                return [(piece[0], error)]
            return [pair for row in piece for pair in self._made([row], costs, work)]
        self._succeed(len(piece))
        return made

    def _call(self, work: Work[Made], piece: list[int], longest: int) -> Sequence[Made]:
        """What ``work`` makes of the rows, the longest of which has that length."""
        return work(piece)

    def _shrink(self, failed: int, longest: int) -> None:
        if self._tried:
            self._patience *= 2
        self._tried = False
        self._succeeded = 0
        self.rows = max(1, failed // 2)

    def _succeed(self, rows: int) -> None:
        if rows < self.rows:
            return  # a smaller batch says nothing
        self._tried = False
        self._succeeded += 1
        if self.rows < self.most and self._succeeded >= self._patience:
            self.rows = min(self.most, self.rows * 2)
            self._tried = True
            self._succeeded = 0


def in_batches(costs: Sequence[int], guard: Guard, work: Work[Made], waste: float = 1.0) -> Iterator[Made]:
    """All rows in order, made in batches (see ``batches``) under a guard.

    Raises ``SpeechFailed`` in the turn of a row that cannot be made.
    """
    return in_order(len(costs), _under(guard, costs, work, waste))


def _under(
    guard: Guard, costs: Sequence[int], work: Work[Made], waste: float
) -> Iterator[tuple[int, Made | SpeechFailed]]:
    """Each row with what became of it. The rest is divided anew after each batch: it may have taught the guard."""
    left = list(range(len(costs)))
    while left:
        [first, *_] = batches([costs[row] for row in left], guard.width, waste)
        rows = [left[place] for place in first]
        yield from guard.run(rows, costs, work)
        left = [row for row in left if row not in rows]


def is_out_of_memory(error: BaseException) -> bool:
    """Whether a model failed because the memory of its device, or of the machine, did not suffice."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    return bool(_NO_MEMORY.search(str(error)))


def free_memory() -> None:
    """Give back what torch keeps of the GPU's memory for later. Does nothing where torch was never imported."""
    gc.collect()
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()
