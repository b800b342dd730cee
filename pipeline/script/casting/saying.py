"""What a sentence beside a quotation says of who speaks."""

from __future__ import annotations

from dataclasses import dataclass

FIRST_PERSON = "\0I"
"""The one who tells the story: that is the narrator's voice."""


@dataclass(frozen=True, slots=True)
class Saying:
    """Who is said to speak: by name, or as *he* or *she*."""

    name: str
    """Empty for a pronoun."""
    gender: str = ""
    """Of the pronoun, or of the verb."""


__all__ = ["FIRST_PERSON", "Saying"]
