"""Batches sized by measured memory, on a GPU that is only reckoned."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Sequence
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.speech.batching import TRY_AGAIN, Guard, in_batches
from pipeline.speech.measured_batches import FIRST, GROWTH, SHARE, STEP, MeasuringGuard, guard_of
from pipeline.speech.memory_meter import CudaMeter, meter_of

GIGABYTE = 10**9
MOST = 1000


class OutOfMemoryError(RuntimeError):
    """As torch calls it."""


class Gpu:
    """So many bytes; a batch takes what its rows take by their longest, and something whatever they are."""

    def __init__(
        self, size: int, row: Callable[[int], float], always: float = 0.0, usable: float = 1.0
    ) -> None:
        self.size = size
        self.row = row
        self.always = always
        self.usable = usable
        """How much of what is free can really be had at once."""
        self.others = 0
        """What other programs have."""
        self.suddenly: Callable[[], None] = lambda: None
        """Happens between the look at the memory and the batch."""
        self.widths: list[int] = []
        self.failed: list[int] = []
        self._taken = 0.0

    def free(self) -> int:
        return self.size - self.others

    def begin(self) -> None:
        self._taken = 0.0

    def peak(self) -> int:
        return int(self._taken)

    def speak(self, costs: Sequence[int], guard: Guard) -> list[str]:
        """A task of rows of those lengths, through the guard."""

        def work(rows: Sequence[int]) -> list[str]:
            self.suddenly()
            taken = self.always + len(rows) * self.row(max(costs[row] for row in rows))
            if taken > self.usable * self.free():
                self.failed.append(len(rows))
                raise OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
            self._taken = taken
            self.widths.append(len(rows))
            return [f"row {row}" for row in rows]

        return list(in_batches(costs, guard, work))

    def fits(self, length: int) -> float:
        """How many rows of a length there is room for."""
        return (self.free() - self.always) / self.row(length)

    def grow(self, length: int, guard: Guard) -> int:
        """Speak until nothing changes: the width of the last batch."""
        for _ in range(10):
            self.speak([length] * 400, guard)
        self.widths.clear()
        self.speak([length] * 400, guard)
        return max(self.widths)


KINDS: dict[str, Callable[[int], float]] = {
    "by length": lambda length: 2e6 * length,
    "the same for all": lambda length: 264e6,
    "both": lambda length: 50e6 + 1e6 * length,
    "by its square": lambda length: 1e4 * length**2,
}


@pytest.mark.parametrize("row", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("always", [0.0, 0.5 * GIGABYTE])
@pytest.mark.parametrize("lengths", [(20, 250), (250, 20), (90, 90)])
def test_widths_come_near_to_what_fits_and_never_run_over(
    row: Callable[[int], float], always: float, lengths: tuple[int, int]
) -> None:
    gpu = Gpu(12 * GIGABYTE, row, always)
    guard = MeasuringGuard(MOST, gpu)
    for length in lengths:
        width = gpu.grow(length, guard)
        assert 0.7 * min(gpu.fits(length), 400) <= width <= gpu.fits(length)
    assert gpu.failed == []


def test_the_first_batch_is_small() -> None:
    gpu = Gpu(12 * GIGABYTE, KINDS["both"])
    gpu.speak([250] * 40, MeasuringGuard(MOST, gpu))
    assert gpu.widths[:3] == [FIRST, 2 * FIRST, 4 * FIRST]


def test_what_grows_faster_than_was_assumed_is_found_out() -> None:
    gpu = Gpu(12 * GIGABYTE, lambda length: 300 * length**3)
    guard = MeasuringGuard(MOST, gpu)
    for length in (60, 120, 90):
        assert 0.6 * gpu.fits(length) <= gpu.grow(length, guard) <= gpu.fits(length)
    assert len(gpu.failed) <= 4


@settings(max_examples=40)
@given(
    st.lists(st.lists(st.integers(0, 400), max_size=50), min_size=1, max_size=6),
    st.sampled_from(list(KINDS.values())),
    st.integers(1, 80),
    st.integers(1, 60),
    st.lists(st.integers(0, 11), min_size=6, max_size=6),
)
def test_every_row_is_made_and_in_order(
    tasks: list[list[int]], row: Callable[[int], float], gigabytes: int, most: int, others: list[int]
) -> None:
    gpu = Gpu(gigabytes * GIGABYTE + 16 * GIGABYTE, row)
    guard = MeasuringGuard(most, gpu)
    for costs, taken in zip(tasks, others, strict=False):
        gpu.others = taken * GIGABYTE
        assert gpu.speak(costs, guard) == [f"row {row}" for row in range(len(costs))]
    assert max(gpu.widths, default=1) <= most
    assert gpu.failed == []


def test_no_batch_is_more_than_twice_as_large_as_one_that_went_well() -> None:
    gpu = Gpu(100 * GIGABYTE, lambda length: 1.0)  # next to nothing is measured
    guard = MeasuringGuard(64, gpu)
    gpu.speak([100] * 300, guard)
    assert gpu.widths[:5] == [4, 8, 16, 32, 64]
    gpu.widths.clear()
    gpu.speak([6000] * 40, guard)
    loads = [100 * 64, *(6000 * width for width in gpu.widths)]
    assert gpu.widths[0] < 4
    assert all(after <= GROWTH * STEP * before for before, after in itertools.pairwise(loads))


def test_a_measurement_that_is_wrong_does_not_run_far_over() -> None:
    gpu = Gpu(12 * GIGABYTE, lambda length: GIGABYTE)
    gpu.peak = lambda: 1000  # type: ignore[method-assign]
    guard = MeasuringGuard(MOST, gpu)
    gpu.speak([50] * 300, guard)
    assert gpu.widths[:2] == [4, 8]
    assert gpu.failed == [16]
    assert set(gpu.widths[2:]) <= {8, 300 % 8}


def test_memory_that_another_program_takes_makes_batches_smaller_and_what_it_frees_larger() -> None:
    gpu = Gpu(24 * GIGABYTE, KINDS["both"], GIGABYTE / 4)
    guard = MeasuringGuard(MOST, gpu)
    alone = gpu.grow(100, guard)
    gpu.others = 18 * GIGABYTE
    gpu.widths.clear()
    gpu.speak([100] * 500, guard)
    assert max(gpu.widths) <= gpu.fits(100) < alone / 3
    assert max(gpu.widths) >= 0.6 * gpu.fits(100)
    gpu.others = 0
    gpu.widths.clear()
    gpu.speak([100] * 500, guard)
    assert max(gpu.widths) >= 0.9 * alone
    assert gpu.failed == []


def test_memory_that_is_gone_when_the_batch_begins_halves_it_and_is_not_held_against_it() -> None:
    gpu = Gpu(24 * GIGABYTE, KINDS["both"])
    guard = MeasuringGuard(MOST, gpu)
    alone = gpu.grow(100, guard)

    def taken() -> None:
        gpu.others = 20 * GIGABYTE

    gpu.widths.clear()
    gpu.suddenly = taken
    assert gpu.speak([100] * 300, guard) == [f"row {row}" for row in range(300)]
    assert gpu.failed[0] == alone
    assert len(gpu.failed) <= 3
    assert max(gpu.widths) <= gpu.fits(100)
    gpu.suddenly = lambda: None
    gpu.others = 0
    gpu.widths.clear()
    gpu.speak([100] * 600, guard)
    assert max(gpu.widths) >= 0.9 * alone


def test_what_did_not_fit_is_not_tried_again_soon_although_memory_seems_free() -> None:
    gpu = Gpu(12 * GIGABYTE, lambda length: 50e6, usable=0.5)  # in pieces
    guard = MeasuringGuard(MOST, gpu)
    gpu.speak([100] * 3000, guard)
    assert len(gpu.failed) == 1
    width = max(gpu.widths[10:])
    assert gpu.failed[0] // 2 <= width <= gpu.fits(100) / 2
    gpu.failed.clear()
    gpu.usable = 1.0
    gpu.speak([100] * width * (TRY_AGAIN + 10), guard)
    assert gpu.failed == []
    assert max(gpu.widths) >= 0.7 * gpu.fits(100)


def test_it_is_tried_ever_more_seldom() -> None:
    gpu = Gpu(12 * GIGABYTE, lambda length: 500e6, usable=0.5)
    guard = MeasuringGuard(MOST, gpu)
    for _ in range(2 * TRY_AGAIN):
        gpu.speak([100] * 80, guard)
    assert len(gpu.widths) >= 20 * TRY_AGAIN
    assert 2 <= len(gpu.failed) <= 6


def test_the_worst_is_kept_and_an_accident_is_not_kept_for_ever() -> None:
    gpu = Gpu(12 * GIGABYTE, lambda length: 100e6)
    guard = MeasuringGuard(32, gpu)
    gpu.speak([100] * 200, guard)
    assert guard.width(100) == 32
    gpu.row = lambda length: 350e6  # what is said takes longer than its text promises
    gpu.speak([100] * 32, guard)
    gpu.row = lambda length: 100e6
    assert guard.width(100) == int(SHARE * 12e9 / 350e6)
    gpu.speak([100] * 20 * 10, guard)
    assert guard.width(100) == int(SHARE * 12e9 / 350e6)
    gpu.speak([100] * 27 * (TRY_AGAIN + 1), guard)
    assert guard.width(100) == 32


def test_a_row_for_which_there_is_no_room_fails_alone() -> None:
    gpu = Gpu(GIGABYTE, lambda length: 2e6 * length)
    guard = MeasuringGuard(MOST, gpu)
    made = in_batches([100, 900, 100], guard, lambda rows: gpu_speak(gpu, rows, [100, 900, 100]))
    assert next(made) == 0
    with pytest.raises(Exception, match="more memory"):
        next(made)


def gpu_speak(gpu: Gpu, rows: Sequence[int], costs: Sequence[int]) -> list[int]:
    if len(rows) * gpu.row(max(costs[row] for row in rows)) > gpu.free():
        raise OutOfMemoryError("CUDA out of memory.")
    return list(rows)


def test_a_models_guard_measures_where_there_is_a_meter() -> None:
    gpu = Gpu(GIGABYTE, KINDS["both"])
    measuring = guard_of("test:m@cuda:0", 64, gpu)
    assert isinstance(measuring, MeasuringGuard)
    assert guard_of("test:m@cuda:0", 64, gpu) is measuring
    fixed = guard_of("test:m@cuda:0", 64)  # somebody set the width
    assert not isinstance(fixed, MeasuringGuard)
    assert fixed.width(10) == fixed.width(1000) == 64


def test_the_memory_of_a_gpu_is_what_the_driver_and_torch_have_left(monkeypatch: pytest.MonkeyPatch) -> None:
    now = {"driver": 5000, "reserved": 3000, "allocated": 1000, "peak": 2900}

    def reset(device: str) -> None:
        now["peak"] = now["allocated"]

    cuda = SimpleNamespace(
        mem_get_info=lambda device: (now["driver"], 9000),
        memory_reserved=lambda device: now["reserved"],
        memory_allocated=lambda device: now["allocated"],
        max_memory_allocated=lambda device: now["peak"],
        reset_peak_memory_stats=reset,
    )
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=cuda))
    meter = meter_of("cuda:1")
    assert isinstance(meter, CudaMeter)
    assert meter.free() == 7000
    meter.begin()
    now.update(allocated=1200, peak=2600)
    assert meter.peak() == 1600
    assert meter_of("cpu") is None
