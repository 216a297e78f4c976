"""Reports: what each message told, and the clues under which it is found again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, delete, func, literal, select, union_all, update

from gateway.domain import linking
from gateway.store.stories import story_json, story_read
from gateway.store.tables import clues, reports

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gateway.domain.cases import Story
    from gateway.domain.linking import Clues
    from gateway.store.engine import Database
    from gateway.store.sealing import Keyring

_HOUR_MS = 3_600_000
_FIELDS = "reports.fields"


@dataclass(slots=True)
class Seen:
    """What earlier reports share with new ones.

    ``cases``: clue -> case -> when it last left it (ms).  ``routes``: how many cases left it.
    """

    cases: dict[str, dict[int, int]] = field(default_factory=dict)
    routes: dict[str, int] = field(default_factory=dict)


class Reports:
    """Keeps reports and finds them by what they share."""

    def __init__(self, database: Database, keys: Keyring) -> None:
        self._database = database
        self._keys = keys

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
            "fields_sealed": self._keys.seal(_FIELDS, story_json(told)),
            "created_at": now,
            "language": language,
            "channel": channel,
        }

    def tell_report(
        self, connection: Connection, report_id: str, told: Callable[[Story], Story]
    ) -> tuple[int, Story, Story] | None:
        """Add to what a report tells: an answer belongs to the report it was asked on.

        Returns its case, what it told, and what it tells now; None if it tells nothing any more.
        """
        row = connection.execute(
            select(reports.c.case_id, reports.c.kind, reports.c.fields_sealed).where(
                reports.c.id == report_id
            )
        ).first()
        if row is None or row.fields_sealed is None:
            return None
        before = story_read(row.kind, self._keys.open(_FIELDS, row.fields_sealed))
        story = told(before)
        connection.execute(
            update(reports)
            .where(reports.c.id == report_id)
            .values(kind=story.kind, fields_sealed=self._keys.seal(_FIELDS, story_json(story)))
        )
        return row.case_id, before, story

    def of_message(self, connection: Connection, inbox_id: int) -> tuple[str, int, Story] | None:
        """(id, case id, what it tells) of the report that came in a message; None if none did."""
        row = connection.execute(select(reports).where(reports.c.inbox_id == inbox_id)).first()
        if row is None or row.fields_sealed is None:
            return None
        story = story_read(row.kind, self._keys.open(_FIELDS, row.fields_sealed))
        return row.id, row.case_id, story

    @staticmethod
    def inbox_of(connection: Connection, report_id: str) -> int | None:
        """The message that a report came in."""
        query = select(reports.c.inbox_id).where(reports.c.id == report_id)
        return connection.execute(query).scalar()

    @staticmethod
    def last_by(connection: Connection, case_id: int, reporter: bytes) -> str | None:
        """The last report of a case by this sender (by index)."""
        query = select(reports.c.id).where(
            reports.c.case_id == case_id, reports.c.reporter_index == reporter
        )
        latest = query.order_by(reports.c.created_at.desc(), reports.c.inbox_id.desc())
        return connection.execute(latest.limit(1)).scalar()

    def of_case(self, connection: Connection, case_id: int) -> list[tuple[str, int, Story]]:
        """(id, case id, what it tells) of each report of a case, the first first."""
        rows = connection.execute(
            select(reports)
            .where(reports.c.case_id == case_id, reports.c.fields_sealed.is_not(None))
            .order_by(reports.c.created_at, reports.c.inbox_id)
        ).all()
        return [
            (row.id, row.case_id, story_read(row.kind, self._keys.open(_FIELDS, row.fields_sealed)))
            for row in rows
        ]

    @staticmethod
    def move_report(connection: Connection, report_id: str, case_id: int) -> None:
        """Let a report and its clues belong to another case; its open question follows it."""
        for table, column in ((reports, reports.c.id), (clues, clues.c.report_id)):
            connection.execute(update(table).where(column == report_id).values(case_id=case_id))

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

    def forget_clues(self, connection: Connection, report_id: str, words: Sequence[str]) -> None:
        """Let a report be found no more by words that it no longer tells."""
        if words:
            indexes = [self._clue_index(word) for word in words]
            connection.execute(
                delete(clues).where(clues.c.clue_index.in_(indexes), clues.c.report_id == report_id)
            )

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
