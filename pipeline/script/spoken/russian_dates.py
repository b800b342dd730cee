"""Years, dates, times, centuries and kings in Russian."""

from __future__ import annotations

import re

from pipeline.script.spoken.rule import Rule, rule
from pipeline.script.spoken.russian_amounts import LABELS, NUMBERED, is_end, with_stop
from pipeline.script.spoken.russian_grammar import (
    Reading,
    agreeing_form,
    counting_form,
    demanded,
    ends_in,
    following,
    inflected,
    noun_forms,
    nouns,
    readings,
    word_before,
)
from pipeline.script.spoken.russian_numerals import Case, Form, Gender, cardinal, counted, ordinal
from pipeline.script.spoken.russian_terms import MONTH_FORMS, MONTHS

NOM, GEN, DAT, ACC, INS, LOC = Case
_BEGIN = r"(?<![\w.,/:-])"
_DASH = r" ?[–—-] ?"
_MONTH = "|".join(sorted(MONTH_FORMS, key=len, reverse=True))

# -- years -----------------------------------------------------------------------------------------------

_YEAR_WORDS = {
    "год": NOM, "года": GEN, "году": LOC, "годом": INS, "годе": LOC, "годы": NOM, "годов": GEN, "годам": DAT,
    "годами": INS, "годах": LOC,
}  # fmt: skip
_AMONG_YEARS = {
    "в": LOC, "во": LOC, "о": LOC, "об": LOC, "при": LOC, "с": GEN, "со": GEN, "до": GEN, "от": GEN, "из": GEN,
    "после": GEN, "около": GEN, "ок": GEN, "ранее": GEN, "раньше": GEN, "позже": GEN, "позднее": GEN,
    "накануне": GEN, "для": GEN, "против": GEN, "к": DAT, "ко": DAT, "по": ACC, "на": ACC, "за": ACC, "под": ACC,
    "про": ACC, "через": ACC, "между": INS, "перед": INS, "над": INS,
}  # fmt: skip
"""The case of a year after a preposition: в тысяча восемьсот двенадцатом."""

_SEASONS = frozenset(
    (
        "весной весною летом осенью зимой зимою весна лето осень зима весны лета осени зимы начало начале начала конец"
        " конце конца середина середине середины январе феврале марте апреле мае июне июле августе сентябре октябре"
        " ноябре декабре"
    ).split()
).union(MONTHS)
_YEAR_ROW = re.compile(
    rf"(?:(?:,| и| или|{_DASH}) ?\d{{3,4}})+ (?P<noun>год(?:ы|ов|ам|ами|ах|а|у|ом)?(?!\w)|гг?\.)"
)
_ROW_BEFORE = re.compile(r"(?<![\w.,])\d{3,4}(?:,| и| или| ?[–—-]) ?$")
_ERA = r"(?P<era> (?P<before>до )?н\. ?э\.?)?"


_GENITIVE_BEFORE = re.compile(rf"(?:(?<!\w)ок\.|(?:{'|'.join(MONTHS)})\)) ?$", re.IGNORECASE)
"""ок. 1750 г.; 6 ноября (25 октября) 1796 г."""


def _year_case(text: str, start: int, noun: str) -> Case:
    """The case of a year, from its noun or, where that is shortened, from what stands before."""
    if noun in ("г", "гг", ""):
        for _ in range(3):
            row = _ROW_BEFORE.search(text, max(0, start - 12), start)
            if row is None:
                break
            start = row.start()
        if _GENITIVE_BEFORE.search(text, 0, start):
            return GEN
        before = word_before(text, start)
        if before in _AMONG_YEARS:
            return _AMONG_YEARS[before]
        if before in ("году", "годах"):
            return LOC
        return GEN if before and not _is_verb_like(before) else NOM
    case = _YEAR_WORDS[noun]
    if noun == "году":
        before = word_before(text, start)
        return DAT if before in ("к", "ко", "по", "благодаря", "подобно") else LOC
    if noun == "год" and word_before(text, start) in _AMONG_YEARS:
        return ACC
    return case


def _is_verb_like(word: str) -> bool:
    return not readings(word)


def _year_numbers(first: str, last: str | None, case: Case) -> str:
    said = ordinal(int(first), Form(case))
    if last:
        number = int(last) if len(last) >= len(first) else int(first[: -len(last)] + last)
        said += f" —|{ordinal(number, Form(case))}"
    return said


