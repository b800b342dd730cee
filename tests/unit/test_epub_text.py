"""XHTML becomes blocks: what is said, what is not, and what it is called."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.ingest.blocks import SkipLog, blocks_of
from pipeline.ingest.blocks_text import fold
from pipeline.ingest.xml import parse_document
from pipeline.model import BlockKind, Skipped
from pipeline.settings import ReadingSettings
from tests.helpers_epub import one_page, page, read, skipped, texts, write_epub

BACK = "<p>More of the story is told here, and it goes on.</p>"


# -- note references and notes -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "reference",
    [
        '<a epub:type="noteref" href="#n1">1</a>',
        '<a role="doc-noteref" href="#n1">[1]</a>',
        '<sup><a epub:type="noteref" href="#n1">*</a></sup>',
        '<a class="footnote-reference brackets" href="#n1"><span>[</span>1<span>]</span></a>',
        '<sup><a href="#n1" id="r1">1</a></sup>',
        '<a href="#n1" id="r1"><sup>1</sup></a>',
        '<a href="#n1" id="r1">[1]</a>',
        '<sup id="r1">[<a href="#n1">1</a>]</sup>',
        '<span id="r1"><a href="#n1">†</a></span>',
        '<a id="r1"></a><a href="#n1">1</a>',
    ],
)
@pytest.mark.parametrize(
    "note",
    [
        '<aside epub:type="footnote" id="n1"><p>A note.</p></aside>',
        '<aside role="doc-footnote" id="n1"><p>A note.</p></aside>',
        '<section epub:type="endnotes"><ol><li id="n1"><p>A note.</p></li></ol></section>',
        '<div class="footnote"><p id="n1"><a href="#r1">[1]</a> A note.</p></div>',
        '<p id="n1"><a href="#r1">1</a>. A note.</p>',
        '<p><a id="n1" href="#r1">[1]</a> A note.</p>',
        '<ol><li id="n1">A note. <a href="#r1">↩</a></li></ol>',
    ],
)
def test_note_references_and_notes_are_not_read_out(tmp_path: Path, reference: str, note: str) -> None:
    book = one_page(tmp_path, f"<h1>T</h1><p>The word{reference} stands.</p>{BACK}{note}")
    assert texts(book) == ["T", "The word stands.", fold("More of the story is told here, and it goes on.")]
    assert skipped(book)["note"][0] == 1
    assert skipped(book)["note-reference"][0] == 1


def test_notes_are_found_across_documents(tmp_path: Path) -> None:
    documents = {
        "1.xhtml": page(
            '<h1>One</h1><p>The word<a id="r1" href="z.xhtml#n1">1</a> and'
            ' another<a id="r2" href="z.xhtml#n2">2</a> word.</p>'
        ),
        "z.xhtml": page(
            '<h1>At the End</h1><p id="n1"><a href="1.xhtml#r1">1</a> First.</p><p>Its second paragraph.</p>'
            '<p id="n2"><a href="1.xhtml#r2">2</a> Second.</p>'
        ),
    }
    book = read(write_epub(tmp_path / "b.epub", documents, [("One", "1.xhtml"), ("At the End", "z.xhtml")]))
    assert [c.text for c in book.chapters] == ["One\n\nThe word and another word.", "At the End"]
    assert skipped(book) == {"note": (2, 7), "note-reference": (2, 2)}


@pytest.mark.parametrize(
    "said",
    [
        "H2O and F16 and word3 stay.",
        "The 1<sup>st</sup> of 10<sup>6</sup>, E = mc<sup>2</sup>, H<sub>2</sub>O.",
        'See <a href="#there">chapter 3</a> of it.',
        'See page <a href="#there">12</a> of it.',
        'The <a epub:type="annoref" href="#there">Emperor’s</a> clothes.',
        'A <a epub:type="noteref" href="#there">remarkable thing</a> it was.',
        "In [1] and * and (2) nothing is linked.",
        'A <a href="https://example.org/#n1"><sup>1</sup></a> stays.',
    ],
)
def test_digits_alone_are_never_a_note_reference(tmp_path: Path, said: str) -> None:
    book = one_page(tmp_path, f'<h1>T</h1><p>{said}</p><p id="there">There it is.</p>')
    plain = said.split("<")[0].strip()
    assert texts(book)[1].startswith(plain)
    assert "note-reference" not in skipped(book)
    assert texts(book)[2] == "There it is."


def test_a_numbered_contents_list_does_not_make_chapters_into_notes(tmp_path: Path) -> None:
    content = (
        '<p><a id="t1" href="#c1">I</a></p><p><a id="t2" href="#c2">II</a></p>'
        '<h2 id="c1"><a href="#t1">I</a></h2><p>First chapter.</p>'
        '<div><h2 id="c2"><a href="#t2">II</a></h2><p>Second chapter.</p></div>'
    )
    said = texts(one_page(tmp_path, content))
    assert "First chapter." in said
    assert "Second chapter." in said


def test_a_superscript_that_links_to_the_text_takes_nothing_of_it(tmp_path: Path) -> None:
    content = (
        "<p>See<sup><a href='#p'>2</a></sup> and<sup><a href='#n'>3</a></sup>.</p><p id='p'>A passage.</p>"
    )
    assert texts(one_page(tmp_path, f"{content}<p id='n'>3. A note.</p>")) == ["See and.", "A passage."]


def test_notes_can_be_included(tmp_path: Path) -> None:
    content = (
        '<p>Word<a epub:type="noteref" href="#n">1</a>.</p><aside epub:type="footnote" id="n">A note.</aside>'
    )
    book = one_page(tmp_path, content, include=("notes",))
    assert [(b.kind, b.text) for b in book.chapters[0].blocks] == [
        (BlockKind.PARAGRAPH, "Word."),
        (BlockKind.NOTE, "A note."),
    ]


def test_an_admonition_called_note_is_text(tmp_path: Path) -> None:
    assert texts(one_page(tmp_path, '<div class="admonition note"><p>Note: mind the gap.</p></div>')) == [
        "Note: mind the gap."
    ]


def test_page_numbers_line_numbers_and_paragraph_numbers_are_not_read_out(tmp_path: Path) -> None:
    book = one_page(
        tmp_path,
        '<p>Be<span epub:type="pagebreak" id="p1">169</span>fore <span role="doc-pagebreak">170</span>'
        '<span class="pagenum">[171]</span>it.</p>'
        '<div class="poem"><p>A line<span class="lnum">10</span><br/>another</p></div>'
        '<div><label class="ocn"><a href="#o7">7</a></label><p id="o7">Numbered.</p></div>'
        '<h2 id="h">Head<a class="headerlink" href="#h">¶</a></h2>',
    )
    assert texts(book) == ["Before it.", "A line\nanother", "Numbered.", "Head"]
    found = skipped(book)
    assert (found["page-number"][0], found["line-number"][0], found["paragraph-number"][0]) == (3, 1, 1)


# -- blocks --------------------------------------------------------------------------------------------------


def test_each_element_gets_its_kind(tmp_path: Path) -> None:
    book = one_page(
        tmp_path,
        "<h1>H1</h1><h3>H3</h3>loose<p>P</p><blockquote><p>Q</p></blockquote>"
        "<ul><li>L<ul><li><p>M</p></li></ul></li></ul><dl><dt>T</dt><dd>D</dd></dl><figure>"
        "<img src='x'/><figcaption>C</figcaption></figure>"
        "<div role='heading' aria-level='4'>R</div><div>one<div>two</div>three</div>",
    )
    assert [(b.kind.value, b.level, b.text) for b in book.chapters[0].blocks] == [
        ("heading", 1, "H1"),
        ("heading", 3, "H3"),
        ("paragraph", 0, "loose"),
        ("paragraph", 0, "P"),
        ("quote", 0, "Q"),
        ("list-item", 0, "L"),
        ("list-item", 0, "M"),
        ("list-item", 0, "T"),
        ("list-item", 0, "D"),
        ("caption", 0, "C"),
        ("heading", 4, "R"),
        ("paragraph", 0, "one"),
        ("paragraph", 0, "two"),
        ("paragraph", 0, "three"),
    ]


def test_inline_elements_never_split_a_word(tmp_path: Path) -> None:
    book = one_page(
        tmp_path,
        '<p><span class="drop">O</span><small>NCE</small> u<i>p</i>on a <b>ti</b>me'
        "<br/>there  was\n a\u00a0king."
        ' co\u00adop\u200bera\ufefftion \u2060<img src="a.png" alt="T"/>he end ﬁne</p>',
    )
    assert texts(book) == ["ONCE upon a time there was a king. cooperation The end fine"]


def test_joiners_stay_where_letters_need_them() -> None:
    assert fold("می\u200cخواهم") == "می\u200cخواهم"
    assert fold("auf\u200clage") == "auflage"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("<ruby>山路<rp>(</rp><rt>やまみち</rt><rp>)</rp></ruby>を登りながら", "山路を登りながら"),
        ("<ruby><rb>漢</rb><rb>字</rb><rtc><rt>かん</rt></rtc></ruby>", "漢字"),
        ("道を\n      歩く。\n  そして", "道を歩く。そして"),
        ("中文 English 中文", "中文 English 中文"),
    ],
)
def test_japanese_and_chinese(tmp_path: Path, written: str, said: str) -> None:
    assert texts(one_page(tmp_path, f"<p>{written}</p>")) == [said]


def test_verse_keeps_its_lines(tmp_path: Path) -> None:
    book = one_page(
        tmp_path,
        '<section epub:type="z3998:poem"><h2>Song</h2><p><span>One,</span><br/>'
        '<span class="i1">two,</span></p>'
        "<p><span>three.</span></p></section>"
        '<div class="stanza"><div>four</div><div>five<sup><a href="#n" id="r">1</a></sup></div></div>'
        "<p>Roses are red,<br/>violets are blue,<br/>sugar is sweet.</p>"
        "<p>Dear Sir,<br/>I am well.</p>",
    )
    assert [(b.kind.value, b.text) for b in book.chapters[0].blocks] == [
        ("heading", "Song"),
        ("verse", "One,\ntwo,"),
        ("verse", "three."),
        ("verse", "four\nfive"),
        ("verse", "Roses are red,\nviolets are blue,\nsugar is sweet."),
        ("paragraph", "Dear Sir, I am well."),
    ]


PLAY = (
    '<table><tbody><tr><td epub:type="z3998:persona">Ann</td><td>Is it <i>late</i>?</td></tr>'
    '<tr><td/><td><i epub:type="z3998:stage-direction">A bell.</i></td></tr>'
    '<tr><td epub:type="z3998:persona">Bob</td><td epub:type="z3998:verse"><p><span>It is,</span><br/>'
    "<span>it is.</span></p></td></tr></tbody></table>"
)


def test_a_play_is_read_speaker_then_speech(tmp_path: Path) -> None:
    book = one_page(tmp_path, PLAY)
    assert texts(book) == ["Ann", "Is it late?", "A bell.", "Bob", "It is,\nit is."]
    assert skipped(book) == {}


def test_data_tables_are_skipped_announced_or_read(tmp_path: Path) -> None:
    content = (
        "<p>Before.</p><table><tr><th>Year</th><th>Sheep</th></tr><tr><td>1901</td><td>12<sup>*"
        "</sup></td></tr>"
        "</table><p>After.</p>"
    )
    book = one_page(tmp_path, content)
    assert texts(book) == ["Before.", "After."]
    assert skipped(book) == {"table": (1, 4)}
    assert texts(one_page(tmp_path, content, announce_skipped=True))[1] == "Table left out."
    german = one_page(tmp_path, content, announce_skipped=True, language="de")
    assert texts(german)[1] == "Tabelle ausgelassen."
    read_out = one_page(tmp_path, content, include=("tables",)).chapters[0].blocks
    assert [(b.kind.value, b.text) for b in read_out[1:3]] == [
        ("table", "Year, Sheep"),
        ("table", "1901, 12*"),
    ]


def test_tables_that_only_lay_out_are_read(tmp_path: Path) -> None:
    assert texts(one_page(tmp_path, "<table role='presentation'><tr><td>A</td><td>B</td></tr></table>")) == [
        "A",
        "B",
    ]
    assert texts(one_page(tmp_path, "<table><tr><td><p>A</p><p>B</p></td></tr></table>")) == ["A", "B"]


def test_code_is_skipped_and_preformatted_prose_is_not(tmp_path: Path) -> None:
    content = (
        "<p>Call <code>make</code> now.</p><pre><code>int main() { return 0; }</code></pre>"
        '<div class="highlight"><pre>x = 1</pre></div><p class="code">ls -l</p>'
        "<pre>The curfew tolls\nthe knell\n\nof parting day</pre>"
    )
    book = one_page(tmp_path, content)
    assert texts(book) == ["Call make now.", "The curfew tolls\nthe knell", "of parting day"]
    assert skipped(book)["code"][0] == 3
    included = one_page(tmp_path, content, include=("code",)).chapters[0].blocks
    assert (included[1].kind, included[1].text) == (BlockKind.CODE, "int main() { return 0; }")


def test_pictures(tmp_path: Path) -> None:
    content = '<p>Look: <img src="a.png" alt="a red boat"/> there.</p><img src="b.png" alt="A hill."/>'
    book = one_page(tmp_path, content)
    assert texts(book) == ["Look: there."]
    assert skipped(book) == {"image": (2, 5)}
    assert texts(one_page(tmp_path, content, image_descriptions=True)) == [
        "Look: a red boat there.",
        "A hill.",
    ]


def test_what_is_not_shown_is_not_said(tmp_path: Path) -> None:
    book = one_page(
        tmp_path,
        '<style>p{}</style><script>var a;</script><p hidden="hidden">h</p><p style="display: none">n</p>'
        '<p>Seen.<span aria-hidden="true">x</span></p><nav><ol><li><a href="#">go</a></li></ol>'
        "</nav><!-- c -->",
    )
    assert texts(book) == ["Seen."]
    assert skipped(book) == {"hidden": (3, 3), "navigation": (1, 1)}


def test_formulas_are_said(tmp_path: Path) -> None:
    formula = "<math xmlns='http://www.w3.org/1998/Math/MathML'><mi>x</mi><mo>=</mo><mn>2</mn></math>"
    assert texts(one_page(tmp_path, f"<p>So {formula} holds.</p>")) == ["So x = 2 holds."]


# -- languages and anchors -----------------------------------------------------------------------------------


def test_a_block_in_another_language_says_so(tmp_path: Path) -> None:
    book = one_page(
        tmp_path,
        '<p>English.</p><p xml:lang="fr">À vos places !</p><p lang="de">Guten <i>Tag</i></p>'
        '<p><i xml:lang="fr">Entre nous.</i></p><p>He said <i xml:lang="fr">oui</i> to all of that.</p>'
        '<div xml:lang="en-GB"><p>Colour.</p></div><p xml:lang="und">x y</p>',
        attributes='xml:lang="en-US"',
    )
    assert [b.language for b in book.chapters[0].blocks] == [None, "fr", "de", "fr", None, None, None]


def test_a_converters_own_language_on_a_document_is_not_believed(tmp_path: Path) -> None:
    german = (
        "Der Schäfer stand auf dem Hügel und sah in das Tal hinab, in dem die Häuser von dem Fluss bis zu der"
        " alten Mühle standen, und er dachte an die Zeit, als er mit dem Vater nach der Stadt gegangen war. "
    )
    metadata = "<dc:title>Buch</dc:title><dc:language>de</dc:language>"
    document = page(f"<p>{german * 4}</p><p xml:lang='fr'>Voilà.</p>", attributes='xml:lang="en"')
    book = read(
        write_epub(tmp_path / "b.epub", {"1.xhtml": document}, [("Eins", "1.xhtml")], metadata=metadata)
    )
    assert [b.language for b in book.chapters[0].blocks] == [None, "fr"]


def test_anchors_name_the_element_or_the_last_one_named(tmp_path: Path) -> None:
    book = one_page(
        tmp_path, '<p>a</p><p id="b">b</p><p>c</p><p><span id="d"></span>d</p><p>e<i id="f">f</i></p>'
    )
    assert [b.anchor.id for b in book.chapters[0].blocks] == ["", "b", "b", "d", "d"]
    assert {b.anchor.href for b in book.chapters[0].blocks} == {"OPS/a.xhtml"}


# -- alone ---------------------------------------------------------------------------------------------------


def test_blocks_of_reads_a_web_page() -> None:
    skip = SkipLog()
    html = (
        b"<html lang=en><body><h1>T</h1><p>One <br>two<sup><a href=#n1 id=r1>1</a></sup>"
        b"<p id=n1><a href=#r1>1</a> N"
    )
    root = parse_document(html, "page").root
    blocks = blocks_of(root, href="https://example.org/", skip=skip, options=ReadingSettings(), language="en")
    assert [b.text for b in blocks] == ["T", "One two"]
    assert skip.skipped() == (Skipped("note", 1, 2), Skipped("note-reference", 1, 1))


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_folded_text_has_single_spaces_and_nothing_invisible(text: str) -> None:
    folded = fold(text)
    assert folded == " ".join(folded.split())
    assert not set(folded) & set("\u00ad\u200b\u2060\ufeff\u202e")
    assert fold(folded) == folded


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("an area of 5 m<sup>2</sup> and 10<sup>-3</sup> s", "an area of 5 m² and 10⁻³ s"),
        ("H<sub>2</sub>SO<sub>4</sub> and (a + b)<sup>2</sup>", "H₂SO₄ and (a + b)²"),
        ("the 19<sup>th</sup> and n<sup>o</sup> 3", "the 19th and no 3"),
        ("2<sup>1</sup>/<sub>2</sub> cups, <sup>3</sup>⁄<sub>4</sub> cup", "2 1/2 cups, 3⁄4 cup"),
        ("somebody<sup>12</sup> said", "somebody12 said"),
    ],
)
def test_raised_and_lowered_digits_are_powers_and_indices(markup: str, text: str) -> None:
    root = parse_document(f"<html><body><p>{markup}</p></body></html>".encode(), "page").root
    blocks = blocks_of(root, href="", skip=SkipLog(), options=ReadingSettings())
    assert [block.text for block in blocks] == [text]
