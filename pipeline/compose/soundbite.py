"""When a sentence of a book is heard, by its transcript."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.compose.summary import Excerpt
from pipeline.publish.podcast.show import Soundbite

TITLE_CHARACTERS = 128
"""Of a soundbite's title, as Podcasting 2.0 asks for."""


def heard(transcript: Mapping[str, Any], excerpt: Excerpt) -> Soundbite | None:
    """The sentence with its times in the audio file; None where the transcript does not have it.

    ``transcript`` is what ``*.transcript.json`` holds. The chapter of the same index is looked at first: one that has
    nothing to say is not in the audio.
    """
    chapters: Sequence[Mapping[str, Any]] = transcript.get("chapters") or ()
    order = sorted(range(len(chapters)), key=lambda place: abs(place - excerpt.chapter))
    wanted = "".join(excerpt.text.split())
    for place in order:
        words = [word for segment in chapters[place]["segments"] for word in segment["words"]]
        found = _find(words, wanted)
        if found:
            start, end = float(found[0]["start"]), float(found[-1]["end"])
            return Soundbite(start, end - start, _title(excerpt.text))
    return None


def _find(words: Sequence[Mapping[str, Any]], wanted: str) -> Sequence[Mapping[str, Any]]:
    """The words whose texts, joined, are ``wanted``, which has no spaces."""
    if not wanted:
        return ()
    texts = ["".join(str(word["text"]).split()) for word in words]
    begins: dict[int, int] = {}
    ends: dict[int, int] = {}
    length = 0
    for place, text in enumerate(texts):
        begins.setdefault(length, place)
        length += len(text)
        ends[length] = place
    joined, at = "".join(texts), -1
    while (at := joined.find(wanted, at + 1)) >= 0:
        if at in begins and at + len(wanted) in ends:
            return words[begins[at] : ends[at + len(wanted)] + 1]
    return ()


def _title(text: str) -> str:
    return text if len(text) <= TITLE_CHARACTERS else text[: TITLE_CHARACTERS - 1].rsplit(" ", 1)[0] + "…"


__all__ = ["heard"]
