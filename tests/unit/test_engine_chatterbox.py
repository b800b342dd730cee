"""Chatterbox: what is refused before it is tried, and what it does to voices in its own library, with random weights.

The second half runs where the library is installed (make engine ENGINE=chatterbox).
"""

from __future__ import annotations

import importlib.util
import os
import types
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.audio.tempo import at_rate
from pipeline.audio.wav import wav_bytes
from pipeline.errors import EngineUnavailable, SettingsError, SpeechFailed
from pipeline.model import Consent, SpeakingOptions, Take, Voice
from pipeline.serial import dump
from pipeline.speech.chatterbox import (
    CHARACTERS,
    FACTS,
    SAMPLE_RATE,
    ChatterboxEngine,
    _numbers,
    _take,
    _text,
)
from pipeline.speech.chatterbox_files import FILES, installed
from pipeline.speech.chatterbox_model import prove_watermark, require_watermark, without_leftovers
from pipeline.speech.clones import Clone
from pipeline.speech.engine import EngineContext
from tests.helpers_speech import chunk_of

IN_LIBRARY = all(importlib.util.find_spec(name) for name in ("chatterbox", "perth", "torch"))
in_library = pytest.mark.skipif(not IN_LIBRARY, reason="chatterbox is not installed here")
TEXT = "The lamp went out, and nobody saw it."


def as_it_is(sound: Any) -> Any:
    """In place of the watermark."""
    return sound


# -- without the library ---------------------------------------------------------------------------------


@pytest.mark.skipif(IN_LIBRARY, reason="the library is installed here")
def test_without_its_library_it_says_which_extra_brings_it(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable, match=r"voxpress\[chatterbox\]"):
        ChatterboxEngine(EngineContext(tmp_path))


def test_more_than_300_characters_are_refused_before_they_are_tried() -> None:
    assert len(_text(chunk_of("a " * 150))) == 299
    with pytest.raises(SpeechFailed, match="300 characters"):
        _text(chunk_of("ab " * 101))
    with pytest.raises(SpeechFailed, match="120 characters"):
        _text(chunk_of("字" * 121, language="zh"))
    assert CHARACTERS < 300


@pytest.mark.parametrize("text", ["", "— …", "..."])
def test_nothing_to_say_is_refused_instead_of_its_own_sentence_about_it(text: str) -> None:
    with pytest.raises(SpeechFailed, match="nothing to say"):
        _text(chunk_of(text))


def test_a_take_of_40_seconds_was_cut_there() -> None:
    sound = np.full(40 * SAMPLE_RATE, 0.1, np.float32)
    with pytest.raises(SpeechFailed, match="all it can make at once"):
        _take(chunk_of(TEXT), sound, 1.0, as_it_is)
    assert _take(chunk_of(TEXT), sound[: 39 * SAMPLE_RATE], 1.0, as_it_is).duration == 39


def test_numbers_that_are_no_sound_are_refused() -> None:
    with pytest.raises(SpeechFailed, match="no sound"):
        _take(chunk_of(TEXT), np.full(SAMPLE_RATE, np.nan, np.float32), 1.0, as_it_is)
    with pytest.raises(SpeechFailed, match="no sound"):
        _take(chunk_of(TEXT), np.zeros(SAMPLE_RATE, np.float32), 1.0, as_it_is)


def test_parameters_have_bounds_and_defaults() -> None:
    assert _numbers(SpeakingOptions()) == {"cfg_weight": 0.5, "exaggeration": 0.5, "temperature": 0.8}
    assert _numbers(SpeakingOptions(parameters=(("exaggeration", 0.7),)))["exaggeration"] == 0.7
    with pytest.raises(SettingsError, match="exaggeration"):
        _numbers(SpeakingOptions(parameters=(("exaggeration", 3.0),)))


def test_a_watermark_that_is_none_is_noticed() -> None:
    class Dummy:
        """As the package's own stand-in: it rounds, and finds by chance."""

        def apply_watermark(self, sound: Any, sample_rate: int) -> Any:
            return sound.round(5)

        def get_watermark(self, sound: Any, sample_rate: int, round: bool) -> Any:
            return np.random.RandomState(1).randint(0, 2, 32).astype(np.float32)

    hidden = types.ModuleType("perth")
    hidden.PerthImplicitWatermarker = None  # type: ignore[attr-defined]
    replaced = types.ModuleType("perth")
    replaced.DummyWatermarker = replaced.PerthImplicitWatermarker = Dummy  # type: ignore[attr-defined]
    for module in (hidden, replaced):
        with pytest.raises(EngineUnavailable, match="not active"):
            require_watermark(module)
    with pytest.raises(EngineUnavailable, match="not what it says"):
        prove_watermark(Dummy())


