"""Russian as it is spoken: numerals in their cases, and what decides on them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.script.spoken import explain_words, speak_words
from pipeline.script.spoken.russian_letters import is_read_as_word
from pipeline.script.spoken.russian_numerals import (
    LARGEST,
    Case,
    Form,
    Gender,
    cardinal,
    compound_stem,
    decimal,
    fraction,
    ordinal,
)

CASES = [
    tuple(line.split("~"))
    for line in (Path(__file__).parent / "spoken" / "ru.txt").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
]


def _folded(text: str) -> str:
    return text.casefold().replace(",", "").rstrip(".")


@pytest.mark.parametrize(("written", "spoken"), CASES, ids=[case[0] for case in CASES])
def test_what_is_said(written: str, spoken: str) -> None:
    said = speak_words(written.split(), "ru")
    assert _folded(" ".join(filter(None, said))) == _folded(spoken)


@pytest.mark.parametrize(
    ("case", "said"),
    [
        (Case.NOM, "пятьсот сорок две тысячи триста девяносто одна"),
        (Case.GEN, "пятисот сорока двух тысяч трехсот девяноста одной"),
        (Case.DAT, "пятистам сорока двум тысячам тремстам девяноста одной"),
        (Case.ACC, "пятьсот сорок две тысячи триста девяносто одну"),
        (Case.INS, "пятьюстами сорока двумя тысячами тремястами девяноста одной"),
        (Case.LOC, "пятистах сорока двух тысячах трехстах девяноста одной"),
    ],
)
def test_every_part_of_a_cardinal_declines(case: Case, said: str) -> None:
    assert cardinal(542_391, Form(case, Gender.FEM)) == said


def test_two_to_four_of_living_things_in_the_accusative_are_in_the_genitive() -> None:
    assert cardinal(2, Form(Case.ACC, animate=True)) == "двух"
    assert cardinal(2, Form(Case.ACC)) == "два"
    assert cardinal(22, Form(Case.ACC, animate=True)) == "двадцать два"


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (1, "первом"),
        (3, "третьем"),
        (40, "сороковом"),
        (100, "сотом"),
        (1000, "тысячном"),
        (1812, "тысяча восемьсот двенадцатом"),
        (1900, "тысяча девятисотом"),
        (2000, "двухтысячном"),
        (2024, "две тысячи двадцать четвертом"),
        (25_000, "двадцатипятитысячном"),
        (3_000_000, "трехмиллионном"),
    ],
)
def test_only_the_last_word_of_an_ordinal_declines(number: int, said: str) -> None:
    assert ordinal(number, Form(Case.LOC)) == said


def test_parts_of_one() -> None:
    assert decimal(1, "0002") == "одна целая две десятитысячных"
    assert decimal(21, "5", Case.GEN) == "двадцати одной целой пяти десятых"
    assert fraction(2, 45) == "две сорок пятых"
    assert fraction(1, 3, Case.INS) == "одной третьей"


@pytest.mark.parametrize(
    ("number", "stem"),
    [(2, "двух"), (25, "двадцатипяти"), (40, "сорока"), (90, "девяносто"), (150, "стопятидесяти")],
)
def test_first_parts_of_compounds(number: int, stem: str) -> None:
    assert compound_stem(number) == stem


@pytest.mark.parametrize("acronym", ["НАТО", "МИД", "ГОСТ", "ОМОН", "ГАИ"])
def test_acronyms_with_the_shape_of_a_word_are_read(acronym: str) -> None:
    assert is_read_as_word(acronym)


@pytest.mark.parametrize("acronym", ["СССР", "МГУ", "ООН", "ФСБ", "ЦК", "АЭС"])
def test_other_acronyms_are_spelled(acronym: str) -> None:
    assert not is_read_as_word(acronym)


@given(st.integers(0, LARGEST - 1), st.sampled_from(Case), st.sampled_from(Gender))
def test_every_number_has_a_name_in_every_form(number: int, case: Case, gender: Gender) -> None:
    words = cardinal(number, Form(case, gender)).split()
    assert words
    assert all(word.isalpha() for word in words)
    assert ordinal(number, Form(case, gender)).replace(" ", "").isalpha()


@pytest.mark.parametrize("number", [-1, LARGEST])
def test_what_has_no_name_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match="has no name"):
        cardinal(number)
    with pytest.raises(ValueError, match="has no name"):
        ordinal(number)


_PIECES = st.sampled_from(
    "1 5 12 21 1945 2,5 1.5 - – в с к до по и от кг % книг года мая XIX II Петр № § ( ) , . й го летний $ € тыс. млн"
    " т. г. д. ул. им. / : °C МГУ H2O a@b.ru ½ ² ٣ ⅒ ① 00 0123 123456789012345678901 ± + x СССР".split()
)


@given(st.lists(st.lists(_PIECES, min_size=1, max_size=4).map("".join), min_size=1, max_size=8))
def test_anything_is_said_without_digits_and_word_by_word(words: list[str]) -> None:
    said = speak_words(words, "ru")
    assert len(said) == len(words)
    assert not any(c.isascii() and c.isdigit() for form in said for c in form)


def test_every_display_word_says_its_own_share() -> None:
    said = explain_words(["около", "12", "кв.", "км", "леса"], "ru")
    assert [word.spoken for word in said] == ["около", "двенадцати", "квадратных", "километров", "леса"]
