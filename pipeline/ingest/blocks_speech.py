"""Who speaks in a play: the marks of its elements, kept with the text of a block until it ends.

After the DAISY vocabulary for EPUB's semantics (``z3998:persona``, ``z3998:stage-direction``, Z39.98-2012),
TEI's ``speaker`` and ``stage`` as elements or as the classes that conversions make of them, and small capitals at the
beginning of a paragraph before a stop.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from pipeline.ingest.blocks_kinds import classes_of, text_of, types_of
from pipeline.ingest.blocks_text import fold
from pipeline.ingest.xml import Element, attribute
from pipeline.model import BlockKind, Role, Speech

LONGEST_NAME = 60
"""Characters; what is longer is no speaker's name."""
_NAME_CLASSES = frozenset({"speaker", "persona", "speaker-name", "speakername", "character-name"})
_SMALL_CAPS = frozenset({"smallcaps", "small-caps", "smcap", "smallcap", "sc"})
_DIRECTION_CLASSES = frozenset(
    {"stage-direction", "stagedirection", "stage-directions", "stage", "stagedir", "didascalie", "didascalia"}
)
_SPEECHES = frozenset({"tr", "sp"})
"""Elements that hold one speech."""
_SPEECH_CLASSES = frozenset({"sp", "speech"})
_STOP = re.compile(r"\s*[.:]\s*\S")
_AFTER_NAME = re.compile(r"[\s.:,—–-]+$")


def role_of(element: Element, tag: str) -> Role | None:
    """What an element says about its words; None for most."""
    if tag == "speaker":
        return Role.NAME
    if tag == "stage":
        return Role.DIRECTION
    if not element.attrib:
        return None
    types = types_of(element)
    if "stage-direction" in types:
        return Role.DIRECTION
    if "persona" in types:
        return Role.NAME
    classes = classes_of(element)
    if not classes:
        return None
    if not _DIRECTION_CLASSES.isdisjoint(classes):
        return Role.DIRECTION
    if not _NAME_CLASSES.isdisjoint(classes):
        return Role.NAME
    if not _SMALL_CAPS.isdisjoint(classes):
        name = text_of(element)
        stopped = (name.endswith((".", ":")) and (element.tail or "").strip()) or _STOP.match(
            element.tail or ""
        )
        return Role.NAME if stopped and len(name) <= LONGEST_NAME else None
    return None


def holds_speech(element: Element, tag: str) -> bool:
    """Whether an element is one speech, with which its speaker ends."""
    return tag in _SPEECHES or not _SPEECH_CLASSES.isdisjoint(classes_of(element))


def tag_name(element: Element, tag: str) -> str:
    """Whose voice a ``<voice name="...">`` asks for."""
    return fold(attribute(element, "name")) if tag == "voice" else ""


@dataclass(slots=True)
class Stage:
    """The speaker whose words are being read, and the marks of the block."""

    speaker: str = ""
    _inside: int = 0
    """How many directions the reader is in."""
    _marks: list[tuple[str, Role]] = field(default_factory=list)
    """Raw text of marked elements of the block, in order."""
    _ends_with_block: bool = False

    def enter(self, role: Role | None) -> None:
        """A marked element begins."""
        self._inside += role is Role.DIRECTION

    def leave(self, role: Role, raw: str, *, first: bool, alone: bool) -> None:
        """It ends; ``raw`` is its text. ``first``: nothing stood before it in its block, ``alone``: it is a block."""
        self._inside -= role is Role.DIRECTION
        if self._inside or not raw.strip():
            return
        if role is Role.NAME:
            name = _AFTER_NAME.sub("", fold(raw))
            if not first or not name or len(name) > LONGEST_NAME:
                return  # somebody is mentioned
            self.speaker, self._ends_with_block = name, not alone
        self._marks.append((raw, role))

    def block(self, text: str, kind: BlockKind) -> tuple[Speech, ...]:
        """The speeches of a block that ends, with its folded text."""
        marks, self._marks = self._marks, []
        if kind is BlockKind.HEADING:
            self.speaker = ""
            return ()
        speeches = tuple(_speeches(text, marks, self.speaker))
        if self._ends_with_block:
            self.speaker, self._ends_with_block = "", False
        return speeches


def _speeches(text: str, marks: Sequence[tuple[str, Role]], speaker: str) -> Iterator[Speech]:
    place = 0
    for raw, role in marks:
        own = fold(raw)
        start = text.find(own, place) if own else -1
        if start < 0:
            continue
        yield from _said(text[place:start], speaker)
        yield Speech(own, speaker if role is Role.NAME else "", role)
        place = start + len(own)
    yield from _said(text[place:], speaker)


def _said(text: str, speaker: str) -> Iterator[Speech]:
    own = text.strip()
    if speaker and any(map(str.isalnum, own)):
        yield Speech(own, speaker)


__all__ = ["Stage", "holds_speech", "role_of", "tag_name"]
