"""What is in doubt in a production: chunks that were given up, and takes that the checks are not sure of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.model import PreparedTake
from pipeline.serial import load
from storage.rows import Artifact, ChapterRow, ChunkRow
from storage.store import Store
from tasks.shelf import read_script

_NONE = '"doubts":[]'
"""As it stands in a take without a doubt: most are, and need not be parsed to know it."""


def doubts_of(store: Store, production_id: str, chapters: Sequence[ChapterRow]) -> Iterator[str]:
    """Every chunk that was not spoken as planned, with its place and all its words."""
    for chapter in chapters:
        script = read_script(store, chapter.script_key)
        yield from (f'Chapter "{chapter.title}": {doubt}' for doubt in script.doubts)
        for row, take in _rows(store, production_id, chapter.index):
            if row.state == "failed":
                said: tuple[str, ...] = (row.error or "not spoken",)
            else:
                said = load(PreparedTake, take.detail).doubts if take and _NONE not in take.detail else ()
            if said:
                words = " ".join(script.chunks[row.index].text.split())
                yield from (f'Chapter "{chapter.title}", "{words}": {what}' for what in said)


def doubtful_takes(store: Store, production_id: str) -> Iterator[str]:
    """The keys of the takes that have a doubt."""
    for chapter in store.catalog.chapters(production_id):
        for row, take in _rows(store, production_id, chapter.index):
            if take and _NONE not in take.detail:
                yield row.take_key


def _rows(store: Store, production_id: str, chapter: int) -> Iterator[tuple[ChunkRow, Artifact | None]]:
    rows = store.catalog.chunks(production_id, chapter)
    takes = store.catalog.artifacts([row.take_key for row in rows if row.state == "done"])
    yield from ((row, takes.get(row.take_key)) for row in rows)
