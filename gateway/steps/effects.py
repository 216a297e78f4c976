"""Step 2, second half: turns consequences into rows, and commits them together."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from gateway.domain import flow
from gateway.domain.cases import case_number
from gateway.domain.messages import Priority
from gateway.steps import ladder
from gateway.steps.parts import ALERTS, OUTBOUND
from gateway.store.cases import NewRows

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gateway.domain.contacts import Contact
    from gateway.domain.directory import Directory
    from gateway.domain.flow import Consequences, Say
    from gateway.domain.understanding import Understood
    from gateway.steps.parts import Parts
    from gateway.store.inbox import Claimed


class Effects:
    """What follows from a batch of messages.

    The public's messages depend on nothing that other messages change, so their rows are
    gathered before the transaction begins.  A contact's answer depends on what is stored, and
    is decided inside it.
    """

    def __init__(
        self,
        parts: Parts,
        directory: Directory,
        serials: Sequence[int],
        opted_out: Collection[bytes],
    ) -> None:
        #: the queues to ring after the commit
        self.rung: set[str] = set()
        self._parts = parts
        self._directory = directory
        self._serials = list(serials)
        self._opted_out = set(opted_out)
        self._opting_out: list[str] = []
        self._rows = NewRows()

    def public(self, claimed: Claimed, understood: Understood) -> str:
        """Gather what follows from a stranger's message; what it was taken for."""
        known = flow.Known(
            sender=claimed.message.sender,
            contact=None,
            opted_out=claimed.sender_index in self._opted_out,
            directory=self._directory,
        )
        consequences = flow.decide(understood, known, self._parts.policy)
        self._gather(claimed, consequences)
        return consequences.outcome

    def of_contact(self, connection: Connection, claimed: Claimed, understood: Understood) -> str:
        """Apply and gather what follows from a contact's message; what it was taken for."""
        contact = self._directory.with_phone(claimed.message.sender)
        assert contact is not None  # noqa: S101 the caller has looked
        known = flow.Known(
            sender=claimed.message.sender,
            contact=contact,
            opted_out=claimed.sender_index in self._opted_out,
            directory=self._directory,
            asked=self._parts.cases.asked_of(connection, contact.id),
        )
        consequences = flow.decide(understood, known, self._parts.policy)
        now = self._parts.now()
        if consequences.take is not None and not self._take(
            connection, consequences.take, claimed, now
        ):
            return consequences.outcome
        if consequences.passed is not None:
            self._pass(connection, consequences.passed, claimed, now)
        self._gather(claimed, consequences)
        return consequences.outcome

    def insert(self, connection: Connection) -> None:
        """Insert what was gathered, a table at a time."""
        now = self._parts.now()
        for phone in self._opting_out:
            self._parts.people.opt_out(connection, phone, now)
        self._parts.cases.insert(connection, self._rows)
        if self._rows.outbox:
            self._parts.outbox.add(connection, self._rows.outbox)
        self._parts.cases.insert_alerts(connection, self._rows.alerts)

    def _gather(self, claimed: Claimed, consequences: Consequences) -> None:
        now = self._parts.now()
        case_id: int | None = None
        if consequences.opt_out:
            self._opting_out.append(claimed.message.sender)
            self._opted_out.add(claimed.sender_index)
        if consequences.open_case is not None:
            case_id = self._serials.pop(0)
            self._open(case_id, consequences.open_case, claimed, now)
        for say in consequences.says:
            self._say(say, claimed, case_id, now)

    def _open(self, case_id: int, new: flow.OpenCase, claimed: Claimed, now: int) -> None:
        summary = self._parts.cases.open_rows(
            self._rows, case_id, new, claimed.id, claimed.sender_index, now
        )
        self.rung |= ladder.ask_rows(
            self._parts, self._rows, self._directory, case_id, summary, new.step, now
        )

    def _take(self, connection: Connection, take: flow.Take, claimed: Claimed, now: int) -> bool:
        contact = take.contact
        if self._parts.cases.take(connection, take.case_id, take.alert_id, contact.id, now):
            self._event(take.case_id, "taken", contact, claimed, now)
            return True
        # somebody else was first, in a transaction that ended after we had read
        already = flow.Say("ack.already", contact.language, {"number": case_number(take.case_id)})
        self._say(already, claimed, None, now)
        return False

    def _pass(self, connection: Connection, passed: flow.Pass, claimed: Claimed, now: int) -> None:
        self._parts.cases.give_up(connection, passed.alert_id, "passed", now)
        self._event(passed.case_id, "passed", passed.contact, claimed, now)
        self.rung |= ladder.settle(self._parts, connection, self._directory, passed.case_id, now)

    def _event(self, case_id: int, what: str, contact: Contact, claimed: Claimed, now: int) -> None:
        self._rows.timeline.append(
            self._parts.cases.event(case_id, now, what, contact_id=contact.id, inbox_id=claimed.id)
        )

    def _say(self, say: Say, claimed: Claimed, case_id: int | None, now: int) -> None:
        number = case_number(case_id) if case_id is not None else ""
        params = {k: number if v == flow.NEW_CASE else v for k, v in say.params.items()}
        language = say.language or self._parts.language
        if say.contact is None:
            channel, to = claimed.message.channel, claimed.message.sender
        else:
            channel, to = self._parts.channel_of(say.contact), say.contact.phone
        self._rows.outbox.append(
            self._parts.outbox.row(
                channel=channel,
                to=to,
                body=self._parts.catalogue.render(say.template, language, **params),
                template=say.template,
                priority=say.priority,
                at_ms=now,
                case_id=say.case_id or case_id,
                contact_id=say.contact.id if say.contact is not None else None,
                inbox_id=claimed.id if say.contact is None else None,
            )
        )
        self.rung.add(ALERTS if say.priority == Priority.URGENT_ALERT else OUTBOUND)
