"""German numbers in words.

Their parts stand apart (``drei und zwanzig``): that keeps a long number pronounceable for every engine.
"""

from __future__ import annotations

from functools import lru_cache

from pipeline.script.spoken.numerals import Number, hundreds

_ONES = (
    "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn"
    " achtzehn neunzehn"
).split()
_TENS = " zehn zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig".split(" ")
_SCALES = (
    " Million Milliarde Billion Billiarde Trillion Trilliarde Quadrillion Quadrilliarde Quintillion".split(
        " "
    )
)
_STEMS = {
    "null": "nullt", "eins": "erst", "drei": "dritt", "sieben": "siebt", "acht": "acht", "Million": "millionst",
    "Millionen": "millionst", "Milliarde": "milliardst", "Milliarden": "milliardst",
}  # fmt: skip


@lru_cache(maxsize=4096)
def cardinal(number: int, one: str = "eins") -> str:
    """``ein tausend zwei hundert vier und dreißig``; ``one`` is the form of a one at the end."""
    if number < 0:
        return "minus " + cardinal(-number, one)
    groups = hundreds(number)
    if not groups:
        return "null"
    if len(groups) > len(_SCALES) + 1:
        return digits(str(number))
    words = []
    for scale in range(len(groups) - 1, 1, -1):
        if groups[scale]:
            name = _SCALES[scale - 1]
            plural = name + ("n" if name.endswith("e") else "en")
            words.append(
                f"eine {name}" if groups[scale] == 1 else f"{_below_thousand(groups[scale], 'eine')} {plural}"
            )
    if len(groups) > 1 and groups[1]:
        words.append(f"{_below_thousand(groups[1], 'ein')} tausend")
    if groups[0]:
        words.append(_below_thousand(groups[0], one))
    return " ".join(words)


def _below_thousand(number: int, one: str) -> str:
    words = []
    if number >= 100:
        words.append(f"{'ein' if number // 100 == 1 else _ONES[number // 100]} hundert")
        number %= 100
    if number == 1:
        words.append(one)
    elif number and number < 20:
        words.append(_ONES[number])
    elif number:
        tens, ones = divmod(number, 10)
        first = {0: "", 1: "ein und "}.get(ones, f"{_ONES[ones]} und ")
        words.append(first + _TENS[tens])
    return " ".join(words)


def ordinal(number: int) -> str:
    """The stem, to which an ending is added: ``dritt``, ``zwanzigst``."""
    words = cardinal(number).split(" ")
    last = words[-1]
    if last in _STEMS:
        words[-1] = _STEMS[last]
        if last in {"Million", "Milliarde"} and words[:-1] == ["eine"]:
            words = words[-1:]
    else:
        small = last in _ONES
        words[-1] = last.lower() + ("t" if small else "st")
    return " ".join(words)


_WITH_EN = frozenset(
    "am dem den des vom zum beim im ins bis ab seit zur einer eines einem dieser diesem diesen ihrem seinem".split()
)
_WITH_E = frozenset(
    "der die das diese dieses jede jedes welche ein' unsere ihre seine meine deine eine".split()
)


WITH_ARTICLE = _WITH_EN | _WITH_E
"""Words after which the ending is not that of the noun alone."""


def inflected(stem: str, before: str) -> str:
    """The ordinal after the word ``before``: ``am dritten``, ``der dritte``, ``dritter``."""
    if before in _WITH_EN:
        return stem + "en"
    return stem + ("e" if before in _WITH_E else "er")


def denominator(number: int) -> str:
    """``drittel``, ``zwanzigstel``, ``halbe``."""
    return "halbe" if number == 2 else ordinal(number) + "el"


def year(number: int) -> str:
    """``neunzehn hundert vier und achtzig``, ``zwei tausend drei``."""
    century, rest = divmod(number, 100)
    if not 11 <= century <= 19:
        return cardinal(number)
    return f"{_ONES[century]} hundert" + (f" {cardinal(rest)}" if rest else "")


def digits(text: str) -> str:
    """Digit by digit."""
    return " ".join(_ONES[int(digit)] for digit in text if digit.isdecimal())


def said_number(number: Number, one: str = "eins") -> str:
    """``minus drei komma eins vier``."""
    if number.fraction:
        said = f"{cardinal(number.value)} komma {digits(number.fraction)}"
    else:
        said = cardinal(number.value, one)
    return ("minus " if number.negative else "") + said


def counted(number: Number, gender: str) -> str:
    """Before a noun: ``ein Meter``, ``eine Stunde``, ``eine Million``."""
    one = {"m": "ein", "n": "ein", "f": "eine", "scale": "eine", "percent": "ein"}.get(gender, "eins")
    return said_number(number, one)
