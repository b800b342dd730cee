"""XTTS: its traps by name, and that several texts at once sound as each does alone."""

from __future__ import annotations

import hashlib
import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.errors import EngineUnavailable, SettingsError, SpeechFailed
from pipeline.model import SpeakingOptions, Take, Voice
from pipeline.speech.engine import EngineContext
from pipeline.speech.measured_batches import MeasuringGuard
from pipeline.speech.xtts import CHARACTERS, FACTS, WIDTH, XttsEngine, sampling_of
from tests.engines.xtts import SUBJECT
from tests.helpers_speech import chunk_of

if SUBJECT.missing:
    pytest.skip(f"xtts: {', '.join(SUBJECT.missing)} not installed here", allow_module_level=True)

import torch
from transformers import (
    LogitsProcessorList,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from pipeline.speech.xtts_decode import Decoder, Sampling, attend_all, attend_each, choose, in_portions
from pipeline.speech.xtts_files import installed, read_model
from pipeline.speech.xtts_model import Line, XttsModel
from tests.helpers_xtts import TOKENS, make_model, write_model

TEXTS = (
    "The lamp of the old mill went out, and nobody saw who had done it.",
    "A storm of swans!",
    "What else?",
)
GREEDY = Sampling(0.75, 50, 0.85, 10.0, greedy=True)
DRAWN = replace(GREEDY, greedy=False)
VOICE = "xtts:tiny#ann-other"


@pytest.fixture(scope="module")
def voices_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("voices")
    write_model(folder / "xtts" / "tiny")
    return folder


@pytest.fixture(scope="module")
def model(voices_dir: Path) -> XttsModel:
    return XttsModel(
        read_model(voices_dir / "xtts" / "tiny"), "cpu", "float32", voices_dir / "xtts" / ".latents"
    )


@pytest.fixture
def engine(voices_dir: Path, model: XttsModel) -> XttsEngine:
    made = XttsEngine(EngineContext(voices_dir))
    made._model = model
    return made


def the_voice(engine: XttsEngine, name: str = VOICE) -> Voice:
    return {voice.name: voice for voice in engine.voices()}[name]


def speak(
    engine: XttsEngine, *texts: str, voice: str = VOICE, language: str = "en", **options: Any
) -> list[Take]:
    chunks = [chunk_of(text, voice=voice, language=language) for text in texts]
    return list(engine.speak(chunks, the_voice(engine, voice), SpeakingOptions(**options)))


class Plenty:
    """Memory without end."""

    def free(self) -> int:
        return 10**15

    def begin(self) -> None:
        pass

    def peak(self) -> int:
        return 10**6


def lines(*texts: str) -> list[Line]:
    return [Line(text, "en", place) for place, text in enumerate(texts)]


# -- several at once -------------------------------------------------------------------------------------


def test_a_batch_has_the_samples_that_the_library_makes_one_by_one(
    model: XttsModel, voices_dir: Path
) -> None:
    voice = model.studio("Ann Other")
    theirs = make_model(voices_dir / "xtts" / "tiny" / "vocab.json")
    made = model.speak(lines(*TEXTS), voice, GREEDY, 1.0, 4)
    for text, audio in zip(TEXTS, made, strict=True):
        expected = theirs.inference(
            text,
            "en",
            voice.gpt,
            voice.speaker,
            do_sample=False,
            repetition_penalty=GREEDY.repetition_penalty,
        )["wav"]
        assert not isinstance(audio, SpeechFailed)
        assert len(audio) == len(expected)
        np.testing.assert_allclose(audio / 32767, expected, atol=2e-3)


def test_neighbours_change_nothing(model: XttsModel) -> None:
    voice = model.studio("Ann Other")
    decoder = Decoder(model._model.gpt)
    a, b, c = (
        decoder.prompt(voice.gpt, torch.tensor(model.tokens(line)), line.seed) for line in lines(*TEXTS)
    )
    together = decoder.decode([a, b, c, a], DRAWN, 4)
    assert together[0] == together[3]
    assert together[0] != together[1]
    assert decoder.decode([c, a], DRAWN, 4) == [together[2], together[0]]
    assert decoder.decode([b], DRAWN, 4) == [together[1]]
    wider = decoder.decode([b, c, a, b, c, a, b], DRAWN, 4)
    assert wider == [together[place] for place in (1, 2, 0, 1, 2, 0, 1)]


def test_a_row_goes_through_the_weights_alike_however_many_there_are() -> None:
    draw = torch.Generator().manual_seed(1)
    weights = torch.randn(1024, 512, generator=draw)
    rows = torch.randn(9, 512, generator=draw)
    seen: list[int] = []

    def layer(x: Any) -> Any:
        seen.append(len(x))
        return x @ weights.T

    all_of_them = in_portions(layer, rows, 4)
    torch.testing.assert_close(all_of_them, rows @ weights.T)
    for count in range(1, 9):
        assert torch.equal(in_portions(layer, rows[:count], 4), all_of_them[:count])
    assert set(seen) == {4}


@pytest.mark.parametrize("most", [1, 3, 64])
def test_takes_are_the_same_however_many_fit(
    engine: XttsEngine, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def plainly(self: XttsModel, text: str, tokens: Any, codes: list[int], *rest: Any) -> Any:
        return np.repeat(np.array(codes, np.int16), 1024)  # the vocoder takes long, and each row by itself

    monkeypatch.setattr(XttsModel, "_audio", plainly)
    texts = (*TEXTS, "She closed the book.", TEXTS[0][:40], TEXTS[1], "And went up.")
    usual = speak(engine, *texts)
    widths = []
    decode = Decoder.decode

    def spy(self: Decoder, prompts: Any, *rest: Any) -> Any:
        widths.append(len(prompts))
        return decode(self, prompts, *rest)

    monkeypatch.setattr(Decoder, "decode", spy)
    guard = MeasuringGuard(most, Plenty())
    monkeypatch.setattr(engine, "_guard", lambda: (guard, 4))
    made = speak(engine, *texts)
    assert max(widths) == min(most, 4)
    assert all(np.array_equal(one.audio, other.audio) for one, other in zip(usual, made, strict=True))
    widths.clear()
    again = speak(engine, *texts)
    assert max(widths) == min(most, 7)
    assert all(np.array_equal(one.audio, other.audio) for one, other in zip(usual, again, strict=True))


def test_both_ways_to_attend_hear_the_same() -> None:
    draw = torch.Generator().manual_seed(1)
    q, keys, values = (
        torch.randn(shape, generator=draw) for shape in ((3, 2, 8), (3, 2, 20, 8), (3, 2, 20, 8))
    )
    lengths = torch.tensor([1, 20, 7])
    each = attend_each(q, keys, values, lengths)
    torch.testing.assert_close(attend_all(q, keys, values, lengths), each)
    keys[2, :, 7:] = 100.0  # what is not its own
    torch.testing.assert_close(attend_all(q, keys, values, lengths), each)


@pytest.mark.parametrize("sampling", [DRAWN, Sampling(1.2, 0, 0.5, 1.0), Sampling(0.3, 3, 1.0, 5.0)])
def test_tokens_are_drawn_as_hugging_face_draws_them(sampling: Sampling) -> None:
    logits = torch.randn(1, 40, generator=torch.Generator().manual_seed(2)) * 4
    seen = torch.zeros(1, 40, dtype=torch.bool)
    seen[0, [1, 5, 9]] = True
    steps = [
        RepetitionPenaltyLogitsProcessor(sampling.repetition_penalty),
        TemperatureLogitsWarper(sampling.temperature),
    ]
    steps += [TopKLogitsWarper(sampling.top_k)] if sampling.top_k else []
    steps += [TopPLogitsWarper(sampling.top_p)] if sampling.top_p < 1 else []
    expected = LogitsProcessorList(steps)(torch.tensor([[1, 5, 9]]), logits.clone()).softmax(-1)[0]
    draws = (torch.arange(2000) + 0.5) / 2000
    drawn = choose(logits.expand(2000, -1), seen.expand(2000, -1), draws, sampling)
    shares = torch.bincount(drawn, minlength=40) / 2000
    torch.testing.assert_close(shares, expected, atol=1e-3, rtol=0)


def test_memory_that_runs_out_halves_the_batch(engine: XttsEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(WIDTH, "7")  # a guard of its own
    widths = []
    decode = Decoder.decode

    def short(self: Decoder, prompts: Any, sampling: Sampling, abreast: int) -> Any:
        widths.append(len(prompts))
        if len(prompts) > 3:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB.")
        return decode(self, prompts, sampling, abreast)

    monkeypatch.setattr(Decoder, "decode", short)
    halved = speak(engine, *TEXTS, TEXTS[0])
    assert widths == [4, 2, 2]
    monkeypatch.undo()
    monkeypatch.setenv(WIDTH, "7")
    again = speak(engine, *TEXTS, TEXTS[0])
    assert all(np.array_equal(one.audio, other.audio) for one, other in zip(halved, again, strict=True))


# -- traps -----------------------------------------------------------------------------------------------


def test_what_has_402_tokens_is_refused_before_the_assertion(engine: XttsEngine) -> None:
    long = "q z " * 210
    with pytest.raises(SpeechFailed, match="fewer than 402 tokens"):
        speak(engine, long)
    takes = iter(engine.speak([chunk_of(TEXTS[1]), chunk_of(long)], the_voice(engine), SpeakingOptions()))
    assert next(iter(takes)).duration > 0.3
    with pytest.raises(SpeechFailed):
        next(iter(takes))


def test_chunks_are_as_long_as_the_language_bears(engine: XttsEngine) -> None:
    voice = the_voice(engine)
    found = {tag: engine.limits(voice, tag).characters for tag in ("en-GB", "ru", "ja", "zh-CN", "eo")}
    assert found == {"en-GB": 250, "ru": 182, "ja": 71, "zh-CN": 82, "eo": 71}
    assert set(FACTS.languages) == set(CHARACTERS)


def test_what_comes_to_no_end_is_a_failure(tmp_path: Path) -> None:
    write_model(tmp_path / "xtts" / "tiny", stops=False)
    engine = XttsEngine(EngineContext(tmp_path))
    with pytest.raises(SpeechFailed, match="came to no end"):
        speak(engine, TEXTS[2])


def test_names_of_tokens_are_read_as_text(engine: XttsEngine, model: XttsModel) -> None:
    german = model._model.tokenizer.tokenizer.token_to_id("[de]")
    assert german in model.tokens(Line("the word [de] is French", "en", 0))
    seen: list[str] = []
    speaking = model.speak

    def spy(given: Any, *rest: Any) -> Any:
        seen.extend(line.text for line in given)
        return speaking(given, *rest)

    model.speak = spy  # type: ignore[method-assign]
    try:
        speak(engine, "the word [de] is French")
    finally:
        del model.speak  # type: ignore[method-assign]
    assert seen == ["the word (de) is French"]
    assert german not in model.tokens(Line(seen[0], "en", 0))


def test_a_language_or_a_script_that_it_does_not_have_is_said(engine: XttsEngine) -> None:
    with pytest.raises(SpeechFailed, match="cannot read"):
        speak(engine, "Saluton, mondo!", language="eo")
    with pytest.raises(SpeechFailed, match="knows no letter"):
        speak(engine, "שלום", language="en")


def test_the_seed_and_the_parameters_decide(engine: XttsEngine) -> None:
    [plain] = speak(engine, TEXTS[1])
    [seeded] = speak(engine, TEXTS[1], seed=1)
    [cold] = speak(engine, TEXTS[1], parameters=(("temperature", 0.1),))
    [default] = speak(engine, TEXTS[1], parameters=(("temperature", 0.75), ("warmth", 3.0)))
    assert not np.array_equal(plain.audio, seeded.audio)
    assert not np.array_equal(plain.audio, cold.audio)
    assert np.array_equal(plain.audio, default.audio)


def test_every_parameter_is_given_and_bounded() -> None:
    assert sampling_of(SpeakingOptions()) == Sampling(0.75, 50, 0.85, 10.0)
    with pytest.raises(SettingsError, match="temperature of XTTS lies between"):
        sampling_of(SpeakingOptions(parameters=(("temperature", 9.0),)))
    voice = Voice("xtts:a", "xtts", "a", ("en",), 24_000, "1")
    engine = XttsEngine(EngineContext(Path("/nowhere")))
    with pytest.raises(SettingsError, match="speaking rate 3"):
        list(engine.speak([chunk_of("a")], voice, SpeakingOptions(rate=3.0)))


# -- voices and weights ----------------------------------------------------------------------------------


def test_latents_are_computed_once_for_a_clip_and_all_that_they_depend_on(
    voices_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipeline.audio.wav import wav_bytes

    files = read_model(voices_dir / "xtts" / "tiny")
    heard: list[Path] = []
    listen = XttsModel._listen
    monkeypatch.setattr(XttsModel, "_listen", lambda self, clip: heard.append(clip) or listen(self, clip))
    noise = np.random.default_rng(0).normal(0, 3000, 22_050 * 5).astype(np.int16)

    def latents_of(samples: np.ndarray[Any, Any]) -> Any:
        data = wav_bytes(samples, 22_050)
        (tmp_path / "clip.wav").write_bytes(data)
        fresh = XttsModel(files, "cpu", "float32", tmp_path / "latents")
        return fresh.clone(tmp_path / "clip.wav", hashlib.sha256(data).hexdigest())

    first, again = latents_of(noise), latents_of(noise)
    assert len(heard) == 1
    torch.testing.assert_close(again.gpt, first.gpt, rtol=0, atol=0)
    other = latents_of(noise // 2 + np.roll(noise, 7) // 3)  # another clip under the same path
    assert len(heard) == 2
    assert not torch.equal(other.gpt, first.gpt)


def test_the_checkpoint_that_was_published_is_read_and_not_written(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "xtts" / "tiny", pickle=True)
    before = (folder / "model.pth").read_bytes()
    [take] = speak(XttsEngine(EngineContext(tmp_path)), TEXTS[2])
    assert take.duration == pytest.approx((TOKENS + 1) * 1024 / 22_050, rel=0.05)
    assert (folder / "model.pth").read_bytes() == before


class Code:
    """A pickle of it runs what it likes."""

    def __reduce__(self) -> Any:
        return (print, ("this ran",))


def test_a_pickle_with_code_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_model(tmp_path / "xtts" / "tiny", pickle=True)
    torch.save({"model": Code()}, folder / "model.pth")
    engine = XttsEngine(EngineContext(tmp_path))
    with pytest.raises(EngineUnavailable, match="could run what somebody put there"):
        speak(engine, TEXTS[2])
    (folder / "speakers_xtts.safetensors").unlink()
    (folder / "speakers_xtts.pth").write_bytes(pickle.dumps(Code()))
    assert list(engine.voices()) == []
    assert "this ran" not in capsys.readouterr().out


def test_the_studio_speakers_are_voices_by_plain_names(engine: XttsEngine, voices_dir: Path) -> None:
    assert [voice.name for voice in engine.voices()] == ["xtts:tiny#ann-other", "xtts:tiny#zoe-unal"]
    [files] = installed(voices_dir / "xtts")
    assert files.speakers == {"ann-other": "Ann Other", "zoe-unal": "Zoë Ünal"}
    assert len({voice.revision for voice in engine.voices()}) == 2
    [one], [other] = (speak(engine, TEXTS[2], voice=voice.name) for voice in engine.voices())
    assert not np.array_equal(one.audio, other.audio)


def test_a_narrower_kind_of_numbers_is_another_revision(voices_dir: Path) -> None:
    narrow = XttsEngine(EngineContext(voices_dir, precision="bfloat16"))
    wide = XttsEngine(EngineContext(voices_dir))
    assert the_voice(narrow).revision != the_voice(wide).revision
    [take] = speak(narrow, TEXTS[2])
    assert take.duration > 0.3
    with pytest.raises(EngineUnavailable, match="not in “int8”"):
        speak(XttsEngine(EngineContext(voices_dir, precision="int8")), TEXTS[2])


def test_a_device_that_is_not_there_is_no_silent_fall_to_the_cpu(voices_dir: Path) -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    with pytest.raises(EngineUnavailable, match="finds no GPU"):
        speak(XttsEngine(EngineContext(voices_dir, device="cuda")), TEXTS[2])


def test_a_voice_that_changed_is_not_spoken_with(engine: XttsEngine) -> None:
    voice = replace(the_voice(engine), revision="old")
    with pytest.raises(EngineUnavailable, match="changed since"):
        list(engine.speak([chunk_of("a")], voice, SpeakingOptions()))
