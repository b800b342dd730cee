"""Keeping and recalling results, the check and its repair, and the collector: on one host, and in a cluster."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import delete

from pipeline.serial import key_of
from pipeline.settings import ProductionSettings
from storage.check import FindingKind, check, repair
from storage.gc import collect, plan_gc
from storage.remote import _modified as modified
from storage.rows import ChapterPlan, ChunkPlan, ChunkState, ProductionState
from storage.settings import Settings
from storage.store import Store
from storage.tables import ARTIFACT
from tests.databases import PostgreSQL
from tests.objects import ObjectServer

PLAIN = ProductionSettings()
KEYS = [key_of("take", 1, i) for i in range(3)]
SCRIPT = key_of("script", 1)


@pytest.fixture(params=["here", "elsewhere"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """SQLite and a folder, then PostgreSQL and a bucket."""
    settings = Settings(home=tmp_path / "home")
    if request.param == "elsewhere":
        database: PostgreSQL = request.getfixturevalue("postgresql")
        server: ObjectServer = request.getfixturevalue("objects")
        settings = replace(
            settings,
            catalog_url=database.create_schema(),
            blob_url=server.create(),
            blob_endpoint=server.endpoint,
            blob_user=server.user,
            blob_password=server.password,
        )
    store = Store(settings)
    yield store
    store.catalog.close()


here = pytest.mark.parametrize("store", ["here"], indirect=True)
"""For what only files and SQLite can show."""


@pytest.fixture
def production(store: Store, tmp_path: Path) -> str:
    """A finished production of one chapter with three chunks."""
    name = store.catalog.open_production("/a.epub", str(tmp_path / "out"), PLAIN).id
    store.keep(SCRIPT, "script", b"the script")
    plan = ChapterPlan(0, "One", 1, SCRIPT, 3, [ChunkPlan(key, "e", "e:v", 1) for key in KEYS])
    store.catalog.commit_plan(name, [plan])
    for i, key in enumerate(KEYS):
        store.keep_take(name, 0, i, key, f"take {i}".encode(), '{"samples": 1}')
    (tmp_path / "out" / "Edition").mkdir(parents=True)
    store.catalog.update(name, edition_folder=str(tmp_path / "out" / "Edition"))
    store.catalog.set_state(name, ProductionState.DONE)
    return name


def blob_of(store: Store, key: str) -> Path:
    artifact = store.catalog.artifact(key)
    assert artifact is not None
    return store.blobs.local_path(artifact.digest)


def harm(store: Store, key: str, how: str) -> None:
    """Behind the store's back: the blob is gone, cut short, or one of its bytes is another."""
    path = blob_of(store, key)
    data = path.read_bytes()
    left = {"gone": None, "short": data[:2], "spoiled": data[:-1] + b"!"}[how]
    if "://" in store.blobs.url:
        files, name = store.blobs._folder._files(), "/".join(path.parts[-3:])  # type: ignore[attr-defined]
        place = f"{store.blobs.url}/{name}"
        files.rm_file(place) if left is None else files.pipe_file(place, left)
        path.unlink()
    elif left is None:
        path.unlink()
    else:
        path.chmod(0o644)
        path.write_bytes(left)


def missing(store: Store, production: str) -> list[int]:
    """The chunks that are still to be spoken."""
    rows = store.catalog.chunks(production, 0)
    return [row.index for row in rows if row.state is ChunkState.PLANNED]


