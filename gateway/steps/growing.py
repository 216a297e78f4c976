"""What follows when more is known of a case, by a message or by what staff do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.alerts import params_of
from gateway.domain.cases import Status
from gateway.domain.messages import Priority
from gateway.steps import followups, ladder
from gateway.steps.parts import ALERTS, OUTBOUND
from gateway.store.cases import summary_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gateway.domain.directory import Directory
    from gateway.domain.growth import Growth
    from gateway.steps.parts import Parts
    from gateway.store.cases import NewRows


def follow(
    parts: Parts,
    connection: Connection,
    directory: Directory,
    rows: NewRows,
    grown: Growth,
    now: int,
    *,
    by: int | None = None,
    inbox_id: int | None = None,
) -> set[str]:
    """Keep what a case has become, and gather who is asked and told; the queues to wake.

    ``by`` is the contact who steers, ``inbox_id`` the message that tells it.  Where the growth
    :attr:`~gateway.domain.growth.Growth.empties_rung`, the caller inserts the rows and lets the
    ladder settle.
    """
    case_id, urgency = grown.case_id, grown.triage.urgency
    parts.cases.apply(connection, grown, now, parts.asks_at(urgency, now))
    parts.alerts.follow(connection, grown, now)
    if grown.raised:
        # a priority that one of the staff wants lowered is no longer the one they have seen
        parts.desk.settle_proposals(connection, case_id)
    rows.timeline += [
        parts.cases.event(case_id, now, what, contact_id=by, inbox_id=inbox_id, detail=detail)
        for what, detail in _events(grown)
    ]
    rung: set[str] = set()
    if grown.step is not None:
        summary = summary_of(case_id, grown.story, urgency, grown.place_code)
        rung |= ladder.ask_rows(parts, rows, directory, case_id, summary, grown.step, now)
    rung |= _tell(parts, directory, rows, grown, now)
    if grown.before.status != Status.CLOSED:
        opened = round(grown.before.opened.timestamp() * 1000)
        followups.set_timers(parts, connection, case_id, grown.story, opened)
    return rung


def _events(grown: Growth) -> list[tuple[str, str]]:
    events = [("reported", "")] if grown.joined else []
    if grown.raised:
        rules = " ".join(grown.triage.rules)
        events.append(("raised", f"{grown.triage.urgency}: {rules}".strip(": ")))
    if grown.released:
        events.append(("released", "excluded"))
    return events


def _tell(parts: Parts, directory: Directory, rows: NewRows, grown: Growth, now: int) -> set[str]:
    """Gather the short message to whoever has the case or is asked on it."""
    urgency = grown.triage.urgency
    urgent = urgency == "urgent"
    # who has the case may sleep; where nobody has it, somebody is to wake
    wakes = urgent and (grown.notice != "alert.update" or grown.before.status == Status.OPEN)
    priority = Priority.URGENT_ALERT if urgent and grown.raised else Priority.UPDATE
    summary = summary_of(grown.case_id, grown.story, urgency, grown.place_code)
    rung: set[str] = set()
    for contact_id in grown.notify:
        contact = directory.contacts.get(contact_id)
        if contact is None:
            continue
        params: dict[str, object] = {"number": grown.before.number}
        if grown.notice == "alert.told":
            params = params_of(summary, contact.language, directory, parts.catalogue)
        rows.outbox.append(
            parts.outbox.row(
                channel=parts.channel_of(contact),
                to=contact.phone,
                body=parts.catalogue.render(grown.notice, contact.language, **params),
                template=grown.notice,
                priority=priority,
                at_ms=now,
                due_ms=now if wakes else parts.asks_at("normal", now),
                case_id=grown.case_id,
                contact_id=contact.id,
            )
        )
        rung.add(ALERTS if priority is Priority.URGENT_ALERT else OUTBOUND)
    return rung
