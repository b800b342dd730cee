"""Recordings to make voices of: espeak's speech at 22,050 Hz, and what can be wrong with it."""

from __future__ import annotations

import subprocess
from functools import lru_cache
from pathlib import Path

import numpy as np

from pipeline.audio.ffmpeg import find_ffmpeg
from pipeline.audio.wav import write_wav
from pipeline.model import Pcm, SpeakingOptions
from pipeline.speech.engine import EngineContext
from pipeline.speech.registry import find_voice, open_engine
from tests.helpers_speech import chunk_of

RATE = 22_050
TEXT = (
    "The lamp of the old mill went out, and nobody saw who had done it.",
    "A storm of swans came over the hill in the morning.",
    "They stayed until the evening, and then they were gone.",
)


@lru_cache(maxsize=8)
def speech(pitch: float = 1.0) -> Pcm:
    """Three sentences with pauses between them, about ten seconds, with a little noise as any room has."""
    context = EngineContext(Path("unused"))
    voice = find_voice("espeak:en-us", "en", context)
    options = SpeakingOptions(parameters=(("pitch", pitch),))
    takes = open_engine("espeak", context).speak([chunk_of(text) for text in TEXT], voice, options)
    pause = np.zeros(RATE // 2, np.int16)
    clip = np.concatenate([part for take in takes for part in (take.audio, pause)])
    return noisy(clip, 45.0)


def noisy(clip: Pcm, decibels: float) -> Pcm:
    """With white noise so far below the clip's own level."""
    level = np.sqrt(np.mean(clip.astype(np.float64) ** 2)) * 10 ** (-decibels / 20)
    noise = np.random.default_rng(7).normal(0, level, len(clip))
    return np.clip(clip + noise, -32768, 32767).astype(np.int16)


def louder(clip: Pcm, factor: float) -> Pcm:
    """Amplified until it clips."""
    return np.clip(clip * factor, -32768, 32767).astype(np.int16)


def recording(path: Path, clip: Pcm | None = None) -> Path:
    """A clip as a file, in the form that its suffix says."""
    wav = path.with_suffix(".source.wav")
    write_wav(wav, RATE, [speech() if clip is None else clip])
    if path.suffix == ".wav":
        return wav.rename(path)
    subprocess.run(
        [find_ffmpeg(), "-v", "error", "-y", "-i", wav, path], check=True, stdin=subprocess.DEVNULL
    )
    wav.unlink()
    return path


def telephone(path: Path) -> Path:
    """As a telephone has it: 8,000 samples a second."""
    source = recording(path.with_suffix(".whole.wav"))
    command = [find_ffmpeg(), "-v", "error", "-y", "-i", source, "-ar", "8000", path]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return path
