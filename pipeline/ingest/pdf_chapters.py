"""Chapters of a PDF: lines cut at their beginnings, made into blocks, with what is not narrated left out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.ingest.blocks_announce import announcement
from pipeline.ingest.blocks_kinds import INCLUDE_NAME
from pipeline.ingest.blocks_text import SkipLog
from pipeline.ingest.epub_matter import (
    BIBLIOGRAPHY,
    CONTENTS,
    COPYRIGHT,
    COVER,
    INDEX,
    LICENCE,
    TITLE_PAGE,
    is_legal_page,
    kind_of_title,
    looks_like,
    matter_of_title,
    unnumbered,
)
from pipeline.ingest.pdf_glyphs import turn_back
from pipeline.ingest.pdf_layout import Line
from pipeline.ingest.pdf_outline import Entry, Start, chapters_of_headings, starts_of_entries, tiers_of
from pipeline.ingest.pdf_papers import (
    mark_equations,
    said_for_equation,
    take_references,
    without_citations,
)
from pipeline.ingest.pdf_paragraphs import Draft, draft_paragraphs, without_bullet
from pipeline.ingest.pdf_roles import Body
from pipeline.ingest.pdf_text import Vocabulary, clean, count_words, join_lines
from pipeline.model import Anchor, Block, BlockKind, Chapter, Matter
from pipeline.settings import ReadingSettings

UNNUMBERED_KINDS = frozenset({COVER, TITLE_PAGE, COPYRIGHT, LICENCE})
"""Parts whose titles bear no number: nobody counts the imprint among the chapters."""
LEGAL_PAGES = 10
"""Pages at the front among which a copyright page is looked for."""
_SKIPPED_ROLES = {
    "note": "note", "table": "table", "code": "code", "contents": CONTENTS, "figure": "figure",
    "bibliography": BIBLIOGRAPHY, "equation": "equation",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Parts:
    """All that chapters are made of."""

    lines: list[Line]
    body: Body
    outline: list[Entry]
    title: str
    """Of the book, for text before the first chapter."""
    settings: ReadingSettings
    language: str = ""
    """As the user or the file says; empty: unknown."""

    def included(self, kind: str) -> bool:
        """Tell whether the user wants a kind that is skipped by default."""
        return bool({kind, INCLUDE_NAME.get(kind, kind)} & set(self.settings.include))


@dataclass(frozen=True, slots=True)
class _Section:
    """Drafts of one chapter."""

    title: str
    level: int
    drafts: list[Draft]
    shown: frozenset[int]
    """Indices of the lines that show the title."""
    front: bool = False


def build_chapters(parts: Parts, skips: SkipLog) -> list[Chapter]:
    """Return the chapters that are narrated; what is left out is counted in ``skips``."""
    starts = starts_of_entries(parts.outline, parts.lines, parts.body)
    cuts = {start.line for start in starts}
    cuts |= {edge for start in starts if start.heading for edge in (start.heading.start, start.heading.stop)}
    if parts.settings.paper:
        mark_equations(parts.lines, parts.body)
    drafts = draft_paragraphs(parts.lines, parts.body, cuts)
    shown = {start.heading.start for start in starts if start.heading}
    for draft in drafts:
        if draft.first in shown:
            draft.kind = BlockKind.HEADING
    tiers = tiers_of(drafts, parts.body)
    paper = _Paper(parts, drafts, tiers) if parts.settings.paper else None
    sections = _by_outline(parts, drafts, starts) if starts else _by_headings(parts, drafts, tiers)
    vocabulary = Vocabulary(line.text for line in parts.lines)
    return _narrated(parts, sections, tiers_by_draft(drafts, tiers), vocabulary, skips, paper)


class _Paper:
    """What is known of a scholarly paper before its blocks are made."""

    def __init__(self, parts: Parts, drafts: list[Draft], tiers: dict[int, int]) -> None:
        self.equation = said_for_equation(parts.language, drafts)
        self.references = take_references(drafts, tiers)


def tiers_by_draft(drafts: list[Draft], tiers: dict[int, int]) -> dict[int, int]:
    """Heading tiers by the index of the draft's first line."""
    return {drafts[index].first: tier for index, tier in tiers.items()}


def _by_outline(parts: Parts, drafts: list[Draft], starts: list[Start]) -> list[_Section]:
    sections: list[_Section] = []
    bounds = [start.line for start in starts] + [len(parts.lines)]
    before = [draft for draft in drafts if draft.first < bounds[0]]
    if before:
        sections.append(_Section(parts.title, 1, before, frozenset(), front=True))
    place = 0
    for start, end in zip(starts, bounds[1:], strict=True):
        while place < len(drafts) and drafts[place].first < start.line:
            place += 1
        own = []
        while place < len(drafts) and drafts[place].first < end:
            own.append(drafts[place])
            place += 1
        sections.append(_Section(start.title, start.level, own, frozenset(start.heading)))
    return sections


