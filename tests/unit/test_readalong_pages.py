"""Spans in a page: where they may stand, and that nothing else changes."""

from __future__ import annotations

import re

import pytest
from lxml import etree

from pipeline.model import BlockKind
from pipeline.publish.readalong.annotate import Annotated, annotate
from pipeline.publish.readalong.letters import squeezed
from pipeline.publish.readalong.spool import ReadBlock, ReadSentence, ReadWord
from pipeline.publish.readalong.styles import Fragile
from pipeline.publish.readalong.upgrade_page import upgraded_page
from tests.readalong import without_spans

HEAD = '<html xmlns="http://www.w3.org/1999/xhtml"><head><title>t</title></head><body>'


def sentence(text: str, start: int, at: float) -> ReadSentence:
    words, place = [], start
    for number, word in enumerate(text.split()):
        size = len(squeezed(word))
        words.append(ReadWord(place, place + size, at + number, at + number + 0.8))
        place += size
    return ReadSentence(0, at, at + len(words), tuple(words))


def block(*sentences: str, kind: BlockKind = BlockKind.PARAGRAPH, at: float = 0.0) -> ReadBlock:
    """A block of those sentences, a word a second."""
    letters, made = "", []
    for text in sentences:
        made.append(sentence(text, len(letters), at))
        letters += squeezed(text)
        at += len(text.split())
    return ReadBlock(kind, "", letters, tuple(made))


def page(body: str) -> str:
    return f"{HEAD}{body}</body></html>"


def shown(made: Annotated) -> list[str]:
    """The text of each par's element."""
    root = etree.fromstring(made.source)
    by_id = {e.get("id"): e for e in root.iter() if e.get("id")}
    return ["".join(by_id[par.id].itertext()) for group in made.groups for par in group.pars]


def spanned(body: str, *blocks: ReadBlock, by_word: bool = False, css: str = "") -> Annotated:
    fragile = Fragile()
    fragile.add(css)
    made = annotate(page(body), blocks, by_word=by_word, fragile=fragile.touches)
    assert without_spans(made.source.encode()) == without_spans(page(body).encode())
    return made


def test_sentences_and_words_get_spans_and_each_sentence_a_clip() -> None:
    made = spanned("<p>One two. Three four.</p>", block("One two.", "Three four."))
    assert (
        '<span id="vx-s1"><span id="vx-w1">One</span> <span id="vx-w2">two.</span></span> <span'
        in made.source
    )
    assert shown(made) == ["One two.", "Three four."]
    assert [(par.begin, par.end) for group in made.groups for par in group.pars] == [(0, 2), (2, 4)]
    assert (made.words, made.found) == (4, 4)


def test_an_overlay_of_words_groups_them_by_sentence() -> None:
    made = spanned("<p>One two. Three four.</p>", block("One two.", "Three four."), by_word=True)
    assert shown(made) == ["One", "two.", "Three", "four."]
    assert [group.id for group in made.groups] == ["vx-s1", "vx-s2"]


def test_a_sentence_holds_whole_elements_only() -> None:
    made = spanned("<p>He said <em>go. And</em> then.</p>", block("He said go.", "And then."))
    assert shown(made) == ["He said", "go.", "And", "then."]
    times = [(par.begin, par.end) for group in made.groups for par in group.pars]
    assert times == [(0, 2), (2, 3), (3, 4), (4, 5)]


def test_a_sentence_around_an_element_is_one_span() -> None:
    made = spanned('<p>He <a href="x"><b>said</b> so</a> now.</p>', block("He said so now."))
    assert shown(made) == ["He said so now."]


def test_a_sentence_over_two_blocks_has_a_span_in_each() -> None:
    made = spanned("<div>The tide <p>is out,</p> again.</div>", block("The tide is out, again."))
    assert shown(made) == ["The tide", "is out,", "again."]


def test_a_word_that_markup_divides_is_still_one_span() -> None:
    made = spanned("<p><b>T</b>he W<small>ORD</small>.</p>", block("The WORD."), by_word=True)
    assert shown(made) == ["The", "WORD."]


def test_the_mark_of_a_note_is_in_no_word() -> None:
    made = spanned('<p>So<a href="#n">1</a>, he said.</p>', block("So, he said."), by_word=True)
    assert shown(made) == ["So", "he", "said."]


def test_ruby_keeps_its_structure() -> None:
    body = "<p><ruby>漢<rt>かん</rt>字<rt>じ</rt></ruby>です。</p>"
    letters = "漢字です。"
    words = (ReadWord(0, 2, 0, 1), ReadWord(2, 5, 1, 2))
    made = spanned(body, ReadBlock(BlockKind.PARAGRAPH, "", letters, (ReadSentence(0, 0, 2, words),)))
    root = etree.fromstring(made.source)
    (ruby,) = root.iter("{http://www.w3.org/1999/xhtml}ruby")
    assert [child.tag.rpartition("}")[2] for child in ruby] == ["span", "rt", "span", "rt"]


def test_no_span_stands_in_a_list_a_table_or_a_formula() -> None:
    body = "<ul><li>One.</li><li>Two.</li></ul><table><tr><td>Three.</td></tr></table>"
    body += '<p>Is <math xmlns="http://www.w3.org/1998/Math/MathML"><mi>x</mi></math> four.</p>'
    made = spanned(body, block("One.", "Two.", "Three."), block("Is x four.", at=3))
    root = etree.fromstring(made.source)
    parents = {
        e.getparent().tag.rpartition("}")[2] for e in root.iter() if (e.get("id") or "").startswith("vx-")
    }
    assert parents == {"li", "td", "p", "span"}


