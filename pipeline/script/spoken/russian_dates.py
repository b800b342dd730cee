"""Dates and times in Russian."""

from __future__ import annotations

import re

from pipeline.script.spoken.rule import Rule, rule
from pipeline.script.spoken.russian_grammar import (
    demanded,
    noun_forms,
    right_of,
    word_before,
)
from pipeline.script.spoken.russian_numerals import (
    Case,
    Form,
    Gender,
    cardinal,
    counted,
    ordinal,
)
from pipeline.script.spoken.russian_terms import MONTH_FORMS, MONTHS
from pipeline.script.spoken.russian_years import BEGIN, DASH
from pipeline.script.spoken.verses import verse_rules

NOM, GEN, DAT, ACC, INS, LOC = Case


_MONTH = "|".join(sorted(MONTH_FORMS, key=len, reverse=True))


_DAY_CASES = {
    "к": DAT, "ко": DAT, "на": ACC, "по": ACC, "за": ACC, "под": ACC, "между": INS, "перед": INS, "над": INS,
    "о": LOC, "сегодня": NOM, "завтра": NOM, "вчера": NOM, "наступило": NOM, "было": NOM, "это": NOM,
}  # fmt: skip


def _day_case(text: str, start: int) -> Case:
    return _DAY_CASES.get(word_before(text, start), GEN)


def _day(number: int, case: Case) -> str:
    return ordinal(number, Form(case, Gender.NEUT))


_DAY_ROW = re.compile(
    rf"(?:,| и| или| по|{DASH})? ?(?:\d{{1,2}}(?:,| и| по) )?\d{{1,2}} (?:{'|'.join(MONTHS)})(?!\w)"
)


def _day_month(match: re.Match[str]) -> str | None:
    """9 мая, 9 мая 1945 г., 5–10 мая."""
    first, last = int(match["a"]), match["b"]
    if not 1 <= first <= 31 or (last and not 1 <= int(last) <= 31):
        return None
    case = _day_case(match.string, match.start())
    said = _day(first, case)
    if last:
        said += f" —|{_day(int(last), case)}"
    month = MONTHS[MONTH_FORMS[match["month"].lower()] - 1]
    said += f"|{month}"
    if match["year"]:
        said += f"|{ordinal(int(match['year']), Form(GEN))}"
        if match["noun"]:
            said += "|года"
    return said


def _day_in_row(match: re.Match[str]) -> str | None:
    """The first of several days: с 5 по 10 мая, 1 и 9 мая."""
    if not 1 <= int(match[0]) <= 31 or not _DAY_ROW.match(match.string, match.end()):
        return None
    return _day(int(match[0]), _day_case(match.string, match.start()))


def _month_year(match: re.Match[str]) -> str | None:
    """май 1945, в мае 1945 г."""
    if not 1000 <= int(match["year"]) <= 2100:
        return None
    said = f"{match['month']}|{ordinal(int(match['year']), Form(GEN))}"
    return said + ("|года" if match["noun"] else "")


def _full_date(match: re.Match[str]) -> str | None:
    """01.02.1999, 01-фев-99, 1999-02-01."""
    groups = match.groupdict()
    month = groups["month"].lower()
    number = int(month) if month.isdecimal() else MONTH_FORMS[month.rstrip(".")]
    if not (1 <= int(groups["day"]) <= 31 and 1 <= number <= 12):
        return None
    if len(groups["year"]) == 2 and "mark" in groups and len(groups["day"]) + len(groups["month"]) < 4:
        return None  # 2.6.18 may be anything
    day = _day(int(groups["day"]), _day_case(match.string, match.start()))
    year = ordinal(int(groups["year"]), Form(GEN))
    noun = " года" if groups.get("noun") else ""
    return f"{day} {MONTHS[number - 1]} {year}{noun}"


def _units(number: int, noun: str, case: Case) -> str:
    gender = Gender.MASC if noun == "час" else Gender.FEM
    return f"{cardinal(number, Form(case, gender))} {counted(number, noun_forms(noun), case)}"


