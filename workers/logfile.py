"""A log file that cannot fill the disk: when it is full it becomes ``NAME.1``, that one ``NAME.2``, and so on.

Several commands may write to the same file. Each looks before it writes whether the file was moved away, and
only one moves it at a time.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
from collections.abc import Iterator
from pathlib import Path

FULL_BYTES = 5 * 2**20
"""A file that is as large as this is moved away. Warnings of a bad night fit into one."""
KEPT_FILES = 3
"""Files that were moved away and are kept."""
PIECE_BYTES = 2**16
"""Most that is read at a time from who writes."""


class LogFile:
    """Bounded, for one thread; ``write`` never raises: a full disk costs lines, not the work they tell of."""

    def __init__(self, path: Path, full: int = FULL_BYTES, kept: int = KEPT_FILES) -> None:
        """``full`` in bytes; ``kept`` files beside the one that is written to."""
        self.path, self._full, self._kept = path, full, kept
        self._file = -1

    def write(self, data: bytes) -> None:
        """Append whole lines."""
        with contextlib.suppress(OSError):
            self._open()
            if os.fstat(self._file).st_size + len(data) > self._full:
                self._move()
                self._open()
            while data:
                data = data[os.write(self._file, data) :]

    def close(self) -> None:
        """Write no more."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _open(self) -> None:
        """The file of that name, as it is now."""
        if self._file >= 0 and not self._is_current():
            self.close()
        if self._file < 0:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def _is_current(self) -> bool:
        try:
            return os.path.samestat(self.path.stat(), os.fstat(self._file))
        except FileNotFoundError:
            return False

    def _move(self) -> None:
        """Move the files on by one, unless another command just did, or there is nothing in it yet."""
        with self._alone():
            if not self._is_current() or os.fstat(self._file).st_size == 0:
                return
            for number in range(self._kept, 0, -1):
                with contextlib.suppress(FileNotFoundError):
                    self._numbered(number - 1).replace(self._numbered(number))

    def _numbered(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}") if number else self.path

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        lock = os.open(
            self.path.with_name(f".{self.path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
        )
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)


def pour(source: int, file: LogFile) -> threading.Thread:
    """Write to ``file`` what comes out of a pipe, until its other end is closed; the thread then closes both."""
    thread = threading.Thread(target=_pour, args=(source, file), name=file.path.name, daemon=True)
    thread.start()
    return thread


def _pour(source: int, file: LogFile) -> None:
    rest = b""
    try:
        while piece := os.read(source, PIECE_BYTES):
            lines, newline, rest = (rest + piece).rpartition(b"\n")
            if newline:
                file.write(lines + newline)
            if len(rest) >= PIECE_BYTES:  # no line, whatever it is
                file.write(rest)
                rest = b""
    finally:
        if rest:
            file.write(rest + b"\n")
        file.close()
        os.close(source)
