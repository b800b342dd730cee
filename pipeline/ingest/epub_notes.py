"""Notes that shall be heard: which reference leads to which note, and the blocks of each.

Only used when ``ReadingSettings.notes`` asks for it; else notes are left out where they stand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from pipeline.ingest.blocks import read_blocks
from pipeline.ingest.blocks_links import BRACKETS, NoteLinks, Place, anchors, begins_with
from pipeline.ingest.blocks_notes import find_marks
from pipeline.ingest.blocks_text import SkipLog, words_in
from pipeline.ingest.xml import Element
from pipeline.model import Block, BlockKind
from pipeline.settings import ReadingSettings

_TOLD = "note-told"
_SIGN = re.compile(r"^[\[({（［〔【]?(?:\d{1,3}[\])}）］〕】.:]|[*＊※∗†‡§¶‖]{1,3}[\])}）］〕】.:]?)\s+")


@dataclass(slots=True)
class Notes:
    """The notes of a book by the places that references lead to, each of them told once."""

    blocks: dict[Place, tuple[Block, ...]] = field(default_factory=dict)
    told: set[Place] = field(default_factory=set)
    unsaid: dict[Place, int] = field(default_factory=dict)
    """Words in each that are not told: its marker, the way back."""

    def tell(self, place: Place, log: SkipLog) -> tuple[Block, ...]:
        """The blocks of a note the first time that it is asked for, none later."""
        if place in self.told or place not in self.blocks:
            return ()
        self.told.add(place)
        log.add("note-reference", self.unsaid.get(place, 0), 0)
        return self.blocks[place]


def collect_notes(
    root: Element, href: str, links: NoteLinks, options: ReadingSettings, language: str, into: Notes
) -> None:
    """Read the notes of one document, without the markers they begin with."""
    marks = find_marks(root, href, links)
    heard = replace(options, include=(*options.include, "notes"))
    for element, place in _elements(root, href, links, marks).items():
        blocks: list[Block] = []
        log = SkipLog()
        for part in (element, *_continued(element, marks)):
            reading = read_blocks(
                part, href=href, skip=log, options=heard, language=language, leave_out=marks
            )
            blocks += reading.blocks
        made = _unmarked(blocks, links.labels.get(place, ""))
        into.blocks[place] = made
        into.unsaid[place] = (
            log.total() + sum(words_in(b.text) for b in blocks) - sum(words_in(b.text) for b in made)
        )


def mark_told(
    root: Element, href: str, links: NoteLinks, marks: dict[Element, str], notes: Notes
) -> dict[Element, Place]:
    """Take the notes that are told elsewhere out of what ``marks`` counts as skipped.

    Returns the references of the document that lead to a note with text.
    """
    for element, place in _elements(root, href, links, marks).items():
        if notes.blocks.get(place):
            for part in (element, *_continued(element, marks)):
                marks[part] = _TOLD
    return {e: place for e, place in _references(root, href, links, marks).items() if place in notes.blocks}


def at_the_end(blocks: list[Block]) -> list[Block]:
    """The blocks of a chapter with its notes behind all others."""
    return [b for b in blocks if b.kind is not BlockKind.NOTE] + [
        b for b in blocks if b.kind is BlockKind.NOTE
    ]


def _references(
    root: Element, href: str, links: NoteLinks, marks: Mapping[Element, str]
) -> dict[Element, Place]:
    """The element that is left out for each reference -> where it leads."""
    found: dict[Element, Place] = {}
    for index, anchor in enumerate(anchors(root)):
        place = links.references.get((href, index))
        if place is not None:
            outer = next((e for e in (anchor, *anchor.iterancestors()) if e in marks), None)
            if outer is not None:
                found[outer] = place
    return found


def _elements(
    root: Element, href: str, links: NoteLinks, marks: Mapping[Element, str]
) -> dict[Element, Place]:
    """The note elements that references lead to, each with the first place that names it."""
    wanted = links.targets.get(href, {})
    found: dict[Element, Place] = {}
    for element in root.iter() if wanted else ():
        if not isinstance(element.tag, str):
            continue
        for identifier in (element.get("id"), element.get("name")):
            if identifier in wanted:
                around = (element, *element.iterancestors())
                note = next((e for e in around if marks.get(e) == "note"), None)
                if note is not None:
                    found.setdefault(note, (href, identifier))
    return found


def _continued(note: Element, marks: Mapping[Element, str]) -> list[Element]:
    found: list[Element] = []
    sibling = note.getnext()
    while sibling is not None and marks.get(sibling) == "note-continued":
        found.append(sibling)
        sibling = sibling.getnext()
    return found


def _unmarked(blocks: list[Block], label: str) -> tuple[Block, ...]:
    """The blocks of a note without the marker that it begins with, all of them of the kind ``NOTE``."""
    made: list[Block] = []
    for block in blocks:
        text = block.text
        if not made:
            if begins_with(text, label):
                text = text.lstrip(BRACKETS)[len(label) :].lstrip(BRACKETS)
            else:
                text = _SIGN.sub("", text)
        if any(character.isalnum() for character in text):
            made.append(replace(block, kind=BlockKind.NOTE, text=text, level=0))
    return tuple(made)


__all__ = ["Notes", "at_the_end", "collect_notes", "mark_told"]
