"""Anchors: passages of the text that were found in the recording, in the order of both.

First some passages from all parts of the text are looked for everywhere, and the heaviest chain of those that
agree in their order is kept. Then passages between two anchors are looked for between these, and so on by halves:
each level costs no more than one passage looked for everywhere.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from pipeline.align.long_search import Hit, search
from pipeline.align.long_sound import Sketch
from pipeline.align.long_text import Text

PASSAGE_ROWS = 200
"""A passage that is looked for: about 8 s of sound, ten in a narrator's time."""
SHORTEST_ROWS = 60
"""A shorter one is found in many places."""
WORST_COST = 0.55
"""Between what passages cost that are read (0.40 to 0.52 with human narrators) and those that are not (from 0.58
on); see ``pipeline.align.long_sound``."""
LEAST_MARGIN = 0.04
"""So much more at least the passage backwards costs. Passages that are not read reach 0.03."""
LEAST_LEAD = 0.012
"""And so much more its second best place."""
EVERYWHERE = 24
"""Passages that are looked for in the whole recording."""
NEAR_ROWS = 1000
"""Anchors that are so near (40 s of reading) have no others between them."""


@dataclass(frozen=True, slots=True)
class Pin:
    """An anchor: a row of the text that is a row of the recording."""

    row: int
    at: int
    weight: float
    """How sure it is, compared with others."""
    begin: int
    """The recording's rows of the passage around it: first, and one after the last."""
    end: int
    first: int
    """The text's rows of the passage, likewise."""
    stop: int
    cost: float = 0.0
    """Of the passage, for each row of the text."""
    null: float = 1.0
    """And backwards."""


AnchorFinder = Callable[[Text, Sketch, Callable[[float], None]], list[Pin]]
"""Finds anchors, ascending in text and recording; the last argument is told how far it is, 0 to 1.

``find_anchors`` is one and needs nothing but espeak's reading. One that recognises words first (a ``Pin`` for each
run of words that agree, by ``Text.row_of`` and ``Sketch.row_at``) is another.
"""


