"""Voices that workers offer, and the voices that a production was planned with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Productions that were planned before have no planned voices: theirs are looked for as they were then."""
    op.add_column("production", sa.Column("planned", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "offer",
        sa.Column("engine", sa.Text(), primary_key=True),
        sa.Column("digest", sa.Text(), primary_key=True),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("voices", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    """Steps are only ever added."""
    raise NotImplementedError
