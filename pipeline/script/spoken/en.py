"""English."""

from __future__ import annotations

import re

from pipeline.script.spoken.en_numbers import cardinal, decimal, digits, ordinal
from pipeline.script.spoken.numerals import NO_WORD_AFTER, SIGN, number_pattern, read_number
from pipeline.script.spoken.rule import Language, abbreviations, rule

_NUMBER = number_pattern(".", ",")


def _ordinal(match: re.Match[str]) -> str:
    return ordinal(int(match[1].replace(",", "")))


def _cardinal(match: re.Match[str]) -> str:
    return decimal(read_number(match[0], "."))


LANGUAGE = Language(
    tag="en",
    rules=(
        rule("ordinal", r"(?<![\w.,])(\d{1,3}(?:,\d{3})+|\d+)(?:st|nd|rd|th)\b", _ordinal),
        rule("cardinal", rf"{SIGN}{_NUMBER}{NO_WORD_AFTER}", _cardinal),
        rule("digits", r"\d+", lambda match: digits(match[0])),
        abbreviations({"Mr.": "mister", "Mrs.": "misses", "e.g.": "for example"}),
    ),
    triggers=re.compile(r"Mrs?|e\.g"),
    examples={"the 3rd of 1,250": "the third of one thousand two hundred and fifty"},
)
"""English, as it is read in Britain and America alike where they agree."""

__all__ = ["LANGUAGE", "cardinal"]
