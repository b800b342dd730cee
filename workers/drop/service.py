"""The watcher as a process: of ``voxpress watch``, and beside the workers of ``voxpress up``."""

from __future__ import annotations

import signal
from collections.abc import Callable, Sequence
from pathlib import Path

from storage.settings import Settings
from tasks.context import Context
from tasks.journal import keep_journal
from tasks.logs import set_up
from workers.drop.inbox import check_places
from workers.drop.watcher import Watcher
from workers.embedded import every_setting, worker_environment
from workers.supervisor import Service, module

STOP_SECONDS = 15.0
"""How long the watcher may take to stop: it may be reading a file, or waiting for a page."""


def watch_service(settings: Settings, broker_url: str) -> Service | None:
    """The watcher of the setting ``inboxes``; None where none is set. Raises ``SettingsError``."""
    if not settings.inboxes:
        return None
    folders = folders_of(settings)
    check_places(folders, settings.output, settings.home)  # at once, and not in the log of a child
    return Service(
        name=f"watcher of {', '.join(settings.inboxes)}",
        command=module("workers.drop", *map(str, folders)),
        environment={**every_setting(settings), **worker_environment(settings, broker_url)},
        patience=STOP_SECONDS,
    )


def folders_of(settings: Settings) -> list[Path]:
    """The drop folders that are set."""
    return [Path(folder).expanduser() for folder in settings.inboxes]


def run_watcher(
    context: Context,
    folders: Sequence[Path],
    *,
    once: bool = False,
    ready: Callable[[Sequence[Path]], None] = lambda folders: None,
) -> tuple[Watcher, bool]:
    """Watch until SIGINT, SIGTERM or SIGHUP (or, with ``once``, until all is done).

    Returns the watcher, and whether all that lay there could be taken. Raises ``SettingsError``, ``WorkError``.
    """
    settings = context.settings
    # What is taken and done is what the log of this process is for.
    level = "info" if settings.log_level == "warning" else settings.log_level
    set_up("watcher@%h", level, settings.log_format)
    journal = keep_journal(lambda: context.store.catalog)
    watcher = Watcher(context, folders)
    _stop_on_signals(watcher)
    all_taken = watcher.run(once=once, ready=ready)
    journal.flush()
    return watcher, all_taken


def _stop_on_signals(watcher: Watcher) -> None:
    def told(number: int, frame: object) -> None:
        watcher.stop()
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a second Ctrl-C does not wait

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, told)
