"""A voice memo as sound: measured, cut into sections to be listened to, and its silent ends found.

It is decoded as often as that is needed (some hundred times faster than it plays), and never in memory as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.audio import music
from pipeline.audio.ffmpeg import decode
from pipeline.audio.loudness import Meter, integrated
from pipeline.errors import AudioError
from pipeline.hear.pieces import pieces
from pipeline.hear.recogniser import LISTENING_RATE
from pipeline.limits import MEMO_SECONDS
from pipeline.model import SILENCE, Loudness, Pcm

RATE = 44_100
"""Hz of the episode's sound: what every player takes."""
RUMBLE_FILTER = "highpass=f=80"
"""ffmpeg's filter against rumble and handling noise, 12 dB per octave; the deepest voices begin at about 80 Hz."""
FORMATS = (*music.FORMATS, "amr", "asf")
"""Containers that are opened, by ffmpeg's names: none that names other files."""
SECTION_SECONDS = 240.0
"""Audio that is listened to at once, at most: what was heard is kept section by section."""

STEP = 0.02
"""Seconds."""
FRAMES = 3
"""So many steps in a row sound where something is said; a click is shorter."""
BELOW = 30.0
"""LU under the speech's own loudness at which something is still heard ..."""
OVER_NOISE = 6.0
"""... when it is so many dB over the room's noise, which a tenth of the recording is not louder than."""
NEAREST = 15.0
"""LU under the speech's loudness above which nothing counts as noise."""
LEAD, TAIL = 0.25, 0.5
"""Seconds that are kept before and after what sounds."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What a recording is like, after the high-pass."""

    seconds: float
    loudness: Loudness
    levels: NDArray[np.float32]
    """Of each ``STEP``, dBFS (RMS)."""


def survey(path: Path) -> Survey:
    """Listen to all of it. Raises ``AudioError`` for what cannot be read, is too long or silent."""
    meter, rest = Meter(RATE), np.zeros(0, np.int16)
    levels: list[NDArray[np.float32]] = []
    samples, step = 0, round(STEP * RATE)
    for block in sound(path):
        meter.feed(block)
        samples += len(block)
        rest = np.concatenate((rest, block))
        whole = len(rest) // step * step
        levels.append(_levels(rest[:whole], step))
        rest = rest[whole:]
        if samples > MEMO_SECONDS * RATE:
            raise AudioError(
                f"{path.name} is longer than {MEMO_SECONDS // 3600} hours, the most of a voice memo: cut it."
            )
    if not samples:
        raise AudioError(f"There is no audio in {path.name}: hand in a recording.")
    loudness = meter.loudness()
    if integrated(loudness) <= SILENCE:
        raise AudioError(f"Nothing is heard in {path.name}: hand in a recording of speech.")
    return Survey(samples / RATE, loudness, np.concatenate(levels) if levels else np.zeros(0, np.float32))


def sound(path: Path) -> Iterator[Pcm]:
    """The recording at ``RATE``, after the high-pass, in blocks; never much more than is accepted."""
    return decode(path, RATE, formats=FORMATS, seconds=MEMO_SECONDS + 1, filters=[RUMBLE_FILTER])


def sections(path: Path) -> Iterator[tuple[float, Pcm]]:
    """Where each section begins (seconds), and its samples at ``LISTENING_RATE``; they are cut where it is quiet."""
    waiting, at = np.zeros(0, np.int16), 0
    for block in decode(path, LISTENING_RATE, formats=FORMATS, seconds=MEMO_SECONDS + 1):
        waiting = np.concatenate((waiting, block))
        while len(waiting) > SECTION_SECONDS * LISTENING_RATE:
            cut = pieces(waiting.astype(np.float32), SECTION_SECONDS)[0][1]
            yield at / LISTENING_RATE, waiting[:cut]
            waiting, at = waiting[cut:], at + cut
    if len(waiting):
        yield at / LISTENING_RATE, waiting


def span(survey: Survey) -> tuple[float, float]:
    """Where it sounds for the first and for the last time (seconds)."""
    lufs, noise = integrated(survey.loudness), float(np.percentile(survey.levels, 10))
    loud = survey.levels > min(max(lufs - BELOW, noise + OVER_NOISE), lufs - NEAREST)
    if len(loud) < FRAMES:
        return 0.0, survey.seconds
    runs: NDArray[np.intp] = np.flatnonzero(np.convolve(loud, np.ones(FRAMES), "valid") > FRAMES - 0.5)
    if not len(runs):
        return 0.0, survey.seconds
    return float(runs[0]) * STEP, min(float(runs[-1] + FRAMES) * STEP, survey.seconds)


def _levels(samples: Pcm, step: int) -> NDArray[np.float32]:
    frames = (samples.astype(np.float32) / 32768).reshape(-1, step)
    power = np.maximum(np.mean(np.square(frames), axis=1), 1e-12)
    return np.asarray(10 * np.log10(power), np.float32)


__all__ = ["LEAD", "RATE", "TAIL", "Survey", "sections", "sound", "span", "survey"]
