"""A block's text cut into runs that belong to different things: languages, speakers.

Runs without a word stay with what is before or after them, so that no chunk is nothing but a dash.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Generic, TypeVar

T = TypeVar("T")

CLAUSE_ENDS = ",;:，；：、،؛—―–"
CLOSING = "\"'”’»›)]）」』》】"
_AUTHOR_ENDS = re.compile(r"([.!?…])\s+[—–-]\s*$")
"""A sentence of the author's, and the dash of the speech after it, as Russian prints it."""
WORD = re.compile(r"\w+(?:['’-]\w+)*")


@dataclass(frozen=True, slots=True)
class Piece(Generic[T]):
    """A run of a text."""

    text: str
    of: T
    start: int
    """Where in the text it begins."""
    joined: bool = False
    """True when no space stands between the piece before and this one."""
    ends_inside: bool = False
    """True when another piece follows."""
    goes_on: bool = False
    """True when it does so in the same sentence."""


def cut(text: str, cuts: Sequence[tuple[int, int, T]], otherwise: T) -> list[Piece[T]]:
    """``text`` as pieces, in order. ``cuts`` ascend and do not overlap; what lies between is of ``otherwise``."""
    edges: list[tuple[int, int, T]] = []
    place = 0
    for start, end, of in cuts:
        edges += [(place, start, otherwise), (start, end, of)]
        place = end
    edges.append((place, len(text), otherwise))
    runs: list[tuple[int, T]] = []  # where each begins; those of nothing but marks belong to the one before
    done = 0
    for start, end, of in edges:
        if WORD.search(text, start, end):
            runs.append((done, of))
        if runs:
            done = max(done, end)
    if not runs:
        return [Piece(text, otherwise, 0)] if text else []
    ends = [*(start for start, _ in runs[1:]), done]
    pieces = [
        Piece(text[start:end], of, start, _is_joined(text, start))
        for (start, of), end in zip(runs, ends, strict=True)
    ]
    inner = [
        replace(piece, ends_inside=True, goes_on=_goes_on(piece.text, following.text))
        for piece, following in pairwise(pieces)
    ]
    return [*inner, pieces[-1]]


def _is_joined(text: str, start: int) -> bool:
    return start > 0 and not text[start].isspace() and not text[start - 1].isspace()


def _goes_on(text: str, following: str) -> bool:
    said = WORD.search(following)
    text = _AUTHOR_ENDS.sub(r"\1", text)
    return text.rstrip().rstrip(CLOSING)[-1:] in CLAUSE_ENDS or (said is not None and said[0][0].islower())


__all__ = ["CLAUSE_ENDS", "CLOSING", "WORD", "Piece", "cut"]
