"""Loudness and true peak against what BS.1770 says they must be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.audio.loudness import add, integrated, measure, shift, total
from pipeline.audio.truepeak import BLOCK, block_peaks, true_peak
from pipeline.model import SILENCE, Loudness, Pcm

RATES = (8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000)


def sine(frequency: float, rate: int, seconds: float, dbfs: float, phase: float = 0.0) -> Pcm:
    """A sine of that peak, without clicks at its ends."""
    time = np.arange(int(seconds * rate)) / rate
    wave = 32767 * 10 ** (dbfs / 20) * np.sin(2 * np.pi * frequency * time + phase)
    ends = np.minimum(1, np.minimum(time, time[::-1]) / 0.02)
    return np.rint(wave * ends).astype(np.int16)


@pytest.mark.parametrize("rate", RATES)
def test_a_sine_in_one_channel_reads_three_db_less_than_its_peak(rate: int) -> None:
    """BS.1770-5, annex 1: 0 dBFS at 997 Hz in one channel reads -3.01 LKFS."""
    loudness = measure(sine(997, rate, 20, -20.0), rate, between_silences=False)
    assert integrated(loudness) == pytest.approx(-23.01, abs=0.1)
    assert loudness.true_peak == pytest.approx(-20.0, abs=0.05)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize(
    ("frequency", "gain"), [(50, -4.6), (100, -1.8), (500, -0.7), (2000, 2.4), (3400, 3.2)]
)
def test_the_weighting_is_that_of_the_standard_at_every_rate(rate: int, frequency: int, gain: float) -> None:
    """Gains over 997 Hz, as ffmpeg's ebur128 reads them at 48 kHz."""
    loudness = measure(sine(frequency, rate, 10, -20.0, 0.7), rate, between_silences=False)
    assert integrated(loudness) == pytest.approx(-23.01 + gain, abs=0.15)


def test_a_constant_offset_is_not_heard() -> None:
    tone = sine(440, 22050, 5, -20.0)
    with_offset = integrated(measure(tone + np.int16(3000), 22050))
    assert with_offset == pytest.approx(integrated(measure(tone, 22050)), abs=0.1)


def test_silence_has_no_loudness() -> None:
    for pcm in (np.zeros(0, np.int16), np.zeros(50_000, np.int16)):
        assert measure(pcm, 22050) == Loudness()
        assert integrated(measure(pcm, 22050)) == SILENCE


def test_quiet_passages_do_not_count() -> None:
    """EBU Tech 3341, case 3: 10 s at -36 LUFS around 60 s at -23 read -23."""
    loud, soft = sine(997, 16000, 60, -20.0), sine(997, 16000, 10, -33.0)
    loudness = measure(np.concatenate((soft, loud, soft)), 16000, between_silences=False)
    assert integrated(loudness) == pytest.approx(-23.0, abs=0.1)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 30), st.integers(-30, -6)), min_size=1, max_size=8))
def test_takes_add_up_to_the_chapter(takes: list[tuple[int, int]]) -> None:
    """However short the takes are, their measurements together are what a meter reads of the whole."""
    pieces = [sine(300, 22050, tenths / 10, dbfs) for tenths, dbfs in takes]
    gap = np.zeros(2205 * 4, np.int16)
    chapter = np.concatenate([gap, *[part for piece in pieces for part in (piece, gap)]])
    whole = measure(chapter, 22050, between_silences=False)
    summed = total(measure(piece, 22050) for piece in pieces)
    assert integrated(summed) == pytest.approx(integrated(whole), abs=0.05)
    assert summed.true_peak == pytest.approx(whole.true_peak, abs=0.05)


def test_a_gain_shifts_the_measurement() -> None:
    quiet, loud = sine(440, 22050, 3, -26.0), sine(440, 22050, 3, -20.0)
    shifted = shift(measure(quiet, 22050), 6.0)
    assert integrated(shifted) == pytest.approx(integrated(measure(loud, 22050)), abs=0.05)
    assert shifted.true_peak == pytest.approx(-20.0, abs=0.05)
    assert shift(Loudness({-400: 3}, -30.0), -40.0) == Loudness({}, -70.0)
    assert shift(Loudness(), 6.0) == Loudness()


def test_adding_is_counting() -> None:
    first, second = Loudness({-200: 2, -210: 1}, -3.0), Loudness({-200: 5}, -2.0)
    assert add(first, second) == Loudness({-200: 7, -210: 1}, -2.0)
    assert total([]) == Loudness()


def test_the_peak_between_samples_is_found() -> None:
    """A sine of a quarter of the rate, sampled 45 degrees off, has its peaks 3 dB above its samples."""
    pcm = sine(6000, 24000, 1, -6.0, np.pi / 4)
    assert 20 * np.log10(np.abs(pcm).max() / 32768) == pytest.approx(-9.01, abs=0.05)
    assert true_peak(pcm) == pytest.approx(-6.0, abs=0.1)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from((1, 31, 32, 33, 5000, 70_001)))
def test_what_is_left_out_is_never_the_peak(seed: int, size: int) -> None:
    """Oversampling every block finds no higher peak than oversampling only the blocks that may have it."""
    random = np.random.default_rng(seed)
    loudest = 10 ** random.uniform(0, 4, -(-size // 1000)).repeat(1000)[:size]
    pcm = np.clip(random.standard_normal(size) * loudest, -32768, 32767).astype(np.int16)
    everything = block_peaks(pcm, -1.0)
    assert len(everything) == -(-size // BLOCK)
    highest = float(everything.max())
    assert true_peak(pcm) == pytest.approx(20 * np.log10(highest / 32768) if highest else SILENCE, abs=1e-4)
    some = block_peaks(pcm, highest / 2)
    above = everything > highest / 2
    np.testing.assert_allclose(some[above], everything[above], rtol=1e-5)


def test_the_lowest_sample_counts_as_full_scale() -> None:
    assert true_peak(np.array([0] * 50 + [-32768] * 50 + [0] * 50, np.int16)) >= 0.0
