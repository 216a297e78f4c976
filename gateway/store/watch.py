"""What an operator watches: heartbeats, pages, what waits and for how long, counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select, text

from gateway.domain.messages import Priority
from gateway.errors import KeyFault
from gateway.store.tables import cases, heartbeats, inbox, meta, outbox, pages, receipts

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gateway.store.engine import Database
    from gateway.store.sealing import Keyring

_PROOF = "proof"
#: a page stands this long after the last message that met it, in milliseconds
_PAGE_LASTS_MS = 180_000


@dataclass(frozen=True, slots=True)
class Page:
    """A channel that needs its operator: the vendor's code, and since when (ms)."""

    channel: str
    code: str
    why: str
    first_at: int
    last_at: int


class Watch:
    """Reads and writes what is watched."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def beat(self, part: str, now: int) -> None:
        """Say that a part of the gateway is alive."""
        statement = self._database.insert(heartbeats)
        with self._database.write() as connection:
            connection.execute(
                statement.on_conflict_do_update(index_elements=["part"], set_={"at": now}),
                {"part": part, "at": now},
            )

    def last_beat(self, part: str) -> int | None:
        """When a part last said that it is alive (ms)."""
        with self._database.read() as connection:
            query = select(heartbeats.c.at).where(heartbeats.c.part == part)
            return connection.execute(query).scalar()

    def prove_keys(self, keys: Keyring) -> None:
        """Refuse keys that are not those the data is sealed with.

        Raises:
            KeyFault: the keys do not open what the first start sealed.
        """
        with self._database.read() as connection:
            found = connection.execute(select(meta.c.value).where(meta.c.name == _PROOF)).scalar()
        if found is None:
            statement = self._database.insert(meta).on_conflict_do_nothing(index_elements=["name"])
            sealed = keys.seal(f"meta.{_PROOF}", _PROOF).hex() + ":" + keys.index(_PROOF).hex()
            with self._database.write() as connection:
                connection.execute(statement, {"name": _PROOF, "value": sealed})
            return
        sealed, _, index = found.partition(":")
        keys.open(f"meta.{_PROOF}", bytes.fromhex(sealed))
        if keys.index(_PROOF).hex() != index:
            raise KeyFault("the index key in SAFETYNET_KEYS is not the one this data was made with")

    def page(self, connection: Connection, channel: str, code: str, why: str, now: int) -> bool:
        """Note that a channel needs its operator; True if that is news."""
        query = select(pages.c.first_at).where(pages.c.channel == channel, pages.c.until > now)
        first_at = connection.execute(query).scalar()
        values = {"code": code, "why": why, "last_at": now, "until": now + _PAGE_LASTS_MS}
        values["first_at"] = first_at or now
        statement = self._database.insert(pages)
        connection.execute(
            statement.on_conflict_do_update(index_elements=["channel"], set_=values),
            {"channel": channel, **values},
        )
        return first_at is None

    def open_pages(self, now: int) -> list[Page]:
        """Channels that need their operator; one whose messages go again drops out by itself."""
        with self._database.read() as connection:
            rows = connection.execute(select(pages).where(pages.c.until > now)).all()
        return [Page(r.channel, r.code, r.why, r.first_at, r.last_at) for r in rows]

    def last_done(self, what: str) -> str:
        """When something that is done once a day, or so, was done last; "" for never.

        A day (ISO), or whatever else sorts as it follows.
        """
        with self._database.read() as connection:
            query = select(meta.c.value).where(meta.c.name == f"day.{what}")
            return connection.execute(query).scalar() or ""

    def do_once(self, connection: Connection, what: str, when: str) -> bool:
        """Note that it is done for then; False if it was already, be it by another process."""
        statement = self._database.insert(meta)
        done = connection.execute(
            statement.on_conflict_do_update(
                index_elements=["name"], set_={"value": when}, where=meta.c.value < when
            ).returning(meta.c.name),
            {"name": f"day.{what}", "value": when},
        )
        return done.first() is not None

    def oldest_due(self, now: int) -> dict[str, int]:
        """For each queue with due work: for how long the oldest of it has been due (ms)."""
        with self._database.read() as connection:
            rows = connection.execute(_OLDEST, {"now": now}).all()
        found: dict[str, int] = {}
        for row in rows:
            if row.due_at is not None:
                found[row.queue] = max(found.get(row.queue, 0), now - row.due_at)
        return found

    def counts(self) -> dict[tuple[str, str], int]:
        """How many messages, by (table, state), for metrics and doctor."""
        found: dict[tuple[str, str], int] = {}
        with self._database.read() as connection:
            for table, column in ((outbox, outbox.c.state), (cases, cases.c.status)):
                rows = connection.execute(select(column, func.count()).group_by(column)).all()
                found.update({(table.name, row[0]): row[1] for row in rows})
            waiting = select(func.count()).where(inbox.c.due_at.is_not(None))
            found["inbox", "waiting"] = connection.execute(waiting).scalar_one()
            unapplied = select(func.count()).where(receipts.c.due_at.is_not(None))
            found["receipts", "waiting"] = connection.execute(unapplied).scalar_one()
        return found


_OLDEST = text(
    f"""
    SELECT 'inbound' AS queue, MIN(due_at) AS due_at FROM inbox WHERE due_at <= :now
    UNION ALL SELECT 'inbound', MIN(due_at) FROM receipts WHERE due_at <= :now
    UNION ALL SELECT 'alerts', MIN(due_at) FROM outbox
        WHERE due_at <= :now AND priority = {int(Priority.URGENT_ALERT)} AND state <> 'accepted'
    UNION ALL SELECT 'outbound', MIN(due_at) FROM outbox
        WHERE due_at <= :now AND priority > {int(Priority.URGENT_ALERT)} AND state <> 'accepted'
    """  # noqa: S608 a number of ours
)
