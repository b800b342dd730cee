"""From the path to what was read: runs of words that follow each other in the recording, and what lies outside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.align.long_anchors import NEAR_ROWS, PASSAGE_ROWS, SHORTEST_ROWS, Pin, between, look
from pipeline.align.long_path import Stretch, lay
from pipeline.align.long_sound import Index, Sketch, pauses, stretches
from pipeline.align.long_text import Text

LARGEST_ROWS = 6000
"""Of a longer piece without an anchor (4 minutes of sound) only both ends are laid: its middle is not read."""
MOST_PAIRS = 2000
"""So many pairs of a stretch that is not read and one that is not explained are compared, where a recording is
little like its text."""
LEAST_MISSING = 6
"""Fewer rows of a sentence that are missing (0.24 s) are a short word that is said in passing: it is not missed."""
LEAST_ADDED = 12
"""More rows between two words (0.5 s of sound) are not the text's."""
LEAST_RUN = 15
"""Fewer rows between two gaps (0.6 s) are there by chance."""
WORST_RUN = 0.56
"""And so is a run that costs more for each row, as passages that are not read do."""


@dataclass(frozen=True, slots=True)
class Run:
    """Words that are read one after the other, with nothing in between."""

    first: int
    stop: int
    """The word after the last."""
    begin: int
    """The recording's first row."""
    end: int
    """The row after the last."""
    moved: bool = False
    """Whether it is read elsewhere than the text has it."""


class Ground:
    """A text and a recording, and where in both a gap may be."""

    def __init__(self, text: Text, sound: Sketch) -> None:
        """Look once for all where words and sentences begin, and where there are pauses."""
        self.text, self.sound = text, sound
        rows = len(text.sketch)
        self._words = np.zeros(rows + 1, np.bool_)
        self._words[np.flatnonzero(np.diff(text.word_of_row, prepend=-1))] = True
        self._lines = np.zeros(rows + 1, np.bool_)
        self._lines[np.searchsorted(text.word_of_row, text.line_starts)] = True
        self._paragraphs = np.zeros(rows + 1, np.bool_)
        numbers = np.asarray([line.paragraph for line in text.lines])
        begins = text.line_starts[np.diff(numbers, prepend=-1) != 0]
        self._paragraphs[np.searchsorted(text.word_of_row, begins)] = True
        self._words[-1] = self._lines[-1] = True
        self._pauses = pauses(sound.frames)

    def lay(self, low: tuple[int, int], high: tuple[int, int], result: Index) -> None:
        """Write into ``result`` which rows of the recording the text's are, between two places.

        These are (row of the text, row of the recording).
        """
        rows = _ends_of(low[0], high[0])
        columns = _ends_of(low[1], high[1])
        if not len(rows) or not len(columns):
            return
        found = lay(
            Stretch(
                self.text.sketch.rows[rows],
                np.append(self._words[rows], self._words[high[0]]),
                np.append(self._lines[rows], self._lines[high[0]]),
                np.append(self._paragraphs[rows], self._paragraphs[high[0]]),
                self.sound.rows[columns],
                np.append(self._pauses[columns], self._pauses[high[1]]),
            )
        )
        result[rows] = np.where(found >= 0, columns[found], -1)


def place(ground: Ground, pins: Sequence[Pin], told: Callable[[float], None] = lambda _: None) -> Index:
    """For each row of the text its row of the recording; -1 where it is missing."""
    end = (len(ground.text.sketch), len(ground.sound))
    result = np.full(end[0], -1, np.int32)
    low = (0, 0)
    for high in [*((pin.row, pin.at) for pin in pins), end]:
        ground.lay(low, high, result)
        low = high
        told(high[0] / end[0])
    return result


