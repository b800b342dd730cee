"""A cast: which voice each speaker of a book has.

The narrator reads what nobody else says. A speaker who has no voice of their own gets one of the voices for their
gender, else one of the others, in the order in which speakers appear in the book; where there are none, that for
dialogue, and the narrator's at last.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

NARRATOR = ""
"""The speaker of all that nobody is named for."""
MALE, FEMALE = "male", "female"
GENDERS = (MALE, FEMALE)


@dataclass(frozen=True, slots=True)
class Manner:
    """Which voice, and how it speaks."""

    voice: str = ""
    """As ``--voice`` takes it; empty: none of its own."""
    rate: float = 0.0
    """Speaking speed; 0: the production's."""
    parameters: tuple[tuple[str, float], ...] = ()
    """What its engine is told, by name in alphabetical order."""
    language: str = ""
    """BCP 47, where the speaker's words are in another language, or another kind of it, than the text around."""


@dataclass(frozen=True, slots=True)
class Part:
    """A speaker."""

    name: str
    manner: Manner = Manner()
    aliases: tuple[str, ...] = ()
    """Other names for the same speaker."""
    gender: str = ""
    """``male``, ``female``; empty: it is guessed."""


@dataclass(frozen=True)
class Cast:
    """Who speaks with which voice."""

    narrator: Manner = Manner()
    dialogue: str = ""
    """Voice of what is said by nobody knows whom."""
    directions: str = ""
    """Voice of stage directions; empty: the narrator's."""
    male: tuple[str, ...] = ()
    """Voices of men who have none of their own."""
    female: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    """Voices of all others who have none."""
    languages: tuple[tuple[str, str], ...] = ()
    """Voice by language (BCP 47), for passages in it."""
    parts: tuple[Part, ...] = ()

    @cached_property
    def _by_name(self) -> Mapping[str, Part]:
        return {folded(name): part for part in self.parts for name in (part.name, *part.aliases)}

    def part(self, name: str) -> Part | None:
        """The speaker who goes by that name."""
        return self._by_name.get(folded(name))

    def called(self, name: str) -> str:
        """The name under which the cast has a speaker; the same name where it does not know them."""
        part = self.part(name)
        return part.name if part else name

    def voices(self) -> tuple[str, ...]:
        """Every voice that is named, each once, in order."""
        named = (
            self.narrator.voice,
            self.dialogue,
            self.directions,
            *self.male,
            *self.female,
            *self.others,
            *(voice for _, voice in self.languages),
            *(part.manner.voice for part in self.parts),
        )
        return tuple(dict.fromkeys(voice for voice in named if voice))

    def shared(self, genders: Mapping[str, str], speakers: Sequence[str]) -> dict[str, str]:
        """The voices of speakers who have none of their own, by name; empty where there is none for them.

        ``speakers`` are those of the whole book in the order of their first words, ``genders`` what is known of them.
        Speakers who have a voice of their own count as well: giving one of them another changes nobody else's.
        """
        made: dict[str, str] = {}
        turns: Counter[str] = Counter()
        for place, name in enumerate(speakers):
            gender = genders.get(name, "")
            voices = {MALE: self.male, FEMALE: self.female}.get(gender, ())
            turn = turns[gender] if voices else place
            turns[gender] += 1
            voices = voices or self.others
            made[name] = voices[turn % len(voices)] if voices else self.dialogue
        return made


NO_CAST = Cast()


LONGEST_NAME = 100
"""Characters of a speaker's name in a cast."""


def is_name(name: str) -> bool:
    """Whether a cast can have a speaker of that name."""
    return any(map(str.isalpha, name)) and len(name) <= LONGEST_NAME


def folded(name: str) -> str:
    """A name without what print changes: capitals, marks around it, titles' points, spaces."""
    text = unicodedata.normalize("NFKC", name).casefold().replace("ё", "е").replace("’", "'")
    return " ".join("".join(c if c.isalnum() or c in "'-" else " " for c in text).split())


__all__ = ["FEMALE", "GENDERS", "MALE", "NARRATOR", "NO_CAST", "Cast", "Manner", "Part", "folded", "is_name"]
