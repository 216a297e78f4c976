"""Cases, their reports, alerts and timeline."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    and_,
    bindparam,
    func,
    insert,
    literal,
    literal_column,
    or_,
    select,
    text,
    union_all,
    update,
)

from gateway.domain import linking
from gateway.domain.alerts import Summary
from gateway.domain.cases import Impossible, Status, Story, case_number, moved
from gateway.domain.consequences import Asked
from gateway.domain.growth import Candidate
from gateway.domain.ladders import GROUND
from gateway.domain.understanding.values import Fields
from gateway.store.tables import (
    alerts,
    cases,
    clues,
    outbox,
    prompts,
    reports,
    timeline,
    timers,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gateway.domain.consequences import OpenCase
    from gateway.domain.growth import Growth
    from gateway.domain.linking import Clues
    from gateway.store.engine import Database
    from gateway.store.sealing import Keyring

_HOUR_MS = 3_600_000
_SUMMARY = "cases.summary"
_FIELDS = "reports.fields"
#: any number will do; see :meth:`Cases.one_at_a_time`
_LINK_LOCK = 7_203_319
#: the rung of who was not asked by the ladder, but was given the case
_GIVEN = -2
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


@dataclass(slots=True)
class Seen:
    """What earlier reports share with new ones.

    ``cases``: clue -> case -> when it last left it (ms).  ``routes``: how many cases left it.
    """

    cases: dict[str, dict[int, int]] = field(default_factory=dict)
    routes: dict[str, int] = field(default_factory=dict)


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

    def report_row(
        self,
        case_id: int,
        told: Story,
        *,
        inbox_id: int,
        reporter: bytes,
        language: str,
        channel: str,
        now: int,
    ) -> dict[str, Any]:
        """The row of a report: what this one message tells."""
        return {
            "id": self._database.new_id(now),
            "case_id": case_id,
            "inbox_id": inbox_id,
            "reporter_index": reporter,
            "kind": told.kind,
            "fields_sealed": self._keys.seal(_FIELDS, _story_json(told)),
            "created_at": now,
            "language": language,
            "channel": channel,
        }

    def _seal_story(self, story: Story) -> bytes:
        return self._keys.seal(_SUMMARY, _story_json(story))

    def story(self, row: Any) -> Story:
        """What all reports of a case row tell together."""
        return _story(row.kind, self._keys.open(_SUMMARY, row.summary_sealed))

    # ------------------------------------------------------------ what is known

    def clue_rows(
        self, words: Sequence[str], report_id: str, case_id: int, now: int
    ) -> list[dict[str, Any]]:
        """The rows under which a report is found again."""
        return [
            {
                "clue_index": self._clue_index(word),
                "report_id": report_id,
                "case_id": case_id,
                "at": now,
            }
            for word in words
        ]

    def seen(self, connection: Connection, wanted: Sequence[Clues], now: int) -> Seen:
        """What earlier reports have left of the clues that these look for."""
        words: dict[str, set[str]] = {
            "event": {word for each in wanted for word in each.wanted},
            "agent": {word for each in wanted for word in each.agent},
            "route": {each.route for each in wanted if each.route},
        }
        word_of = {self._clue_index(word): word for group in words.values() for word in group}
        asked: dict[str, Any] = {
            name: [index for index, word in word_of.items() if word in group]
            for name, group in words.items()
        }
        since = {name: now - hours * _HOUR_MS for name, hours in _LOOKS_BACK.items()}
        found = Seen()
        for row in connection.execute(_SEEN, asked | since).all():
            word = word_of[bytes(row.clue_index)]
            if word in words["route"]:
                found.routes[word] = row.found
            else:
                found.cases.setdefault(word, {})[row.found] = row.at
        return found

    def has_clue(self, connection: Connection, case_id: int, route: str, now: int) -> bool:
        """Whether a report of the case has left this route in the time it is counted over."""
        since = now - _LOOKS_BACK["route_since"] * _HOUR_MS
        query = select(clues.c.id).where(
            clues.c.clue_index == self._clue_index(route),
            clues.c.case_id == case_id,
            clues.c.at >= since,
        )
        return connection.execute(query.limit(1)).first() is not None

    def _clue_index(self, word: str) -> bytes:
        return self._keys.index(f"clue {word}")

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
                    excluded=_excluded(row),
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
        """Keep what a case has become; its new alerts, sent at ``begins``, are the caller's.

        Where its ladder begins anew, and for whoever is kept out from now on, what waits to be
        sent (until the quiet hours end) does not leave.
        """
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
            self.end_alerts(connection, grown.case_id, now)
        for contact_id in grown.kept_out:
            self.withdraw_alerts(connection, grown.case_id, contact_id, now)
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

    def end_alerts(self, connection: Connection, case_id: int, now: int) -> None:
        """Nobody is asked on the case any more; what has not left the gateway does not leave."""
        mine = and_(alerts.c.case_id == case_id, alerts.c.state == "asked")
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

    def tell_report(
        self, connection: Connection, report_id: str, told: Callable[[Story], Story]
    ) -> None:
        """Add to what a report tells: an answer belongs to the report it was asked on."""
        row = connection.execute(
            select(reports.c.kind, reports.c.fields_sealed).where(reports.c.id == report_id)
        ).first()
        if row is None or row.fields_sealed is None:
            return
        story = told(_story(row.kind, self._keys.open(_FIELDS, row.fields_sealed)))
        connection.execute(
            update(reports)
            .where(reports.c.id == report_id)
            .values(fields_sealed=self._keys.seal(_FIELDS, _story_json(story)))
        )

    @staticmethod
    def inbox_of(connection: Connection, report_id: str) -> int | None:
        """The message that a report came in."""
        query = select(reports.c.inbox_id).where(reports.c.id == report_id)
        return connection.execute(query).scalar()

    def reports_of(self, connection: Connection, case_id: int) -> list[tuple[str, int, Story]]:
        """(id, case id, what it tells) of each report of a case, the first first."""
        rows = connection.execute(
            select(reports)
            .where(reports.c.case_id == case_id, reports.c.fields_sealed.is_not(None))
            .order_by(reports.c.created_at, reports.c.inbox_id)
        ).all()
        return [
            (row.id, row.case_id, _story(row.kind, self._keys.open(_FIELDS, row.fields_sealed)))
            for row in rows
        ]

    def reports_of_same_case(
        self, connection: Connection, report_id: str
    ) -> list[tuple[str, int, Story]]:
        """The reports of the case that a report belongs to."""
        case_id = connection.execute(
            select(reports.c.case_id).where(reports.c.id == report_id)
        ).scalar()
        return [] if case_id is None else self.reports_of(connection, case_id)

    @staticmethod
    def move_report(connection: Connection, report_id: str, case_id: int) -> None:
        """Let a report, its clues and its open question belong to another case."""
        for table, column in ((reports, reports.c.id), (clues, clues.c.report_id)):
            connection.execute(update(table).where(column == report_id).values(case_id=case_id))

    def set_story(
        self, connection: Connection, case_id: int, story: Story, urgency: str | None = None
    ) -> None:
        """What a case tells; its priority is left as it is, or set."""
        values = {"summary_sealed": self._seal_story(story), "kind": story.kind}
        if urgency is not None:
            values["urgency"] = urgency
        connection.execute(update(cases).where(cases.c.id == case_id).values(values))

    @staticmethod
    def asked_on(connection: Connection, case_id: int) -> list[int]:
        """The contacts who are asked on a case and have not answered."""
        query = select(alerts.c.contact_id).where(
            alerts.c.case_id == case_id, alerts.c.state == "asked"
        )
        return list(connection.execute(query.order_by(alerts.c.contact_id)).scalars())

    @staticmethod
    def open_alerts_of(connection: Connection, contact_id: int) -> list[Any]:
        """What a contact is asked and has not answered."""
        query = select(alerts).where(
            alerts.c.contact_id == contact_id, alerts.c.state == literal_column("'asked'")
        )
        return list(connection.execute(query.order_by(alerts.c.asked_at)).all())

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

    @staticmethod
    def withdraw_alerts(connection: Connection, case_id: int, contact_id: int, now: int) -> None:
        """A contact must not hear of a case: what is asked or waits to be sent is taken back."""
        connection.execute(
            update(alerts)
            .where(
                alerts.c.case_id == case_id,
                alerts.c.contact_id == contact_id,
                alerts.c.state == "asked",
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

    def one_at_a_time(self, connection: Connection) -> None:
        """Let no other worker join or open cases until commit; on SQLite nobody can anyway."""
        if not self._database.sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _LINK_LOCK})

    # ------------------------------------------------------------ rows of alerts and events

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

    @staticmethod
    def insert_alerts(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
        """Insert alerts, after the messages that carry them."""
        if rows:
            connection.execute(_INSERT_ALERTS, list(rows))

    # ------------------------------------------------------------ answers

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
                outbox.c.state.label("message"),
                alerts.c.channels,
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
        others = self._others(connection, contact_id)
        for row in connection.execute(mine).all():
            out = _excluded(row)
            # a repeated rung asks twice; the latest counts
            if row.id not in found and contact_id not in out:
                found[row.id] = Asked(
                    case_id=row.id,
                    number=row.number,
                    alert_id=row.alert_id,
                    # who has not heard of a case yet cannot mean it by ACK alone; it may have
                    # arrived by the channel that it went by first
                    waiting=row.state == "asked"
                    and row.taken_by is None
                    and (row.message != "waiting" or row.channels > 1),
                    taken_by=row.taken_by,
                    others=tuple(each for each in others.get(row.id, ()) if each not in out),
                    asked_at=row.asked_at,
                    urgent=row.urgency == "urgent",
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

    def take(
        self, connection: Connection, case_id: int, alert_id: str, contact_id: int, now: int
    ) -> bool:
        """Give the case to a contact; False if somebody else was first."""
        try:
            self.set_status(
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
            self.set_status(
                connection, case_id, "released", taken_by=None, taken_at=None, due_at=now
            )
        except Impossible:
            return False
        connection.execute(
            update(alerts).where(alerts.c.id == alert_id).values(state="passed", answered_at=now)
        )
        return True

    def give_up(self, connection: Connection, alert_id: str, state: str, now: int) -> None:
        """An alert will not be answered: ``passed`` on, or ``undelivered``."""
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
        return Climbing(
            id=row.id,
            summary=summary_of(row.id, self.story(row), row.urgency, row.place_code or ""),
            excluded=_excluded(row),
            rung=row.rung,
            round=row.round,
            asked=row.rungs_asked,
            due_at=row.due_at,
        )


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


def _excluded(row: Any) -> tuple[int, ...]:
    return tuple(int(each) for each in row.excluded.split())


def _story_json(story: Story) -> str:
    return json.dumps(
        {
            "fields": {
                each.name: value
                for each in fields(story.fields)
                if (value := getattr(story.fields, each.name)) is not None
            },
            "facts": sorted(story.facts),
            "verified": sorted(story.verified),
            "judged": sorted(story.judged),
        },
        ensure_ascii=False,
        default=str,
    )


def _story(kind: str, text_: str) -> Story:
    data = json.loads(text_)
    if isinstance(data, list):  # as the first schema kept it: age, sex, people
        age, sex, people = data
        return Story(kind, Fields(age=age, sex=sex, people=people))
    told = data.get("fields", data)
    return Story(
        kind,
        Fields(**told),
        frozenset(data.get("facts", ())),
        frozenset(data.get("verified", ())),
        frozenset(data.get("judged", ())),
    )


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
_LOOKS_BACK = {
    "event_since": linking.JOIN_HOURS,
    "agent_since": linking.AGENT_DAYS * 24,
    "route_since": linking.ROUTE_DAYS * 24,
}


def _left_by(name: str) -> Any:
    return and_(
        clues.c.clue_index.in_(bindparam(name, expanding=True)),
        clues.c.at >= bindparam(f"{name}_since"),
    )


def _cases_that_left(name: str) -> Any:
    last = func.max(clues.c.at).label("at")
    query = select(clues.c.clue_index, clues.c.case_id.label("found"), last)
    return query.where(_left_by(name)).group_by(clues.c.clue_index, clues.c.case_id)


#: a route is shared by many, so its cases are counted where they are
_SEEN = union_all(
    _cases_that_left("event"),
    _cases_that_left("agent"),
    select(clues.c.clue_index, func.count(clues.c.case_id.distinct()), literal(0))
    .where(_left_by("route"))
    .group_by(clues.c.clue_index),
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
_INSERT_ALERTS = insert(alerts)
_RESERVE = text("UPDATE counters SET value = value + :count WHERE name = 'case' RETURNING value")
