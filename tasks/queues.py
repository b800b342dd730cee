"""The queues that tasks wait in: one for each engine, because engines may need environments of their own."""

from __future__ import annotations

CPU_QUEUE = "cpu"
"""Ingest, script, level, master, publish."""


def queue_of(engine: str) -> str:
    """The queue on which an engine's batches wait."""
    return f"speak.{engine}"
