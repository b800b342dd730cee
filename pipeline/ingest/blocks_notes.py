"""Which elements are note references and notes, found by what points at what.

Never by digits alone: "H2O", "F16" and "word3" stay as they are. An anchor is a note reference when

* it says so (``epub:type="noteref"``, ``role="doc-noteref"``, or a class that converters use for it), or
* it is superscript, its text is a marker ("3", "[a]", "*") and it links to a place inside the book, or
* its text is a marker, it stands in running text, and what it links to says that it is a note or has a link
  back to it.

The note is what the reference links to: its list item, paragraph or ``aside``.

A book is looked at twice: ``survey`` takes from each document what it says about notes, ``pair_links`` puts
that together, and ``find_marks`` names the elements of one document. For a document that stands alone
``find_marks`` does all three.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
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
_SELF_MARK = re.compile(r"^(?:[\d.]+|[¶§#∞🔗])$")
_REFERENCE_CLASSES = word_set(
    """noteref note-ref footnote-ref footnote-reference footnoteref fnref fn-ref fnanchor footnote-anchor
    endnote-ref endnote-reference endnoteref footnotelink footnote-link noteanchor"""
)
_SUP_CLASSES = frozenset({"reference", "mw-ref", "footnote"})
_NOTE_CLASSES = word_set(
    """footnote footnotes endnote endnotes footnote-list footnotelist footnote-text footnotetext rearnote
    rearnotes references reflist mw-references"""
)
_NOTE_TYPES = frozenset({"footnote", "endnote", "rearnote", "footnotes", "endnotes", "rearnotes"})
_BACK_CLASSES = frozenset({"footnote-backref", "footnote-back", "backlink", "fn-backref", "mw-cite-backlink"})
_BLOCK_LEVELS = 3
"""How far above an anchor an id may stand for it (``<li id="n1"><p><a>``)."""
_NOTE_CHARACTERS = 20_000
"""A longer element is no note, whatever links to it."""


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
    sure: bool
    """It says that it is a note reference, or is superscript."""


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
    targets: Mapping[str, frozenset[str]]
    """For each document the ids that references link to."""


def survey(root: Element, href: str = "", order: int = 0) -> Survey:
    """Look at one document, the ``order``-th of the book, for ``pair_links``."""
    return Survey(href, tuple(_links_of(root, href, order)), _ids_of_notes(root))


def _links_of(root: Element, href: str, order: int) -> list[Link]:
    """All links that lead to a place inside the book, in document order."""
    found: list[Link] = []
    running: dict[Element, bool] = {}
    for index, anchor in enumerate(_anchors(root)):
        written = anchor.get("href") or ""
        path, _, fragment = written.partition("#")
        if not fragment or ":" in path or path.startswith("//"):
            continue
        text = fold("".join(anchor.itertext()))
        marker = is_marker(text) and bool(_MARK.match(text))
        block = _block_around(anchor)
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
                sure=is_marker(text) and (_says_reference(anchor) or (marker and _is_superscript(anchor))),
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
    targets: dict[str, set[str]] = {}
    for link in links:
        found = (ways.get((link.target, link.target_id, link.href, own)) for own in link.ids)
        # The reference is read first and its note afterwards: that tells which of the two is which.
        back = [other for other in found if other and (other.order, other.index) > (link.order, link.index)]
        is_note = bool(back) or link.target_id in notes.get(link.target, ())
        if link.sure or (is_note and link.marker and link.running):
            references.add((link.href, link.index))
            targets.setdefault(link.target, set()).add(link.target_id)
            backlinks.update((other.href, other.index) for other in back)
    return NoteLinks(
        frozenset(references - backlinks),
        frozenset(backlinks),
        {href: frozenset(ids) for href, ids in targets.items()},
    )


def find_marks(root: Element, href: str = "", links: NoteLinks | None = None) -> dict[Element, str]:
    """The elements of a document that are note references, notes or numbers of paragraphs, and which.

    ``links`` are those of the whole book; without them the document is taken to stand alone. The values
    are kinds of skip: ``note-reference``, ``note``, ``note-continued``, ``paragraph-number``.
    """
    if links is None:
        links = pair_links([survey(root, href)])
    marks: dict[Element, str] = {}
    by_id = _by_id(root)
    for index, anchor in enumerate(_anchors(root)):
        if (href, index) in links.references or (href, index) in links.backlinks or _says_back(anchor):
            marks[_whole_marker(anchor)] = "note-reference"
        elif _links_to_itself(anchor, by_id):
            is_number = fold("".join(anchor.itertext()))[0].isdigit()
            marks[_wrapper(anchor)] = "paragraph-number" if is_number else "navigation"
    starts: list[Element] = []
    for identifier in links.targets.get(href, ()):
        note = _note_at(by_id[identifier]) if identifier in by_id else None
        if note is not None:
            marks[note] = "note"
            starts.append(note)
    for element in root.iter():
        if isinstance(element.tag, str) and _says_note(element):
            marks[element] = "note"
    _mark_continuations(starts, marks)
    return marks


# -- one anchor ----------------------------------------------------------------------------------------------


def _anchors(root: Element) -> Iterable[Element]:
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


def _says_back(anchor: Element) -> bool:
    return not _BACK_CLASSES.isdisjoint(classes_of(anchor)) or "backlink" in types_of(anchor)


def _is_superscript(anchor: Element) -> bool:
    parent = anchor.getparent()
    if parent is not None and local_name(parent) == "sup":
        return True
    style = anchor.get("style") or ""
    inside = [e for e in anchor if isinstance(e.tag, str)]
    return "super" in style or (
        len(inside) == 1 and local_name(inside[0]) == "sup" and not (anchor.text or "").strip()
    )


def _block_around(anchor: Element) -> Element:
    for parent in anchor.iterancestors():
        if is_block(parent, local_name(parent)):
            return parent
    return anchor


def _ids_around(anchor: Element) -> Iterable[str]:
    """Ids that stand for the anchor: on it, in it, beside it, on its inline parents and nearest blocks."""
    for element in anchor.iter():
        if isinstance(element.tag, str):
            yield from _names(element)
    previous = anchor.getprevious()
    if previous is not None and isinstance(previous.tag, str) and not (previous.tail or "").strip():
        yield from _names(previous)
    levels = 0
    for parent in anchor.iterancestors():
        if local_name(parent) in {"body", "html"} or levels >= _BLOCK_LEVELS:
            return
        yield from _names(parent)
        levels += is_block(parent, local_name(parent))


def _names(element: Element) -> Iterable[str]:
    for key in ("id", "name"):
        if element.get(key):
            yield element.get(key)


def _whole_marker(anchor: Element) -> Element:
    """The anchor with the ``<sup>`` or the brackets around it that hold nothing else."""
    parent = anchor.getparent()
    while (
        parent is not None
        and local_name(parent) in {"sup", "span", "small"}
        and len(parent) <= 3
        and fold("".join(parent.itertext())).strip("[]() ") == fold("".join(anchor.itertext())).strip("[]() ")
    ):
        anchor, parent = parent, parent.getparent()
    return anchor


def _links_to_itself(anchor: Element, by_id: dict[str, Element]) -> bool:
    """True for a number, or a sign, that links to the very paragraph it stands before or in."""
    written = anchor.get("href") or ""
    if not written.startswith("#") or not _SELF_MARK.match(fold("".join(anchor.itertext()))):
        return False
    target = by_id.get(unquote(written[1:]))
    if target is None:
        return False
    outer = _wrapper(anchor)
    return target is outer.getnext() or any(target is parent for parent in outer.iterancestors())


def _wrapper(anchor: Element) -> Element:
    parent = anchor.getparent()
    if parent is not None and local_name(parent) in {"label", "span", "sup", "small"} and len(parent) == 1:
        return parent if not (parent.text or "").strip() and not (anchor.tail or "").strip() else anchor
    return anchor


# -- one note ------------------------------------------------------------------------------------------------


def _by_id(root: Element) -> dict[str, Element]:
    found: dict[str, Element] = {}
    for element in root.iter():
        if isinstance(element.tag, str):
            for identifier in _names(element):
                found.setdefault(identifier, element)
    return found


def _ids_of_notes(root: Element) -> frozenset[str]:
    found: set[str] = set()
    depth = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        says = not _NOTE_TYPES.isdisjoint(types_of(element)) or not _NOTE_CLASSES.isdisjoint(
            classes_of(element)
        )
        depth += says and event == "start"
        if depth and event == "start":
            found.update(_names(element))
        depth -= says and event == "end"
    return frozenset(found)


def _says_note(element: Element) -> bool:
    classes = classes_of(element)
    return (
        bool(classes)
        and not _NOTE_CLASSES.isdisjoint(classes)
        and is_block(element, local_name(element))
        and local_name(element) not in {"body", "html"}
        and not _is_longer(element, 5 * _NOTE_CHARACTERS)
        and not _has_heading(element)
    )


def _is_longer(element: Element, characters: int) -> bool:
    """True when an element's text is longer; stops counting there."""
    return any(total > characters for total in accumulate(len(piece) for piece in element.itertext()))


