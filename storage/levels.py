"""The catalog's voice levels: how loud a voice is in a production, measured on its first takes and then fixed.

Each production has its own: a level that was measured on some other book, of three words perhaps, would make
what comes out depend on what happened to be made before.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, delete, select, update

from storage.database import Database, insert_into
from storage.tables import MASTERED, VOICE_LEVEL


class VoiceLevels:
    """The part of the catalog that knows voice levels."""

    database: Database

    def get_level(self, production: str, voice: str, revision: str, rate: float) -> float | None:
        """LUFS of the voice in the production, or None."""
        with self.database.read() as connection:
            return _level(connection, production, voice, revision, rate)

    def fix_level(self, production: str, voice: str, revision: str, rate: float, lufs: float) -> float:
        """Fix a measured level unless one is fixed already; returns the LUFS in force. The first one wins."""
        row = {"scope": production, "voice": voice, "revision": revision, "rate": rate, "lufs": lufs}
        with self.database.write() as connection:
            row["corrections"] = 0
            connection.execute(insert_into(connection, VOICE_LEVEL).values(row).on_conflict_do_nothing())
            found = _level(connection, production, voice, revision, rate)
        assert found is not None
        return found

    def correct_level(
        self, production: str, voice: str, revision: str, rate: float, lufs: float, most: int = 1
    ) -> bool:
        """Change a level (the finished loudness missed the target); False when it was ``most`` times already."""
        return self.correct_levels(production, {(voice, revision, rate): lufs}, most)

    def correct_levels(
        self, production: str, levels: Mapping[tuple[str, str, float], float], most: int = 1
    ) -> bool:
        """The same for several voices, which are named as in ``fix_level``; True when any was changed.

        In the same transaction every chapter counts as not mastered: whatever is killed in between, none is
        left that has the old level.
        """
        table = VOICE_LEVEL.c
        changed = False
        with self.database.write() as connection:
            for (voice, revision, rate), lufs in levels.items():
                mine = (table.scope == production) & (table.voice == voice)
                mine &= (table.revision == revision) & (table.rate == rate) & (table.corrections < most)
                change = update(VOICE_LEVEL).where(mine).values(lufs=lufs, corrections=table.corrections + 1)
                changed |= bool(connection.execute(change).rowcount)
            if changed:
                connection.execute(delete(MASTERED).where(MASTERED.c.production_id == production))
        return changed

    def forget_levels(self, production: str) -> None:
        """Its voices are measured anew; in the same transaction every chapter counts as not mastered."""
        with self.database.write() as connection:
            connection.execute(delete(VOICE_LEVEL).where(VOICE_LEVEL.c.scope == production))
            connection.execute(delete(MASTERED).where(MASTERED.c.production_id == production))


def _level(connection: Connection, scope: str, voice: str, revision: str, rate: float) -> float | None:
    table = VOICE_LEVEL.c
    query = select(table.lufs).where(
        table.scope == scope, table.voice == voice, table.revision == revision, table.rate == rate
    )
    return connection.execute(query).scalar()
