"""Web pages, saved or fetched: the article, without what stands around it.

    page --units--> trafilatura's text laid beside them --> the article's units --furniture out--> ``blocks``

The blocks are those of the page's own tree, as in EPUBs. A page that is hardly more than its text (a saved book) is
read whole.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from lxml import etree, html

from pipeline.errors import SourceBroken, SourceEmpty, SourceTooLarge
from pipeline.ingest import charset as charsets
from pipeline.ingest import language
from pipeline.ingest.blocks import read_blocks
from pipeline.ingest.blocks_notes import find_marks
from pipeline.ingest.blocks_text import SkipLog, fold, words_in
from pipeline.ingest.web_find import Found, find_article
from pipeline.ingest.web_furniture import furniture
from pipeline.ingest.web_locate import coverage, locate
from pipeline.ingest.web_metadata import address_of, declared_language, feed_of, metadata_of, same_title
from pipeline.ingest.web_units import (
    Unit,
    neutralise,
    open_layout_tables,
    split_at_breaks,
    take_out,
    units_of,
)
from pipeline.ingest.xml import Element
from pipeline.model import Anchor, Block, BlockKind, Book, Chapter, Metadata, SourceInfo, SourceKind
from pipeline.settings import ReadingSettings

LONG_WORDS = 1500
"""About ten minutes of listening."""
CHAPTER_WORDS = 100
"""So many words have the chapters of an article that is no longer, on average; else it is one: a list, questions."""
KICKER_WORDS = 4
"""Words that may stand before an article's first heading and are no part of it: what kind of article it is."""
ARTICLE_WORDS = 30
"""With fewer words a page has to have at least a sentence to be an article."""
BOOKISH_SHARE = 0.9
"""A page with less than a tenth of its words around the text is a saved book or a bare document."""
LOCATED = 0.85
"""Share of the found text that has to be found again in the page's tree; else it is read as trafilatura gives it."""
_LONGEST_TEXT = 2_000_000
"""Characters between two tags; libxml2 drops texts of more than ten million bytes without a word."""
_UNSEEN = frozenset(
    ["script", "style", "noscript", "template", "head", "svg", "iframe", "select", "button", "textarea"]
)
_METADATA = frozenset("base basefont bgsound link meta noframes noscript script style template title".split())
"""What a head may hold (HTML Living Standard, 13.2.6.4.4)."""
_CONTROLS = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]"
    r"|&#(?:x0*(?:[0-8bcef]|1[0-9a-f]|d[89a-f]..|fff[ef])|0*(?:[0-8]|1[124-9]|2\d|3[01]))(?![0-9a-f]);?",
    re.I,
)
"""What a tree can be read with, but not be written with."""
_PROLOGUE = re.compile(r"\A\s*(?:<\?xml[^>]*>\s*)?(?:<!DOCTYPE[^>\[]*(?:\[.*?\])?\s*>)?", re.I | re.S)


@dataclass(frozen=True, slots=True)
class Article:
    """What is narrated of one page."""

    metadata: Metadata
    blocks: list[Block]
    words_seen: int
    """All words that the page shows."""
    doubt: str = ""


def read_web(path: Path, settings: ReadingSettings, uri: str, sha256: str, charset: str = "") -> Book:
    """Read an HTML page. ``charset`` is what its server declared.

    Raises ``SourceEmpty`` when there is no article on it.
    """
    skip = SkipLog()
    article = read_article(path.read_bytes(), settings, uri, skip, charset)
    return Book(
        source=SourceInfo(SourceKind.WEB, uri, sha256),
        metadata=article.metadata,
        chapters=chapters_of(
            with_title(article.blocks, article.metadata.title, uri),
            article.metadata.title,
            settings.chapter_words,
        ),
        skipped=skip.skipped(),
        doubts=tuple(filter(None, (article.doubt, doubt_of([article], skip)))),
    )


