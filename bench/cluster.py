"""A cluster of engines that only wait: how the throughput of chunks grows with the workers' slots.

    python -m bench.cluster [--slots 1 2 4 8 16] [--seconds 1.0]

The tone engine waits ``--seconds`` before each chunk, as an engine does that runs elsewhere (on a GPU), so that
two cores can carry sixteen of them; what is measured is what Voxpress adds: queues, catalog, store. One worker
speaks, another one does all else (``bench.hosts``). Writes bench/results/cluster.md.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import time
from collections.abc import Sequence
from datetime import datetime

import psutil

from bench.hosts import Hosts, seconds_of, two_hosts, until
from bench.report import report, table
from tests.cluster import a_book

BOOKS = 2
WARM_SECONDS = 8.0
"""From the first chunk of a chapter to the first that counts: until then the slots come one after the other."""
COUNTED_SECONDS = 30.0
PATIENCE = 120.0


def throughput(slots: int, seconds: float) -> tuple[float, float]:
    """Chunks a second with so many slots, and the share of the cores that it all took."""
    with two_hosts(seconds) as hosts:
        workers = [
            hosts.work("--queues", queues, "--workers", str(count))
            for queues, count in (("speak.tone", slots), ("cpu,publish", 2))
        ]
        paragraphs = int((WARM_SECONDS + COUNTED_SECONDS) / seconds * slots / BOOKS * 1.5 / 12) + 20
        books = [a_book(hosts.folder, f"Book {number}", 12, paragraphs) for number in range(BOOKS)]
        hosts.submit(books, "--rate", "2.5")
        until(lambda: len(_takes(hosts)) > 10 * BOOKS, PATIENCE)
        time.sleep(WARM_SECONDS)
        began = datetime.now().astimezone().timestamp()
        before = _busy(workers)
        time.sleep(COUNTED_SECONDS)
        busy = (_busy(workers) - before) / COUNTED_SECONDS / len(os.sched_getaffinity(0))
        counted = [at for at in _takes(hosts) if at >= began]
        assert min(_left(hosts)) > slots, "the books were too short for that many slots"
        return (len(counted) - 1) / (counted[-1] - counted[0]), busy


def _busy(workers: Sequence[subprocess.Popen[bytes]]) -> float:
    """CPU seconds of the workers and all their descendants up to now."""
    total = 0.0
    for worker in workers:
        leader = psutil.Process(worker.pid)
        for one in (leader, *leader.children(recursive=True)):
            spent = one.cpu_times()
            total += spent.user + spent.system
    return total


def _takes(hosts: Hosts) -> list[float]:
    """When each take was kept."""
    found = hosts.ask("SELECT created_at FROM artifact WHERE stage = 'take' ORDER BY created_at")
    return [seconds_of(at) for (at,) in found]


def _left(hosts: Hosts) -> list[int]:
    """Chunks that are still to be spoken, of each book."""
    query = "SELECT sum(state = 'planned') FROM chunk GROUP BY production_id"
    return [int(count) for (count,) in hosts.ask(query)]


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
