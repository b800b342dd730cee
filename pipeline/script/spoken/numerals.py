"""Reading numbers as they are written: signs, groups of thousands, decimals."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

MINUS = "-−–"
"""Marks that are a minus directly before a number."""

NO_WORD_BEFORE = r"(?<![\w.,])"
"""Before a number that is not the rest of a longer one."""

NO_WORD_AFTER = r"(?![\w]|[.,]\d)"
"""After a number that is not the beginning of a longer one; a full stop or comma of the sentence may follow."""

SIGN = r"(?:(?<![\w)\]])[-−–])?"
"""A sign, when what stands before it is not the other side of a dash."""

FRACTIONS = {
    character: (int(parts[0]), int(parts[1]))
    for character in "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅐⅛⅜⅝⅞⅑⅒"
    if len(parts := unicodedata.normalize("NFKD", character).split("⁄")) == 2
}
"""Fractions that are one character: numerator and denominator."""

SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it is written."""

    negative: bool
    whole: str
    """Digits before the decimal mark, without separators; empty in ``.5``."""
    fraction: str
    """Digits after the decimal mark; empty when there are none."""
    grouped: bool
    """Whether thousands were separated."""

    @property
    def value(self) -> int:
        """What stands before the decimal mark."""
        return int(self.whole or "0")

    @property
    def is_one(self) -> bool:
        """Whether it is 1, and not 1.0."""
        return self.whole.lstrip("0") == "1" and not self.fraction

    @property
    def cents(self) -> int | None:
        """The fraction in hundredths, zeros at its end aside; None when it is finer than that."""
        digits = self.fraction.rstrip("0")
        return int(digits.ljust(2, "0") or "0") if len(digits) <= 2 else None


def number_pattern(decimal: str, groups: str) -> str:
    """A regular expression for an unsigned number, without capturing groups.

    ``decimal`` and ``groups`` are the characters of the decimal mark and of the separators of thousands. More
    than ten groups are a row of numbers, which must not be tried from each of its members.
    """
    mark, group = re.escape(decimal), re.escape(groups)
    return rf"(?:\d{{1,3}}(?:[{group}]\d{{3}}){{1,9}}(?!\d)|\d+)(?:[{mark}]\d+)?"


def read_number(text: str, decimal: str) -> Number:
    """A number from what ``number_pattern`` matched, with or without a sign."""
    negative = text[:1] in MINUS and bool(text)
    body = text.lstrip(MINUS + "+ ")
    place = max((body.rfind(mark) for mark in decimal), default=-1)
    whole, fraction = (body, "") if place < 0 else (body[:place], body[place + 1 :])
    digits = "".join(c for c in whole if c.isdecimal())
    return Number(negative, digits, fraction, digits != whole)


def full_year(digits: str) -> int:
    """A year of four digits, or of two: 49 is 2049, 50 is 1950."""
    value = int(digits)
    return value if len(digits) > 2 else value + (2000 if value < 50 else 1900)


def hundreds(number: int) -> list[int]:
    """Groups of three digits, the lowest first: 1234567 is 567, 234, 1."""
    groups = []
    while number:
        number, group = divmod(number, 1000)
        groups.append(group)
    return groups
