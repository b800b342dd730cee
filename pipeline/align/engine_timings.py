"""From what an engine says about its words to one timing for each display word.

Engines tell where words begin, and not of all words: espeak speaks "of the" as one, a symbol may make no
event. What is missing is filled in between its neighbours, and a word before a pause ends where its sound
does.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise
from math import ceil

import numpy as np
from numpy.typing import NDArray

from pipeline.model import Pcm, Timing, Word

PAUSE_SECONDS = 0.06
"""Quiet that lasts this long after a word is a pause, less is the closure of a stop (p, t, k)."""
QUIET_FACTOR = 0.01
"""Samples under this part of the loudest one (-40 dB) are quiet: the noise floor of neural voices, not
speech."""
LOOKED_AT = 48
"""One of so many samples of a word's end is looked at first: 2 ms."""
_SEARCHED = 8192
"""Samples searched together for the end of a sound."""


def sound_bounds(audio: Pcm) -> tuple[int, int]:
    """First sample that is heard and the one after the last; ``(0, len(audio))`` when all is silent."""
    heard = np.flatnonzero(_loud(audio, _quiet(audio)))
    return (int(heard[0]), int(heard[-1]) + 1) if len(heard) else (0, len(audio))


def _quiet(audio: Pcm) -> int:
    return int(max(int(audio.max(initial=0)), -int(audio.min(initial=0))) * QUIET_FACTOR)


def _loud(samples: Pcm, quiet: int) -> NDArray[np.bool_]:
    # Moved up by ``quiet``, what is quiet is 0 to twice that, and all else is more, as an unsigned number.
    loud: NDArray[np.bool_] = (samples + np.int16(quiet)).view(np.uint16) > 2 * quiet
    return loud


def timings_from_starts(
    words: Sequence[Word], starts: Sequence[int | None], audio: Pcm, sample_rate: int
) -> tuple[Timing, ...]:
    """One timing for each word, ascending, from the samples at which words begin.

    ``starts`` has one entry for each word, in samples, None where the engine said nothing. A word that is not
    spoken stands where the one before it ends, and takes no time.
    """
    spoken = [index for index, word in enumerate(words) if word.spoken]
    firsts, begins = _known([starts[index] for index in spoken], len(audio))
    ends = _sound_ends(audio, begins, sample_rate)
    edges: dict[int, tuple[int, int]] = {}
    for first, after, begin, end in zip(firsts, [*firsts, len(spoken)][1:], begins, ends, strict=True):
        if after - first == 1:
            edges[spoken[first]] = begin, end
            continue
        run = spoken[first:after]
        sums = list(accumulate((1 + len(words[index].spoken) for index in run), initial=0))
        shared = [int(begin + (end - begin) * share / sums[-1]) for share in sums]
        for index, edge in zip(run, pairwise(shared), strict=True):
            edges[index] = edge
    timings = []
    at = 0
    for index in range(len(words)):
        start, at = edges.get(index, (at, at))
        timings.append(Timing(start / sample_rate, at / sample_rate))
    return tuple(timings)


def _known(starts: Sequence[int | None], length: int) -> tuple[list[int], list[int]]:
    """The words that have a start of their own, by their places, and these starts, ascending.

    What goes backwards or past the end is dropped; the first word begins with the audio if nothing else is known.
    """
    places, begins, latest = [], [], 0
    for place, start in enumerate(starts):
        if start is not None and latest <= start < length:
            latest = start
        elif place:
            continue
        places.append(place)
        begins.append(latest)
    return places, begins


def _sound_ends(audio: Pcm, begins: Sequence[int], sample_rate: int) -> list[int]:
    """Where what begins at ``begins`` ends: where the next one begins, unless there is a pause before it.

    Most words are followed by the next one without a pause. A few samples of each word's end show that, so only the
    others are searched: this costs a fraction of looking at all samples.
    """
    pause, quiet = ceil(PAUSE_SECONDS * sample_rate), _quiet(audio)
    ends = [*begins, len(audio)][1:]
    stops = np.array(ends, np.intp)
    long = np.flatnonzero(np.diff(begins, append=len(audio)) >= pause)
    tails = audio[stops[long, None] - np.arange(1, pause + 1, LOOKED_AT)]
    for place in long[~_loud(tails, quiet).any(axis=1)].tolist():
        after = _last_loud(audio, begins[place], ends[place], quiet) + 1
        if after > begins[place] and ends[place] - after >= pause:
            ends[place] = after
    return ends


def _last_loud(audio: Pcm, begin: int, stop: int, quiet: int) -> int:
    """The last sample of ``begin`` to ``stop`` (the one after the last) that is not quiet; ``begin - 1`` without."""
    for end in range(stop, begin, -_SEARCHED):
        first = max(begin, end - _SEARCHED)
        found = np.flatnonzero(_loud(audio[first:end], quiet))
        if len(found):
            return first + int(found[-1])
    return begin - 1
