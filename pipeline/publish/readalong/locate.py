"""Where what was read stands in the text of a page.

The page has more than what was read (notes and their marks, captions, tables of contents), and now and then less
(the words said for a formula, the description of a picture). Both are sequences of letters without spaces, and what
was read keeps the page's order, but for notes, which are told where they are referred to.

Blocks that stand in the page letter by letter are its landmarks: of all places where long ones occur, the longest run
that keeps the order is taken (the idea of patience diff; longest increasing subsequence by Hunt and Szymanski, 1977).
What lies between two landmarks is looked for between them only, headings from behind, because what goes before a text
may stand in a table of contents as well.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

_LANDMARK = 24
"""Letters that are enough for a landmark."""
_PLACES = 8
"""Most places of one block that are looked at."""
_WINDOW = 400_000
"""Letters before and after the place where a block is expected in which it is looked for."""
_TRIES = (
    (4, 12, 1),
    (32, 400_000, 1),
    (16, 20_000, 400),
    (8, 2000, 200),
    (4, 200, 60),
    (2, 40, 20),
    (1, 12, 8),
)
"""How two texts that differ find together again: so many letters must be equal, at most so many may be left out in
the page, and fewer than so many in what was read. The mark of a note, which is short, comes first."""
_ENOUGH = 0.6
"""Share of a block's letters that must be found, or it does not stand in the page."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A block that was read."""

    letters: str
    after: int = 0
    """It stands behind that letter of the page."""
    aside: bool = False
    """It may stand anywhere: a note."""


def locate(page: str, blocks: Sequence[Wanted]) -> list[array[int] | None]:
    """For each block, the index in ``page`` of each of its letters, ascending (-1 for one that is not there);
    None for a block that does not stand in the page."""
    found: list[array[int] | None] = [None] * len(blocks)
    order = [number for number, block in enumerate(blocks) if block.letters and not block.aside]
    marks = _landmarks(page, blocks, order)
    for number, place in marks.items():
        found[number] = _run(place, len(blocks[number].letters))
    placed = sorted(marks)
    edges = [-1, *placed, len(blocks)]
    for before, behind in pairwise(edges):
        low = marks[before] + len(blocks[before].letters) if before >= 0 else 0
        high = marks[behind] if behind < len(blocks) else len(page)
        between = [number for number in order if before < number < behind]
        if between:
            _fill(page, blocks, between, low, high, found)
    for number, block in enumerate(blocks):
        if block.aside and block.letters:
            found[number] = _aside(page, block)
    return found


def follow(letters: str, page: str, low: int, high: int) -> array[int]:
    """The index in ``page[low:high]`` of each of ``letters``, ascending; -1 for one that is not there."""
    places = array("l", [-1]) * len(letters)
    at, place = 0, low
    while at < len(letters):
        if place < high and letters[at] == page[place]:
            places[at] = place
            at, place = at + 1, place + 1
            continue
        if (again := _resume(letters, at, page, place, high)) is None:
            break
        at, place = again
    return places


def _resume(letters: str, at: int, page: str, place: int, high: int) -> tuple[int, int] | None:
    """Where both go on together after they differ."""
    for length, reach, omitted in _TRIES:
        best: tuple[int, int, int] | None = None
        for skipped in range(min(omitted, len(letters) - at)):
            if best is not None and skipped >= best[0]:
                break
            sample = letters[at + skipped : at + skipped + length]
            if len(sample) < min(length, len(letters) - at):
                break
            limit = min(high, place + (reach if skipped == 0 else min(reach, 2000)) + length)
            hit = page.find(sample, place, limit)
            if hit >= 0 and (best is None or hit - place + skipped < best[0]):
                best = (hit - place + skipped, at + skipped, hit)
        if best is not None:
            return best[1], best[2]
    return None


