"""The catalog's shows and episodes: what a podcast is, and what was published of it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, func, select, update

from pipeline.errors import EpisodeNotFound, ShowError, ShowNotFound
from pipeline.publish.podcast.show import Episode, Show
from pipeline.serial import dump, load
from storage.database import Database, insert_into, one_at_a_time
from storage.rows import Production, ProductionState
from storage.show_rows import EpisodeRow, EpisodeState, Making, ShowRow
from storage.tables import EPISODE, FEED_ENTRY, FOLLOWED, PRODUCTION, SHOW

_UPDATABLE = {column.name for column in EPISODE.columns} - {"id", "show", "guid", "created_at", "updated_at"}
_READY = [ProductionState.DONE.value, ProductionState.DONE_WITH_DOUBTS.value]
_OVER = [ProductionState.FAILED.value, ProductionState.CANCELLED.value]


class Shows:
    """The part of the catalog that knows podcasts."""

    database: Database

    def add_show(self, show: Show, folder: str, making: Making) -> ShowRow:
        """Write down a new show. Raises ``ShowError`` when there is one of that name."""
        now = _now()
        values = {"name": show.name, "folder": folder, "created_at": now, "updated_at": now}
        values |= {"public": _json(show), "making": _json(making)}
        with self.database.write() as connection:
            insert = insert_into(connection, SHOW).values(values)
            added = connection.execute(insert.on_conflict_do_nothing(index_elements=["name"]))
            is_new = bool(added.rowcount)
        if not is_new:
            raise ShowError(
                f"There is a show {show.name!r} already: 'voxpress feed set {show.name}' changes it."
            )
        return ShowRow(show, folder, making, now, now)

    def show(self, name: str) -> ShowRow:
        """The show of that name. Raises ``ShowNotFound``."""
        for row in self.shows():
            if row.name == name:
                return row
        there = ", ".join(row.name for row in self.shows()) or "none yet"
        raise ShowNotFound(
            f"There is no show {name!r}: 'voxpress feed create {name}' makes one; there are: {there}."
        )

    def shows(self) -> list[ShowRow]:
        """All shows by name."""
        with self.database.read() as connection:
            return [_show(row) for row in connection.execute(select(SHOW).order_by(SHOW.c.name))]

    def change_show(self, name: str, show: Show, making: Making) -> ShowRow:
        """Write down what a show is now. Raises ``ShowNotFound``."""
        change = update(SHOW).where(SHOW.c.name == name)
        with self.database.write() as connection:
            values = {"public": _json(show), "making": _json(making), "updated_at": _now()}
            connection.execute(change.values(values))
        return self.show(name)

    def forget_show(self, name: str) -> None:
        """Remove a show and its episodes from the catalog, never a file. Raises ``ShowNotFound``."""
        self.show(name)
        with self.database.write() as connection:
            for table in (EPISODE, FOLLOWED, FEED_ENTRY):
                connection.execute(delete(table).where(table.c.show == name))
            connection.execute(delete(SHOW).where(SHOW.c.name == name))

    # -- episodes -----------------------------------------------------------------------------------------

    def take_episode(
        self, show: str, production: Production, *, revive: bool = True, moment: datetime | None = None
    ) -> EpisodeRow:
        """The episode that a production is made for; written down when there is none, with its number and day.

        Whatever is done first, episodes stay in the order in which they were asked for, each at least a second after
        the one before. With ``revive`` one that was removed or failed is wanted again; if it was never published, it
        is the newest then. One of a ``moment`` (a diary's) is of that, or of the next second that no other has.
        """
        now = _now()
        mine = (EPISODE.c.show == show) & (EPISODE.c.production_id == production.id)
        with self.database.write() as connection:
            one_at_a_time(connection, f"show {show}")
            number, newest = connection.execute(
                select(func.max(EPISODE.c.number), func.max(EPISODE.c.published_at)).where(
                    EPISODE.c.show == show
                )
            ).one()
            day = now.replace(microsecond=0)
            day = day if newest is None else max(day, newest + timedelta(seconds=1))
            if moment is not None:
                day = _free(connection, show, moment.astimezone(UTC).replace(microsecond=0))
            values = {
                **{column.name: "" for column in EPISODE.columns if column.type.python_type is str},
                "show": show,
                "production_id": production.id,
                "guid": str(uuid.uuid4()),
                "state": EpisodeState.MAKING,
                "source": production.source,
                "title": production.title,
                "number": (number or 0) + 1,
                "published_at": day,
                "created_at": now,
                "updated_at": now,
            }
            insert = insert_into(connection, EPISODE).values(values)
            connection.execute(insert.on_conflict_do_nothing(index_elements=["show", "production_id"]))
            if revive:
                over = mine & EPISODE.c.state.in_([EpisodeState.REMOVED, EpisodeState.FAILED])
                never = over & (EPISODE.c.episode == "")
                connection.execute(update(EPISODE).where(never).values(published_at=day))
                again = {"state": EpisodeState.MAKING, "error": "", "edition_key": "", "updated_at": now}
                connection.execute(update(EPISODE).where(over).values(again))
            return _episode(connection.execute(select(EPISODE).where(mine)).one())

    def episodes(self, show: str, states: Iterable[EpisodeState] | None = None) -> list[EpisodeRow]:
        """The episodes of a show, the newest first."""
        query = select(EPISODE).where(EPISODE.c.show == show)
        if states is not None:
            query = query.where(EPISODE.c.state.in_([str(state) for state in states]))
        query = query.order_by(EPISODE.c.published_at.desc(), EPISODE.c.id.desc())
        with self.database.read() as connection:
            return [_episode(row) for row in connection.execute(query)]

    def episode(self, show: str, name: str) -> EpisodeRow:
        """The episode with that number, or whose id or file name begins so. Raises ``EpisodeNotFound``."""
        rows = self.episodes(show)
        found = [row for row in rows if row.number and name == str(row.number)] or [
            row
            for row in rows
            if name.strip()
            and any(
                one.startswith(name)
                for one in (row.guid, row.production_id, row.episode.stem if row.episode else "")
            )
        ]
        if len(found) == 1:
            return found[0]
        raise EpisodeNotFound(
            f"{'No' if not found else 'More than one'} episode of {show} is called {name!r}: "
            f"'voxpress feed list {show}' shows their numbers."
        )

    def set_episode(self, row: int, /, **fields: Any) -> None:
        """Set fields of an episode (those of ``show_rows.EpisodeRow``)."""
        if unknown := fields.keys() - _UPDATABLE:
            raise TypeError(f"an episode has no field {sorted(unknown)}")
        if "episode" in fields:
            told = fields["episode"]
            fields["episode"] = dump(told).decode() if isinstance(told, Episode) else ""
        with self.database.write() as connection:
            change = update(EPISODE).where(EPISODE.c.id == row)
            connection.execute(change.values(**fields, updated_at=_now()))

    def unpublished(self, show: str, output: str) -> list[str]:
        """The productions with an edition in ``output`` that the show has not published in its present form."""
        due = EPISODE.c.id.is_(None) | (
            EPISODE.c.state.in_([EpisodeState.MAKING, EpisodeState.PUBLISHED])
            & (EPISODE.c.edition_key != PRODUCTION.c.edition_key)
        )
        return self._productions_of(show, output, due & PRODUCTION.c.state.in_(_READY))

    def unsuccessful(self, show: str, output: str) -> list[str]:
        """The productions in ``output`` that failed while the show still waits for them."""
        waits = EPISODE.c.id.is_(None) | (EPISODE.c.state == EpisodeState.MAKING)
        return self._productions_of(show, output, waits & PRODUCTION.c.state.in_(_OVER))

    def _productions_of(self, show: str, output: str, what: ColumnElement[bool]) -> list[str]:
        mine = (EPISODE.c.production_id == PRODUCTION.c.id) & (EPISODE.c.show == show)
        query = select(PRODUCTION.c.id).select_from(PRODUCTION.outerjoin(EPISODE, mine))
        begun = select(SHOW.c.created_at).where(SHOW.c.name == show).scalar_subquery()
        # What was made for a former show of that name is none of its business, unless somebody asks for it.
        known = EPISODE.c.id.is_not(None) | (PRODUCTION.c.updated_at >= begun)
        query = query.where((PRODUCTION.c.output == output) & known & what)
        query = query.order_by(PRODUCTION.c.created_at, PRODUCTION.c.id)
        with self.database.read() as connection:
            return [row.id for row in connection.execute(query)]


def _free(connection: Connection, show: str, moment: datetime) -> datetime:
    """The first second from ``moment`` on that no episode of the show has."""
    query = select(EPISODE.c.published_at).where(
        (EPISODE.c.show == show) & (EPISODE.c.published_at >= moment)
    )
    taken = set(connection.execute(query).scalars())
    while moment in taken:
        moment += timedelta(seconds=1)
    return moment


def _show(row: Row[Any]) -> ShowRow:
    return ShowRow(
        show=load(Show, json.dumps(row.public)),
        folder=row.folder,
        making=load(Making, json.dumps(row.making)),
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _episode(row: Row[Any]) -> EpisodeRow:
    values = dict(row._mapping)
    values["state"] = EpisodeState(values["state"])
    values["episode"] = load(Episode, values["episode"]) if values["episode"] else None
    return EpisodeRow(**values)


def _json(value: object) -> dict[str, Any]:
    return json.loads(dump(value))  # type: ignore[no-any-return]


def _now() -> datetime:
    return datetime.now(UTC)


__all__ = ["Shows"]
