"""Breaking running commands on purpose, and looking at what they leave."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
import redis

from tests.books import story
from tests.running import Voxpress

STORY = story(chapters=3, paragraphs=5)
"""The book that is made in spite of faults."""
PATIENCE = 60.0
"""Seconds for something to come about that is a matter of one or two."""
STAGES = ("queued", "ingesting", "scripting", "speaking", "publishing", "done", "done_with_doubts")


def until(
    what: Callable[[], object], process: subprocess.Popen[str] | None = None, seconds: float = PATIENCE
) -> None:
    """Wait for something to be true while ``process`` lives."""
    deadline = time.monotonic() + seconds
    while not what():
        assert process is None or process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.002)


def ask(voxpress: Voxpress, query: str, *values: object) -> list[tuple[Any, ...]]:
    """Ask the catalog; nothing where there is none yet."""
    path = voxpress.home / "catalog.db"
    if not path.exists():
        return []
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as catalog:
        try:
            return catalog.execute(query, values).fetchall()
        except sqlite3.OperationalError as error:
            if "no such table" in str(error) or "unable to open" in str(error):
                return []
            raise


def state(voxpress: Voxpress) -> str:
    """Of the only production."""
    found = ask(voxpress, "SELECT state FROM production")
    return found[0][0] if found else ""


def reached(voxpress: Voxpress, stage: str) -> bool:
    """Whether the production is at that stage, or beyond it."""
    now = state(voxpress)
    return now in STAGES and STAGES.index(now) >= STAGES.index(stage)


def mastered(voxpress: Voxpress) -> int:
    """Chapters that are mastered."""
    return len(ask(voxpress, "SELECT chapter FROM mastered"))


def family(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """A command and all that it started."""
    leader = psutil.Process(process.pid)
    return [leader, *leader.children(recursive=True)]


def worker_of(process: subprocess.Popen[str]) -> psutil.Process:
    """The main process of a command's workers."""
    return _named(process, "workers.worker")


def broker_of(process: subprocess.Popen[str]) -> psutil.Process:
    """A command's broker."""
    return _named(process, "broker.sock")


def broker_client(process: subprocess.Popen[str]) -> redis.Redis:
    """A client of a command's broker."""
    arguments = broker_of(process).cmdline()
    if not any("--unixsocket" in a for a in arguments):  # the server writes its own title over them
        (title,) = (a for a in arguments if "unixsocket:" in a)
        return redis.Redis(unix_socket_path=title.partition("unixsocket:")[2].split()[0])
    return redis.Redis(unix_socket_path=arguments[arguments.index("--unixsocket") + 1])


def _named(process: subprocess.Popen[str], word: str) -> psutil.Process:
    (found,) = (p for p in psutil.Process(process.pid).children() if word in " ".join(p.cmdline()))
    return found


def gone(processes: list[psutil.Process], seconds: float = 10.0) -> None:
    """All of these have ended."""
    deadline = time.monotonic() + seconds
    while left := [p for p in processes if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]:
        assert time.monotonic() < deadline, [(p.pid, p.cmdline()) for p in left]
        time.sleep(0.02)


def kill(process: subprocess.Popen[str]) -> None:
    """``kill -9`` of a command with its process group; what it started has to go by itself."""
    started = family(process)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    gone(started)


def ended(process: subprocess.Popen[str], code: int, seconds: float = PATIENCE) -> str:
    """Wait for a command's end; return what it said on stderr."""
    started = family(process) if process.poll() is None else []
    try:
        out, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        raise AssertionError(f"no end after {seconds} s: {process.communicate()}") from None
    # A shell says 130 of a command that SIGINT killed, too: so Python ends when it is interrupted at some imports.
    returned = 130 if process.returncode == -signal.SIGINT else process.returncode
    assert returned == code, f"exit {process.returncode}\n{out}\n{err}"
    assert "Traceback" not in err
    gone(started)
    return err


def making(voxpress: Voxpress, *arguments: str | Path) -> subprocess.Popen[str]:
    """``voxpress make`` in the background, with the tone engine."""
    return voxpress.start("make", *arguments, "--voice", "tone:a", "-o", voxpress.out)


def leftovers(voxpress: Voxpress, killed: bool = False) -> list[str]:
    """Half-made files: in the output folder, in the store, in the folder of sockets and locks.

    ``killed``: workers were killed in the last run; what they had in the store's temporary folder may be there
    until the next one.
    """
    hidden = [p for p in voxpress.out.rglob("*") if p.name.startswith(".") or "part" in p.suffix]
    claims = list((voxpress.home / "run" / "claims").glob("*"))
    brokers = list((voxpress.home / "run").glob("broker-*"))
    temporary = [p for p in (voxpress.home / "blobs" / "tmp").rglob("*") if p.is_file()]
    return [str(p) for p in (*hidden, *claims, *brokers, *([] if killed else temporary))]