def _year(match: re.Match[str]) -> str | None:
    text, noun = match.string, match["noun"]
    number = int(match["a"])
    if noun == "г" and number < 1000 and not match["era"] and not _is_early_year(match, number):
        return None
    if noun in ("год", "года", "годам", "годами", "годах", "годов", "годы", "лет") and not _is_year(match, number):
        return None
    case = _year_case(text, match.start(), noun)
    plural = noun in ("гг", "годы", "годов", "годам", "годами", "годах")
    if noun == "гг" and match["b"] is None and not _ROW_BEFORE.search(text, 0, match.start()):
        plural = False
    said = _year_numbers(match["a"], match["b"], case)
    if match["b"]:
        plural = True
    named = _year_noun(case, plural) if noun in ("г", "гг") else noun
    era = ""
    if match["era"]:
        era = "|до нашей эры" if match["before"] else "|нашей эры"
    return with_stop(match, f"{said}|{named}{era}")


def _is_early_year(match: re.Match[str], number: int) -> bool:
    """Whether «988 г.» is a year and not a weight."""
    if number < 300 or not match[0].endswith("."):
        return False
    before = word_before(match.string, match.start())
    return before in ("в", "во", "до", "с", "после", "к", "от", "около") or before in MONTHS


def _year_noun(case: Case, plural: bool) -> str:
    if plural:
        return {NOM: "годы", ACC: "годы", GEN: "годов", DAT: "годам", INS: "годами", LOC: "годах"}[case]
    return {NOM: "год", ACC: "год", GEN: "года", DAT: "году", INS: "годом", LOC: "году"}[case]


def _is_year(match: re.Match[str], number: int) -> bool:
    """Whether «988 года», «2001 год» name a year and not a count of years."""
    noun = match["noun"]
    if match["b"] and len(match["b"]) >= 3:
        return True
    if noun in ("годов", "годы"):
        return number >= 100
    if noun in ("годам", "годами", "годах"):
        return number >= 100
    if number >= 1000 and number <= 2200:
        return True
    if noun == "год":
        return ends_in(number) != 1
    if noun == "года":
        return ends_in(number) != 2 or word_before(match.string, match.start()) in MONTHS
    return True


def _year_alone(match: re.Match[str]) -> str | None:
    """A year without its noun: after a preposition or a month, in a pair, in a row that ends with the noun."""
    text, start, end = match.string, match.start(), match.end()
    first, last = match["a"], match["b"]
    number = int(first)
    row = _YEAR_ROW.match(text, end)
    if row and not last:
        noun = row["noun"].rstrip(".")
        return ordinal(number, Form(_year_case(text, start, noun)))
    if not 1000 <= number <= 2100 or (last and len(last) == 3):
        return None
    before = word_before(text, start)
    noun_after = following(text, end)
    if last:
        until = int(last) if len(last) == 4 else int(first[:2] + last)
        if not number < until <= 2100 or counting_form(until, (), noun_after):
            return None
        case = _AMONG_YEARS.get(before, NOM)
        if case is NOM and before and before in _SEASONS:
            case = GEN
        return _year_numbers(first, last, case)
    if counting_form(number, demanded(text, start), noun_after) is not None:
        return None
    if before in _SEASONS:
        return ordinal(number, Form(GEN))
    if re.search(r"\(\s*$", text[:start]) and re.match(r"\s*\)", text[end:]):
        return ordinal(number, Form())
    if before in ("в", "с", "со", "по", "к", "ко", "до", "от", "после", "между", "на"):
        if number % 100 == 0 and before not in ("в", "по"):
            return None
        if before == "на" or (before in ("до", "от") and number % 10 == 0):
            return None
        return ordinal(number, Form(_AMONG_YEARS[before]))
    if _ROW_BEFORE.search(text, 0, start) or re.search(r"(?<!\d)1\d{3} (?:по|и|до|или) $", text[:start]):
        case = _year_case(text, start, "")
        return ordinal(number, Form(case)) if case is not NOM else None
    return None


# -- dates -----------------------------------------------------------------------------------------------

