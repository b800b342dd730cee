"""Faults of the broker."""

from __future__ import annotations

import time

from celery import Celery

from tests.chaos.place import Place, fault, seconds
from tests.cluster import CHUNKS, QUICK, Cluster

NOTICE = "The broker does not answer"


def waits_and_says_so(cluster: Cluster, job: str) -> None:
    """``status`` tells that the broker is what the production waits for."""
    cluster.wait(lambda: NOTICE in cluster.voxpress.json("status", job)["notice"])
    assert cluster.state(job) == "speaking"


@fault("broker-away")
def away(place: Place) -> str:
    """Redis is killed in mid-book and started again on its append-only file 20 to 30 s later; meanwhile a chunk
    ends, and a second production is submitted."""
    book = place.book()
    other = place.folder / "other"
    out = place.chance.uniform(20, 30)
    with place.cluster(VOXPRESS_TONE_DELAY="0.2") as cluster:
        worker = cluster.worker()
        job = cluster.submit(book)
        cluster.wait(lambda: cluster.done(job) >= place.chance.randint(3, 12))
        cluster.broker.kill()
        began = time.monotonic()
        said = cluster.voxpress.run("submit", book, *QUICK, "-o", other)
        assert "is queued" in said.stderr
        waits_and_says_so(cluster, job)
        time.sleep(max(0.0, out - (time.monotonic() - began)))
        done = cluster.done(job)
        cluster.broker.start()
        again = cluster.goes_on(job, done)
        cluster.ends(job)
        cluster.ends(said.stdout.strip())
        cluster.once(job, again=2)
        place.same(cluster)
        place.same(cluster, other)
        worker.stop()
    return (
        f"away for {out:.0f} s: status says that the broker does not answer, submit is taken; the next chunk "
        f"{again:.0f} s after it was back; nothing failed"
    )


@fault("broker-away-while-publishing")
def away_while_publishing(place: Place) -> str:
    """Redis is killed just as a stage puts the book's chapters on it, and stays away for longer than Celery
    tries."""
    book = place.book()
    with place.cluster() as cluster:
        gate = cluster.voxpress.folder / "gate"
        gate.touch()
        worker = cluster.worker(inject="hold tasks.graph:advance gate")
        job = cluster.submit(book)
        cluster.wait(gate.with_suffix(".held").exists)
        cluster.broker.kill()
        gate.unlink()
        time.sleep(25)
        assert cluster.state(job) == "speaking"
        cluster.broker.start()
        back = time.monotonic()
        cluster.ends(job)
        took = seconds(back)
        cluster.once(job)
        place.same(cluster)
        worker.stop()
    return f"the stage ended without its messages; they were published and the book done {took} after it was back"


@fault("broker-hangs")
def hangs(place: Place) -> str:
    """Redis is stopped (SIGSTOP) for 20 s, then all its clients are thrown out (CLIENT KILL)."""
    book = place.book()
    with place.cluster(VOXPRESS_TONE_DELAY="0.2") as cluster:
        worker = cluster.worker()
        job = cluster.submit(book)
        cluster.wait(lambda: cluster.done(job) >= place.chance.randint(3, 12))
        with cluster.broker.hanging():
            began = time.monotonic()
            waits_and_says_so(cluster, job)
            time.sleep(max(0.0, 20 - (time.monotonic() - began)))
            done = cluster.done(job)
        again = cluster.goes_on(job, done)
        with cluster.broker.client() as client:
            client.client_kill_filter(_type="normal", skipme=True)
        with Celery(broker=cluster.broker.url) as app:
            cluster.wait(lambda: app.control.ping(timeout=1))
        cluster.ends(job)
        cluster.once(job, again=2)
        place.same(cluster)
        worker.stop()
    return f"status says that it does not answer; the next chunk {again:.0f} s after it went on; pings are answered"


@fault("broker-hangs-at-a-stop")
def hangs_at_a_stop(place: Place) -> str:
    """A worker is told to stop (SIGTERM) while Redis hangs."""
    book = place.book()
    with place.cluster(VOXPRESS_TONE_DELAY="0.2") as cluster:
        worker = cluster.worker()
        job = cluster.submit(book)
        cluster.wait(lambda: cluster.done(job) >= 3)
        with cluster.broker.hanging():
            waits_and_says_so(cluster, job)
            began = time.monotonic()
            worker.stop()
            took = seconds(began)
        cluster.worker()
        cluster.ends(job)
        cluster.once(job, again=2)
        place.same(cluster)
    return f"it ended after {took} (2 s of grace); another one went on"


