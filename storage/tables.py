"""The catalog's tables (SQLModel). Change one, and a migration has to say so: a test compares the two."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    Text,
    TypeDecorator,
    false,
    text,
)
from sqlmodel import Field, SQLModel


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, UTC going in and coming out.

    SQLite forgets the time zone and compares as text; PostgreSQL answers in the session's time zone.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """In UTC; a moment without a time zone is meant so."""
        return _utc(value)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """In UTC, and saying so."""
        return _utc(value)


def _utc(value: datetime | None) -> datetime | None:
    if value is None or value.tzinfo is UTC:
        return value
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class PlainText(TypeDecorator[str]):
    """A text without NUL, which PostgreSQL cannot keep: a book's title may well have one."""

    impl = Text
    cache_ok = True

    @property
    def python_type(self) -> type[str]:
        """What the values are."""
        return str

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Without NUL."""
        return value.replace("\0", "") if value and "\0" in value else value


def _production_column(**more: Any) -> Any:
    foreign = ForeignKey("production.id", ondelete="CASCADE")
    return Field(sa_column=Column(Text, foreign, primary_key=True, **more))


def _text(**more: Any) -> Any:
    return Field(default="", sa_column=Column(PlainText, nullable=False, **more))


class ProductionTable(SQLModel, table=True):
    """One job."""

    __tablename__: ClassVar[Any] = "production"

    id: str = Field(sa_column=Column(Text, primary_key=True))
    source: str = _text()
    output: str = _text()
    settings: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    state: str = _text(index=True)
    title: str = _text()
    author: str = _text()
    language: str = _text()
    voice: str = _text()
    error_kind: str = _text()
    error: str = _text()
    cancel_requested: bool = Field(default=False, nullable=False)
    source_sha256: str = _text()
    source_kind: str = _text()
    book_key: str = _text()
    edition_key: str = _text()
    edition_folder: str = _text()
    shared: bool = Field(default=False, nullable=False, sa_column_kwargs={"server_default": false()})
    priority: int = Field(default=3, nullable=False, sa_column_kwargs={"server_default": "3"})
    started: bool = Field(default=False, nullable=False, sa_column_kwargs={"server_default": false()})
    source_key: str = _text(server_default=text("''"))
    notice: str = _text(server_default=text("''"))
    ears: str = _text(server_default=text("''"))
    planned: str = _text(server_default=text("''"))
    doubts: int = 0
    words: int = 0
    characters: int = 0
    chunks: int = 0
    chapters: int = 0
    estimated_seconds: float = 0.0
    audio_seconds: float = 0.0
    stage_seconds: dict[str, float] = Field(sa_column=Column(JSON, nullable=False))
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False, index=True))
    updated_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    finished_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime, nullable=True))


class ChapterTable(SQLModel, table=True):
    """A planned chapter of a production."""

    __tablename__: ClassVar[Any] = "chapter"

    production_id: str = _production_column()
    index: int = Field(primary_key=True)
    title: str = _text()
    level: int
    script_key: str = _text(index=True)
    words: int
    chunks: int
    characters: int
    published: bool = Field(default=False, nullable=False, sa_column_kwargs={"server_default": false()})
    """Its tasks were put on the broker in this run."""


class ChunkTable(SQLModel, table=True):
    """A planned chunk of a chapter, and how far it is."""

    __tablename__: ClassVar[Any] = "chunk"
    # Rows lie in the order of the primary key: a chapter's chunks are read in one sweep, and the key is
    # stored once (a million chunks are a real number here).
    __table_args__ = (Index("ix_chunk_take_key", "take_key"), {"sqlite_with_rowid": False})

    production_id: str = _production_column()
    chapter: int = Field(primary_key=True)
    index: int = Field(primary_key=True)
    take_key: str = _text()
    engine: str = _text()
    voice: str = _text()
    characters: int
    state: str = _text()
    attempts: int = 0
    error: str = _text()
    seconds: float = 0.0
    """Of its take's audio; 0 until it is done."""
    step: str = _text(server_default=text("''"))
    """How it is to be spoken after ears refused it (``pipeline.check.policy``); empty: as planned."""


class FailureTable(SQLModel, table=True):
    """How many chunks of a production an engine failed on since it last spoke one (``tasks.breaker``)."""

    __tablename__: ClassVar[Any] = "failure"

    production_id: str = _production_column()
    engine: str = Field(sa_column=Column(Text, primary_key=True))
    in_row: int


class MasteredTable(SQLModel, table=True):
    """A chapter's encoded audio: which result it is, by codec."""

    __tablename__: ClassVar[Any] = "mastered"

    production_id: str = _production_column()
    chapter: int = Field(primary_key=True)
    codec: str = Field(sa_column=Column(Text, primary_key=True))
    key: str = _text()


