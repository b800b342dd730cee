"""What ``voxpress doctor`` finds out about catalog and blobs: reached, let in, written to, and how quickly."""

from __future__ import annotations

import secrets
import time
from contextlib import closing
from dataclasses import dataclass

from sqlalchemy import Connection, text

from pipeline.errors import StorageError
from storage.addresses import shown
from storage.blobs import BlobStore
from storage.catalog import Catalog
from storage.migrations import HEAD
from storage.settings import Settings
from storage.store import blobs_of

CROWDED = 0.8
"""Share of a server's connections that are taken already, from which on it is told."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    what: str
    state: str
    """``ok``; ``note``: works, or is not needed; ``missing``: is needed; ``wrong``: is set, and does not work."""
    said: str


def probe_catalog(settings: Settings) -> Finding:
    """Connect, look at the revision, and write: a lease that is given back at once."""
    where = shown(settings.catalog_url)
    try:
        with closing(Catalog(settings.catalog_url, patience=0.0)) as catalog:
            revision = catalog.database.revision()
            if revision not in ("", HEAD):
                return _other_revision(where, revision)
            catalog.workers()  # opens it, which makes the tables of a new one
            begun = time.monotonic()
            name = f"doctor {secrets.token_hex(4)}"
            catalog.hold_lease(name, "doctor", 1.0)
            catalog.release_lease(name, "doctor")
            took = _milliseconds(begun)
            with catalog.database.read() as connection:
                server, crowded = _server(connection)
    except StorageError as error:
        return Finding("catalog", "wrong", str(error))
    said = f"{where}: {server}, revision {HEAD}, written to in {took}"
    if crowded:
        return Finding("catalog", "note", f"{said}; {crowded}: raise its max_connections")
    if settings.broker_url and catalog.database.sqlite:
        said += "; only this host's workers see it: those of other hosts need a postgresql:// catalog"
        return Finding("catalog", "note", said)
    return Finding("catalog", "ok", said)


def _other_revision(where: str, revision: str) -> Finding:
    if revision < HEAD:
        said = f"{where} is at revision {revision}: the next command brings it to {HEAD}, back it up before"
        return Finding("catalog", "note", said)
    said = f"{where} is at revision {revision}, which this version does not know: use the newer one that wrote it"
    return Finding("catalog", "wrong", said)


def _server(connection: Connection) -> tuple[str, str]:
    """What it is, and whether it has hardly any connections left."""
    if connection.dialect.name == "sqlite":
        return f"SQLite {connection.execute(text('SELECT sqlite_version()')).scalar_one()}", ""
    version = str(connection.execute(text("SHOW server_version")).scalar_one()).split()[0]
    most = int(connection.execute(text("SHOW max_connections")).scalar_one())
    taken = int(connection.execute(text("SELECT count(*) FROM pg_stat_activity")).scalar_one())
    crowded = f"{taken} of its {most} connections are taken" if taken > most * CROWDED else ""
    return f"PostgreSQL {version}", crowded


def probe_blobs(settings: Settings) -> Finding:
    """Write, read and remove a small blob."""
    where = shown(settings.blob_url)
    try:
        blobs: BlobStore = blobs_of(settings, patience=0.0)
        begun = time.monotonic()
        data = b"voxpress doctor " + secrets.token_bytes(16)
        digest = blobs.put_bytes(data)
        whole = blobs.read(digest) == data
        blobs.delete(digest)
        took = _milliseconds(begun)
    except StorageError as error:
        return Finding("blobs", "wrong", str(error))
    if not whole:
        return Finding("blobs", "wrong", f"{where} gives back other bytes than it was given: do not use it")
    said = f"{where}: written, read and removed in {took}"
    if settings.broker_url and "://" not in settings.blob_url:
        return Finding(
            "blobs", "note", f"{said}; all hosts have to see this very folder, or use an s3:// address"
        )
    return Finding("blobs", "ok", said)


def _milliseconds(begun: float) -> str:
    return f"{(time.monotonic() - begun) * 1000:.0f} ms"


__all__ = ["Finding", "probe_blobs", "probe_catalog"]