def test_a_model_of_which_a_file_is_missing_is_not_there(tmp_path: Path) -> None:
    for name, files in FILES.items():
        (tmp_path / name).mkdir()
        for file in files:
            (tmp_path / name / file).write_bytes(file.encode())
    assert [model.name for model in installed(tmp_path)] == ["english", "multilingual"]
    english, several = installed(tmp_path)
    assert english.languages == ("en",)
    assert {"de", "fr", "sv"} < set(several.languages)
    # what would be read badly in silence is not offered
    assert "zh" not in several.languages
    assert ("he" in several.languages) == bool(importlib.util.find_spec("dicta_onnx"))
    before = english.digest
    (tmp_path / "english" / "tokenizer.json").write_bytes(b"another")
    assert next(iter(installed(tmp_path))).digest != before
    (tmp_path / "english" / "tokenizer.json").unlink()
    assert [model.name for model in installed(tmp_path)] == ["multilingual"]


def test_every_trap_is_told() -> None:
    assert FACTS.watermark
    assert len(FACTS.traps) >= 10


@pytest.mark.parametrize("rate", [0.8, 1.0, 1.25])
def test_speech_is_made_faster_at_its_own_pitch(rate: float) -> None:
    """What has no rate of its own gets one."""
    time = np.arange(2 * SAMPLE_RATE) / SAMPLE_RATE
    audio = (8000 * np.sin(2 * np.pi * 220 * time)).astype(np.int16)
    made = at_rate(audio, SAMPLE_RATE, rate)
    assert len(made) == pytest.approx(len(audio) / rate, rel=0.03)
    spectrum = np.abs(np.fft.rfft(made[4000:20000], 1 << 17))
    assert np.argmax(spectrum) * SAMPLE_RATE / (1 << 17) == pytest.approx(220, abs=2)
    assert np.array_equal(made, at_rate(audio, SAMPLE_RATE, rate))


# -- in the library --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> EngineContext:
    from tests.helpers_chatterbox import write_english, write_multilingual

    os.environ.setdefault("TQDM_DISABLE", "1")
    folder = tmp_path_factory.mktemp("voices")
    write_english(folder / "chatterbox" / "english")
    write_multilingual(folder / "chatterbox" / "multilingual")
    add_clone(folder, "ann", ("en",))
    add_clone(folder, "bernd", ("de",))
    return EngineContext(folder)


def add_clone(folder: Path, name: str, languages: tuple[str, ...]) -> None:
    """Six seconds of somebody."""
    import hashlib

    time = np.arange(6 * SAMPLE_RATE) / SAMPLE_RATE
    hum = sum(np.sin(2 * np.pi * (90 + 40 * len(name)) * n * time) / n for n in range(1, 12))
    noise = np.random.RandomState(len(name)).standard_normal(len(time))
    wav = wav_bytes(
        (6000 * hum * (0.5 + 0.4 * np.sin(15 * time)) + 200 * noise).astype(np.int16), SAMPLE_RATE
    )
    sha256 = hashlib.sha256(wav).hexdigest()
    place = folder / "chatterbox" / f"{name}.clone"
    place.mkdir(parents=True)
    (place / f"{sha256}.wav").write_bytes(wav)
    consent = Consent("Somebody", "2026-01-01", "tests")
    clone = Clone(name, "chatterbox", languages, sha256, 6.0, SAMPLE_RATE, consent)
    (place / "clone.json").write_bytes(dump(clone))


@pytest.fixture(scope="module")
def engine(context: EngineContext) -> ChatterboxEngine:
    return ChatterboxEngine(context)


def voice_of(engine: ChatterboxEngine, identity: str) -> Voice:
    return next(voice for voice in engine.voices() if voice.id == identity)


def take_of(
    engine: ChatterboxEngine, identity: str, text: str = TEXT, language: str = "en", **numbers: float
) -> Take:
    options = SpeakingOptions(parameters=tuple(sorted(numbers.items())))
    [take] = engine.speak([chunk_of(text, language=language)], voice_of(engine, identity), options)
    return take


@contextmanager
def counted(engine: ChatterboxEngine, name: str) -> Iterator[list[Any]]:
    """The calls of one of the library's own methods."""
    assert engine._loaded is not None
    model, calls = engine._loaded._model, []
    before = getattr(model, name)

    def call(*args: Any, **more: Any) -> Any:
        calls.append((args, more))
        return before(*args, **more)

    setattr(model, name, call)
    try:
        yield calls
    finally:
        setattr(model, name, before)


