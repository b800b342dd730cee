"""The catalog's workers: who reported itself lately, and what it serves."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select

from storage.database import Database, insert_into, moment
from storage.rows import WorkerRow
from storage.tables import WORKER

ALIVE_SECONDS = 45.0
"""How long a worker counts as alive after its last report."""
FORGOTTEN_SECONDS = 24 * 3600.0
"""How long a worker that said no farewell stays in the catalog."""


class Workers:
    """The part of the catalog that knows workers."""

    database: Database

    def report_worker(self, worker: WorkerRow) -> WorkerRow:
        """Say that a worker is alive, and what it serves; returns the row as it is kept.

        ``seen_at`` becomes the database's present, which is one clock for all hosts.
        """
        with self.database.write() as connection:
            present = moment(connection)
            kept = replace(worker, seen_at=present)
            insert = insert_into(connection, WORKER).values(_values(kept))
            changed = {name: insert.excluded[name] for name in WorkerRow.__slots__ if name != "name"}
            connection.execute(insert.on_conflict_do_update(index_elements=["name"], set_=changed))
            long_ago = present - timedelta(seconds=FORGOTTEN_SECONDS)
            connection.execute(delete(WORKER).where(WORKER.c.seen_at < long_ago))
        return kept

    def workers(self, within_seconds: float = ALIVE_SECONDS) -> list[WorkerRow]:
        """The workers that were heard of within that time, by name."""
        columns = (WORKER.c[field] for field in WorkerRow.__slots__)
        with self.database.read() as connection:
            since = moment(connection) - timedelta(seconds=within_seconds)
            query = select(*columns).where(WORKER.c.seen_at >= since)
            found = [_worker(dict(row._mapping)) for row in connection.execute(query)]
        return sorted(found, key=lambda worker: worker.name)

    def forget_worker(self, name: str) -> None:
        """The worker said farewell; nothing happens when it is not known."""
        with self.database.write() as connection:
            connection.execute(delete(WORKER).where(WORKER.c.name == name))


def _values(worker: WorkerRow) -> dict[str, Any]:
    values: dict[str, Any] = {field: getattr(worker, field) for field in WorkerRow.__slots__}
    values["queues"] = list(worker.queues)
    values["engines"] = {engine: list(languages) for engine, languages in worker.engines.items()}
    return values


def _worker(values: dict[str, Any]) -> WorkerRow:
    values["queues"] = tuple(values["queues"])
    values["engines"] = {engine: tuple(languages) for engine, languages in values["engines"].items()}
    return WorkerRow(**values)
