"""A page as units of text: the innermost blocks of its tree, each to be kept or taken out.

A unit is a run of text between two borders of block elements; a table of data and preformatted text are one
each. Taking a unit out empties the text of its nodes, and removes the elements that are left with nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from pipeline.ingest import blocks_kinds as kinds
from pipeline.ingest.blocks_tables import is_layout
from pipeline.ingest.blocks_text import fold
from pipeline.ingest.xml import Element, local_name

TEXT, TAIL = "text", "tail"
LAID_OUT = 600
"""Characters; a table without a longer cell holds data."""

_TOKEN = re.compile(
    # Scripts without spaces: a character is a token, so that parts of sentences can be compared.
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
    r"|[^\W_]+"
)
_MACHINERY = kinds.word_set(
    "head script style template noscript iframe object embed audio video canvas button input select textarea "
    "option datalist svg map rp"
)
_SHOWN = frozenset({"img", "image", "math", "svg", "picture"})


@dataclass(slots=True, eq=False)
class Unit:
    """One run of text of a page."""

    block: Element
    """The innermost block element around it, or the whole table."""
    nodes: list[tuple[Element, str]] = field(default_factory=list)
    """Elements and which of their two texts, in order."""
    linked: int = 0
    """Characters that are inside links."""
    anchors: int = 0
    """Links that begin in it."""
    whole: str = ""
    """``table`` or ``pre`` for what is one unit whatever is in it."""
    text: str = ""
    """Folded."""
    tokens: tuple[str, ...] = ()

    @property
    def link_share(self) -> float:
        """How much of it is inside links, 0 to 1."""
        return min(1.0, self.linked / len(self.text)) if self.text else 0.0

    @property
    def tag(self) -> str:
        """Of the block around it."""
        return local_name(self.block)

    @property
    def is_heading(self) -> bool:
        """Whether it is (in) a heading."""
        return any(kinds.heading_level(e, local_name(e)) for e in (self.block, *self.block.iterancestors()))


def tokens_of(text: str) -> tuple[str, ...]:
    """Words without case, marks and signs; single characters of scripts that have no spaces."""
    return tuple(_TOKEN.findall(text.casefold()))


def units_of(page: Element) -> list[Unit]:
    """The units of a page that have text, in document order; what is never shown is left out."""
    found: list[Unit] = []
    current: list[Unit] = []

    def border(block: Element) -> None:
        current[:] = [Unit(block)]
        found.append(current[0])

    def say(element: Element, which: str, link: bool) -> None:
        text = element.text if which == TEXT else element.tail
        if text:
            unit = current[0]
            unit.nodes.append((element, which))
            unit.linked += len(fold(text)) if link else 0

    def walk(element: Element, block: Element, link: bool) -> None:
        tag = local_name(element)
        if tag in _MACHINERY or kinds.skip_kind(element, tag) == "hidden":
            return
        if (tag == "table" and not is_layout(element)) or tag == "pre":
            border(element)
            current[0].whole = tag
            for inner in element.iter():
                if isinstance(inner.tag, str):
                    say(inner, TEXT, False)
                if inner is not element:
                    say(inner, TAIL, False)
            border(block)
            return
        own = kinds.is_block(element, tag)
        if tag == "hr":
            border(block)
            return
        if own:
            border(element)
        if tag == "a" and element.get("href"):
            current[0].anchors += 1
            link = True
        say(element, TEXT, link)
        for child in element:
            if isinstance(child.tag, str):
                walk(child, element if own else block, link)
            say(child, TAIL, link)
        if own:
            border(block)

    border(page)
    walk(page, page, link=False)
    return [unit for unit in found if _filled(unit)]


def split_at_breaks(page: Element) -> None:
    """Two line breaks in a row end a paragraph: put a border in their place."""
    for first in list(page.iter("br")):
        run = [first]
        while not (run[-1].tail or "").strip():
            following = run[-1].getnext()
            if following is None or following.tag != "br":
                break
            run.append(following)
        if len(run) < 2 or first.getparent() is None or any(e.tag == "pre" for e in first.iterancestors()):
            continue
        first.tag, first.tail = "hr", run[-1].tail
        for other in run[1:]:
            other.getparent().remove(other)


def neutralise(units: list[Unit]) -> None:
    """Have the elements around most of ``units`` say nothing of what they are: classes of a whole page tell of its
    kind ("permalink"), and not of each paragraph in it."""
    holds: Counter[Element] = Counter()
    for unit in units:
        for element in unit.block.iterancestors():
            holds[element] += len(unit.tokens)
    half = 0.5 * sum(len(unit.tokens) for unit in units)
    for element in (e for e, tokens in holds.items() if tokens > half):
        for name in ("class", "role", "style", "hidden", "aria-hidden"):
            if element.tag != "table" or name != "role":
                element.attrib.pop(name, None)
        if element.tag in ("nav", "aside", "footer", "header", "form", "figure", "ul", "ol"):
            element.tag = "div"


def open_layout_tables(page: Element) -> None:
    """Have tables that only lay out a page be read as running text: those with most of its words, or with a passage
    that is most of theirs, or with other tables in them."""
    whole = len(page.text_content())
    for table in page.iter("table"):
        size = len(table.text_content())
        cells = [len(cell.text_content()) for cell in table.iter("td")]
        passage = max(cells, default=0)
        nested = any(inner is not table for inner in table.iter("table"))
        if passage > LAID_OUT and (
            nested or passage > 0.5 * size or (size > 0.5 * whole and _is_running(table))
        ):
            table.set("role", "presentation")


def _is_running(table: Element) -> bool:
    """Whether there are several paragraphs in one of its cells."""
    return any(len(cell.xpath("./p|./div/p")) >= 3 for cell in table.iter("td"))


def take_out(units: list[Unit]) -> None:
    """Empty ``units``, and remove the pictures and formulas in them; the borders that their elements are stay."""
    emptied = set()
    for unit in units:
        for element, which in unit.nodes:
            setattr(element, which, " " if which == TAIL else None)
        emptied.add(unit.block)
        if unit.whole:
            unit.block.tag = "div"
    for block in emptied:
        if any((e.text or "").strip() or (e is not block and (e.tail or "").strip()) for e in block.iter()):
            continue
        for element in [e for e in block.iterdescendants() if local_name(e) in _SHOWN]:
            _remove(element)


def _remove(element: Element) -> None:
    """Take an element out of its tree and leave the text behind it."""
    parent, tail = element.getparent(), element.tail
    if parent is None:
        return
    before = element.getprevious()
    if tail and before is None:
        parent.text = (parent.text or "") + tail
    elif tail:
        before.tail = (before.tail or "") + tail
    parent.remove(element)


def _filled(unit: Unit) -> bool:
    unit.text = fold("".join(_texts(unit)))
    unit.tokens = tokens_of(unit.text)
    return bool(unit.tokens)


def _texts(unit: Unit) -> Iterator[str]:
    for element, which in unit.nodes:
        if unit.whole and which == TEXT and local_name(element) in {"td", "th", "br", "tr"}:
            yield " "
        yield (element.text if which == TEXT else element.tail) or ""


__all__ = ["Unit", "neutralise", "open_layout_tables", "split_at_breaks", "take_out", "tokens_of", "units_of"]
