"""Piper with a generated voice: exact timings, repeatable noise, verified weights.

The voice (tests/helpers_piper.py) is a real ONNX model in Piper's format, not a real Piper voice: every
phoneme id lasts two frames of 256 samples and sounds as a tone that follows from the id.
"""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
from piper.phoneme_ids import DEFAULT_PHONEME_ID_MAP, phonemes_to_ids
from piper.phonemize_espeak import EspeakPhonemizer

from pipeline.errors import EngineUnavailable, SettingsError
from pipeline.model import Doubt, SpeakingOptions, Take, Voice, Word
from pipeline.pulling.files import hash_file
from pipeline.speech.engine import EngineContext
from pipeline.speech.onnx_noise import draw_noise, patch_model
from pipeline.speech.piper import PiperEngine, plain_text
from pipeline.speech.piper_files import VoiceRecord, write_record
from tests.helpers_piper import FRAMES, HOP, SAMPLE_RATE, write_voice
from tests.helpers_speech import chunk_of, words_of

ID_SAMPLES = FRAMES * HOP
NAME = "en_US-test-low"


@pytest.fixture
def engine(tmp_path: Path) -> PiperEngine:
    return PiperEngine(EngineContext(tmp_path))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "piper"


def voice_of(engine: PiperEngine, identity: str = NAME) -> Voice:
    return next(voice for voice in engine.voices() if voice.id == identity)


def take_of(
    engine: PiperEngine,
    words: str | tuple[Word, ...],
    identity: str = NAME,
    *,
    seed: int = 0,
    rate: float = 1.0,
) -> Take:
    [take] = engine.speak(
        [chunk_of(words)], voice_of(engine, identity), SpeakingOptions(rate=rate, seed=seed)
    )
    return take


def test_words_begin_exactly_where_the_model_begins_them(engine: PiperEngine, folder: Path) -> None:
    write_voice(folder)
    text = "Green lamps burn slowly downtown."
    [phonemes] = EspeakPhonemizer().phonemize("en-us", text)
    assert phonemes.count(" ") == 4
    first = [0, *(index + 1 for index, phoneme in enumerate(phonemes) if phoneme == " ")]
    # each phoneme is its id and a pad; the sentence begins with the begin mark and a pad
    expected = [(2 + 2 * index) * ID_SAMPLES / SAMPLE_RATE for index in first]
    take = take_of(engine, text)
    assert take.timing_source == "engine"
    assert take.timings is not None
    assert [timing.start for timing in take.timings] == pytest.approx(expected)
    assert len(take.audio) == len(phonemes_to_ids(phonemes)) * ID_SAMPLES


def test_the_first_phoneme_of_each_word_sounds_at_its_start(engine: PiperEngine, folder: Path) -> None:
    write_voice(folder, noise_scale=0.0)
    text = "Out of the old house, of a man, in the end."
    take = take_of(engine, text)
    assert take.timings is not None
    heard = []
    for timing in take.timings:
        start = round(timing.start * SAMPLE_RATE)
        spectrum = np.abs(np.fft.rfft(take.audio[start : start + ID_SAMPLES], 1 << 16))
        step = np.argmax(spectrum) * 2 * np.pi / (1 << 16)
        heard.append(round((step - 0.03) / 0.002))
    symbols = {ids[0]: symbol for symbol, ids in DEFAULT_PHONEME_ID_MAP.items()}
    # espeak runs words together: ˌaʊɾəvðɪ ˈoʊld hˈaʊs, əvə mˈæn, ɪnðɪ ˈɛnd; they are found all the same
    assert "".join(symbols[number] for number in heard) == "ˌəðˈhəəmɪðˈ"


def test_a_pause_at_a_comma_belongs_to_no_word(engine: PiperEngine, folder: Path) -> None:
    write_voice(folder)
    take = take_of(engine, "He left, she stayed.")
    assert take.timings is not None
    assert take.timings[1].end < take.timings[2].start
    quiet = take.audio[round(take.timings[1].end * SAMPLE_RATE) : round(take.timings[2].start * SAMPLE_RATE)]
    assert not np.any(quiet)


