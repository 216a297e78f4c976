"""The inbox: every inbound message, once per (channel, provider id), until it is processed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, func, insert, or_, select, text, update

from gateway.domain.messages import Inbound
from gateway.errors import KeyFault
from gateway.store.engine import plain_column
from gateway.store.tables import UNREAD, cases, inbox, timeline

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gateway.store.engine import Database
    from gateway.store.sealing import Keyring

SENDER = "inbox.sender"
BODY = "inbox.body"
#: how long a worker may hold messages before they are taken up by another, in milliseconds
LEASE_MS = 60_000
#: after so many claims a message that always fails is set aside for the staff
MOST_ATTEMPTS = 5
#: so many messages, of whomever, are looked through for one that was sent twice
_JUST_BEFORE = 500
#: any number will do; on PostgreSQL it makes claims follow one another, which keeps a sender's
#: messages in order however many workers there are
_CLAIM_LOCK = 7_203_320


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message a worker holds."""

    id: int
    message: Inbound
    sender_index: bytes
    received_at: int
    attempts: int
    #: the kind as which a person has sorted it
    sorted_as: str = ""


@dataclass(frozen=True, slots=True)
class Unread:
    """A message that a person has to read; ``text`` and ``sender`` "" where they were erased.

    ``case`` is the number of the case that its sender was asked about; "" for none.
    """

    id: int
    channel: str
    received_at: int
    outcome: str
    sender: str
    text: str
    case: str = ""


