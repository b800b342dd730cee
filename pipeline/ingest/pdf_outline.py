"""Where a PDF's chapters begin: from its outline, else from its headings."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass
from typing import Any

from pipeline.ingest.epub_matter import BIBLIOGRAPHY, INDEX, kind_of_title, plain_title, unnumbered
from pipeline.ingest.pdf_layout import Line
from pipeline.ingest.pdf_paragraphs import HEADING_SCALE, Draft
from pipeline.ingest.pdf_roles import Body
from pipeline.ingest.pdf_text import clean, count_words
from pipeline.limits import PDF_OUTLINE_ENTRIES
from pipeline.model import BlockKind

OUTLINE_DEPTH = 16
"""Levels of an outline that are followed."""
CHAPTER_WORDS = 100
"""Words between headings, on average, that make chapters of them; twice that for bold ones of body size."""
EMPTY_PAGES = 50
"""Pages without text that may lie between a bookmark's target and its chapter."""
_TITLE_LINES = 5


@dataclass(frozen=True, slots=True)
class Entry:
    """One bookmark of the outline."""

    title: str
    level: int
    """From 1."""
    page: int
    """From 1."""
    top: float | None
    """Points from the page's lower edge; None: the whole page."""


@dataclass(frozen=True, slots=True)
class Start:
    """A chapter's beginning."""

    line: int
    """Index of its first line."""
    title: str
    level: int
    heading: range
    """Indices of the lines that show its title; empty when none does."""


def read_outline(document: Any) -> tuple[list[Entry], list[str]]:
    """Return the bookmarks of ``document`` (a ``pypdfium2.PdfDocument``) in order, and doubts."""
    import pypdfium2.raw as raw

    logging.getLogger("pypdfium2").setLevel(logging.ERROR)  # circles are its warnings; they end by themselves
    entries: list[Entry] = []
    lost = seen = 0
    doubts: list[str] = []
    pages = len(document)
    try:
        for bookmark in document.get_toc(max_depth=OUTLINE_DEPTH):
            seen += 1
            if seen > PDF_OUTLINE_ENTRIES:
                doubts.append(
                    f"The outline has more than {PDF_OUTLINE_ENTRIES} entries; the rest was left out."
                )
                break
            title = clean(bookmark.get_title() or "")
            target = bookmark.get_dest()
            index = target.get_index() if target else None
            if not title or index is None or index >= pages:
                lost += 1
                continue
            mode, place = target.get_view()
            top = None
            if mode == raw.PDFDEST_VIEW_XYZ and len(place) > 1:
                top = place[1] or None
            elif mode in (raw.PDFDEST_VIEW_FITH, raw.PDFDEST_VIEW_FITBH) and place:
                top = place[0] or None
            entries.append(Entry(title, bookmark.level + 1, index + 1, top))
    except (ValueError, OSError, RuntimeError) as error:
        doubts.append(f"The outline could only be read in part ({error}).")
    if lost:
        doubts.append(f"{lost} of the outline's {seen} entries point nowhere and were left out.")
    return entries, doubts


def starts_of_entries(entries: list[Entry], lines: list[Line], body: Body) -> list[Start]:
    """Find the line at which each entry's chapter begins; entries behind the last line are left out."""
    first_of_page: dict[int, int] = {}
    for index, line in enumerate(lines):
        first_of_page.setdefault(line.page, index)
    starts: list[Start] = []
    for entry in entries:
        start = _start_of(entry, lines, first_of_page, body)
        if start is not None:
            starts.append(start)
    if starts:
        starts += _unlisted(starts, lines, body)
    return sorted(starts, key=lambda start: start.line)


def _unlisted(starts: list[Start], lines: list[Line], body: Body) -> list[Start]:
    """An index or bibliography behind the last chapter that the outline forgets."""
    after = max(start.line for start in starts) + 1
    return [
        Start(index, clean(line.text), 1, range(index, index + 1))
        for index, line in enumerate(lines[after:], after)
        if _is_heading_like(line, body) and kind_of_title(unnumbered(line.text)) in (INDEX, BIBLIOGRAPHY)
    ]


