"""What is encoded is what was spoken, or says plainly that it was not."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.settings import ProductionSettings, VoiceSettings
from storage.rows import Production
from tasks.context import Context
from tasks.levels import fix_level
from tasks.mastering import master
from tasks.speaking import speak_batch
from tests.producing import a_context, chunks, planned

TEXT = {"One": ["A first paragraph, not too short.", "A second one.", "A second one."]}
SETTINGS = ProductionSettings(voice=VoiceSettings("tone:a"))


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return a_context(tmp_path)


@pytest.fixture
def spoken(context: Context) -> Production:
    """A production whose takes are all there."""
    production = planned(context, TEXT, SETTINGS)
    (chapter,) = context.store.catalog.chapters(production.id)
    speak_batch(context, production, 0, 0, chapter.chunks)
    fix_level(context, production)
    return production


def test_a_take_that_was_lost_is_spoken_again_and_never_replaced_by_silence(
    context: Context, spoken: Production
) -> None:
    (chapter,) = context.store.catalog.chapters(spoken.id)
    lost = chunks(context, spoken)[1]
    kept = context.store.recall(lost.take_key)
    assert kept is not None
    context.store.blobs.local_path(kept.digest).unlink()
    assert not master(context, spoken, chapter)
    assert {row.index for row in chunks(context, spoken) if row.state == "planned"} >= {lost.index}
    speak_batch(context, spoken, 0, 0, chapter.chunks)
    assert master(context, spoken, chapter)


def test_equal_chunks_are_given_up_together(context: Context) -> None:
    production = planned(context, TEXT, SETTINGS)
    rows = chunks(context, production)
    twins = [row.index for row in rows if row.take_key == rows[-1].take_key]
    assert len(twins) == 2
    context.store.catalog.chunk_failed(production.id, 0, twins[0], "it cannot be said")
    failed = [row.index for row in chunks(context, production) if row.state == "failed"]
    assert failed == twins
