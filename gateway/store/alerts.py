"""Alerts: who is asked to act on which case, what they answer, and the rung a case stands on."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import and_, func, insert, literal_column, or_, select, update

from gateway.domain.cases import Impossible, Status, Story
from gateway.domain.consequences import Asked
from gateway.domain.ladders import GROUND
from gateway.domain.understanding import Fields
from gateway.errors import KeyFault
from gateway.store.cases import excluded_of, summary_of
from gateway.store.tables import alerts, cases, outbox

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gateway.domain.alerts import Summary
    from gateway.domain.growth import Growth
    from gateway.store.cases import Cases
    from gateway.store.engine import Database

log = structlog.get_logger()
#: the rung of who was not asked by the ladder, but was given the case
_GIVEN = -2
#: states in which a contact may still act on an alert and is told when somebody else does; the
#: ladder counts on those who are ``asked`` only, whoever's duty has ended since has ``lapsed``
_OPEN = ("asked", "lapsed")
#: states of messages that a contact cannot have read
_NOT_LEFT = ("waiting", "cancelled")
#: how many of a contact's latest cases a bare ACK looks at
_ASKED_LATEST = 20


@dataclass(frozen=True, slots=True)
class Climbing:
    """A case whose ladder moves on; ``asked`` rungs of it have been asked in this round."""

    id: int
    summary: Summary
    excluded: tuple[int, ...]
    rung: int
    round: int
    asked: int
    due_at: int | None


class Alerts:
    """Asks contacts, takes their answers, and moves cases from rung to rung."""

    def __init__(self, database: Database, cases_: Cases) -> None:
        self._database = database
        self._cases = cases_

    def follow(self, connection: Connection, grown: Growth, now: int) -> None:
        """Take back what a case that has grown asks no more.

        Where its ladder begins anew, and for whoever is kept out from now on, what waits to be
        sent (until the quiet hours end) does not leave.
        """
        if grown.step is not None:
            self.end_alerts(connection, grown.case_id, now)
        for contact_id in grown.kept_out:
            self.withdraw_alerts(connection, grown.case_id, contact_id, now)

    def end_alerts(self, connection: Connection, case_id: int, now: int) -> None:
        """Nobody is asked on the case any more; what has not left the gateway does not leave."""
        mine = and_(alerts.c.case_id == case_id, alerts.c.state.in_(_OPEN))
        self._answer_alert(connection, mine, "over", now)

    @staticmethod
    def _answer_alert(connection: Connection, which: Any, state: str, now: int) -> None:
        """How alerts end; their messages do not leave, if they wait still."""
        over = (
            update(alerts)
            .where(which)
            .values(state=state, answered_at=now)
            .returning(alerts.c.outbox_id)
        )
        ids = [row.outbox_id for row in connection.execute(over).all()]
        if ids:
            connection.execute(
                update(outbox)
                .where(outbox.c.id.in_(ids), outbox.c.state == "waiting")
                .values(state="cancelled", due_at=None, settled_at=now)
            )

    @staticmethod
    def withdraw_alerts(connection: Connection, case_id: int, contact_id: int, now: int) -> None:
        """A contact must not hear of a case: what is asked or waits to be sent is taken back."""
        connection.execute(
            update(alerts)
            .where(
                alerts.c.case_id == case_id,
                alerts.c.contact_id == contact_id,
                alerts.c.state.in_(_OPEN),
            )
            .values(state="over", answered_at=now)
        )
        connection.execute(
            update(outbox)
            .where(
                outbox.c.case_id == case_id,
                outbox.c.contact_id == contact_id,
                outbox.c.state == "waiting",
            )
            .values(state="cancelled", due_at=None, settled_at=now)
        )

    @staticmethod
    def move_alert(connection: Connection, outbox_id: str, new_outbox_id: str) -> None:
        """Another message carries the alert from now on, by another channel."""
        connection.execute(
            update(alerts)
            .where(alerts.c.outbox_id == outbox_id)
            .values(outbox_id=new_outbox_id, channels=alerts.c.channels + 1)
        )

    def ask_row(
        self, case_id: int, contact_id: int, rung: int, round_: int, outbox_id: str, now: int
    ) -> dict[str, Any]:
        """The row of an alert."""
        return {
            "id": self._database.new_id(now),
            "case_id": case_id,
            "contact_id": contact_id,
            "rung": rung,
            "round": round_,
            "state": "asked",
            "outbox_id": outbox_id,
            "asked_at": now,
        }

    @staticmethod
    def insert_alerts(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
        """Insert alerts, after the messages that carry them."""
        if rows:
            connection.execute(_INSERT_ALERTS, list(rows))

    def asked_of(
        self, connection: Connection, contact_id: int, *, held: bool = True
    ) -> tuple[Asked, ...]:
        """The latest cases a contact was asked to act on, newest first, held until commit.

        None that the contact is kept out of by now, nor among the others who is.  Not ``held``:
        only to look at.
        """
        mine = (
            select(
                cases.c.id,
                cases.c.number,
                cases.c.taken_by,
                alerts.c.id.label("alert_id"),
                alerts.c.state,
                alerts.c.asked_at,
                cases.c.urgency,
                cases.c.excluded,
                _HAS_LEFT.label("has_left"),
            )
            .join(cases, cases.c.id == alerts.c.case_id)
            .join(outbox, outbox.c.id == alerts.c.outbox_id)
            .where(alerts.c.contact_id == contact_id, cases.c.status != Status.CLOSED.value)
            .order_by(alerts.c.asked_at.desc(), alerts.c.id.desc())
            .limit(_ASKED_LATEST)
        )
        if held and not self._database.sqlite:
            mine = mine.with_for_update(of=cases)
        found: dict[int, Asked] = {}
        rows = connection.execute(mine).all()
        others = self._others(connection, contact_id, {row.id for row in rows})
        for row in rows:
            out = excluded_of(row)
            # a repeated rung asks twice; the latest counts
            if row.id not in found and contact_id not in out:
                found[row.id] = Asked(
                    case_id=row.id,
                    number=row.number,
                    alert_id=row.alert_id,
                    # who has not heard of a case yet cannot mean it by ACK alone
                    waiting=row.state in _OPEN and row.taken_by is None and bool(row.has_left),
                    taken_by=row.taken_by,
                    others=tuple(each for each in others.get(row.id, ()) if each not in out),
                    asked_at=row.asked_at,
                    urgent=row.urgency == "urgent",
                    excluded=out,
                )
        return tuple(found.values())

    @staticmethod
    def _others(
        connection: Connection, contact_id: int, case_ids: Collection[int]
    ) -> dict[int, tuple[int, ...]]:
        """Who else is asked on these cases, or has passed them on.

        Whatever the contact has answered: who has passed may take the case all the same.  Not
        those whom no alert has left for: they know of no case that somebody could have taken.
        """
        if not case_ids:
            return {}
        rows = connection.execute(
            select(alerts.c.case_id, alerts.c.contact_id)
            .join(outbox, outbox.c.id == alerts.c.outbox_id)
            .where(
                alerts.c.case_id.in_(case_ids),
                alerts.c.contact_id != contact_id,
                alerts.c.state.in_((*_OPEN, "passed")),
                _HAS_LEFT,
            )
            .distinct()
            .order_by(alerts.c.contact_id)
        ).all()
        found: dict[int, tuple[int, ...]] = {}
        for row in rows:
            found[row.case_id] = (*found.get(row.case_id, ()), row.contact_id)
        return found

    @staticmethod
    def asked_on(connection: Connection, case_id: int) -> list[int]:
        """The contacts who were asked on a case and may still answer."""
        query = select(alerts.c.contact_id).where(
            alerts.c.case_id == case_id, alerts.c.state.in_(_OPEN)
        )
        return list(connection.execute(query.order_by(alerts.c.contact_id)).scalars())

    def open_alerts_of(self, connection: Connection, contact_id: int) -> list[Any]:
        """What a contact is asked and has not answered; its cases are held until commit."""
        self.hold_asked(connection, contact_id)
        # an answer may have been committed while this waited for the cases
        query = select(alerts).where(_asked(contact_id)).order_by(alerts.c.asked_at)
        return list(connection.execute(query).all())

    def hold_asked(self, connection: Connection, contact_id: int) -> None:
        """Hold the cases a contact is asked on until commit.

        Else two who leave a rung at the same instant would each count on the other.
        """
        if not self._database.sqlite:
            theirs = cases.c.id.in_(select(alerts.c.case_id).where(_asked(contact_id)))
            query = select(cases.c.id).where(theirs).order_by(cases.c.id.desc())
            connection.execute(query.with_for_update()).all()

    @staticmethod
    def asked_in(connection: Connection, case_id: int, round_: int) -> set[int]:
        """The contacts who were asked on a case in this round, whatever they answered."""
        query = select(alerts.c.contact_id).where(
            alerts.c.case_id == case_id, alerts.c.round == round_
        )
        return set(connection.execute(query).scalars())

    def take(
        self, connection: Connection, case_id: int, alert_id: str, contact_id: int, now: int
    ) -> bool:
        """Give the case to a contact; False if somebody else was first."""
        try:
            self._cases.set_status(
                connection, case_id, "taken", taken_by=contact_id, taken_at=now, due_at=None
            )
        except Impossible:
            return False
        self._answer_alert(connection, alerts.c.id == alert_id, "acked", now)
        self.end_alerts(connection, case_id, now)
        return True

    def release(self, connection: Connection, case_id: int, alert_id: str, now: int) -> bool:
        """Who had the case hands it back; False if it is nobody's.

        The next rung is due at once; without one, the clock asks the last rung again.
        """
        try:
            self._cases.set_status(
                connection, case_id, "released", taken_by=None, taken_at=None, due_at=now
            )
        except Impossible:
            return False
        connection.execute(
            update(alerts).where(alerts.c.id == alert_id).values(state="passed", answered_at=now)
        )
        return True

    def give(
        self, connection: Connection, case_id: int, contact_id: int, outbox_id: str, now: int
    ) -> None:
        """The case was given to a contact: it stands among what they were asked, answered."""
        given = connection.execute(
            update(alerts)
            .where(alerts.c.case_id == case_id, alerts.c.contact_id == contact_id)
            .values(state="acked", answered_at=now)
        )
        if given.rowcount == 0:
            row = self.ask_row(case_id, contact_id, _GIVEN, 0, outbox_id, now)
            connection.execute(insert(alerts), row | {"state": "acked", "answered_at": now})

    def give_up(self, connection: Connection, alert_id: str, state: str, now: int) -> None:
        """An alert is counted on no more: ``passed`` on, ``lapsed``, or ``undelivered``."""
        mine = and_(alerts.c.id == alert_id, alerts.c.state == "asked")
        self._answer_alert(connection, mine, state, now)

    @staticmethod
    def alert_of(connection: Connection, outbox_id: str) -> Any:
        """The alert that an outbound message carries; None if it carries none."""
        query = select(alerts).where(alerts.c.outbox_id == outbox_id)
        return connection.execute(query).first()

    def asked_alert_of(self, connection: Connection, outbox_id: str) -> Any:
        """The alert that a message carries, if it waits for its answer; held until commit."""
        alert = self.alert_of(connection, outbox_id)
        if alert is None:
            return None
        still_open = select(cases.c.id).where(
            cases.c.id == alert.case_id, cases.c.status == Status.OPEN.value
        )
        if not self._database.sqlite:
            still_open = still_open.with_for_update()
        if connection.execute(still_open).first() is None:
            return None
        # an answer may have been committed while this waited for the case
        alert = self.alert_of(connection, outbox_id)
        return alert if alert is not None and alert.state == "asked" else None

    def unanswered(self, connection: Connection, case_id: int) -> Climbing | None:
        """The case, held until commit, if it is open and nobody on its rung is still asked."""
        still = select(alerts.c.id).where(
            and_(
                alerts.c.case_id == cases.c.id,
                alerts.c.rung == cases.c.rung,
                alerts.c.round == cases.c.round,
                alerts.c.state == "asked",
            )
        )
        query = select(cases, _RUNGS_ASKED).where(
            cases.c.id == case_id, cases.c.status == Status.OPEN.value, ~still.exists()
        )
        if not self._database.sqlite:
            query = query.with_for_update(of=cases)
        row = connection.execute(query).first()
        return None if row is None else self._climbing(row)

    def due(self, connection: Connection, now: int, limit: int) -> list[Climbing]:
        """Open cases whose rung's time is over, held until commit, the most urgent first."""
        query = (
            select(cases, _RUNGS_ASKED)
            .where(cases.c.due_at <= now, cases.c.status == Status.OPEN.value)
            .order_by(or_(cases.c.urgency == "urgent").desc(), cases.c.due_at)
            .limit(limit)
        )
        if not self._database.sqlite:
            query = query.with_for_update(of=cases, skip_locked=True)
        return [self._climbing(row) for row in connection.execute(query).all()]

    @staticmethod
    def move(
        connection: Connection, case_id: int, rung: int, round_: int, due_at: int | None
    ) -> None:
        """Set which rung a case stands on and when the next is due."""
        connection.execute(
            update(cases)
            .where(cases.c.id == case_id)
            .values(rung=rung, round=round_, due_at=due_at)
        )

    def _climbing(self, row: Any) -> Climbing:
        try:
            story = self._cases.story(row)
        except KeyFault:
            # what the case tells was damaged; its kind, priority and place are not, and somebody
            # has to look after the child all the same
            log.error("unreadable", table="cases", rows=[row.id])
            story = Story(row.kind, Fields())
        return Climbing(
            id=row.id,
            summary=summary_of(row.id, story, row.urgency, row.place_code or ""),
            excluded=excluded_of(row),
            rung=row.rung,
            round=row.round,
            asked=row.rungs_asked,
            due_at=row.due_at,
        )


#: it may have arrived by the channel that it went by first
_HAS_LEFT = or_(outbox.c.state.not_in(_NOT_LEFT), alerts.c.channels > 1)


def _asked(contact_id: int) -> Any:
    """Alerts of a contact that wait for an answer; written so that their own index serves."""
    return and_(alerts.c.contact_id == contact_id, alerts.c.state == literal_column("'asked'"))


_RUNGS_ASKED = (
    select(func.count(alerts.c.rung.distinct()))
    .where(
        alerts.c.case_id == cases.c.id,
        alerts.c.round == cases.c.round,
        alerts.c.rung > GROUND,
    )
    .scalar_subquery()
    .label("rungs_asked")
)
_INSERT_ALERTS = insert(alerts)
