"""What a studio removes by itself: what is of no use any more, and old productions where that was asked for."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.serial import key_of
from pipeline.settings import ProductionSettings
from storage.check import check
from storage.retention import Tidied, tidy
from storage.rows import ChapterPlan, ChunkPlan, ProductionState
from storage.settings import Settings
from storage.store import Store

DAY = 86_400.0


@pytest.fixture
def store(tmp_path: Path, catalog_url: str) -> Iterator[Store]:
    store = Store(Settings(home=tmp_path / "home", catalog_url=catalog_url))
    yield store
    store.catalog.close()


def produced(store: Store, name: str, state: ProductionState, days: float, *takes: str) -> str:
    """A production with takes of these texts, that came to that state so long ago."""
    found = store.catalog.open_production(f"/{name}.epub", "/out", ProductionSettings()).id
    keys = [key_of("take", 1, text) for text in takes]
    plan = ChapterPlan(0, name, 1, "", 1, [ChunkPlan(key, "e", "e:v", 1) for key in keys])
    store.catalog.commit_plan(found, [plan])
    for i, (key, text) in enumerate(zip(keys, takes, strict=True)):
        store.keep_take(found, 0, i, key, text.encode())
    store.catalog.set_state(found, state)
    if state.final:
        store.catalog.update(found, finished_at=datetime.now(UTC) - timedelta(days=days))
    return found


def grow_old(store: Store, days: float) -> None:
    then = time.time() - days * DAY
    for digest, _, _ in store.blobs.all():
        os.utime(store.blobs.local_path(digest), (then, then))


def left(store: Store) -> set[bytes]:
    """The bytes of every blob."""
    return {store.blobs.read(digest) for digest, _, _ in store.blobs.all()}


def test_by_itself_only_what_nobody_needs_goes_and_not_soon(store: Store) -> None:
    produced(store, "done", ProductionState.DONE, 400, "needed")
    store.blobs.put_bytes(b"of no use")
    assert store.settings.gc_days == 30
    assert tidy(store, store.settings) == Tidied(0, 0, 0)
    grow_old(store, 29)
    assert tidy(store, store.settings) == Tidied(0, 0, 0)
    grow_old(store, 31)
    assert tidy(store, store.settings) == Tidied(productions=0, pieces=1, freed=len(b"of no use"))
    assert left(store) == {b"needed"}


def test_a_bound_for_the_room_takes_the_oldest_first(store: Store) -> None:
    for number in range(4):
        digest = store.blobs.put_bytes(bytes([number]) * 1_000)
        then = time.time() - (10 - number) * DAY
        os.utime(store.blobs.local_path(digest), (then, then))
    settings = replace(store.settings, gc_days=0.0, gc_gigabytes=2_500 / 10**9)
    assert tidy(store, settings).freed == 2_000
    assert left(store) == {bytes([2]) * 1_000, bytes([3]) * 1_000}
    assert tidy(store, settings).freed == 0


def test_beside_workers_nothing_young_goes(store: Store) -> None:
    """What was written in the last hour may be about to be needed."""
    store.blobs.put_bytes(b"just now")
    settings = replace(store.settings, gc_days=0.0001, gc_gigabytes=1e-9)
    assert tidy(store, settings).freed == 0
    grow_old(store, 0.05)
    store.blobs.put_bytes(b"just now, again")
    assert tidy(store, settings).freed == len(b"just now")
    assert tidy(store, settings, alone=True).freed == len(b"just now, again")


def test_nothing_goes_where_nothing_was_asked_for(store: Store) -> None:
    produced(store, "done", ProductionState.DONE, 4000, "needed")
    store.blobs.put_bytes(b"of no use")
    grow_old(store, 4000)
    settings = replace(store.settings, gc_days=0.0, gc_gigabytes=0.0, forget_days=0.0)
    assert tidy(store, settings) == Tidied(0, 0, 0)
    assert left(store) == {b"needed", b"of no use"}


def test_finished_productions_are_forgotten_and_then_what_only_they_needed(store: Store) -> None:
    old = [
        produced(store, "old", ProductionState.DONE, 91, "old", "shared"),
        produced(store, "doubtful", ProductionState.DONE_WITH_DOUBTS, 91, "doubtful"),
        produced(store, "stopped", ProductionState.CANCELLED, 91, "stopped"),
    ]
    stay = [
        produced(store, "young", ProductionState.DONE, 89, "young", "shared"),
        produced(store, "failed", ProductionState.FAILED, 900, "failed"),
        produced(store, "running", ProductionState.SPEAKING, 900, "running"),
    ]
    settings = replace(store.settings, forget_days=90.0)
    assert tidy(store, settings) == Tidied(productions=3, pieces=0, freed=0)
    assert {production.id for production in store.catalog.productions()} == set(stay)
    assert not set(old) & set(stay)
    grow_old(store, 31)
    assert tidy(store, settings).pieces == 3
    assert left(store) == {b"shared", b"young", b"failed", b"running"}
    assert {finding.kind.value for finding in check(store)} <= {"missing-edition", "dangling-need"}


def test_one_that_was_begun_anew_stays(store: Store) -> None:
    name = produced(store, "again", ProductionState.DONE, 400, "take")
    store.catalog.reset_for_run(name)
    assert tidy(store, replace(store.settings, forget_days=90.0)).productions == 0
    assert store.catalog.get(name).state is ProductionState.QUEUED
