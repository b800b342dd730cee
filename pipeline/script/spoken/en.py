"""English, as it is read in Britain and America alike where they agree."""

from __future__ import annotations

import re

from pipeline.script.spoken import roman
from pipeline.script.spoken.en_amounts import MARKED_FRACTIONS, MEASURES, MONEY
from pipeline.script.spoken.en_dates import DATES, TIMES
from pipeline.script.spoken.en_names import ADDRESSES, NAMES, ROMANS, TRIGGERS
from pipeline.script.spoken.en_numbers import cardinal, ordinal
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


def _ordinal(match: re.Match[str]) -> str:
    """``21st`` rightly, ``21th`` as it is written."""
    number = int(match["n"].replace(",", ""))
    suffix = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    written = match["s"].lower()
    return ordinal(number) if suffix == written else f"{cardinal(number)} {match['s']}"


ORDINALS: tuple[Rule, ...] = (
    rule("ordinal", r"(?<![\w.,])(?P<n>\d{1,3}(?:,\d{3})+|\d+) ?(?P<s>(?:st|nd|rd|th|ˢᵗ|ⁿᵈ|ʳᵈ|ᵗʰ))(?!\w)",
         _ordinal, re.I),
)  # fmt: skip

LANGUAGE = Language(
    tag="en",
    rules=(
        *KEPT, *ELECTRONIC, *TELEPHONE, *EQUATIONS, *MONEY, *RANGES, *DATES, *TIMES, *FORMULAS, *ADDRESSES,
        *MEASURES,
        *MARKED_FRACTIONS, *ORDINALS, *ROMANS, *MATH, *NUMBERS, *NAMES, *SYMBOLS,
    ),
    triggers=re.compile(rf"{TRIGGERS}|{roman.PATTERN}|{roman.SMALL_LETTERS}"),
)  # fmt: skip
