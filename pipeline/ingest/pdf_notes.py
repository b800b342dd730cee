"""Footnotes and the references to them, told by size, place and marks.

A digit that is neither small nor raised is a reference only right behind a mark of punctuation, where the page has
a note of that number which nothing else refers to: some typesetting systems do not raise it in Chinese text. Fonts
that have the raised signs of Latin-1 only set "16" as a plain 1 and a raised 6.
"""

from __future__ import annotations

import re
from itertools import pairwise

from pipeline.ingest.pdf_glyphs import Run
from pipeline.ingest.pdf_layout import Line, by_page
from pipeline.ingest.pdf_roles import Body
from pipeline.ingest.pdf_text import ends_sentence

SMALL = 0.94
"""A note's size over the body's, at most."""
SMALLEST = 0.6
"""And at least."""
_MARK = re.compile(r"^[\[(]?([1-9]\d{0,2}|[*∗†‡§¶]{1,3})[\])]?$")
_MARKS = re.compile(r"^[\[(]?([1-9]\d{0,2}(?:\s?[,–-]\s?\d{1,3})*|[*∗†‡§¶]{1,3})[\])]?[,;]?$")
_NOTE_START = re.compile(r"^[\[(]?([1-9]\d{0,2}|[*∗†‡§¶]{1,3})[\]).]?\s+\S")
_WORD = re.compile(r"[^\W\d_]{2}")
_BARE_START = re.compile(r"^([1-9]\d{0,2})\s?(?=[\"'“‘«(（《「]?-{0,2}[^\W\d_])")
_FIRST_DIGITS = re.compile(r"(?:(?<=[^\sA-Za-z0-9.,])|(?<=[^\W\d_][.,;]))[1-9]\d?$")
_LEVEL = (
    r"(?:(?<=[。，；：！？、」』）])\s?|(?<=[^\W\d_][.!?;,][”’»)])|(?<=[^\W\d_]{{2}}[.!?;,]))"
    r"{mark}(?=\s|$|[^\W\d_a-z])"
)
_UNITS = frozenset(
    {"m", "cm", "mm", "km", "dm", "µm", "nm", "ft", "in", "mi", "yd", "м", "км", "см", "мм", "s", "sec"}
)
_FUNCTIONS = frozenset(
    {"sin", "cos", "tan", "log", "ln", "exp", "det", "dim", "sec", "cot", "lim", "max", "min", "sup"}
)


def mark_notes(lines: list[Line], body: Body) -> int:
    """Give the lines of footnotes the role ``note``; take their references out and return how many."""
    finder = _Finder(body)
    taken = 0
    unclear: list[tuple[Line, Run, str]] = []
    for page in by_page(lines):
        marks = finder.mark_page(page)
        for line in page:
            if not line.role:
                taken += _take_references(line, marks, unclear)
        taken += _take_level(page, marks)
    if _counts_up([mark for _, _, mark in unclear]):
        for line, run, mark in unclear:
            _take(line, run, mark)
        taken += len(unclear)
    return taken


class _Finder:
    """Finds the notes at the feet of columns, page after page."""

    def __init__(self, body: Body) -> None:
        self._body = body
        self._open = False
        """The last note goes on on the next page."""
        self._last = 0
        """Number of the last note."""

    def mark_page(self, page: list[Line]) -> set[str]:
        """Mark the lines of the page's notes; return their marks."""
        marks: set[str] = set()
        goes_on = False
        if any(line.size > 0.95 * self._body.size for line in page):
            raised = {
                match[1]
                for line in page
                for run in line.runs
                if _is_raised(run, line) and (match := _MARK.match(run.text.strip().rstrip(",;")))
            }
            for block in {line.block: None for line in page}:
                column = [line for line in page if line.block == block and line.role != "contents"]
                tail = self._notes_of(column, raised)
                marks.update(mark for line in tail for mark in line.notes)
                goes_on = goes_on or (bool(tail) and not ends_sentence(tail[-1].text))
        self._open = goes_on
        return marks

    def _notes_of(self, column: list[Line], raised: set[str]) -> list[Line]:
        start = len(column)
        while start and column[start - 1].size <= SMALL * self._body.size:
            start -= 1
        tail = column[start:]
        begins = {index: mark for index, line in enumerate(tail) if (mark := self._begins(line, raised))}
        first = min(begins, default=len(tail))
        if tail and self._open and first > 0:
            leading = self._body.leading_of(self._body.size)
            if start == 0 or column[start - 1].base - tail[0].base > 1.2 * leading:
                first = 0  # the rest of a note that began on the page before
        for index, line in enumerate(tail[first:], first):
            line.role = "note"
            if index in begins:
                line.notes = [begins[index]]
                if _is_raised(line.runs[0], line):
                    line.runs[0].text = ""
        return tail[first:]

    def _begins(self, line: Line, raised: set[str]) -> str:
        """Return the mark with which ``line`` begins a note; empty when it does not."""
        if line.size < SMALLEST * self._body.size or not _WORD.search(line.text):
            return ""  # the numbers of a diagram
        first = line.runs[0]
        mark = _MARK.match(first.text.strip())
        if mark and _is_raised(first, line) and len(line.runs) > 1:
            self._count(mark[1])
            return mark[1]
        if mixed := _half_raised(line):
            self._count(mixed)
            return mixed
        if line.mono and not self._body.mono:
            return ""  # a listing whose lines are numbered
        start = _NOTE_START.match(line.text)
        if start and start[1] in raised:
            self._count(start[1])
            return start[1]
        bare = _BARE_START.match(line.text)
        if bare and int(bare[1]) in (1, self._last + 1):
            self._count(bare[1])
            return bare[1]
        return ""

    def _count(self, mark: str) -> None:
        if mark.isdigit():
            self._last = int(mark)


