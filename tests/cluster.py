"""A cluster on one host: a real Redis on a port of its own, ``voxpress worker`` beside it, and ways to break both."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil

from tests.books import story, write_epub
from tests.brokers import QueueServer
from tests.faults import ask
from tests.running import ROOT, Voxpress
from tests.studio import TONE_QUEUES, Studio

CHAPTERS, PARAGRAPHS = 3, 9
CHUNKS = CHAPTERS * (PARAGRAPHS + 1)
"""Of a book that faults happen to: each paragraph is a chunk, and so is each chapter's title."""
QUICK = ("--voice", "tone:a", "--rate", "2.5", "--bitrate", "32")
"""Half a minute of audio, so that encoding it takes no time."""
SUFFIXES = (".m4b", ".mp3", ".transcript.json", ".vtt", ".srt", "cover.jpg")
"""The files of an edition that must not differ by a byte (reports tell of times)."""
PATIENCE = 120.0
"""Seconds for what takes some; how long it took is told, not judged."""
INJECT = ROOT / "tests" / "inject"


def a_book(folder: Path, title: str, chapters: int = CHAPTERS, paragraphs: int = PARAGRAPHS) -> Path:
    """A book that has no chunk in common with one of another title."""
    texts = story(chapters=chapters, paragraphs=paragraphs, sentences=2)
    own = {f"{title}, {name}": [f"{title} says: {text}" for text in found] for name, found in texts.items()}
    return write_epub(folder / f"{title}.epub", own, title=title)


