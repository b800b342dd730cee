"""The catalog's ledger of the drop folders: what was found there, and what became of it.

A row for each thing that is to be made, under the hash of its content and of what is to be made of it
(``work``): whatever is restarted or dropped again, nothing is made twice. What is the same as something that
was taken before has a row of its own, as a duplicate. A list of links has a row, and each of its links one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, and_, case, exists, or_, select, update

from storage.database import Database, batches
from storage.drops import COLUMNS, Drop, add, begun, now, release, row_of, take
from storage.rows import IntakeRow, IntakeState, ProductionState
from storage.tables import INTAKE, PRODUCTION

_UPDATABLE = {column.name for column in INTAKE.columns} - {"id", "created_at", "updated_at"}
_FINAL = [state.value for state in ProductionState if state.final]
_FOLLOWED = [IntakeState.TAKEN.value, IntakeState.FAILED.value]
_GIVEN_UP = [ProductionState.FAILED.value, ProductionState.CANCELLED.value]
_BATCH = 500
"""Values bound in one query."""


@dataclass(frozen=True, slots=True)
class Followed:
    """A row whose production came to an end, or moved on after it had failed."""

    row: IntakeRow
    state: ProductionState | None
    """Of the production; None when there is none any more."""
    error_kind: str
    error: str
    edition_folder: str
    title: str
    doubts: int
    kept: bool
    """The store has a copy of the source: the file is not needed to try again."""


class Intake:
    """The part of the catalog that knows drop folders."""

    database: Database

    # -- taking -----------------------------------------------------------------------------------------

    def take(self, drop: Drop, *, again: bool = False, error: str = "") -> IntakeRow:
        """Write a thing into the ledger; the row says whether it is to be made or is a duplicate.

        What failed before is taken again; what is done is, too, with ``again`` (its edition is gone). With
        ``error`` it has failed already: it cannot even be handed on.
        """
        with self.database.write() as connection:
            return take(connection, drop, again=again, **begun(error))

    def take_list(
        self, drop: Drop, entries: Sequence[Drop], *, again: frozenset[str] = frozenset()
    ) -> IntakeRow:
        """Write a list of links and each of its links, all or nothing; ``again`` holds works, as in ``take``."""
        with self.database.write() as connection:
            row = add(connection, drop, links=len(entries), error="")
            assert row is not None
            release(connection, row)
            for entry in entries:
                take(connection, entry, again=entry.work in again, **{**begun(""), "parent": row.id})
            return row

    def works(self, wanted: Iterable[str]) -> dict[str, IntakeRow]:
        """The rows of those works that are in the ledger."""
        found: dict[str, IntakeRow] = {}
        with self.database.read() as connection:
            for batch in batches(wanted, _BATCH):
                rows = connection.execute(select(*COLUMNS).where(INTAKE.c.work.in_(batch)))
                found |= {str(row.work): row for row in map(row_of, rows)}
        return found

    def places(self, inbox: str) -> dict[str, str]:
        """Mark by path of the files that are known and still lie where they were found."""
        query = select(INTAKE.c.place, INTAKE.c.mark).where(
            INTAKE.c.inbox == inbox, INTAKE.c.place == INTAKE.c.path, INTAKE.c.place != ""
        )
        with self.database.read() as connection:
            return {str(place): str(mark) for place, mark in connection.execute(query)}

    def inbox_of(self, folder: str) -> str:
        """The name of the drop folder that was last seen there; empty when none was."""
        query = (
            select(INTAKE.c.inbox)
            .where(INTAKE.c.folder == folder)
            .order_by(INTAKE.c.updated_at.desc(), INTAKE.c.id.desc())
            .limit(1)
        )
        with self.database.read() as connection:
            return connection.execute(query).scalar() or ""

    # -- following --------------------------------------------------------------------------------------

    def intake_to_submit(self, inboxes: Sequence[str], limit: int) -> list[IntakeRow]:
        """Rows that were taken and have no production yet, the oldest first."""
        query = _mine(inboxes).where(
            INTAKE.c.state == IntakeState.TAKEN, INTAKE.c.production_id == "", INTAKE.c.links == 0
        )
        return self._rows(query.order_by(INTAKE.c.id).limit(limit))

    def intake_ended(self, inboxes: Sequence[str]) -> list[Followed]:
        """Rows whose production ended, was removed, or was helped on after it had failed: one query for all."""
        gone = PRODUCTION.c.id.is_(None)
        ended = and_(INTAKE.c.state == IntakeState.TAKEN, or_(gone, PRODUCTION.c.state.in_(_FINAL)))
        # Another file of the same name continues the same production: that is none of this row's business.
        same = or_(INTAKE.c.source.contains("://"), PRODUCTION.c.source_sha256 == INTAKE.c.digest)
        helped = and_(
            INTAKE.c.state == IntakeState.FAILED, PRODUCTION.c.state.not_in(_GIVEN_UP), same, INTAKE.c.settled
        )
        made = [PRODUCTION.c[name] for name in ("state", "error_kind", "error", "edition_folder", "title")]
        more = [PRODUCTION.c.doubts, PRODUCTION.c.source_key]
        labelled = [column.label(f"made_{column.name}") for column in (*made, *more)]
        query = (
            select(*COLUMNS, *labelled)
            .select_from(INTAKE.outerjoin(PRODUCTION, PRODUCTION.c.id == INTAKE.c.production_id))
            .where(INTAKE.c.inbox.in_(inboxes), INTAKE.c.state.in_(_FOLLOWED), INTAKE.c.production_id != "")
            .where(or_(ended, helped))
            .order_by(INTAKE.c.id)
        )
        with self.database.read() as connection:
            return [_followed(row) for row in connection.execute(query)]

    def intake_lists_ended(self, inboxes: Sequence[str]) -> list[tuple[IntakeRow, list[IntakeRow]]]:
        """Lists whose links have all come to an end, with their links."""
        link = INTAKE.alias()
        waits = exists().where(link.c.parent == INTAKE.c.id, link.c.state == IntakeState.TAKEN)
        query = _mine(inboxes).where(
            INTAKE.c.state == IntakeState.TAKEN, INTAKE.c.work.is_(None), INTAKE.c.links > 0, ~waits
        )
        return [
            (row, self._rows(select(*COLUMNS).where(INTAKE.c.parent == row.id).order_by(INTAKE.c.id)))
            for row in self._rows(query.order_by(INTAKE.c.id))
        ]

    def intake_to_settle(self, inboxes: Sequence[str], limit: int) -> list[IntakeRow]:
        """Rows that came to an end and whose file, perhaps, is still to be moved."""
        query = _mine(inboxes).where(INTAKE.c.state != IntakeState.TAKEN, ~INTAKE.c.settled)
        return self._rows(query.order_by(INTAKE.c.id).limit(limit))

    def intake_open(self, inboxes: Sequence[str]) -> bool:
        """Whether anything is under way, or is still to be settled."""
        query = select(exists().where(INTAKE.c.inbox.in_(inboxes), ~INTAKE.c.settled))
        with self.database.read() as connection:
            return bool(connection.execute(query).scalar())

    def intake_uses(self, production: str) -> bool:
        """Whether a row is waiting for that production."""
        query = select(
            exists().where(INTAKE.c.production_id == production, INTAKE.c.state == IntakeState.TAKEN)
        )
        with self.database.read() as connection:
            return bool(connection.execute(query).scalar())

    # -- changing ---------------------------------------------------------------------------------------

    def begin_intake(self, row: int) -> int:
        """Count an attempt before it is made; returns how many there were with this one."""
        change = (
            update(INTAKE)
            .where(INTAKE.c.id == row)
            .values(attempts=INTAKE.c.attempts + 1, updated_at=now())
            .returning(INTAKE.c.attempts)
        )
        with self.database.write() as connection:
            return int(connection.execute(change).scalar_one())

    def submit_intake(self, row: IntakeRow, production: str) -> None:
        """It is in the hands of that production, and so is what was found to be the same as it."""
        twins = and_(
            INTAKE.c.state == IntakeState.DUPLICATE,
            INTAKE.c.digest == row.digest,
            INTAKE.c.production_id == "",
        )
        with self.database.write() as connection:
            connection.execute(
                update(INTAKE)
                .where(or_(INTAKE.c.id == row.id, twins))
                .values(production_id=production, updated_at=now())
            )

    def set_intake(self, row: int, **fields: Any) -> None:
        """Set columns of a row. Nothing happens when it is gone."""
        if unknown := fields.keys() - _UPDATABLE:
            raise TypeError(f"the ledger has no column {sorted(unknown)}")
        with self.database.write() as connection:
            connection.execute(update(INTAKE).where(INTAKE.c.id == row).values(updated_at=now(), **fields))

    def finish_intake(self, row: int, production: str, folder: str, notice: str) -> None:
        """The edition is there: for this row, and for what was found to be the same as it."""
        done = {"edition_folder": folder, "updated_at": now()}
        twins = and_(INTAKE.c.state == IntakeState.DUPLICATE, INTAKE.c.production_id == production)
        with self.database.write() as connection:
            connection.execute(update(INTAKE).where(twins).values(**done))
            connection.execute(
                update(INTAKE)
                .where(INTAKE.c.id == row)
                .values(state=IntakeState.DONE, error="", notice=notice, settled=False, **done)
            )

    def settle_intake(self, row: int, wrong: str = "") -> None:
        """All is over with a row; ``wrong`` is what did not succeed beside, and is added to its notice."""
        both = case((INTAKE.c.notice == "", wrong), else_=INTAKE.c.notice + f"; {wrong}")
        notice = {"notice": both} if wrong else {}
        with self.database.write() as connection:
            connection.execute(
                update(INTAKE).where(INTAKE.c.id == row).values(settled=True, updated_at=now(), **notice)
            )

    def forget_drop(self, row: int) -> None:
        """The file was changed before it was read: it is another one, and taken anew."""
        with self.database.write() as connection:
            connection.execute(INTAKE.delete().where(INTAKE.c.id == row))

    # -- looking ----------------------------------------------------------------------------------------

    def intakes(
        self, limit: int | None = None, states: Iterable[IntakeState] | None = None
    ) -> list[IntakeRow]:
        """The ledger, what moved last first."""
        query = select(*COLUMNS).order_by(INTAKE.c.updated_at.desc(), INTAKE.c.id.desc()).limit(limit)
        if states is not None:
            query = query.where(INTAKE.c.state.in_([state.value for state in states]))
        return self._rows(query)

    def _rows(self, query: Any) -> list[IntakeRow]:
        with self.database.read() as connection:
            return [row_of(row) for row in connection.execute(query)]


def _mine(inboxes: Sequence[str]) -> Any:
    return select(*COLUMNS).where(INTAKE.c.inbox.in_(inboxes))


def _followed(row: Row[Any]) -> Followed:
    made = row._mapping
    return Followed(
        row=row_of(row),
        state=ProductionState(made["made_state"]) if made["made_state"] else None,
        error_kind=made["made_error_kind"] or "",
        error=made["made_error"] or "",
        edition_folder=made["made_edition_folder"] or "",
        title=made["made_title"] or "",
        doubts=made["made_doubts"] or 0,
        kept=bool(made["made_source_key"]),
    )
