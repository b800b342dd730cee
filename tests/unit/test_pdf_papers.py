"""Citations, formulas and references of papers."""

from __future__ import annotations

import pytest

from pipeline.ingest.pdf_papers import References, _is_formula, without_citations

NUMBERED = References("[1] A. Keeper. Lamps.\n[2] B. Holm. Tides.", True)
NAMED = References("Holm, B. (1981). On tides.\nÉtienne, C. (1990). Lampes.\nPetrov, I. (2003)", False)
NONE = References("", False)


@pytest.mark.parametrize(
    ("text", "told", "count"),
    [
        ("Lamps are kept [1].", "Lamps are kept.", 1),
        ("Lamps [1,2], oil [3–5] and wicks [1; 2].", "Lamps, oil and wicks.", 3),
        ("As shown before [2, Theorem 3], it holds.", "As shown before, it holds.", 1),
        ("It was so [2, pp. 14–18] for years.", "It was so for years.", 1),
        ("It burned. [1] says so.", "It burned. [1] says so.", 0),
        ("The value x ∈ [1, 2] is small.", "The value x ∈ [1, 2] is small.", 0),
        ("He said [sic] nothing [...] more.", "He said [sic] nothing [...] more.", 0),
        ("Empty sets [0, 1] stay.", "Empty sets [0, 1] stay.", 0),
    ],
)
def test_numbers_in_brackets(text: str, told: str, count: int) -> None:
    assert without_citations(text, NUMBERED) == (told, count)


@pytest.mark.parametrize(
    ("text", "told", "count"),
    [
        ("It counts twice (Holm, 1981).", "It counts twice.", 1),
        ("It counts (Holm and Ore 1981; see Étienne et al., 1990a, p. 4) twice.", "It counts twice.", 1),
        ("Так считают (Petrov, 2003), и верно.", "Так считают, и верно.", 1),
        ("Holm (1981) was first.", "Holm (1981) was first.", 0),
        ("The fire (March 1921) was put out.", "The fire (March 1921) was put out.", 0),
        ("The harbour (see Figure 2) was closed.", "The harbour (see Figure 2) was closed.", 0),
        ("A ship (the Holm, built in 1981) sank.", "A ship (the Holm, built in 1981) sank.", 0),
    ],
)
def test_names_and_years_in_parentheses(text: str, told: str, count: int) -> None:
    assert without_citations(text, NAMED) == (told, count)


def test_without_a_list_one_name_and_a_year_are_no_citation() -> None:
    assert without_citations("It stood there (Berlin, 1920).", NONE)[1] == 0
    assert without_citations("It stood there (Holm and Ore, 1920).", NONE)[1] == 1


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        ("E = mc2 (3)", True),
        ("∇ · E = ρ/ε0", True),
        ("f(x) = sin(x) + log y,", True),
        ("∑ i xi ≤ n", True),
        ("where n = 4 holds for every harbour", False),
        ("Then x = y follows at once.", False),
        ("12 March 1921", False),
        ("Figure 2: lamps", False),
    ],
)
def test_formulas_are_told_from_prose(text: str, formula: bool) -> None:
    assert _is_formula(text) is formula
