"""A cluster of engines that only wait: how the throughput of chunks grows with the workers' slots.

    python -m bench.cluster [--slots 1 2 4 8 16] [--seconds 1.0]

The tone engine waits ``--seconds`` before each chunk, as an engine does that runs elsewhere (on a GPU), so that
two cores can carry sixteen of them; what is measured is what Voxpress adds: queues, catalog, store. One worker
speaks, another one does all else, as on two hosts. Writes bench/results/cluster.md.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from datetime import datetime
from pathlib import Path

import psutil

from bench.report import report, table
from storage.settings import load_settings
from tests.cluster import a_book
from workers.broker import EmbeddedBroker

BOOKS = 2
WARM_SECONDS = 8.0
"""From the first chunk of a chapter to the first that counts: until then the slots come one after the other."""
COUNTED_SECONDS = 30.0
PATIENCE = 120.0


def throughput(slots: int, seconds: float) -> tuple[float, float]:
    """Chunks a second with so many slots, and the share of the cores that it all took."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="voxpress-cluster-")))
        broker = EmbeddedBroker(
            load_settings({"home": folder / "home"}, cwd=folder).settings.prepare().run_dir
        )
        broker.start()
        stack.callback(broker.stop)
        env = {key: value for key, value in os.environ.items() if not key.startswith("VOXPRESS_")}
        env |= {
            "VOXPRESS_HOME": str(folder / "home"),
            "VOXPRESS_BROKER_URL": broker.url,
            "VOXPRESS_TONE_DELAY": str(seconds),
            "VOXPRESS_GRACE": "0",
        }
        workers = [
            _voxpress(env, "worker", "--queues", queues, "--workers", str(count))
            for queues, count in (("speak.tone", slots), ("cpu,publish", 2))
        ]
        for worker in workers:
            stack.callback(_end, worker)
        paragraphs = int((WARM_SECONDS + COUNTED_SECONDS) / seconds * slots / BOOKS * 1.5 / 12) + 20
        books = [a_book(folder, f"Book {number}", 12, paragraphs) for number in range(BOOKS)]
        submitting = [
            "submit",
            *map(str, books),
            "--voice",
            "tone:a",
            "--rate",
            "2.5",
            "-q",
            "-o",
            str(folder),
        ]
        assert _voxpress(env, *submitting).wait() == 0
        catalog = folder / "home" / "catalog.db"
        _until(lambda: len(_takes(catalog)) > 10 * BOOKS)
        time.sleep(WARM_SECONDS)
        began = datetime.now().astimezone().timestamp()
        before = _busy(workers)
        time.sleep(COUNTED_SECONDS)
        busy = (_busy(workers) - before) / COUNTED_SECONDS / len(os.sched_getaffinity(0))
        counted = [at for at in _takes(catalog) if at >= began]
        assert min(_left(catalog)) > slots, "the books were too short for that many slots"
        return (len(counted) - 1) / (counted[-1] - counted[0]), busy


def _voxpress(env: dict[str, str], *words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "cli.main", *words],
        env=env,
        stdout=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
    )


def _end(worker: subprocess.Popen[bytes]) -> None:
    worker.terminate()
    worker.wait()


def _busy(workers: Sequence[subprocess.Popen[bytes]]) -> float:
    """CPU seconds of the workers and all their descendants up to now."""
    total = 0.0
    for worker in workers:
        leader = psutil.Process(worker.pid)
        for one in (leader, *leader.children(recursive=True)):
            spent = one.cpu_times()
            total += spent.user + spent.system
    return total


def _takes(catalog: Path) -> list[float]:
    """When each take was kept."""
    found = _ask(catalog, "SELECT created_at FROM artifact WHERE stage = 'take' ORDER BY created_at")
    return [datetime.fromisoformat(f"{at}+00:00").timestamp() for (at,) in found]


def _left(catalog: Path) -> list[int]:
    """Chunks that are still to be spoken, of each book."""
    query = "SELECT sum(state = 'planned') FROM chunk GROUP BY production_id"
    return [int(count) for (count,) in _ask(catalog, query)]


def _ask(catalog: Path, query: str) -> list[tuple[str]]:
    if not catalog.exists():
        return []
    with closing(sqlite3.connect(f"file:{catalog}?mode=ro", uri=True, timeout=10)) as connection:
        try:
            return connection.execute(query).fetchall()
        except sqlite3.OperationalError:
            return []  # it is just being made


def _until(what: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def main() -> None:
    """Measure one number of slots after the other."""
    parser = argparse.ArgumentParser(prog="python -m bench.cluster")
    parser.add_argument("--slots", type=int, nargs="+", default=[1, 2, 4, 8, 16])
    parser.add_argument("--seconds", type=float, default=1.0, help="that the engine waits for each chunk")
    options = parser.parse_args()
    rows, first = [], 0.0
    for slots in options.slots:
        rate, busy = throughput(slots, options.seconds)
        first = first or rate / slots
        rows.append([f"{slots}", f"{rate:.2f}", f"{rate / slots / first:.2f}", f"{busy:.0%}"])
        print(rows[-1], flush=True)
    report(
        "cluster",
        table(["slots", "chunks/s", "share of linear", "of the cores' time"], rows),
        f"The engine waits {options.seconds:g} s for each chunk; {BOOKS} books at a time.",
    )


if __name__ == "__main__":
    main()
