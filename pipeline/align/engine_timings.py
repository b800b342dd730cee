"""From what an engine says about its words to one timing for each display word.

Engines tell where words begin, and not of all words: espeak speaks "of the" as one, a symbol may make no
event. What is missing is filled in between its neighbours, and a word before a pause ends where its sound
does.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.model import Pcm, Timing, Word

PAUSE_SECONDS = 0.06
"""Quiet that lasts this long after a word is a pause, less is the closure of a stop (p, t, k)."""
QUIET_FACTOR = 0.01
"""Samples under this part of the loudest one (-40 dB) are quiet: the noise floor of neural voices, not
speech."""


def sound_bounds(audio: Pcm) -> tuple[int, int]:
    """First sample that is heard and the one after the last; ``(0, len(audio))`` when all is silent."""
    heard = np.flatnonzero(_loud(audio))
    return (int(heard[0]), int(heard[-1]) + 1) if len(heard) else (0, len(audio))


def _loud(audio: Pcm) -> NDArray[np.bool_]:
    if not len(audio):
        return np.zeros(0, np.bool_)
    quiet = int(max(int(audio.max()), -int(audio.min())) * QUIET_FACTOR)
    return (audio > quiet) | (audio < -quiet)


def timings_from_starts(
    words: Sequence[Word], starts: Sequence[int | None], audio: Pcm, sample_rate: int
) -> tuple[Timing, ...]:
    """One timing for each word, ascending, from the samples at which words begin.

    ``starts`` has one entry for each word, in samples, None where the engine said nothing. A word that is not
    spoken stands where the one before it ends, and takes no time.
    """
    spoken = [index for index, word in enumerate(words) if word.spoken]
    known = _ascending([starts[index] for index in spoken], len(audio))
    loud = _loud(audio)
    filled: dict[int, tuple[int, int]] = {}
    for run, begin, stop in _runs(known, len(audio)):
        end = _sound_end(loud, begin, stop, sample_rate)
        if len(run) == 1:
            filled[spoken[run[0]]] = begin, end
            continue
        shares = [1 + len(words[spoken[index]].spoken) for index in run]
        edges = begin + (end - begin) * np.cumsum([0, *shares]) / sum(shares)
        for position, index in enumerate(run):
            filled[spoken[index]] = int(edges[position]), int(edges[position + 1])
    timings = []
    at = 0
    for index in range(len(words)):
        start, end = filled.get(index, (at, at))
        timings.append(Timing(start / sample_rate, end / sample_rate))
        at = end
    return tuple(timings)


def _ascending(starts: list[int | None], length: int) -> list[int | None]:
    """Drop what goes backwards or past the end; the first word begins with the sound if nothing else is
    known."""
    kept: list[int | None] = []
    latest = 0
    for start in starts:
        if start is None or start < latest or start >= length:
            kept.append(None)
        else:
            kept.append(start)
            latest = start
    if kept and kept[0] is None:
        kept[0] = 0
    return kept


def _runs(known: list[int | None], length: int) -> list[tuple[list[int], int, int]]:
    """Each known start with the words that share its time: indices, first sample, first sample of the
    next."""
    runs: list[tuple[list[int], int, int]] = []
    for index, start in enumerate(known):
        if start is None:
            runs[-1][0].append(index)
        else:
            runs.append(([index], start, length))
    return [
        (run, begin, runs[at + 1][1] if at + 1 < len(runs) else stop)
        for at, (run, begin, stop) in enumerate(runs)
    ]


def _sound_end(loud: NDArray[np.bool_], begin: int, stop: int, sample_rate: int) -> int:
    if not loud[begin:stop].any():
        return stop
    end = stop - int(loud[begin:stop][::-1].argmax())
    return end if stop - end >= PAUSE_SECONDS * sample_rate else stop
