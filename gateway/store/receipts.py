"""Delivery receipts: kept as they come, applied forwards only.

A receipt may repeat, come in any order, or come before the reply to our own request: it waits
here until its message is known, an hour at most.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, case, or_, select, update

from gateway.domain.messages import Receipt, ReceiptState
from gateway.store.engine import plain_column
from gateway.store.tables import outbox, receipts

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gateway.store.engine import Database

#: how long a receipt for a message not yet known is kept trying, in milliseconds
PATIENCE_MS = 3_600_000
_AGAIN_MS = 2_000
#: how far each state of an outbound message is proved; a receipt only ever moves it up
FURTHER = {
    "waiting": 0,
    "sending": 0,
    "lost": 0,
    "accepted": 1,
    "sent": 2,
    "undelivered": 3,
    "delivered": 4,
}


@dataclass(frozen=True, slots=True)
class Applied:
    """A message that a receipt moved to ``undelivered``."""

    outbox_id: str
    case_id: int | None


class Receipts:
    """Stores and applies receipts."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._insert = database.insert(receipts).on_conflict_do_nothing(
            index_elements=["channel", "provider_id", "state"]
        )

    @staticmethod
    def row(receipt: Receipt, now: int) -> dict[str, Any]:
        """The row of a receipt, ready to store."""
        return {
            "channel": receipt.channel,
            "provider_id": receipt.provider_id,
            "ref": plain_column(receipt.ref, 40),
            "state": receipt.state.value,
            "code": plain_column(receipt.code, 60),
            "received_at": now,
            "due_at": now,
        }

    def store(self, connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
        """Keep receipts made by :meth:`row`; a repeat changes nothing."""
        connection.execute(self._insert, rows)

    def waiting(self, now: int) -> bool:
        """Whether any receipt waits; asked without keeping writers waiting."""
        with self._database.read() as connection:
            return connection.execute(_WAITING, {"now": now}).first() is not None

    def apply(self, connection: Connection, now: int, limit: int) -> tuple[int, list[Applied]]:
        """Apply waiting receipts; how many were looked at, and what became undeliverable."""
        skip = not self._database.sqlite
        waiting = select(receipts).where(receipts.c.due_at <= now).order_by(receipts.c.id)
        waiting = waiting.limit(limit)
        rows = connection.execute(
            waiting.with_for_update(skip_locked=True) if skip else waiting
        ).all()
        undelivered = []
        for row in rows:
            found = self._apply_one(connection, row, now)
            if found is not None and row.state == ReceiptState.UNDELIVERED:
                undelivered.extend(found)
            known = found is not None or now - row.received_at > PATIENCE_MS
            connection.execute(
                update(receipts)
                .where(receipts.c.id == row.id)
                .values(due_at=None if known else now + _AGAIN_MS)
            )
        return len(rows), undelivered

    def _apply_one(self, connection: Connection, row: Any, now: int) -> list[Applied] | None:
        """Move the receipt's message forward; None if the message is not known (yet)."""
        mine = outbox.c.channel == row.channel
        whose = or_(outbox.c.id == row.ref, outbox.c.provider_id == row.provider_id)
        if connection.execute(select(outbox.c.id).where(mine, whose).limit(1)).first() is None:
            return None
        reached = FURTHER[row.state]
        ranks = case(FURTHER, value=outbox.c.state, else_=9)
        moved = connection.execute(
            update(outbox)
            .where(mine, whose, ranks < reached)
            .values(
                state=row.state,
                due_at=None,
                claim=None,
                provider_id=row.provider_id,
                code=row.code,
                settled_at=now,
            )
            .returning(outbox.c.id, outbox.c.case_id)
        ).all()
        return [Applied(outbox_id=each.id, case_id=each.case_id) for each in moved]


_WAITING = select(receipts.c.id).where(receipts.c.due_at <= bindparam("now")).limit(1)
