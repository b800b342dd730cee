"""Articles on pages of many kinds, in several languages: all of each article, and nothing of what is around."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.ingest.web import parse_page, read_web
from pipeline.ingest.web_furniture import furniture
from pipeline.ingest.web_locate import coverage, locate
from pipeline.ingest.web_units import split_at_breaks, take_out, tokens_of, units_of
from pipeline.model import BlockKind, Book
from pipeline.settings import ReadingSettings
from tests.webpages import Page, pages, paragraphs

ADDRESS = "https://mills.example/story"


def read(folder: Path, html: str, **options: object) -> Book:
    path = folder / "page.html"
    path.write_text(html)
    return read_web(path, ReadingSettings(**options), ADDRESS, "0" * 64)  # type: ignore[arg-type]


def said(book: Book) -> str:
    return "\n\n".join(chapter.text for chapter in book.chapters)


def article(inner: str, language: str = "en") -> str:
    """A page with five paragraphs, and ``inner`` between the third and the fourth."""
    texts = [f"<p>{text}</p>" for text in paragraphs(language, 5)]
    before, after = "".join(texts[:3]), "".join(texts[3:])
    return f"<html lang={language}><body><article><h1>III</h1>{before}{inner}{after}</article>"


@pytest.mark.parametrize("page", [page for _, page in pages()], ids=[name for name, _ in pages()])
def test_all_of_the_article_and_nothing_else(tmp_path: Path, page: Page) -> None:
    book = read(tmp_path, page.html)
    text = said(book)
    assert [passage for passage in page.article if text.count(passage) != 1] == []
    assert [passage for passage in page.around if passage in text] == []
    places = [text.index(passage) for passage in page.article]
    assert places == sorted(places)
    assert book.metadata.authors == ("Ann Example",)
    assert {s.kind for s in book.skipped} >= {"boilerplate"}


@pytest.mark.parametrize(
    "inner",
    [
        "<p>Related: <a href='/x'>Seven ways to bake a loaf of bread</a></p>",
        "<p><strong>READ MORE:</strong> <a href='/x'>Seven ways to bake a loaf of bread</a></p>",
        "<p><em>You might also like:</em></p><ul><li><a href='/x'>Seven ways to bake a loaf of bread</a></li></ul>",
        "<aside><p>Seven ways to bake a loaf of bread, and where to get the flour for it.</p></aside>",
        "<div class='newsletter-box'><p>Seven ways to bake a loaf of bread, each Sunday.</p></div>",
        "<p>Seven ways to bake a loaf of bread: <a href='/n'>sign up for our newsletter</a> now.</p>",
        "<p>Follow us on <a href='/t'>Twitter</a>. Seven ways to bake a loaf of bread.</p>",
        "<p>Advertisement</p><div class='ad-slot'><p>Seven ways to bake a loaf of bread are on sale now.</p></div>",
        "<p hidden>Seven ways to bake a loaf of bread, for nobody to see.</p>",
        "<nav><a href='#a'>Seven ways to bake a loaf of bread</a></nav>",
        "<div role='dialog'><p>We use cookies. Seven ways to bake a loaf of bread are among them.</p></div>",
    ],
)
def test_what_stands_between_paragraphs_and_is_none(tmp_path: Path, inner: str) -> None:
    text = said(read(tmp_path, article(inner)))
    assert "bake a loaf" not in text
    assert "Advertisement" not in text
    assert all(passage in text for passage in paragraphs("en", 5))


@pytest.mark.parametrize(
    "inner",
    [
        "<p>Related families had lived in <a href='/w'>the western valley</a> before the mills were built there.</p>",
        "<p>She had subscribed to the newsletter of the millers in 1911, and she read it every week.</p>",
        "<p>Follow the river on foot, they say, and you will come to the sea in the end.</p>",
        "<p>More than ninety mills stood there once, and <a href='/x'>most of them</a> are gone today.</p>",
        "<p>“Read more,” said the miller, “and you will see that I am right about the bread.”</p>",
        "<p>He was seen as <a href='/1'>the best</a> of <a href='/2'>the millers</a> <a href='/3'>there</a>.</p>",
        "<blockquote><p>Bread is what remains when everything else has been eaten, said the miller.</p></blockquote>",
        "<ul><li>Wheat that was grown on the hill</li><li>Rye that came from the other side</li></ul>",
        "<aside class='tip'><p>Bread is best on the second day, when it has come to rest.</p></aside>",
        "<h2>What became of the wheels in the end</h2>",
        "<figure><img src=a.jpg alt=''><figcaption>The mill in the year when it closed.</figcaption></figure>",
    ],
)
def test_what_only_looks_like_that_is_narrated(tmp_path: Path, inner: str) -> None:
    book = read(tmp_path, article(inner))
    wanted = [unit.text for unit in units_of(parse_page(f"<div>{inner}</div>", "x"))]
    assert wanted
    assert all(text in said(book) for text in wanted)


def test_a_refrain_is_narrated_as_often_as_it_stands_there(tmp_path: Path) -> None:
    refrain = "<p>Turn, wheel, turn, and grind the corn, for the night is long and the morning is far.</p>"
    verses = [f"<p>{text}</p>{refrain}" for text in paragraphs("en", 4)]
    around = "<nav>" + "<a href='/n'>News of the day</a> " * 30 + "</nav>"
    text = said(read(tmp_path, f"<body>{around}<article>{''.join(verses)}</article>"))
    assert text.count("Turn, wheel, turn") == 4


@pytest.mark.parametrize("cells", [1, 2])
def test_a_table_that_lays_out_the_page_is_read(tmp_path: Path, cells: int) -> None:
    texts = paragraphs("en", 10)
    body = "".join(f"<p>{text}</p>" for text in texts)
    menu = "<td><ul>" + "<li><a href='/n'>News of the day</a></li>" * 12 + "</ul></td>"
    data = "<table><tr><th>Mill</th><th>Wheels</th></tr><tr><td>Upper</td><td>nine</td></tr></table>"
    html = f"<table><tr><th colspan=2>III</th></tr><tr>{menu * (cells - 1)}<td>{body}{data}</td></tr></table>"
    book = read(tmp_path, f"<html lang=en><title>III</title><body>{html}</body></html>")
    assert [passage for passage in texts if passage not in said(book)] == []
    assert "Upper" not in said(book)
    assert {s.kind: s.count for s in book.skipped}["table"] == 1


def test_an_article_that_is_mostly_a_table_is_a_doubt(tmp_path: Path) -> None:
    rows = "".join(
        f"<tr><td>Mill {n}</td><td>It has nine wheels and two stones of granite.</td></tr>" for n in range(90)
    )
    book = read(tmp_path, article(f"<table><tr><th>Mill</th><th>What it has</th></tr>{rows}</table>"))
    assert any("tables" in doubt for doubt in book.doubts)


def test_a_heading_that_is_a_link_is_narrated(tmp_path: Path) -> None:
    around = "<nav>" + "<a href='/n'>News of the day</a> " * 30 + "</nav>"
    page = article("<h3><a href='/upper'>The upper mill (1802)</a></h3>")
    assert "\n\nThe upper mill (1802)\n\n" in said(
        read(tmp_path, page.replace("<article>", f"{around}<article>"))
    )


def test_links_and_emphasis_leave_no_gap_and_no_glue(tmp_path: Path) -> None:
    inner = (
        "<p>The <strong><a href='/p'>price of flour</a></strong> was low, <em>the</em>\n"
        "<a href='/q'>price of bread</a>, however, un<b>believ</b>ably high in the year of the flood.</p>"
    )
    text = said(read(tmp_path, article(inner)))
    assert "The price of flour was low, the price of bread, however, unbelievably high in the year" in text


def test_notes_are_found_as_in_a_book(tmp_path: Path) -> None:
    inner = f"<p>It burnt down<a href='{ADDRESS}#fn1' id='r1'>1</a> in the second year of the great war.</p>"
    notes = "<section><ol><li id='fn1'>So the register of the parish says. <a href='#r1'>↩</a></li></ol></section>"
    book = read(tmp_path, article(inner).replace("</article>", f"{notes}</article>"))
    assert "It burnt down in the second year" in said(book)
    assert {s.kind: s.count for s in book.skipped}["note-reference"] == 1
    assert "register of the parish" not in said(book)


def test_code_and_tables_are_narrated_when_asked_for(tmp_path: Path) -> None:
    inner = (
        "<pre><code>wheel.turn(3)</code></pre>"
        "<table><tr><th>Mill</th><th>Wheels</th></tr><tr><td>Upper</td><td>nine</td></tr></table>"
    )
    assert "turn" not in said(read(tmp_path, article(inner)))
    asked = read(tmp_path, article(inner), include=("code", "tables"))
    kinds = [block.kind for chapter in asked.chapters for block in chapter.blocks]
    assert BlockKind.CODE in kinds
    assert BlockKind.TABLE in kinds
    assert "wheel.turn(3)" in said(asked)
    assert "Upper, nine" in said(asked)


def test_anchors_lead_back_into_the_page(tmp_path: Path) -> None:
    page = article("<p id='there'>Here the road to the upper mill leaves the road to the lower one.</p>")
    book = read(tmp_path, f"<nav>{'<a href=/n>News of today</a> ' * 30}</nav>{page}")
    (block,) = [b for b in book.chapters[0].blocks if b.text.startswith("Here the road")]
    assert (block.anchor.href, block.anchor.id) == (ADDRESS, "there")


WORD = st.sampled_from([f"w{n}" for n in range(12)])
TEXTS = st.lists(st.lists(WORD, min_size=1, max_size=12).map(" ".join), min_size=1, max_size=12)


@settings(max_examples=60, deadline=None)
@given(TEXTS, st.data())
def test_a_text_is_found_again_whatever_repeats_in_it(texts: list[str], data: st.DataObject) -> None:
    """Any of the paragraphs, in order, however often they say the same, are found as often as they are there."""
    page = parse_page("<body>" + "".join(f"<p>{text}</p>" for text in texts), "x")
    units = units_of(page)
    chosen = [data.draw(st.booleans()) for _ in units]
    tokens = tokens_of(" ".join(unit.text for unit, one in zip(units, chosen, strict=True) if one))
    kept = locate(units, tokens)
    if all(chosen):
        assert all(kept)
    if not any(chosen):
        assert not any(kept)
    found = [unit.text for unit, one in zip(units, kept, strict=True) if one]
    left = iter(texts)
    assert all(text in left for text in found)  # a part of the page, in its order


@settings(max_examples=40, deadline=None)
@given(
    st.recursive(st.text("ab c<&", max_size=8), lambda inner: st.lists(inner, max_size=4), max_leaves=25),
    st.data(),
)
def test_taking_units_out_takes_nothing_else(tree: object, data: st.DataObject) -> None:
    def written(node: object, depth: int) -> str:
        if isinstance(node, str):
            return node.replace("&", "&amp;").replace("<", "&lt;")
        assert isinstance(node, list)
        tag = ("div", "p", "em", "a", "li")[depth % 5]
        return f"<{tag}>{'<br>'.join(written(one, depth + 1) for one in node)}</{tag}>"

    page = parse_page(f"<body><div>x {written(tree, 0)}</div></body>", "x")
    split_at_breaks(page)
    units = units_of(page)
    out = [unit for unit in units if data.draw(st.booleans())]
    before = [unit.text for unit in units if not any(unit is one for one in out)]
    take_out(out)
    assert [unit.text for unit in units_of(page)] == before
    assert furniture([], ()) == set()
    assert coverage(units, [True] * len(units), [t for u in units for t in u.tokens]) in (0.0, 1.0)
