"""What every recogniser must do, run over all of them: one that is added is tested by adding it to ``MADE``.

No weights of a real model are here. Whisper runs on a model with random weights that the test makes: all of its code
and faster-whisper's is run, and what it hears is nonsense. Vosk's library is stood in for by a module of the same
shape; it has never been run with a real model.
"""

from __future__ import annotations

import importlib.metadata
import json
import struct
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from pipeline.errors import HearingError, RecogniserUnavailable
from pipeline.hear.recogniser import Clip, Recogniser, RecogniserContext
from pipeline.hear.registry import _BUILT_IN, forget_recognisers, open_recogniser, recogniser_names
from pipeline.model import Pcm
from tests.hearing import make_whisper


class FakeVosk(types.ModuleType):
    """The parts of ``vosk`` that are used: every second of loud audio is the word "loud"."""

    def __init__(self) -> None:
        super().__init__("vosk")
        self.Model = FakeModel
        self.KaldiRecognizer = FakeKaldi

    def SetLogLevel(self, level: int) -> None:
        """Nothing is logged."""


class FakeModel:
    def __init__(self, model_path: str) -> None:
        if not (Path(model_path) / "am").is_dir():
            raise Exception("Failed to create a model")


class FakeKaldi:
    def __init__(self, model: FakeModel, rate: float) -> None:
        assert rate == 16_000
        self._at, self._words, self._data, self._told = 0.0, False, b"", 0.0

    def SetWords(self, wanted: bool) -> None:
        self._words = wanted

    def AcceptWaveform(self, data: bytes) -> bool:
        self._data += data
        return len(self._data) >= 2 * 16_000 * 5  # "the end of an utterance"

    def Result(self) -> str:
        samples = np.frombuffer(self._data, "<i2")
        count = len(samples) // 16_000
        words = [
            {"word": "loud", "start": self._told + at, "end": self._told + at + 0.9, "conf": 0.75}
            for at in range(count)
            if np.abs(samples[at * 16_000 : (at + 1) * 16_000]).max() > 1000
        ]
        self._told += len(samples) / 16_000
        self._data = b""
        return json.dumps({"text": "", "result": words} if self._words and words else {"text": ""})

    FinalResult = Result


def whisper(folder: Path) -> RecogniserContext:
    """A model of several languages with random weights."""
    return RecogniserContext(folder / "none", str(make_whisper(folder / "model")))


def vosk(folder: Path) -> RecogniserContext:
    """A folder that passes for a model."""
    (folder / "vosk-model-small-en-us-0.15" / "am").mkdir(parents=True, exist_ok=True)
    (folder / "vosk-model-small-en-us-0.15" / "am" / "final.mdl").write_bytes(b"model")
    return RecogniserContext(folder / "none", str(folder / "vosk-model-small-en-us-0.15"))


def tone(folder: Path) -> RecogniserContext:
    """Nothing is needed."""
    return RecogniserContext(folder / "none")


MADE: dict[str, Callable[[Path], RecogniserContext]] = {"whisper": whisper, "vosk": vosk, "tone": tone}


@pytest.fixture(scope="module", params=sorted(MADE))
def made(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, RecogniserContext]]:
    """A recogniser's name and what it needs."""
    real = importlib.metadata.version
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "vosk":
            patch.setitem(sys.modules, "vosk", FakeVosk())
            version = lambda name: "0.3.45" if name == "vosk" else real(name)  # noqa: E731
            patch.setattr("pipeline.hear.vosk.version", version)
        yield request.param, MADE[request.param](tmp_path_factory.mktemp(request.param))
    forget_recognisers()


@pytest.fixture
def recogniser(made: tuple[str, RecogniserContext]) -> Recogniser:
    return open_recogniser(*made)


