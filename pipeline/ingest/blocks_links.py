"""Links inside a book: which anchors are note references, told by what points at what.

See ``blocks_notes`` for the rules. ``survey`` takes from each document what it says about notes, ``pair_links``
puts that together.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from lxml import etree

from pipeline.ingest.blocks_kinds import (
    classes_of,
    heading_level,
    is_block,
    is_marker,
    text_of,
    types_of,
    word_set,
)
from pipeline.ingest.blocks_text import fold
from pipeline.ingest.xml import Element, local_name

_MARK = re.compile(r"^[\[({]?\s*(?:\d{1,4}|[*∗†‡§¶‖#]{1,4}|[a-z]{1,2}|[ivxlc]{1,6})\s*[\])}]?[.:]?$", re.I)
_REFERENCE_CLASSES = word_set(
    """noteref note-ref footnote-ref footnote-reference footnoteref fnref fn-ref fnanchor footnote-anchor
    endnote-ref endnote-reference endnoteref footnotelink footnote-link noteanchor _idfootnotelink
    _idendnotelink"""
)
_SUP_CLASSES = frozenset({"reference", "mw-ref", "footnote"})
NOTE_CLASSES = word_set(
    """footnote footnotes endnote endnotes footnote-list footnotelist footnote-text footnotetext rearnote
    rearnotes references reflist mw-references _idfootnote _idfootnotes _idendnote _idendnotes"""
)
"""Classes that converters give to notes and to lists of notes."""
_NOTE_TYPES = frozenset({"footnote", "endnote", "rearnote", "footnotes", "endnotes", "rearnotes"})
_BLOCK_LEVELS = 3
"""How far above an anchor an id may stand for it (``<li id="n1"><p><a>``)."""


@dataclass(frozen=True, slots=True)
class Link:
    """An anchor that links to a place inside the book."""

    href: str
    """Document the anchor is in."""
    order: int
    """Of its document in the reading order."""
    index: int
    """Among the anchors of its document."""
    ids: frozenset[str]
    """Ids of the anchor and of what it stands in, nearest elements only."""
    target: str
    target_id: str
    marker: bool
    """Its text is short, as a note reference's is."""
    running: bool
    """It stands in running text: not in a heading, and not alone in its block."""
    says: bool
    """It says that it is a note reference."""
    superscript: bool
    label: str
    """Its text without brackets."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What one document says about notes."""

    href: str
    links: tuple[Link, ...]
    notes: frozenset[str]
    """Ids of, and inside, what says that it is a note."""


@dataclass(frozen=True, slots=True)
class NoteLinks:
    """What the links of a whole book say: anchors by (document, index), targets by (document, id)."""

    references: frozenset[tuple[str, int]]
    backlinks: frozenset[tuple[str, int]]
    targets: Mapping[str, Mapping[str, str]]
    """For each document the ids that references link to, and the text that a note there must begin with:
    empty where it is known to be one."""


def survey(root: Element, href: str = "", order: int = 0) -> Survey:
    """Look at one document, the ``order``-th of the book, for ``pair_links``."""
    return Survey(href, tuple(_links_of(root, href, order)), _ids_of_notes(root))


def _links_of(root: Element, href: str, order: int) -> list[Link]:
    """All links that lead to a place inside the book, in document order."""
    found: list[Link] = []
    running: dict[Element, bool] = {}
    for index, anchor in enumerate(anchors(root)):
        written = anchor.get("href") or ""
        path, _, fragment = written.partition("#")
        if not fragment or ":" in path or path.startswith("//"):
            continue
        text = fold("".join(anchor.itertext()))
        marker = is_marker(text) and bool(_MARK.match(text))
        block = block_around(anchor)
        if marker and block not in running:
            running[block] = _is_running(block)
        found.append(
            Link(
                href=href,
                order=order,
                index=index,
                ids=frozenset(_ids_around(anchor)),
                target=_resolve(href, path),
                target_id=unquote(fragment),
                marker=marker,
                running=marker and running[block],
                says=is_marker(text) and _says_reference(anchor),
                superscript=marker and _is_superscript(anchor),
                label=text.strip("[](){}.: "),
            )
        )
    return found


