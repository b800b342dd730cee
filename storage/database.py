"""The connection to the catalog's database: opened lazily, one engine a process, safe across ``fork``.

SQLite is opened the way the measurements ask for: a write-ahead log with full sync (a committed row survives
a power cut), 30 s of patience with other writers, and write transactions that take the write lock at once
(``BEGIN IMMEDIATE``), because a read that turns into a write cannot wait for its turn.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Table, create_engine, event
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from pipeline.errors import StorageError
from storage.migrations import HEAD, current, upgrade

T = TypeVar("T")

BUSY_SECONDS = 30.0
"""How long a writer waits for another one."""

_open: weakref.WeakSet[Database] = weakref.WeakSet()


class Database:
    """Short transactions on one database. Threads and forked children may share the object."""

    def __init__(self, url: str) -> None:
        """Nothing is opened yet. Raises ``StorageError`` when the URL cannot be understood."""
        try:
            self.url = make_url(url)
        except ArgumentError as error:
            raise StorageError(f"The catalog's address {url!r} is not a database URL.") from error
        if self.sqlite and not self.url.database:
            raise StorageError("The catalog must be a file: a database in memory is lost with its process.")
        self._engine: Engine | None = None
        self._lock = threading.Lock()
        _open.add(self)

    @property
    def sqlite(self) -> bool:
        """Whether this is the embedded database."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def name(self) -> str:
        """For messages: the path, or the URL without its password."""
        return str(self.url.database) if self.sqlite else self.url.render_as_string(hide_password=True)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one state of the catalog. Raises ``StorageError``."""
        with self._explained(), self._ready().connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that is committed at the end, or not at all. Raises ``StorageError``."""
        with self._explained(), self._ready().connect() as connection:
            connection = connection.execution_options(voxpress_write=True)
            with connection.begin():
                yield connection

    def close(self) -> None:
        """Close the idle connections; the next transaction opens new ones."""
        engine, self._engine = self._engine, None
        if engine is not None:
            engine.dispose()

    def abandon(self) -> None:
        """In a forked child: forget the parent's connections without touching them."""
        engine, self._engine = self._engine, None
        self._lock = threading.Lock()
        if engine is not None:
            engine.dispose(close=False)

    # -- opening ----------------------------------------------------------------------------------------

    def _ready(self) -> Engine:
        """The engine, its schema at ``HEAD``."""
        if self._engine is not None:
            return self._engine
        with self._lock:
            if self._engine is None:
                engine = self._create()
                with engine.connect() as connection:
                    outdated = current(connection) != HEAD
                if outdated:
                    with engine.connect() as connection:
                        connection = connection.execution_options(voxpress_write=True)
                        with connection.begin():
                            upgrade(connection)
                self._engine = engine
        return self._engine

    def _create(self) -> Engine:
        if not self.sqlite:
            try:
                return create_engine(self.url, pool_pre_ping=True)
            except (ImportError, NoSuchModuleError) as error:
                raise StorageError(
                    f"The catalog at {self.name} needs a database driver that is not installed: "
                    "install voxpress[postgres]."
                ) from error
        self._create_file(Path(str(self.url.database)))
        engine = create_engine(self.url, connect_args={"timeout": BUSY_SECONDS})
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine

    def _create_file(self, path: Path) -> None:
        """For its owner only: it holds titles, addresses and passwords of sources."""
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with suppress(FileExistsError):
                os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))
        except OSError as error:
            raise StorageError(
                f"The catalog {path} cannot be created ({error.strerror}): check the folder's permissions."
            ) from error

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            reason = str(error.orig or error).strip().splitlines()[0]
            raise StorageError(f"The catalog {self.name} could not be used: {reason}.") from error


def _set_up_sqlite(connection: sqlite3.Connection, record: Any) -> None:
    connection.isolation_level = None  # transactions are begun below, not guessed by the driver
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")
    _use_write_ahead_log(cursor)
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _use_write_ahead_log(cursor: sqlite3.Cursor) -> None:
    """The switch, made once in a database's life, does not wait for its turn by itself."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    writing = connection.get_execution_options().get("voxpress_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def insert_into(connection: Connection, table: Table) -> Any:
    """An ``INSERT`` that knows ``ON CONFLICT``, which SQLite and PostgreSQL write alike."""
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql

        return postgresql.insert(table)
    return sqlite.insert(table)


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of at most ``size`` items (SQLite binds at most 32,766 values in a statement)."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


# A forked child inherits SQLite's idea of which locks this process holds, but not the locks: its first
# connection would believe in them, and the parent, closing its last one, would take away the write-ahead log
# under the child's feet. So nothing is open while a fork happens.
def _before_fork() -> None:
    for database in list(_open):
        database.close()


def _after_fork_in_child() -> None:
    for database in list(_open):
        database.abandon()


os.register_at_fork(before=_before_fork, after_in_child=_after_fork_in_child)
