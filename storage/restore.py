"""Restore: an empty place becomes what a backup says, or nothing happens.

The file is read through and compared with its own manifest first; only then one transaction makes the tables as
they were in the backup's revision, fills them, and brings them up to date. That way a backup of an older
version takes the same steps as its catalog would have taken.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, MetaData, Table, func, inspect, select, text

from pipeline import serial
from pipeline.errors import StorageError
from storage.archive import (
    BLOB,
    BLOCK,
    FORMAT,
    HEADER,
    MANIFEST,
    TABLE,
    TABLES,
    VOICE,
    Hashing,
    Part,
    decoded,
    voice_path,
)
from storage.database import batches
from storage.migrations import upgrade
from storage.rows import Artifact
from storage.store import Store
from storage.tables import ARTIFACT, INTAKE, PRODUCTION

ROWS = 2_000
"""Rows that are written at a time."""
_DIGEST = re.compile(r"[0-9a-f]{64}")
_DAMAGE = (
    tarfile.TarError,
    EOFError,
    zlib.error,
    OSError,
    UnicodeDecodeError,
    ValueError,
    KeyError,
    TypeError,
)
"""What reading a file that is no whole backup can raise."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What came out of a backup."""

    rows: dict[str, int]
    """By table."""
    voices: int
    """Files."""
    blobs: int
    lost: int
    """Results whose blob is nowhere: they are made again when they are needed."""


@dataclass(slots=True)
class _Unpacked:
    """A backup that was read through; the folder is there as long as the restoring takes."""

    folder: Path
    header: dict[str, Any] = field(default_factory=dict)
    parts: dict[str, Part] = field(default_factory=dict)
    manifest: dict[str, Any] | None = None


def restore(store: Store, path: Path, *, replace_all: bool = False) -> Restored:
    """Bring catalog, voices and blobs back from ``path``.

    The catalog has to be empty, unless ``replace_all``: then all that is in it is lost. Voices that are there
    stay, those in the backup are written over them. Nobody may be at work. Raises ``StorageError``, and has
    changed nothing then, but for blobs that were brought and that nobody needs.
    """
    if not replace_all:
        _see_that_it_is_empty(store, path)
    with _folder(store.settings.home) as folder:
        unpacked = _unpack(store, path, folder)
        with store.catalog.database.write() as connection:
            if not replace_all:
                _see_that_it_is_empty(store, path, connection)
            _make_tables(connection, str(unpacked.header["revision"]))
            rows = {name: _fill(connection, unpacked, name) for name in TABLES}
            upgrade(connection)
            _go_on_counting(connection)
            _place_voices(folder / "voices", store.settings.voices_dir)
    lost = _forget_lost(store)
    if unpacked.header.get("blobs"):
        _put_refs(store)
    return Restored(
        rows=rows,
        voices=sum(name.startswith(VOICE) for name in unpacked.parts),
        blobs=sum(name.startswith(BLOB) for name in unpacked.parts),
        lost=lost,
    )


def _see_that_it_is_empty(store: Store, path: Path, connection: Connection | None = None) -> None:
    if connection is None:
        with store.catalog.database.read() as reader:
            return _see_that_it_is_empty(store, path, reader)
    for table in (PRODUCTION, ARTIFACT, INTAKE):
        if connection.execute(select(table).limit(1)).first() is not None:
            raise StorageError(
                f"{path} was not restored, because the catalog {store.catalog.database.name} is not empty: "
                "restore into a new place, or give --replace to lose what is there."
            )
    return None


@contextmanager
def _folder(home: Path) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix=".restore-", dir=home))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


# -- reading ----------------------------------------------------------------------------------------------


def _unpack(store: Store, path: Path, folder: Path) -> _Unpacked:
    """Read the file through, and compare all of it with its manifest."""
    found = _Unpacked(folder)
    try:
        with tarfile.open(path, "r|gz") as tar:
            for member in tar:
                _take(store, found, tar, member)
    except StorageError:
        raise
    except _DAMAGE as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise _damaged(path, reason or type(error).__name__) from error
    if found.manifest is None:
        raise _damaged(path, "its end is missing")
    expected = {name: Part(**part) for name, part in found.manifest.items()}
    for name in expected.keys() | found.parts.keys():
        there, said = found.parts.get(name), expected.get(name)
        if there is None or said is None or replace(there, rows=said.rows) != said:
            raise _damaged(path, f"{name} is not as it was written")
    found.parts = expected
    return found


