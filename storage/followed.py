"""The catalog's followed feeds: what is known of each, and what became of each of its entries.

An entry has one row, under its feed and its name there: whatever a feed repeats, it is made once.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, func, select, update

from pipeline.errors import ShowError
from pipeline.ingest.request import FeedEntry
from pipeline.serial import dump, load
from storage.database import Database, batches, insert_into, one_at_a_time
from storage.show_rows import EntryRow, EntryState, FollowedRow, FollowRules
from storage.tables import FEED_ENTRY, FOLLOWED

_UPDATABLE = {column.name for column in FOLLOWED.columns} - {"id", "show", "url", "created_at"}
_BATCH = 500
"""Rows written with one statement."""


class FollowedFeeds:
    """The part of the catalog that knows followed feeds."""

    database: Database

    def follow_feed(self, show: str, url: str, rules: FollowRules) -> FollowedRow:
        """Follow a feed, or change how it is followed; what is known of it stays. It is due at once."""
        now = _now()
        told = json.loads(dump(rules))
        values = {
            **dict.fromkeys(("title", "address", "etag", "modified", "error"), ""),
            "show": show,
            "url": url,
            "rules": told,
            "failures": 0,
            "gone": False,
            "created_at": now,
            "checked_at": None,
            "due_at": now,
        }
        with self.database.write() as connection:
            insert = insert_into(connection, FOLLOWED).values(values)
            changed = {"rules": told, "due_at": now, "gone": False}
            connection.execute(insert.on_conflict_do_update(index_elements=["show", "url"], set_=changed))
            mine = (FOLLOWED.c.show == show) & (FOLLOWED.c.url == url)
            return _followed(connection.execute(select(FOLLOWED).where(mine)).one())

    def unfollow_feed(self, show: str, url: str) -> None:
        """Follow a feed no more. What became of its entries stays. Raises ``ShowError`` where it is not followed."""
        mine = (FOLLOWED.c.show == show) & (FOLLOWED.c.url == url)
        with self.database.write() as connection:
            gone = connection.execute(delete(FOLLOWED).where(mine)).rowcount
        if not gone:
            raise ShowError(f"{url} is not followed: 'voxpress feed follow {show}' lists what is.")

    def followed_feeds(self, show: str | None = None) -> list[FollowedRow]:
        """Those of a show, or of all."""
        query = select(FOLLOWED).order_by(FOLLOWED.c.show, FOLLOWED.c.id)
        if show is not None:
            query = query.where(FOLLOWED.c.show == show)
        with self.database.read() as connection:
            return [_followed(row) for row in connection.execute(query)]

    def looked_at_feed(self, row: int, /, **fields: Any) -> None:
        """Set what was found out of a feed (fields of ``show_rows.FollowedRow``)."""
        if unknown := fields.keys() - _UPDATABLE:
            raise TypeError(f"a followed feed has no field {sorted(unknown)}")
        with self.database.write() as connection:
            connection.execute(update(FOLLOWED).where(FOLLOWED.c.id == row).values(**fields))

    def take_entries(
        self, feed: FollowedRow, entries: Sequence[tuple[FeedEntry, EntryState, str]]
    ) -> list[EntryRow]:
        """Write down entries with their first state and the reason for it; those that were new."""
        now = _now()
        new: list[EntryRow] = []
        with self.database.write() as connection:
            for batch in batches(entries, _BATCH):
                rows = [
                    {
                        "show": feed.show,
                        "url": feed.url,
                        "key": entry.key,
                        "state": state,
                        "title": entry.title,
                        "link": entry.link,
                        "published_at": entry.published,
                        "reason": reason,
                        "production_id": "",
                        "seen_at": now,
                        "taken_at": None,
                        "tries": 0,
                        "due_at": now,
                    }
                    for entry, state, reason in batch
                ]
                insert = insert_into(connection, FEED_ENTRY).values(rows)
                insert = insert.on_conflict_do_nothing(index_elements=["show", "url", "key"])
                new += [_entry(row) for row in connection.execute(insert.returning(*FEED_ENTRY.columns))]
        return new

    def known_entries(self, feed: FollowedRow) -> set[str]:
        """The names of all entries that were seen."""
        query = select(FEED_ENTRY.c.key).where(_of(feed))
        with self.database.read() as connection:
            return {row.key for row in connection.execute(query)}

    def waiting_entries(self, feed: FollowedRow, most: int) -> list[EntryRow]:
        """Those that are to be made, the oldest first."""
        ready = (FEED_ENTRY.c.state == EntryState.WAITING) & (FEED_ENTRY.c.due_at <= _now())
        query = select(FEED_ENTRY).where(_of(feed) & ready)
        query = query.order_by(FEED_ENTRY.c.id).limit(most)
        with self.database.read() as connection:
            return [_entry(row) for row in connection.execute(query)]

    def entries(self, show: str, url: str | None = None, most: int = 100) -> list[EntryRow]:
        """What was seen last, the newest first."""
        query = select(FEED_ENTRY).where(FEED_ENTRY.c.show == show)
        if url is not None:
            query = query.where(FEED_ENTRY.c.url == url)
        with self.database.read() as connection:
            rows = connection.execute(query.order_by(FEED_ENTRY.c.id.desc()).limit(most))
            return [_entry(row) for row in rows]

    def taken_today(self, feed: FollowedRow, hours: float = 24.0) -> int:
        """How many entries were handed on in the last ``hours``."""
        since = _now() - timedelta(hours=hours)
        query = (
            select(func.count()).select_from(FEED_ENTRY).where(_of(feed) & (FEED_ENTRY.c.taken_at > since))
        )
        with self.database.read() as connection:
            return int(connection.execute(query).scalar_one())

    def set_entry(self, row: int, state: EntryState, *, reason: str = "", production: str = "") -> None:
        """Say what becomes of an entry."""
        taken = _now() if state is EntryState.TAKEN else None
        values = {"state": state, "reason": reason, "production_id": production, "taken_at": taken}
        with self.database.write() as connection:
            connection.execute(update(FEED_ENTRY).where(FEED_ENTRY.c.id == row).values(**values))

    def put_off_entry(self, row: EntryRow, seconds: float, reason: str, *, failed: bool = True) -> None:
        """Try an entry again when some seconds have passed; ``failed``: that is counted as a try."""
        due = _now() + timedelta(seconds=seconds)
        values = {"reason": reason, "tries": row.tries + failed, "due_at": due}
        with self.database.write() as connection:
            connection.execute(update(FEED_ENTRY).where(FEED_ENTRY.c.id == row.id).values(**values))

    def gather_entries(self, feed: FollowedRow, entries: Sequence[EntryRow], name: str) -> bool:
        """Say of waiting entries that they go into one digest; False, and nothing is said, when one of them is in
        another by now, or not waiting any more."""
        free = (FEED_ENTRY.c.state == EntryState.WAITING) & (FEED_ENTRY.c.production_id == "")
        mine = free & FEED_ENTRY.c.id.in_([entry.id for entry in entries])
        with self.database.write() as connection:
            one_at_a_time(connection, f"digests of {feed.show}")
            query = select(func.count()).select_from(FEED_ENTRY).where(mine)
            if int(connection.execute(query).scalar_one()) != len(entries):
                return False
            connection.execute(update(FEED_ENTRY).where(mine).values(production_id=name))
            return True

    def gathered_entries(self, feed: FollowedRow) -> dict[str, list[EntryRow]]:
        """Waiting entries that were said to go into digests, by those."""
        gathered = (FEED_ENTRY.c.state == EntryState.WAITING) & (FEED_ENTRY.c.production_id != "")
        found: dict[str, list[EntryRow]] = {}
        with self.database.read() as connection:
            for row in connection.execute(select(FEED_ENTRY).where(_of(feed) & gathered)):
                found.setdefault(row.production_id, []).append(_entry(row))
        return found

    def take_gathered(self, feed: FollowedRow, name: str, production: str) -> None:
        """A digest was handed on, with all its entries; or it cannot be, where no production is named, and they wait
        again."""
        mine = _of(feed) & (FEED_ENTRY.c.state == EntryState.WAITING) & (FEED_ENTRY.c.production_id == name)
        taken = {"state": EntryState.TAKEN, "reason": "", "taken_at": _now()} if production else {}
        with self.database.write() as connection:
            connection.execute(update(FEED_ENTRY).where(mine).values(production_id=production, **taken))


def _of(feed: FollowedRow) -> Any:
    return (FEED_ENTRY.c.show == feed.show) & (FEED_ENTRY.c.url == feed.url)


def _followed(row: Row[Any]) -> FollowedRow:
    values = dict(row._mapping)
    values["rules"] = load(FollowRules, json.dumps(values["rules"]))
    return FollowedRow(**values)


def _entry(row: Row[Any]) -> EntryRow:
    values = dict(row._mapping)
    values["state"] = EntryState(values["state"])
    return EntryRow(**values)


def _now() -> datetime:
    return datetime.now(UTC)


__all__ = ["FollowedFeeds"]
