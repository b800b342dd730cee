"""Classes of rules that languages with a decimal comma share; a ``Tongue`` says what differs."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.script.spoken.cldr import (
    CURRENCY_CODES,
    CURRENCY_SIGNS,
    LOWER_CODES,
    UNITS,
    currency_name,
    unit_id,
    unit_name,
)
from pipeline.script.spoken.numerals import (
    NO_WORD_BEFORE,
    SIGN,
    SUPERSCRIPTS,
    Number,
    number_pattern,
    read_number,
)
from pipeline.script.spoken.rule import Rule, alternatives, in_greek_word, rule

Counted = Callable[[Number, str], str]
"""A number before a noun of a gender (``m``, ``f``, ``n``)."""


@dataclass(frozen=True, slots=True)
class Money:
    """Names of a currency."""

    one: str
    many: str
    cent: str = ""
    cents: str = ""
    gender: str = "m"
    cent_gender: str = "m"


@dataclass(frozen=True, slots=True)
class Tongue:
    """What a language with a decimal comma says, class by class."""

    tag: str
    counted: Counted
    cardinal: Callable[[int], str]
    digits: Callable[[str], str]
    minus: str
    to: str
    per: str
    percent: str
    scales: str
    """A regular expression for words like million."""
    of: Callable[[str], str]
    """What stands between a word like million and the noun: ``de euros``, ``d'euros``; or the noun alone."""
    money: Mapping[str, Money]
    """By ISO code, or by sign where a sign means something else than its code."""
    units: Mapping[str, tuple[str, str]]
    """Units as they are written, with the names for one and several, where CLDR's will not do."""
    feminine_units: frozenset[str]
    """Names (for one) of units that are feminine."""
    genders: Callable[[str], str] = field(default=lambda name: "m")
    """The gender of a unit's or currency's name that is in no table."""
    and_cents: str = " "
    below_per: Mapping[str, str] = field(default_factory=dict)
    """Units after a slash, where the name for one will not do."""
    groups: str = ". ’'"
    scale_names: Mapping[str, str] = field(default_factory=dict)
    """Abbreviated scales in full."""
    rename: Callable[[str], str] = field(default=lambda name: name)
    """The last word on a name from CLDR."""
    singular_below_two: bool = False
    """Whether 1.9 is singular, as in French; else all but 1 is plural."""

    @property
    def number(self) -> str:
        """A regular expression for an unsigned number."""
        return number_pattern(",", self.groups)

    def read(self, text: str) -> Number:
        """A number as it is written."""
        return read_number(text, ",")

    def scale(self, written: str) -> str:
        """``millions`` for ``M``."""
        return self.scale_names.get(written, written)

    def is_plural(self, number: Number) -> bool:
        """Whether the noun after it is in the plural."""
        if self.singular_below_two:
            return number.value >= 2
        return not (number.value == 1 and not number.fraction.strip("0"))

    def unit(self, written: str, plural: bool) -> tuple[str, str]:
        """A unit's name and gender; what has none is given back as it is."""
        own = self.units.get(written)
        if own:
            return own[plural], self._gender(own[0])
        name = unit_id(written)
        if name:
            one = self.rename(unit_name(name, 1, self.tag))
            return self.rename(unit_name(name, 2, self.tag)) if plural else one, self._gender(one)
        if "/" in written:
            above, below = written.split("/", 1)
            said, gender = self.unit(above, plural)
            return f"{said} {self.below(below)}", gender
        return written, "m"

    def below(self, written: str) -> str:
        """``per hour`` for ``h``."""
        return f"{self.per} {self.below_per.get(written) or self.unit(written, False)[0]}"

    def _gender(self, name: str) -> str:
        first = name.split(" ")[0]
        return "f" if name in self.feminine_units or first in self.feminine_units else self.genders(first)

    def currency(self, written: str) -> Money:
        """A currency's names by its sign or code."""
        own = self.money.get(written) or self.money.get(written.lower())
        code = CURRENCY_SIGNS.get(written) or CURRENCY_SIGNS.get(written.capitalize()) or CURRENCY_SIGNS.get(
            written.upper(), written.upper()
        )  # fmt: skip
        own = own or (self.money.get(code) if written not in CURRENCY_SIGNS or len(written) == 1 else None)
        cents = self.money.get(code) or self.money["USD"]
        if own:
            return own
        one = currency_name(code, 1, self.tag)
        return Money(
            one,
            currency_name(code, 2, self.tag),
            cents.cent,
            cents.cents,
            self._gender(one),
            cents.cent_gender,
        )


