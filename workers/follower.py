"""The follower: looks at followed feeds when their time comes, and hands their new entries to the workers.

One at a time for all hosts: a lease in the catalog says whose turn it is.
"""

from __future__ import annotations

import argparse
import logging
import secrets
import signal
import socket
import sys
import threading
from collections.abc import Sequence

from pipeline.errors import BrokerUnavailable, ShowNotFound, StorageError, VoxpressError
from storage.settings import Settings, load_settings
from tasks import logs
from tasks.context import Context, open_context
from workers.embedded import every_setting, worker_environment
from workers.lifeline import die_with_parent, hang_on
from workers.supervisor import Service, module

log = logging.getLogger(__name__)

TURN_SECONDS = 10.0
"""How often it is looked whether a feed's time has come."""
LEASE = "follower"
LEASE_SECONDS = 120.0
"""How long feeds are left alone after a follower was killed; a look takes less."""
STOP_SECONDS = 35.0
"""How long it may take to stop: it may be waiting for a page."""


def follower_service(settings: Settings, broker_url: str) -> Service | None:
    """The follower; None where nothing is fetched at all."""
    if settings.offline:
        return None
    return Service(
        name="follower of feeds",
        command=module("workers.follower"),
        environment={**every_setting(settings), **worker_environment(settings, broker_url)},
        patience=STOP_SECONDS,
        lifeline=True,
    )


class Follower:
    """Does what is due, again and again."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._said: dict[int, str] = {}
        self._holder = f"{socket.gethostname()}-{secrets.token_hex(4)}"

    def turn(self) -> None:
        """Do what is due now. Raises ``StorageError``."""
        catalog = self._context.store.catalog
        if not catalog.shows() or not catalog.hold_lease(LEASE, self._holder, LEASE_SECONDS):
            return
        # A second of imports, and memory: not for who has no podcast.
        from tasks.app import use_broker
        from tasks.dispatch import dispatch
        from tasks.episodes import settle
        from tasks.following import due, hand_on, look_at, put_off

        if self._context.settings.broker_url:
            use_broker(self._context.settings.broker_url)
        for feed in due(self._context):
            self._hold()
            try:
                look_at(self._context, feed)
            except StorageError:
                raise
            except Exception as error:  # of ours, then: the other feeds go on
                log.exception("%s", feed.url)
                put_off(self._context, feed, f"{feed.url} could not be looked at ({type(error).__name__}).")
        handed = False
        for feed in catalog.followed_feeds():
            try:
                row = catalog.show(feed.show)
                handed = bool(hand_on(self._context, row, feed, alive=self._hold)) or handed
            except ShowNotFound:
                continue  # it was deleted just now
            except (StorageError, BrokerUnavailable):
                raise
            except VoxpressError as error:  # the show's own settings: each turn tries again, and says it once
                if self._said.get(feed.id) != str(error):
                    log.warning("%s: %s", feed.show, error)
                self._said[feed.id] = str(error)
        for row in catalog.shows():
            settle(self._context, row)
        if handed:
            dispatch(self._context)

    def _hold(self) -> None:
        self._context.store.catalog.hold_lease(LEASE, self._holder, LEASE_SECONDS)

    def end(self) -> None:
        """Let another one have the turn at once."""
        self._context.store.catalog.release_lease(LEASE, self._holder)


def run(context: Context, stop: threading.Event) -> None:
    """Follow until told to stop."""
    follower = Follower(context)
    while not stop.is_set():
        try:
            follower.turn()
        except (StorageError, BrokerUnavailable) as error:
            log.warning("%s", error)
        stop.wait(TURN_SECONDS)
    follower.end()


def main(argv: Sequence[str] | None = None) -> None:
    """Run the follower until it is told to stop."""
    parser = argparse.ArgumentParser(prog="python -m workers.follower")
    parser.add_argument("--lifeline", type=int, help="descriptor of a pipe; when it closes, everything ends")
    arguments = parser.parse_args(argv)
    if arguments.lifeline is not None:
        die_with_parent()
        hang_on(arguments.lifeline)
    try:
        settings = load_settings().settings.prepare()
        logs.set_up("follower@%h", settings.log_level, settings.log_format)
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        run(open_context(settings, patient=True), stop)
    except VoxpressError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
