"""Cases and their timeline."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    bindparam,
    insert,
    select,
    text,
    update,
)

from gateway.domain.alerts import Summary
from gateway.domain.cases import Status, Story, case_number, moved
from gateway.domain.growth import Candidate
from gateway.store.stories import story_json, story_read
from gateway.store.tables import (
    alerts,
    cases,
    clues,
    prompts,
    reports,
    timeline,
    timers,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gateway.domain.consequences import OpenCase
    from gateway.domain.growth import Growth
    from gateway.store.engine import Database
    from gateway.store.sealing import Keyring

_SUMMARY = "cases.summary"
#: any number will do; see :meth:`Cases.one_at_a_time`
_LINK_LOCK = 7_203_319


@dataclass(slots=True)
class NewRows:
    """Rows of one transaction, gathered to be inserted a table at a time."""

    cases: list[dict[str, Any]] = field(default_factory=list)
    reports: list[dict[str, Any]] = field(default_factory=list)
    clues: list[dict[str, Any]] = field(default_factory=list)
    timeline: list[dict[str, Any]] = field(default_factory=list)
    timers: list[dict[str, Any]] = field(default_factory=list)
    prompts: list[dict[str, Any]] = field(default_factory=list)
    outbox: list[dict[str, Any]] = field(default_factory=list)
    alerts: list[dict[str, Any]] = field(default_factory=list)


class Cases:
    """Opens, reads and moves cases."""

    def __init__(self, database: Database, keys: Keyring) -> None:
        self._database = database
        self._keys = keys
        self._held: Any = select(cases).where(_among_ids(cases.c.id)).order_by(cases.c.id.desc())
        if not database.sqlite:
            self._held = self._held.with_for_update()

    # ------------------------------------------------------------ new rows

    @staticmethod
    def reserve(connection: Connection, count: int = 1) -> list[int]:
        """Serials for ``count`` new cases.

        Those that are not used in the end are left out: a number does not count cases.
        """
        last = int(connection.execute(_RESERVE, {"count": count}).scalar_one())
        return list(range(last - count + 1, last + 1))

    def open_rows(
        self, rows: NewRows, serial: int, new: OpenCase, inbox_id: int | None, now: int, begins: int
    ) -> Summary:
        """Gather the rows of a new case; its alerts, sent at ``begins``, are :meth:`ask_row`'s."""
        story, step = new.story, new.step
        summary = summary_of(serial, story, new.triage.urgency, new.place_code)
        rows.cases.append(
            {
                "id": serial,
                "number": summary.number,
                "kind": story.kind,
                "urgency": summary.urgency,
                "rules": " ".join(new.triage.rules),
                "status": Status.OPEN.value,
                "place_code": new.place_code or None,
                "summary_sealed": self._seal_story(story),
                "excluded": " ".join(str(each) for each in new.excluded),
                "opened_at": now,
                "rung": step.rung,
                "round": step.round,
                "due_at": None if step.wait is None else begins + step.wait * 60_000,
            }
        )
        rows.timeline.append(
            self.event(serial, now, "opened", inbox_id=inbox_id, detail=" ".join(new.triage.rules))
        )
        return summary

    def _seal_story(self, story: Story) -> bytes:
        return self._keys.seal(_SUMMARY, story_json(story))

    def story(self, row: Any) -> Story:
        """What all reports of a case row tell together."""
        return story_read(row.kind, self._keys.open(_SUMMARY, row.summary_sealed))

    # ------------------------------------------------------------ what is known

    def candidates(
        self,
        connection: Connection,
        ids: Collection[int],
        reporter: bytes,
        zone: tzinfo,
        *,
        closed: bool = False,
    ) -> list[Candidate]:
        """These cases as deciding needs them, the newest first; held until commit."""
        return [
            candidate if reporter not in reporters else replace(candidate, same_reporter=True)
            for candidate, reporters in self.read(connection, ids, zone).values()
            if closed or candidate.status != Status.CLOSED
        ]

    def read(
        self, connection: Connection, ids: Collection[int], zone: tzinfo
    ) -> dict[int, tuple[Candidate, frozenset[bytes]]]:
        """These cases with who has reported to each, the newest first; held until commit."""
        if not ids:
            return {}
        wanted = {"ids": list(ids)}
        rows = connection.execute(self._held, wanted).all()
        told: dict[int, list[Any]] = {row.id: [] for row in rows}
        for report in connection.execute(_TOLD, wanted).all():
            told[report.case_id].append(report)
        asked: dict[int, list[int]] = {row.id: [] for row in rows}
        for alert in connection.execute(_ASKED, wanted).all():
            asked[alert.case_id].append(alert.contact_id)
        return {
            row.id: (
                Candidate(
                    case_id=row.id,
                    number=row.number,
                    story=self.story(row),
                    place_code=row.place_code or "",
                    status=row.status,
                    urgency=row.urgency,
                    opened=datetime.fromtimestamp(row.opened_at / 1000, UTC).astimezone(zone),
                    excluded=excluded_of(row),
                    taken_by=row.taken_by,
                    round=row.round,
                    asked=tuple(asked[row.id]),
                    updated=row.updated_at is not None,
                    language=next((each.language for each in told[row.id]), ""),
                ),
                frozenset(bytes(each.reporter_index or b"") for each in told[row.id]),
            )
            for row in rows
        }

    def apply(self, connection: Connection, grown: Growth, now: int, begins: int) -> None:
        """Keep what a case has become; its alerts, sent from ``begins`` on, are the caller's."""
        values: dict[str, Any] = {
            "kind": grown.story.kind,
            "urgency": grown.triage.urgency,
            "rules": " ".join(grown.triage.rules),
            "place_code": grown.place_code or None,
            "summary_sealed": self._seal_story(grown.story),
            "excluded": " ".join(str(each) for each in grown.excluded),
        }
        if grown.notice == "alert.update":
            values["updated_at"] = now
        if grown.released:
            values |= {"status": Status.OPEN.value, "taken_by": None, "taken_at": None}
        step = grown.step
        if step is not None:
            values |= {
                "rung": step.rung,
                "round": step.round,
                "due_at": None if step.wait is None else begins + step.wait * 60_000,
            }
        connection.execute(update(cases).where(cases.c.id == grown.case_id).values(values))

    def set_status(self, connection: Connection, case_id: int, event: str, **values: Any) -> Status:
        """Move a case by the state machine, together with other columns.

        Raises:
            Impossible: it cannot move this way from where it stands.
        """
        query = select(cases.c.status).where(cases.c.id == case_id)
        if not self._database.sqlite:
            query = query.with_for_update()
        status = moved(Status(connection.execute(query).scalar_one()), event)
        connection.execute(
            update(cases).where(cases.c.id == case_id).values(status=status.value, **values)
        )
        return status

    def set_story(
        self, connection: Connection, case_id: int, story: Story, urgency: str | None = None
    ) -> None:
        """What a case tells; its priority is left as it is, or set."""
        values = {"summary_sealed": self._seal_story(story), "kind": story.kind}
        if urgency is not None:
            values["urgency"] = urgency
        connection.execute(update(cases).where(cases.c.id == case_id).values(values))

    @staticmethod
    def taken_by(connection: Connection, contact_id: int) -> list[int]:
        """The cases that a contact has."""
        query = select(cases.c.id).where(
            cases.c.taken_by == contact_id, cases.c.status == Status.TAKEN.value
        )
        return [row.id for row in connection.execute(query).all()]

    @staticmethod
    def merged_into(connection: Connection, case_id: int) -> int | None:
        """The case that this one was merged into."""
        query = select(cases.c.merged_into).where(cases.c.id == case_id)
        return connection.execute(query).scalar()

    @staticmethod
    def has_event(connection: Connection, case_id: int, what: str) -> bool:
        """Whether such an event stands in the case's timeline."""
        query = select(timeline.c.id).where(timeline.c.case_id == case_id, timeline.c.event == what)
        return connection.execute(query.limit(1)).first() is not None

    @staticmethod
    def timeline_of(connection: Connection, case_id: int) -> list[Any]:
        """The events of a case in order."""
        query = select(timeline).where(timeline.c.case_id == case_id)
        return list(connection.execute(query.order_by(timeline.c.id)).all())

    def one_at_a_time(self, connection: Connection) -> None:
        """Let no other worker join or open cases until commit; on SQLite nobody can anyway."""
        if not self._database.sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _LINK_LOCK})

    # ------------------------------------------------------------ rows of alerts and events

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
        for name, statement in _INSERTS.items():
            new = getattr(rows, name)
            if new:
                connection.execute(statement, new)

    @staticmethod
    def add_event(connection: Connection, event: dict[str, Any]) -> None:
        """Add one event to a timeline at once."""
        connection.execute(insert(timeline), event)

    # ------------------------------------------------------------ answers

    # ------------------------------------------------------------ the ladder


