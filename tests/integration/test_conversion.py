"""What a voice said in another voice, with the words where they were."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pipeline.errors import EngineUnavailable, TakeRefused, VoiceNotFound
from pipeline.model import Consent, Pcm, SpeakingOptions, Take
from pipeline.speech import server_client
from pipeline.speech.conversion import divided
from pipeline.speech.conversion_shift import LIKENESS, MOVED, shift
from pipeline.speech.engine import EngineContext
from pipeline.speech.registry import engine_for, find_voice, forget_engines
from pipeline.speech.servers import SpeechServer
from tests.helpers_speech import chunk_of
from tests.sites import running
from tests.speech_servers.reading import spoken
from tests.speech_servers.rvc import RATE, RvcServer

LINE = "The lamp of the old mill went out, and nobody saw who had done it. It was the third of May."
NAME = "espeak:en-us+rvc:anna"
ALLOWED = Consent("Anna Miller", "2026-05-01", "audiobooks")
CONSENTS = (("anna", ALLOWED), ("ben of the mill", Consent("Ben", "2026-05-02", "audiobooks", own=True)))


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[RvcServer]:
    monkeypatch.setattr(server_client, "LOOK_PATIENCE_SECONDS", 0.0)
    with running(RvcServer()) as site:
        assert isinstance(site, RvcServer)
        yield site
    forget_engines()


@pytest.fixture
def context(site: RvcServer, tmp_path: Path) -> EngineContext:
    return EngineContext(
        tmp_path, servers=(SpeechServer("rvc", site.url, consents=CONSENTS),), locks_dir=tmp_path
    )


def speak(name: str, context: EngineContext, *texts: str, **options: object) -> list[Take]:
    voice = find_voice(name, "en", context)
    chunks = [chunk_of(text, voice=voice.name) for text in texts]
    manner = replace(SpeakingOptions(), **options)  # type: ignore[arg-type]
    return list(engine_for(voice, context).speak(chunks, voice, manner))


def test_names() -> None:
    assert divided("piper:en_US-x+rvc:my voice (2)") == ("piper:en_US-x", "rvc", "my voice (2)")
    assert divided("auto+rvc:anna") == ("auto", "rvc", "anna")
    for plain in (
        "piper:en_US-x",
        "openai:af_bella(2)+af_sky",
        "piper:a+nobody:anna",
        "+rvc:anna",
        "piper:a+rvc:",
    ):
        assert divided(plain) == (plain, "", "")


def test_a_converted_voice_is_a_voice_of_its_own(context: EngineContext) -> None:
    plain, voice = find_voice("espeak:en-us", "en", context), find_voice(NAME, "en", context)
    assert (voice.name, voice.engine, voice.sample_rate) == (NAME, "espeak", RATE)
    assert voice.languages == plain.languages
    others = {
        plain.revision,
        voice.revision,
        find_voice("espeak:en-us+rvc:ben of the mill", "en", context).revision,
    }
    assert len(others) == 3
    assert find_voice("espeak+rvc:anna", "en-us", context) == voice
    assert engine_for(voice, context).limits(voice, "en") == engine_for(plain, context).limits(plain, "en")


def test_who_is_imitated_must_have_allowed_it(site: RvcServer, tmp_path: Path) -> None:
    context = EngineContext(tmp_path, servers=(SpeechServer("rvc", site.url, consents=CONSENTS[1:]),))
    assert find_voice("espeak:en-us+rvc:ben of the mill", "en", context).consent == CONSENTS[1][1]
    with pytest.raises(
        VoiceNotFound, match=r'write anna = "WHO, YYYY-MM-DD, FOR WHAT" under \[servers.rvc.consents\]'
    ):
        find_voice(NAME, "en", context)


def test_the_words_are_said_at_their_times_in_the_other_voice(context: EngineContext) -> None:
    [before], [take] = speak("espeak:en-us", context, LINE), speak(NAME, context, LINE)
    assert take.sample_rate == RATE
    assert (take.timing_source, take.doubts) == ("engine", ())
    assert take.timings == before.timings
    assert take.duration == pytest.approx(before.duration + 0.01, abs=0.001)
    assert shift(before.audio, before.sample_rate, take.audio, RATE).farthest < 0.005


def test_takes_are_repeatable_and_the_server_is_told_all_each_time(
    site: RvcServer, context: EngineContext
) -> None:
    other = "espeak:en-us+rvc:ben of the mill"
    first, again = speak(NAME, context, LINE, LINE)
    [unlike] = speak(other, context, LINE, parameters=(("pitch_shift", 5.0), ("temperature", 1.0)))
    assert site.parameters["f0up_key"] == 5
    [last] = speak(NAME, context, LINE)
    assert np.array_equal(first.audio, again.audio)
    assert np.array_equal(first.audio, last.audio)
    assert not np.array_equal(first.audio, unlike.audio)
    assert site.parameters["f0up_key"] == 0
    assert site.parameters["resample_sr"] == 0


def late(pcm: Pcm, seconds: float) -> Pcm:
    quiet = np.zeros(round(RATE * seconds), np.int16)
    return np.concatenate([quiet, pcm])[: len(pcm)]


def test_words_that_were_moved_a_little_take_their_times_along_and_are_doubted(
    site: RvcServer, context: EngineContext
) -> None:
    [before] = speak(NAME, context, LINE)
    site.spoil = lambda pcm: late(pcm, 0.04)
    [take] = speak(NAME, context, LINE)
    assert [doubt.fault for doubt in take.doubts] == ["times"]
    assert "by +40 ms" in take.doubts[0].text
    assert take.timings is not None
    assert before.timings is not None
    assert take.timings[5].start == pytest.approx(before.timings[5].start + 0.04, abs=0.003)


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda pcm: late(pcm, 0.15), "shifted"),
        (lambda pcm: pcm[: len(pcm) // 2], "shifted"),
        (lambda pcm: np.concatenate([pcm, pcm]), "shifted"),
        (lambda pcm: np.concatenate([pcm[: len(pcm) // 2], late(pcm, 0.12)[len(pcm) // 2 :]]), "shifted"),
        (lambda pcm: pcm[::-1], "shifted"),
        (lambda pcm: np.random.default_rng(1).integers(-9000, 9000, len(pcm)).astype(np.int16), "shifted"),
        (lambda pcm: np.zeros_like(pcm), "silence"),
    ],
    ids=["late", "half", "twice", "second-half-late", "backwards", "noise", "silence"],
)
def test_what_is_not_what_was_said_is_refused_by_name(
    site: RvcServer, context: EngineContext, spoil: object, fault: str
) -> None:
    site.spoil = spoil  # type: ignore[assignment]
    with pytest.raises(TakeRefused) as refused:
        speak(NAME, context, LINE)
    assert refused.value.fault == fault


def test_another_rate_than_the_settings_say_is_refused(site: RvcServer, tmp_path: Path) -> None:
    context = EngineContext(
        tmp_path, servers=(SpeechServer("rvc", site.url, sample_rate=48_000, consents=CONSENTS),)
    )
    with pytest.raises(TakeRefused, match="at 40000 Hz instead of 48000 Hz"):
        speak(NAME, context, LINE)


def test_models_of_a_second_server_have_its_name_and_one_that_is_away_takes_none_away(
    site: RvcServer, tmp_path: Path
) -> None:
    away = SpeechServer("rvc", "http://127.0.0.1:9")
    context = EngineContext(
        tmp_path, servers=(away, SpeechServer("rvc", site.url, "attic", consents=CONSENTS))
    )
    [take] = speak("espeak:en-us+rvc:attic/anna", context, LINE)
    assert site.model == "anna"
    assert take.sample_rate == RATE


def test_what_there_is_not_is_told(site: RvcServer, context: EngineContext, tmp_path: Path) -> None:
    with pytest.raises(VoiceNotFound, match="no voice “carl”; there are: anna, ben of the mill"):
        find_voice("espeak:en-us+rvc:carl", "en", context)
    with pytest.raises(EngineUnavailable, match=r"write \[servers.rvc\] with engine and url"):
        find_voice(NAME, "en", EngineContext(tmp_path))


def test_the_same_speech_is_told_from_other_speech() -> None:
    rng = np.random.default_rng(7)
    texts = [
        LINE,
        "He came home late, and nobody was left to ask him where he had been all day.",
        "Never again, he said.",
    ]
    for text in texts:
        pcm = spoken(text, 24_000).pcm
        noisy = pcm + rng.normal(0, 0.1 * pcm.std(), len(pcm))
        softer = np.sign(pcm) * np.abs(pcm.astype(float)) ** 0.6 * 50
        for changed in (noisy, softer):
            found = shift(pcm, 24_000, changed.astype(np.int16), 24_000)
            assert found.likeness > LIKENESS
            assert found.farthest < 0.005
        for other in texts:
            if other != text:
                found = shift(pcm, 24_000, spoken(other, 24_000).pcm, 24_000)
                assert found.likeness < LIKENESS or max(found.farthest, abs(found.longer)) > MOVED
