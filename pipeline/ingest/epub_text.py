"""One document of an EPUB: its blocks, cut where the table of contents points into it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.ingest import language as languages
from pipeline.ingest.blocks import read_blocks, same_language
from pipeline.ingest.blocks_kinds import link_share, text_of, types_of
from pipeline.ingest.blocks_links import NoteLinks
from pipeline.ingest.blocks_notes import find_marks
from pipeline.ingest.blocks_text import SkipLog, words_in
from pipeline.ingest.epub_archive import resolve
from pipeline.ingest.epub_matter import plain_title, unnumbered
from pipeline.ingest.epub_notes import Notes, mark_told
from pipeline.ingest.epub_toc import Entry
from pipeline.ingest.xml import Element, attribute, first, local_name
from pipeline.model import Block, BlockKind
from pipeline.settings import ReadingSettings

_LICENCE_END = re.compile(r"\*\*\*\s*START OF (?:THE|THIS) PROJECT GUTENBERG", re.I)
_LICENCE_START = re.compile(r"(?:\*\*\*\s*)?END OF (?:THE |THIS )?PROJECT GUTENBERG", re.I)
_LINE_CHARACTERS = 150
"""A table of contents has a link for so many characters, summaries of chapters included."""
_LEAST_LINKS = 4
"""A list of fewer links is not taken for a table of contents."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of blocks under one entry of the table of contents, inside one document."""

    href: str
    entry: Entry | None
    """None where a document goes on with what the one before it began."""
    blocks: tuple[Block, ...]
    types: tuple[str, ...] = ()
    """Semantic types of what the segment begins with and of all around that."""
    opens_document: bool = False
    whole_document: bool = False

    @property
    def words(self) -> int:
        """Words narrated."""
        return sum(words_in(block.text) for block in self.blocks)

    @property
    def heading(self) -> str:
        """The heading it begins with; empty when it begins with anything else."""
        first_block = self.blocks[0] if self.blocks else None
        return first_block.text if first_block and first_block.kind is BlockKind.HEADING else ""


@dataclass(frozen=True, slots=True)
class Contents:
    """The table of contents as the documents need it."""

    by_document: Mapping[str, Sequence[Entry]]
    titles: frozenset[str]
    """All titles, by ``unnumbered``."""

    @classmethod
    def of(cls, entries: Sequence[Entry]) -> Contents:
        """Index a table of contents."""
        by_document: dict[str, list[Entry]] = {}
        for entry in entries:
            if entry.href:
                by_document.setdefault(entry.href, []).append(entry)
        return cls(by_document, frozenset(unnumbered(entry.title) for entry in entries))


def read_document(
    root: Element,
    href: str,
    *,
    contents: Contents,
    links: NoteLinks,
    log: SkipLog,
    options: ReadingSettings,
    language: str,
    doubts: list[str],
    notes: Notes | None = None,
) -> list[Segment]:
    """Read a document and cut it at the entries that point into it, in order of the text.

    Entries that point at the same place share its text: it goes to the innermost, and of several on one
    level to the first with exactly that target. The others have no text of their own and disappear.
    ``notes`` are told behind the paragraphs that refer to them; without any they are left out.
    """
    entries = contents.by_document.get(href, ())
    wanted = {entry.fragment for entry in entries if entry.fragment}
    leave_out = find_marks(root, href, links)
    for element in _contents_lists(root, href, contents):
        leave_out.setdefault(element, "contents")
    references = mark_told(root, href, links, leave_out, notes) if notes is not None else {}

    def told(element: Element) -> Sequence[Block]:
        return notes.tell(references[element], log) if notes is not None and element in references else ()

    reading = read_blocks(
        root,
        href=href,
        skip=log,
        options=options,
        language=language,
        leave_out=leave_out,
        wanted=wanted,
        told=told if references else None,
        text_tables=True,
    )
    blocks = _in_believable_language(reading.blocks, root, language)
    places = _places(entries, reading.marks, blocks, href, doubts)
    body_types = tuple(_types_at_start(root))
    by_id = {e.get("id"): e for e in root.iter() if isinstance(e.tag, str) and e.get("id") in wanted}
    cuts = sorted({0, *places})
    segments: list[Segment] = []
    for start, end in zip(cuts, [*cuts[1:], len(blocks)], strict=True):
        entry = places.get(start)
        target = by_id.get(entry.fragment) if entry is not None else None
        types = tuple(_types_around(target)) if target is not None else body_types
        segments.append(Segment(href, entry, tuple(blocks[start:end]), types, start == 0, len(cuts) == 1))
    return segments


def without_licence(segments: list[Segment], log: SkipLog, *, ended: bool) -> tuple[list[Segment], bool]:
    """Take out what stands outside the marks that Project Gutenberg sets around a text.

    ``ended`` is True when the closing mark was in a document before this one; the second value says whether
    it has been met by now.
    """
    kept: list[Segment] = []
    for at, segment in enumerate(segments):
        blocks = list(segment.blocks)
        dropped: list[Block] = []
        for index, block in enumerate(segment.blocks):
            if not ended and _LICENCE_END.match(block.text):
                dropped += [b for s in kept for b in s.blocks] + blocks[: index + 1]
                kept = [replace(s, blocks=()) for s in segments[:at]]
                blocks = list(segment.blocks[index + 1 :])
            elif not ended and _LICENCE_START.match(block.text):
                ended = True
                blocks = blocks[: len(blocks) - (len(segment.blocks) - index)]
                dropped += segment.blocks[index:]
                break
            elif ended:
                dropped += segment.blocks[index:]
                blocks = []
                break
        if dropped:
            log.add("licence", sum(words_in(block.text) for block in dropped))
        kept.append(replace(segment, blocks=tuple(blocks)))
    return kept, ended


