"""Levels: what loudness is asked for, the gain that gives it, and a limiter for the peaks that stick out."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

import numpy as np
from numpy.typing import NDArray

from pipeline.audio.loudness import integrated, shift, total
from pipeline.audio.truepeak import BLOCK, block_peaks
from pipeline.errors import SettingsError
from pipeline.model import SILENCE, Loudness, Pcm

NAMED_TARGETS: dict[str, float | None] = {"acx": -20.0, "podcast": -16.0, "none": None}
"""LUFS. ACX asks for -23 to -18 dB RMS, podcast platforms for -16 LUFS."""
TARGET_RANGE = (-40.0, -9.0)
"""LUFS that may be asked for as a number."""
LARGEST_GAIN = 40.0
"""dB either way: beyond, a recording is not quiet but empty."""
LARGEST_MAKE_UP = 4.0
"""dB by which a voice's gain may make up for what the limiter takes: more would be heard as distortion."""

LOOK_AHEAD = 0.005
"""Seconds over which the limiter turns down before a peak, and at least stays down after it."""
RELEASE = 120.0
"""dB per second at which it turns up again: 6 dB in 50 ms."""
_PIECE = 1 << 15
"""Samples worked on at a time; a multiple of ``BLOCK``. Small buffers are fast ones (see truepeak)."""
MARGIN = 0.05
"""dB kept to the ceiling: the gain changes under the interpolation filter, and samples are rounded."""


def target_lufs(setting: str) -> float | None:
    """The loudness that ``AudioSettings.loudness`` asks for, in LUFS; None for "leave it as it is".

    Raises ``SettingsError``.
    """
    name = setting.strip().lower()
    if name in NAMED_TARGETS:
        return NAMED_TARGETS[name]
    low, high = TARGET_RANGE
    try:
        target = float(name)
    except ValueError as error:
        raise SettingsError(
            f'"{setting}" is no loudness: use {", ".join(NAMED_TARGETS)} or LUFS as a number, such as -18.'
        ) from error
    if not low <= target <= high:
        raise SettingsError(f"A loudness of {setting} LUFS is out of range: choose from {low:g} to {high:g}.")
    return target


def voice_gain(level_lufs: float, target: float | None) -> float:
    """The constant gain in dB, in steps of 0.1, that brings a voice of ``level_lufs`` to ``target`` LUFS.

    0 when there is no target or nothing was heard of the voice. In steps because a measurement counts blocks
    by 0.1 LU, and is then shifted by the gain without loss.
    """
    if target is None or level_lufs <= SILENCE:
        return 0.0
    return round(min(LARGEST_GAIN, max(-LARGEST_GAIN, target - level_lufs)), 1)


def fitted_gain(takes: Sequence[tuple[Pcm, int, Loudness]], target: float | None, ceiling: float) -> float:
    """``voice_gain`` for a voice whose peaks the limiter will cut, so that it is ``target`` LUFS afterwards.

    ``takes`` are some of the voice's samples (a minute is enough), their rate in Hz and their loudness. A
    voice with high peaks loses up to 2 LU in the limiter; the gain makes up for it, by ``LARGEST_MAKE_UP`` at
    the most.
    """
    first = voice_gain(integrated(total(loudness for _, _, loudness in takes)), target)
    if target is None or not takes:
        return first
    gain = first
    for _ in range(6):
        heard = integrated(total(_loudness_at(take, gain, ceiling) for take in takes))
        if heard <= SILENCE or abs(target - heard) < 0.05:
            break
        gain = round(min(gain + 1.2 * (target - heard), first + LARGEST_MAKE_UP), 1)
    return gain


def _loudness_at(take: tuple[Pcm, int, Loudness], gain_db: float, ceiling: float) -> Loudness:
    pcm, rate, loudness = take
    _, change = level(pcm, rate, loudness.true_peak, gain_db, ceiling)
    return leveled_loudness(loudness, gain_db, change, ceiling)


def leveled_loudness(loudness: Loudness, gain_db: float, change: float, ceiling: float) -> Loudness:
    """The loudness of a take after ``level``, which returned ``change``."""
    peak = min(loudness.true_peak + gain_db, ceiling) if loudness.true_peak > SILENCE else SILENCE
    return Loudness(shift(loudness, change).blocks, peak)


