"""The catalog's tables (SQLModel). Change one, and a migration has to say so: a test compares the two."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, Column, DateTime, Dialect, ForeignKey, Index, Text, TypeDecorator
from sqlmodel import Field, SQLModel


class UtcDateTime(TypeDecorator[datetime]):
    """A moment. SQLite forgets the time zone: it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Say that it is UTC where the database did not."""
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


def _production_column(**more: Any) -> Any:
    foreign = ForeignKey("production.id", ondelete="CASCADE")
    return Field(sa_column=Column(Text, foreign, primary_key=True, **more))


def _text(**more: Any) -> Any:
    return Field(default="", sa_column=Column(Text, nullable=False, **more))


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
    size: int
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


PRODUCTION = SQLModel.metadata.tables["production"]
CHAPTER = SQLModel.metadata.tables["chapter"]
CHUNK = SQLModel.metadata.tables["chunk"]
MASTERED = SQLModel.metadata.tables["mastered"]
ARTIFACT = SQLModel.metadata.tables["artifact"]
NEED = SQLModel.metadata.tables["need"]
VOICE_LEVEL = SQLModel.metadata.tables["voice_level"]
