"""The first catalog."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table."""
    op.create_table(
        "production",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("output", sa.Text(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("voice", sa.Text(), nullable=False),
        sa.Column("error_kind", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.Column("source_sha256", sa.Text(), nullable=False),
        sa.Column("source_kind", sa.Text(), nullable=False),
        sa.Column("book_key", sa.Text(), nullable=False),
        sa.Column("edition_key", sa.Text(), nullable=False),
        sa.Column("edition_folder", sa.Text(), nullable=False),
        sa.Column("doubts", sa.Integer(), nullable=False),
        sa.Column("words", sa.Integer(), nullable=False),
        sa.Column("characters", sa.Integer(), nullable=False),
        sa.Column("chunks", sa.Integer(), nullable=False),
        sa.Column("chapters", sa.Integer(), nullable=False),
        sa.Column("estimated_seconds", sa.Float(), nullable=False),
        sa.Column("audio_seconds", sa.Float(), nullable=False),
        sa.Column("stage_seconds", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
    )
    op.create_index("ix_production_state", "production", ["state"])
    op.create_index("ix_production_created_at", "production", ["created_at"])
    op.create_table(
        "chapter",
        _production(),
        sa.Column("index", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("script_key", sa.Text(), nullable=False),
        sa.Column("words", sa.Integer(), nullable=False),
        sa.Column("chunks", sa.Integer(), nullable=False),
        sa.Column("characters", sa.Integer(), nullable=False),
    )
    op.create_index("ix_chapter_script_key", "chapter", ["script_key"])
    op.create_table(
        "chunk",
        _production(),
        sa.Column("chapter", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("index", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("take_key", sa.Text(), nullable=False),
        sa.Column("engine", sa.Text(), nullable=False),
        sa.Column("voice", sa.Text(), nullable=False),
        sa.Column("characters", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_chunk_take_key", "chunk", ["take_key"])
    op.create_table(
        "mastered",
        _production(),
        sa.Column("chapter", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("codec", sa.Text(), primary_key=True),
        sa.Column("key", sa.Text(), nullable=False),
    )
    op.create_table(
        "artifact",
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False, server_default="0"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_artifact_digest", "artifact", ["digest"])
    op.create_table("need", _production(), sa.Column("key", sa.Text(), primary_key=True))
    op.create_index("ix_need_key", "need", ["key"])
    op.create_table(
        "voice_level",
        sa.Column("scope", sa.Text(), primary_key=True),
        sa.Column("voice", sa.Text(), primary_key=True),
        sa.Column("revision", sa.Text(), primary_key=True),
        sa.Column("rate", sa.Float(), primary_key=True),
        sa.Column("lufs", sa.Float(), nullable=False),
        sa.Column("corrections", sa.Integer(), nullable=False),
    )


def _production() -> sa.Column[str]:
    foreign = sa.ForeignKey("production.id", ondelete="CASCADE")
    return sa.Column("production_id", sa.Text(), foreign, primary_key=True)


def downgrade() -> None:
    """Steps are only ever added."""
    raise NotImplementedError
