"""The catalog as many hosts use it at once, on both databases; and PostgreSQL's servers coming and going."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import select, update

from pipeline.errors import StorageError
from pipeline.settings import ProductionSettings
from storage.catalog import Catalog
from storage.database import Database
from storage.migrations import HEAD, upgrade
from storage.rows import ChapterPlan, ChunkPlan, Priority, ProductionState, WorkerRow
from storage.tables import PRODUCTION
from tests.databases import PostgreSQL

PLAIN = ProductionSettings()
WRITERS = 8


@pytest.fixture
def catalog(catalog_url: str) -> Iterator[Catalog]:
    catalog = Catalog(catalog_url)
    yield catalog
    catalog.close()


def plan(*chapters: list[str]) -> list[ChapterPlan]:
    """Chapters of chunks, each chunk given by its take key."""
    return [
        ChapterPlan(i, f"Chapter {i}", 1, f"s{i}", 1, [ChunkPlan(key, "e", "e:v", 1) for key in keys])
        for i, keys in enumerate(chapters)
    ]


def together(url: str, work: Callable[[Catalog, int], object], count: int = WRITERS) -> list[object]:
    """What ``work`` returned to each of ``count`` writers, with a catalog of its own each, who began at once."""
    begin = threading.Barrier(count)

    def run(number: int) -> object:
        catalog = Catalog(url)
        catalog.productions()
        try:
            begin.wait(60)
            return work(catalog, number)
        finally:
            catalog.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


# -- many writers ----------------------------------------------------------------------------------------


def test_writers_that_want_the_same_rows_in_other_orders_all_come_through(
    catalog: Catalog, catalog_url: str
) -> None:
    """Books share sentences: a take marks its chunks in every production, while those are planned anew."""
    keys = [f"k{i}" for i in range(12)]
    names = [catalog.open_production(f"/{i}", "/out", PLAIN).id for i in range(3)]
    for name in names:
        catalog.commit_plan(name, plan(keys, keys[::-1]))

    def work(mine: Catalog, number: int) -> None:
        chance = random.Random(number)
        for key in chance.sample(keys, len(keys)):
            name, chapter = chance.choice(names), chance.randrange(2)
            index = keys.index(key) if chapter == 0 else keys[::-1].index(key)
            mine.begin_attempts(name, chapter, chance.sample(range(len(keys)), 4))
            mine.record_take(name, chapter, index, key, f"{number:064x}", number)
            if chance.random() < 0.1:
                mine.commit_plan(chance.choice(names), plan(keys, keys[::-1]))
            mine.add_seconds(name, "speak", 1.0)

    together(catalog_url, work)
    for name in names:
        assert catalog.made(name).done == 2 * len(keys)
    assert sum(catalog.get(name).stage_seconds["speak"] for name in names) == WRITERS * len(keys)
    assert {artifact.key for artifact in catalog.all_artifacts()} == set(keys)


def test_of_two_transactions_that_wait_for_each_other_both_are_done(postgresql: PostgreSQL) -> None:
    """The server breaks one of them off; that one is begun again."""
    url = postgresql.create()
    catalog = Catalog(url)
    rows = [catalog.open_production(f"/{i}", "/out", PLAIN).id for i in range(2)]
    each_has_one = threading.Barrier(2)
    tries = [0, 0]

    def cross(number: int) -> None:
        database = Database(url)
        first, second = rows if number else rows[::-1]
        more = update(PRODUCTION).values(words=PRODUCTION.c.words + 1)

        def change_both() -> None:
            tries[number] += 1
            with database.write() as connection:
                connection.execute(more.where(PRODUCTION.c.id == first))
                if tries[number] == 1:
                    each_has_one.wait(60)
                connection.execute(more.where(PRODUCTION.c.id == second))

        database.patience.again(change_both)
        database.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(cross, range(2)))
    assert [catalog.get(name).words for name in rows] == [2, 2]
    assert sum(tries) == 3
    catalog.close()


def test_a_duty_has_one_holder(catalog: Catalog, catalog_url: str) -> None:
    held = together(catalog_url, lambda mine, number: mine.hold_lease("keeper", f"w{number}", 600))
    assert held.count(True) == 1
    holder = f"w{held.index(True)}"
    assert catalog.hold_lease("keeper", holder, 600)  # renewed
    assert catalog.hold_lease("another duty", "w99", 600)
    assert not catalog.hold_lease("keeper", "w99", 600)
    catalog.release_lease("keeper", "w99")
    assert not catalog.hold_lease("keeper", "w99", 600)
    later = datetime.now(UTC) + timedelta(seconds=700)
    assert catalog.hold_lease("keeper", "w99", 600, now=later)  # the holder was not heard of in time
    assert not catalog.hold_lease("keeper", holder, 600, now=later)
    catalog.release_lease("keeper", "w99")
    assert catalog.hold_lease("keeper", holder, 600)


def test_every_chapter_is_taken_once(catalog: Catalog, catalog_url: str) -> None:
    name = catalog.open_production("/a", "/out", PLAIN).id
    catalog.commit_plan(name, plan(*(["k"] for _ in range(40))))

    def take(mine: Catalog, _: int) -> list[int]:
        taken = []
        while chapter := mine.take_chapter(name):
            taken.append(chapter.index)
        return taken

    taken = [index for mine in together(catalog_url, take) for index in mine]  # type: ignore[attr-defined]
    assert sorted(taken) == list(range(40))


def test_no_more_productions_are_started_than_there_is_room_for(catalog: Catalog, catalog_url: str) -> None:
    for i in range(WRITERS):
        name = catalog.open_production(f"/{i}", "/out", PLAIN, shared=True).id
        catalog.update(name, source_key=f"source-{i}")
    started = together(catalog_url, lambda mine, _: mine.start_next(3))
    assert sum(one is not None for one in started) == 3
    assert len(catalog.shared_open(started=True)) == 3


def test_workers_are_known_while_they_report_themselves(catalog: Catalog) -> None:
    now = datetime.now(UTC)
    worker = WorkerRow(
        "h.1", "h", 1, ("cpu", "speak.tone"), {"tone": ("en", "de")}, "H200", 2, "1.0", now, now
    )
    catalog.report_worker(worker)
    [found] = catalog.workers()
    assert (found.queues, found.engines, found.gpu, found.slots) == (
        *(worker.queues, worker.engines),
        *(worker.gpu, worker.slots),
    )
    assert abs(found.seen_at - now) < timedelta(minutes=1)
    catalog.report_worker(worker)
    assert len(catalog.workers()) == 1
    assert catalog.workers(within_seconds=-60) == []
    catalog.forget_worker("h.1")
    catalog.forget_worker("h.1")
    assert catalog.workers() == []


# -- what the two databases do not have in common ----------------------------------------------------------


def test_a_reader_sees_one_state(catalog: Catalog) -> None:
    name = catalog.open_production("/a", "/out", PLAIN).id
    words = select(PRODUCTION.c.words).where(PRODUCTION.c.id == name)
    with catalog.database.read() as connection:
        assert connection.execute(words).scalar_one() == 0
        writer = threading.Thread(target=lambda: catalog.update(name, words=7))
        writer.start()
        writer.join()
        assert connection.execute(words).scalar_one() == 0
    assert catalog.get(name).words == 7


def test_any_title_and_any_size_can_be_kept(catalog: Catalog) -> None:
    name = catalog.open_production("/a", "/out", PLAIN).id
    catalog.update(name, title="Moby\0 Dick 🐋 “Ж”", words=2**31 - 1)
    catalog.record_artifact("k", "master", "d" * 64, 5 * 2**30)
    assert catalog.get(name).title == "Moby Dick 🐋 “Ж”"
    artifact = catalog.artifact("k")
    assert artifact is not None
    assert artifact.size == 5 * 2**30


def test_moments_are_in_utc_whatever_the_server_thinks(postgresql: PostgreSQL) -> None:
    url = postgresql.create()
    database = url.partition("@/")[2].partition("?")[0]
    postgresql.run(f"ALTER DATABASE {database} SET timezone = 'Asia/Kathmandu'")
    catalog = Catalog(url)
    made = catalog.open_production("/a", "/out", PLAIN)
    assert made.created_at.utcoffset() == timedelta(0)
    east = datetime(2030, 1, 1, 5, 45, tzinfo=datetime.now(UTC).astimezone().tzinfo)
    catalog.update(made.id, finished_at=east)
    assert catalog.get(made.id).finished_at == east
    catalog.close()


def test_a_process_takes_few_connections(postgresql: PostgreSQL) -> None:
    url = postgresql.create()
    database = url.partition("@/")[2].partition("?")[0]
    catalog = Catalog(url)
    name = catalog.open_production("/a", "/out", PLAIN).id
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda i: catalog.update(name, words=i), range(200)))
    [(count,)] = postgresql.run(f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{database}'")
    assert count == 1
    catalog.close()
    deadline = time.monotonic() + 30  # the server's process ends a moment after its client has gone
    while postgresql.run(f"SELECT pid FROM pg_stat_activity WHERE datname = '{database}'"):
        assert time.monotonic() < deadline
        time.sleep(0.05)


# -- migrations with data ---------------------------------------------------------------------------------


def filled_at_first_revision(url: str, moment: datetime) -> None:
    """A catalog as the first version left it, with a production that is half made."""
    engine = Database(url)._create()
    with engine.connect().execution_options(voxpress_write=True) as connection, connection.begin():
        upgrade(connection, "0001")
        tables = sa.MetaData()
        tables.reflect(connection)

        def add(table: str, **values: object) -> None:
            columns = tables.tables[table].c
            empty = {c.name: "" if isinstance(c.type, sa.Text) else 0 for c in columns if not c.nullable}
            connection.execute(tables.tables[table].insert(), {**empty, **values})

        name, times = "0123456789ab", {"created_at": moment, "updated_at": moment}
        add("production", id=name, state="speaking", title="Emma", settings={}, stage_seconds={}, chunks=2,
            cancel_requested=False, **times)  # fmt: skip
        add("chapter", production_id=name, title="One", script_key="s", chunks=2)
        add("chunk", production_id=name, index=0, take_key="k0", state="done", seconds=0.5)
        add("chunk", production_id=name, index=1, take_key="k1", state="planned", attempts=1)
        add("artifact", key="k0", stage="take", digest="d" * 64, size=9, seconds=0.5, created_at=moment)
    engine.dispose()


def test_a_catalog_of_the_first_revision_is_brought_up_with_all_that_is_in_it(catalog_url: str) -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    filled_at_first_revision(catalog_url, moment)
    catalog = Catalog(catalog_url)
    assert catalog.database.revision() == "0001"
    found = catalog.get("0123")
    assert catalog.database.revision() == HEAD
    assert (found.title, found.state, found.created_at) == ("Emma", ProductionState.SPEAKING, moment)
    assert not any((found.shared, found.started, found.source_key, found.notice))
    assert found.priority == Priority.NORMAL
    assert catalog.take_chapter(found.id) is not None  # it counts as not published yet
    states = [(chunk.take_key, chunk.state.value) for chunk in catalog.chunks(found.id, 0)]
    assert states == [("k0", "done"), ("k1", "planned")]
    kept = catalog.artifact("k0")
    assert kept is not None
    assert (kept.size, kept.created_at) == (9, moment)
    catalog.record_artifact("large", "master", "e" * 64, 2**40)
    catalog.close()


# -- servers that go and come -----------------------------------------------------------------------------


def meanwhile(work: Callable[[], object], waited_for: threading.Event, server: PostgreSQL) -> None:
    """Do ``work``, and start the server again when it has begun to wait for it."""
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(work)
        assert waited_for.wait(60)
        server.start()  # by this thread: the server ends with the one that started it
        done.result()


@pytest.fixture
def waited_for(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Set when somebody has begun to wait for the database."""
    event = threading.Event()
    monkeypatch.setattr("storage.patience.log.warning", lambda *_: event.set())
    return event


