"""Web pages: the article and nothing but the article."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import SourceEmpty, SourceTooLarge
from pipeline.ingest.web import read_web
from pipeline.model import BlockKind, Book
from pipeline.settings import ReadingSettings

SENTENCE = "The miller of the village had three mills, and each of them stood on another river. "
ADDRESS = "https://news.example/mills"


def page(article: str, head: str = "", around: bool = True) -> str:
    menu = "<nav><ul>" + "".join(f"<li><a href='/{n}'>Topic {n}</a></li>" for n in range(20)) + "</ul></nav>"
    foot = "<footer><p>All rights reserved. Write to us, follow us, subscribe to us.</p></footer>"
    body = f"{menu}<article>{article}</article>{foot}" if around else article
    return f'<!DOCTYPE html><html lang="en"><head>{head}</head><body>{body}</body></html>'


def read(folder: Path, text: str | bytes, charset: str = "", **options: object) -> Book:
    path = folder / "page.html"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_web(path, ReadingSettings(**options), ADDRESS, "0" * 64, charset)  # type: ignore[arg-type]


HEAD = (
    "<title>Three Mills | The Daily Example</title><meta name='author' content='Ann Example'>"
    "<meta property='og:site_name' content='The Daily Example'>"
    "<meta property='article:published_time' content='2024-05-01T10:00:00Z'>"
)


@pytest.mark.parametrize("around", ["article", "main", "section", "article><div"])
def test_tags_that_html_lets_be_left_out(tmp_path: Path, around: str) -> None:
    """No html, head or body, and no end of a paragraph: the browser knows where each is."""
    text = f"<!DOCTYPE html><meta charset=utf-8><title>Three Mills</title><{around}><h1>Three Mills</h1>"
    book = read(tmp_path, text + f"<p>{SENTENCE * 3}" * 3)
    assert book.metadata.title == "Three Mills"
    assert [b.kind for b in book.chapters[0].blocks] == [BlockKind.HEADING, *[BlockKind.PARAGRAPH] * 3]


def test_the_article_without_what_is_around(tmp_path: Path) -> None:
    article = (
        f"<h1>Three Mills</h1><p>{SENTENCE * 3}</p><h2>The first</h2><p>{SENTENCE}"
        "It burnt<sup><a href='#n1'>1</a></sup> down.</p><ul><li>wheat</li><li>rye</li></ul>"
        f"<blockquote><p>Grind, {SENTENCE}</p></blockquote>"
        "<pre><code>mill(x) { return 1; }</code></pre>"
        "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>"
    )
    book = read(tmp_path, page(article, HEAD))
    assert [(b.kind, b.text[:11]) for b in book.chapters[0].blocks] == [
        (BlockKind.HEADING, "Three Mills"),
        (BlockKind.PARAGRAPH, "The miller "),
        (BlockKind.HEADING, "The first"),
        (BlockKind.PARAGRAPH, "The miller "),
        (BlockKind.LIST_ITEM, "wheat"),
        (BlockKind.LIST_ITEM, "rye"),
        (BlockKind.QUOTE, "Grind, The "),
    ]
    assert "It burnt down." in book.chapters[0].text
    skipped = {s.kind: s.count for s in book.skipped}
    assert skipped.keys() == {"boilerplate", "code", "note-reference", "table"}
    meta = book.metadata
    assert (meta.title, meta.authors, meta.language) == ("Three Mills", ("Ann Example",), "en")
    assert (meta.publisher, meta.published) == ("The Daily Example", "2024-05-01")


def linked(author: str) -> str:
    return f'<script type="application/ld+json">{{"@type": "NewsArticle", "author": {author}}}</script>'


@pytest.mark.parametrize(
    ("head", "authors"),
    [
        ("<meta name=author content='By Ann Example'>", ("Ann Example",)),
        ("<meta name=Author content='Ann Example and Bob Sample'>", ("Ann Example", "Bob Sample")),
        ("<meta property='article:author' content='https://social.example/ann'>", ()),
        (
            linked('[{"@type": "Person", "name": "Ann Example"}, {"name": ["Bob Sample"]}]'),
            ("Ann Example", "Bob Sample"),
        ),
        (linked('"Ann Example, Daily Example"'), ("Ann Example",)),
        (linked('{"name": "Daily Example"}') + "<meta name=author content='Ann Example'>", ("Ann Example",)),
        (linked('{"name": "Daily Example"}'), ("Daily Example",)),
        ('<script type="application/ld+json">{"broken</script>', ()),
    ],
)
def test_authors(tmp_path: Path, head: str, authors: tuple[str, ...]) -> None:
    site = "<title>Mills</title><meta property='og:site_name' content='Daily Example'>"
    assert (
        read(tmp_path, page(f"<h1>Mills</h1><p>{SENTENCE * 5}</p>", site + head)).metadata.authors == authors
    )


@pytest.mark.parametrize(
    "title",
    [
        "Three Mills | Daily Example",
        "Daily Example: Three Mills",
        "Three Mills - Daily Example",
        "Three Mills",
    ],
)
def test_the_title_is_without_the_sites_name(tmp_path: Path, title: str) -> None:
    head = f"<title>{title}</title><meta property='og:site_name' content='Daily Example'>"
    assert read(tmp_path, page(f"<p>{SENTENCE * 5}</p>", head)).metadata.title == "Three Mills"


def test_a_title_that_is_only_in_the_head_is_narrated(tmp_path: Path) -> None:
    book = read(tmp_path, page(f"<p>{SENTENCE * 5}</p>", HEAD))
    assert book.chapters[0].text.startswith("Three Mills\n\nThe miller")


def test_long_articles_are_split_at_their_headings(tmp_path: Path) -> None:
    parts = "".join(f"<h2>Mill {n}</h2><p>{SENTENCE * 50}</p>" for n in range(3))
    book = read(tmp_path, page(f"<h1>Three Mills</h1><p>{SENTENCE}</p>{parts}", HEAD))
    assert [chapter.title for chapter in book.chapters] == ["Three Mills", "Mill 0", "Mill 1", "Mill 2"]
    short = read(tmp_path, page("<h1>Three Mills</h1>" + parts.replace(SENTENCE * 50, SENTENCE), HEAD))
    assert len(short.chapters) == 1


def test_a_bare_page_is_read_as_it_stands(tmp_path: Path) -> None:
    book = read(tmp_path, page("<h1 id='top'>Hello</h1><p id='p1'>Two words. And more.</p>", around=False))
    assert book.chapters[0].text == "Hello\n\nTwo words. And more."
    assert [b.anchor.id for b in book.chapters[0].blocks] == ["top", "p1"]
    assert {b.anchor.href for b in book.chapters[0].blocks} == {ADDRESS}


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<div id='root'></div><noscript>You have to enable JavaScript.</noscript><script>go()</script>",
        "<form><label>Name</label><input><button>Log in</button></form><a href='/'>Home</a> <a href='/f'>Help</a>",
        "<ul>"
        + "".join(f"<li><a href='/{n}'>Another page, number {n}</a></li>" for n in range(80))
        + "</ul>",
        "<p>😀 🎉</p>",
    ],
)
def test_pages_without_an_article(tmp_path: Path, body: str) -> None:
    with pytest.raises(SourceEmpty, match=ADDRESS):
        read(tmp_path, f"<html><head><title>Example</title></head><body>{body}</body></html>")


def test_a_list_of_links_names_the_feed_that_it_has(tmp_path: Path) -> None:
    links = "".join(f"<li><a href='/{n}'>Another page, number {n}</a></li>" for n in range(80))
    head = "<link rel=alternate type='application/atom+xml' href='/atom.xml'>"
    with pytest.raises(SourceEmpty, match=r"https://news\.example/atom\.xml"):
        read(tmp_path, f"<html><head><title>Example</title>{head}</head><body><ul>{links}</ul></body></html>")


@pytest.mark.parametrize(
    ("encoding", "charset", "head"),
    [
        ("cp1251", "windows-1251", ""),
        ("cp1251", "", "<meta charset=windows-1251>"),
        ("utf-8", "iso-8859-1", ""),
        ("utf-16", "", ""),
    ],
)
def test_charsets(tmp_path: Path, encoding: str, charset: str, head: str) -> None:
    sentence = "Утро было холодное, и дорога была мокрой от дождя. " * 8
    book = read(tmp_path, page(f"<p>{sentence}</p>", head).encode(encoding), charset)
    assert sentence.strip() in book.chapters[0].text


def test_characters_by_number_are_read_but_for_controls(tmp_path: Path) -> None:
    written = "caf&#233; &#x2014; 1&#49;2 &#8364;5&#x20;to&#1; &#x1F;day&#0;&#10;&#x1F600; &#12354;"
    book = read(tmp_path, page(f"<p>{SENTENCE * 5}</p><p>It was said in the {written} that it was so.</p>"))
    assert "It was said in the café — 112 €5 to day \U0001f600 あ that it was so." in book.chapters[0].text


def test_entities_do_not_expand_and_depth_does_not_crash(tmp_path: Path) -> None:
    laughs = '<?xml version="1.0"?><!DOCTYPE html [<!ENTITY a "haha"><!ENTITY b "&a;&a;&a;">]>'
    book = read(tmp_path, f"{laughs}<html><body><p>{SENTENCE * 4} &b;</p></body></html>")
    assert "haha" not in book.chapters[0].text
    with pytest.raises(SourceEmpty):
        read(tmp_path, "<html><body>" + "<div>" * 50_000 + "x" + "</div>" * 50_000)


def test_a_paragraph_that_the_parser_would_drop_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceTooLarge, match=ADDRESS):
        read(tmp_path, f"<html><body><p>{'word ' * 500_000}</p></body></html>")
