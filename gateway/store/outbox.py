"""The outbox: every message that is to leave, until its provider has it or never will.

A row's ``state`` is ``waiting``, ``sending``, ``accepted``, ``sent``, ``delivered``,
``undelivered`` (refused, or told undelivered), ``lost`` (its fate is not known and it may not
be sent twice), ``expired``, or ``cancelled`` (no longer needed before it had left).  An
``accepted`` one that is due still waits for its first receipt.
Claimed rows whose sender died: an alert is sent again, a message
marked ``once`` (a public reply) is not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import and_, bindparam, insert, select, text, update

from gateway.domain.messages import Outbound, Priority
from gateway.errors import KeyFault
from gateway.store.tables import outbox

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gateway.store.engine import Database
    from gateway.store.sealing import Keyring

TO = "outbox.to"
BODY = "outbox.body"

log = structlog.get_logger()

#: longer than any send can take (ten seconds), in milliseconds
LEASE_MS = 30_000


@dataclass(frozen=True, slots=True)
class Held:
    """An outbound message a sender holds; ``damaged``: it cannot be read, and so not be sent."""

    message: Outbound
    channel: str
    priority: Priority
    once: bool
    attempts: int
    created_at: int
    case_id: int | None
    damaged: bool = False


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a held message.

    ``due_at`` None: nothing is left to do; of one that is ``accepted``, when a receipt is missed.
    """

    id: str
    state: str
    due_at: int | None = None
    provider_id: str | None = None
    code: str = ""


