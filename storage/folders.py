"""Where blobs lie: a local folder, or any file system that fsspec knows.

Both offer the same few operations on names such as ``objects/ab/cdef``; what is written appears under its
name as a whole or not at all. Names are made by ``storage.blobs`` from hex digits only, never from input.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, Protocol

from pipeline.errors import StorageError
from storage.processes import is_alive

if TYPE_CHECKING:
    from storage.remote import Access

BLOCK = 1024 * 1024
"""Bytes that are copied at a time."""
STALE_SECONDS = 24 * 3600.0
"""Age of another host's temporary folder after which nobody is thought to be writing there."""


class Stored(NamedTuple):
    """A file in a folder."""

    name: str
    size: int
    mtime: float
    """Seconds since the epoch."""


class Folder(Protocol):
    """What a place for blobs must be able to do."""

    @property
    def temp_dir(self) -> Path:
        """A local folder of this process; for a local folder it is on the same file system."""
        ...

    def write(self, name: str, data: bytes, durable: bool = True) -> None:
        """Write ``data`` under ``name``; ``durable`` waits until the disk has it."""
        ...

    def adopt(self, name: str, path: Path, move: bool) -> None:
        """Put a local file under ``name``; with ``move`` it is gone from ``path`` afterwards."""
        ...

    def open(self, name: str) -> BinaryIO:
        """Open for reading. Raises ``FileNotFoundError``."""
        ...

    def read(self, name: str) -> bytes:
        """All bytes of something small. Raises ``FileNotFoundError``."""
        ...

    def path(self, name: str, sha256: str) -> Path:
        """A local file with the content of ``name``; a copy's bytes are compared with their checksum.

        Raises ``FileNotFoundError``.
        """
        ...

    def stat(self, name: str) -> Stored | None:
        """Size and age, or None when there is no such file."""
        ...

    def touch(self, name: str) -> None:
        """Make it young again, so that the collector leaves it alone."""
        ...

    def delete(self, name: str) -> None:
        """Remove it; nothing happens when it is not there."""
        ...

    def list(self, prefix: str) -> Iterator[Stored]:
        """Every file below ``prefix``, in no order."""
        ...


def open_folder(url: str, cache: Path | None = None, access: Access | None = None) -> Folder:
    """The folder behind a path or an fsspec URL; ``cache`` holds local copies of a remote one's files."""
    if url.startswith("file://"):
        url = url.removeprefix("file://")
    if "://" not in url:
        return LocalFolder(Path(url).expanduser())
    if cache is None:
        import platformdirs

        cache = platformdirs.user_cache_path("voxpress") / "blobs"
    from storage.remote import Access, RemoteFolder
    from storage.s3 import S3Folder

    kind = S3Folder if url.startswith("s3://") else RemoteFolder
    return kind(url, cache, access or Access())


@contextmanager
def _explained(doing: str, where: object) -> Iterator[None]:
    """Turn an error of the operating system into a sentence; a file missing for a reader stays what it is."""
    try:
        yield
    except OSError as error:
        if doing == "read" and isinstance(error, FileNotFoundError):
            raise
        raise StorageError(
            f"The blob store at {where} could not be {doing} ({error.strerror or error}): "
            "check its free space and its permissions."
        ) from error