def noise(seconds: float, rate: int = 16_000, seed: int = 1) -> Pcm:
    """Loud noise with a quiet place in each second."""
    audio = np.random.default_rng(seed).integers(-8000, 8000, round(seconds * rate)).astype(np.int16)
    for at in range(0, len(audio), rate):
        audio[at : at + rate // 20] = 0
    return audio


def test_all_built_in_recognisers_are_tested_here() -> None:
    assert set(MADE) == set(_BUILT_IN)
    assert set(recogniser_names(hidden=True)) >= set(MADE)
    assert "tone" not in recogniser_names()


def test_it_says_what_it_is(recogniser: Recogniser, made: tuple[str, RecogniserContext]) -> None:
    assert isinstance(recogniser, Recogniser)
    assert recogniser.name == made[0]
    assert recogniser.revision == type(recogniser)(made[1]).revision
    assert recogniser.name in recogniser.revision
    assert recogniser.hears("en-US")
    assert recogniser.size >= 0


@pytest.mark.parametrize(("seconds", "rate"), [(4.0, 16_000), (3.0, 22_050), (3.0, 44_100), (65.0, 16_000)])
def test_times_ascend_inside_the_audio(recogniser: Recogniser, seconds: float, rate: int) -> None:
    heard = recogniser.transcribe(noise(seconds, rate), rate, "en")

    assert heard
    edges = [edge for word in heard for edge in (word.start, word.end)]
    assert edges == sorted(edges)
    assert edges[0] >= 0
    assert edges[-1] <= seconds
    assert all(0 <= word.probability <= 1 for word in heard)
    assert all(word.text and word.text == word.text.strip() for word in heard)


def test_together_is_as_one_by_one(recogniser: Recogniser) -> None:
    clips = [Clip(noise(2, seed=3), 16_000), Clip(noise(3, 22_050, seed=4), 22_050), Clip(noise(31), 16_000)]

    together = list(recogniser.transcribe_all(clips, "en"))

    alone = [recogniser.transcribe(clip.audio, clip.sample_rate, "en") for clip in clips]
    # Numbers are computed in another order for several at once, and may differ in their last digit.
    assert [len(words) for words in together] == [len(words) for words in alone]
    same = sum(
        a.text == b.text for x, y in zip(together, alone, strict=True) for a, b in zip(x, y, strict=True)
    )
    assert same >= 0.9 * sum(len(words) for words in alone)


@pytest.mark.parametrize("length", [0, 1, 100])
def test_next_to_nothing_is_no_error(recogniser: Recogniser, length: int) -> None:
    heard = recogniser.transcribe(np.zeros(length, np.int16), 16_000, "en")

    assert all(word.end <= length / 16_000 for word in heard)


def test_nothing_together_is_nothing(recogniser: Recogniser) -> None:
    assert list(recogniser.transcribe_all([], "en")) == []


def test_a_device_that_is_not_there_is_an_error(made: tuple[str, RecogniserContext]) -> None:
    name, context = made
    if name == "tone":
        pytest.skip("the device does not matter to it")
    here = type(open_recogniser(name, context))
    with pytest.raises(RecogniserUnavailable, match="cuda:63"):
        here(RecogniserContext(context.models_dir, context.model, "cuda:63"))


def test_without_a_model_it_says_how_to_get_one(made: tuple[str, RecogniserContext], tmp_path: Path) -> None:
    name, _ = made
    if name == "tone":
        pytest.skip("it needs no model")
    with pytest.raises(RecogniserUnavailable, match="models pull"):
        open_recogniser(name, RecogniserContext(tmp_path))
    with pytest.raises(RecogniserUnavailable, match="neither a pulled model nor a folder"):
        open_recogniser(name, RecogniserContext(tmp_path, str(tmp_path / "missing")))


def test_a_broken_model_is_an_error_and_no_crash(made: tuple[str, RecogniserContext], tmp_path: Path) -> None:
    name, _ = made
    if name == "tone":
        pytest.skip("it needs no model")
    (tmp_path / "broken-en").mkdir()
    (tmp_path / "broken-en" / "model.bin").write_bytes(struct.pack("<II", 6, 11) + b"rubbish")
    broken = open_recogniser(name, RecogniserContext(tmp_path, str(tmp_path / "broken-en")))

    with pytest.raises(HearingError, match="broken-en"):
        broken.transcribe(noise(1), 16_000, "en")
