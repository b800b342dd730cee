"""Kokoro with a model that is made here: what it reads, what it refuses, and when each word sounds.

The model (tests/helpers_kokoro.py) is a real ONNX graph with Kokoro's inputs and outputs, not Kokoro: every letter
lasts three frames of 600 samples and sounds as a tone that follows from its number.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import EngineUnavailable, SettingsError, VoiceNotFound
from pipeline.model import SpeakingOptions, Take, Voice, Word
from pipeline.pulling.files import hash_file
from pipeline.speech import kokoro_letters
from pipeline.speech.engine import EngineContext
from pipeline.speech.kokoro import MOST_LETTERS, SAMPLE_RATE, KokoroEngine
from pipeline.speech.kokoro_files import blend, read_style
from pipeline.speech.kokoro_letters import ipa_letters, letters_of, pieces
from pipeline.speech.piper_files import VoiceRecord, write_record
from pipeline.speech.registry import find_voice, forget_engines
from tests.helpers_kokoro import FRAMES, NUMBERS, SAMPLES, style, write_kokoro, write_styles
from tests.helpers_speech import chunk_of, words_of

LETTER = FRAMES * SAMPLES


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "kokoro"


@pytest.fixture
def engine(folder: Path) -> KokoroEngine:
    write_kokoro(folder)
    return KokoroEngine(EngineContext(folder.parent))


def voice_of(engine: KokoroEngine, identity: str = "af_bella") -> Voice:
    return next(voice for voice in engine.voices() if voice.id == identity)


def take_of(
    engine: KokoroEngine,
    words: str | tuple[Word, ...],
    voice: Voice | None = None,
    *,
    seed: int = 0,
    rate: float = 1.0,
) -> Take:
    options = SpeakingOptions(rate=rate, seed=seed)
    [take] = engine.speak([chunk_of(words)], voice or voice_of(engine), options)
    return take


def tone_at(take: Take, sample: int) -> float:
    """The pitch of one letter that begins there, as radians per sample."""
    spectrum = np.abs(np.fft.rfft(take.audio[sample : sample + LETTER], 1 << 16))
    return float(np.argmax(spectrum) * 2 * np.pi / (1 << 16))


# -- times ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [1.0, 1.5])
def test_words_begin_exactly_where_the_model_begins_them(engine: KokoroEngine, rate: float) -> None:
    text = "Green lamps burn slowly downtown."
    letters = letters_of(words_of(text), "a", ())
    starts = [0, *(place + 1 for place, letter in enumerate(letters) if letter == " ")]
    assert len(starts) == 5
    take = take_of(engine, text, rate=rate)
    assert take.timing_source == "engine"
    assert take.timings is not None
    # the first frames are those of the mark of the beginning
    expected = [(1 + start) * LETTER / rate / SAMPLE_RATE for start in starts]
    assert [timing.start for timing in take.timings] == pytest.approx(expected)
    assert len(take.audio) == (len(letters) + 2) * LETTER / rate


def test_the_first_letter_of_each_word_sounds_at_its_start(folder: Path) -> None:
    write_kokoro(folder, random=False, voices={"af_plain": 0.0})
    engine = KokoroEngine(EngineContext(folder.parent))
    take = take_of(engine, "Out of the old house, of a man, in the end.", voice_of(engine, "af_plain"))
    assert take.timings is not None
    named = {number: letter for letter, number in NUMBERS.items()}
    heard = []
    for timing in take.timings:
        step = tone_at(take, round(timing.start * SAMPLE_RATE))
        heard.append(named[round((step - 0.02) / 0.002)])
    # espeak runs "of a" and "in the" together; they are found all the same
    assert "".join(heard) == "ˌəðˈhəəmɪðˈ"


def test_a_model_without_durations_gives_an_estimate_and_says_so(folder: Path) -> None:
    write_kokoro(folder, durations=False)
    engine = KokoroEngine(EngineContext(folder.parent))
    take = take_of(engine, "Nobody knows when.")
    assert take.timing_source == "estimate"
    assert take.timings is not None
    assert len(take.timings) == 3


def test_an_older_model_calls_its_input_tokens(folder: Path) -> None:
    write_kokoro(folder, ids="tokens")
    assert take_of(KokoroEngine(EngineContext(folder.parent)), "All the same.").timing_source == "engine"


# -- more than fits into one call --------------------------------------------------------------------------


def test_what_is_beyond_510_phonemes_is_said_too(engine: KokoroEngine) -> None:
    text = " ".join(f"Word {number} follows, then." for number in ["one", "two", "three", "four"] * 25)
    letters = letters_of(words_of(text), "a", ())
    assert len(letters) > 2 * MOST_LETTERS
    take = take_of(engine, text)
    said = sum(len(piece) for piece in pieces(letters, 400))
    calls = len(pieces(letters, 400))
    assert calls >= 3
    assert len(take.audio) == (said + 2 * calls) * LETTER
    assert take.timing_source == "engine"
    assert take.timings is not None
    assert take.timings[-1].end == pytest.approx(take.duration, abs=0.3)


@given(st.text(alphabet="ab .,!;—", max_size=300), st.integers(5, 60))
def test_pieces_are_the_whole_text_and_none_is_too_long(text: str, most: int) -> None:
    made = pieces(text, most)
    assert all(0 < len(piece) <= most for piece in made)
    assert "".join(made).replace(" ", "") == text.replace(" ", "")


def test_pieces_end_where_the_text_pauses() -> None:
    text = "aaa bbb, ccc. ddd eee fff ggg hhh"
    assert pieces(text, 20) == ["aaa bbb, ccc.", "ddd eee fff ggg hhh"]
    assert pieces(text, 10) == ["aaa bbb,", "ccc.", "ddd eee", "fff ggg", "hhh"]
    assert pieces("a" * 12, 5) == ["aaaaa", "aaaaa", "aa"]


# -- letters ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "ipa", "letters"),
    [
        ("a", "tʃˈoʊz", "ʧˈOz"),
        ("a", "bjˈuːɾifəl", "bjˈuTifəl"),
        ("a", "bˈɜːd", "bˈɜɹd"),
        ("a", "bˈʌʔn̩", "bˈʌtn"),
        ("b", "ɡˈəʊz", "ɡˈQz"),
        ("b", "fˈeə", "fˈɛː"),
        ("a", "dʒˈʌdʒ", "ʤˈʌʤ"),
        ("i", "tʃˈao", "ʧˈao"),
        ("i", "pˈitsːa", "pˈiʦːa"),
        ("f", "vˈɛ̃", "vˈɛ̃"),
    ],
)
def test_ipa_becomes_kokoros_letters(language: str, ipa: str, letters: str) -> None:
    import unicodedata

    assert ipa_letters(ipa, language) == unicodedata.normalize("NFD", letters)


def test_a_pronunciation_is_said(engine: KokoroEngine) -> None:
    plain = take_of(engine, "The lake.")
    told = take_of(engine, (Word("The", "The"), Word("lake.", "lake.", ipa="ˈɛksitɑː")))
    assert told.timings is not None
    assert len(told.audio) > len(plain.audio)
    assert told.timing_source == "engine"
    assert not told.doubts


def test_a_pronunciation_that_it_cannot_say_is_a_doubt(engine: KokoroEngine) -> None:
    take = take_of(engine, (Word("The", "The"), Word("lake.", "lake.", ipa="ꙮ")))
    assert [doubt.words for doubt in take.doubts] == [(1, 2)]


def test_languages_that_cannot_be_written_here_are_not_offered(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_kokoro(folder, voices={"jf_alpha": 0.0, "zf_xiaoni": 0.0, "hf_alpha": 0.0, "xx_odd": 0.0})
    monkeypatch.setitem(kokoro_letters._NEEDS, "j", ("no_such_package",))
    monkeypatch.setitem(kokoro_letters._NEEDS, "z", ("no_such_package",))
    engine = KokoroEngine(EngineContext(folder.parent))
    assert [voice.id for voice in engine.voices()] == ["hf_alpha"]
    with pytest.raises(EngineUnavailable, match=r"misaki\[ja\]"):
        kokoro_letters.writer("j")


def test_two_voices_of_two_languages_read_the_same_text_otherwise(engine: KokoroEngine) -> None:
    english, french = voice_of(engine, "af_bella"), voice_of(engine, "ff_siwis")
    assert (english.languages, french.languages) == (("en-US",), ("fr",))
    assert (english.gender, voice_of(engine, "bm_lewis").gender) == ("female", "male")
    text = "Table ronde."
    assert len(take_of(engine, text, english).audio) != len(take_of(engine, text, french).audio)


# -- voices ----------------------------------------------------------------------------------------------


def test_a_mixture_sounds_between_its_voices(folder: Path) -> None:
    write_kokoro(folder, random=False, voices={"af_bella": 0.0, "af_sky": 0.03})
    context = EngineContext(folder.parent)
    engine = KokoroEngine(context)
    forget_engines()
    mixed = find_voice("kokoro:af_bella(2)+af_sky", "en", context)
    assert mixed.languages == ("en-US",)
    one, other, both = (
        tone_at(take_of(engine, "Aa.", voice), LETTER * 2)
        for voice in (voice_of(engine, "af_bella"), voice_of(engine, "af_sky"), mixed)
    )
    assert both - one == pytest.approx((other - one) / 3, abs=0.002)
    with pytest.raises(VoiceNotFound):
        find_voice("kokoro:af_bella(2)+af_nobody", "en", context)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("af_sky", {"af_sky": 1.0}),
        ("af_bella(2)+af_sky", {"af_bella": 2 / 3, "af_sky": 1 / 3}),
        ("af_bella(0.5)+af_sky(1.5)", {"af_bella": 0.25, "af_sky": 0.75}),
        ("af_bella(0)", None),
        ("af_bella+", None),
        ("../af_bella", None),
        ("+".join(["af_sky"] * 9), None),
    ],
)
def test_mixtures_are_written_as_the_field_writes_them(text: str, parts: dict[str, float] | None) -> None:
    found = blend(text)
    assert (dict(found) if found else None) == (pytest.approx(parts) if parts else None)


@pytest.mark.parametrize("kind", ["npy", "bin", "npz"])
def test_styles_are_read_as_they_are_published(tmp_path: Path, kind: str) -> None:
    wanted = style(0.125)
    (tmp_path / "voices").mkdir()
    path = tmp_path / "voices" / f"af_test.{kind}"
    if kind == "npy":
        np.save(path, wanted)
    elif kind == "bin":
        wanted.tofile(path)
    else:
        write_styles(path, {"af_test": 0.125})
    assert np.array_equal(read_style(path, "af_test"), wanted[:, 0])


def test_styles_that_could_run_code_are_refused(folder: Path, engine: KokoroEngine) -> None:
    (folder / "voices").mkdir()
    np.save(folder / "voices" / "af_evil.npy", np.array([print], object), allow_pickle=True)
    with pytest.raises(EngineUnavailable, match="af_evil"):
        take_of(engine, "No.", voice_of(engine, "af_evil"))


def test_the_style_follows_the_length_of_the_text(folder: Path) -> None:
    write_kokoro(folder, random=False)
    table = style(0.0)
    table[:, 0, 0] = np.where(np.arange(510) < 20, 0.0, 0.05)
    (folder / "voices").mkdir()
    np.save(folder / "voices" / "af_two.npy", table)
    engine = KokoroEngine(EngineContext(folder.parent))
    voice = voice_of(engine, "af_two")
    short, long = (
        take_of(engine, "Aha.", voice),
        take_of(engine, "Aha, this is a longer text than that.", voice),
    )
    assert tone_at(long, 2 * LETTER) - tone_at(short, 2 * LETTER) == pytest.approx(0.05, abs=0.004)


# -- refusals --------------------------------------------------------------------------------------------


def test_a_rate_that_would_be_rounded_is_refused(folder: Path) -> None:
    write_kokoro(folder, whole_rates=True)
    engine = KokoroEngine(EngineContext(folder.parent))
    take_of(engine, "Fine.")
    with pytest.raises(SettingsError, match=r"1\.2"):
        take_of(engine, "Not fine.", rate=1.2)
    with pytest.raises(SettingsError, match=r"0\.5 to 2"):
        take_of(engine, "Not fine.", rate=3.0)


def test_weights_that_changed_since_they_were_pulled_are_refused(folder: Path) -> None:
    path = write_kokoro(folder)
    stat, digest = path.stat(), hash_file(path)
    write_record(path, VoiceRecord(stat.st_size, stat.st_mtime_ns, digest, digest, "somewhere", "Apache-2.0"))
    assert take_of(KokoroEngine(EngineContext(folder.parent)), "Fine.").duration > 0
    path.write_bytes(path.read_bytes() + b"\x52\x00")
    with pytest.raises(EngineUnavailable, match="not the one that was pulled"):
        take_of(KokoroEngine(EngineContext(folder.parent)), "Not fine.")


def test_what_changed_since_it_was_listed_is_refused(folder: Path, engine: KokoroEngine) -> None:
    voice = voice_of(engine)
    write_styles(folder / "voices-test.bin", {"af_bella": 0.07})
    with pytest.raises(EngineUnavailable, match="changed since it was listed"):
        list(engine.speak([chunk_of("Hm.")], voice, SpeakingOptions()))
    assert voice_of(engine).revision != voice.revision


def test_letters_without_numbers_are_named(folder: Path, engine: KokoroEngine) -> None:
    (folder / "config.json").unlink()
    with pytest.raises(EngineUnavailable, match=r"config\.json"):
        take_of(engine, "Nothing.", voice_of(engine))
    (folder / "tokenizer.json").write_text(json.dumps({"model": {"vocab": NUMBERS}}))
    assert take_of(engine, "Something.").duration > 0


def test_two_models_are_one_too_many(folder: Path, engine: KokoroEngine) -> None:
    (folder / "other.pth").write_bytes(b"")
    with pytest.raises(EngineUnavailable, match="more than one model"):
        list(engine.voices())


def test_another_model_is_not_taken_for_kokoro(folder: Path) -> None:
    from tests.helpers_piper import write_voice

    write_kokoro(folder).write_bytes(write_voice(folder.parent / "piper").read_bytes())
    engine = KokoroEngine(EngineContext(folder.parent))
    with pytest.raises(EngineUnavailable, match="not Kokoro's"):
        take_of(engine, "Nothing.")


def test_a_gpu_is_never_assumed(folder: Path, engine: KokoroEngine) -> None:
    import onnxruntime

    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("this machine's ONNX Runtime has CUDA")
    with pytest.raises(EngineUnavailable, match="onnxruntime-gpu"):
        KokoroEngine(EngineContext(folder.parent, device="cuda:1"))


def test_without_a_model_there_are_no_voices(tmp_path: Path) -> None:
    assert list(KokoroEngine(EngineContext(tmp_path)).voices()) == []
