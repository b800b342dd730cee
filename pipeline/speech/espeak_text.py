"""The text that espeak is given for words: without what garbles its input, and never more than its buffers hold."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from pipeline.model import Word
from pipeline.script.lexicon import punctuation_after

_RUN_BYTES = 90
"""espeak drops what goes beyond 195 bytes of Japanese without a space: we add one."""
_PHONEMES = {"L": 1.2, "M": 0.3, "N": 8.0, "Z": 1.0, "S": 12.0, "P": 9.0}
_SILENT = frozenset(".,;:!?…-–—'\"()[]{}“”„‘’«»")
_PHONEMES_WIDE = 5.5
"""Estimates for one character by Unicode category, and for a Chinese, Japanese or Korean one."""
_CLAUSE_ENDS = frozenset("、。，；：！？")
_CLAUSE_ENDS_BEFORE_SPACE = frozenset(",;:!?")
_UNSPEAKABLE = re.compile("[\0-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters end or garble espeak's input; lone surrogates have no UTF-8."""


def lay_out(
    words: Sequence[Word], longest_clause: int, sounds: Sequence[str] = ()
) -> tuple[str, list[tuple[int, int] | None]]:
    """The text for espeak, and where each word stands in it (characters from, to).

    ``sounds`` are the phonemes of the words that have any, by espeak's names.

    It is what ``join_spoken`` makes, but for the spaces and commas that keep espeak from losing text: a comma
    after so many phonemes without one.
    """
    text: list[str] = []
    spans: list[tuple[int, int] | None] = []
    run, clause = 0, 0.0  # bytes since the last space, phonemes since the last punctuation
    for index, word in enumerate(words):
        if not word.spoken:
            spans.append(None)
            continue
        spoken = _UNSPEAKABLE.sub(" ", word.spoken)
        if any(sounds):
            spoken = spoken.replace("[[", "[ [")
        if text and not word.joined:
            ends = text[-1] in _CLAUSE_ENDS_BEFORE_SPACE or (text[-1] == "." and not spoken[0].islower())
            clause = 0.0 if ends else clause + 1
            if clause >= longest_clause:
                text.append(",")
                clause = 0.0
            text.append(" ")
            run = 0
        begin = len(text)
        if sounds and sounds[index]:
            clause += len(word.ipa)
            text += f"[[{sounds[index]}]]"
            spoken = punctuation_after(spoken)
        for character in spoken:
            kind = _character(character)
            if clause >= longest_clause and kind.breakable:
                text += ", "
                run, clause = 0, 0.0
            elif run >= _RUN_BYTES and kind.wide:
                text.append(" ")
                run = 0
            text.append(character)
            run = 0 if character == " " else run + kind.size
            clause += kind.phonemes
            if kind.ends_clause:
                run, clause = 0, 0.0
        spans.append((begin, len(text)))
    return "".join(text), spans


class _Character(NamedTuple):
    """What counts of a character when espeak's buffers are filled."""

    wide: bool
    breakable: bool
    """It is of a script without spaces, so that a comma may go before it."""
    size: int
    """Bytes of UTF-8."""
    phonemes: float
    """By estimate."""
    ends_clause: bool


@lru_cache(maxsize=4096)
def _character(character: str) -> _Character:
    wide, category = unicodedata.east_asian_width(character) in "WF", unicodedata.category(character)
    said = _PHONEMES_WIDE if wide else _PHONEMES.get(category[0], 0.0)
    return _Character(
        wide=wide,
        breakable=category == "Lo",
        size=len(character.encode()),
        phonemes=0.0 if character in _SILENT else said,
        ends_clause=character in _CLAUSE_ENDS,
    )
