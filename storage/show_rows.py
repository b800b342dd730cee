"""What the catalog answers with about podcasts: plain frozen values. Times are UTC."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from pipeline.publish.podcast.show import Episode, Show


class EpisodeState(StrEnum):
    """How far an episode is."""

    MAKING = "making"
    """Its production is not over."""
    PUBLISHED = "published"
    """It is in the feed."""
    FAILED = "failed"
    """Its production failed, or it could not be put into the show's folder; the error says why."""
    REMOVED = "removed"
    """Somebody took it out. Adding its source again brings it back."""


@dataclass(frozen=True, slots=True)
class Making:
    """How a show's episodes are made; nobody but the operator sees it."""

    profile: str = ""
    """Profile of ``voxpress.toml``, or several; the built-in ``podcast`` counts after it."""
    settings: dict[str, str] = field(default_factory=dict)
    """What holds for this show alone, by dotted key, as ``--set`` takes it."""
    max_minutes: float = 0.0
    """What would be longer is refused; 0: nothing is."""
    token: str = ""
    """``feed serve`` shows the show only below this name; empty: to everybody who reaches it."""
    upload: str = ""
    """Folder elsewhere (fsspec URL) that ``feed upload`` keeps like this one."""
    own_artwork: bool = False
    """Whether somebody gave a picture; otherwise one is drawn from the title."""


@dataclass(frozen=True, slots=True)
class ShowRow:
    """A podcast."""

    show: Show
    folder: str
    """Absolute path of its public folder."""
    making: Making
    created_at: datetime
    updated_at: datetime

    @property
    def name(self) -> str:
        """The show's."""
        return self.show.name


@dataclass(frozen=True, slots=True)
class EpisodeRow:
    """An episode; the columns are told in ``storage.tables``."""

    id: int
    show: str
    production_id: str
    guid: str
    number: int
    state: EpisodeState
    source: str
    title: str
    edition_key: str
    error: str
    episode: Episode | None
    """As it was published last."""
    published_at: datetime
    """Its day in the feed."""
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class FollowRules:
    """Which entries of a followed feed become episodes, and when it is looked at. Kept as JSON."""

    include: tuple[str, ...] = ()
    """Of these texts one must stand in the title; none: every title will do."""
    exclude: tuple[str, ...] = ()
    """None of these texts may."""
    latest: int = 3
    """How many of the entries that are there at the first look are taken, the newest ones."""
    per_day: int = 10
    """At most so many entries in 24 hours; further ones wait, none is lost."""
    max_words: int = 0
    """Longer articles are left out; 0: none is."""
    minutes: int = 60
    """Between two looks."""
    digest: bool = False
    """Whether all that a look finds becomes one episode of several articles."""


class EntryState(StrEnum):
    """What became of an entry of a followed feed."""

    WAITING = "waiting"
    """For its turn: so many were taken today."""
    TAKEN = "taken"
    """It was handed to the workers: its production says how far it is."""
    SKIPPED = "skipped"
    """By a rule, or because it was there before the feed was followed; the reason says so."""
    FAILED = "failed"
    """It could not be handed on; the reason says why."""


@dataclass(frozen=True, slots=True)
class FollowedRow:
    """A feed that a show follows."""

    id: int
    show: str
    url: str
    """As it was given."""
    address: str
    """Where it is asked for, after permanent redirects; empty: at ``url``."""
    title: str
    rules: FollowRules
    etag: str
    modified: str
    failures: int
    """In a row."""
    error: str
    """Of the last look; empty when it went well."""
    gone: bool
    """Its server says that it is there no more: it is not asked for again."""
    checked_at: datetime | None
    due_at: datetime
    created_at: datetime


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An entry of a followed feed."""

    id: int
    show: str
    url: str
    """The feed's."""
    key: str
    state: EntryState
    title: str
    link: str
    reason: str
    tries: int
    """How often its page could not be fetched."""
    due_at: datetime
    """Not before is it tried again."""
    production_id: str
    published_at: datetime | None
    seen_at: datetime
    taken_at: datetime | None
