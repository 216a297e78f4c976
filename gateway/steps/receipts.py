"""Step 3b: apply delivery receipts; an undeliverable alert counts for its ladder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.steps.deliver import undelivered

if TYPE_CHECKING:
    from gateway.steps.parts import Parts


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
                rung |= undelivered(parts, connection, each.outbox_id, now)
    if rung:
        parts.bell.ring(*rung)
    return looked_at
