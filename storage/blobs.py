"""Content-addressed files, and small named references to them.

A blob's name is the SHA-256 of its bytes, so that the same content is kept once and every blob can be
verified by itself. A *ref* is a small JSON file under the key of a stage's result; it says which blob holds
that result, so that work whose catalog entry was lost (a crash between the two writes, or a lost catalog)
is adopted and not done again.

    objects/ab/cdef...     read only, written once
    refs/ab/<key>.json
    tmp/<host>.<pid>/      being written
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from pipeline.errors import BlobCorrupt, BlobMissing, StorageError
from storage.folders import BLOCK, open_folder

if TYPE_CHECKING:
    from storage.remote import Access

YOUNG_SECONDS = 60.0
"""What was written or used less long ago is young enough: it is not made younger."""
_HEX = re.compile(r"[0-9a-f]{64}")
_KEY = re.compile(r"[0-9A-Za-z_-]{4,128}")


class BlobStore:
    """Blobs under one folder or fsspec URL. Safe to use from many processes at once."""

    def __init__(self, url: str, cache: Path | None = None, access: Access | None = None) -> None:
        """``url``: a path, ``file://``, ``memory://``, ``s3://`` ...; ``cache``: folder for copies of blobs.

        ``access``: how what lies elsewhere is reached. Raises ``StorageError`` when the URL cannot be used.
        """
        self.url = url
        self._folder = open_folder(url, cache, access)

    @property
    def temp_dir(self) -> Path:
        """A folder of this process in which files may be made that are then given to ``put_file(move=True)``.

        On the same file system as a local store. Swept by a later process when this one dies.
        """
        return self._folder.temp_dir

    # -- blobs ------------------------------------------------------------------------------------------

    def put_bytes(self, data: bytes) -> str:
        """Keep ``data``; returns its digest. Synced before this returns; equal content is written once."""
        digest = hashlib.sha256(data).hexdigest()
        if not self.use(digest, len(data)):  # a file that was cut short is written again
            self._folder.write(_object(digest), data)
        return digest

    def put_file(self, path: Path, move: bool = False) -> tuple[str, int]:
        """Keep a file's content; returns digest and bytes. With ``move`` the file is taken, not copied."""
        try:
            with path.open("rb") as file:
                digest, size = _hash(file)
            if not self.use(digest, size):
                self._folder.adopt(_object(digest), path, move)
            elif move:
                path.unlink()
        except FileNotFoundError as error:
            raise StorageError(f"{path} was to be kept but is gone: run the production again.") from error
        return digest, size

    def open(self, digest: str) -> BinaryIO:
        """Open a blob for reading. Raises ``BlobMissing``."""
        try:
            return self._folder.open(_object(digest))
        except FileNotFoundError as error:
            raise self._missing(digest) from error

    def read(self, digest: str) -> bytes:
        """All bytes of a (small) blob. Raises ``BlobMissing``."""
        try:
            return self._folder.read(_object(digest))
        except FileNotFoundError as error:
            raise self._missing(digest) from error

    def local_path(self, digest: str) -> Path:
        """A local, read-only file with the blob's bytes: the blob itself, or a cached copy of a remote one.

        Raises ``BlobMissing``.
        """
        try:
            return self._folder.path(_object(digest), digest)
        except FileNotFoundError as error:
            raise self._missing(digest) from error

    def sound_path(self, digest: str) -> Path:
        """As ``local_path``, of bytes that were compared with their checksum now.

        Raises ``BlobMissing``, ``BlobCorrupt``.
        """
        path = self.local_path(digest)
        with path.open("rb") as file:
            if _hash(file)[0] != digest:
                raise self._corrupt(digest)
        return path

    def exists(self, digest: str) -> bool:
        """Whether the blob is there; says nothing about its bytes."""
        return self._folder.stat(_object(digest)) is not None

    def size(self, digest: str) -> int:
        """Bytes. Raises ``BlobMissing``."""
        stored = self._folder.stat(_object(digest))
        if stored is None:
            raise self._missing(digest)
        return stored.size

    def age(self, digest: str) -> float:
        """Seconds since the blob was written, or last put or refreshed. Raises ``BlobMissing``."""
        stored = self._folder.stat(_object(digest))
        if stored is None:
            raise self._missing(digest)
        return time.time() - stored.mtime

    def use(self, digest: str, size: int) -> bool:
        """Whether the blob is there with all its bytes; it counts as used now: no thing to collect."""
        name = _object(digest)
        stored = self._folder.stat(name)
        if stored is None or stored.size != size:
            return False
        if time.time() - stored.mtime > YOUNG_SECONDS:
            self._folder.touch(name)
        return True

    def verify(self, digest: str) -> None:
        """Read it through. Raises ``BlobMissing``, or ``BlobCorrupt`` when the bytes are not its own."""
        with self.open(digest) as file:
            found, _ = _hash(file)
        if found != digest:
            raise self._corrupt(digest)

    def delete(self, digest: str) -> None:
        """Remove a blob; nothing happens when it is not there."""
        self._folder.delete(_object(digest))

    def all(self, beginning: str = "") -> Iterator[tuple[str, int, float]]:
        """Digest, bytes and modification time (seconds since the epoch) of every blob.

        ``beginning``: only of those whose digest has these two digits first.
        """
        for stored in self._folder.list(f"objects/{beginning}".rstrip("/")):
            digest = stored.name.removeprefix("objects/").replace("/", "")
            if _HEX.fullmatch(digest):
                yield digest, stored.size, stored.mtime

    def _corrupt(self, digest: str) -> BlobCorrupt:
        return BlobCorrupt(
            f"The blob {digest[:12]} in {self.url} is damaged: run the check with repair and "
            "make the production again; only what is damaged is made anew."
        )

    def _missing(self, digest: str) -> BlobMissing:
        return BlobMissing(
            f"The blob {digest[:12]} is not in {self.url}: run the production again, it is made anew."
        )

    # -- refs -------------------------------------------------------------------------------------------

    def put_ref(self, key: str, data: bytes) -> None:
        """Write a ref: whole or not at all when the process dies. Not synced: losing one costs work only."""
        self._folder.write(_ref(key), data, durable=False)

    def get_ref(self, key: str) -> bytes | None:
        """The ref's bytes, or None."""
        try:
            return self._folder.read(_ref(key))
        except FileNotFoundError:
            return None

    def delete_ref(self, key: str) -> None:
        """Remove a ref; nothing happens when it is not there."""
        self._folder.delete(_ref(key))

    def all_refs(self) -> Iterator[tuple[str, int, float]]:
        """Key, bytes and modification time (seconds since the epoch) of every ref."""
        for stored in self._folder.list("refs"):
            yield stored.name.rpartition("/")[2].removesuffix(".json"), stored.size, stored.mtime


def _object(digest: str) -> str:
    if not _HEX.fullmatch(digest):
        raise StorageError(f"{digest!r} is not the name of a blob.")
    return f"objects/{digest[:2]}/{digest[2:]}"


def _ref(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise StorageError(f"{key!r} is not the key of a result.")
    return f"refs/{key[:2]}/{key}.json"


def _hash(file: BinaryIO) -> tuple[str, int]:
    total, size = hashlib.sha256(), 0
    while block := file.read(BLOCK):
        total.update(block)
        size += len(block)
    return total.hexdigest(), size
