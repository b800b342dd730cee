"""espeak-ng: are its words where their times say, and is its library put away each time?"""

from __future__ import annotations

import _ctypes
import ctypes
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from pipeline.errors import EngineUnavailable, SettingsError, SpeechFailed
from pipeline.model import Pcm, SpeakingOptions, Take, Voice, Word
from pipeline.speech import espeak_library
from pipeline.speech.engine import EngineContext
from pipeline.speech.espeak import EspeakEngine
from pipeline.speech.espeak_library import EspeakLibrary, find_library
from tests.helpers_speech import chunk_of, words_of

RATE = 22_050


@pytest.fixture
def engine(tmp_path: Path) -> EspeakEngine:
    return EspeakEngine(EngineContext(tmp_path))


@pytest.fixture
def fresh() -> Iterator[None]:
    find_library.cache_clear()
    yield
    find_library.cache_clear()


def voice_of(engine: EspeakEngine, identity: str) -> Voice:
    return next(voice for voice in engine.voices() if voice.id == identity)


def take_of(engine: EspeakEngine, words: str | tuple[Word, ...], identity: str = "en-us") -> Take:
    [take] = engine.speak([chunk_of(words)], voice_of(engine, identity), SpeakingOptions())
    return take


def sounds(audio: Pcm, longest_gap: float = 0.1) -> list[tuple[float, float]]:
    """Stretches of sound between pauses, in seconds."""
    heard = np.flatnonzero(np.abs(audio.astype(int)) > 50)
    cuts = np.flatnonzero(np.diff(heard) > longest_gap * RATE)
    starts = np.concatenate([[heard[0]], heard[cuts + 1]])
    ends = np.concatenate([heard[cuts], [heard[-1]]])
    return [(start / RATE, end / RATE) for start, end in zip(starts, ends, strict=True)]


def test_words_between_pauses_are_exactly_where_the_sound_is(engine: EspeakEngine) -> None:
    take = take_of(engine, "Moon. River. Window; yellow, animal! Away.")
    heard = sounds(take.audio)
    assert take.timings is not None
    assert len(heard) == 6
    for (start, end), timing in zip(heard, take.timings, strict=True):
        assert timing.start == pytest.approx(start, abs=0.06)
        assert timing.end == pytest.approx(end, abs=0.02)


def test_pauses_belong_to_no_word(engine: EspeakEngine) -> None:
    take = take_of(engine, "He went home. She stayed.")
    assert take.timings is not None
    assert take.timings[3].start - take.timings[2].end > 0.2


@pytest.mark.parametrize(
    ("identity", "text", "joined"),
    [
        ("ru", "Привет, мир! Как дела у вас сегодня?", False),
        ("cmn", "你好，世界今天天气很好。", True),
        ("ja", "これはテストです。", True),
        ("ar", "مرحبا بالعالم، كيف حالك", False),
        ("de", "Der Fluß fließt über die große Brücke.", False),
        ("fr-fr", "L'été n'est pas fini, dit-elle.", False),
    ],
)
def test_other_scripts_are_timed_word_by_word(
    engine: EspeakEngine, identity: str, text: str, joined: bool
) -> None:
    words = words_of(text, joined=joined)
    if joined:  # punctuation is part of the character before it, as in a script
        words = tuple(Word(w.text, "" if w.text in "，。" else w.spoken, w.joined) for w in words)
    take = take_of(engine, words, identity)
    assert take.timings is not None
    starts = [timing.start for timing, word in zip(take.timings, words, strict=True) if word.spoken]
    assert starts == sorted(set(starts))
    assert take.timings[-1].end > take.duration * 0.8


def test_words_that_espeak_runs_together_share_their_time(engine: EspeakEngine) -> None:
    """espeak says "of the" in one go and makes one event of it."""
    take = take_of(engine, "Out of the woods.")
    assert take.timings is not None
    lengths = [timing.end - timing.start for timing in take.timings]
    assert all(length > 0.03 for length in lengths)


def test_characters_beyond_the_basic_plane_do_not_shift_the_words_after(engine: EspeakEngine) -> None:
    plain = take_of(engine, "Look. Now we go home.")
    shifted = take_of(engine, "😀😀. Now we go home.")
    assert plain.timings is not None
    assert shifted.timings is not None
    pauses = [take.timings[2].start - take.timings[1].start for take in (plain, shifted)]  # type: ignore[index]
    assert pauses[0] == pytest.approx(pauses[1], abs=0.02)


