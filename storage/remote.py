"""Blobs that lie elsewhere: in a bucket, or on whatever file system fsspec knows.

Writes of an object store are atomic by themselves. A connection belongs to the process that made it: in a forked
child it is made anew (fsspec's file systems must not be used across ``fork``).
"""

from __future__ import annotations

import hashlib
import os
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from pipeline.errors import BlobCorrupt, StorageError
from storage.addresses import shown
from storage.cache import BlobCache
from storage.folders import Stored, TempFolder
from storage.patience import COMMAND_SECONDS

CACHE_BYTES = 10 * 10**9


@dataclass(frozen=True, slots=True)
class Access:
    """How remote blobs are reached, beyond their URL."""

    endpoint: str = ""
    """Address of the S3 server; empty: Amazon's, or as its own variables say."""
    user: str = ""
    """Access key id; empty: as Amazon's own variables, files and roles say."""
    password: str = ""
    cache_bytes: int = CACHE_BYTES
    """Room for copies on this host."""
    patience: float = COMMAND_SECONDS
    """Seconds, about, for which a server that is away is waited for."""

    def __repr__(self) -> str:
        """Without the password."""
        return (
            f"Access(endpoint={shown(self.endpoint)!r}, user={self.user!r}, cache_bytes={self.cache_bytes})"
        )


