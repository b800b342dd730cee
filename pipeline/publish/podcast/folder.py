"""The public folder of a show: every file in it is at any moment a whole old one or a whole new one.

Files that a feed names are there before the feed, and are removed after it: who subscribes never sees a feed that
names a file that is missing. That holds after a power cut as well where ``sync`` is called between the two.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import secrets
import time
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import Self

from pipeline.errors import PublishError
from pipeline.publish.podcast.show import EpisodeFile

LOCK = ".lock"
_SUFFIX = ".partial"
_PARTIAL = re.compile(r"\..+\.[0-9a-f]{8}\.partial")
_OLD_SECONDS = 3600.0
"""A file that was begun so long ago has nobody any more who finishes it."""
STEM_CHARACTERS = 60
"""Of a title in a file's name."""


class ShowFolder:
    """The files of a show."""

    def __init__(self, path: Path) -> None:
        """``path`` need not be there yet."""
        self.path = path
        self._changed = False

    @contextmanager
    def locked(self) -> Iterator[Self]:
        """Be the only one who changes it; at the end it is as ``sync`` leaves it.

        Raises ``PublishError`` when the folder cannot be written.
        """
        with self._explained():
            self.path.mkdir(parents=True, exist_ok=True)
            lock = os.open(self.path / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            with suppress(OSError):  # network file systems may know no locks
                fcntl.flock(lock, fcntl.LOCK_EX)
            self._sweep()
            self._changed = True  # whoever was here before may have been killed
            yield self
            self.sync()
        finally:
            os.close(lock)

    def write(self, name: str, data: bytes, media_type: str = "") -> EpisodeFile:
        """Let a file have these bytes; one that has them already is left alone. Raises ``PublishError``."""
        path = self.path / name
        try:
            same = path.stat().st_size == len(data) and path.read_bytes() == data
        except OSError:
            same = False
        if same:
            return EpisodeFile(name, len(data), media_type)
        return self.put(name, _writer(data), media_type)

    def put(self, name: str, make: Callable[[Path], None], media_type: str = "") -> EpisodeFile:
        """Let ``make`` write a new file, which then takes the place of the old one. Raises ``PublishError``.

        What is in it is on the disk by then; that it has this name is only when ``sync`` was called.
        """
        partial = self.path / f".{name}.{secrets.token_hex(4)}{_SUFFIX}"
        try:
            with self._explained():
                make(partial)
                with partial.open("rb") as file:
                    os.fsync(file.fileno())
                    size = os.fstat(file.fileno()).st_size
                partial.chmod(0o644)  # for the web server
                partial.replace(self.path / name)
                self._changed = True
        finally:
            with suppress(OSError):
                partial.unlink(missing_ok=True)
        return EpisodeFile(name, size, media_type)

    def remove(self, names: Iterable[str]) -> None:
        """Remove files after all that was written; those that are gone do not matter. Raises ``PublishError``."""
        self.sync()
        with self._explained():
            for name in names:
                (self.path / name).unlink(missing_ok=True)
                self._changed = True

    def sync(self) -> None:
        """Let the disk have all names as they are now, whatever comes next. Raises ``PublishError``."""
        if not self._changed:
            return
        with self._explained():
            folder = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
            try:
                os.fsync(folder)
            except OSError as error:
                if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # not every file system can
                    raise
            finally:
                os.close(folder)
        self._changed = False

    def _sweep(self) -> None:
        """Remove what a killed process left."""
        for path in self.path.glob(f".*{_SUFFIX}"):
            with suppress(OSError):
                if _PARTIAL.fullmatch(path.name) and time.time() - path.stat().st_mtime > _OLD_SECONDS:
                    path.unlink()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise PublishError(
                f"The show's folder {self.path} could not be written: {error.strerror or error}; "
                "make room or correct its permissions, and run 'voxpress feed rebuild'."
            ) from error


def _writer(data: bytes) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.write_bytes(data)

    return write


def stem_of(title: str, day: date, taken: Iterable[str]) -> str:
    """What an episode's files are called: day and title, in what every server, client and file system takes."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain.replace("'", "")).strip("-")
    if len(words) > STEM_CHARACTERS:
        words = words[: STEM_CHARACTERS + 1].rpartition("-")[0] or words[:STEM_CHARACTERS]
    stem = f"{day:%Y-%m-%d}-{words or 'episode'}"
    others, number, name = set(taken), 1, stem
    while name in others:
        number += 1
        name = f"{stem}-{number}"
    return name


__all__ = ["ShowFolder", "stem_of"]
