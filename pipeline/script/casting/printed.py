"""Plays and transcripts as they are printed: a name before each speech, then a stop.

    HAMLET. To be, or not to be.        ANNA (aside): He is late.        Анна: Пойдём.

Nothing but its print tells a play from a list of definitions; so a chapter counts as one where many paragraphs begin
with names, of which several come again. Then names on lines of their own count as well, and brackets are directions.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from pipeline.model import Block, BlockKind, Role
from pipeline.script.casting.cast import Cast, folded
from pipeline.script.casting.lines import Line, Lines

LEAST_SHARE = 0.4
"""Of a chapter's paragraphs that begin with the name of a speaker."""
LEAST_SPEECHES = 4
LEAST_AGAIN = 2
"""Names that come more than once."""
_LONGEST_NAME = 40
_WORDS = 5
_TEXT = (BlockKind.PARAGRAPH, BlockKind.VERSE, BlockKind.QUOTE, BlockKind.LIST_ITEM)
_ASIDE = r"(?:\s*[(\[](?P<aside>[^()\[\]]{1,120})[)\]])?"
_NAME = (
    r"(?P<name>(?:(?:Mrs?|Ms|Dr|St|Rev|Prof|Capt|MRS?|MS|DR|ST|REV|PROF|CAPT)\.\s+)?"
    rf"[^\W\d_][^:.!?;,()\[\]\n]{{0,{_LONGEST_NAME}}}?)"
)
_COLON = re.compile(rf"{_NAME}{_ASIDE}\s*:(?=\s)")
_STOP = re.compile(rf"{_NAME}{_ASIDE}\s*\.\s*[—–-]?(?=\s|[(\[])")
_ALONE = re.compile(rf"{_NAME}{_ASIDE}\s*[.:]?$")
_BRACKETS = re.compile(r"[(\[][^()\[\]]{2,400}[)\]]")
_TITLES = frozenset("mr mrs ms dr st prof rev capt col gen г г-н г-жа".split())
_DIVISION = re.compile(
    r"(?:act|scene|chapter|part|prologue|epilogue|curtain|акт|сцена|действие|явление|картина|глава|пролог|эпилог"
    r"|занавес)\b",
    re.I,
)
_FREE_WORDS = frozenset("of the de von van and der la и из de' du".split())


def printed_lines(blocks: Sequence[Block], cast: Cast) -> list[Lines] | None:
    """The lines of a chapter that is printed as a play or a transcript, for each block; None where it is not."""
    heads = [_head(block, cast) if block.kind in _TEXT else None for block in blocks]
    texts = sum(block.kind in _TEXT for block in blocks)
    times = Counter(folded(head[0]) for head in heads if head)
    again = [name for name, count in times.items() if count > 1]
    speeches = sum(times[name] for name in again)
    if speeches < LEAST_SPEECHES or len(again) < LEAST_AGAIN or speeches < LEAST_SHARE * texts:
        return None
    made: list[Lines] = []
    waiting = ""
    for block, head in zip(blocks, heads, strict=True):
        if block.kind not in _TEXT:
            waiting = ""
            made.append(())
        elif head and (block.text[head[1] :].strip() or folded(head[0]) in again):
            name, end = head
            waiting = name if not block.text[end:].strip() else ""
            made.append(_speech(block, name, end))
        elif waiting and not _is_direction(block.text):
            made.append(_said(block.text, 0, waiting))
        elif _is_direction(block.text):
            made.append((Line(0, len(block.text), "", Role.DIRECTION),))
        else:
            made.append(())
    return made


def _head(block: Block, cast: Cast) -> tuple[str, int] | None:
    """The name that a paragraph begins with, and where what is said begins."""
    text = block.text.split("\n", 1)[0] if block.kind is BlockKind.VERSE else block.text
    if (found := _COLON.match(text)) and (_is_name(found["name"]) or cast.part(found["name"])):
        return found["name"].strip(), found.end()
    for pattern in (_STOP, _ALONE):
        found = pattern.match(text)
        if found and (_is_capital(found["name"]) or cast.part(found["name"])):
            return found["name"].strip(" ."), found.end()
    return None


def _is_name(name: str) -> bool:
    """Whether it is written as names are: few words, each with a capital."""
    words = name.split()
    if not 0 < len(words) <= _WORDS:
        return False
    return all(word[0].isupper() or word.lower() in _FREE_WORDS or word[0].isdigit() for word in words)


def _is_capital(name: str) -> bool:
    if _DIVISION.match(name):
        return False
    letters = [letter for letter in name if letter.isalpha()]
    if len(letters) < 2 or not 0 < len(name.split()) <= _WORDS or name.lower().strip(".") in _TITLES:
        return False
    return all(letter.isupper() for letter in letters)


def _is_direction(text: str) -> bool:
    return text[:1] in "([" and text.rstrip(".")[-1:] in ")]"


def _speech(block: Block, name: str, end: int) -> Lines:
    aside = _BRACKETS.search(block.text, 0, end)
    lines = [Line(0, aside.start() if aside else end, name, Role.NAME)]
    if aside:
        lines.append(Line(aside.start(), aside.end(), "", Role.DIRECTION))
    return (*lines, *_said(block.text, end, name))


def _said(text: str, start: int, name: str) -> Lines:
    """What is said from ``start`` on, and the directions in it."""
    lines: list[Line] = []
    place = start
    for found in _BRACKETS.finditer(text, start):
        inner = found[0][1:].lstrip()
        if found[0][0] == "(" and not (inner[:1].isupper() or found.start() <= start + 1):
            continue  # a parenthesis of the speaker's own
        if text[place : found.start()].strip():
            lines.append(Line(place, found.start(), name))
        lines.append(Line(found.start(), found.end(), "", Role.DIRECTION))
        place = found.end()
    if text[place:].strip():
        lines.append(Line(place, len(text), name))
    return tuple(lines)


__all__ = ["printed_lines"]
