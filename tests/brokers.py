"""A Redis-compatible server on a TCP port, as clusters have one."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import redis

from workers.broker import find_server
from workers.lifeline import die_with_parent

START_SECONDS = 60.0


class QueueServer:
    """A server of one's own, that can be stopped, killed and started again on the same files."""

    def __init__(self, folder: Path, password: str = "", settings: Mapping[str, str] | None = None) -> None:
        """``settings`` go beside our own: an append-only file, and a port of this host."""
        folder.mkdir(parents=True, exist_ok=True)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = int(free.getsockname()[1])
        self.password = password
        self.settings = {
            "port": str(self.port),
            "bind": "127.0.0.1",
            "dir": str(folder),
            "appendonly": "yes",
            "save": "",
            "logfile": str(folder / "broker.log"),
            **({"requirepass": password} if password else {}),
            **(settings or {}),
        }
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Without the password."""
        return f"redis://127.0.0.1:{self.port}/0"

    def client(self) -> redis.Redis:
        """For a look inside."""
        return redis.Redis(port=self.port, password=self.password or None)

    def start(self) -> None:
        """Start it and wait until it answers."""
        command = [str(find_server().path)]
        command += [part for name, value in self.settings.items() for part in (f"--{name}", value)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=die_with_parent
        )
        deadline = time.monotonic() + START_SECONDS
        with self.client() as client:
            while True:
                try:
                    client.ping()
                except redis.ResponseError:
                    return  # it answers, if only that it will not
                except redis.ConnectionError:
                    assert self._process.poll() is None, self.settings["logfile"]
                    assert time.monotonic() < deadline
                    time.sleep(0.02)
                else:
                    return

    def stop(self, how: signal.Signals = signal.SIGKILL) -> None:
        """End it."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(START_SECONDS)
            self._process = None


@contextmanager
def queue_server(
    folder: Path, password: str = "", settings: Mapping[str, str] | None = None
) -> Iterator[QueueServer]:
    """A running server."""
    server = QueueServer(folder, password, settings)
    server.start()
    try:
        yield server
    finally:
        server.stop()