def read_article(
    data: bytes, settings: ReadingSettings, uri: str, skip: SkipLog, charset: str = "", *, href: str = ""
) -> Article:
    """The article of one page. ``href`` goes into the anchors, where it is not ``uri``.

    Raises ``SourceEmpty`` when there is none, ``SourceBroken``, ``SourceTooLarge``.
    """
    text, doubt = decode(data, uri, charset)
    page = parse_page(text, uri)
    if _begin_body(page):
        text = html.tostring(page, encoding="unicode")
    seen, linked = _words_seen(page), sum(words_in("".join(link.itertext())) for link in page.iter("a"))
    sentence = _has_sentence(page)
    split_at_breaks(page)
    open_layout_tables(page)
    units = units_of(page)
    where = address_of(page, href or uri)
    found = find_article(text, page, units, where)
    if found is None:
        raise SourceEmpty(f"{uri} has no article on it: hand in the address of one, or save it as a file.")
    metadata = metadata_of(found.document, page, where)
    _shorten_links(page, where)
    marks = find_marks(page)  # before anything is taken out: notes and their references name each other
    before, body = skip.total(), _narrow(page, units, found, metadata, seen)
    options = _announcing(settings, page, found)
    reading = read_blocks(
        body, href=href or uri, skip=skip, options=options, language=declared_language(page), leave_out=marks
    )
    blocks = list(reading.blocks)
    _check_article(uri, blocks, seen, linked, sentence=sentence, feed=feed_of(page, where))
    around = seen - sum(words_in(b.text) for b in blocks) - (skip.total() - before)
    if around > 0:
        skip.add("boilerplate", around)
    return Article(metadata, blocks, seen, doubt and f"{uri}: {doubt}")


def _announcing(settings: ReadingSettings, page: Element, found: Found) -> ReadingSettings:
    """The settings, with the language in which is said what the text does not say, where something is."""
    says = settings.announce_skipped or settings.summarise_skipped or settings.count_lists
    if settings.language or not says:
        return settings
    text = " ".join("".join(found.body.itertext()).split())
    return replace(settings, language=language.settle(declared_language(page), language.sample([text]))[0])


def _shorten_links(page: Element, address: str) -> None:
    """Have links within the page be such: browsers write them with the whole address when they save a page."""
    start = f"{address.partition('#')[0]}#"
    for link in page.iter("a"):
        if len(start) > 1 and (link.get("href") or "").startswith(start):
            link.set("href", link.get("href")[len(start) - 1 :])


def decode(data: bytes, uri: str, charset: str) -> tuple[str, str]:
    """A page as text without its prologue, and a doubt. Raises ``SourceTooLarge``."""
    text, doubt = charsets.decode(data, charset or charsets.declared_in(data))
    text = _CONTROLS.sub("", _PROLOGUE.sub("", text, count=1))
    if max(map(len, text.split("<"))) > _LONGEST_TEXT:
        raise SourceTooLarge(f"{uri} has a single paragraph of many megabytes: hand it in as plain text.")
    return text, doubt


def parse_page(text: str, uri: str) -> Element:
    """The tree of a decoded page. Raises ``SourceBroken``."""
    try:
        return html.document_fromstring(text)
    except (etree.ParserError, ValueError) as error:
        raise SourceBroken(f"{uri} cannot be read as a web page: it may be damaged.") from error


def _begin_body(page: Element) -> bool:
    """Put what is no metadata from the head into the body; returns whether there was any.

    HTML lets both tags be left out: the first other element begins the body, which libxml2 does not do for elements
    that are younger than itself, such as ``article``.
    """
    head, body = page.find("head"), page.find("body")
    inside = enumerate(head if head is not None else ())
    first = next(
        (n for n, child in inside if isinstance(child.tag, str) and child.tag not in _METADATA), None
    )
    if head is None or first is None:
        return False
    if body is None:
        body = etree.SubElement(page, "body")
    body[:0] = head[first:]
    return True


# -- the article in the page -----------------------------------------------------------------------------


def _narrow(page: Element, units: list[Unit], found: Found, metadata: Metadata, seen: int) -> Element:
    """The page with nothing but its article in it; trafilatura's own tree where that cannot be found in the page."""
    kept = locate(units, found.tokens)
    if words_in(" ".join(found.body.itertext())) >= BOOKISH_SHARE * seen:
        # All of it, but for links that stand alone; what is in the way of an article may be a part of a book.
        article = [u for u, one in zip(units, kept, strict=True) if one or u.is_heading or u.link_share < 0.5]
        out = furniture(article, None) if _is_marked(page) else set()
    elif coverage(units, kept, found.tokens) < LOCATED:
        return _as_xhtml(found.body)
    else:
        article = [unit for unit, one in zip(units, kept, strict=True) if one]
        out = furniture(article, (*metadata.authors, metadata.publisher, *metadata.subjects))
    left = [unit for i, unit in enumerate(article) if i not in out]
    neutralise(left)
    named = {id(unit) for unit in left}
    take_out([unit for unit in units if id(unit) not in named])
    return page


def _is_marked(page: Element) -> bool:
    """Whether a page was made as an article of a site."""
    return bool(page.xpath("boolean(//article or //meta[starts-with(@property, 'og:')])"))


_XHTML = {"item": "li", "row": "tr", "lb": "br", "list": "ul", "quote": "blockquote", "code": "pre"}


