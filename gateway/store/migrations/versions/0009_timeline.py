"""Whatever a person reads is found in its timeline by an index, not by going through all of them.

Most events come of no message, and stand in no index.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_OF_A_MESSAGE = sa.text("inbox_id IS NOT NULL")


def upgrade() -> None:
    """Add the index."""
    op.create_index(
        "ix_timeline_inbox_id",
        "timeline",
        ["inbox_id"],
        sqlite_where=_OF_A_MESSAGE,
        postgresql_where=_OF_A_MESSAGE,
    )
