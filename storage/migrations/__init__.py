"""The catalog's schema, step by step. Steps are only ever added; ``HEAD`` names the last one.

Run by the program itself (``upgrade``), from the installed package: there is no ``alembic.ini``.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection

from pipeline.errors import StorageError

HEAD = "0006"
"""The newest revision in ``versions``; a test keeps it true. Known here so that opening a catalog that is
up to date needs one query and no Alembic."""


LOCK = 7_761_784
"""Number of the PostgreSQL advisory lock that one upgrade at a time holds."""


def current(connection: Connection) -> str:
    """The revision the catalog is at; empty when it has no tables yet."""
    if not connection.dialect.has_table(connection, "alembic_version"):
        return ""
    return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() or ""


def upgrade(connection: Connection, to: str = HEAD) -> None:
    """Bring the catalog to a revision inside the transaction of ``connection``, which must be able to write.

    Whoever waited for that transaction while another process upgraded finds nothing left to do. Raises
    ``StorageError`` when the catalog was written by a newer version of the program.
    """
    if connection.dialect.name == "postgresql":  # SQLite's write transactions exclude each other anyway
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
    if (found := current(connection)) == to:
        return
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, to)
    except CommandError as error:
        raise StorageError(
            f"The catalog at {connection.engine.url!r} is at revision {found or to!r}, which this version "
            "of Voxpress does not know: use the newer version that wrote it."
        ) from error