def money_rules(tongue: Tongue, words: Sequence[str] = ()) -> tuple[Rule, ...]:
    """Sums of money: the sign or code before or after the number; ``words`` are further signs."""

    def say(match: re.Match[str]) -> str | None:
        number = tongue.read(match["n"])
        money = tongue.currency(match["c"])
        sign = f"{tongue.minus} " if match["minus"] else ""
        unsigned = Number(False, number.whole, number.fraction, number.grouped)
        if match["scale"]:
            return f"{sign}{tongue.counted(unsigned, 'scale')}|{tongue.scale(match['scale'])} {tongue.of(money.many)}"
        if number.cents is None or (number.cents and not money.cent):
            name = money.many if tongue.is_plural(number) else money.one
            if number.value and number.value % 1_000_000 == 0 and not number.fraction:
                name = tongue.of(money.many)  # un millón de euros
            return f"{sign}{tongue.counted(unsigned, money.gender)}|{name}"
        said = []
        if number.value or not number.cents:
            whole = Number(False, number.whole, "", False)
            name = money.many if tongue.is_plural(whole) else money.one
            if number.value and number.value % 1_000_000 == 0:
                name = tongue.of(money.many)  # un millón de euros
            said.append(f"{tongue.counted(whole, money.gender)}|{name}")
        if number.cents:
            cents = Number(False, str(number.cents), "", False)
            name = money.cents if tongue.is_plural(cents) else money.cent
            said.append(f"{tongue.counted(cents, money.cent_gender)} {name}")
        return sign + tongue.and_cents.join(said)

    signs = [*CURRENCY_SIGNS, *words]
    long_signs = alternatives(word for word in signs if word.isascii() and len(word) > 1)
    sign = rf"(?:{alternatives(signs)}|(?i:{long_signs}))"
    code = rf"(?:{alternatives(CURRENCY_CODES)}|{alternatives(LOWER_CODES)})"
    upper, lower = alternatives(CURRENCY_CODES), alternatives(LOWER_CODES)
    before = rf"(?:{sign}|(?:{upper})(?= |\d)|(?:{lower})(?= ))"  # amd64 is a machine, no sum
    after = rf"(?:{sign}|{code})(?!\w)"
    number, scale = tongue.number, rf"(?: (?P<scale>{tongue.scales}))?"
    minus = r"(?P<minus>(?<![\w)])[-−–])?"
    return (
        rule("money", rf"(?<![\w$]){minus}(?P<c>{before}) ?(?P<n>{number}){scale}(?!\w|[.,]\d)", say),
        rule("money", rf"{NO_WORD_BEFORE}{minus}(?P<n>{number}){scale} ?(?P<c>{after})", say),
    )


def measure_rules(tongue: Tongue, never: frozenset[str] = frozenset()) -> tuple[Rule, ...]:
    """Numbers with units, percentages, things per unit."""
    keys = sorted({*UNITS, *tongue.units, "m2", "m3", "km2", "cm2", "cm3", "m^2", "m^3"} - _NEVER - never)
    unit = rf"(?:{alternatives(keys)}|(?i:kg|km|cm|mm|khz|mhz|ghz|kw|kwh|mph)\b)"
    below = rf"(?:/(?P<per>{unit}))?"
    after = r"(?![\w/^²³]|[.,]\d)"

    def say(match: re.Match[str]) -> str | None:
        number = tongue.read(match["n"])
        if not match["glue"] and match["unit"] in _NEVER_GLUED:
            return None
        scale = match["scale"]
        name, gender = tongue.unit(match["unit"], True if scale else tongue.is_plural(number))
        if match["per"]:
            name += " " + tongue.below(match["per"])
        if scale:
            return f"{tongue.counted(number, 'scale')}|{tongue.scale(scale)}|{tongue.of(name)}"
        if number.value and number.value % 1_000_000 == 0 and not number.fraction:
            name = tongue.of(name)
        return f"{tongue.counted(number, gender)}|{name}"

    def percent(match: re.Match[str]) -> str:
        return f"{tongue.counted(tongue.read(match['n']), 'percent')}|{tongue.percent}"

    def per(match: re.Match[str]) -> str:
        number = tongue.counted(tongue.read(match["n"]), "")
        return (
            f"{number}|{tongue.below(match['unit'])}"
            if " /" in match[0]
            else f"{number} {tongue.below(match['unit'])}"
        )

    return (
        rule("measure", rf"(?<![\w.,])(?P<n>{SIGN}{tongue.number}) ?%", percent),
        rule("measure",
             rf"(?<![\w.,])(?P<n>{SIGN}{tongue.number})(?: (?P<scale>{tongue.scales}))?(?P<glue>[ -]?)"
             rf"(?P<unit>{unit}){below}{after}", say),
        rule("measure", rf"(?<![\w.,])(?P<n>{tongue.number}) ?/ ?(?P<unit>{unit}){after}", per),
        rule("measure", rf"(?:(?<=\d/\d)|(?<=\d/\d\d)|(?<=[½¼¾⅓⅔])) ?(?P<said>{unit}){after}",
             lambda m: tongue.unit(m["said"], bool(_MIXED.search(m.string[: m.start("said")].rstrip())))[0]),
    )  # fmt: skip


