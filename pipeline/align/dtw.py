"""Known words found by comparing a recording with espeak's reading of them. Needs no model.

The idea is aeneas' (A. Pettarin: https://github.com/readbeyond/aeneas): what a synthesiser says of the same
words is warped onto the recording, and the times of its words with it. What differs here:

- Frames are compared by what tells sounds apart and not speakers (``pipeline.align.discriminant``).
- Pauses are the recording's own (``pipeline.align.states``).
- The reading is about as fast as the recording, has its colour and its noise, so that soft sounds are compared
  as far as they can be heard.
- From a first, coarse path it learns how this speaker sounds: a linear map of the reading's features onto the
  recording's (as in C. Leggetter, P. Woodland: Maximum likelihood linear regression for speaker adaptation,
  Computer Speech and Language 9 (1995) 171-185). Then it looks for the fine path near the coarse one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from pipeline.align.discriminant import HOP, cepstra, told_apart
from pipeline.align.mfcc import FLOOR, HIGHEST, RATE, Features, log_mel, speech_level
from pipeline.align.reading import Reading, read
from pipeline.align.states import States, pause_expected, states_of
from pipeline.align.viterbi import NEVER, Costs, Path, best_path
from pipeline.errors import AlignFailed
from pipeline.model import Pcm, Timing, Word

EVERY = 2
"""The coarse path is looked for in every so-many-th frame, of the recording and of the reading."""
COARSE_WIDTH = 1200
"""States around the diagonal in which the coarse path is looked for: twelve seconds of reading."""
BAND = 0.4
"""Seconds of reading on either side of the coarse path in which the fine one is looked for."""
ALIKE = 0.005
"""The cost of a pair of frames for each unit of their squared distance."""
UNLIKE = 6.0
"""No pair costs more: a noise must not decide where everything else is."""
NOISE_LEVEL, SPEECH_LEVEL = 3, 95
"""Percentiles of the frames' loudness that are taken for the level of the noise and of speech."""
SPEECH_FROM = 0.2
"""Between the two, from where on a frame is surely speech."""
QUIET_COST = 3.0
"""What it costs the coarse path to take a frame at the level of speech for a pause; breath and noise are."""
LEAST_QUIET = 0.04
"""The level of pauses is never known better than this."""
LOUDEST_QUIET = 1.5
"""The most that it costs the fine path to take a frame for a pause."""
PULL = 0.02
"""How much the map of a speaker is pulled towards none at all, relative to what it is learned from."""
LEVEL = 10 ** (-20 / 10)
"""Of speech, for which the floor of the bands is meant."""
INDEPENDENT = 40
"""Frames a second that say something of their own; the others overlap with them (1 / ``WINDOW``)."""
CLOSURE, LONGEST_CLOSURE = 10, 30
"""Frames for which a stop closes the mouth at least (50 ms), and two that meet at most (150 ms)."""
CLOSED = 0.2
"""Of the range from noise to speech, how much louder than at its quietest a closure may be."""
LEAST_LIKENESS = 0.1
"""Below it, what is heard cannot be the words."""
RATES = (0.6, 2.0)
"""Slowest and fastest reading, relative to espeak's own speed."""
RATE_STEP = 0.1


class DtwAligner:
    """Compares with espeak's reading of the same words."""

    name: ClassVar[str] = "dtw"

    def align(self, audio: Pcm, sample_rate: int, words: Sequence[Word], language: str) -> tuple[Timing, ...]:
        """As ``Aligner.align``. Raises ``AlignFailed`` as well when what is heard is not like these words."""
        found = compare(audio, sample_rate, words, language)
        if found.likeness < LEAST_LIKENESS:
            raise AlignFailed("What is heard is not like the words that are to be found.")
        return found.timings


@dataclass(frozen=True, slots=True)
class Comparison:
    """Words where they fit a recording best."""

    timings: tuple[Timing, ...]
    """One for each word, as ``Aligner.align`` gives them."""
    likeness: float
    """How much of what is heard the words account for, at most 1: the adjusted coefficient of determination of
    the map of the speaker. Narrators and espeak's voices have 0.3 to 0.9, noise and other words below 0.2."""


def compare(audio: Pcm, sample_rate: int, words: Sequence[Word], language: str) -> Comparison:
    """Find ``words`` in ``audio`` as ``Aligner.align`` does, whatever is heard there.

    Time grows with the length of the audio; memory by about 40 MB for a second minute and each further one.
    """
    spoken = [index for index, word in enumerate(words) if word.spoken]
    if not spoken:
        return Comparison(tuple(Timing(0.0, 0.0) for _ in words), 1.0)
    if not np.any(audio):
        raise AlignFailed("Nothing is heard in which words could be found.")
    highest = min(HIGHEST, 0.47 * min(sample_rate, RATE))
    heard = _Heard(_bands(audio, sample_rate, highest))
    reading = _reading_as_fast(words, language, heard)
    bands = _bands(reading.audio, reading.sample_rate, highest)
    starts, ends, likeness = _found(heard, bands, reading, words, spoken)
    return Comparison(_timings(len(words), spoken, starts, ends, len(audio) / sample_rate), likeness)