class ArtifactTable(SQLModel, table=True):
    """Which blob holds a stage's result."""

    __tablename__: ClassVar[Any] = "artifact"

    key: str = Field(sa_column=Column(Text, primary_key=True))
    stage: str = _text()
    digest: str = _text(index=True)
    size: int = Field(sa_column=Column(BigInteger().with_variant(Integer, "sqlite"), nullable=False))
    detail: str = _text()
    seconds: float = Field(default=0.0, nullable=False, sa_column_kwargs={"server_default": "0"})
    """Of a take's audio; 0 for all else."""
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class NeedTable(SQLModel, table=True):
    """A result, other than a take, that a production's present state is built from."""

    __tablename__: ClassVar[Any] = "need"

    production_id: str = _production_column()
    key: str = Field(sa_column=Column(Text, primary_key=True, index=True))


class VoiceLevelTable(SQLModel, table=True):
    """The loudness of a voice, measured once and then fixed."""

    __tablename__: ClassVar[Any] = "voice_level"

    scope: str = Field(sa_column=Column(Text, primary_key=True))
    """Production id."""
    voice: str = Field(sa_column=Column(Text, primary_key=True))
    revision: str = Field(sa_column=Column(Text, primary_key=True))
    rate: float = Field(primary_key=True)
    lufs: float
    corrections: int = 0


class WorkerTable(SQLModel, table=True):
    """A worker that reported itself, and when it was last heard of."""

    __tablename__: ClassVar[Any] = "worker"

    name: str = Field(sa_column=Column(Text, primary_key=True))
    host: str = _text()
    pid: int = 0
    queues: list[str] = Field(sa_column=Column(JSON, nullable=False))
    engines: dict[str, list[str]] = Field(sa_column=Column(JSON, nullable=False))
    """Languages by engine."""
    gpu: str = _text()
    slots: int = 1
    version: str = _text()
    started_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    seen_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class OfferTable(SQLModel, table=True):
    """What an engine's workers can speak: one row for all workers that offer exactly the same."""

    __tablename__: ClassVar[Any] = "offer"

    engine: str = Field(sa_column=Column(Text, primary_key=True))
    digest: str = Field(sa_column=Column(Text, primary_key=True))
    """SHA-256 of ``voices``."""
    place: str = _text()
    """Name of the worker that said so last."""
    version: str = _text()
    """Of its Voxpress."""
    voices: str = _text()
    """JSON: ``pipeline.speech.offers``."""
    seen_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class LeaseTable(SQLModel, table=True):
    """A duty that one process has at a time, until when."""

    __tablename__: ClassVar[Any] = "lease"

    name: str = Field(sa_column=Column(Text, primary_key=True))
    holder: str = _text()
    until: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class IntakeTable(SQLModel, table=True):
    """What was found in a drop folder: a row for each thing to be made, each list of them, each duplicate."""

    __tablename__: ClassVar[Any] = "intake"
    # What is open is asked for all the time, in a ledger that only grows.
    __table_args__ = (
        Index("ix_intake_inbox_state", "inbox", "state"),
        Index("ix_intake_inbox_settled", "inbox", "settled"),
    )

    id: int | None = Field(default=None, primary_key=True)
    inbox: str = _text()
    """Name of the drop folder: the one it holds itself, so that it may be mounted anywhere."""
    folder: str = _text()
    """Path of the drop folder when the row was written."""
    path: str = _text()
    """Where it was found in the drop folder."""
    place: str = _text()
    """Where the file is now in the drop folder; empty when it is gone, or when it has no file of its own."""
    mark: str = _text()
    """Size, time and inode of the file: tells whether another one is there now."""
    digest: str = _text(index=True)
    """SHA-256 of the file's bytes; of the address for a link."""
    work: str | None = Field(default=None, sa_column=Column(Text, nullable=True, unique=True))
    """What is to be made of what: nothing is made twice. None for lists and duplicates."""
    source: str = _text()
    """What is read: the file's path, or an address."""
    parent: int | None = Field(default=None, sa_column=Column(Integer, nullable=True, index=True))
    """Row of the list of links that it stands in."""
    links: int = 0
    """Of a list: how many there are in it."""
    size: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    state: str = _text(index=True)
    attempts: int = 0
    production_id: str = _text(index=True)
    """Without a foreign key: the ledger remembers what was taken when the production is forgotten."""
    edition_folder: str = _text()
    error: str = _text()
    notice: str = _text()
    """What is to be known of it although it did not fail."""
    settled: bool = Field(default=False, nullable=False)
    """Its file is where it belongs, and who wanted to know was told."""
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    updated_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class EventTable(SQLModel, table=True):
    """A line of a production's log: what a person wants to know of it, on whatever host it happened."""

    __tablename__: ClassVar[Any] = "event"

    id: int | None = Field(default=None, primary_key=True)
    production_id: str = Field(
        sa_column=Column(Text, ForeignKey("production.id", ondelete="CASCADE"), nullable=False, index=True)
    )
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    level: str = _text()
    stage: str = _text()
    chapter: int | None = Field(default=None, nullable=True)
    worker: str = _text()
    message: str = _text()


