"""French numbers in words, with the hyphens of the traditional spelling."""

from __future__ import annotations

from functools import lru_cache

from pipeline.script.spoken.numerals import Number, hundreds

_ONES = (
    "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit"
    " dix-neuf"
).split()
_TENS = {20: "vingt", 30: "trente", 40: "quarante", 50: "cinquante", 60: "soixante", 80: "quatre-vingt"}
_SCALES = " mille million milliard billion billiard trillion trilliard quadrillion quadrilliard".split(" ")


@lru_cache(maxsize=4096)
def cardinal(number: int, one: str = "un") -> str:
    """``quatre-vingt-trois``, ``six millions``; ``one`` is the form of a one at the end."""
    if number < 0:
        return "moins " + cardinal(-number, one)
    groups = hundreds(number)
    if not groups:
        return "zéro"
    if len(groups) > len(_SCALES):
        return digits(str(number))
    words = []
    for scale in range(len(groups) - 1, -1, -1):
        group = groups[scale]
        if not group:
            continue
        if scale == 0:
            words.append(_below_thousand(group, one, True))
        elif scale == 1:
            words += ["mille"] if group == 1 else [_below_thousand(group, "un", False), "mille"]
        else:
            words += [_below_thousand(group, "un", True), _SCALES[scale] + ("s" if group > 1 else "")]
    return " ".join(words)


def _below_thousand(number: int, one: str, last: bool) -> str:
    """``last``: cents and quatre-vingts take their s, as before million but not before mille."""
    count, rest = divmod(number, 100)
    words = []
    if count:
        if count > 1:
            words.append(_ONES[count])
        words.append("cents" if count > 1 and not rest and last else "cent")
    if rest == 80:
        words.append("quatre-vingts" if last else "quatre-vingt")
    elif rest:
        words.append(_below_hundred(rest, one))
    return " ".join(words)


def _below_hundred(number: int, one: str) -> str:
    if number < 20:
        return one if number == 1 else _ONES[number]
    tens = number // 20 * 20 if number >= 60 else number // 10 * 10
    rest = number - tens
    if not rest:
        return _TENS[tens]
    if rest in (1, 11) and tens != 80:
        return f"{_TENS[tens]} et {one if rest == 1 else 'onze'}"
    return f"{_TENS[tens]}-{one if rest == 1 else _ONES[rest]}"


def ordinal(number: int, feminine: bool = False) -> str:
    """``premier``, ``vingt et unième``."""
    if number == 1:
        return "première" if feminine else "premier"
    said = cardinal(number)
    if said.endswith(("cents", "vingts", "ions", "iards")):
        said = said[:-1]
    if said.startswith("un ") and said.count(" ") == 1:
        said = said[3:]
    if said.endswith("e"):
        said = said[:-1]
    elif said.endswith("cinq"):
        said += "u"
    elif said.endswith("neuf"):
        said = said[:-1] + "v"
    return said + "ième"


def denominator(number: int, numerator: int) -> str:
    """``tiers``, ``quarts``, ``septième``."""
    name = {2: "demi", 3: "tiers", 4: "quart"}.get(number) or ordinal(number)
    return name if numerator == 1 or name.endswith("s") else name + "s"


def digits(text: str) -> str:
    """Digit by digit."""
    return " ".join(_ONES[int(digit)] for digit in text if digit.isdecimal())


def said_number(number: Number, one: str = "un") -> str:
    """Up to three decimals are read as a number, their zeros first: ``trois virgule zéro cinq``."""
    if number.fraction:
        zeros = len(number.fraction) - len(number.fraction.lstrip("0"))
        rest = number.fraction[zeros:]
        tail = (cardinal(int(rest)) if len(rest) <= 3 else digits(rest)) if rest else ""
        said = f"{cardinal(number.value)} virgule {'zéro ' * zeros}{tail}".strip()
    else:
        said = cardinal(number.value, one)
    return ("moins " if number.negative else "") + said


def counted(number: Number, gender: str) -> str:
    """Before a noun: ``une heure``."""
    return said_number(number, "une" if gender == "f" else "un")
