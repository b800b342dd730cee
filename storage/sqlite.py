"""SQLite the way the measurements ask for.

A write-ahead log with full sync (a committed row survives a power cut), 30 s of patience with other writers, and
write transactions that take the write lock at once (``BEGIN IMMEDIATE``), because a read that turns into a write
cannot wait for its turn.
"""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event

from pipeline.errors import StorageError

BUSY_SECONDS = 30.0
"""How long a writer waits for another one."""
WRITES = "voxpress_write"
"""Execution option of a connection whose transactions write."""


def create_sqlite(url: URL) -> Engine:
    """The file is made when it is missing. Raises ``StorageError`` when it cannot be."""
    _create_file(Path(str(url.database)))
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    return engine


def _create_file(path: Path) -> None:
    """For its owner only: it holds titles, addresses and passwords of sources."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise StorageError(
            f"The catalog {path} cannot be created ({error.strerror}): check the folder's permissions."
        ) from error


def _set_up(connection: sqlite3.Connection, record: Any) -> None:
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


def _begin(connection: Connection) -> None:
    writing = connection.get_execution_options().get(WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
