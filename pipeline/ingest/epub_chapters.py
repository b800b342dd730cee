"""From segments of text to chapters: one for each entry of the table of contents that has text of its own.

* Documents that no entry points at go on with the chapter before them. Where there is none, because they
  come before the first entry or after a cover, they open the next chapter; one with a heading of its own
  becomes a chapter under it.
* An entry whose text is skipped (a copyright page, an index), or that has none (a line that leads nowhere,
  a part that begins where its first chapter does), has no chapter.
* Without a table of contents the headings make the chapters.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from pipeline.ingest import epub_matter as matters
from pipeline.ingest.blocks_kinds import INCLUDE_NAME
from pipeline.ingest.blocks_text import SkipLog
from pipeline.ingest.epub_notes import at_the_end
from pipeline.ingest.epub_text import Segment
from pipeline.ingest.text_headings import level_of
from pipeline.model import Block, BlockKind, Chapter, Matter
from pipeline.settings import ReadingSettings

_TITLE_LINES = 3
"""Paragraphs that a title may be written in: "Chapter 1", "The Quay"."""
_GOES_ON = frozenset({"index", "bibliography", "note", "licence"})
"""Parts at the end of a book that often run over several files; the files after a cover are the book's."""


@dataclass(slots=True)
class _Open:
    """A chapter that is still being gathered."""

    title: str
    level: int
    matter: Matter
    blocks: list[Block] = field(default_factory=list)


@dataclass(slots=True)
class ChapterBuilder:
    """Takes segments in reading order, gives chapters."""

    options: ReadingSettings
    log: SkipLog
    landmarks: dict[str, str] = field(default_factory=dict)
    """For each document that a landmark names, the kind under which it would be skipped."""
    _chapters: list[_Open] = field(default_factory=list)
    _pending: list[Segment] = field(default_factory=list)
    _current: _Open | None = None
    _skipping: tuple[str, int] | None = None
    """Kind and level of the entry that is being skipped."""

    def add(self, segment: Segment, matter: Matter | None = None) -> None:
        """Take the next segment; ``matter`` is what its place in the book says."""
        kind = self._kind(segment)
        if segment.entry is None:
            self._go_on(segment, kind, matter)
            return
        if kind:
            self._skip(segment, kind)
            self._current, self._skipping = None, (kind, segment.entry.level)
            return
        self._skipping = None
        self._settle_pending(attach=segment)
        title = segment.entry.title or segment.heading
        self._current = _Open(title, segment.entry.level, _matter(segment, title, matter))
        self._current.blocks += [b for s in self._pending for b in s.blocks]
        self._current.blocks += _titled(segment.blocks, title, segment.entry.level)
        self._pending = []
        self._chapters.append(self._current)

    def chapters(self) -> tuple[Chapter, ...]:
        """All chapters that have something to narrate."""
        self._settle_pending(attach=None)
        kept = [chapter for chapter in self._chapters if chapter.blocks]
        if self.options.notes == "end-of-chapter":
            for chapter in kept:
                chapter.blocks = at_the_end(chapter.blocks)
        return tuple(
            Chapter(index, c.title, c.level, tuple(c.blocks), c.matter) for index, c in enumerate(kept)
        )

    def _go_on(self, segment: Segment, kind: str, matter: Matter | None) -> None:
        if kind:
            self._skip(segment, kind)
        elif self._skipping and self._skipping[0] in _GOES_ON and not segment.heading:
            self._skip(segment, self._skipping[0])
        elif self._current is not None:
            self._current.blocks += segment.blocks
        elif segment.blocks:
            self._pending.append(segment)

    def _settle_pending(self, attach: Segment | None) -> None:
        """Make chapters of the waiting documents that have a heading; the rest stays for the next chapter."""
        waiting, self._pending = self._pending, []
        for segment in waiting:
            own = segment.heading and (attach is None or segment.href != attach.href)
            if own or attach is None:
                opened = _Open(segment.heading, 1, _matter(segment, segment.heading, None))
                opened.blocks += segment.blocks
                self._chapters.append(opened)
            else:
                self._pending.append(segment)

    def _skip(self, segment: Segment, kind: str) -> None:
        if segment.blocks:
            # The heading over notes that are left out is no further note.
            is_one = kind != "note" or bool(matters.without_titles(kind, segment.blocks))
            self.log.add(kind, segment.words, int(is_one))

    def _kind(self, segment: Segment) -> str:
        """The kind under which a segment is skipped; empty when it is narrated."""
        for kind in self._candidates(segment):
            if not kind or INCLUDE_NAME.get(kind, kind) in self.options.include:
                continue
            if matters.looks_like(kind, segment.blocks, segment.words):
                return kind
        return ""

    def _candidates(self, segment: Segment) -> Iterable[str]:
        semantic = [matters.SKIPPED_TYPES[t] for t in segment.types if t in matters.SKIPPED_TYPES]
        if semantic and not segment.blocks:
            yield semantic[0]
        if any(t in matters.NARRATED_TYPES for t in segment.types):
            return
        entry = segment.entry
        if entry is not None:
            yield matters.kind_of_title(entry.title)
            if (kind := matters.kind_of_title(matters.unnumbered(entry.title))) in {"bibliography", "index"}:
                yield kind  # "7 References"
            if self._skipping and entry.level > self._skipping[1]:
                yield self._skipping[0]
        if segment.opens_document:
            yield self.landmarks.get(segment.href, "")
        if segment.whole_document:
            yield matters.kind_of_file(segment.href)
            if matters.is_legal_page(segment.blocks, segment.words):
                yield "copyright"


