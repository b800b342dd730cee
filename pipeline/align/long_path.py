"""Which frame of a text is which of a recording, where either may have what the other has not.

Dynamic programming over the frames of both, as when sequences are aligned with affine gaps (O. Gotoh, J. Mol. Biol.
162 (1982) 705-708) and steps of DTW in between: the text is read (steps as in ``pipeline.align.long_search``), or
the recording goes on without it (added), or the text goes on without the recording (missing). A gap begins and
ends between words, and costs less to open between sentences and at pauses.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.align.long_search import NEVER, distances
from pipeline.align.long_sound import Index, Rows

SKIP_TEXT = np.float32(0.29)
SKIP_SOUND = np.float32(0.29)
"""Costs of a frame that is in one and not in the other. Together they are what a pair of frames costs that is read
badly: more than the path of a passage that is read, less than that of one that is not."""
OPEN_TEXT = np.float32(2.5)
OPEN_PARAGRAPH = np.float32(2.0)
OPEN_SOUND = np.float32(2.5)
"""What a gap costs besides: as much as about two seconds of reading that is slightly too bad. Headings and whole
paragraphs are what narrators leave out."""
INSIDE = np.float32(2.5)
"""And again where it opens inside a sentence, or where the recording has no pause."""
PAUSE_FRAMES = 4
"""Silence that is so long (0.16 s) is a pause."""

_HALVED = np.float32(0.75)
"""A step is worth half of each frame that it goes on by, in text and recording: so no frame of either is free. One
by two frames is worth 1.5, spread over two pairs."""
_TOGETHER = 128
"""Rows of the text that are compared at once."""

_READ, _ADDED, _MISSING = 0, 1, 2


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """A piece of the text that is to be found in a piece of the recording."""

    text: Rows
    word_starts: NDArray[np.bool_]
    """For each row of the text, and for the end: whether a word begins there."""
    line_starts: NDArray[np.bool_]
    """And whether a sentence does."""
    paragraph_starts: NDArray[np.bool_]
    """And whether a paragraph does."""
    sound: Rows
    pauses: Index
    """For each row of the recording, and for the end: how many silent frames lie before it."""


def lay(stretch: Stretch) -> Index:
    """For each row of the text its row of the recording, ascending; -1 where it is missing.

    Takes time and memory in proportion to the product of both lengths (a byte each).
    """
    rows, columns = len(stretch.text), len(stretch.sound)
    if not rows or not columns:
        return np.full(rows, -1, np.int32)
    return _backward(_forward(stretch))


# A byte of ``steps`` says how the cheapest way to (rows of text, rows of recording that are over) came there:
# bits 0-1 which of read, added, missing it is; bits 2-3 how the read one stepped; bit 4 that the added one was
# opened here; bit 5 that the missing one was; bits 6 and 7 from which of the others these two were opened.


def _forward(stretch: Stretch) -> NDArray[np.uint8]:
    rows, columns = len(stretch.text), len(stretch.sound)
    steps = np.empty((rows + 1, columns + 1), np.uint8)
    table = np.zeros((0, columns), np.float32)
    before = np.zeros(columns, np.float32)
    quiet = stretch.pauses >= PAUSE_FRAMES
    opening = np.where(quiet, np.float32(0), INSIDE).astype(np.float32)
    # The ends of the recording are as good as a pause.
    opening[0] = opening[-1] = 0
    ramp = np.arange(columns + 1, dtype=np.float32) * SKIP_SOUND
    read = np.full(columns + 1, NEVER, np.float32)
    read[0] = 0
    missing = np.full(columns + 1, NEVER, np.float32)
    older = np.full(columns + 1, NEVER, np.float32)
    best = read
    for row in range(rows + 1):
        code = np.zeros(columns + 1, np.uint8)
        if row:
            if (row - 1) % _TOGETHER == 0:
                table = distances(stretch.text[row - 1 : row - 1 + _TOGETHER], stretch.sound)
            cost = table[(row - 1) % _TOGETHER]
            ways = np.full((3, columns + 1), NEVER, np.float32)
            ways[0, 1:] = best[:-1] + cost
            ways[1, 2:] = best[:-2] + (cost[1:] + cost[:-1]) * _HALVED
            if row > 1:
                ways[2, 1:] = older[:-1] + (before + cost) * _HALVED
            before = cost
            which = ways.argmin(0).astype(np.uint8)
            read = ways.min(0)
            code |= which << 2
            if stretch.word_starts[row - 1]:
                price = OPEN_TEXT + (np.float32(0) if stretch.line_starts[row - 1] else INSIDE)
                if stretch.paragraph_starts[row - 1]:
                    price = OPEN_PARAGRAPH
                opened = best + opening * np.float32(0.5) + price
                fresh = opened < missing
                code |= fresh.astype(np.uint8) << 5
                missing = np.where(fresh, opened, missing)
            missing = missing + SKIP_TEXT
        at_word = bool(stretch.word_starts[row])
        total = read
        kind = np.zeros(columns + 1, np.uint8)
        if at_word:
            fresh = missing < total
            kind[fresh] = _MISSING
            total = np.where(fresh, missing, total)
            price = OPEN_SOUND + (np.float32(0) if stretch.line_starts[row] else INSIDE)
            level = total + opening + price - ramp
            lowest = np.minimum.accumulate(level)
            code |= (level <= lowest).astype(np.uint8) << 4
            # It ends one row further on at the least.
            added = np.full(columns + 1, NEVER, np.float32)
            added[1:] = lowest[:-1] + ramp[1:] + opening[1:] * np.float32(0.5)
            fresh = added < total
            kind[fresh] = _ADDED
            code |= (total == missing).astype(np.uint8) << 6
            total = np.where(fresh, added, total)
        steps[row] = code | kind
        older, best = best, total
    return steps


def _backward(steps: NDArray[np.uint8]) -> Index:
    rows, columns = steps.shape[0] - 1, steps.shape[1] - 1
    result = np.full(rows, -1, np.int32)
    row, column = rows, columns
    state = int(steps[row, column]) & 3
    while row > 0 or column > 0:
        code = int(steps[row, column])
        if state == _ADDED:
            column -= 1
            while column > 0 and not int(steps[row, column]) >> 4 & 1:
                column -= 1
            state = _MISSING if int(steps[row, column]) >> 6 & 1 else _READ
            if column == 0 and row == 0:
                break
        elif state == _MISSING:
            result[row - 1] = -1
            opened = code >> 5 & 1
            row -= 1
            if opened:
                state = int(steps[row, column]) & 3
                if state == _MISSING:  # cannot be: it would have gone on
                    state = _READ
        else:
            if row == 0:
                break
            way = code >> 2 & 3
            result[row - 1] = column - 1
            if way == 2:
                result[row - 2] = column - 1
                row -= 2
                column -= 1
            else:
                row -= 1
                column -= 2 if way == 1 else 1
            state = int(steps[row, column]) & 3
    return result