def _as_xhtml(body: Element) -> Element:
    """trafilatura's TEI-like tree with the tags of XHTML."""
    for element in body.iter():
        if not isinstance(element.tag, str):
            continue
        tag, rend = element.tag, element.get("rend") or ""
        if tag == "head":
            element.tag = rend if re.fullmatch("h[1-6]", rend) else "h2"
        elif tag == "cell":
            element.tag = "th" if element.attrib.pop("role", None) == "head" else "td"
        else:
            element.tag = _XHTML.get(tag, tag)
    return body


# -- is it an article? -----------------------------------------------------------------------------------


def _check_article(
    uri: str, blocks: list[Block], seen: int, linked: int, *, sentence: bool, feed: str
) -> None:
    words = sum(words_in(block.text) for block in blocks)
    if words < ARTICLE_WORDS and not (words and sentence):
        raise SourceEmpty(f"{uri} has no article on it: hand in the address of one, or save it as a file.")
    if linked > 0.6 * seen and not any(_ends_sentence(block.text) for block in blocks):
        also = f", or its feed {feed}" if feed else ""
        raise SourceEmpty(
            f"{uri} is a list of links and no article: hand in the address of one article{also}."
        )


def _has_sentence(page: Element) -> bool:
    """Whether a very short page has been written to be read: it has a paragraph that ends as sentences do."""
    return any(_ends_sentence("".join(p.itertext())) for p in page.iter("p", "blockquote", "li", "pre", "td"))


def _ends_sentence(text: str) -> bool:
    return text.rstrip(" \n\t\r\"'”’»)]").endswith(tuple(".!?…。！？।"))


def _words_seen(page: Element) -> int:
    pieces: list[str] = []
    stack: list[Element] = [page]
    while stack:
        element = stack.pop()
        pieces.append(element.tail or "")
        if isinstance(element.tag, str) and element.tag not in _UNSEEN:
            pieces.append(element.text or "")
            stack.extend(element)
    return sum(words_in(piece) for piece in pieces)


def doubt_of(articles: list[Article], skip: SkipLog) -> str:
    """A doubt when most of a page is not narrated: something may have been taken for boilerplate or for data."""
    narrated = sum(words_in(block.text) for article in articles for block in article.blocks)
    if skip.words("table") > narrated:
        return "Most of the page's words are in tables, which are left out unless they are asked for."
    around = skip.words("boilerplate")
    if around < 3000 * len(articles) or around < 3 * narrated:
        return ""
    seen = sum(article.words_seen for article in articles)
    return f"Only {narrated} of the page's {seen} words were taken for the article."


# -- chapters --------------------------------------------------------------------------------------------


def with_title(blocks: list[Block], title: str, href: str) -> list[Block]:
    """The blocks, opened by the article's title unless they begin with it."""
    if not title or any(same_title(block.text, title) for block in blocks[:3]):
        return blocks
    return [Block(BlockKind.HEADING, fold(title), Anchor(href=href), level=1), *blocks]


def chapters_of(
    blocks: list[Block], title: str, chaptered_words: int = ReadingSettings().chapter_words
) -> tuple[Chapter, ...]:
    """One chapter, or one for each heading of the highest level of which there are several.

    A text of ``chaptered_words`` or fewer is one.
    """
    words = sum(words_in(block.text) for block in blocks)
    levels = [block.level for block in blocks[1:] if block.kind is BlockKind.HEADING]
    several = [level for level in sorted(set(levels)) if levels.count(level) >= 2]
    dense = bool(several) and words >= CHAPTER_WORDS * (levels.count(several[0]) + 1)
    if words <= chaptered_words or not several or not (dense or words > LONG_WORDS):
        return (Chapter(0, title, 1, tuple(blocks)),)
    starts = [
        i for i, b in enumerate(blocks) if i > 0 and b.kind is BlockKind.HEADING and b.level <= several[0]
    ]
    while starts and _says_little(blocks[: starts[0]]):
        # A title with nothing before the first heading, or a word such as "Review", belongs to the first part.
        title, starts = blocks[starts[0]].text, starts[1:]
    bounds = [0, *starts, len(blocks)]
    parts = [tuple(blocks[a:b]) for a, b in pairwise(bounds)]
    return tuple(
        Chapter(i, title if i == 0 else part[0].text, 1, part) for i, part in enumerate(parts) if part
    )


def _says_little(blocks: Sequence[Block]) -> bool:
    own = [block for block in blocks if block.kind is not BlockKind.HEADING]
    return sum(words_in(block.text) for block in own) <= KICKER_WORDS


__all__ = [
    "Article",
    "chapters_of",
    "decode",
    "doubt_of",
    "parse_page",
    "read_article",
    "read_web",
    "with_title",
]
