"""Faults of what is kept: disks, the catalog, its server."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import ExitStack, closing
from pathlib import Path

from tests import databases
from tests.chaos.place import NotHere, Place, fault, filled, seconds, small_disk
from tests.cluster import CHUNKS, QUICK
from tests.faults import ask
from tests.studio import TONE_QUEUES
from workers.lifeline import die_with_parent

DISK_MEGABYTES = 256
HELD_SECONDS = 20


@fault("store-full")
def store_full(place: Place) -> str:
    """The disk of the blobs has no byte left in mid-book, then it has."""
    disk = place.folder / "disk"
    with small_disk(disk, DISK_MEGABYTES):
        return _fails_and_goes_on(place, disk, {"VOXPRESS_BLOB_URL": str(disk / "blobs")})


@fault("library-full")
def library_full(place: Place) -> str:
    """The disk of the editions has no byte left when the book is published, then it has."""
    disk = place.folder / "disk"
    with small_disk(disk, DISK_MEGABYTES):
        return _fails_and_goes_on(place, disk, {}, out=disk / "library")


def _fails_and_goes_on(place: Place, disk: Path, env: dict[str, str], out: Path | None = None) -> str:
    book = place.book()
    with place.cluster(VOXPRESS_TONE_DELAY="0.1", **env) as cluster:
        cluster.worker()
        job = cluster.submit(book, out)
        cluster.wait(lambda: cluster.done(job) >= place.chance.randint(3, 12))
        with filled(disk):
            shown = cluster.ends(job, "failed")
            assert "No space left" in shown["error"]
            assert "Traceback" not in shown["error"]
            made = cluster.done(job)
            assert not list(disk.rglob("*.m4b"))
        cluster.voxpress.run("retry", job)
        cluster.ends(job)
        cluster.once(job, again=2)
        place.same(cluster, out)
    return f"failed: “{shown['error']}” Retried with room, {CHUNKS - made} chunks were left to speak"


@fault("catalog-full")
def catalog_full(place: Place) -> str:
    """The disk of the catalog has no byte left, until a worker finds out and for 10 s more."""
    disk = place.folder / "disk"
    book = place.book()
    with small_disk(disk, DISK_MEGABYTES):
        url = f"sqlite:///{disk}/catalog.db"
        with place.cluster(VOXPRESS_TONE_DELAY="0.1", VOXPRESS_CATALOG_URL=url) as cluster:
            cluster.voxpress.home.mkdir(parents=True)
            (cluster.voxpress.home / "catalog.db").symlink_to(disk / "catalog.db")  # where this test looks
            worker = cluster.worker()
            job = cluster.submit(book)
            cluster.wait(lambda: cluster.done(job) >= 3)
            with filled(disk):
                cluster.wait(lambda: "disk is full" in worker.said())
                time.sleep(10)
            state = cluster.state(job)
            if state == "failed":
                cluster.voxpress.run("retry", job)
            cluster.ends(job)
            cluster.once(job, again=CHUNKS)
            place.same(cluster)
            assert ask(cluster.voxpress, "PRAGMA integrity_check") == [("ok",)]
            twice = len(cluster.spoken()) - CHUNKS
    return f"{state} when there was room again; done, with {twice} chunks spoken twice; the database is sound"


@fault("store-read-only")
def store_read_only(place: Place) -> str:
    """The file system of the blobs becomes read-only, as the kernel does with one that has errors."""
    disk = place.folder / "disk"
    book = place.book()
    with (
        small_disk(disk, DISK_MEGABYTES),
        place.cluster(VOXPRESS_TONE_DELAY="0.1", VOXPRESS_BLOB_URL=str(disk / "blobs")) as cluster,
    ):
        cluster.worker()
        job = cluster.submit(book)
        cluster.wait(lambda: cluster.done(job) >= 3)
        try:
            _remount(disk, "ro")
            shown = cluster.ends(job, "failed")
        finally:
            _remount(disk, "rw")
        assert "Read-only file system" in shown["error"]
        cluster.voxpress.run("retry", job)
        cluster.ends(job)
        cluster.once(job, again=2)
        place.same(cluster)
    return f"failed: “{shown['error']}” Retried when it was writable, the same book"


def _remount(disk: Path, how: str) -> None:
    """Files that are open for writing keep it from becoming read-only for a moment."""
    for _ in range(200):
        if (
            subprocess.run(
                ["mount", "-o", f"remount,{how}", disk], capture_output=True, check=False
            ).returncode
            == 0
        ):
            return
        time.sleep(0.05)
    raise NotHere(f"the file system could not be remounted {how}")


@fault("library-out-of-reach")
def library_out_of_reach(place: Place) -> str:
    """The folder of the editions has a name that is longer than file systems take; then one is asked for below a
    file."""
    book = place.book()
    with place.cluster() as cluster:
        cluster.worker()
        file = place.folder / "file"
        file.touch()
        errors = []
        for out, reason in (
            (place.folder / ("x" * 300), "File name too long"),
            (file / "out", "Not a directory"),
        ):
            job = cluster.submit(book, out)
            errors.append(cluster.ends(job, "failed")["error"])
            assert reason in errors[-1]
        job = cluster.submit(book)
        cluster.ends(job)
        assert len(cluster.voxpress.calls()) == CHUNKS
        place.same(cluster)
    return f"failed: “{errors[0][-120:]}”; every chunk was spoken once for all three"


@fault("catalog-held")
def catalog_held(place: Place) -> str:
    """Another program holds the whole catalog (BEGIN EXCLUSIVE) for 20 s."""
    book = place.book()
    with place.cluster(VOXPRESS_TONE_DELAY="0.1") as cluster:
        cluster.worker()
        job = cluster.submit(book)
        cluster.wait(lambda: cluster.done(job) >= place.chance.randint(3, 12))
        path = cluster.voxpress.home / "catalog.db"
        with closing(sqlite3.connect(path, timeout=30, isolation_level=None)) as catalog:
            catalog.execute("BEGIN EXCLUSIVE")
            time.sleep(HELD_SECONDS)
            catalog.execute("COMMIT")
        cluster.ends(job)
        cluster.once(job)
        place.same(cluster)
        assert ask(cluster.voxpress, "PRAGMA integrity_check") == [("ok",)]
    return "everybody waited, nothing failed, no chunk was spoken twice"


@fault("catalog-server-killed")
def catalog_server_killed(place: Place) -> str:
    """PostgreSQL is killed in mid-book, comes back after some seconds, and is killed once more."""
    if databases.programs() is None:
        raise NotHere("there is no PostgreSQL")
    book = place.book()
    server = databases.PostgreSQL(durable=True)
    try:
        server.start()
        with (
            place.cluster(VOXPRESS_TONE_DELAY="0.2", VOXPRESS_CATALOG_URL=server.create()) as cluster,
            ExitStack() as stack,
        ):
            (answer,) = cluster.voxpress.json("submit", book, *QUICK, "-o", cluster.voxpress.out)[
                "productions"
            ]
            job = answer["id"]
            log = stack.enter_context((place.folder / "worker.said").open("wb"))
            worker = subprocess.Popen(
                [sys.executable, "-m", "cli.main", "worker", "--queues", ",".join(TONE_QUEUES)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=cluster.voxpress.environment(),
                cwd=place.folder,
                preexec_fn=die_with_parent,
            )
            stack.callback(worker.wait)
            stack.callback(worker.terminate)
            for points in (5, 20):
                cluster.wait(lambda: len(cluster.voxpress.calls()) >= points)  # noqa: B023
                server.stop(signal.SIGKILL)
                time.sleep(place.chance.uniform(2, 8))
                server.start()
            back = time.monotonic()
            cluster.wait(lambda: cluster.voxpress.json("status", job)["state"] == "done")
            took = seconds(back)
            calls = cluster.voxpress.calls()
            assert len(set(calls)) == CHUNKS
            place.same(cluster)
    finally:
        server.end()
    return f"done {took} after it was back the second time; {len(calls) - CHUNKS} chunks were spoken twice"
