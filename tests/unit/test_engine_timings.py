"""From an engine's starts, or from nothing, to one timing for each word."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.align.engine_timings import sound_bounds, timings_from_starts
from pipeline.align.estimate import estimate_timings, share_out
from pipeline.model import Pcm, Timing, Word
from tests.helpers_speech import words_of

RATE = 1_000


def tone(*stretches: tuple[float, bool]) -> Pcm:
    """Seconds of sound (True) and silence (False), at 1,000 Hz."""
    return np.concatenate([np.full(round(s * RATE), 8_000 * loud, np.int16) for s, loud in stretches])


def test_a_word_before_a_pause_ends_with_its_sound_and_others_where_the_next_begins() -> None:
    audio = tone((0.5, True), (0.03, False), (0.5, True), (0.4, False), (0.5, True), (0.2, False))
    timings = timings_from_starts(words_of("one two three"), [0, 530, 1_430], audio, RATE)
    assert timings == (Timing(0, 0.53), Timing(0.53, 1.03), Timing(1.43, 1.93))


def test_words_without_a_start_share_the_time_of_the_one_before() -> None:
    timings = timings_from_starts(words_of("of the wood"), [0, None, 500], tone((1.0, True)), RATE)
    assert timings[0].end == timings[1].start == pytest.approx(0.5 * 3 / 7, abs=0.001)
    assert timings[1].end == 0.5


def test_starts_that_go_backwards_or_past_the_end_are_not_believed() -> None:
    timings = timings_from_starts(words_of("a b c d"), [0, 600, 300, 5_000], tone((1.0, True)), RATE)
    edges = [edge for t in timings for edge in (t.start, t.end)]
    assert edges == sorted(edges)
    assert edges[-1] == 1.0


def test_a_word_that_is_not_said_stands_at_the_end_of_the_one_before() -> None:
    words = (Word("a", "a"), Word("—", ""), Word("b", "b"))
    timings = timings_from_starts(words, [0, None, 500], tone((1.0, True)), RATE)
    assert timings[1] == Timing(0.5, 0.5)


def test_an_estimate_follows_the_length_of_the_spoken_form_and_leaves_silence_out() -> None:
    audio = tone((0.2, False), (1.0, True), (0.3, False))
    short, long = estimate_timings((Word("I", "I"), Word("$5", "five dollars")), audio, RATE)
    assert short.start == pytest.approx(0.2)
    assert long.end == pytest.approx(1.2)
    assert long.end - long.start > 4 * (short.end - short.start)


def test_an_estimate_leaves_a_pause_after_a_sentence() -> None:
    audio = tone((2.0, True))
    first, second, third = estimate_timings(words_of("home. She stayed"), audio, RATE)
    assert second.start - first.end > 0.2
    assert third.start == pytest.approx(second.end)


def test_what_is_not_said_takes_no_time_of_an_estimate() -> None:
    first, dash, last = share_out((Word("yes", "yes"), Word("—", ""), Word("no", "no")), 0.5, 1.5)
    assert (first.start, last.end) == (0.5, pytest.approx(1.5))
    assert first.end <= dash.start == dash.end <= last.start


def test_silence_has_bounds_too() -> None:
    assert sound_bounds(np.zeros(10, np.int16)) == (0, 10)
    assert sound_bounds(np.zeros(0, np.int16)) == (0, 0)


words = st.lists(
    st.builds(Word, st.just("x"), st.text(st.sampled_from("abc1。.中 ,"), max_size=8), st.booleans()),
    max_size=12,
)


@given(words, st.data())
def test_timings_are_always_one_a_word_ascending_and_inside(words: list[Word], data: st.DataObject) -> None:
    audio = np.array(data.draw(st.lists(st.integers(-9, 9), min_size=1, max_size=50)), np.int16)
    starts = data.draw(st.lists(st.none() | st.integers(-5, 60), min_size=len(words), max_size=len(words)))
    for timings in (estimate_timings(words, audio, 10), timings_from_starts(words, starts, audio, 10)):
        assert len(timings) == len(words)
        edges = [edge for timing in timings for edge in (timing.start, timing.end)]
        assert all(one <= two + 1e-9 for one, two in pairwise(edges))
        assert all(-1e-9 <= edge <= len(audio) / 10 + 1e-9 for edge in edges)
