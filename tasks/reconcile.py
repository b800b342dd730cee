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

from pipeline.errors import BrokerUnavailable, WorkError
from storage.rows import ProductionState
from tasks import graph
from tasks.app import app
from tasks.context import Context
from tasks.journal import JOURNAL

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
    away: str = ""
    """Why the broker could not be asked, or took nothing, the last time; empty when all was well."""
    _seen: dict[str, tuple[object, float]] = field(default_factory=dict)
    _vain: Counter[str] = field(default_factory=Counter)

    def look(self, ids: Iterable[str]) -> dict[str, WorkError]:
        """Look once at each production; publish again what is lost. Cheap: call it often.

        Returns those that cannot be moved, with what to say of them.
        """
        quiet = [name for name, mark in self._marks(ids).items() if self._is_quiet(name, mark)]
        if not quiet and not self.away:
            return {}
        stuck: dict[str, WorkError] = {}
        try:
            for name in sorted(self._lost(quiet)):
                try:
                    self._publish_again(name)
                except BrokerUnavailable:
                    raise
                except WorkError as error:
                    stuck[name] = error
            self.away = ""
        except (BrokerUnavailable, redis.RedisError, OperationalError, OSError, RuntimeError) as error:
            self.away = graph.reason(error)  # whether it comes back is for others to see
        return stuck

    def _is_quiet(self, production_id: str, mark: object) -> bool:
        """Whether it has not moved for a while; from then on it is looked at once in that while."""
        before = self._seen.get(production_id)
        if before is None or before[0] != mark:
            self._seen[production_id] = (mark, time.monotonic())
            self._vain.pop(production_id, None)
            return False
        if time.monotonic() - before[1] < QUIET_SECONDS:
            return False
        self._seen[production_id] = (mark, time.monotonic())
        return not self.context.store.catalog.get(production_id).state.final

    def _publish_again(self, production_id: str) -> None:
        if self._marks([production_id])[production_id] != self._seen[production_id][0]:
            return  # it moved while we were looking
        if self._vain[production_id] == VAIN_ATTEMPTS:
            raise WorkError(
                f"The production {production_id} does not move, although it was published again "
                f"{VAIN_ATTEMPTS} times: the log in {self.context.settings.log_dir} says why; then run "
                "the same command again."
            )
        self._vain[production_id] += 1
        log.info("its tasks were lost by the broker: they are published again", extra=_said(production_id))
        production = self.context.store.catalog.get(production_id)
        try:
            if production.state in (ProductionState.SPEAKING, ProductionState.PUBLISHING):
                graph.advance(self.context, production)
            else:
                graph.start(production)
        except BrokerUnavailable:
            if production.shared:  # nobody sits before it: it waits as long as the broker does
                self._vain[production_id] -= 1
            raise

    def _marks(self, ids: Iterable[str]) -> dict[str, object]:
        """What changes whenever a production moves."""
        catalog = self.context.store.catalog
        productions = catalog.get_all(ids)
        made = catalog.made_of([one.id for one in productions])
        return {one.id: (one.state, one.updated_at, made[one.id]) for one in productions}

    def _lost(self, ids: Iterable[str]) -> set[str]:
        """Those of which no message waits or is being worked on."""
        # Messages are JSON, and name in plain text what they are called with.
        left = set(ids)
        with (
            app.connection_for_read() as link,
            link.channel() as channel,
        ):  # its default_channel is too patient
            for message in _waiting(channel, self.queues):
                left -= {name for name in left if name.encode() in message}
                if not left:
                    return left
            taken = channel.client.hvals(channel.unacked_key)
        # A worker that lost its connection, or its life, forgets what it had taken; the broker remembers that.
        held = {name for name in left if any(name.encode() in message for message in taken)}
        return (left - held) | _held_by_nobody(held)


def _said(production_id: str) -> dict[str, object]:
    return {**JOURNAL, "production": production_id}


def _waiting(channel: Any, queues: Iterable[str]) -> Iterator[bytes]:
    """The messages in the queues: one list for each queue and priority."""
    for queue in queues:
        for priority in channel.priority_steps:
            yield from channel.client.lrange(channel._q_for_pri(queue, priority), 0, -1)


def _held_by_nobody(ids: set[str]) -> set[str]:
    """Those that no worker works on or is about to; none when workers do not answer."""
    if not ids:
        return set()
    inspect = app.control.inspect(timeout=ANSWER_SECONDS)
    # In this order: a task that moves from the one to the other in between is seen at least once.
    answers = [inspect.reserved(), inspect.active()]
    if not all(answers):
        return set()
    called = [str(task.get("kwargs")) for answer in answers for tasks in answer.values() for task in tasks]
    return {name for name in ids if not any(name in kwargs for kwargs in called)}
