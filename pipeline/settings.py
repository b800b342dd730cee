"""How a production is to be made: every choice a user has, with its default.

Pure data: where the values come from (flags, environment, ``voxpress.toml``) is up to ``storage.settings``.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ReadingSettings:
    """What of the source is narrated."""

    language: str = ""
    """BCP 47; empty: as the source declares, else detected."""
    include: tuple[str, ...] = ()
    """Parts that are skipped by default and shall be narrated: cover, contents, copyright, index, licence,
    notes, tables, code, bibliography."""
    image_descriptions: bool = False
    """Narrate the alternative text of images."""
    announce_skipped: bool = False
    """Say "Table left out." where a table or code was skipped."""
    password: str = ""
    """For an encrypted PDF. Never logged, never put into a queue."""


@dataclass(frozen=True, slots=True)
class PauseSettings:
    """Silence in seconds after a piece of text, before the next."""

    sentence: float = 0.25
    clause: float = 0.12
    """Where a sentence had to be split."""
    line: float = 0.3
    """Between the lines of a verse."""
    paragraph: float = 0.6
    heading_before: float = 0.9
    """Before a heading inside a chapter."""
    heading: float = 0.9
    """After a heading."""
    chapter_start: float = 0.5
    chapter_end: float = 1.5


@dataclass(frozen=True, slots=True)
class VoiceSettings:
    """Who speaks, and how."""

    voice: str = "auto"
    """``engine:id``, ``id``, or ``auto``: the best installed voice for the language."""
    rate: float = 1.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class AudioSettings:
    """What the finished audio is."""

    formats: tuple[str, ...] = ("m4b",)
    """m4b, mp3, mp3-chapters, opus; the first one is the edition's main file."""
    bitrate: int = 64
    """kbit/s, mono."""
    coder: str = "fast"
    """ffmpeg's AAC coder: ``fast`` or ``twoloop`` (see docs for the measurement behind the default)."""
    loudness: str = "-18"
    """``acx`` (-20 LUFS), ``podcast`` (-16 LUFS), ``none``, or LUFS as a number."""
    true_peak: float = -3.0
    """dBTP that the finished audio must not exceed."""


@dataclass(frozen=True, slots=True)
class ProductionSettings:
    """Everything that makes one production different from another of the same source."""

    reading: ReadingSettings = field(default_factory=ReadingSettings)
    pauses: PauseSettings = field(default_factory=PauseSettings)
    voice: VoiceSettings = field(default_factory=VoiceSettings)
    audio: AudioSettings = field(default_factory=AudioSettings)
