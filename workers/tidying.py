"""Tidying up, in a process of its own: to look through a large store takes minutes, and a keeper has none."""

from __future__ import annotations

import logging
import os
import secrets
import subprocess
import time

from storage.retention import tidy
from tasks.context import Context, context
from tasks.logs import set_up
from workers.embedded import worker_environment
from workers.lifeline import die_with_parent
from workers.supervisor import module

log = logging.getLogger(__name__)

TIDY_SECONDS = 6 * 3600.0
"""How often a studio looks for what nobody needs any more, whoever keeps it by then."""
ASK_SECONDS = 60.0
"""How often a keeper looks whether that time has come."""


class Tidying:
    """Called again and again by a keeper."""

    def __init__(self, here: Context) -> None:
        """Nothing is done before a minute has passed: a studio that just starts has better things to do."""
        self._context = here
        self._asked = time.monotonic()
        self._process: subprocess.Popen[bytes] | None = None

    def __call__(self) -> None:
        """Begin to tidy up when it is time; return at once."""
        now = time.monotonic()
        if now - self._asked < ASK_SECONDS or (self._process and self._process.poll() is None):
            return
        self._asked = now
        # A lease that nobody renews is free again when the time is over: so all hosts together have one turn.
        if self._context.store.catalog.hold_lease("tidying", secrets.token_hex(8), TIDY_SECONDS):
            self._process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        settings = self._context.settings
        return subprocess.Popen(
            module("workers.tidying"),
            stdin=subprocess.DEVNULL,
            env={
                **os.environ,
                **worker_environment(settings, settings.broker_url),
                "VOXPRESS_FORGET_DAYS": str(settings.forget_days),
                "VOXPRESS_GC_DAYS": str(settings.gc_days),
                "VOXPRESS_GC_GIGABYTES": str(settings.gc_gigabytes),
            },
            preexec_fn=die_with_parent,
        )


def main() -> None:
    """Tidy up once, as the settings say."""
    here = context()
    set_up("keeper@%h", here.settings.log_level, here.settings.log_format)
    done = tidy(here.store, here.settings)
    if done.productions or done.pieces:
        log.info(
            "tidied up: %d productions forgotten, %d pieces removed, %.1f MB freed",
            done.productions,
            done.pieces,
            done.freed / 1e6,
        )


if __name__ == "__main__":
    main()