def _landmarks(page: str, blocks: Sequence[Wanted], order: Sequence[int]) -> dict[int, int]:
    """Blocks that surely stand where they were found."""
    pairs: list[tuple[int, int]] = []
    cursor, sure = 0, False
    for position, number in enumerate(order):
        letters = blocks[number].letters
        start = max(cursor, blocks[number].after)
        more = _prolonged(blocks, order, position)
        sure = page.startswith(more, start) and (len(more) >= _LANDMARK or (sure and start == cursor))
        if sure:
            pairs.append((number, start))
            cursor = start + len(letters)
            continue
        if len(letters) < _LANDMARK:
            continue
        places = _places(page, letters, max(0, start - _WINDOW), min(len(page), start + _WINDOW))
        pairs += [(number, place) for place in reversed(places)]
        later = [place for place in places if place >= start]
        if later:
            cursor = later[0] + len(letters)
    return _longest(pairs, blocks)


def _prolonged(blocks: Sequence[Wanted], order: Sequence[int], position: int) -> str:
    """A block's letters, a short one's with those of what follows it."""
    text = ""
    for number in order[position:]:
        text += blocks[number].letters
        if len(text) >= _LANDMARK:
            break
    return text


def _places(page: str, letters: str, low: int, high: int) -> list[int]:
    places: list[int] = []
    place = page.find(letters, low, high)
    while place >= 0 and len(places) < _PLACES:
        places.append(place)
        place = page.find(letters, place + 1, high)
    return places


def _longest(pairs: Sequence[tuple[int, int]], blocks: Sequence[Wanted]) -> dict[int, int]:
    """Of (block, place) pairs, those that make the longest run in which both ascend and no block reaches into the
    next: a text that repeats itself can be found within itself. Of one block the places come in descending order, so
    that none is taken twice."""
    tails: list[int] = []
    ends: list[int] = []  # by length of a run, the least place at which one can end
    links: list[int] = []
    for index, (number, place) in enumerate(pairs):
        at, end = bisect_right(ends, place), place + len(blocks[number].letters)
        links.append(tails[at - 1] if at else -1)
        if at == len(ends):
            ends.append(end)
            tails.append(index)
        elif end < ends[at]:
            ends[at], tails[at] = end, index
    chosen: dict[int, int] = {}
    index = tails[-1] if tails else -1
    while index >= 0:
        number, place = pairs[index]
        chosen[number] = place
        index = links[index]
    return chosen


def _fill(
    page: str,
    blocks: Sequence[Wanted],
    numbers: list[int],
    low: int,
    high: int,
    found: list[array[int] | None],
) -> None:
    """Find blocks between two landmarks: whole ones from behind, then from before; what is left, piece by piece."""
    numbers = list(numbers)
    while numbers:
        letters = blocks[numbers[-1]].letters
        place = page.rfind(letters, low, high)
        if place < 0:
            break
        found[numbers.pop()] = _run(place, len(letters))
        high = place
    while numbers:
        block = blocks[numbers[0]]
        start = max(low, block.after) if block.after < high else low
        place = page.find(block.letters, start, high)
        if place < 0:
            break
        found[numbers.pop(0)] = _run(place, len(block.letters))
        low = place + len(block.letters)
    for number in numbers:
        block = blocks[number]
        start = max(low, block.after) if block.after < high else low
        places = follow(block.letters, page, start, high)
        known = [place for place in places if place >= 0]
        if len(known) >= _ENOUGH * len(places):
            found[number] = places
            low = known[-1] + 1


def _aside(page: str, block: Wanted) -> array[int] | None:
    place = page.find(block.letters, block.after)
    if place < 0:
        place = page.find(block.letters)
    if place >= 0:
        return _run(place, len(block.letters))
    places = follow(block.letters, page, block.after, len(page))
    known = sum(place >= 0 for place in places)
    return places if known >= _ENOUGH * len(places) else None


def _run(place: int, length: int) -> array[int]:
    return array("l", range(place, place + length))


__all__ = ["Wanted", "follow", "locate"]