_MIXED = re.compile(r"\d \d{1,2}/\d{1,2}$|\d ?[½¼¾⅓⅔]$")
"""A whole number with a fraction: ``2 1/2``."""
_NEVER_GLUED = frozenset(
    {"s", "d", "A", "K", "B", "N", "J", "L", "t", "st", "in", "au", "pt", "MP", "Da", "g", "l"}
)
_NEVER = frozenset({"d", "au", "st", "L", "B", "bit", "in", "pt", "ac", "yr", "yrs", "wk", "hr", "hrs", "ly"})


def range_rules(tongue: Tongue) -> tuple[Rule, ...]:
    """A dash from a smaller to a larger number: ``10–12``."""

    def say(match: re.Match[str]) -> str | None:
        low, high = tongue.read(match["a"]), tongue.read(match["b"])
        if not low.value < high.value or (low.whole.startswith("0") and len(low.whole) > 1):
            return None
        if high.value > 100 * max(1, low.value):
            return None
        return tongue.to

    number = tongue.number
    return (
        rule("range",
             rf"(?<![\w.,:/-])(?P<a>{number})(?:%|°C?| ?[a-z€$£]{{1,2}})?"
             rf"(?P<said>[-–—])(?=(?P<b>{number})(?![-/.:]?\d))",
             say),
    )  # fmt: skip


def telephone_rules(
    tongue: Tongue, plus: str, extension: str, dot: str, country: Callable[[str], str]
) -> tuple[Rule, ...]:
    """Telephone numbers, digit by digit with a breath between groups; addresses of the internet protocol."""

    def say(match: re.Match[str]) -> str:
        groups = re.findall(r"\d+", match["n"])
        said = [tongue.digits(group) for group in groups]
        start = ""
        if match["n"].startswith("+"):
            start = f"{plus} {country(groups[0]) if ' ' in match['n'][:5] else said[0]}, "
            said = said[1:]
        ext = match["ext"]
        return start + ", ".join(said) + (f", {extension} {tongue.digits(ext)}" if ext else "")

    def ip(match: re.Match[str]) -> str | None:
        if len(match[0]) < 8:  # rather a section of a book
            return None
        return f" {dot} ".join(tongue.digits(part) for part in match[0].split("."))

    ext = r"(?:(?:,? ?(?:ext\.?|x) ?|-)(?P<ext>\d{1,5}))?(?![\w]|-\d)"
    return (
        rule("telephone", r"(?<![\w.])(?:0|[1-9]\d{0,2})(?:\.(?:0|[1-9]\d{0,2})){3}(?![\w]|\.\d)", ip),
        rule(
            "telephone",
            rf"(?<![\w.])(?P<n>(?:\+?\d{{1,3}}[ .-])?\(?\d{{3}}\)?[ .-]\d{{3}}[ .-]\d{{4}}){ext}",
            say,
        ),
        rule("telephone", rf"(?<![\w.])(?P<n>\+\d{{1,3}}(?:[ .-]?\(?\d{{1,6}}\)?){{1,6}}){ext}", say),
        rule("telephone", rf"(?<![\w.])(?P<n>\(0\d{{1,5}}\)[ -]?\d{{3,8}}(?:[ -]\d{{2,8}})?){ext}", say),
        rule(
            "telephone", rf"(?<![\w.,-])(?<!\d )(?P<n>0\d{{2,4}}[ /-]\d{{3,8}}(?:[ -]\d{{2,8}})*){ext}", say
        ),
    )