_DAY_CASES = {
    "к": DAT, "ко": DAT, "на": ACC, "по": ACC, "за": ACC, "под": ACC, "между": INS, "перед": INS, "над": INS,
    "о": LOC, "сегодня": NOM, "завтра": NOM, "вчера": NOM, "наступило": NOM, "было": NOM, "это": NOM,
}  # fmt: skip


def _day_case(text: str, start: int) -> Case:
    return _DAY_CASES.get(word_before(text, start), GEN)


def _day(number: int, case: Case) -> str:
    return ordinal(number, Form(case, Gender.NEUT))


_DAY_ROW = re.compile(rf"(?:,| и| или| по|{_DASH})? ?(?:\d{{1,2}}(?:,| и| по) )?\d{{1,2}} (?:{'|'.join(MONTHS)})(?!\w)")


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
    return with_stop(match, said)


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
    return with_stop(match, said + ("|года" if match["noun"] else ""))


def _full_date(match: re.Match[str]) -> str | None:
    """01.02.1999, 01-фев-99, 1999-02-01."""
    groups = match.groupdict()
    month = groups["month"].lower()
    number = int(month) if month.isdigit() else MONTH_FORMS[month.rstrip(".")]
    if not (1 <= int(groups["day"]) <= 31 and 1 <= number <= 12):
        return None
    if len(groups["year"]) == 2 and "mark" in groups and len(groups["day"]) + len(groups["month"]) < 4:
        return None  # 2.6.18 may be anything
    day = _day(int(groups["day"]), _day_case(match.string, match.start()))
    year = ordinal(int(groups["year"]), Form(GEN))
    noun = " года" if groups.get("noun") else ""
    return with_stop(match, f"{day} {MONTHS[number - 1]} {year}{noun}")


# -- times -----------------------------------------------------------------------------------------------


def _units(number: int, noun: str, case: Case) -> str:
    gender = Gender.MASC if noun == "час" else Gender.FEM
    return f"{cardinal(number, Form(case, gender))} {counted(number, noun_forms(noun), case)}"


def _time(match: re.Match[str]) -> str | None:
    """13:05; alone and before noon as a clock is read: без пятнадцати минут шесть, семь минут девятого."""
    hour, minute = int(match["hour"]), int(match["minute"])
    second = match["second"]
    if hour > 24 or minute > 59:
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
    if re.match(r" ?(?:[%°]|раза|процент|метр|[а-я]{1,3}\.)", match.string[match.end() :]):
        return None
    return _time(match)


# -- centuries, kings, numbered things -------------------------------------------------------------------

_ROMAN = "IVXLCDMХІСМ"
_LOOKALIKES = str.maketrans("ХІСМ", "XICM")
_CANONICAL = re.compile(r"M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})")
_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
_CENTURY_WORDS = {
    "век": (NOM, False), "века": (GEN, False), "веку": (DAT, False), "веком": (INS, False), "веке": (LOC, False),
    "веков": (GEN, True), "векам": (DAT, True), "веками": (INS, True), "веках": (LOC, True),
    "столетие": (NOM, False), "столетия": (GEN, False), "столетию": (DAT, False), "столетии": (LOC, False),
    "столетий": (GEN, True), "столетиях": (LOC, True),
}  # fmt: skip
_TITLES = frozenset("король королева царь император императрица папа султан герцог князь шах цезарь кайзер".split())


def roman_value(written: str) -> int | None:
    """The number of canonical Roman numerals, also where Cyrillic letters stand for their likes."""
    letters = written.translate(_LOOKALIKES)
    if not letters or not _CANONICAL.fullmatch(letters):
        return None
    values = [_VALUES[letter] for letter in letters]
    return sum(-v if v < after else v for v, after in zip(values, [*values[1:], 0], strict=True))