def find_anchors(text: Text, sound: Sketch, told: Callable[[float], None] = lambda _: None) -> list[Pin]:
    """Passages of ``text`` that are in ``sound``, ascending in both. None: the two do not match."""
    found = _everywhere(text, sound, lambda share: told(share / 2))
    rows = len(text.sketch)
    near = max(NEAR_ROWS, max(rows, len(sound)) // EVERYWHERE // 32)
    worst = worst_of(found)
    spine = chain([pin for pin in found if pin.cost <= worst])
    pins: list[Pin] = []
    bounds = [None, *spine, None]
    for number, (before, after) in enumerate(pairwise(bounds)):
        pins += between(
            text,
            sound,
            (before.stop, before.end) if before else (0, 0),
            (after.first, after.begin) if after else (rows, len(sound)),
            near,
            worst,
        )
        if after:
            pins.append(after)
        told(0.5 + (number + 1) / (len(bounds) - 1) / 2)
    return pins


def _everywhere(text: Text, sound: Sketch, told: Callable[[float], None]) -> list[Pin]:
    """Passages of the shorter of the two that are in the longer."""
    by_text = len(text.sketch) <= 2 * len(sound)
    rows = len(text.sketch) if by_text else len(sound)
    starts = range(0, max(1, rows - PASSAGE_ROWS // 2), max(2 * PASSAGE_ROWS, rows // EVERYWHERE))
    found = []
    for number, start in enumerate(starts, 1):
        if by_text:
            pin = look(text, sound, start, start + PASSAGE_ROWS, 0, len(sound))
        else:
            pin = _look_up(text, sound, start, min(start + PASSAGE_ROWS, rows))
        if pin:
            found.append(pin)
        told(number / len(starts))
    return found


def _look_up(text: Text, sound: Sketch, begin: int, end: int) -> Pin | None:
    """What is said in those rows of ``sound``, if it is in the text."""
    begin = max(0, min(begin, end - SHORTEST_ROWS))
    hit = search(sound.rows[begin:end], text.sketch.rows)
    if hit is None or not is_there(hit, end - begin):
        return None
    weight = (hit.null - hit.cost) * (end - begin)
    at = begin + (end - begin) // 2
    return Pin(hit.middle, at, weight, begin, end, hit.first, hit.last + 1, hit.cost, hit.null)


def look(text: Text, sound: Sketch, first: int, stop: int, begin: int, end: int) -> Pin | None:
    """The passage of ``text`` from row ``first`` to ``stop``, if it is in those rows of ``sound``."""
    stop = min(stop, len(text.sketch))
    if stop - first < SHORTEST_ROWS:
        first = max(0, stop - SHORTEST_ROWS)
    hit = search(text.sketch.rows[first:stop], sound.rows[begin:end])
    if hit is None or not is_there(hit, stop - first):
        return None
    return Pin(
        row=first + (stop - first) // 2,
        at=begin + hit.middle,
        weight=(hit.null - hit.cost) * (stop - first),
        begin=begin + hit.first,
        end=begin + hit.last + 1,
        first=first,
        stop=stop,
        cost=hit.cost,
        null=hit.null,
    )


def is_there(hit: Hit, rows: int) -> bool:
    """Whether a passage of so many rows is read where it was found. The shorter it is, the more it has to show."""
    scarce = max(0.0, 1 - rows / PASSAGE_ROWS)
    return (
        hit.cost <= WORST_COST - 0.06 * scarce
        and hit.null - hit.cost >= LEAST_MARGIN * (1 + scarce)
        and hit.rival - hit.cost >= LEAST_LEAD
    )


def between(
    text: Text,
    sound: Sketch,
    low: tuple[int, int],
    high: tuple[int, int],
    near: int,
    worst: float = WORST_COST,
) -> list[Pin]:
    """Anchors between two places, given as (row of the text, row of the recording).

    Where they are no more than ``near`` rows of the text apart, none are looked for.
    """
    waiting = [(low, high)]
    found: list[Pin] = []
    while waiting:
        (first, begin), (stop, end) = waiting.pop()
        if stop - first < near + PASSAGE_ROWS or end - begin < PASSAGE_ROWS // 2:
            continue
        start = (first + stop - PASSAGE_ROWS) // 2
        pin = look(text, sound, start, start + PASSAGE_ROWS, begin, end)
        if pin and pin.cost <= worst:
            found.append(pin)
            waiting += [((first, begin), (pin.first, pin.begin)), ((pin.stop, pin.end), (stop, end))]
        else:  # it may not be read, though what is around it is
            waiting += [((first, begin), (start, end)), ((start + PASSAGE_ROWS, begin), (stop, end))]
    return chain(found)


def worst_of(pins: Sequence[Pin]) -> float:
    """What a passage of this recording costs at the most: half-way from what it usually does to chance.

    A passage of which half is read elsewhere, as in a text whose phrases come again, costs more than those that are
    read, when these are read much like the text.
    """
    if not pins:
        return WORST_COST
    cost, null = median(pin.cost for pin in pins), median(pin.null for pin in pins)
    return min(WORST_COST, (cost + null) / 2)


def chain(pins: Sequence[Pin]) -> list[Pin]:
    """The heaviest of the subsets of ``pins`` that ascend in both text and recording."""
    ordered = sorted(pins, key=lambda pin: (pin.row, -pin.at))
    best: list[float] = []
    before: list[int] = []
    # Among places in the recording, those where a chain that ends there is heavier than all that end earlier.
    places: list[int] = []
    holders: list[int] = []
    for number, pin in enumerate(ordered):
        at = bisect_right(places, pin.at - 1)
        previous = holders[at - 1] if at else -1
        best.append(pin.weight + (best[previous] if at else 0.0))
        before.append(previous)
        while at < len(places) and best[holders[at]] <= best[number]:
            del places[at], holders[at]
        if at == 0 or best[holders[at - 1]] < best[number]:
            places.insert(at, pin.at)
            holders.insert(at, number)
    if not holders:
        return []
    result = []
    number = holders[-1]
    while number >= 0:
        result.append(ordered[number])
        number = before[number]
    return result[::-1]
