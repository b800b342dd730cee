"""The numbers that Word writes before headings by itself: they stand in no paragraph, only in ``numbering.xml``.

ECMA-376-1, 17.9: a paragraph, or its style, names a ``num`` and a level; a ``num`` is an ``abstractNum`` with
changes; a level has a form ("Chapter %1", "%1.%2") and counts again when a higher one did.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from pipeline.ingest.docx_styles import Looks
from pipeline.ingest.xml import Element, attribute, child, children

LEVELS = 9
_LONGEST = 60
"""Characters of a number; more is no number."""
_PLACE = re.compile(r"%([1-9])")
_ROMAN = (
    (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"),
    (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Level:
    form: str
    kind: str = "decimal"
    start: int = 1
    style: str = ""
    """Id of the paragraph style that is numbered by this level."""
    legal: bool = False
    """All numbers in it are written in Arabic digits."""


@dataclass(slots=True)
class Numbering:
    """The numbers of a document's paragraphs, asked for one after the other."""

    _abstract: Mapping[str, str] = field(default_factory=dict)
    """``num`` -> ``abstractNum``: several share one count."""
    _levels: Mapping[str, Mapping[int, _Level]] = field(default_factory=dict)
    """By ``num``."""
    _restarts: Mapping[str, frozenset[int]] = field(default_factory=dict)
    """Levels that begin anew where a ``num`` is first used."""
    _counts: dict[str, dict[int, int]] = field(default_factory=dict)
    _used: set[str] = field(default_factory=set)

    def next(self, looks: Looks) -> str:
        """Count a paragraph; what Word writes before it ("2.1", "Chapter 3"), empty where nothing is written."""
        number, place = looks.number, looks.place
        levels = self._levels.get(number)
        if levels is not None and place < 0:
            place = next((n for n, level in levels.items() if level.style == looks.style), 0)
        if levels is None or place not in levels:
            return ""
        counts = self._counts.setdefault(self._abstract[number], {})
        if number not in self._used:
            self._used.add(number)
            for restarted in self._restarts[number]:
                counts.pop(restarted, None)
        counts[place] = counts.get(place, levels[place].start - 1) + 1
        for deeper in [n for n in counts if n > place]:
            del counts[deeper]
        legal = levels[place].legal

        def written(match: re.Match[str]) -> str:
            at = int(match[1]) - 1
            level = levels.get(at, _Level(""))
            return _written(counts.get(at, level.start), "decimal" if legal else level.kind)

        said = _PLACE.sub(written, levels[place].form).strip()
        return said if len(said) <= _LONGEST and any(c.isalnum() for c in said) else ""


def read_numbering(root: Element | None) -> Numbering:
    """Read ``numbering.xml``; None gives a numbering that numbers nothing."""
    if root is None:
        return Numbering()
    made = {
        attribute(e, "abstractNumId"): {
            place: level for inner in children(e, "lvl") for place, level in _level(inner)
        }
        for e in children(root, "abstractnum")
    }
    abstract: dict[str, str] = {}
    levels: dict[str, Mapping[int, _Level]] = {}
    restarts: dict[str, frozenset[int]] = {}
    for e in children(root, "num"):
        number, base = attribute(e, "numId"), child(e, "abstractnumid")
        if base is None or number == "0":
            continue
        own = dict(made.get(attribute(base, "val"), {}))
        anew = set()
        for change in children(e, "lvloverride"):
            for inner in children(change, "lvl"):
                own.update(_level(inner))
            start, at = child(change, "startoverride"), attribute(change, "ilvl")
            if start is not None and at.isdecimal() and int(at) in own:
                anew.add(int(at))
                first = attribute(start, "val")
                own[int(at)] = _with_start(own[int(at)], int(first) if first.isdecimal() else 1)
        abstract[number], levels[number] = attribute(base, "val"), own
        restarts[number] = frozenset(anew)
    return Numbering(abstract, levels, restarts)


def _level(e: Element) -> list[tuple[int, _Level]]:
    place = attribute(e, "ilvl")
    if not place.isdecimal() or int(place) >= LEVELS:
        return []
    said = {name: _value(e, name) for name in ("lvltext", "numfmt", "start", "pstyle")}
    start = int(said["start"]) if said["start"].isdecimal() and len(said["start"]) < 6 else 1
    legal = child(e, "islgl") is not None
    return [(int(place), _Level(said["lvltext"], said["numfmt"] or "decimal", start, said["pstyle"], legal))]


def _with_start(level: _Level, start: int) -> _Level:
    return _Level(level.form, level.kind, start, level.style, level.legal)


def _value(e: Element, name: str) -> str:
    found = child(e, name)
    return attribute(found, "val") if found is not None else ""


def _written(number: int, kind: str) -> str:
    """A number in the forms of Word that a reader says as a number; bullets and the others are nothing."""
    if kind in {"upperRoman", "lowerRoman"} and 0 < number < 4000:
        text = ""
        for value, letters in _ROMAN:
            text += letters * (number // value)
            number %= value
        return text if kind == "upperRoman" else text.lower()
    if kind in {"upperLetter", "lowerLetter"} and number > 0:
        letter = chr(ord("A") + (number - 1) % 26) * min((number - 1) // 26 + 1, 4)
        return letter if kind == "upperLetter" else letter.lower()
    if kind in {"bullet", "none"}:
        return ""
    return f"{number:02d}" if kind == "decimalZero" else str(number)


__all__ = ["Numbering", "read_numbering"]
