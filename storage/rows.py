"""What the catalog answers with: plain frozen values, never live database rows.

Times are UTC. Cheap to import: nothing here knows the database.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum

from pipeline.settings import ProductionSettings


class ProductionState(StrEnum):
    """How far a production is."""

    QUEUED = "queued"
    """It waits for a worker."""
    INGESTING = "ingesting"
    """The source is being read into a book."""
    SCRIPTING = "scripting"
    """The book is being turned into a reading plan."""
    SPEAKING = "speaking"
    """Chunks are being spoken, and chapters mastered as they become complete."""
    PUBLISHING = "publishing"
    """The edition's files are being written."""
    DONE = "done"
    """The edition is there and nothing in it is in doubt."""
    DONE_WITH_DOUBTS = "done_with_doubts"
    """The edition is there; its report names the words that are in doubt."""
    FAILED = "failed"
    """There is no edition; the error says why. A retry continues where it stopped."""
    CANCELLED = "cancelled"
    """Somebody asked for it to stop. Submitting it again continues where it stopped."""

    @property
    def final(self) -> bool:
        """True when nothing more happens by itself."""
        return self in _FINAL

    @property
    def label(self) -> str:
        """The state as people read it: ``done with doubts``."""
        return self.value.replace("_", " ")


_FINAL = frozenset(
    {
        ProductionState.DONE,
        ProductionState.DONE_WITH_DOUBTS,
        ProductionState.FAILED,
        ProductionState.CANCELLED,
    }
)


class Priority(IntEnum):
    """Which production goes first; the numbers are Redis' lists of a queue (0 is served first)."""

    NOW = 0
    NORMAL = 3
    IDLE = 9


class ChunkState(StrEnum):
    """How far a chunk is."""

    PLANNED = "planned"
    """Not spoken yet."""
    SPOKEN = "spoken"
    """Its take is kept, and waits for somebody to listen to it; only in productions that have ``ears``."""
    DONE = "done"
    """Its take is kept, and nothing more happens to it."""
    FAILED = "failed"
    """Given up after its last attempt; it ends as a doubt."""


KEPT = (ChunkState.DONE, ChunkState.SPOKEN)
"""States of chunks whose take is kept."""


@dataclass(frozen=True, slots=True)
class Production:
    """One job: a source and settings, from ingest to edition."""

    id: str
    source: str
    """Absolute path, or address."""
    output: str
    """Absolute path of the folder that editions are put into."""
    settings: ProductionSettings
    state: ProductionState
    created_at: datetime
    updated_at: datetime
    finished_at: datetime | None = None
    title: str = ""
    author: str = ""
    language: str = ""
    voice: str = ""
    error_kind: str = ""
    """Class name of the error (``VoxpressError.kind``); empty without one."""
    error: str = ""
    cancel_requested: bool = False
    source_sha256: str = ""
    source_kind: str = ""
    book_key: str = ""
    edition_key: str = ""
    edition_folder: str = ""
    shared: bool = False
    """Worked on by the workers of the shared broker, not by the command that asked for it."""
    priority: int = 3
    """As ``Priority``: what is smaller goes first."""
    started: bool = False
    """Its tasks were put on the shared broker in this run; until then it waits in the catalog."""
    source_key: str = ""
    """Key of the copy of the source that every host can read; empty when only its path counts."""
    notice: str = ""
    """What it waits for, as a sentence; empty while nothing is amiss."""
    planned: str = ""
    """The voices it was planned with (JSON: ``pipeline.speech.offers``); empty before, and in old productions."""
    ears: str = ""
    """How strictly its takes are listened to (``normal``, ``strict``); empty: not at all."""
    doubts: int = 0
    words: int = 0
    characters: int = 0
    chunks: int = 0
    chapters: int = 0
    estimated_seconds: float = 0.0
    audio_seconds: float = 0.0
    """Duration of the edition."""
    stage_seconds: Mapping[str, float] = field(default_factory=dict)
    """Seconds of work by stage."""


@dataclass(frozen=True, slots=True)
class ChunkPlan:
    """A chunk as it is handed to ``Catalog.commit_plan``; its index is its place in the chapter."""

    take_key: str
    engine: str
    voice: str
    characters: int


