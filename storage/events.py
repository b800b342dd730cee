"""The catalog's events: what a person wants to know of a production, on whatever host it happened.

A log, not the truth: nothing is decided by it, and of a production only the newest lines are kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from operator import attrgetter

from sqlalchemy import Connection, delete, insert, select

from storage.database import Database
from storage.rows import Event
from storage.tables import EVENT, PRODUCTION

EVENTS_KEPT = 500
"""The newest events of a production that are kept: the stages of 200 chapters and a bad day beside them."""
MESSAGE_CHARACTERS = 2_000
"""Most of a message that is kept: what is longer is a traceback, and stands in the log of its host."""

_COLUMNS = tuple(EVENT.c[field] for field in Event.__slots__)


class Events:
    """The part of the catalog that knows what happened."""

    database: Database

    def add_events(self, events: Iterable[Event]) -> None:
        """Add to the logs of productions, in one transaction; one that is forgotten by now has no log."""
        ordered = sorted(events, key=attrgetter("production_id"))
        if not ordered:
            return
        with self.database.write() as connection:
            for name, mine in groupby(ordered, key=attrgetter("production_id")):
                there = select(PRODUCTION.c.id).where(PRODUCTION.c.id == name)
                if connection.execute(there).one_or_none() is None:
                    continue
                connection.execute(insert(EVENT), [_values(event) for event in mine][-EVENTS_KEPT:])
                _trim(connection, name)

    def events(self, name: str, after: int = 0, limit: int = EVENTS_KEPT) -> list[Event]:
        """The newest events of a production, at most ``limit``, in the order in which they were kept.

        ``after`` is the id of an event: what was kept before it is left out, and it itself.
        """
        query = (
            select(*_COLUMNS)
            .where(EVENT.c.production_id == name, EVENT.c.id > after)
            .order_by(EVENT.c.id.desc())
            .limit(limit)
        )
        with self.database.read() as connection:
            return [Event(*row) for row in connection.execute(query)][::-1]


def _trim(connection: Connection, name: str) -> None:
    mine = EVENT.c.production_id == name
    newest = select(EVENT.c.id).where(mine).order_by(EVENT.c.id.desc())
    oldest = connection.execute(newest.offset(EVENTS_KEPT - 1).limit(1)).scalar()
    if oldest is not None:
        connection.execute(delete(EVENT).where(mine & (EVENT.c.id < oldest)))


def _values(event: Event) -> dict[str, object]:
    message = event.message.replace("\0", "")  # PostgreSQL keeps no such character
    if len(message) > MESSAGE_CHARACTERS:
        message = message[: MESSAGE_CHARACTERS - 3] + "..."
    return {
        "production_id": event.production_id,
        "at": event.at,
        "level": event.level,
        "stage": event.stage,
        "chapter": event.chapter,
        "worker": event.worker,
        "message": message,
    }
