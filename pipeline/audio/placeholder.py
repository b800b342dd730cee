"""What stands for a chunk that could not be spoken: a short silence, so that its words keep their place."""

from __future__ import annotations

import numpy as np

from pipeline.model import Chunk, Doubt, Loudness, Pcm, PreparedTake

SECONDS = 0.5
"""Long enough to be heard as a gap, short enough not to be taken for the end."""


def silent_take(chunk: Chunk, rate: int) -> tuple[Pcm, PreparedTake]:
    """Silence at ``rate`` Hz with the chunk's words spread evenly over it, and the doubt that goes with it."""
    samples, count = int(SECONDS * rate), len(chunk.words)
    edges = [samples * place // max(count, 1) for place in range(count + 1)]
    take = PreparedTake(
        samples=samples,
        sample_rate=rate,
        starts=tuple(edges[:-1]),
        ends=tuple(edges[1:]),
        loudness=Loudness(),
        timing_source="none",
        doubts=(Doubt("not-spoken", "It was not spoken."),),
    )
    return np.zeros(samples, np.int16), take
