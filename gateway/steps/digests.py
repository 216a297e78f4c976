"""Step 4c: the daily summary to staff and the weekly one to committees, once each."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import structlog

from gateway.domain.commands import lines
from gateway.domain.commands.desk import late_before, scope_of
from gateway.domain.commands.queries import Becoming, Counting, Scope
from gateway.domain.directory import COMMITTEE_ROLES, STAFF_ROLES
from gateway.domain.messages import Priority
from gateway.domain.triage import LEVELS
from gateway.steps.parts import OUTBOUND

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gateway.domain.contacts import Contact
    from gateway.domain.directory import Directory
    from gateway.steps.parts import Parts

log = structlog.get_logger()
_MOST_DUE = 999
#: a summary that could not be made by then is left out
_LATEST = timedelta(hours=4)
_ROOM = 80
#: what may tell of danger and nobody is asked about
_MAY_BE_REPORTS = ("unsure", "unclear", "answered_more", "set_aside", "unreadable")
#: staff are told that such wait once in so many slots of so many ms: four hours
_SLOT_MS, _SLOTS_APART = 30 * 60_000, 8


def send_due(parts: Parts) -> int:
    """Write the summaries of today, if it is time and they are not written yet; how many."""
    now, ladder = parts.now(), parts.policy.ladder
    at = parts.local(now)
    today = at.date().isoformat()
    if ladder.digest_at is None or at.time() < ladder.digest_at:
        return 0
    if parts.watch.last_done("digest") == today:
        return 0
    begins = datetime.combine(at.date(), ladder.digest_at, at.tzinfo)
    if at - begins > _LATEST:
        return 0  # who stood still so long tells the figures tomorrow
    weekly = at.weekday() == ladder.digest_day
    with parts.database.read() as connection:
        directory = parts.people.directory(connection)
        quiet = parts.desk.no_digest(connection)
        rows = [
            row
            for contact in directory.contacts.values()
            if contact.id not in quiet and not contact.blocked
            for row in _summary(parts, connection, directory, contact, at, now, weekly=weekly)
        ]
    with parts.database.write() as connection:
        if not parts.watch.do_once(connection, "digest", today):
            return 0  # another clock was first
        if rows:
            parts.outbox.add(connection, rows)
    log.info("digests", messages=len(rows))
    parts.bell.ring(OUTBOUND)
    return len(rows)


def tell_of_unsure(parts: Parts) -> int:
    """Tell the duty staff by day that texts wait which may be reports; how many were told.

    At the most once in four hours, and only when more has come; never what they say.
    """
    now = parts.now()
    slot = now // _SLOT_MS
    last = int(parts.watch.last_done("unsure") or 0)
    if parts.asks_at("normal", now) > now or slot < last + _SLOTS_APART:
        return 0
    with parts.database.read() as connection:
        if not parts.inbox.count_unread(connection, _MAY_BE_REPORTS, last * _SLOT_MS):
            return 0  # nothing new
        waiting = parts.inbox.count_unread(connection, _MAY_BE_REPORTS)
        staff = parts.people.directory(connection).duty_staff()
    rows = [
        parts.outbox.row(
            channel=parts.channel_of(contact),
            to=contact.phone,
            body=parts.catalogue.render("staff.unread", contact.language, count=waiting),
            template="staff.unread",
            priority=Priority.UPDATE,
            at_ms=now,
            contact_id=contact.id,
        )
        for contact in staff
    ]
    with parts.database.write() as connection:
        if not parts.watch.do_once(connection, "unsure", f"{slot:012}"):
            return 0  # another clock was first
        if rows:
            parts.outbox.add(connection, rows)
    parts.bell.ring(OUTBOUND)
    return len(rows)


def _summary(
    parts: Parts,
    connection: Connection,
    directory: Directory,
    contact: Contact,
    at: datetime,
    now: int,
    *,
    weekly: bool,
) -> list[dict[str, Any]]:
    staff = contact.role in STAFF_ROLES
    if not staff and not (weekly and contact.role in COMMITTEE_ROLES):
        return []
    scope = scope_of(contact, directory, parts.policy.ladder)
    figures = _figures(parts, connection, scope, at, now, days=1 if staff else 7)
    unread = parts.inbox.count_unread(connection) if staff else 0
    if unread:
        figures[1].append(f"UNREAD{unread}")
    if not staff and not figures[0]:
        return []  # a committee with nothing open and nothing new is left in peace
    template = "digest.staff" if staff else "digest.committee"
    body = parts.catalogue.render(
        template, contact.language, day=lines.day(at), figures=lines.joined(figures[1], _ROOM)
    )
    return [
        parts.outbox.row(
            channel=parts.channel_of(contact),
            to=contact.phone,
            body=body,
            template=template,
            priority=Priority.UPDATE,
            at_ms=now,
            due_ms=parts.asks_at("normal", now),
            contact_id=contact.id,
        )
    ]


def _figures(
    parts: Parts, connection: Connection, scope: Scope, at: datetime, now: int, *, days: int
) -> tuple[int, list[str]]:
    """(how many are open or new, the figures in codes)."""
    late = late_before(parts.policy.ladder, now)
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    since = round((midnight - timedelta(days=days)).timestamp() * 1000)
    tonight = round((midnight + timedelta(days=1)).timestamp() * 1000)
    desk, zone = parts.desk, parts.zone
    is_open = desk.find(connection, Counting(scope, None, "", late), zone).counted
    new = desk.find(connection, Counting(scope, since, "", late), zone).counted
    due = desk.find(connection, Becoming(scope, tonight, _MOST_DUE), zone).dues
    assert is_open is not None  # noqa: S101 a count was asked for
    assert new is not None  # noqa: S101 a count was asked for
    levels = [f"{lines.LEVEL_CODES[each]}{is_open.by_level.get(each, 0)}" for each in LEVELS[::-1]]
    told = [f"OPEN{is_open.total}", *levels, f"NEW{new.total}", f"LATE{is_open.late}"]
    return is_open.total + new.total, [*told, f"DUE{len(due)}"]