@pytest.fixture
def grow_old(store: Store, monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Make all blobs so many days old."""

    def grow(days: float) -> None:
        if "://" in store.blobs.url:  # a server's times cannot be changed: they are read otherwise
            monkeypatch.setattr("storage.remote._modified", lambda info: modified(info) - days * 86_400)
            return
        then = time.time() - days * 86_400
        for digest, _, _ in store.blobs.all():
            os.utime(store.blobs.local_path(digest), (then, then))

    return grow


# -- keep and recall ------------------------------------------------------------------------------------


def test_a_result_is_recalled(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "result"
    file.write_bytes(b"made")
    kept = store.keep(KEYS[0], "master", file, b"{}")
    found = store.recall(KEYS[0])
    assert found is not None
    assert (found.key, found.stage, found.digest, found.size, found.detail) == (
        *(kept.key, kept.stage, kept.digest),
        *(4, "{}"),
    )
    assert store.blobs.read(found.digest) == b"made"
    assert not file.exists()
    assert store.recall(KEYS[1]) is None


def test_work_whose_record_was_lost_is_adopted(store: Store, production: str) -> None:
    """The process died after the blob was written and before the catalog knew."""
    store.catalog.forget(KEYS[1])
    assert missing(store, production) == [1]
    adopted = store.recall(KEYS[1])
    assert adopted is not None
    assert (adopted.stage, adopted.detail) == ("take", '{"samples": 1}')
    assert store.blobs.read(adopted.digest) == b"take 1"
    assert missing(store, production) == []
    assert check(store) == []


@here
def test_everything_spoken_outlives_its_catalog(store: Store, production: str) -> None:
    store.catalog.close()
    for file in store.settings.home.glob("catalog.db*"):
        file.unlink()
    again = Store(store.settings)
    assert [again.recall(key) is not None for key in [*KEYS, SCRIPT]] == [True] * 4
    again.catalog.close()


@pytest.mark.parametrize("how", ["gone", "short"])
def test_a_result_whose_blob_is_harmed_is_made_again(store: Store, production: str, how: str) -> None:
    harm(store, KEYS[2], how)
    assert store.recall(KEYS[2]) is None
    assert missing(store, production) == [2]
    store.keep_take(production, 0, 2, KEYS[2], b"take 2")
    assert missing(store, production) == []
    assert check(store) == []


def test_half_a_ref_is_no_ref(store: Store) -> None:
    store.keep(KEYS[0], "take", b"made")
    store.catalog.forget(KEYS[0])
    store.blobs.put_ref(KEYS[0], b'{"key": ')
    assert store.recall(KEYS[0]) is None
    assert FindingKind.ORPHAN_REF in {finding.kind for finding in check(store)}


# -- check ----------------------------------------------------------------------------------------------


def test_a_sound_store_has_no_finding(store: Store, production: str) -> None:
    assert check(store) == []


def test_damage_is_found_and_repaired(store: Store, production: str) -> None:
    harm(store, KEYS[0], "spoiled")
    harm(store, KEYS[1], "gone")
    assert {(f.kind, f.subject) for f in check(store)} == {
        (FindingKind.CORRUPT_BLOB, KEYS[0]),
        (FindingKind.MISSING_BLOB, KEYS[1]),
    }
    assert {f.kind for f in check(store, deep=False)} == {FindingKind.MISSING_BLOB}
    assert repair(store, check(store)) == []
    assert check(store) == []
    chunks = store.catalog.chunks(production, 0)
    assert [chunk.state for chunk in chunks] == [ChunkState.PLANNED, ChunkState.PLANNED, ChunkState.DONE]
    assert store.recall(KEYS[0]) is None


def test_what_the_catalog_promises_and_does_not_have(store: Store, production: str, tmp_path: Path) -> None:
    with store.catalog.database.write() as connection:
        connection.execute(delete(ARTIFACT).where(ARTIFACT.c.key == KEYS[0]))
    store.catalog.set_needs(production, ["gone"])
    (tmp_path / "out" / "Edition").rmdir()
    assert {(f.kind, f.subject) for f in check(store)} == {
        (FindingKind.LOST_TAKE, KEYS[0]),
        (FindingKind.DANGLING_NEED, "gone"),
        (FindingKind.MISSING_EDITION, production),
    }
    left = repair(store, check(store))
    assert [finding.kind for finding in left] == [FindingKind.MISSING_EDITION]
    assert check(store) == left
    assert missing(store, production) == [0]


def test_orphans_are_found(store: Store, production: str) -> None:
    digest = store.blobs.put_bytes(b"nobody's")
    store.blobs.put_ref(key_of("take", 1, "lost"), b"{}")
    assert {f.kind for f in check(store)} == {FindingKind.ORPHAN_BLOB, FindingKind.ORPHAN_REF}
    assert [f.subject for f in repair(store, check(store))] == [digest]


@here
def test_a_damaged_database_is_found(store: Store, production: str) -> None:
    with store.catalog.database.write() as connection:
        for line in (
            "PRAGMA writable_schema = ON",
            "UPDATE sqlite_master SET rootpage = 2 WHERE name = 'need'",
        ):
            connection.exec_driver_sql(line)
    store.catalog.close()
    assert FindingKind.DATABASE in {finding.kind for finding in check(store)}


# -- collector ------------------------------------------------------------------------------------------


def test_what_a_production_needs_is_never_garbage(
    store: Store, production: str, grow_old: Callable[[float], None]
) -> None:
    store.keep("encoded-chapter", "master", b"audio")
    store.catalog.set_needs(production, ["encoded-chapter"])
    grow_old(365)
    assert plan_gc(store, keep_days=0, max_bytes=0) == []


@here
def test_old_garbage_goes_the_oldest_first(
    store: Store, production: str, grow_old: Callable[[float], None]
) -> None:
    store.catalog.forget_production(production)
    grow_old(40)
    middle = blob_of(store, KEYS[1])
    os.utime(middle, (0, 0))
    plan = plan_gc(store)
    assert plan[0].key == KEYS[1]
    assert {item.key for item in plan} == {*KEYS, SCRIPT}
    assert collect(store, plan) == sum(item.size for item in plan) > 0
    assert list(store.blobs.all()) == []
    assert list(store.blobs.all_refs()) == []
    assert check(store) == []


def test_an_edited_sentences_take_is_kept_for_a_while(
    store: Store, production: str, grow_old: Callable[[float], None]
) -> None:
    plan = ChapterPlan(0, "One", 1, SCRIPT, 2, [ChunkPlan(key, "e", "e:v", 1) for key in KEYS[:2]])
    store.catalog.commit_plan(production, [plan])
    grow_old(20)
    assert plan_gc(store, keep_days=30) == []
    assert [item.key for item in plan_gc(store, keep_days=10)] == [KEYS[2]]
    assert [item.key for item in plan_gc(store, keep_days=30, max_bytes=0)] == [KEYS[2]]


def test_the_young_are_never_removed(store: Store) -> None:
    store.keep(KEYS[0], "take", b"just now")
    store.blobs.put_bytes(b"not recorded yet")
    assert plan_gc(store, keep_days=0, max_bytes=0) == []


def test_what_became_needed_after_the_plan_stays(
    store: Store, production: str, grow_old: Callable[[float], None]
) -> None:
    store.keep("late", "master", b"used again")
    store.blobs.put_bytes(b"nobody's")
    grow_old(40)
    plan = plan_gc(store)
    assert {item.kind for item in plan} == {"artifact", "blob"}
    store.catalog.set_needs(production, ["late"])
    assert collect(store, plan) == len(b"nobody's")
    assert store.recall("late") is not None
    assert check(store) == []


def test_bytes_that_two_results_share_stay_for_the_other(
    store: Store, production: str, grow_old: Callable[[float], None]
) -> None:
    store.keep("twin", "master", b"take 0")
    grow_old(40)
    plan = plan_gc(store)
    assert [item.key for item in plan] == ["twin"]
    assert collect(store, plan) == 0
    assert store.recall("twin") is None
    assert store.recall(KEYS[0]) is not None


def test_results_nobody_came_back_for_are_garbage(store: Store, grow_old: Callable[[float], None]) -> None:
    store.keep(KEYS[0], "take", b"lost record")
    store.catalog.forget(KEYS[0])
    grow_old(40)
    plan = plan_gc(store)
    assert [(item.kind, item.key) for item in plan] == [("ref", KEYS[0])]
    collect(store, plan)
    assert store.recall(KEYS[0]) is None
    assert check(store) == []
