"""What every engine must keep; a new engine joins by one entry in ``VOICES``."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pipeline import serial
from pipeline.errors import SpeechFailed
from pipeline.model import SpeakingOptions, Take, Voice, Word
from pipeline.speech.engine import Engine, EngineContext
from pipeline.speech.registry import engine_names, find_voice, forget_engines, open_engine
from tests.engines import Subject, subjects
from tests.helpers_speech import chunk_of, words_of

A = "The lamp of the old mill went out, and nobody saw who had done it."
B = "A storm of swans! What else? Seventeen, they say."
OPTIONS = SpeakingOptions()
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module", params=sorted(subjects()))
def subject(request: pytest.FixtureRequest) -> Subject:
    found = subjects()[request.param]
    if found.missing:
        pytest.skip(f"{request.param}: {', '.join(found.missing)} not installed here")
    return found


@pytest.fixture(scope="module")
def context(subject: Subject, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineContext]:
    with subject.prepare(tmp_path_factory.mktemp("voices")) as context:
        yield context
    forget_engines()


@pytest.fixture(scope="module")
def voice(subject: Subject, context: EngineContext) -> Voice:
    return find_voice(subject.voice, "en", context)


@pytest.fixture
def engine(voice: Voice, context: EngineContext) -> Engine:
    return open_engine(voice.engine, context)


def speak(engine: Engine, voice: Voice, *texts: str | tuple[Word, ...], **options: float) -> list[Take]:
    chunks = [chunk_of(text, voice=voice.name) for text in texts]
    return list(engine.speak(chunks, voice, replace(OPTIONS, **options)))  # type: ignore[arg-type]


def same(one: Take, other: Take) -> bool:
    return np.array_equal(one.audio, other.audio) and one.timings == other.timings


def test_every_registered_engine_is_tested_here() -> None:
    assert set(engine_names(hidden=True)) == set(subjects())
    for name in engine_names(hidden=True):
        assert subjects()[name].voice.startswith(f"{name}:")


def test_it_says_what_it_is(engine: Engine) -> None:
    facts = engine.facts
    assert facts.title
    assert facts.languages
    assert set(facts.devices) <= {"cpu", "cuda"}
    assert [one.name for one in facts.parameters] == sorted({one.name for one in facts.parameters})
    for one in facts.parameters:
        assert one.least <= one.default <= one.most
        assert one.meaning.endswith(".")


def test_it_is_an_engine_and_names_its_voices(engine: Engine, voice: Voice) -> None:
    assert isinstance(engine, Engine)
    voices = list(engine.voices())
    assert len({each.name for each in voices}) == len(voices)
    for each in voices:
        assert each.name == f"{engine.name}:{each.id}"
        assert each.languages
        assert each.revision
        assert 8_000 <= each.sample_rate <= 48_000


def test_limits_fit_sentences_and_tasks(engine: Engine, voice: Voice) -> None:
    limits = engine.limits(voice, "en")
    assert limits.characters >= 100
    assert limits.batch_seconds >= 10
    assert limits.characters_per_second > 0


def test_a_take_is_sound_with_a_time_for_every_word(engine: Engine, voice: Voice) -> None:
    [take] = speak(engine, voice, A)
    assert take.audio.dtype == np.int16
    assert take.audio.ndim == 1
    assert take.sample_rate == voice.sample_rate
    assert np.abs(take.audio.astype(np.int32)).max() > 1_000
    assert take.timings is not None
    assert len(take.timings) == len(words_of(A))
    edges = [edge for timing in take.timings for edge in (timing.start, timing.end)]
    assert edges == sorted(edges)
    assert edges[0] >= 0
    assert edges[-1] <= take.duration
    if engine.native_timings:
        assert take.timing_source == "engine"


def test_every_word_is_heard_at_its_time(engine: Engine, voice: Voice) -> None:
    for take, text in zip(speak(engine, voice, A, B), (A, B), strict=True):
        assert take.timings is not None
        for word, timing in zip(words_of(text), take.timings, strict=True):
            part = take.audio[round(timing.start * take.sample_rate) : round(timing.end * take.sample_rate)]
            assert len(part) > 0.03 * take.sample_rate, word.text
            assert np.sqrt(np.mean(part.astype(float) ** 2)) > 100, word.text


def test_a_take_does_not_depend_on_what_was_spoken_before(engine: Engine, voice: Voice) -> None:
    first, other, again = speak(engine, voice, A, B, A)
    assert same(first, again)
    assert not same(first, other)
    assert same(first, speak(engine, voice, A)[0])


def test_another_process_says_the_same(
    engine: Engine, voice: Voice, context: EngineContext, subject: Subject
) -> None:
    [take] = speak(engine, voice, B)
    program = (
        "import sys, json, hashlib; from pipeline import serial;"
        "from pipeline.model import Chunk, SpeakingOptions;"
        "from pipeline.speech.engine import EngineContext; from pipeline.speech.registry import *;"
        "around, name, chunk = json.loads(sys.stdin.read()); context = serial.load(EngineContext, around);"
        "voice = find_voice(name, 'en', context); engine = open_engine(voice.engine, context);"
        "[take] = engine.speak([serial.load(Chunk, chunk)], voice, SpeakingOptions());"
        "print(voice.revision, hashlib.sha256(take.audio.tobytes()).hexdigest())"
    )
    chunk = serial.dump(chunk_of(B, voice=voice.name)).decode()
    done = subprocess.run(
        [sys.executable, "-c", program],
        input=json.dumps([serial.dump(context).decode(), voice.name, chunk]),
        env=os.environ
        | {"LC_ALL": "C", "PYTHONHASHSEED": "7", "PYTHONPATH": f"{subject.path}{os.pathsep}{ROOT}"},
        capture_output=True,
        text=True,
        timeout=240,
        check=True,
    )
    said = done.stdout.split()[-2:]  # some libraries talk before it
    assert said == [voice.revision, hashlib.sha256(take.audio.tobytes()).hexdigest()]


def test_takes_come_one_by_one_and_those_before_a_failure_stay_good(engine: Engine, voice: Voice) -> None:
    nothing = (Word("—", ""),)
    chunks = [chunk_of(A), chunk_of(nothing), chunk_of(B)]
    takes = iter(engine.speak(chunks, voice, OPTIONS))
    assert same(next(takes), speak(engine, voice, A)[0])
    with pytest.raises(SpeechFailed):
        next(takes)


def test_no_chunks_give_no_takes(engine: Engine, voice: Voice) -> None:
    assert list(engine.speak([], voice, OPTIONS)) == []


def test_a_faster_rate_is_shorter_in_proportion(engine: Engine, voice: Voice, subject: Subject) -> None:
    if not subject.rated:
        pytest.skip("it has no rate")
    normal, fast = speak(engine, voice, A)[0], speak(engine, voice, A, rate=1.5)[0]
    assert normal.duration / fast.duration == pytest.approx(1.5, rel=0.2)


def test_a_word_that_is_not_said_takes_no_time(engine: Engine, voice: Voice, subject: Subject) -> None:
    words = (Word("Well", "Well"), Word("—", ""), Word("$3", "three dollars"), Word("then.", "then."))
    [take] = speak(engine, voice, words)
    assert take.timings is not None
    lengths = [timing.end - timing.start for timing in take.timings]
    assert lengths[1] == 0
    assert lengths[0] > 0
    assert lengths[2] > (lengths[0] if subject.speaks_by_length else 0)


@pytest.mark.parametrize(
    "text",
    [
        "A\x00B\x07 and \x1b[31mred\x1b[0m ends here.",
        "Tags like <break time='9s'/> or &amp; are read.",
        "He said [[h@loU]] and [[[ left ]] it.",
        "Family 👨‍👩‍👧 and \ud800 half of a pair, é́ too.",
        "٣ قطط and שלום in one line.",
        ".. ... . , ! really ?",
        "a" * 300,
    ],
    ids=["controls", "markup", "phonemes", "emoji", "right-to-left", "punctuation", "no-space"],
)
def test_odd_text_is_spoken_in_reasonable_time(engine: Engine, voice: Voice, text: str) -> None:
    [take] = speak(engine, voice, text)
    assert take.timings is not None
    assert len(take.timings) == len(text.split())
    assert 0.3 < take.duration < 120
