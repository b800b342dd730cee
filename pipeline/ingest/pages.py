"""Books that are no EPUB, bound as one in memory and read as one.

FictionBook, Word, OpenDocument, RTF and Kindle books have what an EPUB has under other names: headings, notes
with their references, poems, tables, pictures. Their readers say it in XHTML with EPUB's semantics, and
``bind`` gives that to the reader of EPUBs. So notes, tables, languages and the parts that are left out are
treated alike everywhere, by one code, under the same limits.

    page = element("body")
    add(page, "h1", "The Shore", id="c1")
    add(page, "p", "The boat was late.")
    bind(Bound(path, (Page("text.xhtml", page),), (Line("The Shore", 1, "text.xhtml#c1"),)), settings, source)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path

from lxml import etree

from pipeline.ingest import language as languages
from pipeline.ingest.blocks import same_language
from pipeline.ingest.blocks_kinds import word_set
from pipeline.ingest.blocks_text import SkipLog, fold
from pipeline.ingest.epub import read_container
from pipeline.ingest.epub_archive import Archive
from pipeline.ingest.text_headings import LONGEST_HEADING, bare_number, level_of
from pipeline.ingest.xml import Element, local_name, writable
from pipeline.model import Book, Metadata, Skipped, SourceInfo
from pipeline.settings import ReadingSettings

TYPE = "{http://www.idpf.org/2007/ops}type"
"""The attribute ``epub:type``."""
_ROLES = {
    "quote": ("blockquote", ""),
    "verse": ("div", "verse"),
    "caption": ("figcaption", ""),
    "item": ("li", ""),
    "code": ("pre", "code"),
    "preformatted": ("pre", ""),
}
_NAME = re.compile(r"[a-z][a-z0-9-]*")
_ATTRIBUTES = word_set(
    """id name href class style alt alttext title lang role src hidden colspan rowspan aria-label
    aria-hidden aria-level"""
)
_LEAST_FOREIGN = 40
"""Characters."""
_CONTAINER = (
    b'<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    b'<rootfile full-path="book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
)
_XHTML = (
    '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops">'
    "<head><title>{title}</title></head>"
)
_COVER = "cover-image"


@dataclass(frozen=True, slots=True)
class Page:
    """One document in reading order."""

    href: str
    body: Element
    """An XHTML ``body``; tags carry no namespace."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table of contents."""

    title: str
    level: int
    """From 1."""
    href: str
    """A page, perhaps with ``#id``."""


@dataclass(frozen=True, slots=True)
class Bound:
    """A book as pages."""

    path: Path
    pages: Sequence[Page]
    contents: Sequence[Line]
    metadata: Metadata
    cover: bytes = b""
    """A picture's file; empty when there is none."""
    doubts: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    """What the pages do not hold any more."""


def bind(bound: Bound, settings: ReadingSettings, source: SourceInfo) -> Book:
    """Read pages as the EPUB that they would be.

    Raises ``SourceEmpty`` when there is nothing to narrate, ``SourceTooLarge`` beyond the limits of EPUBs.
    """
    book = read_container(_InMemory(bound.path, _files(bound)), settings, source.uri, source.sha256)
    log = SkipLog()
    for skip in (*bound.skipped, *book.skipped):
        log.add(skip.kind, skip.words, skip.count)
    return replace(
        book,
        source=source,
        metadata=bound.metadata,
        skipped=log.skipped(),
        doubts=(*bound.doubts, *book.doubts),
    )


# -- writing XHTML ---------------------------------------------------------------------------------------


def element(tag: str, text: str = "", *, kind: str = "", **attributes: str) -> Element:
    """An element of XHTML; ``kind`` is its ``epub:type``, ``class_`` its class. Empty attributes are left out."""
    made = etree.Element(tag)
    if text:
        made.text = writable(text)
    if kind:
        made.set(TYPE, kind)
    for name, value in attributes.items():
        if value:
            made.set(name.rstrip("_"), writable(value))
    return made


def add(parent: Element, tag: str, text: str = "", *, kind: str = "", **attributes: str) -> Element:
    """As ``element``, put at the end of ``parent``."""
    made = element(tag, text, kind=kind, **attributes)
    parent.append(made)
    return made


def say(parent: Element, text: str) -> None:
    """Put ``text`` at the end of ``parent``, after whatever is in it."""
    if not text:
        return
    text = writable(text)
    last = parent[-1] if len(parent) else None
    if last is None:
        parent.text = (parent.text or "") + text
    else:
        last.tail = (last.tail or "") + text