@dataclass(frozen=True, slots=True)
class ChapterPlan:
    """A chapter as it is handed to ``Catalog.commit_plan``; ``chunks`` is iterated once."""

    index: int
    title: str
    level: int
    script_key: str
    words: int
    chunks: Iterable[ChunkPlan]


@dataclass(frozen=True, slots=True)
class ChapterRow:
    """A planned chapter."""

    index: int
    title: str
    level: int
    script_key: str
    words: int
    chunks: int
    characters: int


@dataclass(frozen=True, slots=True)
class ChunkRow:
    """A planned chunk and how far it is."""

    chapter: int
    index: int
    take_key: str
    engine: str
    voice: str
    characters: int
    state: ChunkState
    attempts: int
    error: str
    step: str = ""
    """How it is to be spoken after ears refused it; empty: as planned."""


@dataclass(frozen=True, slots=True)
class WorkerRow:
    """A worker that reported itself."""

    name: str
    host: str
    pid: int
    queues: tuple[str, ...]
    engines: Mapping[str, tuple[str, ...]]
    """Languages by engine, as it declares them (``EngineFacts.languages``)."""
    gpu: str
    """Names of its GPUs, comma-separated; empty without one."""
    slots: int
    """Tasks that it works on at the same time."""
    version: str
    started_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class OfferRow:
    """What an engine's workers can speak."""

    engine: str
    digest: str
    """SHA-256 of ``voices``, hex: all workers that offer the same have one row."""
    place: str
    """Name of the worker that said so last."""
    version: str
    """Of its Voxpress."""
    voices: str
    """JSON: ``pipeline.speech.offers``."""
    seen_at: datetime
    """When it was said last."""
    alive: bool = False
    """Whether that was so lately that the worker must still be there."""

    @property
    def host(self) -> str:
        """Where that worker runs."""
        return self.place.partition("@")[2] or self.place


class IntakeState(StrEnum):
    """How far something from a drop folder is."""

    TAKEN = "taken"
    """In the ledger: its production is under way, or about to be submitted."""
    DONE = "done"
    """Its edition is there."""
    FAILED = "failed"
    """Given up; dropping it again tries again."""
    DUPLICATE = "duplicate"
    """The same was taken before, from another inbox or under another name."""

    @property
    def final(self) -> bool:
        """True when nothing more happens by itself."""
        return self is not IntakeState.TAKEN


@dataclass(frozen=True, slots=True)
class IntakeRow:
    """What was found in a drop folder; the columns are told in ``storage.tables``."""

    id: int
    inbox: str
    folder: str
    path: str
    place: str
    mark: str
    digest: str
    work: str | None
    source: str
    parent: int | None
    links: int
    size: int
    state: IntakeState
    attempts: int
    production_id: str
    edition_folder: str
    error: str
    notice: str
    settled: bool
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Event:
    """A line of a production's log."""

    production_id: str
    at: datetime
    level: str
    """``info``, ``warning`` or ``error``."""
    stage: str
    chapter: int | None
    worker: str
    message: str
    id: int = 0
    """What is newer has a higher one; 0 until it is kept."""


@dataclass(frozen=True, slots=True)
class Made:
    """How far a production is, in one row: what screens poll."""

    chapters: int = 0
    chapters_mastered: int = 0
    """In every codec that any chapter is mastered in."""
    chunks: int = 0
    done: int = 0
    failed: int = 0
    characters: int = 0
    characters_done: int = 0
    audio_seconds: float = 0.0
    """Of the takes that are done."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """A stage's result: which blob holds it."""

    key: str
    """Hash of the stage, its version and its inputs (``pipeline.serial.key_of``)."""
    stage: str
    digest: str
    """SHA-256 of the blob, hex."""
    size: int
    """Bytes of the blob."""
    detail: str = ""
    """JSON of the stage's own (a ``PreparedTake``, an ``EncodedChapter`` ...); may be empty."""
    seconds: float = 0.0
    """Of a take's audio; 0 for all else."""
    created_at: datetime | None = None
