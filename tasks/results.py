"""The result backend: chords are counted by it, and nobody ever waits for a result.

Celery's own subscribes to the result of every task that is put on the broker as a part of a chord, and keeps an
object for it until somebody asks: in processes that publish for months that is two calls for each task, and
memory and subscriptions on the server that only grow (seen with Celery 5.7.0).
"""

from __future__ import annotations

from typing import Any

from celery.backends.redis import RedisBackend


class OneWay(RedisBackend):  # type: ignore[misc]  # Celery has no types
    """Redis, without ears."""

    def on_task_call(self, producer: Any, task_id: str) -> None:
        """Called for every task that is published."""

    def add_pending_result(self, result: Any, weak: bool = False, start_drainer: bool = True) -> Any:
        """Called for whoever would wait for a result."""
        return result

    def remove_pending_result(self, result: Any) -> Any:
        """Called when nobody waits any more."""
        return result
