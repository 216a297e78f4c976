"""Step 3b: apply delivery receipts; an undeliverable alert counts for its ladder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from gateway.errors import KeyFault
from gateway.steps.deliver import undelivered

if TYPE_CHECKING:
    from gateway.steps.parts import Parts


log = structlog.get_logger()


def apply_receipts(parts: Parts, limit: int = 100) -> int:
    """Apply waiting receipts; how many were looked at."""
    now = parts.now()
    if not parts.receipts.waiting(now):
        return 0
    rung: set[str] = set()
    with parts.database.write() as connection:
        looked_at, gone = parts.receipts.apply(connection, now, limit)
        for each in gone:
            if each.case_id is not None:
                try:
                    rung |= undelivered(parts, connection, each.outbox_id, now)
                except KeyFault:  # its text cannot be sent once more; the rung's wait goes on
                    log.error("unreadable", table="outbox", rows=[each.outbox_id])
    if rung:
        parts.bell.ring(*rung)
    return looked_at
