"""The catalog counted: what a monitor shows of it, in a handful of sums.

Cheap for a library of a thousand books: productions are summed by one query (a row each), and chunks only of
those that are under way, which are as many as the workers have room for; a plan's chunks lie side by side.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select

from storage.database import Database, moment
from storage.rows import ChunkState, IntakeState, ProductionState
from storage.tables import CHUNK, INTAKE, PRODUCTION

RECENT_SECONDS = 3600.0
"""How long ago a production may have ended to count as ended lately."""
_OPEN = PRODUCTION.c.state.not_in([state.value for state in ProductionState if state.final])
_MADE = PRODUCTION.c.state.in_([ProductionState.DONE, ProductionState.DONE_WITH_DOUBTS])
_PLANNED = CHUNK.c.state == ChunkState.PLANNED
# By name, not by a join: each production's chunks are found through the primary key, and no others are read.
_UNDER_WAY = select(PRODUCTION.c.id).where(PRODUCTION.c.shared, PRODUCTION.c.started, _OPEN)
_CHUNKS = (
    select(
        CHUNK.c.engine,
        func.count().filter(_PLANNED & (CHUNK.c.attempts == 0)),
        func.count().filter(_PLANNED & (CHUNK.c.attempts > 0)),
        func.count().filter(CHUNK.c.state == ChunkState.FAILED),
    )
    .where(CHUNK.c.production_id.in_(_UNDER_WAY))
    .group_by(CHUNK.c.engine)
)


@dataclass(frozen=True, slots=True)
class Census:
    """One look at the whole catalog."""

    productions: Mapping[ProductionState, int]
    """How many are in each state, those without any included."""
    ended_lately: Mapping[ProductionState, int]
    """How many came to each final state in the last ``RECENT_SECONDS``."""
    waiting: int
    """Shared productions whose turn has not come."""
    waiting_seconds: float
    """How long ago the oldest of them last changed (was submitted, that is); 0 without one."""
    stuck: int
    """Productions that say what they wait for in vain."""
    edition_seconds: float
    """Of audio, in the editions of the productions that are done."""
    doubts: int
    """In those editions."""
    chunks_waiting: Mapping[str, int]
    """Chunks of shared productions under way that nobody began, by engine."""
    chunks_begun: Mapping[str, int]
    """Likewise, those that somebody began and that are not done: they are in flight."""
    chunks_given_up: Mapping[str, int]
    """Likewise, those that ended as silence and a doubt."""
    intake: Mapping[IntakeState, int]


class Counts:
    """The part of the catalog that counts."""

    database: Database

    def census(self) -> Census:
        """Count everything that monitors show, as it is in one moment."""
        state = PRODUCTION.c.state
        waits = PRODUCTION.c.shared & ~PRODUCTION.c.started & (state == ProductionState.QUEUED)
        sums = select(
            state,
            func.count(),
            func.count().filter(waits),
            func.min(PRODUCTION.c.updated_at).filter(waits),
            func.count().filter(_OPEN & (PRODUCTION.c.notice != "")),
            func.coalesce(func.sum(PRODUCTION.c.audio_seconds).filter(_MADE), 0.0),
            func.coalesce(func.sum(PRODUCTION.c.doubts).filter(_MADE), 0),
        ).group_by(state)
        with self.database.read() as connection:
            now = moment(connection)
            rows = connection.execute(sums).all()
            lately = PRODUCTION.c.finished_at > now - timedelta(seconds=RECENT_SECONDS)
            ended = connection.execute(
                select(state, func.count()).where(lately, ~_OPEN).group_by(state)
            ).all()
            chunks = connection.execute(_CHUNKS).all()
            intake = connection.execute(select(INTAKE.c.state, func.count()).group_by(INTAKE.c.state)).all()
        oldest = min((row[3] for row in rows if row[3] is not None), default=now)
        return Census(
            productions=dict.fromkeys(ProductionState, 0) | {ProductionState(row[0]): row[1] for row in rows},
            ended_lately={state: 0 for state in ProductionState if state.final}
            | {ProductionState(row[0]): row[1] for row in ended},
            waiting=sum(row[2] for row in rows),
            waiting_seconds=max((now - oldest).total_seconds(), 0.0),
            stuck=sum(row[4] for row in rows),
            edition_seconds=sum(row[5] for row in rows),
            doubts=sum(row[6] for row in rows),
            chunks_waiting={row[0]: row[1] for row in chunks},
            chunks_begun={row[0]: row[2] for row in chunks},
            chunks_given_up={row[0]: row[3] for row in chunks},
            intake=dict.fromkeys(IntakeState, 0) | {IntakeState(row[0]): row[1] for row in intake},
        )