class Inbox:
    """Stores, claims and finishes inbound messages."""

    def __init__(self, database: Database, keys: Keyring) -> None:
        self._database = database
        self._keys = keys
        self._insert = database.insert(inbox).on_conflict_do_nothing(
            index_elements=["channel", "provider_id"]
        )

    def sealed(self, message: Inbound, at_ms: int) -> dict[str, Any]:
        """The row of a message, ready to store."""
        return {
            "channel": message.channel,
            "provider_id": message.provider_id,
            "sender_index": self._keys.index(message.sender),
            "sender_sealed": self._keys.seal(SENDER, message.sender),
            "recipient": plain_column(message.recipient, 40),
            "body_sealed": self._keys.seal(BODY, message.text),
            "received_at": at_ms,
            "due_at": at_ms,
        }

    def store(self, connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
        """Store rows made by :meth:`sealed`; one whose (channel, provider id) is there is left."""
        connection.execute(self._insert, rows)

    def add_held(self, connection: Connection, row: dict[str, Any], holder: str) -> int:
        """Insert a row made by :meth:`sealed` whose message is worked on at once; its id."""
        held = row | {"due_at": None, "claim": holder}
        return int(connection.execute(insert(inbox).returning(inbox.c.id), held).scalar_one())

    def claim(self, limit: int, holder: str, now: int) -> list[Claimed]:
        """Take waiting messages in the order of their coming.

        Never takes a message while another worker holds an earlier one of the same sender.
        """
        with self._database.write() as connection:
            if not self._database.sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _CLAIM_LOCK})
            rows = connection.execute(
                _CLAIM, {"holder": holder, "lease": now + LEASE_MS, "now": now, "limit": limit}
            ).all()
        claimed = []
        for row in rows:
            try:
                message = Inbound(
                    channel=row.channel,
                    provider_id=row.provider_id,
                    sender=self._keys.open(SENDER, row.sender_sealed),
                    recipient=row.recipient,
                    text=self._keys.open(BODY, row.body_sealed),
                )
            except KeyFault:
                # one row that was damaged must not hold up all that were claimed with it
                self.set_aside(row.id, holder, "unreadable")
                continue
            claimed.append(
                Claimed(
                    id=row.id,
                    message=message,
                    sender_index=bytes(row.sender_index),
                    received_at=row.received_at,
                    attempts=row.attempts,
                    sorted_as=row.sorted_as,
                )
            )
        return sorted(claimed, key=lambda each: each.id)

    def sender(self, connection: Connection, id_: int) -> str:
        """The number a message came from; "" where it was erased."""
        query = select(inbox.c.sender_sealed).where(inbox.c.id == id_)
        sealed = connection.execute(query).scalar()
        return "" if sealed is None else self._keys.open(SENDER, sealed)

    def same_before(
        self, connection: Connection, claimed: Claimed, since: int
    ) -> list[tuple[int, str]]:
        """(id, what it was taken for) of each message with the same words, by the same sender.

        Only those that came just before it, since then (ms): no index knows what came long ago.
        """
        rows = connection.execute(
            select(inbox.c.id, inbox.c.outcome, inbox.c.body_sealed)
            .where(inbox.c.id < claimed.id, inbox.c.id >= claimed.id - _JUST_BEFORE)
            .where(inbox.c.sender_index == claimed.sender_index, inbox.c.received_at >= since)
            .order_by(inbox.c.id)
        )
        words = claimed.message.text.casefold().split()
        return [
            (row.id, row.outcome)
            for row in rows
            if self._opened(BODY, row.body_sealed).casefold().split() == words
        ]

    def finish(
        self, connection: Connection, outcomes: Sequence[tuple[int, str]], holder: str, now: int
    ) -> bool:
        """Mark messages processed; False if any is no longer held, so that the caller rolls back.

        ``outcomes`` are (id, what the message was taken for).
        """
        result = connection.execute(
            _FINISH,
            [
                {"the_id": id_, "the_holder": holder, "outcome": outcome, "processed_at": now}
                for id_, outcome in outcomes
            ],
        )
        return result.rowcount == len(outcomes)

    def set_aside(self, id_: int, holder: str, outcome: str = "set_aside") -> None:
        """Give up on a message whose processing always fails; it stays for the staff."""
        with self._database.write() as connection:
            connection.execute(
                update(inbox)
                .where(inbox.c.id == id_, inbox.c.claim == holder)
                .values(due_at=None, claim=None, outcome=outcome, read_at=None)
            )

    # ------------------------------------------------------------ what a person reads

    def unread(self, connection: Connection, most: int) -> list[Unread]:
        """What a person has to read, the oldest first."""
        rows = connection.execute(
            select(inbox).where(UNREAD).order_by(inbox.c.id).limit(most)
        ).all()
        of_cases = connection.execute(
            select(timeline.c.inbox_id, cases.c.number)
            .join(cases, cases.c.id == timeline.c.case_id)
            .where(timeline.c.inbox_id.in_([row.id for row in rows]))
            .order_by(timeline.c.id)
        )
        numbers = {row.inbox_id: row.number for row in of_cases}
        return [
            Unread(
                id=row.id,
                channel=row.channel,
                received_at=row.received_at,
                outcome=row.outcome,
                sender=self._opened(SENDER, row.sender_sealed),
                text=self._opened(BODY, row.body_sealed),
                case=numbers.get(row.id, ""),
            )
            for row in rows
        ]

    def count_unread(
        self, connection: Connection, taken_for: Sequence[str] = (), since: int = 0
    ) -> int:
        """How much a person has to read; ``taken_for``: only of these, ``since`` then (ms)."""
        query = select(func.count()).select_from(inbox).where(UNREAD)
        if taken_for:
            query = query.where(inbox.c.outcome.in_(taken_for))
        if since:
            query = query.where(func.coalesce(inbox.c.processed_at, inbox.c.received_at) >= since)
        return int(connection.execute(query).scalar_one())

    def mark_read(self, connection: Connection, ids: Sequence[int], now: int) -> int:
        """Mark messages read; how many of them were unread."""
        query = update(inbox).where(UNREAD, inbox.c.id.in_(ids)).values(read_at=now)
        return connection.execute(query).rowcount

    def sort(self, connection: Connection, id_: int, kind: str, now: int) -> bool:
        """Have a message processed again, as a report of this kind; False if it is not to be.

        It is not if nobody has to read it any more, if its text cannot be read, or if it came by
        USSD: no SMS may follow from that.
        """
        query = (
            update(inbox)
            .where(UNREAD, inbox.c.id == id_, inbox.c.body_sealed.is_not(None))
            .where(inbox.c.sender_sealed.is_not(None))
            .where(
                inbox.c.outcome != "unreadable", inbox.c.channel.not_like("%\\_ussd", escape="\\")
            )
            .values(sorted_as=kind, read_at=now, due_at=now, attempts=0)
        )
        return connection.execute(query).rowcount == 1

    @staticmethod
    def try_again(connection: Connection, id_: int, now: int) -> bool:
        """Have a message that was set aside processed once more; False if it is not to be."""
        query = (
            update(inbox)
            .where(UNREAD, inbox.c.id == id_, inbox.c.outcome == "set_aside")
            .values(outcome="", due_at=now, attempts=0)
        )
        return connection.execute(query).rowcount == 1

    def count_processed(self, since: int, ids: Sequence[int]) -> int:
        """How many messages :meth:`processed` gives."""
        query = select(func.count()).select_from(inbox).where(_read_by_rules(since, ids))
        with self._database.read() as connection:
            return int(connection.execute(query).scalar_one())

    def processed(self, since: int, ids: Sequence[int]) -> Iterator[tuple[Claimed, str]]:
        """The messages since then (ms) that rules have read, with what they were taken for.

        Only these ``ids``, if any are given.  What a person has read or sorted, what came by USSD
        or cannot be opened any more, commands and answers are left out.
        """
        after = 0
        while True:
            query = select(inbox).where(_read_by_rules(since, ids), inbox.c.id > after)
            with self._database.read() as connection:
                rows = connection.execute(query.order_by(inbox.c.id).limit(_A_READING)).all()
            for row in rows:
                sender, body = (
                    self._opened(SENDER, row.sender_sealed),
                    self._opened(BODY, row.body_sealed),
                )
                if sender and body:
                    message = Inbound(row.channel, row.provider_id, sender, row.recipient, body)
                    index = bytes(row.sender_index)
                    yield (
                        Claimed(row.id, message, index, row.received_at, row.attempts),
                        row.outcome,
                    )
            if len(rows) < _A_READING:
                return
            after = rows[-1].id

    def _opened(self, what: str, sealed: bytes | None) -> str:
        try:
            return "" if sealed is None else self._keys.open(what, sealed)
        except KeyFault:
            return ""

    def release(self, ids: Sequence[int], holder: str, due_at: int) -> None:
        """Give messages back, to be taken up again at ``due_at``."""
        with self._database.write() as connection:
            connection.execute(
                update(inbox)
                .where(inbox.c.id.in_(ids), inbox.c.claim == holder)
                .values(due_at=due_at, claim=None)
            )


