"""Links inside a book: which anchors are note references, told by what points at what.

See ``blocks_notes`` for the rules. ``survey`` takes from each document what it says about notes, ``pair_links``
puts that together.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import unquote

from lxml import etree

from pipeline.ingest.blocks_kinds import (
    classes_of,
    heading_level,
    is_block,
    is_marker,
    text_before,
    text_of,
    types_of,
    word_set,
)
from pipeline.ingest.blocks_text import fold
from pipeline.ingest.xml import Element, local_name

_MARK = re.compile(
    r"^[\[({（［〔【]?\s*(?:[*＊※∗†‡§¶‖#]{0,2}\d{1,4}|[*＊※∗†‡§¶‖#◎●◆★☆⊕]{1,4}|[①-⑳㉑-㊿]|[a-z]{1,2}|[ivxlc]{1,6}"
    r"|[注註译譯][释釋]?\s*\d{0,4})\s*[\])}）］〕】]?[.:]?$",
    re.I,
)
_REFERENCE_CLASSES = word_set(
    """noteref note-ref footnote-ref footnote-reference footnoteref fnref fn-ref fnanchor footnote-anchor
    endnote-ref endnote-reference endnoteref footnotelink footnote-link noteanchor _idfootnotelink
    _idendnotelink duokan-footnote qqreader-footnote msofootnotereference msoendnotereference"""
)
_SUP_CLASSES = frozenset({"reference", "mw-ref", "footnote"})
NOTE_CLASSES = word_set(
    """footnote footnotes endnote endnotes footnote-list footnotelist footnote-text footnotetext rearnote
    rearnotes references reflist mw-references _idfootnote _idfootnotes _idendnote _idendnotes
    msofootnotetext msoendnotetext duokan-footnote-content duokan-footnote-item"""
)
"""Classes that converters give to notes and to lists of notes."""
BRACKETS = "[](){}（）［］〔〕【】.: "
"""What may stand around a marker."""
_NOTE_TYPES = frozenset({"footnote", "endnote", "rearnote", "footnotes", "endnotes", "rearnotes"})
_OPENING = 16
"""Characters of a passage that are looked at for the marker it begins with."""
_BLOCK_LEVELS = 3
"""How far above an anchor an id may stand for it (``<li id="n1"><p><a>``)."""


Place: TypeAlias = tuple[str, str]
"""Document and id."""


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
    close: bool
    """It stands close to the word before it, or in brackets of its own: "salt1", "salt [1]"."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What one document says about notes."""

    href: str
    links: tuple[Link, ...]
    notes: frozenset[str]
    """Ids of, and inside, what says that it is a note."""
    openings: Mapping[str, str]
    """For each id the first characters of the paragraph that it names; none for a heading's."""


@dataclass(frozen=True, slots=True)
class NoteLinks:
    """What the links of a whole book say: anchors by (document, index), targets by (document, id)."""

    references: Mapping[tuple[str, int], Place]
    """With the place that each leads to."""
    backlinks: frozenset[tuple[str, int]]
    targets: Mapping[str, Mapping[str, str]]
    """For each document the ids that references link to, and the text that a note there must begin with:
    empty where it is known to be one."""
    labels: Mapping[Place, str]
    """The text of the first reference to each place."""


def survey(root: Element, href: str = "", order: int = 0) -> Survey:
    """Look at one document, the ``order``-th of the book, for ``pair_links``."""
    return Survey(href, tuple(_links_of(root, href, order)), _ids_of_notes(root), _openings(root))


def _links_of(root: Element, href: str, order: int) -> list[Link]:
    """All links that lead to a place inside the book, in document order."""
    found: list[Link] = []
    running: dict[Element, bool] = {}
    for index, anchor in enumerate(anchors(root)):
        written = anchor.get("href") or ""
        path, _, fragment = written.partition("#")
        text = marker_text(anchor)
        marker = is_marker(text) and bool(_MARK.match(text))
        says, superscript = is_marker(text) and _says_reference(anchor), marker and _is_superscript(anchor)
        if ":" in path or path.startswith("//") or not written:
            continue
        if not fragment and not says and not superscript:
            continue
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
                says=says,
                superscript=superscript,
                label=text.strip(BRACKETS),
                close=marker and (text[0] in BRACKETS or not text_before(anchor)[-1:].isspace()),
            )
        )
    return found


