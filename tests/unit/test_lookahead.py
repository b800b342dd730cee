"""Takes are made ahead, in order, and no longer than they are wanted."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest

from pipeline.errors import SpeechFailed
from pipeline.model import Take
from tasks.lookahead import ahead


def take(number: int) -> Take:
    return Take(np.full(10, number, np.int16), 22_050)


def number(one: Take) -> int:
    return int(one.audio[0])


@pytest.mark.parametrize("depth", [0, 1, 3])
def test_all_takes_come_in_order(depth: int) -> None:
    with ahead((take(n) for n in range(20)), depth) as takes:
        assert [number(one) for one in takes] == list(range(20))


def test_so_many_are_made_before_they_are_asked_for() -> None:
    made: list[int] = []
    fourth = threading.Event()

    def speak() -> Iterator[Take]:
        for n in range(10):
            made.append(n)
            if n == 3:
                fourth.set()
            yield take(n)

    with ahead(speak(), 3) as takes:
        assert fourth.wait(10)
        assert made == [0, 1, 2, 3]  # three are ready, the fourth has no room
        assert number(next(takes)) == 0


@pytest.mark.parametrize("depth", [0, 2])
def test_a_failure_comes_after_the_takes_before_it(depth: int) -> None:
    def speak() -> Iterator[Take]:
        yield take(0)
        yield take(1)
        raise SpeechFailed("No.")

    with ahead(speak(), depth) as takes:
        assert [number(next(takes)), number(next(takes))] == [0, 1]
        with pytest.raises(SpeechFailed, match="No"):
            next(takes)


def test_who_stops_early_leaves_no_thread_behind() -> None:
    before = threading.active_count()
    closed: list[bool] = []

    def speak() -> Iterator[Take]:
        try:
            for n in range(1_000_000):
                yield take(n)
        finally:
            closed.append(True)

    with ahead(speak(), 2) as takes:
        next(takes)
    assert threading.active_count() == before