#: merged into one that was merged, and so on: no chain is longer
_MOST_MERGES = 8


def stands_as(connection: Connection, case_id: int) -> tuple[int, Status]:
    """The case that this one has been merged into, by and by, and where it stands."""
    for _ in range(_MOST_MERGES):
        query = select(cases.c.status, cases.c.merged_into).where(cases.c.id == case_id)
        row = connection.execute(query).one()
        if row.merged_into is None:
            break
        case_id = row.merged_into
    return case_id, Status(row.status)


def summary_of(serial: int, story: Story, urgency: str, place_code: str) -> Summary:
    """What an alert may tell of a case."""
    fields = story.fields
    return Summary(
        number=case_number(serial),
        kind=story.kind,
        urgency=urgency,
        place_code=place_code,
        age=fields.age,
        sex=fields.sex,
        people=fields.people,
    )


def excluded_of(row: Any) -> tuple[int, ...]:
    """The contacts kept out of the case of a row."""
    return tuple(int(each) for each in row.excluded.split())


def _among_ids(column: Any) -> Any:
    return column.in_(bindparam("ids", expanding=True))


_TOLD = (
    select(reports.c.case_id, reports.c.reporter_index, reports.c.language)
    .where(_among_ids(reports.c.case_id))
    .order_by(reports.c.created_at, reports.c.inbox_id)
)
_ASKED = (
    select(alerts.c.case_id, alerts.c.contact_id)
    .where(_among_ids(alerts.c.case_id))
    .distinct()
    .order_by(alerts.c.contact_id)
)


#: in the order in which rows refer to one another
_INSERTS = {
    "cases": insert(cases),
    "reports": insert(reports),
    "clues": insert(clues),
    "timers": insert(timers),
    "prompts": insert(prompts),
    "timeline": insert(timeline),
}
_RESERVE = text("UPDATE counters SET value = value + :count WHERE name = 'case' RETURNING value")
