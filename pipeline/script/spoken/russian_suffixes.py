"""Russian numbers with letters joined to them: 5-й, 90-х, 2-мя, 20-летний, 1,5-литровый, 15%-ный."""

from __future__ import annotations

import re
from functools import lru_cache

from pipeline.script.spoken.rule import Rule, rule
from pipeline.script.spoken.russian_amounts import split_number, whole
from pipeline.script.spoken.russian_grammar import (
    Reading,
    demanded,
    ends_in,
    following,
    is_adjective,
    known,
    nouns,
)
from pipeline.script.spoken.russian_numerals import (
    LARGEST,
    Case,
    Form,
    Gender,
    cardinal,
    compound_stem,
    decimal,
    ordinal,
)

NOM, GEN, DAT, ACC, INS, LOC = Case
MASC, FEM, NEUT = Gender
_BEGIN = r"(?<![\w.,/:-])"
_HYPHEN = "[-‑–]"

_BY_LIKELIHOOD = (
    Form(NOM), Form(NOM, FEM), Form(NOM, plural=True), Form(NOM, NEUT), Form(GEN), Form(GEN, plural=True),
    Form(DAT), Form(ACC, FEM), Form(LOC), Form(INS), Form(LOC, plural=True), Form(INS, plural=True),
    Form(DAT, plural=True), Form(GEN, FEM), Form(DAT, FEM), Form(LOC, FEM), Form(INS, FEM),
    Form(GEN, NEUT), Form(DAT, NEUT), Form(ACC, NEUT), Form(INS, NEUT), Form(LOC, NEUT),
    Form(ACC), Form(ACC, plural=True), Form(ACC, animate=True), Form(ACC, plural=True, animate=True),
)  # fmt: skip
_COLLECTIVE = {
    2: "двое двоих", 3: "трое троих", 4: "четверо четверых", 5: "пятеро пятерых", 6: "шестеро шестерых",
    7: "семеро семерых", 8: "восьмеро восьмерых", 9: "девятеро девятерых", 10: "десятеро десятерых",
}  # fmt: skip


def _candidates(number: int, suffix: str) -> list[tuple[Form, str, bool]]:
    """Forms of the ordinal, and of the cardinal, that end in the suffix."""
    found = [
        (form, word, True) for form in _BY_LIKELIHOOD if (word := ordinal(number, form)).endswith(suffix)
    ]
    cardinals = []
    for case in (GEN, DAT, INS, LOC):
        word = cardinal(number, Form(case))
        if word.endswith(suffix):
            cardinals.append((Form(case, plural=True), word, False))
    if ends_in(number) == 2 and suffix in ("х", "ех", "ух", "м", "ем", "ум", "мя"):
        return cardinals + found
    return found + cardinals if found else cardinals


def _agreement(form: Form, noun: Reading) -> bool:
    if form.case is not noun.case or form.plural is not noun.plural:
        return False
    return form.plural or noun.gender is None or form.gender is noun.gender


def _suffixed(match: re.Match[str]) -> str | None:
    number = whole(match["number"])
    if number >= LARGEST:
        return None
    suffix = match["suffix"].lower().replace("ё", "е")
    if number in _COLLECTIVE and suffix in ("ро", "ое", "оро") and (suffix != "ое" or number > 3):
        return _COLLECTIVE[number].split()[0]
    candidates = _candidates(number, suffix)
    if not candidates and len(suffix) > 1:
        candidates = _candidates(number, suffix[-1])
    if not candidates:
        return None
    text = match.string
    cases = demanded(text, match.start())
    noun = following(text, match.end("suffix"))
    alone = match.start() == 0 and match.end() == len(text)

    def fits(candidate: tuple[Form, str, bool]) -> tuple[int, ...]:
        form, _, is_ordinal = candidate
        agrees = any(
            _agreement(form, r) or (not is_ordinal and form.case is r.case and r.plural)
            for r in noun.readings
        )
        asked = form.case in cases if cases else form.case is not LOC or alone
        guessed = suffix == "м" and not is_ordinal and not agrees  # 4-м is rather четвертом than четырем
        return (not (agrees and asked), not agrees if noun.readings else 0, guessed, not asked)

    return min(candidates, key=fits)[1]