# -- where entries begin -------------------------------------------------------------------------------------


def _places(
    entries: Sequence[Entry], marks: Mapping[str, int], blocks: Sequence[Block], href: str, doubts: list[str]
) -> dict[int, Entry]:
    """For each index at which an entry begins, the entry that gets the text from there on."""
    at: dict[int, list[Entry]] = {}
    seen: dict[str, int] = {}
    lost: list[tuple[Entry, int]] = []
    last = 0
    for entry in entries:
        known = not entry.fragment or entry.fragment in marks
        index = _with_heading(marks.get(entry.fragment, 0), entry, blocks) if known else 0
        if entry.fragment in seen or not known:
            # A part and its first chapter share a target: each begins at the heading that bears its title.
            index = _heading_of(entry, blocks, seen.get(entry.fragment, last) + (last > 0 or known))
            if index < 0 and not known:
                lost.append((entry, last))
                continue
            index = max(index, seen.get(entry.fragment, 0))
        last = seen[entry.fragment] = index
        at.setdefault(index, []).append(entry)
    for entry, before in lost:
        doubts.append(
            f"The table of contents points at '{href}#{entry.fragment}' for '{entry.title}',"
            " which is not there."
        )
        at.setdefault(before, [entry])
    return {index: _owner(found) for index, found in at.items()}


def _heading_of(entry: Entry, blocks: Sequence[Block], start: int) -> int:
    """The index of the first heading from ``start`` on that bears an entry's title; -1 when there is none."""
    title = plain_title(entry.title)
    for index in range(start, len(blocks)):
        if blocks[index].kind is BlockKind.HEADING and plain_title(blocks[index].text) == title:
            return index
    return -1


def _owner(entries: Sequence[Entry]) -> Entry:
    owner = entries[0]
    for entry in entries[1:]:
        same_target = (entry.href, entry.fragment) == (owner.href, owner.fragment)
        if entry.level > owner.level or not same_target:
            owner = entry
    return owner


def _with_heading(index: int, entry: Entry, blocks: Sequence[Block]) -> int:
    """The index moved before a heading that bears the entry's title: some targets stand just behind it."""
    if index == 0 or index > len(blocks):
        return min(index, len(blocks))
    before = blocks[index - 1]
    is_title = before.kind is BlockKind.HEADING and unnumbered(before.text) == unnumbered(entry.title)
    has_own = index < len(blocks) and plain_title(blocks[index].text) == plain_title(entry.title)
    return index - 1 if is_title and not has_own else index


# -- what a document says of itself --------------------------------------------------------------------------


def _types_at_start(root: Element) -> list[str]:
    """Semantic types of the body and of the only sections, one inside the other, that it consists of."""
    element = first(root, "body")
    if element is None:
        element = root
    found = list(types_of(element))
    while True:
        inside = [e for e in element if isinstance(e.tag, str)]
        if len(inside) != 1 or (element.text or "").strip():
            return found
        element = inside[0]
        found += types_of(element)


def _types_around(element: Element) -> list[str]:
    return [t for e in (element, *element.iterancestors()) for t in types_of(e)]


def _contents_lists(root: Element, href: str, contents: Contents) -> list[Element]:
    """Lists and tables of links that repeat the table of contents."""
    found: list[Element] = []
    for outer in root.iter():
        if local_name(outer) == "table":
            if _leads_to(outer, href, contents, _LEAST_LINKS // 2):
                found.append(outer)
            continue
        if local_name(outer) not in {"ul", "ol"} or any(local_name(e) == "li" for e in outer.iterancestors()):
            continue
        links = [e for e in outer.iter() if local_name(e) == "a" and e.get("href")]
        if len(links) < _LEAST_LINKS or link_share(outer) < 0.8:
            continue
        known = sum(1 for link in links if unnumbered(text_of(link)) in contents.titles)
        if known >= 0.8 * len(links):
            found.append(outer)
    return found


def points_at_contents(root: Element, href: str, contents: Contents) -> bool:
    """True when a document hardly holds anything but links to the places of the table of contents."""
    body = first(root, "body")
    if body is None:
        return False
    return link_share(body) >= 0.7 and _leads_to(body, href, contents, _LEAST_LINKS)


def _leads_to(element: Element, href: str, contents: Contents, least: int) -> bool:
    """True when the links of an element, ``least`` or more, lead to what the table of contents leads to."""
    links = [e for e in element.iter() if local_name(e) == "a" and e.get("href")]
    if len(links) < least or len(links) * _LINE_CHARACTERS < len(text_of(element)):
        return False
    known = sum(1 for link in links if resolve(href, link.get("href"))[0] in contents.by_document)
    return known >= 0.8 * len(links)


def _in_believable_language(blocks: Sequence[Block], root: Element, language: str) -> Sequence[Block]:
    """Blocks without the language of their document where their text is plainly not in it.

    Converters put their own language on every document they write.
    """
    body = first(root, "body")
    declared = attribute(root, "lang") or (attribute(body, "lang") if body is not None else "")
    if not declared or same_language(declared, language):
        return blocks
    texts = [block.text for block in blocks if block.language == declared]
    found, _ = languages.settle(declared, languages.sample(texts)) if texts else (declared, "")
    if same_language(found, declared):
        return blocks
    believed = None if same_language(found, language) else found
    return [replace(b, language=believed) if b.language == declared else b for b in blocks]


__all__ = ["Contents", "Segment", "points_at_contents", "read_document", "without_licence"]