def _is_raised(run: Run, line: Line) -> bool:
    return run.style.size <= 0.86 * line.size and run.base >= line.base + 0.14 * line.size


def _half_raised(line: Line) -> str:
    """The number with which ``line`` begins, where only its last digits are raised; empty when it is not so."""
    if len(line.runs) < 3 or not _is_raised(line.runs[1], line):
        return ""
    first, second = (run.text.strip() for run in line.runs[:2])
    both = first + second
    return both if first.isdecimal() and second.isdecimal() and len(both) <= 3 and first[0] != "0" else ""


def _counts_up(marks: list[str]) -> bool:
    """Tell whether marks without notes on their pages are those of endnotes: they count 1, 2, 3."""
    numbers = [int(match[0]) for mark in marks if (match := re.match(r"\d+", mark))]
    if not numbers:
        return bool(marks)
    steps = list(pairwise(numbers))
    rising = sum(b == a + 1 or (b == 1 and a > 1) for a, b in steps)
    return rising >= 0.6 * len(steps) if steps else numbers[0] == 1


def _take(line: Line, run: Run, mark: str) -> None:
    line.notes.append(mark)
    text = run.text.rstrip()
    run.text = text[-1] if text[-1:] in ",;" else ""


def _take_references(line: Line, marks: set[str], unclear: list[tuple[Line, Run, str]]) -> int:
    """Empty the runs of ``line`` that refer to notes of this page: small, raised, and one of ``marks``.

    Others that hang on a word (so not on a letter of a formula, nor on a unit) are added to ``unclear``.
    """
    taken = 0
    before = ""
    previous: Run | None = None
    for run in line.runs:
        match = _MARKS.match(run.text.strip()) if _is_raised(run, line) else None
        first = _FIRST_DIGITS.search(before) if match and match[1].isdecimal() else None
        if match and first and previous and previous.text.endswith(first[0]) and first[0] + match[1] in marks:
            previous.text = previous.text.removesuffix(first[0])
            _take(line, run, first[0] + match[1])
            taken += 1
        elif match and any(part.strip() in marks for part in re.split(r"[,–-]", match[1])):
            _take(line, run, match[1])
            taken += 1
        elif match and not run.text.startswith(" ") and _carries_reference(before, match[1]):
            unclear.append((line, run, match[1]))
        before += run.text
        previous = run
    return taken


def _take_level(page: list[Line], marks: set[str]) -> int:
    """Take out figures on the baseline that can only be the references of the page's notes."""
    text = [line for line in page if not line.role]
    referred = {mark for line in text for noted in line.notes for mark in re.split(r"[\s,–-]+", noted)}
    taken = 0
    for mark in marks - referred:
        if not mark.isdigit():
            continue
        found = [
            (line, run, match)
            for line in text
            for run in line.runs
            for match in re.finditer(_LEVEL.format(mark=mark), run.text)
        ]
        if len(found) == 1:
            line, run, match = found[0]
            line.notes.append(mark)
            run.text = run.text[: match.start()] + run.text[match.end() :]
            taken += 1
    return taken


def _carries_reference(before: str, mark: str) -> bool:
    word = re.search(r"([^\W\d_]+)[\"'”’»)\].,;:!?。，；：！？]*$", before)
    if not word:
        return before[-1:] in ".,;:!?”»’" and before[-2:-1].isalpha()
    stem = word[1]
    bare = before.endswith(stem)
    if bare and (stem.casefold() in _FUNCTIONS or (stem.casefold() in _UNITS and mark in {"2", "3"})):
        return False
    return len(stem) >= 2 or (not bare and not stem.isascii())
