"""A book that misses its loudness is mastered once more, whatever is killed in between."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.settings import AudioSettings, ProductionSettings, VoiceSettings
from storage.rows import Production, ProductionState
from tasks import levels, publishing, stages
from tasks.context import Context
from tasks.mastering import master
from tasks.speaking import speak_batch
from tests.producing import a_context, chunks, planned

TEXT = {"One": ["A first paragraph, not too short.", "A second one."], "Two": ["The end."]}
SETTINGS = ProductionSettings(voice=VoiceSettings("tone:a"), audio=AudioSettings(loudness="-20"))


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return a_context(tmp_path)


@pytest.fixture
def mastered(context: Context) -> Production:
    """A production that is ready to be published, with a level that is 4 LU off."""
    production = planned(context, TEXT, SETTINGS)
    for chapter in context.store.catalog.chapters(production.id):
        speak_batch(context, production, chapter.index, 0, chapter.chunks)
    levels.fix_level(context, production)
    database = context.store.catalog.database
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE voice_level SET lufs = lufs + 4")
    master_all(context, production)
    context.store.catalog.set_state(production.id, ProductionState.PUBLISHING)
    return context.store.catalog.get(production.id)


def master_all(context: Context, production: Production) -> None:
    for chapter in context.store.catalog.chapters(production.id):
        assert master(context, production, chapter)


def level(context: Context, production: Production) -> float:
    found = levels.level_of(context, production)
    assert found is not None
    return found


def test_a_missed_loudness_is_corrected_once(context: Context, mastered: Production) -> None:
    before = level(context, mastered)
    assert not publishing.publish_edition(context, mastered)
    assert level(context, mastered) == pytest.approx(before - 4, abs=0.5)
    assert not publishing.is_complete(context, mastered)
    master_all(context, mastered)
    assert publishing.publish_edition(context, mastered)
    assert context.store.catalog.get(mastered.id).state is ProductionState.DONE


def test_a_kill_in_the_middle_leaves_no_chapter_at_the_old_level(
    context: Context, mastered: Production, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = level(context, mastered)
    with monkeypatch.context() as patched:

        def killed(*arguments: object, **options: object) -> None:
            raise KeyboardInterrupt

        patched.setattr(type(context.store.catalog), "correct_levels", killed)
        with pytest.raises(KeyboardInterrupt):
            publishing.publish_edition(context, mastered)
    # The task comes back, as often as it takes.
    rounds = 0
    while not publishing.publish_edition(context, mastered):
        master_all(context, mastered)
        rounds += 1
    assert 1 <= rounds <= 2
    assert level(context, mastered) == pytest.approx(before - 4, abs=0.5)
    (report,) = Path(mastered.output).rglob("report.json")
    assert '"integrated_lufs": -20.' in report.read_text() or '"integrated_lufs": -19.' in report.read_text()


def test_a_task_of_a_production_that_is_over_does_nothing(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stages, "context", lambda: context)
    production = planned(context, TEXT)
    context.store.catalog.set_state(production.id, ProductionState.FAILED)
    assert stages.speak(production_id=production.id, chapter=0, first=0, count=3) == "failed"
    context.store.catalog.reset_for_run(production.id)
    context.store.catalog.request_cancel(production.id)
    assert stages.speak(production_id=production.id, chapter=0, first=0, count=3) == "cancelled"
    assert context.store.catalog.get(production.id).state is ProductionState.CANCELLED
    assert {row.state for row in chunks(context, production)} == {"planned"}
