"""Step 2: understand waiting messages, decide, and commit all that follows.

A batch is claimed, understood outside any transaction, and its effects are committed in one.
If that fails, its messages are tried one by one, so that one that always fails spoils no other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog

from gateway.domain import flow
from gateway.domain.cases import case_number
from gateway.domain.messages import Priority
from gateway.domain.understanding import understand
from gateway.steps import ladder
from gateway.steps.parts import ALERTS, OUTBOUND
from gateway.store.cases import NewRows
from gateway.store.engine import new_id
from gateway.store.inbox import MOST_ATTEMPTS

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gateway.domain.contacts import Contact
    from gateway.domain.directory import Directory
    from gateway.domain.flow import Consequences, Say
    from gateway.domain.understanding import Understood
    from gateway.steps.parts import Parts
    from gateway.store.inbox import Claimed

log = structlog.get_logger()
#: how many messages one transaction takes; more do not make it quicker, and writers wait for it
BATCH = 50


class LeaseLost(Exception):
    """Another worker has taken the messages over; nothing of this try may stay."""


@dataclass(frozen=True, slots=True)
class _Heard:
    claimed: Claimed
    understood: Understood


def process_waiting(parts: Parts, limit: int = BATCH) -> int:
    """Process up to ``limit`` waiting messages; returns how many were taken up."""
    holder = new_id(parts.now())
    claimed = parts.inbox.claim(limit, holder, parts.now())
    if not claimed:
        return 0
    with parts.database.read() as connection:
        directory = parts.people.directory(connection)
    try:
        _commit(parts, [_hear(parts, directory, each) for each in claimed], directory, holder)
    except LeaseLost:
        log.warning("lease_lost", messages=len(claimed))
    except Exception as fault:  # noqa: BLE001 one bad message must not hold up the others
        log.error("batch_failed", messages=len(claimed), fault=type(fault).__name__)
        for each in claimed:
            _alone(parts, each, directory, holder)
    return len(claimed)


def _alone(parts: Parts, claimed: Claimed, directory: Directory, holder: str) -> None:
    try:
        _commit(parts, [_hear(parts, directory, claimed)], directory, holder)
    except LeaseLost:
        log.warning("lease_lost", message=claimed.id)
    except Exception as fault:  # noqa: BLE001 it is tried again later, then set aside
        # the fault's text may hold the message's: only its type and place are told
        log.error("message_failed", message=claimed.id, fault=type(fault).__name__)
        if claimed.attempts >= MOST_ATTEMPTS:
            parts.inbox.set_aside(claimed.id, holder)
        else:
            again = parts.now() + 1000 * 4**claimed.attempts
            parts.inbox.release([claimed.id], holder, again)


def _hear(parts: Parts, directory: Directory, claimed: Claimed) -> _Heard:
    contact = directory.with_phone(claimed.message.sender)
    understood = understand(
        claimed.message.text,
        received=datetime.fromtimestamp(claimed.received_at / 1000, UTC).astimezone(parts.zone),
        gazetteer=directory.gazetteer,
        lexicon=parts.lexicon,
        near=contact.place_code if contact is not None else None,
    )
    return _Heard(claimed, understood)


def _commit(parts: Parts, heard: Sequence[_Heard], directory: Directory, holder: str) -> None:
    with parts.database.write() as connection:
        reports = sum(each.understood.is_report for each in heard)
        work = _Work(parts, connection, directory, reports)
        work.opted_out = parts.people.opted_out(
            connection, {each.claimed.sender_index for each in heard}
        )
        outcomes = [(each.claimed.id, work.follow(each)) for each in heard]
        work.flush()
        if not parts.inbox.finish(connection, outcomes, holder, parts.now()):
            raise LeaseLost
    parts.bell.ring(*work.rung)


class _Work:
    """One transaction's effects.

    Rows of public reports are gathered and inserted together.  A contact's answer depends on
    what is stored, so all that was gathered before it is inserted first.
    """

    def __init__(
        self, parts: Parts, connection: Connection, directory: Directory, most_cases: int
    ) -> None:
        self.parts = parts
        self.connection = connection
        self.directory = directory
        self.rows = NewRows()
        self.opted_out: set[bytes] = set()
        self.rung: set[str] = set()
        self._most_cases = most_cases
        self._serials: list[int] = []

    def follow(self, heard: _Heard) -> str:
        """Gather or apply what follows from one message; what it was taken for."""
        claimed = heard.claimed
        contact = self.directory.with_phone(claimed.message.sender)
        asked: tuple[flow.Asked, ...] = ()
        if contact is not None:
            self.flush()
            asked = self.parts.cases.asked_of(self.connection, contact.id)
        known = flow.Known(
            sender=claimed.message.sender,
            contact=contact,
            opted_out=claimed.sender_index in self.opted_out,
            directory=self.directory,
            asked=asked,
        )
        consequences = flow.decide(heard.understood, known, self.parts.policy)
        self._apply(claimed, consequences)
        return consequences.outcome

    def _apply(self, claimed: Claimed, consequences: Consequences) -> None:
        parts, now = self.parts, self.parts.now()
        number = ""
        case_id: int | None = None
        if consequences.opt_out:
            parts.people.opt_out(self.connection, claimed.message.sender, now)
            self.opted_out.add(claimed.sender_index)
        if consequences.open_case is not None:
            case_id = self._serial()
            number = case_number(case_id)
            self._open(case_id, consequences.open_case, claimed, now)
        if consequences.take is not None and not self._take(consequences.take, claimed, now):
            return
        if consequences.passed is not None:
            self._pass(consequences.passed, claimed, now)
        for say in consequences.says:
            self._say(say, claimed, number, case_id, now)

    def _open(self, case_id: int, new: flow.OpenCase, claimed: Claimed, now: int) -> None:
        summary = self.parts.cases.open_rows(
            self.rows, case_id, new, claimed.id, claimed.sender_index, now
        )
        asked = ladder.ask_rows(
            self.parts, self.rows, self.directory, case_id, summary, new.step, now
        )
        self.rung.update(asked)

    def _take(self, take: flow.Take, claimed: Claimed, now: int) -> bool:
        contact = take.contact
        if self.parts.cases.take(self.connection, take.case_id, take.alert_id, contact.id, now):
            self._event(take.case_id, "taken", contact, claimed, now)
            return True
        # somebody else was first, in a transaction that ended after we had read
        already = flow.Say("ack.already", contact.language, {"number": case_number(take.case_id)})
        self._say(already, claimed, "", None, now)
        return False

    def _pass(self, passed: flow.Pass, claimed: Claimed, now: int) -> None:
        self.parts.cases.give_up(self.connection, passed.alert_id, "passed", now)
        self._event(passed.case_id, "passed", passed.contact, claimed, now)
        self.flush()
        self.rung.update(
            ladder.settle(self.parts, self.connection, self.directory, passed.case_id, now)
        )

    def _event(self, case_id: int, what: str, contact: Contact, claimed: Claimed, now: int) -> None:
        self.rows.timeline.append(
            self.parts.cases.event(case_id, now, what, contact_id=contact.id, inbox_id=claimed.id)
        )

    def _say(self, say: Say, claimed: Claimed, number: str, case_id: int | None, now: int) -> None:
        params = {k: number if v == flow.NEW_CASE else v for k, v in say.params.items()}
        language = say.language or self.parts.language
        if say.contact is None:
            channel, to = claimed.message.channel, claimed.message.sender
        else:
            channel, to = say.contact.channel or self.parts.default_channel, say.contact.phone
        self.rows.outbox.append(
            self.parts.outbox.row(
                channel=channel,
                to=to,
                body=self.parts.catalogue.render(say.template, language, **params),
                template=say.template,
                priority=say.priority,
                at_ms=now,
                case_id=say.case_id or case_id,
                contact_id=say.contact.id if say.contact is not None else None,
                inbox_id=claimed.id if say.contact is None else None,
            )
        )
        self.rung.add(ALERTS if say.priority == Priority.URGENT_ALERT else OUTBOUND)

    def _serial(self) -> int:
        if not self._serials:
            # those not used are left out: a number says nothing of how many cases there are
            first = self.parts.cases.reserve(self.connection, self._most_cases)
            self._serials = list(range(first, first + self._most_cases))
        return self._serials.pop(0)

    def flush(self) -> None:
        """Insert what was gathered, a table at a time."""
        rows, self.rows = self.rows, NewRows()
        self.parts.cases.insert(self.connection, rows)
        if rows.outbox:
            self.parts.outbox.add(self.connection, rows.outbox)
        self.parts.cases.insert_alerts(self.connection, rows.alerts)