def _century(match: re.Match[str]) -> str | None:
    first = roman_value(match["a"])
    last = roman_value(match["b"]) if match["b"] else 0
    if first is None or last is None:
        return None
    noun = match["noun"]
    shortened = noun.startswith("в.") or noun in ("вв", "в")
    plural = bool(last)
    gender = Gender.NEUT if noun.startswith(("столет", "тыс")) else Gender.MASC
    if noun.startswith("тыс"):
        case = _century_case(match.string, match.start())
        era = "" if not match["era"] else "|до нашей эры" if match["before"] else "|нашей эры"
        return f"{ordinal(first, Form(case, gender))}|{inflected('тысячелетие', case)}{era}" if not last else None
    if shortened or noun in ("в.", "вв."):
        case = _century_case(match.string, match.start())
        plural = plural or noun.startswith("вв")
        named = {
            False: {NOM: "век", ACC: "век", GEN: "века", DAT: "веку", INS: "веком", LOC: "веке"},
            True: {NOM: "века", ACC: "века", GEN: "веков", DAT: "векам", INS: "веками", LOC: "веках"},
        }[plural][case]
    else:
        case, _ = _CENTURY_WORDS[noun]
        if noun == "века" and last and not word_before(match.string, match.start()):
            case = NOM
        named = noun
    said = ordinal(first, Form(case, gender))
    if last:
        said += f" —|{ordinal(last, Form(case, gender))}"
    era = ""
    if match["era"]:
        era = "|до нашей эры" if match["before"] else "|нашей эры"
    return with_stop(match, f"{said}|{named}{era}")


def _century_case(text: str, start: int) -> Case:
    row = re.search(rf"(?<!\w)[{_ROMAN}]+(?:,| и| или|{_DASH}) ?$", text[:start])
    if row:
        start = row.start()
    before = word_before(text, start)
    if before in _AMONG_YEARS:
        return _AMONG_YEARS[before]
    return GEN if before and readings(before) else NOM


def _roman(match: re.Match[str]) -> str | None:
    """A Roman numeral by what stands beside it: a king, a chapter, a congress, half of a century."""
    written = match[0]
    number = roman_value(written)
    if number is None:
        return None
    text, start, end = match.string, match.start(), match.end()
    king = _king(text, start)
    if king is not None and (len(written) > 1 or written in "IVXХІ"):
        return ordinal(number, king)
    label = re.search(r"([^\W\d_]+)\.? $", text[:start])
    if label:
        word = label[1].lower()
        found = [r for r in nouns(word) if r.lemma in LABELS and not r.plural and not r.animate]
        if found:
            form = agreeing_form(demanded(text, label.start()), found) or agreeing_form((), found)
            return ordinal(number, form or Form())
        if any(r.lemma in NUMBERED for r in nouns(word)):
            return cardinal(number)
    row = re.match(rf"(?:,| и| или|{_DASH}) ?(?:\w+ )?[{_ROMAN}]+ (?P<noun>век\w*|вв?\.|столет\w+)", text[end:])
    if row:
        noun = row["noun"]
        case = _CENTURY_WORDS[noun][0] if noun in _CENTURY_WORDS else _century_case(text, start)
        if word_before(text, start) in ("конец", "начало", "середина", "конца", "начала", "середины", "конце", "начале"):
            case = GEN
        return ordinal(number, Form(case))
    noun_after = following(text, end)
    if len(written) > 1 or written in "IVXХІ":
        form = agreeing_form(demanded(text, start), [r for r in noun_after.readings if not r.plural])
        if form is not None and not (written in ("I", "V", "X") and not start and text[end : end + 1] == "."):
            return ordinal(number, form)
    if len(written) > 1 and set(written.translate(_LOOKALIKES)) & set("IVX"):
        return cardinal(number)
    if not text[:start].strip() and (not text[end:].strip(" .") or text[end : end + 1] == "."):
        return cardinal(number)
    return None


def _king(text: str, start: int) -> Form | None:
    """How the number of a king agrees with his name; None when the word before is no name."""
    match = re.search(r"([А-ЯЁ][а-яё]+(?:-[А-ЯЁ][а-яё]+)*) $", text[:start])
    if match is None:
        return None
    name = match[1].rpartition("-")[2]
    found = [r for r in nouns(name.lower()) if r.name and not r.plural]
    found = [r for r in found if r.gender is Gender.MASC] or found  # Александра III is no queen
    title = re.search(r"([а-яё]+) $", text[: match.start()])
    before = title[1] if title else ""
    if not found:
        if not any(r.lemma in _TITLES for r in nouns(before)):
            return None
        found = [r for r in nouns(name.lower()) if not r.plural] or [
            Reading("NOUN", r.case, Gender.MASC, False, True, True, name) for r in nouns(before) if not r.plural
        ]
    cases = demanded(text, match.start())
    if not cases and title and any(r.lemma in _TITLES for r in nouns(before)):
        cases = tuple(dict.fromkeys(r.case for r in nouns(before) if not r.plural))
    if not cases and nouns(word_before(text, match.start())):
        cases = (GEN, DAT, NOM, INS, LOC, ACC)  # царствование Александра
    form = agreeing_form(cases, found) or agreeing_form((), found)
    if form is None:
        return None
    return Form(form.case, form.gender, False, form.animate)


