"""A file that is written once, from front to back, and knows its size and hash when it is done."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from pipeline.publish.plan import PublishedFile


class Writable(Protocol):
    """Something that bytes are written to, from front to back."""

    def write(self, data: bytes, /) -> object:
        """Append ``data``."""
        ...


class Sink:
    """Binary writer. When closed without an error the bytes are on the disk, not only in its cache."""

    def __init__(self, path: Path) -> None:
        """Make ``path`` anew; it must not be there yet."""
        self.path = path
        self.size = 0
        self._hash = hashlib.sha256()
        self._file = path.open("xb", buffering=1 << 20)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Append ``data``."""
        self._file.write(data)
        self._hash.update(data)
        self.size += len(data)

    def text(self, text: str) -> None:
        """Append ``text`` in UTF-8."""
        self.write(text.encode("utf-8", errors="replace"))

    def published(self, folder: Path) -> PublishedFile:
        """What was written, named from ``folder``."""
        return PublishedFile(self.path.relative_to(folder).as_posix(), self.size, self._hash.hexdigest())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._file.flush()
            os.fsync(self._file.fileno())
        self._file.close()
