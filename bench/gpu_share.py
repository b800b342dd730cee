"""How busy a GPU is kept while three productions wait for it, and how long a short one waits for a long one.

    python -m bench.gpu_share [--seconds 0.3]

The GPU is one that waits: the tone engine holds a lock for ``--seconds`` for each chunk, as an engine does that
speaks ten seconds of text at thirty times realtime, and any number of processes share that one lock. Busy is the
share of the time in which the lock is held: takes times seconds, between the first take and the last one. One worker
speaks, another one does all else (``bench.hosts``). Writes bench/results/gpu-share.md.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from bench.hosts import Hosts, seconds_of, two_hosts, until
from bench.report import report, table
from tests.cluster import a_book

PATIENCE = 600.0
CHAPTERS, PARAGRAPHS = 10, 30
"""Of the long book; the articles have one chapter of ``SHORT`` paragraphs."""
SHORT = 20


@dataclass(frozen=True)
class Setup:
    """One way to run the worker that speaks."""

    name: str
    words: tuple[str, ...]


SETUPS = (
    Setup("one process, nothing ahead (as on a CPU)", ("--workers", "1")),
    Setup("one slot", ("--gpu", "0")),
    Setup("two slots", ("--gpu", "0", "--slots", "2")),
)


@dataclass(frozen=True)
class Share:
    """What was measured of one."""

    busy: float
    """0 to 1."""
    article: float
    """When the later of the articles was spoken, as a share of the time that all three took."""
    alone: float
    """The articles' own share of all chunks: what that would be if they went first."""


def share(setup: Setup, seconds: float) -> Share:
    """Speak a book and two articles, handed in at once, the book first."""
    with two_hosts(seconds, one_gpu=True) as hosts:
        books = [a_book(hosts.folder, "Book", CHAPTERS, PARAGRAPHS)]
        books += [a_book(hosts.folder, f"Article {number}", 1, SHORT) for number in (1, 2)]
        hosts.submit(books)
        hosts.work("--queues", "speak.tone", *setup.words)
        hosts.work("--queues", "cpu,publish", "--workers", "1")
        until(lambda: _all_spoken(hosts), PATIENCE)
        takes = _takes(hosts)
    times = sorted(at for found in takes.values() for at in found)
    lasted = times[-1] - times[0]
    articles = [found for name, found in takes.items() if name != "Book"]
    return Share(
        busy=(len(times) - 1) * seconds / lasted,
        article=(max(at for found in articles for at in found) - times[0]) / lasted,
        alone=sum(map(len, articles)) / len(times),
    )


def _all_spoken(hosts: Hosts) -> bool:
    chunks = hosts.ask("SELECT count(*), sum(state = 'planned') FROM chunk")
    planned = hosts.ask("SELECT count(*) FROM production WHERE chunks > 0")
    return bool(planned) and planned[0][0] == 3 and chunks[0][1] == 0


def _takes(hosts: Hosts) -> dict[str, list[float]]:
    """When each take was kept, by its book's title."""
    query = (
        "SELECT production.title, artifact.created_at FROM artifact JOIN chunk ON chunk.take_key = artifact.key "
        "JOIN production ON production.id = chunk.production_id WHERE artifact.stage = 'take'"
    )
    found: dict[str, list[float]] = {}
    for title, at in hosts.ask(query):
        found.setdefault(str(title), []).append(seconds_of(at))
    return found


def main() -> None:
    """Measure one setup after the other."""
    parser = argparse.ArgumentParser(prog="python -m bench.gpu_share")
    parser.add_argument("--seconds", type=float, default=0.3, help="that the GPU takes for each chunk")
    options = parser.parse_args()
    rows = []
    for setup in SETUPS:
        found = share(setup, options.seconds)
        rows.append([setup.name, f"{found.busy:.0%}", f"{found.article:.0%}", f"{found.alone:.0%}"])
        print(rows[-1], flush=True)
    report(
        "gpu-share",
        table(["worker", "GPU busy", "both articles spoken after", "their share of all"], rows),
        f"The GPU takes {options.seconds:g} s for each chunk; a book of {CHAPTERS * PARAGRAPHS} paragraphs and two "
        f"articles of {SHORT}, handed in at once, the book first.",
    )


if __name__ == "__main__":
    main()