def test_sentences_of_a_chunk_follow_each_other_after_a_silence(engine: PiperEngine, folder: Path) -> None:
    write_voice(folder)
    one, two = take_of(engine, "He left."), take_of(engine, "She stayed.")
    both = take_of(engine, "He left. She stayed.")
    assert both.duration == pytest.approx(one.duration + 0.2 + two.duration, abs=0.001)
    assert both.timings is not None
    assert two.timings is not None
    shift = one.duration + 0.2
    assert both.timings[2].start == pytest.approx(two.timings[0].start + shift, abs=0.001)


def test_no_sentence_is_made_as_loud_as_it_can_be(engine: PiperEngine, folder: Path) -> None:
    """Piper's own call brings each to full scale, and whispers with it; the model's level is kept."""
    write_voice(folder)
    for text in ("He left.", "She stayed."):
        loudest = int(np.abs(take_of(engine, text).audio.astype(np.int32)).max())
        assert 0.3 * 32767 < loudest < 0.6 * 32767  # the model speaks at 0.4


def test_numbers_and_words_of_several_tokens_stay_one_word(engine: PiperEngine, folder: Path) -> None:
    write_voice(folder)
    words = (
        Word("It", "It"),
        Word("cost", "cost"),
        Word("$3.50", "three dollars and fifty cents"),
        *words_of("then."),
    )
    take = take_of(engine, words)
    assert take.timing_source == "engine"
    assert take.timings is not None
    lengths = [timing.end - timing.start for timing in take.timings]
    assert lengths[2] > 0.6 * sum(lengths)


def test_a_voice_of_letters_is_timed_too(engine: PiperEngine, folder: Path) -> None:
    write_voice(folder, phoneme_type="text")
    take = take_of(engine, "Grün wächst 漢字 hier")
    assert take.timing_source == "engine"
    assert take.timings is not None
    letters = [2 + 2 * offset for offset in (0, 5)]  # "Gru¨n " is six letters, of which the accent is unknown
    starts = [round(timing.start * SAMPLE_RATE / ID_SAMPLES) for timing in take.timings]
    assert starts[:2] == letters


def test_a_model_without_lengths_gives_an_estimate_and_says_so(engine: PiperEngine, folder: Path) -> None:
    import onnx

    path = write_voice(folder)
    model = onnx.load(str(path))
    for node in model.graph.node:
        if node.op_type == "Ceil":
            node.op_type = "Identity"
    path.write_bytes(model.SerializeToString())
    take = take_of(engine, "Nobody knows when.")
    assert take.timing_source == "estimate"
    assert take.timings is not None
    assert len(take.timings) == 3


def test_text_that_is_not_what_was_heard_is_not_timed_by_the_engine(
    engine: PiperEngine, folder: Path
) -> None:
    """Letters that the voice has no phonemes for leave nothing to map."""
    write_voice(folder)
    words = (Word("x", "ꙮꙮꙮꙮ"), Word("Yes", "Yes"))
    take = take_of(engine, words)
    assert take.timings is not None
    assert len(take.timings) == 2


def test_noise_is_drawn_from_text_and_seed_alone(engine: PiperEngine, folder: Path) -> None:
    write_voice(folder, noise_w=0.8)
    text = "Chance plays no part. None whatsoever!"
    first = take_of(engine, text)
    take_of(engine, "Something else.")
    assert np.array_equal(first.audio, take_of(engine, text).audio)
    other_seed = take_of(engine, text, seed=1)
    assert first.audio.shape != other_seed.audio.shape or not np.array_equal(first.audio, other_seed.audio)
    assert np.array_equal(other_seed.audio, take_of(engine, text, seed=1).audio)


def test_an_untouched_model_would_not_repeat_itself(folder: Path) -> None:
    """The reason for patching: should this fail one day, the patch may go."""
    import onnxruntime

    path = write_voice(folder, noise_w=0.8)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    ids = np.arange(14, 60, dtype=np.int64)[None]
    feed = {
        "input": ids,
        "input_lengths": np.array([46], np.int64),
        "scales": np.array([0.6, 1, 0.8], np.float32),
    }
    onnxruntime.set_seed(1)
    one = session.run(None, feed)[0]
    onnxruntime.set_seed(1)
    two = session.run(None, feed)[0]
    assert one.shape != two.shape or not np.array_equal(one, two)


