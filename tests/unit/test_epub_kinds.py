"""Books in the markup of many producers: what is narrated, under which chapters, and what is left out."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pipeline.errors import SettingsError
from pipeline.model import BlockKind
from storage.settings import load_settings
from tests import kinds_epub as kinds
from tests.helpers_epub import one_page, page, read, skipped, texts, titles, write_epub


@dataclass(frozen=True)
class Kind:
    """What has to come out of one book."""

    make: Callable[[Path], Path]
    titles: list[str]
    first: list[str]
    """The blocks of the first chapter."""
    skips: dict[str, int] = field(default_factory=dict)
    """Counts by kind of what is left out."""


KINDS = [
    Kind(
        kinds.gutenberg,
        ["CHAPTER I THE QUAY", "CHAPTER II THE LAMP"],
        ["CHAPTER I THE QUAY", "The boats lay still. Nobody sang.", "The chapter goes on in this file."],
        {"note": 1, "note-reference": 1, "page-number": 2},
    ),
    Kind(
        kinds.calibre,
        ["Chapter 1", "Chapter 2", "Chapter 3"],
        ["Chapter 1", "The horse came down to the river and drank.", "Then it went away."],
        {"note": 3, "note-reference": 3},
    ),
    Kind(
        kinds.word,
        ["Of Salt"],
        ["Of Salt", "Of Salt", "Salt was a coin. It is not now."],
        {"note": 1, "note-reference": 1},
    ),
    Kind(
        kinds.kindle,
        ["Chapter One", "Chapter Two"],
        ["Chapter One", "The lamp was out. She waited for him."],
        {"note": 2, "note-reference": 2},
    ),
    Kind(
        kinds.indesign,
        ["Harbour"],
        ["Harbour", "Morning came.", "Extraordinary news efficient."],
        {"note": 1, "note-reference": 1},
    ),
    Kind(
        kinds.arabic,
        ["الفصل الأول", "الفصل الثاني"],
        ["الفصل الأول", "خرج الصياد إلى البحر فجرا."],
        {"note": 2, "note-reference": 2},
    ),
    Kind(
        kinds.japanese,
        ["一 港"],
        ["一 港", "漁師は12時に起きた。", "「鷗が鳴く」", "彼は言った。", "海は静かだった。"],
        {"note": 1, "note-reference": 1},
    ),
    Kind(
        kinds.chinese,
        ["第一章 渡口"],
        ["第一章 渡口", "老人坐在船头。", "他有一只狗，很老了。"],
        {"note": 2, "note-reference": 1},
    ),
    Kind(
        kinds.omnibus,
        [t for name in ("The Mill", "The Weir", "The Ford") for t in (name, "Chapter 1", "Chapter 2")],
        ["The Mill", "Ann Writer"],
        {"note": 6, "note-reference": 6, "copyright": 3, "contents": 3},
    ),
    Kind(
        kinds.contents_page_only,
        ["1. Ash", "2. Birch", "3. Cedar", "4. Dogwood", "5. Elm"],
        ["TREES", "by Ann Writer", "1. Ash", "A tree stood here and was an Ash."],
        {"contents": 1},
    ),
    Kind(
        kinds.every_section,
        [
            "Part One: Tools", "1 Hammers", "1.1 Heads", "1.2 Handles", "1.2.1 Length", "Part Two: Work",
            "2 Nails", "3 Pegs",
        ],
        ["Part One: Tools"],
    ),
    Kind(
        kinds.fiction_book,
        ["Глава 1. Берег", "Глава 2. Лодка"],
        ["Глава 1", "Берег", "Вода камень точит.", "Пословица", "Он вышел к реке и сел."],
        {"note": 2, "note-reference": 2},
    ),
    Kind(
        kinds.docbook,
        ["1. Ropes"],
        ["Chapter 1. Ropes", "A knot holds H₂O at 4 m²."],
        {"note": 1, "note-reference": 1},
    ),
    Kind(
        kinds.scripture,
        ["The Book of Wells 1"],
        [
            "The Book of Wells 1", "In that year it rained. The wells rose. And 40 men drank.",
            "Hear the river.", "It is old.", "It is 3 miles long.",
        ],
        {"verse-number": 6},
    ),
    Kind(
        kinds.unlinked_notes,
        ["Sheep"],
        [
            "Sheep", "They graze. They are shorn in June, over 30 m² and x².",
            "Dogs help. Men rest. Women card. The end came.",
        ],
        {"note-reference": 6, "note": 2},
    ),
    Kind(
        kinds.drama,
        ["ACT I"],
        [
            "ACT I", "SCENE I. A quay.", "[Enter NED.]", "NED. Who is there?", "ANN.", "Only I.", "NED.",
            "Come in.", "ANN", "The night is long,", "the wind is strong.",
        ],
        {"line-number": 1},
    ),
]  # fmt: skip


def test_every_kind_is_tested() -> None:
    assert {kind.make for kind in KINDS} == set(kinds.KINDS)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.make.__name__)
def test_books_in_the_markup_of_their_producers(tmp_path: Path, kind: Kind) -> None:
    book = read(kind.make(tmp_path))
    assert titles(book) == kind.titles
    assert texts(book) == kind.first
    assert {name: skipped(book)[name][0] for name in kind.skips} == kind.skips


HEARD = {
    kinds.gutenberg: "They were herring boats.",
    kinds.calibre: "Said the note of chapter 1.",
    kinds.word: "So Pliny says.",
    kinds.kindle: "It was an oil lamp.",
    kinds.indesign: "At six.",
    kinds.arabic: "بحر العرب.",
    kinds.japanese: "夜中の十二時。",
    kinds.chinese: "年逾七十。",
    kinds.fiction_book: "Это примечание.",
    kinds.docbook: "A bowline.",
}


@pytest.mark.parametrize(("make", "note"), HEARD.items(), ids=[make.__name__ for make in HEARD])
def test_notes_are_heard_where_they_are_asked_for(
    tmp_path: Path, make: Callable[[Path], Path], note: str
) -> None:
    path = make(tmp_path)
    quiet, inline, late = (read(path, notes=notes) for notes in ("skip", "inline", "end-of-chapter"))
    assert titles(inline) == titles(late) == titles(quiet)
    assert note not in texts(quiet)
    assert texts(inline).count(note) == texts(late).count(note) == 1
    heard = next(block for block in inline.chapters[0].blocks if block.text == note)
    assert heard.kind is BlockKind.NOTE
    without = [block.text for block in inline.chapters[0].blocks if block.kind is not BlockKind.NOTE]
    assert without == texts(quiet)
    after = [b.kind for b in late.chapters[0].blocks][len(without) :]
    assert after
    assert set(after) == {BlockKind.NOTE}


def test_a_note_follows_the_paragraph_that_refers_to_it_once(tmp_path: Path) -> None:
    content = (
        '<p>One.<a epub:type="noteref" href="#n1">1</a> Two.<a epub:type="noteref" href="#n2">2</a></p>'
        '<p>Three.<a epub:type="noteref" href="#n1">1</a></p><aside epub:type="footnotes">'
        '<ol><li id="n1" epub:type="footnote"><p>First.</p><p>It goes on.</p></li>'
        '<li id="n2" epub:type="footnote"><p>Second.</p></li><li id="n3" epub:type="footnote">Third.</li>'
        "</ol></aside>"
    )
    book = one_page(tmp_path, content, notes="inline")
    assert texts(book) == ["One. Two.", "First.", "It goes on.", "Second.", "Three."]
    assert skipped(book)["note"] == (1, 1)
    book = one_page(tmp_path, content, notes="end-of-chapter")
    assert texts(book) == ["One. Two.", "Three.", "First.", "It goes on.", "Second."]


@pytest.mark.parametrize(
    "said",
    [
        'See rule <a href="#r3">3</a>.',
        "The tones are chin<sup>1</sup>, tzu<sup>2</sup>, pai<sup>3</sup>, mi<sup>1</sup> and mi<sup>1</sup>.",
        "A field of 4 m<sup>2</sup>, 10<sup>3</sup> of them, at 20 km<sup>2</sup>.",
        "He came 1<sup>st</sup>.",
    ],
)
def test_numbers_that_belong_to_the_text_stay(tmp_path: Path, said: str) -> None:
    book = one_page(tmp_path, f"<h2>One</h2><p>{said}</p><p id='r3'>3. The third rule.</p>")
    plain = re.sub(r"<[^>]+>", "", re.sub(r"(m|10)<sup>(\d)</sup>", lambda m: m[1] + "⁰¹²³"[int(m[2])], said))
    assert texts(book) == ["One", plain, "3. The third rule."]


def test_lines_are_numbered_by_fives_in_any_class(tmp_path: Path) -> None:
    numbers = {n: f' <span class="x">{n}</span>' for n in (5, 10, 15)}
    lines = "".join(f"<p>Line of the tide{numbers.get(n, '')}</p>" for n in range(1, 17))
    book = one_page(tmp_path, f'<div class="poem">{lines}</div>')
    assert texts(book) == ["\n".join(["Line of the tide"] * 16)]
    assert skipped(book)["line-number"] == (3, 3)


def test_paragraphs_made_with_line_breaks(tmp_path: Path) -> None:
    long = (
        "A sentence that is longer than any line of verse would be, so that nobody takes it for one at all."
    )
    book = one_page(tmp_path, f"<div>{long}<br/><br/>{long}<br/>\u00a0\u00a0\u00a0{long}</div>")
    assert texts(book) == [long] * 3


def test_tables_of_words_are_read_and_tables_of_figures_are_not(tmp_path: Path) -> None:
    words = (
        "<table><tr><td>Der Mond</td><td>The moon</td></tr><tr><td>geht auf</td><td>is up</td></tr></table>"
    )
    figures = "<table><tr><td>1901</td><td>34</td></tr><tr><td>1902</td><td>sheep</td></tr></table>"
    book = one_page(tmp_path, f"<p>Text.</p>{words}{figures}")
    assert texts(book) == ["Text.", "Der Mond, The moon", "geht auf, is up"]
    assert skipped(book)["table"] == (1, 4)


@pytest.mark.parametrize(
    "written",
    [
        '<div class="dropcap">T</div><p>he day broke.</p>',
        '<p class="drop-cap">T</p>\n<p> he day broke.</p>',
        '<p><span class="dropcap">T</span> he day broke.</p>',
        '<p><span class="drop">T</span>he day broke.</p>',
        '<p><span style="display:block" class="lettrine">T</span>he day broke.</p>',
    ],
)
def test_a_drop_cap_begins_its_word(tmp_path: Path, written: str) -> None:
    assert texts(one_page(tmp_path, f"<h2>One</h2>{written}<p>Next.</p>")) == [
        "One",
        "The day broke.",
        "Next.",
    ]


def test_a_drop_cap_that_is_a_word_stays_one(tmp_path: Path) -> None:
    book = one_page(
        tmp_path, '<p><span class="dropcap">A</span> man came.</p><p class="initial">Is it he?</p>'
    )
    assert texts(book) == ["A man came.", "Is it he?"]


MATH = '<math xmlns="http://www.w3.org/1998/Math/MathML"{}>{}</math>'
POWER = "<msup><mi>x</mi><mn>2</mn></msup><mo>+</mo><mfrac><mi>a</mi><mi>b</mi></mfrac>"
SUM = "<munderover><mo>∑</mo><mi>i</mi><mi>n</mi></munderover><mi>i</mi>"


@pytest.mark.parametrize(
    ("attributes", "inside", "said"),
    [
        ("", POWER, "x² + a/b"),
        (' alttext="\\frac{a}{b}"', POWER, "x² + a/b"),
        ("", "<msub><mi>H</mi><mn>2</mn></msub><mi>O</mi>", "H₂O"),
        ("", "<mi>f</mi><mo>\u2061</mo><mo>(</mo><mi>x</mi><mo>)</mo>", "f(x)"),
        ("", "<msqrt><mn>2</mn></msqrt>", "√2"),
        (' alttext="the sum of all i"', SUM, "the sum of all i"),
        (' alttext="\\sum_{i}^{n} i"', SUM, "∑ i n i"),
        (' alttext="two"', "", "two"),
    ],
)
def test_formulas_in_one_line_or_as_they_are_described(
    tmp_path: Path, attributes: str, inside: str, said: str
) -> None:
    book = one_page(tmp_path, f"<p>So {MATH.format(attributes, inside)} holds.</p>")
    assert texts(book) == [f"So {said} holds."]


def test_an_indented_group_of_lines_is_in_its_stanza(tmp_path: Path) -> None:
    inner = '<div class="linegroup"><div>and the wind</div><div>and the rain</div></div>'
    book = one_page(tmp_path, f'<div class="linegroup"><div>The tide</div><div>came in</div>{inner}</div>')
    assert texts(book) == ["The tide\ncame in\nand the wind\nand the rain"]


def test_references_in_one_pair_of_brackets_leave_none(tmp_path: Path) -> None:
    content = (
        '<p>A wave.<sup>[<a href="#b1">1</a>, <a href="#b2">2</a>]</sup> It bends<sup><a href="#b1">1</a></sup>'
        '<sup>,</sup><sup><a href="#b2">2</a></sup> [and] scatters [ ].</p>'
        "<ol><li id='b1'>Opticks.</li><li id='b2'>Lectures.</li></ol>"
    )
    assert texts(one_page(tmp_path, content))[0] == "A wave. It bends [and] scatters."


def test_notes_in_tables_and_definition_lists(tmp_path: Path) -> None:
    content = (
        '<p>One<sup><a href="#n1">1</a></sup> two<sup><a href="#n2">2</a></sup>.</p><table><tr id="n1"><td>1</td>'
        '<td>A note.</td></tr></table><dl><dt id="n2">2</dt><dd>Another.</dd></dl>'
    )
    assert texts(one_page(tmp_path, content)) == ["One two."]
    assert texts(one_page(tmp_path, content, notes="inline"))[:2] == ["One two.", "A note."]


def test_pages_named_by_class_and_brackets(tmp_path: Path) -> None:
    content = (
        '<p>on <span class="page">{15}</span>and <span id="Page_16">[Pg 16]</span>on, '
        '<span class="page">all 17</span></p>'
    )
    assert texts(one_page(tmp_path, content)) == ["on and on, all 17"]


def test_parts_of_a_title_are_words_of_their_own(tmp_path: Path) -> None:
    content = (
        '<h2 epub:type="fulltitle"><span epub:type="title">The Reef</span>'
        '<span epub:type="subtitle">A Tale</span></h2>'
    )
    assert texts(one_page(tmp_path, content + "<p>Text.</p>"))[0] == "The Reef A Tale"


def test_a_book_of_pictures_is_read_by_their_descriptions(tmp_path: Path) -> None:
    drawing = '<svg xmlns="http://www.w3.org/2000/svg"><title>A quay at night</title><path d=""/></svg>'
    documents = {"a.xhtml": page('<div><img src="1.png" alt="A boat"/></div>'), "b.xhtml": page(drawing)}
    book = read(write_epub(tmp_path / "b.epub", documents, [("One", "a.xhtml"), ("Two", "b.xhtml")]))
    assert [chapter.text for chapter in book.chapters] == ["A boat", "A quay at night"]
    assert any("descriptions of its pictures" in doubt for doubt in book.doubts)


def test_a_book_that_is_all_front_matter_is_read_all_the_same(tmp_path: Path) -> None:
    documents = {"a.xhtml": page('<section epub:type="titlepage"><h1>The Reef</h1></section>')}
    book = read(write_epub(tmp_path / "b.epub", documents, [("Title page", "a.xhtml")]))
    assert texts(book) == ["The Reef"]
    assert any("all of it is read" in doubt for doubt in book.doubts)


def test_dtbook(tmp_path: Path) -> None:
    dtbook = (
        '<dtbook xmlns="http://www.daisy.org/z3986/2005/dtbook/"><book><bodymatter><level1 id="c1"><h1>One</h1>'
        '<p>It was <pagenum id="p2">2</pagenum>low tide<noteref idref="#n1">1</noteref>.</p><poem><linegroup>'
        "<line>The tide is out,</line><line><linenum>2</linenum>the lamp is in.</line></linegroup></poem>"
        '<note id="n1"><p>A neap tide.</p></note></level1></bodymatter></book></dtbook>'
    )
    item = '<item id="x" href="book.xml" media-type="application/x-dtbook+xml"/>'
    path = write_epub(
        tmp_path / "b.epub",
        {},
        ncx_toc=[("One", "book.xml#c1")],
        files={"OPS/book.xml": dtbook},
        manifest=item,
        spine='<itemref idref="x"/>',
    )
    book = read(path)
    assert titles(book) == ["One"]
    assert texts(book) == ["One", "It was low tide.", "The tide is out,\nthe lamp is in."]
    assert set(skipped(book)) == {"page-number", "note-reference", "line-number", "note"}


def test_notes_are_asked_for_by_setting(tmp_path: Path) -> None:
    home = {"home": str(tmp_path)}
    loaded = load_settings({**home, "reading.notes": "end-of-chapter"}).settings
    assert loaded.production.reading.notes == "end-of-chapter"
    with pytest.raises(SettingsError, match="skip, inline or end-of-chapter"):
        load_settings({**home, "reading.notes": "loud"})
