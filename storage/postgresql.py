"""PostgreSQL as the catalog uses it: few connections, noticed when dead, and limits on what may hang."""

from __future__ import annotations

from typing import Any

from sqlalchemy import URL, Engine, create_engine, event

LOCK_SECONDS = 30
"""How long a writer waits for another one's rows; after that it begins again."""
STATEMENT_SECONDS = 600
"""How long the server works on one statement: longer than the collector's longest, on a million chunks, takes."""
IDLE_SECONDS = 300
"""How long a process may have a transaction open and ask nothing: one that hangs must not hang the others."""
MORE_CONNECTIONS = 7
"""Of a process, for the moments in which several of its threads ask at once."""
_LINK = {
    "connect_timeout": 5,
    "application_name": "voxpress",
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""How a connection is made and noticed to be dead (libpq's parameters), where the address does not say."""


def with_driver(url: URL) -> URL:
    """``postgresql://`` means psycopg, whatever SQLAlchemy's own choice is."""
    if url.drivername in ("postgres", "postgresql"):
        return url.set(drivername="postgresql+psycopg")
    return url


def create_postgresql(url: URL) -> Engine:
    """One connection a process stays open: servers have few to give.

    Raises ``ImportError`` or SQLAlchemy's ``NoSuchModuleError`` without the driver.
    """
    engine = create_engine(
        url,
        connect_args={name: value for name, value in _LINK.items() if name not in url.query},
        pool_size=1,
        max_overflow=MORE_CONNECTIONS,
        pool_pre_ping=True,  # a server that was restarted is not noticed otherwise
    )
    event.listen(engine, "connect", _set_up)
    return engine


def _set_up(connection: Any, record: Any) -> None:
    limits = {
        "statement_timeout": STATEMENT_SECONDS * 1000,
        "lock_timeout": LOCK_SECONDS * 1000,
        "idle_in_transaction_session_timeout": IDLE_SECONDS * 1000,
        "timezone": "'UTC'",
    }
    connection.autocommit = True  # else these would end with the first transaction that is rolled back
    with connection.cursor() as cursor:
        for name, value in limits.items():
            cursor.execute(f"SET {name} = {value}")
    connection.autocommit = False
