"""What hosts say that is from no source: greetings, questions, reactions, in the languages that have a
module of it.

A language is one module ``phrases_XX`` with ``PHRASES``, and its name in ``LANGUAGES``. All others have
``NEUTRAL``, which says nothing in words: the heading is the question.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module

from pipeline.script.sentences import primary_language

LANGUAGES = ("en", "de", "fr", "es", "ru")


@dataclass(frozen=True, slots=True)
class Phrases:
    """Templates; ``{title}``, ``{heading}``, ``{name}``, ``{authors}``, ``{text}`` and ``{count}`` are put in."""

    names: tuple[str, str] = ("Ada", "Ben")
    """Of hosts, where nobody named any."""
    welcome: tuple[str, ...] = ()
    """The first words; ``{title}``."""
    by: str = ""
    """Who wrote it: ``{authors}``."""
    me: str = ""
    """The first host, and ..."""
    me_too: str = ""
    """... each other: ``{name}``."""
    opening: tuple[str, ...] = ()
    """The question before a text that begins without a heading."""
    about: tuple[str, ...] = ("{heading}",)
    """Questions made of a heading."""
    unnamed: tuple[str, ...] = ()
    """Questions where a section's heading says nothing, such as "III"."""
    known: Mapping[str, str] = field(default_factory=dict)
    """Questions for headings that many texts have, in small letters."""
    go_on: tuple[str, ...] = ()
    """So that a long answer goes on."""
    reactions: tuple[str, ...] = ()
    quote: str = "{text}"
    """Before a quotation."""
    listed: str = ""
    """Before a list: ``{count}``."""
    ordinals: tuple[str, ...] = ()
    """Before its items; ``{text}``."""
    then: str = "{text}"
    """Before items for which there is no ordinal."""
    thanks: str = ""
    """The last words of the first host (``{title}``), ..."""
    goodbye: str = ""
    """... and of another (``{name}``: the first one)."""


NEUTRAL = Phrases()


@cache
def phrases_for(language: str) -> Phrases:
    """Those of a language (BCP 47)."""
    primary = primary_language(language)
    if primary not in LANGUAGES:
        return NEUTRAL
    found: Phrases = import_module(f"pipeline.script.conversation.phrases_{primary}").PHRASES
    return found


__all__ = ["LANGUAGES", "NEUTRAL", "Phrases", "phrases_for"]
