"""Tokens laid beside each other, and how texts sound."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.hear.matching import Closeness, equal_runs, likeness, matched
from pipeline.hear.recogniser import Heard
from pipeline.hear.sounds import no_sounds, sounds_of
from pipeline.hear.tokens import Token, texts, tokens_heard, tokens_of
from pipeline.model import Word

EXACT = Closeness(words=1.0, names=1.0)
tokens = st.lists(st.sampled_from("abcd"), max_size=25)


def as_tokens(letters: list[str]) -> list[Token]:
    return [Token(letter, index) for index, letter in enumerate(letters)]


@settings(deadline=None)
@given(tokens, tokens)
def test_every_token_is_in_exactly_one_pair(a: list[str], b: list[str]) -> None:
    pairs = matched(as_tokens(a), as_tokens(b), no_sounds, EXACT)

    assert [k for pair in pairs for k in range(pair.first, pair.last)] == list(range(len(a)))
    assert [k for pair in pairs for k in range(pair.begin, pair.end)] == list(range(len(b)))
    assert all(a[p.first : p.last] == b[p.begin : p.end] for p in pairs if p.alike and p.last - p.first == 1)


@settings(deadline=None)
@given(tokens, tokens)
def test_runs_ascend_on_both_sides(a: list[str], b: list[str]) -> None:
    runs = equal_runs(a, b)

    assert all(a[i : i + size] == b[j : j + size] for i, j, size in runs)
    assert all(x[0] + x[2] <= y[0] and x[1] + x[2] <= y[1] for x, y in pairwise(runs))


def test_the_alignment_has_the_fewest_edits() -> None:
    runs = equal_runs(list("kitten sitting here"), list("sitting kitten here"))

    assert sum(size for _, _, size in runs) >= len("kitten here") - 1


def test_long_texts_are_divided_and_not_tabled() -> None:
    words = [f"w{number % 997}" for number in range(40_000)]
    gone = words[:20_000] + words[20_500:]

    runs = equal_runs(words, gone)

    assert sum(size for _, _, size in runs) == len(gone)


def test_likeness_is_one_for_equal_and_zero_for_strange() -> None:
    assert likeness("nait", "nait") == 1.0
    assert likeness("ab", "cd") == 0.0
    assert 0.5 < likeness("naits", "nait") < 1.0


def test_homophones_sound_alike_in_their_language() -> None:
    english, french, german = sounds_of("en-US"), sounds_of("fr"), sounds_of("de")

    for sounds, one, other in (
        (english, "night", "knight"),
        (english, "every one", "everyone"),
        (french, "vert", "verre"),
        (french, "saint", "sein"),
        (german, "malen", "mahlen"),
    ):
        known = sounds([one, other])
        assert likeness(known[one], known[other]) >= 0.85, (one, other, known)
    apart = english(["winter", "banana"])
    assert likeness(apart["winter"], apart["banana"]) < 0.6


def test_a_language_that_espeak_does_not_know_is_compared_as_written() -> None:
    assert sounds_of("tlh-x-none")(["nuqneH"]) == {"nuqneH": "nuqneH"}


def test_tokens_are_plain_and_know_where_they_come_from() -> None:
    words = (
        Word("“Twenty-one", "Twenty-one"),
        Word("1999,", "nineteen ninety-nine,"),
        Word("—", ""),
        Word("L’été", "L'été"),
    )

    found = tokens_of(words, "fr")

    assert texts(found) == ["twenty", "one", "nineteen", "ninety", "nine", "lete"]
    assert [token.index for token in found] == [0, 0, 1, 1, 1, 3]
    assert [token.number for token in found] == [False, False, True, True, True, False]


def test_a_name_is_a_capital_in_the_middle_of_a_sentence() -> None:
    words = tuple(Word(text, text) for text in "Yesterday Fanshaw left. Nobody saw I think".split())

    assert [token.text for token in tokens_of(words, "en") if token.name] == ["fanshaw"]
    assert not [token for token in tokens_of(words, "de") if token.name]


def test_what_was_heard_is_put_into_words() -> None:
    heard = [Heard(text, 0, 0) for text in ("Mr.", "Brown", "paid", "$3")]

    assert texts(tokens_heard(heard, "en")) == ["mister", "brown", "paid", "three", "dollars"]
