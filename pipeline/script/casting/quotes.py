"""Quotations: the runs of a paragraph in which somebody speaks, and the narration around them.

English puts speech between quotation marks, double, single or straight; a paragraph whose quotation is not closed
goes on in the next. Russian begins a speech with a dash and sets the author's words off by dashes (the rules of 1956,
sections 195 to 198), or quotes after a colon. What is quoted in the middle of a sentence, as a title or a phrase is,
is no speech.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pipeline.model import Block


@dataclass(frozen=True, slots=True)
class Quote:
    """A run of speech in a paragraph."""

    start: int
    """Its quotation marks, or its dash, are inside."""
    end: int
    open: bool = False
    """It is not closed: it may go on in the next paragraph."""


_PAIRS = {"“": "”", "‘": "’", '"': '"', "«": "»"}
_SPEECH_ENDS = ".,!?…—–-;:"
_BEFORE_SPEECH = ",:—–"
_DASH = "—–-"
_RU_BEGINS = re.compile(rf"[{_DASH}]\s*(?=\S)")
_RU_BREAK = re.compile(rf"(?<![,.!?…:;])(?P<mark>[,.!?…:;]++[»”]?)\s+[{_DASH}]\s+")
_RU_BEHIND = re.compile(rf"(?:\s*+,)?\s++[{_DASH}]\s")
_RU_REST = 200
"""Characters after a dash that tell whose words they are."""


def style_of(blocks: Sequence[Block]) -> str:
    """The opening quotation mark that the chapter's speeches begin with; empty where there are none."""
    begins = Counter(block.text[:1] for block in blocks if block.text[:1] in _PAIRS)
    inside = Counter(mark for block in blocks for mark in '“"«' for _ in range(block.text.count(mark)))
    ranked = begins.most_common(1) or inside.most_common(1)
    return ranked[0][0] if ranked else ""


def quotes_in(text: str, style: str) -> list[Quote]:
    """The speeches of a paragraph between marks that open with ``style``."""
    if not style:
        return []
    closing = _PAIRS[style]
    found: list[Quote] = []
    place = 0
    while (start := _opening(text, style, place)) >= 0:
        end = _closing(text, closing, start + 1)
        if end < 0:
            if _is_speech(text, start, len(text), True):
                found.append(Quote(start, len(text), open=True))
            break
        if _is_speech(text, start, end + 1, False):
            found.append(Quote(start, end + 1))
        place = end + 1
    return found


def _opening(text: str, mark: str, place: int) -> int:
    while (at := text.find(mark, place)) >= 0:
        before = text[at - 1 : at]
        after = text[at + 1 : at + 2]
        if mark in "“«" or ((not before or not before.isalnum()) and after and not after.isspace()):
            return at
        place = at + 1
    return -1


def _closing(text: str, mark: str, place: int) -> int:
    """Where a quotation ends; an apostrophe is no end."""
    while (at := text.find(mark, place)) >= 0:
        after = text[at + 1 : at + 2]
        if mark != "’" or (not after.isalnum() and (text[at - 1] in _SPEECH_ENDS or not after.isspace())):
            return at
        place = at + 1
    return -1


def _is_speech(text: str, start: int, end: int, is_open: bool) -> bool:
    """Whether somebody says it: it begins a paragraph, follows a comma or colon, or ends as a clause ends."""
    inner = text[start + 1 : end if is_open else end - 1].strip()
    if not any(map(str.isalpha, inner)):
        return False
    before = _last_before(text, start)
    if not before or before in _BEFORE_SPEECH:
        return inner[-1] in _SPEECH_ENDS or inner[0].isupper()
    after_sentence = before in '.!?…”’"'
    return inner[-1] in _SPEECH_ENDS and (after_sentence or inner[0].isupper()) and inner[-1] not in "-"


def _last_before(text: str, place: int) -> str:
    """The last character before a place that is no space; empty where there is none."""
    while place and text[place - 1].isspace():
        place -= 1
    return text[place - 1 : place] if place else ""


def russian_quotes(text: str, is_author: Callable[[str, str], bool]) -> list[Quote]:
    """The speeches of a Russian paragraph that begins with a dash; else what is quoted after a colon.

    ``is_author(mark, words)`` says whether words after such a mark and a dash are the author's.
    """
    if not (begin := _RU_BEGINS.match(text)):
        return _russian_marks(text)
    found: list[Quote] = []
    start, author = 0, False
    for cut in _RU_BREAK.finditer(text, begin.end()):
        rest = text[cut.end() : cut.end() + _RU_REST]
        if not author and is_author(cut["mark"], rest):
            found.append(Quote(start, cut.end("mark")))
            author = True
        elif author and (cut["mark"] in ",.:;" or rest[:1].isupper()):
            start, author = cut.end(), False
    if not author:
        found.append(Quote(start, len(text)))
    return found


def _russian_marks(text: str) -> list[Quote]:
    return [
        quote
        for quote in quotes_in(text, "«")
        if _last_before(text, quote.start) == ":" or _RU_BEHIND.match(text, quote.end)
    ]


__all__ = ["Quote", "quotes_in", "russian_quotes", "style_of"]
