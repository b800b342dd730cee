"""Takes made ahead of who keeps them, so that a GPU speaks while its last takes are checked and stored."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from queue import Empty, Full, Queue

from pipeline.model import Take

TURN_SECONDS = 0.1
"""How often a thread that waits for room looks whether it is still wanted."""


@contextmanager
def ahead(takes: Iterable[Take], depth: int) -> Iterator[Iterator[Take]]:
    """The same takes in the same order, of which up to ``depth`` are made before they are asked for (0: none).

    They are made in a thread of its own, which ends with the block: at the latest when the take in hand is there.
    What is raised while a take is made is raised where that take would have come.
    """
    if depth <= 0:
        yield iter(takes)
        return
    made = _Made(takes, depth)
    made.start()
    try:
        yield iter(made)
    finally:
        made.stop()


class _Made(threading.Thread):
    """Makes takes until there are no more, or nobody wants them."""

    def __init__(self, takes: Iterable[Take], depth: int) -> None:
        super().__init__(name="speaking", daemon=True)
        self._takes, self._ready = takes, Queue[Take | BaseException | None](depth)
        self._unwanted = threading.Event()

    def run(self) -> None:
        last: BaseException | None = None
        try:
            for take in self._takes:
                if not self._put(take):
                    return
        except BaseException as error:  # whatever an engine raises is for who asked
            last = error
        self._put(last)

    def __iter__(self) -> Iterator[Take]:
        while True:
            one = self._ready.get()
            if one is None:
                return
            if isinstance(one, BaseException):
                raise one
            yield one

    def stop(self) -> None:
        self._unwanted.set()
        while self.is_alive():
            try:
                self._ready.get(timeout=TURN_SECONDS)
            except Empty:
                continue
        self.join()

    def _put(self, one: Take | BaseException | None) -> bool:
        while not self._unwanted.is_set():
            try:
                self._ready.put(one, timeout=TURN_SECONDS)
            except Full:
                continue
            return True
        return False
