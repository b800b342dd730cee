"""A cloned voice, without its being added."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pipeline import serial
from pipeline.audio.wav import wav_bytes
from pipeline.model import Consent
from pipeline.speech.clones import RECORD, SUFFIX, Clone
from tests.speech_servers.reading import spoken

TEXT = "This is how I sound, and I allow that books are read with my voice."


def write_clone(
    voices_dir: Path, engine: str, name: str, language: str = "en", *, text: str = TEXT, seconds: float = 0.0
) -> Clone:
    """Put the files of a clone where an engine looks for them; ``seconds`` cuts the recording."""
    folder = voices_dir / engine / f"{name}{SUFFIX}"
    folder.mkdir(parents=True)
    pcm = spoken(text, 32_000).pcm
    pcm = pcm[: round(seconds * 32_000)] if seconds else pcm
    data = wav_bytes(pcm, 32_000)
    digest = hashlib.sha256(data).hexdigest()
    (folder / f"{digest}.wav").write_bytes(data)
    clone = Clone(
        name=name,
        engine=engine,
        languages=(language,),
        sha256=digest,
        seconds=len(pcm) / 32_000,
        sample_rate=32_000,
        consent=Consent("The tests", "2026-11-21", "tests"),
        text=text,
    )
    (folder / RECORD).write_bytes(serial.dump(clone))
    return clone
