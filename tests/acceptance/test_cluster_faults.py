"""A book is left to the workers of a shared broker, and then something is broken: the result is the same to the bit.

One broker and one worker serve all of these tests, except where they are what breaks. Every test has a book of
its own, and all of those were made undisturbed by one command before. ``make chaos`` has the faults that take long.
"""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pipeline.audio.ffmpeg import find_ffmpeg
from tests.cluster import CHUNKS, QUICK, Cluster, a_book, children_of, edition, equal, half_made
from tests.faults import ask, gone, reached, until
from tests.running import Voxpress
from tests.studio import studio

TITLES = (
    "Child",
    "Group",
    "Moments",
    "Left",
    "Broker",
    "Stop",
    "Twice",
    "Damage",
    "Garbage",
    "Busy",
    "Own",
)
CHILDREN = 2
"""Of a worker: so many chunks at most are in hand when a kill comes, spoken and not kept yet."""
GRACE = 2.0
"""Seconds that workers get to finish what is in hand."""
STOPPED = GRACE + 10.0
"""Seconds after which a worker that was told to stop is gone, on a machine that has other things to do."""


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every test's book, and beside them what becomes of them undisturbed."""
    folder = tmp_path_factory.mktemp("undisturbed-books")
    command = Voxpress(folder)
    command.run("make", *(a_book(folder, title) for title in TITLES), *QUICK, "-o", command.out)
    assert len(command.calls()) == len(set(command.calls())) == CHUNKS * len(TITLES)
    return folder


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """The broker, and the worker that most tests leave alive."""
    cluster = Cluster(tmp_path_factory.mktemp("cluster"), VOXPRESS_GRACE=str(GRACE))
    try:
        yield cluster
    finally:
        cluster.end()


@pytest.fixture
def cluster(shared: Cluster) -> Iterator[Cluster]:
    """One worker, no orders; afterwards the store is sound and nothing half-made lies about."""
    shared.order()
    if len(shared.workers_alive()) != 1:
        alone(shared)
        shared.worker()
    yield shared
    shared.order()
    assert half_made(shared.voxpress) == []
    shared.sound()


def alone(cluster: Cluster) -> None:
    """No worker is left."""
    for running in cluster.workers_alive():
        running.stop()


def same(cluster: Cluster, books: Path, title: str) -> None:
    """Its edition is the undisturbed one."""
    equal(edition(cluster.voxpress.out, title), edition(books / "out", title))


def test_a_child_that_is_killed_costs_what_it_had_in_hand(cluster: Cluster, books: Path) -> None:
    (worker,) = cluster.workers_alive()
    cluster.order("hold Child, Chapter 2")
    job = cluster.submit(books / "Child.epub")
    cluster.wait(lambda: cluster.held())
    for child in children_of(worker):
        child.kill()
    cluster.order()
    cluster.ends(job)
    same(cluster, books, "Child")
    cluster.once(job, again=CHILDREN)
    query = "SELECT DISTINCT attempts FROM chunk WHERE production_id = ? ORDER BY 1"
    assert ask(cluster.voxpress, query, job) == [(1,), (2,)]


def test_a_host_that_dies_is_replaced(cluster: Cluster, books: Path) -> None:
    cluster.worker()
    cluster.order("hold Group says: Sentence 1 of paragraph 5 in part 2")
    job = cluster.submit(books / "Group.epub")
    cluster.wait(lambda: cluster.held())
    (holder,) = cluster.held()
    (victim,) = (one for one in cluster.workers_alive() if holder in {p.pid for p in one.family()})
    victim.kill()
    cluster.order()
    cluster.ends(job)
    same(cluster, books, "Group")
    cluster.once(job, again=CHILDREN)
    assert len(cluster.workers_alive()) == 1


MOMENTS = """
    kill celery.app.base:Celery.send_task before 2
    kill storage.plans:Plans.record_take before 3
    kill tasks.stages:speak_batch after 1
    kill tasks.mastering:master_chapter after 1
    kill pipeline.publish.edition:place before 1
    kill pipeline.publish.edition:place after 1
"""
"""Between two messages of a chord; between a take and its booking; between a batch's booking and its
acknowledgement; between a chapter and its booking; before an edition appears, and before that is booked."""


