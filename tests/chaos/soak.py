"""``python -m tests.chaos.soak [--minutes 60] [--seed 1]``: a studio that is used, and broken, without a pause.

A hundred books an hour are left to two workers, with a queue server and a database of their own, and every twenty
seconds something is killed: a worker, one of its processes, ffmpeg, the queue server, the database or all
connections to one of them. What ends is started again, as a service manager would do it. Of the books some are
broken, some cancelled, and some have a passage that kills the engine's process.

At the end every production has to be in the state that it must be in, some books are compared to what an
undisturbed ``make`` gives, and what grew is told. Writes bench/results/soak.md; ends with 1 when something was
not as it must be.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import psutil
import psycopg
import redis

from bench.report import report, table
from pipeline.errors import VoxpressError
from storage.catalog import Catalog
from storage.rows import Production, ProductionState
from tests.brokers import QueueServer
from tests.cluster import QUICK, a_book, edition, equal, half_made
from tests.databases import PostgreSQL
from tests.running import Voxpress

FAULT_SECONDS = 20.0
AWAY_SECONDS = 3.0
"""A server that was killed comes back within so many."""
SAMPLE_SECONDS = 5.0
TURN_SECONDS = 0.25
END_SECONDS = 900.0
"""For what is left when nothing is broken any more."""
POISON, CANCELLED, BROKEN = 7, 13, 17
"""Of twenty books, those that have such an end."""
COMPARED = 6
CHAPTERS, PARAGRAPHS = 4, 9
"""Of each book: forty chunks."""
POISONED = "says: Sentence 1 of paragraph 3 in part 2"
"""In a book that has poison, what kills the engine's process."""
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
QUEUES = "cpu,publish,speak.tone"


@dataclass
class Book:
    """One that is left to the studio."""

    number: int
    expected: ProductionState
    due: float
    job: str = ""
    submitting: subprocess.Popen[str] | None = None
    tries: int = 0
    submitted: float = 0.0

    @property
    def title(self) -> str:
        """Also the name of its file."""
        return f"Book {self.number}"


@dataclass
class Sample:
    """One look at what might grow."""

    at: float
    redis_keys: int
    redis_memory: float
    subscriptions: int
    rss: dict[str, float]
    """MB of the worker that is never killed itself, by role."""
    descriptors: dict[str, int]


