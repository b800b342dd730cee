"""Loudness after ITU-R BS.1770-5 and EBU R 128, such that measurements of takes add up to that of the book.

The K-weighted energy of a sub-block is computed without filtering a single sample (see ``_Weighting``): a
book of ten hours has 800 million of them, and a measurement must cost about two nanoseconds each.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from math import gcd

import numpy as np
from numpy.typing import NDArray

from pipeline.audio.truepeak import PeakStream, true_peak
from pipeline.model import SILENCE, Loudness, Pcm

FULL_SCALE = 32768.0
"""0 dBFS in 16-bit units."""

_OFFSET = -0.691
"""BS.1770-5, annex 1, equation 2: makes a 997 Hz sine of 0 dBFS in one channel read -3.01 LKFS."""
_ABSOLUTE_GATE = -70.0
"""LUFS: blocks below are silence (BS.1770-5, annex 1)."""
_RELATIVE_GATE = -10.0
"""LU below the mean of the blocks that passed the absolute gate (ibid.)."""
_SUB_BLOCK = 0.1
"""Seconds: a 400 ms block with 75 % overlap is four of these."""
_LOW_BAND = 1000.0
"""Hz: below, the high-pass part of the weighting counts."""
_LAGS_PER_HZ = 1 / 1500
"""Lags of the autocorrelation for each Hz of sample rate: keeps the shelf within 0.02 dB of the standard."""
_PIECE = 1 << 16
"""Samples measured at a time, about, so that the buffers stay small (see truepeak)."""
_METERED = 10
"""Sub-blocks that a ``Meter`` measures at a time, at least: a second."""


def measure(pcm: Pcm | NDArray[np.float32], rate: int, *, between_silences: bool = True) -> Loudness:
    """Loudness and true peak of mono 16-bit samples at ``rate`` Hz; they may be floating point numbers already.

    With ``between_silences`` the audio is measured as it stands in a book, with 300 ms of silence before and
    after: every sub-block of it is then in exactly four blocks, so that the measurements of many takes, even
    of takes shorter than one block, add up to what a meter reads of the whole chapter. Without, it is
    measured as a meter measures a file: only blocks that lie wholly inside count; under 400 ms there is none.
    """
    return Loudness(blocks_of(pcm, rate, between_silences=between_silences), true_peak(pcm))


def blocks_of(pcm: Pcm | NDArray[np.float32], rate: int, *, between_silences: bool = True) -> dict[int, int]:
    """``Loudness.blocks`` alone, where the true peak is known."""
    energies = _energies(pcm, rate)
    if between_silences:
        quiet = np.zeros(3)
        energies = np.concatenate((quiet, energies, quiet))
    else:
        energies = energies[: len(pcm) // _weighting(rate).hop]  # a begun sub-block does not count
    return _histogram(energies)


class Meter:
    """Measures what comes in pieces, as it stands between silences (``measure``); it holds a second of it."""

    def __init__(self, rate: int) -> None:
        """For samples at ``rate`` Hz."""
        self._weighting = _weighting(rate)
        self._waiting = np.zeros(0, np.float32)
        self._energies = [np.zeros(3)]
        self._peaks = PeakStream()
        self._highest = 0.0

    def feed(self, samples: Pcm | NDArray[np.float32]) -> None:
        """The next samples, in 16-bit units."""
        self._highest = max(self._highest, _largest(samples))
        self._highest = max(self._highest, _largest(self._peaks.feed(samples, self._highest)))
        self._waiting = np.concatenate((self._waiting, samples / np.float32(FULL_SCALE)), dtype=np.float32)
        count = (len(self._waiting) - self._weighting.lags) // self._weighting.hop
        if count >= _METERED:
            self._take(count)

    def loudness(self) -> Loudness:
        """Of all that was fed; nothing can be fed after that."""
        hop, lags = self._weighting.hop, self._weighting.lags
        count = -(-len(self._waiting) // hop)
        self._waiting = np.pad(self._waiting, (0, count * hop + lags - len(self._waiting)))
        self._take(count)
        self._highest = max(self._highest, _largest(self._peaks.end(self._highest)))
        peak = float(20 * np.log10(self._highest / FULL_SCALE)) if self._highest > 0 else SILENCE
        return Loudness(_histogram(np.concatenate((*self._energies, np.zeros(3)))), peak)

    def _take(self, count: int) -> None:
        if count:
            size = count * self._weighting.hop
            samples = self._waiting[: size + self._weighting.lags]
            self._energies.append(self._weighting.energies(samples, count))
            self._waiting = self._waiting[size:]


def _largest(samples: Pcm | NDArray[np.float32]) -> float:
    return max(float(samples.max(initial=0)), -float(samples.min(initial=0)))


def total(parts: Iterable[Loudness]) -> Loudness:
    """The loudness of audio that consists of ``parts``, in any order."""
    blocks: dict[int, int] = {}
    peak = SILENCE
    for part in parts:
        peak = max(peak, part.true_peak)
        for level, count in part.blocks.items():
            blocks[level] = blocks.get(level, 0) + count
    return Loudness(blocks, peak)


def add(first: Loudness, second: Loudness) -> Loudness:
    """The loudness of ``first`` and ``second`` together."""
    return total((first, second))


def shift(loudness: Loudness, gain_db: float) -> Loudness:
    """The loudness of the same audio after a constant gain (exact when the gain is in whole 0.1 dB)."""
    steps = round(gain_db * 10)
    blocks = {level + steps: count for level, count in loudness.blocks.items()}
    gated = {level: count for level, count in blocks.items() if level > _ABSOLUTE_GATE * 10}
    peak = loudness.true_peak
    return Loudness(gated, peak + gain_db if peak > SILENCE else SILENCE)


def integrated(loudness: Loudness) -> float:
    """Integrated (programme) loudness in LUFS; ``SILENCE`` when no block passed the absolute gate."""
    if not loudness.blocks:
        return SILENCE
    levels = np.fromiter(loudness.blocks.keys(), np.float64) / 10
    counts = np.fromiter(loudness.blocks.values(), np.float64)
    powers = 10 ** (levels / 10)
    threshold = 10 * np.log10(np.dot(powers, counts) / counts.sum()) + _RELATIVE_GATE
    loud = levels > threshold
    return float(10 * np.log10(np.dot(powers[loud], counts[loud]) / counts[loud].sum()))


def _histogram(energies: NDArray[np.float64]) -> dict[int, int]:
    """Blocks of four neighbouring sub-blocks, counted by loudness in steps of 0.1 LU."""
    if len(energies) < 4:
        return {}
    sums = np.concatenate(([0.0], np.cumsum(energies)))
    means = np.maximum(sums[4:] - sums[:-4], 1e-30) / 4
    levels = _OFFSET + 10 * np.log10(means)
    steps = np.rint(levels[levels > _ABSOLUTE_GATE] * 10).astype(np.int64)
    found, counts = np.unique(steps, return_counts=True)
    return dict(zip(found.tolist(), counts.tolist(), strict=True))


def _energies(pcm: Pcm | NDArray[np.float32], rate: int) -> NDArray[np.float64]:
    """Mean square of every sub-block after K weighting; full scale is 1. Zeros fill up the last one."""
    weighting = _weighting(rate)
    hop, lags = weighting.hop, weighting.lags
    count = -(-len(pcm) // hop)
    energies = np.zeros(count)
    step = max(1, _PIECE // hop)
    buffer = np.empty(min(step, count) * hop + lags, np.float32)
    for first in range(0, count, step):
        size = min(step, count - first)
        samples = buffer[: size * hop + lags]
        piece = pcm[first * hop : first * hop + len(samples)]
        np.multiply(piece, np.float32(1 / FULL_SCALE), out=samples[: len(piece)])
        samples[len(piece) :] = 0
        energies[first : first + size] = weighting.energies(samples, size)
    return energies


@dataclass(frozen=True, slots=True)
class _Weighting:
    """The K weighting of BS.1770-5 as weights of energies, for one sample rate.

    By Parseval's theorem the energy after a filter is that at each frequency times the squared response.
    The squared response of the K filter is that of a shelf, which a cosine series of a few terms follows
    (a cosine series of the spectrum is a weighted sum of the autocorrelation's first lags), less what the
    38 Hz high-pass takes away, all of it below about 1 kHz (which a few bins of a Fourier transform of the
    decimated samples give). Both are matrix products.
    """

    hop: int
    """Samples of a sub-block."""
    lags: int
    series: NDArray[np.float32]
    """Weight of the autocorrelation at each lag, shape (lags + 1,)."""
    factor: int
    """Decimation; divides ``hop``."""
    average: NDArray[np.float32]
    """Shape (factor,): the decimation filter."""
    basis: NDArray[np.float32]
    """Cosines and sines of the low bins, shape (hop / factor, 2 * bins)."""
    losses: NDArray[np.float32]
    """What each of those takes away, shape (2 * bins,)."""

    def energies(self, samples: NDArray[np.float32], count: int) -> NDArray[np.float64]:
        """Mean squares of ``count`` sub-blocks; ``samples`` has ``lags`` more than these hold."""
        size = count * self.hop
        here = samples[:size].reshape(count, 1, self.hop)
        energy = np.zeros(count, np.float64)
        for lag, weight in enumerate(self.series):
            there = samples[lag : lag + size].reshape(count, self.hop, 1)
            energy += weight * np.matmul(here, there)[:, 0, 0]
        low = samples[:size].reshape(-1, self.factor) @ self.average
        bins = low.reshape(count, -1) @ self.basis
        energy -= np.square(bins) @ self.losses
        return np.maximum(energy, 0.0) / self.hop


@lru_cache(maxsize=16)
def _weighting(rate: int) -> _Weighting:
    hop, factor = _decimation(rate)
    lags = max(6, round(rate * _LAGS_PER_HZ))

    frequencies = np.linspace(0.0, rate / 2, 4096)
    shelf = _shelf(frequencies) * _high_pass(np.array([24000.0]))  # far above 38 Hz that is a constant, 1.01
    terms = np.cos(2 * np.pi * np.outer(frequencies / rate, np.arange(lags + 1)))
    # Least squares of the relative error: an error in dB counts the same where the response is small.
    series, *_ = np.linalg.lstsq(terms / shelf[:, None], np.ones(len(frequencies)), rcond=None)

    length = hop // factor
    bins = np.arange(min(int(_LOW_BAND * hop / rate), length // 2 - 1) + 1)
    low = bins * rate / hop
    wanted = _shelf(low) * _high_pass(low)
    followed = np.cos(2 * np.pi * np.outer(low / rate, np.arange(lags + 1))) @ series
    kept = np.square(_moving_average(low, rate, factor))
    sides = np.where(bins > 0, 2.0, 1.0)  # negative frequencies
    losses = (followed - wanted) / kept * sides * factor / length
    angles = 2 * np.pi * np.outer(np.arange(length), bins) / length
    basis = np.concatenate((np.cos(angles), np.sin(angles)), axis=1)

    return _Weighting(
        hop=hop,
        lags=lags,
        series=series.astype(np.float32),
        factor=factor,
        average=np.full(factor, 1 / factor, np.float32),
        basis=basis.astype(np.float32),
        losses=np.concatenate((losses, losses)).astype(np.float32),
    )


def _decimation(rate: int) -> tuple[int, int]:
    """Samples of a sub-block and a factor that divides it and leaves about 3 kHz.

    Sub-blocks are 100 ms wherever such a factor exists (all rates in use but 11025 Hz), else within 0.5 %.
    """
    exact = round(rate * _SUB_BLOCK)
    for factor in sorted(range(max(1, rate // 3600), rate // 2600 + 1), key=lambda f: abs(rate / f - 3000)):
        if gcd(exact, factor) == factor:
            return exact, factor
    factor = max(1, round(rate / 3000))
    return round(exact / factor) * factor, factor


def _moving_average(frequencies: NDArray[np.float64], rate: int, length: int) -> NDArray[np.float64]:
    """Amplitude response of the mean of ``length`` samples."""
    return np.abs(np.sinc(frequencies * length / rate) / np.sinc(frequencies / rate))


def _shelf(frequencies: NDArray[np.float64]) -> NDArray[np.float64]:
    """Squared response at ``frequencies`` (Hz) of the first stage of the K weighting: +4 dB above 2 kHz.

    The coefficients are those of BS.1770-5, annex 1, table 1, for 48 kHz. As energies are weighted by
    frequency and nothing is filtered, the same response serves audio of every other rate, as if it had been
    resampled to 48 kHz first.
    """
    return _biquad(
        (1.53512485958697, -2.69169618940638, 1.19839281085285),
        (1.0, -1.69065929318241, 0.73248077421585),
        np.minimum(frequencies / 48000, 0.5),
    )


def _high_pass(frequencies: NDArray[np.float64]) -> NDArray[np.float64]:
    """Squared response of the second stage, a high-pass at 38 Hz (ibid., table 2)."""
    return _biquad(
        (1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621), np.minimum(frequencies / 48000, 0.5)
    )


def _biquad(
    upper: tuple[float, float, float], lower: tuple[float, float, float], cycles: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Squared response at ``cycles`` per sample."""
    z = np.exp(-2j * np.pi * cycles)
    response = (upper[0] + upper[1] * z + upper[2] * z * z) / (lower[0] + lower[1] * z + lower[2] * z * z)
    return np.asarray(np.square(np.abs(response)), np.float64)
