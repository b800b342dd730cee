"""Speech made faster or slower at its own pitch, for engines that have no rate.

ffmpeg's ``atempo`` overlaps pieces of the waveform where they fit (WSOLA: Verhelst and Roelands, 1993).
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from pipeline.audio.ffmpeg import PROTOCOLS, local, read_ffmpeg
from pipeline.audio.wav import wav_bytes
from pipeline.model import Pcm


def at_rate(audio: Pcm, sample_rate: int, rate: float) -> Pcm:
    """``audio`` (mono, ``sample_rate`` Hz) ``rate`` times as fast, 0.5 to 2. Raises ``AudioError``."""
    if rate == 1.0:
        return audio
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        file.write(wav_bytes(audio, sample_rate))
        file.flush()
        arguments = [*PROTOCOLS, "-i", local(Path(file.name)), "-af", f"atempo={rate:.6f}"]
        arguments += ["-c:a", "pcm_s16le", "-f", "s16le", "pipe:1"]
        return np.frombuffer(b"".join(read_ffmpeg(arguments, "changing the rate of speech")), "<i2").astype(
            np.int16
        )
