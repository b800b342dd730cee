"""English money, measures, percentages and fractions."""

from __future__ import annotations

import re

from pipeline.script.spoken.cldr import (
    CURRENCY_CODES,
    CURRENCY_SIGNS,
    UNITS,
    currency_name,
    unit_id,
    unit_name,
)
from pipeline.script.spoken.en_dates import last_word
from pipeline.script.spoken.en_numbers import cardinal, decimal, digits, ordinal, plural
from pipeline.script.spoken.numerals import (
    FRACTIONS,
    NO_WORD_BEFORE,
    SIGN,
    Number,
    number_pattern,
    read_number,
)
from pipeline.script.spoken.rule import Rule, alternatives, rule

NUMBER = rf"(?:{number_pattern('.', ',')}|\.\d+)"
SCALE = r"(?:hundred|thousand|million|billion|trillion|quadrillion)"
_SHORT_SCALES = {
    "k": "thousand",
    "m": "million",
    "mn": "million",
    "b": "billion",
    "bn": "billion",
    "tn": "trillion",
}

_NAMES = {
    "USD": ("dollar", "dollars", "cent", "cents"), "EUR": ("euro", "euros", "cent", "cents"),
    "GBP": ("pound", "pounds", "penny", "pence"), "JPY": ("yen", "yen", "sen", "sen"),
    "KRW": ("won", "won", "jeon", "jeon"), "INR": ("rupee", "rupees", "paisa", "paise"),
    "RUB": ("ruble", "rubles", "kopeck", "kopecks"), "CHF": ("Swiss franc", "Swiss francs", "centime",
    "centimes"),
    "UAH": ("hryvnia", "hryvnias", "kopiyka", "kopiykas"), "TRY": ("lira", "lira", "kurush", "kurush"),
    "PHP": ("peso", "pesos", "centavo", "centavos"), "CNY": ("yuan", "yuan", "fen", "fen"),
    "ILS": ("shekel", "shekels", "agora", "agorot"), "NGN": ("naira", "naira", "kobo", "kobo"),
    "VND": ("dong", "dong", "xu", "xu"), "THB": ("baht", "baht", "satang", "satang"),
    "PLN": ("zloty", "zlotys", "grosz", "groszy"), "CZK": ("koruna", "korunas", "haler", "halers"),
    "KZT": ("tenge", "tenge", "tiyn", "tiyn"), "BRL": ("real", "reais", "centavo", "centavos"),
    "SEK": ("krona", "kronor", "ore", "ore"), "NOK": ("krone", "kroner", "ore", "ore"),
    "DKK": ("krone", "kroner", "ore", "ore"), "BTC": ("bitcoin", "bitcoins", "satoshi", "satoshis"),
}  # fmt: skip
"""One and several of the currency, one and several of its hundredth."""
_DOLLARS = {"AUD": "Australian", "CAD": "Canadian", "NZD": "New Zealand", "HKD": "Hong Kong",
    "SGD": "Singapore",
            "TWD": "Taiwan", "USD": "US"}  # fmt: skip
_SIGN = rf"(?:{alternatives(CURRENCY_SIGNS)})"
_CODE = rf"(?:{alternatives(CURRENCY_CODES)})"
_SINGULAR_BEFORE = frozenset("bill note coin banknote check cheque ticket fine stamp".split())

