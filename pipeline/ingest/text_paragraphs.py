"""From the lines of a plain text to its paragraphs.

Three ways of writing are told apart: lines broken by hand at a margin (joined again), one line for each
paragraph, and verse (whose lines are kept).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise

from pipeline.ingest.blocks_text import fold
from pipeline.model import BlockKind

WIDEST_MARGIN = 200
"""Columns; nobody breaks lines by hand further out than this."""
_NARROW = 55
"""Columns; below this a text of capitalised lines is taken for verse."""
_LOOKED_AT = 5000
"""Lines that the shape of the text is judged by."""
_VOCABULARY_CHARACTERS = 5_000_000
_OPENING = "\"'“”‘’«»„([—–_ "
_SENTENCE_END = re.compile(r"[.!?…。！？:]['\"”’»)\]]*$")
_RULE = re.compile(r" *_{3,}")
# Bounded, or a run of a million letters would be scanned a million times.
_HYPHENATED = re.compile(r"(?<![^\W\d_])([^\W\d_]{1,40})-\n([^\W\d_]{1,40})")
_EMPHASIS = re.compile(r"(?<!\w)_([^_\n]+(?:\n[^_\n]+)*)_(?!\w)")


@dataclass(frozen=True, slots=True)
class Group:
    """Lines between two blank ones."""

    lines: tuple[str, ...]
    """With their indentation, without trailing white space; never empty."""
    number: bool = False
    """It is the number of a section, and no text."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How the lines of a text are meant."""

    margin: int
    """Columns that nearly all lines keep to."""
    wrapped: bool
    """Lines were broken at the margin."""


def groups_of(text: str) -> list[Group]:
    """The text cut at its blank lines."""
    found: list[Group] = []
    lines: list[str] = []
    for line in re.split(r"\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]", text):
        line = line.rstrip().expandtabs(4) if "\t" in line else line.rstrip()
        if _RULE.fullmatch(line):
            found += [Group(tuple(lines))] if lines else []
            found.append(Group((line,)))
            lines = []
        elif line:
            lines.append(line)
        elif lines:
            found.append(Group(tuple(lines)))
            lines = []
    return [*found, Group(tuple(lines))] if lines else found


def shape_of(groups: list[Group]) -> Shape:
    """Judge by how many of the lines that go on in a next line reach the margin."""
    step = max(1, sum(len(group.lines) for group in groups) // _LOOKED_AT)
    sampled = [group for index, group in enumerate(groups) if index % step == 0 or len(groups) < 50]
    widths = sorted(_columns(line) for group in sampled for line in group.lines[:_LOOKED_AT])
    if not widths:
        return Shape(0, False)
    margin = widths[int(0.95 * (len(widths) - 1))]
    going_on = [
        _columns(line)
        for group in sampled
        for line, following in zip(group.lines[:_LOOKED_AT], group.lines[1:_LOOKED_AT], strict=False)
        if _indent(following) <= _indent(line)
    ]
    full = sum(columns >= 0.7 * margin for columns in going_on)
    return Shape(margin, margin <= WIDEST_MARGIN and full >= 0.5 * len(going_on))


class Hyphens:
    """Tells hyphens that a typesetter put at the ends of lines from those that belong to their words."""

    def __init__(self, text: str) -> None:
        """Learn how the text spells its words away from the ends of lines."""
        self._text = text[:_VOCABULARY_CHARACTERS] if _HYPHENATED.search(text) else ""
        self._words: set[str] | None = None

    def join(self, text: str) -> str:
        """``text`` with every word that goes over a line's end put together."""
        return _HYPHENATED.sub(self._joined, text) if "-\n" in text else text

    def _joined(self, match: re.Match[str]) -> str:
        if self._words is None:
            self._words = set(re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", self._text.lower()))
        head, tail = match[1], match[2]
        if f"{head}{tail}".lower() in self._words:
            return head + tail
        # Not seen whole: it is a compound where its parts are words by themselves.
        compound = f"{head}-{tail}".lower() in self._words or tail[0].isupper()
        parts = head.lower() in self._words and tail.lower() in self._words
        return f"{head}-{tail}" if compound or parts else head + tail


def paragraphs_of(group: Group, shape: Shape, hyphens: Hyphens) -> list[tuple[BlockKind, str]]:
    """What a run of lines without a heading says."""
    lines = group.lines
    if _is_verse(lines, shape):
        return [(BlockKind.VERSE, "\n".join(fold(_plain(line)) for line in lines))]
    if not shape.wrapped and not (shape.margin <= WIDEST_MARGIN and _runs_on(lines)):
        return [(BlockKind.PARAGRAPH, fold(_plain(line))) for line in lines]
    kind = BlockKind.QUOTE if len(lines) > 1 and min(map(_indent, lines)) >= 2 else BlockKind.PARAGRAPH
    return [(kind, fold(hyphens.join(_plain("\n".join(part))))) for part in _split(lines, shape)]


def _split(lines: tuple[str, ...], shape: Shape) -> list[list[str]]:
    """Paragraphs inside a run of wrapped lines: they begin indented, or end short of the margin."""
    base = min(map(_indent, lines))
    indented = [_indent(line) >= base + 2 for line in lines]
    by_indent = 0 < sum(indented[1:]) <= 0.6 * len(lines)
    parts: list[list[str]] = []
    previous = ""
    for line, begins in zip(lines, indented, strict=True):
        ended = (
            not by_indent
            and len(lines) > 20
            and _columns(previous) < 0.7 * shape.margin
            and bool(_SENTENCE_END.search(previous))
        )
        if not parts or (by_indent and begins) or ended:
            parts.append([])
        parts[-1].append(line)
        previous = line
    return parts


def _runs_on(lines: tuple[str, ...]) -> bool:
    """Whether wide lines go on in a small letter: prose, though most of the text has short lines, as plays do."""
    return any(
        _columns(line) > _NARROW and not _SENTENCE_END.search(line) and following.lstrip()[0].islower()
        for line, following in pairwise(lines)
    )


def _is_verse(lines: tuple[str, ...], shape: Shape) -> bool:
    if len(lines) < 2:
        return False
    widest = max(map(_columns, lines))
    capitals = sum(_begins_large(line) for line in lines)
    if shape.margin < _NARROW:
        return capitals >= 0.7 * len(lines) and widest <= _NARROW
    if not shape.wrapped or len(lines) < 3:
        return False
    return widest < 0.75 * shape.margin or (capitals >= 0.8 * len(lines) and widest < 0.85 * shape.margin)


def _begins_large(line: str) -> bool:
    start = line.lstrip(_OPENING)
    return bool(start) and start[0].isupper()


def _plain(text: str) -> str:
    """Without the underscores that stand for italics."""
    return _EMPHASIS.sub(r"\1", text) if "_" in text else text


def _indent(line: str) -> int:
    blank = line[: len(line) - len(line.lstrip())]
    return len(blank) + blank.count("\u3000")


def _columns(line: str) -> int:
    """Width on a screen: East Asian characters take two columns. Beyond the widest margin nobody counts."""
    if line.isascii() or len(line) > 2 * WIDEST_MARGIN:
        return len(line)
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in line)
