"""Does a take sound like a recording of its chunk at all? What the samples alone can tell.

Success is never proof: engines answer "done" with a second of zeros, with noise, with half of a sentence or
with a minute of mumbling. A take that cannot be right is refused (``TakeRefused``: it will be tried again);
one that looks odd keeps a doubt.
"""

from __future__ import annotations

import unicodedata

import numpy as np

from pipeline.errors import TakeRefused
from pipeline.model import Chunk, Doubt, Take

SILENT_PEAK = 10 ** (-50 / 20)
"""Of full scale: speech whose loudest sample is below -50 dBFS is no speech."""
CLIPPED_SHARE = (0.002, 0.1)
"""Share of samples at full scale from which on a take is doubted, and refused."""
OFFSET_SHARE = (0.02, 0.25)
"""Mean of the samples as a share of full scale (DC), likewise."""
SECONDS_PER_LETTER = (0.02, 0.6)
"""Shortest and longest that a letter of an alphabet can take; readers need 0.05 to 0.1."""
SECONDS_PER_SIGN = (0.04, 1.5)
"""Likewise for a sign that stands for a syllable or a word: Chinese, Japanese, Korean."""
SECONDS_ALLOWED = 3.0
"""Added to the longest, for pauses and for very short texts."""
RATES = (4000, 192000)
"""Hz."""


def check_signal(take: Take, chunk: Chunk) -> tuple[Doubt, ...]:
    """The doubts about a take's samples. Raises ``TakeRefused`` where they cannot be what the chunk says."""
    audio = _usable(take, chunk)
    low, high = int(audio.min()), int(audio.max())
    peak = max(-low, high) / 32768
    if peak == 0:
        raise TakeRefused(_about(chunk, "the engine returned nothing but zeros"))
    if peak < SILENT_PEAK:
        raise TakeRefused(_about(chunk, f"the engine returned near silence ({20 * np.log10(peak):.0f} dBFS)"))

    doubts = []
    clipped = _clipped_share(audio, low, high)
    if clipped > CLIPPED_SHARE[1]:
        raise TakeRefused(_about(chunk, f"{clipped:.0%} of the samples are clipped"))
    if clipped > CLIPPED_SHARE[0]:
        doubts.append(Doubt("clipping", f"{clipped:.1%} of the samples are clipped."))

    offset = abs(float(audio.astype(np.float32).mean())) / 32768
    if offset > OFFSET_SHARE[1]:
        raise TakeRefused(_about(chunk, f"the samples have an offset of {offset:.0%} of full scale"))
    if offset > OFFSET_SHARE[0]:
        doubts.append(Doubt("offset", f"The samples have an offset of {offset:.1%} of full scale."))
    return tuple(doubts)


def check_duration(seconds: float, chunk: Chunk, pace: float = 1.0) -> None:
    """Raise ``TakeRefused`` when ``seconds`` of sound, trimmed, cannot be the chunk's spoken text.

    ``pace`` is the speaking rate that was asked for; 1 is the voice's own.
    """
    shortest, longest = (bound / pace for bound in duration_bounds(chunk.spoken))
    if seconds < shortest:
        raise TakeRefused(
            _about(
                chunk, f"only {seconds:.2f} s were spoken, and its text takes {shortest:.2f} s at the least"
            )
        )
    if seconds > longest:
        raise TakeRefused(
            _about(chunk, f"{seconds:.1f} s were spoken, and its text takes {longest:.1f} s at the most")
        )


def duration_bounds(spoken: str) -> tuple[float, float]:
    """Shortest and longest duration, in seconds, that a spoken text can have in any voice at its own speed."""
    signs = sum(_is_sign(character) for character in spoken)
    letters = sum(character.isalnum() for character in spoken) - signs
    shortest = letters * SECONDS_PER_LETTER[0] + signs * SECONDS_PER_SIGN[0]
    longest = letters * SECONDS_PER_LETTER[1] + signs * SECONDS_PER_SIGN[1]
    # What is no letter is at most a pause, except for symbols that an engine may spell out.
    others = sum(unicodedata.category(character)[0] == "S" for character in spoken)
    return shortest, longest + others + SECONDS_ALLOWED


def _usable(take: Take, chunk: Chunk) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    audio: object = take.audio  # engines come from third parties: nothing is taken for granted
    if not isinstance(audio, np.ndarray) or audio.ndim != 1:
        raise TakeRefused(_about(chunk, "the engine returned something that is no mono audio"))
    if audio.dtype.kind == "f" and not np.isfinite(audio).all():
        raise TakeRefused(_about(chunk, "the engine returned samples that are not numbers (NaN)"))
    if audio.dtype != np.int16:
        raise TakeRefused(_about(chunk, f"the engine returned {audio.dtype} samples instead of 16-bit ones"))
    if not RATES[0] <= take.sample_rate <= RATES[1]:
        raise TakeRefused(_about(chunk, f"the engine names a sample rate of {take.sample_rate} Hz"))
    if not len(audio):
        raise TakeRefused(_about(chunk, "the engine returned no audio"))
    return audio


def _clipped_share(audio: np.ndarray[tuple[int], np.dtype[np.int16]], low: int, high: int) -> float:
    if high < 32767 and low > -32767:
        return 0.0
    return int(np.count_nonzero((audio >= 32767) | (audio <= -32767))) / len(audio)


def _is_sign(character: str) -> bool:
    """Whether a character is one of a script that has no letters (or whose letters form syllable blocks)."""
    return (
        "\u3040" <= character <= "\u30ff"  # kana
        or "\u3400" <= character <= "\u9fff"  # ideographs
        or "\uac00" <= character <= "\ud7af"  # Hangul syllables
        or "\uf900" <= character <= "\ufaff"
        or "\U00020000" <= character <= "\U0003ffff"
    )


def _about(chunk: Chunk, fault: str) -> str:
    text = chunk.text
    quoted = text if len(text) <= 60 else text[:57].rstrip() + "..."
    return f'The voice {chunk.voice} failed on "{quoted}": {fault}.'
