"""Words found in a chain of phonemes, also where the chain says them otherwise."""

from __future__ import annotations

import pytest

from pipeline.speech.piper_words import Sound, word_starts

DICTIONARY = {
    "of": "ʌv",
    "the": "ðə",
    "old": "ˈoʊld",
    "mill": "mˈɪl",
    "two hundred": "tˈuː hˈʌndɹɪd",
    "&": "",
    "zzz": "zzzzzz",
}


def starts(words: list[str], heard: str) -> list[int | None] | None:
    """Each phoneme lasts ten samples."""
    sounds = [Sound(phoneme, 10 * index) for index, phoneme in enumerate(heard)]
    return word_starts(words, sounds, lambda text: list(DICTIONARY[text]))


@pytest.mark.parametrize(
    ("words", "heard", "first"),
    [
        (["of", "the", "mill"], "ʌv ðə mˈɪl.", "ʌ ð m"),
        (["of", "the", "mill"], "ʌvðə mˈɪl.", "ʌ ð m"),
        (["of", "the", "old", "mill"], "əvðɪ ˈoʊld mˈɪl", "ə ð ˈ m"),
        (["two hundred", "mill"], "tˈuː hˈʌndɹɪd mˈɪl", "t m"),
        (["the", "&", "mill"], "ðə mˈɪl", "ð - m"),
        (["the", "the", "the"], "ðə ðɪ ðə", "ð ð ð"),
    ],
)
def test_words_begin_with_their_own_phonemes(words: list[str], heard: str, first: str) -> None:
    found = starts(words, heard)
    assert found is not None
    assert [heard[start // 10] if start is not None else "-" for start in found] == first.split()
    known = [start for start in found if start is not None]
    assert known == sorted(set(known))


def test_another_text_is_not_recognised() -> None:
    assert starts(["zzz", "zzz"], "mˈɪl ðə ˈoʊld") is None
    assert starts(["&"], "mˈɪl") is None
    assert starts(["mill"], "") is None


def test_a_long_chain_stays_aligned_when_something_is_left_out() -> None:
    words = ["of", "the", "old", "mill"] * 60
    heard = " ".join(["ʌvðə ˈoʊld mˈɪl"] * 20 + ["ʌvðə mˈɪl"] * 2 + ["ʌvðə ˈoʊld mˈɪl"] * 38)
    found = starts(words, heard)
    assert found is not None
    assert found[-1] is not None
    assert heard[found[-1] // 10 :] == "mˈɪl"
    assert found[0] == 0