def _start_of(entry: Entry, lines: list[Line], first_of_page: dict[int, int], body: Body) -> Start | None:
    page = next((page for page in range(entry.page, entry.page + EMPTY_PAGES) if page in first_of_page), None)
    if page is None:
        return None
    begin = first_of_page[page]
    end = begin
    while end < len(lines) and lines[end].page == lines[begin].page:
        end += 1
    place = begin
    if entry.top is not None and lines[begin].page == entry.page:
        place = next((i for i in range(begin, end) if lines[i].base <= entry.top + 2), end)
    shown = (
        _find_title(entry.title, lines, range(place, end))
        or _find_title(entry.title, lines, range(begin, place))
        or (_find_title(entry.title, lines, range(end, min(end + 8, len(lines)))) if place == end else None)
    )
    if shown is None:
        return Start(place, entry.title, entry.level, range(0)) if place < len(lines) else None
    first = shown.start
    # "Chapter two" above the title belongs to it; so does whatever heading stands between.
    while first > max(place, begin) and _is_heading_like(lines[first - 1], body):
        first -= 1
    return Start(first, entry.title, entry.level, shown)


def _is_heading_like(line: Line, body: Body) -> bool:
    return not line.role and (line.size >= HEADING_SCALE * body.size or (line.bold and not body.bold))


def _squeeze(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())


def _find_title(title: str, lines: list[Line], where: range) -> range | None:
    """Find the lines among ``where`` that show ``title``, with or without a number in front of it."""
    whole = _squeeze(title)
    bare = _squeeze(unnumbered(title))
    if not bare:
        return None
    for first in where:
        shown = ""
        if lines[first].role:
            continue
        for last in range(first, min(first + _TITLE_LINES, where.stop)):
            if lines[last].role:
                break
            shown += _squeeze(lines[last].text.rstrip("-") if last > first else lines[last].text)
            if shown in (whole, bare) or (
                shown.endswith(bare) and len(shown) - len(bare) <= 12 and first == last
            ):
                return range(first, last + 1)
            if len(shown) > len(whole) + 12:
                break
            if len(shown) - len(bare) > 0 and shown.endswith(bare) and _is_number(shown[: -len(bare)]):
                return range(first, last + 1)
    return None


def _is_number(text: str) -> bool:
    return (
        text.isdigit() or all(char in "ivxlcdm" for char in text) or (len(text) <= 4 and text[1:].isdigit())
    )


def tiers_of(drafts: list[Draft], body: Body) -> dict[int, int]:
    """Rank the headings: the index of each heading's draft -> its tier, from 1 for the largest."""
    headings = {i: draft for i, draft in enumerate(drafts) if draft.kind is BlockKind.HEADING}
    sizes = sorted({_tier_size(draft, body) for draft in headings.values()}, reverse=True)
    rank = {size: tier for tier, size in enumerate(sizes, 1)}
    return {i: rank[_tier_size(draft, body)] for i, draft in headings.items()}


def _tier_size(draft: Draft, body: Body) -> float:
    return max(round(draft.size * 2) / 2, round(body.size * 2) / 2)


def chapters_of_headings(drafts: list[Draft], tiers: dict[int, int], body: Body) -> list[tuple[int, str]]:
    """Choose the headings that chapters begin with: draft index and title; empty when none will do."""
    words = sum(count_words(draft.text) for draft in drafts if not draft.role)
    counts = Counter(tiers.values())
    for tier in sorted(counts):
        chosen = _merged([i for i in sorted(tiers) if tiers[i] <= tier], drafts)
        own = [i for i in tiers if tiers[i] == tier]
        if len(chosen) < 2 or (tier == 1 and len(own) < 2):
            continue
        bold_only = all(drafts[i].size < 1.05 * body.size for i in own)
        if len(chosen) < 3 and (bold_only or words < 2000):
            continue
        return chosen if words / len(chosen) >= CHAPTER_WORDS * (2 if bold_only else 1) else []
    return []


def _merged(indices: list[int], drafts: list[Draft]) -> list[tuple[int, str]]:
    """Headings that follow each other directly are one: "Chapter 1" and its title."""
    merged: list[tuple[int, str]] = []
    previous = -2
    for index in indices:
        title = clean(drafts[index].text)
        near = index == previous + 1 and drafts[index].lines[0].page == drafts[previous].lines[-1].page
        if near and len(merged[-1][1]) + len(title) < 150:
            merged[-1] = (merged[-1][0], f"{merged[-1][1]} {title}")
        else:
            merged.append((index, title))
        previous = index
    return merged


def same_title(one: str, other: str) -> bool:
    """Tell whether two titles say the same, numbers and punctuation apart."""
    return plain_title(unnumbered(one)) == plain_title(unnumbered(other))
