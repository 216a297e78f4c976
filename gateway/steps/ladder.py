"""Step 4: ask the next rung, when its time has come or nobody on the present one is left."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any

import structlog

from gateway.domain import growth, ladders
from gateway.domain.alerts import alert_text, place_name, priority_of
from gateway.domain.messages import Priority
from gateway.steps.parts import ALERTS, OUTBOUND
from gateway.store.cases import NewRows

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gateway.domain.alerts import Summary
    from gateway.domain.directory import Directory
    from gateway.domain.ladders import Step
    from gateway.steps.parts import Parts
    from gateway.store.alerts import Climbing

log = structlog.get_logger()


def ask_rows(
    parts: Parts,
    rows: NewRows,
    directory: Directory,
    case_id: int,
    summary: Summary,
    step: Step,
    now: int,
    late: str = "",
) -> set[str]:
    """Gather the alerts of a rung; returns the queues to wake."""
    priority = priority_of(summary.urgency)
    leaves = parts.asks_at(summary.urgency, now)
    for contact in step.contacts:
        template, body = alert_text(summary, step, contact, directory, parts.catalogue)
        message = parts.outbox.row(
            channel=parts.channel_of(contact),
            to=contact.phone,
            body=body,
            template=template,
            priority=priority,
            at_ms=now,
            due_ms=leaves,
            case_id=case_id,
            contact_id=contact.id,
        )
        rows.outbox.append(message)
        rows.alerts.append(
            parts.alerts.ask_row(case_id, contact.id, step.rung, step.round, message["id"], now)
        )
    rung = ladders.level_of(step.rung)
    detail = f"rung {rung}, {len(step.contacts)} asked" + (f", {late}" if late else "")
    rows.timeline.append(parts.cases.event(case_id, now, "asked", detail=detail))
    if not step.contacts:
        log.error("nobody_to_ask", case=summary.number)
        return set()
    return {ALERTS if priority is Priority.URGENT_ALERT else OUTBOUND}


#: what is done this much after its time is said to be late, in ms
_LATE_MS = 60_000


def lateness(due_at: int | None, now: int) -> str:
    """«late 73 min», where something was done well after its time; "" otherwise."""
    if due_at is None or now - due_at < _LATE_MS:
        return ""
    return f"late {(now - due_at) // 60_000} min"


def settle(
    parts: Parts, connection: Connection, directory: Directory, case_id: int, now: int
) -> set[str]:
    """Climb at once if nobody on the case's rung is still asked; returns the queues to wake.

    The caller has inserted what it gathered for the case.
    """
    climbing = parts.alerts.unanswered(connection, case_id)
    if climbing is None:
        return set()
    return _climb(parts, connection, directory, climbing, now, timed_out=False)


def hand_on(
    parts: Parts, connection: Connection, directory: Directory, alert: Any, now: int
) -> set[str]:
    """Somebody is asked no more: if nobody else is asked, a deputy is, or the next rung.

    The rung keeps its time, so that no case waits longer because somebody goes; the caller has
    ended the alert.  Returns the queues to wake.
    """
    climbing = parts.alerts.unanswered(connection, alert.case_id)
    if climbing is None or (climbing.rung, climbing.round) != (alert.rung, alert.round):
        return set()
    summary, wait = climbing.summary, None
    if climbing.due_at is not None:
        begins = parts.asks_at(summary.urgency, now)
        wait = max(1, ceil((climbing.due_at - begins) / 60_000))
    on_ladder = ladders.rungs(
        directory, parts.policy.ladder, summary.kind, summary.place_code, climbing.excluded, now
    )
    asked = parts.alerts.asked_in(connection, climbing.id, climbing.round)
    step = ladders.stand_in_step(on_ladder, climbing.rung, climbing.round, asked, wait)
    if step is None:
        return _climb(parts, connection, directory, climbing, now, timed_out=False)
    rows = NewRows()
    rung = ask_rows(parts, rows, directory, climbing.id, summary, step, now)
    parts.insert(connection, rows)
    return rung


def leave(
    parts: Parts,
    connection: Connection,
    directory: Directory,
    contact_id: int,
    why: str,
    now: int,
    inbox_id: int | None = None,
    state: str = "passed",
) -> set[str]:
    """Somebody is asked no more: all that they were asked and have not answered goes on.

    ``directory`` is as it stands without them, ``why`` a word for the timelines, ``inbox_id`` the
    message that says so, ``state`` how their alerts end.  The caller has inserted what it
    gathered.  Returns the queues to wake.
    """
    rung: set[str] = set()
    for alert in parts.alerts.open_alerts_of(connection, contact_id):
        parts.alerts.give_up(connection, alert.id, state, now)
        event = parts.cases.event(
            alert.case_id, now, "passed", contact_id=contact_id, inbox_id=inbox_id, detail=why
        )
        parts.cases.add_event(connection, event)
        rung |= hand_on(parts, connection, directory, alert, now)
    return rung


def end_duties(parts: Parts) -> int:
    """Who said to be on duty until a time that is over is off duty; how many.

    What they were asked and have not answered goes on as when they say so themselves: nobody may
    be left to act on it.  But they have said nothing, and the alert may be in their hand: it has
    ``lapsed``, so that the ladder counts on them no more, and their ACK alone still takes the
    case.  They are not written to; who takes it in their place is told of to them as to others.
    """
    now = parts.now()
    rung: set[str] = set()
    ended = 0
    for contact_id in parts.people.whose_duty_is_over(now):
        with parts.database.write() as connection:
            # their cases before themselves, as a message of theirs holds both
            parts.alerts.hold_asked(connection, contact_id)
            if not parts.people.end_duty(connection, contact_id, now):
                continue  # another clock was first, or they have said otherwise
            directory = parts.people.directory(connection)
            rung |= leave(
                parts, connection, directory, contact_id, "duty over", now, state="lapsed"
            )
            ended += 1
    if rung:
        parts.bell.ring(*rung)
    return ended


def climb_due(parts: Parts, limit: int = 50) -> int:
    """Climb the ladders whose rung's time is over; how many."""
    now = parts.now()
    rung: set[str] = set()
    with parts.database.write() as connection:
        due = parts.alerts.due(connection, now, limit)
        if due:
            directory = parts.people.directory(connection)
            for climbing in due:
                rung |= _climb(parts, connection, directory, climbing, now, timed_out=True)
    if rung:
        parts.bell.ring(*rung)
    return len(due)


