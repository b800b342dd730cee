"""What workers count for monitors: takes, seconds of audio, what had to be tried again, and why.

The counts of all hosts are in one hash on the broker, each under its name and labels. They are for rates: a
monitor's counter may begin at zero again, and so may these, with the broker. What is to be true for ever is
counted from the catalog instead (``storage.census``).
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

import redis

KEY = "voxpress-counters"
"""The hash; a field is a JSON list of the counter's name and the values of its labels."""
HOLD_SECONDS = 5.0
"""How long counts are held back in a task that goes on, so that they cost one call for many chunks."""
LABELS: Mapping[str, tuple[str, ...]] = {
    "takes": ("engine",),
    "audio_seconds": ("engine",),
    "speaking_seconds": ("engine",),
    "retries": ("engine", "reason", "step"),
    "takes_refused": ("engine", "fault"),
    "heard_seconds": ("recogniser",),
    "tasks": ("stage", "outcome"),
    "task_seconds": ("stage",),
}
"""The counters there are, each with its labels."""


class Count(NamedTuple):
    """A counter as it stands."""

    name: str
    labels: tuple[str, ...]
    """Values, in the order of ``LABELS``."""
    value: float


class _Held:
    """Counts of this process that are not on the broker yet."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.amounts: dict[str, float] = {}
        self.since = time.monotonic()


_held = _Held()


def add(name: str, *labels: str, amount: float = 1.0) -> None:
    """Add to a counter; it reaches the broker with ``send``."""
    assert len(labels) == len(LABELS[name]), f"{name} has the labels {LABELS[name]}"
    held, field = _mine(), json.dumps([name, *labels])
    held.amounts[field] = held.amounts.get(field, 0.0) + amount


def send(*, now: bool = True) -> None:
    """Give to the broker what was counted; not ``now``: only when it was held back for long enough.

    Outside of a worker nothing is counted. What the broker does not take is given to it the next time.
    """
    held = _mine()
    if not held.amounts or (not now and time.monotonic() - held.since < HOLD_SECONDS):
        return
    client = _client()
    if client is None:
        held.amounts.clear()
        return
    held.since = time.monotonic()
    with contextlib.suppress(redis.RedisError), client.pipeline(transaction=True) as pipe:
        for field, amount in held.amounts.items():
            pipe.hincrbyfloat(KEY, field, amount)
        pipe.execute()
        held.amounts.clear()


def counts(client: Any) -> list[Count]:
    """All counters on the broker. Raises ``redis.RedisError``."""
    found = []
    for field, value in client.hgetall(KEY).items():
        name, *labels = json.loads(field)
        if len(labels) == len(LABELS.get(name, ())):  # not one of another version
            found.append(Count(name, tuple(labels), float(value)))
    return sorted(found)


def _mine() -> _Held:
    """What this process holds: a forked child sends nothing of its parent's."""
    global _held
    if _held.pid != os.getpid():
        _held = _Held()
    return _held


def _client() -> Any:
    """The broker's client; None outside of a worker, and for a broker that is not Redis."""
    from celery import current_task

    if not current_task or not current_task.request.id:
        return None
    return getattr(current_task.backend, "client", None)
