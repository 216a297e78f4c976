"""Step 4b: check-ins and statutory clocks, when their time has come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog

from gateway.domain.cases import Status
from gateway.domain.followups import (
    AGAIN_HOURS,
    CHECK_IN,
    CWC,
    CWC_HOURS,
    FOLLOW,
    TRIES,
    timers,
    whom_to_ask,
)
from gateway.domain.messages import Priority
from gateway.domain.prompts import Question
from gateway.steps.ladder import lateness
from gateway.steps.parts import OUTBOUND

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gateway.domain.cases import Story
    from gateway.domain.contacts import Contact
    from gateway.domain.directory import Directory
    from gateway.domain.followups import Timer
    from gateway.domain.growth import Candidate
    from gateway.steps.parts import Parts
    from gateway.store.prompts import DueTimer

log = structlog.get_logger()
_HOUR_MS = 3_600_000


def set_timers(
    parts: Parts,
    connection: Connection,
    case_id: int,
    story: Story,
    opened: int,
    *,
    reopened: bool = False,
) -> None:
    """Set what is due later on a case as it is told now; ``opened`` in ms."""
    wanted = wanted_timers(parts, story, opened)
    if reopened and parts.cases.has_event(connection, case_id, CWC):
        wanted = tuple(each for each in wanted if each.what != CWC)
    if wanted:
        parts.prompts.set_timers(connection, case_id, wanted, reopened=reopened)


def wanted_timers(parts: Parts, story: Story, opened: int) -> tuple[Timer, ...]:
    """What is due later on a case as it is told now."""
    days = parts.policy.ladder.check_in_days
    return timers(story, parts.local(opened), days, parts.local(parts.now()))


def follow_up_due(parts: Parts, limit: int = 100) -> int:
    """Act on every timer whose time has come, the earliest first; how many."""
    now = parts.now()
    rows: list[dict[str, Any]] = []
    with parts.database.write() as connection:
        due = parts.prompts.due_timers(connection, now, limit)
        if not due:
            return 0
        directory = parts.people.directory(connection)
        for timer in due:
            found = parts.cases.candidates(connection, {timer.case_id}, b"", parts.zone)
            if not found:  # closed in the meantime
                parts.prompts.settle_timer(connection, timer.id, "cancelled", now)
            elif timer.what == CHECK_IN:
                rows += _check_in(parts, connection, directory, found[0], timer, now)
            else:
                rows += _warn(parts, connection, directory, found[0], timer, now)
        if rows:
            parts.outbox.add(connection, rows)
    late = [text for timer in due if (text := lateness(timer.due_at, now))]
    log.info("followed_up", timers=len(due), late=late[:5])
    if rows:
        parts.bell.ring(OUTBOUND)
    return len(due)


def _check_in(
    parts: Parts,
    connection: Connection,
    directory: Directory,
    case: Candidate,
    timer: DueTimer,
    now: int,
) -> list[dict[str, Any]]:
    prompts, cases = parts.prompts, parts.cases

    def silent(detail: str) -> None:
        event = cases.event(case.case_id, now, "check_in_silent", detail=detail)
        cases.add_event(connection, event)

    wake = parts.asks_at("normal", now)
    if wake > now:
        prompts.postpone(connection, timer.id, wake)
        return []
    if timer.tries >= TRIES:
        prompts.settle_timer(connection, timer.id, "silent", now)
        silent(f"day {timer.step}")
        return []
    channel, phone, language, contact = _recipient(parts, connection, directory, case)
    if not phone:
        prompts.settle_timer(connection, timer.id, "nobody", now)
        silent(f"day {timer.step}: nobody to ask")
        return []
    sender = parts.people.index(phone)
    if prompts.open_of(connection, {sender}, now):
        prompts.postpone(connection, timer.id, now + _HOUR_MS)  # one question at a time
        return []
    question = Question(
        "", case.case_id, case.number, CHECK_IN, timer_id=timer.id, language=language
    )
    prompts.ask(connection, sender, question, now)
    prompts.settle_timer(connection, timer.id, "asked", now, due_at=now + AGAIN_HOURS * _HOUR_MS)
    whom = "reporter" if contact is None else "who has the case"
    late = lateness(timer.due_at, now)
    detail = f"day {timer.step}, {whom}" + (f", {late}" if late else "")
    cases.add_event(connection, cases.event(case.case_id, now, "check_in_asked", detail=detail))
    return [
        parts.outbox.row(
            channel=channel,
            to=phone,
            body=parts.catalogue.render("ask.check_in", language, number=case.number),
            template="ask.check_in",
            priority=Priority.CHECK_IN,
            at_ms=now,
            case_id=case.case_id,
            contact_id=contact.id if contact is not None else None,
        )
    ]


def _recipient(
    parts: Parts, connection: Connection, directory: Directory, case: Candidate
) -> tuple[str, str, str, Contact | None]:
    """(channel, number, language, contact) of who is asked; the number is "" for nobody."""
    told = parts.prompts.reporter_of(connection, case.case_id)
    phone, language, channel, safe, opted_out = "", "", "", False, False
    if told is not None:
        index, inbox_id, language, channel = told
        phone = parts.inbox.sender(connection, inbox_id)
        contact = directory.with_phone(phone) if phone else None
        # a contact's number is known to be safe; anybody else must have said so
        safe = contact is not None or parts.prompts.safe_of(connection, {index}).get(index, False)
        opted_out = bool(parts.people.opted_out(connection, {index}))
    whom = whom_to_ask(phone or None, safe=safe, opted_out=opted_out, taken_by=case.taken_by)
    if whom == "reporter":
        return channel, phone, language or parts.language, None
    taker = directory.contacts.get(case.taken_by) if case.taken_by is not None else None
    if whom == "nobody" or taker is None:
        return "", "", "", None
    return parts.channel_of(taker), taker.phone, taker.language, taker


def _warn(
    parts: Parts,
    connection: Connection,
    directory: Directory,
    case: Candidate,
    timer: DueTimer,
    now: int,
) -> list[dict[str, Any]]:
    """A statutory clock, or a look again: tell the staff on duty and whoever has the case."""
    parts.prompts.settle_timer(connection, timer.id, "done", now)
    late = lateness(timer.due_at, now)
    detail = f"{timer.what} {timer.step}" + (f", {late}" if late else "")
    parts.cases.add_event(connection, parts.cases.event(case.case_id, now, "clock", detail=detail))
    params: dict[str, object] = {"number": case.number}
    template = f"staff.{timer.what}"
    if timer.what == CWC:
        params["hours"] = CWC_HOURS[-1] - timer.step
    told = {each.id: each for each in directory.duty_staff()}
    taker = directory.contacts.get(case.taken_by or 0) if case.status == Status.TAKEN else None
    if taker is not None and timer.what == FOLLOW:
        told = {taker.id: taker}  # staff hear of it only where nobody has the case
    elif taker is not None:
        told[taker.id] = taker
    return [
        parts.outbox.row(
            channel=parts.channel_of(contact),
            to=contact.phone,
            body=parts.catalogue.render(template, contact.language, **params),
            template=template,
            priority=Priority.ALERT,
            at_ms=now,
            due_ms=now if timer.what == CWC else parts.asks_at("normal", now),
            case_id=case.case_id,
            contact_id=contact.id,
        )
        for contact in told.values()
        if contact.id not in case.excluded
    ]
