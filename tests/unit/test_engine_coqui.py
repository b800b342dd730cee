"""The models of coqui-tts: three kinds of them spoken in the real library, and its traps by name."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.errors import EngineUnavailable, SettingsError, SpeechFailed
from pipeline.model import SpeakingOptions, Take, Voice
from pipeline.speech.coqui import CoquiEngine
from pipeline.speech.coqui_tortoise import SETTINGS
from pipeline.speech.engine import EngineContext
from tests.engines.coqui import SUBJECT
from tests.helpers_conversion import add_person
from tests.helpers_speech import chunk_of

if SUBJECT.missing:
    pytest.skip(f"coqui: {', '.join(SUBJECT.missing)} not installed here", allow_module_level=True)

import torch
from TTS.tts.models import tortoise

from pipeline.speech.coqui_model import bring_espeak, own_chance
from tests import helpers_coqui as models

TEXT = "Nobody saw the lamp go out."


QUICK = SETTINGS | {"num_autoregressive_samples": 2, "diffusion_iterations": 3}


class Code:
    """What a pickle can do."""

    def __reduce__(self) -> Any:
        return (print, ("this ran",))


@pytest.fixture(scope="module")
def voices_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("voices")
    models.write_vits(folder / "coqui" / models.VITS)
    models.write_fast_pitch(folder / "coqui" / models.FAST_PITCH)
    models.write_tacotron(folder / "coqui" / models.TACOTRON)
    models.write_hifigan(folder / "coqui" / models.HIFIGAN)
    return folder


@pytest.fixture(scope="module")
def engine(voices_dir: Path) -> CoquiEngine:
    return CoquiEngine(EngineContext(voices_dir))


def voice_of(engine: CoquiEngine, part: str) -> Voice:
    return next(voice for voice in engine.voices() if part in voice.name)


def speak(engine: CoquiEngine, part: str, *texts: str, language: str = "en", **options: Any) -> list[Take]:
    chunks = [chunk_of(text, language=language) for text in texts]
    return list(engine.speak(chunks, voice_of(engine, part), SpeakingOptions(**options)))


def test_they_are_voices_by_the_librarys_names(engine: CoquiEngine) -> None:
    assert [voice.name for voice in engine.voices()] == [
        "coqui:tts_models--en--ljspeech--fast_pitch",
        "coqui:tts_models--en--ljspeech--tacotron2-DDC",
        "coqui:tts_models--en--test--vits#mill-er",
        "coqui:tts_models--en--test--vits#swan",
    ]
    assert voice_of(engine, "fast_pitch").licence == "apache 2.0"  # as the library's own list says
    assert voice_of(engine, "fast_pitch").languages == ("en",)


@pytest.mark.parametrize("part", ["vits#swan", "fast_pitch"])
def test_each_kind_speaks_and_paces(engine: CoquiEngine, part: str) -> None:
    first, again, other = speak(engine, part, TEXT, TEXT, "A storm of swans!")
    assert np.array_equal(first.audio, again.audio)
    assert len(first.audio) != len(other.audio)
    assert first.sample_rate == 22_050
    [fast] = speak(engine, part, TEXT, rate=1.5)
    assert 1.2 < first.duration / fast.duration < 1.8


def test_speakers_and_seeds_differ(engine: CoquiEngine) -> None:
    [swan], [miller], [seeded] = (
        speak(engine, "vits#swan", TEXT),
        speak(engine, "vits#mill-er", TEXT),
        speak(engine, "vits#swan", TEXT, seed=1),
    )
    for other in (miller, seeded):
        assert not np.array_equal(swan.audio[:10_000], other.audio[:10_000])


def test_yourtts_speaks_like_somebody_with_consent(tmp_path: Path) -> None:
    folder = models.write_your_tts(tmp_path / "coqui" / models.YOUR_TTS)
    ann, ben = add_person(tmp_path, "ann", "coqui"), add_person(tmp_path, "ben", "coqui", pitch=1.5)
    engine = CoquiEngine(EngineContext(tmp_path))
    own, like_ann, like_ben = engine.voices()
    assert [own.id.partition("#")[2], like_ann.name, like_ben.name] == ["female-en-5", ann.voice, ben.voice]
    assert [own.consent, like_ann.consent] == [None, ann.consent]
    assert like_ann.languages == ("en", "fr-fr")
    takes = {}
    for voice in (like_ann, like_ben):
        first, again = engine.speak([chunk_of(TEXT)] * 2, voice, SpeakingOptions())
        assert np.array_equal(first.audio, again.audio)
        assert first.sample_rate == 16_000
        takes[voice.id] = first.audio
    assert not np.array_equal(takes["ann"][:8000], takes["ben"][:8000])
    alone = CoquiEngine(EngineContext(tmp_path))
    assert np.array_equal(
        next(iter(alone.speak([chunk_of(TEXT)], like_ann, SpeakingOptions()))).audio, takes["ann"]
    )
    [french] = engine.speak([chunk_of(TEXT, language="fr")], like_ann, SpeakingOptions())
    assert not np.array_equal(french.audio[:8000], takes["ann"][:8000])

    (folder / "model_se.pth").unlink()  # without what listens it speaks like nobody else, and loads
    assert [voice.id for voice in engine.voices()] == [own.id]
    with pytest.raises(EngineUnavailable, match="is not installed here"):
        list(engine.speak([chunk_of(TEXT)], like_ann, SpeakingOptions()))


def test_statistics_of_what_listens_are_not_read(tmp_path: Path) -> None:
    folder = models.write_your_tts(tmp_path / "coqui" / models.YOUR_TTS)
    config = json.loads((folder / "config_se.json").read_text())
    config["audio"]["stats_path"] = str(tmp_path / "stats.npy")
    (folder / "config_se.json").write_text(json.dumps(config))
    assert list(CoquiEngine(EngineContext(tmp_path)).voices()) == []


def small_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    """What draws Tortoise's own voice, in the size of the tiny model: the library has one size only."""
    made = tortoise.RandomLatentConverter
    monkeypatch.setattr(tortoise, "RandomLatentConverter", lambda size: made(size // 16))


def test_tortoise_speaks_by_chance_or_like_somebody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.speech.coqui_tortoise.SETTINGS", QUICK)
    small_chance(monkeypatch)
    folder = models.write_tortoise(tmp_path / "coqui" / models.TORTOISE)
    ann = add_person(tmp_path, "ann", "coqui")
    engine = CoquiEngine(EngineContext(tmp_path))
    own, like_ann = engine.voices()
    assert own.id == f"{models.TORTOISE}#own"
    assert (like_ann.name, like_ann.consent, like_ann.languages) == (ann.voice, ann.consent, ("en",))
    assert "Apache" in own.licence or "apache" in own.licence
    before = random.getstate()
    said = {}
    for voice in (own, like_ann):
        [take] = engine.speak([chunk_of(TEXT)], voice, SpeakingOptions())
        assert take.sample_rate == voice.sample_rate == 24_000
        assert take.duration > 0.1
        assert take.audio.any()
        said[voice.id] = take.audio
    assert random.getstate() == before
    assert not np.array_equal(said[own.id], said["ann"])
    [again] = CoquiEngine(EngineContext(tmp_path)).speak([chunk_of(TEXT)], like_ann, SpeakingOptions())
    assert np.array_equal(again.audio, said["ann"])  # whatever the time of day
    with pytest.raises(SpeechFailed, match="does not speak “de”"):
        list(engine.speak([chunk_of(TEXT, language="de")], own, SpeakingOptions()))

    (folder / ".models" / "rlg_auto.pth").unlink()
    assert [voice.id for voice in engine.voices()] == ["ann"]
    torch.save({"emb": Code()}, folder / ".models" / "clvp2.pth")
    [like_ann] = engine.voices()
    with pytest.raises(EngineUnavailable, match="could run what somebody put there"):
        list(engine.speak([chunk_of(TEXT)], like_ann, SpeakingOptions()))


def test_tortoise_that_comes_to_no_end_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.speech.coqui_tortoise.SETTINGS", QUICK | {"max_mel_tokens": 40})
    monkeypatch.setattr("pipeline.speech.coqui_tortoise.MOST", 40)
    small_chance(monkeypatch)
    models.write_tortoise(tmp_path / "coqui" / models.TORTOISE, stops=False)
    with pytest.raises(SpeechFailed, match="came to no end"):
        speak(CoquiEngine(EngineContext(tmp_path)), "tortoise", TEXT)


def test_a_vocoder_beside_it_is_used(engine: CoquiEngine, voices_dir: Path, tmp_path: Path) -> None:
    [take] = speak(engine, "fast_pitch", TEXT)
    assert not voice_of(engine, "fast_pitch").caveat
    shutil.copytree(voices_dir / "coqui" / models.FAST_PITCH, tmp_path / "coqui" / models.FAST_PITCH)
    bare = CoquiEngine(EngineContext(tmp_path))
    assert "Griffin-Lim" in voice_of(bare, "fast_pitch").caveat
    assert voice_of(bare, "fast_pitch").revision != voice_of(engine, "fast_pitch").revision
    [hollow], [again] = speak(bare, "fast_pitch", TEXT), speak(bare, "fast_pitch", TEXT)
    assert np.array_equal(hollow.audio, again.audio)  # Griffin-Lim begins with random phases
    assert hollow.duration == pytest.approx(take.duration, abs=0.2)


def test_tacotron_that_comes_to_no_end_is_a_failure(voices_dir: Path, tmp_path: Path) -> None:
    models.write_tacotron(tmp_path / "coqui" / models.TACOTRON, stops=False)
    with pytest.raises(SpeechFailed, match="came to no end"):
        speak(CoquiEngine(EngineContext(tmp_path)), "tacotron2", TEXT)


def test_a_model_without_a_pace_says_so(engine: CoquiEngine) -> None:
    [take] = speak(engine, "tacotron2", TEXT)
    assert take.duration > 0.1
    with pytest.raises(SettingsError, match="one speaking rate only"):
        speak(engine, "tacotron2", TEXT, rate=1.2)


def test_letters_that_a_model_lacks_are_in_doubt(engine: CoquiEngine) -> None:
    plain, odd = speak(engine, "fast_pitch", "A storm of swans!", "A storm of swäns!")
    assert plain.doubts == ()
    assert [doubt.fault for doubt in odd.doubts] == ["pronunciation"]
    assert "“ä”" in odd.doubts[0].text
    with pytest.raises(SpeechFailed, match="knows no letter"):
        speak(engine, "fast_pitch", "лампа")


def test_phonemes_come_from_our_own_espeak() -> None:
    from TTS.tts.utils.text.phonemizers import get_phonemizer_by_name

    bring_espeak()
    english = get_phonemizer_by_name("espeak", language="en-us")
    assert english.phonemize("The lamp, nobody.", separator="") == "ðə lˈæmp, nˈoʊbɑːdi."


def test_a_checkpoint_with_code_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = models.write_tacotron(tmp_path / "coqui" / models.TACOTRON)
    torch.save({"model": Code()}, place / "model_file.pth")
    with pytest.raises(EngineUnavailable, match="could run what somebody put there"):
        speak(CoquiEngine(EngineContext(tmp_path)), "tacotron2", TEXT)
    assert "this ran" not in capsys.readouterr().out


def test_chance_goes_on_as_if_nothing_had_been() -> None:
    torch.manual_seed(4)
    np.random.seed(4)
    expected = torch.rand(1).item(), np.random.rand()
    torch.manual_seed(4)
    np.random.seed(4)
    with own_chance(9, "cpu"):
        torch.rand(5)
        np.random.rand(5)
    assert (torch.rand(1).item(), np.random.rand()) == expected