def equation_rules(
    tongue: Tongue, operators: Mapping[str, str], power: Callable[[str], str]
) -> tuple[Rule, ...]:
    """Arithmetic with an equals sign (or a sign that means nothing else) in it."""
    number = tongue.number
    terms = re.compile(rf"{number}|[^\W\d²³]+|[^\w\s]|²|³")

    def term(text: str) -> str:
        if text[0].isdecimal():
            return tongue.counted(tongue.read(text), "")
        return operators.get(text, power("2" if text == "²" else "3") if text in "²³" else text)

    def say(match: re.Match[str]) -> str | None:
        if "=" not in match[0] and not re.search("[×÷√]", match[0]):
            return None
        return "|".join(" ".join(map(term, terms.findall(token))) for token in match[0].split(" "))

    operand = r"[-−(√]*[\w²³π]{1,40}(?:[.,]\d{1,40})?[)²³]{0,4}"
    return (
        rule("math", rf"(?<![\w@&#/]){operand}(?: ?[-+−–*/×÷=^·<>≤≥≈≠±] ?{operand})+(?![\w/])", say),
    )  # fmt: skip


def power_rules(power: Callable[[str], str]) -> tuple[Rule, ...]:
    """Powers written as superscripts; after a word a superscript is a note's mark, and silent."""

    def raised(match: re.Match[str]) -> str:
        exponent = match["said"].translate(SUPERSCRIPTS)
        return power(exponent) if exponent.lstrip("-").isdecimal() else ""

    return (
        rule("math", r"(?<=[\d)])(?P<said>[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)", raised),
        rule("math", r"(?<=[A-Za-z])(?<!\w[A-Za-z])(?P<said>[²³])", raised),
        rule(
            "math", r"(?<=[^\W\d_]{2}[.,;:!?\"”'’»])[⁰¹²³⁴⁵⁶⁷⁸⁹]+|(?<=[^\W\d_]{2})[⁰¹²³⁴⁵⁶⁷⁸⁹]+", lambda _: ""
        ),
    )


_ELEMENTS = (
    "He|Li|Be|Ne|Na|Mg|Al|Si|Cl|Ar|Ca|Sc|Ti|Cr|Mn|Fe|Co|Ni|Cu|Zn|Ga|Ge|As|Se|Br|Kr|Rb|Sr|Zr|Nb|Mo|Ag|Cd|In|Sn|Sb"
    "|Te|Xe|Cs|Ba|Pt|Au|Hg|Pb|Bi|Rn|Ra|Th|Pu|H|B|C|N|O|F|P|S|K|V|Y|I|W|U"
)
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")


def formula_rules(cardinal: Callable[[int], str]) -> tuple[Rule, ...]:
    """Chemical formulas: letters one by one, numbers as numbers. ``CO2`` is ``C O two``."""

    def say(match: re.Match[str]) -> str:
        parts = re.findall(rf"{_ELEMENTS}|\d+", match[0].translate(_SUBSCRIPTS))
        return " ".join(cardinal(int(part)) if part.isdecimal() else " ".join(part.upper()) for part in parts)

    return (
        rule("formula",
             rf"(?<![\w-])(?=\w*?[A-Z][a-z]?[2-9₂-₉])(?:(?:{_ELEMENTS})(?:[2-9₂-₉]|[1₁][0-9₀-₉])?){{2,9}}(?![\w-])",
             say),
        rule("formula", r"(?<![\w-])(?:[HONCFI]|Cl|Br)[2₂](?![\w-])|(?<![\w-])O[3₃](?![\w-])", say),
    )  # fmt: skip


def symbol_rules(names: Mapping[str, str], slash: str, sharp: str, number: str) -> tuple[Rule, ...]:
    """What is left of symbols: said by name, or silent."""

    def named(match: re.Match[str]) -> str | None:
        return None if match[0] in "πΩ" and in_greek_word(match) else names[match[0]]

    return (
        rule("symbol", r"(?<![\w#])[#№] ?(?=\d)", lambda _: number),
        rule(
            "symbol",
            r"(?<![\w/.-])[^\W\d_]+(?P<said>/)(?=[a-zà-ÿ]+(?![\w/.-]*[\w/]))(?<=[a-zà-ÿ]/)",
            lambda _: slash,
        ),
        rule("symbol", r"(?<=\w)/|/(?=\w)|(?<=\w)[®™]", lambda _: ""),
        rule("symbol", r"(?<=\b[A-GJ])[#♯](?!\w)", lambda _: sharp),
        rule("symbol", rf"[{re.escape(''.join(names))}]", named),
    )
