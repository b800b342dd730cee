"""Who is making what: locks on productions that end with their holder, however that ends.

A command that works on a production holds it. Whoever holds one also shares the lock of the whole store, so
that the collector can tell whether it is alone there.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import ProductionBusy

if TYPE_CHECKING:
    from tasks.context import Context

HOLD_SECONDS = 0.5
"""How long a command waits for the one that holds the same production."""


@contextmanager
def held(context: Context, production_id: str) -> Iterator[None]:
    """Hold a production for this command. Raises ``ProductionBusy`` when another command holds it."""
    store = _open_lock(context, "store.lock")
    try:
        fcntl.flock(store, fcntl.LOCK_SH)  # waits for a collector, which takes seconds
        descriptor = _open_lock(context, f"productions/{production_id}.lock")
        try:
            # Patient for a moment: the holder may only be somebody who is looking whether it is held.
            deadline = time.monotonic() + HOLD_SECONDS
            while not _locked(descriptor, fcntl.LOCK_EX):
                if time.monotonic() > deadline:
                    raise ProductionBusy(
                        f"Another command is making {production_id} now: watch it with "
                        f"'voxpress follow {production_id}'."
                    )
                time.sleep(0.01)
            yield
        finally:
            os.close(descriptor)
    finally:
        os.close(store)


@contextmanager
def working(context: Context) -> Iterator[None]:
    """Tell the collector that workers of this state folder may be making anything at any time."""
    store = _open_lock(context, "store.lock")
    try:
        fcntl.flock(store, fcntl.LOCK_SH)
        yield
    finally:
        os.close(store)


def is_held(context: Context, production_id: str) -> bool:
    """Whether a living command is making the production."""
    descriptor = _open_lock(context, f"productions/{production_id}.lock")
    try:
        return not _locked(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)


@contextmanager
def alone(context: Context) -> Iterator[bool]:
    """Whether no command of this state folder is making anything; while it is true, none begins."""
    descriptor = _open_lock(context, "store.lock")
    try:
        shared = context.settings.broker_url or not context.store.catalog.database.sqlite
        yield not shared and _locked(descriptor, fcntl.LOCK_EX)  # a cluster's workers hold no lock here
    finally:
        os.close(descriptor)


def _locked(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _open_lock(context: Context, name: str) -> int:
    path: Path = context.settings.run_dir / name
    path.parent.mkdir(parents=True, exist_ok=True)
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
