"""What a stretch of speech sounds like: mel-frequency cepstral coefficients (MFCC).

S. Davis, P. Mermelstein: Comparison of parametric representations for monosyllabic word recognition in
continuously spoken sentences, IEEE Trans. ASSP 28 (1980) 357-366; the mel scale as HTK computes it (S. Young
et al.: The HTK Book, 5.4): ``2595 log10(1 + f / 700)``.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import soxr
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from pipeline.model import Pcm

Features = NDArray[np.float32]
"""One row for each frame."""

HOP = 0.01
"""Seconds from one frame to the next."""
WINDOW = 0.025
"""Seconds that a frame looks at."""
COEFFICIENTS = 13
BANDS = 40
RATE = 16_000
"""Hz: every recording is brought to this sample rate first, so that all can be compared."""
LOWEST, HIGHEST = 60.0, 7600.0
"""Hz: below is no speech; what is above many recordings lack."""
FLOOR = 1e-7
"""Power of a band, of that of a sine at full scale, below which nothing is heard: -70 dB."""
_PREEMPHASIS = 0.97
_BLOCK = 1024
"""Frames that are transformed together, so that memory does not grow with the length."""


def mfcc(
    audio: Pcm,
    sample_rate: int,
    hop: float = HOP,
    *,
    coefficients: int = COEFFICIENTS,
    window: float = WINDOW,
    highest: float = HIGHEST,
) -> Features:
    """MFCCs of mono ``audio``: float32, shape (frames, coefficients).

    Frame ``k`` looks at ``window`` seconds around ``k * hop`` seconds, so there are
    ``1 + floor(duration / hop)`` of them; beyond the ends is silence. The first coefficient is the loudness.
    Recordings with different sample rates (Hz) can be compared; ``highest`` is where the lower of them ends.
    """
    bands = log_mel(audio, sample_rate, hop, window=window, highest=highest)
    return np.asarray(bands @ cosines(bands.shape[1], coefficients))


def log_mel(
    audio: Pcm,
    sample_rate: int,
    hop: float = HOP,
    *,
    window: float = WINDOW,
    highest: float = HIGHEST,
    floor: float = FLOOR,
) -> Features:
    """Natural logarithms of the power in ``BANDS`` mel bands: float32, shape (frames, BANDS).

    ``floor`` is the power that is added to each.
    """
    frames = frame_count(len(audio), sample_rate, hop)
    if sample_rate != RATE:
        audio = soxr.resample(audio, sample_rate, RATE, "HQ")
    size = round(window * RATE)
    fft_size = 1 << (size - 1).bit_length()
    taper = np.hamming(size).astype(np.float32)
    # A sine at full scale in one band has power 1.
    bank = _filters(fft_size, highest) * np.float32((2 / (32768 * float(taper.sum()))) ** 2)
    result = np.empty((frames, BANDS), np.float32)
    for begin in range(0, frames, _BLOCK):
        firsts = np.rint(np.arange(begin, min(begin + _BLOCK, frames)) * (hop * RATE)).astype(np.int64)
        signal = _emphasised(audio, int(firsts[0]) - size // 2, int(firsts[-1]) - size // 2 + size)
        pieces = sliding_window_view(signal, size)[firsts - firsts[0]] * taper
        spectrum = np.fft.rfft(pieces, fft_size)
        power = spectrum.real**2 + spectrum.imag**2
        result[begin : begin + len(firsts)] = np.log(power @ bank + np.float32(floor))
    return result


def speech_level(audio: Pcm, sample_rate: int) -> float:
    """Mean power of speech, 1 being a square wave at full scale: the 95th percentile over stretches of 25 ms."""
    size = max(1, round(WINDOW * sample_rate))
    whole = audio[: len(audio) // size * size].reshape(-1, size)
    if not len(whole):
        return 0.0
    power = np.einsum("ij,ij->i", whole, whole, dtype=np.float64) / size
    return float(np.percentile(power, 95)) / 32768**2


def frame_count(samples: int, sample_rate: int, hop: float) -> int:
    """How many frames audio of so many samples has."""
    return 1 + int(samples / (hop * sample_rate) + 1e-6)


def _emphasised(audio: Pcm, first: int, last: int) -> Features:
    """Samples ``first`` to ``last - 1``, high frequencies raised; silence beyond the ends."""
    begin, end = max(first - 1, 0), min(last, len(audio))
    piece = np.zeros(last - first + 1, np.float32)
    if end > begin:
        piece[begin - first + 1 : end - first + 1] = audio[begin:end]
    return np.asarray(piece[1:] - np.float32(_PREEMPHASIS) * piece[:-1])


@cache
def _filters(fft_size: int, highest: float) -> Features:
    """Triangles of equal width in mel, shape (fft_size // 2 + 1, BANDS)."""
    edges = _hertz(np.linspace(_mel(LOWEST), _mel(highest), BANDS + 2))
    # A triangle is never narrower than two lines of the spectrum: a band without any would be deaf.
    line = RATE / fft_size
    lines = np.arange(fft_size // 2 + 1) * line
    low = np.minimum(edges[:-2], edges[1:-1] - line)
    high = np.maximum(edges[2:], edges[1:-1] + line)
    rising = (lines[:, None] - low) / (edges[1:-1] - low)
    falling = (high - lines[:, None]) / (high - edges[1:-1])
    return np.asarray(np.clip(np.minimum(rising, falling), 0, None), np.float32)


def _mel(hertz: float) -> float:
    return 2595 * float(np.log10(1 + hertz / 700))


def _hertz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    return 700 * (10 ** (mel / 2595) - 1)


@cache
def cosines(bands: int, coefficients: int) -> Features:
    """The orthonormal DCT-II that makes coefficients of bands, shape (bands, coefficients)."""
    at = (np.arange(bands) + 0.5)[:, None] * np.arange(coefficients)[None, :] * np.pi / bands
    table = np.cos(at) * np.sqrt(2 / bands)
    table[:, 0] /= np.sqrt(2)
    return np.asarray(table, np.float32)
