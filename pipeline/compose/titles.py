"""Titles: whether two are the same, and one for what has none."""

from __future__ import annotations

import re

PHRASE_WORDS = 8
"""Of a title that is made of a text's beginning."""
PHRASE_CHARACTERS = 60
_CLAUSE = re.compile(r"(?<=[^\s\d])(?:[,;:]\s|\s[–—-]\s|[.!?…]\s|[，；：。！？、])")
_NUMBER = re.compile(
    r"^\W*(?:(?:chapter|part|section|kapitel|teil|chapitre|partie|capítulo|parte|глава|часть)\s*)?"
    r"(?:\d{1,4}|[ivxlcdm]{1,7})?\W*$",
    re.I,
)


def same_title(text: str, title: str) -> bool:
    """Whether a text says the title, up to punctuation and a few words more or less."""
    one, other = sorted((re.sub(r"\W+", "", t).casefold() for t in (text, title)), key=len)
    return bool(one) and (one == other or (one in other and len(other) < 1.5 * len(one)))


def says_nothing(title: str) -> bool:
    """Whether a title is none: empty, or nothing but a number ("Chapter 3")."""
    return bool(_NUMBER.match(title))


def phrase(text: str) -> str:
    """A short title from the beginning of a text: its first clause, or as many words as fit, with an ellipsis."""
    line = " ".join(text.split())
    first = line[: match.start()] if (match := _CLAUSE.search(line)) else line.rstrip(".!?…。！？")
    if len(first.split()) <= PHRASE_WORDS and 2 < len(first) <= PHRASE_CHARACTERS:
        return first.strip(' "“”«»„‘’')
    kept = ""
    for word in line.split()[:PHRASE_WORDS]:
        if len(kept) + len(word) > PHRASE_CHARACTERS:
            break
        kept = f"{kept} {word}".strip()
    kept = (kept or line[: PHRASE_CHARACTERS // 2]).strip(' "“”«»„‘’,;:–—-')
    return f"{kept}…" if kept else ""


__all__ = ["phrase", "same_title", "says_nothing"]
