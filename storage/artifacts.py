"""The catalog's artifacts: which blob holds a stage's result, and which results a production needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, delete, select, update

from storage.database import Database, batches, insert_into
from storage.rows import KEPT, Artifact, ChunkState
from storage.tables import ARTIFACT, CHUNK, MASTERED, NEED

BATCH = 5_000
"""Keys in one query."""
_COLUMNS = tuple(ARTIFACT.c[field] for field in Artifact.__slots__)


class Artifacts:
    """The part of the catalog that knows results."""

    database: Database

    def record_artifact(
        self, key: str, stage: str, digest: str, size: int, detail: str | bytes = "", seconds: float = 0.0
    ) -> None:
        """Say which blob holds the result of that key; the last word counts."""
        with self.database.write() as connection:
            upsert_artifact(connection, key, stage, digest, size, detail, seconds)

    def artifact(self, key: str) -> Artifact | None:
        """The result of that key."""
        with self.database.read() as connection:
            row = connection.execute(select(*_COLUMNS).where(ARTIFACT.c.key == key)).one_or_none()
        return None if row is None else Artifact(*row)

    def artifacts(self, keys: Iterable[str]) -> dict[str, Artifact]:
        """The results of those keys that there are."""
        found: dict[str, Artifact] = {}
        with self.database.read() as connection:
            for batch in batches(keys, BATCH):
                query = select(*_COLUMNS).where(ARTIFACT.c.key.in_(batch))
                found.update((row.key, Artifact(*row)) for row in connection.execute(query))
        return found

    def all_artifacts(self) -> Iterator[Artifact]:
        """Every result, by key; read in batches, nothing stays open."""
        query, last = select(*_COLUMNS).order_by(ARTIFACT.c.key).limit(BATCH), ""
        while True:
            with self.database.read() as connection:
                rows = connection.execute(query.where(ARTIFACT.c.key > last)).all()
            if not rows:
                return
            yield from (Artifact(*row) for row in rows)
            last = rows[-1].key

    def forget(self, key: str) -> None:
        """The result is lost: what was made with it counts as not made, with all its attempts given back."""
        self.forget_many([key])

    def forget_many(self, keys: Iterable[str]) -> None:
        """As ``forget`` for each, in one transaction."""
        again = {"state": ChunkState.PLANNED, "attempts": 0, "error": "", "seconds": 0.0, "step": ""}
        with self.database.write() as connection:
            for batch in batches(keys, BATCH):
                connection.execute(delete(ARTIFACT).where(ARTIFACT.c.key.in_(batch)))
                lost = CHUNK.c.take_key.in_(batch) & CHUNK.c.state.in_(KEPT)
                connection.execute(update(CHUNK).where(lost).values(**again))
                connection.execute(delete(MASTERED).where(MASTERED.c.key.in_(batch)))

    # -- needs ------------------------------------------------------------------------------------------

    def set_needs(self, name: str, keys: Iterable[str], replace: bool = False) -> None:
        """Say which results, takes and scripts apart, a production is built from: they are not garbage."""
        with self.database.write() as connection:
            if replace:
                connection.execute(delete(NEED).where(NEED.c.production_id == name))
            for batch in batches(keys, BATCH):
                rows = [{"production_id": name, "key": key} for key in dict.fromkeys(batch)]
                connection.execute(insert_into(connection, NEED).on_conflict_do_nothing(), rows)

    def needs(self, name: str) -> set[str]:
        """The keys given to ``set_needs``."""
        with self.database.read() as connection:
            return set(connection.execute(select(NEED.c.key).where(NEED.c.production_id == name)).scalars())


def upsert_artifact(
    connection: Connection,
    key: str,
    stage: str,
    digest: str,
    size: int,
    detail: str | bytes,
    seconds: float = 0.0,
) -> None:
    """Insert or replace, within a transaction."""
    values: dict[str, Any] = {
        "stage": stage,
        "digest": digest,
        "size": size,
        "detail": detail.decode() if isinstance(detail, bytes) else detail,
        "seconds": seconds,
        "created_at": datetime.now(UTC),
    }
    insert = insert_into(connection, ARTIFACT).values(key=key, **values)
    changed = {name: insert.excluded[name] for name in values}
    connection.execute(insert.on_conflict_do_update(index_elements=["key"], set_=changed))
