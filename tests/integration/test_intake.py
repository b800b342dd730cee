"""The ledger of the drop folders on both databases: nothing is taken twice, whoever takes it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from pipeline.errors import SourceBroken
from pipeline.settings import ProductionSettings
from storage.catalog import Catalog
from storage.drops import Drop, inbox_lease
from storage.rows import IntakeState, ProductionState

TAKEN, DONE, FAILED, DUPLICATE = (
    IntakeState.TAKEN,
    IntakeState.DONE,
    IntakeState.FAILED,
    IntakeState.DUPLICATE,
)
WRITERS = 6


@pytest.fixture
def catalog(catalog_url: str) -> Iterator[Catalog]:
    catalog = Catalog(catalog_url)
    yield catalog
    catalog.close()


def drop(
    path: str = "a.txt", digest: str = "d1", inbox: str = "one", work: str | None = "", mark: str = "m"
) -> Drop:
    """A file, as the watcher hands it on."""
    named = f"work of {digest}" if work == "" else work
    return Drop(inbox, f"/in/{inbox}", path, mark, digest, named, f"/in/{inbox}/{path}", 10, path)


def with_production(catalog: Catalog, row: int, source: str = "/in/one/a.txt", digest: str = "d1") -> str:
    production = catalog.open_production(source, "/out", ProductionSettings(), shared=True)
    catalog.update(production.id, source_sha256=digest)
    catalog.set_intake(row, production_id=production.id)
    return production.id


def test_one_of_many_takes_it_and_the_others_find_a_duplicate(catalog_url: str) -> None:
    begin = threading.Barrier(WRITERS)

    def take(number: int) -> None:
        catalog = Catalog(catalog_url)
        try:
            assert catalog.hold_lease(inbox_lease(f"inbox {number}"), "its watcher", 60)
            begin.wait()
            for turn in range(5):
                catalog.take(drop(f"{turn}.txt", f"d{turn}", f"inbox {number}"))
        finally:
            catalog.close()

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(take, range(WRITERS)))
    catalog = Catalog(catalog_url)
    for digest in [f"d{turn}" for turn in range(5)]:
        rows = [row for row in catalog.intakes() if row.digest == digest]
        assert sorted(row.state for row in rows) == [DUPLICATE] * (WRITERS - 1) + [TAKEN]
        (first,) = [row for row in rows if row.state is TAKEN]
        catalog.submit_intake(first, "production")
    assert {row.production_id for row in catalog.intakes()} == {"production"}
    catalog.close()


def test_what_a_watcher_left_behind_is_taken_over(catalog: Catalog) -> None:
    first = catalog.take(drop())
    catalog.hold_lease(inbox_lease("one"), "its watcher", 60)
    assert catalog.take(drop("b.txt", inbox="two")).state is DUPLICATE
    catalog.release_lease(inbox_lease("one"), "its watcher")
    taken = catalog.take(drop("c.txt", inbox="two"))
    assert (taken.id, taken.state, taken.inbox) == (first.id, TAKEN, "two")


def test_what_has_a_production_is_not_taken_over(catalog: Catalog) -> None:
    first = catalog.take(drop())
    name = with_production(catalog, first.id)
    twin = catalog.take(drop("b.txt", inbox="two"))
    assert (twin.state, twin.production_id, twin.work) == (DUPLICATE, name, None)
    assert "/in/one/a.txt" in twin.notice
    assert catalog.take(drop("b.txt", inbox="two", mark="m2")).id == twin.id  # one row for each file
    assert catalog.take(drop(mark="m2")).id == first.id  # only touched
    assert catalog.places("one") == {"a.txt": "m2"}
    assert catalog.places("two") == {"b.txt": "m2"}
    catalog.finish_intake(first.id, name, "/out/A", "")
    assert {row.edition_folder for row in catalog.intakes()} == {"/out/A"}
    assert [row.state for row in catalog.intakes(states=[DUPLICATE])] == [DUPLICATE]


def test_failed_and_done_ones_are_taken_again(catalog: Catalog) -> None:
    row = catalog.take(drop(), error="It is broken.")
    assert (row.state, row.error) == (FAILED, "It is broken.")
    assert catalog.begin_intake(row.id) == 1
    other = catalog.take(drop("b.txt", work="with other settings"))
    assert (other.id, other.state, other.attempts, other.error, other.path) == (row.id, TAKEN, 0, "", "b.txt")
    name = with_production(catalog, row.id)
    catalog.finish_intake(row.id, name, "/out/A", "a doubt")
    assert catalog.take(drop("c.txt", work="with other settings")).state is DUPLICATE
    again = catalog.take(drop("d.txt", work="with other settings"), again=True)
    assert (again.id, again.state, again.production_id) == (row.id, TAKEN, "")


def test_rows_are_followed_by_one_question(catalog: Catalog) -> None:
    rows = [catalog.take(drop(f"{n}.txt", f"d{n}")) for n in range(5)]
    elsewhere = catalog.take(drop("x.txt", "dx", "two"))
    names = [with_production(catalog, row.id, row.source, row.digest) for row in (*rows[:4], elsewhere)]
    assert [row.id for row in catalog.intake_to_submit(["one"], 10)] == [rows[4].id]
    assert catalog.intake_ended(["one"]) == []
    catalog.set_state(names[0], ProductionState.DONE)
    catalog.set_state(names[1], ProductionState.FAILED, SourceBroken("Broken."))
    catalog.forget_production(names[2])
    catalog.set_state(names[4], ProductionState.DONE)
    ended = catalog.intake_ended(["one"])
    assert [(one.row.id, one.state) for one in ended] == [
        (rows[0].id, ProductionState.DONE),
        (rows[1].id, ProductionState.FAILED),
        (rows[2].id, None),
    ]
    assert (ended[1].error_kind, ended[1].error) == ("SourceBroken", "Broken.")
    assert catalog.intake_uses(names[3])
    # A failed one that was given up is heard of again when its production is helped on, and with its own content.
    catalog.set_intake(rows[1].id, state=FAILED, settled=True)
    catalog.finish_intake(rows[0].id, names[0], "/out", "")
    catalog.set_intake(rows[2].id, state=FAILED)
    assert catalog.intake_ended(["one"]) == []
    catalog.retry(names[1])
    assert [one.row.id for one in catalog.intake_ended(["one"])] == [rows[1].id]
    catalog.update(names[1], source_sha256="of another file of that name")
    assert catalog.intake_ended(["one"]) == []
    assert catalog.intake_open(["one"])
    assert not catalog.intake_open(["none"])


def test_a_list_ends_with_its_links(catalog: Catalog) -> None:
    links = [
        replace(drop("my.urls.txt", f"l{n}"), source=f"https://example.org/{n}", place="") for n in range(2)
    ]
    row = catalog.take_list(drop("my.urls.txt", "list", work=None), links)
    assert (row.links, row.state, row.work) == (2, TAKEN, None)
    children = [row for row in catalog.intakes() if row.parent is not None]
    assert {child.parent for child in children} == {row.id}
    assert catalog.places("one") == {"my.urls.txt": "m"}
    assert catalog.intake_lists_ended(["one"]) == []
    catalog.set_intake(children[0].id, state=DONE)
    assert catalog.intake_lists_ended(["one"]) == []
    catalog.set_intake(children[1].id, state=FAILED)
    ((found, of_it),) = catalog.intake_lists_ended(["one"])
    assert (found.id, len(of_it)) == (row.id, 2)
    # The same list again: what failed is taken again, what is done is a duplicate.
    again = catalog.take_list(drop("my.urls.txt", "list", work=None, mark="m2"), links)
    assert sorted(r.state.value for r in catalog.intakes() if r.parent == again.id) == ["duplicate", "taken"]
    assert catalog.places("one") == {"my.urls.txt": "m2"}


def test_settling_adds_what_went_wrong_beside(catalog: Catalog) -> None:
    row = catalog.take(drop())
    catalog.finish_intake(row.id, "", "/out", "1 thing is in doubt")
    assert [found.id for found in catalog.intake_to_settle(["one"], 5)] == [row.id]
    catalog.settle_intake(row.id, "nobody was told")
    assert catalog.intake_to_settle(["one"], 5) == []
    (row,) = catalog.intakes()
    assert row.notice == "1 thing is in doubt; nobody was told"
    assert catalog.inbox_of("/in/one") == "one"
    assert catalog.inbox_of("/in/none") == ""
    with pytest.raises(TypeError, match="nonsense"):
        catalog.set_intake(row.id, nonsense=1)
