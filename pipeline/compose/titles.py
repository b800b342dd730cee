"""Whether two texts are the same title."""

from __future__ import annotations

import re


def same_title(text: str, title: str) -> bool:
    """Whether a text says the title, up to punctuation and a few words more or less."""
    one, other = sorted((re.sub(r"\W+", "", t).casefold() for t in (text, title)), key=len)
    return bool(one) and (one == other or (one in other and len(other) < 1.5 * len(one)))


__all__ = ["same_title"]
