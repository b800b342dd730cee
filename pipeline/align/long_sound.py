"""What hours of speech sound like, roughly and in little memory: the sketch that passages are looked for in.

A frame of 40 ms is eight cepstral coefficients and the loudness, of which only frames that sound are kept. Each
coefficient is compared with its own mean and spread over the seconds around it, so that voice, room and equalising
drop out (cepstral mean and variance normalisation over a sliding window: O. Viikki, K. Laurila, Speech
Communication 25 (1998) 133-147), and each frame is scaled to length one: the distance of two frames is one minus the
cosine of the angle between them. Measured with human narrators against espeak's reading: 0.40 to 0.50 a frame
along the path where a passage is read, 0.59 and more elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pipeline.align.mfcc import HOP as FINE_HOP
from pipeline.align.mfcc import log_mel
from pipeline.model import Pcm

Rows = NDArray[np.float32]
"""One row for each frame that sounds, of length one each."""
Index = NDArray[np.int32]

HOP = 0.04
"""Seconds of a frame."""
FRAMES_PER_SECOND = 25
COEFFICIENTS = 9
"""With the first, the loudness. More describe the voice rather than what it says."""
_SUBFRAMES = 2
"""Spectra are taken so often within a frame, and averaged."""
_BLOCK_SECONDS = 60
"""What is loud is judged within a minute: narrators lean back, files are mastered differently."""
_RANGE = 8.0
"""Bands that are so much weaker (natural logarithm of power: 35 dB) than the loud are noise, and cut there."""
_SOUNDS = 5.0
"""A frame sounds when its strongest band is not so much weaker (22 dB) than the loud ones of its minute."""
_QUIETEST_LOUD = 4.0
"""A minute whose loud frames are so much weaker (17 dB) than the recording's is not held to be speech."""
_SPREAD_SECONDS = 3.0
"""Mean and spread are taken over so many seconds before and after a frame."""
_PIECE = 20_000
"""Frames that are normalised at once."""
_HEARD = float(np.log(1e-6))
"""What is weaker than that (-60 dB of full scale in its strongest band) is silence, whatever else there is."""
_LOUD_SHARE = 95
"""Percentile of loudness that counts as loud."""


@dataclass(frozen=True, slots=True, eq=False)
class Sketch:
    """What a recording, or a reading, sounds like."""

    rows: Rows
    """Shape (sounding frames, COEFFICIENTS)."""
    frames: Index
    """The number of each row's frame, ascending."""
    length: int
    """Frames in all."""

    def __len__(self) -> int:
        """How many frames sound."""
        return len(self.frames)

    def second(self, row: int) -> float:
        """When the row's frame begins; for the one after the last, when that ends."""
        if row < len(self.frames):
            return float(self.frames[max(0, row)]) * HOP
        return (float(self.frames[-1]) + 1) * HOP if len(self.frames) else self.length * HOP

    def end_second(self, row: int) -> float:
        """When the row's frame ends."""
        return (float(self.frames[min(row, len(self.frames) - 1)]) + 1) * HOP

    def row_at(self, second: float) -> int:
        """The first row that is not before that time."""
        return int(np.searchsorted(self.frames, int(second / HOP + 1e-6)))


