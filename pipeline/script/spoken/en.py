"""English, as it is read in Britain and America alike where they agree."""

from __future__ import annotations

import re

from pipeline.script.spoken import roman
from pipeline.script.spoken.coordinates import coordinate_rules
from pipeline.script.spoken.en_amounts import MARKED_FRACTIONS, MEASURES, MONEY
from pipeline.script.spoken.en_dates import DATES, TIMES
from pipeline.script.spoken.en_names import ADDRESSES, NAMES, ROMANS, TRIGGERS
from pipeline.script.spoken.en_numbers import cardinal, ordinal, plural
from pipeline.script.spoken.en_signs import (
    ELECTRONIC,
    EQUATIONS,
    FORMULAS,
    KEPT,
    MATH,
    NUMBERS,
    RANGES,
    SYMBOLS,
    TELEPHONE,
)
from pipeline.script.spoken.rule import Language, Rule, rule
from pipeline.script.spoken.verses import verse_rules


def _ordinal(match: re.Match[str]) -> str:
    """``21st`` rightly, ``21th`` as it is written."""
    number = int(match["n"].replace(",", ""))
    suffix = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    written = match["s"].lower()
    return ordinal(number) if suffix == written else f"{cardinal(number)} {match['s']}"


_BOOKS = (
    "Genesis Exodus Leviticus Numbers Deuteronomy Joshua Judges Ruth Samuel Kings Chronicles Ezra Nehemiah Esther"
    " Job Psalm Psalms Proverbs Ecclesiastes Isaiah Jeremiah Lamentations Ezekiel Daniel Hosea Joel Amos Obadiah"
    " Jonah Micah Nahum Habakkuk Zephaniah Haggai Zechariah Malachi Matthew Mark Luke John Acts Romans Corinthians"
    " Galatians Ephesians Philippians Colossians Thessalonians Timothy Titus Philemon Hebrews James Peter Jude"
    " Revelation Gen Exod Ex Lev Num Deut Josh Judg Sam Kgs Chron Chr Neh Esth Ps Pss Prov Eccl Eccles Isa Jer Lam"
    " Ezek Dan Hos Mic Zech Mal Matt Mk Lk Jn Rom Cor Gal Eph Phil Col Thess Tim Heb Jas Pet Rev"
).split()


def _several(match: re.Match[str]) -> str:
    """``the 747s``, ``two F-16s``."""
    hundreds, rest = divmod(int(match["n"]), 100)
    if hundreds and rest > 9:
        return f"{cardinal(hundreds)} {plural(cardinal(rest))}"
    return plural(cardinal(int(match["n"])))


ORDINALS: tuple[Rule, ...] = (
    rule("ordinal", r"(?<![\w.,])(?P<n>[2-9][23])d(?= [A-Za-z])", lambda m: ordinal(int(m["n"]))),
    rule("cardinal", r"(?<![\w.,/$£€])(?P<n>[1-9]\d{1,2})s(?![\w'’/])", _several),
    rule("ordinal", r"(?<![\w.,])(?P<n>\d{1,3}(?:,\d{3})+|\d+) ?(?P<s>(?:st|nd|rd|th|ˢᵗ|ⁿᵈ|ʳᵈ|ᵗʰ))(?!\w)",
         _ordinal, re.I),
)  # fmt: skip

LANGUAGE = Language(
    tag="en",
    rules=(
        *KEPT,
        *verse_rules(_BOOKS, ":", cardinal, "to"),
        *coordinate_rules(cardinal, ("degrees", "minutes", "seconds"),
                          {"N": "north", "S": "south", "E": "east", "W": "west"}),
        *ELECTRONIC, *TELEPHONE, *EQUATIONS, *MONEY, *RANGES, *DATES, *TIMES, *FORMULAS, *ADDRESSES,
        *MEASURES,
        *MARKED_FRACTIONS, *ORDINALS, *ROMANS, *MATH, *NUMBERS, *NAMES, *SYMBOLS,
    ),
    triggers=re.compile(rf"{TRIGGERS}|{roman.PATTERN}|{roman.SMALL_LETTERS}"),
)  # fmt: skip
