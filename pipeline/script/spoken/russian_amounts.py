"""Amounts in Russian: prices, measures, percentages, fractions, and ranges of them."""

from __future__ import annotations

import re
from functools import lru_cache

from pipeline.script.spoken.rule import Rule, alternatives, rule
from pipeline.script.spoken.russian_grammar import (
    demanded,
    ends_in,
    inflected,
    left_of,
    noun_forms,
    nouns,
    right_of,
    word_before,
)
from pipeline.script.spoken.russian_numerals import (
    LARGEST,
    MOST_PLACES,
    Case,
    Form,
    Gender,
    cardinal,
    counted,
    decimal,
    fraction,
)
from pipeline.script.spoken.russian_terms import CURRENCIES, HUNDREDTHS, SCALES, UNITS, Term

NOM, GEN, DAT, ACC, INS, LOC = Case


NUMBER = (
    r"(?:\d{1,3}(?: \d{3}){1,4}(?!\d)|\d{1,3}(?:\.\d{3}){1,4}(?![.,]?\d)|\d{1,3}(?:,\d{3}){2,4}(?!\d)|\d+)"
)
"""A whole number, with or without the marks between thousands."""


PLACES = r"(?:[.,]\d{1,9}(?![.,]?\d))?"


_SCALE = rf"(?: ?(?:{alternatives(SCALES)})(?![^\W\d_])\.?)?"


SIGN = r"(?:(?<![\w)])[-−–+±]|\+-)?"


BEGIN = r"(?<![\w.,/:-])"


_UNIT = alternatives(UNITS | CURRENCIES)


_CURRENCY = "[$€£¥₽₴₸₹]"


SIGN_WORDS = {
    "-": "минус ",
    "−": "минус ",
    "–": "минус ",
    "+": "плюс ",
    "±": "плюс-минус ",
    "+-": "плюс-минус ",
}


def whole(written: str) -> int:
    """The number that is written, without the marks between its thousands."""
    return int(re.sub(r"\D", "", written))


def split_number(written: str) -> tuple[str, str]:
    """The whole part and the decimal places: ``2.300`` is a number of thousands, ``2.3`` and ``2,300`` are not."""
    if re.fullmatch(r"\d{1,3}(?:\.\d{3})+|\d{1,3}(?:,\d{3}){2,}|[\d ]+", written):
        return written, ""
    match = re.fullmatch(r"(.*?)[.,](\d+)", written)
    return (match[1], match[2]) if match else (written, "")


def digits(written: str) -> str:
    """Digit by digit: ноль ноль семь."""
    return " ".join(cardinal(int(d)) for d in written if d.isdecimal())


def is_end(match: re.Match[str]) -> bool:
    """Whether a sentence ends with the match, so that the full stop of its abbreviation is the sentence's too."""
    if right_of(match.string, match.end()).strip("»\"”'’)"):
        return False
    return bool(
        re.search(r"[^\W\d_]{3,}(?![\w.])", left_of(match.string, match.start()))
    )  # and no list of amounts


@lru_cache(maxsize=1_024)
def term_of(sign: str) -> Term | None:
    """What a sign after a number stands for."""
    return UNITS.get(sign) or CURRENCIES.get(sign)


def term_words(term: Term, number: int, case: Case) -> str:
    """A unit after a whole number: двух квадратных метров в час."""
    said = counted(number, noun_forms(term.noun), case)
    if term.adjective:
        kind = ends_in(number)
        gender = gender_of(term.noun)
        if kind == 1:
            agreeing = _adjective(term.adjective, case, gender)
        elif case in (NOM, ACC):
            few_feminine = kind == 2 and gender is Gender.FEM
            agreeing = inflected(term.adjective, NOM if few_feminine else GEN, True)
        else:
            agreeing = inflected(term.adjective, case, True)
        said = f"{agreeing} {said}"
    return f"{said} {term.tail}".strip()


def _adjective(lemma: str, case: Case, gender: Gender) -> str:
    if gender is Gender.FEM:  # лошадиная
        endings = dict(zip(Case, ("ая", "ой", "ой", "ую", "ой", "ой"), strict=True))
        return lemma[:-2] + endings[case]
    return inflected(lemma, case)


def part_words(term: Term) -> str:
    """A unit after decimals: the genitive singular, две целых семь десятых метра."""
    said = inflected(term.noun, GEN)
    if term.adjective:
        said = f"{_adjective(term.adjective, GEN, gender_of(term.noun))} {said}"
    return f"{said} {term.tail}".strip()


