"""What staff do with a case: assign, close, reopen, merge, split, keep somebody out.

Each is one transaction that moves the case by its state machine and writes its timeline.
``by`` is the contact who does it, None for the operator.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.domain import flow, growth, ladders
from gateway.domain.cases import Impossible, Status, Story, case_number, why_not_close
from gateway.domain.followups import CWC
from gateway.domain.messages import Priority
from gateway.domain.triage import facts_told, triage
from gateway.steps import followups, ladder
from gateway.steps.parts import ALERTS, OUTBOUND
from gateway.store.cases import NewRows, summary_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gateway.domain.contacts import Contact
    from gateway.domain.directory import Directory
    from gateway.domain.growth import Candidate
    from gateway.steps.parts import Parts


@dataclass(slots=True)
class _Hand:
    """One steering transaction."""

    parts: Parts
    connection: Connection
    directory: Directory
    now: int
    by: int | None
    rung: set[str]

    def case(self, case_id: int) -> Candidate:
        found = self.parts.cases.candidates(
            self.connection, {case_id}, b"", self.parts.zone, closed=True
        )
        if not found:
            raise Impossible("there is no such case")
        return found[0]

    def event(self, case_id: int, what: str, detail: str = "") -> None:
        cases = self.parts.cases
        cases.add_event(
            self.connection,
            cases.event(case_id, self.now, what, contact_id=self.by, detail=detail),
        )

    def tell(self, contact: Contact, template: str, number: str, case_id: int, urgency: str) -> str:
        urgent = urgency == "urgent"
        row = self.parts.outbox.row(
            channel=self.parts.channel_of(contact),
            to=contact.phone,
            body=self.parts.catalogue.render(template, contact.language, number=number),
            template=template,
            priority=Priority.URGENT_ALERT if urgent else Priority.ALERT,
            at_ms=self.now,
            due_ms=self.parts.asks_at(urgency, self.now),
            case_id=case_id,
            contact_id=contact.id,
        )
        self.parts.outbox.add(self.connection, [row])
        self.rung.add(ALERTS if urgent else OUTBOUND)
        return str(row["id"])

    def set_timers(self, case: Candidate, story: Story, *, reopened: bool = False) -> None:
        opened = round(case.opened.timestamp() * 1000)
        followups.set_timers(
            self.parts, self.connection, case.case_id, story, opened, reopened=reopened
        )

    def ask_anew(self, case: Candidate, story: Story, excluded: tuple[int, ...]) -> None:
        """Begin the ladder of an open case at its first rung."""
        parts, policy = self.parts, self.parts.policy
        on_ladder = ladders.rungs(
            self.directory, policy.ladder, story.kind, case.place_code, excluded, self.now
        )
        step = ladders.first_step(
            policy.ladder, story.kind, case.urgency, on_ladder, case.round + 1
        )
        begins = parts.asks_at(case.urgency, self.now)
        due = None if step.wait is None else begins + step.wait * 60_000
        parts.cases.end_alerts(self.connection, case.case_id, self.now)
        parts.cases.move(self.connection, case.case_id, step.rung, step.round, due)
        rows = NewRows()
        summary = summary_of(case.case_id, story, case.urgency, case.place_code)
        self.rung |= ladder.ask_rows(
            parts, rows, self.directory, case.case_id, summary, step, self.now
        )
        parts.insert(self.connection, rows)


def _steer(parts: Parts, by: int | None, act: Callable[[_Hand], None]) -> None:
    with parts.database.write() as connection:
        parts.cases.one_at_a_time(connection)
        directory = parts.people.directory(connection)
        hand = _Hand(parts, connection, directory, parts.now(), by, set())
        act(hand)
    if hand.rung:
        parts.bell.ring(*hand.rung)


def assign(parts: Parts, case_id: int, contact_id: int, by: int | None = None) -> None:
    """Give a case to a contact.

    Raises:
        Impossible: the case is closed, or the contact must not hear of it.
    """

    def act(hand: _Hand) -> None:
        case = hand.case(case_id)
        contact = hand.directory.contacts.get(contact_id)
        if contact is None or contact_id in case.excluded:
            raise Impossible("this contact is kept out of the case")
        parts.cases.set_status(
            hand.connection, case_id, "assigned",
            taken_by=contact_id, taken_at=hand.now, due_at=None,
        )  # fmt: skip
        parts.cases.end_alerts(hand.connection, case_id, hand.now)
        hand.event(case_id, "assigned", f"to {contact_id}")
        told = hand.tell(contact, "assigned.yours", case.number, case_id, case.urgency)
        parts.cases.give(hand.connection, case_id, contact_id, told, hand.now)

    _steer(parts, by, act)


def close(parts: Parts, case_id: int, how: str, by: int | None = None) -> None:
    """Close a case as ``how`` (safe, stopped, referred, …); nothing more is asked on it.

    Raises:
        Impossible: it is closed, or the police must be told first.
    """

    def act(hand: _Hand) -> None:
        case = hand.case(case_id)
        told = parts.cases.has_event(hand.connection, case_id, "police")
        why = why_not_close(case.story, police_told=told)
        if why:
            raise Impossible(why)
        _end(hand, case_id, "closed", how)
        hand.event(case_id, "closed", how)

    _steer(parts, by, act)


def _end(hand: _Hand, case_id: int, event: str, how: str, into: int | None = None) -> None:
    parts, connection = hand.parts, hand.connection
    parts.cases.set_status(
        connection, case_id, event,
        closed_at=hand.now, closed_as=how, merged_into=into, due_at=None,
    )  # fmt: skip
    parts.cases.end_alerts(connection, case_id, hand.now)
    parts.prompts.cancel_timers(connection, case_id, None, hand.now)
    parts.prompts.end_of_case(connection, case_id)


def reopen(parts: Parts, case_id: int, by: int | None = None) -> None:
    """Open a closed case again and ask its committee anew; one merged away is its own again.

    Raises:
        Impossible: it is open.
    """

    def act(hand: _Hand) -> None:
        case = hand.case(case_id)
        into = parts.cases.merged_into(hand.connection, case_id)
        parts.cases.set_status(
            hand.connection, case_id, "reopened",
            closed_at=None, closed_as="", merged_into=None, taken_by=None, taken_at=None,
        )  # fmt: skip
        hand.event(case_id, "reopened")
        hand.ask_anew(case, case.story, case.excluded)
        hand.set_timers(case, case.story, reopened=True)
        if into is not None:
            _retell(hand, into)
            hand.event(into, "split", f"{case.number} is a case of its own again")

    _steer(parts, by, act)


def merge(parts: Parts, case_id: int, into: int, by: int | None = None) -> None:
    """Close a case as the duplicate of another, which knows from now on what both tell.

    Raises:
        Impossible: one of them is closed, or they are the same.
    """

    def act(hand: _Hand) -> None:
        if case_id == into:
            raise Impossible("a case is no duplicate of itself")
        case, target = hand.case(case_id), hand.case(into)
        if target.status == Status.CLOSED:
            raise Impossible(f"{target.number} is closed; reopen it first")
        _end(hand, case_id, "merged", "duplicate", into)
        hand.event(case_id, "merged", f"into {target.number}")
        hand.event(into, "joined", f"{case.number} was merged into it")
        _grow(hand, target, target.story.with_also(case.story), case.excluded)

    _steer(parts, by, act)


def split(parts: Parts, report_id: str, by: int | None = None) -> str:
    """Make one report of a case a case of its own; its number.

    Raises:
        Impossible: it is the only report of its case.
    """
    number = ""

    def act(hand: _Hand) -> None:
        nonlocal number
        told = parts.cases.reports_of_same_case(hand.connection, report_id)
        if len(told) < 2:  # noqa: PLR2004 a case keeps one
            raise Impossible("it is the only report of its case")
        case = hand.case(next(case for id_, case, _ in told if id_ == report_id))
        story = next(story for id_, _, story in told if id_ == report_id)
        (new_id,) = parts.cases.reserve(hand.connection)
        number = case_number(new_id)
        hours = growth.hours(story, parts.local(hand.now))
        result = triage(
            facts_told(story.kind, story.fields, story.facts, hours), parts.policy.triage_table
        )
        on_ladder = ladders.rungs(
            hand.directory,
            parts.policy.ladder,
            story.kind,
            case.place_code,
            case.excluded,
            hand.now,
        )
        step = ladders.first_step(parts.policy.ladder, story.kind, result.urgency, on_ladder)
        new = flow.OpenCase(story, result, case.place_code, case.excluded, step)
        rows = NewRows()
        begins = parts.asks_at(result.urgency, hand.now)
        summary = parts.cases.open_rows(rows, new_id, new, None, hand.now, begins)
        hand.rung |= ladder.ask_rows(parts, rows, hand.directory, new_id, summary, step, hand.now)
        parts.insert(hand.connection, rows)
        parts.cases.move_report(hand.connection, report_id, new_id)
        followups.set_timers(parts, hand.connection, new_id, story, hand.now)
        hand.event(case.case_id, "split", f"one report is {number} now")
        hand.event(new_id, "split", f"out of {case.number}")
        _retell(hand, case.case_id)

    _steer(parts, by, act)
    return number


def exclude(parts: Parts, case_id: int, contact_id: int, by: int | None = None) -> None:
    """Keep a contact out of a case; if it was theirs, somebody else is asked."""

    def act(hand: _Hand) -> None:
        case = hand.case(case_id)
        hand.event(case_id, "excluded", f"contact {contact_id}")
        _grow(hand, case, case.story, (contact_id,))

    _steer(parts, by, act)


def note(parts: Parts, case_id: int, what: str, detail: str, by: int | None = None) -> None:
    """Note that the police (``police``) or the Child Welfare Committee (``cwc``) were told.

    ``cwc`` stops the 24-hour clock.
    """

    def act(hand: _Hand) -> None:
        hand.case(case_id)
        hand.event(case_id, what, detail)
        if what == CWC:
            parts.prompts.cancel_timers(hand.connection, case_id, CWC, hand.now)

    _steer(parts, by, act)


def _grow(hand: _Hand, case: Candidate, story: Story, excluded: tuple[int, ...]) -> None:
    parts = hand.parts
    grown = growth.grow(
        case, story, hand.directory, parts.policy,
        at=parts.local(hand.now), now=hand.now, excluded=excluded,
    )  # fmt: skip
    parts.cases.apply(
        hand.connection, grown, hand.now, parts.asks_at(grown.triage.urgency, hand.now)
    )
    if grown.raised:
        rules = " ".join(grown.triage.rules)
        hand.event(case.case_id, "raised", f"{grown.triage.urgency}: {rules}")
    if grown.released:
        hand.event(case.case_id, "released", "excluded")
    if grown.step is not None:
        rows = NewRows()
        summary = summary_of(case.case_id, story, grown.triage.urgency, grown.place_code)
        hand.rung |= ladder.ask_rows(
            parts, rows, hand.directory, case.case_id, summary, grown.step, hand.now
        )
        parts.insert(hand.connection, rows)
    elif grown.kept_out:
        hand.rung |= ladder.settle(parts, hand.connection, hand.directory, case.case_id, hand.now)
    for contact_id in grown.notify:
        contact = hand.directory.contacts.get(contact_id)
        if contact is not None:
            hand.tell(contact, grown.notice, case.number, case.case_id, grown.triage.urgency)
    if case.status != Status.CLOSED:
        hand.set_timers(case, story)


def _retell(hand: _Hand, case_id: int) -> None:
    """What a case tells, anew out of its own reports; its priority stays as it was."""
    case = hand.case(case_id)
    told = [story for _, _, story in hand.parts.cases.reports_of(hand.connection, case_id)]
    if not told:
        return
    story = told[0]
    for other in told[1:]:
        story = story.with_also(other)
    found = case.story.facts & FOUND_BY_COMPARING
    story = replace(story, facts=story.facts | found, verified=case.story.verified)
    hand.parts.cases.set_story(hand.connection, case_id, story)
    if case.status != Status.CLOSED:
        hand.set_timers(case, story)


#: facts that no single report tells
FOUND_BY_COMPARING = frozenset({"same_agent", "unrelated_children", "cluster"})
