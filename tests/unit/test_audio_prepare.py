"""Takes made ready: silence cut, times moved along, edges soft."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.align.reading import read
from pipeline.audio.loudness import integrated
from pipeline.audio.prepare import FADE, MARGIN, prepare
from pipeline.errors import SpeechFailed
from pipeline.model import Doubt, Pcm, Take, Timing
from tests.helpers_speech import chunk_of, words_of

RATE = 22050
TEXT = "One two, three."


def beeps(*spans: tuple[float, float], seconds: float, level: float = 9000) -> Pcm:
    """A 440 Hz tone wherever a span says so, nothing elsewhere."""
    pcm = np.zeros(round(seconds * RATE))
    for start, end in spans:
        time = np.arange(round(start * RATE), round(end * RATE))
        pcm[time] = level * np.cos(2 * np.pi * 440 * time / RATE)
    return pcm.astype(np.int16)


SPANS = ((0.5, 0.8), (1.0, 1.3), (1.5, 2.0))


def take_of(*timings: tuple[float, float], seconds: float = 3.0) -> Take:
    return Take(beeps(*SPANS, seconds=seconds), RATE, tuple(Timing(*timing) for timing in timings) or None)


def test_each_word_is_heard_when_its_time_says() -> None:
    pcm, prepared = prepare(take_of(*SPANS), chunk_of(TEXT))
    assert prepared.duration == pytest.approx(1.5 + 2 * MARGIN, abs=0.002)
    assert prepared.samples == len(pcm)
    assert prepared.timing_source == "engine"
    assert prepared.doubts == ()
    sounding = np.zeros(len(pcm), bool)
    for start, end in zip(prepared.starts, prepared.ends, strict=True):
        inside = pcm[start + 100 : end - 100]
        assert np.abs(inside).max() > 8000
        sounding[start:end] = True
    assert not pcm[~sounding].any()
    assert integrated(prepared.loudness) == pytest.approx(-16.8, abs=0.5)


def test_edges_are_soft() -> None:
    loud = Take(beeps((0, 1.0), seconds=1.0), RATE, None)
    pcm, _ = prepare(loud, chunk_of("Hello."))
    assert abs(int(pcm[0])) < 20
    assert abs(int(pcm[-1])) < 20
    edge = round(FADE * RATE)
    assert np.array_equal(pcm[edge:-edge], loud.audio[edge:-edge])
    assert loud.audio[0] == 9000  # the engine's own array is left alone


def test_a_timed_word_is_not_cut_off_where_it_fades_away() -> None:
    """The last word goes on for 80 ms more than can be told from silence."""
    pcm, prepared = prepare(take_of(SPANS[0], SPANS[1], (1.5, 2.08)), chunk_of(TEXT))
    assert prepared.ends[-1] == pytest.approx((2.08 - 0.5 + MARGIN) * RATE, abs=3)
    assert len(pcm) >= prepared.ends[-1]


def test_a_time_that_reaches_far_into_silence_does_not_keep_the_silence() -> None:
    _, prepared = prepare(take_of(SPANS[0], SPANS[1], (1.5, 3.0)), chunk_of(TEXT))
    assert prepared.duration < 1.7
    assert prepared.ends[-1] == prepared.samples


@pytest.mark.parametrize(
    ("timings", "doubt", "source"),
    [
        ((SPANS[0], SPANS[1]), "2 words of 3", "estimate"),
        ((SPANS[0], SPANS[1], (float("nan"), 2.0)), "not numbers", "estimate"),
        ((SPANS[1], SPANS[0], SPANS[2]), "out of order", "engine"),
        ((SPANS[0], SPANS[1], (1.5, 9.0)), "outside", "engine"),
    ],
)
def test_odd_times_are_mended_and_doubted(
    timings: tuple[tuple[float, float], ...], doubt: str, source: str
) -> None:
    _, prepared = prepare(take_of(*timings), chunk_of(TEXT))
    assert [doubt in found.text for found in prepared.doubts] == [True]
    assert prepared.timing_source == source
    assert list(prepared.starts) == sorted(prepared.starts)
    assert all(0 <= s <= e <= prepared.samples for s, e in zip(prepared.starts, prepared.ends, strict=True))


def test_without_times_words_are_found_where_they_are_said() -> None:
    said = read(words_of("Nobody came."), "en", variant="f2")
    pause = np.zeros(RATE, np.int16)
    comes = round(said.starts[1] * RATE)
    audio = np.concatenate([pause, said.audio[:comes], pause, said.audio[comes:]])
    _, prepared = prepare(Take(audio, RATE, None), chunk_of("Nobody came."))
    assert prepared.timing_source == "dtw"
    assert prepared.doubts == ()
    first, second = prepared.starts
    assert (second - first) / RATE == pytest.approx(1 + said.starts[1] - said.starts[0], abs=0.05)


def test_where_no_words_are_heard_they_are_spread_over_the_sound_by_their_length() -> None:
    _, prepared = prepare(take_of(), chunk_of("A considerably longer."))
    assert prepared.timing_source == "estimate"
    lengths = [end - start for start, end in zip(prepared.starts, prepared.ends, strict=True)]
    assert lengths[0] < lengths[2] < lengths[1]
    assert prepared.starts[0] == pytest.approx(MARGIN * RATE, abs=3)
    assert prepared.ends[-1] == pytest.approx(prepared.samples - MARGIN * RATE, abs=3)


def test_the_engine_s_own_doubts_are_kept() -> None:
    take = Take(beeps((0, 1), seconds=1), RATE, None, doubts=(Doubt("stutter", "It stuttered."),))
    assert prepare(take, chunk_of("Hello."))[1].doubts[0] == take.doubts[0]


def test_a_take_that_cannot_be_right_is_refused() -> None:
    with pytest.raises(SpeechFailed, match="at the least"):
        prepare(
            Take(beeps((1.0, 1.05), seconds=3), RATE, None), chunk_of("Far more than this was to be said.")
        )
