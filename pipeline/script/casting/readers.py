"""Readers: a chapter's lines with the voices that speak them, as the script is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from pipeline.model import Role, Voice
from pipeline.script.casting.lines import OF_NARRATOR, Line, Lines
from pipeline.script.lexicon import NO_LEXICON, Lexicon
from pipeline.speech.engine import EngineLimits
from pipeline.speech.voices import language_match


@dataclass(frozen=True, slots=True)
class Reader:
    """A voice, with what it can take and how it speaks."""

    voice: Voice
    limits: EngineLimits
    lexicon: Lexicon = NO_LEXICON
    """What of the lexicon holds for its engine."""
    rate: float = 0.0
    parameters: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Casting:
    """Who reads what of one chapter."""

    narrator: Reader
    lines: tuple[Lines, ...] = ()
    """For each block; empty where nobody but the narrator speaks."""
    speakers: Mapping[str, Reader] = field(default_factory=dict)
    """By the name in the lines; the empty one is of dialogue that nobody is named for."""
    directions: Reader | None = None
    tongues: Mapping[str, str] = field(default_factory=dict)
    """The language (BCP 47) of speakers who have one of their own."""
    languages: Mapping[str, Reader] = field(default_factory=dict)
    """For passages that the voice of their speaker does not speak, by language."""
    names: str = "auto"
    """As ``CastingSettings.names``."""

    def lines_of(self, place: int) -> Lines:
        """Those of a block."""
        return self.lines[place] if place < len(self.lines) else ()

    def reader(self, line: Line, language: str) -> Reader:
        """Who reads words of that line that are in ``language`` (BCP 47; empty: whatever it is)."""
        own = self.narrator
        if line.role is Role.DIRECTION and line is not OF_NARRATOR:
            own = self.directions or own
        elif line.role is Role.SPEECH:
            own = self.speakers.get(line.speaker, own)
        if language and not language_match(own.voice.languages, language):
            return self.languages.get(language, own)
        return own

    def speaker(self, line: Line) -> str:
        """Whose words they are; empty: the narrator's, or of a voice that a tag calls by its own name."""
        if line.role is not Role.SPEECH or line.speaker == self.reader(line, "").voice.name:
            return ""
        return line.speaker

    def tongue(self, line: Line, language: str) -> str:
        """The language of a line, where the text around is in ``language``."""
        return self.tongues.get(line.speaker, language) if line.role is Role.SPEECH else language

    def is_silent(self, line: Line) -> bool:
        """Whether a line is not said: the name of somebody who is heard to speak."""
        if line.role is not Role.NAME or self.names == "read":
            return False
        speaks = self.speakers.get(line.speaker, self.narrator)
        return self.names == "skip" or speaks.voice.name != self.narrator.voice.name

    @property
    def is_plain(self) -> bool:
        """Whether the narrator reads all of it."""
        return not any(self.lines) and not self.languages

    def inputs(self) -> list[object]:
        """All that the script depends on, for its key; empty where the narrator reads all of it in one way."""
        readers = [self.narrator, *([self.directions] if self.directions else []), *self.speakers.values()]
        if self.is_plain and not self.narrator.rate and not self.narrator.parameters:
            return []
        every: list[object] = [
            list(self.speakers),
            list(self.languages),
            sorted(self.tongues.items()),
            self.names,
        ]
        for reader in (*readers, *self.languages.values()):
            entries = reader.lexicon.entries
            every.append([reader.voice, reader.limits, reader.rate, reader.parameters, entries])
        lines = [[_told(line) for line in own] for own in self.lines]
        return [*every, lines, self.directions is not None]


def _told(line: Line) -> dict[str, object]:
    """A line for a key: one that enters nowhere is told as lines were before they could."""
    told = asdict(line)
    if not line.enters:
        del told["enters"]
    return told


__all__ = ["Casting", "Reader"]
