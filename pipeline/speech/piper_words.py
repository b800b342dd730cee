"""From Piper's phonemes to our words: where in a chain of phonemes does each word begin?

Piper says how long each phoneme sounds, but not whose it is: espeak, which makes the phonemes, runs words
together ("of the" becomes one group) and takes others apart. So each word is put into phonemes on its own
as well, and the two chains are aligned, which also holds where a word is said otherwise in its sentence.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

ENOUGH = 0.6
"""Share of a chunk's expected phonemes that must be found again for the mapping to be believed."""

_BAND = 40
"""How far, in phonemes, the two chains may be apart before the alignment no longer sees the way."""
_GAP = 1.0
_DIFFERENT = 1.4


@dataclass(frozen=True, slots=True)
class Sound:
    """One phoneme as it is heard."""

    phoneme: str
    start: int
    """First sample in the take."""


def word_starts(
    spoken: Sequence[str], sounds: Sequence[Sound], phonemize: Callable[[str], Sequence[str]]
) -> list[int | None] | None:
    """The first sample of each word; None for a word that has no phoneme of its own.

    ``spoken`` are the words' spoken forms, ``phonemize`` gives the phonemes of one. The whole is None when
    the phonemes heard are not those of the words.
    """
    heard = [index for index, sound in enumerate(sounds) if is_letter(sound.phoneme)]
    expected = [
        (owner, phoneme)
        for owner, text in enumerate(spoken)
        if text
        for phoneme in phonemize(text)
        if is_letter(phoneme)
    ]
    pairs = _align([sounds[index].phoneme for index in heard], [phoneme for _, phoneme in expected])
    matches = sum(sounds[heard[a]].phoneme == expected[b][1] for a, b in pairs)
    if not expected or matches < ENOUGH * len(expected):
        return None
    starts: list[int | None] = [None] * len(spoken)
    for a, b in pairs:
        owner = expected[b][0]
        if starts[owner] is None:
            starts[owner] = sounds[_with_marks(heard[a], sounds)].start
    return starts


def is_letter(phoneme: str) -> bool:
    """Whether the phoneme is a sound of its own, and not a mark of stress or length, a space or
    punctuation."""
    return any(unicodedata.category(character) in ("Ll", "Lu", "Lo", "Lt") for character in phoneme)


def _with_marks(index: int, sounds: Sequence[Sound]) -> int:
    """Stress marks stand before the sound they belong to."""
    while index > 0 and unicodedata.category(sounds[index - 1].phoneme[0]) in ("Lm", "Sk"):
        if sounds[index - 1].phoneme not in ("ˈ", "ˌ"):
            break
        index -= 1
    return index


def _align(heard: Sequence[str], expected: Sequence[str]) -> list[tuple[int, int]]:
    """Pairs of indices that belong together, by the cheapest way through a band (Needleman and Wunsch,
    1970)."""
    n, m = len(heard), len(expected)
    if not n or not m:
        return []
    slope = m / n
    far = float("inf")
    # One row for each phoneme heard, over the columns of the band only.
    lows = [max(0, min(m, int(row * slope) - _BAND)) for row in range(n + 1)]
    highs = [min(m, int(row * slope) + _BAND) for row in range(n + 1)]
    previous = [column * _GAP for column in range(lows[0], highs[0] + 1)]
    moves: list[bytearray] = [bytearray(b"L" * len(previous))]
    for row in range(1, n + 1):
        low, high, before = lows[row], highs[row], lows[row - 1]
        current: list[float] = []
        move = bytearray()
        left = far
        for column in range(low, high + 1):
            at = column - before
            up = previous[at] + _GAP if 0 <= at < len(previous) else far
            diagonal = far
            if column and 0 < at <= len(previous):
                same = heard[row - 1] == expected[column - 1]
                diagonal = previous[at - 1] + (0.0 if same else _DIFFERENT)
            best = min(diagonal, up, left + _GAP)
            move.append(68 if best == diagonal else 85 if best == up else 76)  # D, U, L
            current.append(best)
            left = best
        moves.append(move)
        previous = current
    pairs: list[tuple[int, int]] = []
    row, column = n, m
    while row and column:
        kind = moves[row][column - lows[row]]
        if kind == 68:
            pairs.append((row - 1, column - 1))
        row -= kind in (68, 85)
        column -= kind in (68, 76)
    return pairs[::-1]
