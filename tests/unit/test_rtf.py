"""RTF documents: characters of any code page, styles, notes, tables, fields."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import SourceError, SourceTooLarge
from pipeline.model import BlockKind, Book
from tests.documents import read
from tests.helpers_epub import texts, titles

LONG = "The harbour lay quiet in the morning, and nobody was out on the water but the old pilot."
STYLES = (
    r"{\stylesheet{\ql Normal;}{\s1\outlinelevel0 heading 1;}{\s2 heading 2;}{\s15 Title;}{\*\cs10 Default;}}"
)


def one(path: Path, body: str, head: str = r"\ansi\ansicpg1252", **settings: object) -> Book:
    return read(path / "book.rtf", ("{\\rtf1" + head + STYLES + body + "}").encode("latin-1"), **settings)


def test_headings_make_the_chapters(tmp_path: Path) -> None:
    book = one(
        tmp_path,
        r"\pard\s15 The Pilot\par\pard\s1 One\par\pard " + LONG + r"\par\pard\s2 Part of it\par\pard " + LONG
        + r"\par\pard\outlinelevel0 Two\par\pard " + LONG + r"\par",
    )  # fmt: skip
    assert book.metadata.title == "The Pilot"
    assert [(c.title, c.level) for c in book.chapters] == [("One", 1), ("Part of it", 2), ("Two", 1)]
    assert texts(book) == ["The Pilot", "One", LONG]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (r"caf\'e9 \'93quoted\'94", "café “quoted”"),
        (r"\u1053?\u1086?\u1095?\u1100?", "Ночь"),
        (r"\uc0\u1053\u1086  x", "Но x"),
        (r"\uc2\u8364\'80\'20uro", "€uro"),
        (r"smile \u-10179?\u-8704? here", "smile 😀 here"),
        (r"{\f1 \'cf\'f0\'e8\'e2\'e5\'f2} you", "Привет you"),
        (r"{\f2 \'93\'fa\'96\'7b} is", "日本 is"),
        (r"em\emdash dash \ldblquote so\rdblquote  it\rquote s", "em—dash “so” it’s"),
        (r"a\~b co\-operate non\_stop \{so\}\\", "a b cooperate non‑stop {so}\\"),
        ("one\r\n two", "one two"),
        (r"H{\sub 2}O and x{\super 2}", "H₂O and x²"),
        (r"seen {\v hidden }text", "seen text"),
        (r"{\upr{ansi}{\*\ud unicode}} text", "unicode text"),
        (r"{\*\unknownthing nothing{\b of it}}text", "text"),
        (r"before {\pict\pngblip 89504e47}after", "before after"),
        (r"{\*\bkmkstart here}marked{\*\bkmkend here}", "marked"),
    ],
)
def test_characters(tmp_path: Path, written: str, said: str) -> None:
    fonts = r"{\fonttbl{\f0\fcharset0 A;}{\f1\fcharset204 B;}{\f2\fcharset128 C;}}"
    assert texts(one(tmp_path, r"\pard " + written + r"\par", head=r"\ansi\ansicpg1252\uc1" + fonts)) == [
        said
    ]


def test_binary_data_is_passed_over(tmp_path: Path) -> None:
    assert texts(one(tmp_path, r"\pard a{\pict\bin7 }}\par{ }b\par")) == ["ab"]


def test_notes_are_left_out_and_can_be_asked_for(tmp_path: Path) -> None:
    body = (
        r"\pard The pilot{\super\chftn}{\footnote\pard\plain{\super\chftn} A note about it.} waited{\super *}"
        r"{\footnote {\super *} Another.}.\par " + LONG + r"\par"
    )
    book = one(tmp_path, body)
    assert texts(book) == ["The pilot waited.", LONG]
    assert [(s.kind, s.count) for s in book.skipped] == [("note", 2), ("note-reference", 2)]
    heard = one(tmp_path, body, include=("notes",))
    assert texts(heard) == ["The pilot waited.", "A note about it.", "Another.", LONG]


def test_tables_lists_fields_and_headers(tmp_path: Path) -> None:
    body = (
        r"{\header\pard\s1 The Harbour\par}"
        r"\pard\intbl Tide\cell High\cell\row\pard\intbl Time\cell Noon\cell\row"
        r"\pard{\listtext\'b7\tab}\ls1 First thing\par"
        r'\pard See {\field{\*\fldinst HYPERLINK "http://x"}{\fldrslt the map}}, page '
        r"{\field{\*\fldinst PAGE}{\fldrslt 7}}.\par"
        r"\pard The tide\line goes out\line at night\par"
    )
    book = one(tmp_path, body, include=("tables",))
    assert [(b.kind, b.text) for b in book.chapters[0].blocks] == [
        (BlockKind.TABLE, "Tide, High"),
        (BlockKind.TABLE, "Time, Noon"),
        (BlockKind.LIST_ITEM, "First thing"),
        (BlockKind.PARAGRAPH, "See the map, page ."),
        (BlockKind.VERSE, "The tide\ngoes out\nat night"),
    ]
    assert {s.kind for s in book.skipped} == {"page-number", "running-header"}


def test_metadata(tmp_path: Path) -> None:
    head = r"\ansi\ansicpg1251\deflang1049{\info{\title \'cd\'ee\'f7\'fc}{\author Ann Lee;Bo Ek}"
    head += r"{\keywords sea, night}}"
    found = one(tmp_path, r"\pard " + LONG + r"\par", head=head).metadata
    assert (found.title, found.authors, found.subjects) == ("Ночь", ("Ann Lee", "Bo Ek"), ("sea", "night"))


def test_chapters_that_only_say_so(tmp_path: Path) -> None:
    body = "".join(rf"\pard\b Chapter {n}\b0\par {LONG}\par" for n in (1, 2))
    assert titles(one(tmp_path, body)) == ["Chapter 1", "Chapter 2"]


def test_what_is_cut_short_is_read_with_a_doubt(tmp_path: Path) -> None:
    book = read(tmp_path / "book.rtf", rb"{\rtf1\ansi {\b Whole words" + b" and more" * 5)
    assert book.chapters[0].text.startswith("Whole words")
    assert "ends before" in book.doubts[0]


def test_groups_that_nest_too_deep_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceTooLarge, match="RTF_DEPTH"):
        read(tmp_path / "book.rtf", b"{\\rtf1 " + b"{" * 5000)


@pytest.mark.parametrize(
    "junk", [r"\u99999999?", r"\'zz", r"\cell\row\nestrow", "}}}}", r"{\footnote", r"\bin-5", "\\"]
)
def test_junk_loses_nothing_before_it(tmp_path: Path, junk: str) -> None:
    try:
        assert one(tmp_path, r"\pard " + LONG + r"\par " + junk).chapters[0].text.startswith(LONG)
    except SourceError:
        pytest.fail("a document was refused for a word of it")
