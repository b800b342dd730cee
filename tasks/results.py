"""The result backend: chords are counted by it, and nobody ever waits for a result.

Celery's own subscribes to the result of every task that is put on the broker as a part of a chord, and keeps an
object for it until somebody asks: in processes that publish for months that is two calls for each task, and
memory and subscriptions on the server that only grow (seen with Celery 5.7.0).
"""

from __future__ import annotations

from typing import Any

from celery.backends.redis import RedisBackend

from tasks import leftovers

_CHORD_KEYS = ("", ".c", ".d", ".j", ".s", ".t")
"""Suffixes of a chord's keys in Celery 5.7; one that is missed expires with the results."""


class OneWay(RedisBackend):  # type: ignore[misc]  # Celery has no types
    """Redis, without ears."""

    def apply_chord(self, header_result_args: Any, body: Any, **options: Any) -> None:
        """Called for every chord that is published: note what stays of it when its tasks are killed."""
        if production := body.kwargs.get("production_id"):
            keys = (self.get_key_for_group(header_result_args[0], part) for part in _CHORD_KEYS)
            leftovers.note(self.client, production, *keys, seconds=self.expires)
        super().apply_chord(header_result_args, body, **options)

    def _store_result(self, task_id: str, result: Any, state: str, *_: Any, **options: Any) -> Any:
        """Called with what became of a task; chords have their own record of it."""
        return result

    def on_task_call(self, producer: Any, task_id: str) -> None:
        """Called for every task that is published."""

    def add_pending_result(self, result: Any, weak: bool = False, start_drainer: bool = True) -> Any:
        """Called for whoever would wait for a result."""
        return result

    def remove_pending_result(self, result: Any) -> Any:
        """Called when nobody waits any more."""
        return result
