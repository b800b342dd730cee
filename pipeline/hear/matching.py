"""What was heard laid beside what was to be said: a global alignment of tokens, and then of sounds.

First equal tokens are paired so that as many as possible are (Needleman and Wunsch 1970, unit costs). Then what is
left between them is compared by sound, where one word may stand for two ("every one", "everyone") and a homophone
for a word. What still differs is an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np
from numpy.typing import NDArray

from pipeline.hear.sounds import Sounds
from pipeline.hear.tokens import Token, texts

MOST_CELLS = 4_000_000
"""Of the table of an alignment; larger ones are divided at runs of equal words first."""
MOST_TOKENS = 80
"""Tokens on either side of a difference that are compared by sound: beyond it is another text."""
_MERGED = 3
"""Tokens of one side that one token of the other may stand for."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Tokens that belong together: ``said[first:last]`` and ``heard[begin:end]``; either may be empty."""

    first: int
    last: int
    begin: int
    end: int
    alike: bool
    """Whether the one is the other, by letters or by sound."""


@dataclass(frozen=True, slots=True)
class Closeness:
    """From which likeness of sound on (0 to 1, 1 is the same) two words are taken for one."""

    words: float
    names: float


def matched(
    said: Sequence[Token], heard: Sequence[Token], sounds: Sounds, closeness: Closeness
) -> list[Pair]:
    """All tokens of both sides in order, each in exactly one pair."""
    pairs: list[Pair] = []
    for first, last, begin, end, equal in _blocks(texts(said), texts(heard)):
        if equal:
            pairs += [
                Pair(first + k, first + k + 1, begin + k, begin + k + 1, True) for k in range(last - first)
            ]
        else:
            pairs += _by_sound(said, heard, (first, last, begin, end), sounds, closeness)
    return pairs


def likeness(a: str, b: str) -> float:
    """1 for equal strings, 0 for those that have nothing in common: 1 - edit distance / the longer length."""
    if a == b:
        return 1.0
    longer = max(len(a), len(b))
    return 1.0 - _distance(a, b) / longer


def equal_runs(a: Sequence[str], b: Sequence[str]) -> list[tuple[int, int, int]]:
    """Where both sides have the same run of tokens: ``(place in a, place in b, length)``, in order on both.

    For texts of any length: long ones are divided at what both have in common.
    """
    return [(first, begin, last - first) for first, last, begin, _, equal in _blocks(a, b) if equal]


_Block = tuple[int, int, int, int, bool]


def _blocks(a: Sequence[str], b: Sequence[str]) -> Iterator[_Block]:
    """Runs that are equal and runs that are not, in order: first, last, begin, end, equal."""
    if len(a) * len(b) <= MOST_CELLS:
        steps = _aligned(a, b)
    else:
        matcher = SequenceMatcher(None, a, b, autojunk=False)
        steps = [(run.a + k, run.b + k) for run in matcher.get_matching_blocks() for k in range(run.size)]
    i = j = 0
    place = 0
    while place < len(steps):
        x, y = steps[place]
        if x > i or y > j:
            yield i, x, j, y, False
        length = 1
        while place + length < len(steps) and steps[place + length] == (x + length, y + length):
            length += 1
        yield x, x + length, y, y + length, True
        i, j = x + length, y + length
        place += length
    if i < len(a) or j < len(b):
        yield i, len(a), j, len(b), False


def _aligned(a: Sequence[str], b: Sequence[str]) -> list[tuple[int, int]]:
    """Pairs of equal tokens of a global alignment with the fewest edits."""
    start = 0
    while start < min(len(a), len(b)) and a[start] == b[start]:
        start += 1
    stop = 0
    while stop < min(len(a), len(b)) - start and a[-1 - stop] == b[-1 - stop]:
        stop += 1
    head = [(k, k) for k in range(start)]
    tail = [(len(a) - stop + k, len(b) - stop + k) for k in range(stop)]
    middle = _table_pairs(a[start : len(a) - stop], b[start : len(b) - stop])
    return [*head, *((i + start, j + start) for i, j in middle), *tail]


def _table_pairs(a: Sequence[str], b: Sequence[str]) -> list[tuple[int, int]]:
    if not a or not b:
        return []
    numbers: dict[str, int] = {}
    left = np.array([numbers.setdefault(token, len(numbers)) for token in a])
    right = np.array([numbers.setdefault(token, len(numbers)) for token in b])
    table = _edits(left, right)
    i, j = len(a), len(b)
    pairs = []
    while i and j:
        if left[i - 1] == right[j - 1] and table[i, j] == table[i - 1, j - 1]:
            i, j = i - 1, j - 1
            pairs.append((i, j))
        elif table[i, j] == table[i - 1, j - 1] + 1:
            i, j = i - 1, j - 1
        elif table[i, j] == table[i - 1, j] + 1:
            i -= 1
        else:
            j -= 1
    return pairs[::-1]


