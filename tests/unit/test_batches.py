"""Chunks are spoken in batches: of one voice, in order, about as long as the engine likes them."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from pipeline.speech.engine import EngineLimits
from storage.rows import ChunkRow, ChunkState
from tasks.graph import batched

LIMITS = EngineLimits(characters=300, batch_seconds=30.0, characters_per_second=10.0)


def row(index: int, characters: int, voice: str) -> ChunkRow:
    """A chunk that waits to be spoken."""
    return ChunkRow(0, index, f"key-{index}", "tone", voice, characters, ChunkState.PLANNED, 0, "")


chunks = st.lists(st.tuples(st.integers(1, 300), st.sampled_from(["tone:a", "tone:b"])), max_size=60)


@given(chunks)
def test_batches_are_the_chunks_in_order(given: list[tuple[int, str]]) -> None:
    rows = [row(index, *chunk) for index, chunk in enumerate(given)]
    batches = list(batched(rows, LIMITS))
    assert [r for batch in batches for r in batch] == rows
    for batch in batches:
        assert len({r.voice for r in batch}) == 1
        # The last chunk is the one that fills it.
        assert sum(r.characters for r in batch[:-1]) < LIMITS.batch_seconds * LIMITS.characters_per_second
    for batch, after in pairwise(batches):
        full = sum(r.characters for r in batch) >= LIMITS.batch_seconds * LIMITS.characters_per_second
        assert full or after[0].voice != batch[0].voice
