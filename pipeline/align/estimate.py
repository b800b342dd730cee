"""Word timings by estimate: for engines that do not say when they speak a word.

The sound of a take is shared out among its words in proportion to how long each takes to say. It is a guess
(typically right to a few tenths of a second inside a sentence), so takes timed this way say
``timing_source="estimate"``, and a later alignment may replace it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from pipeline.align.engine_timings import sound_bounds
from pipeline.model import Pcm, Timing, Word

SOURCE = "estimate"
"""What ``Take.timing_source`` says of such timings."""

_WORD = 1.0
_LETTER = 1.0
_DIGIT = 4.0
_SYLLABIC = 3.0
_PAUSES = {"。": 6.0, "！": 6.0, "？": 6.0, "、": 3.0, "，": 3.0, "；": 4.0, "：": 4.0} | {
    ".": 6.0, "!": 6.0, "?": 6.0, "…": 6.0, ",": 3.0, ";": 4.0, ":": 4.0, "–": 2.0, "—": 3.0,
}  # fmt: skip
"""Weights in letters. Chinese, Japanese and Korean write about a syllable with one character, and a
syllable is about three letters of an alphabet."""


def spoken_weight(word: Word) -> float:
    """How long the word takes to say, in letters; 0 for a word that is not said."""
    return letters_in(word.spoken) + _WORD if word.spoken else 0.0


def letters_in(text: str) -> float:
    """Length of a text as it is said, in letters of an alphabet."""
    return sum(_character_weight(character) for character in text)


def _character_weight(character: str) -> float:
    category = unicodedata.category(character)
    if category == "Lo" and unicodedata.east_asian_width(character) == "W":
        return _SYLLABIC
    if category[0] == "L":
        return _LETTER
    return _DIGIT if category[0] == "N" else 0.0


def pause_weight(word: Word) -> float:
    """How long a speaker pauses after the word, in letters, from the punctuation it ends with."""
    text = word.spoken.rstrip("\"'”’»)]」』） ")
    return _PAUSES.get(text[-1:], 0.0)


def estimate_timings(words: Sequence[Word], audio: Pcm, sample_rate: int) -> tuple[Timing, ...]:
    """Share the sound of ``audio`` out among ``words``: one timing each, ascending, in seconds.

    Silence at both ends of the audio is left out. A word that is not said gets no time of its own.
    """
    first, last = sound_bounds(audio)
    return share_out(words, first / sample_rate, last / sample_rate)


def share_out(words: Sequence[Word], start: float, end: float) -> tuple[Timing, ...]:
    """As ``estimate_timings`` for words that are heard from ``start`` to ``end`` (s)."""
    spoken = [index for index, word in enumerate(words) if word.spoken]
    weights = [spoken_weight(word) for word in words]
    pauses = [pause_weight(word) for word in words]
    if spoken:
        pauses[spoken[-1]] = 0.0  # what follows the last word is the silence that was left out
    total = sum(weights) + sum(pauses)
    scale = (end - start) / total if total else 0.0
    at = start
    timings = []
    for weight, pause in zip(weights, pauses, strict=True):
        timings.append(Timing(at, at + weight * scale))
        at += (weight + pause) * scale
    return tuple(timings)
