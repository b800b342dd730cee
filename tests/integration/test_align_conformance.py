"""Every aligner keeps the contract of ``pipeline.align.aligner``."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.align.aligner import Aligner
from pipeline.align.reading import read
from pipeline.align.registry import ALIGNERS, align, open_aligner
from pipeline.errors import AlignFailed
from pipeline.model import Pcm, Timing, Word
from tests.helpers_speech import words_of

TEXT = "The lamp was lit, and somebody came down the stairs."


@pytest.fixture(params=ALIGNERS)
def aligner(request: pytest.FixtureRequest) -> Aligner:
    try:
        return open_aligner(request.param)
    except AlignFailed as error:
        pytest.skip(str(error))


def sound(text: str) -> tuple[Pcm, int]:
    said = read(words_of(text), "en", variant="m3")
    return said.audio, said.sample_rate


def keeps_the_contract(timings: tuple[Timing, ...], words: tuple[Word, ...], seconds: float) -> bool:
    edges = [edge for timing in timings for edge in (timing.start, timing.end)]
    return (
        len(timings) == len(words)
        and edges == sorted(edges)
        and (not edges or 0 <= edges[0] <= edges[-1] <= seconds)
        and all(t.start == t.end for t, word in zip(timings, words, strict=True) if not word.spoken)
    )


def test_its_name_is_that_of_the_registry(aligner: Aligner) -> None:
    assert isinstance(aligner, Aligner)
    assert ALIGNERS[aligner.name]().name == aligner.name


def test_a_time_for_each_word_and_none_for_what_is_not_said(aligner: Aligner) -> None:
    audio, rate = sound(TEXT)
    dash = Word("—", "")
    words = (dash, *words_of(TEXT)[:4], dash, dash, *words_of(TEXT)[4:], dash)
    timings = aligner.align(audio, rate, words, "en")
    assert keeps_the_contract(timings, words, len(audio) / rate)
    assert all(t.end > t.start for t, word in zip(timings, words, strict=True) if word.spoken)


def test_the_same_twice(aligner: Aligner) -> None:
    audio, rate = sound(TEXT)
    first = aligner.align(audio, rate, words_of(TEXT), "en")
    aligner.align(*sound("Something else altogether is said here."), words_of(TEXT), "en")
    assert aligner.align(audio, rate, words_of(TEXT), "en") == first


def test_a_single_word(aligner: Aligner) -> None:
    audio, rate = sound("Yesterday")
    try:
        timings = aligner.align(audio, rate, words_of("Yesterday"), "en")
    except AlignFailed:
        return
    assert keeps_the_contract(timings, words_of("Yesterday"), len(audio) / rate)


def test_words_none_of_which_is_said(aligner: Aligner) -> None:
    audio, rate = sound(TEXT)
    words = (Word("—", ""), Word("*", ""))
    assert keeps_the_contract(aligner.align(audio, rate, words, "en"), words, len(audio) / rate)
    assert aligner.align(audio, rate, (), "en") == ()


@pytest.mark.parametrize("seconds", [0, 0.001, 0.05, 3])
def test_in_silence_nothing_is_found(aligner: Aligner, seconds: float) -> None:
    with pytest.raises(AlignFailed):
        aligner.align(np.zeros(round(seconds * 22_050), np.int16), 22_050, words_of(TEXT), "en")


def test_audio_that_is_far_too_short_is_refused_or_timed_inside(aligner: Aligner) -> None:
    audio, rate = sound(TEXT)
    piece = audio[: rate // 10]
    try:
        timings = aligner.align(piece, rate, words_of(TEXT), "en")
    except AlignFailed:
        return
    assert keeps_the_contract(timings, words_of(TEXT), len(piece) / rate)


def test_the_door_says_who_timed_it() -> None:
    audio, rate = sound(TEXT)
    timings, name = align(audio, rate, words_of(TEXT), "en")
    assert name in ALIGNERS
    assert keeps_the_contract(timings, words_of(TEXT), len(audio) / rate)


def test_an_aligner_that_is_not_there() -> None:
    with pytest.raises(AlignFailed, match="There is no aligner “nobody”; there are: dtw"):
        open_aligner("nobody")
