"""English dates, years and times of day."""

from __future__ import annotations

import re

from pipeline.script.spoken.en_numbers import cardinal, digits, ordinal, plural, tens, year
from pipeline.script.spoken.rule import Rule, alternatives, rule

_MONTHS = ("january february march april may june july august september october november december").split()
_SHORT = {
    "jan": 1, "feb": 2, "mar": 3, "apr": 4, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "sept": 9, "oct": 10,
    "nov": 11, "dec": 12,
}  # fmt: skip
_NAMED = {name: number for number, name in enumerate(_MONTHS, 1)} | _SHORT
MONTH = rf"(?:{alternatives(_MONTHS)}|(?:{alternatives(_SHORT)})\b\.?)"
_AMBIGUOUS = frozenset({"may", "march", "mar", "mar."})
"""Small letters make these words of another kind."""
_BEFORE_DATE = frozenset(
    "on by of in from to until till since before after and the for last next this".split()
)
YEAR = r"(?:(?:1\d|20)\d\d|['’]\d\d)"
_SUFFIX = r"(?:st|nd|rd|th)"
_ZONES = (
    r"(?:[ECMP][SD]?T|GMT|UTC|BST|CET|CEST|EET|IST|JST|AEST|AEDT"
    r"|e\.s\.t\.?|p\.s\.t\.?|est|pst|cst|mst|edt|pdt|gmt|utc)"
)
_HALF = r"(?:[ap]\.m\.?|[ap]m\b\.?)"


def last_word(match: re.Match[str]) -> str:
    """The word before the match, in small letters; empty at the sentence's start."""
    before = match.string[max(0, match.start() - 24) : match.start()].rstrip(" (\"“'‘-")
    words = re.findall(r"[\w'’]+$", before)
    return words[0].lower() if words else ""


def _month(written: str) -> str:
    name = _MONTHS[_NAMED[written.lower().rstrip(".")] - 1]
    return name.capitalize() if written[0].isupper() else name


def said_year(text: str) -> str:
    """Four digits as a year; two, as in 11/17/05, digit by digit below ten."""
    text = text.lstrip("'’")
    if len(text) == 2:
        return digits(text) if text[0] == "0" else tens(int(text))
    return year(int(text))


def _is_word(match: re.Match[str], month: str, sure: bool) -> bool:
    """Whether ``may`` or ``march`` is no month here."""
    return month in _AMBIGUOUS and not sure and last_word(match) not in _BEFORE_DATE


def _month_day(match: re.Match[str]) -> str | None:
    month, day, following = match["month"], int(match["day"]), match["year"]
    if not 1 <= day <= 31 or _is_word(match, month, bool(following or match["nth"])):
        return None
    comma = "," if following and "," in match[0] else ""
    said = f"{_month(month)}|{ordinal(day)}{comma}"
    return f"{said}|{said_year(following)}" if following else said


def _day_month(match: re.Match[str]) -> str | None:
    month, day, following = match["month"], int(match["day"]), match["year"]
    if not 1 <= day <= 31 or _is_word(match, month, bool(following or match["nth"])):
        return None
    article = "" if last_word(match) in {"the", "this", "that"} else "the "
    said = f"{article}{ordinal(day)}|of {_month(month)}"
    return f"{said}|{said_year(following)}" if following else said


def _month_year(match: re.Match[str]) -> str | None:
    if _is_word(match, match["month"], False):
        return None
    return f"{_month(match['month'])}{',' if ',' in match[0] else ''}|{said_year(match['year'])}"


def month_first(match: re.Match[str]) -> str | None:
    """Dates of digits alone, as in America."""
    return _numeric(match, day_first=False)


def day_first(match: re.Match[str]) -> str | None:
    """Dates as they are written outside America: 3/4/2005 is in April."""
    return _numeric(match, day_first=True)


def _numeric(match: re.Match[str], day_first: bool) -> str | None:
    """Year first, or month first as in America; the other way round where the month could not be."""
    first, second, third = match["a"], match["b"], match["c"]
    if len(first) == 4:
        following, month, day = first, int(second), int(third)
    else:
        following, month, day = third, int(first), int(second)
        if day_first:
            month, day = day, month
        if month > 12:
            month, day = day, month
    if (
        not (1 <= month <= 12 and 1 <= day <= 31)
        or len(following) not in (2, 4)
        or (len(first + third) < 4 and "/" not in match[0])
    ):
        return None
    if len(following) == 4 and not 1000 <= int(following) <= 2999:
        return None
    return f"{_MONTHS[month - 1].capitalize()} {ordinal(day)} {said_year(following)}"


def _decade(match: re.Match[str]) -> str:
    text = match["decade"]
    if len(text) == 2:
        return plural(tens(int(text)))
    century, rest = divmod(int(text), 100)
    if rest:
        return f"{tens(century)} {plural(tens(rest))}"
    return f"{plural(cardinal(int(text)))}" if century % 10 == 0 else f"{tens(century)} hundreds"


def _era(match: re.Match[str]) -> str | None:
    number = int(match["n"].replace(",", ""))
    era = match["era"].replace(".", "").upper()
    if len(match["n"]) == 3 and number % 100:
        said = f"{tens(number // 100)} {'oh ' if number % 100 < 10 else ''}{tens(number % 100)}"
    elif 1100 <= number <= 2099 and len(match["n"]) == 4:
        said = year(number)
    else:
        said = cardinal(number)
    return f"{said}|{era}"


