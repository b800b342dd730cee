"""The ZIP container of an EPUB, read one entry at a time under limits.

``zipfile`` does the unpacking. What it does not do is refuse: the size of the directory is looked at before
it is loaded, sizes and ratios before anything is unpacked, and real bytes are counted while unpacking,
because what an archive says of itself may be a lie. Nothing is ever written, so names cannot lead anywhere.
"""

from __future__ import annotations

import posixpath
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from urllib.parse import unquote

from pipeline.errors import SourceBroken, SourceProtected, SourceTooLarge
from pipeline.limits import MIB, ZIP_ENTRIES, ZIP_ENTRY_BYTES, ZIP_RATIO, ZIP_TOTAL_BYTES

_END_SIGNATURE = b"PK\x05\x06"
_END_SIZE = 22
_LONGEST_COMMENT = 0xFFFF
_ENTRY_DIRECTORY_BYTES = 1024
"""Bytes of directory that an entry may take on average: 46 and its name and extra fields."""
_ENCRYPTED = 0x1
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_JUNK = ("__MACOSX/", ".DS_Store")


class Archive:
    """An open EPUB; a context manager."""

    def __init__(self, path: Path) -> None:
        """Open it and check its directory. Raises SourceBroken, SourceTooLarge."""
        self.path = path
        self._check_directory_size()
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError, struct.error, RuntimeError, EOFError) as error:
            raise self._broken("is not a ZIP archive, or is cut short") from error
        try:
            self._check_entries()
        except BaseException:
            self._zip.close()
            raise
        self._names = {name: name for name in self._zip.namelist() if not _is_junk(name)}
        self._lenient = {_lenient(name): name for name in self._names}

    def __enter__(self) -> Archive:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()

    @property
    def names(self) -> list[str]:
        """All entries but the junk that file managers add, in the archive's order."""
        return list(self._names)

    def find(self, name: str) -> str | None:
        """The entry that a path names: exactly, else without regard to case, escapes and Unicode form."""
        if name in self._names:
            return name
        return self._lenient.get(_lenient(name))

    def read(self, name: str) -> bytes:
        """Bytes of an entry. Raises SourceBroken, SourceProtected, SourceTooLarge, naming the entry."""
        info = self._zip.getinfo(name)
        if info.flag_bits & _ENCRYPTED:
            raise SourceProtected(
                f"'{self.path.name}' is encrypted with a password; hand in a copy without protection."
            )
        if info.compress_type not in _METHODS:
            raise self._broken(f"holds '{name}' in a compression that EPUB does not allow")
        try:
            with self._zip.open(info) as stream:
                data = stream.read(ZIP_ENTRY_BYTES + 1)
        except (
            zipfile.BadZipFile,
            zlib.error,
            struct.error,
            EOFError,
            OSError,
            ValueError,
            RuntimeError,
        ) as error:
            raise self._broken(f"holds '{name}' in a damaged state") from error
        if len(data) > ZIP_ENTRY_BYTES:
            raise self._too_large(
                f"unpacks '{name}' to more than {ZIP_ENTRY_BYTES // MIB} MiB (ZIP_ENTRY_BYTES)"
            )
        return data

    def blocks(self, name: str) -> Iterator[bytes]:
        """Bytes of an entry that may be longer than ``read`` gives, a block at a time. Raises as ``read``."""
        try:
            with self._zip.open(self._zip.getinfo(name)) as stream:
                while block := stream.read(MIB):
                    yield block
        except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, RuntimeError) as error:
            raise self._broken(f"holds '{name}' in a damaged state") from error

    def _check_directory_size(self) -> None:
        """Refuse a directory that would fill the memory, before ``zipfile`` loads it."""
        try:
            with self.path.open("rb") as stream:
                size = stream.seek(0, 2)
                stream.seek(max(0, size - _END_SIZE - _LONGEST_COMMENT))
                tail = stream.read()
        except OSError as error:
            raise self._broken("cannot be opened") from error
        at = tail.rfind(_END_SIGNATURE)
        if at < 0 or len(tail) - at < _END_SIZE:
            raise self._broken("is not a ZIP archive, or is cut short")
        (directory,) = struct.unpack_from("<I", tail, at + 12)
        # 0xFFFFFFFF sends the reader to a 64-bit record; the directory cannot be larger than the file then.
        if min(directory, size) > ZIP_ENTRIES * _ENTRY_DIRECTORY_BYTES:
            raise self._too_large(f"has more than {ZIP_ENTRIES} entries (ZIP_ENTRIES)")

    def _check_entries(self) -> None:
        entries = self._zip.infolist()
        if len(entries) > ZIP_ENTRIES:
            raise self._too_large(f"has more than {ZIP_ENTRIES} entries (ZIP_ENTRIES)")
        if sum(entry.file_size for entry in entries) > ZIP_TOTAL_BYTES:
            raise self._too_large(f"unpacks to more than {ZIP_TOTAL_BYTES // MIB} MiB (ZIP_TOTAL_BYTES)")
        for entry in entries:
            if entry.file_size > MIB and entry.file_size > ZIP_RATIO * max(1, entry.compress_size):
                raise self._too_large(
                    f"packs '{entry.filename}' more than {ZIP_RATIO} times (ZIP_RATIO), as no real book does"
                )

    def _broken(self, what: str) -> SourceBroken:
        return SourceBroken(f"'{self.path.name}' {what}; get another copy of the book.")

    def _too_large(self, what: str) -> SourceTooLarge:
        return SourceTooLarge(f"'{self.path.name}' {what}; see the limits in the documentation.")


def resolve(base: str, href: str) -> tuple[str, str]:
    """Path inside the book and fragment of an ``href`` written in the entry ``base``.

    Percent escapes are undone; what climbs out of the book stays at its root.
    """
    path, _, fragment = href.strip().partition("#")
    path = unquote(path.partition("?")[0]).replace("\\", "/")
    if not path:
        return base, unquote(fragment)
    if not path.startswith("/"):
        path = posixpath.join(posixpath.dirname(base), path)
    # Joining to the root first makes "../" stop there.
    return posixpath.normpath("/" + path).lstrip("/"), unquote(fragment)


def _lenient(name: str) -> str:
    return unicodedata.normalize("NFC", unquote(name).replace("\\", "/").lstrip("/")).casefold()


def _is_junk(name: str) -> bool:
    return name.startswith(_JUNK) or name.endswith("/") or name.rpartition("/")[2].startswith("._")


__all__ = ["Archive", "resolve"]
