"""Lines: which run of a block's text is whose."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.model import Block, Role
from pipeline.script.casting.cast import NARRATOR


@dataclass(frozen=True, slots=True)
class Line:
    """A run of a block's text that is not the narrator's own."""

    start: int
    end: int
    speaker: str
    """Empty: somebody, nobody knows who; and of directions."""
    role: Role = Role.SPEECH
    enters: float = 0.0
    """As of ``Speech``."""


Lines = tuple[Line, ...]
"""Of a block: ascending, and they do not overlap."""

OF_NARRATOR = Line(0, 0, NARRATOR, Role.DIRECTION)
"""What lies between lines."""


def marked_lines(block: Block) -> Lines:
    """The lines that the source itself marks."""
    found: list[Line] = []
    place = 0
    for speech in block.speeches:
        start = block.text.find(speech.text, place) if speech.text else -1
        if start >= 0:
            place = start + len(speech.text)
            found.append(Line(start, place, speech.speaker, speech.role, speech.enters))
    return tuple(found)


__all__ = ["OF_NARRATOR", "Line", "Lines", "marked_lines"]
