"""``voxpress up`` and ``voxpress worker`` in the background, and what the catalog tells of what they do."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

from tests.faults import ask, gone, until
from tests.running import Voxpress

TONE_QUEUES = ("cpu", "publish", "speak.tone")
"""All that a book in tones needs."""
STOP_SECONDS = 60.0


class Studio:
    """A command that runs until it is told to stop."""

    def __init__(self, voxpress: Voxpress, command: str, queues: Sequence[str], *more: str) -> None:
        """Start it and wait until it serves; ``more`` are arguments of it."""
        self.voxpress = voxpress
        known = set(workers(voxpress))
        voxpress.env = {"VOXPRESS_FLOWER_PORT": "0", "VOXPRESS_METRICS_PORT": "0"} | voxpress.env
        self.log = voxpress.folder / f"{command}-{len(list(voxpress.folder.glob('*.said')))}.said"
        named = ("--queues", ",".join(queues)) if queues else ()
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "cli.main", command, *more, *named],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=voxpress.environment(),
                cwd=voxpress.folder,
                start_new_session=True,
            )
        try:
            until(lambda: self.alive() and set(workers(voxpress)) - known)
        except BaseException:
            self.end()
            raise

    def alive(self) -> bool:
        """Whether it runs; it must."""
        assert self.process.poll() is None, self.said()
        return True

    def said(self) -> str:
        """What it, and all that it started, wrote."""
        return self.log.read_text(errors="replace")

    def family(self) -> list[psutil.Process]:
        """It and all that it started."""
        leader = psutil.Process(self.process.pid)
        return [leader, *leader.children(recursive=True)]

    def stop(self) -> None:
        """Tell it to stop, as a service manager does; nothing of it may be left."""
        started = self.family()
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(STOP_SECONDS) == 0, self.said()
        gone(started)

    def kill(self) -> None:
        """``kill -9`` of its process alone; what it started has to go by itself."""
        started = self.family()
        self.process.kill()
        self.process.wait()
        gone(started)

    def end(self) -> None:
        """Whatever it is at; for the end of a test that failed."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


@contextmanager
def studio(
    voxpress: Voxpress,
    command: str = "up",
    queues: Sequence[str] = TONE_QUEUES,
    *more: str,
    flawless: bool = True,
) -> Iterator[Studio]:
    """A command that serves ``queues`` inside the block, and is stopped at its end unless it was ended there.

    ``flawless``: nothing may happen in it that is told with a traceback.
    """
    running = Studio(voxpress, command, queues, *more)
    try:
        yield running
        if running.process.poll() is None:
            running.stop()
        assert not flawless or "Traceback" not in running.said(), running.said()
    finally:
        running.end()


def workers(voxpress: Voxpress) -> list[str]:
    """Names of the workers that reported themselves and said no farewell; also of those that were killed."""
    return [name for (name,) in ask(voxpress, "SELECT name || started_at FROM worker")]


def submitted(voxpress: Voxpress, *arguments: str | Path) -> list[str]:
    """Leave sources to the studio; returns the productions' ids."""
    voice = [] if "--voice" in arguments else ["--voice", "tone:a"]
    done = voxpress.json("submit", *arguments, *voice, "-o", voxpress.out)
    return [one["id"] for one in done["productions"]]


def takes(voxpress: Voxpress) -> list[str]:
    """The productions of the takes, in the order in which they were kept."""
    query = """SELECT chunk.production_id FROM chunk JOIN artifact ON artifact.key = chunk.take_key
        ORDER BY artifact.created_at, chunk.chapter, chunk."index" """
    return [name for (name,) in ask(voxpress, query)]


def finished(voxpress: Voxpress) -> list[str]:
    """The productions that ended, in the order in which they did."""
    query = "SELECT id FROM production WHERE finished_at IS NOT NULL ORDER BY finished_at"
    return [name for (name,) in ask(voxpress, query)]


def state_of(voxpress: Voxpress, job: str) -> str:
    """As the catalog has it."""
    ((found,),) = ask(voxpress, "SELECT state FROM production WHERE id = ?", job)
    return str(found)
