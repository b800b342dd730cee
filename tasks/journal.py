"""The journal: what a person wants to know of a production, written to the catalog for every host to read.

Warnings and errors about a production, and the beginnings and ends of its stages (``JOURNAL``). A line is written
at once when none was for a while, else with the next one or at the end of the task: a book in which everything
goes wrong costs a transaction a task, and one every few seconds in long ones.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from pipeline.errors import VoxpressError
from storage.rows import Event
from tasks.logs import message_of, subject_of, who

if TYPE_CHECKING:
    from storage.catalog import Catalog

WRITE_SECONDS = 2.0
"""How long an event may wait for others before it is written (or for the end of its task)."""
HELD_EVENTS = 200
"""Events that wait while the catalog cannot be reached; the oldest go first."""
JOURNAL: Final[Mapping[str, object]] = {"journal": True}
"""``extra`` of a record on the level of ``info`` that belongs into the journal."""


class Journal(logging.Handler):
    """Keeps what is logged about productions in the catalog."""

    def __init__(self, catalog: Callable[[], Catalog], wait: float = WRITE_SECONDS) -> None:
        """``catalog`` is asked for when something has to be written, in the process that has to.

        ``wait``: seconds that an event may wait for ``flush``; 0 where nobody calls that.
        """
        super().__init__(logging.INFO)
        self._catalog, self._wait = catalog, wait
        self._pid = os.getpid()
        self._events: list[Event] = []
        self._written = float("-inf")
        self._writing = False

    def emit(self, record: logging.LogRecord) -> None:
        """Take a record, if it is about a production and of interest."""
        about = subject_of(record)
        if not about.production or self._writing:
            return
        if record.levelno < logging.WARNING and not getattr(record, "journal", False):
            return
        self._mine().append(
            Event(
                production_id=about.production,
                at=datetime.fromtimestamp(record.created, UTC),
                level=_level(record),
                stage=about.stage,
                chapter=about.chapter,
                worker=who(),
                message=message_of(record),
            )
        )
        if time.monotonic() - self._written >= self._wait:
            self.flush()

    def flush(self) -> None:
        """Write what waits. What the catalog does not take now waits on; that is told by those who need it."""
        self.acquire()
        try:
            events = self._mine()
            if events and not self._writing:
                self._write(events)
        finally:
            self.release()

    def _write(self, events: list[Event]) -> None:
        self._writing = True  # what the catalog's library logs meanwhile does not come back here
        try:
            self._catalog().add_events(events)
            events.clear()
        except VoxpressError:
            del events[:-HELD_EVENTS]
        finally:
            self._writing = False
            self._written = time.monotonic()

    def _mine(self) -> list[Event]:
        """The events of this process: a forked child writes none of its parent's."""
        if self._pid != os.getpid():
            self._pid, self._events, self._writing = os.getpid(), [], False
        return self._events


def keep_journal(catalog: Callable[[], Catalog], wait: float = WRITE_SECONDS) -> Journal:
    """Let this process keep a journal from now on (after ``tasks.logs.set_up``)."""
    journal = Journal(catalog, wait)
    logging.getLogger().addHandler(journal)
    return journal


def write_journal() -> None:
    """Write what waits: a task has come to its end."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, Journal):
            handler.flush()


def _level(record: logging.LogRecord) -> str:
    if record.levelno >= logging.ERROR:
        return "error"
    return "warning" if record.levelno >= logging.WARNING else "info"
