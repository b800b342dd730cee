"""What is encoded is what was spoken, or says plainly that it was not."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from mutagen.mp4 import MP4

from cli.output import exit_code
from pipeline.audio.ffmpeg import find_ffmpeg
from pipeline.errors import PublishError
from pipeline.publish.companions import COMPANIONS, CompanionJob
from pipeline.publish.plan import PublishedFile
from pipeline.settings import ProductionSettings, VoiceSettings
from storage.rows import Production, ProductionState
from tasks.context import Context
from tasks.levels import fix_level
from tasks.mastering import master
from tasks.publishing import publish_edition
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


def flip(path: Path) -> None:
    """One bit of the file becomes another one."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.chmod(0o600)
    path.write_bytes(data)


def test_a_take_that_was_damaged_is_not_encoded(context: Context, spoken: Production) -> None:
    (chapter,) = context.store.catalog.chapters(spoken.id)
    kept = context.store.recall(chunks(context, spoken)[1].take_key)
    assert kept is not None
    flip(context.store.blobs.local_path(kept.digest))
    assert not master(context, spoken, chapter)
    speak_batch(context, spoken, 0, 0, chapter.chunks)
    assert master(context, spoken, chapter)


def test_a_chapter_that_was_damaged_is_not_published(context: Context, spoken: Production) -> None:
    (chapter,) = context.store.catalog.chapters(spoken.id)
    assert master(context, spoken, chapter)
    (key,) = context.store.catalog.mastered(spoken.id, "aac").values()
    kept = context.store.recall(key)
    assert kept is not None
    flip(context.store.blobs.local_path(kept.digest))
    context.store.catalog.set_state(spoken.id, ProductionState.PUBLISHING)
    assert not publish_edition(context, spoken)
    assert master(context, spoken, chapter)
    assert publish_edition(context, spoken)


def test_a_companion_that_fails_costs_the_audiobook_nothing_and_is_a_doubt(
    context: Context, spoken: Production, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: CompanionJob) -> tuple[PublishedFile, ...]:
        raise PublishError("There is no subtitle for this.")

    monkeypatch.setitem(COMPANIONS, "vtt", SimpleNamespace(write=fails))
    (chapter,) = context.store.catalog.chapters(spoken.id)
    assert master(context, spoken, chapter)
    context.store.catalog.set_state(spoken.id, ProductionState.PUBLISHING)
    assert publish_edition(context, spoken)
    made = context.store.catalog.get(spoken.id)
    folder = Path(made.edition_folder)
    assert MP4(next(folder.glob("*.m4b"))).info.length == pytest.approx(made.audio_seconds, abs=0.1)
    assert not list(folder.glob("*.vtt"))
    assert "There is no subtitle for this." in [
        doubt["said"] for doubt in json.loads((folder / "report.json").read_bytes())["doubts"]
    ]
    assert exit_code([made.state]) == 3


def test_an_encoder_that_is_killed_is_tried_again(
    context: Context, spoken: Production, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, once = find_ffmpeg(), tmp_path / "killed"
    deadly = tmp_path / "ffmpeg"
    deadly.write_text(
        f'#!/bin/sh\ncase "$*" in *-version|*-encoders) exec "{real}" "$@";; esac\n'
        f'mkdir "{once}" 2>/dev/null && kill -9 $$\nexec "{real}" "$@"\n'
    )
    deadly.chmod(0o755)
    (chapter,) = context.store.catalog.chapters(spoken.id)
    monkeypatch.setenv("VOXPRESS_FFMPEG", str(deadly))
    assert master(context, spoken, chapter)
    assert once.exists()


def test_equal_chunks_are_given_up_together(context: Context) -> None:
    production = planned(context, TEXT, SETTINGS)
    rows = chunks(context, production)
    twins = [row.index for row in rows if row.take_key == rows[-1].take_key]
    assert len(twins) == 2
    context.store.catalog.chunk_failed(production.id, 0, twins[0], "it cannot be said")
    failed = [row.index for row in chunks(context, production) if row.state == "failed"]
    assert failed == twins
