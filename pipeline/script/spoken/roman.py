"""Roman numerals: which words can be one, and their values."""

from __future__ import annotations

import re
from collections.abc import Callable

from pipeline.script.spoken.rule import Say

PATTERN = r"(?=[MDCLXVI])M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})"
"""A numeral in capitals, 1 to 3999, as it is rightly written; to be bounded by whoever uses it."""

SMALL = r"(?=[XVI])X{0,3}(?:IX|IV|V?I{0,3})"
"""1 to 39: letters that seldom make an acronym."""

SMALL_LETTERS = r"(?=[mdclxvi])m{0,3}(?:cm|cd|d?c{0,3})(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})"
"""The same in small letters."""

_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
_WHOLE = re.compile(PATTERN)


def counted(cardinal: Callable[[int], str]) -> Say:
    """Says the group ``said`` as a number: of a chapter, a part, a page. A full stop after it stays."""

    def say(match: re.Match[str]) -> str | None:
        numeral = match["said"].rstrip(".")
        value = value_of(numeral)
        return cardinal(value) + ("." if numeral != match["said"] else "") if value else None

    return say


def value_of(numeral: str) -> int | None:
    """The value of a numeral in either case; None when it is not one."""
    letters = numeral.upper()
    if not letters or not _WHOLE.fullmatch(letters):
        return None
    values = [_VALUES[letter] for letter in letters]
    return sum(
        -value if value < following else value
        for value, following in zip(values, [*values[1:], 0], strict=True)
    )
