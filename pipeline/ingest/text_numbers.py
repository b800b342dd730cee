"""Headings of a plain text that are told by their numbers: "IV", "4.", "IV. The Storm", counting up from one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from pipeline.ingest.text_headings import LONGEST_HEADING, bare_number, level_of
from pipeline.ingest.text_paragraphs import Group

_NUMBER_AND_TITLE = re.compile(r"(\d{1,3}\.|[IVXLC]{1,7}[.:]?)[ \t]+([\"'“‘«¿¡]*[^\W\d_].*)")
_LEAST_BETWEEN = 40
"""Words from one numbered title to the next, on the average: what has less is a list."""
CHAPTER, SECTION = 2, 3


def numbered_headings(groups: Sequence[Group], taken: frozenset[int]) -> dict[int, int]:
    """The level of every group that is a heading by its number; groups in ``taken`` are none.

    Numbers alone that count up from one through the whole text head its chapters. Where they begin at one again,
    they head the chapters of parts, if parts are all the headings there are, and else the sections of chapters
    or stories, which divide them and make no chapter of their own (level 3).
    """
    alone = {
        i: number
        for i, group in enumerate(groups)
        if i not in taken and len(group.lines) == 1 and (number := bare_number(group.lines[0]))
    }
    numbers = list(alone.values())
    if numbers and not _counts_up(numbers, restarts=True):
        alone, numbers = {}, []
    if len(numbers) >= 2 and _counts_up(numbers, restarts=False):
        return dict.fromkeys(alone, CHAPTER)
    if len(numbers) >= 2:
        levels = {level_of(group.lines[0]) for i, group in enumerate(groups) if i not in taken}
        return dict.fromkeys(alone, CHAPTER if 1 in levels and 2 not in levels else SECTION)
    return _with_titles(groups, taken)


def _with_titles(groups: Sequence[Group], taken: frozenset[int]) -> dict[int, int]:
    """Numbers with a title after them, in lines of their own and with text between them."""
    found = {
        i: number
        for i, group in enumerate(groups)
        if i not in taken and len(group.lines) <= 2 and (number := _titled_number(group))
    }
    if len(found) < 2 or not _counts_up(list(found.values()), restarts=False):
        return {}
    places = [*found, len(groups)]
    words = sum(
        len(line.split()) for a, b in pairwise(places) for group in groups[a + 1 : b] for line in group.lines
    )
    return dict.fromkeys(found, CHAPTER) if words >= _LEAST_BETWEEN * len(found) else {}


def _titled_number(group: Group) -> int | None:
    match = _NUMBER_AND_TITLE.fullmatch(group.lines[0].strip())
    last = group.lines[-1].strip()
    if match is None or last[-1] in ",;:" or any(len(line.strip()) > LONGEST_HEADING for line in group.lines):
        return None
    if last[-1] in ".!?…" and match[2] != match[2].upper() and len(match[2].split()) > 9:
        return None  # a sentence
    if not match[1][0].isdecimal() and match[1][-1] not in ".:" and match[2] != match[2].upper():
        return None  # "I went home"
    return bare_number(match[1].rstrip(".:"))


def _counts_up(numbers: list[int], *, restarts: bool) -> bool:
    steps = all(b == a + 1 or (restarts and b == 1) for a, b in pairwise(numbers))
    return bool(numbers) and numbers[0] == 1 and steps