class LocalFolder:
    """A folder on this machine, or on a network mount."""

    def __init__(self, root: Path) -> None:
        """Create it when it is missing."""
        self.root = root.absolute()
        self._temp = TempFolder(self.root / "tmp")
        self._made: set[str] = set()

    @property
    def temp_dir(self) -> Path:
        """This process's own temporary folder, on the same file system."""
        with _explained("written to", self.root):
            return self._temp.path

    def write(self, name: str, data: bytes, durable: bool = True) -> None:
        """Write under a temporary name, sync, rename, sync the folder."""
        with _explained("written to", self.root):
            temp = self._temp.path / secrets.token_hex(8)
            try:
                with temp.open("xb") as file:
                    file.write(data)
                    if durable:
                        file.flush()
                        os.fsync(file.fileno())
                self._place(temp, name, durable)
            except BaseException:
                temp.unlink(missing_ok=True)
                raise

    def adopt(self, name: str, path: Path, move: bool) -> None:
        """As ``write``; a file that lies on the same file system is moved without being copied."""
        with _explained("written to", self.root):
            if move and path.stat().st_dev == self._temp.path.stat().st_dev:
                with path.open("rb") as file:
                    os.fsync(file.fileno())
                self._place(path, name, durable=True)
                return
            temp = self._temp.path / secrets.token_hex(8)
            try:
                with path.open("rb") as source, temp.open("xb") as target:
                    shutil.copyfileobj(source, target, BLOCK)
                    target.flush()
                    os.fsync(target.fileno())
                self._place(temp, name, durable=True)
            except BaseException:
                temp.unlink(missing_ok=True)
                raise
            if move:
                path.unlink()

    def _place(self, temp: Path, name: str, durable: bool) -> None:
        temp.chmod(0o444)
        target = self.root / name
        if str(target.parent) not in self._made:
            target.parent.mkdir(parents=True, exist_ok=True)
            if durable:
                _sync_folder(target.parent.parent)
            self._made.add(str(target.parent))
        try:
            temp.replace(target)
        except FileNotFoundError:  # somebody removed the folder while we were running
            target.parent.mkdir(parents=True, exist_ok=True)
            temp.replace(target)
        if durable:
            _sync_folder(target.parent)

    def open(self, name: str) -> BinaryIO:
        """Open for reading."""
        with _explained("read", self.root):
            return (self.root / name).open("rb")

    def read(self, name: str) -> bytes:
        """All bytes."""
        with self.open(name) as file:
            return file.read()

    def path(self, name: str, sha256: str) -> Path:
        """The file itself."""
        path = self.root / name
        with _explained("read", self.root):
            path.stat()
        return path

    def stat(self, name: str) -> Stored | None:
        """Size and age, or None."""
        with _explained("read", self.root):
            try:
                found = (self.root / name).stat()
            except FileNotFoundError:
                return None
            return Stored(name, found.st_size, found.st_mtime)

    def touch(self, name: str) -> None:
        """Set the modification time to now."""
        with suppress(OSError):  # another user's file in a shared folder: its age only delays the collector
            os.utime(self.root / name)

    def delete(self, name: str) -> None:
        """Unlink."""
        with _explained("written to", self.root):
            (self.root / name).unlink(missing_ok=True)

    def list(self, prefix: str) -> Iterator[Stored]:
        """Walk the folder."""
        top = self.root / prefix
        with _explained("read", self.root):
            for folder, _, names in os.walk(top):
                for name in names:
                    path = Path(folder, name)
                    with suppress(FileNotFoundError):  # removed while we were walking
                        stat = path.stat()
                        yield Stored(str(path.relative_to(self.root)), stat.st_size, stat.st_mtime)


class TempFolder:
    """A temporary folder for each process, named so that those of dead processes can be told and swept."""

    def __init__(self, root: Path) -> None:
        """Nothing is created before ``path`` is asked for."""
        self.root = root
        self._pid = 0
        self._path = root

    @property
    def path(self) -> Path:
        """This process's folder; the first call in a process also sweeps away what dead ones left."""
        if self._pid != os.getpid():
            host = socket.gethostname().replace(".", "-") or "host"
            self._path = self.root / f"{host}.{os.getpid()}"
            self._path.mkdir(parents=True, exist_ok=True)
            self._pid = os.getpid()
            self.sweep(host)
        elif not self._path.is_dir():
            self._path.mkdir(parents=True, exist_ok=True)
        return self._path

    def sweep(self, host: str, now: Callable[[], float] = time.time) -> None:
        """Remove the folders of this host's dead processes, and other hosts' that are a day old."""
        for folder in self.root.iterdir():
            owner, _, pid = folder.name.rpartition(".")
            stale = False
            if not pid.isdigit() or folder == self._path:
                continue
            if owner == host:
                stale = not is_alive(int(pid))
            else:
                with suppress(OSError):
                    stale = now() - folder.stat().st_mtime > STALE_SECONDS
            if stale:
                shutil.rmtree(folder, ignore_errors=True)


def _sync_folder(folder: Path) -> None:
    """Make a rename last: the entry is the folder's, not the file's."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some network mounts cannot sync a folder
            raise
    finally:
        os.close(handle)
