"""``submit`` and the studio that works it off: order, notices, stops and kills."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.acceptance.test_resume import same
from tests.books import write_epub
from tests.cluster import QUICK, a_book
from tests.faults import STORY, ask, mastered, until
from tests.running import Voxpress
from tests.studio import TONE_QUEUES, Studio, finished, state_of, studio, submitted, takes, workers


@pytest.fixture
def orders(voxpress: Voxpress) -> Path:
    """The file of the tone engine's orders (``pipeline.speech.tone_orders``)."""
    path = voxpress.folder / "orders"
    voxpress.env["VOXPRESS_TONE_ORDERS"] = str(path)
    return path


def test_a_book_is_left_to_the_studio(voxpress: Voxpress, orders: Path, undisturbed: Voxpress) -> None:
    book = write_epub(voxpress.folder / "book.epub", STORY)
    assert "voxpress up" in voxpress.run("submit", book, "--voice", "tone:a", code=1).stderr
    orders.write_text("hold paragraph 3")
    with studio(voxpress):
        second = voxpress.run("up", code=1)
        assert "Another 'voxpress up'" in second.stderr
        (job,) = submitted(voxpress, book)
        book.unlink()  # the workers have a copy
        until(lambda: len(voxpress.calls()) > 2)
        (listed,) = voxpress.json("jobs")["productions"]
        shown = voxpress.json("status", job)
        assert listed == shown
        assert (shown["id"], shown["state"], shown["shared"], shown["running"]) == (
            job,
            "speaking",
            True,
            True,
        )
        assert 0 < shown["chunks_done"] < shown["chunks"] == len(undisturbed.calls())
        assert shown["notice"] == ""
        # Another command makes a book of its own beside it, on the same state folder.
        voxpress.make(a_book(voxpress.folder, "Other", 1, 2))
        assert state_of(voxpress, job) == "speaking"
        orders.unlink()
        assert voxpress.json("follow", job)["state"] == "done"
    (mine,) = voxpress.out.rglob("A Test.m4b")
    assert mine.read_bytes() == undisturbed.file(".m4b").read_bytes()
    assert workers(voxpress) == []
    assert len(voxpress.calls()) == len(set(voxpress.calls()))


@pytest.mark.slow
def test_books_take_turns_and_the_urgent_ones_go_first(voxpress: Voxpress, orders: Path) -> None:
    folder = voxpress.folder
    voxpress.env["VOXPRESS_WORKERS"] = "1"
    orders.write_text("hold")
    with studio(voxpress):
        long_ones = [a_book(folder, title, 10, 5) for title in ("First", "Second")]
        first, second = submitted(voxpress, *long_ones, *QUICK)
        (idle,) = submitted(voxpress, a_book(folder, "Idle", 1, 2), *QUICK, "--priority", "idle")
        (short,) = submitted(voxpress, a_book(folder, "Short", 2, 5), *QUICK)
        (urgent,) = submitted(voxpress, a_book(folder, "Urgent", 2, 5), *QUICK, "--priority", "now")
        # All that there is to do is known, and the only slot is at the first batch: from here on the order
        # in which things are done does not depend on how long anything takes.
        until(lambda: state_of(voxpress, first) == "speaking")
        assert takes(voxpress) == []
        orders.unlink()
        for job in (idle, first, second):
            assert voxpress.json("follow", job)["state"] == "done"
    order = finished(voxpress)
    assert order[:2] == [urgent, short]
    assert order[-1] == idle
    spoken = takes(voxpress)
    for one, other in ((first, second), (second, first)):
        # The other is well under way when the one ends, ...
        ended = len(spoken) - spoken[::-1].index(one)
        assert spoken[:ended].count(other) > 0.5 * spoken.count(other)
        # ... and a short one, which was submitted after both, does not wait for half of them.
        assert spoken[: len(spoken) - spoken[::-1].index(short)].count(one) < 0.5 * spoken.count(one)


