"""The catalog's offers: what the workers of each engine can speak, also while none of them runs.

Here and not on the broker, because planning asks: ``submit`` only writes into the catalog, a broker may be gone or be
another one tomorrow, and a production may be planned while the worker that is to speak it is switched off.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from hashlib import sha256

from sqlalchemy import Connection, Text, cast, delete, func, select, tuple_, update

from storage.database import Database, insert_into, moment
from storage.rows import OfferRow
from storage.tables import OFFER
from storage.workers import ALIVE_SECONDS

OFFERED_SECONDS = 7 * 24 * 3600.0
"""How long an offer holds that nobody repeats: a machine may be switched off over a weekend."""


class Offers:
    """The part of the catalog that knows offers."""

    database: Database

    def tell_offer(self, engine: str, voices: str, place: str, version: str) -> str:
        """The worker ``place`` can speak ``voices`` with ``engine``, and nothing else that it said of it before.

        Returns the offer's digest, with which it is repeated.
        """
        digest = sha256(voices.encode()).hexdigest()
        with self.database.write() as connection:
            present = moment(connection)
            said = {"place": place, "version": version, "seen_at": present}
            insert = insert_into(connection, OFFER).values(
                engine=engine, digest=digest, voices=voices, **said
            )
            connection.execute(insert.on_conflict_do_update(index_elements=["engine", "digest"], set_=said))
            others = (OFFER.c.engine == engine) & (OFFER.c.place == place) & (OFFER.c.digest != digest)
            stale = OFFER.c.seen_at < present - timedelta(seconds=OFFERED_SECONDS)
            connection.execute(delete(OFFER).where(others | stale))
        return digest

    def repeat_offer(self, engine: str, digest: str, place: str) -> bool:
        """The worker ``place`` still can; False when its offer is gone and has to be told again."""
        mine = (OFFER.c.engine == engine) & (OFFER.c.digest == digest)
        with self.database.write() as connection:
            change = update(OFFER).where(mine).values(seen_at=moment(connection), place=place)
            return bool(connection.execute(change).rowcount)

    def offers(self, known: Collection[tuple[str, str]] = (), most: int = 0) -> list[OfferRow]:
        """The offers that hold, those that were said last first.

        Of ``known`` ones, by engine and digest, ``voices`` is left empty: they never change. So it is for offers of
        more than ``most`` characters, where that is not 0.
        """
        with self.database.read() as connection:
            present = moment(connection)
            columns = (OFFER.c[name] for name in ("engine", "digest", "place", "version", "seen_at"))
            length = func.length(cast(OFFER.c.voices, Text))
            since = present - timedelta(seconds=OFFERED_SECONDS)
            query = select(*columns, length.label("length")).where(OFFER.c.seen_at >= since)
            found = list(connection.execute(query))
            wanted = [
                (row.engine, row.digest)
                for row in found
                if (row.engine, row.digest) not in known and (not most or row.length <= most)
            ]
            voices = _voices(connection, wanted)
        lately = present - timedelta(seconds=ALIVE_SECONDS)
        offers = [
            OfferRow(
                engine=row.engine,
                digest=row.digest,
                place=row.place,
                version=row.version,
                voices=voices.get((row.engine, row.digest), ""),
                seen_at=row.seen_at,
                alive=row.seen_at >= lately,
            )
            for row in found
        ]
        return sorted(offers, key=lambda offer: (offer.seen_at, offer.engine, offer.digest), reverse=True)


def _voices(connection: Connection, wanted: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
    if not wanted:
        return {}
    key = tuple_(OFFER.c.engine, OFFER.c.digest)
    query = select(OFFER.c.engine, OFFER.c.digest, OFFER.c.voices).where(key.in_(wanted))
    return {(engine, digest): voices for engine, digest, voices in connection.execute(query)}
