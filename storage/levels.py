"""The catalog's voice levels: how loud a voice is, measured on its first takes and then fixed.

A level belongs to a production; the first one measured anywhere is also what new productions begin with, so
that the same voice gets the same gain in every book.
"""

from __future__ import annotations

from sqlalchemy import Connection, select

from storage.database import Database, insert_into
from storage.tables import VOICE_LEVEL

EVERYWHERE = ""
"""The scope of the level that new productions begin with."""


class VoiceLevels:
    """The part of the catalog that knows voice levels."""

    database: Database

    def get_level(self, production: str, voice: str, revision: str, rate: float) -> float | None:
        """LUFS of the voice: the production's own level, else the one of all productions, else None."""
        with self.database.read() as connection:
            own = _level(connection, production, voice, revision, rate)
            return own if own is not None else _level(connection, EVERYWHERE, voice, revision, rate)

    def fix_level(self, production: str, voice: str, revision: str, rate: float, lufs: float) -> float:
        """Fix a measured level unless one is fixed already; returns the LUFS in force. The first one wins."""
        with self.database.write() as connection:
            for scope in (EVERYWHERE, production):
                row = {"scope": scope, "voice": voice, "revision": revision, "rate": rate, "lufs": lufs}
                connection.execute(insert_into(connection, VOICE_LEVEL).values(row).on_conflict_do_nothing())
                found = _level(connection, scope, voice, revision, rate)
                assert found is not None
                lufs = found
        return lufs

    def correct_level(self, production: str, voice: str, revision: str, rate: float, lufs: float) -> None:
        """Change the production's own level (its finished loudness missed the target)."""
        row = {"scope": production, "voice": voice, "revision": revision, "rate": rate, "lufs": lufs}
        with self.database.write() as connection:
            insert = insert_into(connection, VOICE_LEVEL).values(row)
            key = ["scope", "voice", "revision", "rate"]
            connection.execute(insert.on_conflict_do_update(index_elements=key, set_={"lufs": lufs}))

    def is_corrected(self, production: str, voice: str, revision: str, rate: float) -> bool:
        """Whether the production's own level was changed after it was fixed."""
        with self.database.read() as connection:
            own = _level(connection, production, voice, revision, rate)
            common = _level(connection, EVERYWHERE, voice, revision, rate)
        return own is not None and own != common


def _level(connection: Connection, scope: str, voice: str, revision: str, rate: float) -> float | None:
    table = VOICE_LEVEL.c
    query = select(table.lufs).where(
        table.scope == scope, table.voice == voice, table.revision == revision, table.rate == rate
    )
    return connection.execute(query).scalar()