def cast(block: Element, role: str) -> None:
    """Make a paragraph what the role of its style says: ``quote``, ``verse``, ``code`` ...; else leave it one."""
    block.tag, named = _ROLES.get(role, ("p", ""))
    if named:
        block.set("class", named)


def put(parent: Element, block: Element) -> None:
    """Put a block at the end of ``parent``; preformatted lines that follow each other become one block."""
    last = parent[-1] if len(parent) else None
    if last is None or block.tag != "pre" or last.tag != "pre" or last.get("class") != block.get("class"):
        parent.append(block)
        return
    say(last, "\n" + (block.text or ""))
    last.extend(list(block))


def refer(parent: Element, label: str, target: str) -> None:
    """A reference to the note with that target at the end of ``parent``."""
    add(parent, "a", label, kind="noteref", href=target)


def foreign(text: str, tongues: Mapping[str, int], language: str) -> str:
    """The language (BCP 47) of a paragraph that is said to be in another one than its book, and reads so.

    ``tongues`` are the languages of its pieces with their lengths. What word processors write down is often
    the language of their menus, so that a short text, or one that does not read like it, stays the book's.
    """
    if len(text) < _LEAST_FOREIGN or not tongues:
        return ""
    declared, length = max(tongues.items(), key=lambda pair: pair[1])
    if not declared or length < 0.9 * sum(tongues.values()) or same_language(declared, language):
        return ""
    # Asked without what is declared, which it would believe of so little text.
    believed, _ = languages.settle("", [text])
    return declared if same_language(believed, declared) else ""


def titled(metadata: Metadata, body: Element) -> Metadata:
    """The metadata with the title that stands in the text, where they name none."""
    heading = next((e for e in body.iter() if e.get("class") == "title"), None)
    if heading is None:
        heading = _lone_first(_headings(body))
    if metadata.title or heading is None:
        return metadata
    return replace(metadata, title=fold("".join(heading.itertext())))


def note(identifier: str, label: str = "", kind: str = "footnote") -> Element:
    """A note, still without its text. Its label is a way back, as EPUBs have it, and no part of that text."""
    made = element("aside", kind=kind, id=identifier)
    if label:
        add(made, "a", label, kind="backlink", href="#")
    return made


def tidy(root: Element) -> None:
    """Give a tree that a parser of HTML made names that XML can have; what is no attribute of XHTML goes."""
    for e in root.iter():
        if not isinstance(e.tag, str):
            continue
        name = local_name(e)
        e.tag = name if _NAME.fullmatch(name) else "span"
        kept = {key: writable(str(value)) for key, value in e.attrib.items() if key in _ATTRIBUTES}
        kind = e.get(TYPE) or e.get("epub:type")
        language = e.get("{http://www.w3.org/XML/1998/namespace}lang") or e.get("xml:lang")
        e.attrib.clear()
        for key, value in kept.items():
            e.set(key, value)
        if kind:
            e.set(TYPE, kind)
        if language:
            e.set("lang", language)
    etree.cleanup_namespaces(root)


# -- which headings are chapters --------------------------------------------------------------------------


def contents_of(body: Element, href: str, title: str) -> tuple[Line, ...]:
    """The table of contents of a document that has headings and no contents of its own.

    The first two levels that are used make the chapters. A lone first heading, where none is of class ``title``,
    is the book's title and opens the first chapter. Where there is no heading at all, paragraphs that say
    "Chapter 1" and nothing else, or only count, become headings.
    """
    if not any(_is_heading(e) for e in body.iter()):
        _make_headings(body)
    found = _headings(body)
    if _lone_first(found) is not None and not any(e.get("class") == "title" for e in body.iter()):
        found = found[1:]
    kept = sorted({e.tag for e in found})[:2]
    chapters = _joined([e for e in found if e.tag in kept])
    lines: list[Line] = []
    if not chapters or _speaks_before(body, chapters[0][0]):
        lines.append(Line(title or href, 1, href))
    for number, (first, name) in enumerate(chapters):
        identifier = first.get("id") or f"heading-{number}"
        first.set("id", identifier)
        lines.append(Line(name, 1 + kept.index(first.tag), f"{href}#{identifier}"))
    return tuple(lines)


def _is_heading(e: Element) -> bool:
    tag = e.tag
    return (
        isinstance(tag, str) and len(tag) == 2 and tag[0] == "h" and tag != "hr" and e.get("class") != "title"
    )


def _headings(body: Element) -> list[Element]:
    return [e for e in body.iter() if _is_heading(e) and fold("".join(e.itertext()))]


