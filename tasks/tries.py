"""How often a task was begun without coming to an end.

A task whose process is killed goes back to its queue, and kills the next one: for ever, as far as Celery is
concerned. So each counts, before it begins, on the broker, under its own id, which it keeps when it goes back.
Chunks are counted in the catalog instead: there one of many is guilty, and the others are spoken.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import redis
from celery import current_task

from tasks import leftovers
from tasks.app import RESULT_SECONDS


@contextmanager
def counted() -> Iterator[int]:
    """Which time this task is begun, from 1; an end of any kind but the process's own sets it back."""
    client, key = _client(), f"voxpress-begun-{_id()}"
    count = 1
    with contextlib.suppress(redis.RedisError):
        if client is not None:
            count = int(client.incr(key))
            client.expire(key, RESULT_SECONDS)
            if production := current_task.request.kwargs.get("production_id"):
                leftovers.note(client, str(production), key, seconds=RESULT_SECONDS)
    try:
        yield count
    finally:
        with contextlib.suppress(redis.RedisError):
            if client is not None:
                client.delete(key)


def _id() -> str:
    return str(current_task.request.id) if current_task else ""


def _client() -> Any:
    """The broker's client; None outside of a worker, and for a broker that is not Redis."""
    return getattr(current_task.backend, "client", None) if _id() else None
