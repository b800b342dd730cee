"""True peak after ITU-R BS.1770-5, annex 2: the peak of the signal between its samples.

Four times oversampled, but only in places where the signal can exceed what is already known: no interpolated
value is larger than the largest sample the filter sees times the filter's L1 norm, so leaving out the rest is
exact.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from pipeline.model import SILENCE, Pcm

_TAPS = 16
"""Samples each interpolated value is made of; BS.1770-5 has 12."""
_REACH = _TAPS // 2
_BETA = 6.0
"""Of the Kaiser window: flat within 0.1 dB up to 0.41 of the sample rate."""
BLOCK = 32
"""Samples looked at together: few enough to skip most of speech, enough to make the matrix product pay."""
_PIECE = 1 << 15
"""Samples looked at at a time; a multiple of ``BLOCK``. The buffers then stay in the processor's cache, and
are too small for the allocator to hand them back to the system each time and fetch them again, which would
cost more than all the arithmetic."""


def true_peak(pcm: Pcm | NDArray[np.float32]) -> float:
    """dBTP of mono 16-bit samples of any rate; ``SILENCE`` for none but zeros."""
    highest = float(max(int(pcm.max(initial=0)), -int(pcm.min(initial=0))))
    for peaks, padded in _pieces(pcm):
        places = np.flatnonzero(_bounds(peaks) > highest)
        highest = max(highest, float(_between(padded, places).max(initial=0.0)))
    return float(20 * np.log10(highest / 32768)) if highest > 0 else SILENCE


def block_peaks(pcm: Pcm | NDArray[np.float32], known: float) -> NDArray[np.float32]:
    """Peak of each ``BLOCK`` of mono 16-bit samples, in 16-bit units; silence is assumed before and after.

    Blocks whose true peak may exceed ``known`` have their true peak, the others their largest sample.
    """
    found = [np.zeros(0, np.float32)]
    for peaks, padded in _pieces(pcm):
        places = np.flatnonzero(_bounds(peaks) > known)
        peaks[places] = np.maximum(peaks[places], _between(padded, places))
        found.append(peaks)
    return np.concatenate(found)


class PeakStream:
    """``block_peaks`` of samples that come in pieces: each block's peak as soon as the block after it is there."""

    def __init__(self) -> None:
        """Silence is assumed before the first piece."""
        self._before = np.zeros(BLOCK, np.float32)
        self._rest = np.zeros(0, np.float32)

    def feed(self, samples: Pcm | NDArray[np.float32], known: float) -> NDArray[np.float32]:
        """The peaks of the next blocks; ``known`` as of ``block_peaks``."""
        self._rest = np.concatenate((self._rest, samples), dtype=np.float32)
        settled = (len(self._rest) // BLOCK - 1) * BLOCK
        if settled <= 0:
            return np.zeros(0, np.float32)
        window = np.concatenate((self._before, self._rest[: settled + BLOCK]))
        self._before, self._rest = self._rest[settled - BLOCK : settled], self._rest[settled:]
        return block_peaks(window, known)[1:-1]

    def end(self, known: float) -> NDArray[np.float32]:
        """The peaks of the blocks that are left, silence after them."""
        return block_peaks(np.concatenate((self._before, self._rest)), known)[1:]


def _pieces(
    pcm: Pcm | NDArray[np.float32],
) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """The sample peak of each block of a piece, and its samples with one block of neighbours on either side.

    The samples' buffer is used again for the next piece.
    """
    size = min(_PIECE, -(-len(pcm) // BLOCK) * BLOCK)
    buffer = np.empty(size + 2 * BLOCK, np.float32)
    absolute = np.empty(size, np.float32)
    for start in range(0, len(pcm), size or 1):
        blocks = -(-min(size, len(pcm) - start) // BLOCK)
        padded = buffer[: (blocks + 2) * BLOCK]
        lead = min(BLOCK, start)
        samples = pcm[start - lead : start + (blocks + 1) * BLOCK]
        first, last = BLOCK - lead, BLOCK - lead + len(samples)
        padded[:first] = 0
        padded[first:last] = samples
        padded[last:] = 0
        # Floats that are not negative order as their bits do, and NumPy reduces integers faster.
        bits = np.abs(padded[BLOCK:-BLOCK], out=absolute[: blocks * BLOCK]).view(np.int32)
        yield np.maximum.reduceat(bits, np.arange(0, len(bits), BLOCK)).view(np.float32), padded


def _bounds(peaks: NDArray[np.float32]) -> NDArray[np.float32]:
    """What the true peak of each block of a piece cannot exceed."""
    bounds = peaks.copy()
    np.maximum(bounds[1:], peaks[:-1], out=bounds[1:])
    np.maximum(bounds[:-1], peaks[1:], out=bounds[:-1])
    bounds *= np.float32(_NORM)
    bounds[0] = bounds[-1] = np.inf  # their neighbours belong to another piece
    return bounds


def _between(padded: NDArray[np.float32], places: NDArray[np.intp]) -> NDArray[np.float32]:
    """Largest interpolated value of each of the blocks ``places``; shape (len(places),)."""
    first = padded[BLOCK - _REACH + 1 :]
    step = padded.strides[0]
    windows = as_strided(first, (len(padded) // BLOCK - 2, _MATRIX.shape[1]), (BLOCK * step, step))
    largest = np.zeros(len(places), np.float32)
    for start in range(0, len(places), 256):
        values = _MATRIX @ windows[places[start : start + 256]].T
        largest[start : start + 256] = np.maximum(values.max(axis=0), -values.min(axis=0))
    return largest


def _kernels() -> NDArray[np.float64]:
    """Windowed sinc for 1/4, 2/4, 3/4 of the way from one sample to the next; shape (3, taps)."""
    taps = np.arange(_TAPS) - (_REACH - 1)
    distance = taps[None, :] - np.array([0.25, 0.5, 0.75])[:, None]
    window = np.i0(_BETA * np.sqrt(np.maximum(0.0, 1 - np.square(distance / _REACH)))) / np.i0(_BETA)
    kernels = np.sinc(distance) * window
    return np.asarray(kernels / kernels.sum(axis=1, keepdims=True), np.float64)


def _matrix() -> NDArray[np.float32]:
    """Makes all interpolated values of a block from its samples and those around it; rows are the values."""
    kernels = _kernels()
    matrix = np.zeros((3, BLOCK, BLOCK + _TAPS - 1), np.float32)
    for position in range(BLOCK):
        matrix[:, position, position : position + _TAPS] = kernels
    return matrix.reshape(3 * BLOCK, -1)


_MATRIX = _matrix()
_NORM = max(1.0, float(np.abs(_kernels()).sum(axis=1).max()))