def _time(match: re.Match[str]) -> str | None:
    """13:05; alone and before noon as a clock is read: без пятнадцати минут шесть, семь минут девятого."""
    hour, minute = int(match["hour"]), int(match["minute"])
    second = match["second"]
    if hour > 24 or minute > 59 or word_before(match.string, match.start()).startswith(("счет", "счёт")):
        return None
    alone = match.start() == 0 and match.end() == len(match.string)
    cases = demanded(match.string, match.start())
    case = cases[0] if cases else NOM
    if second:
        return f"{_units(hour, 'час', case)} {_units(minute, 'минута', case)} {_units(int(second), 'секунда', case)}"
    if alone and 1 <= hour <= 12 and minute:
        following_hour = hour % 12 + 1
        if minute == 30:
            return f"половина {ordinal(following_hour, Form(GEN))}"
        if minute < 30:
            return f"{_units(minute, 'минута', NOM)} {ordinal(following_hour, Form(GEN))}"
        return f"без {_units(60 - minute, 'минута', GEN)} {cardinal(following_hour) if following_hour > 1 else 'час'}"
    said = _units(hour, "час", case)
    if minute or (alone and hour in (0, 1)):
        said += f" {_units(minute, 'минута', case)}"
    return said


def _time_with_point(match: re.Match[str]) -> str | None:
    """в 21.05, where no unit follows."""
    if re.match(r" ?(?:[%°]|раза|процент|метр|[а-я]{1,3}\.)", right_of(match.string, match.end())):
        return None
    return _time(match)


FULL_DATES: tuple[Rule, ...] = (
    rule(
        "date",
        rf"{BEGIN}(?P<day>\d{{1,2}})(?P<mark>[./-])(?P<month>\d{{1,2}}|{_MONTH})\.?(?P=mark)(?P<year>\d{{4}}|\d\d)"
        r"(?: ?(?P<noun>года|г)(?!\w)\.?)?(?![\w/-]|[.,]\d)",
        _full_date,
        re.IGNORECASE,
    ),
    rule("date", rf"{BEGIN}(?P<year>\d{{4}})-(?P<month>\d\d)-(?P<day>\d\d)(?![\w/-])", _full_date),
)
"""Dates of numbers alone."""


DAYS: tuple[Rule, ...] = (
    rule(
        "date",
        rf"{BEGIN}(?P<a>\d{{1,2}})(?:{DASH}(?P<b>\d{{1,2}}))? (?P<month>{'|'.join(MONTHS)})(?!\w)"
        r"(?:,? (?P<year>\d{3,4})(?:(?!\w)(?P<noun> ?(?:года(?!\w)|г(?!\w)\.?)))?(?![\w,.]*\d))?",
        _day_month,
        re.IGNORECASE,
    ),
    rule("date", rf"{BEGIN}\d{{1,2}}(?=(?:,| и| или| по) \d)", _day_in_row),
    rule(
        "date",
        rf"(?<!\w)(?P<month>{'|'.join(m for m in MONTH_FORMS if len(m) > 2)}|январе|феврале|марте"
        rf"|апреле|мае|июне|июле"
        r"|августе|сентябре|октябре|ноябре|декабре) (?P<year>\d{4})(?P<noun> ?(?:года(?!\w)|г"
        r"(?!\w)\.?))?(?![\w,.]*\d)",
        _month_year,
        re.IGNORECASE,
    ),
)
"""Days and months."""


_BOOKS = (
    "Быт Исх Лев Чис Втор Нав Суд Руф Цар Пар Езд Неем Есф Иов Пс Притч Еккл Ис Иер Иез Дан Ос Иоил Ам Иона Мих Зах"
    " Мал Мф Мк Лк Ин Деян Иак Пет Рим Кор Гал Еф Флп Кол Фес Тим Тит Евр Откр Матфея Марка Луки Иоанна Бытие Исход"
    " Псалом Псалтирь Деяния Откровение Исаия Иеремия"
).split()

TIMES: tuple[Rule, ...] = (
    *verse_rules(_BOOKS, "(?:, ?|:)", cardinal, "по"),
    rule("time", r"(?<![\w.,/])24/7(?![\w/])", lambda _: "двадцать четыре на семь"),
    rule(
        "time",
        rf"{BEGIN}(?P<hour>\d{{1,2}}):(?P<minute>\d\d)(?::(?P<second>\d\d))?(?: ?(?:ч|час)\.?(?!\w))?(?![\w:])",
        _time,
    ),
    rule(
        "digits",
        rf"{BEGIN}(?P<a>\d{{1,3}}):(?P<b>\d{{1,3}})(?![\w:]|[.,]\d)",
        lambda m: f"{cardinal(int(m['a']))} {cardinal(int(m['b']))}",
    ),
    rule(
        "time",
        r"(?<!\w)(?:[вкс]|до|около|после) (?P<said>(?P<hour>\d{1,2})\.(?P<minute>\d\d)"
        r"(?P<second>(?!))?(?: ?ч\.?(?!\w))?)"
        r"(?![\w.,]*\d)(?!\w)",
        _time_with_point,
        re.IGNORECASE,
    ),
)
"""Times, and what looks like them."""
