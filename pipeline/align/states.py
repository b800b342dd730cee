"""The states that a recording goes through when known words are said: frames of a reading, and quiet.

Of the reading only what is said counts; where the reader pauses is left to the recording: before, after and
between any two words there may be quiet, for as long as it takes, and it need not be there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.align.viterbi import NEVER, STEPS, Costs
from pipeline.model import Timing

STAY = 0.05
"""What it costs a frame of the recording to stay in the same frame of the reading, which slows down."""
SKIP = (0.3, 0.8)
"""What it costs to leave out one frame of the reading, or two, which hurries."""
PAUSE = 4.0
"""What it costs to pause after a word ..."""
PAUSE_EXPECTED = 0.1
"""... and where punctuation asks for it."""
_PAUSING = frozenset('.,;:!?…—–。、，；：！？»”"')


@dataclass(frozen=True, slots=True, eq=False)
class States:
    """A row of states. All costs are relative to that of a frame that is alike, which is about 1."""

    frames: NDArray[np.intp]
    """The frame of the reading that each is, shape (states,); -1 for quiet."""
    first: NDArray[np.intp]
    """The first state of each word that is said, shape (words,)."""
    last: NDArray[np.intp]
    """Likewise the last one."""
    steps: Costs
    """Shape (STEPS, states), as ``best_path`` takes them."""

    def __len__(self) -> int:
        return len(self.frames)

    @property
    def quiet(self) -> NDArray[np.bool_]:
        """Which states are quiet, shape (states,)."""
        return np.asarray(self.frames < 0)


def states_of(
    timings: Sequence[Timing], pauses: Sequence[bool], frames: int, hop: float, every: int = 1
) -> States:
    """The states of a reading of ``frames`` frames, ``hop`` seconds apart, of which each ``every``-th counts.

    ``timings`` are the times of the words that are said (s), ``pauses`` whether a pause is to be expected after
    each.
    """
    row: list[NDArray[np.intp]] = [np.array([-1], np.intp)]
    first, last, size = [], [], 1
    for timing in timings:
        begin = min(int(np.ceil(timing.start / hop - 1e-6)), frames - 1)
        end = max(begin + 1, min(int(np.ceil(timing.end / hop - 1e-6)), frames))
        word = np.arange(begin, end, every, dtype=np.intp)
        first.append(size)
        last.append(size + len(word) - 1)
        row += [word, np.array([-1], np.intp)]
        size += len(word) + 1
    indices = np.concatenate(row)
    begins, ends = np.array(first, np.intp), np.array(last, np.intp)
    return States(indices, begins, ends, _steps(indices < 0, begins, ends, pauses))


def _steps(
    quiet: NDArray[np.bool_], first: NDArray[np.intp], last: NDArray[np.intp], pauses: Sequence[bool]
) -> Costs:
    steps = np.zeros((STEPS, len(quiet)), np.float32)
    steps[0] = np.where(quiet, 0.0, STAY)
    steps[2], steps[3] = SKIP
    # Into a word: from the quiet before it (1), from the word before (2), from its last frame but one (3).
    steps[2, first], steps[3, first] = 0.0, SKIP[0]
    second = first + 1
    second = second[~quiet[second]]
    steps[2, second] = steps[3, second] = SKIP[0]
    into = np.array([PAUSE_EXPECTED if pause else PAUSE for pause in pauses], np.float32)
    steps[1, last + 1], steps[2, last + 1], steps[3, last + 1] = into, into + SKIP[0], NEVER
    for step in range(1, STEPS):
        steps[step, :step] = NEVER
    return steps


def pause_expected(text: str) -> bool:
    """Whether who reads a word aloud may pause after it, by its punctuation."""
    return text[-1:] in _PAUSING
