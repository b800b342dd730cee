"""Chinese: numbers read by what they are, as cardinals, digit by digit, or with 两.

What is said is written in the spelling of the sentence, simplified or traditional.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from pipeline.script.spoken.chinese_numerals import LARGEST, cardinal, decimal, in_spelling_of, spelled
from pipeline.script.spoken.chinese_terms import (
    ACRONYMS,
    AFTER_YEARS,
    CALLED_OUT,
    COUNTED_BY_TWO,
    CURRENCIES,
    MODELS,
    MONEY_CODES,
    UNITS,
)
from pipeline.script.spoken.electronic import Signs, electronic_rules
from pipeline.script.spoken.roman import value_of
from pipeline.script.spoken.rule import Language, Rule, alternatives, replaced, rule

_BEGIN = r"(?<![\d.,/:：A-Za-z])"
_WHOLE = r"(?:\d{1,3}(?:,\d{3}){1,4}(?!\d)|\d+)"
_NUMBER = rf"(?:{_WHOLE}(?:\.\d+)?)"
_SIGN = r"(?:(?<![A-Za-z\d)）])[-−–+±])?"
_TO = r"[-–—~～－]{1,2}"
_SIGNS = {"-": "负", "−": "负", "–": "负", "+": "正", "±": "正负", "": ""}


def _plain(text: str) -> str:
    return "".join(str(int(c)) if c.isdecimal() else c for c in text)


def number(written: str) -> str:
    """A number with or without decimals, as a quantity."""
    head, _, places = _plain(written).replace(",", "").partition(".")
    if int(head) >= LARGEST or (len(head) > 2 and head[0] == "0"):
        said = spelled(head)
        return f"{said}点{spelled(places)}" if places else said
    return decimal(int(head), places) if places else cardinal(int(head))


def _said(say: Callable[[re.Match[str]], str | None]) -> Callable[[re.Match[str]], str | None]:
    """In the spelling of the sentence."""

    def spell(match: re.Match[str]) -> str | None:
        said = say(match)
        return None if said is None else in_spelling_of(match.string, said)

    return spell


_REACH = 40


def _around(text: str, start: int, end: int) -> tuple[str, str]:
    """What stands before and after a place, as far as it matters."""
    return text[max(0, start - _REACH) : start], text[end : end + _REACH]


def _two(written: str, after: str) -> str:
    """A quantity before what follows: 两 for a bare two before a measure word."""
    if _plain(written) == "2" and COUNTED_BY_TWO.match(after):
        return "两"
    return number(written)


# -- dates and times -------------------------------------------------------------------------------------


def _date(match: re.Match[str]) -> str | None:
    year, month, day = match["year"], int(match["month"]), int(match["day"])
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    if match["mark"] == "." and len(year) < 4 and len(match.string) > len(match[0]):
        return None  # 4.2.3 within a text is a version
    return f"{spelled(_plain(year))}年{cardinal(month)}月{cardinal(day)}日"


def _era(match: re.Match[str]) -> str:
    """2934ad, 1823年3月bc."""
    era = "公元" if match["era"].lower().startswith("a") else "公元前"
    rest = f"年{cardinal(int(match['month']))}月" if match["month"] else "年"
    return f"{era}{spelled(_plain(match['year']))}{rest}"


def _year(match: re.Match[str]) -> str | None:
    """A number before 年: digit by digit when it names a year, as a quantity when it counts years."""
    text, end = match.string, match.end("said")
    year = _plain(match["said"])
    before, after = _around(text, match.start(), end + 1)
    named = before.endswith(("公元", "公元前", "纪元", "西元", "前", "紀元")) or re.match(r"\d{1,2}月", after)
    if len(year) >= 5 or (len(year) < 4 and after.startswith("代")):
        return None
    if not named:
        if AFTER_YEARS.match(after) and (len(year) < 4 or year.endswith("00")):
            return None
        if len(year) == 4 and not 1000 <= int(year) <= 2999:
            return None
        if len(year) == 4 and int(year) >= 2200 and before:
            return None
        if len(year) == 3 and (year.endswith("0") or not after.startswith(("，", ",", "、"))):
            return None
        if len(year) == 1 or (len(year) == 2 and before + after and not _is_short_year(before, year, after)):
            return None
    return spelled(year)


def _is_short_year(before: str, year: str, after: str) -> bool:
    """Whether two digits before 年 are a year: 98年我十岁, but not 过了30年, 50年后."""
    return year[0] == "0" or (not before and year >= "50" and after[:1] not in ("", "，", "。", "的"))


def _years(match: re.Match[str]) -> str | None:
    """1937-1945年, （1881—1936）."""
    first, last = int(match["a"]), int(match["b"])
    bare = not match["noun"]
    if not 1000 <= first <= 2100 or not (first < last <= 2200):
        return None
    if bare and not _around(match.string, match.start(), 0)[0].rstrip().endswith(("(", "（", ",", "，")):
        return None
    return f"{spelled(_plain(match['a']))}到{spelled(_plain(match['b']))}"


def _verse(match: re.Match[str]) -> str:
    """约翰福音3:16."""
    chapter, verse = cardinal(int(match["c"]), liang=False), cardinal(int(match["v"]), liang=False)
    last = f"至{cardinal(int(match['e']), liang=False)}" if match["e"] else ""
    return f"{chapter}章{verse}{last}节"


def _clock(match: re.Match[str]) -> str | None:
    hour, minute = int(match["hour"]), int(match["minute"])
    second = match["second"]
    if hour > 24 or minute > 59 or (second and int(second) > 59):
        return None
    said = ("两" if hour == 2 else cardinal(hour)) + "点"
    if minute or second:
        said += cardinal(minute, liang=False) + "分"
    if second:
        said += cardinal(int(second), liang=False) + "秒"
    return said + (match["half"] or "")


# -- amounts ----------------------------------------------------------------------------------------------


def _percent(match: re.Match[str]) -> str:
    of = "百分之" if match["sign"] in "%％" else "千分之"
    said = ""
    if match["a"]:
        said = of + _hundred(match["a"]) + "到"
        if "%" not in match["between"] and "％" not in match["between"] and "‰" not in match["between"]:
            return said + _hundred(match["b"])
    return said + _SIGNS[match["minus"]] + of + _hundred(match["b"])


def _hundred(written: str) -> str:
    return "百" if _plain(written) == "100" else number(written)


def _fraction(match: re.Match[str]) -> str | None:
    above, below = int(match["above"]), int(match["below"])
    if below < 2 or (len(match["below"]) > 1 and match["below"][0] == "0"):
        return None
    said = f"{cardinal(below)}分之{cardinal(above, liang=False)}"
    if match["whole"]:
        said = f"{cardinal(int(match['whole']))}又{said}"
    return _SIGNS[match["minus"]] + said


def _money(match: re.Match[str]) -> str:
    currency = CURRENCIES.get(match["unit"]) or MONEY_CODES[match["unit"]]
    scale = match["scale"]
    said = _two(match["number"], scale or currency)
    return f"{said}{scale}{currency}"


def _money_range(match: re.Match[str]) -> str:
    currency = CURRENCIES.get(match["unit"]) or MONEY_CODES[match["unit"]]
    return f"{number(match['a'])}到{number(match['b'])}{match['scale']}{currency}"


def _measure(match: re.Match[str]) -> str | None:
    unit = UNITS[match["unit"]]
    said = _SIGNS[match["minus"]]
    if match["a"]:
        said += number(match["a"]) + "到" + (_SIGNS["-"] if match["minus_b"] else "")
    return f"{said}{_two(match['b'], unit)}{unit}"


def _range(match: re.Match[str]) -> str | None:
    """3-5天: from three to five; a pair of digits without what it counts is left to the others."""
    first, last = match["a"], match["b"]
    _, after = _around(match.string, match.start(), match.end())
    if not re.match(r" ?[\u4e00-\u9fff%]", after):
        return None
    if len(_plain(first)) > 4 and _TO == "-":
        return None
    said_first = (
        "一" if _plain(first) == "1" else _two(first, after) if match["dash"] != "" else number(first)
    )
    return f"{said_first}到{_two(last, after)}"


def _score(match: re.Match[str]) -> str:
    return f"{cardinal(int(match['a']), False)}比{cardinal(int(match['b']), False)}"


# -- numbers that are no amounts --------------------------------------------------------------------------


def _telephone(match: re.Match[str]) -> str:
    said = spelled(_plain(match["said"]), telephone=True)
    return ("加" if match["said"].startswith("+") else "") + said


def _version(match: re.Match[str]) -> str:
    return "点".join(
        spelled(part) if len(part) > 1 and part[0] == "0" else cardinal(int(part))
        for part in (match["said"] if "said" in match.re.groupindex else match[0]).split(".")
    )


def _by_digit(match: re.Match[str]) -> str:
    return spelled(_plain(match["said"]))


def _roman(letters: str) -> str | None:
    value = value_of(letters)
    return None if value is None else cardinal(value)


def _quantity(match: re.Match[str]) -> str:
    text, written = match.string, match["number"]
    before, after = _around(text, match.start(), match.end())
    if before.endswith(("第", "零", "〇")):
        return number(written)
    sign = _SIGNS[match["sign"]]
    if before.endswith(("点", "點", "分")) and after[:1] in ("分", "秒"):
        return sign + number(written)
    return sign + _two(written, after)


def _acronym(match: re.Match[str]) -> str | None:
    """gpu, c e o: in capitals, so that they are spelled."""
    letters = match[0].replace(" ", "").upper()
    return letters if letters in ACRONYMS else None


_UNIT = alternatives(UNITS)
_MONEY = alternatives(CURRENCIES)
_CODE = alternatives(MONEY_CODES)

_ADDRESS_SIGNS = {
    ".": "点", "@": "艾特", "/": "斜杠", "-": "杠", "_": "下划线", ":": "冒号", "#": "井号", "?": "问号", "=": "等于",
    "&": "和", "%": "百分号", "+": "加", "~": "波浪号",
}  # fmt: skip


def _address_letters(letters: str) -> str:
    return letters if len(letters) > 3 else " ".join(letters)


_RAW: tuple[Rule, ...] = (
    # -- dates and times
    rule(
        "date",
        rf"{_BEGIN}(?P<year>\d{{4}}|\d\d)(?P<mark>[-/.·])(?P<month>\d{{1,2}})(?P=mark)(?P<day>\d{{1,2}})(?![\d/.·-]*\d)",
        _date,
    ),
    rule(
        "date",
        r"(?<!\d)(?P<year>\d{1,4})(?:年(?P<month>\d{1,2})月| ?)(?P<era>a\.?d\.?|b\.?c\.?)(?![A-Za-z])",
        _era,
        re.IGNORECASE,
    ),
    rule("date", rf"{_BEGIN}(?P<a>\d{{4}})年?{_TO}(?P<b>\d{{4}})(?!\d|[-.,]\d)(?=(?P<noun>年)?)", _years),
    rule("date", r"(?<=《)(?P<said>[12]\d{3})(?=》)", _by_digit),
    rule("date", r"(?<![\d.,])(?P<said>\d{1,4})(?=年(?![级級]))", _year),
    rule("date", r"(?<![\d.,])(?P<said>\d[05]|\d0)(?=后(?:[，。的人]|$|青年|女|男|一代))", _by_digit),
    rule(
        "date",
        r"(?<!\d)(?P<said>\d{1,2}[·•.]\d{1,2})(?=事件|运动|運動|地震|惨案|大地震)",
        lambda m: spelled(m["said"], len(m["said"]) == 4 and m["said"][0] == "9"),
    ),
    rule(
        "date",
        r"(?:[于於自从從至]|截至)(?P<said>(?:1[0-9]|20)\d\d)(?![\d.,:-]|[\u4e00-\u9fff]*?[元人个])",
        _by_digit,
    ),
    rule(
        "verse",
        r"(?:福音|创世记|創世記|出埃及记|出埃及記|诗篇|詩篇|箴言|启示录|啟示錄|使徒行传|使徒行傳"
        r"|罗马书|羅馬書|以赛亚书|[前后後]书|[前後]書) ?"
        r"(?P<said>(?P<c>\d{1,3})[:：](?P<v>\d{1,3})(?:[-–—~～至到](?P<e>\d{1,3}))?)(?![\d:：])",
        _verse,
    ),
    rule(
        "time",
        r"(?<![\d./:])(?<!\d,)(?P<hour>\d{1,2})[:：](?P<minute>\d\d)(?:[:：](?P<second>\d\d))?(?P<half> ?"
        r"(?:[ap]\.?m\.?)(?![A-Za-z]))?"
        r"(?![\d:：]|[.,]\d)",
        _clock,
        re.IGNORECASE,
    ),
    rule(
        "score",
        r"(?<![\d.,/:：])(?P<a>1)[:：](?P<b>\d{3,7})(?![\d:：]|[.,]\d)",
        lambda m: f"{cardinal(int(m['a']))}比{cardinal(int(m['b']))}",
    ),  # of a map
    replaced("time", r"(?<=\d\d)[-–—~～](?=\d{1,2}[:：]\d\d)", "到"),
    rule("date", r"(?:(?<=\d日)|(?<=\d月)|(?<=\d号)|(?<=\d年))[-–—~～](?=\d)", lambda m: "到"),
    rule("time", r"(?<=\d秒)(?P<said>\d\d)(?![\d.,\u4e00-\u9fff]*[\d秒])", _by_digit),
    # -- numbers that are called out
    rule("telephone", r"(?<![\d.,])(?P<said>1[3-9]\d{9})(?![\d.,]*\d)", _telephone),
    rule("telephone", r"(?<![\d.,])(?P<said>(?:\+86[- ]?)?1[3-9]\d[- ]\d{4}[- ]\d{4})(?!\d)", _telephone),
    rule(
        "telephone",
        r"(?<![\d.,])(?P<said>(?:[(（]?0\d{2,3}[)）]?[- ]?|\+\d{1,3}[- ])\d{7,8})(?![\d.,]*\d)",
        _telephone,
    ),
    rule("telephone", r"(?<![\d.,])(?P<said>[48]00[- ]\d{3,4}[- ]\d{3,4})(?!\d)", _telephone),
    rule(
        "telephone",
        rf"(?:{CALLED_OUT})(?:号码|號碼|号|號)?[是为為：: ]{{0,2}}(?P<said>\d[\d-]{{1,20}}\d)"
        rf"(?![\d.,]*\d|[\u4e00-\u9fff]?[位个個])",
        _telephone,
    ),
    rule("digits", r"(?:波音|空客)(?P<said>\d{3})(?!\d)", _by_digit),
    rule("digits", r"(?<![\d.,])(?P<said>0\d{2,})(?![\d.,]*\d)", _by_digit),
    rule("digits", r"(?<![\d.,])\d+(?:\.\d+){2,}(?!\.?\d)", _version),
    rule("digits", r"第 ?(?P<said>\d+\.\d+)(?= ?[节節章])", _version),
    # -- amounts
    rule(
        "percent",
        rf"(?:{_BEGIN}(?P<a>{_NUMBER})(?P<between>[%％‰]?{_TO}))?(?P<minus>{_SIGN})(?<![\d.])(?P<b>{_NUMBER})(?P<sign>[%％‰])",
        _percent,
    ),
    rule(
        "money",
        rf"(?P<unit>{_MONEY}|{_CODE}) ?(?P<a>{_NUMBER}){_TO}(?P<b>{_NUMBER})(?P<scale>[百千万萬亿億]*)",
        _money_range,
    ),
    rule(
        "money",
        rf"(?P<unit>{_MONEY}|(?<![A-Z])(?:{_CODE})) ?(?P<number>{_NUMBER})(?P<scale>[百千万萬亿億]*)",
        _money,
    ),
    rule(
        "money",
        rf"{_BEGIN}(?P<number>{_NUMBER})(?P<scale>[百千万萬亿億]*) ?(?P<unit>{_MONEY}|(?:{_CODE})(?![A-Za-z]))",
        _money,
    ),
    rule(
        "measure",
        rf"(?:{_BEGIN}(?=[\d+±−-])(?P<minus>{_SIGN})(?:(?P<a>{_NUMBER}){_TO}(?P<minus_b>[-−])?)?"
        rf"(?<![\d.])(?P<b>{_NUMBER}) ?(?P<unit>{_UNIT})(?![A-Za-z²³]))",
        _measure,
    ),
    rule(
        "fraction",
        rf"(?<![\d./,:A-Za-z])(?P<minus>{_SIGN})(?:(?P<whole>\d{{1,3}}) )?(?P<above>\d{{1,4}})/"
        rf"(?P<below>\d{{1,4}})(?![\d./]*\d|[A-Za-z/])",
        _fraction,
    ),
    rule(
        "range",
        rf"(?<![\d.,/:A-Za-z-])(?P<a>{_NUMBER})(?P<dash>{_TO})(?P<b>{_NUMBER})(?![\d.,]*\d|-\d)",
        _range,
    ),
    rule("score", r"(?<![\d.,/:A-Za-z-])(?P<a>\d{1,3})[:：](?P<b>\d{1,3})(?![\d:：]|[.,]\d)", _score),
    rule("score", r"(?<![\d.,/:A-Za-z-])(?P<a>\d{1,3})[比](?P<b>\d{1,3})(?![\d:：]|[.,]\d)", _score),
    # -- symbols between numbers
    rule("symbol", r"(?<=[\d)A-Za-z）])(?P<said> ?[+＋] ?)(?=[\d(A-Za-z（])", lambda m: "加"),
    rule("symbol", r"(?<=[\d)）])(?P<said> ?[×✕*] ?)(?=[\d(（])", lambda m: "乘"),
    rule("symbol", r"(?<=[\d)）])(?P<said> ?÷ ?)(?=[\d(（])", lambda m: "除以"),
    rule("symbol", r"(?<=[\d)A-Za-z）])(?P<said> ?[=＝] ?)(?=[\d(A-Za-z（-])", lambda m: "等于"),
    rule("symbol", r"(?<=[\d)）])(?P<said> [-−–] |−)(?=[\d(（])", lambda m: "减"),
    rule("symbol", r" ?[>＞] ?(?=\d)", lambda m: "大于"),
    rule("symbol", r" ?[<＜] ?(?=\d)", lambda m: "小于"),
    rule("symbol", r" ?≥ ?", lambda m: "大于等于"),
    rule("symbol", r" ?≤ ?", lambda m: "小于等于"),
    rule("symbol", r" ?≈ ?", lambda m: "约等于"),
    rule("symbol", r" ?≠ ?", lambda m: "不等于"),
    rule("ordinal", r"№ ?(?P<number>\d+)", lambda m: f"第{cardinal(int(m['number']))}号"),
    # -- letters with digits, then every number that is left
    rule(
        "code",
        r"(?<![A-Za-z\d])[A-Za-z]{1,3}(?P<said>-?\d{1,8})(?![\d.,]*\d)",
        lambda m: cardinal(int(m["said"].lstrip("-"))) if len(m["said"]) < 4 else spelled(m["said"]),
    ),
    rule(
        "code",
        rf"(?:{MODELS})(?P<said>[-－]?\d{{1,3}})(?![\d.,]*\d)",
        lambda m: cardinal(int(m["said"].lstrip("-－"))),
    ),
)


_NUMBERS: tuple[Rule, ...] = (
    rule("cardinal", rf"(?<![\d.,])(?P<sign>{_SIGN})(?P<number>{_NUMBER})", _quantity),
    rule("cardinal", r"\d+", lambda m: spelled(_plain(m[0])) if len(m[0]) > 1 else cardinal(int(m[0]))),
    rule("roman", r"[Ⅰ-Ⅻ]", lambda m: cardinal(ord(m[0]) - 0x215F)),
    rule("roman", r"第(?P<said>[IVXLC]{1,7})(?=[\u4e00-\u9fff])", lambda m: _roman(m["said"])),
)


_SYMBOLS: tuple[Rule, ...] = (
    rule("symbol", r"(?<=[\d百千万萬亿億])[+＋](?!\w)", lambda m: "加"),
    rule("symbol", r"\$(?![A-Za-z({])", lambda m: "美元"),
    rule("symbol", r"(?<=[A-Za-z\d\u4e00-\u9fff]) ?& ?(?=[A-Za-z\d\u4e00-\u9fff])", lambda m: "和"),
    *(
        replaced("symbol", re.escape(sign), said)
        for sign, said in (
            ("%", "百分号"), ("±", "正负"), ("×", "乘"), ("÷", "除以"), ("=", "等于"), ("℃", "摄氏度"), ("°", "度"),
            ("§", "节"), ("€", "欧元"), ("£", "英镑"), ("¥", "元"), ("∞", "无穷大"), ("№", "号"),
        )
    ),
)  # fmt: skip

RULES = tuple(
    Rule(r.kind, r.pattern, _said(r.say))
    for r in (
        *electronic_rules(Signs(_ADDRESS_SIGNS, _address_letters, lambda d: spelled(d, telephone=True))),
        *_RAW,
        *_NUMBERS,
        rule(
            "acronym",
            r"(?<![A-Za-z.@/_-])(?<![A-Za-z] )(?:[A-Za-z]{2,5}|[A-Za-z](?: [A-Za-z]){1,4})(?! ?[A-Za-z@/_-])",
            _acronym,
        ),
        *_SYMBOLS,
    )
)

LANGUAGE = Language(
    tag="zh",
    rules=RULES,
    triggers=re.compile(f"(?i:{'|'.join(sorted(ACRONYMS))}|[a-z])|[Ⅰ-Ⅻ]"),
)
