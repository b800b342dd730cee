"""Kokoro in its own library, with random weights, and its network exported as ONNX by its own code."""

from __future__ import annotations

import importlib.machinery
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.errors import EngineUnavailable
from pipeline.model import SpeakingOptions
from pipeline.speech import kokoro_letters
from pipeline.speech.engine import EngineContext
from pipeline.speech.kokoro import KokoroEngine
from pipeline.speech.kokoro_letters import letters_of, writer
from pipeline.speech.kokoro_net import OnnxNet, TorchNet
from tests.helpers_speech import chunk_of, words_of

torch = pytest.importorskip("torch", reason="torch is not installed here")
pytest.importorskip("kokoro", reason="kokoro is not installed here")

IDS = [0, *range(20, 60), 0]
KEY = ("a", "key")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.helpers_kokoro_library import write_kokoro_library

    folder = tmp_path_factory.mktemp("voices") / "kokoro"
    write_kokoro_library(folder)
    return folder


@pytest.fixture(scope="module")
def style_row() -> np.ndarray[Any, np.dtype[np.float32]]:
    return np.random.RandomState(3).standard_normal((1, 256)).astype(np.float32)


def config() -> dict[str, Any]:
    from tests.helpers_kokoro_library import CONFIG

    return CONFIG


def test_the_library_tells_the_frames_of_each_letter(folder: Path, style_row: Any) -> None:
    net = TorchNet(folder / "kokoro-test.pth", config(), "cpu")
    sound, frames = net.run(IDS, style_row, 1.0, KEY)
    assert frames is not None
    assert len(frames) == len(IDS)
    assert int(frames.sum()) * 600 == len(sound)
    again, _ = net.run(IDS, style_row, 1.0, KEY)
    other, _ = net.run(IDS, style_row, 1.0, ("another",))
    assert np.array_equal(sound, again)
    assert not np.array_equal(sound, other)


def test_its_own_export_runs_as_onnx_with_its_noise_from_the_key(
    folder: Path, style_row: Any, tmp_path: Path
) -> None:
    from kokoro.model import KModelForONNX

    from tests.helpers_kokoro_library import network_of

    network = network_of(config(), tmp_path, disable_complex=True)
    path = tmp_path / "kokoro.onnx"
    torch.onnx.export(
        KModelForONNX(network).eval(),
        args=(torch.tensor([IDS]), torch.randn(1, 256), torch.tensor([1.0])),
        f=str(path),
        input_names=["input_ids", "style", "speed"],
        output_names=["waveform", "duration"],
        opset_version=17,
        dynamic_axes={"input_ids": {1: "letters"}, "waveform": {0: "samples"}},
        dynamo=False,
    )
    net = OnnxNet(path.read_bytes(), "kokoro", config(), "cpu")
    for ids in (IDS, [*IDS[:9], 0]):
        sound, frames = net.run(ids, style_row, 1.0, KEY)
        assert frames is not None
        assert int(frames.sum()) * 600 == len(sound)
        _, wanted = network.forward_with_tokens(torch.tensor([ids]), torch.from_numpy(style_row), 1.0)
        assert frames.tolist() == wanted.tolist()
        assert np.array_equal(sound, net.run(ids, style_row, 1.0, KEY)[0])
        assert not np.array_equal(sound, net.run(ids, style_row, 1.0, ("another",))[0])


def test_weights_that_fit_in_part_are_refused(folder: Path, tmp_path: Path) -> None:
    """The library would go on with random ones for the rest."""
    weights = torch.load(folder / "kokoro-test.pth", weights_only=True)
    gone = next(iter(weights["decoder"]))
    del weights["decoder"][gone]
    path = tmp_path / "kokoro-part.pth"
    torch.save(weights, path)
    with pytest.raises(EngineUnavailable, match="decoder"):
        TorchNet(path, config(), "cpu")
    del weights["decoder"]
    torch.save(weights, path)
    with pytest.raises(EngineUnavailable, match="no decoder"):
        TorchNet(path, config(), "cpu")


def test_a_pickle_that_could_run_code_is_refused(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[Any, ...]:
            return (Path(tmp_path / "run").touch, ())

    path = tmp_path / "kokoro-evil.pth"
    torch.save({"bert": Evil()}, path)
    with pytest.raises(EngineUnavailable, match="cannot be loaded"):
        TorchNet(path, config(), "cpu")
    assert not (tmp_path / "run").exists()


def test_a_gpu_is_never_assumed(folder: Path) -> None:
    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    engine = KokoroEngine(EngineContext(folder.parent, device="cuda:0"))
    voice = next(iter(engine.voices()))
    with pytest.raises(EngineUnavailable, match="sees no GPU"):
        list(engine.speak([chunk_of("No.")], voice, SpeakingOptions()))


# -- English as misaki writes it --------------------------------------------------------------------------


@pytest.fixture
def english(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The real misaki with its real dictionary. In place of the model of spaCy that it wants stands one that divides
    into words and gives all of them the same tag."""
    import spacy
    from spacy.language import Language

    name = "en_core_web_sm"

    @Language.component("one_tag")
    def one_tag(doc: Any) -> Any:
        for token in doc:
            token.tag_ = "." if token.is_punct else "NN"
        return doc

    def load(path: str, **_: Any) -> Any:
        assert path == name
        made = spacy.blank("en")
        made.add_pipe("one_tag")
        return made

    module = types.ModuleType(name)
    module.__spec__ = importlib.machinery.ModuleSpec(name, None)
    monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr(spacy.util, "is_package", lambda asked: asked == name)
    monkeypatch.setattr(spacy, "load", load)
    monkeypatch.setattr(spacy.cli, "download", lambda *_: pytest.fail("something was downloaded"))
    writer.cache_clear()
    yield
    writer.cache_clear()


def test_english_is_written_by_misaki_where_its_model_is_installed(english: None, folder: Path) -> None:
    assert kokoro_letters.by("a").startswith("misaki")
    assert kokoro_letters.by("f").startswith("espeak")
    assert letters_of(words_of("The judge chose boats."), "a", ()) == "ðə ʤˈʌʤ ʧˈOz bˈOts."
    # a word that is in no dictionary is written by espeak; markup is text
    assert letters_of(words_of("Xylqorp"), "a", ())
    assert "/" not in letters_of(words_of("[lake](/ʒˈu/)"), "a", ())
    engine = KokoroEngine(EngineContext(folder.parent))
    voice = next(voice for voice in engine.voices() if voice.id == "af_bella")
    assert "misaki" in voice.revision
    [take] = engine.speak([chunk_of("The judge chose boats.")], voice, SpeakingOptions())
    assert take.timing_source == "engine"
    assert take.timings is not None
    assert len(take.timings) == 4


def test_without_that_model_espeak_writes_english(folder: Path) -> None:
    """misaki would download it."""
    if kokoro_letters._has_english():
        pytest.skip("spaCy's model is installed here")
    assert kokoro_letters.by("a").startswith("espeak")


def test_chinese_is_written_by_misaki(folder: Path) -> None:
    if not kokoro_letters.offered("z"):
        pytest.skip("misaki's Chinese is left out of the environment: pip install 'misaki[zh]'")
    assert letters_of(words_of("你好", joined=True), "z", ())
