"""Web pages, saved or fetched: the article, without what stands around it.

trafilatura finds the article and its metadata; its tree becomes XHTML again and goes the same way as
an EPUB's pages (``blocks``).
"""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from lxml import etree, html

from pipeline.errors import SourceBroken, SourceEmpty, SourceTooLarge
from pipeline.ingest import charset as charsets
from pipeline.ingest.blocks import blocks_of
from pipeline.ingest.blocks_text import SkipLog, fold, words_in
from pipeline.ingest.xml import Element
from pipeline.model import Anchor, Block, BlockKind, Book, Chapter, Metadata, SourceInfo, SourceKind
from pipeline.settings import ReadingSettings

CHAPTERED_WORDS = 1500
"""An article longer than this is split at its headings, about ten minutes of listening."""
ARTICLE_WORDS = 30
"""With fewer words a page has to have at least a sentence to be an article."""
BOOKISH_SHARE = 0.9
"""A page with less than a tenth of its words around the text is a saved book or a bare document."""
_SHORT = 250
"""Characters; an extraction that is shorter is tried again, less strictly."""
_LONGEST_TEXT = 2_000_000
"""Characters between two tags; libxml2 drops texts of more than ten million bytes without a word."""
_UNSEEN = frozenset(
    ["script", "style", "noscript", "template", "head", "svg", "iframe", "select", "button", "textarea"]
)
_PROLOGUE = re.compile(r"\A\s*(?:<\?xml[^>]*\?>\s*)?(?:<!DOCTYPE[^>\[]*(?:\[.*?\])?\s*>)?", re.I | re.S)
_NOTE_MARK = re.compile(r"\[?(?:\d{1,3}|[a-z]|[*†‡]|note \d{1,3})\]?", re.I)


def read_web(path: Path, settings: ReadingSettings, uri: str, sha256: str, charset: str = "") -> Book:
    """Read an HTML page. ``charset`` is what its server declared.

    Raises ``SourceEmpty`` when there is no article on it.
    """
    data = path.read_bytes()
    text, doubt = charsets.decode(data, charset or charsets.declared_in(data))
    text = _PROLOGUE.sub("", text, count=1)
    if max(map(len, text.split("<"))) > _LONGEST_TEXT:
        raise SourceTooLarge(f"{uri} has a single paragraph of many megabytes: hand it in as plain text.")
    page = _parse(text, uri)
    language = _declared_language(page)
    skip = SkipLog()
    found = _extract(text, uri, settings)
    if found is None:
        raise SourceEmpty(f"{uri} has no article on it: hand in the address of one, or save it as a file.")
    body, metadata = found
    if words_in("".join(body.itertext())) >= BOOKISH_SHARE * _words_seen(page):
        body = page  # its own tree says more: headings, notes, where each block stands
    else:
        body = _as_xhtml(body, uri, skip)
    blocks = blocks_of(body, href=uri, skip=skip, options=settings, language=language)
    _check_article(uri, page, blocks)
    around = _words_seen(page) - sum(words_in(b.text) for b in blocks) - sum(s.words for s in skip.skipped())
    if around > 0:
        skip.add("boilerplate", around)
    metadata = replace(metadata, language=language, title=_without_site(metadata, page))
    return Book(
        source=SourceInfo(SourceKind.WEB, uri, sha256),
        metadata=metadata,
        chapters=_chapters(_with_title(blocks, metadata.title, uri), metadata.title),
        skipped=skip.skipped(),
        doubts=tuple(filter(None, (doubt and f"{uri}: {doubt}", _coverage(page, blocks, skip)))),
    )


# -- what trafilatura gives ------------------------------------------------------------------------------


def _parse(text: str, uri: str) -> Element:
    try:
        return html.document_fromstring(text)
    except (etree.ParserError, ValueError) as error:
        raise SourceBroken(f"{uri} cannot be read as a web page: it may be damaged.") from error


def _extract(text: str, uri: str, settings: ReadingSettings) -> tuple[Element, Metadata] | None:
    """The article's tree and what the page says about it; None when there is none."""
    import trafilatura
    from trafilatura.settings import Document

    logging.getLogger("trafilatura").setLevel(
        logging.CRITICAL
    )  # it complains of every page that is no article
    # Precision first: measured on real pages it loses nothing and leaves out more of what is around.
    for precise in (True, False):
        found = trafilatura.bare_extraction(
            text,
            url=uri if uri.startswith("http") else None,
            output_format="xml",
            favor_precision=precise,
            include_comments=False,
            include_formatting=True,
            include_links=True,
            include_images=settings.image_descriptions,
            with_metadata=True,
        )
        if isinstance(found, Document) and len("".join(found.body.itertext())) >= _SHORT:
            break
    if not isinstance(found, Document):
        return None
    return found.body, Metadata(
        title=found.title or "",
        authors=tuple(name.strip() for name in (found.author or "").split(";") if name.strip()),
        identifier=found.url or "",
        publisher=found.sitename or found.hostname or "",
        published=found.date or "",
        description=fold(found.description or ""),
        subjects=tuple(dict.fromkeys([*(found.categories or ()), *(found.tags or ())])),
    )


_XHTML = {"item": "li", "row": "tr", "lb": "br", "graphic": "img", "ref": "a", "head": "h2", "list": "ul"}


