"""What an EPUB says of itself: its table of contents, its matter, its note references.

Read by itself, with ``zipfile`` and lxml alone and none of the project's readers, so that it can judge them.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from lxml import etree


def _set(names: str) -> frozenset[str]:
    return frozenset(names.split())


_TYPE = "{http://www.idpf.org/2007/ops}type"
_BLOCKS = _set("""
    address article aside blockquote body br caption dd details div dl dt figcaption figure footer form
    h1 h2 h3 h4 h5 h6 header hgroup hr li main nav ol p pre section table tbody td tfoot th thead tr ul
""")
_UNSEEN = _set("head script style rt rp template title audio video object iframe")
_NO_NARRATIVE = _set("""cover titlepage copyright-page imprint colophon license toc landmarks page-list loi lot index
    bibliography endnotes rearnotes footnotes endnote rearnote footnote noteref pagebreak backlink""")
"""Semantic types (EPUB 3 Structural Semantics) of what is no part of the telling."""
_TOLD = _set("dedication epigraph foreword preface introduction prologue chapter part")
"""Such a part inside a title page is told all the same."""
_MATTERS = frozenset({"frontmatter", "bodymatter", "backmatter"})
_GUIDE = _set("cover title-page toc copyright-page colophon index bibliography notes loi lot")
_MARKER = re.compile(r"^\W*(?:\d{1,4}|[*∗†‡§¶‖#]+|[a-z]{1,2}|[ivxlc]{1,6})\W*$", re.I)
_IDEOGRAPH = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(f"[{_IDEOGRAPH}]|[^\\W_{_IDEOGRAPH}]+")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]")
_BEFORE, _AFTER = 40, 20
"""Characters kept on both sides of a note reference."""
_MARK = "\ue000{}\ue001"
"""How a note reference is written into a document's text while it is collected."""


@dataclass(frozen=True)
class Reference:
    """A note reference: its marker and the text on both sides, white space gone."""

    before: str
    marker: str
    after: str


@dataclass
class Truth:
    """One book."""

    titles: list[str] = field(default_factory=list)
    """Of the lines of the table of contents that lead to the telling, in order."""
    narrative: Counter[str] = field(default_factory=Counter)
    """Words of documents that name their matter, but for those of imprints, notes and the like."""
    body: Counter[str] = field(default_factory=Counter)
    """Those of them that are body matter."""
    references: list[Reference] = field(default_factory=list)

    @property
    def says_matter(self) -> bool:
        """True for a book that names its body matter and hardly anything else without saying what it is."""
        return bool(self.body)


def words(text: str) -> Counter[str]:
    """The words of a text in lower case; each Chinese or Japanese character is one."""
    return Counter(_WORD.findall(_INVISIBLE.sub("", text).casefold()))


def plain(title: str) -> str:
    """A title in lower case, all but letters and digits one space."""
    return " ".join(_WORD.findall(_INVISIBLE.sub("", title).casefold()))


def squeezed(text: str) -> str:
    """A text without white space and invisible characters: what passages are looked for in."""
    return "".join(_INVISIBLE.sub("", text).split())


def read_truth(path: Path) -> Truth | None:
    """The truth of a book; None when it has no package to read it from."""
    try:
        with zipfile.ZipFile(path) as archive:
            return _Book(archive).truth()
    except (zipfile.BadZipFile, KeyError, ValueError, etree.LxmlError):
        return None


class _Book:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        container = self._parse("META-INF/container.xml")
        self.package = next(
            e.get("full-path") for e in container.iter() if _name(e) == "rootfile" and e.get("full-path")
        )
        self.root = self._parse(self.package)
        self.manifest = {
            e.get("id"): (_resolve(self.package, e.get("href") or "")[0], e)
            for e in self.root.iter()
            if _name(e) == "item"
        }
        names = [e.get("idref") for e in self.root.iter() if _name(e) == "itemref"]
        self.spine = list(dict.fromkeys(self.manifest[n][0] for n in names if n in self.manifest))
        self.trees = {href: self._parse(href) for href in self.spine if self._has(href)}

    def truth(self) -> Truth:
        truth = Truth()
        for tree in self.trees.values():
            body = next((e for e in tree.iter() if _name(e) == "body"), None)
            if body is None:
                continue
            collected = _Collected()
            _collect(body, collected, frozenset())
            truth.narrative += words("".join(collected.narrative))
            truth.body += words("".join(collected.body))
            truth.references += _references("".join(collected.all))
        unsaid = self._unsaid()
        truth.titles = [title for title, href, fragment in self._contents() if not unsaid(href, fragment)]
        return truth

    # -- the table of contents ---------------------------------------------------------------------------

    def _contents(self) -> list[tuple[str, str, str]]:
        """Title, document and fragment of every line that leads to a document of the reading order."""
        nav = next((h for h, e in self.manifest.values() if "nav" in (e.get("properties") or "").split()), "")
        ncx = next((h for h, _ in self.manifest.values() if h.endswith(".ncx")), "")
        for href, lines in ((nav, _nav_lines), (ncx, _ncx_lines)):
            found = [
                (title, *_resolve(href, source))
                for title, source in (lines(self._parse(href)) if href and self._has(href) else ())
                if source
            ]
            found = [line for line in found if line[1] in self.trees]
            if found:
                return found
        return []

    def _unsaid(self) -> Any:
        """Tells of a place in the book whether nothing is told there."""
        named = {
            _resolve(self.package, e.get("href") or "")[0]
            for e in self.root.iter()
            if _name(e) == "reference" and (e.get("type") or "").lower() in _GUIDE
        }
        own = {h for h, e in self.manifest.values() if "nav" in (e.get("properties") or "").split()}

        def unsaid(href: str, fragment: str) -> bool:
            tree = self.trees[href]
            place = next((e for e in tree.iter() if e.get("id") == fragment), None) if fragment else None
            if place is None:
                place = _innermost(tree)
            around = {t for e in (place, *place.iterancestors()) for t in _types(e)}
            return bool(around & _NO_NARRATIVE) or (href in named | own and not around & _MATTERS)

        return unsaid

    # -- files -------------------------------------------------------------------------------------------

    def _has(self, name: str) -> bool:
        return name in self.archive.NameToInfo

    def _parse(self, name: str) -> Any:
        data = re.sub(rb"&nbsp;", b"&#160;", self.archive.read(name))
        try:
            return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))
        except etree.XMLSyntaxError:
            parser = etree.XMLParser if name.endswith((".opf", ".ncx", ".xml")) else etree.HTMLParser
            return etree.fromstring(data, parser(recover=True, no_network=True))


