"""Known words found by comparing a recording with espeak's reading of them. Needs no model.

The idea is aeneas' (A. Pettarin: https://github.com/readbeyond/aeneas): what a synthesiser says of the same
words is warped onto the recording, and the times of its words with it. What differs here: pauses are the
recording's own (``pipeline.align.states``); the reading gets the recording's noise, so that soft sounds are
compared as far as they can be heard; and it learns from a first, coarse path how this speaker sounds: a linear
map of the reading's features onto the recording's (as in C. Leggetter, P. Woodland: Maximum likelihood linear
regression for speaker adaptation, Computer Speech and Language 9 (1995) 171-185), and which of them can be
trusted, before it looks for the fine path near the coarse one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from pipeline.align.mfcc import RATE, Features, cosines, log_mel
from pipeline.align.reading import Reading, read
from pipeline.align.states import States, pause_expected, states_of
from pipeline.align.viterbi import NEVER, Costs, Path, best_path
from pipeline.errors import AlignFailed
from pipeline.model import Pcm, Timing, Word

HOP = 0.005
"""Seconds between frames."""
EVERY = 4
"""The coarse path is looked for in every so-many-th frame, of the recording and of the reading."""
COARSE_WIDTH = 3000
"""States around the diagonal in which the coarse path is looked for: a minute of reading."""
BAND = 0.4
"""Seconds of reading on either side of the coarse path in which the fine one is looked for."""
COEFFICIENTS = 16
SHARPNESS = 0.5
"""How much the difference of a pair of frames that belong together costs on average."""
UNLIKE = 6.0
"""No frame costs more: a noise must not decide where everything else is."""


class DtwAligner:
    """Compares with espeak's reading of the same words."""

    name: ClassVar[str] = "dtw"

    def align(self, audio: Pcm, sample_rate: int, words: Sequence[Word], language: str) -> tuple[Timing, ...]:
        """As ``Aligner.align``."""
        spoken = [index for index, word in enumerate(words) if word.spoken]
        sound = log_mel(audio, sample_rate, HOP, highest=_highest(sample_rate))
        heard = _Heard(sound)
        reading = read(words, language)
        starts, ends = _found(heard, reading, words, spoken, _highest(sample_rate))
        return _timings(len(words), spoken, starts, ends, len(audio) / sample_rate)


class _Heard:
    """A recording, frame by frame."""

    def __init__(self, bands: Features) -> None:
        self.bands = bands
        loudness = np.log(np.exp(bands).mean(1))
        low, high = np.percentile(loudness, (3, 95))
        self.level: Costs = np.asarray((loudness - low) / max(high - low, 1.0), np.float32)
        """How loud each frame is, 0 for noise to 1 for the loudest speech."""
        self.speech: NDArray[np.bool_] = self.level > 0.35
        self.noise = np.percentile(bands, 5, axis=0)
        """Of each band."""


