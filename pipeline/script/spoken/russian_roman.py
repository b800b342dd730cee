"""Roman numerals in Russian: centuries, kings, and numbered things."""

from __future__ import annotations

import re

from pipeline.script.spoken.rule import Rule, rule
from pipeline.script.spoken.russian_counting import LABELS, NUMBERED
from pipeline.script.spoken.russian_grammar import (
    Reading,
    agreeing_form,
    before,
    demanded,
    following,
    inflected,
    left_of,
    nouns,
    readings,
    right_of,
    word_before,
)
from pipeline.script.spoken.russian_numerals import (
    Case,
    Form,
    Gender,
    cardinal,
    ordinal,
)
from pipeline.script.spoken.russian_years import AMONG_YEARS, DASH, ERA

NOM, GEN, DAT, ACC, INS, LOC = Case


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


_TITLES = frozenset(
    "король королева царь император императрица папа султан герцог князь шах цезарь кайзер".split()
)


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
        return (
            f"{ordinal(first, Form(case, gender))}|{inflected('тысячелетие', case)}{era}"
            if not last
            else None
        )
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
    return f"{said}|{named}{era}"


_IN_ROW = re.compile(rf"(?<!\w)[{_ROMAN}]+(?:,| и| или|{DASH}) ?$")
_SPAN_BEFORE = re.compile(r"(?<!\w)(?:нач|кон|сер|пол)\. $")
_WORD_BEFORE = re.compile(r"([^\W\d_]+)\.? $")
_NAME_BEFORE = re.compile(r"([А-ЯЁ][а-яё]+(?:-[А-ЯЁ][а-яё]+)*) $")
_TITLE_BEFORE = re.compile(r"(?<![а-яё])([а-яё]+) $")


def _century_case(text: str, start: int) -> Case:
    row = before(_IN_ROW, text, start)
    if row:
        start = row.start()
    if before(_SPAN_BEFORE, text, start):
        return GEN
    word = word_before(text, start)
    if word in AMONG_YEARS:
        return AMONG_YEARS[word]
    return GEN if word and readings(word) else NOM


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
    label = before(_WORD_BEFORE, text, start)
    if label:
        word = label[1].lower()
        found = [r for r in nouns(word) if r.lemma in LABELS and not r.plural and not r.animate]
        if found:
            form = agreeing_form(demanded(text, label.start()), found) or agreeing_form((), found)
            return ordinal(number, form or Form())
        if any(r.lemma in NUMBERED for r in nouns(word)):
            return cardinal(number)
    row = re.match(
        rf"(?:,| и| или|{DASH}) ?(?:\w+ )?[{_ROMAN}]+ (?P<noun>век\w*|вв?\.|столет\w+)", right_of(text, end)
    )
    if row:
        noun = row["noun"]
        case = _CENTURY_WORDS[noun][0] if noun in _CENTURY_WORDS else _century_case(text, start)
        if word_before(text, start) in (
            "конец",
            "начало",
            "середина",
            "конца",
            "начала",
            "середины",
            "конце",
            "начале",
        ):
            case = GEN
        return ordinal(number, Form(case))
    noun_after = following(text, end)
    if len(written) > 1 or written in "IVXХІ":
        form = agreeing_form(demanded(text, start), [r for r in noun_after.readings if not r.plural])
        if form is not None and not (written in ("I", "V", "X") and not start and text[end : end + 1] == "."):
            return ordinal(number, form)
    if len(written) > 1 and set(written.translate(_LOOKALIKES)) & set("IVX"):
        return cardinal(number)
    if not left_of(text, start).strip() and (
        not right_of(text, end).strip(" .") or text[end : end + 1] == "."
    ):
        return cardinal(number)
    return None


def _king(text: str, start: int) -> Form | None:
    """How the number of a king agrees with his name; None when the word before is no name."""
    match = before(_NAME_BEFORE, text, start)
    if match is None:
        return None
    name = match[1].rpartition("-")[2]
    found = [r for r in nouns(name.lower()) if r.name and not r.plural]
    found = [r for r in found if r.gender is Gender.MASC] or found  # Александра III is no queen
    title = before(_TITLE_BEFORE, text, match.start())
    titled = title[1] if title else ""
    if not found:
        if not any(r.lemma in _TITLES for r in nouns(titled)):
            return None
        found = [r for r in nouns(name.lower()) if not r.plural] or [
            Reading("NOUN", r.case, Gender.MASC, False, True, True, name)
            for r in nouns(titled)
            if not r.plural
        ]
    cases = demanded(text, match.start())
    if not cases and title and any(r.lemma in _TITLES for r in nouns(titled)):
        cases = tuple(dict.fromkeys(r.case for r in nouns(titled) if not r.plural))
    if not cases and nouns(word_before(text, match.start())):
        cases = (GEN, DAT, NOM, INS, LOC, ACC)  # царствование Александра
    form = agreeing_form(cases, found) or agreeing_form((), found)
    if form is None:
        return None
    return Form(form.case, form.gender, False, form.animate)


ROMAN: tuple[Rule, ...] = (
    rule(
        "date",
        rf"(?<!\w)(?P<a>[{_ROMAN}]+)(?:{DASH}(?P<b>[{_ROMAN}]+))? (?P<noun>век(?:а|у|ом|е|ов|ам|ами|ах)?(?!\w)"
        rf"|столет(?:ие|ия|ию|ии|ий|иях)(?!\w)|вв?\.|тыс\.){ERA}",
        _century,
    ),
    rule("roman", rf"(?<![\w.-])[{_ROMAN}]+(?![\w]|-\w|\.\w)", _roman),
)
"""Roman numerals."""
