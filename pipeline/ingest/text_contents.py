"""The table of contents of a plain text: what it lists names the chapters, which need no other mark.

It is believed only where the text bears it out: its entries come again below, in lines of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from pipeline.ingest.text_headings import LONGEST_HEADING, level_of
from pipeline.ingest.text_paragraphs import Group

_NAMES = frozenset(
    """contents|table of contents|inhalt|inhaltsverzeichnis|table des matières|sommaire|table|índice|contenido|
    sumário|indice|sommario|содержание|оглавление|зміст|inhoud|inhoudsopgave|spis treści|spis rzeczy|obsah|
    innehåll|indhold|innhold|sisällys|tartalom|içindekiler|περιεχόμενα|目录|目錄|目次|차례""".replace(
        "\n    ", ""
    ).split("|")
)
_PAGE = re.compile(r"(?:(?:[ ]?\.){2,}|[ ]{2,}|\t)[ ]*(?:\d{1,4}|[ivxlc]{1,7})\.?$", re.I)
_NUMBER = re.compile(r"^(?:\d{1,3}|[ivxlc]{1,7})[.):]?[ ]+|^(?:\d{1,3}|[ivxlc]{1,7})[.):]$", re.I)
_NOT_WORDS = re.compile(r"[\W_]+")
_SENTENCE = re.compile(r"[.!?…][\"'”’»)]*$")
_LONGEST = 200
"""Characters of a line that can be an entry; longer ones are not looked into."""
_LONGEST_LIST = 3000
"""Groups of lines that are looked through for the end of a table of contents."""
_FIRST_PART = 0.3
"""Share of the text at its beginning that a table of contents stands in."""


@dataclass(frozen=True, slots=True)
class Contents:
    """Where a table of contents is, and what it says."""

    groups: frozenset[int]
    """Numbers of the groups of lines that it takes."""
    levels: dict[str, int]
    """The key of each title that comes again as a heading, with its level: 1 for a part, else 2."""

    def level(self, group: Group) -> int:
        """The level of a heading that the contents name; 0 for everything else."""
        if len(group.lines) > 3 or any(len(line.strip()) > LONGEST_HEADING for line in group.lines):
            return 0
        return next((self.levels[key] for key in keys_of(group.lines) if key in self.levels), 0)


NO_CONTENTS = Contents(frozenset(), {})


def keys_of(lines: Iterable[str]) -> list[str]:
    """What a heading and its entry in the contents have in common: their words, with and without the number."""
    text = " ".join(_without_page(line) for line in lines)
    keys = [_folded(text), _folded(_NUMBER.sub("", text))]
    return [key for key in dict.fromkeys(keys) if key]


def find_contents(groups: list[Group]) -> Contents:
    """The table of contents of a text, if it has one under a heading that says so."""
    for start, group in enumerate(groups[: max(50, int(_FIRST_PART * len(groups)))]):
        if group.lines[0].strip(" \u3000*_#=:.[]-").casefold() in _NAMES:
            found = _listed(groups, start)
            if found.levels:
                return found
    return NO_CONTENTS


def _listed(groups: list[Group], start: int) -> Contents:
    """The entries from group ``start`` on, up to where the text itself begins."""
    entries: dict[str, int] = {}
    first: list[str] = []
    end = start + 1
    for index in range(start, min(len(groups), start + _LONGEST_LIST)):
        lines = groups[index].lines[1:] if index == start else groups[index].lines
        if index > start and (_is_text(lines) or any(key in first for key in keys_of(lines[:1]))):
            break
        end = index + 1
        for line in _entries(lines):
            for key in keys_of([line]):
                entries.setdefault(key, 1 if level_of(_without_page(line)) == 1 else 2)
                if len(first) < 6:
                    first.append(key)
    rest = groups[end:]
    headings = [keys_of(g.lines) for g in rest if len(g.lines) <= 3 and len(g.lines[0]) <= LONGEST_HEADING]
    seen = {key for keys in headings for key in keys if key in entries}
    if len(seen) < 2:
        return NO_CONTENTS
    while end > start + 1 and not _names_any(groups[end - 1], seen):
        end -= 1  # a preface's signature, a motto: what follows the last entry is text
    return Contents(frozenset(range(start, end)), {key: entries[key] for key in seen})


def _entries(lines: tuple[str, ...]) -> list[str]:
    """The entries that lines hold; a line further in than the one before it goes on with it, too."""
    joined = [f"{a.strip()} {b.strip()}" for a, b in pairwise(lines)]
    return [*lines, *(joined if not any(_paged(line) for line in lines[:-1]) else ())]


def _is_text(lines: tuple[str, ...]) -> bool:
    """Whether lines are prose, and no entries: they go on and on, and end as sentences do."""
    if any(_paged(line) or level_of(line) or _NUMBER.match(line.strip()[:_LONGEST]) for line in lines):
        return False
    whole = " ".join(line.strip() for line in lines)
    return (len(whole) > 2 * LONGEST_HEADING and bool(_SENTENCE.search(whole[-9:]))) or len(whole) > 50 * len(
        lines
    ) + 60


def _paged(line: str) -> bool:
    return len(line) <= _LONGEST and _PAGE.search(line) is not None


def _without_page(line: str) -> str:
    line = line.strip()
    return _PAGE.sub("", line).strip() if _paged(line) else line


def _names_any(group: Group, seen: set[str]) -> bool:
    return any(key in seen for line in _entries(group.lines) for key in keys_of([line]))


def _folded(text: str) -> str:
    return _NOT_WORDS.sub(" ", text.casefold()).strip()