_YEAR_NOUN = r"(?P<noun>год(?:ы|ов|ам|ами|ах|ом|а|у)?(?!\w)|гг(?=\.)|г(?=\.)|г(?!\w))\.?"

RULES: tuple[Rule, ...] = (
    rule(
        "date",
        rf"{_BEGIN}(?P<day>\d{{1,2}})(?P<mark>[./-])(?P<month>\d{{1,2}}|{_MONTH})\.?(?P=mark)(?P<year>\d{{4}}|\d\d)"
        r"(?: ?(?P<noun>года|г)(?!\w)\.?)?(?![\w/-]|[.,]\d)",
        _full_date,
        re.IGNORECASE,
    ),
    rule("date", rf"{_BEGIN}(?P<year>\d{{4}})-(?P<month>\d\d)-(?P<day>\d\d)(?![\w/-])", _full_date),
    rule(
        "date",
        rf"{_BEGIN}(?P<a>\d{{1,2}})(?:{_DASH}(?P<b>\d{{1,2}}))? (?P<month>{'|'.join(MONTHS)})(?!\w)"
        r"(?:,? (?P<year>\d{3,4})(?:(?!\w)(?P<noun> ?(?:года(?!\w)|г(?!\w)\.?)))?(?![\w,.]*\d))?",
        _day_month,
        re.IGNORECASE,
    ),
    rule("date", rf"{_BEGIN}\d{{1,2}}(?=(?:,| и| или| по) \d)", _day_in_row),
    rule(
        "date",
        rf"(?<!\w)(?P<month>{'|'.join(m for m in MONTH_FORMS if len(m) > 2)}|январе|феврале|марте|апреле|мае|июне|июле"
        r"|августе|сентябре|октябре|ноябре|декабре) (?P<year>\d{4})(?P<noun> ?(?:года(?!\w)|г(?!\w)\.?))?(?![\w,.]*\d)",
        _month_year,
        re.IGNORECASE,
    ),
    rule("date", rf"{_BEGIN}(?P<a>\d{{1,4}})(?:{_DASH}(?P<b>\d{{2,4}}))? ?{_YEAR_NOUN}{_ERA}", _year),
    rule("date", rf"{_BEGIN}(?P<a>\d{{3,4}})(?:{_DASH}(?P<b>\d{{2,4}}))?(?![\w%°]|[.,]\d|-\w| ?[%°$€])", _year_alone),
    rule(
        "time",
        rf"{_BEGIN}(?P<hour>\d{{1,2}}):(?P<minute>\d\d)(?::(?P<second>\d\d))?(?: ?(?:ч|час)\.?(?!\w))?(?![\w:])",
        _time,
    ),
    rule(
        "digits",
        rf"{_BEGIN}(?P<a>\d{{1,3}}):(?P<b>\d{{1,3}})(?![\w:]|[.,]\d)",
        lambda m: f"{cardinal(int(m['a']))} {cardinal(int(m['b']))}",
    ),
    rule(
        "time",
        r"(?<!\w)(?:[вкс]|до|около|после) (?P<said>(?P<hour>\d{1,2})\.(?P<minute>\d\d)(?P<second>(?!))?(?: ?ч\.?(?!\w))?)"
        r"(?![\w.,]*\d)(?!\w)",
        _time_with_point,
        re.IGNORECASE,
    ),
    rule(
        "date",
        rf"(?<!\w)(?P<a>[{_ROMAN}]+)(?:{_DASH}(?P<b>[{_ROMAN}]+))? (?P<noun>век(?:а|у|ом|е|ов|ам|ами|ах)?(?!\w)"
        rf"|столет(?:ие|ия|ию|ии|ий|иях)(?!\w)|вв?\.|тыс\.){_ERA}",
        _century,
    ),
    rule("roman", rf"(?<![\w.-])[{_ROMAN}]+(?![\w]|-\w|\.\w)", _roman),
)

__all__ = ["RULES", "inflected", "is_end"]