@in_library
def test_a_recording_is_listened_to_once_for_a_voice(engine: ChatterboxEngine) -> None:
    take_of(engine, "english")  # loads the model
    with counted(engine, "prepare_conditionals") as listened, counted(engine, "generate") as spoken:
        one = take_of(engine, "ann")
        again = take_of(engine, "ann")
        take_of(engine, "ann", exaggeration=0.9)
    assert len(listened) == 2  # once for each exaggeration
    assert len(spoken) == 3
    assert all("audio_prompt_path" not in more and len(args) == 1 for args, more in spoken)
    assert np.array_equal(one.audio, again.audio)
    assert [more["exaggeration"] for _, more in spoken] == [0.5, 0.5, 0.9]
    assert [more["exaggeration"] for _, more in listened] == [0.5, 0.9]


@in_library
def test_voices_are_their_own_and_do_not_mix(engine: ChatterboxEngine) -> None:
    own, ann = take_of(engine, "english"), take_of(engine, "ann")
    assert not np.array_equal(own.audio, ann.audio)
    assert np.array_equal(own.audio, take_of(engine, "english").audio)
    assert voice_of(engine, "ann").consent == Consent("Somebody", "2026-01-01", "tests")
    assert "-multilingual-" in voice_of(engine, "bernd").revision
    assert "-english-" in voice_of(engine, "ann").revision


@in_library
def test_every_take_carries_the_watermark_at_any_rate(engine: ChatterboxEngine) -> None:
    import perth

    finder = perth.PerthImplicitWatermarker()
    voice = voice_of(engine, "ann")
    for rate in (1.0, 0.9, 1.25):
        [take] = engine.speak([chunk_of(TEXT)], voice, SpeakingOptions(rate=rate))
        sound = take.audio.astype(np.float32) / 32768
        assert float(np.mean(finder.get_watermark(sound, sample_rate=SAMPLE_RATE, round=False))) > 0.5


@in_library
def test_no_guidance_at_all_does_not_break_the_english_model(engine: ChatterboxEngine) -> None:
    assert take_of(engine, "english", cfg_weight=0.0).duration > 0.5


@in_library
def test_the_multilingual_model_is_told_the_language_and_leaves_no_hooks(engine: ChatterboxEngine) -> None:
    take_of(engine, "bernd", "Das Licht.", "de")
    assert engine._loaded is not None
    layers = [layer.self_attn for layer in engine._loaded._model.t3.tfmr.layers]
    assert [len(layer._forward_hooks) for layer in layers] == [0] * len(layers)
    with counted(engine, "generate") as spoken:
        take_of(engine, "bernd", "Das Licht.", "de-AT")
        take_of(engine, "bernd", "The light.", "en")
    assert [more["language_id"] for _, more in spoken] == ["de", "en"]
    with pytest.raises(SpeechFailed, match="does not speak"):
        take_of(engine, "bernd", "Свет.", "bg")


@in_library
def test_its_hooks_would_stay_otherwise(engine: ChatterboxEngine) -> None:
    """Should this fail one day, taking them away may go."""
    take_of(engine, "bernd", "Das Licht.", "de")
    assert engine._loaded is not None
    model = engine._loaded._model
    with without_leftovers(model.t3.tfmr):
        model.generate("Das Licht.", "de")
        assert any(layer.self_attn._forward_hooks for layer in model.t3.tfmr.layers)


@in_library
def test_a_voice_that_changed_since_it_was_listed_is_refused(engine: ChatterboxEngine) -> None:
    from dataclasses import replace

    voice = replace(voice_of(engine, "ann"), revision="another")
    with pytest.raises(EngineUnavailable, match="changed since it was listed"):
        list(engine.speak([chunk_of(TEXT)], voice, SpeakingOptions()))
    with pytest.raises(EngineUnavailable, match="not installed"):
        list(engine.speak([chunk_of(TEXT)], replace(voice, id="nobody"), SpeakingOptions()))


@in_library
def test_a_gpu_is_never_assumed(context: EngineContext) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    engine = ChatterboxEngine(EngineContext(context.voices_dir, device="cuda:0"))
    with pytest.raises(EngineUnavailable, match="no GPU"):
        list(engine.speak([chunk_of(TEXT)], voice_of(engine, "english"), SpeakingOptions()))
