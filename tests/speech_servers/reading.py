"""The voice of the tests' speech servers: espeak, at any rate, with the times of its words."""

from __future__ import annotations

import threading
from functools import lru_cache
from pathlib import Path

import numpy as np
import soxr

from pipeline.audio.wav import wav_bytes
from pipeline.model import SpeakingOptions, Word
from pipeline.speech.engine import EngineContext
from pipeline.speech.espeak import EspeakEngine
from tests.helpers_speech import chunk_of
from tests.speech_servers import Spoken

_LOCK = threading.Lock()
"""espeak is one for the whole process."""


@lru_cache(maxsize=256)
def spoken(text: str, rate: int, speed: float = 1.0, voice: str = "en-us", seed: int = 0) -> Spoken:
    """``text`` at ``rate`` Hz; another seed sounds a little softer."""
    words = tuple(Word(piece, piece) for piece in text.split())
    with _LOCK:
        engine = EspeakEngine(EngineContext(Path()))
        [found] = [one for one in engine.voices() if one.id == voice]
        [take] = engine.speak([chunk_of(words)], found, SpeakingOptions(rate=min(max(speed, 0.5), 3.0)))
    pcm = take.audio.astype(np.float32) * 0.999**seed
    pcm = soxr.resample(pcm, take.sample_rate, rate)
    times = take.timings or ()
    return Spoken(
        np.clip(np.rint(pcm), -32768, 32767).astype(np.int16),
        [(word.text, time.start, time.end) for word, time in zip(words, times, strict=True)],
    )


def wav_of(text: str, rate: int, speed: float = 1.0, voice: str = "en-us", seed: int = 0) -> bytes:
    """The same as a WAV file."""
    return wav_bytes(spoken(text, rate, speed, voice, seed).pcm, rate)