class ShowTable(SQLModel, table=True):
    """A podcast."""

    __tablename__: ClassVar[Any] = "show"

    name: str = Field(sa_column=Column(Text, primary_key=True))
    folder: str = _text()
    """Where its files are for everybody."""
    public: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    """``pipeline.publish.podcast.show.Show``."""
    making: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    """``storage.show_rows.Making``."""
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    updated_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class EpisodeTable(SQLModel, table=True):
    """An episode of a show: one for each production whose edition goes there."""

    __tablename__: ClassVar[Any] = "episode"
    __table_args__ = (
        Index("ix_episode_guid", "guid", unique=True),
        Index("ix_episode_show_production", "show", "production_id", unique=True),
    )

    id: int | None = Field(default=None, primary_key=True)
    show: str = Field(
        sa_column=Column(Text, ForeignKey("show.name", ondelete="CASCADE"), nullable=False, index=True)
    )
    production_id: str = _text(index=True)
    """Without a foreign key: an episode stays when its production is forgotten."""
    guid: str = _text()
    number: int = 0
    """From 1, in the order in which they were added."""
    state: str = _text()
    source: str = _text()
    title: str = _text()
    edition_key: str = _text()
    """Of the edition that it was published from."""
    error: str = _text()
    episode: str = _text()
    """``pipeline.publish.podcast.show.Episode`` in JSON; empty until it is published."""
    published_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    """Its day in the feed: when it was asked for."""
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    updated_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class FollowedTable(SQLModel, table=True):
    """A feed that a show follows."""

    __tablename__: ClassVar[Any] = "followed_feed"
    __table_args__ = (Index("ix_followed_feed_url", "show", "url", unique=True),)

    id: int | None = Field(default=None, primary_key=True)
    show: str = Field(sa_column=Column(Text, ForeignKey("show.name", ondelete="CASCADE"), nullable=False))
    url: str = _text()
    address: str = _text()
    title: str = _text()
    rules: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    """``storage.show_rows.FollowRules``."""
    etag: str = _text()
    modified: str = _text()
    failures: int = 0
    error: str = _text()
    gone: bool = Field(default=False, nullable=False)
    checked_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime, nullable=True))
    due_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class FeedEntryTable(SQLModel, table=True):
    """An entry of a followed feed: it is made once, however often the feed repeats it."""

    __tablename__: ClassVar[Any] = "feed_entry"
    __table_args__ = (
        Index("ix_feed_entry_key", "show", "url", "key", unique=True),
        Index("ix_feed_entry_state", "show", "url", "state"),
    )

    id: int | None = Field(default=None, primary_key=True)
    show: str = Field(sa_column=Column(Text, ForeignKey("show.name", ondelete="CASCADE"), nullable=False))
    url: str = _text()
    """The feed's, as it is followed."""
    key: str = _text()
    state: str = _text()
    title: str = _text()
    link: str = _text()
    reason: str = _text()
    tries: int = 0
    due_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    production_id: str = _text()
    published_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime, nullable=True))
    seen_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    taken_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime, nullable=True))


PRODUCTION = SQLModel.metadata.tables["production"]
CHAPTER = SQLModel.metadata.tables["chapter"]
CHUNK = SQLModel.metadata.tables["chunk"]
FAILURE = SQLModel.metadata.tables["failure"]
MASTERED = SQLModel.metadata.tables["mastered"]
ARTIFACT = SQLModel.metadata.tables["artifact"]
NEED = SQLModel.metadata.tables["need"]
VOICE_LEVEL = SQLModel.metadata.tables["voice_level"]
WORKER = SQLModel.metadata.tables["worker"]
OFFER = SQLModel.metadata.tables["offer"]
LEASE = SQLModel.metadata.tables["lease"]
INTAKE = SQLModel.metadata.tables["intake"]
EVENT = SQLModel.metadata.tables["event"]
SHOW = SQLModel.metadata.tables["show"]
EPISODE = SQLModel.metadata.tables["episode"]
FOLLOWED = SQLModel.metadata.tables["followed_feed"]
FEED_ENTRY = SQLModel.metadata.tables["feed_entry"]
