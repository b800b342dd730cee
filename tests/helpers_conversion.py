"""People whose voices others are converted into."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline.speech.clip import Clip, read_clip
from pipeline.speech.clones import Clone, add_clone
from pipeline.speech.consent import parse_consent
from pipeline.speech.facts import Cloning
from tests.speech_clips import recording, speech


def add_person(voices_dir: Path, name: str, engine: str = "xtts", pitch: float = 1.0) -> Clone:
    """A cloned voice of an engine, with the consent of ``NAME Miller``."""
    allowed = parse_consent(f"{name.title()} Miller, 2026-05-01, for audiobooks")
    return add_clone(Clone(name, engine, ("en",), "", 0.0, 0, allowed), _clip(pitch), voices_dir)


@cache
def _clip(pitch: float) -> Clip:
    with TemporaryDirectory() as folder:
        return read_clip(recording(Path(folder) / "clip.wav", speech(pitch)), Cloning(4.0, 30.0, 22_050))
