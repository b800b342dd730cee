"""Voices made of somebody's recording, with that person's consent.

A cloned voice is a folder of its own, ``<voices_dir>/<engine>/<name>.clone``, with the recording as the engine
listens to it (``reference.wav``) and what is known of it (``clone.json``), which is written last.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from pipeline import serial

SUFFIX = ".clone"
RECORD = "clone.json"
REFERENCE = "reference.wav"


@dataclass(frozen=True, slots=True)
class Consent:
    """That somebody may be imitated."""

    who: str
    """Whose voice it is, and who allowed it."""
    when: str
    """The day, ISO 8601."""
    purpose: str
    """What it may be used for."""
    own: bool = False
    """Whether it is the voice of the one who added it."""


@dataclass(frozen=True, slots=True)
class Clone:
    """What is kept of a cloned voice beside its recording."""

    name: str
    engine: str
    languages: tuple[str, ...]
    """BCP 47 tags, the one of the recording first."""
    sha256: str
    """Of the recording's file, hex."""
    seconds: float
    sample_rate: int
    """Of the recording, Hz."""
    consent: Consent
    text: str = ""
    """What is said in the recording, for engines that must be told."""


def clones(voices_dir: Path, engine: str) -> Iterator[tuple[Clone, Path]]:
    """The cloned voices of an engine by name, each with its recording (16 bit WAV, mono)."""
    folder = voices_dir / engine
    for place in sorted(folder.glob(f"*{SUFFIX}")) if folder.is_dir() else ():
        try:
            clone = serial.load(Clone, (place / RECORD).read_bytes())
        except (OSError, ValidationError):
            continue  # half added, or half removed
        if clone.name == place.name.removesuffix(SUFFIX) and clone.engine == engine:
            yield clone, place / REFERENCE
