"""Years in Russian: with год, with г., and without either."""

from __future__ import annotations

import re

from pipeline.script.spoken.rule import Rule, rule
from pipeline.script.spoken.russian_grammar import (
    before,
    counting_form,
    demanded,
    ends_in,
    following,
    left_of,
    readings,
    word_before,
)
from pipeline.script.spoken.russian_numerals import (
    Case,
    Form,
    ordinal,
)
from pipeline.script.spoken.russian_terms import MONTHS

NOM, GEN, DAT, ACC, INS, LOC = Case


BEGIN = r"(?<![\w.,/:-])"
"""Where a number may begin."""
DASH = r" ?[–—-] ?"


_YEAR_WORDS = {
    "год": NOM, "года": GEN, "году": LOC, "годом": INS, "годе": LOC, "годы": NOM, "годов": GEN, "годам": DAT,
    "годами": INS, "годах": LOC,
}  # fmt: skip


AMONG_YEARS = {
    "в": LOC, "во": LOC, "о": LOC, "об": LOC, "при": LOC, "с": GEN, "со": GEN, "до": GEN, "от": GEN, "из": GEN,
    "после": GEN, "около": GEN, "ок": GEN, "ранее": GEN, "раньше": GEN, "позже": GEN, "позднее": GEN,
    "накануне": GEN, "для": GEN, "против": GEN, "к": DAT, "ко": DAT, "по": ACC, "на": ACC, "за": ACC, "под": ACC,
    "про": ACC, "через": ACC, "между": INS, "перед": INS, "над": INS,
}  # fmt: skip
"""The case of a year after a preposition: в тысяча восемьсот двенадцатом."""


_SEASONS = frozenset(
    (
        "весной весною летом осенью зимой зимою весна лето осень зима весны лета осени зимы"
        " начало начале начала конец"
        " конце конца середина середине середины январе феврале марте апреле мае июне июле августе сентябре октябре"
        " ноябре декабре"
    ).split()
).union(MONTHS)


_YEAR_ROW = re.compile(
    rf"(?:(?:,| и| или|{DASH}) ?\d{{3,4}})+ (?P<noun>год(?:ы|ов|ам|ами|ах|а|у|ом)?(?!\w)|гг?\.)"
)


_YEAR_AND = re.compile(r"(?<!\d)1\d{3} (?:по|и|до|или) $")
_ROW_BEFORE = re.compile(r"(?<![\w.,])\d{3,4}(?:,| и| или| ?[–—-]) ?$")


ERA = r"(?P<era> (?P<before>до )?н\. ?э\.?)?"


_GENITIVE_BEFORE = re.compile(rf"(?:(?<!\w)ок\.|(?:{'|'.join(MONTHS)})\)) ?$", re.IGNORECASE)
"""ок. 1750 г.; 6 ноября (25 октября) 1796 г."""


def _year_case(text: str, start: int, noun: str) -> Case:
    """The case of a year, from its noun or, where that is shortened, from what stands word."""
    if noun in ("г", "гг", ""):
        for _ in range(3):
            row = _ROW_BEFORE.search(text, max(0, start - 12), start)
            if row is None:
                break
            start = row.start()
        if before(_GENITIVE_BEFORE, text, start):
            return GEN
        word = word_before(text, start)
        if word in AMONG_YEARS:
            return AMONG_YEARS[word]
        if word in ("году", "годах"):
            return LOC
        return GEN if word and not _is_verb_like(word) else NOM
    case = _YEAR_WORDS[noun]
    if noun == "году":
        word = word_before(text, start)
        return DAT if word in ("к", "ко", "по", "благодаря", "подобно") else LOC
    if noun == "год" and word_before(text, start) in AMONG_YEARS:
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
    if noun in ("год", "года", "годам", "годами", "годах", "годов", "годы", "лет") and not _is_year(
        match, number
    ):
        return None
    case = _year_case(text, match.start(), noun)
    plural = noun in ("гг", "годы", "годов", "годам", "годами", "годах")
    if noun == "гг" and match["b"] is None and not before(_ROW_BEFORE, text, match.start()):
        plural = False
    said = _year_numbers(match["a"], match["b"], case)
    if match["b"]:
        plural = True
    named = _year_noun(case, plural) if noun in ("г", "гг") else noun
    era = ""
    if match["era"]:
        era = "|до нашей эры" if match["before"] else "|нашей эры"
    return f"{said}|{named}{era}"


def _is_early_year(match: re.Match[str], number: int) -> bool:
    """Whether «988 г.» is a year and not a weight."""
    if number < 300 or not match[0].endswith("."):
        return False
    word = word_before(match.string, match.start())
    return word in ("в", "во", "до", "с", "после", "к", "от", "около") or word in MONTHS


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
    word = word_before(text, start)
    noun_after = following(text, end)
    if last:
        until = int(last) if len(last) == 4 else int(first[:2] + last)
        if not number < until <= 2100 or counting_form(until, (), noun_after):
            return None
        case = AMONG_YEARS.get(word, NOM)
        if case is NOM and word and word in _SEASONS:
            case = GEN
        return _year_numbers(first, last, case)
    if counting_form(number, demanded(text, start), noun_after) is not None:
        return None
    if word in _SEASONS:
        return ordinal(number, Form(GEN))
    if left_of(text, start).endswith("(") and text.startswith(")", end):
        return ordinal(number, Form())
    if word in ("в", "с", "со", "по", "к", "ко", "до", "от", "после", "между", "на"):
        if number % 100 == 0 and word not in ("в", "по"):
            return None
        if word == "на" or (word in ("до", "от") and number % 10 == 0):
            return None
        return ordinal(number, Form(AMONG_YEARS[word]))
    if before(_ROW_BEFORE, text, start) or before(_YEAR_AND, text, start):
        case = _year_case(text, start, "")
        return ordinal(number, Form(case)) if case is not NOM else None
    return None


_YEAR_NOUN = r"(?P<noun>год(?:ы|ов|ам|ами|ах|ом|а|у)?(?!\w)|гг(?=\.)|г(?=\.)|г(?!\w))\.?"


YEARS: tuple[Rule, ...] = (
    rule("date", rf"{BEGIN}(?P<a>\d{{1,4}})(?:{DASH}(?P<b>\d{{2,4}}))? ?{_YEAR_NOUN}{ERA}", _year),
    rule(
        "date",
        rf"{BEGIN}(?P<a>\d{{3,4}})(?:{DASH}(?P<b>\d{{2,4}}))?(?![\w%°]|[.,]\d|-\w| ?[%°$€])",
        _year_alone,
    ),
)
"""Years."""