_OWN_UNITS = {
    "mbps": ("megabit per second", "megabits per second"), "Mbps": ("megabit per second",
    "megabits per second"),
    "kbps": ("kilobit per second", "kilobits per second"), "Gbps": ("gigabit per second",
    "gigabits per second"),
    "gbps": ("gigabit per second", "gigabits per second"), "rpm": ("revolution per minute",
    "revolutions per minute"),
    "bpm": ("beat per minute", "beats per minute"), "fps": ("frame per second", "frames per second"),
    "sq ft": ("square foot", "square feet"), "sq mi": ("square mile", "square miles"),
    "sq m": ("square meter", "square meters"), "sq km": ("square kilometer", "square kilometers"),
    "lb-ft": ("pound foot", "pound feet"), "lb ft": ("pound foot", "pound feet"),
    "cu ft": ("cubic foot", "cubic feet"), "cc": ("CC", "CC"), "dB": ("decibel", "decibels"),
    "mAh": ("milliampere hour", "milliampere hours"), "Wh": ("watt hour", "watt hours"),
    "MWh": ("megawatt hour", "megawatt hours"), "GWh": ("gigawatt hour", "gigawatt hours"),
    "mph": ("mile per hour", "miles per hour"), "lb": ("pound", "pounds"), "lbs": ("pound", "pounds"),
    "ct": ("carat", "carats"), "t": ("tonne", "tonnes"), "ft": ("foot", "feet"), "in": ("inch", "inches"),
    "°": ("degree", "degrees"), "′": ("minute", "minutes"), "kohm": ("kilohm", "kilohms"), "kΩ": ("kilohm",
    "kilohms"),
    "yds": ("yard", "yards"), "mins": ("minute", "minutes"), "secs": ("second", "seconds"),
    "tsps": ("teaspoon", "teaspoons"), "tbsps": ("tablespoon", "tablespoons"),
    "MΩ": ("megohm", "megohms"), "kV": ("kilovolt", "kilovolts"), "mV": ("millivolt", "millivolts"),
    "kN": ("kilonewton", "kilonewtons"), "THz": ("terahertz", "terahertz"), "TW": ("terawatt", "terawatts"),
    "MJ": ("megajoule", "megajoules"), "kt": ("kiloton", "kilotons"), "Mt": ("megaton", "megatons"),
    "m/s²": ("meter per second squared", "meters per second squared"),
    "m/s2": ("meter per second squared", "meters per second squared"),
    "K": ("kelvin", "kelvins"), "B": ("byte", "bytes"), "°K": ("degree Kelvin", "degrees Kelvin"),
}  # fmt: skip
_STANDING = {"km/h": "kilometers per hour", "m/s": "meters per second", "mi/h": "miles per hour"}
_NEVER_GLUED = frozenset({"s", "d", "A", "K", "B", "N", "J", "L", "t", "st", "in", "au", "pt", "MP", "Da"})
"""Units that, written without a space, are letters: 4s, 3D, 2B, 1st."""
_NEVER = frozenset({"d", "au", "st", "L", "B", "bit"})
_UNIT_KEYS = sorted({*UNITS, *_OWN_UNITS, "m2", "m3", "km2", "cm2", "cm3", "m^2", "m^3", "ft2"} - _NEVER)
_UNIT = (
    rf"(?:{alternatives(_UNIT_KEYS)}|(?i:kg|km|cm|mm|khz|mhz|ghz|hz|mbps|kbps|gbps|mph|rpm|kw|kwh|lbs?|oz)\b)"
)
_PER = {"h": "hour", "hr": "hour", "s": "second", "sec": "second", "min": "minute", "d": "day", "day": "day",
        "wk": "week", "mo": "month", "yr": "year", "year": "year", "month": "month", "week": "week",
        "hour": "hour", "person": "person", "night": "night"}  # fmt: skip


def scaled(number: Number) -> str:
    """A number before a word like million."""
    return decimal(number, with_and=False)


def _currency(written: str) -> tuple[str, str, str, str]:
    code = CURRENCY_SIGNS.get(written) or written.upper()
    known = _NAMES.get(code)
    if code in _DOLLARS and written != "$":
        prefix = _DOLLARS[code]
        return f"{prefix} dollar", f"{prefix} dollars", "cent", "cents"
    if known:
        return known
    return currency_name(code, 1, "en"), currency_name(code, 2, "en"), "cent", "cents"


def _money(match: re.Match[str]) -> str | None:
    number = read_number(match["n"], ".")
    one, many, small_one, small_many = _currency(match["c"])
    scale = match["scale"] or _SHORT_SCALES.get((match["short"] or "").lower(), "")
    following = re.match(r"[ -]([a-z]+)", match.string[match.end() :])
    if following and (following[1] in _SINGULAR_BEFORE or last_word(match) in {"a", "an", "another"}):
        many = one  # a five dollar bill, a three million dollar deal
    per = f" per {_unit(match['per'], 1)}" if match["per"] else ""
    sign = "minus " if match["minus"] else ""
    if match["to"]:
        upper = read_number(match["to"], ".")
        unit = f"{scale} {many}".strip()
        return f"{sign}{scaled(number)} to {scaled(upper)}|{unit}{per}"
    if scale:
        return f"{sign}{scaled(number)}|{scale} {many}{per}"
    if number.cents is None:
        return f"{sign}{decimal(number)}|{many}{per}"
    words = []
    if number.value or not number.cents:
        words.append(f"{cardinal(number.value)}|{one if number.value == 1 else many}")
    if number.cents:
        words.append(f"{cardinal(number.cents)} {small_one if number.cents == 1 else small_many}")
    return sign + " ".join(words) + per


def _unit(written: str, count: float) -> str:
    """A unit's name for a number of it; compound units with "per"."""
    own = _OWN_UNITS.get(written) or _OWN_UNITS.get(written.lower())
    if own:
        return own[count != 1]
    name = unit_id(written)
    if name:
        return unit_name(name, count, "en")
    if written in _PER:
        return _PER[written]
    if "/" in written:
        above, below = written.split("/", 1)
        return f"{_unit(above, count)} per {_unit(below, 1)}"
    return written