def level(pcm: Pcm, rate: int, true_peak: float, gain_db: float, ceiling: float) -> tuple[Pcm, float]:
    """``pcm`` after ``gain_db``, its true peak kept to ``ceiling`` dBTP, and the change of its level in dB.

    ``true_peak`` is that of ``pcm``, as measured. Depends on nothing but its arguments: changing one take
    changes no other.
    """
    if true_peak + gain_db > ceiling:
        return limit(pcm, rate, gain_db, ceiling)
    if gain_db == 0:
        return pcm, 0.0
    leveled = np.empty(len(pcm), np.int16)
    factor = np.float32(10 ** (gain_db / 20))
    for start in range(0, len(pcm), _PIECE):
        samples = np.multiply(pcm[start : start + _PIECE], factor, dtype=np.float32)
        round_into(samples, leveled[start : start + _PIECE])
    return leveled, gain_db


def limit(pcm: Pcm, rate: int, gain_db: float, ceiling: float) -> tuple[Pcm, float]:
    """``pcm`` after ``gain_db`` with its peaks turned down to ``ceiling`` dBTP, and its change of level in dB.

    A look-ahead limiter without feedback: the reduction that each block of samples needs is held for the
    look-ahead on both sides, let go with a constant slope in dB, smoothed over the look-ahead and applied as
    a gain that is linear within a block. As holding and smoothing reach equally far, the smoothed reduction
    is never less than what is needed; where none is needed there is nothing but ``gain_db``.

    The change of level is that of the energy. Measured on espeak, the loudness of a take changes by the same
    within 0.13 LU, that of many takes within 0.05, so that nothing needs to be measured again.
    """
    highest = 32768 * 10 ** ((ceiling - MARGIN - gain_db) / 20)
    peaks = block_peaks(pcm, highest)
    reduction = _reduction(20 * np.log10(np.maximum(peaks / highest, 1.0)), rate)
    gains = (10 ** ((gain_db - reduction) / 20)).astype(np.float32)

    limited = np.empty(len(pcm), np.int16)
    ramp = np.arange(BLOCK, dtype=np.float32) / BLOCK
    slopes = np.diff(gains)
    before = after = 1e-9
    for start in range(0, len(pcm), _PIECE):
        blocks = slice(start // BLOCK, (start + _PIECE) // BLOCK)
        curve = np.multiply.outer(slopes[blocks], ramp)
        curve += gains[:-1][blocks, None]
        samples = pcm[start : start + _PIECE].astype(np.float32)
        before += float(np.dot(samples, samples))
        samples *= curve.reshape(-1)[: len(samples)]
        after += float(np.dot(samples, samples))
        round_into(samples, limited[start : start + _PIECE])
    return limited, float(10 * np.log10(after / before))


def _reduction(needed: NDArray[np.float64], rate: int) -> NDArray[np.float64]:
    """dB by which to turn down at the edges of blocks (one more than blocks), given what each block needs."""
    edges = np.concatenate((needed, [0.0]))
    np.maximum(edges[1:], needed, out=edges[1:])
    reach = max(1, ceil(LOOK_AHEAD * rate / BLOCK))
    held = _running_maximum(edges, reach)
    slope = RELEASE * BLOCK / rate * np.arange(len(held))
    held = np.maximum.accumulate(held + slope) - slope
    window = np.hanning(2 * reach + 3)[1:-1]
    around = np.concatenate((np.full(reach, held[0]), held, np.full(reach, held[-1])))
    return np.maximum(np.convolve(around, window / window.sum(), "valid"), 0.0)


def _running_maximum(values: NDArray[np.float64], reach: int) -> NDArray[np.float64]:
    """The largest of each value and its ``reach`` neighbours on either side."""
    largest = values.copy()
    for distance in range(1, min(reach, len(values) - 1) + 1):
        np.maximum(largest[distance:], values[:-distance], out=largest[distance:])
        np.maximum(largest[:-distance], values[distance:], out=largest[:-distance])
    return largest


def round_into(samples: NDArray[np.float32], into: Pcm) -> None:
    """Round ``samples``, in 16-bit units, to 16 bits. They are overwritten."""
    np.rint(samples, out=samples)
    np.clip(samples, -32768, 32767, out=samples)
    np.copyto(into, samples, casting="unsafe")
