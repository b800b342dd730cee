"""Shared productions begin as the workers free up: the others wait in the catalog, not on the broker."""

from __future__ import annotations

import logging

from pipeline.errors import BrokerUnavailable
from tasks import graph
from tasks.context import Context
from tasks.journal import JOURNAL
from tasks.room import want_of_room

log = logging.getLogger(__name__)

LEAST_ACTIVE = 4
"""Productions that are under way at a time even with a single worker, so that a short one need not wait for a
long one."""
ACTIVE_PER_SLOT = 2
"""Productions under way for each slot of the workers: their windows keep every slot busy."""


def dispatch(context: Context) -> int:
    """Start waiting shared productions while there is room; return how many. Raises ``BrokerUnavailable``.

    None is started while a disk is nearly full (``tasks.serving.note_waiting`` says so): one after the other
    would begin and fail.
    """
    catalog, started = context.store.catalog, 0
    if want_of_room(context.settings):
        return 0
    slots = sum(worker.slots for worker in catalog.workers())
    most = max(LEAST_ACTIVE, ACTIVE_PER_SLOT * slots)
    while (production := catalog.start_next(most)) is not None:
        try:
            graph.start(production)
        except BrokerUnavailable:  # it waits in the catalog until the broker can be reached
            catalog.update(production.id, started=False)
            raise
        log.info("its turn has come", extra={**JOURNAL, "production": production.id})
        started += 1
    return started
