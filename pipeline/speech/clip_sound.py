"""What can be told of a recording of speech by looking at its samples: level, noise, width, pitch.

None of these needs a model, and none is certain: each says what it measured, so that a person can judge.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.check.sound import FRAMES_PER_SECOND, Sound, samples_of
from pipeline.model import Pcm

FULL_SCALE_DB = 20 * np.log10(32768)
SPEAKING_DB = 25.0
"""Below the loud frames: what is softer is a pause, a breath or noise."""
ABOVE_NOISE = 0.3
"""Of the way from the quietest frames to the loud ones: what is below is noise, where there is much of it."""
PAUSE_SECONDS = 0.2
"""What is quiet for longer parts two phrases; a stop consonant is not."""
NOISE_SHARE = 0.05
"""Of the frames, the quietest: in any speech of some seconds there are pauses between and within words."""
HEARD_DB = 50.0
"""Below the strongest frequency, on average over the speech: what is weaker is not there."""
PITCHES = (65.0, 420.0)
"""Hz: from low men's voices to children's."""
_VOICED = 0.6
"""Likeness of a frame with itself one period later, from which on it is taken for voiced."""
_PITCH_RATE = 16_000
_PITCH_SECONDS = 0.04
_BANDS_HZ = 250

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ClipSound:
    """What was measured of a recording."""

    seconds: float
    """From the first sound to the last."""
    speech: float
    """Seconds in which somebody speaks."""
    level: float
    """dBFS of the speech (RMS)."""
    peak: float
    """dBFS."""
    clipped: float
    """Share of samples that stand at the recording's own ceiling."""
    noise: float
    """dB that the speech is louder than the quietest moments."""
    bandwidth: float
    """Hz above which there is nothing."""
    longest_pause: float
    """Seconds."""
    pitches: tuple[float, ...]
    """Hz, the median of each phrase that is long enough to have one."""


def measure(audio: Pcm, rate: int) -> ClipSound:
    """Measure a recording that has been trimmed. ``rate`` in Hz."""
    sound = Sound(samples_of(audio), rate)
    speaking = _speaking(sound)
    energy = 10 ** (sound.levels[speaking] / 10)
    level = float(10 * np.log10(energy.mean() + 1e-9)) if len(energy) else 0.0
    pauses = sound.runs(~speaking, PAUSE_SECONDS)
    peak = int(np.abs(audio.astype(np.int32)).max()) if len(audio) else 0
    return ClipSound(
        seconds=len(audio) / rate,
        speech=float(np.count_nonzero(speaking)) / FRAMES_PER_SECOND,
        level=level - FULL_SCALE_DB,
        peak=float(20 * np.log10(max(peak, 1)) - FULL_SCALE_DB),
        clipped=_clipped(audio, peak),
        noise=level - _quiet(sound),
        bandwidth=_bandwidth(audio, rate, speaking),
        longest_pause=max((after - first for first, after in pauses), default=0) / FRAMES_PER_SECOND,
        pitches=tuple(_pitches(audio, rate, pauses, sound.frames)),
    )


def trimmed(audio: Pcm, rate: int, margin: float) -> Pcm:
    """The recording without what is quiet before its first word and after its last but for ``margin`` seconds."""
    sound = Sound(samples_of(audio), rate)
    loud = sound.runs(_speaking(sound), 0.03)
    if not loud:
        return audio[:0]
    hop = rate // FRAMES_PER_SECOND
    first = max(0, loud[0][0] * hop - round(margin * rate))
    return audio[first : loud[-1][1] * hop + round(margin * rate)]


def pause_before(audio: Pcm, rate: int, least: float, most: float) -> float | None:
    """Seconds of the middle of the last pause between ``least`` and ``most``; None when there is none."""
    sound = Sound(samples_of(audio), rate)
    pauses = sound.runs(~_speaking(sound), PAUSE_SECONDS)
    middles = [(first + after) / 2 / FRAMES_PER_SECOND for first, after in pauses]
    return max((middle for middle in middles if least <= middle <= most), default=None)


def _quiet(sound: Sound) -> float:
    """dB of the quietest moments."""
    levels = np.sort(sound.levels)[: max(1, int(NOISE_SHARE * sound.frames))]
    return float(levels.mean()) if len(levels) else 0.0