def test_killed_at_the_worst_moments(cluster: Cluster, books: Path) -> None:
    alone(cluster)
    worker = cluster.worker(
        inject=MOMENTS, env={"VOXPRESS_FFMPEG": str(deadly_ffmpeg(cluster.voxpress.folder))}
    )
    job = cluster.submit(books / "Moments.epub")
    cluster.ends(job)
    assert worker.said().count("exited with 'signal 9 (SIGKILL)'") >= len(MOMENTS.strip().splitlines()) + 1
    assert "it was ended by signal 9. It is tried again" in worker.said()
    same(cluster, books, "Moments")
    cluster.once(job)  # what was kept was adopted, not spoken again
    worker.stop()


def deadly_ffmpeg(folder: Path) -> Path:
    """An ffmpeg that once kills the process that feeds it, and then once itself."""
    script = f'''#!/bin/sh
        case "$*" in *-version|*-encoders) exec "{find_ffmpeg()}" "$@";; esac
        mkdir "{folder}/feeder-killed" 2>/dev/null && {{ kill -9 $PPID; exec sleep 60; }}
        mkdir "{folder}/ffmpeg-killed" 2>/dev/null && kill -9 $$
        exec "{find_ffmpeg()}" "$@"
    '''
    program = folder / "deadly-ffmpeg"
    program.write_text(script)
    program.chmod(0o755)
    return program


def test_who_submits_may_be_killed(cluster: Cluster, books: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "cli.main",
        "submit",
        books / "Left.epub",
        *QUICK,
        "-o",
        cluster.voxpress.out,
    ]
    cluster.count_from_here()
    for moment in ("storage.catalog:Catalog.reset_for_run before 1", "tasks.graph:start before 1"):
        environment = cluster.voxpress.environment() | cluster.environment(f"kill {moment}")
        killed = subprocess.run(command, env=environment, capture_output=True, check=False)
        quicker = b"is queued" in killed.stderr and "start" in moment  # the studio, which started it itself
        assert quicker or killed.returncode == -signal.SIGKILL, killed.stderr
    ((job,),) = ask(cluster.voxpress, "SELECT id FROM production WHERE source LIKE '%Left.epub'")
    # It is marked as started, and nothing of it is on the broker: that is seen, and made good.
    cluster.ends(job)
    same(cluster, books, "Left")
    cluster.once(job)


def test_the_broker_is_killed_wiped_and_hangs_up(cluster: Cluster, books: Path) -> None:
    cluster.order("hold Broker says: Sentence 1 of paragraph 4 in part 1")
    job = cluster.submit(books / "Broker.epub")
    cluster.wait(lambda: cluster.held())
    cluster.broker.kill()
    cluster.order("hold Broker says: Sentence 1 of paragraph 2 in part 3")  # the chunk ends while it is away
    time.sleep(2)
    cluster.broker.start()
    cluster.wait(lambda: cluster.held())
    cluster.broker.lose()
    cluster.broker.start()
    done = cluster.done(job)
    cluster.order()
    cluster.wait(lambda: cluster.done(job) > done)
    with cluster.broker.client() as client:
        client.client_kill_filter(_type="normal", skipme=True)
    cluster.ends(job)
    same(cluster, books, "Broker")
    cluster.once(job, again=3 * CHILDREN)


def test_told_to_stop_it_gives_back_what_is_in_hand(cluster: Cluster, books: Path) -> None:
    cluster.order("hold Stop says: Sentence 1 of paragraph 3 in part 1")
    job = cluster.submit(books / "Stop.epub")
    cluster.wait(lambda: cluster.held())
    for impatient in (False, True):
        (worker,) = cluster.workers_alive()
        started = worker.family()
        worker.process.send_signal(signal.SIGTERM)
        if impatient:
            time.sleep(0.2)
            worker.process.send_signal(signal.SIGTERM)
        assert worker.process.wait(STOPPED) == 0
        gone(started)
        assert "went back to its queue" in worker.said()
        if not impatient:
            with cluster.broker.client() as client:
                assert any(client.llen(key) for key in client.keys("speak.tone*"))
                assert client.hlen("unacked") == 0
        assert ask(
            cluster.voxpress,
            "SELECT max(attempts) FROM chunk WHERE production_id = ? AND state = 'planned'",
            job,
        ) == [(0,)]
        cluster.forget_held()
        cluster.worker()
        cluster.wait(lambda: cluster.held())
    cluster.order()
    cluster.ends(job)
    same(cluster, books, "Stop")
    cluster.once(job, again=CHILDREN)


