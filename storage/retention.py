"""Retention: what is removed by itself, because it was finished or has been of no use for long enough.

The keeper of a studio calls ``tidy`` from time to time. Beside workers nothing is removed that was written or
used in the last hour (``storage.gc``), so it may be called while anything is being made.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from sqlalchemy import delete, select

from storage.database import moment
from storage.gc import collect, plan_gc
from storage.rows import ProductionState
from storage.settings import Settings
from storage.store import Store
from storage.tables import PRODUCTION, VOICE_LEVEL

BATCH = 500
"""Productions that are forgotten in one transaction."""
GIGABYTE = 10**9
_FINISHED = (ProductionState.DONE, ProductionState.DONE_WITH_DOUBTS, ProductionState.CANCELLED)
"""A failed one stays: somebody may still want to know why, and to try again."""


@dataclass(frozen=True, slots=True)
class Tidied:
    """What was removed."""

    productions: int
    """Forgotten; their audiobooks stay where they are."""
    pieces: int
    """Results and blobs that no production needed."""
    freed: int
    """Bytes."""


def tidy(store: Store, settings: Settings, *, alone: bool = False) -> Tidied:
    """Remove what the settings ``forget_days``, ``gc_days`` and ``gc_gigabytes`` say; 0 is never.

    ``alone``: nobody is making anything, and nobody begins before this returns (``tasks.holds.alone``).
    Raises ``StorageError``.
    """
    forgotten = forget_finished(store, settings.forget_days) if settings.forget_days else 0
    if not settings.gc_days and not settings.gc_gigabytes:
        return Tidied(forgotten, 0, 0)
    plan = plan_gc(
        store,
        settings.gc_days or float("inf"),
        int(settings.gc_gigabytes * GIGABYTE) if settings.gc_gigabytes else None,
        alone=alone,
    )
    return Tidied(forgotten, len(plan), collect(store, plan, alone=alone))


def forget_finished(store: Store, days: float) -> int:
    """Forget the productions that ended more than ``days`` ago and not in failure; returns how many."""
    count = 0
    while gone := store.catalog.database.patience.again(partial(_forget_some, store, days)):
        count += gone
    return count


def _forget_some(store: Store, days: float) -> int:
    with store.catalog.database.write() as connection:
        cutoff = moment(connection) - timedelta(days=days)
        over = PRODUCTION.c.state.in_(_FINISHED) & (PRODUCTION.c.finished_at < cutoff)
        query = select(PRODUCTION.c.id).where(over).order_by(PRODUCTION.c.id).limit(BATCH)
        names = list(connection.execute(query.with_for_update(skip_locked=True)).scalars())
        connection.execute(delete(VOICE_LEVEL).where(VOICE_LEVEL.c.scope.in_(names)))
        connection.execute(delete(PRODUCTION).where(PRODUCTION.c.id.in_(names)))
        return len(names)


__all__ = ["Tidied", "forget_finished", "tidy"]
