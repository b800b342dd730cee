"""Is it as loud as the voice's other takes?"""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.audio.loudness import integrated
from pipeline.check.sound import Subject
from pipeline.model import SILENCE, Doubt

LEAST_LU = 9.0
"""Away from the voice's median: twice as loud, or half, to the ear."""
SPREADS = 8.0
"""Median deviations, where those are more."""
LEAST_SECONDS = 1.0
"""Shorter takes are not judged: an exclamation, a number."""


def check_level(subject: Subject) -> Iterator[Doubt]:
    """A take much louder or softer than the voice is elsewhere."""
    reference, (start, end) = subject.reference, subject.heard
    if reference is None or end - start < LEAST_SECONDS:
        return
    lufs = integrated(subject.loudness)
    away = lufs - reference.lufs
    if lufs > SILENCE and abs(away) > max(LEAST_LU, SPREADS * reference.lufs_spread):
        how = "louder" if away > 0 else "softer"
        yield Doubt("loudness", f"It is {abs(away):.0f} LU {how} than this voice's other takes.")