def test_a_book_that_is_asked_for_twice_is_spoken_once(cluster: Cluster, books: Path) -> None:
    cluster.worker()
    cluster.order("hold Twice, Chapter 1")
    other = cluster.voxpress.folder / "other"
    first = cluster.submit(books / "Twice.epub")
    spoken = len(cluster.voxpress.calls())
    second = cluster.submit(books / "Twice.epub", other)
    cluster.wait(lambda: cluster.held())
    cluster.order()
    for job in (first, second):
        cluster.ends(job)
        assert cluster.chunks(job) == {"done": CHUNKS}
    same(cluster, books, "Twice")
    equal(edition(other, "Twice"), edition(books / "out", "Twice"))
    assert len(cluster.voxpress.calls()) == spoken + CHUNKS


def test_damaged_takes_are_spoken_again(cluster: Cluster, books: Path) -> None:
    cluster.order("hold Damage says: Sentence 1 of paragraph 9 in part 2")
    job = cluster.submit(books / "Damage.epub")
    query = """SELECT artifact.digest FROM artifact JOIN chunk ON chunk.take_key = artifact.key
        WHERE chunk.production_id = ? AND chunk.chapter = 1 ORDER BY chunk."index" LIMIT 3"""
    cluster.wait(lambda: len(ask(cluster.voxpress, query, job)) == 3)
    flipped, cut, lost = (
        cluster.voxpress.home / "blobs" / "objects" / digest[:2] / digest[2:]
        for (digest,) in ask(cluster.voxpress, query, job)
    )
    data = bytearray(flipped.read_bytes())
    data[len(data) // 2] ^= 1
    for path, content in ((flipped, bytes(data)), (cut, cut.read_bytes()[:-100])):
        path.chmod(0o600)
        path.write_bytes(content)
    lost.unlink()
    cluster.order()
    cluster.ends(job)
    same(cluster, books, "Damage")
    cluster.once(job, again=3)
    assert len(cluster.spoken()) == CHUNKS + 3


def test_garbage_is_refused_told_and_mended(cluster: Cluster, books: Path) -> None:
    kinds = ("nan", "empty", "zeros", "clipped", "long", "rate")
    names = [f"Garbage says: Sentence 1 of paragraph {n} in part 3" for n in range(1, len(kinds) + 1)]
    deadly = "Garbage says: Sentence 1 of paragraph 9 in part 3"
    cluster.order(
        *(f"garbage-{kind} {name}" for kind, name in zip(kinds, names, strict=True)), f"kill {deadly}"
    )
    job = cluster.submit(books / "Garbage.epub")
    shown = cluster.ends(job, "done_with_doubts")
    assert shown["doubts"] == len(kinds) + 1
    report = json.loads((edition(cluster.voxpress.out, "Garbage") / "report.json").read_text())
    for name in (*names, deadly):
        (doubt,) = (doubt for doubt in report["doubts"] if doubt["text"].startswith(f"{name} "))
        assert "espeak" in doubt["said"]
    assert cluster.chunks(job) == {"done": CHUNKS}
    cluster.order()
    cluster.voxpress.run("retry", job, "--doubts")
    cluster.ends(job)
    same(cluster, books, "Garbage")


def test_a_studio_starts_its_broker_again(voxpress: Voxpress, books: Path) -> None:
    voxpress.env |= {"VOXPRESS_TONE_DELAY": "0.1", "VOXPRESS_WORKERS": "2", "VOXPRESS_GRACE": str(GRACE)}
    with studio(voxpress, flawless=False) as running:
        voxpress.run("submit", books / "Own.epub", *QUICK, "-o", voxpress.out)
        until(lambda: len(voxpress.calls()) > 2)
        (broker,) = (one for one in running.family() if "broker.sock" in " ".join(one.cmdline()))
        broker.kill()
        until(lambda: reached(voxpress, "done"))
    equal(edition(voxpress.out, "Own"), edition(books / "out", "Own"))
    assert len(set(voxpress.calls())) == CHUNKS
    assert len(voxpress.calls()) <= CHUNKS + CHILDREN
    assert all(finding["harmless"] for finding in voxpress.json("storage", "check")["findings"])


def test_the_catalog_is_busy(cluster: Cluster, books: Path) -> None:
    job = cluster.submit(books / "Busy.epub")
    cluster.wait(lambda: cluster.done(job) > 3)
    with closing(sqlite3.connect(cluster.voxpress.home / "catalog.db", isolation_level=None)) as catalog:
        catalog.execute("PRAGMA busy_timeout = 30000")
        catalog.execute("BEGIN EXCLUSIVE")
        time.sleep(4)
        catalog.execute("COMMIT")
    cluster.ends(job)
    same(cluster, books, "Busy")
    cluster.once(job)
    assert ask(cluster.voxpress, "PRAGMA integrity_check") == [("ok",)]
