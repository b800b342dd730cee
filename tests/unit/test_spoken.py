"""The spoken form: what holds for every language."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.model import join_spoken, join_words
from pipeline.script.spoken import LANGUAGES, explain_words, language_of, speak_words
from pipeline.script.spoken.apply import Edit, assemble, deal, find_edits, sentence_of
from pipeline.script.spoken.en_numbers import cardinal
from pipeline.script.spoken.roman import value_of
from pipeline.script.spoken.rule import kept, rule
from pipeline.script.words import split_words

TAGS = (*LANGUAGES, "it", "pl", "ja", "ar", "tlh")
UNLIKELY = st.text(
    alphabet=st.one_of(
        st.characters(blacklist_categories=["Zs", "Zl", "Zp", "Cc"]),
        st.sampled_from("0123456789.,:;/-–—%$€£°'’\"()[]=+xXIVMhms½²º٣五"),
    ),
    min_size=1,
    max_size=12,
)


@settings(deadline=None, max_examples=300)
@given(words=st.lists(UNLIKELY, max_size=8), language=st.sampled_from(TAGS))
def test_every_word_has_its_form_whatever_it_is(words: list[str], language: str) -> None:
    forms = speak_words(words, language)
    assert len(forms) == len(words)
    for form in forms:
        assert form == " ".join(form.split())
        assert not set(form) & set("“”«»[](){}*_|\u00ad\u200b")


PIECES = st.sampled_from(
    (
        "St. Dr. Mr. No. p. I II IV xi X V. May 5 12, 1999. 3rd 1/2 2.5 $ % kg km/h m² am p.m. 12:30 - – — & / + ="
        " the The of Ave. Street N Uhr 3. II. März z. B. Nr. M. Mme er Ier 6° h mai J.-C. n.º 2.ª a. C. las 1 mil."
        " Sr. siglo e.g. U.S.A. CO2 C# @x #1 www.x.com x@y.de 1.2.3.4 +1 (555) 010-1234 ½ × ² 007 1,000,000 € 5€"
        " £3 million Millionen | ~ ^ \\"
    ).split()
)


@settings(deadline=None, max_examples=400)
@given(words=st.lists(PIECES, min_size=1, max_size=9), language=st.sampled_from(TAGS))
def test_pieces_that_rules_are_about_may_stand_in_any_order(words: list[str], language: str) -> None:
    assert len(speak_words(words, language)) == len(words)


@settings(deadline=None, max_examples=200)
@given(
    text=st.text(alphabet="0123456789 .,:/-$€%°abIVXDr’hm年月\n", max_size=80), language=st.sampled_from(TAGS)
)
def test_the_display_words_are_the_text_whatever_is_said(text: str, language: str) -> None:
    assert join_words(split_words(text, language)) == " ".join(text.split())


@settings(deadline=None)
@given(
    words=st.lists(st.text(alphabet="bfghjknpqrsuwyz", min_size=4, max_size=9), min_size=1, max_size=6),
    language=st.sampled_from(TAGS),
)
def test_plain_words_come_back_unchanged(words: list[str], language: str) -> None:
    assert speak_words([*words, "Word."], language)[: len(words)] == words


@pytest.mark.parametrize("language", [tag for tag in LANGUAGES if tag in ("en", "de", "fr", "es")])
def test_no_digit_and_no_sign_is_left_to_the_engine(language: str) -> None:
    text = "Xy 5 3,5 7.25 12:30 1/2 20% 4kg B12 19° $5 5€ & + = @ § 2-3 1914 00123 987654321 1.2.3.4.5 x² 3rd 4º ½"
    spoken = join_spoken(split_words(text, language))
    assert not [c for c in spoken if not (c.isalpha() or c in " .,:;'-")], spoken


def test_what_is_said_is_dealt_out_to_the_words_it_stands_for() -> None:
    words = "It cost $3 million on May 12, 1999.".split()
    assert speak_words(words, "en") == [
        "It", "cost", "three", "million dollars", "on", "May", "twelfth,", "nineteen ninety nine.",
    ]  # fmt: skip


def test_the_classes_of_the_rules_are_named() -> None:
    said = explain_words("Dr. Woo paid $5".split(), "en")
    assert [word.kinds for word in said] == [("abbreviation",), (), (), ("money",)]


def test_a_region_changes_only_what_is_read_otherwise_there() -> None:
    assert speak_words(["3"], "de-AT") == speak_words(["3"], "de") == ["Drei"]
    assert (
        speak_words(["3/4/2005"], "en-US")
        == speak_words(["3/4/2005"], "en")
        == ["March fourth two thousand five"]
    )
    assert (
        speak_words(["3/4/2005"], "en_AU")
        == speak_words(["3/4/2005"], "en-GB")
        == ["April third two thousand five"]
    )


def test_rules_in_front_take_precedence_and_none_sees_what_is_taken() -> None:
    rules = (kept("kept", r"<\d+>"), rule("a", r"\d+ km", lambda _: "far"), rule("b", r"\d+", lambda _: "n"))
    assert [(e.said, e.kind) for e in find_edits("<5> 6 km 7", rules)] == [
        ("<5>", "kept"), ("far", "a"), ("n", "b"),
    ]  # fmt: skip


def test_shares_are_dealt_in_proportion_when_the_spacing_is_another() -> None:
    words, joined = ["aaaa", "bb", "c"], [False, False, False]
    text = sentence_of(words, joined)
    assert text == "aaaa bb c"
    dealt = deal(words, joined, [Edit(0, len(text), "one two three four|five six seven", "x")])
    assert [assemble(word.parts) for word in dealt] == ["one two three four", "five six", "seven"]
    dealt = deal(words, joined, [Edit(0, len(text), "one", "x")])
    assert [assemble(word.parts) for word in dealt] == ["one", "", ""]


@given(st.integers(0, 10**12))
def test_english_numbers_say_what_they_are(number: int) -> None:
    assert _read(cardinal(number)) == number
    assert _read(cardinal(number, with_and=False)) == number


def _read(words: str) -> int:
    """An English number in words, read the way a listener adds it up."""
    small = {
        word: value
        for value, word in enumerate(
            "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
            " seventeen eighteen nineteen".split()
        )
    } | {
        word: (value + 2) * 10
        for value, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split())
    }
    scales = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
    total = group = 0
    for word in words.replace(" and ", " ").split():
        if word == "hundred":
            group *= 100
        elif word in scales:
            total, group = total + group * scales[word], 0
        else:
            group += small[word]
    return total + group


@pytest.mark.parametrize(
    ("numeral", "value"),
    [("I", 1), ("iv", 4), ("XIX", 19), ("MCMLXXXIV", 1984), ("IIX", None), ("VX", None), ("", None)],
)
def test_roman_numerals(numeral: str, value: int | None) -> None:
    assert value_of(numeral) == value


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_every_registered_language_has_rules(language: str) -> None:
    found = language_of(language)
    assert found.tag in LANGUAGES
    assert found.rules


@pytest.mark.parametrize(
    ("language", "written", "spoken"),
    [
        ("it", "Nel 1984 aveva 21 anni.", "Nel millenovecentottantaquattro aveva ventuno anni."),
        ("it", "pagò 1.500 €", "pagò millecinquecento euro"),
        ("nl", "in 1984", "in negentienvierentachtig"),
        ("pl", "22 zł", "Dwadzieścia dwa złote polskie"),
        ("pl", "ma 5 km", "ma pięć kilometrów"),
        ("cs", "3. května", "3. května"),
        ("pt", "3,5 metros", "3,5 metros"),
        ("ja", "2025年", "2025年"),
        ("tlh", "12 R&D", "12 R&D"),
    ],
)
def test_other_languages_say_what_the_cldr_knows(language: str, written: str, spoken: str) -> None:
    assert join_spoken(split_words(written, language)) == spoken
