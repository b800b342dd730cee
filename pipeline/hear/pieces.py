"""Long audio cut where it is quiet: models listen to half a minute at a time."""

from __future__ import annotations

import numpy as np

from pipeline.hear.recogniser import LISTENING_RATE, Samples

LONGEST_SECONDS = 28.0
"""Of a piece; Whisper listens to 30 s, and what is at the very end of them is often lost."""
SHORTEST_SECONDS = 14.0
"""A piece is cut at the quietest place between this and the longest."""
QUIET_SECONDS = 0.1
"""How long a place is that is quiet."""


def pieces(samples: Samples, longest: float = LONGEST_SECONDS) -> list[tuple[int, int]]:
    """First sample of each piece and the one after its last; together they are all of the audio.

    ``samples`` are of ``LISTENING_RATE``; ``longest`` in seconds.
    """
    most, least = round(longest * LISTENING_RATE), round(longest * LISTENING_RATE / 2)
    cuts = [0]
    while len(samples) - cuts[-1] > most:
        begin = cuts[-1]
        cuts.append(begin + least + _quietest(samples[begin + least : begin + most]))
    return list(zip(cuts, [*cuts[1:], len(samples)], strict=True))


def _quietest(samples: Samples) -> int:
    """The middle of the place of ``QUIET_SECONDS`` with the least energy."""
    width = round(QUIET_SECONDS * LISTENING_RATE)
    energy = np.concatenate(([0.0], np.cumsum(np.square(samples, dtype=np.float64))))
    return int(np.argmin(energy[width:] - energy[:-width])) + width // 2
