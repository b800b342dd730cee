"""What a stretch of speech sounds like, as numbers."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.align.mfcc import BANDS, HOP, log_mel, mfcc, speech_level
from pipeline.model import Pcm


def tone(hertz: float, seconds: float, rate: int, amplitude: float = 8000) -> Pcm:
    return np.asarray(
        amplitude * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate), np.int16
    )


def test_a_frame_for_each_hop_and_one_more() -> None:
    assert mfcc(tone(300, 1.0, 16_000), 16_000).shape == (101, 13)
    assert mfcc(tone(300, 1.0, 22_050), 22_050, 0.005, coefficients=20).shape == (201, 20)
    assert mfcc(np.zeros(0, np.int16), 24_000).shape == (1, 13)


@pytest.mark.parametrize("rate", [8000, 16_000, 22_050, 44_100])
def test_a_tone_is_loudest_in_its_own_band_whatever_the_sample_rate(rate: int) -> None:
    loudest = [
        int(log_mel(tone(hertz, 0.5, rate), rate, highest=3700)[25].argmax()) for hertz in (200, 1000, 3000)
    ]
    same = [
        int(log_mel(tone(hertz, 0.5, 16_000), 16_000, highest=3700)[25].argmax())
        for hertz in (200, 1000, 3000)
    ]
    assert loudest == same
    assert 0 < loudest[0] < loudest[1] < loudest[2] < BANDS


def test_a_frame_is_centred_on_its_time() -> None:
    """A sound from 0.30 to 0.32 s is loudest in the frame at 0.31 s."""
    blip = (tone(900, 0.02, 16_000) * np.hanning(320)).astype(np.int16)
    audio = np.concatenate([np.zeros(4800, np.int16), blip, np.zeros(4800, np.int16)])
    assert int(np.exp(log_mel(audio, 16_000)).sum(1).argmax()) == round(0.31 / HOP)


def test_long_audio_is_the_same_as_its_pieces() -> None:
    """Frames are computed in blocks; where these meet, nothing is to be seen."""
    noise = np.random.default_rng(0).normal(size=16_000 * 15).astype(np.float64) * 3000
    audio = noise.astype(np.int16)
    whole = mfcc(audio, 16_000)
    piece = mfcc(audio[16_000 * 8 : 16_000 * 14], 16_000)
    np.testing.assert_allclose(whole[810:1390], piece[10:590], atol=1e-3)


def test_louder_is_louder_and_the_same_sound() -> None:
    noise = np.random.default_rng(0).normal(size=4800)
    soft, loud = (mfcc((noise * amplitude).astype(np.int16), 16_000)[15] for amplitude in (4000, 8000))
    assert loud[0] > soft[0] + 1
    np.testing.assert_allclose(loud[4:], soft[4:], atol=0.3)


def test_the_level_of_speech_is_not_that_of_the_pauses() -> None:
    speech = tone(300, 1.0, 16_000, amplitude=32768 / 10)
    with_pauses = np.concatenate([speech, np.zeros(48_000, np.int16)])
    assert 10 * np.log10(speech_level(with_pauses, 16_000)) == pytest.approx(-23, abs=0.2)
    assert speech_level(np.zeros(3, np.int16), 16_000) == 0