def many_words(term: Term) -> str:
    """A unit after тысяч, миллионов: the genitive plural."""
    return term_words(term, 5, NOM)


@lru_cache(maxsize=512)
def gender_of(noun: str) -> Gender:
    return next((r.gender for r in nouns(noun) if r.case is NOM and r.gender), Gender.MASC)


def quantity(written: str, form: Form, one: bool = False) -> str:
    """A number as it stands, whole or decimal, in a form; by the digit when it has no name."""
    head, places = split_number(written)
    compact = re.sub(r"\D", "", head)
    if places:
        if int(compact) >= LARGEST:
            return f"{digits(compact)} запятая {digits(places)}"
        if len(places) > MOST_PLACES:
            return f"{cardinal(int(compact))} запятая {digits(places)}"
        return decimal(int(compact), places, form.case)
    if int(compact) >= LARGEST or (len(compact) > 2 and compact[0] == "0"):
        return digits(compact)
    return cardinal(int(compact), form, one)


_HYPHENS = r" ?[-–—] ?|\.\.\.?|…"


AMOUNT = (
    rf"{BEGIN}(?P<sign>{SIGN})(?P<a>{NUMBER}{PLACES})"
    rf"(?:(?P<first> ?[%°])?(?P<dash>{_HYPHENS})(?P<b>{NUMBER}{PLACES}))?"
    rf"(?P<scale>{_SCALE})"
)


_AMOUNT_AFTER = rf"{AMOUNT}(?P<gap> ?)(?P<unit>{_UNIT})(?![\w/])(?:\.(?= [а-яё(—–]))?"


def with_or_from(match: re.Match[str], cases: tuple[Case, ...]) -> Case:
    """The case of thousands and sums: «с» is from where «до» follows, else with."""
    if cases[:1] == (GEN,) and INS in cases:
        return GEN if re.search(r"(?<!\w)(?:до|по)(?!\w)", right_of(match.string, match.end())) else INS
    return cases[0] if cases else NOM


def _case_of_measure(match: re.Match[str], term: Term) -> Case:
    cases = demanded(match.string, match.start())
    if not cases:
        return NOM
    before = word_before(match.string, match.start())
    if (
        before in ("в", "во")
        and term.noun.endswith("метр")
        and re.match(r" от\b", right_of(match.string, match.end()))
    ):
        return LOC  # в пяти километрах от города
    if match["scale"] or term.noun in HUNDREDTHS:
        return with_or_from(match, cases)
    return cases[0]


def _measure(match: re.Match[str]) -> str | None:
    sign = match["unit"]
    term = term_of(sign)
    if term is None:
        return None
    text = match.string
    if sign in ("с", "в", "В", "К", "к", "А", "а", "Н", "т", "г", "ч", "м", "л", "ц") and not _is_unit(
        match, sign
    ):
        return None
    case = _case_of_measure(match, term)
    if sign in ("стр.",) and not match["gap"]:
        return None
    said = SIGN_WORDS.get(match["sign"], "") + _amount(match, case, term)
    if sign.endswith(".") or match["scale"].endswith("."):
        said = said
    del text
    return said


def _is_unit(match: re.Match[str], sign: str) -> bool:
    """Letters that are words too: «5 с» is seconds, «5 с половиной» is not."""
    after = right_of(match.string, match.end())
    if after.startswith(".") and sign in ("т", "г", "ч", "с", "л") and re.match(r"\. ?[а-яё]\.", after):
        return False  # 5 т. е., 1941 г. н. э.
    if sign in ("В", "А", "К"):
        return match["gap"] == "" or not re.match(r" [а-яёА-ЯЁ]", after)
    if sign in ("с", "в", "к", "а"):
        return not match["gap"] or not re.match(r",? [«\"]?[\wа-яё]", after)
    if sign == "г" and after.startswith(".") and not is_end(match):
        return split_number(match["a"])[1] != ""
    if sign in ("т", "ч") and after.startswith("."):
        return bool(is_end(match)) or sign == "ч"
    return True


def _amount(match: re.Match[str], case: Case, term: Term) -> str:
    """Number, scale and unit, with the shares of the display words."""
    form = Form(case, gender_of(term.noun))
    scale = match["scale"].strip(" .")
    gap = "|"
    if scale:
        scale_forms = noun_forms(SCALES[scale])
        form = Form(case, Gender.FEM if scale == "тыс" else Gender.MASC)
    first = quantity(match["a"], form)
    last = match["a"]
    if match["b"]:
        last = match["b"]
        first = range_words(first, quantity(last, form))
    head, places = split_number(last)
    number = whole(head)
    if scale:
        named = scale_forms[0][GEN] if places else counted(number, scale_forms, case)
        return f"{first}{gap}{named}{gap}{many_words(term)}"
    if places:
        return f"{first}{gap}{part_words(term)}"
    return f"{first}{gap}{term_words(term, number, case)}"


