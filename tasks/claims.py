"""One host never makes the same take twice at the same time.

An equal sentence may stand in several chapters, or in two productions of the same book. Who speaks it holds a
file lock named by the take's key; the lock ends with its process, however that ends. Between hosts there is
no such claim: there a double take costs time, never correctness, because equal keys mean equal sound.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType


def claims_folder(run_dir: Path) -> Path:
    """Where the claims of a state folder are."""
    return run_dir / "claims"


def sweep(run_dir: Path) -> None:
    """Remove the files that killed processes left; those of the living stay."""
    folder = claims_folder(run_dir)
    with Claims(folder) as claims:
        claims.take([path.name for path in folder.iterdir()])


class Claims:
    """The takes that this process is making now; a context manager that releases them all."""

    def __init__(self, folder: Path) -> None:
        """``folder`` holds one small file for each claimed take."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._held: dict[str, int] = {}

    def __enter__(self) -> Claims:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for key in list(self._held):
            self.release(key)

    def take(self, keys: Iterable[str]) -> set[str]:
        """Claim what nobody else on this host holds; return what is ours now."""
        return {key for key in keys if self._lock(key, wait=False)}

    def wait(self, key: str) -> None:
        """Claim a take, waiting until its present holder is done or dead. Hold nothing else meanwhile."""
        assert not self._held, "waiting while holding claims could wait for ever"
        self._lock(key, wait=True)

    def release(self, key: str) -> None:
        """Give a claim back."""
        descriptor = self._held.pop(key, None)
        if descriptor is None:
            return
        # Unlinked while still locked: whoever waits for it then holds a lock on a file without a name, sees
        # that in _lock, and starts over.
        (self._folder / key).unlink(missing_ok=True)
        os.close(descriptor)

    def _lock(self, key: str, *, wait: bool) -> bool:
        path = self._folder / key
        while key not in self._held:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                os.close(descriptor)
                return False
            if _same_file(path, descriptor):
                self._held[key] = descriptor
            else:
                os.close(descriptor)
        return True


def _same_file(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
