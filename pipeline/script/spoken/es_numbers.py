"""Spanish numbers in words, with their genders."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from pipeline.script.spoken.numerals import Number

_ONES = (
    "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis diecisiete"
    " dieciocho diecinueve veinte veintiuno veintidós veintitrés veinticuatro veinticinco veintiséis veintisiete"
    " veintiocho veintinueve"
).split()
_TENS = "   treinta cuarenta cincuenta sesenta setenta ochenta noventa".split(" ")
_HUNDREDS = (
    " ciento doscientos trescientos cuatrocientos quinientos seiscientos setecientos ochocientos novecientos"
).split(" ")
_SCALES = " millón billón trillón cuatrillón quintillón".split(" ")
_ORDINAL_ONES = " primero segundo tercero cuarto quinto sexto séptimo octavo noveno".split(" ")
_ORDINAL_TENS = (
    " décimo vigésimo trigésimo cuadragésimo quincuagésimo sexagésimo septuagésimo octogésimo nonagésimo"
).split(" ")
_ORDINAL_HUNDREDS = (
    " centésimo ducentésimo tricentésimo cuadringentésimo quingentésimo sexcentésimo septingentésimo octingentésimo"
    " noningentésimo"
).split(" ")


@lru_cache(maxsize=8192)
def cardinal(number: int, gender: str = "") -> str:
    """``mil ciento once``. ``gender`` is that of the noun after it: ``m`` (un), ``f`` (una), else alone (uno)."""
    if number < 0:
        return "menos " + cardinal(-number, gender)
    if number == 0:
        return "cero"
    groups = []
    rest = number
    while rest:
        rest, group = divmod(rest, 1_000_000)
        groups.append(group)
    if len(groups) > len(_SCALES):
        return digits(str(number))
    words = []
    for scale in range(len(groups) - 1, -1, -1):
        group = groups[scale]
        if not group:
            continue
        if scale:
            name = _SCALES[scale]
            words.append(f"{_below_million(group, 'm')} {name if group == 1 else name.replace('ón', 'ones')}")
        else:
            words.append(_below_million(group, gender))
    return " ".join(words)


def _below_million(number: int, gender: str) -> str:
    thousands, rest = divmod(number, 1000)
    words = []
    if thousands:
        words.append(
            "mil" if thousands == 1 else f"{_below_thousand(thousands, 'f' if gender == 'f' else 'm')} mil"
        )
    if rest:
        words.append(_below_thousand(rest, gender))
    return " ".join(words)


def _below_thousand(number: int, gender: str) -> str:
    count, rest = divmod(number, 100)
    if number == 100:
        return "cien"
    words = []
    if count:
        words.append(
            _HUNDREDS[count].replace("tos", "tas") if gender == "f" and count > 1 else _HUNDREDS[count]
        )
    if rest:
        words.append(_below_hundred(rest, gender))
    return " ".join(words)


def _below_hundred(number: int, gender: str) -> str:
    if number < 30:
        said = _ONES[number]
    else:
        tens, ones = divmod(number, 10)
        said = _TENS[tens] + (f" y {_ONES[ones]}" if ones else "")
    if not said.endswith("uno") or not gender:
        return said
    if gender == "f":
        return said[:-1] + "a"
    return "veintiún" if number == 21 else said[:-1]


def ordinal(number: int, ending: str = "o") -> str:
    """``vigesimoprimero``, ``centésima trigésima cuarta``; ``ending`` is ``o``, ``a``, ``er`` (before a noun)."""
    if number == 1_000_000:
        return "millonésim" + ("a" if ending == "a" else "o")
    if not 0 < number < 1_000_000:
        return cardinal(number)
    thousands, rest = divmod(number, 1000)
    words = []
    if thousands:
        words.append("milésimo" if thousands == 1 else _plain(cardinal(thousands, "m")) + "milésimo")
    hundreds, rest = divmod(rest, 100)
    if hundreds:
        words.append(_ORDINAL_HUNDREDS[hundreds])
    tens, ones = divmod(rest, 10)
    if rest == 11:
        words.append("undécimo")
    elif rest == 12:
        words.append("duodécimo")
    elif tens in (1, 2) and ones:
        words.append((_plain_accent(_ORDINAL_TENS[tens]) + _ORDINAL_ONES[ones]).replace("oo", "o"))
    else:
        words += [word for word in (_ORDINAL_TENS[tens], _ORDINAL_ONES[ones]) if word]
    if ending == "a":
        return " ".join(word[:-1] + "a" for word in words)
    if ending == "er" and words[-1].endswith(("primero", "tercero")):
        words[-1] = words[-1][:-1]
    return " ".join(words)


def _plain(text: str) -> str:
    """One word without accents: ``veintidosmilésimo``."""
    return _plain_accent(text).replace(" ", "")


def _plain_accent(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", text) if c != "\u0301").replace("n\u0303", "ñ")


def fraction(above: int, below: int, gender: str = "m") -> str:
    """``dos quintos``, ``un doceavo``, ``uno sobre doscientos uno``."""
    name = _denominator(below)
    if not name:
        return f"{cardinal(above)} sobre {cardinal(below)}"
    return f"{cardinal(above, gender)} {name}{'s' if above != 1 else ''}"


def _denominator(number: int) -> str:
    if number in (2, 3):
        return "medio" if number == 2 else "tercio"
    if 4 <= number <= 10:
        return ordinal(number)
    if 11 <= number <= 99:
        stem = _plain(cardinal(number).replace(" y ", "i"))
        if stem.endswith("uno"):
            stem = stem[:-3] + "un"
        return stem.removesuffix("a") + "avo"
    if number < 1000 and number % 100 == 0:
        return _ORDINAL_HUNDREDS[number // 100]
    if number < 1_000_000 and number % 1000 == 0 and number:
        return ordinal(number)
    return "millonésimo" if number == 1_000_000 else ""


def digits(text: str) -> str:
    """Digit by digit."""
    return " ".join(_ONES[int(digit)] for digit in text if digit.isdecimal())


def said_number(number: Number, gender: str = "") -> str:
    """Decimals two by two, a zero on its own: ``coma treinta y tres treinta dos``."""
    said = cardinal(number.value, gender if gender == "f" or not number.fraction else "")
    if number.fraction:
        pairs = [number.fraction[place : place + 2] for place in range(0, len(number.fraction), 2)]
        tail = []
        for index, pair in enumerate(pairs):
            own = gender if index + 1 == len(pairs) else ""
            if len(pair) == 2 and pair[0] == "0":
                tail.append("cero " + cardinal(int(pair[1]), own))
            else:
                tail.append(cardinal(int(pair), own))
        said += " coma " + " ".join(tail)
    return ("menos " if number.negative else "") + said


def counted(number: Number, gender: str) -> str:
    """Before a noun."""
    return said_number(number, {"scale": "m", "percent": ""}.get(gender, gender))
