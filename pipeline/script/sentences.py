"""Sentence splitting: the library ``sentencex``, and small rules where it splits what belongs together.

A wrong merge costs little (the engine reads a full stop inside a chunk well enough); a wrong split puts a
pause where nobody would breathe. So the rules only ever merge.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import sentencex

WINDOW = 4_000
"""Characters handed to the library at once: for text without spaces between sentences (Chinese) its time
grows with the square of the length (1.0.32: 16,000 sentences of four characters 0.9 s, 300,000 229 s)."""

MERGED = 1_000
"""Longest sentence, in characters, that a merge may make: a text without capitals must not become one."""

ORDINAL_DOT = frozenset(
    ["da", "de", "nb", "nn", "no", "cs", "sk", "sl", "hr", "sr", "bs", "hu", "et", "lv", "fi", "is"]
)
"""Languages that write ordinals as a number and a full stop: "der 2. Teil"."""

_CLOSING = "ºªᵉᵃᵒ」』”’»›)]}）］｝〉》】〕,;:!?。！？、，；："
_WORD = re.compile(r"[^\W_]")
_ENUMERATOR = re.compile(r"\W*(?:\d{1,3}|[^\W\d_]|[IVXLC]{1,6})[.)]\s*")
_LOWER_START = re.compile(r"[\s\-–—―…․.]*([^\W\d_])")
_SOFT_END = re.compile(r"(?:[!?…\"'”’»«“)\]」』]|\.\.|(?:^|[\s.(«„“])[^\W\d_]{1,3}\.)\s*$")
_INITIAL_END = re.compile(r"(?:^|[\s.(«„“])([^\W\d_])\.\s*$")
_NUMBER_END = re.compile(r"(?:^|[\s(])\d{1,2}\.\s*$")
_JAPANESE_QUOTATION = re.compile(r"[」』”]$")


def split_sentences(text: str, language: str) -> list[str]:
    """Cut a paragraph into sentences.

    ``text`` is folded (single spaces, no line breaks); ``language`` is a BCP 47 tag, of which the first part
    counts. The pieces, joined, are the text: the space between two sentences ends the first one.
    """
    primary = primary_language(language)
    sentences: list[str] = []
    for piece in _library_pieces(text, primary):
        if sentences and piece.startswith(" "):  # the library leaves a space in front after a bracket
            sentences[-1] += " "
            piece = piece[1:]
        if not piece:
            continue
        before = sentences[-1] if sentences else ""
        if before and len(before) + len(piece) <= MERGED and _belong_together(before, piece, primary):
            sentences[-1] += piece
        else:
            sentences.append(piece)
    if len(sentences) > 1 and not _WORD.search(sentences[-1]):
        sentences[-2:] = ["".join(sentences[-2:])]
    return sentences


def primary_language(tag: str) -> str:
    """``en`` of ``en-GB``."""
    return re.split(r"[-_]", tag, maxsplit=1)[0].lower()


def _library_pieces(text: str, language: str) -> Iterator[str]:
    """The library's sentences, found window by window; only the last one of a window may be incomplete."""
    start = 0
    while start < len(text):
        window = text[start : start + WINDOW]
        pieces: list[str] = sentencex.segment(language, window)
        if start + WINDOW < len(text):
            if len(pieces) > 1:
                pieces.pop()
            else:  # no end in sight: chunking will cut it at a clause, so any space will do here
                pieces = [window[: window.rfind(" ") + 1] or window]
        yield from pieces
        start += sum(map(len, pieces))


def _belong_together(before: str, piece: str, language: str) -> bool:
    if not _WORD.search(before):
        return True  # an ellipsis or a dash on its own
    if not _WORD.search(piece):
        return piece.endswith(" ")  # else it begins what comes next: "...and so"
    if piece[0] in _CLOSING or _ENUMERATOR.fullmatch(before):
        return True
    tail = before[-12:]
    start = _LOWER_START.match(piece)
    if start and start[1].islower() and _SOFT_END.search(tail):
        return True  # "Go!" he said; "Т. е. он"
    if language != "en":  # in English the library knows an initial from "plan B."
        initial = _INITIAL_END.search(tail)
        if initial and initial[1].isupper():
            return True
    if language in ORDINAL_DOT and _NUMBER_END.search(tail):
        return True
    return language == "ja" and bool(_JAPANESE_QUOTATION.search(tail)) and piece.startswith(("と", "って"))
