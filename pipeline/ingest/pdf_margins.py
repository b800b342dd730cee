"""Line numbers: figures beside the lines of legal texts, manuscripts and editions that count as the lines do."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from itertools import pairwise

from pipeline.ingest.pdf_glyphs import PageText, Piece

STEPS = (1, 2, 3, 4, 5, 10)
"""By how much line numbers count from one to the next."""
ON_PAGE = 5
"""So many on one page are line numbers whatever the other pages have."""
IN_ALL = 8
"""So many on all pages, where a page has only a few."""
FEWEST = 2
FIRST = 10
"""Lines are counted from 1, or numbered from the fifth or tenth on."""
UNEVEN = 2.0
"""The widest step from one number down to the next by the narrowest, at most: stanzas have white between them."""
ALIGNED = 3.0
"""Points by which the edges of numbers that stand under each other may differ."""
WHITE = 0.5
"""Ems of white that part a line's number from its text, at least."""
_LEADER = re.compile(r"(?:[.·] ?){4}|…{2}")


def take_line_numbers(pages: list[PageText]) -> int:
    """Remove line numbers from ``pages``; return how many."""
    columns = [
        column
        for page in pages
        for column in _counting(page)
        if len(column) >= FEWEST and _is_even(column) and _beside_text(column, page)
    ]
    if min((int(column[0].text) for column in columns), default=0) > FIRST:
        return 0  # years beside their events
    by_step: dict[int, int] = defaultdict(int)
    for column in columns:
        by_step[_step(column)] += len(column)
    drop = {
        id(piece)
        for column in columns
        if len(column) >= ON_PAGE or by_step[_step(column)] >= IN_ALL
        for piece in column
    }
    if drop:
        for page in pages:
            page.pieces = [piece for piece in page.pieces if id(piece) not in drop]
    return len(drop)


def _counting(page: PageText) -> list[list[Piece]]:
    """Numbers that stand under each other, flush at one side, and count by one step."""
    numbers = [piece for piece in page.pieces if _is_number(piece.text)]
    runs: list[list[Piece]] = []
    edges: tuple[Callable[[Piece], float], ...] = (lambda p: p.left, lambda p: p.right)
    for edge in edges:
        groups: list[list[Piece]] = []
        for piece in sorted(numbers, key=edge):
            if groups and edge(piece) - edge(groups[-1][-1]) <= ALIGNED:
                groups[-1].append(piece)
            else:
                groups.append([piece])
        for group in groups:
            runs += _runs(sorted(group, key=lambda p: -p.base))
    found: list[list[Piece]] = []
    used: set[int] = set()
    for run in sorted(runs, key=len, reverse=True):
        if len(run) >= FEWEST and not used & {id(piece) for piece in run}:
            found.append(run)
            used.update(id(piece) for piece in run)
    return found


def _is_number(text: str) -> bool:
    text = text.strip()
    return text.isascii() and text.isdigit() and len(text) <= 5


def _runs(group: list[Piece]) -> list[list[Piece]]:
    """Cut ``group`` where it does not count on by the step that is most frequent in it."""
    gaps = [int(b.text) - int(a.text) for a, b in pairwise(group)]
    steps = [gap for gap in gaps if gap in STEPS]
    if not steps:
        return []
    step = max(set(steps), key=steps.count)
    runs = [[group[0]]]
    for piece, gap in zip(group[1:], gaps, strict=True):
        if gap == step:
            runs[-1].append(piece)
        else:
            runs.append([piece])
    return runs


def _is_even(column: list[Piece]) -> bool:
    steps = [above.base - below.base for above, below in pairwise(column)]
    return min(steps) > 0 and max(steps) <= UNEVEN * min(steps)


def _step(column: list[Piece]) -> int:
    return int(column[1].text) - int(column[0].text)


def _beside_text(column: list[Piece], page: PageText) -> bool:
    """Tell whether most of the numbers stand outside a line of text on their height, with white between.

    A table's numbers have other cells beside them; the page's text has few wide gaps, and no figures.
    """
    texts = hits = 0
    low, high = min(p.left for p in column), max(p.right for p in column)
    for number in column:
        row = [p for p in page.pieces if p is not number and abs(p.base - number.base) < 0.5 * p.size]
        after = min((p.left for p in row if p.left >= high), default=None)
        before = max((p.right for p in row if p.right <= low), default=None)
        if _LEADER.search(" ".join(p.text.strip() for p in row)):
            return False  # pages in a table of contents
        gaps = [gap for gap in (after and after - high, before and low - before) if gap]
        hits += not row or (bool(gaps) and min(gaps) >= WHITE * number.size)
        texts += any(p.right - p.left > 12 * p.size and any(map(str.isalpha, p.text)) for p in row)
    return hits >= 0.8 * len(column) and texts >= 0.6 * len(column)


__all__ = ["take_line_numbers"]
