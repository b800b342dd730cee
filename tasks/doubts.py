"""What is in doubt in a production: chunks that were given up, and takes that the checks are not sure of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter

from pipeline.model import ChapterScript, Chunk, Doubt, PreparedTake, join_words
from pipeline.serial import load
from storage.rows import Artifact, ChapterRow, ChunkRow
from storage.store import Store
from tasks.shelf import is_sure, read_script

_NONE = '"doubts":[]'
"""As it stands in a take without a doubt: most are, and need not be parsed to know it."""
_MENDED = '"mended":[{'
_ACCEPTED = '"accepted":[{'
NOT_SPOKEN = "not-spoken"
"""The fault of a chunk that was given up."""


@dataclass(frozen=True, slots=True)
class Reported:
    """A doubt and what it is about."""

    fault: str
    said: str
    """A sentence."""
    chapter: str = ""
    """Its title; empty for what is true of the whole book."""
    text: str = ""
    """The display words in doubt; empty where it is not about words."""
    place: tuple[int, int, int] | None = None
    """Index of the chapter, of the first of those words in it, and of the one after the last."""
    row: ChunkRow | None = None
    """The chunk that these words are in."""

    @property
    def sentence(self) -> str:
        """All of it in one sentence."""
        where = f'Chapter "{self.chapter}"' if self.chapter else ""
        where += f', "{self.text}"' if self.text else ""
        return f"{where}: {self.said}" if where else self.said


_Kept = Sequence[tuple[ChunkRow, Artifact | None]]
"""The chunks of a chapter in order, each with its take."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What the checks said of chapters, in reading order."""

    doubts: list[Reported]
    """Every doubt with its place and all its words."""
    mended: list[Reported]
    """What they found in renditions that were not kept: it is not in the book."""
    accepted: list[Reported]
    """Doubts that somebody listened to and found to be none."""


def judged(store: Store, production_id: str, chapters: Sequence[ChapterRow]) -> Judged:
    """All of it; a chapter is in memory at a time. Raises ``BlobMissing``."""
    found = Judged([], [], [])
    for chapter in chapters:
        kept = list(rows_and_takes(store, production_id, chapter.index))
        if all(_is_clean(row, take) for row, take in kept) and is_sure(store, chapter.script_key):
            continue
        script = read_script(store, chapter.script_key)
        found.doubts.extend(_doubts_in(chapter, script, kept))
        found.mended.extend(_beside(chapter, script, kept, _MENDED, attrgetter("mended")))
        found.accepted.extend(_beside(chapter, script, kept, _ACCEPTED, attrgetter("accepted")))
    return found


def _is_clean(row: ChunkRow, take: Artifact | None) -> bool:
    """Whether nothing was said of a chunk."""
    marks = (_MENDED, _ACCEPTED)
    return not _said(row, take) and not (take and any(mark in take.detail for mark in marks))


def _doubts_in(chapter: ChapterRow, script: ChapterScript, kept: _Kept) -> Iterator[Reported]:
    yield from (Reported("lexicon", doubt, chapter.title) for doubt in script.doubts)
    before = 0
    for row, take in kept:
        chunk = script.chunks[row.index]
        for doubt in _said(row, take):
            first, after = doubt.words or (0, len(chunk.words))
            yield Reported(
                doubt.fault,
                doubt.text,
                chapter.title,
                text_in_doubt(chunk, doubt),
                (chapter.index, before + first, before + after),
                row,
            )
        before += len(chunk.words)


def _beside(
    chapter: ChapterRow,
    script: ChapterScript,
    kept: _Kept,
    mark: str,
    wanted: Callable[[PreparedTake], tuple[Doubt, ...]],
) -> Iterator[Reported]:
    """What takes have beside their doubts; ``mark`` is in the detail of those that have any."""
    for row, take in kept:
        if take and mark in take.detail:
            text = " ".join(script.chunks[row.index].text.split())
            for fault in wanted(load(PreparedTake, take.detail)):
                yield Reported(fault.fault, fault.text, chapter.title, text)


def text_in_doubt(chunk: Chunk, doubt: Doubt) -> str:
    """The display words that a doubt is about."""
    first, after = doubt.words or (0, len(chunk.words))
    return " ".join(join_words(chunk.words[first:after]).split())


def doubtful_takes(store: Store, production_id: str) -> Iterator[str]:
    """The keys of the takes that have a doubt."""
    for chapter in store.catalog.chapters(production_id):
        for row, take in rows_and_takes(store, production_id, chapter.index):
            if take and _NONE not in take.detail:
                yield row.take_key


def in_doubt(take: Artifact | None) -> list[list[int]] | None:
    """Which words of a take are in doubt, as runs of places: none, or ``None`` for all of them."""
    if take is None:
        return None
    spans = [doubt.words for doubt in _doubts(take)]
    return None if None in spans else sorted({span: list(span) for span in spans if span}.values())


def _said(row: ChunkRow, take: Artifact | None) -> tuple[Doubt, ...]:
    if row.state == "failed":
        return (Doubt(NOT_SPOKEN, row.error or "It was not spoken."),)
    return _doubts(take) if take else ()


def _doubts(take: Artifact) -> tuple[Doubt, ...]:
    return () if _NONE in take.detail else load(PreparedTake, take.detail).doubts


def rows_and_takes(
    store: Store, production_id: str, chapter: int
) -> Iterator[tuple[ChunkRow, Artifact | None]]:
    """The chunks of a chapter in order, each with its take; None where there is none (yet)."""
    rows = store.catalog.chunks(production_id, chapter)
    takes = store.catalog.artifacts([row.take_key for row in rows if row.state == "done"])
    yield from ((row, takes.get(row.take_key)) for row in rows)
