"""The clock of the demonstration, which can be set forward.

A ladder waits for hours and a check-in for days; whoever tries the gateway should see both.  The
offset from real time stands in the database, because web, workers and clock are processes of their
own and must agree on the time.  It only ever grows: what is stored bears the times it was given,
and a clock set back would have it lie in the future.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, text, update

from gateway.store.engine import now_ms
from gateway.store.tables import heartbeats, inbox, meta, outbox

if TYPE_CHECKING:
    from gateway.store.engine import Database

#: the longest single step; further on, a typing error is likelier than a wish
MOST_MINUTES = 60 * 24 * 60
_NAME = "demo_clock_ms"
_MINUTE_MS = 60_000
#: how long a process may go on with the offset it has read, in seconds
_REREAD_SECONDS = 0.3


class DemoClock:
    """Real time and an offset, as milliseconds since 1970; called as ``now_ms`` is."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._offset = 0
        self._read_at: float | None = None
        insert = database.insert(meta)
        self._add = insert.on_conflict_do_update(
            index_elements=["name"],
            set_={
                "value": text(
                    "CAST(CAST(meta.value AS BIGINT) + CAST(excluded.value AS BIGINT) AS TEXT)"
                )
            },
        ).returning(meta.c.value)

    def __call__(self) -> int:
        """The present instant of the demonstration."""
        with self._lock:
            asked_at = time.monotonic()
            if self._read_at is None or asked_at - self._read_at > _REREAD_SECONDS:
                # another thread's step may have been noted since this was read: never back
                self._offset = max(self._offset, self._stored())
                self._read_at = asked_at
            return now_ms() + self._offset

    def forward(self, minutes: int) -> int:
        """Set the clock forward in every process; the new present instant.

        Leases and heartbeats go along: they measure how long a process has really been silent.

        Raises:
            ValueError: not between one minute and sixty days.
        """
        if not 0 < minutes <= MOST_MINUTES:
            raise ValueError(f"the clock is set forward by 1 to {MOST_MINUTES} minutes")
        step = minutes * _MINUTE_MS
        with self._database.write() as connection:
            new = {"name": _NAME, "value": str(step)}
            offset = int(connection.execute(self._add, new).scalar_one())
            for statement in _WITH_THE_CLOCK:
                connection.execute(statement, {"step": step})
        with self._lock:
            self._offset = max(self._offset, offset)
            return now_ms() + self._offset

    def _stored(self) -> int:
        with self._database.read() as connection:
            query = select(meta.c.value).where(meta.c.name == _NAME)
            return int(connection.execute(query).scalar() or 0)


_WITH_THE_CLOCK = (
    update(heartbeats).values(at=heartbeats.c.at + bindparam("step")),
    *(
        update(queue)
        .where(queue.c.claim.is_not(None), queue.c.due_at.is_not(None))
        .values(due_at=queue.c.due_at + bindparam("step"))
        for queue in (inbox, outbox)
    ),
)