def _ends_of(first: int, stop: int) -> Index:
    """The numbers of a range, of a long one only those near its ends."""
    numbers = np.arange(first, stop, dtype=np.int32)
    if len(numbers) <= LARGEST_ROWS:
        return numbers
    return np.concatenate([numbers[: LARGEST_ROWS // 2], numbers[-LARGEST_ROWS // 2 :]])


def runs_of(text: Text, sound: Sketch, at: Index, *, moved: bool = False) -> list[Run]:
    """The runs of a path, in the text's order."""
    costs = np.where(at >= 0, 1 - np.einsum("ij,ij->i", text.sketch.rows, sound.rows[at]), 0)
    edges = np.flatnonzero(np.diff(text.word_of_row, prepend=-1, append=len(text.words)))
    runs: list[Run] = []
    open_run: list[int] = []  # first word, stop, begin, end, first row, rows that were passed over
    for first, stop in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        word = int(text.word_of_row[first])
        heard = at[first:stop][at[first:stop] >= 0]
        read = 2 * len(heard) >= stop - first
        if (
            read
            and open_run
            and 0 <= int(heard[0]) - open_run[3] + 1 <= LEAST_ADDED + 1
            and open_run[5] <= LEAST_MISSING
            and text.line_of(word) - text.line_of(open_run[1] - 1) <= 1
        ):
            open_run[1], open_run[3], open_run[5] = word + 1, int(heard[-1]) + 1, 0
        elif read:
            _close(runs, open_run, costs, text, moved)
            open_run = [word, word + 1, int(heard[0]), int(heard[-1]) + 1, first, 0]
        elif open_run:
            open_run[5] += stop - first
    _close(runs, open_run, costs, text, moved)
    return runs


def _close(
    runs: list[Run],
    open_run: list[int],
    costs: np.ndarray[tuple[int], np.dtype[np.float32]],
    text: Text,
    moved: bool,
) -> None:
    if not open_run:
        return
    first, stop, begin, end, row, _ = open_run
    rows = text.row_of(stop) - row
    alone = rows >= len(text.sketch) - LEAST_RUN  # all there is
    if not alone and (rows < LEAST_RUN or float(costs[row : row + rows].mean()) > WORST_RUN):
        return
    runs.append(Run(first, stop, begin, end, moved))


def find_moved(ground: Ground, runs: Sequence[Run], worst: float) -> list[tuple[Run, Index]]:
    """Runs that are missing where the text has them, but are read elsewhere; with the path of each."""
    text, sound = ground.text, ground.sound
    found: list[tuple[Run, Index]] = []
    free = np.ones(len(sound), np.bool_)
    for run in runs:
        free[run.begin : run.end] = False
    unread = np.ones(len(text.sketch), np.bool_)
    for run in runs:
        unread[text.row_of(run.first) : text.row_of(run.stop)] = False
    pairs = 0
    for first, stop in stretches(unread):
        for begin, end in stretches(free):
            if min(stop - first, end - begin) < SHORTEST_ROWS or pairs == MOST_PAIRS:
                continue
            pairs += 1
            pins = _pins_of(text, sound, (first, begin), (stop, end), worst)
            if not pins:
                continue
            path = np.full(len(text.sketch), -1, np.int32)
            low = (first, begin)
            for high in [*((pin.row, pin.at) for pin in pins), (stop, end)]:
                ground.lay(low, high, path)
                low = high
            new = runs_of(text, sound, path, moved=True)
            found += [(run, path) for run in new]
            for run in new:
                free[run.begin : run.end] = False
            if new:
                break
    return found


def _pins_of(
    text: Text, sound: Sketch, low: tuple[int, int], high: tuple[int, int], worst: float
) -> list[Pin]:
    """Anchors of an unread stretch of the text in a stretch of the recording that is not explained."""
    pins = between(text, sound, low, high, NEAR_ROWS, worst)
    if pins:
        return pins
    size = min(high[0] - low[0], 2 * (high[1] - low[1]), 2 * PASSAGE_ROWS)
    start = (low[0] + high[0] - size) // 2
    pin = look(text, sound, start, start + size, low[1], high[1])
    return [pin] if pin and pin.cost <= worst else []
