"""Riva over gRPC: what is tried again, what is refused, and whose words are timed by whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("riva")

from pipeline.errors import EngineUnavailable, SpeechFailed
from pipeline.model import SpeakingOptions, Take
from pipeline.speech import riva
from pipeline.speech.engine import EngineContext
from pipeline.speech.registry import find_voice, forget_engines, open_engine
from pipeline.speech.servers import SpeechServer
from tests.helpers_speech import chunk_of
from tests.speech_servers.reading import spoken
from tests.speech_servers.riva import RivaServer, running

LINE = "The lamp of the old mill went out, and nobody saw who had done it."
RAY = "riva:Magpie.EN-US.Ray"


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[RivaServer]:
    monkeypatch.setattr(riva, "LOOK_PATIENCE_SECONDS", 0.0)
    monkeypatch.setattr(riva, "PATIENCE_SECONDS", 3.0)
    monkeypatch.setattr(riva, "FIRST_PAUSE", 0.05)
    with running(RivaServer()) as site:
        yield site
    forget_engines()


def speak(site: RivaServer, text: str = LINE, *, key: str = "", name: str = RAY, **options: float) -> Take:
    context = EngineContext(Path(), servers=(SpeechServer("riva", site.url, key=key),))
    voice = find_voice(name, "en", context)
    manner = replace(SpeakingOptions(), **options)  # type: ignore[arg-type]
    [take] = open_engine("riva", context).speak([chunk_of(text, voice=name)], voice, manner)
    return take


def test_its_words_are_ours_at_their_times(site: RivaServer) -> None:
    take = speak(site)
    truth = spoken(LINE, 22_050)
    assert np.array_equal(take.audio, truth.pcm)
    assert take.timing_source == "engine"
    assert take.timings is not None
    for time, (_, start, _) in zip(take.timings, truth.words, strict=True):
        assert time.start == pytest.approx(start, abs=0.02)
    site.times = False
    assert speak(site).timing_source == "estimate"


def test_the_speakers_of_a_model_are_voices(site: RivaServer) -> None:
    assert not np.array_equal(speak(site).audio, speak(site, name="riva:Magpie.EN-US.Sofia").audio)
    context = EngineContext(Path(), servers=(SpeechServer("riva", site.url),))
    assert [voice.languages for voice in open_engine("riva", context).voices()] == [("en-US",)] * 2


def test_a_model_without_a_voice_hides_no_other(site: RivaServer, caplog: pytest.LogCaptureFixture) -> None:
    site.nameless = True
    context = EngineContext(Path(), servers=(SpeechServer("riva", site.url),))
    names = [voice.id for voice in open_engine("riva", context).voices()]
    assert names == ["Magpie.EN-US.Ray", "Magpie.EN-US.Sofia"]
    assert "“odd” is left out, because that model names no voice" in caplog.text


def test_marks_are_sent_only_for_another_rate_and_the_text_is_never_one(site: RivaServer) -> None:
    speak(site, "Is <b> less & more?")
    speak(site, "Is <b> less & more?", rate=1.5)
    plain, marked = (request.text for request in site.asked)
    assert plain == "Is <b> less & more?"
    assert marked == '<speak><prosody rate="150%">Is &lt;b&gt; less &amp; more?</prosody></speak>'


def test_a_server_that_starts_is_asked_again(site: RivaServer) -> None:
    site.away = 2
    assert len(speak(site).audio)
    assert len(site.asked) == 3


def test_what_it_refuses_and_who_is_refused(site: RivaServer) -> None:
    with pytest.raises(SpeechFailed, match="answered INVALID_ARGUMENT: text is too long"):
        speak(site, "a" * 401)
    site.key = "sesame-1234"
    with pytest.raises(EngineUnavailable, match=r"refuses us .*check its key") as refused:
        speak(site, key="sesame-4321")
    assert "sesame" not in str(refused.value)
    assert len(speak(site, key="sesame-1234").audio)
    dead = EngineContext(Path(), servers=(SpeechServer("riva", "grpc://127.0.0.1:9"),))
    with pytest.raises(EngineUnavailable, match="cannot be reached"):
        list(open_engine("riva", dead).voices())
