"""Music and the production that it belongs to: kept, shared by hosts, edited, lost."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pipeline.audio.ffmpeg import decode
from pipeline.audio.loudness import integrated, measure
from pipeline.audio.truepeak import true_peak
from pipeline.audio.wav import wav_bytes
from pipeline.errors import AudioError, BlobMissing, SettingsError
from pipeline.settings import AudioSettings, MusicSettings, ProductionSettings, PublishSettings
from storage.catalog import production_id
from storage.rows import Production
from tasks import music, reading
from tasks.context import Context
from tasks.keys import settings_told
from tasks.levels import fix_level
from tasks.mastering import master
from tasks.publishing import publish_edition
from tasks.speaking import speak_batch
from tasks.submission import submit
from tests.books import write_epub
from tests.producing import TONE, a_context
from workers.drop.rules import default_rules, read_rules

TEXT = {
    "One": ["Here is the first chapter of it.", "It has some more to say."],
    "Two": ["A second one follows the first.", "It says a little more."],
    "Three": ["The third is the last of them.", "Now it is over."],
}
RATE = 22050


def wav(path: Path, hertz: float, seconds: float) -> str:
    time = np.arange(round(seconds * 44100)) / 44100
    path.write_bytes(wav_bytes(np.rint(5000 * np.sin(2 * np.pi * hertz * time)).astype(np.int16), 44100))
    return str(path)


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return a_context(tmp_path)


@pytest.fixture
def settings(tmp_path: Path) -> ProductionSettings:
    files = MusicSettings(
        intro=wav(tmp_path / "intro.wav", 300, 6),
        outro=wav(tmp_path / "outro.wav", 400, 5),
        bed=wav(tmp_path / "bed.wav", 250, 20),
    )
    audio = AudioSettings(loudness="podcast", true_peak=-1.0)
    return replace(TONE, music=files, audio=audio, publish=PublishSettings(companions=()))


def made(
    context: Context, settings: ProductionSettings, text: Mapping[str, Sequence[str]] = TEXT
) -> Production:
    """A production whose chapters are all mastered."""
    folder = context.settings.home.parent
    book = write_epub(folder / "book.epub", text)
    production = submit(context, str(book), folder / "out", settings).production
    reading.ingest(context, production)
    reading.script(context, context.store.catalog.get(production.id))
    production = context.store.catalog.get(production.id)
    chapters = context.store.catalog.chapters(production.id)
    for chapter in chapters:
        speak_batch(context, production, chapter.index, 0, chapter.chunks)
    fix_level(context, production)
    assert all(master(context, production, chapter) for chapter in chapters)
    return production


def masters(context: Context, production: Production) -> list[str]:
    return [key for _, key in sorted(context.store.catalog.mastered(production.id, "aac").items())]


def test_chapters_and_words_make_room_for_the_music_and_the_loudness_is_kept(
    context: Context, settings: ProductionSettings
) -> None:
    lengths = []
    for one in (made(context, replace(settings, music=MusicSettings())), made(context, settings)):
        assert publish_edition(context, one)
        folder = Path(context.store.catalog.get(one.id).edition_folder)
        told = json.loads(next(folder.glob("*.transcript.json")).read_text(encoding="utf-8"))
        starts = [chapter["segments"][0]["start"] - chapter["start"] for chapter in told["chapters"]]
        lengths.append([*starts, told["duration"]])
        pcm = np.concatenate(list(decode(next(folder.glob("*.m4b")), RATE)))
        assert true_peak(pcm) <= settings.audio.true_peak
        assert integrated(measure(pcm, RATE, between_silences=False)) == pytest.approx(-16.0, abs=1.0)
    without, with_music = lengths
    assert with_music[0] - without[0] == pytest.approx(6.0 - 3.0 - 0.5, abs=0.001)
    assert with_music[1:3] == pytest.approx(without[1:3], abs=3e-4)
    assert with_music[3] - without[3] == pytest.approx(2.5 + 2.5 + 0.5 - 1.5, abs=0.2)


def test_what_has_changed_is_encoded_again_and_nothing_else(
    context: Context, settings: ProductionSettings, tmp_path: Path
) -> None:
    production = made(context, settings)
    before = masters(context, production)
    wav(tmp_path / "outro.wav", 500, 5)
    assert equal(before, with_other(context, production, settings)) == [True, True, False]
    plain = with_other(context, production, replace(settings, music=MusicSettings()))
    no_bed = replace(settings, music=replace(settings.music, bed=""))
    assert equal(plain, with_other(context, production, no_bed)) == [False, True, False]
    wav(tmp_path / "outro.wav", 400, 5)
    edited = {**TEXT, "One": [*TEXT["One"], "This sentence is new and makes the chapter longer."]}
    assert equal(before, masters(context, made(context, settings, edited))) == [False, True, True]


def equal(before: list[str], after: list[str]) -> list[bool]:
    return [old == new for old, new in zip(before, after, strict=True)]


def with_other(context: Context, production: Production, settings: ProductionSettings) -> list[str]:
    """The chapters' keys when the same takes are mastered with that music."""
    other = replace(production, settings=music.with_music(context, settings))
    assert all(master(context, other, one) for one in context.store.catalog.chapters(production.id))
    return masters(context, production)


def test_the_store_has_the_music_and_nobody_needs_the_files_again(
    context: Context, settings: ProductionSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    production = made(context, settings, {"One": TEXT["One"]})
    assert production.settings.tracks
    assert str(tmp_path) not in json.dumps(settings_told(production.settings))

    def again(chosen: ProductionSettings) -> str:
        out = context.settings.home.parent / "out"
        return submit(context, production.source, out, chosen).production.id

    monkeypatch.setattr("pipeline.audio.music.keep_music", lambda *_: pytest.fail("decoded again"))
    assert again(settings) == production.id
    for name in ("intro", "outro", "bed"):
        (tmp_path / f"{name}.wav").unlink()
    assert again(production.settings) == production.id
    with pytest.raises(AudioError, match=r"intro\.wav is not there"):
        again(settings)
    (chapter,) = context.store.catalog.chapters(production.id)
    assert music.score_of(context, production, chapter) is not None
    context.store.forget(production.settings.tracks)
    with pytest.raises(BlobMissing, match="run the command again"):
        music.score_of(context, production, chapter)


def test_without_music_all_is_as_it_was(context: Context) -> None:
    assert not {"music", "tracks"} & settings_told(TONE).keys()
    louder = replace(TONE, music=MusicSettings(level=3.0))
    assert music.with_music(context, louder) == TONE
    assert music.music_keys(context, TONE) == []
    with_tracks = replace(TONE, tracks="ab")
    assert production_id("a", "b", TONE) != production_id("a", "b", with_tracks)


def test_who_drops_a_book_names_no_files_of_the_host(context: Context, tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "voxpress.toml").write_text('[music]\nbed = "/etc/passwd"\n')
    base, root = default_rules(context.settings), os.open(tmp_path / "inbox", os.O_RDONLY)
    try:
        with pytest.raises(SettingsError, match=r"music\.bed.*names no files"):
            read_rules(root, tmp_path / "inbox", (), base, context.settings.home)
    finally:
        os.close(root)
