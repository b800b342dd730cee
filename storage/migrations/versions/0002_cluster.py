"""Many machines: shared productions, workers, leases, the intake ledger, and what happened."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add columns with defaults, then tables: what is there stays as it is."""
    op.add_column("production", _false("shared"))
    op.add_column("production", sa.Column("priority", sa.Integer(), nullable=False, server_default="3"))
    op.add_column("production", _false("started"))
    op.add_column("production", _empty("source_key"))
    op.add_column("production", _empty("notice"))
    op.add_column("production", sa.Column("failed_in_row", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("chapter", _false("published"))
    if op.get_bind().dialect.name != "sqlite":  # whose integers have 64 bits anyway
        op.alter_column("artifact", "size", type_=sa.BigInteger())
    op.create_table(
        "worker",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("queues", sa.JSON(), nullable=False),
        sa.Column("engines", sa.JSON(), nullable=False),
        sa.Column("gpu", sa.Text(), nullable=False),
        sa.Column("slots", sa.Integer(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "intake",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("inbox", sa.Text(), nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("work", sa.Text(), nullable=True, unique=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("parent", sa.Integer(), nullable=True),
        sa.Column("links", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("production_id", sa.Text(), nullable=False),
        sa.Column("edition_folder", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("notice", sa.Text(), nullable=False),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    )
    for column in ("digest", "parent", "state", "production_id"):
        op.create_index(f"ix_intake_{column}", "intake", [column])
    op.create_index("ix_intake_inbox_state", "intake", ["inbox", "state"])
    op.create_index("ix_intake_inbox_settled", "intake", ["inbox", "settled"])
    foreign = sa.ForeignKey("production.id", ondelete="CASCADE")
    op.create_table(
        "event",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("production_id", sa.Text(), foreign, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("chapter", sa.Integer(), nullable=True),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
    )
    op.create_index("ix_event_production_id", "event", ["production_id"])


def _false(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())


def _empty(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, server_default="")


def downgrade() -> None:
    """Steps are only ever added."""
    raise NotImplementedError