def test_what_style_sheets_find_by_its_parent_stays_where_it_is() -> None:
    body = "<p>He said <em>go</em> now.</p>"
    assert shown(spanned(body, block("He said go now."))) == ["He said go now."]
    assert shown(spanned(body, block("He said go now."), css="p em { color: red }")) == ["He said go now."]
    for css in ("p > em { color: red }", "p em:first-child { color: red }", "b + em, i { color: red }"):
        assert shown(spanned(body, block("He said go now."), css=css)) == ["He said", "go", "now."], css


def test_comments_entities_and_sections_of_text_are_kept_as_written() -> None:
    body = "<!-- <p>One --><p title='a > b'>One&#160;two, three <![CDATA[& four]]> and five.</p><?pi <p>?>"
    made = spanned(body, block("One two, three & four and five."))
    assert re.sub(r'<span id="vx-[^"]*">|</span>', "", made.source) == page(body)
    assert made.found == 5


def test_ids_are_unlike_those_of_the_page() -> None:
    made = annotate(page('<p id="vx-s1">One.</p>'), [block("One.")], by_word=False)
    assert 'id="vx-x-s1"' in made.source


def test_what_is_heard_and_not_shown_prolongs_the_clip_before() -> None:
    made = spanned(
        "<p>One two.</p><p>Six.</p>", block("One two."), block("Picture: a boat."), block("Six.", at=5)
    )
    assert shown(made)[0] == "One two."
    made = spanned(
        "<p>One two.</p><p>Six.</p>",
        block("One two."),
        block("Picture: a boat.", at=2),
        block("Six.", at=5),
    )
    assert [(par.begin, par.end) for group in made.groups for par in group.pars] == [(0, 5), (5, 6)]


def test_a_note_is_a_group_that_can_be_skipped() -> None:
    body = "<p>One two.</p><p>Three.</p><aside>A note.</aside>"
    made = spanned(
        body, block("One two."), block("A note.", kind=BlockKind.NOTE, at=2), block("Three.", at=4)
    )
    assert shown(made) == ["One two.", "A note.", "Three."]
    assert [group.type for group in made.groups] == ["", "footnote", ""]


@pytest.mark.parametrize("source", ["<p>One", "<p>One</b></p>", "<p>a < b</p>"])
def test_a_page_that_is_not_well_formed_is_refused(source: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        annotate(source, [block("One.")], by_word=False)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<p>a&nbsp;b &amp; &eacute;</p>", "<p>a&#160;b &amp; é</p>"),
        ('<p align="center">a</p>', '<p style="text-align: center">a</p>'),
        ("<center>a</center>", '<div style="text-align: center">a</div>'),
        ("<tt>a</tt>", '<span style="font-family: monospace">a</span>'),
        ('<font size="+1" color="red">a</font>', '<span style="font-size: larger; color: red">a</span>'),
        ('<img src="a.png"/>', '<img src="a.png" alt=""/>'),
        (
            '<table border="3" cellpadding="4" summary="Tides"><tr><td>a</td><th>b</th></tr></table>',
            '<table border="1" aria-label="Tides" style="border-width: 3px"><tr><td style="padding: 4px">a</td>'
            '<th style="padding: 4px">b</th></tr></table>',
        ),
        (
            '<table rules="rows" frame="above"><tr><td align="left">a</td></tr></table>'
            "<table><tr><td>b</td></tr></table>",
            '<table style="border-collapse: collapse; border-top: 1px solid"><tr>'
            '<td style="border-top: 1px solid; border-bottom: 1px solid; text-align: left">a</td></tr></table>'
            "<table><tr><td>b</td></tr></table>",
        ),
        (
            '<table background="paper.png"><tr><td>a</td></tr></table>',
            '<table style=\'background-image: url("paper.png")\'><tr><td>a</td></tr></table>',
        ),
        ('<img alt="" border="0" width="5%"/>', '<img alt="" style="border: 0; width: 5%"/>'),
        ('<a name="x">a</a>', '<a id="x">a</a>'),
        ('<a name="x" id="x">a</a>', '<a id="x">a</a>'),
        ('<a name="y" id="x">a</a>', '<a id="x"><span id="y"></span>a</a>'),
        ('<p style="a: b;" align="left">a</p>', '<p style="text-align: left; a: b">a</p>'),
        ('<td nowrap="nowrap" class="k">a</td>', '<td class="k" style="white-space: nowrap">a</td>'),
        ('<p  class="as written" >a</p>', '<p  class="as written" >a</p>'),
        ('<p align="&quot;/&gt;">a</p>', "<p>a</p>"),
    ],
)  # fmt: skip
def test_markup_of_epub_2_says_the_same_as_html(old: str, new: str) -> None:
    assert upgraded_page(f"<body>{old}</body>", "t") == f"<body>{new}</body>"


def test_an_old_page_gets_the_doctype_of_html_and_a_title() -> None:
    old = '<?xml version="1.0"?><!DOCTYPE html PUBLIC "a" "b" [<!ENTITY x "]>">]><html><head><title/></head></html>'
    assert upgraded_page(old, "A &amp; B") == (
        '<?xml version="1.0"?><!DOCTYPE html><html><head><title>A &amp; B</title></head></html>'
    )
