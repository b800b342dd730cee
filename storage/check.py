"""The check: do the catalog and the blobs agree, and is every byte what it was?

``repair`` makes the catalog forget what is lost or damaged, so that the next run makes it again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import Select, delete, literal, select, union_all, update

from pipeline.errors import BlobCorrupt, BlobMissing
from storage.gc import orphan_blobs
from storage.rows import KEPT, Artifact, ChunkState, ProductionState
from storage.store import Store
from storage.tables import ARTIFACT, CHAPTER, CHUNK, NEED


class FindingKind(StrEnum):
    """What can be wrong."""

    DATABASE = "database"
    """SQLite says that the catalog's file is damaged. Not repaired."""
    MISSING_BLOB = "missing-blob"
    """A recorded result's blob is not there."""
    CORRUPT_BLOB = "corrupt-blob"
    """A blob's bytes are not those its name promises."""
    ORPHAN_BLOB = "orphan-blob"
    """Bytes that nothing names: an interrupted run left them. Harmless; left to the collector."""
    ORPHAN_REF = "orphan-ref"
    """A ref that cannot be read, or whose blob is not there."""
    LOST_TAKE = "lost-take"
    """A chunk is called done, but no result is recorded under its take's key."""
    DANGLING_NEED = "dangling-need"
    """A production is built from a result that is not recorded."""
    MISSING_EDITION = "missing-edition"
    """A finished production's folder is not there (moved or removed by its owner). Not repaired."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong."""

    kind: FindingKind
    subject: str
    """Key, digest or production id."""
    message: str
    """One sentence for a person."""
    digest: str = ""
    production: str = ""

    @property
    def harmless(self) -> bool:
        """Told, but nothing is broken: an interrupted run left bytes, or an edition was moved by its owner."""
        return self.kind in (FindingKind.ORPHAN_BLOB, FindingKind.MISSING_EDITION)


def check(store: Store, deep: bool = True) -> list[Finding]:
    """Everything that is wrong; ``deep`` also reads every blob through and compares its checksum."""
    return [
        *_database(store),
        *_artifacts(store, deep),
        *_orphans(store),
        *_dangling(store),
        *_editions(store),
    ]


def repair(store: Store, findings: Iterable[Finding]) -> list[Finding]:
    """Make the catalog forget what is lost or damaged; returns the findings that only a person can mend."""
    left = []
    for finding in findings:
        match finding.kind:
            case FindingKind.CORRUPT_BLOB:
                store.blobs.delete(finding.digest)
                store.forget(finding.subject)
            case FindingKind.MISSING_BLOB:
                store.forget(finding.subject)
            case FindingKind.ORPHAN_REF:
                store.blobs.delete_ref(finding.subject)
            case FindingKind.LOST_TAKE:
                lost = (CHUNK.c.take_key == finding.subject) & CHUNK.c.state.in_(KEPT)
                with store.catalog.database.write() as connection:
                    connection.execute(
                        update(CHUNK).where(lost).values(state=ChunkState.PLANNED, attempts=0, step="")
                    )
            case FindingKind.DANGLING_NEED:
                with store.catalog.database.write() as connection:
                    connection.execute(delete(NEED).where(NEED.c.key == finding.subject))
                store.catalog.forget(finding.subject)  # a chapter may be called mastered by it
            case _:
                left.append(finding)
    return left


def _database(store: Store) -> Iterator[Finding]:
    if not store.catalog.database.sqlite:
        return
    with store.catalog.database.read() as connection:
        for (line,) in connection.exec_driver_sql("PRAGMA integrity_check"):
            if line != "ok":
                message = f"The catalog's file is damaged: {line}."
                yield Finding(FindingKind.DATABASE, store.catalog.database.name, message)
        for row in connection.exec_driver_sql("PRAGMA foreign_key_check"):
            message = f"A row of {row[0]} belongs to no production."
            yield Finding(FindingKind.DATABASE, str(row[0]), message)


def _artifacts(store: Store, deep: bool) -> Iterator[Finding]:
    by_digest: dict[str, list[Artifact]] = defaultdict(list)  # equal bytes are read once
    for artifact in store.catalog.all_artifacts():
        by_digest[artifact.digest].append(artifact)
    for digest, artifacts in by_digest.items():
        kind = _state_of(store, artifacts[0], deep)
        if kind is not None:
            wrong = "is not there" if kind is FindingKind.MISSING_BLOB else "is damaged"
            for artifact in artifacts:
                message = (
                    f"The blob {digest[:12]} of a {artifact.stage} result {wrong}; it will be made again."
                )
                yield Finding(kind, artifact.key, message, digest=digest)


def _state_of(store: Store, artifact: Artifact, deep: bool) -> FindingKind | None:
    try:
        if store.blobs.size(artifact.digest) != artifact.size:
            return FindingKind.CORRUPT_BLOB
        if deep:
            store.blobs.verify(artifact.digest)
    except BlobMissing:
        return FindingKind.MISSING_BLOB
    except BlobCorrupt:
        return FindingKind.CORRUPT_BLOB
    return None


def _orphans(store: Store) -> Iterator[Finding]:
    adoptable = set()
    for key, _, _ in store.blobs.all_refs():
        artifact = store.ref(key)
        if artifact is None or not store.blobs.exists(artifact.digest):
            if artifact is None or store.catalog.artifact(key) is None:  # else it is a missing blob
                yield Finding(FindingKind.ORPHAN_REF, key, f"The ref {key[:12]} leads to no blob.")
        else:
            adoptable.add(artifact.digest)
    for digest, size, _ in orphan_blobs(store):
        if digest not in adoptable:
            message = f"The blob {digest[:12]} ({size} bytes) belongs to no result."
            yield Finding(FindingKind.ORPHAN_BLOB, digest, message, digest=digest)


def _dangling(store: Store) -> Iterator[Finding]:
    def unrecorded(query: Select[Any], key: Any) -> Select[Any]:
        return query.where(key != "", ~select(ARTIFACT.c.key).where(ARTIFACT.c.key == key).exists())

    takes = select(CHUNK.c.take_key, CHUNK.c.production_id).where(CHUNK.c.state.in_(KEPT)).distinct()
    needs = union_all(
        unrecorded(select(NEED.c.key, NEED.c.production_id, literal("result")), NEED.c.key),
        unrecorded(
            select(CHAPTER.c.script_key, CHAPTER.c.production_id, literal("script")), CHAPTER.c.script_key
        ),
    )
    with store.catalog.database.read() as connection:
        for key, production in connection.execute(unrecorded(takes, CHUNK.c.take_key)):
            message = f"A take of production {production} is called done but is not recorded."
            yield Finding(FindingKind.LOST_TAKE, key, message, production=production)
        for key, production, what in connection.execute(needs):
            message = f"A {what} that production {production} is built from is not recorded."
            yield Finding(FindingKind.DANGLING_NEED, key, message, production=production)


def _editions(store: Store) -> Iterator[Finding]:
    done = (ProductionState.DONE, ProductionState.DONE_WITH_DOUBTS)
    for production in store.catalog.productions(states=done):
        if not production.edition_folder or not Path(production.edition_folder).is_dir():
            message = (
                f"The edition of {production.title or production.source} is not in "
                f"{production.edition_folder or production.output}: "
                f"`voxpress retry {production.id}` makes it again."
            )
            yield Finding(FindingKind.MISSING_EDITION, production.id, message, production=production.id)


__all__ = ["Finding", "FindingKind", "check", "repair"]
