"""Faults of engines and of the machine they run on, and a production that is broken off."""

from __future__ import annotations

import json
import resource
import time

from tests.chaos.place import Place, fault, seconds
from tests.cluster import CHUNKS, Cluster, edition
from tests.faults import ask

LIMIT_SECONDS = 4
"""Of a task, in place of two hours."""
MEMORY = 3 * 2**30
"""Bytes of address space that a worker's process may have."""
CHAPTERS, PARAGRAPHS = 10, 99


def one_doubt(place: Place, cluster: Cluster, job: str, reason: str) -> None:
    """The book is done, and its only doubt is the chunk that could not be spoken, with the reason; a retry without
    the fault makes the book as it is undisturbed."""
    shown = cluster.ends(job, "done_with_doubts")
    assert shown["doubts"] == 1
    (doubt,) = json.loads((edition(cluster.voxpress.out, place.title) / "report.json").read_text())["doubts"]
    assert "paragraph 7 in part 3" in doubt["text"]
    assert reason in doubt["said"]
    cluster.order()
    cluster.voxpress.run("retry", job, "--doubts")
    cluster.ends(job)
    cluster.once(job)
    place.same(cluster)


@fault("engine-hangs")
def hangs(place: Place) -> str:
    """The engine never comes back from one chunk; the time limit of a task is 4 s in place of two hours."""
    book = place.book()
    with place.cluster(VOXPRESS_ATTEMPTS="2") as cluster:
        cluster.worker(inject=f"set tasks.app:app.conf.task_time_limit {LIMIT_SECONDS}")
        cluster.order("hold paragraph 7 in part 3")
        began = time.monotonic()
        job = cluster.submit(book)
        cluster.ends(job, "done_with_doubts")
        took = seconds(began)
        ((attempts,),) = ask(cluster.voxpress, "SELECT max(attempts) FROM chunk WHERE production_id = ?", job)
        assert attempts == 3
        one_doubt(place, cluster, job, "killed")
    return f"killed and begun again until its attempts were used up ({took}), then left to espeak; told as a doubt"


@fault("engine-takes-all-memory")
def takes_all_memory(place: Place) -> str:
    """The engine allocates memory without end at one chunk; the worker's processes may have 3 GiB."""
    book = place.book()
    with place.cluster() as cluster:
        worker = cluster.worker()
        for process in worker.family()[1:]:
            resource.prlimit(process.pid, resource.RLIMIT_AS, (MEMORY, MEMORY))
        cluster.order("hog paragraph 7 in part 3")
        job = cluster.submit(book)
        one_doubt(place, cluster, job, "MemoryError")
    return "MemoryError is the failure of that chunk alone: espeak spoke it, and it is told as a doubt"


@fault("engine-kills-its-process")
def kills_its_process(place: Place) -> str:
    """One chunk kills its process every time it is begun, as the kernel does for want of memory."""
    book = place.book()
    with place.cluster() as cluster:
        cluster.worker()
        cluster.order("kill paragraph 7 in part 3")
        job = cluster.submit(book)
        one_doubt(place, cluster, job, "killed")
    return "after its attempts it was left to espeak and told as a doubt; its neighbours were not touched"


@fault("cancelled")
def cancelled(place: Place) -> str:
    """A production of 1,000 chunks is cancelled when a tenth of them is spoken, and later taken up again."""
    book = place.book(chapters=CHAPTERS, paragraphs=PARAGRAPHS)
    chunks = CHAPTERS * (PARAGRAPHS + 1)
    with place.cluster(VOXPRESS_TONE_DELAY="0.05") as cluster:
        cluster.worker()
        job = cluster.submit(book, None, "--format", "mp3")
        cluster.wait(lambda: len(cluster.spoken()) >= chunks / 10)
        assert cluster.voxpress.json("cancel", job)["state"] == "cancelled"
        told = len(cluster.spoken())
        time.sleep(5)
        after = len(cluster.spoken())
        time.sleep(5)
        assert len(cluster.spoken()) == after < chunks / 2
        assert cluster.state(job) == "cancelled"
        cluster.voxpress.run("retry", job, "--doubts")
        cluster.ends(job)
        cluster.once(job, again=2, chunks=chunks)
        place.same(cluster)
    return f"{after - told} more were spoken, none after 5 s; taken up again, {chunks - after} were left to speak"


@fault("two-at-once")
def two_at_once(place: Place) -> str:
    """The same book is submitted twice to two workers, whose clocks are ten days apart: further than results are
    kept, and than any message is waited for."""
    book = place.book()
    other = place.folder / "other"
    with place.cluster(VOXPRESS_TONE_DELAY="0.2") as cluster:
        cluster.worker()
        cluster.worker(inject="clock 864000")
        first = cluster.submit(book)
        spoken = len(cluster.voxpress.calls())
        second = cluster.submit(book, other)
        for job in (first, second):
            cluster.ends(job)
            assert cluster.chunks(job) == {"done": CHUNKS}
        place.same(cluster)
        place.same(cluster, other)
        calls = len(cluster.voxpress.calls()) - spoken
        assert calls == CHUNKS
    return "both are done, and each chunk was spoken once"