def _nav_lines(root: Any) -> Iterator[tuple[str, str]]:
    for nav in root.iter():
        if _name(nav) == "nav" and "toc" in _types(nav):
            for link in nav.iter():
                if _name(link) == "a":
                    yield _text(link), link.get("href") or ""


def _ncx_lines(root: Any) -> Iterator[tuple[str, str]]:
    for point in root.iter():
        if _name(point) == "navpoint":
            inside = {_name(e): e for e in reversed(list(point))}
            if "content" in inside:
                yield _text(inside["navlabel"]), inside["content"].get("src") or ""


# -- text ------------------------------------------------------------------------------------------------


@dataclass
class _Collected:
    all: list[str] = field(default_factory=list)
    narrative: list[str] = field(default_factory=list)
    body: list[str] = field(default_factory=list)


def _collect(element: Any, into: _Collected, around: frozenset[str]) -> None:
    name = _name(element)
    if not name or name in _UNSEEN or element.get("hidden") is not None:
        return
    if _is_reference(element):
        into.all.append(_MARK.format(squeezed("".join(element.itertext()))))
        return
    if _is_line_number(element):
        into.all.append(" ")
        return
    own = frozenset(_types(element))
    around = (around - _NO_NARRATIVE if own & _TOLD else around) | own
    space = " " if name in _BLOCKS else ""
    _add(into, around, space + (element.text or ""))
    for child in element:
        _collect(child, into, around)
        _add(into, around, child.tail or "")
    _add(into, around, space)


def _add(into: _Collected, around: frozenset[str], text: str) -> None:
    into.all.append(text)
    if around & _MATTERS and not around & _NO_NARRATIVE:
        into.narrative.append(text)
        if "bodymatter" in around:
            into.body.append(text)


def _is_line_number(element: Any) -> bool:
    """True for a number in an inline element of its own whose class says what it is."""
    return bool(
        re.search(r"num|^ln", element.get("class") or "")
        and _name(element) not in _BLOCKS
        and "".join(element.itertext()).strip().isdecimal()
    )


def _is_reference(element: Any) -> bool:
    """True for an anchor that says so, and for a superscript marker that links to a place in the book."""
    if _name(element) != "a" or not _MARKER.match("".join(element.itertext())):
        return False
    if {"noteref", "doc-noteref"} & {*_types(element), element.get("role") or ""}:
        return True
    around = [_name(e) for e in (element.getparent(), *element) if e is not None]
    return "sup" in around and "#" in (element.get("href") or "")


def _references(text: str) -> list[Reference]:
    text = squeezed(text)
    pieces = re.split("\ue000(.*?)\ue001", text)
    found = []
    for at in range(1, len(pieces), 2):
        before, after = pieces[at - 1][-_BEFORE:], pieces[at + 1][:_AFTER]
        if len(before) >= _AFTER // 2 and pieces[at]:
            found.append(Reference(before, pieces[at], after))
    return found


def _innermost(tree: Any) -> Any:
    """The body, or the last of the only elements, one in the other, that it consists of."""
    place = next((e for e in tree.iter() if _name(e) == "body"), tree)
    while len(inside := [e for e in place if _name(e)]) == 1:
        place = inside[0]
    return place


def _text(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())


def _types(element: Any) -> list[str]:
    return [t.rpartition(":")[2] for t in (element.get(_TYPE) or element.get("epub:type") or "").split()]


def _name(element: Any) -> str:
    return element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else ""


def _resolve(base: str, href: str) -> tuple[str, str]:
    path, _, fragment = href.partition("#")
    joined = posixpath.join(posixpath.dirname(base), unquote(path))
    return (posixpath.normpath(joined).removeprefix("../") if path else base), unquote(fragment)
