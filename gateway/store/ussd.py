"""USSD sessions: where each stands, and what it was answered last.

``stage`` is ``live``, ``dropped`` (cut off; to be gone on with for a while), ``cased`` (the same,
but a case already, because it is urgent) or ``over``.  ``due_at`` says when the clock looks.
What is sealed is erased when a session is over and its last answer needs no repeating.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select, update

from gateway.domain.ussd.machine import State, typed_since
from gateway.store.tables import ussd_sessions as table

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gateway.domain.messages import Dial
    from gateway.store.engine import Database
    from gateway.store.sealing import Keyring

LIVE, DROPPED, CASED, OVER = "live", "dropped", "cased", "over"
#: whoever is cut off more often within half an hour goes on with one of the last
_MOST_UNFINISHED = 8
_PHONE, _STATE, _ANSWER = "ussd.phone", "ussd.state", "ussd.answer"


@dataclass(frozen=True, slots=True)
class Session:
    """A session, held until commit.

    ``state`` None: it has just begun, or is over.  ``answer``: what it was answered last, "" for
    nothing yet.  ``case_id`` and ``inbox_id``: the case it has become already, and by which row.
    """

    id: int
    channel: str
    phone: str
    phone_index: bytes
    stage: str
    state: State | None
    answer: str
    heard_index: bytes | None
    heard: int
    language: str
    case_id: int | None
    inbox_id: int | None
    last_at: int


class Sessions:
    """Keeps USSD sessions."""

    def __init__(self, database: Database, keys: Keyring) -> None:
        self._database = database
        self._keys = keys
        self._insert = database.insert(table).on_conflict_do_nothing(
            index_elements=["channel", "session_index"]
        )
        self._by_index = select(table).where(
            table.c.channel == bindparam("the_channel"),
            table.c.session_index == bindparam("the_index"),
        )
        if not database.sqlite:
            self._by_index = self._by_index.with_for_update()

    def _index(self, channel: str, session: str, phone: str) -> bytes:
        return self._keys.index(f"ussd {channel} {session} {phone}")

    def hold(self, connection: Connection, dial: Dial, now: int) -> Session:
        """The session of a post, made if there is none; another post of it waits until commit."""
        index = self._index(dial.channel, dial.session, dial.phone)
        asked = {"the_channel": dial.channel, "the_index": index}
        row = connection.execute(self._by_index, asked).first()
        if row is None:
            new = {
                "channel": dial.channel,
                "session_index": index,
                "phone_index": self._keys.index(dial.phone),
                "phone_sealed": self._keys.seal(_PHONE, dial.phone),
                "stage": LIVE,
                "started_at": now,
                "last_at": now,
            }
            connection.execute(self._insert, new)
            row = connection.execute(self._by_index, asked).one()
        found = self._session(row)
        if not found.phone:  # long over, its number erased, and its id used again
            self.move(connection, found.id, phone_sealed=self._keys.seal(_PHONE, dial.phone))
        return replace(found, phone=dial.phone)

    def find(
        self, connection: Connection, channel: str, session: str, phone: str
    ) -> Session | None:
        """The session of an end notice, held until commit."""
        asked = {"the_channel": channel, "the_index": self._index(channel, session, phone)}
        row = connection.execute(self._by_index, asked).first()
        return None if row is None else self._session(row)

    def unfinished(
        self, connection: Connection, session: Session, since: int, *, held: bool
    ) -> list[Session]:
        """The last sessions of the same phone since (ms) that are not over, the newest first.

        ``held``: until commit.
        """
        query = (
            select(table)
            .where(
                table.c.phone_index == session.phone_index,
                table.c.id != session.id,
                table.c.stage.in_((LIVE, DROPPED, CASED)),
                table.c.last_at >= since,
                table.c.state_sealed.is_not(None),
            )
            .order_by(table.c.id.desc())
            .limit(_MOST_UNFINISHED)
        )
        if held and not self._database.sqlite:
            query = query.with_for_update()
        return [self._session(row) for row in connection.execute(query).all()]

    def language(self, connection: Connection, phone_index: bytes) -> str:
        """The language chosen last on this phone; "" if none ever was."""
        query = (
            select(table.c.language)
            .where(table.c.phone_index == phone_index, table.c.language != "")
            .order_by(table.c.id.desc())
            .limit(1)
        )
        return connection.execute(query).scalar() or ""

    @staticmethod
    def due(connection: Connection, now: int, limit: int) -> list[int]:
        """Sessions whose time has come, the earliest first."""
        query = select(table.c.id).where(table.c.due_at <= now).order_by(table.c.due_at)
        return list(connection.execute(query.limit(limit)).scalars())

    def take_due(self, connection: Connection, id_: int, now: int) -> Session | None:
        """A session whose time has come, held until commit; None if it was moved meanwhile."""
        return self._one(connection, table.c.id == id_, table.c.due_at <= now)

    def typed(self, held: Session, text: str) -> tuple[bool, str | None]:
        """(whether the post is new, what was typed on the last screen)."""
        if held.heard_index is None:
            return True, typed_since(text, None, same=False)
        same = self._heard(held.id, text[: held.heard]) == held.heard_index
        typed = typed_since(text, held.heard, same=same)
        return typed is not None, typed

    def _heard(self, id_: int, text: str) -> bytes:
        return self._keys.index(f"heard {id_} {text}")

    def keep(
        self,
        connection: Connection,
        held: Session,
        state: State,
        answer: str,
        text: str,
        **values: Any,
    ) -> None:
        """Keep where a session stands after a post; ``text`` is all that was typed so far."""
        self.move(
            connection,
            held.id,
            state_sealed=self._keys.seal(_STATE, state.to_json()),
            answer_sealed=self._keys.seal(_ANSWER, answer),
            heard_index=self._heard(held.id, text),
            heard=len(text),
            **values,
        )

    @staticmethod
    def move(connection: Connection, id_: int, **values: Any) -> None:
        """Change columns of a session."""
        connection.execute(_MOVE, {"the_id": id_, **values})

    @staticmethod
    def erase(connection: Connection, ids: Sequence[int]) -> None:
        """Erase what is personal of sessions that are over."""
        connection.execute(
            update(table)
            .where(table.c.id.in_(ids))
            .values(
                stage=OVER, phone_sealed=None, state_sealed=None, answer_sealed=None, due_at=None
            )
        )

    def _one(self, connection: Connection, *which: Any) -> Session | None:
        query = select(table).where(*which).order_by(table.c.id.desc()).limit(1)
        if not self._database.sqlite:
            query = query.with_for_update()
        row = connection.execute(query).first()
        return None if row is None else self._session(row)

    def _session(self, row: Any) -> Session:
        opened = self._keys.open
        return Session(
            id=row.id,
            channel=row.channel,
            phone="" if row.phone_sealed is None else opened(_PHONE, row.phone_sealed),
            phone_index=bytes(row.phone_index),
            stage=row.stage,
            state=None
            if row.state_sealed is None
            else State.from_json(opened(_STATE, row.state_sealed)),
            answer="" if row.answer_sealed is None else opened(_ANSWER, row.answer_sealed),
            heard_index=None if row.heard_index is None else bytes(row.heard_index),
            heard=row.heard,
            language=row.language,
            case_id=row.case_id,
            inbox_id=row.inbox_id,
            last_at=row.last_at,
        )


_MOVE = update(table).where(table.c.id == bindparam("the_id"))
