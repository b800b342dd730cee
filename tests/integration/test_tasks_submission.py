"""Productions are opened, held, cancelled and retried by one command at a time."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from pipeline.errors import ProductionBusy, SettingsError, VoiceNotFound
from pipeline.settings import ProductionSettings, ReadingSettings
from storage.rows import ProductionState
from storage.settings import load_settings
from tasks import levels, reading, submission
from tasks.context import Context, open_context
from tasks.speaking import speak_batch
from tests.producing import TONE, a_context, chunks, planned, submitted

TEXT = {"One": ["A first paragraph.", "A second one."]}


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return a_context(tmp_path)


def test_what_another_command_makes_is_left_alone(context: Context) -> None:
    production = submitted(context, TEXT)
    catalog = context.store.catalog
    catalog.set_state(production.id, ProductionState.SPEAKING)
    with submission.held(context, production.id):
        again = submission.submit(context, production.source, Path(production.output), TONE)
        assert again.busy
        with pytest.raises(ProductionBusy, match=f"voxpress follow {production.id}"):
            submission.retry(context, production)
        Path(production.source).unlink()  # nor does a source that cannot be read now end it
        assert submission.submit(context, production.source, Path(production.output), TONE).busy
        assert catalog.get(production.id).state is ProductionState.SPEAKING
    assert not submission.is_held(context, production.id)


def test_looking_does_not_get_in_the_way(context: Context) -> None:
    production = submitted(context, TEXT)
    ended = threading.Event()

    def look() -> None:
        while not ended.is_set():
            submission.is_held(context, production.id)

    lookers = [threading.Thread(target=look) for _ in range(3)]
    for thread in lookers:
        thread.start()
    try:
        for _ in range(20):
            with submission.held(context, production.id):
                assert submission.is_held(context, production.id)
                time.sleep(0.001)
    finally:
        ended.set()
        for thread in lookers:
            thread.join()


def test_a_cancel_ends_what_nobody_makes_and_leaves_what_is_done(context: Context) -> None:
    production = submitted(context, TEXT)
    with submission.held(context, production.id):
        asked = submission.cancel(context, production)
        assert (asked.state, asked.cancel_requested) == (ProductionState.QUEUED, True)
    assert submission.cancel(context, production).state is ProductionState.CANCELLED
    again = submission.submit(context, production.source, Path(production.output), TONE).production
    assert (again.state, again.cancel_requested) == (ProductionState.QUEUED, False)
    context.store.catalog.set_state(production.id, ProductionState.DONE)
    done = submission.cancel(context, context.store.catalog.get(production.id))
    assert (done.state, done.cancel_requested) == (ProductionState.DONE, False)


def test_a_retry_speaks_again_what_is_in_doubt_and_nothing_else(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOXPRESS_TONE_FAIL", "second")
    production = planned(context, TEXT)
    speak_batch(context, production, 0, 0, 3)
    context.store.catalog.chunk_failed(production.id, 0, 1, "nobody could")  # it is done: nothing happens
    assert [row.state for row in chunks(context, production)] == ["done"] * 3
    context.store.catalog.set_state(production.id, ProductionState.DONE_WITH_DOUBTS)
    production = submission.retry(context, production)
    assert [row.state for row in chunks(context, production)] == ["done"] * 3  # unless it is asked for
    submission.retry(context, production, doubts=True)
    rows = chunks(context, production)
    assert [(row.state, row.attempts) for row in rows] == [("done", 1), ("done", 1), ("planned", 0)]
    assert context.store.recall(rows[2].take_key) is None  # not adopted again by its ref, either


@pytest.mark.parametrize(("refused", "measured_again"), [("first", True), ("last", False)])
def test_a_retry_measures_the_voice_again_where_it_was_measured_on_doubts(
    context: Context, monkeypatch: pytest.MonkeyPatch, refused: str, measured_again: bool
) -> None:
    filler = "A sentence of some length, so that there is enough to measure. " * (
        levels.CALIBRATION_CHARACTERS // 40
    )
    monkeypatch.setenv("VOXPRESS_TONE_FAIL", refused)
    production = planned(context, {"One": ["The first words.", filler, "And the last."]})
    speak_batch(context, production, 0, 0, len(chunks(context, production)))
    levels.fix_level(context, production)
    context.store.catalog.set_state(production.id, ProductionState.DONE_WITH_DOUBTS)
    submission.retry(context, production, doubts=True)
    assert (levels.level_of(context, production) is None) == measured_again


def test_choices_that_will_fail_are_refused_at_once(tmp_path: Path) -> None:
    def check(**flags: object) -> None:
        settings = {key.replace("__", "."): value for key, value in flags.items()}
        submission.check_choices(
            open_context(load_settings({"home": tmp_path / "home", **settings}).settings)
        )

    check()
    check(voice__voice="espeak", audio__formats=("m4b", "opus"))
    check(voice__voice="tone:a", reading__language="tlh")  # named: it reads what it is given
    with pytest.raises(SettingsError, match="wav"):
        check(audio__formats=("m4b", "wav"))
    with pytest.raises(VoiceNotFound):
        check(voice__voice="espeak:nobody")
    with pytest.raises(VoiceNotFound, match="tlh"):
        check(reading__language="tlh")


def test_a_language_that_nobody_speaks_ends_the_production(context: Context) -> None:
    text = {"One": ["nuqneH."]}
    production = submitted(context, text, ProductionSettings(reading=ReadingSettings(language="tlh")))
    reading.ingest(context, production)
    with pytest.raises(VoiceNotFound, match="tlh"):
        reading.script(context, context.store.catalog.get(production.id))
