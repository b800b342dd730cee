"""A broker, and workers whose engine only waits (the tone engine): as on hosts whose GPUs speak."""

from __future__ import annotations

import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from bench.measure import COMMAND, environment
from storage.settings import load_settings
from workers.broker import EmbeddedBroker


@dataclass(frozen=True)
class Hosts:
    """What they share."""

    folder: Path
    env: dict[str, str]
    _ended: ExitStack

    def submit(self, books: Sequence[Path], *words: str) -> None:
        """Hand in books, to be spoken with the tone engine."""
        given = ["submit", *map(str, books), "--voice", "tone:a", *words, "-q", "-o", str(self.folder)]
        assert self._start(*given).wait() == 0

    def work(self, *words: str) -> subprocess.Popen[bytes]:
        """Start a ``voxpress worker``; it is ended with all else."""
        worker = self._start("worker", *words)
        self._ended.callback(_end, worker)
        return worker

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Ask the catalog; nothing where there is none yet."""
        catalog = self.folder / "home" / "catalog.db"
        if not catalog.exists():
            return []
        with closing(sqlite3.connect(f"file:{catalog}?mode=ro", uri=True, timeout=10)) as connection:
            try:
                return connection.execute(query).fetchall()
            except sqlite3.OperationalError:
                return []  # it is just being made

    def _start(self, *words: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [*COMMAND, *words],
            env=self.env,
            stdout=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
        )


@contextmanager
def two_hosts(seconds: float, *, one_gpu: bool = False) -> Iterator[Hosts]:
    """A broker and a folder for workers, in which the tone engine waits ``seconds`` for each chunk.

    ``one_gpu``: only one process waits at a time, as for a GPU that all share.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="voxpress-bench-")))
        settings = load_settings({"home": folder / "home"}, cwd=folder).settings.prepare()
        broker = EmbeddedBroker(settings.run_dir)
        broker.start()
        stack.callback(broker.stop)
        env = environment(
            folder / "home",
            VOXPRESS_BROKER_URL=broker.url,
            VOXPRESS_TONE_DELAY=str(seconds),
            VOXPRESS_GRACE="0",
        )
        if one_gpu:
            env["VOXPRESS_TONE_GPU"] = str(folder / "gpu")
        yield Hosts(folder, env, stack.enter_context(ExitStack()))


def until(what: Callable[[], object], patience: float) -> None:
    """Wait for something to be true, for so many seconds."""
    deadline = time.monotonic() + patience
    while not what():
        assert time.monotonic() < deadline, f"it did not come about in {patience:g} s"
        time.sleep(0.1)


def seconds_of(created_at: str) -> float:
    """Since the epoch, of a time in the catalog."""
    return datetime.fromisoformat(f"{created_at}+00:00").timestamp()


def _end(worker: subprocess.Popen[bytes]) -> None:
    worker.terminate()
    worker.wait()
