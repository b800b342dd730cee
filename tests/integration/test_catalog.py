"""The catalog on a real SQLite file and a real PostgreSQL server: productions, plans, attempts, results, levels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.errors import ProductionNotFound, SourceScanned, StorageError
from pipeline.settings import AudioSettings, ProductionSettings, ReadingSettings
from storage.catalog import Catalog
from storage.rows import Artifact, ChapterPlan, ChunkPlan, ChunkState, ProductionState

PLAIN = ProductionSettings()


@pytest.fixture
def catalog(catalog_url: str) -> Iterable[Catalog]:
    catalog = Catalog(catalog_url)
    yield catalog
    catalog.close()


@pytest.fixture
def production(catalog: Catalog) -> str:
    return catalog.open_production("/books/a.epub", "/out", PLAIN).id


def plan(*chapters: list[str]) -> list[ChapterPlan]:
    """Chapters of chunks, each chunk given by its take key."""
    return [
        ChapterPlan(
            i, f"Chapter {i}", 1, f"script-{i}", 10, (ChunkPlan(k, "espeak", "espeak:en", 100) for k in keys)
        )
        for i, keys in enumerate(chapters)
    ]


# -- productions ----------------------------------------------------------------------------------------


def test_opening_twice_continues_the_same_production(catalog: Catalog) -> None:
    first = catalog.open_production("/books/a.epub", "/out", PLAIN)
    catalog.set_state(first.id, ProductionState.SPEAKING)
    again = catalog.open_production("/books/a.epub", "/out", PLAIN)
    assert again.id == first.id
    assert again.state is ProductionState.SPEAKING
    assert first.state is ProductionState.QUEUED
    assert first.settings == PLAIN
    assert abs(datetime.now(UTC) - first.created_at) < timedelta(minutes=1)


def test_settings_come_back_as_they_were(catalog: Catalog) -> None:
    settings = ProductionSettings(
        reading=ReadingSettings(include=("notes",)), audio=AudioSettings(bitrate=96)
    )
    made = catalog.open_production("/a", "/b", settings)
    assert catalog.get(made.id).settings == settings


def test_a_better_password_reaches_the_production(catalog: Catalog) -> None:
    catalog.open_production("/a.pdf", "/out", PLAIN)
    right = replace(PLAIN, reading=ReadingSettings(password="right"))
    assert catalog.open_production("/a.pdf", "/out", right).settings.reading.password == "right"


def test_a_beginning_of_the_id_is_enough(catalog: Catalog, production: str) -> None:
    assert catalog.get(production[:6]).id == production
    for name in ("", "not-an-id", "%", "0" * 12):
        with pytest.raises(ProductionNotFound):
            catalog.get(name)


def test_a_beginning_that_fits_two_is_refused(catalog: Catalog) -> None:
    ids = [catalog.open_production(f"/{i}", "/out", PLAIN).id for i in range(17)]  # 16 first digits
    shared = next(i for i in ids if sum(j[0] == i[0] for j in ids) > 1)
    with pytest.raises(ProductionNotFound, match="More than one"):
        catalog.get(shared[0])


def test_listing_is_newest_first_and_by_state(catalog: Catalog) -> None:
    ids = [catalog.open_production(f"/{i}", "/out", PLAIN).id for i in range(3)]
    catalog.set_state(ids[1], ProductionState.DONE)
    assert [p.id for p in catalog.productions()] == ids[::-1]
    assert [p.id for p in catalog.productions(limit=1)] == [ids[2]]
    assert [p.id for p in catalog.productions(states=[ProductionState.DONE])] == [ids[1]]


def test_failing_and_running_again(catalog: Catalog, production: str) -> None:
    catalog.set_state(production, ProductionState.FAILED, SourceScanned("a.pdf has no text."))
    failed = catalog.get(production)
    assert (failed.error_kind, failed.error) == ("SourceScanned", "a.pdf has no text.")
    assert failed.finished_at is not None
    catalog.request_cancel(production)
    assert catalog.cancelled(production)
    catalog.reset_for_run(production, source_sha256="f" * 64)
    fresh = catalog.get(production)
    assert (fresh.state, fresh.error, fresh.error_kind) == (ProductionState.QUEUED, "", "")
    assert (fresh.finished_at, fresh.source_sha256) == (None, "f" * 64)
    assert not catalog.cancelled(production)


def test_a_late_task_cannot_undo_a_final_state(catalog: Catalog, production: str) -> None:
    assert catalog.set_state(production, ProductionState.CANCELLED)
    assert not catalog.set_state(production, ProductionState.SPEAKING)
    assert catalog.get(production).state is ProductionState.CANCELLED
    catalog.reset_for_run(production)
    assert catalog.set_state(production, ProductionState.SPEAKING)
    assert catalog.set_state(production, ProductionState.FAILED)
    assert catalog.set_state(production, ProductionState.DONE)
    assert not catalog.set_state(production, ProductionState.FAILED, SourceScanned())
    assert catalog.get(production).error == ""


def test_fields_are_updated_by_name(catalog: Catalog, production: str) -> None:
    before = catalog.get(production).updated_at
    catalog.update(production, title="Emma", words=7, stage_seconds={"ingest": 1.5})
    catalog.add_seconds(production, "speak", 2.0)
    catalog.add_seconds(production, "speak", 0.5)
    after = catalog.get(production)
    assert (after.title, after.words) == ("Emma", 7)
    assert after.stage_seconds == {"ingest": 1.5, "speak": 2.5}
    assert after.updated_at > before
    with pytest.raises(TypeError, match="colour"):
        catalog.update(production, colour="red")
    with pytest.raises(ProductionNotFound):
        catalog.update("0" * 12, title="none")


def test_a_removed_production_leaves_no_row(catalog: Catalog, production: str) -> None:
    catalog.commit_plan(production, plan(["k1"]))
    catalog.set_needs(production, ["n1"])
    catalog.forget_production(production)
    assert catalog.productions() == []
    assert catalog.chapters(production) == []
    assert catalog.chunks(production, 0) == []
    assert catalog.needs(production) == set()
    assert catalog.cancelled(production)


# -- plans ----------------------------------------------------------------------------------------------


def test_a_plan_comes_back(catalog: Catalog, production: str) -> None:
    catalog.commit_plan(production, plan(["a1", "a2"], [], ["c1"]))
    chapters = catalog.chapters(production)
    assert [(c.index, c.title, c.chunks, c.characters, c.script_key) for c in chapters] == [
        (0, "Chapter 0", 2, 200, "script-0"),
        (1, "Chapter 1", 0, 0, "script-1"),
        (2, "Chapter 2", 1, 100, "script-2"),
    ]
    chunk = catalog.chunks(production, 0)[1]
    assert (chunk.index, chunk.take_key, chunk.voice, chunk.state) == (
        1,
        "a2",
        "espeak:en",
        ChunkState.PLANNED,
    )
    made = catalog.get(production)
    assert (made.chunks, made.chapters, made.words, made.characters) == (3, 3, 30, 300)


def test_a_new_plan_replaces_the_old_one_and_keeps_what_was_spoken(catalog: Catalog, production: str) -> None:
    catalog.commit_plan(production, plan(["a1", "a2"], ["b1"]))
    catalog.record_take(production, 0, 0, "a1", "d" * 64, 10)
    catalog.commit_plan(production, plan(["new", "a1"]))
    assert [(c.take_key, c.state) for c in catalog.chunks(production, 0)] == [
        ("new", ChunkState.PLANNED),
        ("a1", ChunkState.DONE),
    ]
    assert len(catalog.chapters(production)) == 1
    assert catalog.chunks(production, 1) == []


@pytest.mark.parametrize("batch", [1, 2, 3, 100])
def test_any_plan_may_follow_any_other(
    catalog: Catalog, production: str, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr("storage.plans.BATCH", batch)
    plans = (
        [["a", "b", "c"], ["d"]],
        [["a", "b", "c"], ["d"]],
        [["a", "x", "c"], ["d", "e", "f"]],
        [["new", "a", "x", "c"]],
        [[], ["d"], ["a", "a"]],
        [],
        [["c", "b", "a"]],
    )
    catalog.record_artifact("a", "take", "d" * 64, 1)
    catalog.record_artifact("d", "take", "d" * 64, 1)
    for chapters in plans:
        catalog.commit_plan(production, plan(*chapters))
        assert [c.index for c in catalog.chapters(production)] == list(range(len(chapters)))
        for i in range(3):
            chunks = catalog.chunks(production, i)
            assert [c.take_key for c in chunks] == (chapters[i] if i < len(chapters) else [])
            assert {c.take_key for c in chunks if c.state is ChunkState.DONE} == {"a", "d"} & {
                c.take_key for c in chunks
            }


def test_after_a_new_plan_no_chapter_counts_as_mastered(catalog: Catalog, production: str) -> None:
    catalog.commit_plan(production, plan(["a"], ["b"]))
    for chapter in (0, 1):
        catalog.chapter_mastered(production, chapter, "aac", f"m{chapter}")
    assert catalog.unmastered(production, ["aac"]) == 0
    catalog.forget("m1")
    assert catalog.unmastered(production, ["aac"]) == 1
    assert catalog.mastered(production, "aac") == {0: "m0"}
    catalog.commit_plan(production, plan(["edited"], ["b"]))
    assert catalog.unmastered(production, ["aac"]) == 2


def test_seconds_of_kept_takes_outlive_an_edit(catalog: Catalog, production: str) -> None:
    catalog.commit_plan(production, plan(["a", "b"]))
    catalog.record_take(production, 0, 0, "a", "d" * 64, 10, seconds=2.5)
    catalog.commit_plan(production, plan(["new", "a"]))
    made = catalog.made(production)
    assert (made.audio_seconds, made.done) == (2.5, 1)


def test_takes_that_are_there_already_count_with_their_seconds(catalog: Catalog, production: str) -> None:
    catalog.commit_plan(production, plan(["a", "b"]))
    catalog.record_take(production, 0, 0, "a", "d" * 64, 10, seconds=2.5)
    catalog.record_take(production, 0, 1, "b", "e" * 64, 10, seconds=4.0)
    other = catalog.open_production("/other.epub", "/out", PLAIN).id
    catalog.commit_plan(other, plan(["new", "b"], ["a", "a"]))
    made = catalog.made(other)
    assert (made.audio_seconds, made.done, made.chunks) == (9.0, 3, 4)
    catalog.record_artifact("new", "take", "f" * 64, 10, seconds=1.0)
    assert catalog.mark_done_by_key("new") == 1
    assert catalog.made(other).audio_seconds == 10.0
    catalog.forget("a")
    assert catalog.made(other).audio_seconds == 5.0


def test_a_plan_that_breaks_off_changes_nothing(catalog: Catalog, production: str) -> None:
    catalog.commit_plan(production, plan(["a1"]))

    def broken() -> Iterable[ChapterPlan]:
        yield from plan(["x"])
        raise RuntimeError("half way")

    with pytest.raises(RuntimeError):
        catalog.commit_plan(production, broken())
    with pytest.raises(StorageError):
        catalog.commit_plan(production, [*plan(["x"]), *plan(["y"])])  # two chapters 0
    assert [c.take_key for c in catalog.chunks(production, 0)] == ["a1"]


def test_a_plan_needs_its_production(catalog: Catalog) -> None:
    with pytest.raises(ProductionNotFound):
        catalog.commit_plan("0" * 12, plan(["a1"]))


def test_equal_chunks_are_done_together_everywhere(catalog: Catalog, production: str) -> None:
    other = catalog.open_production("/books/other.epub", "/out", PLAIN).id
    catalog.commit_plan(production, plan(["same", "a2"], ["same"]))
    catalog.commit_plan(other, plan(["same"]))
    catalog.record_take(production, 0, 0, "same", "d" * 64, 10, b'{"n": 1}')
    made = catalog.made(production)
    assert (made.chunks, made.done, made.failed) == (3, 2, 0)
    done, planned = ChunkState.DONE, ChunkState.PLANNED
    assert [[c.state for c in catalog.chunks(production, n)] for n in (0, 1)] == [[done, planned], [done]]
    assert catalog.made(other).done == 1
    kept = catalog.artifact("same")
    assert kept is not None
    assert (kept.stage, kept.digest, kept.size, kept.detail) == ("take", "d" * 64, 10, '{"n": 1}')


def test_attempts_are_counted_before_the_work(catalog: Catalog, production: str) -> None:
    catalog.commit_plan(production, plan(["a1", "a2", "a3"]))
    assert catalog.begin_attempts(production, 0, [0, 2]) == {0: 1, 2: 1}
    assert catalog.begin_attempts(production, 0, [2]) == {2: 2}
    assert catalog.begin_attempts(production, 0, [9]) == {}
    assert [c.attempts for c in catalog.chunks(production, 0)] == [1, 0, 2]


def test_a_poison_chunk_stays_given_up_until_a_retry(catalog: Catalog, production: str) -> None:
    catalog.commit_plan(production, plan(["bad", "good"]))
    catalog.begin_attempts(production, 0, [0])
    catalog.chunk_failed(production, 0, 0, "the engine died")
    catalog.commit_plan(production, plan(["new", "good", "bad"]))
    assert [(c.state, c.attempts, c.error) for c in catalog.chunks(production, 0)] == [
        (ChunkState.PLANNED, 0, ""),
        (ChunkState.PLANNED, 0, ""),
        (ChunkState.FAILED, 1, "the engine died"),
    ]
    assert catalog.retry(production) == 1
    assert {(c.state, c.attempts) for c in catalog.chunks(production, 0)} == {(ChunkState.PLANNED, 0)}


def test_done_stays_done(catalog: Catalog, production: str) -> None:
    catalog.commit_plan(production, plan(["a1", "a2"]))
    catalog.record_take(production, 0, 0, "a1", "d" * 64, 10)
    catalog.chunk_failed(production, 0, 0, "a late duplicate")
    assert [c.state for c in catalog.chunks(production, 0)] == [ChunkState.DONE, ChunkState.PLANNED]


# -- results --------------------------------------------------------------------------------------------


def test_results_are_recorded_once_and_the_last_word_counts(catalog: Catalog) -> None:
    catalog.record_artifact("book", "ingest", "a" * 64, 1)
    catalog.record_artifact("book", "ingest", "b" * 64, 2, "{}")
    assert catalog.artifacts(["book", "none"]) == {"book": catalog.artifact("book")}
    found = catalog.artifact("book")
    assert isinstance(found, Artifact)
    assert (found.digest, found.size, found.detail) == ("b" * 64, 2, "{}")
    assert catalog.artifact("none") is None


def test_what_is_forgotten_is_spoken_again(catalog: Catalog, production: str) -> None:
    catalog.commit_plan(production, plan(["a1", "a2"]))
    catalog.begin_attempts(production, 0, [0])
    catalog.record_take(production, 0, 0, "a1", "d" * 64, 10)
    catalog.forget("a1")
    assert catalog.artifact("a1") is None
    assert [(c.state, c.attempts) for c in catalog.chunks(production, 0)] == [(ChunkState.PLANNED, 0)] * 2


def test_needs_are_added_or_replaced(catalog: Catalog, production: str) -> None:
    catalog.set_needs(production, ["a", "b", "a"])
    catalog.set_needs(production, iter(["b", "c"]))
    assert catalog.needs(production) == {"a", "b", "c"}
    catalog.set_needs(production, ["d"], replace=True)
    assert catalog.needs(production) == {"d"}


# -- levels ---------------------------------------------------------------------------------------------


def test_the_first_level_wins_in_its_production_and_is_corrected_so_often(catalog: Catalog) -> None:
    voice = ("piper:amy", "r1", 1.1)
    assert catalog.get_level("one", *voice) is None
    assert catalog.fix_level("one", *voice, -23.5) == -23.5
    assert catalog.fix_level("one", *voice, -20.0) == -23.5
    assert catalog.get_level("two", *voice) is None
    assert catalog.fix_level("two", *voice, -19.0) == -19.0
    assert catalog.correct_level("two", *voice, -24.0, most=2)
    assert catalog.correct_level("two", *voice, -25.0, most=2)
    assert not catalog.correct_level("two", *voice, -26.0, most=2)
    assert catalog.get_level("two", *voice) == -25.0
    assert catalog.get_level("one", *voice) == -23.5
    assert catalog.get_level("one", "piper:amy", "r2", 1.1) is None
