"""How many requests a host gives a server at the same time, however many processes it has.

A server that speaks one text at a time queues what else comes, and what waits there runs into its time limit here.
So who wants to ask takes one of ``parallel`` files first. The locks end with their process, however that ends.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SOON, _LATE = 0.01, 0.25
"""Seconds between two looks for a free slot, at first and in the end."""


class Slots:
    """The requests that this host may have under way at one address."""

    def __init__(self, folder: Path | None, address: str, count: int) -> None:
        """``folder`` is this host's own; without one, or where it cannot be written, only the threads of this
        process know of each other."""
        self._threads = threading.BoundedSemaphore(count)
        self._files: list[Path] = []
        if folder is not None and _writable(folder):
            digest = hashlib.sha256(address.encode()).hexdigest()[:16]
            self._files = [folder / f"{digest}.{place}" for place in range(count)]

    @contextmanager
    def one(self) -> Iterator[None]:
        """Wait for a slot and hold it."""
        with self._threads:
            held = self._wait() if self._files else None
            try:
                yield
            finally:
                if held is not None:
                    os.close(held)

    def _wait(self) -> int:
        pause = _SOON
        while True:
            for path in random.sample(self._files, len(self._files)):
                descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    os.close(descriptor)
                    continue
                return descriptor
            time.sleep(pause * random.uniform(0.5, 1.0))
            pause = min(2 * pause, _LATE)


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)