def _by_headings(parts: Parts, drafts: list[Draft], tiers: dict[int, int]) -> list[_Section]:
    chosen = chapters_of_headings(drafts, tiers, parts.body)
    if not chosen:
        return [_Section(parts.title, 1, drafts, frozenset())]
    sections = []
    if chosen[0][0] > 0:
        sections.append(_Section(parts.title, 1, drafts[: chosen[0][0]], frozenset(), front=True))
    ends = [index for index, _ in chosen[1:]] + [len(drafts)]
    for (index, title), end in zip(chosen, ends, strict=True):
        sections.append(_Section(title, 1, drafts[index:end], frozenset({drafts[index].first})))
    return sections


def _narrated(
    parts: Parts,
    sections: list[_Section],
    tiers: dict[int, int],
    vocabulary: Vocabulary,
    skips: SkipLog,
    paper: _Paper | None,
) -> list[Chapter]:
    chapters: list[Chapter] = []
    skipping = ("", 0)  # kind and level of the chapter that is being left out, with all below it
    for section in sections:
        if section.level <= skipping[1]:
            skipping = ("", 0)
        blocks = _blocks(parts, section, tiers, vocabulary, skips, paper)
        if not blocks:
            continue
        kind = skipping[0] or _kind_of_section(section, blocks)
        if kind and not parts.included(kind):
            if not skipping[0]:
                skipping = (kind, section.level)
            skips.add(kind, sum(count_words(block.text) for block in blocks), 0 if skipping[0] != kind else 1)
            continue
        matter = Matter.FRONT if section.front else matter_of_title(unnumbered(section.title)) or Matter.BODY
        chapters.append(Chapter(len(chapters), section.title, min(section.level, 6), tuple(blocks), matter))
    return chapters


def _kind_of_section(section: _Section, blocks: Sequence[Block]) -> str:
    kind = kind_of_title(unnumbered(section.title))
    shown = [block.text for block in blocks[:1] if block.kind is BlockKind.HEADING]
    if kind in UNNUMBERED_KINDS and not all(kind_of_title(title) for title in (section.title, *shown)):
        return ""  # "4.2 copyright" is a section about copyright
    words = sum(count_words(block.text) for block in blocks)
    if not kind or section.front:
        return ""
    return kind if kind == INDEX or looks_like(kind, blocks, words) else ""


def _blocks(
    parts: Parts,
    section: _Section,
    tiers: dict[int, int],
    vocabulary: Vocabulary,
    skips: SkipLog,
    paper: _Paper | None,
) -> list[Block]:
    """Make the blocks of a section; skipped roles and legal pages are counted and left out."""
    blocks: list[Block] = []
    for draft in section.drafts:
        text = join_lines([line.text for line in draft.lines], vocabulary)
        kind = _SKIPPED_ROLES.get(draft.role, "")
        if kind and not parts.included(kind):
            skips.add(kind, count_words(text))
            wanted = parts.settings.announce_skipped or parts.settings.summarise_skipped
            if wanted and (said := announcement(kind, parts.language)):
                blocks.append(Block(BlockKind.PARAGRAPH, said, _anchor(draft)))
            if paper and kind == "equation" and not (blocks and blocks[-1].text == paper.equation):
                blocks.append(Block(BlockKind.PARAGRAPH, paper.equation, _anchor(draft)))
            continue
        if paper:
            text, cited = without_citations(text, paper.references)
            if cited:
                skips.add("citation", cited, cited)
        if draft.kind is BlockKind.LIST_ITEM:
            text = without_bullet(text)
        if not re.search(r"[^\W_]", text):
            continue
        level = 0
        if draft.kind is BlockKind.HEADING:
            shown = bool(section.shown) and draft.first <= min(section.shown)
            level = min(section.level if shown else section.level + max(tiers.get(draft.first, 1) - 1, 1), 6)
            if section.front or not section.shown:
                level = min(max(tiers.get(draft.first, 1), 1), 6)
        blocks.append(Block(draft.kind, clean(text), _anchor(draft), level))
    if section.front and not parts.included(COPYRIGHT):
        blocks = _without_legal_pages(blocks, skips)
    return blocks


def _without_legal_pages(blocks: list[Block], skips: SkipLog) -> list[Block]:
    pages: dict[int, list[Block]] = {}
    for block in blocks:
        pages.setdefault(block.anchor.page or 0, []).append(block)
    kept: list[Block] = []
    for number, members in pages.items():
        words = sum(count_words(block.text) for block in members)
        if 1 < number <= LEGAL_PAGES and is_legal_page(members, words):
            skips.add(COPYRIGHT, words)
        else:
            kept += members
    return kept


def _anchor(draft: Draft) -> Anchor:
    """The page on which the draft begins, and the box of its lines there (in its first column)."""
    first = draft.lines[0]
    own = [line for line in draft.lines if (line.page, line.block) == (first.page, first.block)]
    box = (
        min(line.left for line in own),
        min(line.bottom for line in own),
        max(line.right for line in own),
        max(line.top for line in own),
    )
    left, bottom, right, top = turn_back(first.angle, box)
    return Anchor(page=first.page, box=(round(left, 1), round(bottom, 1), round(right, 1), round(top, 1)))
