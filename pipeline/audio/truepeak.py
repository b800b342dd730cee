"""True peak after ITU-R BS.1770-5, annex 2: the peak of the signal between its samples, four times oversampled.

Only places where the signal can exceed what is already known are oversampled: no interpolated value is
larger than the largest sample the filter sees times the filter's L1 norm, so that leaving out the rest is exact.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from pipeline.model import SILENCE, Pcm

_TAPS = 16
"""Samples each interpolated value is made of; BS.1770-5 has 12."""
_REACH = _TAPS // 2
_BETA = 6.0
"""Of the Kaiser window: flat within 0.1 dB up to 0.41 of the sample rate."""
_BLOCK = 32
"""Samples looked at together: small enough to skip most of speech, large enough for the matrix product."""
_PIECE = 1 << 20
"""Samples looked at at a time: bounds memory for long recordings."""


def true_peak(pcm: Pcm, rate: int) -> float:
    """dBTP of 16-bit samples. ``rate`` (Hz) plays no role: four times oversampling suits every rate."""
    del rate
    highest = 0.0
    for start in range(0, len(pcm), _PIECE):
        # Neighbours of the piece go in as well, so that a peak on its edge is seen.
        piece = pcm[max(0, start - _REACH) : start + _PIECE + _REACH].astype(np.float32)
        highest = max(highest, _highest(piece))
    return float(20 * np.log10(highest / 32768)) if highest > 0 else SILENCE


def block_peaks(samples: NDArray[np.float32], known: float) -> tuple[NDArray[np.float32], int]:
    """Peak of each block of ``block`` samples; the second value is ``block``.

    Blocks whose true peak may exceed ``known`` have their true peak (same unit as the samples), the others
    their largest sample. Silence is assumed before and after.
    """
    padded, count = _pad(samples)
    peaks = _sample_peaks(padded, count)
    places = np.flatnonzero(_bounds(peaks) > known)
    peaks[places] = np.maximum(peaks[places], _between(padded, places))
    return peaks, _BLOCK


def _highest(samples: NDArray[np.float32]) -> float:
    padded, count = _pad(samples)
    peaks = _sample_peaks(padded, count)
    bounds = _bounds(peaks)
    known = float(peaks.max(initial=0.0))
    # The few blocks with the largest samples nearly always hold the true peak; the rest is then rarely needed.
    likely = np.flatnonzero(peaks > 0.9 * known)
    known = max(known, float(_between(padded, likely).max(initial=0.0)))
    bounds[likely] = 0.0
    return max(known, float(_between(padded, np.flatnonzero(bounds > known)).max(initial=0.0)))


def _pad(samples: NDArray[np.float32]) -> tuple[NDArray[np.float32], int]:
    """The samples with zeros around them, up to a whole number of blocks, and that number."""
    count = -(-len(samples) // _BLOCK)
    padded = np.zeros(count * _BLOCK + 2 * _BLOCK, np.float32)
    padded[_BLOCK : _BLOCK + len(samples)] = samples
    return padded, count


def _sample_peaks(padded: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    # Floats that are not negative order as their bits do, and NumPy reduces integers faster.
    bits = np.abs(padded[_BLOCK : _BLOCK * (count + 1)]).view(np.int32)
    if not count:
        return np.zeros(0, np.float32)
    return np.maximum.reduceat(bits, np.arange(0, len(bits), _BLOCK)).view(np.float32)


def _bounds(peaks: NDArray[np.float32]) -> NDArray[np.float32]:
    """What the true peak of each block cannot exceed."""
    bounds = peaks.copy()
    np.maximum(bounds[1:], peaks[:-1], out=bounds[1:])
    np.maximum(bounds[:-1], peaks[1:], out=bounds[:-1])
    return bounds * np.float32(_NORM)


def _between(padded: NDArray[np.float32], places: NDArray[np.intp]) -> NDArray[np.float32]:
    """Largest interpolated value of each of the blocks ``places``; shape (len(places),)."""
    first = padded[_BLOCK - _REACH + 1 :]
    step = padded.strides[0]
    windows = as_strided(first, (len(padded) // _BLOCK - 2, _MATRIX.shape[1]), (_BLOCK * step, step))
    largest = np.zeros(len(places), np.float32)
    for start in range(0, len(places), 1024):
        some = places[start : start + 1024]
        values = _MATRIX @ windows[some].T
        largest[start : start + 1024] = np.maximum(values.max(axis=0), -values.min(axis=0))
    return largest


def _kernels() -> NDArray[np.float64]:
    """Windowed sinc for 1/4, 2/4, 3/4 of the way from one sample to the next; shape (3, taps)."""
    taps = np.arange(_TAPS) - (_REACH - 1)
    distance = taps[None, :] - np.array([0.25, 0.5, 0.75])[:, None]
    window = np.i0(_BETA * np.sqrt(np.maximum(0.0, 1 - np.square(distance / _REACH)))) / np.i0(_BETA)
    kernels = np.sinc(distance) * window
    return np.asarray(kernels / kernels.sum(axis=1, keepdims=True), np.float64)


def _matrix() -> NDArray[np.float32]:
    """All interpolated values of a block from the samples in and around it; shape (3 * block, block + taps - 1)."""
    kernels = _kernels()
    matrix = np.zeros((3, _BLOCK, _BLOCK + _TAPS - 1), np.float32)
    for position in range(_BLOCK):
        matrix[:, position, position : position + _TAPS] = kernels
    return matrix.reshape(3 * _BLOCK, -1)


_MATRIX = _matrix()
_NORM = max(1.0, float(np.abs(_kernels()).sum(axis=1).max()))