def _bands(audio: Pcm, sample_rate: int, highest: float) -> Features:
    """Mel bands, the same for soft audio as for loud."""
    floor = FLOOR * speech_level(audio, sample_rate) / LEVEL
    return log_mel(audio, sample_rate, HOP, highest=highest, floor=max(floor, 1e-12))


class _Heard:
    """A recording, frame by frame."""

    def __init__(self, bands: Features) -> None:
        self.bands = bands
        loudness = np.log(np.exp(bands).mean(1))
        low, high = np.percentile(loudness, (NOISE_LEVEL, SPEECH_LEVEL))
        self.level: Costs = np.asarray((loudness - low) / max(high - low, 1.0), np.float32)
        """How loud each frame is, from 0 for noise to 1 for speech, shape (frames,)."""
        speech = self.level > SPEECH_FROM
        self.speech: NDArray[np.bool_] = speech if speech.any() else ~speech
        """Where somebody surely speaks; everywhere where it is as loud throughout."""
        self.noise: Features = np.asarray(np.percentile(bands, 5, axis=0), np.float32)
        """The level of the noise in each band, shape (bands,)."""
        self.features = told_apart(cepstra(bands), self.speech)


def _reading_as_fast(words: Sequence[Word], language: str, heard: _Heard) -> Reading:
    """espeak's reading, about as fast as what is heard."""
    reading = read(words, language)
    said = sum(timing.end - timing.start for timing in reading.timings)
    rate = said / max(float(heard.speech.sum()) * HOP, HOP)
    rate = min(max(round(rate / RATE_STEP) * RATE_STEP, RATES[0]), RATES[1])
    return reading if abs(rate - 1) < RATE_STEP / 2 else read(words, language, rate=rate)


