"""Where the shared broker is: as set, or that of the ``voxpress up`` of this state folder.

``up`` holds a lock as long as it lives, and says its broker's address in a file beside it.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import BrokerUnavailable, WorkError
from storage.settings import Settings


def broker_url(settings: Settings) -> str:
    """The address of the shared broker. Raises ``BrokerUnavailable`` when there is none."""
    if settings.broker_url:
        return settings.broker_url
    url = _said(settings)
    if not url:
        raise BrokerUnavailable(
            "There is no shared broker: start one here with 'voxpress up', or set VOXPRESS_BROKER_URL to that "
            "of your cluster."
        )
    return url


def is_shared(settings: Settings) -> bool:
    """Whether there is a shared broker, and so perhaps others that speak."""
    return bool(settings.broker_url or _said(settings))


@contextmanager
def only_up(settings: Settings) -> Iterator[Path]:
    """Hold the place of this state folder's ``up``; gives the file that its broker's address is to be put in.

    Raises ``WorkError`` when another one runs.
    """
    lock = os.open(_lock(settings), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise WorkError(
                f"Another 'voxpress up' uses the state folder {settings.home}: stop that one first, or set "
                "VOXPRESS_HOME to another folder."
            ) from error
        place = _place(settings)
        place.unlink(missing_ok=True)
        try:
            yield place
        finally:
            place.unlink(missing_ok=True)
    finally:
        os.close(lock)


def say_broker(place: Path, url: str) -> None:
    """Let the other commands of this state folder know the broker's address."""
    aside = place.with_suffix(".new")
    aside.write_text(json.dumps({"broker_url": url, "pid": os.getpid()}))
    aside.chmod(0o600)
    aside.replace(place)


def _said(settings: Settings) -> str:
    try:
        lock = os.open(_lock(settings), os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return ""
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return ""  # nobody holds it: what the file says is of one that was killed
    except BlockingIOError:
        pass
    finally:
        os.close(lock)
    try:
        return str(json.loads(_place(settings).read_text())["broker_url"])
    except (OSError, ValueError, KeyError):
        return ""  # it is just starting


def _lock(settings: Settings) -> Path:
    return settings.run_dir / "up.lock"


def _place(settings: Settings) -> Path:
    return settings.run_dir / "up.json"
