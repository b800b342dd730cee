"""The connection to the catalog's database: opened lazily, one engine a process, safe across ``fork``.

A reader sees one state of the catalog, a snapshot. Writers exclude each other: on SQLite all of them, on PostgreSQL
those of the same rows. There, two that wait for each other are told apart by the server, which breaks one off.
"""

from __future__ import annotations

import hashlib
import os
import threading
import weakref
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Table, func, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from pipeline.errors import StorageError
from storage.addresses import shown
from storage.migrations import HEAD, current, upgrade
from storage.patience import COMMAND_SECONDS, Patience, passes
from storage.postgresql import create_postgresql, with_driver
from storage.sqlite import WRITES, create_sqlite

T = TypeVar("T")

_open: weakref.WeakSet[Database] = weakref.WeakSet()


class Database:
    """Short transactions on one database. Threads and forked children may share the object."""

    def __init__(self, url: str, patience: float = COMMAND_SECONDS) -> None:
        """Nothing is opened yet; ``patience``: seconds for which a database that is away is waited for.

        Raises ``StorageError`` when the URL cannot be understood.
        """
        try:
            self.url = with_driver(make_url(url))
        except (ArgumentError, ValueError) as error:
            raise StorageError(
                f"The catalog's address {shown(url)!r} is not a database URL: correct VOXPRESS_CATALOG_URL."
            ) from error
        if self.url.get_backend_name() not in ("sqlite", "postgresql"):
            raise StorageError(
                f"The catalog cannot be kept in {self.url.get_backend_name()}: set VOXPRESS_CATALOG_URL to a "
                "sqlite:/// or postgresql:// address."
            )
        if self.sqlite and not self.url.database:
            raise StorageError("The catalog must be a file: a database in memory is lost with its process.")
        self._said = shown(url)
        self.patience = Patience(patience)
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
        return str(self.url.database) if self.sqlite else self._said

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one state of the catalog. Raises ``StorageError``."""
        with self._explained(), self.patience.again(self._begin_read) as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that is committed at the end, or not at all. Raises ``StorageError``."""
        with self._explained(), self.patience.again(self._begin_write) as connection:
            transaction = connection.get_transaction()
            assert transaction is not None
            with transaction:
                yield connection

    def revision(self) -> str:
        """The revision that the catalog is at, and is left at; empty when it has no tables yet.

        Raises ``StorageError``.
        """
        engine = self._create()
        try:
            with self._explained(), self.patience.again(engine.connect) as connection:
                return current(connection)
        finally:
            engine.dispose()

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

    def _begin_read(self) -> Connection:
        engine = self._ready()
        if self.sqlite:
            return engine.connect()
        # A shared pool: this is set on a connection while it is lent, and costs no round trip.
        connection = engine.connect().execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        return _begun(connection)

    def _begin_write(self) -> Connection:
        return _begun(self._ready().connect().execution_options(**{WRITES: True}))

    def _ready(self) -> Engine:
        """The engine, its schema at ``HEAD``."""
        if self._engine is not None:
            return self._engine
        with self._lock:
            if self._engine is None:
                engine = self._create()
                try:
                    self._bring_to_head(engine)
                except BaseException:
                    engine.dispose()
                    raise
                self._engine = engine
                weakref.finalize(self, engine.dispose)  # one that nobody closed
        return self._engine

    def _bring_to_head(self, engine: Engine) -> None:
        with engine.connect() as connection:
            outdated = current(connection) != HEAD
        if outdated:
            with engine.connect() as connection:
                connection = connection.execution_options(**{WRITES: True})
                with connection.begin():
                    upgrade(connection)

    def _create(self) -> Engine:
        if self.sqlite:
            return create_sqlite(self.url)
        try:
            return create_postgresql(self.url)
        except (ImportError, NoSuchModuleError) as error:
            raise StorageError(
                f"The catalog at {self.name} needs a database driver that is not installed: "
                'pip install "voxpress[postgres]" adds it.'
            ) from error

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise StorageError(self._sentence(error)) from error
        except PoolTimeout as error:
            raise StorageError(
                f"The catalog {self.name} was asked for too much at once: run the command again."
            ) from error

    def _sentence(self, error: DBAPIError) -> str:
        reason = str(error.orig or error).strip().splitlines()[0].removesuffix(".")
        if self.sqlite or getattr(error.orig, "sqlstate", None) is not None:
            return f"The catalog {self.name} could not be used: {reason}."
        if passes(error):
            return (
                f"The catalog {self.name} cannot be reached ({reason}): start its server, or correct "
                "VOXPRESS_CATALOG_URL."
            )
        return (
            f"The catalog {self.name} does not let us in ({reason}): correct VOXPRESS_CATALOG_URL and "
            "VOXPRESS_CATALOG_PASSWORD."
        )


def _begun(connection: Connection) -> Connection:
    """With a transaction, or closed."""
    try:
        connection.begin()
    except BaseException:
        connection.close()
        raise
    return connection


def insert_into(connection: Connection, table: Table) -> Any:
    """An ``INSERT`` that knows ``ON CONFLICT``, which SQLite and PostgreSQL write alike."""
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql

        return postgresql.insert(table)
    return sqlite.insert(table)


def one_at_a_time(connection: Connection, name: str) -> None:
    """Let no other transaction pass here that gives the same name, until this one has ended.

    For decisions about rows that are not there yet, or about how many there are. On SQLite every write
    transaction is alone anyway.
    """
    if connection.dialect.name == "postgresql":
        number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
        connection.execute(select(func.pg_advisory_xact_lock(number)))


def moment(connection: Connection) -> datetime:
    """The database's present, UTC: one clock for every host. SQLite has none but the host's own."""
    if connection.dialect.name == "sqlite":
        return datetime.now(UTC)
    present: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return present.astimezone(UTC)


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of at most ``size`` items (SQLite binds at most 32,766 values in a statement)."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


# A forked child inherits SQLite's idea of which locks this process holds, but not the locks: its first
# connection would believe in them, and the parent, closing its last one, would take away the write-ahead log
# under the child's feet. So nothing is open while a fork happens. A connection to PostgreSQL is only a socket:
# the parent goes on with it, and the child never touches it.
def _before_fork() -> None:
    for database in list(_open):
        if database.sqlite:
            database.close()


def _after_fork_in_child() -> None:
    for database in list(_open):
        database.abandon()


os.register_at_fork(before=_before_fork, after_in_child=_after_fork_in_child)
