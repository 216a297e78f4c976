"""Reads the migration register out of the cases and their reports."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select

from gateway.domain.register import KINDS, RETURNED, Entry, first_told, read_fields
from gateway.store.tables import cases, places, reports, timeline

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gateway.store.sealing import Keyring

_FIELDS = "reports.fields"


class Register:
    """Reads; changes nothing."""

    def __init__(self, keys: Keyring) -> None:
        self._keys = keys

    def entries(
        self, connection: Connection, place_code: str, since: int, until: int, *, names: bool
    ) -> list[Entry]:
        """The cases of a place and the places below it, in the order they were opened.

        Opened from ``since`` until before ``until``, in milliseconds.  A migration that a report
        of a return has joined counts as what it was.
        """
        query = (
            select(
                cases.c.id,
                cases.c.number,
                cases.c.opened_at,
                cases.c.place_code,
                cases.c.status,
                _said_back().label("said_back"),
                reports.c.kind,
                reports.c.fields_sealed,
            )
            .join(reports, reports.c.case_id == cases.c.id, isouter=True)
            .where(
                cases.c.place_code.in_(_below(place_code)),
                cases.c.opened_at >= since,
                cases.c.opened_at < until,
                cases.c.merged_into.is_(None),
                or_(cases.c.kind.in_(KINDS), cases.c.id.in_(_came_back())),
            )
            .order_by(cases.c.opened_at, cases.c.id, reports.c.created_at, reports.c.inbox_id)
        )
        rows = connection.execute(query).all()
        return [
            self._entry(list(group), names=names) for _, group in groupby(rows, lambda row: row.id)
        ]

    def _entry(self, rows: list[Any], *, names: bool) -> Entry:
        told = [
            read_fields(self._keys.open(_FIELDS, row.fields_sealed))
            for row in rows
            if row.fields_sealed is not None  # an erased report
        ]
        case = rows[0]
        return Entry(
            number=case.number,
            opened_at=case.opened_at,
            place_code=case.place_code,
            status=case.status,
            told=first_told(told, names=names),
            returned=True if any(row.kind == RETURNED or row.said_back for row in rows) else None,
        )


def _below(place_code: str) -> Any:
    """The codes of a place and of all below it.

    By the database: a state has more villages than a statement has parameters.  UNION drops
    what it has found before, so that a circle ends.
    """
    found = select(places.c.code).where(places.c.code == place_code).cte("below", recursive=True)
    children = select(places.c.code).join(found, places.c.parent_code == found.c.code)
    return select(found.union(children).c.code)


def _said_back() -> Any:
    """Whether a check-in was answered by: came back."""
    return (
        select(timeline.c.id)
        .where(
            timeline.c.case_id == cases.c.id,
            timeline.c.event == "answered",
            timeline.c.detail == "check_in came_back",
        )
        .exists()
    )


def _came_back() -> Any:
    """Cases whose kind is now a return, but which began as one of the register's."""
    return (
        select(reports.c.case_id)
        .join(cases, cases.c.id == reports.c.case_id)
        .where(cases.c.kind == RETURNED, reports.c.kind.in_(KINDS))
    )
