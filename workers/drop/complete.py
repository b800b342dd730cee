"""Is a file complete? Nobody says so when a copy ends: it is told from what can be seen.

A file is complete when its size, time and inode have stayed the same for a while that was *watched* (also for
what was there at start-up: it may be half of a copy that goes on), when no program has it open for writing,
as far as this host can see, and when its end does not look cut off. What looks cut off, and what is empty, is
given longer, and then taken as it is: it may really be broken, and somebody should be told.
"""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import stat
import time
from collections.abc import Callable, Collection, Hashable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PATIENCE_SECONDS = 300.0
"""How long a file that looks cut off, or is empty, must have stayed the same."""
_ZIP, _ZIP_END = b"PK\x03\x04", b"PK\x05\x06"
"""A ZIP begins and ends with these (APPNOTE.TXT 4.3.7, 4.3.16)."""
_ZIP_TAIL = 65536 + 22
"""The end record has 22 bytes and at most 65,535 of comment."""
_PDF, _PDF_END = b"%PDF-", b"%%EOF"
_PDF_TAIL = 4096
_FICTION, _FICTION_END = b"<FictionBook", b"</FictionBook"
_RTF, _RTF_END = b"{\\rtf", b"}"
_TEXT_TAIL = 64
"""Of documents whose last bytes say that they are whole; white space may follow."""
_WRITING = (os.O_WRONLY, os.O_RDWR)


@dataclass(slots=True)
class _Seen:
    mark: str
    since: float
    turn: int


class Stillness:
    """How long each thing has stayed the same, by a clock that nobody sets."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: dict[Hashable, _Seen] = {}
        self._turn = 0

    def begin_turn(self) -> None:
        """Everything that is there is about to be looked at."""
        self._turn += 1

    def look(self, key: Hashable, mark: str) -> float:
        """Seconds for which ``key`` has had that mark; 0 when it is new or changed."""
        seen = self._seen.get(key)
        if seen is None or seen.mark != mark:
            seen = self._seen[key] = _Seen(mark, self._clock(), self._turn)
        seen.turn = self._turn
        return self._clock() - seen.since

    def end_turn(self) -> None:
        """Forget what was not looked at: it is gone."""
        self._seen = {key: seen for key, seen in self._seen.items() if seen.turn == self._turn}

    def forget(self, key: Hashable) -> None:
        """Begin anew with it."""
        self._seen.pop(key, None)

    def __len__(self) -> int:
        return len(self._seen)


def looks_whole(descriptor: int) -> bool:
    """Whether the file's end is what its kind ends with; True for kinds whose end says nothing."""
    size = os.fstat(descriptor).st_size
    head = os.pread(descriptor, 1024, 0)
    if not head.strip(b"\0"):
        return False  # empty, or room that was set aside for a copy
    if head.startswith(_ZIP):
        return _ZIP_END in os.pread(descriptor, _ZIP_TAIL, max(0, size - _ZIP_TAIL))
    if _PDF in head:
        return _PDF_END in os.pread(descriptor, _PDF_TAIL, max(0, size - _PDF_TAIL))
    if head.startswith(_RTF) or _FICTION in head:
        end = _RTF_END if head.startswith(_RTF) else _FICTION_END
        return end in os.pread(descriptor, _TEXT_TAIL, max(0, size - _TEXT_TAIL))
    return True


def is_written(descriptor: int) -> bool:
    """Whether a program has the file open for writing, as far as this host can see.

    The kernel is asked for a lease on the file, which it refuses while anybody writes, in whatever container
    and of whatever user; it grants leases to the file's owner and to root only (fcntl(2), F_SETLEASE). Else
    the open files of the processes that may be looked at are gone through. Writers on other hosts cannot be
    seen, nor those of other users where neither way works.
    """
    leased = _lease(descriptor)
    return _in_proc(descriptor) if leased is None else not leased


def _lease(descriptor: int) -> bool | None:
    """Whether a read lease is granted; None where none can be asked for."""
    if not hasattr(fcntl, "F_SETLEASE"):
        return None
    try:
        # Whoever opens it for writing in that moment waits for us, and we are told so by a signal: one that
        # is ignored unless somebody asks for it (the default one would end this process).
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except OSError as error:
        return False if error.errno == errno.EAGAIN else None
    with suppress(OSError):
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return True


def _in_proc(descriptor: int) -> bool:
    wanted = os.fstat(descriptor)
    own = os.getpid()
    for process in _processes():
        if process == own:
            continue
        folder = f"/proc/{process}/fd"
        with suppress(OSError):
            for number in os.listdir(folder):
                with suppress(OSError):
                    status = os.stat(f"{folder}/{number}")
                    same = (status.st_dev, status.st_ino) == (wanted.st_dev, wanted.st_ino)
                    if same and stat.S_ISREG(status.st_mode) and _writes(process, number):
                        return True
    return False


def _processes() -> Collection[int]:
    with suppress(OSError):
        return [int(name) for name in os.listdir("/proc") if name.isdigit()]
    return ()


def _writes(process: int, number: str) -> bool:
    for line in Path(f"/proc/{process}/fdinfo/{number}").read_text().splitlines():
        if line.startswith("flags:"):
            return int(line.split()[1], 8) & os.O_ACCMODE in _WRITING
    return False
