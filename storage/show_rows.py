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
    published_at: datetime | None
    created_at: datetime
    updated_at: datetime