class Outbox:
    """Adds, claims and settles outbound messages."""

    def __init__(self, database: Database, keys: Keyring) -> None:
        self._database = database
        self._keys = keys
        skip = "" if database.sqlite else "FOR UPDATE SKIP LOCKED"
        self._claim = text(_CLAIM.format(skip=skip))

    def row(
        self,
        *,
        channel: str,
        to: str,
        body: str,
        template: str,
        priority: Priority,
        at_ms: int,
        case_id: int | None = None,
        contact_id: int | None = None,
        inbox_id: int | None = None,
        due_ms: int | None = None,
    ) -> dict[str, Any]:
        """The row of a new message to ``to`` (E.164), ready to :meth:`add`.

        It leaves at ``due_ms``, or at once.
        """
        return {
            "id": self._database.new_id(at_ms),
            "channel": channel,
            "to_index": self._keys.index(to),
            "to_sealed": self._keys.seal(TO, to),
            "body_sealed": self._keys.seal(BODY, body),
            "template": template,
            "priority": int(priority),
            "once": priority is Priority.REPLY,
            "state": "waiting",
            "due_at": at_ms if due_ms is None else due_ms,
            "case_id": case_id,
            "contact_id": contact_id,
            "inbox_id": inbox_id,
            "created_at": at_ms,
        }

    def again(
        self, connection: Connection, id_: str, other: Callable[[str], str], now: int
    ) -> dict[str, Any] | None:
        """The row of the same text by the channel that ``other`` names.

        None if it names none, or the text cannot be read.
        """
        old = connection.execute(select(outbox).where(outbox.c.id == id_)).first()
        channel = other(old.channel) if old is not None else ""
        if old is None or not channel or old.body_sealed is None:
            return None
        try:
            to, body = self._keys.open(TO, old.to_sealed), self._keys.open(BODY, old.body_sealed)
        except KeyFault:
            log.error("unreadable", table="outbox", rows=[id_])
            return None
        return self.row(
            channel=channel,
            to=to,
            body=body,
            template=old.template,
            priority=Priority(old.priority),
            at_ms=now,
            case_id=old.case_id,
            contact_id=old.contact_id,
        )

    @staticmethod
    def cancel(connection: Connection, id_: str, now: int) -> None:
        """A message that waits does not leave."""
        connection.execute(
            update(outbox)
            .where(outbox.c.id == id_, outbox.c.state == "waiting")
            .values(state="cancelled", due_at=None, settled_at=now)
        )

    @staticmethod
    def withdraw(connection: Connection, to: bytes, now: int) -> None:
        """What waits to be sent to this number (by index) as a reporter's does not leave."""
        connection.execute(
            update(outbox)
            .where(
                outbox.c.due_at.is_not(None),
                outbox.c.to_index == to,
                outbox.c.state == "waiting",
                outbox.c.contact_id.is_(None),
            )
            .values(state="cancelled", due_at=None, settled_at=now)
        )

    @staticmethod
    def withdraw_of(connection: Connection, contact_id: int, now: int) -> None:
        """Nothing that waits for a contact leaves."""
        connection.execute(
            update(outbox)
            .where(
                outbox.c.due_at.is_not(None),
                outbox.c.contact_id == contact_id,
                outbox.c.state == "waiting",
            )
            .values(state="cancelled", due_at=None, settled_at=now)
        )

    def add(self, connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
        """Add rows made by :meth:`row`."""
        connection.execute(insert(outbox), rows)

    def claim(self, limit: int, lowest: Priority, holder: str, now: int) -> list[Held]:
        """Take due messages, the most urgent first, none less urgent than ``lowest``.

        One row that was damaged must not hold up all that are claimed with it: it is told to be.
        """
        with self._database.read() as connection:  # without keeping writers waiting for nothing
            due = {"now": now, "lowest": int(lowest)}
            if connection.execute(_ANY_DUE, due).first() is None:
                return []
        with self._database.write() as connection:
            rows = connection.execute(
                self._claim,
                {
                    "holder": holder,
                    "lease": now + LEASE_MS,
                    "now": now,
                    "limit": limit,
                    "lowest": int(lowest),
                },
            ).all()
        held = [self._held(row) for row in rows]
        damaged = [each.message.id for each in held if each.damaged]
        if damaged:
            log.error("unreadable", table="outbox", rows=damaged)
        return sorted(held, key=lambda each: (each.priority, each.created_at))

    def _held(self, row: Any) -> Held:
        try:
            to, text_ = self._keys.open(TO, row.to_sealed), self._keys.open(BODY, row.body_sealed)
            damaged = False
        except KeyFault:
            to, text_, damaged = "", "", True
        return Held(
            message=Outbound(id=row.id, to=to, text=text_),
            channel=row.channel,
            priority=Priority(row.priority),
            once=row.once,
            attempts=row.attempts,
            created_at=row.created_at,
            case_id=row.case_id,
            damaged=damaged,
        )

    def settle(
        self, connection: Connection, settled: Sequence[Settled], holder: str, now: int
    ) -> None:
        """Record what became of held messages.

        A receipt may have proved more in the meantime: what is proved is not taken back.
        """
        connection.execute(
            _SETTLE,
            [
                {
                    "the_id": each.id,
                    "the_holder": holder,
                    "the_state": each.state,
                    "the_due_at": each.due_at,
                    "the_provider_id": each.provider_id,
                    "the_code": each.code,
                    "now": now,
                }
                for each in settled
            ],
        )

    def silent(self, connection: Connection, now: int, limit: int) -> list[str]:
        """Accepted messages of which a receipt is missed by now; each is told once only."""
        due = and_(outbox.c.due_at <= now, outbox.c.state == "accepted")
        first = select(outbox.c.id).where(due).order_by(outbox.c.due_at).limit(limit)
        # the conditions stand twice: a second clock waits for the row and then looks at it again
        told = (
            update(outbox)
            .where(outbox.c.id.in_(first), due)
            .values(due_at=None)
            .returning(outbox.c.id)
        )
        return [row.id for row in connection.execute(told).all()]

    def lose_unsure(self, now: int) -> int:
        """Finish messages that may not be sent twice and whose sender died; how many."""
        with self._database.write() as connection:
            result = connection.execute(
                update(outbox)
                .where(outbox.c.due_at <= now, outbox.c.state == "sending", outbox.c.once)
                .values(state="lost", due_at=None, claim=None, settled_at=now)
            )
        return result.rowcount


_DUE = """
    due_at <= :now AND priority <= :lowest
    AND (state = 'waiting' OR (state = 'sending' AND NOT once))
"""
_ANY_DUE = text(f"SELECT 1 FROM outbox WHERE {_DUE} LIMIT 1")  # noqa: S608 a text of ours
_CLAIM = f"""
    UPDATE outbox SET claim = :holder, state = 'sending', due_at = :lease, attempts = attempts + 1
    WHERE id IN (
        SELECT id FROM outbox WHERE {_DUE}
        ORDER BY priority, due_at LIMIT :limit {{skip}})
    RETURNING id, channel, to_sealed, body_sealed, priority, once, attempts, created_at, case_id
    """  # noqa: S608 a text of ours
_SETTLE = (
    update(outbox)
    .where(
        outbox.c.id == bindparam("the_id"),
        outbox.c.claim == bindparam("the_holder"),
        outbox.c.state == "sending",
    )
    .values(
        state=bindparam("the_state"),
        due_at=bindparam("the_due_at"),
        provider_id=bindparam("the_provider_id"),
        code=bindparam("the_code"),
        claim=None,
        settled_at=bindparam("now"),
    )
)