def _note_at(target: Element) -> Element | None:
    """The element that is the note whose id or anchor ``target`` is; None when that is no note."""
    note = target
    if not is_block(note, local_name(note)):
        note = _block_around(target)
    tag = local_name(note)
    if tag in {"body", "html", "section"} or heading_level(note, tag):
        return None
    if _is_longer(note, _NOTE_CHARACTERS) or _has_heading(note):
        return None
    return _climbed(note)


def _climbed(note: Element) -> Element:
    """The list item, division or ``aside`` that holds this note from its first word on, and no other one."""
    parent = note.getparent()
    while (
        parent is not None
        and local_name(parent) in {"li", "dd", "aside", "div"}
        and not (parent.text or "").strip()
        and parent[0] is note
        and not _has_heading(parent)
        and all(local_name(sibling) == "p" and sibling.get("id") is None for sibling in parent[1:])
        and (local_name(parent) != "div" or "note" in " ".join(classes_of(parent)))
    ):
        note, parent = parent, parent.getparent()
    return note


def _has_heading(element: Element) -> bool:
    return any(heading_level(e, local_name(e)) for e in element.iterdescendants() if isinstance(e.tag, str))


def _mark_continuations(starts: list[Element], marks: dict[Element, str]) -> None:
    """Paragraphs without id that stand between two notes belong to the first of them."""
    for note in starts:
        between: list[Element] = []
        sibling = note.getnext()
        while sibling is not None and isinstance(sibling.tag, str) and sibling not in marks:
            if local_name(sibling) not in {"p", "blockquote"} or sibling.get("id") is not None:
                break
            between.append(sibling)
            sibling = sibling.getnext()
        if sibling is not None and marks.get(sibling) == "note":
            for element in between:
                # No second note: its words are the first one's.
                marks[element] = "note-continued"


__all__ = ["NoteLinks", "Survey", "find_marks", "pair_links", "survey"]
