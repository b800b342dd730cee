"""What the parent asks of the sandbox."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import datetime

from pipeline import limits
from pipeline.model import SourceInfo
from pipeline.settings import ReadingSettings


@dataclass(frozen=True, slots=True)
class Bounds:
    """What reading one source may cost."""

    seconds: float = limits.INGEST_SECONDS
    """Wall clock; kept by the parent."""
    cpu_seconds: int = limits.INGEST_CPU_SECONDS
    memory: int = limits.INGEST_MEMORY
    """Bytes of address space."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What a source is not whole without: it is to be fetched before the source is read."""

    following: tuple[str, ...] = ()
    """Addresses that may be the next part of an article."""
    pictures: tuple[str, ...] = ()
    """Addresses of its lead picture, the best first; of a saved page also paths beside it."""
    pages: tuple[str, ...] = ()
    """Addresses of the articles of a feed that holds only summaries of them, in the order of the feed."""


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One entry of a feed, without its text."""

    key: str
    """What tells it from all others of its feed: hash of its id, else of its address, else of title and day."""
    title: str
    link: str
    published: datetime | None = None
    words: int = 0
    """Of what the feed holds of it; 0 where that is not all of it."""


@dataclass(frozen=True, slots=True)
class Entries:
    """What a feed lists, in its order."""

    title: str
    entries: tuple[FeedEntry, ...]
    damaged: bool = False
    """Whether it breaks off: entries may be missing."""
    left_out: int = 0
    """Entries beyond the limit."""


@dataclass(frozen=True, slots=True)
class Request:
    """One file to be read. Crosses to the child on its standard input: it may hold a password."""

    path: str
    """Absolute."""
    reader: str
    """``module:function``."""
    settings: ReadingSettings
    source: SourceInfo
    title: str
    """Used when the source gives none."""
    charset: str | None = None
    """None: the reader takes no charset. Else the declared one, or empty."""
    doubts: tuple[str, ...] = ()
    """What is already doubtful before reading."""
    bounds: Bounds = Bounds()
    survey: bool = False
    """Whether the reader answers with a ``Survey`` instead of a book."""
    watch_input: bool = sys.platform != "linux"
    """Whether the child ends when its standard input does. Linux has something better (see ``child``)."""
