"""What a person has to read is known, and may be sorted by hand."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_UNREAD = sa.text("unread IS NOT NULL")


def upgrade() -> None:
    """Add the columns; what came before and was never sorted waits, too."""
    op.add_column("inbox", sa.Column("unread", sa.Boolean(), nullable=True))
    op.add_column("inbox", sa.Column("sorted_as", sa.Text(), server_default="", nullable=False))
    inbox = sa.table("inbox", sa.column("outcome", sa.Text), sa.column("unread", sa.Boolean))
    kept = ("unsorted", "unsure", "question", "unclear", "set_aside", "unreadable")
    op.execute(inbox.update().where(inbox.c.outcome.in_(kept)).values(unread=True))
    op.create_index(
        "ix_inbox_unread", "inbox", ["id"], sqlite_where=_UNREAD, postgresql_where=_UNREAD
    )
