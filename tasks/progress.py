"""How far a production is, read from the catalog: what every screen and ``--json`` shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from storage.rows import Made, Production, ProductionState

if TYPE_CHECKING:
    from storage.catalog import Catalog

FINISHED = (ProductionState.DONE, ProductionState.DONE_WITH_DOUBTS)
"""States in which there is an edition."""


@dataclass(frozen=True, slots=True)
class Progress:
    """One look at a production."""

    id: str
    source: str
    title: str
    state: ProductionState
    chapters: int
    chapters_done: int
    chunks: int
    chunks_done: int
    chunks_failed: int
    characters: int
    characters_done: int
    audio_seconds: float
    """Of the finished edition; before it is finished, of the takes made so far, also in earlier runs."""
    doubts: int
    error: str
    edition_folder: str
    shared: bool = False
    """Made by the workers of the shared broker."""
    notice: str = ""
    """What it waits for, as a sentence."""

    @property
    def share(self) -> float:
        """0 to 1: of the speaking, by characters."""
        return self.characters_done / self.characters if self.characters else 0.0


def progress(catalog: Catalog, production: Production) -> Progress:
    """Look at a production as it stands now."""
    return progress_of(catalog, [production])[0]


def progress_of(catalog: Catalog, productions: Sequence[Production]) -> list[Progress]:
    """Look at many at once."""
    made = catalog.made_of([production.id for production in productions])
    return [_progress(production, made[production.id]) for production in productions]


def _progress(production: Production, plan: Made) -> Progress:
    return Progress(
        id=production.id,
        source=production.source,
        title=production.title,
        state=production.state,
        chapters=plan.chapters,
        chapters_done=plan.chapters_mastered,
        chunks=plan.chunks,
        chunks_done=plan.done,
        chunks_failed=plan.failed,
        characters=plan.characters,
        characters_done=plan.characters_done,
        audio_seconds=production.audio_seconds if production.state in FINISHED else plan.audio_seconds,
        doubts=production.doubts,
        error=production.error,
        edition_folder=production.edition_folder,
        shared=production.shared,
        notice="" if production.state.final else production.notice,
    )
