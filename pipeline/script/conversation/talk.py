"""A conversation as it is written down: who speaks, what they say, and what that rests on."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from pipeline.settings import Host

MOST_ENTERS = 1.2
"""Seconds of another's words that a turn begins in, at the most, where nobody wrote it by hand. Overlaps in
recorded conversations are mostly shorter than half a second and seldom longer than this (Heldner and Edlund,
"Pauses, gaps and overlaps in conversations", Journal of Phonetics 38, 2010)."""
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")


class TurnKind(StrEnum):
    """What a turn is."""

    LINE = "line"
    REACTION = "reaction"
    """A word or two while, or right after, another speaks: it says nothing about the source."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What one host says at a time."""

    speaker: str
    """A host's name."""
    text: str
    """One line, white space folded."""
    rests_on: tuple[str, ...] = ()
    """The source's sentences that it says again; none for questions, greetings and the like."""
    enters: float = 0.0
    """Seconds before the end of the turn before it at which it begins; 0: it waits. To two decimals."""
    kind: TurnKind = TurnKind.LINE
    doubts: tuple[str, ...] = ()
    """Why it may not be what the source says, one sentence each."""


@dataclass(frozen=True, slots=True)
class TalkChapter:
    """A part of a conversation; chapter marks go by it."""

    title: str
    """Not spoken. Only that of the first chapter may be empty."""
    turns: tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation."""

    title: str
    hosts: tuple[Host, ...]
    chapters: tuple[TalkChapter, ...]
    language: str = ""
    """BCP 47; empty: not known."""
    authors: tuple[str, ...] = ()
    """Of the source."""
    source: str = ""
    """Its path or address."""

    @property
    def turns(self) -> tuple[Turn, ...]:
        """All turns, in order."""
        return tuple(turn for chapter in self.chapters for turn in chapter.turns)

    @property
    def flagged(self) -> tuple[Turn, ...]:
        """The turns that are in doubt."""
        return tuple(turn for turn in self.turns if turn.doubts)


def one_line(text: str) -> str:
    """White space folded, and nothing in it that is no character of a text."""
    return " ".join(_CONTROLS.sub(" ", text).split())


def named(hosts: tuple[Host, ...], name: str) -> Host | None:
    """The host of that name, however it is written."""
    wanted = one_line(name).casefold()
    return next((host for host in hosts if host.name.casefold() == wanted), None)


def with_doubt(turn: Turn, *doubts: str) -> Turn:
    """``turn`` with these doubts, each once."""
    return replace(turn, doubts=tuple(dict.fromkeys((*turn.doubts, *map(one_line, doubts)))))


__all__ = [
    "MOST_ENTERS",
    "Host",
    "Talk",
    "TalkChapter",
    "Turn",
    "TurnKind",
    "named",
    "one_line",
    "with_doubt",
]
