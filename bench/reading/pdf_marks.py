"""Running matter and divided words of a PDF, found without any of the readers that are measured on them.

Rows are pypdfium2's text rectangles; the true text then says what a row or a divided word is: what it holds
in that place is no running matter, and how it spells a word is how the word is spelled.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from bench.reading.pdf_truth import hyphened_words, words

PAGES = 3
"""On so many pages, at one height, a line (numbers aside) is running matter."""
DRIFT = 4.0
"""Points by which the height may differ."""
CONTEXT = 3
"""Words before or after that tell one place in a text from another."""
_HYPHENS = "-\u2010\u00ad\x02\ufffe"


@dataclass(frozen=True, slots=True)
class Row:
    """Text on one baseline."""

    text: str
    bottom: float
    top: float
    left: float
    right: float


@dataclass(frozen=True, slots=True)
class Furniture:
    """A running line on a page, and the words that would stand beside it if it were read."""

    words: tuple[str, ...]
    before: tuple[tuple[str, ...], ...]
    after: tuple[tuple[str, ...], ...]

    def is_in(self, flat: str) -> bool:
        """Whether it was read: ``flat`` is the reading's words with a space around each."""
        own = " ".join(self.words)
        return any(f" {' '.join(words)} {own} " in flat for words in self.before) or any(
            f" {own} {' '.join(words)} " in flat for words in self.after
        )


@dataclass(frozen=True, slots=True)
class Divided:
    """A word with a hyphen at a line's end, and the word before it."""

    before: str
    right: str
    """As the true text has it."""


def rows_of(path: Path) -> list[list[Row]]:
    """The rows of each page, from top to bottom, with the pieces of each from left to right."""
    import pypdfium2

    pages = []
    document = pypdfium2.PdfDocument(path)
    for page in document:
        layer = page.get_textpage()
        boxes = sorted((layer.get_rect(i) for i in range(layer.count_rects())), key=lambda box: -box[1])
        rows: list[list[tuple[float, float, float, float]]] = []
        for box in boxes:
            middle = (box[1] + box[3]) / 2
            if rows and rows[-1][0][1] <= middle <= rows[-1][0][3]:
                rows[-1].append(box)
            else:
                rows.append([box])
        pages.append([_row(layer, row) for row in rows])
    document.close()
    return [[row for row in rows if words(row.text)] for rows in pages]


def _row(layer: object, boxes: list[tuple[float, float, float, float]]) -> Row:
    boxes = sorted(boxes)
    text = " ".join(layer.get_text_bounded(*box).strip() for box in boxes)  # type: ignore[attr-defined]
    low, high = min(box[1] for box in boxes), max(box[3] for box in boxes)
    return Row(text, low, high, boxes[0][0], max(box[2] for box in boxes))


def furniture(pages: list[list[Row]], truth: str) -> list[Furniture]:
    """The running lines at the pages' ends: what comes again there, or counts along with the pages."""
    ends = [
        (number, top, page[0 if top else -1])
        for number, page in enumerate(pages)
        if len(page) > 2 and not _is_contents(page)
        for top in (True, False)
    ]
    groups: dict[tuple[bool, str], list[tuple[int, bool, Row]]] = defaultdict(list)
    for number, top, row in ends:
        own = words(row.text)
        for key in {_letters(own), *(f"#{int(w) - number}" for w in (own[0], own[-1]) if _is_number(w))}:
            if key:
                groups[top, key].append((number, top, row))
    flat = f" {' '.join(words(truth))} "
    found: dict[tuple[int, bool], Furniture] = {}
    for members in groups.values():
        for number, top, row in members:
            near = {n for n, _, other in members if abs(other.bottom - row.bottom) <= DRIFT}
            if len(near) >= PAGES:
                line = _in_context(pages, number, top)
                if not line.is_in(flat):
                    found[number, top] = line
    return [found[key] for key in sorted(found)]


def _is_contents(page: list[Row]) -> bool:
    """Rows of a table of contents end in numbers that rise as page numbers do."""
    return sum(row.text.rstrip()[-1:].isdigit() for row in page) > len(page) / 3


def _is_number(word: str) -> bool:
    return word.isascii() and word.isdigit() and len(word) <= 4


def _letters(own: list[str]) -> str:
    return " ".join(word for word in own if not word.isdigit())


def _in_context(pages: list[list[Row]], number: int, top: bool) -> Furniture:
    """A row and what may stand beside it in a reading: the text of its own page, of the page before or after."""
    page = pages[number]
    own = words(page[0 if top else -1].text)
    inner = page[1:-1]
    around = (
        inner + (pages[number - 1] if number else []) + (pages[number + 1] if number + 1 < len(pages) else [])
    )
    texts = [words(row.text) for row in around]
    return Furniture(
        tuple(own),
        tuple({tuple(text[-CONTEXT:]) for text in texts if len(text) >= CONTEXT}),
        tuple({tuple(text[:CONTEXT]) for text in texts if len(text) >= CONTEXT}),
    )


def divided(pages: list[list[Row]], truth: str) -> list[Divided]:
    """Words divided at a row's end whose spelling the true text knows."""
    true = hyphened_words(truth)
    pairs = set(pairwise(true))
    found: list[Divided] = []
    for page in pages:
        for row, following in pairwise(page):
            text = row.text.rstrip()
            if text[-1:] not in _HYPHENS or not text[-2:-1].isalpha():
                continue
            heads, tails = hyphened_words(text.rstrip(_HYPHENS)), hyphened_words(following.text)
            if len(heads) < 2 or not tails or following.top > row.top:
                continue
            before, head = heads[-2:]
            whole, kept = (before, head + tails[0]), (before, f"{head}-{tails[0]}")
            if (whole in pairs) != (kept in pairs):
                found.append(Divided(before, (whole if whole in pairs else kept)[1]))
    return found


def resolved(found: list[Divided], text: str) -> int:
    """How many of the divided words a reading has as they are spelled."""
    read = hyphened_words(text)
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for pair in pairwise(read):
        counts[pair] += 1
    wanted: dict[tuple[str, str], int] = defaultdict(int)
    for word in found:
        wanted[word.before, word.right] += 1
    return sum(min(number, counts[pair]) for pair, number in wanted.items())


__all__ = ["Divided", "Furniture", "Row", "divided", "furniture", "resolved", "rows_of"]