def range_words(first: str, last: str) -> str:
    """два-три; сто двадцать — сто двадцать пять."""
    if " " in first or " " in last:
        return f"{first} —|{last}"
    return f"{first}-{last}"


_PRICE_BEFORE = rf"(?P<unit>{_CURRENCY}) ?{AMOUNT.replace(BEGIN, '')}(?!\w)"


def _price(match: re.Match[str]) -> str | None:
    term = CURRENCIES[match["unit"]]
    cases = demanded(match.string, match.start())
    case = cases[0] if cases else NOM
    head, places = split_number(match["a"])
    if len(places) == 2 and not match["scale"] and not match["b"] and term.noun in HUNDREDTHS:
        return _two_units(whole(head), term.noun, int(places), HUNDREDTHS[term.noun], case)
    return _amount(match, case, term)


def _two_units(number: int, noun: str, rest: int, part: str, case: Case) -> str:
    said = f"{cardinal(number, Form(case, gender_of(noun)))} {counted(number, noun_forms(noun), case)}"
    if rest:
        said += f" {cardinal(rest, Form(case, gender_of(part)))} {counted(rest, noun_forms(part), case)}"
    return said


_VULGAR = {
    "½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4), "⅕": (1, 5), "⅖": (2, 5), "⅗": (3, 5),
    "⅘": (4, 5), "⅙": (1, 6), "⅚": (5, 6), "⅐": (1, 7), "⅛": (1, 8), "⅜": (3, 8), "⅝": (5, 8), "⅞": (7, 8),
    "⅑": (1, 9), "⅒": (1, 10),
}  # fmt: skip


def _fraction(match: re.Match[str]) -> str | None:
    above, below = int(match["above"]), int(match["below"])
    if not 1 < below <= 1000 or above > 1000 or above == 0:
        return None
    if match["below"].startswith("0") or (above, below) == (24, 7):
        return None
    cases = demanded(match.string, match.start())
    case = cases[0] if cases else NOM
    minus = SIGN_WORDS.get(match["sign"], "")
    if match["whole"]:
        head = cardinal(int(match["whole"]), Form(case))
        return f"{minus}{head} и {fraction(above, below, case)}"
    return minus + fraction(above, below, case)


def _vulgar(match: re.Match[str]) -> str:
    cases = demanded(match.string, match.start())
    case = cases[0] if cases else NOM
    said = fraction(*_VULGAR[match["sign"]], case)
    if match["whole"]:
        return f"{cardinal(int(match['whole']), Form(case))} и {said}"
    return said


def _per(match: re.Match[str]) -> str | None:
    """4 кг/кг, 1/кг: a unit in each of another."""
    below = term_of(match["below"])
    if below is None:
        return None
    number = match["number"]
    if match["above"]:
        above = term_of(match["above"])
        if above is None:
            return None
        said = quantity(number, Form(NOM, gender_of(above.noun)))
        head, places = split_number(number)
        said += "|" + (part_words(above) if places else term_words(above, whole(head), NOM))
        return f"{said} в {inflected(below.noun, LOC)}"
    return f"{quantity(number, Form())} в {inflected(below.noun, LOC)}"


RULES: tuple[Rule, ...] = (
    rule("money", _PRICE_BEFORE, _price),
    rule("measure", _AMOUNT_AFTER, _measure),
    rule(
        "measure",
        rf"{BEGIN}(?P<number>{NUMBER}{PLACES})(?: ?(?P<above>[а-яА-Яa-zA-Z]+))?/(?P<below>[а-яА-Яa-zA-Z²³]+)(?!\w)",
        _per,
    ),
    rule(
        "fraction",
        rf"{BEGIN}(?P<sign>{SIGN})(?:(?P<whole>\d{{1,3}}) )?(?P<above>\d{{1,3}})[/⁄]"
        rf"(?P<below>\d{{1,4}})(?![\w/.,]*\d)(?!\w)",
        _fraction,
    ),
    rule("fraction", rf"(?<![\w,.])(?P<whole>\d{{1,3}})? ?(?P<sign>[{''.join(_VULGAR)}])", _vulgar),
)
