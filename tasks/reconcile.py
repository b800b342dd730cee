"""Publish again what got lost: the graph is disposable, the catalog is the truth.

A message can vanish: a broker is killed between taking and noting it, a process while publishing a chord.
Such a production goes quiet: no message of it waits or is worked on, and its catalog rows do not move.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import redis
from kombu.exceptions import OperationalError

from pipeline.errors import WorkError
from storage.rows import ProductionState
from tasks import graph
from tasks.app import app
from tasks.context import Context

log = logging.getLogger(__name__)

QUIET_SECONDS = 5.0
"""A production that has not moved for so long is looked for on the broker, and published again if no message
of it is there."""
VAIN_ATTEMPTS = 5
"""So often a production is published again without anything of it moving; then it is not the broker's fault."""
ANSWER_SECONDS = 1.0
"""How long workers may take to say what they are working on."""


@dataclass(slots=True)
class Reconciler:
    """Watches some productions of this process's broker."""

    context: Context
    queues: tuple[str, ...]
    _seen: dict[str, tuple[object, float]] = field(default_factory=dict)
    _vain: Counter[str] = field(default_factory=Counter)

    def look(self, production_id: str) -> bool:
        """Look once; return whether the production was published again. Cheap: call it often.

        Raises ``WorkError`` for one that cannot be moved.
        """
        catalog = self.context.store.catalog
        production = catalog.get(production_id)
        mark = self._mark(production_id)
        before = self._seen.get(production_id)
        if before is None or before[0] != mark:
            self._seen[production_id] = (mark, time.monotonic())
            self._vain.pop(production_id, None)
            return False
        if time.monotonic() - before[1] < QUIET_SECONDS or production.state.final:
            return False
        self._seen[production_id] = (mark, time.monotonic())
        try:
            if not self._lost(production_id) or self._mark(production_id) != mark:
                return False
            if self._vain[production_id] == VAIN_ATTEMPTS:
                raise WorkError(
                    f"The production {production_id} does not move, although it was published again "
                    f"{VAIN_ATTEMPTS} times: the log in {self.context.settings.log_dir} says why; then run "
                    "the same command again."
                )
            self._vain[production_id] += 1
            log.info("production %s was lost by the broker: it is published again", production_id)
            if production.state in (ProductionState.SPEAKING, ProductionState.PUBLISHING):
                graph.advance(self.context, production)
            else:
                graph.start(production)
        except (redis.RedisError, OperationalError, OSError, RuntimeError):
            return False  # the broker is away: whether it comes back is for others to see
        return True

    def _mark(self, production_id: str) -> object:
        """What changes whenever the production moves."""
        production = self.context.store.catalog.get(production_id)
        return production.state, production.updated_at, self.context.store.catalog.made(production_id)

    def _lost(self, production_id: str) -> bool:
        """Whether no message of the production waits or is being worked on."""
        # Messages are JSON, and name in plain text what they are called with.
        name = production_id.encode()
        with app.connection_for_read() as link:
            channel = link.default_channel
            if _names(_waiting(channel, self.queues), name):
                return False
            taken = _names(channel.client.hvals(channel.unacked_key), name)
        # A worker that lost its connection forgets what it had taken; the broker remembers that for an hour.
        return not taken or _nobody_has(production_id)


def _waiting(channel: Any, queues: Iterable[str]) -> Iterator[bytes]:
    """The messages in the queues: one list for each queue and priority."""
    for queue in queues:
        for priority in channel.priority_steps:
            yield from channel.client.lrange(channel._q_for_pri(queue, priority), 0, -1)


def _names(messages: Iterable[bytes], name: bytes) -> bool:
    return any(name in message for message in messages)


def _nobody_has(production_id: str) -> bool:
    """Whether the workers answer, and none of them works on the production or is about to."""
    inspect = app.control.inspect(timeout=ANSWER_SECONDS)
    # In this order: a task that moves from the one to the other in between is seen at least once.
    answers = [inspect.reserved(), inspect.active()]
    if not all(answers):
        return False
    tasks = [task for answer in answers for held in answer.values() for task in held]
    return not any(production_id in str(task.get("kwargs")) for task in tasks)