def chapters_of_headings(segments: Sequence[Segment], title: str) -> list[Segment]:
    """Segments of a book without table of contents, cut at its headings, each under an entry made for it.

    The level cut at is the highest that occurs more than once. A document without such a heading goes on
    with the chapter before it; when there are no headings at all every document is a chapter, numbered.
    """
    from pipeline.ingest.epub_toc import Entry

    if not any(b.kind is BlockKind.HEADING for s in segments for b in s.blocks):
        segments = [_with_headings_in_words(segment) for segment in segments]
    levels = Counter(b.level for s in segments for b in s.blocks if b.kind is BlockKind.HEADING)
    repeated = [level for level, count in sorted(levels.items()) if count > 1]
    cut = repeated[0] if repeated else min(levels, default=0)
    found: list[Segment] = []
    for number, segment in enumerate((s for s in segments if s.blocks), 1):
        runs = _runs(segment.blocks, cut)
        for at, run in enumerate(runs):
            heading = run[0].text if run[0].kind is BlockKind.HEADING and run[0].level <= cut else ""
            if not heading and not levels and len(segments) > 1:
                heading = str(number)
            if not heading and not found:
                heading = title
            entry = Entry(heading, 1, segment.href) if heading else None
            whole = len(runs) == 1
            found.append(
                replace(segment, entry=entry, blocks=run, opens_document=at == 0, whole_document=whole)
            )
    return found


def is_numbered_heading(block: Block) -> bool:
    """True for a heading, or a paragraph of its own, that says "Chapter 4" in some language."""
    return block.kind in {BlockKind.HEADING, BlockKind.PARAGRAPH} and level_of(block.text) > 0


def _with_headings_in_words(segment: Segment) -> Segment:
    """Paragraphs that say "Chapter 4", or bear the title of a known part, made headings."""
    blocks = []
    for block in segment.blocks:
        level = 0
        if block.kind is BlockKind.PARAGRAPH:
            level = level_of(block.text) or (2 if matters.kind_of_title(block.text) else 0)
        blocks.append(replace(block, kind=BlockKind.HEADING, level=level) if level else block)
    return replace(segment, blocks=tuple(blocks))


def _runs(blocks: Sequence[Block], cut: int) -> list[tuple[Block, ...]]:
    runs: list[list[Block]] = [[]]
    for block in blocks:
        begins = block.kind is BlockKind.HEADING and block.level <= cut
        # Headings that follow each other ("Chapter I", "The Shore") are one chapter's.
        if begins and any(b.kind is not BlockKind.HEADING for b in runs[-1]):
            runs.append([])
        runs[-1].append(block)
    return [tuple(run) for run in runs if run]


def _titled(blocks: Sequence[Block], title: str, level: int) -> list[Block]:
    """The blocks with the first ones made headings when they are the chapter's title in plain paragraphs."""
    wanted = matters.plain_title(title)
    for count in range(1, _TITLE_LINES + 1):
        lines = blocks[:count]
        if any(block.kind is not BlockKind.PARAGRAPH for block in lines):
            break
        if wanted and matters.plain_title(" ".join(block.text for block in lines)) == wanted:
            made = [replace(block, kind=BlockKind.HEADING, level=min(6, level)) for block in lines]
            return [*made, *blocks[count:]]
    return list(blocks)


def _matter(segment: Segment, title: str, place: Matter | None) -> Matter:
    return matters.matter_of_types(segment.types) or matters.matter_of_title(title) or place or Matter.BODY


__all__ = ["ChapterBuilder", "chapters_of_headings"]
