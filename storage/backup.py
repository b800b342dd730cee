"""Backup: catalog, voices and lexicons of a running studio in one file, as they were at one moment.

The tables are read in one transaction, which sees one state of them and holds up nobody. Blobs are not in the
catalog's snapshot, but they never change under their name; one that the collector removed meanwhile is missing
in the backup, and is made again when it is needed.
"""

from __future__ import annotations

import os
import secrets
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, select
from sqlmodel import SQLModel

from pipeline.errors import BlobMissing, StorageError
from storage.archive import (
    BLOB,
    FORMAT,
    HEADER,
    MANIFEST,
    TABLE,
    TABLES,
    VOICE,
    Hashing,
    Part,
    add,
    add_json,
    encoded,
)
from storage.migrations import current
from storage.store import Store
from storage.tables import ARTIFACT

GIVEN = ("lexicon",)
"""Stages whose blobs are always saved: small, and given by a user, so that nothing could make them again."""
ROWS = 2_000
"""Rows that are in memory at a time."""
COMPRESSION = 6
"""Of gzip: level 9 takes three times as long for a hundredth less."""


@dataclass(frozen=True, slots=True)
class Saved:
    """What a backup has in it."""

    rows: dict[str, int]
    """By table."""
    voices: int
    """Files."""
    blobs: int
    missing: int
    """Blobs that the catalog names and that are not there."""
    size: int
    """Bytes of the file."""


def back_up(store: Store, path: Path, *, with_blobs: bool = False) -> Saved:
    """Write a backup to ``path``, which appears as a whole or not at all; only its owner can read it.

    Raises ``StorageError``.
    """
    parts: dict[str, Part] = {}
    missing = 0
    with _appearing(path) as file, tempfile.TemporaryFile("w+", dir=path.parent) as digests:
        with tarfile.open(fileobj=file, mode="w:gz", compresslevel=COMPRESSION) as tar:
            with store.catalog.database.read() as connection:
                add_json(tar, HEADER, _header(connection, with_blobs=with_blobs))
                for table in TABLES:
                    parts[TABLE + table + ".jsonl"] = _add_table(tar, connection, table, path.parent)
                _note_digests(connection, digests, with_blobs=with_blobs)
            parts |= _add_voices(tar, store.settings.voices_dir)
            digests.seek(0)
            for line in digests:
                missing += not _add_blob(tar, store, line.strip(), parts)
            add_json(tar, MANIFEST, {name: asdict(part) for name, part in parts.items()})
        file.flush()
        size = file.tell()
    return Saved(
        rows={table: parts[f"{TABLE}{table}.jsonl"].rows for table in TABLES},
        voices=sum(name.startswith(VOICE) for name in parts),
        blobs=sum(name.startswith(BLOB) for name in parts),
        missing=missing,
        size=size,
    )


@contextmanager
def _appearing(path: Path) -> Iterator[IO[bytes]]:
    """A file that takes the place of ``path`` when all of it is on the disk."""
    temp = path.parent / f".{path.name}.{secrets.token_hex(4)}"
    try:
        handle = os.open(temp, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temp.replace(path)
    except OSError as error:
        raise StorageError(
            f"The backup {path} could not be written ({error.strerror or error}): check the folder's room and "
            "permissions."
        ) from error
    finally:
        temp.unlink(missing_ok=True)


def _header(connection: Connection, *, with_blobs: bool) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "revision": current(connection),
        "version": version("voxpress"),
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "blobs": with_blobs,
    }


def _add_table(tar: tarfile.TarFile, connection: Connection, name: str, folder: Path) -> Part:
    """A tar says before each file how long it is: so the table waits in a temporary one."""
    table, rows = SQLModel.metadata.tables[name], 0
    query = select(table).order_by(*table.primary_key.columns)
    with tempfile.TemporaryFile(dir=folder) as spool:
        spool.write(encoded(table.columns.keys()).encode() + b"\n")
        for row in connection.execute(query, execution_options={"yield_per": ROWS}):
            spool.write(encoded(row).encode() + b"\n")
            rows += 1
        size = spool.tell()
        spool.seek(0)
        content = Hashing(spool)
        add(tar, f"{TABLE}{name}.jsonl", size, content)
    return replace(content.part, rows=rows)


def _add_voices(tar: tarfile.TarFile, folder: Path) -> dict[str, Part]:
    parts = {}
    for path in sorted(folder.rglob("*")):
        below = path.relative_to(folder)
        if not path.is_file() or any(part.startswith(".") for part in below.parts):
            continue  # hidden: being pulled just now
        with path.open("rb") as file:
            content = Hashing(file)
            add(tar, VOICE + below.as_posix(), path.stat().st_size, content)
        parts[VOICE + below.as_posix()] = content.part
    return parts


def _note_digests(connection: Connection, digests: IO[str], *, with_blobs: bool) -> None:
    query = select(ARTIFACT.c.digest).distinct().order_by(ARTIFACT.c.digest)
    if not with_blobs:
        query = query.where(ARTIFACT.c.stage.in_(GIVEN))
    for digest in connection.execute(query, execution_options={"yield_per": ROWS}).scalars():
        digests.write(digest + "\n")


def _add_blob(tar: tarfile.TarFile, store: Store, digest: str, parts: dict[str, Part]) -> bool:
    try:
        size = store.blobs.size(digest)
        with store.blobs.open(digest) as file:
            content = Hashing(file)
            add(tar, BLOB + digest, size, content)
    except BlobMissing:
        return False
    parts[BLOB + digest] = content.part
    return True


__all__ = ["Saved", "back_up"]