def _take(store: Store, found: _Unpacked, tar: tarfile.TarFile, member: tarfile.TarInfo) -> None:
    file = tar.extractfile(member) if member.isreg() else None
    if file is None:
        raise ValueError(f"{member.name} is no file")
    if member.name == HEADER:
        found.header = json.load(file)
        _see_that_it_can_be_read(found.header)
        return
    if not found.header:
        raise ValueError("it is something else")
    if member.name == MANIFEST:
        found.manifest = json.load(file)
        return
    content = Hashing(file)
    target = _target(store, found.folder, member.name)
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("xb") as out:
        shutil.copyfileobj(content, out, BLOCK)
    found.parts[member.name] = content.part
    if member.name.startswith(BLOB):
        if content.part.sha256 != member.name.removeprefix(BLOB):
            raise ValueError(f"{member.name} is not as it was written")
        store.blobs.put_file(target, move=True)


def _target(store: Store, folder: Path, name: str) -> Path:
    """Where a file of the backup waits. Names that no backup has are refused: somebody else wrote it."""
    if name.startswith(BLOB) and _DIGEST.fullmatch(name.removeprefix(BLOB)):
        return store.blobs.temp_dir / secrets.token_hex(8)
    if name in {f"{TABLE}{table}.jsonl" for table in TABLES}:
        return folder / name
    if parts := voice_path(name):
        return folder.joinpath("voices", *parts)
    raise ValueError(f"nothing of ours is called {name!r}")


def _see_that_it_can_be_read(header: dict[str, Any]) -> None:
    if not re.fullmatch(r"\d{4}", str(header["revision"])):
        raise ValueError("its revision is none")
    if int(header["format"]) > FORMAT:
        raise StorageError(
            f"The backup was written by Voxpress {header.get('version', '')}, in a form that this version does "
            "not know: use that version or a newer one."
        )


def _damaged(path: Path, reason: str) -> StorageError:
    return StorageError(
        f"{path} cannot be restored ({reason}): it is no whole backup; nothing was changed, take another one."
    )


# -- writing ----------------------------------------------------------------------------------------------


def _make_tables(connection: Connection, revision: str) -> None:
    """Empty tables, as they were in that revision."""
    former = MetaData()
    former.reflect(connection)
    former.drop_all(connection)
    upgrade(connection, revision)


def _fill(connection: Connection, unpacked: _Unpacked, name: str) -> int:
    count = 0
    if not inspect(connection).has_table(name):
        return 0  # it came with a later revision than the backup's
    with (unpacked.folder / TABLE / f"{name}.jsonl").open(encoding="utf-8") as lines:
        names = json.loads(next(lines))
        table = Table(name, MetaData(), autoload_with=connection)
        columns = [table.columns[column] for column in names]
        for batch in batches(lines, ROWS):
            connection.execute(table.insert(), [decoded(columns, line) for line in batch])
            count += len(batch)
    return count


def _go_on_counting(connection: Connection) -> None:
    """PostgreSQL's counters do not see numbers that were given."""
    if connection.dialect.name != "postgresql":
        return
    for name in TABLES:
        table = Table(name, MetaData(), autoload_with=connection)
        column = table.autoincrement_column
        if column is None:
            continue
        counter = connection.execute(select(func.pg_get_serial_sequence(name, column.name))).scalar()
        highest = connection.execute(select(func.max(column))).scalar()
        if counter and highest:
            connection.execute(
                text("SELECT setval(:counter, :highest)"), {"counter": counter, "highest": highest}
            )


def _place_voices(staged: Path, voices: Path) -> None:
    for path in sorted(staged.rglob("*")):
        if path.is_file():
            target = voices / path.relative_to(staged)
            target.parent.mkdir(parents=True, exist_ok=True)
            with path.open("rb") as file:
                os.fsync(file.fileno())
            path.replace(target)


def _forget_lost(store: Store) -> int:
    """Results whose blob is nowhere count as not made; looked for by the first two digits, not all at once."""
    lost = 0
    for number in range(256):
        beginning, next_one = f"{number:02x}", f"{number + 1:02x}" if number < 255 else "fg"
        between = (ARTIFACT.c.digest >= beginning) & (ARTIFACT.c.digest < next_one)  # has an index on both
        query = select(ARTIFACT.c.key, ARTIFACT.c.digest).where(between)
        with store.catalog.database.read() as connection:
            named = connection.execute(query).all()
        there = {digest for digest, _, _ in store.blobs.all(beginning)} if named else set()
        gone = [key for key, digest in named if digest not in there]
        store.catalog.forget_many(gone)
        lost += len(gone)
    return lost


def _put_refs(store: Store) -> None:
    """The blobs' own memory of which result they are, should this catalog be lost without a backup."""
    for artifact in store.catalog.all_artifacts():
        kept = asdict(replace(artifact, created_at=None))
        store.blobs.put_ref(artifact.key, serial.dump(Artifact(**kept)))


__all__ = ["Restored", "restore"]
