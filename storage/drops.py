"""One thing of a drop folder becomes a row of the ledger: a new one, one that is taken again, or a duplicate.

Functions inside a transaction of ``storage.intake``'s; they are all that decides what is made once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, exists, select, update

from storage.database import insert_into, moment
from storage.rows import IntakeRow, IntakeState
from storage.tables import INTAKE, LEASE

COLUMNS = [INTAKE.c[name] for name in IntakeRow.__slots__]
"""Of an ``IntakeRow``."""


@dataclass(frozen=True, slots=True)
class Drop:
    """Something that was found in a drop folder, as it is handed to the ledger."""

    inbox: str
    folder: str
    path: str
    mark: str
    digest: str
    work: str | None
    """None for a list of links."""
    source: str
    size: int
    place: str
    """``path``, or empty for a link of a list: the list has the file."""


def inbox_lease(inbox: str) -> str:
    """The lease that the watcher of a drop folder holds."""
    return f"inbox {inbox}"


def begun(error: str) -> dict[str, Any]:
    """Columns of a row that begins: taken, or failed at once with ``error``."""
    return {"parent": None, "error": error, "state": IntakeState.FAILED if error else IntakeState.TAKEN}


def take(connection: Connection, drop: Drop, *, again: bool, **fields: Any) -> IntakeRow:
    """The row of a drop, with ``fields`` when it is to be made; ``again``: also when it is done already."""
    before = _before(connection, drop)
    if before is None:
        fresh = add(connection, drop, **fields)
        if fresh is not None:
            return release(connection, fresh)
        before = _before(connection, drop)  # another host took the very same just now
        assert before is not None
    if _is_free(connection, before, drop, again=again):
        return release(connection, _retake(connection, before, drop, **fields))
    if drop.place and (before.inbox, before.place) == (drop.inbox, drop.place):
        _set(connection, before.id, mark=drop.mark)  # the same file, only touched
        return replace(before, mark=drop.mark)
    return release(connection, _duplicate(connection, before, drop, fields["parent"]))


def _before(connection: Connection, drop: Drop) -> IntakeRow | None:
    """The row of the same work; else one of the same content that failed with other settings."""
    same = INTAKE.c.work == drop.work
    failed = and_(
        INTAKE.c.inbox == drop.inbox,
        INTAKE.c.digest == drop.digest,
        INTAKE.c.state == IntakeState.FAILED,
        INTAKE.c.work.is_not(None),
    )
    for condition in (same, failed):
        query = select(*COLUMNS).where(condition).order_by(INTAKE.c.id).limit(1).with_for_update()
        if (found := connection.execute(query).one_or_none()) is not None:
            return row_of(found)
    return None


def _is_free(connection: Connection, before: IntakeRow, drop: Drop, *, again: bool) -> bool:
    """Whether what was taken before is to be taken again; also from a watcher that is gone, perhaps for good."""
    if before.state is not IntakeState.TAKEN:
        return before.state is IntakeState.FAILED or again
    if before.production_id or before.inbox == drop.inbox:
        return False
    watched = select(
        exists().where(LEASE.c.name == inbox_lease(before.inbox), LEASE.c.until > moment(connection))
    )
    return not connection.execute(watched).scalar()


def add(connection: Connection, drop: Drop, **fields: Any) -> IntakeRow | None:
    """A new row; None when there is one of the same work."""
    present = now()
    values: dict[str, Any] = {name: getattr(drop, name) for name in Drop.__slots__}
    values |= dict.fromkeys(("production_id", "edition_folder", "error", "notice"), "")
    values |= {"parent": None, "links": 0, "attempts": 0, "settled": False, "state": IntakeState.TAKEN}
    values |= {"created_at": present, "updated_at": present, **fields}
    insert = insert_into(connection, INTAKE).values(values).on_conflict_do_nothing(index_elements=["work"])
    found = connection.execute(insert.returning(*COLUMNS)).one_or_none()
    return row_of(found) if found is not None else None


def _retake(connection: Connection, before: IntakeRow, drop: Drop, **fields: Any) -> IntakeRow:
    values: dict[str, Any] = {name: getattr(drop, name) for name in Drop.__slots__}
    values |= dict.fromkeys(("production_id", "edition_folder", "notice"), "")
    values |= {"attempts": 0, "settled": False, **fields}
    _set(connection, before.id, **values)
    return replace(before, **values)


def _duplicate(connection: Connection, before: IntakeRow, drop: Drop, parent: int | None) -> IntakeRow:
    """A row that leads to the first one's production and edition; one for each file that is dropped again."""
    values: dict[str, Any] = {
        "state": IntakeState.DUPLICATE,
        "work": None,
        "production_id": before.production_id,
        "edition_folder": before.edition_folder,
        "notice": f"the same as {before.source}",
        "parent": parent,
    }
    query = (
        select(*COLUMNS)
        .where(
            INTAKE.c.inbox == drop.inbox,
            INTAKE.c.path == drop.path,
            INTAKE.c.digest == drop.digest,
            INTAKE.c.state == IntakeState.DUPLICATE,
        )
        .limit(1)
    )
    if (found := connection.execute(query).one_or_none()) is None:
        row = add(connection, drop, **values)
        assert row is not None
        return row
    values |= {"mark": drop.mark, "place": drop.place, "folder": drop.folder, "settled": False}
    _set(connection, found.id, **values)
    return replace(row_of(found), **values)


def release(connection: Connection, row: IntakeRow) -> IntakeRow:
    """Another file is at its place now: what was there before has none any more."""
    if row.place:
        others = and_(INTAKE.c.inbox == row.inbox, INTAKE.c.place == row.place, INTAKE.c.id != row.id)
        connection.execute(update(INTAKE).where(others).values(place=""))
    return row


def _set(connection: Connection, row: int, **fields: Any) -> None:
    connection.execute(update(INTAKE).where(INTAKE.c.id == row).values(updated_at=now(), **fields))


def row_of(row: Row[Any]) -> IntakeRow:
    """A database row as the plain value."""
    values = {name: row._mapping[name] for name in IntakeRow.__slots__}
    return IntakeRow(**{**values, "state": IntakeState(values["state"])})


def now() -> datetime:
    """The present, UTC."""
    return datetime.now(UTC)