def test_the_noise_given_is_that_of_a_normal_distribution() -> None:
    import onnx
    import onnxruntime
    from onnx import TensorProto, helper

    node = helper.make_node("RandomNormalLike", ["x"], ["y"], mean=2.0, scale=0.5)
    fixed = helper.make_node("RandomNormal", [], ["z"], shape=[40, 50])
    graph = helper.make_graph(
        [node, fixed],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, None, None])],
        [
            helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, None, None]),
            helper.make_tensor_value_info("z", TensorProto.FLOAT, [40, 50]),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8)
    patched = patch_model(model.SerializeToString(), "test")
    onnx.checker.check_model(onnx.load_model_from_string(patched.data))
    session = onnxruntime.InferenceSession(patched.data, providers=["CPUExecutionProvider"])
    y, z = session.run(["y", "z"], {"x": np.zeros((1, 192, 60), np.float32), **draw_noise(40, "key")})
    assert y.shape == (1, 192, 60)
    assert z.shape == (40, 50)
    assert float(y.mean()) == pytest.approx(2.0, abs=0.03)
    assert float(y.std()) == pytest.approx(0.5, abs=0.03)
    assert float(z.std()) == pytest.approx(1.0, abs=0.1)
    assert abs(float(np.corrcoef(y.reshape(-1)[:2_000], z.reshape(-1))[0, 1])) < 0.1


def test_randomness_that_cannot_be_repeated_is_refused() -> None:
    from onnx import TensorProto, helper

    node = helper.make_node("Bernoulli", ["x"], ["y"])
    graph = helper.make_graph(
        [node],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None])],
    )
    with pytest.raises(EngineUnavailable, match="Bernoulli"):
        patch_model(helper.make_model(graph).SerializeToString(), "odd")


def test_speakers_of_one_model_are_voices_of_their_own(engine: PiperEngine, folder: Path) -> None:
    write_voice(folder, noise_scale=0.0, speakers=("ann", "ben"))
    assert [voice.id for voice in engine.voices()] == [NAME, f"{NAME}#ann", f"{NAME}#ben"]
    default, ann, ben = (take_of(engine, "Hello.", voice.id).audio for voice in list(engine.voices()))
    assert np.array_equal(default, ann)
    assert not np.array_equal(ann, ben)


def test_quality_and_languages_come_from_the_configuration(engine: PiperEngine, folder: Path) -> None:
    write_voice(folder, "en_GB-alan-medium", espeak="en-gb-x-rp")
    write_voice(folder, "ru_RU-anna-x_low", espeak="ru")
    alan, anna = engine.voices()
    assert alan.quality > anna.quality > 0
    assert alan.languages == ("en-GB", "en-gb-x-rp")
    assert anna.languages == ("ru-RU", "ru")


def test_half_a_voice_is_no_voice(engine: PiperEngine, folder: Path) -> None:
    write_voice(folder)
    write_voice(folder, "en_US-half-low").with_name("en_US-half-low.onnx.json").unlink()
    write_voice(folder, "en_US-torn-low").with_name("en_US-torn-low.onnx.json").write_text("{")
    write_voice(folder, "zh_CN-pinyin-low", phoneme_type="pinyin")
    (folder / "alone.onnx.json").write_text("{}")
    assert [voice.id for voice in engine.voices()] == [NAME]


def test_weights_that_changed_since_they_were_pulled_are_refused(engine: PiperEngine, folder: Path) -> None:
    path = write_voice(folder)
    stat = path.stat()
    digest = hash_file(path)
    write_record(path, VoiceRecord(stat.st_size, stat.st_mtime_ns, digest, digest, "somewhere", "CC0"))
    assert voice_of(engine).licence == "CC0"
    take_of(engine, "Fine.")
    path.write_bytes(path.read_bytes() + b"\x52\x00")
    fresh = PiperEngine(EngineContext(folder.parent))
    with pytest.raises(EngineUnavailable, match="not the one that was pulled"):
        take_of(fresh, "Not fine.")


