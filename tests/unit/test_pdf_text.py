"""Characters and lines of a PDF: cleaning, joining, counting."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.ingest.pdf_text import Vocabulary, clean, count_words, join_lines

NOTHING = Vocabulary([])


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("e\ufb03cient \ufb02ow", "efficient flow"),
        ("soft\u00adly zero\u200bwidth", "softly zerowidth"),
        ("Cafe\u0301", "Café"),
        ("\ufee3\ufeae\ufea3\ufe92\ufe8e", "مرحبا"),
        ("x² and ½ stay", "x² and ½ stay"),
        ("\U0001d400lpha", "Alpha"),
        ("می\u200cخواهم", "می\u200cخواهم"),
    ],
)
def test_clean(raw: str, cleaned: str) -> None:
    assert clean(raw) == cleaned


@given(st.text())
@settings(max_examples=100, deadline=None)
def test_clean_twice_is_clean_once(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert unicodedata.is_normalized("NFC", once)


@pytest.mark.parametrize(
    ("lines", "joined"),
    [
        (["a remark-", "able day"], "a remarkable day"),
        (["soft\u00ad", "ware"], "software"),
        (["Rhein-", "Main-Gebiet"], "Rhein-Main-Gebiet"),
        (["Vor-", "und Nachteile"], "Vor- und Nachteile"),
        (["the DNA-", "based test"], "the DNA-based test"),
        (["between 1914-", "1918 and"], "between 1914-1918 and"),
        (["pages 12–", "17 of"], "pages 12–17 of"),
        (["at https://example.org/long-", "name.html today"], "at https://example.org/long-name.html today"),
        (["at https://example.org/", "name today"], "at https://example.org/name today"),
        (["他们在河边走了", "很久。"], "他们在河边走了很久。"),
        (["使用 Debian", "系统"], "使用 Debian 系统"),
        (["веб-", "Браузер"], "веб-Браузер"),
        (["он пере-", "шёл реку"], "он перешёл реку"),
        (["a dash -", "set apart"], "a dash - set apart"),
    ],
)
def test_lines_are_joined_as_they_were_meant(lines: list[str], joined: str) -> None:
    assert join_lines(lines, NOTHING) == joined


def test_the_book_itself_decides_about_a_hyphen() -> None:
    book = Vocabulary(["a light-house stood", "the co-operation of the farm-", "house lighthouse keepers"])
    assert join_lines(["their co-", "operation"], book) == "their co-operation"
    assert join_lines(["their farm-", "house"], book) == "their farmhouse"
    assert join_lines(["their cot-", "tage"], book) == "their cottage"


@given(st.lists(st.text(alphabet="abc .,-", max_size=12), max_size=6))
@settings(max_examples=100, deadline=None)
def test_joining_loses_no_letter(lines: list[str]) -> None:
    def letters(text: str) -> list[str]:
        return [char for char in text if char.isalnum()]

    assert letters(join_lines(lines, NOTHING)) == letters("".join(lines))


@pytest.mark.parametrize(
    ("text", "words"), [("two words.", 2), ("河边走", 3), ("— … —", 0), ("使用 Debian", 3)]
)
def test_count_words(text: str, words: int) -> None:
    assert count_words(text) == words
