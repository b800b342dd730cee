"""Real speech, damaged in known ways: each fault is found by name and by place, and nothing in what is sound."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from pipeline.audio.prepare import prepare
from pipeline.check.reference import Reference, learn
from pipeline.check.repeats import repetition
from pipeline.check.sound import Sound, samples_of
from pipeline.errors import TakeRefused
from pipeline.model import BlockKind, Chunk, Doubt, Pcm, Sentence, SpeakingOptions, Take, Timing
from pipeline.speech.engine import EngineContext
from pipeline.speech.registry import find_voice, open_engine
from tests.helpers_speech import words_of

HERE = EngineContext(Path("nowhere"))
RATE = 22_050
TEXT = (
    "The harbour was empty when the keeper came down the hill.",
    "Nobody had lit the lamp, and the gulls sat on the wall as if it belonged to them.",
    "She counted the boats twice, wrote the number into her book, and went home.",
)
LANGUAGES = {
    "en-GB": "The harbour was empty when the keeper came down the hill, and nobody had lit the lamp.",
    "de": "Der Hafen lag leer, als die Wärterin den Hügel herabkam, und niemand hatte die Lampe angezündet.",
    "fr": "Le port était vide quand la gardienne descendit la colline, et personne n'avait allumé la lampe.",
    "es": "El puerto estaba vacío cuando la guardiana bajó de la colina, y nadie había encendido la lámpara.",
    "it": "Il porto era vuoto quando la guardiana scese dalla collina, e nessuno aveva acceso la lampada.",
    "pt": "O porto estava vazio quando a guardiã desceu a colina, e ninguém tinha acendido a lâmpada.",
    "nl": "De haven was leeg toen de wachter de heuvel af kwam, en niemand had de lamp aangestoken.",
    "pl": "Port był pusty, kiedy latarniczka zeszła ze wzgórza, i nikt nie zapalił lampy.",
    "ru": "Гавань была пуста, когда смотрительница спустилась с холма, и никто не зажёг лампу.",
    "tr": "Bekçi tepeden indiğinde liman boştu ve kimse lambayı yakmamıştı.",
}


def chunk_of(*sentences: str, language: str = "en-GB") -> Chunk:
    spoken = tuple(Sentence(words_of(sentence)) for sentence in sentences)
    return Chunk(0, spoken, BlockKind.PARAGRAPH, find_voice("espeak", language, HERE).name, language, 0.3)


@lru_cache
def speech(chunk: Chunk) -> Take:
    voice = find_voice("espeak", chunk.language, HERE)
    (take,) = open_engine("espeak", HERE).speak([chunk], voice, SpeakingOptions())
    return take


@lru_cache
def reference() -> Reference:
    """How the voice speaks, from other sentences than are judged by it."""
    said = [f"{sentence[:-1]}, said the {who} in the boat." for sentence in TEXT for who in ("man", "child")]
    chunks = [chunk_of(text) for text in said]
    found = learn([(chunk, prepare(speech(chunk), chunk)[1]) for chunk in chunks])
    assert found is not None
    return found


def doubts(audio: Pcm, chunk: Chunk, timings: tuple[Timing, ...] | None = None) -> tuple[Doubt, ...]:
    return prepare(Take(audio, RATE, timings), chunk, sample_rate=RATE, reference=reference())[1].doubts


def noise(seconds: float, colour: float = 0.0) -> Pcm:
    """Noise whose spectrum falls with the frequency to the power of ``colour``: 0 is white, 1 pink."""
    size = round(seconds * RATE)
    spectrum = np.fft.rfft(np.random.default_rng(1).normal(size=size))
    spectrum[: round(30 * seconds)] = 0  # what is lower is not heard
    spectrum[1:] /= np.arange(1, len(spectrum)) ** (colour / 2)
    sound = np.fft.irfft(spectrum, size)
    return (sound / sound.std() * 2500).astype(np.int16)


def hum(seconds: float) -> Pcm:
    at = np.arange(round(seconds * RATE)) / RATE
    return (3000 * np.sin(2 * np.pi * 100 * at) + 1500 * np.sin(2 * np.pi * 300 * at)).astype(np.int16)


def inserted(what: Pcm) -> Pcm:
    """The three sentences with something between two words in the middle."""
    audio = speech(chunk_of(*TEXT)).audio
    middle = len(audio) // 2
    return np.concatenate((audio[:middle], what, audio[middle:]))


@pytest.mark.parametrize("language", LANGUAGES)
def test_sound_speech_is_not_in_doubt(language: str) -> None:
    chunk = chunk_of(LANGUAGES[language], language=language)
    assert prepare(speech(chunk), chunk, sample_rate=RATE)[1].doubts == ()


def test_what_the_voice_is_known_for_is_not_in_doubt() -> None:
    for chunk in (
        chunk_of(*TEXT),
        *(chunk_of(sentence) for sentence in TEXT),
        chunk_of("No."),
        chunk_of("IX"),
    ):
        take = speech(chunk)
        assert doubts(take.audio, chunk, take.timings) == ()


@pytest.mark.parametrize(
    "what", [noise(1.0), noise(1.0, 1), noise(1.0, 2), hum(1.0)], ids=["white", "pink", "brown", "hum"]
)
def test_a_second_of_noise_is_found_where_it_is(what: Pcm) -> None:
    chunk = chunk_of(*TEXT)
    found = doubts(inserted(what), chunk)
    assert "noise" in [doubt.fault for doubt in found]
    at = len(speech(chunk).audio) / 2 / RATE
    said = float(found[0].text.split()[1])
    assert said == pytest.approx(at, abs=0.3)


@pytest.mark.parametrize(
    ("damage", "fault"),
    [
        (lambda one, two, three: (one, three), "too-short"),
        (lambda one, two, three: (one, two, two, three), "repeated"),
        (lambda one, two, three: (one, two, np.zeros(3 * RATE, np.int16), three), "gap"),
        (lambda one, two, three: (one // 6, two // 6, three // 6), "loudness"),
    ],
    ids=["dropped", "repeated", "gap", "soft"],
)
def test_sentences_that_are_lost_or_too_many(damage: Callable[..., tuple[Pcm, ...]], fault: str) -> None:
    parts = [speech(chunk_of(sentence)).audio for sentence in TEXT]
    assert fault in [doubt.fault for doubt in doubts(np.concatenate(damage(*parts)), chunk_of(*TEXT))]


def test_a_take_that_breaks_off_is_found() -> None:
    chunk = chunk_of(*TEXT, *TEXT)
    audio = speech(chunk).audio
    cut = audio[: 10 * RATE]
    while np.abs(cut[-200:]).max() < 4000:  # not in a pause
        cut = cut[:-200]
    assert [doubt.fault for doubt in doubts(cut, chunk)] == ["cut-off"]


def test_the_text_s_own_repetitions_are_none() -> None:
    chunk = chunk_of(
        "Row, row, row your boat, and row, row, row your boat, and row, row, row your boat again."
    )
    assert doubts(speech(chunk).audio, chunk) == ()


def test_a_gap_names_the_words_beside_it() -> None:
    chunk = chunk_of(*TEXT)
    take = speech(chunk)
    assert take.timings is not None
    place = len(words_of(TEXT[0]))
    at = take.timings[place].start
    sample = round(at * RATE)
    later = [Timing(t.start + 2, t.end + 2) if t.start >= at else t for t in take.timings]
    audio = np.concatenate((take.audio[:sample], np.zeros(2 * RATE, np.int16), take.audio[sample:]))
    (doubt,) = doubts(audio, chunk, tuple(later))
    assert (doubt.fault, doubt.words) == ("gap", (place - 1, place + 1))


def test_sound_after_the_last_word_is_found() -> None:
    chunk, more = chunk_of(*TEXT), speech(chunk_of("Or so they say."))
    take = speech(chunk)
    audio = np.concatenate((take.audio, np.zeros(RATE // 2, np.int16), more.audio))
    assert take.timings is not None
    last = len(take.timings)
    (doubt,) = doubts(audio, chunk, take.timings)
    assert (doubt.fault, doubt.words) == ("sound-after-end", (last - 1, last))


def test_a_take_at_another_rate_than_the_voice_s_is_refused_by_name() -> None:
    chunk = chunk_of(*TEXT)
    with pytest.raises(TakeRefused, match="16000 Hz") as raised:
        prepare(replace(speech(chunk), sample_rate=16_000), chunk, sample_rate=RATE)
    assert raised.value.fault == "rate"


def test_two_of_four_takes_that_are_bad_do_not_shape_what_is_usual() -> None:
    chunks = [chunk_of(f"{sentence[:-1]}, said the {who}.") for sentence in TEXT for who in ("man", "child")]
    kept = [(chunk, prepare(speech(chunk), chunk)[1]) for chunk in chunks]
    spoilt = [(chunk, replace(one, samples=one.samples * 3)) for chunk, one in kept[:2]] + kept[2:]
    usual, shaped = learn(kept), learn(spoilt)
    assert usual is not None
    assert shaped is not None
    assert shaped.seconds == pytest.approx(usual.seconds, rel=0.05)
    assert learn(kept[:3]) is None


@pytest.mark.parametrize("known", [True, False], ids=["known", "unknown"])
def test_a_repetition_among_the_engines_own_times_is_found(known: bool) -> None:
    """The second sentence sounds twice, and the times of all that follows are moved by it."""
    chunk = chunk_of(*TEXT)
    take = speech(chunk)
    assert take.timings is not None
    first = len(words_of(TEXT[0]))
    begin, after = (take.timings[place].start for place in (first, first + len(words_of(TEXT[1]))))
    start, end = round(begin * RATE), round(after * RATE)
    audio = np.concatenate((take.audio[:end], take.audio[start:end], take.audio[end:]))
    moved = tuple(
        replace(word, start=word.start + after - begin, end=word.end + after - begin)
        if word.start >= after
        else word
        for word in take.timings
    )
    learned = reference() if known else None
    prepared = prepare(Take(audio, RATE, moved), chunk, sample_rate=RATE, reference=learned)[1]
    assert "repeated" in [doubt.fault for doubt in prepared.doubts]


@pytest.mark.parametrize("pitch", [110.0, 700.0, 1150.0, 2600.0])
def test_a_passage_of_any_pitch_that_sounds_twice_is_found(pitch: float) -> None:
    """Bursts of tones: what is high is not lost where samples are averaged first."""
    chance = np.random.default_rng(2)
    bursts = []
    for _ in range(40):
        at = np.arange(round(chance.uniform(0.1, 0.4) * RATE)) / RATE
        tone = 9000 * np.sin(2 * np.pi * pitch * chance.uniform(0.9, 1.1) * at) * np.sin(np.pi * at / at[-1])
        bursts += [tone, np.zeros(round(chance.uniform(0.02, 0.2) * RATE))]
    audio = np.concatenate(bursts).astype(np.int16)
    found = repetition(Sound(samples_of(np.concatenate((audio, audio[5000:90_000], audio))), RATE))
    assert found is not None
    assert found[2] > 3
    assert repetition(Sound(samples_of(audio), RATE)) is None
