"""Spans around what is read, put into a page so that it stays as valid as it was.

A span holds whole elements or none. Where a sentence begins inside an element and ends outside, or runs over several
blocks or lines of a verse, it becomes several spans; a word that an element cuts in two likewise.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from pipeline.publish.readalong.markup import BARREN, OPAQUE, PHRASING, Node, Page

LONGEST_MARK = 12
"""Letters that may stand inside a sentence without being read: the mark of a note. What is longer parts it."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a page that one span can hold."""

    start: int
    """In ``Page.source``."""
    end: int
    first: int
    """Letters of the page that it holds: the first one's index, and one after the last one's."""
    last: int


class Cutter:
    """Cuts runs of letters into pieces.

    ``fragile`` says of an element that the book's style sheets would show it otherwise with a span around it.
    """

    def __init__(self, page: Page, fragile: Callable[[Node], bool] = lambda _: False) -> None:
        self._page = page
        self._firsts = [run.first for run in page.runs]
        self._broken = {id(node) for found in _all(page.root) if fragile(found) for node in found.ancestors}

    def pieces(self, first: int, last: int) -> list[Piece]:
        """The letters from ``first`` to before ``last`` in as few pieces as can be, in order."""
        if last <= first:
            return []
        start = self._page.runs[bisect_right(self._firsts, first) - 1]
        end = self._page.runs[bisect_right(self._firsts, last - 1) - 1]
        around = set(map(id, end.ancestors))
        common = next(node for node in start.ancestors if id(node) in around)
        if not common.name and common.parent is not None:
            common = common.parent
        return list(self._within(common, first, last))

    def _within(self, parent: Node, first: int, last: int) -> Iterator[Piece]:
        open_: list[tuple[Node, Piece]] = []
        barren = parent.name in BARREN or parent.name in OPAQUE
        for node in parent.children:
            if node.first >= last:
                break
            if node.first == node.last:
                if node.name and not self._can_be_held(node):
                    yield from self._closed(open_, first, last)
                continue  # held if more of the piece follows
            if node.last <= first:
                continue
            low, high = max(node.first, first), min(node.last, last)
            if not node.name and not barren:
                start, end = self._page.starts[low], self._page.ends[high - 1]
                open_.append((node, Piece(start, end, low, high)))
            elif (
                node.name
                and not barren
                and low == node.first
                and high == node.last
                and self._can_be_held(node)
            ):
                open_.append((node, Piece(node.start, node.end, low, high)))
            else:
                yield from self._closed(open_, first, last)
                if node.name:
                    yield from self._within(node, low, high)
        yield from self._closed(open_, first, last)

    def _closed(self, held: list[tuple[Node, Piece]], first: int, last: int) -> Iterator[Piece]:
        if not held:
            return
        node, piece = held[0]
        if len(held) == 1 and node.name:
            yield from self._within(node, max(first, node.first), min(last, node.last))
        else:
            end = held[-1][1]
            yield Piece(piece.start, end.end, piece.first, end.last)
        held.clear()

    def _can_be_held(self, node: Node) -> bool:
        return node.inline and node.name in PHRASING and id(node) not in self._broken


def _all(root: Node) -> Iterator[Node]:
    """All elements under one."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.name:
            yield node
        waiting += [child for child in node.children if child.name]


def runs_of(places: Sequence[int], gap: int) -> list[tuple[int, int]]:
    """Ascending places as runs ``(first, one after the last)``, joined over at most ``gap`` that are missing."""
    runs: list[tuple[int, int]] = []
    for place in places:
        if place < 0:
            continue
        if runs and place - runs[-1][1] <= gap:
            runs[-1] = (runs[-1][0], place + 1)
        else:
            runs.append((place, place + 1))
    return runs


@dataclass(frozen=True, slots=True)
class Span:
    """A span to be put in."""

    id: str
    piece: Piece
    sentence: bool


def with_spans(page: Page, spans: Sequence[Span], link: str = "") -> str:
    """The page's source with spans, and ``link`` at the end of its head."""
    marks: list[tuple[int, int, int, str]] = []
    for span in spans:
        size = span.piece.end - span.piece.start
        # Where several meet: what ends comes first, and of it the shorter; of what begins the longer. Of equals
        # the sentence holds the word.
        marks.append((span.piece.end, 0, 2 * size + span.sentence, "</span>"))
        marks.append((span.piece.start, 1, -2 * size - span.sentence, f'<span id="{span.id}">'))
    if link and page.head >= 0:
        marks.append((page.head, -1, 0, link))
    marks.sort()
    parts: list[str] = []
    at = 0
    for place, _, _, text in marks:
        parts += (page.source[at:place], text)
        at = place
    parts.append(page.source[at:])
    return "".join(parts)


__all__ = ["LONGEST_MARK", "Cutter", "Piece", "Span", "runs_of", "with_spans"]
