"""Whatever is killed, and whenever: the same command goes on, and the result is the same to the bit."""

from __future__ import annotations

import random

import pytest

from tests.books import write_epub
from tests.faults import (
    STORY,
    broker_client,
    broker_of,
    ended,
    family,
    gone,
    kill,
    leftovers,
    making,
    mastered,
    reached,
    until,
    worker_of,
)
from tests.running import Voxpress

SEED = 20
"""Of the moments at which the command is killed."""
CHILDREN = 2
"""Of the worker, in these tests: so many chunks at most are under way when a kill comes."""


@pytest.fixture
def slow(voxpress: Voxpress) -> Voxpress:
    """The command with an engine that takes its time, so that there is a middle to be killed in."""
    voxpress.env |= {"VOXPRESS_TONE_DELAY": "0.05", "VOXPRESS_WORKERS": str(CHILDREN)}
    return voxpress


def test_killed_again_and_again_nothing_kept_is_made_twice(slow: Voxpress, undisturbed: Voxpress) -> None:
    book = write_epub(slow.folder / "book.epub", STORY)
    chunks = len(undisturbed.calls())
    points = sorted(random.Random(SEED).sample(range(1, chunks - CHILDREN), 3))
    spoken = lost = 0
    for point in points:
        process = making(slow, book)
        until(lambda: len(slow.calls()) >= max(point, spoken + 1), process)  # noqa: B023
        kill(process)
        spoken, lost = len(slow.calls()), lost + CHILDREN
    process = making(slow, book)
    until(lambda: mastered(slow) > 0, process)
    kill(process)  # while a chapter is mastered, others may still be spoken
    slow.make(book)
    assert set(slow.calls()) == set(undisturbed.calls())
    assert len(slow.calls()) <= chunks + lost + CHILDREN
    same(slow, undisturbed)


def same(voxpress: Voxpress, other: Voxpress, killed: bool = False) -> None:
    """Both editions are equal to the byte, and nothing half-made is left."""
    for suffix in (".m4b", ".transcript.json", ".vtt", ".srt", "cover.jpg"):
        assert voxpress.file(suffix).read_bytes() == other.file(suffix).read_bytes(), suffix
    assert leftovers(voxpress, killed) == []
    assert all(finding["harmless"] for finding in voxpress.json("storage", "check")["findings"])


def test_a_kill_while_nothing_is_spoken_costs_no_call(slow: Voxpress, undisturbed: Voxpress) -> None:
    book = write_epub(slow.folder / "book.epub", STORY)
    for stage in ("ingesting", "publishing"):
        process = making(slow, book)
        until(lambda: reached(slow, stage), process)  # noqa: B023
        kill(process)
    slow.make(book)
    assert sorted(slow.calls()) == sorted(undisturbed.calls())
    same(slow, undisturbed)


def test_broker_worker_and_child_may_be_killed(slow: Voxpress, undisturbed: Voxpress) -> None:
    book = write_epub(slow.folder / "book.epub", STORY)
    # A broker's death is not the fault of the chunks in hand, however often it happens.
    for victim in (broker_of, broker_of, worker_of):
        process = making(slow, book)
        before = len(slow.calls())
        until(lambda: len(slow.calls()) > before, process)  # noqa: B023
        started = family(process)
        victim(process).kill()
        said = ended(process, code=1)
        gone(started)
        (line,) = (line for line in said.splitlines() if line.startswith("voxpress:"))
        assert "run the same command again" in line
    process = making(slow, book)
    before = len(slow.calls())
    until(lambda: len(slow.calls()) > before, process)
    for child in worker_of(process).children():
        child.kill()
    ended(process, code=0)
    assert set(slow.calls()) == set(undisturbed.calls())
    assert len(slow.calls()) <= len(undisturbed.calls()) + 4 * CHILDREN
    same(slow, undisturbed, killed=True)


def test_lost_messages_are_published_again(slow: Voxpress, undisturbed: Voxpress) -> None:
    slow.env["VOXPRESS_TONE_DELAY"] = "0.2"
    book = write_epub(slow.folder / "book.epub", STORY)
    process = making(slow, book)
    until(lambda: len(slow.calls()) > 2, process)
    with broker_client(process) as broker:
        broker.flushall()
        before = len(slow.calls()) + CHILDREN  # what was under way is brought to its end
        until(lambda: len(slow.calls()) > before, process)
        assert len(slow.calls()) == len(set(slow.calls()))
        broker.client_kill_filter(_type="normal", skipme=True)  # the broker says what they hold, they do not
    ended(process, code=0)
    assert len(slow.calls()) <= len(undisturbed.calls()) + CHILDREN
    same(slow, undisturbed)
