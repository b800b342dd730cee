"""Every language without rules of its own: what is sure without knowing it."""

from __future__ import annotations

from pipeline.script.spoken.rule import Language


def language_for(primary: str) -> Language:
    """The rules for a language by the primary part of its tag."""
    return Language(tag=primary, rules=())