@dataclass
class Soak:
    """The studio, and who breaks it."""

    folder: Path
    minutes: float
    per_hour: float
    random: random.Random
    stack: ExitStack
    done_to_it: Counter[str] = field(default_factory=Counter)
    samples: list[Sample] = field(default_factory=list)
    workers: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    again: list[tuple[float, Callable[[], object]]] = field(default_factory=list)
    """When a server that is away comes back, and how."""
    problems: list[str] = field(default_factory=list)
    bag: list[str] = field(default_factory=list)
    """Faults whose turn is to come."""

    def __post_init__(self) -> None:
        """Start it all."""
        self.broker = QueueServer(self.folder / "redis", password="soak")
        self.stack.callback(self.broker.stop)
        self.broker.start()
        self.database = PostgreSQL(durable=True)
        self.stack.callback(self.database.end)
        self.database.start()
        url = self.database.create()
        self.catalog = Catalog(url, patience=0.5)  # this loop is what starts the database again
        orders = self.folder / "orders"
        poisoned = range(POISON, 1000, 20)
        orders.write_text("\n".join(f"kill Book {number} {POISONED}" for number in poisoned))
        self.voxpress = Voxpress(self.folder)
        self.voxpress.env = {
            "VOXPRESS_BROKER_URL": self.broker.url,
            "VOXPRESS_BROKER_PASSWORD": "soak",
            "VOXPRESS_CATALOG_URL": url,
            "VOXPRESS_TONE_ORDERS": str(orders),
            "VOXPRESS_TONE_DELAY": "1",
            "VOXPRESS_WORKERS": "2",
            "VOXPRESS_GRACE": "2",
        }
        self.log = self.stack.enter_context((self.folder / "workers.log").open("ab"))
        self.stack.callback(self.end)
        count = max(1, round(self.per_hour * self.minutes / 60))
        self.books = [
            Book(number, _expected(number), number * self.minutes * 60 / count) for number in range(count)
        ]

    # -- the studio -----------------------------------------------------------------------------------------

    def run(self) -> None:
        """Use it and break it for so many minutes, then let it come to an end."""
        began, fault, look = time.monotonic(), FAULT_SECONDS, 0.0
        while (now := time.monotonic() - began) < self.minutes * 60 or self.again:
            self.keep_running(now)
            for book in self.books:
                self.attend(book, now)
            if now >= fault and now < self.minutes * 60:
                self.break_something(now)
                fault += FAULT_SECONDS
            if now >= look:
                self.look(now)
                look += SAMPLE_SECONDS
            time.sleep(TURN_SECONDS)
        deadline = time.monotonic() + END_SECONDS
        while time.monotonic() < deadline and not self.is_over():
            now = time.monotonic() - began
            self.keep_running(now)
            for book in self.books:
                self.attend(book, now)
            time.sleep(TURN_SECONDS)
        self.look(time.monotonic() - began)
        self.took = time.monotonic() - began

    def keep_running(self, now: float) -> None:
        """Start what ended, and what is to come back now."""
        for due, start in [one for one in self.again if one[0] <= now]:
            self.again.remove((due, start))
            start()
        for name in ("steady", "victim"):
            running = self.workers.get(name)
            if running is None or running.poll() is not None:
                self.workers[name] = subprocess.Popen(
                    [sys.executable, "-m", "cli.main", "worker", "--queues", QUEUES],
                    stdin=subprocess.DEVNULL,
                    stdout=self.log,
                    stderr=self.log,
                    env=self.voxpress.environment(),
                    cwd=self.folder,
                    start_new_session=True,
                )

    def end(self) -> None:
        """End what runs."""
        for running in self.workers.values():
            if running.poll() is None:
                running.send_signal(signal.SIGTERM)
        for running in self.workers.values():
            with suppress(subprocess.TimeoutExpired):
                running.wait(30)
            running.kill()
            running.wait()
        self.catalog.close()

    # -- books ------------------------------------------------------------------------------------------------

    def attend(self, book: Book, now: float) -> None:
        """Submit it when it is due, again when that failed; cancel one that is to be cancelled."""
        if book.job or now < book.due:
            return
        if book.submitting is None:
            book.tries += 1
            book.submitted = book.submitted or now
            arguments = ["submit", self._file(book), *QUICK, "-o", self.voxpress.out, "-q"]
            book.submitting = self.voxpress.start(*arguments)
            return
        if book.submitting.poll() is None:
            return
        _, err = book.submitting.communicate()
        book.submitting, book.due = None, now + 2
        if "Traceback" in err:
            self.problems.append(f"submit of {book.title}: {err[-500:]}")
        found = self._of(book)
        if found is not None and (found.state.final or found.source_key):
            book.job = found.id
        if book.job and book.expected is ProductionState.CANCELLED:
            cancel = [str(book.job)]
            self.again.append((now + self.random.uniform(0, 10), lambda: self._cancel(*cancel)))

    def _cancel(self, job: str) -> None:
        done = self.voxpress.run("cancel", job, code=None)
        if done.returncode != 0:  # the database is away, and the person tries again
            self.again.append((0.0, lambda: self._cancel(job)))

    def _file(self, book: Book) -> Path:
        path = self.folder / f"{book.title}.epub"
        if not path.exists():
            a_book(self.folder, book.title, CHAPTERS, PARAGRAPHS)
            if book.expected is ProductionState.FAILED:
                path.write_bytes(path.read_bytes()[:300])
        return path

    def _of(self, book: Book) -> Production | None:
        with suppress(VoxpressError):
            path = str(self.folder / f"{book.title}.epub")
            return next((one for one in self.catalog.productions() if one.source == path), None)
        return None

    def is_over(self) -> bool:
        """Everything was submitted, and has come to an end."""
        with suppress(VoxpressError):
            return all(book.job for book in self.books) and all(
                one.state.final for one in self.catalog.productions()
            )
        return False

    # -- faults -----------------------------------------------------------------------------------------------

    def break_something(self, now: float) -> None:
        """One fault, by chance; each comes once before any comes again."""
        faults: dict[str, Callable[[], object]] = {
            "worker killed": lambda: self._kill_worker("voxpress worker"),
            "Celery's main process killed": lambda: self._kill_worker("main"),
            "a working process killed": self._kill_child,
            "queue server killed": lambda: self._kill_broker(now),
            "queue server hangs": lambda: self._hang_broker(now),
            "connections to the queue server cut": self._cut_broker,
            "database killed": lambda: self._kill_database(now),
            "connections to the database cut": self._cut_database,
        }
        if not self.bag:
            self.bag = self.random.sample(list(faults), len(faults))
        name = self.bag.pop()
        try:
            faults[name]()
        except (psutil.Error, redis.RedisError, psycopg.Error, OSError, LookupError, ValueError):
            self.bag.insert(0, name)  # what it is for is away itself: another time
            return
        self.done_to_it[name] += 1
        print(f"{now:7.1f} s  {name}", flush=True)

    def _kill_worker(self, what: str) -> None:
        leader = psutil.Process(self.workers["victim"].pid)
        victim = leader if what == "voxpress worker" else leader.children()[0]
        victim.kill()

    def _kill_child(self) -> None:
        name = self.random.choice(["victim", "steady"])
        (main, *_) = psutil.Process(self.workers[name].pid).children()
        self.random.choice(main.children(recursive=True)).kill()

    def _kill_broker(self, now: float) -> None:
        self.broker.stop()
        self.again.append((now + self.random.uniform(0, AWAY_SECONDS), self.broker.start))

    def _hang_broker(self, now: float) -> None:
        process = self.broker._process
        assert process is not None
        process.send_signal(signal.SIGSTOP)
        self.again.append((now + AWAY_SECONDS, lambda: process.send_signal(signal.SIGCONT)))

    def _cut_broker(self) -> None:
        with self._client() as client:
            client.client_kill_filter(_type="normal", skipme=True)

    def _client(self) -> redis.Redis:
        """Of the queue server; it may hang, and it is this process that ends that."""
        return redis.Redis(port=self.broker.port, password="soak", socket_timeout=1, socket_connect_timeout=1)

    def _kill_database(self, now: float) -> None:
        self.database.stop(signal.SIGQUIT)
        self.again.append((now + self.random.uniform(0, AWAY_SECONDS), self.database.start))

    def _cut_database(self) -> None:
        self.database.run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        )

    # -- what grows -------------------------------------------------------------------------------------------

    def look(self, now: float) -> None:
        """Take a sample, if the queue server is there."""
        rss, descriptors = dict[str, float](), dict[str, int]()
        with suppress(psutil.Error, IndexError, ValueError):  # it is just starting
            parent = psutil.Process(self.workers["steady"].pid)
            main = parent.children()[0]
            children = [one for one in main.children() if "python" in one.name()]
            for role, some in (("parent", [parent]), ("main", [main]), ("children", children)):
                rss[role] = max(one.memory_info().rss for one in some) / 1e6
                descriptors[role] = max(one.num_fds() for one in some)
        with suppress(redis.RedisError, ValueError), self._client() as client:
            memory = client.info("memory")["used_memory"] / 1e6
            channels = len(client.pubsub_channels())
            self.samples.append(Sample(now, client.dbsize(), memory, channels, rss, descriptors))

    def growth(self) -> list[list[str]]:
        """What was sampled, in the first third of the time, in the last, and at the end."""
        first = [one for one in self.samples if one.at < self.samples[-1].at / 3]
        last = [one for one in self.samples if one.at > self.samples[-1].at * 2 / 3]
        rows = []
        for name, of in _measures(self.samples[-1]):
            early = [value for one in first if (value := of(one)) is not None]
            late = [value for one in last if (value := of(one)) is not None]
            end = of(self.samples[-1])
            if early and late and end is not None:
                rows.append([name, f"{median(early):.1f}", f"{median(late):.1f}", f"{end:.1f}"])
        return rows

    # -- the verdict ------------------------------------------------------------------------------------------

    def verdict(self) -> list[str]:
        """Look at what came out; what is not as it must be goes to ``problems``."""
        found = {book.number: self._of(book) for book in self.books}
        wrong = 0
        for book in self.books:
            one = found[book.number]
            if one is None or not _as_it_must(book, one):
                wrong += 1
                self.problems.append(
                    f"{book.title} is {one and one.state}, not {book.expected}: {one and one.error}"
                )
        normal = [book for book in self.books if book.expected is ProductionState.DONE]
        for book in self.random.sample(normal, min(COMPARED, len(normal))):
            self._compare(book)
        for one in self.voxpress.json("storage", "check")["findings"]:
            if not one["harmless"]:
                self.problems.append(f"storage check: {one}")
        self.problems += [f"half made: {path}" for path in half_made(self.voxpress)]
        with self.broker.client() as client:
            waiting = {key: client.llen(key) for key in client.scan_iter() if client.type(key) == b"list"}
            self.problems += [f"{count} messages wait in {key!r}" for key, count in waiting.items()]
            held = client.hlen("unacked")
            kinds = Counter(_UUID.sub("...", key.decode()) for key in client.scan_iter())
        calls = self.voxpress.calls()
        states = Counter(one.state.label for one in found.values() if one)
        waits = sorted(
            (one.finished_at - one.created_at).total_seconds()
            for one in found.values()
            if one and one.finished_at and one.state is ProductionState.DONE
        )
        return [
            f"{self.minutes:g} minutes, {len(self.books)} books; everything was over after {self.took / 60:.1f}",
            "states: "
            + ", ".join(f"{count} {name}" for name, count in sorted(states.items()))
            + ("; all as they must be" if not wrong else f"; {wrong} of them WRONG"),
            f"from submission to edition: {median(waits):.0f} s in the median, {waits[-1]:.0f} s at most",
            f"chunks spoken: {len(set(calls))}; spoken again because of a fault: {len(calls) - len(set(calls))}",
            f"compared with an undisturbed run, to the byte: {min(COMPARED, len(normal))} books",
            f"messages that killed processes had in hand, for which nothing is left to do: {held}",
            "keys left: " + ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())),
            f"submissions that had to be repeated: {sum(book.tries - 1 for book in self.books)}",
        ]

    def _compare(self, book: Book) -> None:
        with tempfile.TemporaryDirectory(prefix="voxpress-soak-") as name:
            quiet = Voxpress(Path(name))
            quiet.make(self._file(book), *QUICK)
            try:
                equal(edition(self.voxpress.out, book.title), edition(quiet.out, book.title))
            except (AssertionError, ValueError) as error:
                self.problems.append(f"{book.title} differs from an undisturbed run: {error}")


