"""What editors of plain texts put into them that nobody wrote to be read: page and line numbers, boxes.

The conventions are those of the public-domain collections: ``[Pg 12]`` or ``{12}`` where a page began,
``[Footnote 3: ...]`` and ``[Sidenote: ...]`` inside a paragraph, tables drawn with bars, the number of every fifth
line of a poem at its end, and a transcriber's note around it all.
"""

from __future__ import annotations

import re
from itertools import pairwise

from pipeline.ingest.blocks_text import SkipLog, words_in
from pipeline.ingest.text_paragraphs import Group
from pipeline.settings import ReadingSettings

_APART = r"(?:(?<![^\s]){0}[ ]?|{0})"
_PAGE = re.compile(_APART.format(r"\[(?:pg|page|p|s|seite|стр)\.?[ ]*(?:\d{1,4}|[ivxlc]{1,7})\]"), re.I)
_BRACED = re.compile(_APART.format(r"\{\d{1,4}\}"))
_INSIDE = re.compile(r"[ ]?\[(footnote|sidenote)\b[^\[\]:]{0,8}:[^\[\]]{0,4000}\]", re.I)
_LINE_NUMBER = re.compile(r"(?<=\S)(?:[ ]{3,}|\t+)(\d{1,4})$")
_DRAWN = re.compile(r"[ ]*(?:\|.*\||\+[-=+]+\+)")
_NOTES_HEADING = re.compile(r"\W*(?:foot|end)?notes\W*", re.I)
_TRANSCRIBER = re.compile(r"\W*transcriber[’']?s?[’']?[ ]+(?:end[ ]*)?notes?\b\W*", re.I)
_LAST_PART = 0.9
"""A transcriber's note this far into the text goes on to its end."""


def without_marks(groups: list[Group], settings: ReadingSettings, skip: SkipLog) -> list[Group]:
    """The groups without those marks; what is taken is in ``skip``."""
    groups = _without_transcriber(groups, settings, skip)
    braced = [
        int(found.strip(" {}")) for group in groups for line in group.lines for found in _BRACED.findall(line)
    ]
    paged = len(braced) >= 3 and all(a <= b for a, b in pairwise(braced))
    numbered = _counts(groups)
    found: list[Group] = []
    for group in groups:
        if "tables" not in settings.include and _is_drawn(group):
            skip.add("table", words_in(" ".join(group.lines)))
            continue
        text = "\n".join(group.lines)
        text = _taken(_PAGE, text, "page-number", skip)
        if paged:
            text = _taken(_BRACED, text, "page-number", skip)
        if "notes" not in settings.include:
            text = _taken(_INSIDE, text, "note", skip)
            if _NOTES_HEADING.fullmatch(text) and "foot" in text.casefold():
                skip.add("note", 1)
                continue
        lines = tuple(line.rstrip() for line in text.split("\n") if line.strip())
        if lines:
            found.append(Group(_without_line_numbers(lines, skip) if numbered else lines))
    return found


def _taken(pattern: re.Pattern[str], text: str, kind: str, skip: SkipLog) -> str:
    for match in pattern.finditer(text):
        skip.add(kind, words_in(match[0]))
    return pattern.sub("", text)


def _is_drawn(group: Group) -> bool:
    drawn = sum(_DRAWN.fullmatch(line) is not None for line in group.lines)
    return drawn >= 2 and drawn >= 0.6 * len(group.lines)


def _counts(groups: list[Group]) -> bool:
    """Whether the numbers at lines' ends count lines: they rise by fives or tens, or begin again."""
    numbers = [
        int(match[1])
        for group in groups
        for line in group.lines
        if len(line) < 200 and (match := _LINE_NUMBER.search(line.rstrip()))
    ]
    steps = [later - earlier for earlier, later in pairwise(numbers)]
    counting = sum(step in (5, 10) or later <= 10 for step, later in zip(steps, numbers[1:], strict=True))
    return len(numbers) >= 3 and counting >= 0.8 * len(steps)


def _without_line_numbers(lines: tuple[str, ...], skip: SkipLog) -> tuple[str, ...]:
    """Every fifth line of a poem may bear its number."""
    ends = [_LINE_NUMBER.search(line) if len(line) < 200 else None for line in lines]
    found = [match for match in ends if match]
    few = 0 < len(found) <= max(1, len(lines) // 3)
    if len(lines) < 2 or not few or any(int(match[1]) % 5 for match in found):
        return lines
    skip.add("line-number", len(found), len(found))
    return tuple(line[: end.start()] if end else line for line, end in zip(lines, ends, strict=True))


def _without_transcriber(groups: list[Group], settings: ReadingSettings, skip: SkipLog) -> list[Group]:
    """Without a transcriber's note in brackets, or as the last thing of the text."""
    if "licence" in settings.include:
        return groups
    found: list[Group] = []
    for index, group in enumerate(groups):
        first = group.lines[0].strip()
        match = _TRANSCRIBER.match(first)
        whole = " ".join(group.lines)
        if match and first.startswith("[") and whole.rstrip().endswith("]"):
            skip.add("licence", words_in(whole))
        elif match and match.end() == len(first) and index >= _LAST_PART * len(groups) - 1:
            skip.add("licence", sum(words_in(" ".join(rest.lines)) for rest in groups[index:]))
            break
        else:
            found.append(group)
    return found
