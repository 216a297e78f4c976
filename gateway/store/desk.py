"""What staff steer by SMS: how contacts stand, what lists and counts read, notes and proposals."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, and_, cast, func, insert, literal_column, or_, select, update

from gateway.domain.commands.guard import Pending, Standing
from gateway.domain.commands.queries import (
    Becoming,
    Counted,
    Counting,
    Detail,
    Due,
    Found,
    Line,
    Listing,
    Looking,
    Note,
    Proposal,
    Query,
    Released,
    Scope,
    Searching,
)
from gateway.domain.directory import COMMITTEE_ROLES, STAFF_ROLES
from gateway.domain.followups import CHECK_IN
from gateway.domain.triage import LEVELS
from gateway.errors import KeyFault
from gateway.store.tables import (
    alerts,
    cases,
    clues,
    contacts,
    notes,
    places,
    proposals,
    reports,
    senders,
    standings,
    timeline,
    timers,
)

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

    from gateway.domain.growth import Candidate
    from gateway.store.cases import Cases
    from gateway.store.engine import Database
    from gateway.store.sealing import Keyring

_PENDING = "standings.pending"
_NOTE = "notes.body"
_PROPOSAL = "proposals.body"
_DAY_MS = 24 * 3_600_000
#: how long a second person has
_PROPOSAL_MS = _DAY_MS
#: check-ins that nobody answered are shown for so long
_SILENT_MS = 30 * _DAY_MS
#: as it stands in the partial indexes: a bound value would keep the database from using them
_NOT_CLOSED = cases.c.status != literal_column("'closed'")


class Desk:
    """Reads for commands, and keeps what they leave."""

    def __init__(self, database: Database, keys: Keyring, cases_: Cases) -> None:
        self._database = database
        self._keys = keys
        self._cases = cases_

    # ------------------------------------------------------------ PINs and standings

    def seal_pin(self, phone: str, pin: str) -> str:
        """A PIN as it may be stored: 32 hexadecimal digits that differ from phone to phone."""
        return self._keys.mac("pin", f"{phone}\0{pin}".encode())[:16].hex()

    def pin_of(self, connection: Connection, phone: str) -> str | None:
        """The sealed PIN of whoever steers from this number; None for anybody else."""
        row = connection.execute(
            select(standings.c.pin)
            .select_from(contacts.outerjoin(standings, standings.c.contact_id == contacts.c.id))
            .where(
                contacts.c.phone_index == self._keys.index(phone),
                contacts.c.role.in_(COMMITTEE_ROLES | STAFF_ROLES),
                contacts.c.blocked_at.is_(None),
            )
        ).first()
        return None if row is None else row.pin or ""

    def standing(self, connection: Connection, contact_id: int) -> Standing:
        """How a contact stands, held until commit."""
        query = select(standings).where(standings.c.contact_id == contact_id)
        if not self._database.sqlite:
            query = query.with_for_update()
        row = connection.execute(query).first()
        if row is None:
            return Standing()
        pending = None
        if row.pending_sealed is not None:
            told = json.loads(self._keys.open(_PENDING, row.pending_sealed))
            pending = Pending(told["text"], told["code"], row.pending_until)
        return Standing(
            pin=row.pin,
            wrong=row.wrong,
            wrong_codes=row.wrong_codes,
            locked=row.locked,
            open_until=row.open_until,
            pending=pending,
            digest=row.digest,
        )

    def set_standing(self, connection: Connection, contact_id: int, standing: Standing) -> None:
        """Keep how a contact stands from now on."""
        pending = standing.pending
        values = asdict(standing)
        del values["pending"]
        values["pending_until"] = pending.until if pending is not None else None
        values["pending_sealed"] = None
        if pending is not None:
            told = json.dumps({"text": pending.text, "code": pending.code})
            values["pending_sealed"] = self._keys.seal(_PENDING, told)
        statement = self._database.insert(standings)
        connection.execute(
            statement.on_conflict_do_update(index_elements=["contact_id"], set_=values),
            {"contact_id": contact_id, **values},
        )

    @staticmethod
    def no_digest(connection: Connection) -> set[int]:
        """The contacts who do not want the summaries."""
        rows = connection.execute(
            select(standings.c.contact_id).where(standings.c.digest.is_(False))
        )
        return {row.contact_id for row in rows}

    # ------------------------------------------------------------ what commands read

    def find(self, connection: Connection, query: Query | None, zone: tzinfo) -> Found:
        """What a query gives; an empty answer to none."""
        if isinstance(query, Listing):
            return Found(lines=self._listed(connection, query, zone))
        if isinstance(query, Counting):
            return Found(counted=self._counted(connection, query))
        if isinstance(query, Searching):
            return Found(numbers=self._searched(connection, query))
        if isinstance(query, Looking):
            return Found(details=self._details(connection, query, zone))
        if isinstance(query, Becoming):
            return Found(dues=self._becoming(connection, query, zone))
        if isinstance(query, Released):
            return Found(proposal=self.proposal(connection, query.item))
        return Found()

    def _seen_by(self, scope: Scope) -> list[ColumnElement[bool]]:
        """The conditions under which a case may be seen."""
        out = f"% {scope.contact_id} %"
        seen: list[ColumnElement[bool]] = [
            or_(cases.c.excluded == "", ~(" " + cases.c.excluded + " ").like(out))
        ]
        asked = (
            select(alerts.c.id)
            .where(alerts.c.case_id == cases.c.id, alerts.c.contact_id == scope.contact_id)
            .exists()
        )
        if scope.place_code:
            seen.append(or_(cases.c.place_code.in_(self._inside(scope.place_code)), asked))
        if scope.if_asked:
            seen.append(or_(cases.c.kind.not_in(scope.if_asked), asked))
        return seen

    @staticmethod
    def _inside(place_code: str) -> Any:
        """The codes of a place and of all that lie in it."""
        inside = select(places.c.code).where(places.c.code == place_code).cte(recursive=True)
        inside = inside.union_all(
            select(places.c.code).where(places.c.parent_code == inside.c.code)
        )
        return select(inside.c.code)

    def _listed(self, connection: Connection, query: Listing, zone: tzinfo) -> tuple[Line, ...]:
        wanted = [_NOT_CLOSED, *self._seen_by(query.scope)]
        levels = {"U": LEVELS[2:], "H": LEVELS[1:2], "N": LEVELS[:1]}.get(query.which, LEVELS[::-1])
        if query.which == "MINE":
            wanted.append(cases.c.taken_by == query.scope.contact_id)
        elif query.which in ("NEW", "LATE"):
            wanted.append(cases.c.taken_by.is_(None))
        found: list[Any] = []
        for level in levels:
            these = [*wanted, cases.c.urgency == level]
            if query.which == "LATE":
                these.append(cases.c.opened_at < query.late[level])
            found += connection.execute(
                select(cases)
                .where(*these)
                .order_by(cases.c.id.desc())
                .limit(query.limit - len(found))
            ).all()
            if len(found) >= query.limit:
                break
        return tuple(
            Line(
                number=row.number,
                urgency=row.urgency,
                story=self._cases.story(row),
                opened=_local(row.opened_at, zone),
                taken_by=row.taken_by,
            )
            for row in found
        )

    def _counted(self, connection: Connection, query: Counting) -> Counted:
        seen = self._seen_by(query.scope)
        if query.kind:
            seen.append(cases.c.kind == query.kind)
        if query.place_code:
            seen.append(cases.c.place_code.in_(self._inside(query.place_code)))
        when = _NOT_CLOSED if query.since is None else cases.c.opened_at >= query.since
        rows = connection.execute(
            select(cases.c.urgency, cases.c.kind, func.count().label("n"))
            .where(when, *seen)
            .group_by(cases.c.urgency, cases.c.kind)
        ).all()
        late = or_(
            *(
                and_(cases.c.urgency == level, cases.c.opened_at < before)
                for level, before in query.late.items()
            )
        )
        by_level: dict[str, int] = {}
        by_kind: dict[str, int] = {}
        for row in rows:
            by_level[row.urgency] = by_level.get(row.urgency, 0) + row.n
            by_kind[row.kind] = by_kind.get(row.kind, 0) + row.n
        overdue = connection.execute(
            select(func.count())
            .select_from(cases)
            .where(_NOT_CLOSED, cases.c.taken_by.is_(None), late, *seen)
        ).scalar_one()
        return Counted(sum(by_level.values()), by_level, by_kind, overdue)

    def _searched(self, connection: Connection, query: Searching) -> tuple[str, ...]:
        seen = self._seen_by(query.scope)
        hits: list[ColumnElement[bool]] = []
        if query.clues:
            indexes = [self._keys.index(f"clue {word}") for word in query.clues]
            hits.append(
                cases.c.id.in_(select(clues.c.case_id).where(clues.c.clue_index.in_(indexes)))
            )
        if query.place_code:
            hits.append(cases.c.place_code.in_(self._inside(query.place_code)))
        if not hits:
            return ()
        rows = connection.execute(
            select(cases.c.number)
            .where(or_(*hits), *seen)
            .order_by(cases.c.id.desc())
            .limit(query.limit)
        )
        return tuple(row.number for row in rows)

    def _details(
        self, connection: Connection, query: Looking, zone: tzinfo
    ) -> Mapping[int, Detail]:
        seen = self._seen_by(query.scope)
        visible = connection.execute(
            select(cases).where(cases.c.id.in_(query.case_ids), *seen)
        ).all()
        found = {}
        for row in visible:
            (case,) = self._cases.candidates(connection, {row.id}, b"", zone, closed=True)
            found[row.id] = Detail(
                case=case,
                rules=row.rules,
                asked=query.scope.contact_id in case.asked,
                taken_at=None if row.taken_at is None else _local(row.taken_at, zone),
                police_told=self._cases.has_event(connection, row.id, "police"),
                notes=self._count(connection, notes, row.id),
                written=self.notes_of(connection, row.id, zone) if query.notes else (),
                reports=self._count(connection, reports, row.id),
                due=self._next_due(connection, row.id, zone),
                reporter_safe=self._reporter_safe(connection, row.id),
                proposed=self._proposed_level(connection, row.id, query.now),
                closed_as=row.closed_as,
                kept_out=self._kept_out(connection, case),
            )
        return found

    @staticmethod
    def _count(connection: Connection, table: Any, case_id: int) -> int:
        query = select(func.count()).select_from(table).where(table.c.case_id == case_id)
        return connection.execute(query).scalar_one()

    @staticmethod
    def _kept_out(connection: Connection, case: Candidate) -> tuple[int, ...]:
        """Who must not hear of a case, but those whose only part is that they have reported it."""
        if not case.excluded:
            return ()
        by_staff = select(timeline.c.id).where(
            timeline.c.case_id == case.case_id,
            timeline.c.event == "excluded",
            timeline.c.detail == "contact " + cast(contacts.c.id, Text),
        )
        told = select(reports.c.id).where(
            reports.c.case_id == case.case_id, reports.c.reporter_index == contacts.c.phone_index
        )
        rows = connection.execute(
            select(contacts.c.id)
            .where(contacts.c.id.in_(case.excluded), or_(~told.exists(), by_staff.exists()))
            .order_by(contacts.c.id)
        )
        return tuple(rows.scalars())

    @staticmethod
    def _next_due(
        connection: Connection, case_id: int, zone: tzinfo
    ) -> tuple[str, datetime] | None:
        row = connection.execute(
            select(timers.c.what, timers.c.due_at)
            .where(timers.c.case_id == case_id, timers.c.due_at.is_not(None))
            .order_by(timers.c.due_at)
            .limit(1)
        ).first()
        return None if row is None else (row.what, _local(row.due_at, zone))

    @staticmethod
    def _reporter_safe(connection: Connection, case_id: int) -> bool:
        """Whether the first reporter has said that writing is safe, and wants it."""
        row = connection.execute(
            select(senders.c.safe, senders.c.opted_out_at)
            .join(reports, reports.c.reporter_index == senders.c.phone_index)
            .where(reports.c.case_id == case_id)
            .order_by(reports.c.created_at, reports.c.inbox_id)
            .limit(1)
        ).first()
        return row is not None and bool(row.safe) and row.opted_out_at is None

    def _becoming(self, connection: Connection, query: Becoming, zone: tzinfo) -> tuple[Due, ...]:
        silent = and_(timers.c.state == "silent", timers.c.settled_at > query.until - _SILENT_MS)
        rows = connection.execute(
            select(
                cases.c.number, timers.c.what, timers.c.step, timers.c.due_at, timers.c.settled_at
            )
            .join(cases, cases.c.id == timers.c.case_id)
            .where(
                _NOT_CLOSED,
                or_(timers.c.due_at < query.until, silent),
                *self._seen_by(query.scope),
            )
            .order_by(func.coalesce(timers.c.due_at, timers.c.settled_at), timers.c.id)
            .limit(query.limit)
        )
        return tuple(
            Due(
                number=row.number,
                what=row.what,
                step=row.step,
                at=_local(row.due_at or row.settled_at, zone),
                silent=row.due_at is None and row.what == CHECK_IN,
            )
            for row in rows
        )

    # ------------------------------------------------------------ notes and proposals

    def write_note(
        self, connection: Connection, case_id: int, contact_id: int | None, text: str, now: int
    ) -> None:
        """Keep what somebody has written on a case."""
        connection.execute(
            insert(notes),
            {
                "case_id": case_id,
                "contact_id": contact_id,
                "at": now,
                "body_sealed": self._keys.seal(_NOTE, text),
            },
        )

    def notes_of(self, connection: Connection, case_id: int, zone: tzinfo) -> tuple[Note, ...]:
        """The notes on a case, the latest first; one that was damaged says nothing."""
        rows = connection.execute(
            select(notes).where(notes.c.case_id == case_id).order_by(notes.c.id.desc())
        ).all()
        return tuple(
            Note(row.contact_id, _local(row.at, zone), self._said(row.body_sealed)) for row in rows
        )

    def _said(self, sealed: bytes) -> str:
        try:
            return self._keys.open(_NOTE, sealed)
        except KeyFault:
            return "?"

    def propose(
        self,
        connection: Connection,
        what: str,
        by: int,
        now: int,
        *,
        case_id: int | None = None,
        detail: str = "",
        text: str | None = None,
    ) -> int:
        """Keep what waits for a second person; its number.  One on the same case before it ends."""
        if case_id is not None:
            self.settle_proposals(connection, case_id)
        sealed = None if text is None else self._keys.seal(_PROPOSAL, text)
        row = {
            "what": what,
            "case_id": case_id,
            "detail": detail,
            "body_sealed": sealed,
            "by": by,
            "state": "open",
            "expires_at": now + _PROPOSAL_MS,
        }
        return int(
            connection.execute(insert(proposals).returning(proposals.c.id), row).scalar_one()
        )

    @staticmethod
    def settle_proposals(connection: Connection, case_id: int) -> None:
        """What was proposed for a case is done or void."""
        connection.execute(
            update(proposals)
            .where(proposals.c.case_id == case_id, proposals.c.state == "open")
            .values(state="over")
        )

    @staticmethod
    def _proposed_level(connection: Connection, case_id: int, now: int) -> tuple[int, str] | None:
        row = connection.execute(
            select(proposals.c.by, proposals.c.detail).where(
                proposals.c.case_id == case_id,
                proposals.c.state == "open",
                proposals.c.what == "level",
                proposals.c.expires_at > now,
            )
        ).first()
        return None if row is None else (row.by, row.detail)

    def proposal(self, connection: Connection, item: int) -> Proposal | None:
        """A text that was proposed for many."""
        query = select(proposals).where(proposals.c.id == item, proposals.c.what == "broadcast")
        if not self._database.sqlite:
            query = query.with_for_update()
        row = connection.execute(query).first()
        if row is None:
            return None
        text = self._keys.open(_PROPOSAL, row.body_sealed)
        return Proposal(row.id, row.detail, text, row.by, row.state == "open", row.expires_at)

    @staticmethod
    def release(connection: Connection, item: int) -> bool:
        """The proposed text goes out; False if it has already, or may not any more."""
        done = connection.execute(
            update(proposals)
            .where(proposals.c.id == item, proposals.c.state == "open")
            .values(state="done")
        )
        return done.rowcount == 1


def _local(at_ms: int, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(zone)
