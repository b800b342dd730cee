"""That one watcher of all hosts looks after a drop folder: a lease in the catalog, renewed in a thread."""

from __future__ import annotations

import logging
import secrets
import socket
import threading
import time
from pathlib import Path

from pipeline.errors import StorageError, WorkError
from storage.catalog import Catalog
from storage.drops import inbox_lease
from workers.drop.inbox import Inbox

log = logging.getLogger("workers.drop")

LEASE_SECONDS = 30.0
"""How long after a watcher on another host was killed another one may take over."""
_RENEWALS = 3
"""Renewals in that time."""
_BOOT = Path("/proc/sys/kernel/random/boot_id")


class Duty:
    """The leases on drop folders. ``lost`` is set when one could not be kept."""

    def __init__(self, catalog: Catalog, inboxes: list[Inbox], stop: threading.Event) -> None:
        """Nothing is held yet; ``stop`` ends the waiting for another watcher."""
        self.lost = threading.Event()
        self._catalog = catalog
        self._leases = [(inbox_lease(inbox.name), _holder(inbox), inbox) for inbox in inboxes]
        self._told, self._stop = stop, threading.Event()
        self._thread = threading.Thread(target=self._renew, name="duty", daemon=True)

    def begin(self) -> None:
        """Take all of them; a watcher that was killed a moment ago is waited for.

        Raises ``WorkError`` when another one goes on holding one.
        """
        deadline = time.monotonic() + LEASE_SECONDS * 1.2
        for name, holder, inbox in self._leases:
            while not self._catalog.hold_lease(name, holder, LEASE_SECONDS):
                if time.monotonic() > deadline:
                    raise WorkError(
                        f"Another watcher, on another host, looks after {inbox.folder}: stop that one first (of a "
                        "copied drop folder, remove the file .voxpress-inbox)."
                    )
                if self._told.wait(0.5):
                    return
        self._thread.start()

    def end(self) -> None:
        """Give them back."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)
        for name, holder, _ in self._leases:
            try:
                self._catalog.release_lease(name, holder)
            except StorageError as error:
                log.debug("%s", error)

    def _renew(self) -> None:
        while not self._stop.wait(LEASE_SECONDS / _RENEWALS):
            try:
                kept = all(
                    self._catalog.hold_lease(name, holder, LEASE_SECONDS) for name, holder, _ in self._leases
                )
            except StorageError as error:
                # While the catalog is away nobody else can take it, either; nothing can be taken without it.
                log.warning("%s", error)
                continue
            if not kept:
                self.lost.set()
                return


def _holder(inbox: Inbox) -> str:
    """Who holds the lease. On a folder that is locked against others of this host, that is this host.

    So a watcher that was killed is followed at once by the next one here.
    """
    if not inbox.locked:
        return f"{socket.gethostname()} {secrets.token_hex(8)}"
    try:
        host = _BOOT.read_text().strip()
    except OSError:
        host = socket.gethostname()
    return f"{host} {inbox.folder}"
