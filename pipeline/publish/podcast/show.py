"""What a show and its episodes are, as everybody may see them.

Names in the show's folder are flat: ``STEM.mp3``, ``STEM.vtt``, ``STEM.srt``, ``STEM.json`` (transcript),
``STEM.chapters.json``, ``STEM.jpg``; beside them ``feed.xml``, ``index.html`` and ``artwork.jpg``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pipeline.model import Source

FEED, PAGE, ARTWORK = "feed.xml", "index.html", "artwork.jpg"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who takes part, as ``podcast:person`` has it."""

    name: str
    role: str = "host"
    """From the Podcast Taxonomy: host, narrator, author ..."""


@dataclass(frozen=True, slots=True)
class Show:
    """A podcast."""

    name: str
    """Also the folder's: lower-case letters, digits and hyphens."""
    guid: str
    """UUID that stays whatever the address is (``podcast:guid``)."""
    title: str
    author: str = ""
    language: str = "en"
    """BCP 47."""
    description: str = ""
    """Plain text; empty: a sentence made of the title."""
    base_url: str = ""
    """Where the folder is served, with a slash at the end; empty: not known yet, links are relative names."""
    link: str = ""
    """A page of the show elsewhere; empty: its own page."""
    email: str = ""
    """Of the owner, for directories; empty: none is told."""
    category: str = ""
    """Of Apple's list, ``Category`` or ``Category > Subcategory``; empty: Education."""
    explicit: bool = False
    private: bool = True
    """Keep it out of directories (``itunes:block``, ``podcast:locked``)."""
    serial: bool = False
    """Episodes are heard from the first one on, as the chapters of a book are (``itunes:type``)."""
    copyright: str = ""
    persons: tuple[Person, ...] = ()


@dataclass(frozen=True, slots=True)
class EpisodeFile:
    """A file of an episode, in the show's folder."""

    name: str
    size: int
    """Bytes."""
    media_type: str


@dataclass(frozen=True, slots=True)
class EpisodeChapter:
    """A chapter of an episode."""

    title: str
    start: float
    """Seconds, in the audio file's own time."""
    end: float
    link: str = ""
    """The article it is about, in a digest."""


@dataclass(frozen=True, slots=True)
class Soundbite:
    """A sentence that stands for the whole."""

    start: float
    """Seconds."""
    duration: float
    title: str


@dataclass(frozen=True, slots=True)
class Episode:
    """An episode that is published."""

    guid: str
    """Never changes, and no two episodes have the same."""
    number: int
    """From 1, in the order in which they were added."""
    title: str
    stem: str
    """What its files are called, without endings: letters of ASCII, digits and hyphens."""
    published: datetime
    """UTC: ``pubDate``."""
    duration: float
    """Seconds."""
    summary: str
    """Plain text, some sentences."""
    language: str
    audio: EpisodeFile
    sources: tuple[Source, ...] = ()
    """One, or each of a digest."""
    chapters: tuple[EpisodeChapter, ...] = ()
    transcripts: tuple[EpisodeFile, ...] = ()
    """WebVTT, SubRip and JSON, those that there are."""
    chapters_file: EpisodeFile | None = None
    image: EpisodeFile | None = None
    persons: tuple[Person, ...] = ()
    """Who speaks in it."""
    soundbite: Soundbite | None = None
    season: int = 0
    """From 1; 0: the show has no seasons."""
    keywords: tuple[str, ...] = ()
    provenance: str = ""
    """That voices imitate somebody with their consent; empty where none does."""


__all__ = [
    "ARTWORK",
    "FEED",
    "PAGE",
    "Episode",
    "EpisodeChapter",
    "EpisodeFile",
    "Person",
    "Show",
    "Soundbite",
    "Source",
]