def _compound(match: re.Match[str]) -> str | None:
    """20-летний, 3-комнатная, 1,5-литровый, 100-летие."""
    head, places = split_number(match["number"])
    tail = match["tail"].lower()
    number = whole(head)
    if places:
        return f"{decimal(number, places)} {tail}"
    if number == 0 or number >= 1_000_000:
        return None
    if match["between"]:  # 5-10-летний: the first number stands alone
        last = whole(match["between"])
        return f"{compound_stem(number)}-{compound_stem(last)}{tail}" if last else None
    if (
        nouns(tail)
        and not tail.startswith(
            ("лет", "процент", "тонник", "метровк", "дневк", "классни", "местн", "клеточк")
        )
        and (_is_whole_word(tail))
    ):
        return None
    return compound_stem(number) + tail


@lru_cache(maxsize=1_024)
def _is_whole_word(tail: str) -> bool:
    """5-класс: a word of its own and not the second part of a compound."""
    return known(tail) and not is_adjective(tail)


_SHORT_ENDINGS = {
    "й": "ный", "го": "ного", "му": "ному", "м": "ном", "я": "ная", "ю": "ную", "е": "ные", "х": "ных", "ми": "ными",
}  # fmt: skip


def _percentage(match: re.Match[str]) -> str:
    """15%-ный, 15%-го."""
    tail = match["tail"]
    tail = _SHORT_ENDINGS.get(tail, tail)
    head, places = split_number(match["number"])
    if places:
        return f"{decimal(whole(head), places)} процент{tail}"
    return f"{compound_stem(whole(head))}процент{tail}"


def _years_after(match: re.Match[str]) -> str | None:
    """1990-х гг.: the noun after an ordinal with its ending."""
    if match["suffix"] == "х":
        return "годах" if demanded(match.string, match.start())[-1:] == (LOC,) else "годов"
    return {"е": "годы", "м": "годам", "ми": "годами", "й": "год", "го": "года", "му": "году"}[
        match["suffix"]
    ]


_NUMBER = r"(?:\d{1,3}(?: \d{3}){1,4}(?!\d)|\d+)"

ROWS: tuple[Rule, ...] = (
    rule(
        "ordinal",
        rf"{_BEGIN}(?P<number>\d{{1,4}})(?= ?[–—-] ?\d{{1,4}}{_HYPHEN}(?P<suffix>[а-яё]{{1,3}})(?!\w))",
        _suffixed,
    ),
    rule("date", r"(?<![\w.,])\d{1,4}-(?P<suffix>е|х|м|ми|й|го|му) (?P<said>гг?\.)", _years_after),
)
"""Of several numbers with one ending; before the rules of years."""

RULES: tuple[Rule, ...] = (
    rule(
        "ordinal",
        rf"{_BEGIN}(?P<number>\d+(?:[.,]\d+)?) ?%{_HYPHEN}(?P<tail>[а-яё]{{1,6}})(?!\w)",
        _percentage,
    ),
    rule(
        "ordinal",
        rf"{_BEGIN}(?P<number>{_NUMBER}){_HYPHEN}(?P<suffix>[а-яё]{{1,3}})(?![\w]|{_HYPHEN}[а-яё\d])",
        _suffixed,
        re.IGNORECASE,
    ),
    rule(
        "ordinal",
        rf"{_BEGIN}(?P<number>\d+(?:[.,]\d+)?)(?: ?{_HYPHEN} ?(?P<between>\d+))?{_HYPHEN}?"
        rf"(?:(?<={_HYPHEN})|(?=лет))(?:(?:ти|и|х|ми|ю|ух|ех){_HYPHEN} ?)?(?P<tail>[а-яё]{{3,}})(?!\w)",
        _compound,
    ),
)
