"""Publish again what got lost: the graph is disposable, the catalog is the truth.

A message can vanish: a broker is killed between taking and noting it, a process while publishing a chord.
Such a production goes quiet: nothing of it is queued or running, and its catalog rows do not move.
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, field

import redis

from storage.rows import ProductionState
from tasks import graph
from tasks.app import app
from tasks.context import Context

QUIET_SECONDS = 15.0
"""A production that has not moved for so long, with nothing queued or running, is published again."""


@dataclass(slots=True)
class Reconciler:
    """Watches some productions of this process's broker."""

    context: Context
    queues: tuple[str, ...]
    _seen: dict[str, tuple[object, float]] = field(default_factory=dict)

    def look(self, production_id: str) -> bool:
        """Look once; return whether the production was published again. Cheap: call it often."""
        catalog = self.context.store.catalog
        production = catalog.get(production_id)
        mark = (production.state, production.updated_at, catalog.made(production_id))
        before = self._seen.get(production_id)
        if before is None or before[0] != mark:
            self._seen[production_id] = (mark, time.monotonic())
            return False
        if time.monotonic() - before[1] < QUIET_SECONDS or production.state.final or not self._idle():
            return False
        self._seen[production_id] = (mark, time.monotonic())
        if production.state in (ProductionState.SPEAKING, ProductionState.PUBLISHING):
            graph.advance(self.context, production)
        else:
            graph.start(production)
        return True

    def _idle(self) -> bool:
        """Whether nothing is queued and nothing taken is unacknowledged."""
        with (
            contextlib.suppress(redis.RedisError, OSError, AttributeError),
            app.connection_or_acquire() as link,
        ):
            client = link.default_channel.client
            waiting = sum(client.llen(queue) for queue in self.queues)
            return bool(waiting == 0 and client.hlen("unacked") == 0)
        return False