def test_weights_that_changed_since_they_were_listed_are_refused(engine: PiperEngine, folder: Path) -> None:
    write_voice(folder)
    voice = voice_of(engine)
    write_voice(folder, random=False)
    with pytest.raises(EngineUnavailable, match="changed since it was listed"):
        list(engine.speak([chunk_of("Hm.")], voice, SpeakingOptions()))
    assert voice_of(engine).revision != voice.revision


def test_the_revision_follows_the_configuration(engine: PiperEngine, folder: Path) -> None:
    path = write_voice(folder)
    before = voice_of(engine).revision
    config = path.with_name(f"{path.name}.json")
    config.write_text(json.dumps(json.loads(config.read_text()) | {"hop_length": 128}))
    assert voice_of(engine).revision != before


def test_a_voice_in_a_folder_that_cannot_be_written_is_listed(
    engine: PiperEngine, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError("read-only")

    monkeypatch.setattr("pipeline.speech.piper_files.write_record", refuse)
    write_voice(folder)
    assert voice_of(engine).revision == voice_of(engine).revision


def test_a_damaged_model_is_named(engine: PiperEngine, folder: Path) -> None:
    write_voice(folder).write_bytes(b"\xff" * 100)
    with pytest.raises(EngineUnavailable, match=NAME):
        take_of(engine, "Nothing.")


def test_cuda_is_never_assumed(tmp_path: Path) -> None:
    import onnxruntime

    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("this machine's ONNX Runtime has CUDA")
    with pytest.raises(EngineUnavailable, match="onnxruntime-gpu"):
        PiperEngine(EngineContext(tmp_path, device="cuda"))
    with pytest.raises(EngineUnavailable, match="cpu, cuda or cuda:N"):
        PiperEngine(EngineContext(tmp_path, device="tpu"))


def test_missing_packages_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "onnx" else found(name))
    with pytest.raises(EngineUnavailable, match=r"piper-tts\[alignment\]"):
        PiperEngine(EngineContext(tmp_path))


def test_an_impossible_rate_is_refused(engine: PiperEngine, folder: Path) -> None:
    write_voice(folder)
    with pytest.raises(SettingsError, match=r"rate 0\.1"):
        take_of(engine, "Slow.", rate=0.1)


def test_text_never_becomes_phonemes() -> None:
    assert "[[" not in plain_text("a [[b]] [[[c]]] [")
    assert plain_text("tab\there\x00") == "tab here "


def test_ipa_is_said_and_its_word_begins_where_it_does(engine: PiperEngine, folder: Path) -> None:
    write_voice(folder)
    assert engine.limits(voice_of(engine), "en").ipa
    words = (Word("Green", "Green"), Word("Xq", "xq", ipa="ˈlæmps"), Word("burn.", "burn."))
    take = take_of(engine, words)
    [before] = EspeakPhonemizer().phonemize("en-us", "Green")
    heard = [*before, " ", *"ˈlæmps", " "]
    assert take.doubts == ()
    assert take.timings is not None
    starts = [round((timing.start * SAMPLE_RATE / ID_SAMPLES - 2) / 2) for timing in take.timings]
    assert starts == [0, heard.index("ˈ", len(before)), len(heard)]
    plain = take_of(engine, (words[0], Word("Xq", "xq"), words[2]))
    assert len(plain.audio) != len(take.audio)


def test_a_symbol_that_the_voice_does_not_know_is_a_doubt(engine: PiperEngine, folder: Path) -> None:
    write_voice(folder)
    strange = take_of(engine, (Word("Green", "Green", ipa="☃"), Word("lamps.", "lamps.")))
    said = f"The IPA “☃” has a sound that piper:{NAME} does not know: it was read as written."
    assert strange.doubts == (Doubt("pronunciation", said, (0, 1)),)
    plain = take_of(engine, "Green lamps.")
    assert np.array_equal(strange.audio, plain.audio)
