"""English numbers in words: cardinals, ordinals, years, digits, decimals.

British "and" before the tens of the last group, no hyphens: ``one hundred and twenty three``.
"""

from __future__ import annotations

from functools import lru_cache

from pipeline.script.spoken.numerals import Number, hundreds

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
    " seventeen eighteen nineteen"
).split()
_TENS = " ten twenty thirty forty fifty sixty seventy eighty ninety".split(" ")
_SCALES = (
    " thousand million billion trillion quadrillion quintillion sextillion septillion octillion nonillion"
    " decillion undecillion"
).split(" ")
_ORDINALS = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth",
    "twelve": "twelfth",
}  # fmt: skip


@lru_cache(maxsize=4096)
def cardinal(number: int, with_and: bool = True) -> str:
    """``one thousand two hundred and thirty four``; beyond 10^39 its digits."""
    if number < 0:
        return "minus " + cardinal(-number, with_and)
    groups = hundreds(number)
    if not groups:
        return "zero"
    if len(groups) > len(_SCALES):
        return digits(str(number))
    words = []
    for scale in range(len(groups) - 1, -1, -1):
        if not groups[scale]:
            continue
        last = with_and and scale == 0
        if last and groups[0] < 100 and len(groups) == 2:
            words.append("and")  # one thousand and one
        words.append(_below_thousand(groups[scale], last))
        if scale:
            words.append(_SCALES[scale])
    return " ".join(words)


def _below_thousand(number: int, with_and: bool) -> str:
    words = []
    if number >= 100:
        words += [_ONES[number // 100], "hundred"]
        number %= 100
        if number and with_and:
            words.append("and")
    if number:
        words.append(tens(number))
    return " ".join(words)


def tens(number: int) -> str:
    """0 to 99."""
    if number < 20:
        return _ONES[number]
    return " ".join(filter(None, (_TENS[number // 10], _ONES[number % 10] if number % 10 else "")))


def ordinal(number: int, with_and: bool = True) -> str:
    """``twenty third``."""
    words = cardinal(number, with_and).split(" ")
    last = words[-1]
    words[-1] = _ORDINALS.get(last) or (last[:-1] + "ieth" if last.endswith("y") else last + "th")
    return " ".join(words)


def plural(word: str) -> str:
    """Of a word for a number: ``sixties``, ``thirds``, ``halves``."""
    if word.endswith("half"):
        return word[:-1] + "ves"
    if word.endswith("six"):
        return word + "es"
    return word[:-1] + "ies" if word.endswith("y") else word + "s"


def year(number: int) -> str:
    """``nineteen eighty four``, ``two thousand five``, ``twenty twelve``."""
    century, rest = divmod(number, 100)
    if not 11 <= century <= 99 or century % 10 == 0:
        if number > 1000 and century % 10 == 0 and rest > 9 and century < 100:
            return f"{tens(century)} {tens(rest)}"
        return cardinal(number, with_and=False)
    if not rest:
        return f"{tens(century)} hundred"
    return f"{tens(century)} " + (f"oh {_ONES[rest]}" if rest < 10 else tens(rest))


def pairs(number: str) -> str:
    """As a house number is said: ``fourteen twenty eight``, ``seven zero eight``."""
    if len(number) == 4 and number[0] != "0":
        return year(int(number)) if number[1:3] != "00" else cardinal(int(number))
    return tens(int(number)) if len(number) <= 2 and number[0] != "0" else digits(number)


def digits(text: str) -> str:
    """Digit by digit."""
    return " ".join(_ONES[int(digit)] for digit in text if digit.isdecimal())


def decimal(number: Number, with_and: bool = True) -> str:
    """``minus three point one four``."""
    whole = cardinal(number.value, with_and) if number.whole else ""
    said = f"{whole} point {digits(number.fraction)}" if number.fraction else whole
    return ("minus " if number.negative else "") + said.strip()
