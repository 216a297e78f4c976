"""Cases, their reports, alerts and timeline."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, insert, or_, select, text, update

from gateway.domain.alerts import Summary
from gateway.domain.cases import Status, case_number
from gateway.domain.flow import Asked
from gateway.store.engine import new_id
from gateway.store.tables import alerts, cases, reports, timeline

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gateway.domain.flow import OpenCase
    from gateway.store.engine import Database
    from gateway.store.sealing import Keyring

_SUMMARY = "cases.summary"
_FIELDS = "reports.fields"
#: how many of a contact's latest cases a bare ACK looks at
_ASKED_LATEST = 20


@dataclass(frozen=True, slots=True)
class Climbing:
    """A case whose ladder moves on."""

    id: int
    summary: Summary
    excluded: tuple[int, ...]
    rung: int
    round: int
    due_at: int | None


@dataclass(slots=True)
class NewRows:
    """Rows of one transaction, gathered to be inserted a table at a time."""

    cases: list[dict[str, Any]] = field(default_factory=list)
    reports: list[dict[str, Any]] = field(default_factory=list)
    timeline: list[dict[str, Any]] = field(default_factory=list)
    outbox: list[dict[str, Any]] = field(default_factory=list)
    alerts: list[dict[str, Any]] = field(default_factory=list)


class Cases:
    """Opens, reads and moves cases."""

    def __init__(self, database: Database, keys: Keyring) -> None:
        self._database = database
        self._keys = keys

    # ------------------------------------------------------------ new rows

    def reserve(self, count: int) -> list[int]:
        """Serials for ``count`` new cases, in a transaction of their own.

        Those that are not used in the end are left out: a number does not count cases.
        """
        with self._database.write() as connection:
            last = int(connection.execute(_RESERVE, {"count": count}).scalar_one())
        return list(range(last - count + 1, last + 1))

    def open_rows(
        self, rows: NewRows, serial: int, new: OpenCase, inbox_id: int, reporter: bytes, now: int
    ) -> Summary:
        """Gather the rows of a new case; its alerts are added by :meth:`ask_rows`."""
        fields = new.fields
        summary = Summary(
            number=case_number(serial),
            kind=new.kind,
            urgency=new.triage.urgency,
            place_code=new.place_code,
            age=fields.age,
            sex=fields.sex,
            people=fields.people,
        )
        step = new.step
        rows.cases.append(
            {
                "id": serial,
                "number": summary.number,
                "kind": new.kind,
                "urgency": summary.urgency,
                "rules": " ".join(new.triage.rules),
                "status": Status.OPEN.value,
                "place_code": new.place_code or None,
                "summary_sealed": self._keys.seal(
                    _SUMMARY, json.dumps([fields.age, fields.sex, fields.people])
                ),
                "excluded": " ".join(str(each) for each in new.excluded),
                "opened_at": now,
                "rung": step.rung,
                "round": step.round,
                "due_at": None if step.wait is None else now + step.wait * 60_000,
            }
        )
        rows.reports.append(
            {
                "id": new_id(now),
                "case_id": serial,
                "inbox_id": inbox_id,
                "reporter_index": reporter,
                "kind": new.kind,
                "fields_sealed": self._keys.seal(
                    _FIELDS,
                    json.dumps(
                        {k: v for k, v in asdict(fields).items() if v is not None},
                        ensure_ascii=False,
                        default=str,
                    ),
                ),
                "created_at": now,
            }
        )
        rows.timeline.append(
            self.event(serial, now, "opened", inbox_id=inbox_id, detail=" ".join(new.triage.rules))
        )
        return summary

    @staticmethod
    def ask_row(
        case_id: int, contact_id: int, rung: int, round_: int, outbox_id: str, now: int
    ) -> dict[str, Any]:
        """The row of an alert."""
        return {
            "id": new_id(now),
            "case_id": case_id,
            "contact_id": contact_id,
            "rung": rung,
            "round": round_,
            "state": "asked",
            "outbox_id": outbox_id,
            "asked_at": now,
        }

    @staticmethod
    def event(
        case_id: int,
        now: int,
        what: str,
        *,
        contact_id: int | None = None,
        inbox_id: int | None = None,
        detail: str = "",
    ) -> dict[str, Any]:
        """The row of a timeline event; ``detail`` never holds personal data."""
        return {
            "case_id": case_id,
            "at": now,
            "event": what,
            "contact_id": contact_id,
            "inbox_id": inbox_id,
            "detail": detail,
        }

    @staticmethod
    def insert(connection: Connection, rows: NewRows) -> None:
        """Insert the new cases with their reports and events; the outbox comes after them."""
        for table, new in ((cases, rows.cases), (reports, rows.reports), (timeline, rows.timeline)):
            if new:
                connection.execute(insert(table), new)

    @staticmethod
    def add_event(connection: Connection, event: dict[str, Any]) -> None:
        """Add one event to a timeline at once."""
        connection.execute(insert(timeline), event)

    @staticmethod
    def insert_alerts(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
        """Insert alerts, after the messages that carry them."""
        if rows:
            connection.execute(insert(alerts), list(rows))

    # ------------------------------------------------------------ answers

    def asked_of(self, connection: Connection, contact_id: int) -> tuple[Asked, ...]:
        """The latest cases a contact was asked to act on, newest first, held until commit."""
        mine = (
            select(
                cases.c.id,
                cases.c.number,
                cases.c.taken_by,
                alerts.c.id.label("alert_id"),
                alerts.c.state,
            )
            .join(cases, cases.c.id == alerts.c.case_id)
            .where(alerts.c.contact_id == contact_id, cases.c.status != Status.CLOSED.value)
            .order_by(alerts.c.asked_at.desc(), alerts.c.id.desc())
            .limit(_ASKED_LATEST)
        )
        if not self._database.sqlite:
            mine = mine.with_for_update(of=cases)
        found: dict[int, Asked] = {}
        others = self._others(connection, contact_id)
        for row in connection.execute(mine).all():
            if row.id not in found:  # a repeated rung asks twice; the latest counts
                found[row.id] = Asked(
                    case_id=row.id,
                    number=row.number,
                    alert_id=row.alert_id,
                    waiting=row.state == "asked" and row.taken_by is None,
                    taken_by=row.taken_by,
                    others=others.get(row.id, ()),
                )
        return tuple(found.values())

    @staticmethod
    def _others(connection: Connection, contact_id: int) -> dict[int, tuple[int, ...]]:
        theirs = alerts.alias()
        rows = connection.execute(
            select(theirs.c.case_id, theirs.c.contact_id)
            .join(alerts, alerts.c.case_id == theirs.c.case_id)
            .where(
                alerts.c.contact_id == contact_id,
                alerts.c.state == "asked",
                theirs.c.contact_id != contact_id,
                theirs.c.state.in_(("asked", "passed")),
            )
            .distinct()
            .order_by(theirs.c.contact_id)
        ).all()
        found: dict[int, tuple[int, ...]] = {}
        for row in rows:
            found[row.case_id] = (*found.get(row.case_id, ()), row.contact_id)
        return found

    @staticmethod
    def take(
        connection: Connection, case_id: int, alert_id: str, contact_id: int, now: int
    ) -> bool:
        """Give the case to a contact; False if somebody else was first."""
        taken = connection.execute(
            update(cases)
            .where(cases.c.id == case_id, cases.c.taken_by.is_(None))
            .values(taken_by=contact_id, taken_at=now, status=Status.TAKEN.value, due_at=None)
        )
        if taken.rowcount != 1:
            return False
        connection.execute(
            update(alerts).where(alerts.c.id == alert_id).values(state="acked", answered_at=now)
        )
        connection.execute(
            update(alerts)
            .where(alerts.c.case_id == case_id, alerts.c.state == "asked")
            .values(state="over", answered_at=now)
        )
        return True

    @staticmethod
    def give_up(connection: Connection, alert_id: str, state: str, now: int) -> None:
        """An alert will not be answered: ``passed`` on, or ``undelivered``."""
        connection.execute(
            update(alerts)
            .where(alerts.c.id == alert_id, alerts.c.state == "asked")
            .values(state=state, answered_at=now)
        )

    @staticmethod
    def alert_of(connection: Connection, outbox_id: str) -> tuple[str, int, int] | None:
        """(alert id, case id, contact id) of the alert that an outbound message carries."""
        row = connection.execute(
            select(alerts.c.id, alerts.c.case_id, alerts.c.contact_id).where(
                alerts.c.outbox_id == outbox_id
            )
        ).first()
        return None if row is None else (row.id, row.case_id, row.contact_id)

    # ------------------------------------------------------------ the ladder

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
        query = select(cases).where(
            cases.c.id == case_id, cases.c.status == Status.OPEN.value, ~still.exists()
        )
        if not self._database.sqlite:
            query = query.with_for_update(of=cases)
        row = connection.execute(query).first()
        return None if row is None else self._climbing(row)

    def due(self, connection: Connection, now: int, limit: int) -> list[Climbing]:
        """Open cases whose rung's time is over, held until commit, the most urgent first."""
        query = (
            select(cases)
            .where(cases.c.due_at <= now, cases.c.status == Status.OPEN.value)
            .order_by(or_(cases.c.urgency == "urgent").desc(), cases.c.due_at)
            .limit(limit)
        )
        if not self._database.sqlite:
            query = query.with_for_update(skip_locked=True)
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
        age, sex, people = json.loads(self._keys.open(_SUMMARY, row.summary_sealed))
        return Climbing(
            id=row.id,
            summary=Summary(
                number=row.number,
                kind=row.kind,
                urgency=row.urgency,
                place_code=row.place_code or "",
                age=age,
                sex=sex,
                people=people,
            ),
            excluded=tuple(int(each) for each in row.excluded.split()),
            rung=row.rung,
            round=row.round,
            due_at=row.due_at,
        )


_RESERVE = text("UPDATE counters SET value = value + :count WHERE name = 'case' RETURNING value")