class Sketcher:
    """Draws a sketch of audio that comes in blocks, mono at ``sample_rate`` Hz (a multiple of 50)."""

    def __init__(self, sample_rate: int) -> None:
        """Nothing was heard yet."""
        self._rate = sample_rate
        self._waiting: list[Pcm] = []
        self._count = 0
        self._cepstra: list[Rows] = []
        self._loudness: list[Rows] = []
        self._loud: list[float] = []

    def hear(self, block: Pcm) -> None:
        """The next samples."""
        self._waiting.append(block)
        self._count += len(block)
        minute = _BLOCK_SECONDS * self._rate
        if self._count < minute:
            return
        audio = np.concatenate(self._waiting)
        while len(audio) >= minute:
            self._describe(audio[:minute])
            audio = audio[minute:]
        self._waiting, self._count = [audio], len(audio)

    def sketch(self) -> Sketch:
        """All that was heard."""
        if self._count:
            self._describe(np.concatenate(self._waiting))
        self._waiting, self._count = [], 0
        if not self._cepstra:
            return Sketch(np.zeros((0, COEFFICIENTS), np.float32), np.zeros(0, np.int32), 0)
        cepstra, loudness = np.concatenate(self._cepstra), np.concatenate(self._loudness)
        usual = float(np.percentile(loudness, _LOUD_SHARE))
        loud = np.repeat(self._loud, [len(block) for block in self._loudness])
        sounds = loudness > np.maximum(np.maximum(loud, usual - _QUIETEST_LOUD) - _SOUNDS, _HEARD)
        frames = np.flatnonzero(sounds).astype(np.int32)
        return Sketch(_normalised(cepstra, sounds)[frames], frames, len(cepstra))

    def _describe(self, audio: Pcm) -> None:
        bands = log_mel(audio, self._rate, 2 * FINE_HOP)
        count = max(1, len(audio) * FRAMES_PER_SECOND // self._rate)
        bands = bands[: count * _SUBFRAMES]
        if len(bands) < count * _SUBFRAMES:
            bands = np.concatenate([bands, np.repeat(bands[-1:], count * _SUBFRAMES - len(bands), 0)])
        bands = bands.reshape(count, _SUBFRAMES, -1)
        loud = float(np.percentile(bands.max(2), _LOUD_SHARE))
        bands = np.maximum(bands, loud - _RANGE).mean(1)
        self._cepstra.append(bands @ _cosines(bands.shape[1]))
        self._loudness.append(bands.max(1))
        self._loud.append(loud)


def _normalised(cepstra: Rows, sounds: NDArray[np.bool_]) -> Rows:
    """Each frame less the mean and by the spread of the sounding frames around it, at length one."""
    around = round(_SPREAD_SECONDS * FRAMES_PER_SECOND)
    result = np.empty_like(cepstra)
    for begin in range(0, len(cepstra), _PIECE):
        first, last = max(0, begin - around), min(len(cepstra), begin + _PIECE + around)
        weights = sounds[first:last].astype(np.float64)[:, None]
        values = cepstra[first:last].astype(np.float64)
        sums = [
            np.concatenate([np.zeros((1, part.shape[1])), np.cumsum(part, 0)])
            for part in (weights, values * weights, values**2 * weights)
        ]
        at = np.arange(begin, min(len(cepstra), begin + _PIECE)) - first
        low, high = np.maximum(at - around, 0), np.minimum(at + around + 1, last - first)
        number, total, squares = (part[high] - part[low] for part in sums)
        number = np.maximum(number, 1.0)
        mean = total / number
        spread = np.sqrt(np.maximum(squares / number - mean**2, 1e-4))
        piece = (values[at] - mean) / spread
        result[at + first] = piece / np.maximum(np.linalg.norm(piece, axis=1, keepdims=True), 1e-6)
    return result


def _cosines(bands: int) -> Rows:
    """The orthonormal DCT-II, shape (bands, COEFFICIENTS)."""
    at = (np.arange(bands) + 0.5)[:, None] * np.arange(COEFFICIENTS)[None, :] * np.pi / bands
    return np.asarray(np.cos(at) * np.sqrt(2 / bands), np.float32)


def pauses(frames: Index) -> Index:
    """How many frames of silence lie before each row (and, as the last entry, one more 0)."""
    return np.concatenate([[0], np.diff(frames) - 1, [0]]).astype(np.int32)


def stretches(marked: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """The runs of True: first index, and one after the last."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], marked, [False]]).astype(np.int8)))
    return [(int(first), int(last)) for first, last in list(pairwise(edges))[::2]]