def _lone_first(headings: Sequence[Element]) -> Element | None:
    """The first heading, if it stands above all others: the name of the whole."""
    levels = [e.tag for e in headings]
    alone = len(set(levels)) > 1 and levels[0] == min(levels) and levels.count(levels[0]) == 1
    return headings[0] if alone else None


def _make_headings(body: Element) -> None:
    """Make headings of paragraphs that say "Chapter 1", or of numbers that count up from one without a gap."""
    short = [
        (paragraph, text)
        for paragraph in body.iter("p")
        if (text := fold("".join(paragraph.itertext()))) and len(text) <= LONGEST_HEADING
    ]
    found = [(paragraph, level) for paragraph, text in short if (level := level_of(text))]
    if len(found) < 2:
        counted = [(paragraph, number) for paragraph, text in short if (number := bare_number(text))]
        whole = [number for _, number in counted] == list(range(1, len(counted) + 1))
        found = [(paragraph, 2) for paragraph, _ in counted] if whole else []
    if len(found) >= 2:
        for paragraph, level in found:
            paragraph.tag = f"h{level}"


def _joined(headings: Sequence[Element]) -> list[tuple[Element, str]]:
    """Headings with their names; those of one level that follow each other ("Chapter I", "The Shore") as one."""
    found: list[tuple[Element, str]] = []
    last: Element | None = None
    for heading in headings:
        name = fold("".join(heading.itertext()))
        before = heading.getprevious()
        if last is not None and before is last and last.tag == heading.tag and not fold(last.tail or ""):
            first, title = found[-1]
            found[-1] = (first, f"{title.rstrip(' .:')}: {name}")
        else:
            found.append((heading, name))
        last = heading
    return found


def _speaks_before(body: Element, heading: Element) -> bool:
    """Whether anything but headings stands before the first chapter."""
    for e in body.iter():
        if e is heading:
            return False
        if isinstance(e.tag, str) and e.tag in {"p", "li", "td", "pre"} and fold("".join(e.itertext())):
            return not any(a.get(TYPE) in {"toc", "titlepage"} for a in e.iterancestors())
    return False


# -- the container ----------------------------------------------------------------------------------------


class _InMemory(Archive):
    """What an EPUB's archive holds, made here: nothing of it is packed, and no file is open."""

    def __init__(self, path: Path, files: Mapping[str, bytes]) -> None:
        self.path = path
        self._files = files
        self._names = {name: name for name in files}
        self._lenient = dict(self._names)

    def __exit__(self, *_: object) -> None:
        pass

    def find(self, name: str) -> str | None:
        return name if name in self._files else None

    def read(self, name: str) -> bytes:
        return self._files[name]


def _files(bound: Bound) -> dict[str, bytes]:
    title = writable(bound.metadata.title or bound.path.stem)
    files = {"META-INF/container.xml": _CONTAINER}
    head = _XHTML.format(title=escape(title))
    for page in bound.pages:
        files[page.href] = head.encode() + etree.tostring(page.body, encoding="utf-8") + b"</html>"
    files["nav.xhtml"] = (
        f'{head}<body><nav epub:type="toc">{"".join(_nested(bound.contents))}</nav></body></html>'.encode()
    )
    if bound.cover:
        files[_COVER] = bound.cover
    files["book.opf"] = _package(bound, title).encode()
    return files


def _package(bound: Bound, title: str) -> str:
    items = [
        f'<item id="p{n}" href="{escape(page.href)}" media-type="application/xhtml+xml"/>'
        for n, page in enumerate(bound.pages)
    ]
    items.append('<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>')
    if bound.cover:
        items.append(f'<item id="cover" href="{_COVER}" media-type="image/jpeg" properties="cover-image"/>')
    spine = [f'<itemref idref="p{n}"/>' for n in range(len(bound.pages))]
    return (
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0">'
        '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{escape(title)}</dc:title><dc:language>{escape(writable(bound.metadata.language))}</dc:language>"
        f"</metadata><manifest>{''.join(items)}</manifest><spine>{''.join(spine)}</spine></package>"
    )


def _nested(lines: Sequence[Line]) -> Iterator[str]:
    """The lines as lists inside lists."""
    depth = 0
    for line in lines:
        level = min(line.level, depth + 1)
        yield "<ol>" if level > depth else "</li>" + "</ol></li>" * (depth - level)
        yield f'<li><a href="{escape(line.href)}">{escape(writable(line.title))}</a>'
        depth = level
    yield "</li></ol>" * depth


__all__ = [
    "TYPE",
    "Bound",
    "Line",
    "Page",
    "add",
    "bind",
    "cast",
    "contents_of",
    "element",
    "foreign",
    "note",
    "put",
    "refer",
    "say",
    "tidy",
    "titled",
    "writable",
]
