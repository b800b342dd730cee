"""The watcher: looks at drop folders, takes what is complete, follows it, and puts it where it belongs.

All that it knows is in the ledger. Killed at any moment, the next one goes on: what is in the ledger without
a production is handed on again (the same production is found again), what has one is followed, what is over
is settled.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from pipeline.errors import SettingsError, VoxpressError, WorkError
from storage.rows import IntakeRow, IntakeState, ProductionState
from tasks.context import Context
from workers.drop.duty import Duty
from workers.drop.following import end_list, follow
from workers.drop.inbox import Inbox, check_places
from workers.drop.rules import default_rules
from workers.drop.settling import settle_file
from workers.drop.submitting import AT_A_TIME, LOOKED_AT, submit_taken
from workers.drop.taking import take_complete
from workers.drop.telling import Teller
from workers.drop.waking import Waking
from workers.drop.watched import Once, Watched

log = logging.getLogger("workers.drop")

TURN_SECONDS = 0.5
"""How often there is a look at what is not complete yet, and at the productions that are under way."""
IDLE_TURN_SECONDS = 2.0
"""How often the catalog is asked while nothing is under way: a failed production may be helped on."""
SCAN_SHARE = 10
"""A look at everything may take this part of the time at most."""
WORKERS_SECONDS = 60.0
"""How often it is looked whether any worker runs."""
_SETTLED_AT_A_TIME = 1000


class Watcher:
    """Looks after drop folders until it is told to stop."""

    def __init__(self, context: Context, folders: Sequence[Path]) -> None:
        """Nothing is opened before ``run``. Raises ``SettingsError`` for folders that cannot be drop folders."""
        if not folders:
            raise SettingsError("No drop folder is named: name one, or several in the setting inboxes.")
        check_places(list(folders), context.settings.output, context.settings.home)
        self.context, self._folders = context, list(folders)
        self._catalog = context.store.catalog
        self._stop = threading.Event()
        self._once = Once()
        self._told: dict[int, ProductionState | IntakeState] = {}
        self._watched: list[Watched] = []
        self._teller = Teller(context.settings, self._book_told)
        self._scan_from = self._due = self._idle = self._workers_seen = 0.0
        self._waiting = 0
        self._blocked = False
        self._open = True

    @property
    def ended(self) -> dict[int, ProductionState | IntakeState]:
        """How the rows ended that ended while this ran."""
        return self._told

    def stop(self) -> None:
        """Stop soon."""
        self._stop.set()

    def run(
        self, *, once: bool = False, ready: Callable[[Sequence[Path]], None] = lambda folders: None
    ) -> bool:
        """Watch. With ``once`` until nothing more is to be done; True when all that lies there could be taken.

        ``ready`` is told the folders when they are watched. Raises ``SettingsError``, ``WorkError``.
        """
        with ExitStack() as stack:
            for folder in self._folders:
                inbox = Inbox(folder)
                stack.callback(inbox.close)
                inbox.find_name(self._catalog.inbox_of(str(inbox.folder)))
                self._watched.append(self._watch(inbox))
            duty = Duty(self._catalog, [watched.inbox for watched in self._watched], self._stop)
            stack.callback(duty.end)
            duty.begin()
            stack.callback(self._teller.stop)
            waking = Waking([watched.inbox.folder for watched in self._watched])
            stack.callback(waking.stop)
            waking.start()
            ready([watched.inbox.folder for watched in self._watched])
            while not self._stop.is_set():
                if duty.lost.is_set():
                    raise WorkError("Another watcher took over the drop folders: this one stops.")
                self._turn(waking)
                if once and not self._open and not self._waiting and not self._teller.busy():
                    break
                self._rest(waking)
        return not self._blocked

    def _watch(self, inbox: Inbox) -> Watched:
        base = default_rules(self.context.settings)
        if not inbox.writable:
            base = replace(base, done="keep")
            log.warning(
                "%s is read-only: what is done or failed stays where it is, and the ledger remembers it.",
                inbox.folder,
            )
        return Watched(self.context, inbox, base, self.context.settings.settle_seconds)

    # -- one turn ---------------------------------------------------------------------------------------

    def _turn(self, waking: Waking) -> None:
        now = time.monotonic()
        try:
            if now >= self._scan_from and (self._waiting or now >= self._due or waking.changed.is_set()):
                waking.changed.clear()
                self._scan(waking, now)
            if self._open or now >= self._idle:
                self._work()
                self._idle = time.monotonic() + IDLE_TURN_SECONDS
            self._once.forget("turn")
        except (VoxpressError, OSError) as error:
            self._once.warn("turn", f"{error} The watcher goes on when that is over.")

    def _rest(self, waking: Waking) -> None:
        """Until the next turn; a look that took long is paid for with rest."""
        if self._stop.wait(TURN_SECONDS) or self._open or self._waiting:
            return
        deadline = min(self._due, self._idle)
        while not self._stop.is_set() and time.monotonic() < deadline:
            if waking.changed.wait(min(TURN_SECONDS, max(0.0, deadline - time.monotonic()))):
                return

    def _scan(self, waking: Waking, began: float) -> None:
        waiting, blocked = 0, False
        for watched in self._watched:
            where = str(watched.inbox.folder)
            if not watched.inbox.is_there():
                if not watched.inbox.reopen():
                    self._once.warn(where, f"The drop folder {where} is gone: it is waited for.")
                    continue
                waking.poll()
                log.info("The drop folder %s is there again.", where)
            self._once.forget(where)
            scan = take_complete(watched)
            waiting += scan.waiting
            blocked = blocked or bool(scan.blocked)
            self._open = self._open or bool(scan.taken)
        self._waiting, self._blocked = waiting, blocked
        spent = time.monotonic() - began
        self._scan_from = time.monotonic() + spent * SCAN_SHARE
        self._due = max(self._scan_from, time.monotonic() + waking.seconds)

    def _work(self) -> None:
        """Everything that the ledger says is to be done; it says it again in the next turn if it fails."""
        names = {watched.inbox.name: watched for watched in self._watched}
        most = self.context.settings.inbox_attempts
        self._submit(names, most)
        for ended in self._catalog.intake_ended(list(names)):
            state = follow(names[ended.row.inbox], ended, most)
            if state is not None:
                self._told[ended.row.id] = state
        for row, links in self._catalog.intake_lists_ended(list(names)):
            made = end_list(names[row.inbox], row, links)
            self._told[row.id] = IntakeState.DONE if made else IntakeState.FAILED
        self._teller.forget_done()
        for row in self._catalog.intake_to_settle(list(names), _SETTLED_AT_A_TIME):
            self._settle(names[row.inbox], row)
        self._open = self._catalog.intake_open(list(names))
        if self._open:
            self._look_for_workers()

    def _submit(self, names: dict[str, Watched], most: int) -> None:
        failed: Exception | None = None
        submitted = 0
        for row in self._catalog.intake_to_submit(list(names), LOOKED_AT):
            if self._stop.is_set() or submitted >= AT_A_TIME:
                return
            try:
                submitted += submit_taken(names[row.inbox], row, most)
            except (VoxpressError, OSError) as error:  # one file shall not keep the others waiting
                failed = error
                submitted += 1
        if failed is not None:
            raise failed

    def _settle(self, watched: Watched, row: IntakeRow) -> None:
        if not settle_file(watched, row):
            return
        if row.state is IntakeState.FAILED:
            self._told.setdefault(row.id, IntakeState.FAILED)
        made = row.state is IntakeState.DONE and row.links == 0 and bool(row.edition_folder)
        if made and self._teller.wanted:
            self._teller.tell(row)
        else:
            self._catalog.set_intake(row.id, settled=True)

    def _book_told(self, row: int, wrong: str) -> None:
        """Called by the teller's thread."""
        try:
            self._catalog.settle_intake(row, wrong)
        except VoxpressError as error:
            log.warning("%s", error)  # it is told again after the next start

    def _look_for_workers(self) -> None:
        now = time.monotonic()
        if now < self._workers_seen:
            return
        self._workers_seen = now + WORKERS_SECONDS
        if self._catalog.workers():
            self._once.forget("workers")
        else:
            said = "No worker runs: what was taken waits until there is one ('voxpress up' or 'voxpress worker')."
            self._once.warn("workers", said)
