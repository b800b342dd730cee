"""Voices made of somebody's recording, with that person's consent.

A cloned voice is a folder of its own, ``<voices_dir>/<engine>/<name>.clone``, with the recording as the engine
listens to it, named by its hash (some engines remember recordings by their path), and what is known of it
(``clone.json``), which is written last. Backups have it, as they have all of the folder of voices.
"""

from __future__ import annotations

import hashlib
import logging
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from pipeline import serial
from pipeline.errors import SettingsError, SpeechError, VoiceNotFound
from pipeline.model import Consent, Voice
from pipeline.pulling.files import only_one
from pipeline.pulling.record import known_hash
from pipeline.speech.clip import Clip

logger = logging.getLogger(__name__)

SUFFIX = ".clone"
RECORD = "clone.json"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


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

    @property
    def voice(self) -> str:
        """Its full name."""
        return f"{self.engine}:{self.name}"

    @property
    def digest(self) -> str:
        """16 hex digits over all that can change how it sounds: part of the voice's revision."""
        return serial.key_of("clone", 1, self.engine, self.sha256, self.text)[:16]


def clones(voices_dir: Path, engine: str) -> Iterator[tuple[Clone, Path]]:
    """The cloned voices of an engine by name, each with the recording it was made of (16 bit WAV, mono).

    What is half added or half removed is left out; a recording that is not what it was is logged as well.
    """
    folder = voices_dir / engine
    for place in sorted(folder.glob(f"*{SUFFIX}")) if folder.is_dir() else ():
        if found := _read(place, engine):
            yield found


def find_clone(voices_dir: Path, engine: str, name: str) -> tuple[Clone, Path] | None:
    """The cloned voice of that name, as ``clones`` has it; nothing is read of the others."""
    return _read(voices_dir / engine / f"{name}{SUFFIX}", engine) if _NAME.fullmatch(name) else None


def clone_of(voice: str, voices_dir: Path) -> Clone | None:
    """What is known of a voice by its full name, if it is a cloned one."""
    engine, _, name = voice.partition(":")
    found = find_clone(voices_dir, engine, name) if _NAME.fullmatch(engine) else None
    return found[0] if found else None


def _read(place: Path, engine: str) -> tuple[Clone, Path] | None:
    try:
        clone = serial.load(Clone, (place / RECORD).read_bytes())
        if clone.name != place.name.removesuffix(SUFFIX) or clone.engine != engine:
            raise ValueError("its folder has another name")
        recording = place / f"{clone.sha256}.wav"
        if known_hash(recording) != clone.sha256:
            raise ValueError("its recording is not the one that it was made of")
    except FileNotFoundError:
        return None
    except (OSError, ValueError, ValidationError) as error:
        logger.warning("the cloned voice %s is left out: %s", place, error)
        return None
    return clone, recording


def require_name(name: str) -> None:
    """Raise ``SettingsError`` for what is no name for a voice."""
    if not _NAME.fullmatch(name):
        raise SettingsError(
            f"“{name}” is no name for a voice: use up to 64 letters, digits, - and _, without spaces."
        )


def add_clone(clone: Clone, clip: Clip, voices_dir: Path) -> Clone:
    """Keep a cloned voice; one of the same name is replaced. Returns it with the hash of its recording.

    Raises ``SettingsError`` for what is no name, and ``SpeechError`` when it cannot be written.
    """
    require_name(clone.name)
    data = clip.wav
    kept = Clone(
        name=clone.name,
        engine=clone.engine,
        languages=clone.languages,
        sha256=hashlib.sha256(data).hexdigest(),
        seconds=round(clip.seconds, 3),
        sample_rate=clip.sample_rate,
        consent=clone.consent,
        text=clone.text,
    )
    try:
        with only_one(voices_dir / clone.engine) as folder:
            target, part = folder / f"{clone.name}{SUFFIX}", folder / f".{clone.name}{SUFFIX}.part"
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir(mode=0o700)
            (part / f"{kept.sha256}.wav").write_bytes(data)
            (part / RECORD).write_bytes(serial.dump(kept))
            _remove(target)
            part.replace(target)
    except OSError as error:
        raise SpeechError(f"The voice “{clone.voice}” cannot be written: {error}.") from error
    return kept


def remove_clone(voice: str, voices_dir: Path) -> Clone:
    """Delete a cloned voice: its recording, its text and its consent. Returns what it was.

    Raises ``VoiceNotFound``, and ``SpeechError`` when it cannot be deleted.
    """
    clone = clone_of(voice, voices_dir)
    if clone is None:
        raise VoiceNotFound(f"There is no cloned voice “{voice}”: 'voxpress voices list' shows what is here.")
    try:
        with only_one(voices_dir / clone.engine) as folder:
            _remove(folder / f"{clone.name}{SUFFIX}")
    except OSError as error:
        raise SpeechError(f"The voice “{voice}” cannot be removed: {error}.") from error
    return clone


def cloned_voice(
    clone: Clone, *, revision: str, sample_rate: int, licence: str = "", quality: int = 0, gender: str = ""
) -> Voice:
    """A cloned voice as its engine lists it; ``revision`` is the engine's and its model's, without the clone's."""
    return Voice(
        name=clone.voice,
        engine=clone.engine,
        id=clone.name,
        languages=clone.languages,
        sample_rate=sample_rate,
        revision=f"{revision}+{clone.digest}",
        quality=quality,
        gender=gender,
        licence=licence,
        description=f"{clone.name}, cloned from the voice of {clone.consent.who}",
        consent=clone.consent,
    )


def _remove(folder: Path) -> None:
    """The record first: from then on it is not there."""
    (folder / RECORD).unlink(missing_ok=True)
    if folder.exists():
        shutil.rmtree(folder)


__all__ = [
    "Clone",
    "Consent",
    "add_clone",
    "clone_of",
    "cloned_voice",
    "clones",
    "find_clone",
    "remove_clone",
    "require_name",
]
