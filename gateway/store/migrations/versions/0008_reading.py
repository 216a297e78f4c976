"""What waits for a person is found, marked when it is read, and may be sorted by hand."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_TO_READ = sa.text(
    "read_at IS NULL AND outcome IN ('unsorted', 'unsure', 'question', 'unclear',"
    " 'answered_more', 'set_aside', 'unreadable')"
)


def upgrade() -> None:
    """Add the columns; what came before and was never sorted waits, too."""
    op.add_column("inbox", sa.Column("read_at", sa.BigInteger(), nullable=True))
    op.add_column("inbox", sa.Column("sorted_as", sa.Text(), server_default="", nullable=False))
    op.create_index(
        "ix_inbox_to_read", "inbox", ["id"], sqlite_where=_TO_READ, postgresql_where=_TO_READ
    )
