"""Several things at the same time, and their results one after the other."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def in_threads(work: Callable[[T], R], items: Sequence[T], ahead: int) -> Iterator[R]:
    """``work`` of each item, in order, with at most ``ahead`` of them under way in threads.

    What ``work`` raises is raised in its turn: the results before it were given. Nothing is begun after that, nor
    after the generator was closed; what is under way then comes to its end unheard.
    """
    if ahead < 2 or len(items) < 2:
        yield from map(work, items)
        return
    pool = ThreadPoolExecutor(ahead, thread_name_prefix="speak")
    waiting = iter(items)
    under_way: deque[Future[R]] = deque()
    try:
        for item in waiting:
            under_way.append(pool.submit(work, item))
            if len(under_way) >= ahead:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
