"""The conversion models of coqui-tts: each converts in the real library, and its traps by name."""

from __future__ import annotations

import json
import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.errors import EngineUnavailable
from pipeline.model import SpeakingOptions
from pipeline.speech.conversion import Target, forget_converters, open_converter
from pipeline.speech.conversion_shift import shift
from pipeline.speech.coqui_conversion import FOLDER
from pipeline.speech.engine import EngineContext
from pipeline.speech.registry import engine_for, find_voice
from tests.engines.coqui import SUBJECT
from tests.helpers_conversion import add_person
from tests.helpers_speech import chunk_of
from tests.speech_clips import RATE, speech

if SUBJECT.missing:
    pytest.skip(f"coqui: {', '.join(SUBJECT.missing)} not installed here", allow_module_level=True)

from importlib.metadata import version

import torch

from pipeline.speech.coqui_conversion import SERIES
from tests import helpers_coqui_conversion as models

RATES = {"freevc": 24_000, "knnvc": 16_000, "openvoice-v2": 22_050}
TEXT = "The lamp of the old mill went out, and nobody saw who had done it."


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> EngineContext:
    folder = tmp_path_factory.mktemp("voices")
    models.write_freevc(folder / FOLDER)
    models.write_knnvc(folder / FOLDER)
    models.write_openvoice(folder / FOLDER)
    add_person(folder, "anna")
    add_person(folder, "ben", "chatterbox", pitch=1.5)
    return EngineContext(folder)


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: Any, **__: Any) -> None:
        raise AssertionError("something is fetched")

    monkeypatch.setattr(socket.socket, "connect", refused)


def targets(name: str, context: EngineContext) -> dict[str, Target]:
    return {target.id: target for target in open_converter(name, context).targets()}


@pytest.mark.parametrize("name", RATES)
def test_each_converts_to_the_sample_and_repeatably(name: str, context: EngineContext) -> None:
    converter, people = open_converter(name, context), targets(name, context)
    said = speech()[: round(2.3 * RATE)]
    anna, rate = converter.convert(said, RATE, people["xtts/anna"], SpeakingOptions())
    assert rate == RATES[name]
    assert len(anna) == round(len(said) * rate / RATE)
    assert np.abs(anna).max() > 100
    ben, _ = converter.convert(said, RATE, people["chatterbox/ben"], SpeakingOptions())
    assert not np.array_equal(anna, ben)
    again, _ = converter.convert(said, RATE, people["xtts/anna"], SpeakingOptions())
    assert np.array_equal(anna, again)
    if name != "knnvc":  # which leaves nothing to chance
        seeded, _ = converter.convert(said, RATE, people["xtts/anna"], SpeakingOptions(seed=1))
        assert not np.array_equal(anna, seeded)


def test_words_stay_where_they_are(context: EngineContext) -> None:
    """Through the whole step, with a model that keeps the loud loud."""
    plain = find_voice("espeak:en-us", "en", context)
    voice = find_voice("espeak:en-us+openvoice-v2:anna", "en", context)
    [before] = engine_for(plain, context).speak([chunk_of(TEXT)], plain, SpeakingOptions())
    [take] = engine_for(voice, context).speak([chunk_of(TEXT)], voice, SpeakingOptions())
    assert take.sample_rate == voice.sample_rate == 22_050
    assert shift(before.audio, before.sample_rate, take.audio, take.sample_rate).farthest < 0.03
    assert take.timings is not None
    assert before.timings is not None
    assert len(take.timings) == len(before.timings)
    assert all(abs(a.start - b.start) < 0.03 for a, b in zip(take.timings, before.timings, strict=True))


def test_freevc_hears_who_speaks_with_a_model_of_its_folder(tmp_path: Path) -> None:
    models.write_freevc(tmp_path / FOLDER, apart=True)
    add_person(tmp_path, "anna")
    context = EngineContext(tmp_path)
    pcm, _ = open_converter("freevc", context).convert(
        speech()[:RATE], RATE, targets("freevc", context)["xtts/anna"], SpeakingOptions()
    )
    assert np.abs(pcm).max() > 100


def test_a_target_that_was_changed_is_refused(tmp_path: Path) -> None:
    models.write_knnvc(tmp_path / FOLDER)
    add_person(tmp_path, "anna")
    context = EngineContext(tmp_path)
    [target] = open_converter("knnvc", context).targets()
    add_person(tmp_path, "anna", pitch=1.5)
    for gone in (target, replace(target, id="xtts/nobody")):
        with pytest.raises(EngineUnavailable, match="was changed since it was listed"):
            open_converter("knnvc", context).convert(speech()[:RATE], RATE, gone, SpeakingOptions())


def test_a_text_that_would_be_run_is_refused(tmp_path: Path) -> None:
    """WavLM's file says how many layers it has, and the library runs what it says."""
    ran = tmp_path / "ran"
    models.write_knnvc(tmp_path / FOLDER)
    add_person(tmp_path, "anna")
    for code in (f"[open({str(ran)!r}, 'w')] and {models.LAYERS}", "[9**9**9]", "[(1,2,3)] * 999999999"):
        models.write_wavlm(tmp_path / FOLDER, conv_feature_layers=code)
        forget_converters()
        context = EngineContext(tmp_path)
        [target] = open_converter("knnvc", context).targets()
        with pytest.raises(EngineUnavailable, match="not WavLM as its makers published it"):
            open_converter("knnvc", context).convert(speech()[:RATE], RATE, target, SpeakingOptions())
    assert not ran.exists()


@pytest.mark.parametrize("name", RATES)
def test_a_checkpoint_with_code_is_refused(name: str, tmp_path: Path, capsys: Any) -> None:
    class Code:
        def __reduce__(self) -> Any:
            return (print, ("this ran",))

    writers = {
        "freevc": (models.write_freevc, "model_file.pth"),
        "knnvc": (models.write_knnvc, f"../{models.WAVLM}"),
        "openvoice-v2": (models.write_openvoice, "checkpoint.pth"),
    }
    write, file = writers[name]
    torch.save({"model": Code(), "cfg": {}}, write(tmp_path / FOLDER) / file)
    add_person(tmp_path, "anna")
    context = EngineContext(tmp_path)
    [target] = open_converter(name, context).targets()
    with pytest.raises(EngineUnavailable, match="could run what somebody put there"):
        open_converter(name, context).convert(speech()[:RATE], RATE, target, SpeakingOptions())
    assert "this ran" not in capsys.readouterr().out


def test_a_configuration_that_is_another_is_refused(tmp_path: Path) -> None:
    place = models.write_openvoice(tmp_path / FOLDER)
    (place / "config.json").write_text(json.dumps({"model": "vits"}))
    with pytest.raises(EngineUnavailable, match="is not that of an OpenVoice model"):
        list(open_converter("openvoice-v2", EngineContext(tmp_path)).targets())


def test_the_series_that_targets_name_is_that_of_the_library() -> None:
    assert version("coqui-tts").startswith(f"{SERIES}.")
