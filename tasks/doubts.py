"""What is in doubt in a production: chunks that were given up, and takes that the checks are not sure of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter

from pipeline.model import Chunk, Doubt, PreparedTake, join_words
from pipeline.serial import load
from storage.rows import Artifact, ChapterRow, ChunkRow
from storage.store import Store
from tasks.shelf import read_script

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


def doubts_of(store: Store, production_id: str, chapters: Sequence[ChapterRow]) -> Iterator[Reported]:
    """Every doubt about the chapters, with its place and all its words, in reading order."""
    for chapter in chapters:
        script = read_script(store, chapter.script_key)
        yield from (Reported("lexicon", doubt, chapter.title) for doubt in script.doubts)
        before = 0
        for row, take in rows_and_takes(store, production_id, chapter.index):
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


def mended_of(store: Store, production_id: str, chapters: Sequence[ChapterRow]) -> Iterator[Reported]:
    """What the checks found in renditions that were not kept, in reading order: it is not in the book."""
    yield from _beside(store, production_id, chapters, _MENDED, attrgetter("mended"))


def accepted_of(store: Store, production_id: str, chapters: Sequence[ChapterRow]) -> Iterator[Reported]:
    """Doubts that somebody listened to and found to be none, in reading order."""
    yield from _beside(store, production_id, chapters, _ACCEPTED, attrgetter("accepted"))


def _beside(
    store: Store,
    production_id: str,
    chapters: Sequence[ChapterRow],
    mark: str,
    wanted: Callable[[PreparedTake], tuple[Doubt, ...]],
) -> Iterator[Reported]:
    """What takes have beside their doubts; ``mark`` is in the detail of those that have any."""
    for chapter in chapters:
        kept = [(row, take) for row, take in rows_and_takes(store, production_id, chapter.index) if take]
        found = [(row, take) for row, take in kept if mark in take.detail]
        script = read_script(store, chapter.script_key) if found else None
        for row, take in found:
            text = " ".join(script.chunks[row.index].text.split()) if script else ""
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
