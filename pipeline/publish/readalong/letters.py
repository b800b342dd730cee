"""What of a text is compared: its letters, digits and marks, however they are written and spaced.

Soft hyphens, direction marks, joiners and spaces are left out, compatibility forms (ligatures, full-width letters)
become what they stand for (Unicode Standard Annex 15, NFKC): a reader of sources leaves them out or not, and a page
may have them where its text does not.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

_PLAIN = re.compile(r"[!-~]+|[^\x00-~\s]")
_DROPPED = re.compile("[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufe00-\ufe0f]")


def letters(text: str) -> Iterator[tuple[str, int, int]]:
    """The letters of ``text``, each with where it begins and ends there. One may become several, or none."""
    for match in _PLAIN.finditer(text):
        at = match.start()
        if (piece := match[0]).isascii():
            for offset, letter in enumerate(piece, at):
                yield letter, offset, offset + 1
        else:
            for letter in _form(piece):
                yield letter, at, at + 1


def squeezed(text: str) -> str:
    """The letters of ``text`` as one string."""
    if text.isascii():
        return (
            "".join(text.split()) if text.isprintable() else "".join(letter for letter, _, _ in letters(text))
        )
    return "".join([letter for letter, _, _ in letters(text)])


@lru_cache(maxsize=8192)
def _form(character: str) -> str:
    if _DROPPED.match(character) or unicodedata.category(character) in {"Co", "Cc", "Cn", "Cs"}:
        return ""
    return "".join(unicodedata.normalize("NFKC", character).split())