def _expected(number: int) -> ProductionState:
    ends = {
        POISON: ProductionState.DONE_WITH_DOUBTS,
        CANCELLED: ProductionState.CANCELLED,
        BROKEN: ProductionState.FAILED,
    }
    return ends.get(number % 20, ProductionState.DONE)


def _as_it_must(book: Book, one: Production) -> bool:
    if book.expected is ProductionState.CANCELLED:  # unless it was done before
        return one.state in (ProductionState.CANCELLED, ProductionState.DONE)
    return one.state is book.expected


def _measures(sample: Sample) -> Iterator[tuple[str, Callable[[Sample], float | None]]]:
    yield "keys on the queue server", lambda one: one.redis_keys
    yield "its memory, MB", lambda one: one.redis_memory
    yield "subscriptions", lambda one: one.subscriptions
    for role in sample.rss:
        yield f"memory of the worker's {role}, MB", lambda one, role=role: one.rss.get(role)  # type: ignore[misc]
    for role in sample.descriptors:
        yield f"its open files: {role}", lambda one, role=role: one.descriptors.get(role)  # type: ignore[misc]


@contextmanager
def _place(kept: str) -> Iterator[Path]:
    if kept:
        Path(kept).mkdir(parents=True)
        yield Path(kept)
    else:
        with tempfile.TemporaryDirectory(prefix="voxpress-soak-") as name:
            yield Path(name)


def main() -> int:
    """Soak, judge, tell."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.soak")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--per-hour", type=float, default=100, help="books")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", default="", help="a new folder for everything, that stays")
    given = parser.parse_args()
    with ExitStack() as stack:
        folder = stack.enter_context(_place(given.keep))
        chance = random.Random(given.seed)
        soak = Soak(folder, given.minutes, given.per_hour, chance, stack)
        soak.run()
        seen = soak.verdict()
        faults = [[name, f"{count}"] for name, count in sorted(soak.done_to_it.items())]
        report(
            "soak",
            f"`make soak MINUTES={given.minutes:g} SEED={given.seed}`",
            "\n".join(f"- {line}" for line in (*seen, *(f"**{one}**" for one in soak.problems))),
            table(["what was done to it", "times"], faults),
            table(["what might grow", "first third", "last third", "at the end"], soak.growth()),
        )
        return int(bool(soak.problems))


if __name__ == "__main__":
    os.umask(0o022)
    sys.exit(main())
