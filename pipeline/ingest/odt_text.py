"""The text of an OpenDocument text as XHTML."""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace

from pipeline.ingest.blocks_kinds import word_set
from pipeline.ingest.blocks_text import SkipLog, fold, words_in
from pipeline.ingest.pages import add, cast, element, foreign, note, put, refer, say, tidy
from pipeline.ingest.xml import Element, attribute, children, first, local_name

_SKIPPED = {
    "table-of-content": "toc",
    "illustration-index": "toc",
    "table-index": "toc",
    "object-index": "toc",
    "user-index": "toc",
    "alphabetical-index": "index",
    "bibliography": "bibliography",
}
"""Parts that are made by the program, and their ``epub:type``."""
_SILENT = word_set(
    """tracked-changes sequence-decls variable-decls user-field-decls forms annotation annotation-end
    ruby-text title desc note-citation change change-start change-end bookmark bookmark-start
    bookmark-end soft-page-break reference-mark alphabetical-index-mark toc-mark
    index-title-template dde-connection-decls binary-data event-listeners table-columns table-column
    image"""
)
_NUMBERS = frozenset({"page-number", "page-count", "page-continuation"})
_HEADING = re.compile(r"heading (\d{1,2})")
_SPACES = 1000
"""Spaces that one element may stand for."""
_LONGEST_CHAIN = 32


@dataclass(frozen=True, slots=True)
class Style:
    """What a style says, those that it is based on included."""

    role: str = ""
    """``title``, ``heading``, ``quote``, ``verse``, ``code``, ``preformatted``, ``caption``."""
    level: int = 0
    language: str = ""
    hidden: bool = False
    raised: str = ""
    """``sup`` or ``sub``."""


@dataclass(slots=True)
class Styles:
    """The styles of a document by family and name."""

    language: str = ""
    _by_name: dict[tuple[str, str], Element] = field(default_factory=dict)
    _found: dict[tuple[str, str], Style] = field(default_factory=dict)

    def get(self, family: str, name: str) -> Style:
        """The style of that name; one that says nothing when there is none."""
        key = (family, name)
        if key not in self._found:
            self._found[key] = self._resolve(family, name)
        return self._found[key]

    def _resolve(self, family: str, name: str) -> Style:
        found = Style(hidden=False)
        for _ in range(_LONGEST_CHAIN):
            e = self._by_name.get((family, name))
            if e is None:
                role, level = _role(name) if family == "paragraph" else ("", 0)
                return replace(found, role=found.role or role, level=found.level or level)
            role, level = _role(attribute(e, "display-name") or name) if family == "paragraph" else ("", 0)
            own = first(e, "text-properties")
            text = own.attrib if own is not None else {}
            said = {str(key).rpartition("}")[2]: str(value) for key, value in text.items()}
            position = said.get("text-position", "")
            found = Style(
                found.role or role,
                found.level or level,
                found.language or _tag(said),
                found.hidden or said.get("display") == "none",
                found.raised
                or ("sup" if position.startswith("super") else "sub" if position.startswith("sub") else ""),
            )
            name = attribute(e, "parent-style-name")
        return found


def read_styles(*parts: Element | None) -> Styles:
    """The styles of all parts."""
    styles = Styles()
    for part in parts:
        for e in part.iter() if part is not None else ():
            tag = local_name(e)
            if tag == "style":
                styles._by_name.setdefault((attribute(e, "family"), attribute(e, "name")), e)
            elif tag == "default-style" and attribute(e, "family") == "paragraph":
                own = first(e, "text-properties")
                said = (
                    {str(k).rpartition("}")[2]: str(v) for k, v in own.attrib.items()}
                    if own is not None
                    else {}
                )
                styles.language = styles.language or _tag(said)
    return styles


def _tag(said: Mapping[str, str]) -> str:
    language, country = said.get("language", ""), said.get("country", "")
    if language in {"", "none", "zxx"}:
        return ""
    return f"{language}-{country}" if country not in {"", "none"} else language


