"""Display words and their spoken forms."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.model import join_spoken, join_words
from pipeline.script.normalise import cleaned
from pipeline.script.words import split_words


@given(st.text(max_size=120))
def test_joining_the_words_gives_the_text_with_white_space_folded(text: str) -> None:
    assert join_words(split_words(text, "en")) == " ".join(text.split())


@given(st.text(alphabet="他说好。，「」『（）“”…— aB3.5%ผู้เธขកျွ\u17d2\u1039コーいabc\n", max_size=80))
def test_scripts_without_spaces_are_joined_exactly(text: str) -> None:
    words = split_words(text, "zh")
    assert join_words(words) == " ".join(text.split())
    assert all(word.text for word in words)


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        ("en", "“Well,” she said — 3.50 (or so).", "“Well,” she said — 3.50 (or so)."),
        (
            "zh",
            "他说：“你好，世界！”2025年，GDP增长3.5%。",
            "他 说： “你 好， 世 界！” 2025 年， GDP 增 长 3.5%。",
        ),
        ("zh", "《红楼梦》——（上）", "《红 楼 梦》—— （上）"),
        ("ja", "「そうか。」とコーヒーを3杯、飲んだ。", "「そうか。」 と コーヒー を 3 杯、 飲 んだ。"),
        ("ko", "저는 갑니다.", "저는 갑니다."),
        ("th", "เธออยู่บ้าน", "เธ อ อ ยู่ บ้า น"),
        ("km", "ខ្ញុំទៅ។", "ខ្ញុំ ទៅ។"),
        ("my", "ကျွန်တော်", "ကျွန် တော်"),
    ],
)
def test_words_are_what_a_reader_would_point_at(language: str, text: str, words: str) -> None:
    assert [word.text for word in split_words(text, language)] == words.split()


def test_only_words_with_no_space_before_them_are_joined() -> None:
    assert [word.joined for word in split_words("看 GDP增长 abc", "zh")] == [False, False, True, True, False]
    assert split_words("好", "zh", joined=True)[0].joined


@pytest.mark.parametrize(
    ("word", "spoken"),
    [
        ("plain", "plain"), ("don’t", "don't"), ("l’homme", "l'homme"), ("keepers’", "keepers"),
        ("“Hello,”", "Hello,"), ("(No.", "No."), ("«Да»", "Да"), ("（本当。）", "本当。"), ("[[x]]", "x"),
        ("**bold**", "bold"), ("_so_", "so"), ("snake_case", "snake case"), ("5<6", "5 6"),
        ("soft\u00adhyphen", "softhyphen"), ("\u200bzero\ufeff", "zero"), ("bad\x07bell", "badbell"),
        ("—", ""), ("--", ""), ("*", ""), ("***", ""), ("…", ""), ("•", ""), ("😀", ""),
        ("👩‍👩‍👧", ""), ("★★★", ""),
        ("nice😀!", "nice!"), ("No!!!", "No!"), ("What?!", "What?!"), ("wait…", "wait…"), ("¿Qué?", "¿Qué?"),
        ("the—", "the,"), ("which—And", "which, And"), ("說——", "說，"), ("—Hola", "Hola"),
        ("&", "&"), ("R&D", "R&D"), ("$3.50", "$3.50"), ("100%", "100%"), ("20°C", "20°C"), ("№", "№"),
        ("−5", "-5"), ("1914–1918", "1914-1918"), ("C++", "C++"), ("C#", "C#"), ("x²", "x²"),
        ("نمی\u200cخواهم", "نمی\u200cخواهم"), ("क्षत्रिय", "क्षत्रिय"), ("e\u0301tude", "e\u0301tude"),
    ],
)  # fmt: skip
def test_the_spoken_form_drops_what_would_be_read_as_a_symbol(word: str, spoken: str) -> None:
    assert cleaned(word) == spoken


@given(st.text(alphabet=st.characters(blacklist_categories=["Zs", "Cc"]), min_size=1, max_size=12))
def test_no_spoken_form_holds_quotes_or_brackets_or_is_padded(word: str) -> None:
    spoken = cleaned(word)
    assert not set(spoken) & set("“”«»[](){}*_\u00ad\u200b")
    assert spoken == spoken.strip()


def test_a_dash_between_words_is_heard_as_a_comma() -> None:
    assert join_spoken(split_words("He went — then “stopped” — twice. — So", "en")) == (
        "He went, then stopped, twice. So"
    )
