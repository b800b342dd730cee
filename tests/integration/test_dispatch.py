"""Shared productions: which begins when, what is on the broker of each, and what is said of those that wait."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.errors import ProductionBusy
from storage.rows import Priority, Production, ProductionState, WorkerRow
from tasks import dispatch, graph, reading, room, submission
from tasks.context import Context
from tasks.serving import note_unserved, note_waiting, unserved
from tests.books import write_epub
from tests.producing import TONE, a_context

PARAGRAPH = "A sentence of some length, so that a chapter of many has enough to speak. " * 4


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return a_context(tmp_path)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the productions whose graph was published."""
    ids: list[str] = []
    monkeypatch.setattr(graph, "start", lambda production: ids.append(production.id))
    return ids


def shared(
    context: Context, name: str, priority: Priority = Priority.NORMAL, chapters: int = 1
) -> Production:
    folder = context.settings.home.parent
    text = {f"Chapter {number}": [f"{name} {number}. {PARAGRAPH}"] for number in range(chapters)}
    book = write_epub(folder / f"{name}.epub", text)
    return submission.submit(
        context, str(book), folder / "out", TONE, shared=True, priority=priority
    ).production


def worker(queues: Sequence[str], slots: int = 1) -> WorkerRow:
    now = datetime.now(UTC)
    return WorkerRow("w-1", "host", 1, tuple(queues), {}, "", slots, "0", now, now)


def test_the_most_urgent_and_oldest_begin_while_there_is_room(context: Context, started: list[str]) -> None:
    idle = shared(context, "idle", Priority.IDLE)
    normal = [shared(context, f"normal-{number}") for number in range(dispatch.LEAST_ACTIVE)]
    assert dispatch.dispatch(context) == dispatch.LEAST_ACTIVE
    assert started == [production.id for production in normal]

    urgent = shared(context, "urgent", Priority.NOW)
    dispatch.dispatch(context)
    assert started[-1] == urgent.id  # others under way do not keep it waiting
    assert dispatch.dispatch(context) == 0

    for production in (*normal, urgent):
        context.store.catalog.set_state(production.id, ProductionState.DONE)
    assert dispatch.dispatch(context) == 1
    assert started[-1] == idle.id


def test_more_slots_take_more_at_a_time(context: Context, started: list[str]) -> None:
    for number in range(8):
        shared(context, f"book-{number}")
    context.store.catalog.report_worker(worker(["cpu"], slots=3))
    dispatch.dispatch(context)
    assert len(started) == 3 * dispatch.ACTIVE_PER_SLOT


def test_one_that_is_asked_for_again_is_the_same_and_can_be_hurried(context: Context) -> None:
    first = shared(context, "book", Priority.IDLE)
    again = submission.submit(
        context, first.source, Path(first.output), TONE, shared=True, priority=Priority.NOW
    )
    assert again.busy
    assert again.production.id == first.id
    assert context.store.catalog.get(first.id).priority == Priority.NOW
    # A command of its own does not take it from the workers.
    assert submission.submit(context, first.source, Path(first.output), TONE).busy
    with pytest.raises(ProductionBusy, match="voxpress follow"):
        submission.retry(context, first)
    with pytest.raises(ProductionBusy, match="voxpress cancel"):
        submission.forget(context, first)
    assert submission.cancel(context, first).state is ProductionState.CANCELLED


def test_a_source_is_read_from_its_copy(context: Context) -> None:
    production = shared(context, "book")
    Path(production.source).unlink()
    reading.ingest(context, production)
    reading.script(context, context.store.catalog.get(production.id))
    found = context.store.catalog.get(production.id)
    assert (found.chapters, found.title) == (1, "A Test")


def test_a_source_that_cannot_be_read_is_told_at_once(context: Context) -> None:
    broken = context.settings.home.parent / "broken.epub"
    broken.write_bytes(b"")
    done = submission.submit(context, str(broken), Path("out"), TONE, shared=True)
    assert done.production.state is ProductionState.FAILED
    assert "is empty" in done.production.error
    assert dispatch.dispatch(context) == 0


def test_only_a_window_of_a_book_is_on_the_broker(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    published: list[int] = []
    monkeypatch.setattr(
        graph, "_publish_chapter", lambda context, production, chapter, limits: published.append(chapter)
    )
    production = shared(context, "long", chapters=100)
    reading.ingest(context, production)
    reading.script(context, context.store.catalog.get(production.id))
    production = context.store.catalog.get(production.id)
    limits = graph.limits_of(context, production)
    window = graph.WINDOW_BATCHES * limits.batch_seconds * limits.characters_per_second
    sizes = [chapter.characters for chapter in context.store.catalog.chapters(production.id)]
    assert sum(sizes) > 2 * window, "the book is to be longer than the window"

    graph.refill(context, production)
    first = len(published)
    assert published == list(range(first))
    assert sum(sizes[: first - 1]) < window <= sum(sizes[:first])

    graph.refill(context, production)
    assert len(published) == first, "nothing was spoken, so there is no room"
    for row in context.store.catalog.chunks(production.id, 0):
        context.store.keep_take(production.id, 0, row.index, row.take_key, b"sound", "{}", 1.0)
    graph.refill(context, production)
    assert published == list(range(len(published)))
    assert len(published) > first


def test_a_queue_that_nobody_serves_is_told_of(context: Context) -> None:
    production = shared(context, "book")
    catalog = context.store.catalog
    assert "voxpress up" in unserved(context, production)
    catalog.report_worker(worker(["cpu", "publish"]))
    assert unserved(context, production).startswith("No worker serves speak.tone: ")
    catalog.report_worker(worker(["cpu", "publish", "speak.tone"]))
    assert unserved(context, production) == ""

    reading.ingest(context, production)
    reading.script(context, catalog.get(production.id))
    catalog.set_state(production.id, ProductionState.SPEAKING)
    catalog.report_worker(worker(["cpu", "publish", "speak.piper"]))
    note_unserved(context, [catalog.get(production.id)])
    assert "speak.tone" in catalog.get(production.id).notice
    catalog.report_worker(worker(["speak.tone"]))
    note_unserved(context, [catalog.get(production.id)])
    assert catalog.get(production.id).notice == ""


def test_none_begins_while_the_disk_is_nearly_full(
    context: Context, started: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = shared(context, "book")
    with monkeypatch.context() as patch:
        patch.setattr(room, "FREE_BYTES", 1 << 62)
        assert dispatch.dispatch(context) == 0
        note_waiting(context)
        assert "MB are free on the disk of" in context.store.catalog.get(waiting.id).notice
    note_waiting(context)
    assert context.store.catalog.get(waiting.id).notice == ""
    assert dispatch.dispatch(context) == 1
    assert started == [waiting.id]