#: messages read from the database at a time
_A_READING = 500
_BECAME_REPORTS = ("report", "joined")


def _read_by_rules(since: int, ids: Sequence[int]) -> Any:
    """Of the messages since then, or of these: what rules have taken for a report, or for none."""
    which = [inbox.c.id.in_(ids)] if ids else []
    return and_(
        or_(UNREAD, inbox.c.outcome.in_(_BECAME_REPORTS)),
        inbox.c.due_at.is_(None),
        inbox.c.received_at >= since,
        inbox.c.sorted_as == "",
        inbox.c.body_sealed.is_not(None),
        inbox.c.sender_sealed.is_not(None),
        inbox.c.channel.not_like("%\\_ussd", escape="\\"),
        *which,
    )


_CLAIM = text(
    """
    UPDATE inbox SET claim = :holder, due_at = :lease, attempts = attempts + 1
    WHERE id IN (
        SELECT waiting.id FROM inbox AS waiting
        WHERE waiting.due_at <= :now AND NOT EXISTS (
            SELECT 1 FROM inbox AS earlier
            WHERE earlier.sender_index = waiting.sender_index AND earlier.id < waiting.id
              AND earlier.due_at > :now)
        ORDER BY waiting.id LIMIT :limit)
    RETURNING id, channel, provider_id, sender_index, sender_sealed, recipient, body_sealed,
              received_at, attempts, sorted_as
    """
)
_FINISH = (
    update(inbox)
    .where(inbox.c.id == bindparam("the_id"), inbox.c.claim == bindparam("the_holder"))
    .values(
        due_at=None,
        claim=None,
        processed_at=bindparam("processed_at"),
        outcome=bindparam("outcome"),
    )
)
