"""What happened to a production, and the whole catalog in numbers; on both databases."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from pipeline.errors import StorageError, WorkError
from pipeline.settings import ProductionSettings
from storage.catalog import Catalog
from storage.census import _CHUNKS
from storage.events import EVENTS_KEPT, MESSAGE_CHARACTERS
from storage.rows import ChapterPlan, ChunkPlan, Event, IntakeState, Production, ProductionState
from storage.tables import PRODUCTION
from tasks import journal, logs
from tasks.journal import JOURNAL, Journal

NOW = datetime(2026, 11, 21, 9, 12, 1, tzinfo=UTC)
log = logging.getLogger("tasks.somewhere")


@pytest.fixture
def catalog(catalog_url: str) -> Iterator[Catalog]:
    catalog = Catalog(catalog_url)
    yield catalog
    catalog.close()


def production(catalog: Catalog, name: str = "book", *, shared: bool = False) -> Production:
    return catalog.open_production(f"/{name}.epub", "/out", ProductionSettings(), shared=shared)


def event(name: str, message: str, seconds: float = 0) -> Event:
    at = NOW + timedelta(seconds=seconds)
    return Event(name, at, "warning", "speak", 2, "worker-1@host", message)


# -- events -------------------------------------------------------------------------------------------------


def test_events_are_kept_for_their_production_in_order(catalog: Catalog) -> None:
    one, other = production(catalog), production(catalog, "other")
    catalog.add_events([event(one.id, "first"), event(other.id, "elsewhere"), event(one.id, "second", 1)])
    catalog.add_events([event(one.id, "third", 2)])
    first, second, third = catalog.events(one.id)
    assert [each.message for each in (first, second, third)] == ["first", "second", "third"]
    assert replace(first, id=0) == event(one.id, "first")
    assert [each.message for each in catalog.events(one.id, after=first.id)] == ["second", "third"]
    assert [each.message for each in catalog.events(one.id, limit=1)] == ["third"]
    assert [each.message for each in catalog.events(other.id)] == ["elsewhere"]


def test_only_the_newest_are_kept(catalog: Catalog) -> None:
    one, other = production(catalog), production(catalog, "other")
    catalog.add_events([event(other.id, "stays")])
    catalog.add_events([event(one.id, f"{number}") for number in range(EVENTS_KEPT + 7)])
    catalog.add_events([event(one.id, "last")])
    kept = [each.message for each in catalog.events(one.id)]
    assert len(kept) == EVENTS_KEPT
    assert (kept[0], kept[-1]) == ("8", "last")
    assert [each.message for each in catalog.events(other.id)] == ["stays"]


def test_what_is_kept_is_bounded_and_can_be_kept(catalog: Catalog) -> None:
    one = production(catalog)
    catalog.add_events([event(one.id, "a\0b" + "x" * 9000), event("ffffffffffff", "of nobody")])
    (kept,) = catalog.events(one.id)
    assert kept.message.startswith("abx")
    assert len(kept.message) == MESSAGE_CHARACTERS
    assert catalog.events("ffffffffffff") == []
    catalog.forget_production(one.id)
    assert catalog.events(one.id) == []
    catalog.add_events([event(one.id, "too late")])
    assert catalog.events(one.id) == []


# -- the journal ----------------------------------------------------------------------------------------------


@pytest.fixture
def keeping(catalog: Catalog) -> Iterator[Journal]:
    """This process keeps a journal."""
    root, ours = logging.getLogger(), logging.getLogger("tasks")
    handlers, levels = root.handlers[:], (root.level, ours.level)
    logs.set_up("keeper@%h", "error")
    kept = journal.keep_journal(lambda: catalog)
    yield kept
    root.handlers[:] = handlers
    root.setLevel(levels[0])
    ours.setLevel(levels[1])
    logs._who = "voxpress"


@pytest.mark.usefixtures("keeping")
def test_the_journal_has_what_a_person_wants_to_know(catalog: Catalog) -> None:
    one = production(catalog)
    log.warning("about nothing that has a journal")
    with logs.about(one.id, "master", 3):
        log.info("mastered after 0.5 s", extra=JOURNAL)
        log.info("chatter")
        log.warning("it limps")
        logging.getLogger("a.library").error("out of memory")
        journal.write_journal()
    log.error("failed: why", extra={"production": one.id})
    journal.write_journal()
    events = catalog.events(one.id)
    assert [(each.level, each.stage, each.chapter, each.message) for each in events] == [
        ("info", "master", 3, "mastered after 0.5 s"),
        ("warning", "master", 3, "it limps"),
        ("error", "master", 3, "out of memory"),
        ("error", "", None, "failed: why"),
    ]
    assert all(each.worker.startswith("keeper@") for each in events)


def test_events_of_a_while_are_one_transaction(catalog: Catalog, keeping: Journal) -> None:
    one = production(catalog)
    written: list[int] = []
    add = catalog.add_events

    def counted(events: list[Event]) -> None:
        written.append(len(events))
        add(events)

    catalog.add_events = counted  # type: ignore[method-assign, assignment]
    with logs.about(one.id):
        for number in range(100):
            log.warning("chunk %s failed", number)
    assert written == [1]  # the first at once: nothing was for a while
    keeping.flush()
    assert written == [1, 99]
    keeping.flush()
    assert written == [1, 99]
    assert len(catalog.events(one.id)) == 100


def test_a_catalog_that_is_away_costs_events_and_nothing_else(catalog: Catalog, keeping: Journal) -> None:
    one = production(catalog)
    add, away = catalog.add_events, True

    def unreliable(events: list[Event]) -> None:
        if away:
            raise StorageError("The catalog is away.")
        add(events)

    catalog.add_events = unreliable  # type: ignore[method-assign, assignment]
    with logs.about(one.id):
        for number in range(journal.HELD_EVENTS + 50):
            log.warning("%s", number)
            keeping.flush()
    away = False
    keeping.flush()
    kept = [each.message for each in catalog.events(one.id)]
    assert (len(kept), kept[0], kept[-1]) == (journal.HELD_EVENTS, "50", str(journal.HELD_EVENTS + 49))


def test_a_forked_child_writes_none_of_its_parents_events(catalog: Catalog, keeping: Journal) -> None:
    one = production(catalog)
    with logs.about(one.id):
        log.warning("at once")
        log.warning("by the parent")
        child = os.fork()
        if child == 0:
            try:
                log.warning("by the child")
                keeping.flush()
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        keeping.flush()
    assert [each.message for each in catalog.events(one.id)] == ["at once", "by the child", "by the parent"]


# -- the census -----------------------------------------------------------------------------------------------


def planned(catalog: Catalog, one: Production, engine: str, keys: str) -> None:
    chunks = [ChunkPlan(f"{one.id}-{key}", engine, f"{engine}:v", 10) for key in keys]
    catalog.commit_plan(one.id, [ChapterPlan(0, "One", 1, "s", 1, chunks)])


def test_an_empty_catalog_counts_nothing(catalog: Catalog) -> None:
    census = catalog.census()
    assert set(census.productions) == set(ProductionState)
    assert set(census.productions.values()) == {0}
    assert set(census.intake) == set(IntakeState)
    assert (census.waiting, census.waiting_seconds, census.edition_seconds) == (0, 0.0, 0.0)
    assert census.chunks_waiting == {}


def test_the_census_counts_what_is_under_way_and_what_was_made(catalog: Catalog) -> None:
    under_way, private, over = (
        production(catalog, name, shared=name != "private") for name in ("under way", "private", "over")
    )
    for one in (under_way, private, over):
        planned(catalog, one, "xtts" if one is under_way else "espeak", "abcdef")
        catalog.set_state(one.id, ProductionState.SPEAKING)
        catalog.update(one.id, started=one.shared)
    catalog.begin_attempts(under_way.id, 0, [0, 1, 2])
    catalog.record_take(under_way.id, 0, 0, f"{under_way.id}-a", "d", 1, "", 2.5)
    catalog.chunk_failed(under_way.id, 0, 1, "no")
    catalog.set_notice(under_way.id, "No worker serves speak.xtts.")
    catalog.set_state(over.id, ProductionState.FAILED, WorkError("no"))
    for number, seconds in enumerate((60.5, 30.0)):
        made = production(catalog, f"made {number}")
        catalog.update(made.id, audio_seconds=seconds, doubts=number)
        catalog.set_state(made.id, [ProductionState.DONE, ProductionState.DONE_WITH_DOUBTS][number])
    long_ago = production(catalog, "long ago")
    catalog.set_state(long_ago.id, ProductionState.FAILED, WorkError("no"))
    waiting = production(catalog, "waiting", shared=True)
    with catalog.database.write() as connection:
        for one, field in ((long_ago, "finished_at"), (waiting, "updated_at")):
            then = datetime.now(UTC) - timedelta(hours=2)
            connection.execute(update(PRODUCTION).where(PRODUCTION.c.id == one.id).values({field: then}))

    census = catalog.census()
    assert {state.value: count for state, count in census.productions.items() if count} == {
        "queued": 1,
        "speaking": 2,
        "done": 1,
        "done_with_doubts": 1,
        "failed": 2,
    }
    assert {state.value: count for state, count in census.ended_lately.items()} == {
        "done": 1,
        "done_with_doubts": 1,
        "failed": 1,
        "cancelled": 0,
    }
    assert census.chunks_waiting == {"xtts": 3}
    assert census.chunks_begun == {"xtts": 1}
    assert census.chunks_given_up == {"xtts": 1}
    assert (census.edition_seconds, census.doubts, census.stuck) == (90.5, 1, 1)
    assert census.waiting == 1
    assert 7200 <= census.waiting_seconds < 7200 + 300


def test_the_census_reads_no_chunks_but_those_under_way(tmp_path: Path) -> None:
    """A library is large and what is under way is not: SQLite says itself what it reads."""
    catalog = Catalog(f"sqlite:///{tmp_path}/catalog.db")
    catalog.census()
    with catalog.database.read() as connection:
        query = str(_CHUNKS.compile(connection.engine, compile_kwargs={"literal_binds": True}))
        plan = [row[-1] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}")]
    catalog.close()
    assert any("SEARCH chunk USING PRIMARY KEY (production_id=?)" in step for step in plan), plan
    assert not any(step.startswith("SCAN chunk") for step in plan), plan
