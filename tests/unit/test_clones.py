"""Cloned voices: consent, what is kept, and that nothing of it can be changed or forgotten unnoticed."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.errors import SettingsError, VoiceNotFound
from pipeline.model import Consent, SpeakingOptions, Voice
from pipeline.pulling import record
from pipeline.pulling.files import hash_file
from pipeline.script.keys import take_key
from pipeline.settings import ProductionSettings, VoiceSettings
from pipeline.speech.clip import Clip, read_clip
from pipeline.speech.clones import Clone, add_clone, clone_of, cloned_voice, clones, find_clone, remove_clone
from pipeline.speech.consent import parse_consent
from pipeline.speech.engine import EngineContext
from pipeline.speech.facts import Cloning
from pipeline.speech.registry import find_voice, voices_of
from pipeline.speech.tone import ToneEngine
from tasks.options import require_watermark, speaking_options, told, watermark_of
from tests.helpers_speech import chunk_of
from tests.speech_clips import recording

LINE = "Ann Reader, 2026-05-01, for reading her own stories"


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    path = recording(tmp_path_factory.mktemp("clip") / "ann.flac")
    return read_clip(path, Cloning(2.0, 12.0, 22_050))


def clone(name: str = "ann", line: str = LINE) -> Clone:
    return Clone(name, "tone", ("mul",), "", 0.0, 0, parse_consent(line))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (LINE, Consent("Ann Reader", "2026-05-01", "for reading her own stories")),
        (
            "Ann Reader, by her agent; 2026-05-01; one book, no adverts.",
            Consent("Ann Reader, by her agent", "2026-05-01", "one book, no adverts"),
        ),
        ("own voice: Ann, 2026-05-01, all", Consent("Ann", "2026-05-01", "all", own=True)),
        ("My own voice, Ann, 2026-05-01, all", Consent("Ann", "2026-05-01", "all", own=True)),
        ("Owen Smith, 2026-05-01, all", Consent("Owen Smith", "2026-05-01", "all")),
    ],
)
def test_a_consent_says_who_when_and_for_what(line: str, expected: Consent) -> None:
    assert parse_consent(line) == expected
    assert parse_consent(str(expected)) == expected


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("", "names no day"),
        ("Ann Reader said yes", "names no day"),
        ("Ann, 1 May 2026, all", "names no day"),
        ("Ann, 2026-13-01, all", "is no day"),
        ("Ann, 2026-05-01 to 2027-05-01, all", "more than one day"),
        ("2026-05-01, all", "who gave it"),
        ("own voice: 2026-05-01, all", "who gave it"),
        ("Ann, 2026-05-01", "for what"),
        (f"Ann, {(datetime.now(UTC) + timedelta(days=9)).date()}, all", "yet to come"),
        ("Ann, 2026-05-01, " + "x" * 600, "one line of at most"),
    ],
)
def test_what_is_missing_in_a_consent_is_named(line: str, wrong: str) -> None:
    with pytest.raises(SettingsError, match=wrong):
        parse_consent(line)


def test_a_clone_is_kept_and_wholly_removed(tmp_path: Path, clip: Clip) -> None:
    kept = add_clone(clone(), clip, tmp_path)
    [(found, path)] = clones(tmp_path, "tone")
    assert found == kept == clone_of("tone:ann", tmp_path)
    assert path.read_bytes() == clip.wav
    assert kept.seconds == pytest.approx(clip.seconds, abs=0.001)
    assert remove_clone("tone:ann", tmp_path) == kept
    assert clone_of("tone:ann", tmp_path) is None
    assert [path for path in tmp_path.rglob("*") if path.is_file() and path.name != ".lock"] == []
    with pytest.raises(VoiceNotFound, match="no cloned voice"):
        remove_clone("tone:ann", tmp_path)


@pytest.mark.parametrize("name", ["", "../ann", "a/b", "ann voice", "ünal", ".hidden", "a" * 65])
def test_a_name_is_no_path(tmp_path: Path, clip: Clip, name: str) -> None:
    with pytest.raises(SettingsError, match="no name for a voice"):
        add_clone(clone(name), clip, tmp_path)


def test_a_recording_that_was_changed_is_no_voice_any_more(tmp_path: Path, clip: Clip) -> None:
    add_clone(clone(), clip, tmp_path)
    [(_, path)] = clones(tmp_path, "tone")
    path.write_bytes(path.read_bytes()[:-2] + b"\0\0")
    assert list(clones(tmp_path, "tone")) == []
    with pytest.raises(VoiceNotFound):
        find_voice("tone:ann", "en", EngineContext(tmp_path))


def test_a_recording_is_hashed_once_until_it_changes(
    tmp_path: Path, clip: Clip, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[Path] = []

    def counted(file: Path) -> str:
        hashed.append(file)
        return hash_file(file)

    monkeypatch.setattr(record, "hash_file", counted)
    kept = add_clone(clone(), clip, tmp_path)
    other = add_clone(clone("bob"), clip, tmp_path)
    path = tmp_path / "tone" / "ann.clone" / f"{kept.sha256}.wav"
    os.utime(path, (1e9, 1e9))  # long ago
    for _ in range(3):
        assert find_clone(tmp_path, "tone", "ann") == (kept, path)
        assert clone_of("tone:ann", tmp_path) == kept
    assert hashed == [path]  # nothing of the other one's
    path.write_bytes(path.read_bytes()[:-2] + b"\0\0")
    assert find_clone(tmp_path, "tone", "ann") is None
    assert [found for found, _ in clones(tmp_path, "tone")] == [other]
    assert find_clone(tmp_path, "tone", "../tone/bob") is None


def test_an_engine_that_forgets_whom_it_imitates_is_reminded(
    tmp_path: Path, clip: Clip, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = add_clone(clone(), clip, tmp_path)
    voices = list(ToneEngine(EngineContext(tmp_path)).voices())
    forgetful = [replace(voice, consent=None) for voice in voices]
    monkeypatch.setattr(ToneEngine, "voices", lambda engine: forgetful)
    found = {voice.name: voice.consent for voice in voices_of("tone", EngineContext(tmp_path))}
    assert found["tone:ann"] == kept.consent
    assert found["tone:a"] is None


def test_what_is_heard_is_in_its_revision_and_what_is_not_is_not(tmp_path: Path, clip: Clip) -> None:
    kept = add_clone(clone(), clip, tmp_path)
    other = replace(kept, consent=parse_consent("Ann, 2026-06-01, all"))
    assert kept.digest == other.digest
    for changed in (
        replace(kept, sha256="0" * 64),
        replace(kept, text="What is said."),
        replace(kept, engine="xtts"),
    ):
        assert changed.digest != kept.digest
    voice = cloned_voice(kept, revision="1", sample_rate=22_050)
    assert voice.revision == f"1+{kept.digest}"
    assert voice.consent == kept.consent
    again = replace(voice, consent=other.consent)
    chunk, options = chunk_of("The same words."), SpeakingOptions()
    assert take_key(chunk, voice, options) == take_key(chunk, again, options)


def _voice(own: bool | None) -> Voice:
    consent = None if own is None else Consent("Ann", "2026-05-01", "all", own=own)
    return Voice("tone:ann", "tone", "ann", ("mul",), 22_050, "1", consent=consent)


def test_an_engine_is_told_what_it_has() -> None:
    wanted = (("exaggeration", 0.3), ("pitch", 9.0), ("temperature", 0.5))
    options = speaking_options(ProductionSettings(voice=VoiceSettings(parameters=wanted)))
    assert told(options, _voice(None)).parameters == (("pitch", 2.0),)  # the most that it has
    espeak = Voice("espeak:de", "espeak", "de", ("de",), 22_050, "1")
    assert told(options, espeak).parameters == (("pitch", 1.65),)
    usual = replace(options, parameters=(("pitch", 1.0),))
    assert told(usual, espeak) == SpeakingOptions()  # so the take's key is that of all others


@pytest.mark.parametrize("own", [True, False, None])
def test_only_the_owner_of_a_voice_leaves_out_the_watermark(own: bool | None) -> None:
    settings = ProductionSettings(voice=VoiceSettings(watermark=False))
    voice = _voice(own)
    if own:
        require_watermark(settings, voice)
        assert told(speaking_options(settings), voice).parameters == (("watermark", 0.0),)
        assert watermark_of(settings, voice) == ""
        return
    with pytest.raises(SettingsError, match="declared as one's own"):
        require_watermark(settings, voice)
    assert told(speaking_options(settings), voice).parameters == ()  # whoever asks for it
    assert watermark_of(settings, voice)
    require_watermark(ProductionSettings(), voice)


def test_a_watermark_that_an_engine_cannot_leave_out_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = ProductionSettings(voice=VoiceSettings(watermark=False))
    monkeypatch.setattr(ToneEngine, "facts", replace(ToneEngine.facts, parameters=()))
    with pytest.raises(SettingsError, match="cannot be left out"):
        require_watermark(settings, _voice(own=True))
    assert watermark_of(settings, _voice(own=True))
    espeak = Voice("espeak:de", "espeak", "de", ("de",), 22_050, "1")
    require_watermark(settings, espeak)  # it has none
