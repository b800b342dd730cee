"""Shows, their episodes, and the feeds that they follow."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What is a podcast is written down from here on."""
    op.create_table(
        "show",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("public", sa.JSON(), nullable=False),
        sa.Column("making", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "episode",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("show", sa.Text(), sa.ForeignKey("show.name", ondelete="CASCADE"), nullable=False),
        sa.Column("production_id", sa.Text(), nullable=False),
        sa.Column("guid", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        *_texts("state", "source", "title", "edition_key", "error", "episode"),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_episode_show", "episode", ["show"])
    op.create_index("ix_episode_production_id", "episode", ["production_id"])
    op.create_index("ix_episode_guid", "episode", ["guid"], unique=True)
    op.create_index("ix_episode_show_production", "episode", ["show", "production_id"], unique=True)
    op.create_table(
        "followed_feed",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("show", sa.Text(), sa.ForeignKey("show.name", ondelete="CASCADE"), nullable=False),
        *_texts("url", "address", "title"),
        sa.Column("rules", sa.JSON(), nullable=False),
        *_texts("etag", "modified"),
        sa.Column("failures", sa.Integer(), nullable=False),
        *_texts("error"),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_followed_feed_url", "followed_feed", ["show", "url"], unique=True)
    op.create_table(
        "feed_entry",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("show", sa.Text(), sa.ForeignKey("show.name", ondelete="CASCADE"), nullable=False),
        *_texts("url", "key", "state", "title", "link", "reason", "production_id"),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
    )
    op.create_index("ix_feed_entry_key", "feed_entry", ["show", "url", "key"], unique=True)
    op.create_index("ix_feed_entry_state", "feed_entry", ["show", "url", "state"])


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def downgrade() -> None:
    """Steps are only ever added."""
    raise NotImplementedError
