"""Chinese as it is spoken: numbers by what they are."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.script import speak_text
from pipeline.script.spoken.chinese_numerals import DIGITS, LARGEST, cardinal, spelled

CASES = [
    tuple(line.split("~"))
    for line in (Path(__file__).parent / "spoken" / "zh.txt").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
]


def _folded(text: str) -> str:
    return "".join(c for c in text if c.isalnum())


@pytest.mark.parametrize(("written", "spoken"), CASES, ids=[case[0] for case in CASES])
def test_what_is_said(written: str, spoken: str) -> None:
    assert _folded(speak_text(written, "zh-CN")) == _folded(spoken)


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (0, "零"),
        (10, "十"),
        (110, "一百一十"),
        (1_001, "一千零一"),
        (2_222, "两千二百二十二"),
        (10_010, "一万零一十"),
        (22_000, "两万两千"),
        (100_000, "十万"),
        (10_000_100, "一千万零一百"),
        (100_000_000, "一亿"),
        (10_000_100_000, "一百亿零十万"),
    ],
)
def test_cardinals(number: int, said: str) -> None:
    assert cardinal(number) == said


def _value(said: str) -> int:
    """The number that Chinese words name, by their grammar."""
    total = section = digit = 0
    for character in said:
        if character in DIGITS or character == "两":
            digit = 2 if character == "两" else DIGITS.index(character)
        elif character in "十百千":
            section += (digit or 1) * {"十": 10, "百": 100, "千": 1000}[character]
            digit = 0
        elif character == "万":
            total += (section + digit) * 10_000
            section = digit = 0
        else:
            total = (total + section + digit) * 100_000_000
            section = digit = 0
    return total + section + digit


@given(st.integers(0, 10**12 - 1))
def test_the_words_of_a_number_name_that_number(number: int) -> None:
    assert _value(cardinal(number)) == number


def test_digits_that_are_called_out_have_their_own_one() -> None:
    assert spelled("2013") == "二零一三"
    assert spelled("110", telephone=True) == "幺幺零"


def test_what_has_no_name_is_refused() -> None:
    with pytest.raises(ValueError, match="has no name"):
        cardinal(LARGEST)
