"""Rungs are known by their height instead of their place in the list of who was on duty.

A height is the contact's rung times 100, and how far their place is above the case's.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_RUNG_OF_LEVEL = {
    "village": 1, "ward": 1, "gram_panchayat": 1, "block": 2, "municipality": 2, "city": 2,
    "district": 3, "state": 4, "country": 4,
}  # fmt: skip
_STAFF = 500
_ASKED = """
    SELECT alerts.id, alerts.case_id, alerts.rung, alerts.round, cases.place_code AS case_place,
           contacts.role, contacts.rung AS own_rung, contacts.place_code
    FROM alerts JOIN cases ON cases.id = alerts.case_id
    JOIN contacts ON contacts.id = alerts.contact_id
    WHERE alerts.rung >= 0
    ORDER BY alerts.case_id, alerts.round, alerts.rung, alerts.id
"""


def upgrade() -> None:
    """Give every rung that was asked its height, and every case the height it stands on."""
    bind = op.get_bind()
    places = {
        row.code: (row.level, row.parent_code)
        for row in bind.execute(sa.text("SELECT code, level, parent_code FROM places"))
    }
    rungs: dict[tuple[int, int, int], list[int]] = {}
    for row in bind.execute(sa.text(_ASKED)).all():
        heights = rungs.setdefault((row.case_id, row.round, row.rung), [])
        height = _height(row, places)
        if height is not None:
            heights.append(height)
    below: dict[tuple[int, int], int] = {}
    for (case_id, round_, rung), heights in rungs.items():
        # a deputy's own place says nothing of the rung: then it is anywhere above the last one;
        # so is one that had been asked already, for an alert stands once for a rung and round
        least = below.get((case_id, round_), 0) + 1
        height = max(min(heights, default=(rung + 1) * 100), least)
        below[case_id, round_] = height
        values = {"height": height, "case_id": case_id, "round": round_, "rung": rung}
        bind.execute(
            sa.text(
                "UPDATE alerts SET rung = :height"
                " WHERE case_id = :case_id AND round = :round AND rung = :rung"
            ),
            values,
        )
        bind.execute(
            sa.text(
                "UPDATE cases SET rung = :height"
                " WHERE id = :case_id AND round = :round AND rung = :rung"
            ),
            values,
        )
    # those nobody of whose ladder had been asked
    bind.execute(sa.text("UPDATE cases SET rung = 0 WHERE rung < 100"))


def _height(row: sa.Row[Any], places: dict[str, tuple[str, str | None]]) -> int | None:
    if row.role in {"staff", "coordinator"}:
        return _STAFF
    depth, code = 0, row.case_place
    while code is not None and code != row.place_code:
        code, depth = places[code][1], depth + 1
    if code is None:
        return None
    return int(row.own_rung or _RUNG_OF_LEVEL[places[code][0]]) * 100 + depth
