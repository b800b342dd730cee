"""Is it as long as its words take?"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from math import log, sqrt

from pipeline.check.reference import WEIGHT, Reference, scripts
from pipeline.check.sound import Subject
from pipeline.model import Doubt

SECONDS_PER_LETTER = (0.02, 0.6)
"""Shortest and longest that a letter of an alphabet can take; readers need 0.05 to 0.1."""
SECONDS_PER_SIGN = (0.04, 1.5)
"""Likewise for a sign that stands for a syllable or a word: Chinese, Japanese, Korean."""
SECONDS_ALLOWED = 3.0
"""Added to the longest, for pauses and for very short texts."""
TOLERANCE = 0.25
"""Of the natural logarithm of a take's length as against the voice's pace, however long the text is."""
DEVIATION = 0.35
"""Added to that for a text of 100 letters; it falls with the square root of the length."""
SPREADS = 9.0
"""Median deviations of a voice, taken instead where they are more: no voice is taken to task for being lively."""
IDEOGRAPHS = 2.0
"""Times all that, where signs stand for one syllable or for five."""
LEAST_WEIGHT = 40.0
"""Letters: nothing is said about shorter texts."""
SAME_SCRIPT = 0.9
"""Share of letters that must be in the script of the voice's other takes: what is in another may be spelled."""


def check_bounds(subject: Subject) -> Iterator[Doubt]:
    """Durations that no voice has."""
    start, end = subject.heard
    seconds = end - start
    letters = subject.length.letters
    if letters * SECONDS_PER_SIGN[0] <= seconds * subject.pace <= letters * SECONDS_PER_LETTER[1]:
        return  # within the bounds of every script
    shortest, longest = (bound / subject.pace for bound in duration_bounds(subject.spoken))
    if seconds < shortest:
        text = f"Only {seconds:.2f} s were spoken, and the text takes {shortest:.2f} s at the least."
        yield Doubt("impossibly-short", text)
    elif seconds > longest:
        text = f"{seconds:.1f} s were spoken, and the text takes {longest:.1f} s at the most."
        yield Doubt("impossibly-long", text)


def check_pace(subject: Subject) -> Iterator[Doubt]:
    """Durations that this voice has nowhere else."""
    reference = subject.reference
    if reference is None:
        return
    _, least, most = subject.length
    if least < LEAST_WEIGHT:
        return
    start, end = subject.heard
    seconds = end - start
    deviation = max(DEVIATION, SPREADS * reference.spread) * sqrt(WEIGHT / least)
    allowed = (TOLERANCE + deviation) * (IDEOGRAPHS if reference.script == "CJK" else 1)
    usual = reference.seconds * least
    if abs(log(seconds / usual)) < allowed or not _alike(subject.spoken, reference):
        return
    if log(seconds / usual) < -allowed:
        text = f"It took {seconds:.1f} s, and this voice takes {usual:.1f} s for such a text"
        if subject.sound.breaks_off():
            yield Doubt("cut-off", f"{text}: it breaks off in the middle.")
        else:
            yield Doubt("too-short", f"{text}: words may be missing.")
    elif log(seconds / (reference.seconds * most)) > allowed:
        text = f"It took {seconds:.1f} s, and this voice takes {usual:.1f} s for such a text."
        yield Doubt("too-long", text)


def duration_bounds(spoken: str) -> tuple[float, float]:
    """Shortest and longest duration, in seconds, that a spoken text can have in any voice at its own speed."""
    signs = sum(_is_sign(character) for character in spoken)
    letters = sum(character.isalnum() for character in spoken) - signs
    shortest = letters * SECONDS_PER_LETTER[0] + signs * SECONDS_PER_SIGN[0]
    longest = letters * SECONDS_PER_LETTER[1] + signs * SECONDS_PER_SIGN[1]
    # What is no letter is at most a pause, except for symbols that an engine may spell out.
    others = sum(unicodedata.category(character)[0] == "S" for character in spoken)
    return shortest, longest + others + SECONDS_ALLOWED


def _alike(spoken: str, reference: Reference) -> bool:
    written = scripts(spoken)
    return written.count(reference.script) >= SAME_SCRIPT * len(written)


def _is_sign(character: str) -> bool:
    """Whether a character is one of a script that has no letters (or whose letters form syllable blocks)."""
    return (
        "\u3040" <= character <= "\u30ff"  # kana
        or "\u3400" <= character <= "\u9fff"  # ideographs
        or "\uac00" <= character <= "\ud7af"  # Hangul syllables
        or "\uf900" <= character <= "\ufaff"
        or "\U00020000" <= character <= "\U0003ffff"
    )
