"""Lexicon files: what they may say, and the sentence about each mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline import limits
from pipeline.errors import LexiconError
from pipeline.script.lexicon import Entry
from pipeline.script.lexicon.files import homographs, parse_lexicon, read_lexicon, write_toml

TOML = """
[words]
Cholmondeley = "Chumley"
"New York" = "Noo  Yawk"

[[entry]]
word = "Hermione"
ipa = "/hɜːˈmaɪ.ə.ni/"
say = "Her-my-oh-nee"
language = "en"
engine = ["espeak", "piper"]
case = "exact"

[[entry]]
word = "ough"
say = "uff"
part = true
after = "t"
near = ["a", "b"]
reach = 3
"""
ENTRIES = (
    Entry("Cholmondeley", "Chumley"),
    Entry("New York", "Noo Yawk"),
    Entry(
        "Hermione",
        "Her-my-oh-nee",
        "hɜːˈmaɪ.ə.ni",
        case="exact",
        languages=("en",),
        engines=("espeak", "piper"),
    ),
    Entry("ough", "uff", part=True, after=("t",), near=("a", "b"), reach=3),
)
PLS = """<?xml version="1.0" encoding="UTF-8"?>
<lexicon version="1.0" xmlns="http://www.w3.org/2005/01/pronunciation-lexicon" alphabet="ipa" xml:lang="en-GB">
  <!-- a comment -->
  <lexeme><grapheme>judgment</grapheme><grapheme>judgement</grapheme><phoneme>ˈdʒʌdʒ.mənt</phoneme></lexeme>
  <lexeme><grapheme>W3C</grapheme><alias>World Wide Web Consortium</alias></lexeme>
  <lexeme><grapheme>ten</grapheme><phoneme alphabet="x-sampa">tEn</phoneme><alias>tenn</alias></lexeme>
  <lexeme><grapheme>either</grapheme><phoneme>ˈiːðə</phoneme><phoneme prefer="true">ˈaɪðə</phoneme></lexeme>
</lexicon>
"""


def test_toml(tmp_path: Path) -> None:
    (tmp_path / "lexicon.toml").write_text("\ufeff" + TOML, encoding="utf-8")
    assert read_lexicon(tmp_path / "lexicon.toml") == ENTRIES


def test_toml_that_is_written_is_read_again() -> None:
    odd = Entry('a"b\\c', "x\u0301", after=("ш",), unless_before=('"',))
    assert parse_lexicon(write_toml([*ENTRIES, odd]).encode(), "x") == (*ENTRIES, odd)


@pytest.mark.parametrize("coding", ["utf-8", "utf-16"])
def test_pls(coding: str) -> None:
    data = PLS.replace('encoding="UTF-8"', f'encoding="{coding}"').encode(coding)
    english = ("en-GB",)
    assert parse_lexicon(data, "a.pls") == (
        Entry("judgment", ipa="ˈdʒʌdʒ.mənt", languages=english),
        Entry("judgement", ipa="ˈdʒʌdʒ.mənt", languages=english),
        Entry("W3C", "World Wide Web Consortium", languages=english),
        Entry("ten", "tenn", languages=english),
        Entry("either", ipa="ˈaɪðə", languages=english),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[words]\na = b\n", "x.toml is not TOML.*line 2"),
        ("行长 = 'x'", "quotation marks"),
        ("[word]\na = 'b'", r"x.toml, line 1: there is no 'word' in a lexicon"),
        ("words = 3", "x.toml, line 1: 'words' must be a table"),
        ("entry = 3", "x.toml, line 1: 'entry' must be tables"),
        ("[words]\na = 'b'\nc = 3", "x.toml, line 3: 'say' must be a text"),
        ("[words]\n'--' = 'b'", "x.toml, line 2: an entry needs a 'word'"),
        (
            "[[entry]]\nword='a'\nsay='b'\n\n[[entry]]\nword = 'c'",
            "x.toml, line 5: the entry for 'c' says nothing",
        ),
        (
            "[[entry]]\nword='a'\nspeak='b'",
            "x.toml, line 1: an entry has no 'speak'; it may have word, say, ipa",
        ),
        ("[[entry]]\nword='a'\nsay='b'\ncase='no'", "'case' is 'no' but must be smart, exact or any"),
        ("[[entry]]\nword='a'\nsay='b'\npart='no'", "'part' must be true or false"),
        ("[[entry]]\nword='a'\nsay='b'\nreach=99", "'reach' must be a number of words from 1 to 10"),
        ("[[entry]]\nword='a'\nsay='b'\nafter=[3]", "'after' must be a text in quotation marks, or a list"),
        ("[[entry]]\nword='a'\nipa='A[b'", "is not IPA"),
        (f"[words]\na = '{'b' * 600}'", "longer than 500 characters"),
        ("<lexicon><lexeme>", "not well-formed"),
        (
            "<lexicon>\n<lexeme><alias>x</alias></lexeme></lexicon>",
            "x.toml, line 2: a lexeme has no grapheme",
        ),
        (
            "<lexicon alphabet='x-sampa'>\n<lexeme><grapheme>a</grapheme><phoneme>E</phoneme></lexeme></lexicon>",
            "x.toml, line 2: .*'x-sampa', but only ipa is read",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place(text: str, expected: str) -> None:
    with pytest.raises(LexiconError, match=expected) as raised:
        parse_lexicon(text.encode(), "x.toml")
    assert "\n" not in str(raised.value)


def test_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LexiconError, match="cannot be read"):
        read_lexicon(tmp_path / "missing.toml")
    with pytest.raises(LexiconError, match="not UTF-8"):
        parse_lexicon(b"\xff\xfe\xfd", "x")
    with pytest.raises(LexiconError, match="larger than 4 MB"):
        parse_lexicon(b"#" * (limits.LEXICON_BYTES + 1), "x")
    monkeypatch.setattr("pipeline.script.lexicon.files.LEXICON_ENTRIES", 3)
    with pytest.raises(LexiconError, match="4 entries, more than the 3"):
        parse_lexicon(TOML.encode(), "x")


def test_entities_of_a_pls_are_not_expanded(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hidden")
    data = f"""<!DOCTYPE lexicon [<!ENTITY e SYSTEM "file://{tmp_path}/secret">]>
    <lexicon alphabet="ipa"><lexeme><grapheme>a</grapheme><alias>b &e; c</alias></lexeme></lexicon>"""
    try:
        entries = parse_lexicon(data.encode(), "x")
    except LexiconError:
        return
    assert "hidden" not in entries[0].say


def test_what_comes_with_voxpress_can_be_read() -> None:
    assert {entry.languages for entry in homographs()} == {("en",), ("ru",)}