def _measure(match: re.Match[str]) -> str | None:
    number = read_number(match["n"], ".")
    unit, glue, per = match["unit"], match["glue"], match["per"]
    if glue != " " and unit in _NEVER_GLUED and not (unit == "s" and number.fraction and not glue):
        return None
    if unit == "A" and re.match(r" [a-z]", match.string[match.end() :]):
        return None  # the article after the number of a paragraph
    if (
        unit == "in"
        and match[0][-1] != "."
        and not re.match(
            r"[.,;)]|$| (?:by|x|×|long|wide|high|tall|deep|thick)\b", match.string[match.end() :]
        )
    ):
        return None
    single = number.is_one or glue == "-"
    name = _unit(unit, 1 if single else 2)
    said = f"{decimal(number)}|{name}"
    if match["scale"]:
        said = f"{scaled(number)}|{match['scale']}|{name}"
    return said + (f" per {_unit(per, 1)}" if per else "")


def _after_fraction(match: re.Match[str]) -> str | None:
    """``1/2 tsp.`` is of one, ``2 1/2 tsp.`` of several."""
    before = match.string[: match.start("said")].rstrip()
    if match["unit"] == "A" or (
        match["unit"] in _NEVER_GLUED and before == match.string[: match.start("said")]
    ):
        return None
    several = re.search(rf"\d \d{{1,2}}/\d{{1,2}}$|\d ?[{''.join(FRACTIONS)}]$", before)
    return _unit(match["unit"], 2 if several else 1)


def _per_unit(match: re.Match[str]) -> str:
    return f"{decimal(read_number(match['n'], '.'))} per {_unit(match['unit'], 1)}"


def _percent(match: re.Match[str]) -> str:
    return f"{decimal(read_number(match['n'], '.'))}|{'percent' if match['sign'] == '%' else 'per mille'}"


def _feet(match: re.Match[str]) -> str:
    feet, inches = int(match["feet"]), match["inches"]
    said = f"{cardinal(feet)} {'foot' if feet == 1 else 'feet'}"
    count = decimal(read_number(inches, "."))
    return f"{said}|{count} {'inch' if inches == '1' else 'inches'}"


def denominator(number: int, numerator: int) -> str:
    """``half``, ``quarters``, ``thirds``."""
    name = {2: "half", 4: "quarter"}.get(number) or ordinal(number, with_and=False)
    return name if numerator == 1 else plural(name)


def _fraction(match: re.Match[str]) -> str | None:
    above, below = int(match["a"]), int(match["b"])
    whole = match["whole"]
    sign = "minus " if match["sign"] else ""
    if not below or len(match["a"]) > 4 or len(match["b"]) > 5:
        return None
    if below == 1:
        said = f"{cardinal(above, with_and=False)} over one"
    else:
        said = f"{cardinal(above, with_and=False)} {denominator(below, above)}"
    if not whole:
        return sign + said
    if above == 1 and below in (2, 4):
        said = f"a {denominator(below, 1)}"
    return f"{sign}{cardinal(int(whole))}|and {said}"


def _fraction_sign(match: re.Match[str]) -> str:
    above, below = FRACTIONS[match["sign"]]
    if not match["whole"]:
        article = "a" if above == 1 and below in (2, 4) else cardinal(above)
        return f"{'one' if article == 'a' else article} {denominator(below, above)}"
    article = "a" if above == 1 and below in (2, 4) else cardinal(above)
    return f"{cardinal(int(match['whole']))} and {article} {denominator(below, above)}"


def _old_money(match: re.Match[str]) -> str:
    def count(text: str, one: str, many: str) -> str:
        return f"{cardinal(int(text))} {one if text == '1' else many}"

    groups = match.groupdict()
    words = [count(groups["l"], "pound", "pounds")] if groups.get("l") else []
    if groups.get("s"):
        words.append(count(groups["s"], "shilling", "shillings"))
    if groups.get("d"):
        words.append(count(groups["d"], "penny", "pence"))
    return "|".join(words)


_MINUS = r"(?P<minus>(?<![\w)])[-−–])?"
_TO = rf"(?:[-–—](?P<to>{NUMBER}))?"
_REST = rf"(?:[ -]?(?P<scale>{SCALE})s?\b|(?P<short>[kKmMbB]n?|tn)\b)?(?:/(?P<per>[a-z]+|kg|km)\b)?"
_SIGNED = "".join(sorted({sign for sign in CURRENCY_SIGNS if len(sign) == 1}))

