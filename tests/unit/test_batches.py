"""Chunks are spoken in batches: of one voice, in order, about as long as the engine likes them."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from pipeline.speech.engine import EngineLimits
from storage.rows import ChunkRow, ChunkState
from tasks.graph import batched

LIMITS = EngineLimits(characters=300, batch_seconds=37.5, characters_per_second=8.0)  # exact in binary


def row(index: int, characters: int, voice: str) -> ChunkRow:
    """A chunk that waits to be spoken."""
    return ChunkRow(0, index, f"key-{index}", "tone", voice, characters, ChunkState.PLANNED, 0, "")


chunks = st.lists(st.tuples(st.integers(1, 300), st.sampled_from(["tone:a", "tone:b"])), max_size=60)


def limits(voice: str) -> EngineLimits:
    return LIMITS


@given(chunks)
def test_batches_are_the_chunks_of_each_voice_in_order(given: list[tuple[int, str]]) -> None:
    rows = [row(index, *chunk) for index, chunk in enumerate(given)]
    batches = list(batched(rows, limits))
    for voice in {r.voice for r in rows}:
        own = [batch for batch in batches if batch[0].voice == voice]
        assert [r for batch in own for r in batch] == [r for r in rows if r.voice == voice]
        for batch, _ in pairwise(own):
            assert sum(r.characters for r in batch) >= LIMITS.batch_seconds * LIMITS.characters_per_second
    for batch in batches:
        assert len({r.voice for r in batch}) == 1
        # The last chunk is the one that fills it.
        assert sum(r.characters for r in batch[:-1]) < LIMITS.batch_seconds * LIMITS.characters_per_second


def test_a_dialogue_is_no_task_for_each_line() -> None:
    rows = [row(index, 30, f"tone:{'ab'[index % 2]}") for index in range(20)]
    assert len(list(batched(rows, limits))) == 2  # 300 characters of each voice fill a batch