@pytest.mark.parametrize(
    ("identity", "text", "joined"),
    [
        ("cmn", "窗" * 300, True),
        ("cmn", "窗" * 300, False),
        ("ja", "まど" * 100, False),
        ("th", "หน้าต่าง" * 60, False),
        ("en-us", "binary/main/testing/ " * 30, False),
        ("en-us", "81 7 36 " * 60, False),
    ],
)
def test_nothing_is_left_out_of_a_text_without_punctuation(
    engine: EspeakEngine, identity: str, text: str, joined: bool
) -> None:
    """espeak alone drops what goes beyond its buffers: the whole must last as long as its parts."""
    part = text[: len(text) // 10]
    whole = take_of(engine, words_of(text, joined=joined), identity)
    tenth = take_of(engine, words_of(part, joined=joined), identity)
    assert whole.duration > 10 * tenth.duration * 0.85


def test_what_is_left_out_all_the_same_is_a_failure(
    engine: EspeakEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.speech.espeak._CLAUSE_PHONEMES", (10_000, 9_000))
    with pytest.raises(SpeechFailed, match="left out about"):
        take_of(engine, words_of("窗" * 300, joined=True), "cmn")


def test_limits_follow_the_script(engine: EspeakEngine) -> None:
    chinese = engine.limits(voice_of(engine, "cmn"), "zh-CN")
    english = engine.limits(voice_of(engine, "en-us"), "en")
    lengths = [limits.characters / limits.characters_per_second for limits in (chinese, english)]
    assert lengths[0] == pytest.approx(lengths[1], rel=0.3)


def test_a_library_that_somebody_else_keeps_loaded_changes_nothing(engine: EspeakEngine, fresh: None) -> None:
    first = take_of(engine, "The same words again.")
    held = ctypes.CDLL(str(find_library()._path))
    try:
        take_of(engine, "Something in between, quite different!")
        again = take_of(engine, "The same words again.")
    finally:
        _ctypes.dlclose(held._handle)
    assert np.array_equal(first.audio, again.audio)


def test_data_in_a_deep_folder_is_found(tmp_path: Path, engine: EspeakEngine) -> None:
    library = find_library()
    deep = tmp_path / ("d" * 100) / ("e" * 100)
    shutil.copytree(library.data, deep)
    moved = EspeakLibrary(library._path, deep)
    assert moved.version == library.version
    assert len(moved.speak("Deep.", "gmw/en-US", 175, RATE * 10)[0]) > RATE * 0.2


def test_an_endless_utterance_is_stopped() -> None:
    with pytest.raises(SpeechFailed, match="does not come to an end"):
        find_library().speak("This is far too long for it.", "gmw/en-US", 175, 1_000)


def test_voices_without_a_dictionary_are_not_offered(engine: EspeakEngine) -> None:
    data = find_library().data
    offered = {voice.id for voice in engine.voices()}
    assert {"en-us", "en-gb", "ru", "cmn", "ja", "ar", "de", "fr-fr", "es"} <= offered
    missing = [i for i in ("fo", "kaa", "xex") if not (data / f"{i}_dict").exists()]
    assert not offered & set(missing)


def test_a_missing_library_is_unavailable_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fresh: None
) -> None:
    monkeypatch.setenv("VOXPRESS_ESPEAK_LIBRARY", str(tmp_path / "libnothing.so"))
    with pytest.raises(EngineUnavailable, match=r"libnothing\.so"):
        EspeakEngine(EngineContext(tmp_path))


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fresh: None) -> Path:
    """A library that the loader finds by its name, with its data where it expects it."""
    wheel = find_library()
    copy = Path(shutil.copy(wheel.path, tmp_path / "libespeak-ng.so.1"))
    monkeypatch.setattr(espeak_library, "_SYSTEM_NAMES", ("libmissing-espeak.so.9", str(copy)))
    monkeypatch.setenv("ESPEAK_DATA_PATH", str(wheel.data.parent))
    find_library.cache_clear()
    return copy


def test_the_systems_library_is_used_when_it_is_not_older(system: Path, tmp_path: Path) -> None:
    library = find_library()
    assert (library.origin, library.path) == ("system", system)
    assert take_of(EspeakEngine(EngineContext(tmp_path)), "The system speaks.").duration > 0.5


def test_an_older_one_of_the_system_stands_back(system: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(espeak_library, "_OF_THE_WHEEL", (99, 0))
    assert find_library().origin == "wheel"
    find_library.cache_clear()
    monkeypatch.setitem(sys.modules, "espeakng_loader", None)  # as where the wheel is not installed
    assert find_library().origin == "system"
    find_library.cache_clear()
    monkeypatch.setattr(espeak_library, "_OLDEST", (99, 0))
    with pytest.raises(EngineUnavailable, match=f"{system} is too old"):
        find_library()


def test_without_any_library_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch, fresh: None) -> None:
    monkeypatch.setattr(espeak_library, "_SYSTEM_NAMES", ())
    monkeypatch.setitem(sys.modules, "espeakng_loader", None)
    with pytest.raises(EngineUnavailable, match="espeakng-loader"):
        find_library()


def test_an_impossible_rate_is_refused(engine: EspeakEngine) -> None:
    with pytest.raises(SettingsError, match="rate 9"):
        list(engine.speak([chunk_of("Fast.")], voice_of(engine, "en-us"), SpeakingOptions(rate=9.0)))


def test_the_revision_follows_the_data(tmp_path: Path) -> None:
    library = find_library()
    copy = tmp_path / "data"
    shutil.copytree(library.data, copy)
    assert EspeakLibrary(library._path, copy).revision == library.revision
    changed = tmp_path / "changed"
    shutil.copytree(library.data, changed)
    with (changed / "en_dict").open("ab") as file:
        file.write(b"\0")
    assert EspeakLibrary(library._path, changed).revision != library.revision


@pytest.mark.parametrize("text", ["Seen all day", "Room at last", "Seven apples"])
def test_a_word_with_a_vowel_first_begins_after_the_nasal_before_it(engine: EspeakEngine, text: str) -> None:
    """A nasal hums: between 500 and 1500 Hz there is little of it, and much of a vowel."""
    take = take_of(engine, text)
    assert take.timings is not None
    at, size = round(take.timings[1].start * RATE), round(0.03 * RATE)

    def power(begin: int) -> float:
        spectrum = np.abs(np.fft.rfft(take.audio[begin : begin + size] * np.hanning(size))) ** 2
        hertz = np.fft.rfftfreq(size, 1 / RATE)
        return float(spectrum[(hertz > 500) & (hertz < 1500)].sum())

    assert power(at + size) > 10 * power(at - size)