def _climb(
    parts: Parts,
    connection: Connection,
    directory: Directory,
    climbing: Climbing,
    now: int,
    *,
    timed_out: bool,
) -> set[str]:
    summary = climbing.summary
    late = lateness(climbing.due_at, now) if timed_out else ""
    ladder_rungs = ladders.rungs(
        directory, parts.policy.ladder, summary.kind, summary.place_code, climbing.excluded, now
    )
    step = ladders.next_step(
        parts.policy.ladder,
        summary.kind,
        summary.urgency,
        ladder_rungs,
        climbing.rung,
        climbing.round,
        climbing.asked,
    )
    if step is not None and step.round > climbing.round and not timed_out:
        # the last rung has passed or cannot be reached: it is asked again when its wait is over,
        # not at once, or the same phones would ring without end
        return set()
    if step is None and climbing.due_at is None:
        # its end was reached before: who passes only now tells nobody anything
        told = parts.cases.timeline_of(connection, climbing.id)
        if growth.staff_know_nobody_acts([each.event for each in told]):
            return set()
    if step is None:
        parts.alerts.move(connection, climbing.id, climbing.rung, climbing.round, None)
        rows = NewRows(timeline=[parts.cases.event(climbing.id, now, "unanswered", detail=late)])
        rows.outbox = _tell_staff(parts, directory, climbing, now)
        parts.insert(connection, rows)
        return {OUTBOUND}
    begins = parts.asks_at(summary.urgency, now)
    due_at = None if step.wait is None else begins + step.wait * 60_000
    parts.alerts.move(connection, climbing.id, step.rung, step.round, due_at)
    rows = NewRows()
    rung = ask_rows(parts, rows, directory, climbing.id, summary, step, now, late)
    parts.insert(connection, rows)
    return rung


def _tell_staff(
    parts: Parts, directory: Directory, climbing: Climbing, now: int
) -> list[dict[str, Any]]:
    """Tell the duty staff that everybody has been asked and nobody has the case."""
    summary = climbing.summary
    return [
        parts.outbox.row(
            channel=parts.channel_of(contact),
            to=contact.phone,
            body=parts.catalogue.render(
                "staff.unanswered",
                contact.language,
                number=summary.number,
                level=parts.catalogue.render(f"level.{summary.urgency}", contact.language),
                place=place_name(summary.place_code, directory, parts.catalogue, contact.language),
            ),
            template="staff.unanswered",
            priority=Priority.ALERT,
            at_ms=now,
            due_ms=parts.asks_at(summary.urgency, now),
            case_id=climbing.id,
            contact_id=contact.id,
        )
        for contact in directory.duty_staff()
        if contact.id not in climbing.excluded
    ]