def pair_links(surveys: Sequence[Survey]) -> NoteLinks:
    """Find the references, and the links back to them, among all links of a book."""
    links = [link for found in surveys for link in found.links]
    notes = {found.href: found.notes for found in surveys}
    openings = {found.href: found.openings for found in surveys}
    # From (where a link stands) to (what it links to), the last such link: two that point at each other
    # are a reference and the way back to it.
    ways: dict[tuple[str, str, str, str], Link] = {}
    for link in links:
        for identifier in link.ids:
            ways[link.href, identifier, link.target, link.target_id] = link
    references: dict[tuple[str, int], Place] = {}
    labels: dict[Place, str] = {}
    backlinks: set[tuple[str, int]] = set()
    targets: dict[str, dict[str, str]] = {}
    for link in links:
        found = (ways.get((link.target, link.target_id, link.href, own)) for own in link.ids)
        # The reference is read first and its note afterwards: that tells which of the two is which.
        back = [other for other in found if other and (other.order, other.index) > (link.order, link.index)]
        is_note = bool(back) or link.target_id in notes.get(link.target, ())
        opening = openings.get(link.target, {}).get(link.target_id, "")
        # "See rule 3" links to what begins with a 3 as well: a note is marked close to its word.
        begins_so = link.marker and link.running and link.close and begins_with(opening, link.label)
        if link.says or link.superscript or begins_so or (is_note and link.marker and link.running):
            references[link.href, link.index] = place = (link.target, link.target_id)
            labels.setdefault(place, link.label)
            ids = targets.setdefault(link.target, {})
            known = link.says or is_note or ids.get(link.target_id) == ""
            ids[link.target_id] = "" if known else link.label
            backlinks.update((other.href, other.index) for other in back)
    return NoteLinks(
        {key: place for key, place in references.items() if key not in backlinks},
        frozenset(backlinks),
        targets,
        labels,
    )


def begins_with(text: str, label: str) -> bool:
    """True when a passage begins with a note's marker: "3. So he says", "[a] So he says"."""
    rest = text.lstrip(BRACKETS)
    return bool(label) and rest.startswith(label) and not rest[len(label) : len(label) + 1].isalnum()


def marker_text(anchor: Element) -> str:
    """The text of an anchor; of one that holds nothing but a picture, the picture's description."""
    text = fold("".join(anchor.itertext()))
    if text or len(anchor) != 1 or local_name(anchor[0]) != "img":
        return text
    return fold(anchor[0].get("alt") or "") or ("*" if _says_reference(anchor) else "")


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
    if is_raised(anchor) or (parent is not None and is_raised(parent)):
        return True
    inside = [e for e in anchor if isinstance(e.tag, str)]
    return len(inside) == 1 and is_raised(inside[0]) and not (anchor.text or "").strip()


def is_raised(element: Element) -> bool:
    """True for a superscript, by its tag or its style (``epub_styles`` writes style sheets in there)."""
    return local_name(element) == "sup" or "vertical-align:super" in (element.get("style") or "").replace(
        " ", ""
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


def _openings(root: Element) -> dict[str, str]:
    found: dict[str, str] = {}
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue
        for identifier in names(element):
            if identifier in found:
                continue
            tag = local_name(element)
            block = element if is_block(element, tag) else block_around(element)
            if not heading_level(block, local_name(block)):
                found[identifier] = _beginning(block)
    return found


def _beginning(element: Element) -> str:
    text = ""
    for piece in element.itertext():
        text += piece
        if len(text) >= 4 * _OPENING:
            break
    return fold(text)[:_OPENING]


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


__all__ = [
    "BRACKETS",
    "NOTE_CLASSES",
    "NoteLinks",
    "Place",
    "Survey",
    "anchors",
    "begins_with",
    "block_around",
    "is_raised",
    "marker_text",
    "names",
    "pair_links",
    "survey",
]