def test_a_server_that_was_restarted_is_not_noticed(own_postgresql: PostgreSQL) -> None:
    catalog = Catalog(own_postgresql.create(), patience=0)
    name = catalog.open_production("/a", "/out", PLAIN).id
    own_postgresql.stop()
    own_postgresql.start()
    catalog.update(name, title="still there")
    assert catalog.get(name).title == "still there"
    catalog.close()


def test_a_server_that_is_away_is_waited_for(own_postgresql: PostgreSQL, waited_for: threading.Event) -> None:
    url = own_postgresql.create()
    patient, hasty = Catalog(url, patience=120), Catalog(url, patience=0.2)
    name = patient.open_production("/a", "/out", PLAIN).id
    patient.commit_plan(name, plan([f"k{i}" for i in range(10)]))
    own_postgresql.stop(signal.SIGQUIT)  # as when it crashes
    with pytest.raises(StorageError, match=r"cannot be reached .*start its server"):
        hasty.get(name)

    def work() -> None:
        for i in range(10):
            patient.record_take(name, 0, i, f"k{i}", "d" * 64, 1)

    waited_for.clear()
    meanwhile(work, waited_for, own_postgresql)
    assert patient.made(name).done == 10
    for catalog in (patient, hasty):
        catalog.close()


def test_a_plan_whose_transaction_was_cut_off_is_committed_all_the_same(
    own_postgresql: PostgreSQL, waited_for: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog = Catalog(own_postgresql.create(), patience=120)
    name = catalog.open_production("/a", "/out", PLAIN).id
    monkeypatch.setattr("storage.plans.BATCH", 10)
    killed = []

    def crash_in_the_middle(connection: object, cursor: object, statement: str, *_: object) -> None:
        if "INSERT INTO chunk" in statement and not killed:
            killed.append(statement)
            own_postgresql.stop(signal.SIGKILL)

    sa.event.listen(catalog.database._engine, "before_cursor_execute", crash_in_the_middle)
    chunks = (ChunkPlan(f"k{i}", "e", "e:v", 1) for i in range(100))
    book = iter([ChapterPlan(0, "One", 1, "s", 1, chunks)])
    meanwhile(lambda: catalog.commit_plan(name, book), waited_for, own_postgresql)
    assert killed
    assert [row.take_key for row in catalog.chunks(name, 0)] == [f"k{i}" for i in range(100)]
    catalog.close()


def test_a_wrong_password_is_told_at_once_and_not_repeated(postgresql: PostgreSQL) -> None:
    url = postgresql.create()
    database = url.partition("@/")[2].partition("?")[0]
    postgresql.run("ALTER USER voxpress PASSWORD 'right'")
    wrong = postgresql.tcp_url(database).replace("voxpress@", "voxpress:hunter2@")
    begun = time.monotonic()
    with pytest.raises(StorageError, match=r"does not let us in .*VOXPRESS_CATALOG_PASSWORD") as caught:
        Catalog(wrong, patience=600).productions()
    assert time.monotonic() - begun < 300
    assert "hunter2" not in str(caught.value)
    right = Catalog(wrong.replace("hunter2", "right"))
    assert right.productions() == []
    right.close()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://u:hunter2@127.0.0.1:1/none", "cannot be reached"),
        ("mysql://u:hunter2@host/db", "cannot be kept in mysql"),
        ("postgresql://u:hunter2@host:port/db", "not a database URL"),
    ],
)
def test_an_address_that_leads_nowhere_is_one_sentence(url: str, said: str) -> None:
    with pytest.raises(StorageError, match=said) as caught:
        Catalog(url, patience=0).productions()
    assert "hunter2" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_busy_for_long_is_waited_for(
    tmp_path: Path, waited_for: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.sqlite.BUSY_SECONDS", 0.05)
    url = f"sqlite:///{tmp_path}/c.db"
    catalog, patient, hasty = Catalog(url), Catalog(url, patience=120), Catalog(url, patience=0)
    name = catalog.open_production("/a", "/out", PLAIN).id
    with ThreadPoolExecutor(1) as pool:
        with catalog.database.write():
            with pytest.raises(StorageError, match="locked"):
                hasty.update(name, title="hasty")
            late = pool.submit(patient.update, name, title="late")
            assert waited_for.wait(60)
        late.result()
    assert catalog.get(name).title == "late"
    for one in (catalog, patient, hasty):
        one.close()


def test_forked_children_leave_the_parents_connection_alone(postgresql: PostgreSQL) -> None:
    catalog = Catalog(postgresql.create())
    name = catalog.open_production("/a", "/out", PLAIN).id
    backend = "SELECT pg_backend_pid()"
    with catalog.database.read() as connection:
        before = connection.exec_driver_sql(backend).scalar_one()
    for _ in range(3):
        pid = os.fork()
        if pid == 0:
            try:
                catalog.update(name, words=1)
            finally:
                os._exit(0)
        os.waitpid(pid, 0)
    with catalog.database.read() as connection:
        assert connection.exec_driver_sql(backend).scalar_one() == before
    assert catalog.get(name).words == 1
    catalog.close()