MONEY: tuple[Rule, ...] = (
    rule("money", r"£ ?(?P<l>\d+) (?P<s>\d{1,2})s\.?(?: (?P<d>\d{1,2})d\.?)?(?!\w)", _old_money),
    rule("money", r"(?<![\w.,£])(?P<s>\d{1,2})s\.? (?P<d>\d{1,2})d\.?(?!\w)", _old_money),
    rule("money", r"(?<![\w.,£'’])(?P<s>\d{1,2})s\.(?= [a-z])", _old_money),
    rule("money", r"(?<![\w.,£])(?P<d>\d{1,2})d\.(?= [a-z])", _old_money),
    rule("money", rf"(?<![\w$]){_MINUS}(?P<c>{_SIGN}) ?(?P<n>{NUMBER}){_TO}(?!\d){_REST}", _money),
    rule("money", rf"(?<=[A-Z] )(?P<minus>)(?P<c>[$]) ?(?P<n>{NUMBER}){_TO}(?!\d){_REST}", _money),
    rule("money", rf"(?<=\d[-–—])(?P<minus>)(?P<c>{_SIGN}) ?(?P<n>{NUMBER}){_TO}(?!\d){_REST}", _money),
    rule("money", rf"(?<![\w])(?P<minus>)(?P<c>{_CODE}) ?(?P<n>{NUMBER})(?P<to>)(?!\d){_REST}", _money),
    rule("money", rf"{NO_WORD_BEFORE}{_MINUS}(?P<n>{NUMBER})(?P<to>)(?: (?P<scale>{SCALE}))?(?P<short>) ?"
         rf"(?P<c>{_CODE}|[{re.escape(_SIGNED)}]|zł|Kč)(?P<per>)(?![\w\d])", _money),
    rule("money", rf"{NO_WORD_BEFORE}(?P<n>\d+) ?[¢￠]",
         lambda m: f"{cardinal(int(m['n']))}|cent{'s' * (m['n'] != '1')}"),
)  # fmt: skip

_AFTER_UNIT = r"(?![\w/^²³])"
MEASURES: tuple[Rule, ...] = (
    rule("measure", rf"(?<![\w.,])(?P<n>{SIGN}{NUMBER}) ?(?P<sign>[%‰])", _percent),
    rule("measure", r"(?<![\w.,])(?P<feet>\d+) ?['’′] ?(?P<inches>\d+(?:\.\d+)?) ?(?:[\"”″]|'')", _feet),
    rule("measure", rf"(?<![\w.,/])(?P<n>{SIGN}{NUMBER})(?: (?P<scale>{SCALE}))?(?P<glue>[ -]?)(?P<unit>{_UNIT})"
         rf"(?:/(?P<per>{alternatives([*_PER, *_UNIT_KEYS])}))?{_AFTER_UNIT}"
         r"(?:(?<=[a-z]{2})\.(?=,? [a-z\d]))?", _measure),
    rule("measure", rf"(?:(?<=\d/\d)|(?<=\d/\d\d)|(?<=[{''.join(FRACTIONS)}]))"
         rf" ?(?P<said>(?P<unit>{_UNIT}){_AFTER_UNIT}"
         r"(?:(?<=[a-z]{2})\.(?=,? [a-z\d]))?)", _after_fraction),
    rule("measure", r"(?<![\w/])(?:km/h|m/s|mi/h)(?![\w/])", lambda m: _STANDING[m[0]]),
    rule("measure", rf"(?<![\w.,])(?P<n>{NUMBER}) ?/ ?(?P<unit>{_UNIT}){_AFTER_UNIT}", _per_unit),
)  # fmt: skip

_NO_SLASH = r"(?![\w/]|[.,]\d)"
MARKED_FRACTIONS: tuple[Rule, ...] = (
    rule("fraction", r"(?<![\w.,/])(?P<a>\d{2,3})/(?P<b>\d{2,3})(?= mm ?Hg)",
         lambda m: f"{cardinal(int(m['a']))} over {cardinal(int(m['b']))}"),
    rule("fraction", r"(?<![\w.,])24/7(?![\w/])", lambda _: "twenty four seven"),
    rule("fraction", r"(?<![\w.,/])9/11(?![\w/])", lambda _: "nine eleven"),
    rule("fraction", rf"(?<![\w.,/])(?P<sign>(?<![\w)])[-−])?(?:(?P<whole>\d+) )?(?P<a>\d+) ?[/⁄] ?(?P<b>\d+)"
         rf"(?:st|nd|rd|th|ST|ND|RD|TH)?s?{_NO_SLASH}", _fraction),
    rule("fraction", rf"(?<![\w.,])(?P<whole>\d+)? ?(?P<sign>[{''.join(FRACTIONS)}])", _fraction_sign),
)  # fmt: skip

__all__ = ["MARKED_FRACTIONS", "MEASURES", "MONEY", "NUMBER", "SCALE", "digits"]
