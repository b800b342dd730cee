"""Takes that are listened to: which productions are, how strictly, and how far each chunk is with it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add columns with defaults: what was made without ears stays as it is."""
    op.add_column("production", sa.Column("ears", sa.Text(), nullable=False, server_default=""))
    op.add_column("chunk", sa.Column("step", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    """Steps are only ever added."""
    raise NotImplementedError
