"""Files of a mirror, fetched under a size and a checksum that are known before.

What was fetched before a break is kept under the temporary name that the caller gives, and gone on with.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from pipeline.errors import FetchError
from pipeline.pulling.mirror import Mirror, blocks

Progress = Callable[[int, int], None]
"""Called with the bytes that are there and the bytes of all."""


class Checksum(StrEnum):
    """How a list says what a file is."""

    SHA256 = "sha256"
    MD5 = "md5"
    """What Piper's public list has."""
    GIT = "git"
    """Git's name of a file's content, SHA-1: what Hugging Face has for small files."""

    def of(self, path: Path) -> str:
        """That of a file, as hex digits."""
        with path.open("rb") as file:
            return hashlib.file_digest(file, self._begun(path)).hexdigest()

    def _begun(self, path: Path) -> Callable[[], Any]:
        if self is not Checksum.GIT:
            return lambda: hashlib.new(self.value, usedforsecurity=False)
        header = b"blob %d\0" % path.stat().st_size
        return lambda: hashlib.sha1(header, usedforsecurity=False)


@dataclass(frozen=True, slots=True)
class MirroredFile:
    """One file to be fetched."""

    path: str
    """Relative to the mirror's root."""
    size: int
    """Bytes."""
    digest: str
    """Hex."""
    kind: Checksum = Checksum.SHA256


class Pulling:
    """Files that are fetched one after the other, their progress told as that of one whole."""

    def __init__(self, mirror: Mirror, total: int, progress: Progress | None = None) -> None:
        """``total``: bytes of all files."""
        self.mirror, self._total, self._progress = mirror, total, progress
        self._done = 0

    def fetch(self, file: MirroredFile, target: Path) -> str:
        """The file, whole and checked, as ``target``; its SHA-256. Goes on with what is already there of it.

        Raises ``FetchError``, and ``OSError`` when it cannot be written.
        """
        have = target.stat().st_size if target.exists() else 0
        if have < file.size:
            have = self._download(file, target, have)
            if have < file.size:
                raise FetchError(f"The download of {file.path} broke off; the same command goes on with it.")
        if have != file.size or file.kind.of(target) != file.digest:
            target.unlink()
            raise FetchError(
                f"{file.path} from {self.mirror.root} is not what the list says (size or checksum); it was "
                "deleted."
            )
        self._done += file.size
        self._tell(0)
        return file.digest if file.kind is Checksum.SHA256 else hash_file(target)

    def _download(self, file: MirroredFile, target: Path, have: int) -> int:
        with (
            self.mirror.open(file.path, have) as (stream, begin),
            target.open("r+b" if begin else "wb") as out,
        ):
            out.seek(begin)
            have = begin
            for block in blocks(stream, file.path):
                have += len(block)
                if have > file.size:
                    break
                out.write(block)
                self._tell(have)
            out.flush()
            os.fsync(out.fileno())
        return have

    def _tell(self, of_file: int) -> None:
        if self._progress:
            self._progress(self._done + of_file, self._total)


@contextmanager
def only_one(folder: Path) -> Iterator[Path]:
    """The folder, made if need be, for one process at a time."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


def hash_file(path: Path) -> str:
    """Hex SHA-256 of a file."""
    return Checksum.SHA256.of(path)
