"""Patience with a database that is away, busy, or that broke a transaction off so that another one could go on.

Every method of the catalog is one short transaction, so it can simply be begun again. That also holds when the
connection was lost while it was being committed, and nobody can tell whether it was: a method that was carried
out twice costs an attempt that is counted twice, never a result.
"""

from __future__ import annotations

import inspect
import logging
import random
import re
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, TypeVar

from sqlalchemy.exc import DBAPIError

from pipeline.errors import StorageError

T = TypeVar("T")
log = logging.getLogger(__name__)

COMMAND_SECONDS = 5.0
"""How long a command waits for a database that is away: somebody sits before it."""
WORKER_SECONDS = 120.0
"""How long a worker does: longer than a database server takes to be restarted and to recover."""
CONFLICTS = 20
"""How often a transaction is begun again that lost against another one, however little patience there is."""
FIRST_PAUSE, LONGEST_PAUSE = 0.02, 2.0
"""Seconds between two tries; the pause doubles, and is varied, so that those who wait do not come at once."""

_CONFLICT = frozenset({"40001", "40P01"})
"""PostgreSQL's serialization_failure and deadlock_detected."""
_AWAY = frozenset({"25P03", "53300", "55P03", "57P01", "57P02", "57P03", "57P05"})
"""Idle for too long, too many connections, a lock that was not given in time, shut down, starting up
(PostgreSQL's manual, appendix A)."""
_FOR_GOOD = re.compile(
    r"authentication failed|no password|does not exist|pg_hba|permission denied|not permitted|certificate|SSL"
    r"|invalid|unsupported"
)
"""Why a connection is refused for good; the server gives no code then."""


def conflicts(error: DBAPIError) -> bool:
    """Whether the transaction was broken off in favour of another one; begun again, it can succeed."""
    return getattr(error.orig, "sqlstate", None) in _CONFLICT


def passes(error: DBAPIError) -> bool:
    """Whether the reason goes away by itself: the database is away, or busy."""
    reason = error.orig
    if isinstance(reason, sqlite3.Error):
        code = getattr(reason, "sqlite_errorcode", 0) & 0xFF
        return code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    code = getattr(reason, "sqlstate", None)
    if code is not None:
        return code in _AWAY or str(code).startswith("08")
    lost = error.connection_invalidated or type(reason).__name__ == "OperationalError"
    return lost and not _FOR_GOOD.search(str(reason))


class Patience:
    """Calls something again while it is worth it."""

    def __init__(self, seconds: float) -> None:
        """``seconds``: how long a database that is away is waited for."""
        self.seconds = seconds
        self._inside = threading.local()

    def again(self, call: Callable[[], T]) -> T:
        """What ``call`` returns. What is called within ``call`` does not wait by itself.

        Raises what the last try raised.
        """
        if getattr(self._inside, "now", False):
            return call()
        self._inside.now = True
        try:
            return self._again(call)
        finally:
            self._inside.now = False

    def _again(self, call: Callable[[], T]) -> T:
        deadline, pause, lost = time.monotonic() + self.seconds, FIRST_PAUSE, 0
        while True:
            try:
                return call()
            except (StorageError, DBAPIError) as error:
                reason = error if isinstance(error, DBAPIError) else error.__cause__
                if not isinstance(reason, DBAPIError):
                    raise
                lost += conflicts(reason)
                if lost > CONFLICTS or not (conflicts(reason) or passes(reason)):
                    raise
                if not conflicts(reason) and time.monotonic() + pause > deadline:
                    raise
                if not conflicts(reason) and pause == FIRST_PAUSE:
                    log.warning("the catalog is away or busy, and waited for: %s", _line(reason))
            time.sleep(pause * random.uniform(0.5, 1.5))
            pause = min(2 * pause, LONGEST_PAUSE)


def _line(error: DBAPIError) -> str:
    """What the database said; never the statement, which has titles and addresses in it."""
    return (str(error.orig).strip().splitlines() or [""])[0]


def patient(kind: type[T]) -> type[T]:
    """Class decorator: every public method is begun again as ``kind().database.patience`` says.

    An iterator that a method is given is read first. Methods that yield wait for each of their queries; those
    marked with ``once`` see to it themselves.
    """
    for name in dir(kind):
        method = getattr(kind, name)
        skipped = name.startswith("_") or inspect.isgeneratorfunction(method) or hasattr(method, "once")
        if inspect.isfunction(method) and not skipped:
            setattr(kind, name, _patiently(method))
    return kind


def _patiently(method: Callable[..., T]) -> Callable[..., T]:
    @wraps(method)
    def call(self: Any, *arguments: Any, **options: Any) -> T:
        given = [_read(value) for value in arguments]
        named = {name: _read(value) for name, value in options.items()}
        return self.database.patience.again(lambda: method(self, *given, **named))  # type: ignore[no-any-return]

    return call


def _read(value: Any) -> Any:
    return tuple(value) if isinstance(value, Iterator) else value


def once(method: Callable[..., T]) -> Callable[..., T]:
    """Decorator for a method that must not be called again as a whole."""
    method.once = True  # type: ignore[attr-defined]
    return method


__all__ = ["COMMAND_SECONDS", "WORKER_SECONDS", "Patience", "conflicts", "once", "passes", "patient"]
