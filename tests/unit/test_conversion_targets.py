"""Who may be imitated by a conversion, and where that runs: known without the library that converts."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.errors import EngineUnavailable, VoiceNotFound
from pipeline.model import Consent
from pipeline.settings import ProductionSettings
from pipeline.speech.clones import remove_clone
from pipeline.speech.conversion import ConvertingEngine, open_converter
from pipeline.speech.coqui_conversion import (
    FOLDER,
    KNN_VOCODER,
    WAVLM,
    FreeVcConverter,
    KnnVcConverter,
    OpenVoice1Converter,
    OpenVoice2Converter,
)
from pipeline.speech.engine import EngineContext
from pipeline.speech.registry import (
    converted_into,
    engine_for,
    find_voice,
    open_engine,
    spoken_by,
    watermark_of,
)
from tasks.options import require_watermark
from tests.helpers_conversion import add_person

NAME = "espeak:en-us+freevc:xtts/anna"


def put(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))


def put_models(folder: Path) -> None:
    """Files that are told apart by their hashes and never loaded."""
    put(folder / WAVLM, "wavlm")
    put(folder / FreeVcConverter.model / "config.json", {"model": "freevc", "audio": {}})
    put(folder / FreeVcConverter.model / "model_file.pth", "freevc")
    put(folder / KnnVcConverter.model / "config.json", {"model": "knnvc", "topk": 4})
    put(folder / KNN_VOCODER / "config.json", {"model": "hifigan", "audio": {"sample_rate": 16_000}})
    put(folder / KNN_VOCODER / "model_file.pth", "hifigan")
    for model in (OpenVoice1Converter.model, OpenVoice2Converter.model):
        put(folder / model / "converter" / "config.json", {"data": {"sampling_rate": 22_050}})
        put(folder / model / "converter" / "checkpoint.pth", model)


@pytest.fixture
def context(tmp_path: Path) -> EngineContext:
    put_models(tmp_path / FOLDER)
    add_person(tmp_path, "anna")
    return EngineContext(tmp_path)


def test_a_clone_of_any_engine_is_a_target_with_its_consent(context: EngineContext) -> None:
    rates = {}
    for converter in ("freevc", "knnvc", "openvoice-v1", "openvoice-v2"):
        voice = find_voice(f"espeak:en-us+{converter}:anna", "en", context)
        assert voice.name == f"espeak:en-us+{converter}:xtts/anna"
        assert voice.consent == Consent("Anna Miller", "2026-05-01", "for audiobooks")
        assert "Anna Miller" in voice.description
        assert "MIT" in voice.licence
        rates[converter] = voice.sample_rate
    assert rates == {"freevc": 24_000, "knnvc": 16_000, "openvoice-v1": 22_050, "openvoice-v2": 22_050}
    add_person(context.voices_dir, "anna", "chatterbox")
    assert find_voice(NAME, "en", context).name == NAME
    with pytest.raises(
        VoiceNotFound, match="more than one voice “anna”; there are: chatterbox/anna, xtts/anna"
    ):
        find_voice("espeak:en-us+freevc:anna", "en", context)
    remove_clone("xtts:anna", context.voices_dir)
    with pytest.raises(VoiceNotFound, match="no voice “xtts/anna”"):
        find_voice(NAME, "en", context)


def test_whatever_changes_the_sound_changes_the_voice(context: EngineContext) -> None:
    seen = [find_voice(NAME, "en", context).revision]
    assert find_voice(NAME, "en", context).revision == seen[0]
    for path, content in (
        (WAVLM, "other"),
        (Path(FreeVcConverter.model) / "model_file.pth", "other weights"),
        (Path(FreeVcConverter.model) / "config.json", {"model": "freevc", "audio": {"hop_length": 320}}),
    ):
        put(context.voices_dir / FOLDER / path, content)
        seen.append(find_voice(NAME, "en", context).revision)
    add_person(context.voices_dir, "anna", pitch=1.4)
    seen.append(find_voice(NAME, "en", context).revision)
    assert len(set(seen)) == len(seen)


def test_what_is_missing_is_named(context: EngineContext) -> None:
    (context.voices_dir / FOLDER / WAVLM).unlink()
    with pytest.raises(EngineUnavailable, match=r"freevc has no model.*there is no .*WavLM-Large\.pt"):
        find_voice(NAME, "en", context)
    assert find_voice("espeak:en-us+openvoice-v2:anna", "en", context)
    put(
        context.voices_dir / FOLDER / FreeVcConverter.model / "config.json",
        {"model": "freevc", "model_args": {"use_spk": True}},
    )
    put(context.voices_dir / FOLDER / WAVLM, "wavlm")
    with pytest.raises(EngineUnavailable, match=r"there is no .*speaker_encoder\.pt"):
        find_voice(NAME, "en", context)


def test_nobody_who_is_imitated_becomes_somebody_else(context: EngineContext) -> None:
    plain = find_voice("espeak:en-us", "en", context)
    once = converted_into(plain, "freevc", "anna", context)
    with pytest.raises(VoiceNotFound, match="imitates somebody, and what it says is not converted"):
        converted_into(once, "openvoice-v2", "anna", context)


def test_it_is_spoken_where_the_library_is(context: EngineContext) -> None:
    assert spoken_by(NAME) == "coqui"
    assert spoken_by("coqui:tts_models--en--vctk--vits#p225+knnvc:xtts/anna") == "coqui"
    assert spoken_by("xtts:v2#ann-other+knnvc:xtts/anna") == "xtts"
    assert spoken_by("espeak:en-us+rvc:anna") == "espeak"
    assert spoken_by("piper:en_US-amy-medium") == "piper"
    chatterbox = replace(find_voice("espeak:en-us", "en", context), engine="chatterbox", name="chatterbox:x")
    with pytest.raises(EngineUnavailable, match="chatterbox and freevc need an environment each"):
        converted_into(chatterbox, "freevc", "anna", context)


def test_on_a_gpu_the_base_engine_speaks_on_the_cpu(context: EngineContext) -> None:
    """The environment of the converter has no other libraries for a GPU than its own."""
    gpu = replace(context, device="cuda", precision="float16")
    voice = find_voice(NAME, "en", gpu)
    assert voice == find_voice(NAME, "en", context)
    engine = engine_for(voice, gpu)
    assert isinstance(engine, ConvertingEngine)
    assert engine._engine is open_engine("espeak", context)
    assert engine._converter is open_converter("freevc", gpu)


def test_a_watermark_is_not_claimed_for_what_was_converted(context: EngineContext) -> None:
    """The parts of a conversion know nothing of a mark that was in what they were given."""
    voice = find_voice(NAME, "en", context)
    plain = replace(voice, engine="chatterbox", name="chatterbox:x")
    marked = replace(voice, engine="chatterbox", name="chatterbox:x+rvc:anna")
    assert watermark_of(plain)
    assert watermark_of(marked) == ""
    require_watermark(ProductionSettings(), marked)
