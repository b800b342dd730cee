"""Failures in a row are counted for each engine of a production, no longer for all of them together."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What was counted is forgotten: whichever engine it was, it may fail as often as one that begins."""
    op.create_table(
        "failure",
        sa.Column(
            "production_id", sa.Text(), sa.ForeignKey("production.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("engine", sa.Text(), primary_key=True),
        sa.Column("in_row", sa.Integer(), nullable=False),
    )
    op.drop_column("production", "failed_in_row")


def downgrade() -> None:
    """Steps are only ever added."""
    raise NotImplementedError
