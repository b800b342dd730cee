"""Workers for GPUs, with the tone engine, which does not care: that takes are made ahead shows nowhere."""

from __future__ import annotations

import signal
from collections import Counter

import psutil

from tests.acceptance.test_resume import same
from tests.books import write_epub
from tests.faults import STORY, family, until
from tests.running import Voxpress
from tests.studio import studio, submitted


def children(voxpress: Voxpress) -> list[int]:
    """Who spoke, in the order of the takes."""
    return [int(line.split()[1]) for line in voxpress.log.read_text().splitlines()]


def test_a_book_is_the_same_wherever_it_is_spoken(voxpress: Voxpress, undisturbed: Voxpress) -> None:
    book = write_epub(voxpress.folder / "book.epub", STORY)
    voxpress.env |= {"VOXPRESS_DEVICE": "cuda", "VOXPRESS_GPU_SLOTS": "2"}
    voxpress.make(book)
    same(voxpress, undisturbed)
    assert Counter(voxpress.calls()) == Counter(undisturbed.calls())


def test_a_killed_child_costs_what_it_had_in_hand(voxpress: Voxpress, undisturbed: Voxpress) -> None:
    book = write_epub(voxpress.folder / "book.epub", STORY)
    voxpress.env |= {"VOXPRESS_DEVICE": "cuda", "VOXPRESS_TONE_DELAY": "0.1"}
    process = voxpress.start("make", book, "--voice", "tone:a", "-o", voxpress.out)
    try:
        until(lambda: len(voxpress.calls()) > 5, process)
        psutil.Process(children(voxpress)[-1]).send_signal(signal.SIGKILL)
        assert process.wait(120) == 0
    finally:
        for one in family(process) if process.poll() is None else ():
            one.kill()
        process.communicate()
    same(voxpress, undisturbed)
    again = sum(Counter(voxpress.calls()).values()) - len(set(voxpress.calls()))
    assert again <= 5  # made ahead, and the one that was being stored


def test_a_child_that_grows_is_started_anew_after_its_task(voxpress: Voxpress, undisturbed: Voxpress) -> None:
    book = write_epub(voxpress.folder / "book.epub", STORY)
    orders = voxpress.folder / "orders"
    orders.write_text("leak")
    voxpress.env |= {
        "VOXPRESS_TONE_ORDERS": str(orders),
        "VOXPRESS_CHILD_GIGABYTES": "0.4",
        "VOXPRESS_WORKERS": "1",
    }
    voxpress.make(book)
    same(voxpress, undisturbed)
    assert len(set(children(voxpress))) > 1
    assert Counter(voxpress.calls()) == Counter(undisturbed.calls())  # it was not in the middle of anything


def test_a_worker_has_its_voice_ready_before_the_first_task(voxpress: Voxpress) -> None:
    voxpress.env |= {"VOXPRESS_WARM_UP": "tone:a", "VOXPRESS_WORKERS": "1"}
    book = write_epub(voxpress.folder / "book.epub", {"One": STORY["Chapter 1"][:1]})
    with studio(voxpress):
        until(lambda: len(voxpress.calls()) == 1)  # it said our sentence, and nobody asked for it
        (job,) = submitted(voxpress, book)
        assert voxpress.json("follow", job)["state"] == "done"
        assert len(voxpress.calls()) > 1
