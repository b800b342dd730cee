"""Passages in another language inside a paragraph: whole sentences are spoken in it, phrases are not.

A voice that changes in the middle of a sentence is heard as a mistake, and a borrowed phrase is said as the
language around it says it. So a passage counts where a sentence could begin and end, and has more words than a
phrase has.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from pipeline.model import Block, Passage
from pipeline.script.pieces import CLAUSE_ENDS, CLOSING, WORD, Piece, cut

T = TypeVar("T")

LEAST_WORDS = 4
"""A passage with fewer is a phrase."""
LEAST_IDEOGRAPHS = 8
"""The same for Chinese and Japanese, which put no space between words."""
MOST_MARKS = 32
"""Characters before a passage among which its opening marks are looked for."""

_ENDS = ".!?…。！？؟।"
_OPENING = "\"'“„‘«‹([¿¡（「『《【"
_IDEOGRAPH = "\u3000-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uff00-\uffef"
_OPENS = re.compile(rf"(?:[{re.escape(_OPENING)}]|[«‹] )+$")
_CLOSES = re.compile(rf"(?:[{re.escape(_ENDS + ',;:，；：' + CLOSING)}]| [»›!?;:])+")
_FREE = re.compile(rf"[\s{_IDEOGRAPH}—―–]")
_HAN = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class Part:
    """A run of a block's text in one language."""

    text: str
    language: str
    joined: bool = False
    """True when no space stands between the part before and this one."""
    ends_inside: bool = False
    """True when another part of the block follows."""
    goes_on: bool = False
    """True when it does so in the same sentence."""


def parts_of(block: Block, language: str) -> list[Part]:
    """The text of ``block`` by the languages it is spoken in; ``language`` (BCP 47) is the block's own."""
    text = block.text
    cuts: list[tuple[int, int, str]] = []
    place = 0
    for passage in block.passages:
        start = text.find(passage.text, place)
        if start < 0:
            continue
        start, end = _with_marks(text, start, start + len(passage.text))
        if start < place or not _is_whole(text, start, end):
            continue
        if cuts and cuts[-1][2] == passage.language and not text[cuts[-1][1] : start].strip():
            cuts[-1] = (cuts[-1][0], end, passage.language)
        else:
            cuts.append((start, end, passage.language))
        place = end
    if not cuts:
        return [Part(text, language)]
    return [
        Part(piece.text, piece.of, piece.joined, piece.ends_inside, piece.goes_on)
        for piece in cut(text, cuts, language)
    ]


def passages_of(block: Block, pieces: Iterable[Piece[T]]) -> Iterator[tuple[Piece[T], tuple[Passage, ...]]]:
    """The pieces of a block's text, each with the passages that lie in it whole."""
    placed, place = deque[tuple[int, Passage]](), 0
    for passage in block.passages:
        start = block.text.find(passage.text, place)
        if start >= 0:
            placed.append((start, passage))
            place = start
    for piece in pieces:
        own = []
        end = piece.start + len(piece.text)
        while placed and placed[0][0] < end:
            start, passage = placed.popleft()
            if piece.start <= start and start + len(passage.text) <= end:
                own.append(passage)
        yield piece, tuple(own)


def is_phrase(text: str) -> bool:
    """Whether a text is so short that its language is not worth another voice: a title, a borrowed phrase."""
    return len(WORD.findall(text)) < LEAST_WORDS and len(_HAN.findall(text)) < LEAST_IDEOGRAPHS


def _with_marks(text: str, start: int, end: int) -> tuple[int, int]:
    """A passage with the quotation marks around it and the punctuation behind it."""
    before = _OPENS.search(text, max(0, start - MOST_MARKS), start)
    after = _CLOSES.match(text, end)
    return (before.start() if before else start), (after.end() if after else end)


def _is_whole(text: str, start: int, end: int) -> bool:
    """True where a sentence could begin and end, and more than a phrase stands between."""
    if (start and not _FREE.match(text, start - 1) and not _FREE.match(text, start)) or (
        end < len(text) and not _FREE.match(text, end) and not _FREE.match(text, end - 1)
    ):
        return False  # in the middle of a word
    own = text[start:end].rstrip(CLOSING + " ")
    while start and text[start - 1].isspace():
        start -= 1
    while start and text[start - 1] in CLOSING + _OPENING:
        start -= 1
    before = text[start - 1 : start] if start else ""
    begins = not before or before in _ENDS + CLAUSE_ENDS
    ends = own[-1:] in _ENDS or end == len(text)
    return begins and ends and not is_phrase(own)


__all__ = ["Part", "is_phrase", "parts_of", "passages_of"]