class RemoteFolder:
    """A folder on a file system that fsspec knows."""

    def __init__(self, url: str, cache: Path, access: Access) -> None:
        """Connect lazily. Raises ``StorageError`` when fsspec cannot make sense of ``url``."""
        self.url = url
        self.access = access
        self._cache = BlobCache(cache, access.cache_bytes)
        self._temp = TempFolder(cache / "tmp")
        self._root = ""
        self._made: Any = None
        self._pid = 0
        self._files()

    def _options(self) -> Mapping[str, Any]:
        """For the file system's constructor. Listings are not remembered: others write, too."""
        return {"use_listings_cache": False}

    def _files(self) -> Any:
        """The file system of this process."""
        if self._pid != os.getpid():
            try:
                from fsspec.core import url_to_fs

                made, root = url_to_fs(self.url, **self._options())
            except (ImportError, ValueError) as error:
                raise StorageError(
                    f"The blobs cannot be kept at {shown(self.url)} ({reason_of(error)}): set VOXPRESS_BLOB_URL to "
                    'a folder or an s3:// address; for the latter, pip install "voxpress[s3]" adds what is needed.'
                ) from error
            self._made, self._root, self._pid = made, str(root).rstrip("/"), os.getpid()
        return self._made

    @property
    def temp_dir(self) -> Path:
        """This process's own temporary folder, on this machine."""
        with self._explained("written to"):
            return self._temp.path

    def _full(self, name: str) -> str:
        return f"{self._root}/{name}"

    def write(self, name: str, data: bytes, durable: bool = True) -> None:
        """Put the object."""
        with self._explained("written to"):
            self._put_bytes(self._full(name), data)

    def _put_bytes(self, full: str, data: bytes) -> None:
        self._files().pipe_file(full, data)

    def adopt(self, name: str, path: Path, move: bool) -> None:
        """Upload the file; one that was to be moved becomes this host's copy, which a next step may ask for."""
        with self._explained("written to"):
            self._put_file(self._full(name), path)
            if move and path.stat().st_dev == self._temp.path.stat().st_dev:
                self._cache.keep(name, path)
            elif move:
                path.unlink()

    def _put_file(self, full: str, path: Path) -> None:
        self._files().put_file(str(path), full)
        size = path.stat().st_size
        if int(self._files().info(full)["size"]) != size:
            self._refuse(full, size)

    def _refuse(self, full: str, size: int) -> None:
        """What arrived is not what was sent: nobody may find it."""
        with suppress(FileNotFoundError):
            self._files().rm_file(full)
        raise StorageError(
            f"{size} bytes that were written to {shown(self.url)} arrived damaged: run the command again; if it "
            "happens again, look at that server."
        )

    def open(self, name: str) -> BinaryIO:
        """Open for reading."""
        with self._explained("read"):
            return cast("BinaryIO", self._files().open(self._full(name), "rb"))

    def read(self, name: str) -> bytes:
        """All bytes, in one request."""
        with self._explained("read"):
            return bytes(self._files().cat_file(self._full(name)))

    def path(self, name: str, sha256: str) -> Path:
        """A copy on this host, downloaded once, of bytes that have that checksum."""
        with self._explained("read"):
            if found := self._cache.find(name):
                return found
            temp = self._temp.path / secrets.token_hex(8)
            try:
                self._files().get_file(self._full(name), str(temp))
                with temp.open("rb") as file:
                    if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
                        raise BlobCorrupt(
                            f"The blob {sha256[:12]} came damaged from {shown(self.url)}: run the command again, "
                            "and if that does not help, 'voxpress storage check --repair'."
                        )
                return self._cache.keep(name, temp)
            except BaseException:
                temp.unlink(missing_ok=True)
                raise

    def stat(self, name: str) -> Stored | None:
        """Size and age, or None."""
        with self._explained("read"):
            try:
                info = self._info(self._full(name))
            except FileNotFoundError:
                return None
            return Stored(name, int(info["size"]), _modified(info))

    def _info(self, full: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._files().info(full)
        return found

    def touch(self, name: str) -> None:
        """Make it young again."""
        with self._explained("written to"), suppress(FileNotFoundError):
            self._touch(self._full(name))

    def _touch(self, full: str) -> None:
        self._put_bytes(full, self._files().cat_file(full))  # nothing else is known to all file systems

    def delete(self, name: str) -> None:
        """Remove the object and its local copy."""
        self._cache.drop(name)
        with self._explained("written to"), suppress(FileNotFoundError):
            self._files().rm_file(self._full(name))

    def list(self, prefix: str) -> Iterator[Stored]:
        """List the objects, one folder at a time: all of them may be a million."""
        for folder in self._folders(self._full(prefix)):
            with self._explained("read"):
                try:
                    found = self._files().find(folder, detail=True)
                except FileNotFoundError:
                    continue
            root = self._root.lstrip("/")
            for path, info in found.items():
                name = str(path).lstrip("/").removeprefix(root).lstrip("/")
                yield Stored(name, int(info["size"]), _modified(info))

    def _folders(self, full: str) -> Sequence[str]:
        with self._explained("read"):
            try:
                return [str(entry["name"]) for entry in self._files().ls(full, detail=True)]
            except FileNotFoundError:
                return []

    @contextmanager
    def _explained(self, doing: str) -> Iterator[None]:
        """Turn whatever a file system raises into a sentence; a file missing for a reader stays what it is."""
        where = f"The blob store at {shown(self.url)}"
        try:
            yield
        except StorageError:
            raise
        except FileNotFoundError as error:
            if doing == "read":
                raise
            raise StorageError(
                f"{where} is not there ({reason_of(error)}): create it, or correct VOXPRESS_BLOB_URL."
            ) from error
        except PermissionError as error:
            raise StorageError(
                f"{where} does not let us in ({reason_of(error)}): correct VOXPRESS_BLOB_USER and "
                "VOXPRESS_BLOB_PASSWORD, and allow that user to list, read, write and delete there."
            ) from error
        except Exception as error:
            raise StorageError(
                f"{where} could not be {doing} ({reason_of(error)}): see that its server runs and has room, or "
                "correct VOXPRESS_BLOB_URL and VOXPRESS_BLOB_ENDPOINT."
            ) from error


def reason_of(error: BaseException) -> str:
    """In few words and without secrets."""
    said = " ".join(str(getattr(error, "strerror", None) or error).split()) or type(error).__name__
    return shown(said).rstrip(".")


def _modified(info: Mapping[str, Any]) -> float:
    """fsspec has no one name for it (`LastModified` on S3, `created` in memory, `mtime` locally)."""
    for field in ("mtime", "LastModified", "last_modified", "modified", "created"):
        value = info.get(field)
        if value is not None:
            return float(value.timestamp() if hasattr(value, "timestamp") else value)
    return time.time()  # unknown counts as young: the collector leaves it alone


__all__ = ["Access", "RemoteFolder", "reason_of"]
