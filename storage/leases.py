"""The catalog's leases: a duty (to reconcile, to tidy up) that one process of all hosts has at a time.

A lease ends by itself: a holder that dies is followed by another one when its time is over. It does not
guard what is done under it for longer than it lasts, so the work has to bear being done twice, and a holder
renews its lease well before it ends.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select

from storage.database import Database, insert_into, moment
from storage.tables import LEASE

FAR = 2.0
"""Times its length: no lease ends so far ahead."""


class Leases:
    """The part of the catalog that knows duties."""

    database: Database

    def hold_lease(self, name: str, holder: str, seconds: float, now: datetime | None = None) -> bool:
        """Take the duty ``name``, or renew it, for ``seconds`` from now; False while another one has it.

        ``holder`` has to be unlike any other's, those of former runs included. One clock counts for all: the
        database's, or ``now`` where it is given.
        """
        with self.database.write() as connection:
            present = now or moment(connection)
            taken = insert_into(connection, LEASE).values(
                name=name, holder=holder, until=present + timedelta(seconds=seconds)
            )
            mine_or_over = (LEASE.c.holder == holder) | (LEASE.c.until <= present)
            # One that ends so late was taken before the clock was set back: its holder may be gone for long.
            mine_or_over |= LEASE.c.until > present + timedelta(seconds=FAR * seconds)
            change = taken.on_conflict_do_update(
                index_elements=["name"],
                set_={"holder": taken.excluded.holder, "until": taken.excluded.until},
                where=mine_or_over,
            )
            return connection.execute(change.returning(LEASE.c.holder)).scalar() == holder

    def lease_held(self, name: str) -> bool:
        """Whether anybody has the duty ``name`` now."""
        with self.database.read() as connection:
            held = select(LEASE.c.name).where(LEASE.c.name == name, LEASE.c.until > moment(connection))
            return connection.execute(held).first() is not None

    def release_lease(self, name: str, holder: str) -> None:
        """Give the duty back before its time; nothing happens when another one has it."""
        mine = (LEASE.c.name == name) & (LEASE.c.holder == holder)
        with self.database.write() as connection:
            connection.execute(delete(LEASE).where(mine))
