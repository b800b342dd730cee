"""Chinese numerals: whole numbers, decimals, digit by digit, and 两 for 二.

Reading after GB/T 15835 (numerals in publications) and Chao, A Grammar of Spoken Chinese (1968, 7.1).
"""

from __future__ import annotations

from functools import lru_cache

DIGITS = "零一二三四五六七八九"
LARGEST = 10**16
"""Numbers from here on are read by the digit."""

_SCALES = ("", "万", "亿", "万亿")


def cardinal(number: int, liang: bool = True) -> str:
    """A whole number: 一百零五, 两千, 一亿零十万.

    ``liang``: thousands, and a group of two before 万 or 亿, take 两 (两千, 两万), as they are said; a two in the
    tens, hundreds and ones is always 二.
    """
    if not 0 <= number < LARGEST:
        raise ValueError(f"{number} has no name; read it by the digit.")
    if number == 0:
        return "零"
    groups = []
    rest = number
    while rest:
        rest, group = divmod(rest, 10_000)
        groups.append(group)
    said = ""
    gap = False
    for place in range(len(groups) - 1, -1, -1):
        group = groups[place]
        if group == 0:
            gap = bool(said)
            continue
        if said and (gap or group < 1000):
            said += "零"
        gap = False
        if group == 2 and place and liang:
            said += "两"
        else:
            said += _group(group, bare_ten=place > 0 or not said, liang=liang)
        said += _SCALES[place] if not (place == 3 and groups[2]) else "万"
    return said


def _group(group: int, bare_ten: bool, liang: bool) -> str:
    """Up to four digits; ``bare_ten``: ten to nineteen begin with 十 instead of 一十."""
    if 10 <= group < 20 and bare_ten:
        return "十" + (DIGITS[group % 10] if group % 10 else "")
    said, gap = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = group // unit % 10
        if not digit:
            gap = bool(said)
            continue
        if gap:
            said += "零"
            gap = False
        said += ("两" if digit == 2 and unit == 1000 and liang else DIGITS[digit]) + name
    return said


def spelled(digits: str, telephone: bool = False) -> str:
    """Digit by digit; ``telephone``: 幺 for one, as in numbers that are called out."""
    said = "".join(DIGITS[int(digit)] for digit in digits if digit.isdecimal())
    return said.replace("一", "幺") if telephone else said


def decimal(whole: int, places: str) -> str:
    """三点一四."""
    return f"{cardinal(whole)}点{spelled(places)}"


_TRADITIONAL = str.maketrans(
    "万亿两点负后个号时间页阳华氏摄贝数码线电话艾刻钟欧镑韩卢币港为过园乘于处经约减圆银块顿",
    "萬億兩點負後個號時間頁陽華氏攝貝數碼線電話艾刻鐘歐鎊韓盧幣港為過園乘於處經約減圓銀塊頓",
)
_ONLY_TRADITIONAL = frozenset(
    "個們這說來時國會學對發經長東車馬門問間見點無與過還進開關頭書樣現實體當買賣裡裏話語讀寫聽"
    "電溫後號萬億兩負為從給請認識讓應該變動場師愛樂錢銀鐵飛機風雲雞魚龍鳥麼嗎幾歲葉華灣臺"
)


@lru_cache(maxsize=256)
def is_traditional(text: str) -> bool:
    """Whether a text holds characters that only traditional spelling has."""
    return not _ONLY_TRADITIONAL.isdisjoint(text)


def in_spelling_of(text: str, said: str) -> str:
    """What is said, in the spelling of the sentence."""
    return said.translate(_TRADITIONAL) if is_traditional(text) else said
