"""The index of clues holds the case, so that cases are counted without being read."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Exchange the index."""
    op.drop_index("ix_clues_clue_index_at", "clues")
    op.create_index("ix_clues_clue_index_at_case_id", "clues", ["clue_index", "at", "case_id"])
