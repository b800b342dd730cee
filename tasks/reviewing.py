"""Going through what is in doubt: which chunks these are, and what somebody who listened says of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.errors import ProductionBusy
from pipeline.model import Chunk, Doubt, PreparedTake
from pipeline.script.lexicon import Entry
from pipeline.serial import dump, load
from storage.rows import ChapterRow, ChunkRow, Production
from tasks.context import Context
from tasks.doubts import NOT_SPOKEN
from tasks.holds import held
from tasks.lexicons import keep_lexicon, kept_lexicon
from tasks.remarks import Remark, accepted
from tasks.shelf import read_script
from tasks.submission import under_way


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A chunk in doubt."""

    chapter: ChapterRow
    row: ChunkRow
    chunk: Chunk
    doubts: tuple[Doubt, ...]
    audio: Path | None
    """Its take as WAV; None where nobody could speak it."""

    @property
    def spoken(self) -> bool:
        """Whether there is a take that can be accepted."""
        return self.audio is not None

    @property
    def places(self) -> frozenset[int]:
        """Which of its words are in doubt."""
        count = len(self.chunk.words)
        spans = [doubt.words or (0, count) for doubt in self.doubts]
        return frozenset(place for first, after in spans for place in range(first, min(after, count)))


def doubtful_chunks(context: Context, production: Production) -> Iterator[Doubtful]:
    """The chunks in doubt, in reading order, as things are now; those that are said twice are listed once."""
    store, seen = context.store, set()
    for chapter in store.catalog.chapters(production.id):
        script = read_script(store, chapter.script_key)
        for row in store.catalog.chunks(production.id, chapter.index):
            if row.take_key in seen:
                continue
            seen.add(row.take_key)
            chunk = script.chunks[row.index]
            if row.state == "failed":
                doubt = Doubt(NOT_SPOKEN, row.error or "It was not spoken.")
                yield Doubtful(chapter, row, chunk, (doubt,), None)
            elif kept := store.recall(row.take_key) if row.state == "done" else None:
                doubts = load(PreparedTake, kept.detail).doubts
                if doubts:
                    yield Doubtful(chapter, row, chunk, doubts, store.blobs.local_path(kept.digest))


def accept(context: Context, production: Production, row: ChunkRow) -> None:
    """A take is as it should be: its doubts are none, here and wherever the very same take is used.

    Raises ``ProductionBusy``.
    """
    refuse_while_busy(production)
    with held(context, production.id):
        kept = context.store.recall(row.take_key)
        if kept is None:
            return
        take = load(PreparedTake, kept.detail)
        settled = replace(take, doubts=(), accepted=(*take.accepted, *take.doubts))
        context.store.put_in_place(replace(kept, detail=dump(settled).decode()))
        context.store.catalog.update(production.id, edition_key="")  # its edition says otherwise


def accept_remark(context: Context, production: Production, remark: Remark) -> None:
    """What is said of the book as a whole is no doubt, in this production. Raises ``ProductionBusy``."""
    refuse_while_busy(production)
    with held(context, production.id):
        accepted(context, production, [remark])
        context.store.catalog.update(production.id, edition_key="")


def say_otherwise(context: Context, production: Production, entries: Sequence[Entry]) -> Production:
    """Put entries over the lexicon that the production has. Raises ``ProductionBusy``."""
    refuse_while_busy(production)
    with held(context, production.id):
        own = [entry for entry in kept_lexicon(context, production).entries if entry not in _built_in()]
        key = keep_lexicon(context, [*own, *entries])
        context.store.catalog.set_needs(production.id, [key], replace=False)
        settings = replace(production.settings, lexicon=key)
        context.store.catalog.update(production.id, settings=settings, edition_key="")
    return context.store.catalog.get(production.id)


def refuse_while_busy(production: Production) -> None:
    """Raise ``ProductionBusy`` when the shared workers have it."""
    if under_way(production):
        raise ProductionBusy(
            f"The workers are making {production.id}: 'voxpress follow {production.id}' waits for its end."
        )


def _built_in() -> tuple[Entry, ...]:
    from pipeline.script.lexicon.files import homographs

    return homographs()
