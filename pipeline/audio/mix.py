"""Voices that are heard together: added up, the one who is interrupted turned down.

Only what sounds at the same time is in memory. Samples come and go as floating-point numbers in 16-bit units; they
may exceed full scale until ``pipeline.audio.limiter`` has seen to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.audio.layout import Spot, samples_of
from pipeline.model import Pcm

Samples = NDArray[np.float32]
"""Mono, in 16-bit units, shape (n,)."""

INTERRUPTED_DB = -7.0
"""Of the one who is spoken over to the end: still heard, no longer in front."""
ASIDE_DB = -4.0
"""Of a short reaction within the words of another, who has the floor."""
RAMP = 0.08
"""Seconds over which the one who is interrupted is turned down: about a syllable."""
_BLOCK = 1 << 16
_ZEROS = np.zeros(_BLOCK, np.float32)
_ZEROS.flags.writeable = False


def mix(spots: Sequence[Spot], takes: Iterable[Pcm], end: int, rate: int) -> Iterator[Samples]:
    """Yield ``end`` samples at ``rate`` Hz in which each of ``takes`` is in its place, silence elsewhere.

    ``spots`` are in the order in which they begin; ``takes``, one for each, are asked for as they begin to sound.
    """
    sounding = np.zeros(0, np.float32)
    now = 0
    for spot, pcm in zip(spots, takes, strict=True):
        yield from _until(sounding, spot.begin - now)
        sounding, now = sounding[spot.begin - now :], spot.begin
        voice = voiced(pcm, spot, rate)
        if len(voice) < len(sounding):
            voice, sounding = sounding, voice
        voice[: len(sounding)] += sounding
        sounding = voice
    yield from _until(sounding, end - now)


def voiced(pcm: Pcm, spot: Spot, rate: int) -> Samples:
    """A take as loud as it is in its place; the samples are its own copy."""
    samples = pcm.astype(np.float32)
    if spot.aside:
        samples *= _factor(ASIDE_DB)
    if spot.interrupted is not None:
        spoken_over = samples[spot.interrupted :]
        ramp = min(samples_of(RAMP, rate), len(spoken_over))
        spoken_over[:ramp] *= np.linspace(1.0, _factor(INTERRUPTED_DB), ramp, dtype=np.float32)
        spoken_over[ramp:] *= _factor(INTERRUPTED_DB)
    return samples


def _until(sounding: Samples, samples: int) -> Iterator[Samples]:
    """The first ``samples`` of what sounds, then silence."""
    if len(ready := sounding[:samples]):
        yield ready
    left = samples - len(ready)
    while left > 0:
        yield _ZEROS[: min(left, _BLOCK)]
        left -= _BLOCK


def _factor(level_db: float) -> np.float32:
    return np.float32(10 ** (level_db / 20))


__all__ = ["ASIDE_DB", "INTERRUPTED_DB", "RAMP", "Samples", "mix", "voiced"]
