"""The queues that tasks wait in: one for each engine, because engines may need environments of their own."""

from __future__ import annotations

CPU_QUEUE = "cpu"
"""Ingest, script, level, master."""
PUBLISH_QUEUE = "publish"
"""Publish: served where the folders of the editions are."""
ASR_QUEUE = "asr"
"""Listening to takes: served where speech recognition can run."""
SPEAK_PREFIX = "speak."


def queue_of(engine: str) -> str:
    """The queue on which an engine's batches wait."""
    return f"{SPEAK_PREFIX}{engine}"


def engine_of(queue: str) -> str:
    """The engine whose batches wait on a queue; empty for the other queues."""
    return queue.removeprefix(SPEAK_PREFIX) if queue.startswith(SPEAK_PREFIX) else ""
