"""How long a chapter will be, before anybody has read it."""

from __future__ import annotations

from pipeline.model import Chapter
from pipeline.script.estimates import estimated_seconds


def chapter_seconds(chapter: Chapter, language: str) -> float:
    """Seconds of speech at a narrator's pace; what is in other languages counts as the language's own."""
    text = chapter.text
    return estimated_seconds(len(text), len(text.split()), language)


__all__ = ["chapter_seconds"]
