"""The catalog: which productions there are, how far each chunk is, which blob holds which result.

It is the truth that work continues from; queues and processes may vanish at any time. Every method that
writes is one short transaction. All answers are plain frozen values (``storage.rows``). Every method may
raise ``StorageError``.
"""

from __future__ import annotations

from storage.artifacts import Artifacts
from storage.census import Counts
from storage.database import Database
from storage.events import Events
from storage.followed import FollowedFeeds
from storage.intake import Intake
from storage.leases import Leases
from storage.levels import VoiceLevels
from storage.offers import Offers
from storage.patience import COMMAND_SECONDS, patient
from storage.plans import Plans
from storage.productions import Productions, production_id
from storage.shows import Shows
from storage.workers import Workers


@patient
class Catalog(
    Productions,
    Plans,
    Artifacts,
    VoiceLevels,
    Workers,
    Offers,
    Leases,
    Events,
    Counts,
    Intake,
    Shows,
    FollowedFeeds,
):
    """One catalog. Threads, processes and forked children may use it at the same time."""

    def __init__(self, url: str, patience: float = COMMAND_SECONDS) -> None:
        """``url`` is SQLAlchemy's; nothing is opened or created before the first call of a method.

        ``patience``: seconds for which a database that is away, or busy, is waited for.
        """
        self.database = Database(url, patience)

    def close(self) -> None:
        """Close idle connections; the catalog stays usable."""
        self.database.close()


__all__ = ["Catalog", "production_id"]