def _found(
    heard: _Heard, reading: Reading, words: Sequence[Word], spoken: Sequence[int], highest: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Starts and ends of the spoken words in seconds, shape (spoken words,)."""
    bands = log_mel(reading.audio, reading.sample_rate, HOP, highest=highest)
    timings = [reading.timings[index] for index in spoken]
    pauses = [pause_expected(words[index].text) for index in spoken]
    pauses[-1] = True
    states = states_of(timings, pauses, len(bands), HOP)
    said = states.frames[~states.quiet]

    table = cosines(bands.shape[1], COEFFICIENTS)
    voice, shape = _standard((heard.bands @ table), heard.speech)
    model = np.zeros((len(states), COEFFICIENTS), np.float32)
    model[~states.quiet], _ = _standard(_as_heard(bands[said], heard) @ table)

    # -- coarse --
    coarse = states_of(timings, pauses, len(bands), HOP, EVERY)
    at = np.searchsorted(said, coarse.frames[~coarse.quiet])
    little = np.zeros((len(coarse), COEFFICIENTS), np.float32)
    little[~coarse.quiet] = model[~states.quiet][at]
    path = _coarse_path(voice[::EVERY], little, coarse, 4 * np.clip(heard.level[::EVERY], 0, 1))
    full = np.searchsorted(states.frames * 2, coarse.frames) if False else _to_fine(coarse, states)
    near = np.interp(np.arange(len(voice)) / EVERY, np.arange(len(path)), full[path])

    # -- adapt --
    at_state = np.rint(near).astype(np.intp)
    loud = ~states.quiet[at_state]
    mapped, white = _adapted(model, at_state[loud], voice[loud])
    hush = heard.level[~loud] if (~loud).sum() > 5 else np.array([0.0, 0.05], np.float32)
    middle = np.median(hush)
    spread = max(0.04, float(np.percentile(hush, 90) - middle))
    quiet = np.clip((heard.level - middle) / (2 * spread), 0, 5) ** 2
    path = _path(
        voice @ white, mapped @ white, states, quiet.astype(np.float32), np.maximum.accumulate(at_state)
    )
    begins = np.searchsorted(path, states.first, "left")
    ends = np.searchsorted(path, states.last, "right")
    return (begins - 0.5) * HOP, (ends - 0.5) * HOP


def _to_fine(coarse: States, fine: States) -> NDArray[np.intp]:
    """The fine state of each coarse one."""
    where = np.full(int(fine.frames.max()) + 1, -1, np.intp)
    where[fine.frames[~fine.quiet]] = np.flatnonzero(~fine.quiet)
    result = np.zeros(len(coarse), np.intp)
    result[~coarse.quiet] = where[coarse.frames[~coarse.quiet]]
    result[coarse.quiet] = np.flatnonzero(fine.quiet)
    return result


def _as_heard(bands: Features, heard: _Heard) -> Features:
    """The reading at the recording's level and colour, in its noise."""
    gain = np.log(np.exp(heard.bands[heard.speech]).mean(0)) - np.log(np.exp(bands).mean(0))
    smooth = np.convolve(np.pad(gain, 4, mode="edge"), np.ones(9) / 9, "valid")
    return np.asarray(np.logaddexp(bands + smooth, heard.noise), np.float32)


def _standard(features: Features, those: NDArray[np.bool_] | slice = slice(None)) -> tuple[Features, None]:
    chosen = features[those]
    return np.asarray((features - chosen.mean(0)) / (chosen.std(0) + 1e-3), np.float32), None


def _coarse_path(voice: Features, model: Features, states: States, quiet: Costs) -> Path:
    frames, width = len(voice), min(COARSE_WIDTH, len(states))
    diagonal = np.arange(frames) * (len(states) / max(frames, 1)) - width // 2
    return _walk(voice, model, states, quiet, diagonal.astype(np.intp), width)


def _path(voice: Features, model: Features, states: States, quiet: Costs, near: Path) -> Path:
    width = round(2 * BAND / HOP)
    return _walk(voice, model, states, quiet, near - width // 2, width)


def _walk(
    voice: Features, model: Features, states: States, quiet: Costs, lows: NDArray[np.intp], width: int
) -> Path:
    width = min(width, len(states))
    lows = np.clip(lows, 0, len(states) - width)
    size = model.shape[1]
    own = (model**2).sum(1)
    hushed = states.quiet

    def local(t0: int, t1: int, s0: int, s1: int) -> Costs:
        part = voice[t0:t1]
        cost = (part**2).sum(1)[:, None] + own[None, s0:s1] - 2 * part @ model[s0:s1].T
        cost *= SHARPNESS / size
        np.clip(cost, 0, UNLIKE, out=cost)
        cost[:, hushed[s0:s1]] = quiet[t0:t1, None]
        return cost

    path, total = best_path(local, states.steps, lows, width, starts=2, ends=2)
    if total >= NEVER:
        raise AlignFailed("The recording is too short for the words that are to be found in it.")
    return path


def _adapted(model: Features, at: Path, voice: Features) -> tuple[Features, Features]:
    """The model as this speaker would say it, and what makes all its differences equally likely."""
    size = model.shape[1]
    pull = 0.02 * len(at) * np.eye(size + 1)
    pull[-1, -1] = 0
    given = np.concatenate([model[at], np.ones((len(at), 1), np.float32)], 1)
    straight = given.T @ given + pull
    wanted = given.T @ voice + pull[:, :-1]
    turn = np.linalg.solve(straight, wanted)
    mapped = np.concatenate([model, np.ones((len(model), 1), np.float32)], 1) @ turn
    rest = voice - mapped[at]
    spread = rest.T @ rest / len(rest)
    spread = 0.7 * spread + 0.3 * np.diag(np.diag(spread)) + 0.05 * np.eye(size)
    white = np.linalg.cholesky(np.linalg.inv(spread))
    return mapped.astype(np.float32), white.astype(np.float32)


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


def _highest(sample_rate: int) -> float:
    """Hz up to which recording and reading are compared."""
    return min(7600.0, 0.47 * min(sample_rate, RATE))
