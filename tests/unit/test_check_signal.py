"""Takes that cannot be what their chunk says are refused; odd ones keep a doubt."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pipeline.check.faults import Remedy, remedy_of
from pipeline.check.pace import check_bounds, duration_bounds
from pipeline.check.signal import check_samples_of
from pipeline.check.sound import Sound, Subject, samples_of
from pipeline.errors import SpeechFailed
from pipeline.model import Doubt, Loudness, Take
from tests.helpers_speech import chunk_of

CHUNK = chunk_of("The tide takes what it is owed.", voice="piper:en_GB-somebody")
SPEECH = (np.random.default_rng(4).standard_normal(40_000) * 3000).astype(np.int16)


def lasting(text: str, seconds: float) -> Subject:
    """A take of ``text`` of which nothing is known but how long it sounds."""
    sound = Sound(samples_of(np.zeros(0, np.int16)), 22050)
    return Subject(chunk_of(text), sound, (), timed=False, heard=(0.0, seconds), loudness=Loudness())


def test_speech_passes() -> None:
    assert check_samples_of(Take(SPEECH, 22050), CHUNK) == ()


@pytest.mark.parametrize(
    ("audio", "rate", "fault"),
    [
        (np.zeros(16000, np.int16), 16000, "nothing but zeros"),
        (np.zeros(0, np.int16), 22050, "no audio"),
        (SPEECH // 3000, 22050, "near silence"),
        (np.sign(SPEECH) * np.int16(32767), 22050, "clipped"),
        (SPEECH // 8 + np.int16(12_000), 22050, "offset"),
        (SPEECH.astype(np.float32) / 32768, 22050, "float32"),
        (np.full(400, np.nan, np.float32), 22050, "NaN"),
        (np.stack((SPEECH, SPEECH)), 22050, "no mono audio"),
        ([0, 1, 2], 22050, "no mono audio"),
        (None, 22050, "no mono audio"),
        (SPEECH, 0, "sample rate"),
    ],
)
def test_broken_takes_are_refused_with_the_chunk_and_the_voice_named(
    audio: Any, rate: int, fault: str
) -> None:
    with pytest.raises(SpeechFailed, match=fault) as raised:
        check_samples_of(Take(audio, rate), CHUNK)
    assert "piper:en_GB-somebody" in str(raised.value)
    assert "The tide takes" in str(raised.value)


def test_a_little_clipping_is_a_doubt() -> None:
    audio = SPEECH.copy()
    audio[1000:1200] = 32767
    assert check_samples_of(Take(audio, 22050), CHUNK) == (
        Doubt("clipping", "0.5% of the samples are clipped."),
    )


def test_a_small_offset_is_a_doubt() -> None:
    (doubt,) = check_samples_of(Take(SPEECH + np.int16(1500), 22050), CHUNK)
    assert doubt.fault == "offset"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("The tide takes what it is owed.", 2.0),
        ("The tide takes what it is owed.", 0.7),  # three times as fast
        ("No.", 0.3),
        ("A", 2.5),
        ("潮は借りを返してもらう。", 2.4),
        ("潮水会取走它应得的一切", 2.0),
        ("$", 1.0),
        ("...", 0.0),
    ],
)
def test_durations_that_occur_pass(text: str, seconds: float) -> None:
    assert list(check_bounds(lasting(text, seconds))) == []


@pytest.mark.parametrize(
    ("text", "seconds", "fault"),
    [
        ("The tide takes what it is owed.", 0.3, "at the least"),
        ("The tide takes what it is owed.", 30.0, "at the most"),
        ("潮水会取走它应得的一切", 0.3, "at the least"),
        ("No.", 40.0, "at the most"),
    ],
)
def test_durations_that_cannot_be_are_refused(text: str, seconds: float, fault: str) -> None:
    (doubt,) = check_bounds(lasting(text, seconds))
    assert fault in doubt.text
    assert remedy_of(doubt) is Remedy.REFUSE


def test_bounds_grow_with_the_text() -> None:
    short, long = duration_bounds("word"), duration_bounds("word word word")
    assert short[0] < long[0]
    assert short[1] < long[1]