def _era_first(match: re.Match[str]) -> str:
    return f"AD|{year(int(match['n']))}"


def _time(match: re.Match[str]) -> str | None:
    hour, minute = int(match["h"]), int(match["m"] or 0)
    half, zone = match["half"], match["zone"]
    if hour > 24 or minute > 59:
        return None
    after = ""
    if half:
        after += f"|{half.replace('.', '').upper()}"
    if zone:
        after += f"|{zone.replace('.', '').upper()}"
    if minute:
        return f"{cardinal(hour)} {'oh ' if minute < 10 else ''}{tens(minute)}{after}"
    if match["m"] is None and not half:
        return None
    return f"{cardinal(hour)}{after}" if half else f"{cardinal(hour)} o'clock{after}"


def _duration(match: re.Match[str]) -> str | None:
    parts = [int(match[name]) for name in ("h", "m", "s")]
    if parts[1] > 59 or parts[2] > 59:
        return None
    names = [f"{cardinal(n)} {unit if n == 1 else unit + 's'}" for n, unit in
             zip(parts, ("hour", "minute", "second"), strict=True)]  # fmt: skip
    return f"{names[0]} {names[1]} and {names[2]}"


def _double_year(match: re.Match[str]) -> str | None:
    """``1848/49``: two years that follow each other."""
    first, second = int(match["a"]), match["b"]
    if (first + 1) % 10 ** len(second) != int(second):
        return None
    return f"{year(first)} {said_year(second)}"


def _quarter(match: re.Match[str]) -> str:
    said = f"{ordinal(int(match['q']))} quarter of {said_year(match['year'])}"
    return said if last_word(match) in {"the", "this", "that"} else "the " + said


_DAY = rf"(?P<day>\d{{1,2}})(?P<nth>{_SUFFIX})?"
_NOT_INSIDE = r"(?<![\w./:-])"
_FREE = r"(?![\w/]|[.,:]\d|-\d)"

DATES: tuple[Rule, ...] = (
    rule("date", rf"\b(?P<month>{MONTH})[ -]{_DAY}(?:,? |-)(?P<year>{YEAR}){_FREE}", _month_day, re.I),
    rule("date", rf"\b(?P<month>{MONTH}) {_DAY}(?P<year>){_FREE}", _month_day, re.I),
    rule("date", rf"{_NOT_INSIDE}{_DAY}\.?[ -](?P<month>{MONTH})(?:,? |-)(?P<year>{YEAR}){_FREE}", _day_month,
         re.I),
    rule("date", rf"{_NOT_INSIDE}{_DAY}\.? (?P<month>{MONTH})(?P<year>)(?!\w)", _day_month, re.I),
    rule("date", rf"\b(?P<month>{MONTH}),? (?P<year>{YEAR}){_FREE}", _month_year, re.I),
    rule("date", r"(?<![\w./:-])(?P<a>\d{4})([-/.])(?P<b>\d{1,2})\2(?P<c>\d{1,2})(?![\w/]|[.-]\d)",
         month_first),
    rule("date", r"(?<![\w./:-])(?P<a>\d{1,2})([-/.])(?P<b>\d{1,2})\2(?P<c>\d{4}|\d\d)(?![\w/]|[.-]\d)",
         month_first),
    rule("date",
         r"(?<![\w.,])['’‘]?(?P<decade>(?:1\d|20)\d0(?=['’]?s| s)|[2-9]0(?! |['’]s)) ?['’]?s(?![\w'’])",
         _decade),
    rule("date",
         r"(?<![\w.,])(?P<n>\d{1,3}(?:,\d{3})+|\d{1,5}) (?P<era>B\.?C\.?E?\.?|A\.D\.?|AD|C\.?E\.?)(?!\w)",
         _era),
    rule("date", r"(?<![\w.,/-])(?P<a>1\d{3}|20\d\d)/(?P<b>\d\d|1\d{3}|20\d\d)(?![\w/-]|[.,]\d)", _double_year),
    rule("date", r"(?<![\w.,/-])(?P<q>[1-4])Q(?P<year>\d\d|20\d\d)(?![\w-])", _quarter),
    rule("date", r"\b(?:A\.D\.|AD) (?P<n>\d{1,4})(?![\w,]|\.\d)", _era_first),
)  # fmt: skip

_CLOCK = (
    r"(?<![\w.:,/-])(?P<h>\d{1,2}):(?P<m>[0-5]\d)"
    rf"(?: ?(?P<half>{_HALF}))?(?: ?(?P<zone>{_ZONES}))?(?![\w:]|\.\d)"
)
_CLOCK_AFTER = _CLOCK.replace(r"(?<![\w.:,/-])", r"(?<=[-–])")
_DOTTED = (
    rf"(?<![\w.:,/])(?P<h>\d{{1,2}})(?:[.:](?P<m>[0-5]\d))? ?(?P<half>{_HALF})(?: ?(?P<zone>{_ZONES}))?(?!\w)"
)

TIMES: tuple[Rule, ...] = (
    rule("time", r"(?<![\w.:,])(?P<h>\d{1,2}):(?P<m>\d\d):(?P<s>\d\d)(?![\w:]|\.\d)", _duration),
    rule("time", _DOTTED, _time, re.I),
    rule("time", _CLOCK, _time, re.I),
    rule("time", _CLOCK_AFTER, _time, re.I),
)
