"""Two hosts that have nothing in common but Redis, PostgreSQL and a bucket finish one book together."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.books import write_epub
from tests.brokers import QueueServer
from tests.cluster import edition, equal
from tests.databases import PostgreSQL
from tests.faults import STORY, ended, until
from tests.hosts import MISSING, Host, possible, star
from tests.objects import ObjectServer
from tests.running import Voxpress

PASSWORD = "of the whole cluster"


class Servers:
    """What the hosts have in common, on a host of its own."""

    def __init__(self, host: Host, folder: Path, stack: ExitStack) -> None:
        """Start all three."""
        self.host = host
        self.queues = host.here(lambda: QueueServer(folder, PASSWORD, {"bind": "0.0.0.0"}))
        self.database = host.here(lambda: PostgreSQL(listen="0.0.0.0"))
        self.objects = host.here(lambda: ObjectServer(folder, strict=True, listen="0.0.0.0"))
        with (self.database.data / "pg_hba.conf").open("a") as rules:
            rules.write("host all all 10.77.0.0/16 scram-sha-256\n")
        for start, stop in (
            (self.queues.start, self.queues.stop),
            (self.database.start, self.database.end),
            (self.objects.start, self.objects.stop),
        ):
            stack.callback(host.here, stop)
            host.here(start)
        self.database.run(f"ALTER USER voxpress PASSWORD '{PASSWORD}'")
        self.name = self.database.create().partition("@/")[2].partition("?")[0]
        self.bucket = host.here(self.objects.create)

    def settings(self, address: str) -> dict[str, str]:
        """Of a host that finds them at ``address``."""
        return {
            "VOXPRESS_BROKER_URL": f"redis://{address}:{self.queues.port}/0",
            "VOXPRESS_BROKER_PASSWORD": PASSWORD,
            "VOXPRESS_CATALOG_URL": f"postgresql://voxpress@{address}:{self.database.port}/{self.name}",
            "VOXPRESS_CATALOG_PASSWORD": PASSWORD,
            "VOXPRESS_BLOB_URL": self.bucket,
            "VOXPRESS_BLOB_ENDPOINT": f"http://{address}:{self.objects.port}",
            "VOXPRESS_BLOB_USER": self.objects.user,
            "VOXPRESS_BLOB_PASSWORD": self.objects.password,
        }

    def ask(self, query: str) -> list[Any]:
        """Ask the catalog; nothing while it has no tables."""
        if not self.database.run("SELECT 1 FROM pg_tables WHERE tablename = 'event'", self.name):
            return []
        return self.database.run(query, self.name)


class Member:
    """A host that works."""

    def __init__(self, host: Host, folder: Path, settings: dict[str, str]) -> None:
        """With a state folder of its own."""
        folder.mkdir()
        self.host, self.voxpress = host, Voxpress(folder, {**settings, "VOXPRESS_WORKERS": "1"})
        self._worker: subprocess.Popen[str] | None = None

    def work(self, queues: str) -> subprocess.Popen[str]:
        """Start its worker."""
        self._worker = self.host.here(lambda: self.voxpress.start("worker", "--queues", queues))
        return self._worker

    def end(self) -> None:
        """For a test that failed: end the worker, and show what it said."""
        if self._worker is not None and self._worker.poll() is None:
            self._worker.kill()
            print(self.host.name, *self._worker.communicate())
        self.voxpress.wait_until_gone()

    def json(self, *arguments: str | Path) -> Any:
        """What a command answers on this host."""
        return self.host.here(lambda: self.voxpress.json(*arguments))


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Callable[[str], Any]]:
    """Three hosts by name: ``middle`` has the servers, the others see only that."""
    if not possible():
        pytest.skip(MISSING)
    with star("middle", "north", "south") as hosts, ExitStack() as stack:
        servers = Servers(hosts["middle"], tmp_path, stack)
        found: dict[str, Any] = {"middle": servers}
        for number, name in enumerate(("north", "south"), 1):
            found[name] = Member(hosts[name], tmp_path / name, servers.settings(f"10.77.{number}.1"))
            stack.callback(found[name].end)
        yield found.__getitem__


@pytest.mark.slow
def test_two_hosts_finish_one_book_together(
    cluster: Callable[[str], Any], tmp_path: Path, undisturbed: Voxpress
) -> None:
    servers, north, south = cluster("middle"), cluster("north"), cluster("south")
    library, orders = tmp_path / "library", tmp_path / "orders"
    assert north.host.reaches("10.77.1.1", servers.database.port)
    assert not north.host.reaches(south.host.address, servers.database.port)
    assert not north.host.reaches("10.77.2.1", servers.database.port)

    orders.write_text("hold")
    for member in (north, south):
        member.voxpress.env["VOXPRESS_TONE_ORDERS"] = str(orders)
    # North has the library, south does not.
    workers = [north.work("cpu,publish,speak.tone"), south.work("cpu,speak.tone")]
    until(lambda: {host for (host,) in servers.ask("SELECT host FROM worker")} == {"north", "south"})
    book = write_epub(south.voxpress.folder / "book.epub", STORY)
    (job,) = south.json("submit", book, "--voice", "tone:a", "-o", library)["productions"]
    book.unlink()
    # The first passages are in two chapters, so in two batches: each host has one in hand.
    until(lambda: len(servers.ask("SELECT DISTINCT chapter FROM chunk WHERE attempts > 0")) == 2)
    assert all(worker.poll() is None for worker in workers)
    orders.unlink()
    assert south.json("follow", job["id"])["state"] == "done"
    assert north.json("status", job["id"])["edition_folder"].startswith(str(library))

    shares = [member.voxpress.calls() for member in (north, south)]
    assert min(map(len, shares)) > 0
    assert sorted(shares[0] + shares[1]) == sorted(undisturbed.calls())
    equal(edition(library, "A Test"), edition(undisturbed.out, "A Test"))
    assert not list(north.voxpress.home.glob("blobs/objects/*"))
    for worker in workers:
        worker.terminate()
        ended(worker, code=0)
    assert servers.ask("SELECT name FROM worker") == []
