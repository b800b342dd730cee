"""Voice memos that the tone recogniser understands: each word is a tone of its own pitch and length."""

from __future__ import annotations

import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pipeline.model import Pcm
from pipeline.speech.tone import GAP_SECONDS, pitch_of, seconds_of

RATE = 44_100


def memo(
    path: Path,
    parts: Sequence[str | float],
    *,
    before: float = 3.0,
    after: float = 4.0,
    level: float = 0.1,
    rumble: float = 0.0,
) -> list[tuple[str, float, float]]:
    """Record texts, and silences (seconds) between them; say when each word sounds (seconds of the file).

    ``level`` is the tones' amplitude, ``rumble`` that of a hum of 25 Hz below them; 1 is full scale.
    """
    said: list[tuple[str, float, float]] = []
    pieces, at = [np.zeros(round(before * RATE))], round(before * RATE)
    for part in parts:
        if isinstance(part, float):
            pieces.append(np.zeros(round(part * RATE)))
            at += len(pieces[-1])
            continue
        for word in part.split():
            tone = level * _tone(word)
            said.append((word, at / RATE, (at + len(tone)) / RATE))
            pieces += [tone, np.zeros(round(GAP_SECONDS * RATE))]
            at += len(tone) + len(pieces[-1])
    samples = np.concatenate([*pieces, np.zeros(round(after * RATE))])
    samples += rumble * np.sin(2 * np.pi * 25 * np.arange(len(samples)) / RATE)
    write(path, (32767 * samples).astype(np.int16))
    return said


def write(path: Path, samples: Pcm) -> None:
    """As a WAV file."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())


def _tone(word: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    size, edge = round(seconds_of(word) * RATE), round(0.004 * RATE)
    tone = np.sin(2 * np.pi * pitch_of(word) * np.arange(size) / RATE)
    tone[:edge] *= np.linspace(0, 1, edge)
    tone[-edge:] *= np.linspace(1, 0, edge)
    return tone