def _speaking(sound: Sound) -> NDArray[np.bool_]:
    """Which frames are speech."""
    quiet = _quiet(sound)
    least = max(sound.loud - SPEAKING_DB, quiet + ABOVE_NOISE * (sound.loud - quiet))
    speaking: NDArray[np.bool_] = sound.levels > least
    return speaking


def _clipped(audio: Pcm, peak: int) -> float:
    """Samples at the ceiling that stand side by side: a single one is only the loudest."""
    if peak < 1000:
        return 0.0
    at = np.abs(audio.astype(np.int32)) >= peak - 1
    flat = at[1:] & at[:-1] & (np.sign(audio[1:]) == np.sign(audio[:-1]))
    return float(np.count_nonzero(flat)) / max(1, len(audio))


def _bandwidth(audio: Pcm, rate: int, speaking: NDArray[np.bool_]) -> float:
    """The highest frequency that the speech has, by the mean power spectrum of its frames."""
    size = 2 * rate // FRAMES_PER_SECOND
    hop = rate // FRAMES_PER_SECOND
    starts = np.flatnonzero(speaking) * hop
    starts = starts[starts + size <= len(audio)]
    if not len(starts):
        return 0.0
    window = np.hanning(size)
    power: Floats = np.zeros(size // 2 + 1)
    for block in np.array_split(starts, max(1, len(starts) // 500)):
        frames = audio[block[:, None] + np.arange(size)] * window
        power += (np.abs(np.fft.rfft(frames)) ** 2).sum(axis=0)
    width = max(1, round(_BANDS_HZ / (rate / size)))
    count = len(power) // width
    bands = 10 * np.log10(power[: count * width].reshape(count, width).mean(axis=1) + 1e-9)
    return float((np.flatnonzero(bands > bands.max() - HEARD_DB)[-1] + 1) * width * rate / size)


def _pitches(audio: Pcm, rate: int, pauses: list[tuple[int, int]], frames: int) -> list[float]:
    """The median pitch of each phrase that has at least a fifth of a second of voiced sound."""
    import soxr

    low = audio if rate == _PITCH_RATE else soxr.resample(audio, rate, _PITCH_RATE)
    edges = [0, *(edge for pause in pauses for edge in pause), frames]
    hop = _PITCH_RATE // FRAMES_PER_SECOND
    found = []
    for first, after in zip(edges[::2], edges[1::2], strict=True):
        voiced = _voiced(np.asarray(low[first * hop : after * hop], np.float64))
        if len(voiced) >= FRAMES_PER_SECOND // 5:
            found.append(float(np.median(voiced)))
    return found


def _voiced(samples: Floats) -> Floats:
    """The pitch in Hz of each voiced frame, by normalised autocorrelation (Boersma, 1993)."""
    size, hop = round(_PITCH_SECONDS * _PITCH_RATE), _PITCH_RATE // FRAMES_PER_SECOND
    count = (len(samples) - size) // hop + 1
    if count < 1:
        return np.zeros(0)
    window = np.hanning(size)
    frames = samples[np.arange(count)[:, None] * hop + np.arange(size)]
    frames = (frames - frames.mean(axis=1, keepdims=True)) * window
    spectra = np.abs(np.fft.rfft(frames, 2 * size)) ** 2
    likeness = np.fft.irfft(spectra)[:, :size]
    own = np.fft.irfft(np.abs(np.fft.rfft(window, 2 * size)) ** 2)[:size]
    shortest, longest = int(_PITCH_RATE / PITCHES[1]), int(_PITCH_RATE / PITCHES[0])
    lags = np.arange(shortest, min(longest, size - 1))
    scaled = likeness[:, lags] / (likeness[:, :1] + 1e-6) / (own[lags] / own[0])
    best = scaled.max(axis=1)
    # The first lag that is nearly as good as the best one: two periods are alike, too.
    place = np.argmax(scaled >= 0.9 * best[:, None], axis=1)
    forward = np.minimum(place + 1, len(lags) - 1)
    while True:  # up to the top of that hill
        rising = np.take_along_axis(scaled, forward[:, None], 1) > np.take_along_axis(
            scaled, place[:, None], 1
        )
        moving = rising[:, 0] & (forward > place)
        if not moving.any():
            break
        place = np.where(moving, forward, place)
        forward = np.minimum(place + 1, len(lags) - 1)
    loud = likeness[:, 0] > likeness[:, 0].max() * 1e-3
    pitches: Floats = _PITCH_RATE / lags[place[(best > _VOICED) & loud]]
    return pitches
