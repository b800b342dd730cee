"""The limiter and the meter of sound that comes in pieces give what those of whole recordings give."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.audio.gain import limit
from pipeline.audio.limiter import limited
from pipeline.audio.loudness import Meter, integrated, measure
from pipeline.audio.truepeak import true_peak
from pipeline.model import SILENCE, Pcm

RATE = 22050


def noise(seed: int, size: int, loud: float = 12_000) -> Pcm:
    random = np.random.default_rng(seed)
    swell = np.repeat(random.uniform(0.05, 1.0, size // 900 + 1), 900)[:size]
    return np.clip(random.normal(0, loud, size) * swell, -32768, 32767).astype(np.int16)


def pieces(pcm: Pcm, cuts: list[int]) -> list[np.ndarray]:
    return [piece.astype(np.float32) for piece in np.split(pcm, sorted(cut % (len(pcm) + 1) for cut in cuts))]


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 1000),
    size=st.integers(0, 9000),
    cuts=st.lists(st.integers(0, 9000), max_size=6),
    ceiling=st.sampled_from([-1.0, -3.0, -9.0]),
)
def test_however_it_is_cut_it_is_limited_as_a_whole(
    seed: int, size: int, cuts: list[int], ceiling: float
) -> None:
    pcm = noise(seed, size)
    made = [np.zeros(0, np.int16), *limited(pieces(pcm, cuts), RATE, ceiling)]
    whole, _ = limit(pcm, RATE, 0.0, ceiling)
    assert np.abs(np.concatenate(made).astype(int) - whole).max(initial=0) <= 1
    assert true_peak(np.concatenate(made)) <= ceiling


def test_what_is_over_full_scale_is_brought_under_the_ceiling_and_the_rest_left_as_it_is() -> None:
    quiet = noise(1, 40_000, loud=1000)
    over = quiet.astype(np.float32)
    over[20_000:21_000] += 60_000 * np.sin(np.arange(1000) / 9).astype(np.float32)
    made = np.concatenate(list(limited([over], RATE, -3.0)))
    assert true_peak(made) <= -3.0
    assert np.array_equal(made[:19_000], quiet[:19_000])
    assert np.array_equal(made[30_000:], quiet[30_000:])


@pytest.mark.parametrize("rate", [8000, 11025, 22050, 44100, 48000])
def test_a_meter_reads_what_is_measured_of_the_whole(rate: int) -> None:
    pcm = noise(3, int(3.37 * rate), loud=6000)
    meter = Meter(rate)
    for start in range(0, len(pcm), 7777):
        meter.feed(pcm[start : start + 7777])
    found, whole = meter.loudness(), measure(pcm, rate)
    assert integrated(found) == pytest.approx(integrated(whole), abs=0.02)
    assert found.true_peak == pytest.approx(whole.true_peak, abs=0.01)


def test_a_meter_of_nothing() -> None:
    assert Meter(RATE).loudness().true_peak == SILENCE
