"""The catalog's productions: created once for a source with an output and settings, then continued."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, Row, delete, func, select, update

from pipeline import serial
from pipeline.errors import ProductionNotFound, StorageError, VoxpressError
from pipeline.settings import ConversationSettings, ProductionSettings, ReadingSettings
from storage.database import Database, batches, insert_into, one_at_a_time
from storage.rows import ChunkState, Priority, Production, ProductionState
from storage.tables import CHUNK, FAILURE, PRODUCTION, VOICE_LEVEL

_UPDATABLE = {column.name for column in PRODUCTION.columns} - {"id", "created_at", "updated_at"}
_SHARED_OPEN = PRODUCTION.c.shared & PRODUCTION.c.state.not_in(
    [state.value for state in ProductionState if state.final]
)
_BATCH = 500
"""Productions in one question."""
_PUBLISHED = frozenset({ProductionState.DONE, ProductionState.DONE_WITH_DOUBTS})

_LATER = (
    "voice_tags", "summarise_skipped", "byline", "count_lists", "announce_quotes", "announce_pictures",
    "shorten_links", "chapter_words",
)  # fmt: skip
"""Settings of reading that there were not always: where nobody set them, names are as they were before."""


def production_id(source: str, output: str, settings: ProductionSettings) -> str:
    """The name of a production, 12 hex digits: the same for the same source, output and settings.

    The source counts by its path or address, not by its content: an edited file continues the same
    production. A password does not count: giving the right one continues the production that asked for it.
    Neither do a lexicon and a cast, which are edited like the source, nor what lies beside the audio, nor how takes
    are checked: the same takes are checked anew.
    """
    public = json.loads(serial.dump(replace(settings, reading=replace(settings.reading, password=""))))
    for name in ("lexicon", "cast", "casting", "publish", "check"):
        del public[name]
    if settings.conversation == ConversationSettings():  # as it was named before there were any
        del public["conversation"]
    if not settings.tracks:  # as it was named before there was music; its files count by what is in them
        del public["music"], public["tracks"]
    for name in _LATER:
        if getattr(settings.reading, name) == getattr(ReadingSettings(), name):
            del public["reading"][name]
    text = json.dumps(
        [_absolute(source), _absolute(output), json.dumps(public, separators=(",", ":"), ensure_ascii=False)]
    )
    return hashlib.sha256(text.encode()).hexdigest()[:12]


class Productions:
    """The part of the catalog that knows productions."""

    database: Database

    def open_production(
        self, source: str, output: str, settings: ProductionSettings, *, shared: bool = False
    ) -> Production:
        """The production of that source, output and settings; created (``queued``) when there is none.

        ``shared`` counts for one that is created; who may change it later is up to ``tasks.submission``.
        """
        name = production_id(source, output, settings)
        now = _now()
        row = {
            **{column.name: "" for column in PRODUCTION.columns if column.type.python_type is str},
            "id": name,
            "source": _absolute(source),
            "output": _absolute(output),
            "settings": json.loads(serial.dump(settings)),
            "state": ProductionState.QUEUED,
            "cancel_requested": False,
            "shared": shared,
            "priority": Priority.NORMAL,
            "started": False,
            **dict.fromkeys(("doubts", "words", "characters", "chunks", "chapters"), 0),
            "estimated_seconds": 0.0,
            "stage_seconds": {},
            "created_at": now,
            "updated_at": now,
        }
        with self.database.write() as connection:
            # The settings are the same but for the password, which may be a better one now, and for lexicon and
            # cast, which stay what they are: somebody may be at work with them.
            before = connection.execute(select(PRODUCTION.c.settings).where(PRODUCTION.c.id == name)).scalar()
            row["settings"] |= {name: (before or {}).get(name, "") for name in ("lexicon", "cast")}
            insert = insert_into(connection, PRODUCTION).values(row)
            connection.execute(
                insert.on_conflict_do_update(index_elements=["id"], set_={"settings": row["settings"]})
            )
            return _production(production_row(connection, name))

    def get(self, name: str) -> Production:
        """The production of that id, or of the one id that begins so. Raises ``ProductionNotFound``."""
        if re.fullmatch("[0-9a-f]{1,12}", name):
            query = select(PRODUCTION).where(PRODUCTION.c.id.startswith(name)).limit(2)
            with self.database.read() as connection:
                rows = connection.execute(query).all()
            if len(rows) > 1:
                raise ProductionNotFound(f"More than one production begins with {name!r}: give more of it.")
            if rows:
                return _production(rows[0])
        raise _not_found(name)

    def get_all(self, names: Iterable[str]) -> list[Production]:
        """Those of these whole ids, in this order. Raises ``ProductionNotFound``."""
        names = list(names)
        found: dict[str, Production] = {}
        for some in batches(names, _BATCH):
            query = select(PRODUCTION).where(PRODUCTION.c.id.in_(some))
            with self.database.read() as connection:
                found |= {row.id: _production(row) for row in connection.execute(query)}
        for name in names:
            if name not in found:
                raise _not_found(name)
        return [found[name] for name in names]

    def productions(
        self, limit: int | None = None, states: Iterable[ProductionState] | None = None
    ) -> list[Production]:
        """The newest first."""
        query = select(PRODUCTION).order_by(PRODUCTION.c.created_at.desc(), PRODUCTION.c.id).limit(limit)
        if states is not None:
            query = query.where(PRODUCTION.c.state.in_([str(state) for state in states]))
        with self.database.read() as connection:
            return [_production(row) for row in connection.execute(query)]

    def update(self, name: str, **fields: Any) -> None:
        """Set fields of a production (those of ``rows.Production``). Raises ``ProductionNotFound``."""
        if unknown := fields.keys() - _UPDATABLE:
            raise TypeError(f"a production has no field {sorted(unknown)}")
        if isinstance(settings := fields.get("settings"), ProductionSettings):
            fields["settings"] = json.loads(serial.dump(settings))
        with self.database.write() as connection:
            set_fields(connection, name, **fields)

    def add_seconds(self, name: str, stage: str, seconds: float) -> None:
        """Add to the seconds of work that a stage took. Raises ``ProductionNotFound``."""
        with self.database.write() as connection:
            spent = dict(production_row(connection, name).stage_seconds)
            spent[stage] = round(spent.get(stage, 0.0) + seconds, 3)
            set_fields(connection, name, stage_seconds=spent)

    def set_state(self, name: str, state: ProductionState, error: VoxpressError | None = None) -> bool:
        """Say how far it is; ``error`` is why it failed. Raises ``ProductionNotFound``.

        A final state stays until ``reset_for_run``, so that a task that comes late, or twice, cannot undo
        what a person was told; only an edition that was published after all overrules ``failed``. False
        when the state was left as it is.
        """
        with self.database.write() as connection:
            present = ProductionState(production_row(connection, name).state)
            if present.final and not (present is ProductionState.FAILED and state in _PUBLISHED):
                return present is state
            set_fields(
                connection,
                name,
                state=state,
                error_kind=error.kind if error else "",
                error=str(error) if error else "",
                finished_at=_now() if state.final else None,
            )
            return True

    def transition(self, name: str, before: ProductionState, after: ProductionState) -> bool:
        """Move from one state to another; False when another task moved it already."""
        change = (
            update(PRODUCTION)
            .where(PRODUCTION.c.id == name, PRODUCTION.c.state == before)
            .values(state=after, updated_at=_now())
        )
        with self.database.write() as connection:
            return bool(connection.execute(change).rowcount)

    # -- shared productions -------------------------------------------------------------------------------

    def start_next(self, most: int) -> Production | None:
        """The shared production that is to begin now, marked as started; None when there is none, or no room.

        The most urgent and oldest goes first. It begins while fewer than ``most`` of its own urgency or more
        are under way, so that what is urgent does not wait for what is not.
        """
        waiting = (
            _SHARED_OPEN
            & ~PRODUCTION.c.started
            & ~PRODUCTION.c.cancel_requested
            & (PRODUCTION.c.state == ProductionState.QUEUED)
            & (PRODUCTION.c.source_key != "")  # else it is being submitted, and would be started twice
        )
        order = (PRODUCTION.c.priority, PRODUCTION.c.created_at, PRODUCTION.c.id)
        query = select(PRODUCTION).where(waiting).order_by(*order).limit(1)
        with self.database.write() as connection:
            one_at_a_time(connection, "start_next")  # or two would find room for one
            found = connection.execute(query.with_for_update(skip_locked=True)).one_or_none()
            if found is None:
                return None
            ahead = (
                select(func.count())
                .select_from(PRODUCTION)
                .where(_SHARED_OPEN & PRODUCTION.c.started & (PRODUCTION.c.priority <= found.priority))
            )
            if connection.execute(ahead).scalar_one() >= most:
                return None
            set_fields(connection, found.id, started=True)
            return _production(production_row(connection, found.id))

    def shared_open(self, *, started: bool | None = None) -> list[Production]:
        """The shared productions that are not final, the most urgent and oldest first."""
        query = select(PRODUCTION).where(_SHARED_OPEN)
        if started is not None:
            query = query.where(PRODUCTION.c.started if started else ~PRODUCTION.c.started)
        query = query.order_by(PRODUCTION.c.priority, PRODUCTION.c.created_at, PRODUCTION.c.id)
        with self.database.read() as connection:
            return [_production(row) for row in connection.execute(query)]

    def set_notice(self, name: str, notice: str) -> bool:
        """Say what a production waits for; False when that was said already. It does not count as moving."""
        change = (
            update(PRODUCTION)
            .where(PRODUCTION.c.id == name, PRODUCTION.c.notice != notice)
            .values(notice=notice)
        )
        with self.database.write() as connection:
            return bool(connection.execute(change).rowcount)

    def note_waiting(self, notice: str) -> bool:
        """Say why none of the shared productions that wait for their turn gets it; False when that was said."""
        waiting = _SHARED_OPEN & ~PRODUCTION.c.started & (PRODUCTION.c.notice != notice)
        with self.database.read() as connection:  # called all the time: as a rule there is nothing to write
            if connection.execute(select(PRODUCTION.c.id).where(waiting).limit(1)).first() is None:
                return False
        with self.database.write() as connection:
            return bool(connection.execute(update(PRODUCTION).where(waiting).values(notice=notice)).rowcount)

    def request_cancel(self, name: str) -> None:
        """Ask every task of the production to stop. Raises ``ProductionNotFound``."""
        with self.database.write() as connection:
            set_fields(connection, name, cancel_requested=True)

    def cancelled(self, name: str) -> bool:
        """Whether tasks of the production shall stop; also true when the production was removed."""
        query = select(PRODUCTION.c.cancel_requested).where(PRODUCTION.c.id == name)
        with self.database.read() as connection:
            wanted = connection.execute(query).scalar()
        return wanted is None or bool(wanted)

    def reset_for_run(self, name: str, **fields: Any) -> None:
        """Begin anew from what is kept: queued, no error, not cancelled; ``fields`` are set in the same moment.

        Raises ``ProductionNotFound``.
        """
        with self.database.write() as connection:
            _reset(connection, name, **fields)

    def retry(self, name: str) -> int:
        """As ``reset_for_run``, and give every chunk that is not done all its attempts back.

        Returns how many chunks had been given up. Raises ``ProductionNotFound``.
        """
        mine = CHUNK.c.production_id == name
        with self.database.write() as connection:
            _reset(connection, name)
            failed = mine & (CHUNK.c.state == ChunkState.FAILED)
            fresh = {"state": ChunkState.PLANNED, "attempts": 0, "error": ""}
            count = connection.execute(update(CHUNK).where(failed).values(**fresh)).rowcount
            tried = mine & (CHUNK.c.state == ChunkState.PLANNED) & (CHUNK.c.attempts > 0)
            connection.execute(update(CHUNK).where(tried).values(attempts=0))
            return count

    def give_back_attempts(self, name: str) -> None:
        """Work was stopped on purpose: what was begun last was not ended by its own fault."""
        begun = (
            (CHUNK.c.production_id == name) & (CHUNK.c.state == ChunkState.PLANNED) & (CHUNK.c.attempts > 0)
        )
        with self.database.write() as connection:
            connection.execute(update(CHUNK).where(begun).values(attempts=CHUNK.c.attempts - 1))

    def forget_production(self, name: str) -> None:
        """Remove a production and its plan. What only it needed becomes garbage (``storage.gc``).

        Raises ``ProductionNotFound``.
        """
        with self.database.write() as connection:
            production_row(connection, name)
            connection.execute(delete(VOICE_LEVEL).where(VOICE_LEVEL.c.scope == name))
            connection.execute(delete(PRODUCTION).where(PRODUCTION.c.id == name))


def touch(connection: Connection, name: str, **fields: object) -> None:
    """Note that a production moved: the reconciler leaves alone what moved lately. ``fields`` are set with it."""
    connection.execute(update(PRODUCTION).where(PRODUCTION.c.id == name).values(updated_at=_now(), **fields))


def _reset(connection: Connection, name: str, **fields: object) -> None:
    connection.execute(delete(FAILURE).where(FAILURE.c.production_id == name))
    set_fields(
        connection,
        name,
        state=ProductionState.QUEUED,
        error_kind="",
        error="",
        notice="",
        cancel_requested=False,
        started=False,
        finished_at=None,
        **fields,
    )


def set_fields(connection: Connection, name: str, **fields: object) -> None:
    change = update(PRODUCTION).where(PRODUCTION.c.id == name).values(updated_at=_now(), **fields)
    if connection.execute(change).rowcount == 0:
        raise _not_found(name)


def production_row(connection: Connection, name: str) -> Row[Any]:
    query = select(PRODUCTION).where(PRODUCTION.c.id == name)
    # SQLite is locked as a whole. Rows that only refer to the production may be added meanwhile (``key_share``).
    row = connection.execute(query.with_for_update(key_share=True)).one_or_none()
    if row is None:
        raise _not_found(name)
    return row


def _production(row: Row[Any]) -> Production:
    values = dict(row._mapping)
    try:
        values["settings"] = _settings(json.dumps(values["settings"]))
    except ValidationError as error:
        raise StorageError(
            f"The settings of production {values['id']} in the catalog are damaged."
        ) from error
    return Production(**{**values, "state": ProductionState(values["state"])})


@lru_cache(maxsize=128)
def _settings(text: str) -> ProductionSettings:
    """Screens and tasks ask for the same ones again and again."""
    return serial.load(ProductionSettings, text)


def _not_found(name: str) -> ProductionNotFound:
    return ProductionNotFound(f"There is no production {name!r}: `voxpress jobs` lists those there are.")


def _absolute(place: str) -> str:
    return place if "://" in place else os.path.abspath(place)


def _now() -> datetime:
    return datetime.now(UTC)