@fault("broker-full")
def full(place: Place) -> str:
    """Redis refuses every write for 20 s: once for want of memory (OOM), once as after a failed save
    (stop-writes)."""
    book = place.book()
    with place.cluster(VOXPRESS_TONE_DELAY="0.2") as cluster:
        cluster.worker()
        job = cluster.submit(book)
        waits, jobs = [], [job]
        for points, name in ((3, "maxmemory"), (15, "min-replicas-to-write")):
            cluster.wait(lambda: cluster.done(job) >= points)  # noqa: B023
            with cluster.broker.client() as client:
                client.config_set(name, "1")
                began = time.monotonic()
                said = cluster.voxpress.run("submit", book, *QUICK, "-o", place.folder / name)
                assert "is queued" in said.stderr
                jobs.append(said.stdout.strip())
                waits_and_says_so(cluster, job)
                time.sleep(max(0.0, 20 - (time.monotonic() - began)))
                assert cluster.state(job) == "speaking"
                done = cluster.done(job)
                client.config_set(name, "0")
            waits.append(f"{cluster.goes_on(job, done):.0f} s")
        for one in jobs:
            cluster.ends(one)
        place.same(cluster)
        place.same(cluster, place.folder / name)
        assert len(set(cluster.voxpress.calls())) == CHUNKS
    return (
        f"status says why it waits, submit is taken; nothing failed; it went on {' and '.join(waits)} later"
    )


@fault("broker-gives-twice")
def gives_twice(place: Place) -> str:
    """The visibility timeout is 3 s, and a batch takes three times as long: Redis gives the same message to both
    children, again and again."""
    book = place.book()
    shorter = "\n".join(
        f"set tasks.app:app.conf.{path} 3"
        for path in (
            "visibility_timeout",
            "broker_transport_options.visibility_timeout",
            "result_backend_transport_options.visibility_timeout",
        )
    )
    with place.cluster(VOXPRESS_TONE_DELAY="1", VOXPRESS_LOG_LEVEL="info") as cluster:
        worker = cluster.worker(inject=shorter)
        job = cluster.submit(book)
        cluster.ends(job)
        cluster.once(job)
        place.same(cluster)
        again = worker.said().count("begun again")
        assert again > 0
        worker.stop()
    return f"{again} tasks were begun while they were under way; each chunk was spoken once"


@fault("anything")
def anything(place: Place) -> str:
    """At 12 moments of chance something of chance is killed: a child, Celery's main process, the whole worker, the
    broker (which also may be wiped, stopped for 3 s, or throw its clients out)."""
    book = place.book(paragraphs=29)
    with place.cluster(VOXPRESS_TONE_DELAY="0.3") as cluster:
        cluster.worker()
        job = cluster.submit(book, None, "--format", "mp3")
        done = []
        for _ in range(12):
            time.sleep(place.chance.uniform(0.5, 5))
            if cluster.state(job) == "done":
                break
            what = place.chance.choice(sorted(BLOWS))
            BLOWS[what](cluster)
            done.append(what)
            if not cluster.workers_alive():
                cluster.worker()
        cluster.ends(job)
        cluster.once(job, again=2 * len(done), chunks=3 * 30)
        place.same(cluster)
        twice = len(cluster.spoken()) - 3 * 30
    return f"{', '.join(done)}: the same book, {twice} of 90 chunks spoken twice"


def _child(cluster: Cluster) -> None:
    children = [child for one in cluster.workers_alive() for child in one.family()[2:]]
    if children:
        children[0].kill()


def _main(cluster: Cluster) -> None:
    for one in cluster.workers_alive():
        for process in one.family()[1:2]:
            process.kill()


def _worker(cluster: Cluster) -> None:
    for one in cluster.workers_alive():
        one.kill()


def _broker(cluster: Cluster) -> None:
    cluster.broker.kill()
    time.sleep(1)
    cluster.broker.start()


def _wiped(cluster: Cluster) -> None:
    cluster.broker.lose()
    cluster.broker.start()


def _hangs(cluster: Cluster) -> None:
    with cluster.broker.hanging():
        time.sleep(3)


def _hangs_up(cluster: Cluster) -> None:
    with cluster.broker.client() as client:
        client.client_kill_filter(_type="normal", skipme=True)


BLOWS = {
    "child": _child,
    "main process": _main,
    "worker": _worker,
    "broker": _broker,
    "broker wiped": _wiped,
    "broker hangs": _hangs,
    "broker hangs up": _hangs_up,
}
