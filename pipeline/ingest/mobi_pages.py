"""The pages of a Kindle book: bytes of XHTML with the places that are linked to."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from pipeline.errors import SourceBroken
from pipeline.ingest.blocks_text import fold
from pipeline.ingest.pages import Line, Page, element, tidy
from pipeline.ingest.xml import Element, attribute, first, parse_document

_SHELL = re.compile(
    rb"</?(?:html|body)\b[^<>]*>|<head\b[^<>]*>|</head\s*>|<guide\b.*?</guide\s*>|<reference\b[^<>]*>"
    rb"|<\?xml[^<>]*\?>|<!DOCTYPE[^<>]*>",
    re.I | re.S,
)
_BODY = re.compile(rb"<body\b[^<>]*>", re.I)
_BLOCK = re.compile(rb"\s*<(?:p|h[1-6]|div|li|blockquote|section|aside|td|dd|dt)(?:\s[^<>]*)?(?<!/)>", re.I)
_LEAST_LINKS = 2
"""A page with fewer links is no table of contents."""


@dataclass(slots=True)
class Parts:
    """Runs of a book's text, each of which becomes a page."""

    starts: Sequence[int]
    """Position of each in the text of the book, rising."""
    texts: Sequence[bytes]
    encoding: str
    link: re.Pattern[bytes]
    """What a link inside the book looks like in the text."""
    target: Callable[[re.Match[bytes]], int]
    """Position that such a link leads to; negative for none."""
    loose: bool = False
    """The parts are pieces of one document, with its head in the first."""
    contents_at: int = -1
    """Position of a page that is a table of contents; negative when there is none."""
    _bodies: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Find where the text of each part begins."""
        self._bodies = [match.end() if (match := _BODY.search(text)) else 0 for text in self.texts]

    def href(self, position: int) -> str:
        """The address of a position, that of the whole page for its beginning; empty where there is none."""
        number = self._number(position)
        if number is None:
            return ""
        is_start = position - self.starts[number] <= self._bodies[number]
        return _name(number) if is_start else f"{_name(number)}#p{position}"

    def _number(self, position: int) -> int | None:
        number = bisect_right(self.starts, position) - 1
        if position < 0 or number < 0 or position - self.starts[number] > len(self.texts[number]):
            return None
        return number

    def pages(self, positions: Iterable[int], doubts: list[str]) -> list[Page]:
        """All pages, with an id at each position and at each that a link leads to."""
        wanted = set(positions)
        for text in self.texts:
            wanted.update(self.target(match) for match in self.link.finditer(text))
        places = sorted(place for place in wanted if place >= 0)
        pages: list[Page] = []
        for number, text in enumerate(self.texts):
            start = self.starts[number]
            inside = places[bisect_left(places, start) : bisect_right(places, start + len(text))]
            body = self._body(b"".join(self._edited(text, number, inside)), number, doubts)
            if body is not None:
                pages.append(Page(_name(number), body))
        return pages

    def contents_by_links(self, pages: Sequence[Page]) -> list[Line]:
        """The table of contents as the page that is one has it; empty when there is none."""
        href = self.href(self.contents_at).partition("#")[0]
        page = next((page for page in pages if href and page.href == href), None)
        links = (
            [(fold("".join(e.itertext())), e.get("href") or "") for e in page.body.iter("a")] if page else []
        )
        lines = [Line(text, 1, target) for text, target in links if text and target.startswith("part-")]
        return lines if len(lines) >= _LEAST_LINKS else []

    def _edited(self, text: bytes, number: int, places: Sequence[int]) -> Iterator[bytes]:
        """The text of a part with ids set and links turned."""
        start, body = self.starts[number], self._bodies[number]
        edits = [(_inside_block(text, max(body, p - start)), 0, b'<a id="p%d"></a>' % p) for p in places]
        for match in self.link.finditer(text):
            target = self.target(match)
            page = self._number(target)
            # With its id even at the beginning of a page: it may be a note's.
            href = f"{_name(page)}#p{target}" if page is not None else ""
            edits.append((match.start(), match.end() - match.start(), b'href="%s"' % href.encode()))
        at = 0
        for place, length, new in sorted(edits):
            if place < at:
                continue  # damaged: a link inside a link
            yield text[at:place]
            yield new
            at = place + length
        yield text[at:]

    def _body(self, text: bytes, number: int, doubts: list[str]) -> Element | None:
        written = text.decode(self.encoding, errors="replace").encode()
        if self.loose:
            written = b"<html><body>" + _SHELL.sub(b"", written) + b"</body></html>"
        if not written.strip():
            return None
        try:
            root = parse_document(written, _name(number)).root
        except SourceBroken as error:
            doubts.append(f"A part of the book is missing: {error}")
            return None
        body = first(root, "body")
        if body is None:
            body = element("body")
            body.append(root)
        elif not body.get("lang") and attribute(root, "lang"):
            body.set("lang", attribute(root, "lang"))
        tidy(body)
        return body


def _inside_block(text: bytes, at: int) -> int:
    """A place that is not inside a tag; in the paragraph, for one at its start: so it is a note's or heading's."""
    opened = text.rfind(b"<", 0, at)
    at = opened if opened > text.rfind(b">", 0, at) else at
    block = _BLOCK.match(text, at)
    return block.end() if block else at


def _name(number: int) -> str:
    return f"part-{number}.xhtml"


__all__ = ["Parts"]