def test_what_nobody_serves_is_told_at_once(voxpress: Voxpress) -> None:
    book = write_epub(voxpress.folder / "book.epub", {"One": STORY["Chapter 1"]})
    with studio(voxpress, queues=("cpu", "publish")):
        said = voxpress.run("submit", book, "--voice", "tone:a", "-o", voxpress.out)
        assert "No worker serves speak.tone" in said.stderr
        job = said.stdout.strip()
        until(lambda: state_of(voxpress, job) == "speaking")
        until(lambda: "speak.tone" in voxpress.json("status", job)["notice"])
        shown = voxpress.run("status", job).stdout
        assert "No worker serves speak.tone: start one with 'voxpress worker --engine tone'" in shown
        with studio(voxpress, "worker", queues=("speak.tone",)):
            followed = voxpress.json("follow", job)
            assert (followed["state"], followed["notice"]) == ("done", "")
        # An engine that this host does not know, and no worker ever told of.
        foreign = voxpress.run("submit", book, "--voice", "acme:ann", "-o", voxpress.out, code=1)
        assert "There is no voice “acme:ann”" in foreign.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere processes cannot be kept to a core")
def test_a_child_for_each_core_keeps_to_its_own(voxpress: Voxpress) -> None:
    cores = sorted(os.sched_getaffinity(0))
    for children in {len(cores), max(1, len(cores) - 1)}:
        # Celery says so with a traceback when it is stopped at the very moment at which it has started.
        with studio(voxpress, "up", TONE_QUEUES, "--workers", str(children), flawless=False) as running:
            until(lambda running=running, children=children: len(kept(running)) == children)
            wanted = [[core] for core in cores] if children == len(cores) else [cores] * children
            until(lambda running=running, wanted=wanted: sorted(kept(running)) == wanted)


def kept(running: Studio) -> list[list[int]]:
    """The cores that each child of a worker may run on."""
    family = running.family()
    leaders = {one.pid for one in family if "workers.worker" in one.cmdline()}
    return [sorted(one.cpu_affinity()) for one in family if one.ppid() in leaders]


def chunks_done(voxpress: Voxpress) -> int:
    """Of all productions."""
    ((count,),) = ask(voxpress, "SELECT count(*) FROM chunk WHERE state = 'done'")
    return int(count)


def test_stopped_killed_and_continued(voxpress: Voxpress, orders: Path, undisturbed: Voxpress) -> None:
    book = write_epub(voxpress.folder / "book.epub", STORY)
    voxpress.env |= {"VOXPRESS_WORKERS": "2", "VOXPRESS_GRACE": "1"}
    orders.write_text("hold paragraph 2")
    with studio(voxpress) as running:
        (job,) = submitted(voxpress, book)
        until(lambda: chunks_done(voxpress) == 4)  # two titles and two paragraphs; both slots are held
        running.stop()
    assert state_of(voxpress, job) == "speaking"
    orders.write_text("hold part 3")
    with studio(voxpress) as running:
        until(lambda: mastered(voxpress) == 2 and chunks_done(voxpress) == 2 * 6 + 1)
        running.kill()
    assert state_of(voxpress, job) == "speaking"
    orders.unlink()
    with studio(voxpress):
        assert voxpress.json("follow", job)["state"] == "done"
    # What was held was not kept, so nothing was spoken twice.
    assert sorted(voxpress.calls()) == sorted(undisturbed.calls())
    same(voxpress, undisturbed, killed=True)


def test_cancelled_and_taken_up_again(voxpress: Voxpress, orders: Path, undisturbed: Voxpress) -> None:
    book = write_epub(voxpress.folder / "book.epub", STORY)
    orders.write_text("hold paragraph 3")
    with studio(voxpress):
        (job,) = submitted(voxpress, book)
        until(lambda: len(voxpress.calls()) > 2)
        busy = voxpress.run("retry", job, code=1)
        assert f"voxpress follow {job}" in busy.stderr
        again = voxpress.run("submit", book, "--voice", "tone:a", "-o", voxpress.out)
        assert "speaking already" in again.stderr
        assert voxpress.json("cancel", job)["state"] == "cancelled"
        assert voxpress.json("follow", job, code=1)["state"] == "cancelled"
        orders.unlink()
        assert voxpress.json("retry", job)["shared"]
        assert voxpress.json("follow", job)["state"] == "done"
    assert sorted(voxpress.calls()) == sorted(undisturbed.calls())
    same(voxpress, undisturbed)
