"""The limiter of ``pipeline.audio.gain`` for sound that comes in pieces and is never there as a whole.

However it is cut into pieces, it gives the samples that ``gain.limit`` gives of the whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import ceil

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from pipeline.audio.gain import LOOK_AHEAD, MARGIN, RELEASE, round_into
from pipeline.audio.truepeak import BLOCK, PeakStream
from pipeline.model import Pcm

_PIECE = 1 << 15
"""Samples worked on at a time, at least: a multiple of ``BLOCK``."""


def limited(pieces: Iterable[NDArray[np.float32]], rate: int, ceiling: float) -> Iterator[Pcm]:
    """``pieces`` of sound at ``rate`` Hz, in 16-bit units, as 16-bit samples of at most ``ceiling`` dBTP."""
    limiter = _Limiter(rate, ceiling)
    for piece in pieces:
        for start in range(0, len(piece), _PIECE):
            if len(made := limiter.feed(piece[start : start + _PIECE])):
                yield made
    if len(made := limiter.end()):
        yield made


class _Limiter:
    """Holds back what it needs to look ahead, about three times ``LOOK_AHEAD``."""

    def __init__(self, rate: int, ceiling: float) -> None:
        self._highest = 32768 * 10 ** ((ceiling - MARGIN) / 20)
        self._peaks = PeakStream()
        self._reduction = _Reduction(rate)
        self._waiting = np.zeros(0, np.float32)
        self._edges = np.zeros(0)
        """Reduction in dB at the edges of the blocks that are waiting, as far as it is known."""

    def feed(self, samples: NDArray[np.float32]) -> Pcm:
        self._waiting = np.concatenate((self._waiting, samples))
        needed = self._needed(self._peaks.feed(samples, self._highest))
        return self._given(self._reduction.feed(needed))

    def end(self) -> Pcm:
        needed = self._needed(self._peaks.end(self._highest))
        return self._given(np.concatenate((self._reduction.feed(needed), self._reduction.end())))

    def _needed(self, peaks: NDArray[np.float32]) -> NDArray[np.float64]:
        """dB by which each block exceeds what is allowed."""
        return np.asarray(20 * np.log10(np.maximum(peaks / self._highest, 1.0)), np.float64)

    def _given(self, edges: NDArray[np.float64]) -> Pcm:
        """The samples of the blocks that have both their edges."""
        self._edges = np.concatenate((self._edges, edges))
        blocks = max(0, len(self._edges) - 1)
        samples, self._waiting = self._waiting[: blocks * BLOCK], self._waiting[blocks * BLOCK :]
        gains = (10 ** (-self._edges / 20)).astype(np.float32)
        self._edges = self._edges[blocks:]
        made = np.empty(len(samples), np.int16)
        if not len(samples):
            return made
        if (gains == 1.0).all():
            round_into(samples.copy(), made)
            return made
        curve = np.multiply.outer(np.diff(gains), np.arange(BLOCK, dtype=np.float32) / BLOCK)
        curve += gains[:-1, None]
        round_into(samples * curve.reshape(-1)[: len(samples)], made)
        return made


class _Reduction:
    """What ``gain`` calls reduction: held on both sides, let go with a constant slope, smoothed; in dB."""

    def __init__(self, rate: int) -> None:
        self._reach = max(1, ceil(LOOK_AHEAD * rate / BLOCK))
        self._slope = RELEASE * BLOCK / rate
        window = np.hanning(2 * self._reach + 3)[1:-1]
        self._window = window / window.sum()
        self._need = 0.0
        """Of the last block."""
        self._before = np.zeros(self._reach)
        """What the last edges need."""
        self._state = 0.0
        """The last edge, held and let go."""
        self._held: NDArray[np.float64] | None = None

    def feed(self, needed: NDArray[np.float64]) -> NDArray[np.float64]:
        """The reduction at the next edges between blocks, given what the next blocks need."""
        if not len(needed):
            return np.zeros(0)
        edges = np.maximum(np.concatenate(([self._need], needed[:-1])), needed)
        self._need = float(needed[-1])
        return self._smoothed(self._let_go(edges))

    def end(self) -> NDArray[np.float64]:
        """The reduction at the last edges."""
        rest = self._let_go(np.concatenate(([self._need], np.zeros(self._reach))))
        last = rest[-1] if len(rest) else self._state
        return self._smoothed(np.concatenate((rest, np.full(self._reach, last))))

    def _let_go(self, edges: NDArray[np.float64]) -> NDArray[np.float64]:
        around = np.concatenate((self._before, edges))
        size = 2 * self._reach + 1
        self._before = around[max(0, len(around) - size + 1) :]
        if len(around) < size:
            return np.zeros(0)
        held = sliding_window_view(around, size).max(axis=1)
        slope = self._slope * np.arange(len(held) + 1)
        let_go = np.maximum.accumulate(np.concatenate(([self._state], held)) + slope) - slope
        self._state = float(let_go[-1])
        return np.asarray(let_go[1:], np.float64)

    def _smoothed(self, held: NDArray[np.float64]) -> NDArray[np.float64]:
        if not len(held):
            return held
        before = np.full(self._reach, held[0]) if self._held is None else self._held
        around = np.concatenate((before, held))
        size = len(self._window)
        self._held = around[max(0, len(around) - size + 1) :]
        if len(around) < size:
            return np.zeros(0)
        return np.maximum(np.convolve(around, self._window, "valid"), 0.0)


__all__ = ["limited"]
