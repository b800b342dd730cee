"""What a worker's parent does beside: it reports what the worker serves, and one parent of all keeps the studio.

Keeping is: starting what waits, publishing again what got lost, telling of what nobody serves, and tidying up.
A lease in the catalog says whose turn it is; when its holder is gone, the next one takes over.
"""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import socket
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version

import redis

from pipeline.errors import BrokerUnavailable, ProductionNotFound
from pipeline.speech.registry import facts_or_unknown
from storage.rows import Production, ProductionState, WorkerRow
from tasks import gpus, leftovers
from tasks.app import app
from tasks.context import Context
from tasks.dispatch import dispatch
from tasks.queues import ASR_QUEUE, CPU_QUEUE, PUBLISH_QUEUE, engine_of, queue_of
from tasks.reconcile import Reconciler
from tasks.serving import note_unserved, note_waiting
from workers.meaning import Meaning
from workers.plans import WorkerPlan
from workers.telling import Telling
from workers.tidying import Tidying

log = logging.getLogger(__name__)

DUTY_SECONDS = 1.0
"""How often ``Duties`` is to be called."""
REPORT_SECONDS = 10.0
"""How often a worker says that it is alive; the catalog believes it for 45 s."""
LEASE_SECONDS = 15.0
"""How long the studio is without a keeper after the last one was killed."""


class Duties:
    """Called again and again by the supervisor of a worker, which looks after its processes in between.

    The keeper has its lease to renew, too: so nothing here waits for anybody but the catalog and the broker. Engines
    are asked aside (``workers.asking``), because their voices may be those of servers that hang.
    """

    def __init__(self, context: Context, workers: Mapping[str, WorkerPlan]) -> None:
        """``workers`` by their names, each unlike any other's."""
        self._context, self._tidy = context, Tidying(context)
        self._holder = f"{next(iter(workers), '')}-{secrets.token_hex(4)}"
        self._rows = [_presence(context, name, plan) for name, plan in workers.items()]
        self._tellings = [Telling(context, row.name, row.engines) for row in self._rows]
        self._meaning = Meaning(context)
        self._gpus = bool(gpus.local_gpus())
        self._reconciler = Reconciler(context, tuple(queue for row in self._rows for queue in row.queues))
        self._reported = -REPORT_SECONDS
        self._under_way: set[str] = set()

    def __call__(self) -> None:
        """Do what is due."""
        now = time.monotonic()
        if due := now - self._reported >= REPORT_SECONDS:
            for row in self._rows:
                self._context.store.catalog.report_worker(row)
            self._reported = now
            if self._gpus:
                self._tell_gpus()
        for tell_offers in self._tellings:
            tell_offers(repeat=due)
        if self._context.store.catalog.hold_lease("keeper", self._holder, LEASE_SECONDS):
            self._keep()

    def end(self) -> None:
        """Say farewell."""
        catalog = self._context.store.catalog
        for row in self._rows:
            catalog.forget_worker(row.name)
        catalog.release_lease("keeper", self._holder)
        # The chunks that were stopped together with the worker did not fail.
        for production in catalog.shared_open(started=True):
            catalog.give_back_attempts(production.id)

    def _tell_gpus(self) -> None:
        """Let monitors know how full they are: what looks at them seldom runs on the same host."""
        with contextlib.suppress(redis.RedisError, OSError):
            gpus.tell(app.backend.client, socket.gethostname(), gpus.local_gpus())

    def _keep(self) -> None:
        catalog = self._context.store.catalog
        unheard = None
        try:
            dispatch(self._context)
        except BrokerUnavailable as away:
            unheard = away
        started = catalog.shared_open(started=True)
        self._reconciler.queues = _all_queues(self._context, self._rows, started)
        for name, error in self._reconciler.look(production.id for production in started).items():
            catalog.set_state(name, ProductionState.FAILED, error)
            log.error("failed: %s", error, extra={"production": name})
        note_unserved(self._context, started, self._reconciler.away, self._meaning)
        note_waiting(self._context)
        self._clear_up({production.id for production in started})
        self._tidy()
        if unheard is not None:
            raise unheard

    def _clear_up(self, under_way: set[str]) -> None:
        """Remove what productions that have come to their end left on the broker; again later when it is away."""
        for name in self._under_way - under_way:
            with contextlib.suppress(redis.RedisError, OSError):
                if _is_over(self._context, name):
                    leftovers.remove(app.backend.client, name)
                self._under_way.discard(name)
        self._under_way |= under_way


def _is_over(context: Context, name: str) -> bool:
    try:
        return context.store.catalog.get(name).state.final
    except ProductionNotFound:
        return True


def _all_queues(context: Context, own: Sequence[WorkerRow], started: Sequence[Production]) -> tuple[str, ...]:
    """Where a production's messages may wait: the queues that anybody serves, or that are needed now."""
    catalog = context.store.catalog
    queues = {queue for worker in (*own, *catalog.workers()) for queue in worker.queues}
    for production in started:
        queues.update(queue_of(engine) for engine in catalog.engines_wanted(production.id))
        queues.update((ASR_QUEUE,) if production.ears else ())
    return tuple(sorted(queues | {CPU_QUEUE, PUBLISH_QUEUE}))


def _presence(context: Context, name: str, plan: WorkerPlan) -> WorkerRow:
    engines = {engine for queue in plan.queues if (engine := engine_of(queue))}
    now = datetime.now(UTC)
    return WorkerRow(
        name=name,
        host=socket.gethostname(),
        pid=os.getpid(),
        queues=plan.queues,
        engines={engine: facts_or_unknown(engine).languages for engine in sorted(engines)},
        gpu=", ".join(gpu.name for gpu in gpus.local_gpus() if gpu.index in plan.gpus or not plan.gpus),
        slots=plan.slots,
        version=version("voxpress"),
        started_at=now,
        seen_at=now,
    )
