"""Targets, gains and the limiter."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.audio.gain import (
    LARGEST_MAKE_UP,
    fitted_gain,
    level,
    leveled_loudness,
    limit,
    target_lufs,
    voice_gain,
)
from pipeline.audio.loudness import integrated, measure
from pipeline.audio.truepeak import true_peak
from pipeline.errors import SettingsError
from pipeline.model import SILENCE, Pcm

RATE = 22050


def peaky(seed: int, seconds: float = 3.0) -> Pcm:
    """Pulses through a resonance, loud and soft in turn: the crest of speech."""
    random = np.random.default_rng(seed)
    size = int(seconds * RATE)
    pulses = np.zeros(size)
    pulses[np.cumsum(random.integers(120, 260, size // 260))] = 1.0
    decay = np.arange(400)
    ring = np.exp(-decay / 60) * np.sin(2 * np.pi * decay * random.uniform(400, 900) / RATE)
    loud = np.repeat(random.uniform(0.05, 1.0, size // 1500 + 1), 1500)[:size]
    wave = np.convolve(pulses, ring)[:size] * loud
    return np.rint(wave / np.abs(wave).max() * 30_000).astype(np.int16)


@pytest.mark.parametrize(
    ("setting", "target"),
    [("acx", -20.0), ("Podcast", -16.0), ("none", None), ("-18", -18.0), (" -23.5 ", -23.5)],
)
def test_targets(setting: str, target: float | None) -> None:
    assert target_lufs(setting) == target


@pytest.mark.parametrize("setting", ["", "loud", "0", "-5", "-70", "nan", "inf"])
def test_impossible_targets_are_refused(setting: str) -> None:
    with pytest.raises(SettingsError, match="loudness"):
        target_lufs(setting)


def test_a_voice_is_brought_to_its_target_in_steps_the_measurement_can_follow() -> None:
    assert voice_gain(-23.04, -18.0) == 5.0
    assert voice_gain(-12.0, -18.0) == -6.0
    assert voice_gain(-90.0, -18.0) == 40.0
    assert voice_gain(SILENCE, -18.0) == 0.0
    assert voice_gain(-30.0, None) == 0.0


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.floats(-3, 12), st.floats(-9, -1), st.sampled_from((16000, 22050, 48000)))
def test_the_limiter_keeps_the_true_peak(seed: int, gain: float, ceiling: float, rate: int) -> None:
    pcm = peaky(seed)
    limited, change = limit(pcm, rate, gain, ceiling)
    assert change <= gain + 1e-3
    assert len(limited) == len(pcm)
    assert true_peak(limited) <= ceiling + 0.02
    assert true_peak(limited) >= min(ceiling, true_peak(pcm) + gain) - 0.3  # and does not overdo it


def test_far_from_a_peak_nothing_changes_but_the_gain() -> None:
    """A click is turned down; 100 ms earlier, and half a second later, the tone is untouched."""
    tone = 3000 * np.sin(2 * np.pi * 200 * np.arange(RATE * 2) / RATE)
    tone[RATE : RATE + 20] += 25_000
    pcm = np.rint(tone).astype(np.int16)
    limited, _ = limit(pcm, RATE, 0.0, -6.0)
    assert np.array_equal(limited[: RATE - RATE // 10], pcm[: RATE - RATE // 10])
    assert np.array_equal(limited[RATE + RATE // 2 :], pcm[RATE + RATE // 2 :])
    assert np.abs(limited[RATE : RATE + 20]).max() < 16_500 < np.abs(pcm[RATE : RATE + 20]).max()


def test_a_take_with_room_is_only_multiplied() -> None:
    pcm = peaky(1)
    louder, change = level(pcm, RATE, true_peak(pcm), -12.0, -3.0)
    assert change == -12.0
    np.testing.assert_allclose(louder, pcm * 10 ** (-12 / 20), atol=0.51)
    same, change = level(pcm, RATE, true_peak(pcm), 0.0, 0.5)
    assert same is pcm
    assert change == 0.0


def test_the_gain_makes_up_for_what_the_limiter_takes() -> None:
    pcm = peaky(3, 8.0)
    loudness = measure(pcm, RATE)
    plain = integrated(loudness) + 1.0
    gain = fitted_gain([(pcm, RATE, loudness)], plain, -2.0)
    leveled, change = level(pcm, RATE, loudness.true_peak, gain, -2.0)
    assert change < gain - 0.2  # the limiter had work to do
    assert voice_gain(integrated(loudness), plain) < gain <= 1.0 + LARGEST_MAKE_UP
    measured = measure(leveled, RATE)
    assert integrated(measured) == pytest.approx(plain, abs=0.25)
    said = leveled_loudness(loudness, gain, change, -2.0)
    assert integrated(said) == pytest.approx(integrated(measured), abs=0.25)
    assert measured.true_peak <= said.true_peak == -2.0
    assert fitted_gain([(pcm, RATE, loudness)], None, -4.0) == 0.0
    assert fitted_gain([], -18.0, -4.0) == 0.0
