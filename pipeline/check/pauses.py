"""Silence where there should be speech, and sound where there should be silence."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.check.sound import FRAMES_PER_SECOND, Subject
from pipeline.model import Doubt

SILENT_DB = 40.0
"""Below the loud frames: silence. (The softest consonants are about 30 dB below vowels.)"""
GAP_SECONDS = 1.5
"""The longest silence inside a take that is no fault: pauses between sentences are 0.2 to 0.9 s."""
AFTER_SILENCE = 0.35
"""Seconds of silence inside the last word, after which what follows is not that word: the closure of a stop is
0.1 s, and a word of digits or letters has pauses of 0.2 s."""
AFTER_SOUND = 0.25
"""Seconds of sound that count as speech: a syllable."""


def check_gaps(subject: Subject) -> Iterator[Doubt]:
    """A silence far longer than punctuation explains."""
    sound, (begin, end) = subject.sound, subject.heard
    longest = GAP_SECONDS / min(1.0, subject.pace)
    silent = sound.levels < sound.loud - SILENT_DB
    for first, after in sound.runs(silent, longest):
        start, stop = first / FRAMES_PER_SECOND, after / FRAMES_PER_SECOND
        if start > begin and stop < end:
            yield Doubt(
                "gap",
                f"From {start:.1f} s on there is silence for {stop - start:.1f} s.",
                subject.words_beside((start + stop) / 2),
            )


def check_after_end(subject: Subject) -> Iterator[Doubt]:
    """Sound after the last word, where the engine says when that begins."""
    words, sound = subject.words, subject.sound
    last = next((place for place in reversed(range(len(words))) if words[place].spoken), None)
    if not subject.timed or last is None:
        return
    if " " in words[last].spoken.strip():
        return  # several words in print as one: there may be pauses inside
    start = max(0, round(subject.timings[last].start * FRAMES_PER_SECOND))
    longest = AFTER_SILENCE / min(1.0, subject.pace)
    silent = sound.levels[start:] < sound.loud - SILENT_DB
    for first, after in sound.runs(silent, longest):
        more = len(silent) - after - int(silent[after:].sum())
        if first > 0 and more >= AFTER_SOUND * FRAMES_PER_SECOND:
            at = (start + after) / FRAMES_PER_SECOND
            yield Doubt(
                "sound-after-end", f"There is sound after the last word, at {at:.1f} s.", (last, last + 1)
            )
            return
