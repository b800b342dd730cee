"""When to look: the operating system tells of changes, where it can; elsewhere one has to look."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from pathlib import Path

from workers.drop.mounts import silent_kind

log = logging.getLogger("workers.drop")

RESCAN_SECONDS = 60.0
"""How often everything is looked at although nothing was told: a notice can get lost."""
POLL_SECONDS = 10.0
"""How often where changes do not tell of themselves."""
DEBOUNCE_MS = 400
"""How long changes are collected: a copy makes thousands."""


class Waking:
    """Sets ``changed`` when something changed in one of the folders."""

    def __init__(self, folders: Sequence[Path]) -> None:
        """Say which folders are polled, and why."""
        self.changed = threading.Event()
        self._stop = threading.Event()
        self._told = []
        self._polled = False
        for folder in folders:
            if kind := silent_kind(folder):
                log.info("%s is looked at every %g s: %s tells of no changes.", folder, POLL_SECONDS, kind)
                self._polled = True
            else:
                self._told.append(folder)
        self._thread = threading.Thread(target=self._watch, name="waking", daemon=True)

    @property
    def seconds(self) -> float:
        """The longest time between two looks."""
        return POLL_SECONDS if self._polled else RESCAN_SECONDS

    def poll(self) -> None:
        """The system may not tell of everything any more."""
        self._polled = True

    def start(self) -> None:
        """Begin to listen."""
        if self._told:
            self._thread.start()

    def stop(self) -> None:
        """Listen no more."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def _watch(self) -> None:
        from watchfiles import watch

        logging.getLogger("watchfiles").setLevel(logging.WARNING)  # what changed is told by what is done

        try:
            listening = watch(
                *self._told,
                watch_filter=None,
                debounce=DEBOUNCE_MS,
                rust_timeout=1000,
                stop_event=self._stop,
                raise_interrupt=False,
                ignore_permission_denied=True,
                yield_on_timeout=True,
            )
            for number, changes in enumerate(listening):
                # The first word says that the system listens: what came before it did was not heard of.
                if changes or number == 0:
                    self.changed.set()
        except Exception as error:  # the limit of inotify watches, a folder that vanished ...
            if not self._stop.is_set():
                self._polled = True
                log.warning(
                    "The system does not tell of changes any more (%s): the drop folders are looked at every %g s.",
                    error,
                    POLL_SECONDS,
                )
        else:
            self._polled = self._polled or not self._stop.is_set()
