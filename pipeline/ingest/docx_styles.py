"""What the styles of a Word document make of its paragraphs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from pipeline.ingest.xml import Element, attribute, child, children, first

_OFF = frozenset({"0", "false", "off", "none"})
_HEADING = re.compile(r"heading ([1-9])")
_CONTENTS = re.compile(r"(?:toc|table of (?:figures|authorities)|index)(?: heading)?(?: \d)?")
_QUOTES = frozenset({"quote", "intense quote", "block text", "quotations", "epigraph"})
_VERSES = frozenset({"verse", "poem", "poetry", "stanza"})
_CODES = frozenset({"source code", "macro", "macro text", "code"})
_PREFORMATTED = frozenset({"html preformatted", "preformatted text"})
_LONGEST_CHAIN = 32
"""Styles based on each other; what is longer is a circle."""


@dataclass(frozen=True, slots=True)
class Looks:
    """What a paragraph is."""

    role: str = ""
    """``heading``, ``title``, ``contents``, ``index``, ``quote``, ``verse``, ``code``, ``preformatted``,
    ``caption``, ``item``."""
    level: int = 0
    """Of a heading, from 1."""
    hidden: bool = False
    number: str = ""
    """Of a heading: the ``num`` that counts it; empty where nothing does."""
    place: int = -1
    """The level in it, from 0; -1 where it is the one that names the style."""
    style: str = ""
    """Id of the style that names the ``num``."""


@dataclass(slots=True)
class Styles:
    """The styles of a document by their ids."""

    language: str = ""
    """Of the document's defaults, BCP 47."""
    _by_id: dict[str, Element] = field(default_factory=dict)
    _looks: dict[str, Looks] = field(default_factory=dict)

    def looks(self, identifier: str) -> Looks:
        """What a style says of a paragraph, itself or by what it is based on."""
        if identifier not in self._looks:
            self._looks[identifier] = self._resolve(identifier)
        return self._looks[identifier]

    def _resolve(self, identifier: str) -> Looks:
        hidden = False
        counted = Looks()
        for _ in range(_LONGEST_CHAIN):
            style = self._by_id.get(identifier)
            if style is None:
                break
            if not counted.number:
                counted = _counted(child(style, "ppr"), Looks(style=identifier))
            properties = child(style, "rpr")
            hidden = hidden or (properties is not None and is_on(properties, "vanish"))
            found = _own(style)
            if found.role:
                return replace(counted, role=found.role, level=found.level, hidden=hidden)
            base = child(style, "basedon")
            if base is None:
                break
            identifier = attribute(base, "val")
        return Looks(hidden=hidden)


def read_styles(root: Element | None) -> Styles:
    """Read ``styles.xml``; None gives none."""
    styles = Styles()
    if root is None:
        return styles
    defaults = first(root, "docdefaults")
    language = first(defaults, "lang") if defaults is not None else None
    if language is not None:
        styles.language = attribute(language, "val")
    for style in children(root, "style"):
        styles._by_id.setdefault(attribute(style, "styleId"), style)
    return styles


def paragraph_looks(properties: Element | None, styles: Styles) -> Looks:
    """What a paragraph is by its own properties and its style."""
    if properties is None:
        return Looks()
    named = child(properties, "pstyle")
    found = styles.looks(attribute(named, "val")) if named is not None else Looks()
    level = child(properties, "outlinelvl")
    if level is not None and not found.role:
        found = _outlined(level)
    own = _counted(properties, found)
    if own.number not in {"", "0"} and not found.role:
        return replace(own, role="item")
    return own


def _counted(properties: Element | None, looks: Looks) -> Looks:
    """``looks`` with the numbering that paragraph properties name; ``0`` is Word's word for none."""
    numbered = child(properties, "numpr") if properties is not None else None
    if numbered is None:
        return looks
    number, place = child(numbered, "numid"), child(numbered, "ilvl")
    level = attribute(place, "val") if place is not None else ""
    return replace(
        looks,
        number=attribute(number, "val") if number is not None else looks.number,
        place=int(level) if level.isdecimal() and len(level) == 1 else looks.place,
    )


def is_on(properties: Element, name: str) -> bool:
    """Whether a property that is on or off is on."""
    found = child(properties, name)
    return found is not None and attribute(found, "val").lower() not in _OFF


def _own(style: Element) -> Looks:
    name = child(style, "name")
    found = looks_of_name(attribute(name, "val") if name is not None else "")
    if found.role:
        return found
    properties = child(style, "ppr")
    level = child(properties, "outlinelvl") if properties is not None else None
    return _outlined(level) if level is not None else Looks()


def looks_of_name(name: str) -> Looks:
    """What a style is by its name: Word writes those of its own in English, whatever language it speaks."""
    said = " ".join(name.lower().split())
    if match := _HEADING.fullmatch(said):
        return Looks("heading", int(match[1]))
    if said == "title":
        return Looks("title", 1)
    if _CONTENTS.fullmatch(said):
        return Looks("index" if said.startswith("index") else "contents")
    for role, names in _ROLES.items():
        if said in names:
            return Looks(role)
    return Looks("item") if said.startswith(("list bullet", "list number")) else Looks()


_ROLES: Mapping[str, frozenset[str]] = {
    "quote": _QUOTES,
    "verse": _VERSES,
    "code": _CODES,
    "preformatted": _PREFORMATTED,
    "caption": frozenset({"caption"}),
}


def _outlined(level: Element) -> Looks:
    """Levels count from 0; 9 is running text."""
    value = attribute(level, "val")
    return Looks("heading", int(value) + 1) if value.isdecimal() and int(value) < 9 else Looks()


__all__ = ["Looks", "Styles", "is_on", "looks_of_name", "paragraph_looks", "read_styles"]