def _edits(left: NDArray[np.int_], right: NDArray[np.int_]) -> NDArray[np.int32]:
    """The table of edit distances; a row at a time, insertions by a running minimum."""
    columns = np.arange(len(right) + 1, dtype=np.int32)
    table = np.empty((len(left) + 1, len(right) + 1), np.int32)
    table[0] = columns
    for row, token in enumerate(left, 1):
        before = table[row - 1]
        best = np.empty_like(before)
        best[0] = row
        best[1:] = np.minimum(before[1:] + 1, before[:-1] + (right != token))
        table[row] = np.minimum.accumulate(best - columns) + columns
    return table


def _by_sound(
    said: Sequence[Token],
    heard: Sequence[Token],
    block: tuple[int, int, int, int],
    sounds: Sounds,
    closeness: Closeness,
) -> list[Pair]:
    """A difference, divided into what sounds alike and what does not."""
    first, last, begin, end = block
    left, right = said[first:last], heard[begin:end]
    if not left or not right:
        return [Pair(*block, len(left) + len(right) == 1 and _inside_number(said, first, last))]
    if _same_number(left, right):
        return [Pair(*block, True)]
    if max(len(left), len(right)) > MOST_TOKENS:
        return [Pair(*block, False)]
    spoken = _Spoken(left, right, sounds, closeness)
    return [Pair(first + i, first + x, begin + j, begin + y, alike) for i, x, j, y, alike in spoken.path()]


def _same_number(left: Sequence[Token], right: Sequence[Token]) -> bool:
    """Whether a number in digits stands on the one side, and something of about its length on the other."""
    numbers = all(token.number for token in left) or all(token.number for token in right)
    return numbers and max(len(left), len(right)) <= 3 * min(len(left), len(right)) + 2


def _inside_number(said: Sequence[Token], first: int, last: int) -> bool:
    """Whether the place is in the middle of a number in digits: "three hundred (and) two"."""
    around = (*said[max(first - 1, 0) : first], *said[last : last + 1])
    return len(around) == 2 and all(token.number for token in around)


class _Spoken:
    """A small difference, aligned by sound: one to one, or one to a few."""

    def __init__(
        self, left: Sequence[Token], right: Sequence[Token], sounds: Sounds, closeness: Closeness
    ) -> None:
        self.left, self.right, self.closeness = left, right, closeness
        self.sounds: Mapping[str, str] = sounds([*_joined(left), *_joined(right)])

    def path(self) -> list[_Block]:
        """The alignment with the fewest tokens that do not sound alike."""
        rows, columns = len(self.left), len(self.right)
        cost: dict[tuple[int, int], tuple[float, tuple[int, int], bool]] = {(0, 0): (0.0, (0, 0), False)}
        for i in range(rows + 1):
            for j in range(columns + 1):
                if i or j:
                    cost[i, j] = min(self._ways(cost, i, j), key=lambda way: way[0])
        path: list[_Block] = []
        at = (rows, columns)
        while at != (0, 0):
            _, before, alike = cost[at]
            path.append((before[0], at[0], before[1], at[1], alike))
            at = before
        return path[::-1]

    def _ways(
        self, cost: Mapping[tuple[int, int], tuple[float, tuple[int, int], bool]], i: int, j: int
    ) -> Iterator[tuple[float, tuple[int, int], bool]]:
        if i:
            yield cost[i - 1, j][0] + 1.0, (i - 1, j), False
        if j:
            yield cost[i, j - 1][0] + 1.0, (i, j - 1), False
        for a in range(1, min(i, _MERGED) + 1):
            for b in range(1, min(j, _MERGED) + 1):
                if min(a, b) > 1:
                    continue
                unlike = 1.0 - self._likeness(i - a, i, j - b, j)
                before = cost[i - a, j - b][0]
                if unlike <= 1.0 - self._least(i - a, i):
                    # Something for what is not the same, so that of two ways the better one is taken.
                    yield before + 0.5 * unlike, (i - a, j - b), True
                elif a == b == 1:
                    yield before + 1.0 + 0.1 * unlike, (i - 1, j - 1), False

    def _least(self, first: int, last: int) -> float:
        name = any(token.name for token in self.left[first:last])
        return self.closeness.names if name else self.closeness.words

    def _likeness(self, first: int, last: int, begin: int, end: int) -> float:
        mine = " ".join(token.text for token in self.left[first:last])
        theirs = " ".join(token.text for token in self.right[begin:end])
        written = likeness(mine.replace(" ", ""), theirs.replace(" ", ""))
        return (
            1.0 if written == 1.0 else max(likeness(self.sounds[mine], self.sounds[theirs]), written - 0.15)
        )


def _joined(tokens: Sequence[Token]) -> Iterator[str]:
    for length in range(1, _MERGED + 1):
        for place in range(len(tokens) - length + 1):
            yield " ".join(token.text for token in tokens[place : place + length])


def _distance(a: str, b: str) -> int:
    """Levenshtein's."""
    before = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (x != y)))
        before = row
    return before[-1]
