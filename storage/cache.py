"""This host's copies of blobs that lie elsewhere: bounded, the one that was not used for longest goes first.

Processes share the folder without talking to each other. A copy's modification time says when it was used last.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

IN_USE_SECONDS = 1800.0
"""A copy that was asked for so lately may still be about to be opened: it stays, bound or no bound."""
LOOK_SHARE = 0.05
"""Of the bound: after so much has come in, a process looks how much there is."""
LEFT_SHARE = 0.9
"""Of the bound: what is left after room was made, so that it is not made for every copy."""


class _Copy(NamedTuple):
    used: float
    """Seconds since the epoch."""
    size: int
    path: Path


class BlobCache:
    """Copies under one folder, each under its blob's name."""

    def __init__(self, root: Path, most: int) -> None:
        """``most``: bytes that the copies may take; nothing is created before one is kept."""
        self.root = root
        self.most = most
        self._new = float("inf")  # the first copy has this process look at what former ones left

    def find(self, name: str) -> Path | None:
        """The copy, which counts as used now, or None."""
        path = self.root / name
        try:
            os.utime(path)
        except FileNotFoundError:
            return None
        return path

    def keep(self, name: str, path: Path) -> Path:
        """Take a file of the same file system as the copy; returns where it is now."""
        target, size = self.root / name, path.stat().st_size
        with path.open("rb") as file:
            os.fsync(file.fileno())  # a copy is believed without being read again, after a power cut as well
        path.chmod(0o444)
        os.utime(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        path.replace(target)
        self._new += size
        if self._new > self.most * LOOK_SHARE:
            self.make_room()
        return target

    def drop(self, name: str) -> None:
        """Forget a copy; nothing happens when there is none."""
        (self.root / name).unlink(missing_ok=True)

    def make_room(self) -> int:
        """Remove the copies that were used least lately, down to the bound; returns the bytes that were freed."""
        self._new = 0
        copies = sorted(self._copies())
        total, freed = sum(copy.size for copy in copies), 0
        if total <= self.most:
            return 0
        newest = time.time() - IN_USE_SECONDS
        for copy in copies:
            if total - freed <= self.most * LEFT_SHARE or copy.used > newest:
                break
            copy.path.unlink(missing_ok=True)
            freed += copy.size
        return freed

    def _copies(self) -> Iterator[_Copy]:
        for folder, _, names in os.walk(self.root / "objects"):
            for name in names:
                path = Path(folder, name)
                with suppress(FileNotFoundError):  # another process makes room, too
                    stat = path.stat()
                    yield _Copy(stat.st_mtime, stat.st_size, path)
