"""What a backup file is: a compressed tar that any version from its own on can read, on either database.

    voxpress-backup.json        format, revision of the catalog, when and by which version it was written
    tables/production.jsonl     a line of column names, then a line for each row, by primary key
    tables/...
    voices/...                  files of the voices folder
    blobs/<sha256>              the lexicons of productions; all others only where they were asked for
    manifest.json               rows, bytes and SHA-256 of all that comes before: without it the file is not whole

Not in it are workers, leases and queues: they are about what runs now. What is missing on the broker is
published again from the catalog.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import tarfile
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

from sqlalchemy import Column, DateTime

FORMAT = 1
HEADER, MANIFEST = "voxpress-backup.json", "manifest.json"
TABLES = (
    "production", "chapter", "chunk", "mastered", "artifact", "need", "voice_level", "intake", "event",
    "show", "episode", "followed_feed", "feed_entry",
)  # fmt: skip
"""In an order in which every row finds the production it belongs to."""
TABLE, VOICE, BLOB = "tables/", "voices/", "blobs/"
BLOCK = 1024 * 1024
_PLAIN = re.compile(r"[^/\x00]{1,255}")


@dataclass(frozen=True, slots=True)
class Part:
    """A file in a backup, as the manifest has it."""

    size: int
    sha256: str
    rows: int = 0
    """Of a table."""


def encoded(row: Any) -> str:
    """A table's row as a line of JSON."""
    return json.dumps(list(row), default=datetime.isoformat, separators=(",", ":"))


def decoded(columns: list[Column[Any]], line: str) -> dict[str, Any]:
    """The row of a line, as the columns want it."""
    values = json.loads(line)
    return {
        column.name: datetime.fromisoformat(value) if isinstance(column.type, DateTime) and value else value
        for column, value in zip(columns, values, strict=True)
    }


def voice_path(name: str) -> tuple[str, ...] | None:
    """The parts of the path below the voices folder; None for a name that leads elsewhere."""
    parts = tuple(name.removeprefix(VOICE).split("/"))
    plain = all(_PLAIN.fullmatch(part) and not part.startswith(".") for part in parts)
    return parts if name.startswith(VOICE) and plain else None


class Hashing:
    """Reads from a file and knows the checksum of what was read."""

    def __init__(self, file: IO[bytes]) -> None:
        """``file`` is read from where it stands."""
        self._file, self._hash = file, hashlib.sha256()
        self.size = 0

    def read(self, size: int = -1) -> bytes:
        """As of a file."""
        data = self._file.read(size)
        self._hash.update(data)
        self.size += len(data)
        return data

    @property
    def part(self) -> Part:
        """What was read."""
        return Part(self.size, self._hash.hexdigest())


def add(tar: tarfile.TarFile, name: str, size: int, content: Any) -> None:
    """Put ``size`` bytes of a file-like ``content`` into the archive. Nothing of this machine goes with it."""
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    tar.addfile(info, content)


def add_json(tar: tarfile.TarFile, name: str, value: Any) -> None:
    """Put a small thing into the archive."""
    data = json.dumps(value, indent=1).encode()
    add(tar, name, len(data), io.BytesIO(data))
