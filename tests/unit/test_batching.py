"""Batches of rows of like length, results in order, and memory that runs out."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import SpeechFailed
from pipeline.speech.batching import (
    TRY_AGAIN,
    Guard,
    batches,
    in_batches,
    in_order,
    is_out_of_memory,
)
from pipeline.speech.measured_batches import guard_of

lengths = st.lists(st.integers(0, 500), max_size=40)


class OutOfMemoryError(RuntimeError):
    """As torch calls it."""


class Memory:
    """A model with room for so many rows; it remembers the batches that it made."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.sizes: list[int] = []

    def __call__(self, rows: Sequence[int]) -> list[str]:
        self.sizes.append(len(rows))
        if len(rows) > self.room:
            raise OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        return [f"row {row}" for row in rows]


@given(lengths, st.integers(1, 9), st.floats(0, 1))
def test_every_row_is_in_one_batch_and_none_is_too_large(costs: list[int], most: int, waste: float) -> None:
    made = batches(costs, most, waste)
    assert sorted(itertools.chain(*made)) == list(range(len(costs)))
    assert all(1 <= len(batch) <= most for batch in made)
    assert [batch[0] for batch in made] == sorted(batch[0] for batch in made)
    for batch in made:
        padded = len(batch) * max(costs[row] for row in batch)
        assert padded - sum(costs[row] for row in batch) <= waste * padded + 1e-6


@given(lengths, st.integers(1, 9))
def test_rows_of_like_length_go_together(costs: list[int], most: int) -> None:
    """No batch's shortest row would fit better into the next longer batch: their lengths do not overlap."""
    spans = sorted(
        (min(costs[row] for row in batch), max(costs[row] for row in batch)) for batch in batches(costs, most)
    )
    assert all(longest <= shortest for (_, longest), (shortest, _) in itertools.pairwise(spans))


@given(st.lists(st.integers(1, 50), min_size=1, max_size=6), st.integers(2, 4))
def test_no_other_way_to_make_as_few_batches_is_shorter(costs: list[int], most: int) -> None:
    made = batches(costs, most)
    fewest = -(-len(costs) // most)
    assert len(made) == fewest
    time = sum(max(costs[row] for row in batch) for batch in made)
    for owners in itertools.product(range(fewest), repeat=len(costs)):
        groups = [[c for c, owner in zip(costs, owners, strict=True) if owner == n] for n in range(fewest)]
        if all(0 < len(group) <= most for group in groups):
            assert time <= sum(max(group) for group in groups)


def test_padding_that_would_be_too_much_begins_a_new_batch() -> None:
    costs = [400, 20, 390, 22, 21]
    assert batches(costs, 8) == [[0, 1, 2, 3, 4]]
    assert batches(costs, 8, waste=0.1) == [[0, 2], [1, 3, 4]]


def test_a_batch_of_nothing_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="0 rows"):
        batches([1], 0)


@given(st.permutations(range(12)))
def test_results_come_in_order_and_as_soon_as_they_can(order: list[int]) -> None:
    given_out: list[int] = []

    def made() -> Iterator[tuple[int, int]]:
        for place, index in enumerate(order):
            yield index, index
            there = set(order[: place + 1])
            due = next(n for n in range(13) if n not in there)
            assert given_out == list(range(due))

    for result in in_order(12, made()):
        given_out.append(result)
    assert given_out == list(range(12))


def test_an_error_waits_for_its_turn() -> None:
    made: list[tuple[int, str | SpeechFailed]] = [(1, SpeechFailed("bad")), (2, "c"), (0, "a")]
    results = in_order(3, made)
    assert next(results) == "a"
    with pytest.raises(SpeechFailed, match="bad"):
        next(results)


def test_a_row_that_never_comes_is_missed() -> None:
    with pytest.raises(RuntimeError, match="row 1 of 2"):
        list(in_order(2, [(0, "a")]))


@settings(max_examples=25)
@given(lengths, st.integers(1, 40), st.integers(1, 9))
def test_whatever_the_memory_every_row_is_made(costs: list[int], most: int, room: int) -> None:
    memory = Memory(room)
    made = list(in_batches(costs, Guard(most), memory))
    assert made == [f"row {row}" for row in range(len(costs))]


def test_a_batch_that_does_not_fit_is_halved_and_the_size_is_kept() -> None:
    memory, guard = Memory(room=3), Guard(8)
    list(in_batches([10] * 16, guard, memory))
    assert memory.sizes[:3] == [8, 4, 2]
    assert set(memory.sizes[3:]) == {2}
    list(in_batches([10] * 4, guard, memory))
    assert memory.sizes[-2:] == [2, 2]


def test_more_is_tried_again_and_ever_more_seldom() -> None:
    memory, guard = Memory(room=4), Guard(8)
    list(in_batches([1] * 4 * 3 * TRY_AGAIN, guard, memory))
    tries = [place for place, size in enumerate(memory.sizes) if size == 8]
    assert len(tries) == 2
    assert tries[1] - tries[0] == TRY_AGAIN + 1
    memory.sizes.clear()
    memory.room = 8  # the other program ended
    list(in_batches([1] * 4 * 3 * TRY_AGAIN, guard, memory))
    assert memory.sizes[-1] == 8
    assert guard.rows == 8


def test_a_row_that_does_not_fit_alone_fails_and_the_others_do_not() -> None:
    def work(rows: Sequence[int]) -> list[int]:
        if 2 in rows:
            raise MemoryError("Unable to allocate 9 GiB")
        return list(rows)

    results = in_batches([5] * 4, Guard(4), work)
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(SpeechFailed, match="more memory"):
        next(results)


def test_one_bad_row_spoils_no_other() -> None:
    def work(rows: Sequence[int]) -> list[int]:
        if 3 in rows:
            raise SpeechFailed("It has nothing to say.")
        return list(rows)

    results = in_batches([9, 8, 7, 6, 5], Guard(8), work)
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(SpeechFailed, match="nothing to say"):
        next(results)


def test_other_errors_are_not_taken_for_a_lack_of_memory() -> None:
    def work(rows: Sequence[int]) -> list[int]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(in_batches([1], Guard(1), work))


@pytest.mark.parametrize(
    "error",
    [
        OutOfMemoryError("x"),
        MemoryError(),
        RuntimeError("CUDA error: out of memory"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
        RuntimeError(
            "[enforce fail at alloc_cpu.cpp:118] DefaultCPUAllocator: can't allocate memory: you tried"
        ),
        Exception(
            "[ONNXRuntimeError] : 6 : Failed to allocate memory for requested buffer of size 8589934592"
        ),
        RuntimeError("CUDA failed with error out of memory"),
    ],
)
def test_lack_of_memory_is_known_by_what_libraries_say(error: Exception) -> None:
    assert is_out_of_memory(error)
    assert not is_out_of_memory(RuntimeError("CUDA error: device-side assert triggered"))


def test_a_models_guard_is_remembered() -> None:
    guard = guard_of("test:a@cuda:0", 8)
    guard.rows = 2
    assert guard_of("test:a@cuda:0", 8) is guard
    assert guard_of("test:a@cuda:1", 8) is not guard
    assert guard_of("test:a@cuda:0", 16).rows == 16  # the setting was raised
