"""Whoever can write to the broker can call for work that is planned, and for nothing else."""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import redis
from celery import Celery

from tests.cluster import a_book
from tests.faults import ask, until
from tests.running import Voxpress
from tests.studio import studio, submitted

WHAT_COUNTS = (
    "SELECT id, source, output, settings, state, title, voice, error, cancel_requested FROM production"
)
NOBODY = "f" * 12
"""An id that no production has."""


class Evil:
    """Unpickled, it makes a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.folder),)


class Stranger:
    """Somebody who can reach the broker."""

    def __init__(self, url: str) -> None:
        """Connect."""
        self.app = Celery("stranger", broker=url, set_as_current=False)
        self.client = redis.Redis(unix_socket_path=url.partition("://")[2].partition("?")[0])

    def send(self, task: str, *given: object, **named: object) -> None:
        """Send a message and wait until a worker is done with it."""
        self._send(task, given, named, "json")

    def send_pickled(self, task: str, **named: object) -> None:
        """The same, not as JSON."""
        self._send(task, (), named, "pickle")

    def _send(self, task: str, given: tuple[object, ...], named: dict[str, object], serializer: str) -> None:
        sent = self.app.send_task(task, given, named, queue="cpu", serializer=serializer, ignore_result=True)
        name = str(sent.id).encode()

        def is_over() -> bool:
            there = (*self.client.lrange("cpu", 0, -1), *self.client.hvals("unacked"))
            return not any(name in message for message in there)

        until(is_over)


@contextmanager
def a_stranger(voxpress: Voxpress) -> Iterator[Stranger]:
    """One at the broker of the running ``up``."""
    found = Stranger(json.loads((voxpress.home / "run" / "up.json").read_text())["broker_url"])
    try:
        yield found
    finally:
        found.app.close()
        found.client.close()


NOT_OURS: tuple[dict[str, Any], ...] = (
    {},
    {"production_id": "../../../etc/passwd"},
    {"production_id": "/etc/passwd"},
    {"production_id": "f"},
    {"production_id": ["ffffffffffff"]},
    {"production_id": "ffffffffffff\nffffffffffff"},
    {"production_id": NOBODY, "source": "/etc/passwd"},
    {"production_id": NOBODY, "output": "/tmp/elsewhere", "settings": {"audio": {"formats": ["mp3"]}}},
)
"""What no stage takes."""
NOT_SPOKEN: tuple[dict[str, Any], ...] = (
    {"chapter": "0", "first": 0, "count": 1},
    {"chapter": 0, "first": -1, "count": 1},
    {"chapter": 0, "first": 0, "count": 10**12},
    {"chapter": 0, "first": 0},
    {"chapter": 0, "first": 0, "count": 1, "voice": "espeak:en"},
    {"chapter": 0, "first": 0, "count": 1, "source": "http://169.254.169.254/"},
)
"""What ``speak`` does not take of a production that there is."""


def test_what_a_stranger_sends_does_nothing(voxpress: Voxpress) -> None:
    evil, orders = voxpress.folder / "made-by-a-message", voxpress.folder / "orders"
    voxpress.env |= {"VOXPRESS_TONE_ORDERS": str(orders), "VOXPRESS_WORKERS": "2"}
    pickle.loads(pickle.dumps(Evil(evil)))
    evil.rmdir()  # so much for what it would do
    orders.write_text("hold")
    with studio(voxpress, flawless=False) as running, a_stranger(voxpress) as stranger:
        (job,) = submitted(voxpress, a_book(voxpress.folder, "Book", 1, 2))
        until(lambda: ask(voxpress, "SELECT * FROM chunk WHERE attempts > 0"))
        before = ask(voxpress, WHAT_COUNTS)

        stranger.send_pickled("voxpress.ingest", production_id=Evil(evil))
        stranger.send("os.mkdir", str(evil))
        for fields in NOT_OURS:
            stranger.send("voxpress.ingest", **fields)
        for fields in NOT_SPOKEN:
            stranger.send("voxpress.speak", production_id=job, **fields)
        stranger.send("voxpress.ingest", job)
        stranger.send("voxpress.publish", production_id=NOBODY)
        assert not evil.exists()
        assert ask(voxpress, WHAT_COUNTS) == before

        orders.unlink()
        assert voxpress.json("follow", job)["state"] == "done"
    said = running.said()
    assert (
        said.count("Received invalid task message: Refusing to deserialize untrusted content of type pickle")
        == 1
    )
    assert said.count("Received unregistered task of type 'os.mkdir'") == 1
    assert said.count("was refused") == len(NOT_OURS) + len(NOT_SPOKEN) + 1
