"""One drop folder: who it is, that one watcher has it, and what lies in it."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import secrets
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import SettingsError, WorkError
from workers.drop import files, ignored
from workers.drop.names import shown

MARKER = ".voxpress-inbox"
"""File in a drop folder that holds its name. The ledger knows it by that, wherever it is mounted."""
DEEPEST = 32
"""Folders in folders that are looked into."""
_NAME = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Found:
    """A file in a drop folder."""

    path: str
    """Relative, with slashes."""
    folders: tuple[str, ...]
    name: str
    size: int
    mark: str
    fetched: bool
    """An unfinished twin lies beside it."""


class Inbox:
    """A drop folder that is open and locked. ``close`` gives it back."""

    def __init__(self, folder: Path) -> None:
        """Open it. Raises ``SettingsError`` when it cannot be used, ``WorkError`` when another watcher has it."""
        self.folder = folder.expanduser().absolute()
        try:
            self.folder = self.folder.resolve(strict=True)
            self.root = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            os.listdir(self.root)
        except OSError as error:
            raise SettingsError(
                f"The drop folder {self.folder} cannot be used ({error.strerror}): make it, or name another one."
            ) from error
        self.locked = self._lock()
        status = os.fstat(self.root)
        self._identity = (status.st_dev, status.st_ino)
        self.name = ""

    def close(self) -> None:
        """Let others have it."""
        os.close(self.root)

    def _lock(self) -> bool:
        """Hold it against other watchers on this host; False where its file system knows no such locks.

        The lock ends with this process, however that ends.
        """
        try:
            fcntl.flock(self.root, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(self.root)
            raise WorkError(
                f"Another watcher looks after {self.folder} already: stop that one first (it may be part of "
                "'voxpress up')."
            ) from error
        except OSError:
            return False
        return True

    def is_there(self) -> bool:
        """Whether the folder at its path is still this one, not one that was made or mounted anew."""
        try:
            status = os.stat(self.folder)
        except OSError:
            return False
        return (status.st_dev, status.st_ino) == self._identity

    def reopen(self) -> bool:
        """Take up the folder that is at its path now, if it is this drop folder: mounted again, say."""
        try:
            again = Inbox(self.folder)
        except (SettingsError, WorkError):
            return False
        if again.read_name() != self.name:
            again.close()
            return False
        os.close(self.root)
        self.root, self.locked, self._identity = again.root, again.locked, again._identity
        return True

    def read_name(self) -> str:
        """Its name as the file in it says; empty where there is none."""
        try:
            text = files.read_start(self.root, MARKER, 64).decode().strip()
        except (OSError, UnicodeDecodeError):
            return ""
        return text if _NAME.fullmatch(text) else ""

    def find_name(self, known: str) -> None:
        """Learn its name from the file in it; where there is none, it gets ``known``, or a new one.

        ``known`` is what the ledger called this place before. A folder that cannot be written to has only that.
        """
        self.name = self.read_name()
        if self.name:
            return
        self.name = known or secrets.token_hex(16)
        with suppress(OSError):
            files.remove(self.root, MARKER)
            files.write_new(self.root, MARKER, f"{self.name}\n".encode())
        self.name = self.read_name() or self.name  # another host may have been quicker

    @property
    def writable(self) -> bool:
        """Whether files can be moved in it."""
        return os.access(".", os.W_OK | os.X_OK, dir_fd=self.root)

    def shown(self, path: str) -> str:
        """A file's whole path for people."""
        return shown(str(self.folder / path)) if path else shown(str(self.folder))

    # -- what lies in it --------------------------------------------------------------------------------

    def scan(self, odd: Callable[[str, str], None]) -> Iterator[Found]:
        """Every file that may be meant for us, and every ``voxpress.toml``; folders are entered in order.

        ``odd(path, why)`` is told what is passed over although a person may have meant it.
        """
        yield from self._scan((), odd)

    def _scan(self, folders: tuple[str, ...], odd: Callable[[str, str], None]) -> Iterator[Found]:
        inner: list[str] = []
        here = "/".join(folders)
        with ExitStack() as stack:
            try:
                folder = stack.enter_context(files.folder_at(self.root, folders))
                with os.scandir(folder) as entries:
                    listed = sorted(entries, key=lambda entry: entry.name)
                    names = frozenset(entry.name for entry in listed)
                    for entry in listed:
                        path = f"{here}/{entry.name}" if here else entry.name
                        if found := self._look(entry, path, folders, names, inner, odd):
                            yield found
            except (FileNotFoundError, NotADirectoryError):
                return  # it vanished
            except OSError as error:
                odd(here, f"cannot be listed ({os.strerror(error.errno or errno.EIO)})")
        if inner and len(folders) >= DEEPEST:
            odd(here, f"is {DEEPEST} folders deep; what lies deeper is not looked at")
            return
        for name in inner:
            yield from self._scan((*folders, name), odd)

    def _look(
        self,
        entry: os.DirEntry[str],
        path: str,
        folders: tuple[str, ...],
        names: frozenset[str],
        inner: list[str],
        odd: Callable[[str, str], None],
    ) -> Found | None:
        try:
            status = entry.stat(follow_symlinks=False)
        except OSError:
            return None  # it vanished
        if stat.S_ISDIR(status.st_mode):
            ours = not folders and entry.name in (ignored.DONE, ignored.FAILED)
            if not ours and not ignored.is_ignored_folder(entry.name, names):
                inner.append(entry.name)
            return None
        if entry.name in ignored.RULE_FILES and not stat.S_ISREG(status.st_mode):
            odd(path, "is no regular file, and says nothing")
        elif entry.name not in ignored.RULE_FILES and ignored.is_ignored_file(entry.name):
            if ignored.is_companion(entry.name):
                odd(path, "is left alone: it is of a kind that lies beside books")
        elif stat.S_ISLNK(status.st_mode):
            odd(path, "is a link, and links are not followed: put the file itself there")
        elif stat.S_ISREG(status.st_mode):
            fetched = ignored.is_being_fetched(entry.name, names)
            return Found(path, folders, entry.name, status.st_size, files.mark_of(status), fetched)
        else:
            odd(path, "is a device or a pipe")
        return None


def check_places(inboxes: list[Path], library: Path, home: Path) -> None:
    """Refuse drop folders that lie in one another, in the library or the state folder, or around these.

    Else what is published would be taken in again. Raises ``SettingsError``.
    """
    real = [(folder, Path(os.path.realpath(folder.expanduser()))) for folder in inboxes]
    others = [("the library", library), ("the state folder", home)]
    for number, (folder, place) in enumerate(real):
        for other, there in real[:number]:
            if place == there:
                raise SettingsError(f"The drop folder {folder} is named twice.")
            if _inside(place, there) or _inside(there, place):
                raise SettingsError(
                    f"The drop folders {other} and {folder} lie inside one another: choose one."
                )
        for what, path in others:
            there = Path(os.path.realpath(path.expanduser()))
            if _inside(place, there) or _inside(there, place):
                raise SettingsError(
                    f"The drop folder {folder} and {what} {path} lie inside one another: what is made would be "
                    "taken in again; put them side by side."
                )


def _inside(path: Path, folder: Path) -> bool:
    return path == folder or path.is_relative_to(folder)