def pair_links(surveys: Sequence[Survey]) -> NoteLinks:
    """Find the references, and the links back to them, among all links of a book."""
    links = [link for found in surveys for link in found.links]
    notes = {found.href: found.notes for found in surveys}
    # From (where a link stands) to (what it links to), the last such link: two that point at each other
    # are a reference and the way back to it.
    ways: dict[tuple[str, str, str, str], Link] = {}
    for link in links:
        for identifier in link.ids:
            ways[link.href, identifier, link.target, link.target_id] = link
    references: set[tuple[str, int]] = set()
    backlinks: set[tuple[str, int]] = set()
    targets: dict[str, dict[str, str]] = {}
    for link in links:
        found = (ways.get((link.target, link.target_id, link.href, own)) for own in link.ids)
        # The reference is read first and its note afterwards: that tells which of the two is which.
        back = [other for other in found if other and (other.order, other.index) > (link.order, link.index)]
        is_note = bool(back) or link.target_id in notes.get(link.target, ())
        if link.says or link.superscript or (is_note and link.marker and link.running):
            references.add((link.href, link.index))
            ids = targets.setdefault(link.target, {})
            known = link.says or is_note or ids.get(link.target_id) == ""
            ids[link.target_id] = "" if known else link.label
            backlinks.update((other.href, other.index) for other in back)
    return NoteLinks(
        frozenset(references - backlinks),
        frozenset(backlinks),
        targets,
    )


def anchors(root: Element) -> Iterable[Element]:
    """All anchors of a document, in order: they are known by their index."""
    return (e for e in root.iter() if local_name(e) == "a")


def _resolve(href: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(href), unquote(path))) if path else href


def _is_running(block: Element) -> bool:
    """True for running text: no heading, and more than links, which is what tables of contents have."""
    linked = sum(len(fold("".join(e.itertext()))) for e in block.iter() if local_name(e) == "a")
    return not heading_level(block, local_name(block)) and len(text_of(block)) > 2 * linked


def _says_reference(anchor: Element) -> bool:
    if "noteref" in types_of(anchor) or not _REFERENCE_CLASSES.isdisjoint(classes_of(anchor)):
        return True
    parent = anchor.getparent()
    return (
        parent is not None
        and local_name(parent) == "sup"
        and not (_REFERENCE_CLASSES | _SUP_CLASSES).isdisjoint(classes_of(parent))
    )


def _is_superscript(anchor: Element) -> bool:
    parent = anchor.getparent()
    if parent is not None and local_name(parent) == "sup":
        return True
    style = anchor.get("style") or ""
    inside = [e for e in anchor if isinstance(e.tag, str)]
    return "super" in style or (
        len(inside) == 1 and local_name(inside[0]) == "sup" and not (anchor.text or "").strip()
    )


def block_around(anchor: Element) -> Element:
    """The nearest block-level element around an inline one."""
    for parent in anchor.iterancestors():
        if is_block(parent, local_name(parent)):
            return parent
    return anchor


def _ids_around(anchor: Element) -> Iterable[str]:
    """Ids that stand for the anchor: on it, in it, beside it, on its inline parents and nearest blocks."""
    for element in anchor.iter():
        if isinstance(element.tag, str):
            yield from names(element)
    previous = anchor.getprevious()
    if previous is not None and isinstance(previous.tag, str) and not (previous.tail or "").strip():
        yield from names(previous)
    levels = 0
    for parent in anchor.iterancestors():
        if local_name(parent) in {"body", "html"} or levels >= _BLOCK_LEVELS:
            return
        yield from names(parent)
        levels += is_block(parent, local_name(parent))


def names(element: Element) -> Iterable[str]:
    """What an element can be linked by."""
    for key in ("id", "name"):
        if element.get(key):
            yield element.get(key)


def _ids_of_notes(root: Element) -> frozenset[str]:
    found: set[str] = set()
    depth = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        says = not _NOTE_TYPES.isdisjoint(types_of(element)) or not NOTE_CLASSES.isdisjoint(
            classes_of(element)
        )
        depth += says and event == "start"
        if depth and event == "start":
            found.update(names(element))
        depth -= says and event == "end"
    return frozenset(found)


__all__ = ["NOTE_CLASSES", "NoteLinks", "Survey", "anchors", "block_around", "names", "pair_links", "survey"]
