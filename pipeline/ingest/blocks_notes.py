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

import re
from itertools import accumulate
from urllib.parse import unquote

from pipeline.ingest.blocks_kinds import classes_of, heading_level, is_block, is_marker, text_of, types_of
from pipeline.ingest.blocks_links import (
    BRACKETS,
    NOTE_CLASSES,
    NoteLinks,
    anchors,
    begins_with,
    block_around,
    marker_text,
    names,
    pair_links,
    survey,
)
from pipeline.ingest.blocks_numbers import find_numbers
from pipeline.ingest.blocks_text import fold
from pipeline.ingest.xml import Element, local_name

_SELF_MARK = re.compile(r"^(?:[\d.]+|[¶§#∞🔗])$")
_BACK_CLASSES = frozenset({"footnote-backref", "footnote-back", "backlink", "fn-backref", "mw-cite-backlink"})
_NOTE_CHARACTERS = 20_000
"""A longer element is no note, whatever links to it."""


def find_marks(root: Element, href: str = "", links: NoteLinks | None = None) -> dict[Element, str]:
    """The elements of a document that are note references, notes or numbers of paragraphs, and which.

    ``links`` are those of the whole book; without them the document is taken to stand alone. The values
    are kinds of skip: ``note-reference``, ``note``, ``note-continued``, ``paragraph-number``.
    """
    if links is None:
        links = pair_links([survey(root, href)])
    marks: dict[Element, str] = {}
    by_id = _by_id(root)
    for index, anchor in enumerate(anchors(root)):
        if (href, index) in links.references or (href, index) in links.backlinks or _says_back(anchor):
            marks[_whole_marker(anchor)] = "note-reference"
        elif _links_to_itself(anchor, by_id):
            is_number = marker_text(anchor)[0].isdigit()
            marks[_wrapper(anchor)] = "paragraph-number" if is_number else "navigation"
    starts: list[Element] = []
    for identifier, label in links.targets.get(href, {}).items():
        note = _note_at(by_id[identifier]) if identifier in by_id else None
        # A superscript may link to a passage of the text as well: a note begins with the same sign.
        if note is not None and (not label or begins_with(text_of(note), label)):
            marks[note] = "note"
            starts.append(note)
    for element in root.iter():
        if isinstance(element.tag, str) and _says_note(element):
            marks[element] = "note"
    _mark_continuations(starts, marks)
    for element, kind in find_numbers(root).items():
        marks.setdefault(element, kind)
    return marks


# -- one anchor ----------------------------------------------------------------------------------------------


def _says_back(anchor: Element) -> bool:
    return not _BACK_CLASSES.isdisjoint(classes_of(anchor)) or "backlink" in types_of(anchor)


def _whole_marker(anchor: Element) -> Element:
    """The anchor with the ``<sup>`` or the brackets around it that hold nothing else."""
    parent = anchor.getparent()
    while (
        parent is not None
        and local_name(parent) in {"sup", "span", "small"}
        and len(parent) <= 3
        and fold("".join(anchor.itertext()))
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
            for identifier in names(element):
                found.setdefault(identifier, element)
    return found


def _says_note(element: Element) -> bool:
    classes = classes_of(element)
    return (
        bool(classes)
        and not NOTE_CLASSES.isdisjoint(classes)
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
        note = block_around(target)
    tag = local_name(note)
    if heading_level(note, tag):
        parent = note.getparent()
        if not _is_label(note) or parent is None or parent[0] is not note:
            return None
        note, tag = parent, local_name(parent)
    if tag in {"body", "html", "section"} and not _is_titled_by_label(note):
        return None
    if tag in {"body", "html"} or _is_longer(note, _NOTE_CHARACTERS):
        return None
    if _has_heading(note) and not _is_titled_by_label(note):
        return None
    return _climbed(note)


def _is_label(heading: Element) -> bool:
    return is_marker(text_of(heading)) and bool(text_of(heading).strip(BRACKETS))


def _is_titled_by_label(element: Element) -> bool:
    """True for a note of its own section, whose only heading is its number (FictionBook)."""
    headings = [e for e in element.iterdescendants() if isinstance(e.tag, str) and _is_heading(e)]
    outer = [e for e in headings if not any(_is_heading(p) for p in e.iterancestors())]
    return len(outer) == 1 and _is_label(outer[0]) and text_of(element).startswith(text_of(outer[0]))


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
    return any(_is_heading(e) for e in element.iterdescendants() if isinstance(e.tag, str))


def _is_heading(element: Element) -> bool:
    return heading_level(element, local_name(element)) > 0


def _mark_continuations(starts: list[Element], marks: dict[Element, str]) -> None:
    """Paragraphs without id that stand between two notes belong to the first of them."""
    for note in starts:
        if local_name(note) == "dt":
            for sibling in note.itersiblings():
                if local_name(sibling) != "dd":
                    break
                marks[sibling] = "note-continued"
            continue
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


__all__ = ["find_marks"]