def _as_xhtml(body: Element, uri: str, skip: SkipLog) -> Element:
    """trafilatura's TEI-like tree with the tags of XHTML. References to notes are taken out and counted."""
    etree.strip_elements(body, "del", with_tail=False)
    for element in list(body.iter("hi", "ref")):
        if _is_note_reference(element, uri):
            skip.add("note-reference")
            element.clear(keep_tail=True)
            element.tag = "span"
    for element in body.iter():
        if not isinstance(element.tag, str):
            continue
        tag, rend = element.tag, element.get("rend") or ""
        if tag == "head":
            element.tag = rend if re.fullmatch("h[1-6]", rend) else "h2"
        elif tag == "cell":
            element.tag = "th" if element.get("role") == "head" else "td"
            element.attrib.pop("role", None)
        elif tag == "quote":
            element.tag = "span" if _in_a_line(element) else "blockquote"
        elif tag == "code":
            element.tag = "code" if _in_a_line(element) else "pre"
        elif tag == "hi":
            element.tag = "sup" if rend == "#sup" else "span"
        else:
            element.tag = _XHTML.get(tag, tag)
    return body


def _in_a_line(element: Element) -> bool:
    """Whether an element stands among the words of a paragraph rather than on its own."""
    parent = element.getparent()
    if parent is None or parent.tag in ("body", "div", "blockquote", "pre", "quote"):
        return False
    return bool((parent.text or "").strip()) or any((e.tail or "").strip() for e in parent)


def _is_note_reference(element: Element, uri: str) -> bool:
    """A mark like "[3]" that links to a place on the same page, raised or not."""
    text = "".join(element.itertext()).strip()
    if not _NOTE_MARK.fullmatch(text):
        return False
    if element.tag == "hi":
        raised = element.get("rend") == "#sup"
        return raised and (text.startswith("[") or element.find(".//ref") is not None)
    target = element.get("target") or ""
    return target.startswith(("#", f"{uri}#"))


# -- is it an article? -----------------------------------------------------------------------------------


def _check_article(uri: str, page: Element, blocks: list[Block]) -> None:
    words = sum(words_in(block.text) for block in blocks)
    if words < ARTICLE_WORDS and not (words and _has_sentence(page)):
        raise SourceEmpty(f"{uri} has no article on it: hand in the address of one, or save it as a file.")
    # Words of the page, not of the blocks: what was found of a bare list of links has lost its links.
    linked = sum(words_in("".join(link.itertext())) for link in page.iter("a"))
    if linked > 0.6 * _words_seen(page) and not any(_ends_sentence(block.text) for block in blocks):
        raise SourceEmpty(f"{uri} is a list of links and no article: hand in the address of one article.")


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


def _coverage(page: Element, blocks: list[Block], skip: SkipLog) -> str:
    """A doubt when most of a long page is not narrated: something may have been taken for boilerplate."""
    narrated = sum(words_in(block.text) for block in blocks)
    around = skip.words("boilerplate")
    if around < 3000 or around < 3 * narrated:
        return ""
    return f"Only {narrated} of the page's {_words_seen(page)} words were taken for the article."


# -- chapters --------------------------------------------------------------------------------------------


def _with_title(blocks: list[Block], title: str, uri: str) -> list[Block]:
    """The blocks, opened by the article's title unless they begin with it."""
    if not title or any(_same(block.text, title) for block in blocks[:3]):
        return blocks
    return [Block(BlockKind.HEADING, fold(title), Anchor(href=uri), level=1), *blocks]


def _same(text: str, title: str) -> bool:
    """Whether a block says the title, up to punctuation and a few words more or less."""
    one, other = sorted((re.sub(r"\W+", "", t).casefold() for t in (text, title)), key=len)
    return bool(one) and (one == other or (one in other and len(other) < 1.5 * len(one)))


def _without_site(metadata: Metadata, page: Element) -> str:
    """The title without the site's name after it, as browsers show it in a tab: "Article | Site"."""
    title = fold(metadata.title)
    headings = [fold("".join(heading.itertext())) for heading in page.iter("h1")]
    for name in sorted(filter(None, headings), key=len, reverse=True):
        if re.fullmatch(rf"{re.escape(name)} ?[|–—:·»-] .+", title, re.I):
            return name
    match = re.fullmatch(r"(.+) [|–—·»-] ([^|–—·»]+)", title)
    return match[1] if match and _same(match[2], metadata.publisher) else title


def _chapters(blocks: list[Block], title: str) -> tuple[Chapter, ...]:
    """One chapter, or one for each heading of the highest level of which there are several."""
    words = sum(words_in(block.text) for block in blocks)
    levels = [block.level for block in blocks[1:] if block.kind is BlockKind.HEADING]
    several = [level for level in sorted(set(levels)) if levels.count(level) >= 2]
    if words <= CHAPTERED_WORDS or not several:
        return (Chapter(0, title, 1, tuple(blocks)),)
    starts = [
        i for i, b in enumerate(blocks) if i > 0 and b.kind is BlockKind.HEADING and b.level <= several[0]
    ]
    if all(block.kind is BlockKind.HEADING for block in blocks[: starts[0]]):
        # A title with nothing before the first heading belongs to the first part.
        title, starts = blocks[starts[0]].text, starts[1:]
    bounds = [0, *starts, len(blocks)]
    parts = [tuple(blocks[a:b]) for a, b in pairwise(bounds)]
    return tuple(
        Chapter(i, title if i == 0 else part[0].text, 1, part) for i, part in enumerate(parts) if part
    )


def _declared_language(page: Element) -> str:
    named = page.get("lang") or page.get("{http://www.w3.org/XML/1998/namespace}lang") or page.get("xml:lang")
    metas = (
        "//meta[translate(@http-equiv,'CL','cl')='content-language']/@content",
        "//meta[@property='og:locale']/@content",
    )
    for found in (named, *(next(iter(page.xpath(path)), "") for path in metas)):
        if found and found.strip():
            return str(found).split(",")[0].strip()
    return ""
