"""What a person has to read is marked when it is read, and may be sorted by hand."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the columns."""
    op.add_column("inbox", sa.Column("read_at", sa.BigInteger(), nullable=True))
    op.add_column("inbox", sa.Column("sorted_as", sa.Text(), server_default="", nullable=False))