def _role(name: str) -> tuple[str, int]:
    said = name.replace("_20_", " ").lower().strip()
    if match := _HEADING.fullmatch(said):
        return "heading", min(int(match[1]), 6) or 1
    roles = {
        "title": ("title", 1),
        "quotations": ("quote", 0),
        "block quotation": ("quote", 0),
        "preformatted text": ("preformatted", 0),
        "source code": ("code", 0),
        "verse": ("verse", 0),
        "poem": ("verse", 0),
        "caption": ("caption", 0),
    }
    return roles.get(said, ("", 0))


@dataclass(slots=True)
class Writer:
    """Makes XHTML of the body of a document; its notes stand behind the block that refers to them."""

    styles: Styles
    language: str
    parts: Mapping[str, Element] = field(default_factory=dict)
    skip: SkipLog = field(default_factory=SkipLog)
    _waiting: list[Element] = field(default_factory=list)
    _boxes: list[Element] = field(default_factory=list)
    _tongue: dict[str, int] = field(default_factory=dict)
    _referred: int = 0

    def body(self, text: Element) -> Element:
        """The document's text as the ``body`` of a page."""
        made = element("body")
        self._blocks(text, made)
        return made

    # -- blocks ------------------------------------------------------------------------------------------

    def _blocks(self, parent: Element, made: Element) -> None:
        for e in parent:
            tag = local_name(e)
            if tag in {"p", "h"}:
                self._paragraph(e, tag, made)
            elif tag in _SKIPPED:
                self._blocks(e, add(made, "section", kind=_SKIPPED[tag]))
            elif tag in {"list-item", "list-header"}:
                self._blocks(e, add(made, "li"))
            elif tag == "table":
                self._table(e, made)
            elif tag in {"frame", "text-box", "custom-shape", "rect", "g", "a"} and tag != "image":
                self._frame(e, made)
                self._settle(made)
            elif tag == "section" and attribute(e, "display") == "none":
                self.skip.add("hidden", words_in(" ".join(e.itertext())))
            elif tag and tag not in _SILENT:
                self._blocks(e, made)

    def _paragraph(self, e: Element, tag: str, made: Element) -> None:
        style = self.styles.get("paragraph", attribute(e, "style-name"))
        outer, self._tongue = self._tongue, {}
        begun = element("p")
        self._inline(e, begun, style)
        text = fold("".join(begun.itertext()))
        if text and (tag == "h" or style.role in {"heading", "title"}):
            self._heading(begun, attribute(e, "outline-level"), style)
        else:
            cast(begun, style.role)
        if tongue := foreign(text, self._tongue, self.language):
            begun.set("lang", tongue)
        self._tongue = outer
        put(made, begun)
        self._settle(made)

    def _heading(self, begun: Element, level: str, style: Style) -> None:
        if style.role == "title":
            begun.tag = "h1"
            begun.set("class", "title")
            return
        wanted = int(level) if level.isdecimal() else style.level or 1
        begun.tag = f"h{min(max(wanted, 1), 6)}"

    def _settle(self, made: Element) -> None:
        boxes, self._boxes = self._boxes, []
        notes, self._waiting = self._waiting, []
        for box in boxes:
            self._blocks(box, add(made, "aside"))
        made.extend(notes)

    def _table(self, table: Element, made: Element) -> None:
        outer, self._waiting = self._waiting, []
        rows = add(made, "table")
        for row in _rows(table):
            cells = add(rows, "tr")
            heading = local_name(row.getparent()) == "table-header-rows"
            for cell in row:
                if local_name(cell) != "table-cell":
                    continue
                into = add(cells, "th" if heading else "td")
                self._blocks(cell, into)
                for inner in [i for i in into if i.tag == "aside" and i.get("id")]:
                    self._waiting.append(inner)  # notes of a cell stand behind its table
                    into.remove(inner)
        self._settle(made)
        self._waiting = outer

    def _frame(self, e: Element, made: Element) -> None:
        """A picture, a formula, or a box with text."""
        box = first(e, "text-box") if local_name(e) != "text-box" else e
        formula = self._math_in(e)
        if formula is not None:
            made.append(_formula(formula))
        elif box is not None:
            self._boxes.append(box)
        elif any(local_name(i) == "image" for i in e.iter()):
            told = [fold("".join(i.itertext())) for n in ("desc", "title") for i in children(e, n)]
            add(made, "img", alt=next(filter(None, told), ""), src="#")
        else:
            for inner in (i for i in e.iter() if local_name(i) == "p"):
                self._inline(inner, add(made, "span"), Style())

    def _math_in(self, frame: Element) -> Element | None:
        for e in frame.iter():
            tag = local_name(e)
            if tag == "math":
                return e
            if tag == "object":
                part = self.parts.get(f"{attribute(e, 'href').removeprefix('./').rstrip('/')}/content.xml")
                if part is not None:
                    return part if local_name(part) == "math" else first(part, "math")
        return None

    # -- inside a paragraph --------------------------------------------------------------------------------

    def _inline(self, e: Element, made: Element, style: Style) -> None:
        self._say(e.text or "", made, style)
        for inner in e:
            tag = local_name(inner)
            if tag == "note":
                self._note(inner, made)
            elif tag == "s":
                count = attribute(inner, "c")
                say(made, " " * min(int(count) if count.isdecimal() else 1, _SPACES))
            elif tag == "tab":
                say(made, " ")
            elif tag == "line-break":
                add(made, "br")
            elif tag == "span":
                self._span(inner, made, style)
            elif tag in _NUMBERS:
                self.skip.add("page-number", 1)
            elif tag in {"hidden-text", "hidden-paragraph"}:
                self.skip.add("hidden", words_in("".join(inner.itertext())))
            elif tag in {"frame", "custom-shape", "rect", "g"}:
                self._frame(inner, made)
            elif tag and tag not in _SILENT:
                self._inline(inner, made, style)
            self._say(inner.tail or "", made, style)

    def _span(self, e: Element, made: Element, around: Style) -> None:
        own = self.styles.get("text", attribute(e, "style-name"))
        style = Style(
            language=own.language or around.language,
            hidden=own.hidden or around.hidden,
        )
        self._inline(e, add(made, own.raised or "span"), style)

    def _say(self, text: str, made: Element, style: Style) -> None:
        if style.hidden:
            if text.strip():
                self.skip.add("hidden", words_in(text))
            return
        if text:
            self._tongue[style.language] = self._tongue.get(style.language, 0) + len(text)
            say(made, text)

    def _note(self, e: Element, made: Element) -> None:
        self._referred += 1
        citation = next(iter(children(e, "note-citation")), None)
        label = fold("".join(citation.itertext())) if citation is not None else ""
        identifier = f"note-{self._referred}"
        refer(made, label or str(self._referred), f"#{identifier}")
        aside = note(identifier, label, attribute(e, "note-class") or "footnote")
        waiting, self._waiting = self._waiting, []
        for inner in children(e, "note-body"):
            self._blocks(inner, aside)
        self._waiting = [*waiting, aside]


def _formula(math: Element) -> Element:
    """A formula as XHTML has it, without what the program notes down beside it."""
    made = deepcopy(math)
    made.tail = None
    for e in [e for e in made.iter() if local_name(e) in {"annotation", "annotation-xml"}]:
        e.getparent().remove(e)
    tidy(made)
    return made


def _rows(table: Element) -> list[Element]:
    found: list[Element] = []
    for e in table:
        tag = local_name(e)
        if tag == "table-row":
            found.append(e)
        elif tag in {"table-header-rows", "table-rows", "table-row-group"}:
            found += _rows(e)
    return found


__all__ = ["Styles", "Writer", "read_styles"]