def _found(
    heard: _Heard, bands: Features, reading: Reading, words: Sequence[Word], spoken: Sequence[int]
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Starts and ends of the spoken words in seconds, shape (spoken words,) each, and the likeness.

    ``bands`` are those of the reading.
    """
    timings = [reading.timings[index] for index in spoken]
    # Where who reads may pause: by the punctuation, and where espeak does too.
    followed = [after.start > timing.end for timing, after in pairwise(timings)]
    pauses = [
        pause_expected(words[index].text) or pause
        for index, pause in zip(spoken, [*followed, True], strict=True)
    ]
    fine = states_of(timings, pauses, len(bands), HOP)
    coarse = states_of(timings, pauses, len(bands), HOP, EVERY)
    said = np.zeros(len(bands), np.bool_)
    said[fine.frames[~fine.quiet]] = True
    model = told_apart(cepstra(_as_heard(bands, said, heard)), said)

    voice = heard.features
    quiet = np.asarray(QUIET_COST * np.clip(heard.level, 0, 1) ** 2, np.float32)
    path = _coarse_path(heard, model, coarse, quiet[::EVERY])
    near = np.interp(np.arange(len(voice)) / EVERY, np.arange(len(path)), _same(coarse, fine)[path])
    at = np.rint(near).astype(np.intp)

    pausing = fine.quiet[at]
    adapted = _adapted(model, fine.frames[at[~pausing]], voice[~pausing])
    path = _fine_path(voice, adapted, fine, _quiet_costs(heard.level, pausing), at)
    starts = np.searchsorted(path, fine.first, "left").astype(np.float64)
    ends = np.searchsorted(path, fine.last, "right").astype(np.float64)
    for place, index in enumerate(spoken):
        if index in reading.meeting_stops:
            starts[place] = _between_stops(heard.level, float(starts[place]))
            ends[place - 1] = min(ends[place - 1], starts[place])
    said_by = ~fine.quiet[path]
    likeness = _likeness(voice[said_by], adapted[fine.frames[path[said_by]]])
    return (starts - 0.5) * HOP, (ends - 0.5) * HOP, likeness


def _between_stops(level: Costs, found: float) -> float:
    """Where a word begins with a stop right after another stop, found to begin in frame ``found``.

    espeak releases the first of the two. People mostly do not: they close once for both, and where in this silence
    the words meet is not to be heard; it is then held to be in its middle. Where less than the closure of the
    second is closed before ``found``, the first was released.
    """
    at = min(max(int(found), 0), len(level) - 1)
    begin = max(0, at - CLOSURE // 2)
    bottom = begin + int(level[begin : at + CLOSURE].argmin())
    closed = level < level[bottom] + CLOSED
    first, last = bottom, bottom
    while first > max(0, at - LONGEST_CLOSURE) and closed[first - 1]:
        first -= 1
    while last + 1 < min(len(level), at + LONGEST_CLOSURE) and closed[last + 1]:
        last += 1
    return found if at - first < CLOSURE // 2 else (first + last + 1) / 2


def _likeness(voice: Features, model: Features) -> float:
    rest = float(((voice - model) ** 2).sum())
    whole = float(((voice - voice.mean(0)) ** 2).sum()) if len(voice) else 0.0
    free = len(voice) * HOP * INDEPENDENT - int(voice.shape[1]) - 2
    if free <= 0 or not whole:
        return 0.0
    return 1 - rest / whole * (free + int(voice.shape[1]) + 1) / free


def _as_heard(bands: Features, said: NDArray[np.bool_], heard: _Heard) -> Features:
    """The reading at the recording's level and with its colour, in its noise."""
    gain = _mean_power(heard.bands[heard.speech]) - _mean_power(bands[said])
    smooth = np.convolve(np.pad(gain, 4, mode="edge"), np.ones(9) / 9, "valid")
    return np.asarray(np.logaddexp(bands + smooth, heard.noise), np.float32)


def _mean_power(bands: Features) -> Features:
    return np.asarray(np.log(np.exp(bands).mean(0)), np.float32)


def _same(coarse: States, fine: States) -> NDArray[np.intp]:
    """Which of the fine states each coarse one is."""
    state_of = np.zeros(int(fine.frames.max()) + 1, np.intp)
    state_of[fine.frames[~fine.quiet]] = np.flatnonzero(~fine.quiet)
    same = state_of[coarse.frames]
    same[coarse.quiet] = np.flatnonzero(fine.quiet)
    return same


def _coarse_path(heard: _Heard, model: Features, states: States, quiet: Costs) -> Path:
    voice, speech = heard.features[::EVERY], heard.speech[::EVERY]
    width = min(COARSE_WIDTH, len(states))
    # As much of the reading is over as there was speech: how long the pauses are says nothing.
    diagonal = np.cumsum(speech) * (len(states) / max(int(speech.sum()), 1)) - width // 2
    return _path(voice, model, states, quiet, diagonal.astype(np.intp), width)


def _fine_path(voice: Features, model: Features, states: States, quiet: Costs, near: Path) -> Path:
    width = min(round(2 * BAND / HOP), len(states))
    return _path(voice, model, states, quiet, near - width // 2, width)


def _path(
    voice: Features, model: Features, states: States, quiet: Costs, lows: NDArray[np.intp], width: int
) -> Path:
    """The states that the frames of ``voice`` are in; ``quiet`` is what it costs each to be a pause."""
    lows = np.clip(lows, 0, len(states) - width)
    features = model[states.frames]
    squares, pausing = (features**2).sum(1), states.quiet

    def local(t0: int, t1: int, s0: int, s1: int) -> Costs:
        part = voice[t0:t1]
        costs = (part**2).sum(1)[:, None] + squares[s0:s1] - 2 * part @ features[s0:s1].T
        costs = np.clip(costs * np.float32(ALIKE), 0, UNLIKE)
        costs[:, pausing[s0:s1]] = quiet[t0:t1, None]
        return np.asarray(costs, np.float32)

    path, total = best_path(local, states.steps, lows, width, starts=2, ends=2)
    if total >= NEVER:
        raise AlignFailed("The audio is too short for the words that are to be found in it.")
    return path


def _quiet_costs(level: Costs, pausing: NDArray[np.bool_]) -> Costs:
    """What it costs each frame to be a pause, from the level of those that were taken for one."""
    levels = level[pausing] if pausing.sum() > 5 else np.array([0.0, 0.05])
    middle = np.median(levels)
    spread = max(LEAST_QUIET, float(np.percentile(levels, 90) - middle))
    return np.asarray(np.clip(((level - middle) / (2 * spread)).clip(0) ** 2, 0, LOUDEST_QUIET), np.float32)


def _adapted(model: Features, frames: Path, voice: Features) -> Features:
    """``model`` as this speaker says it: the linear map that brings its ``frames`` nearest to ``voice``."""
    size = model.shape[1]
    pull = PULL * max(len(frames), 1) * np.eye(size + 1)
    pull[-1, -1] = 1e-6
    given = np.pad(model[frames], ((0, 0), (0, 1)), constant_values=1)
    turn = np.linalg.solve(given.T @ given + pull, given.T @ voice + pull[:, :-1])
    return np.asarray(np.pad(model, ((0, 0), (0, 1)), constant_values=1) @ turn, np.float32)


def _timings(
    count: int,
    spoken: Sequence[int],
    starts: NDArray[np.float64],
    ends: NDArray[np.float64],
    duration: float,
) -> tuple[Timing, ...]:
    found = dict(zip(spoken, zip(starts.tolist(), ends.tolist(), strict=True), strict=True))
    timings, now = [], 0.0
    for index in range(count):
        start, end = found.get(index, (now, now))
        start = min(max(start, now), duration)
        end = min(max(end, start), duration)
        timings.append(Timing(start, end))
        now = end
    return tuple(timings)
