"""Every language without rules of its own: what the Unicode CLDR knows of it.

Whole numbers, years, percentages, sums of money and units, with the names and plurals of the CLDR; its rules
for numbers in words (RBNF) come with the library ``unicode-rbnf``. They are in the basic form: nothing is
declined. All the rest stays as it is written, for the engine to read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from babel.core import Locale, UnknownLocaleError
from unicode_rbnf import FormatPurpose, RbnfEngine

from pipeline.script.sentences import ORDINAL_DOT
from pipeline.script.spoken.cldr import (
    CURRENCY_CODES,
    CURRENCY_SIGNS,
    UNITS,
    currency_name,
    knows,
    unit_id,
    unit_name,
)
from pipeline.script.spoken.numerals import Number, number_pattern, read_number
from pipeline.script.spoken.rule import Language, Rule, alternatives, rule

LEFT_TO_ENGINES = frozenset({"ja", "ko", "th", "lo", "km", "my", "yue", "zh"})
"""There the reading of a number depends on what is counted, which their engines know."""

_ORDINAL_DOT = re.compile(r"\. \w")

LARGEST = 10**15
"""Numbers from here on are left to the engine."""

_SPACES = " \u00a0\u202f"
_NOT_GLUED = frozenset(
    {"s", "d", "A", "K", "B", "V", "N", "W", "J", "L", "t", "st", "in", "au", "pt", "MP", "Da", "h", "l"}
)


def language_for(primary: str) -> Language:
    """The rules for a language by the primary part of its tag; none where the CLDR has no numbers in words."""
    if primary in LEFT_TO_ENGINES:
        return Language(tag=primary, rules=())
    try:
        engine = RbnfEngine.for_language(primary)
        symbols = Locale.parse(primary).number_symbols.get("latn", {})
    except (ValueError, UnknownLocaleError):
        return Language(tag=primary, rules=())
    decimal, group = symbols.get("decimal", "."), symbols.get("group", ",")
    groups = group.strip() + " "
    return Language(tag=primary, rules=tuple(_rules(primary, decimal, groups, _speller(engine))))


Speller = Callable[[int, bool], str]


def _speller(engine: RbnfEngine) -> Speller:
    @lru_cache(maxsize=4096)
    def spelled(number: int, as_year: bool) -> str:
        purpose = FormatPurpose.YEAR if as_year else FormatPurpose.CARDINAL
        return engine.format_number(number, purpose).text.replace("\u00ad", "")

    return spelled


def _rules(locale: str, decimal: str, groups: str, spelled: Speller) -> Sequence[Rule]:
    number = number_pattern(decimal, groups)

    def words(found: Number) -> str | None:
        """None for what is left to the engine: decimals, and numbers that are codes."""
        leading_zero = len(found.whole) > 1 and found.whole.startswith("0")
        if found.fraction or leading_zero or found.value >= LARGEST:
            return None
        return spelled(found.value, False)

    def cardinal(match: re.Match[str]) -> str | None:
        if locale in ORDINAL_DOT and _ORDINAL_DOT.match(match.string, match.end()):
            return None
        found = read_number(match[0], decimal)
        if not found.grouped and not found.fraction and 1100 <= found.value <= 2099:
            return spelled(found.value, True)
        return words(found)

    def money(match: re.Match[str]) -> str | None:
        found = read_number(match["n"], decimal)
        code = CURRENCY_SIGNS.get(match["c"], match["c"])
        said = words(found)
        return said and f"{said}|{currency_name(code, found.value, locale)}"

    def measure(match: re.Match[str]) -> str | None:
        found = read_number(match["n"], decimal)
        name = "concentr-percent" if match["unit"] == "%" else unit_id(match["unit"])
        said = words(found)
        if said is None or name is None or (not match["glue"] and match["unit"] in _NOT_GLUED):
            return None
        return f"{said}|{unit_name(name, found.value, locale)}"

    free, after = r"(?<![\w.,:/%-])", r"(?![\w:/-]|[.,]\d)"
    sign = rf"(?:{alternatives(CURRENCY_SIGNS)}|{alternatives(CURRENCY_CODES)})"
    amounts = (
        rule("money", rf"(?<![\w.,])(?P<c>{sign}) ?(?P<n>{number}){after}", money),
        rule("money", rf"{free}(?P<n>{number}) ?(?P<c>{sign})(?!\w)", money),
        rule("measure", rf"{free}(?P<n>{number})(?P<glue> ?)(?P<unit>%|{alternatives(UNITS)})(?![\w/^²³])",
             measure),
    )  # fmt: skip
    known = amounts if knows(locale) else ()
    return (*known, rule("cardinal", rf"{free}{number}(?!\w|[.,:/-]\d|[.,:/-]?[%°])", cardinal))
