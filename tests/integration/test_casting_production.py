"""A cast and the production that it holds for: who is spoken again when it is edited, how loud its voices are."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.errors import BlobMissing, CastError, EngineUnavailable, SettingsError, VoiceNotFound
from pipeline.model import PreparedTake
from pipeline.script.casting.cast import Cast, Manner, Part
from pipeline.serial import load
from pipeline.settings import CastingSettings, ProductionSettings, VoiceSettings
from pipeline.speech.tone import FAIL
from storage.catalog import production_id
from storage.rows import Production, ProductionState
from tasks import levels, reading
from tasks.casting import Quotations, check_cast, finder, kept_cast, kept_quotations
from tasks.context import Context
from tasks.graph import batched
from tasks.mastering import master
from tasks.options import options_of
from tasks.publishing import publish_edition
from tasks.references import is_learned, learn_reference
from tasks.shelf import read_script
from tasks.speaking import speak_batch
from tasks.submission import submit
from tests.books import write_epub
from tests.producing import TONE, a_context, chunks

TEXT = {
    "One": ["ANNA: Is it raining?", "BORIS: It has rained all day.", "ANNA: Then stay.", "BORIS: I will."],
    "Two": ["It went on raining.", "Nobody came."],
}
CAST = Cast(
    narrator=Manner("tone:a"),
    parts=(Part("Anna", Manner("tone:b")), Part("Boris", Manner("tone:16k", rate=0.9))),
)


@pytest.fixture
def context(tmp_path: Path) -> Context:
    write_epub(tmp_path / "book.epub", TEXT)
    return a_context(tmp_path)


def made(context: Context, cast: Cast | None, settings: ProductionSettings = TONE) -> Production:
    """Opened, read and scripted."""
    folder = context.settings.home.parent
    production = submit(context, str(folder / "book.epub"), folder / "out", settings, cast=cast).production
    reading.ingest(context, context.store.catalog.get(production.id))
    reading.script(context, context.store.catalog.get(production.id))
    return context.store.catalog.get(production.id)


def keys(context: Context, production: Production) -> dict[str, str]:
    """Take keys by what is said."""
    found = {}
    for chapter in context.store.catalog.chapters(production.id):
        script = read_script(context.store, chapter.script_key)
        for chunk, row in zip(script.chunks, chunks(context, production, chapter.index), strict=True):
            found[chunk.spoken] = row.take_key
    return found


def scripts(context: Context, production: Production) -> list[str]:
    return [row.script_key for row in context.store.catalog.chapters(production.id)]


def test_another_voice_for_one_speaker_speaks_their_words_again_and_no_others(context: Context) -> None:
    before = made(context, CAST)
    spoken, planned = keys(context, before), scripts(context, before)
    assert {row.voice for row in chunks(context, before)} == {"tone:a", "tone:b", "tone:16k"}
    other = replace(CAST, parts=(Part("Anna", Manner("tone:16k")), CAST.parts[1]))
    after = made(context, other)
    assert after.id == before.id
    changed = {text for text, key in keys(context, after).items() if spoken[text] != key}
    assert changed == {"Is it raining?", "Then stay."}
    assert [a == b for a, b in zip(planned, scripts(context, after), strict=True)] == [False, True]
    nobody = replace(CAST, parts=(*CAST.parts, Part("Cleo", Manner("tone:a"))))
    assert scripts(context, made(context, nobody)) == planned


def test_a_chunk_is_spoken_as_its_speaker_speaks(context: Context) -> None:
    production = made(context, CAST)
    script = read_script(context.store, scripts(context, production)[0])
    rates = {chunk.speaker: options_of(production.settings, chunk).rate for chunk in script.chunks}
    assert rates == {"": 1.0, "Anna": 1.0, "Boris": 0.9}


def test_what_a_cast_is_called_is_no_part_of_a_productions_name(context: Context) -> None:
    with_cast = replace(TONE, cast="x", casting=CastingSettings(names="read"))
    assert production_id("/b", "/o", TONE) == production_id("/b", "/o", with_cast)


def spoken(context: Context, production: Production) -> None:
    """Batch by batch, as the graph would have it done."""
    for chapter in context.store.catalog.chapters(production.id):
        rows = context.store.catalog.chunks(production.id, chapter.index)
        for batch in batched(rows, lambda name: levels_limits(context, production, name)):
            first, last = batch[0].index, batch[-1].index
            speak_batch(context, production, chapter.index, first, last - first + 1)


def levels_limits(context: Context, production: Production, name: str) -> object:
    from pipeline.speech.registry import open_engine

    voice = levels.voice_of(context, production, name)
    return open_engine(voice.engine, context.engines).limits(voice, production.language)


def test_a_batch_speaks_one_voice_and_leaves_what_others_say_in_between(context: Context) -> None:
    production = made(context, CAST)
    rows = chunks(context, production)
    own = [row.index for row in rows if row.voice == "tone:b"]
    assert own[-1] - own[0] > len(own) - 1  # others speak in between
    speak_batch(context, production, 0, own[0], own[-1] - own[0] + 1)
    assert [row.index for row in chunks(context, production) if row.state == "done"] == own


def test_every_voice_has_its_own_level_and_a_chapter_the_gain_of_each(context: Context) -> None:
    production = made(context, CAST)
    spoken(context, production)
    assert not levels.has_levels(context, production)
    learn_reference(context, production)
    levels.fix_level(context, production)
    assert levels.has_levels(context, production)
    assert is_learned(context, production)
    gains = {
        voice: levels.gain_of(context, production, voice) for voice in levels.voices_of(context, production)
    }
    assert set(gains) == {"tone:a", "tone:b", "tone:16k"}
    assert len(set(gains.values())) > 1
    assert all(master(context, production, row) for row in context.store.catalog.chapters(production.id))
    takes = [context.store.recall(row.take_key) for row in chunks(context, production)]
    assert {load(PreparedTake, take.detail).sample_rate for take in takes if take} == {22_050, 16_000}


def test_a_cast_that_is_lost_is_told(context: Context) -> None:
    production = made(context, CAST)
    assert kept_cast(context, production) == CAST
    context.store.forget(production.settings.cast)
    with pytest.raises(BlobMissing, match="The cast of"):
        reading.script(context, production)


def test_a_cast_with_a_voice_that_is_not_here_is_refused_before_anything_is_begun(context: Context) -> None:
    cast = Cast(parts=(Part("Anna", Manner("espeak:nowhere")),))
    with pytest.raises(VoiceNotFound, match=r"The cast names a voice that is not here. There is no voice"):
        check_cast(context, cast)
    with pytest.raises(CastError):
        made(context, cast)


def test_a_model_has_to_be_named_in_the_settings(context: Context) -> None:
    with pytest.raises(SettingsError, match="llm_url"):
        finder(context.settings, "model")


def test_a_passage_in_another_language_is_spoken_by_a_voice_of_it(context: Context) -> None:
    folder = context.settings.home.parent
    french = "<i xml:lang='fr'>Il pleut depuis trois jours.</i>"
    (folder / "page.html").write_text(
        f"<html lang='en'><body><h1>Rain</h1><p>He said:</p><p>{french}</p></body></html>"
    )
    espeak = ProductionSettings(voice=VoiceSettings("espeak:en-us"))
    for settings, cast, wanted in (
        (espeak, None, "espeak:fr-fr"),
        (replace(espeak, casting=CastingSettings(passages=False)), None, "espeak:en-us"),
        (espeak, Cast(languages=(("fr", "espeak:fr-be"),)), "espeak:fr-be"),
    ):
        production = submit(
            context, str(folder / "page.html"), folder / "out", settings, cast=cast
        ).production
        context.store.catalog.update(
            production.id, settings=replace(production.settings, casting=settings.casting)
        )
        production = context.store.catalog.get(production.id)
        reading.ingest(context, production)
        reading.script(context, context.store.catalog.get(production.id))
        assert chunks(context, production)[-1].voice == wanted


def test_what_the_engine_of_one_speaker_fails_on_is_spoken_by_espeak_and_told(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    production = made(context, CAST)
    monkeypatch.setenv(FAIL, "Then stay")
    spoken(context, production)
    others = {
        row.index: load(PreparedTake, take.detail)
        for row in chunks(context, production)
        if (take := context.store.recall(row.take_key)) and load(PreparedTake, take.detail).voice
    }
    (take,) = others.values()
    assert take.voice.startswith("espeak:")
    assert [doubt.fault for doubt in take.doubts] == ["other-voice"]


def test_the_report_tells_what_became_of_the_quotations(context: Context) -> None:
    text = ["“Come in,” said Anna.", "“Who is it?” asked Boris.", "Nobody knew.", "“It is the rain.”"]
    write_epub(context.settings.home.parent / "book.epub", {"One": text})
    production = made(context, CAST)
    assert kept_quotations(context, production) == Quotations(found=3, by_rules=2, by_model=0)
    spoken(context, production)
    learn_reference(context, production)
    levels.fix_level(context, production)
    assert all(master(context, production, row) for row in context.store.catalog.chapters(production.id))
    context.store.catalog.set_state(production.id, ProductionState.PUBLISHING)
    assert publish_edition(context, production)
    folder = Path(context.store.catalog.get(production.id).edition_folder)
    report = json.loads((folder / "report.json").read_text())
    assert report["quotations"] == {"found": 3, "by_rules": 2, "by_model": 0, "unknown": 1}
    page = (folder / "report.html").read_text()
    assert "3 quotations: 2 given to speakers by rules, 1 without a known speaker." in page


@pytest.mark.parametrize("works", [0, 1])
def test_an_engine_that_speaks_nothing_of_its_part_ends_it_whatever_others_speak(
    context: Context, monkeypatch: pytest.MonkeyPatch, works: int
) -> None:
    """The narrator's engine speaks between all of its failures; they are counted all the same."""
    lines = [line for n in range(5) for line in (f"ANNA: Line {n} of rain.", f"BORIS: Answer {n}.")]
    write_epub(context.settings.home.parent / "book.epub", {"One": [*lines, "It went on raining."]})
    parts = (Part("Anna", Manner("tone:b")), Part("Boris", Manner("espeak:en-us")))
    production = made(context, Cast(narrator=Manner("espeak:en-us"), parts=parts))
    monkeypatch.setenv(FAIL, "rain." if not works else "rain")
    rows = chunks(context, production)
    tones = [row for row in rows if row.engine == "tone"]
    assert len(tones) == 5
    if works:
        monkeypatch.setenv(FAIL, "")
        speak_batch(context, production, 0, tones[2].index, 1)  # one of its five
        monkeypatch.setenv(FAIL, "rain")
        spoken(context, production)
        return
    others = [row for row in rows if row.engine == "espeak"]
    for mine, other in zip(tones[:4], others, strict=False):
        speak_batch(context, production, 0, mine.index, 1)
        speak_batch(context, production, 0, other.index, 1)
    with pytest.raises(EngineUnavailable, match="“tone” failed on each of the last 5 passages"):
        speak_batch(context, production, 0, tones[4].index, 1)