class Broker(QueueServer):
    """A server that may be killed, stopped and wiped."""

    def __init__(self, folder: Path) -> None:
        """Prepare one that keeps its files in ``folder``."""
        super().__init__(folder)
        self.folder = folder

    def kill(self) -> None:
        """``kill -9``; it keeps what its file has."""
        self.stop(signal.SIGKILL)

    def lose(self) -> None:
        """Its file is lost, too."""
        self.kill()
        shutil.rmtree(self.folder / "appendonlydir")

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """It neither answers nor ends."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)


class Cluster:
    """Commands of one state folder, their broker, and the tone engine's orders."""

    def __init__(self, folder: Path, **env: str) -> None:
        """``env`` is that of every command."""
        folder.mkdir(exist_ok=True)
        self.broker = Broker(folder / "broker")
        self.voxpress = Voxpress(folder)
        self.orders = folder / "orders"
        self.voxpress.env |= {
            "VOXPRESS_BROKER_URL": self.broker.url,
            "VOXPRESS_TONE_ORDERS": str(self.orders),
            "VOXPRESS_TONE_DELAY": "0.05",
            "VOXPRESS_WORKERS": "2",
            "VOXPRESS_GRACE": "2",
            **env,
        }
        self.broker.start()
        self._studios: list[Studio] = []
        self._calls = 0

    # -- workers ------------------------------------------------------------------------------------------

    def worker(
        self, queues: Sequence[str] = TONE_QUEUES, inject: str = "", env: Mapping[str, str] | None = None
    ) -> Studio:
        """Start a worker, and wait until it serves; ``inject`` as ``tests/inject`` says."""
        running = Studio(replace(self.voxpress, env=self.environment(inject, env)), "worker", queues)
        self._studios.append(running)
        return running

    def environment(self, inject: str = "", env: Mapping[str, str] | None = None) -> dict[str, str]:
        """Of a command with faults inside."""
        own = self.voxpress.env | dict(env or {})
        if inject:
            own["VOXPRESS_TEST_INJECT"] = inject
            own["VOXPRESS_TEST_INJECTED"] = str(self.voxpress.folder)
            own["PYTHONPATH"] = f"{INJECT}{os.pathsep}{ROOT}"
        return own

    def workers_alive(self) -> list[Studio]:
        """Those that were started and not ended yet."""
        return [running for running in self._studios if running.process.poll() is None]

    def end(self) -> None:
        """End everything; nothing may be left."""
        for running in self._studios:
            running.end()
        self.broker.stop()
        self.voxpress.wait_until_gone()

    # -- books --------------------------------------------------------------------------------------------

    def submit(self, book: Path, out: Path | None = None, *more: str) -> str:
        """Leave a book to the workers; returns the production's id."""
        self.count_from_here()
        answer = self.voxpress.json("submit", book, *QUICK, *more, "-o", out or self.voxpress.out)
        (one,) = answer["productions"]
        return str(one["id"])

    def order(self, *lines: str) -> None:
        """Give the tone engine these orders, and no others."""
        self.forget_held()
        aside = self.orders.with_suffix(".new")
        aside.write_text("\n".join(lines))
        aside.replace(self.orders)

    def held(self) -> set[int]:
        """The processes that were held since the last orders were given."""
        found = self.orders.parent.glob(f"{self.orders.name}.[0-9]*")
        return {int(path.suffix[1:]) for path in found}

    def forget_held(self) -> None:
        """Nobody counts as held."""
        for pid in self.held():
            self.orders.with_name(f"{self.orders.name}.{pid}").unlink()

    def state(self, job: str) -> str:
        """As the catalog has it."""
        ((found,),) = ask(self.voxpress, "SELECT state FROM production WHERE id = ?", job)
        return str(found)

    def chunks(self, job: str) -> dict[str, int]:
        """How many chunks are in which state."""
        query = "SELECT state, count(*) FROM chunk WHERE production_id = ? GROUP BY state"
        return dict(ask(self.voxpress, query, job))

    def done(self, job: str) -> int:
        """Chunks that are done."""
        return self.chunks(job).get("done", 0)

    def goes_on(self, job: str, done: int) -> float:
        """Wait until more than ``done`` chunks are, or the production is over; returns the seconds that took."""
        return self.wait(lambda: self.done(job) > done or self.state(job).startswith("done"))

    def tried(self, job: str) -> int:
        """Chunks that were begun and are not done."""
        query = "SELECT count(*) FROM chunk WHERE production_id = ? AND state = 'planned' AND attempts > 0"
        ((found,),) = ask(self.voxpress, query, job)
        return int(found)

    def ends(self, job: str, state: str = "done") -> dict[str, Any]:
        """Wait until a production is over; it must have ended so. Returns what ``status`` says of it."""
        self.wait(lambda: self.state(job) in ("done", "done_with_doubts", "failed", "cancelled"))
        shown: dict[str, Any] = self.voxpress.json("status", job)
        assert shown["state"] == state, (shown, [one.said()[-2000:] for one in self._studios])
        return shown

    def wait(self, what: Callable[[], object], seconds: float = PATIENCE) -> float:
        """Wait until it is so; returns the seconds that took."""
        began = time.monotonic()
        while not what():
            said = [running.said()[-3000:] for running in self._studios]
            assert time.monotonic() - began < seconds, (self.voxpress.json("jobs"), said)
            time.sleep(0.02)
        return time.monotonic() - began

    def same(self, title: str, undisturbed: Path, out: Path | None = None) -> None:
        """The book is as it would be had nothing happened, nothing half-made lies about, and the store is sound."""
        equal(edition(out or self.voxpress.out, title), edition(undisturbed, title))
        assert half_made(self.voxpress) == []
        self.sound()

    def sound(self) -> None:
        """``storage check`` finds nothing that is broken."""
        findings = self.voxpress.json("storage", "check")["findings"]
        assert [one for one in findings if not one["harmless"]] == []

    def count_from_here(self) -> None:
        """What was spoken so far does not count."""
        self._calls = len(self.voxpress.calls())

    def spoken(self) -> list[str]:
        """The tone engine's calls since a book was last submitted."""
        return self.voxpress.calls()[self._calls :]

    def once(self, job: str, again: int = 0, chunks: int = CHUNKS) -> None:
        """Each chunk is done, and at most ``again`` were spoken more than once."""
        assert self.chunks(job) == {"done": chunks}
        spoken = self.spoken()
        assert len(set(spoken)) == chunks
        assert len(spoken) <= chunks + again


def edition(out: Path, title: str) -> Path:
    """The folder of a book's edition."""
    (found,) = (report.parent for report in out.rglob("report.json") if report.parent.name == title)
    return found


def equal(one: Path, other: Path) -> None:
    """Two editions are equal to the byte."""
    names = {path.name for path in one.iterdir()}
    assert names == {path.name for path in other.iterdir()}
    for name in sorted(names):
        if name.endswith(SUFFIXES):
            assert (one / name).read_bytes() == (other / name).read_bytes(), name


def half_made(voxpress: Voxpress) -> list[str]:
    """What lies in the folder of the editions and is no edition."""
    return [
        str(path)
        for path in voxpress.out.rglob("*")
        if path.name.startswith(".") or path.name.endswith((".part", ".new", ".tmp"))
    ]


def children_of(running: Studio) -> list[psutil.Process]:
    """The processes that do a worker's work: the children of Celery's own."""
    (celery,) = (
        child
        for child in psutil.Process(running.process.pid).children()
        if "workers.worker" in child.cmdline()
    )
    return [child for child in celery.children() if child.name() != "ffmpeg"]
