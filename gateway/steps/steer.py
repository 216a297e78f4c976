"""What staff do with cases and contacts: the acts that follow from their commands.

Each act is done in the transaction of the message that commands it, moves its case by the state
machine and writes its timeline.  ``by`` is the contact who does it, None for the operator.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from gateway.domain import growth, ladders
from gateway.domain.cases import Impossible, Status, Story, case_number, why_not_close
from gateway.domain.commands import acts, desk
from gateway.domain.commands.guard import Standing
from gateway.domain.consequences import OpenCase
from gateway.domain.directory import STAFF_ROLES
from gateway.domain.followups import CWC, FOLLOW, Timer
from gateway.domain.messages import Priority
from gateway.domain.prompts import Question
from gateway.domain.triage import LEVELS, Triage, facts_told, triage
from gateway.steps import followups, growing, ladder
from gateway.steps.parts import ALERTS, OUTBOUND
from gateway.store.cases import NewRows, summary_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gateway.domain.commands.acts import Act
    from gateway.domain.contacts import Contact
    from gateway.domain.directory import Directory
    from gateway.domain.growth import Candidate
    from gateway.steps.parts import Parts

_DAY_MS = 24 * 3_600_000


@dataclass(slots=True)
class Hand:
    """One transaction in which somebody steers.

    ``rung`` are the queues to ring after it, ``opened`` is the number of a case that it made.
    """

    parts: Parts
    connection: Connection
    directory: Directory
    now: int
    by: int | None
    rung: set[str] = field(default_factory=set)
    opened: str = ""

    def case(self, case_id: int) -> Candidate:
        """The case as it stands, held until commit.

        Raises:
            Impossible: there is none.
        """
        found = self.parts.cases.candidates(
            self.connection, {case_id}, b"", self.parts.zone, closed=True
        )
        if not found:
            raise Impossible("unknown")
        return found[0]

    def event(self, case_id: int, what: str, detail: str = "") -> None:
        """Add to a case's timeline; ``detail`` never holds personal data."""
        cases = self.parts.cases
        cases.add_event(
            self.connection,
            cases.event(case_id, self.now, what, contact_id=self.by, detail=detail),
        )

    def tell(self, contact: Contact, template: str, number: str, case_id: int, urgency: str) -> str:
        """Tell a contact something about a case; the id of the message."""
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
        """Set what is due later on a case as it is told now."""
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
        parts.alerts.end_alerts(self.connection, case.case_id, self.now)
        parts.alerts.move(self.connection, case.case_id, step.rung, step.round, due)
        rows = NewRows()
        summary = summary_of(case.case_id, story, case.urgency, case.place_code)
        self.rung |= ladder.ask_rows(
            parts, rows, self.directory, case.case_id, summary, step, self.now
        )
        parts.insert(self.connection, rows)


def carry_out(parts: Parts, act: Act, by: int | None = None) -> None:
    """Do one act in a transaction of its own.

    Raises:
        Impossible: the case cannot be moved this way; nothing is changed.
    """
    with parts.database.write() as connection:
        directory = parts.people.directory(connection)
        hand = Hand(parts, connection, directory, parts.now(), by)
        do(hand, act)
    if hand.rung:
        parts.bell.ring(*hand.rung)


def do(hand: Hand, act: Act) -> None:
    """Do one act within the hand's transaction.

    Raises:
        Impossible: the case cannot be moved this way; the caller takes back what was begun.
    """
    hand.parts.cases.one_at_a_time(hand.connection)
    _DOES[type(act)](hand, act)


def _assign(hand: Hand, act: acts.Assign) -> None:
    parts, case_id = hand.parts, act.case_id
    case = hand.case(case_id)
    contact = hand.directory.contacts.get(act.contact_id)
    if contact is None or contact.blocked or act.contact_id in case.excluded:
        raise Impossible("kept_out")
    parts.cases.set_status(
        hand.connection, case_id, "assigned",
        taken_by=act.contact_id, taken_at=hand.now, due_at=None,
    )  # fmt: skip
    _tell_asked(hand, case, "alert.taken", but=act.contact_id)
    parts.alerts.end_alerts(hand.connection, case_id, hand.now)
    hand.event(case_id, "assigned", f"to {act.contact_id}")
    template = "ack.yours" if act.contact_id == hand.by else "assigned.yours"
    told = hand.tell(contact, template, case.number, case_id, case.urgency)
    parts.alerts.give(hand.connection, case_id, act.contact_id, told, hand.now)


def _tell_asked(hand: Hand, case: Candidate, template: str, but: int | None) -> None:
    """Tell whoever has a case, or is still asked on it, that it is no longer theirs."""
    asked = hand.parts.alerts.asked_on(hand.connection, case.case_id)
    for contact_id in dict.fromkeys([case.taken_by, *asked]):
        contact = hand.directory.contacts.get(contact_id or 0)
        if contact is None or contact.blocked or contact_id in (but, hand.by, *case.excluded):
            continue
        params = {"number": case.number}
        _send(hand, contact, template, params, hand.parts.asks_at(case.urgency, hand.now))


def _exclude(hand: Hand, act: acts.Exclude) -> None:
    case = hand.case(act.case_id)
    hand.event(act.case_id, "excluded", f"contact {act.contact_id}")
    _grow(hand, case, case.story, (act.contact_id,))


def _close(hand: Hand, act: acts.Close) -> None:
    case = hand.case(act.case_id)
    told = hand.parts.cases.has_event(hand.connection, act.case_id, "police")
    why = why_not_close(case.story, police_told=told)
    if why:
        raise Impossible(why)
    if case.status != Status.CLOSED:
        _tell_asked(hand, case, "alert.closed", but=None)
    _end(hand, act.case_id, "closed", act.how)
    hand.event(act.case_id, "closed", act.how)


def _end(hand: Hand, case_id: int, event: str, how: str, into: int | None = None) -> None:
    """Nothing more is asked on a case."""
    parts, connection = hand.parts, hand.connection
    parts.cases.set_status(
        connection, case_id, event,
        closed_at=hand.now, closed_as=how, merged_into=into, due_at=None,
    )  # fmt: skip
    parts.alerts.end_alerts(connection, case_id, hand.now)
    parts.prompts.cancel_timers(connection, case_id, None, hand.now)
    parts.prompts.end_of_case(connection, case_id)
    parts.desk.settle_proposals(connection, case_id)


def _reopen(hand: Hand, act: acts.Reopen) -> None:
    """The committee is asked anew; a case that was merged away is one of its own again."""
    parts, case = hand.parts, hand.case(act.case_id)
    into = parts.cases.merged_into(hand.connection, act.case_id)
    parts.cases.set_status(
        hand.connection, act.case_id, "reopened",
        closed_at=None, closed_as="", merged_into=None, taken_by=None, taken_at=None,
    )  # fmt: skip
    hand.event(act.case_id, "reopened")
    hand.ask_anew(case, case.story, case.excluded)
    hand.set_timers(case, case.story, reopened=True)
    if into is not None:
        _retell(hand, into)
        hand.event(into, "split", f"{case.number} is a case of its own again")


def _merge(hand: Hand, act: acts.Merge) -> None:
    """The other case knows from now on what both tell."""
    if act.case_id == act.into:
        raise Impossible("itself")
    case, target = hand.case(act.case_id), hand.case(act.into)
    if target.status == Status.CLOSED:
        raise Impossible("other_closed")
    _end(hand, act.case_id, "merged", "duplicate", act.into)
    hand.event(act.case_id, "merged", f"into {target.number}")
    hand.event(act.into, "joined", f"{case.number} was merged into it")
    _grow(hand, target, target.story.with_also(case.story), case.excluded)
    grown = hand.case(act.into)
    if LEVELS.index(case.urgency) > LEVELS.index(grown.urgency):
        # a priority that staff have raised is not lost with the number
        _set_level(hand, grown, case.urgency, ())
    if case.taken_by is not None:
        _hand_over(hand, case, case.taken_by, act.into)


def _hand_over(hand: Hand, case: Candidate, holder: int, into: int) -> None:
    """Who had a case that is part of another one has that, if nobody else has it already."""
    joint, contact = hand.case(into), hand.directory.contacts.get(holder)
    if contact is None or contact.blocked or holder == joint.taken_by:
        return
    if joint.taken_by is None and holder not in joint.excluded:
        _assign(hand, acts.Assign(into, holder))
    elif holder != hand.by:
        params = {"number": case.number}
        _send(hand, contact, "alert.taken", params, hand.parts.asks_at(case.urgency, hand.now))


def _split(hand: Hand, act: acts.Split) -> None:
    parts, told = hand.parts, hand.parts.reports.of_case(hand.connection, act.case_id)
    if len(told) < 2:  # noqa: PLR2004 a case keeps one
        raise Impossible("only_report")
    case = hand.case(act.case_id)
    report_id, _, story = next((each for each in told if each[0] == act.report_id), told[-1])
    (new_id,) = parts.cases.reserve(hand.connection)
    hand.opened = number = case_number(new_id)
    result = _triage(hand, story)
    on_ladder = ladders.rungs(
        hand.directory, parts.policy.ladder, story.kind, case.place_code, case.excluded, hand.now
    )
    step = ladders.first_step(parts.policy.ladder, story.kind, result.urgency, on_ladder)
    new = OpenCase(story, result, case.place_code, case.excluded, step)
    rows = NewRows()
    begins = parts.asks_at(result.urgency, hand.now)
    summary = parts.cases.open_rows(rows, new_id, new, None, hand.now, begins)
    hand.rung |= ladder.ask_rows(parts, rows, hand.directory, new_id, summary, step, hand.now)
    parts.insert(hand.connection, rows)
    parts.reports.move_report(hand.connection, report_id, new_id)
    followups.set_timers(parts, hand.connection, new_id, story, hand.now)
    hand.event(case.case_id, "split", f"one report is {number} now")
    hand.event(new_id, "split", f"out of {case.number}")
    _retell(hand, case.case_id)


def _told(hand: Hand, act: acts.Told) -> None:
    """The police or the Child Welfare Committee were told; ``cwc`` stops the 24-hour clock."""
    hand.case(act.case_id)
    hand.event(act.case_id, act.what, act.reference)
    if act.what == CWC:
        hand.parts.prompts.cancel_timers(hand.connection, act.case_id, CWC, hand.now)


def _write(hand: Hand, act: acts.Write) -> None:
    hand.parts.desk.write_note(hand.connection, act.case_id, hand.by, act.text, hand.now)
    hand.event(act.case_id, "noted")


def _verify(hand: Hand, act: acts.Verify) -> None:
    """Staff's word lowers the priority by the rules; a member's is noted for staff to weigh."""
    case = hand.case(act.case_id)
    hand.event(act.case_id, "verified", act.what)
    who = hand.directory.contacts.get(hand.by or 0)
    by_staff = hand.by is None or (who is not None and who.role in STAFF_ROLES)
    if not by_staff or act.what == "false":
        return
    before = _triage(hand, case.story)
    story = replace(case.story, verified=case.story.verified | {act.what})
    if before.urgency != case.urgency:
        # somebody has set it otherwise than the rules: that is not undone by one person's word
        hand.parts.cases.set_story(hand.connection, act.case_id, story)
        return
    result = _triage(hand, story)
    _set_level(hand, replace(case, story=story), min(
        result.urgency, case.urgency, key=LEVELS.index
    ), result.rules)  # fmt: skip


def _level(hand: Hand, act: acts.Level) -> None:
    case = hand.case(act.case_id)
    if case.status == Status.CLOSED:
        raise Impossible("closed")
    hand.parts.desk.settle_proposals(hand.connection, act.case_id)
    _set_level(hand, case, act.urgency, _triage(hand, case.story).rules)


def _triage(hand: Hand, story: Story) -> Triage:
    """The priority of a story by the rules, as of now."""
    hours = growth.hours(story, hand.parts.local(hand.now))
    facts = facts_told(story.kind, story.fields, story.facts, hours, story.verified)
    return triage(facts, hand.parts.policy.triage_table)


def _set_level(hand: Hand, case: Candidate, urgency: str, rules: tuple[str, ...]) -> None:
    """Give a case the priority that staff have set; what they knew does not raise it again."""
    raised = LEVELS.index(urgency) > LEVELS.index(case.urgency)
    judged = case.story.judged if raised else case.story.judged | set(rules)
    story = replace(case.story, judged=judged)
    hand.parts.cases.set_story(hand.connection, case.case_id, story, urgency=urgency)
    if urgency == case.urgency:
        return
    hand.event(case.case_id, "raised" if raised else "lowered", urgency)
    if raised and case.status == Status.OPEN:
        hand.ask_anew(replace(case, urgency=urgency), story, case.excluded)
    elif raised and case.taken_by in hand.directory.contacts:
        taker = hand.directory.contacts[case.taken_by or 0]
        if taker.id != hand.by:
            hand.tell(taker, "alert.raised", case.number, case.case_id, urgency)


def _ask_reporter(hand: Hand, act: acts.AskReporter) -> None:
    """Put a question to the first reporter, who has said that writing is safe."""
    parts, connection = hand.parts, hand.connection
    case = hand.case(act.case_id)
    told = parts.prompts.reporter_of(connection, act.case_id)
    phone = parts.inbox.sender(connection, told[1]) if told is not None else ""
    if told is None or not phone:
        raise Impossible("unsafe")
    index, _, language, channel = told
    first = parts.reports.of_case(connection, act.case_id)
    question = Question(
        "", act.case_id, case.number, act.what, language=language,
        report_id=first[0][0] if first else None,
    )  # fmt: skip
    parts.prompts.ask(connection, index, question, hand.now)
    template = f"ask.{act.what}"
    row = parts.outbox.row(
        channel=channel if channel in parts.channels else parts.default_channel,
        to=phone,
        body=parts.catalogue.render(template, language or parts.language, number=case.number),
        template=template,
        priority=Priority.CHECK_IN,
        at_ms=hand.now,
        due_ms=parts.asks_at("normal", hand.now),
        case_id=act.case_id,
    )
    parts.outbox.add(connection, [row])
    hand.rung.add(OUTBOUND)
    hand.event(act.case_id, "asked", act.what)


def _follow(hand: Hand, act: acts.Follow) -> None:
    hand.case(act.case_id)
    due = hand.parts.local(hand.parts.asks_at("normal", hand.now + act.days * _DAY_MS))
    timer = Timer(FOLLOW, act.days, due)
    hand.parts.prompts.set_follow(hand.connection, act.case_id, timer)
    hand.event(act.case_id, "follow", f"{act.days} days")


def _block(hand: Hand, act: acts.Block) -> None:
    """What the contact has or is asked goes to somebody else."""
    parts, connection = hand.parts, hand.connection
    parts.people.block(connection, act.contact_id, hand.now)
    hand.directory = parts.people.directory(connection)
    parts.outbox.withdraw_of(connection, act.contact_id, hand.now)
    for alert in parts.alerts.open_alerts_of(connection, act.contact_id):
        parts.alerts.give_up(connection, alert.id, "undelivered", hand.now)
        hand.event(alert.case_id, "undelivered", "the phone is lost")
        hand.rung |= ladder.settle(parts, connection, hand.directory, alert.case_id, hand.now)
    for case_id in parts.cases.taken_by(connection, act.contact_id):
        case = hand.case(case_id)
        parts.cases.set_status(connection, case_id, "released", taken_by=None, taken_at=None)
        hand.event(case_id, "released", "the phone is lost")
        hand.ask_anew(case, case.story, case.excluded)


def _duty(hand: Hand, act: acts.Duty) -> None:
    """Who goes off duty passes on what they are asked."""
    parts, connection = hand.parts, hand.connection
    parts.people.set_duty(connection, act.contact_id, on=act.on, until=act.until)
    hand.directory = parts.people.directory(connection)
    if not act.on:
        hand.rung |= ladder.leave(
            parts, connection, hand.directory, act.contact_id, "off duty", hand.now
        )


def _clear_pin(hand: Hand, act: acts.ClearPin) -> None:
    standing = hand.parts.desk.standing(hand.connection, act.contact_id)
    hand.parts.desk.set_standing(hand.connection, act.contact_id, Standing(digest=standing.digest))


def _digest(hand: Hand, act: acts.Digest) -> None:
    assert hand.by is not None  # noqa: S101 only a contact texts it
    standing = hand.parts.desk.standing(hand.connection, hand.by)
    hand.parts.desk.set_standing(hand.connection, hand.by, replace(standing, digest=act.on))


def _agree(hand: Hand, act: acts.Agree) -> None:
    assert hand.by is not None  # noqa: S101 only a contact texts it
    hand.parts.desk.propose(
        hand.connection, "level", hand.by, hand.now, case_id=act.case_id, detail=act.urgency
    )
    hand.event(act.case_id, "proposed", act.urgency)


def _propose(hand: Hand, act: acts.Propose) -> None:
    """Keep a text for many and show it to the coordinators, of whom another one lets it go."""
    parts = hand.parts
    assert hand.by is not None  # noqa: S101 only a contact texts it
    item = parts.desk.propose(
        hand.connection, "broadcast", hand.by, hand.now, detail=act.place_code, text=act.text
    )
    count = len(desk.recipients(act.place_code, hand.directory))
    place = hand.directory.gazetteer[act.place_code].name[:20]
    for contact in hand.directory.staff():
        if contact.role == "coordinator":
            params: dict[str, object] = {"item": item, "place": place, "count": count}
            if contact.id == hand.by:
                _send(hand, contact, "broadcast.waits", params)
            else:
                due = parts.asks_at("normal", hand.now)
                _send(hand, contact, "broadcast.review", params | {"text": act.text}, due)


def _release(hand: Hand, act: acts.Release) -> None:
    parts = hand.parts
    proposal = parts.desk.proposal(hand.connection, act.item)
    if proposal is None or not parts.desk.release(hand.connection, act.item):
        raise Impossible("closed")
    due = parts.asks_at("normal", hand.now)
    for contact in desk.recipients(proposal.place_code, hand.directory):
        _send(hand, contact, "broadcast.text", {"text": proposal.text}, due)
    _log(hand, acts.Log("broadcast", detail=f"item {act.item}, place {proposal.place_code}"))


def _send(
    hand: Hand,
    contact: Contact,
    template: str,
    params: Mapping[str, object],
    due_ms: int | None = None,
) -> None:
    parts = hand.parts
    row = parts.outbox.row(
        channel=parts.channel_of(contact),
        to=contact.phone,
        body=parts.catalogue.render(template, contact.language, **params),
        template=template,
        priority=Priority.UPDATE,
        at_ms=hand.now,
        due_ms=due_ms,
        contact_id=contact.id,
    )
    parts.outbox.add(hand.connection, [row])
    hand.rung.add(OUTBOUND)


def _log(hand: Hand, act: acts.Log) -> None:
    who = "operator" if hand.by is None else f"contact:{hand.by}"
    hand.parts.audit.add(
        hand.connection, at=hand.now, who=who, what=act.what, case_id=act.case_id,
        detail=act.detail,
    )  # fmt: skip


_DOES: Mapping[type[Any], Callable[[Hand, Any], None]] = {
    acts.Assign: _assign, acts.Exclude: _exclude, acts.Close: _close, acts.Reopen: _reopen,
    acts.Merge: _merge, acts.Split: _split, acts.Told: _told, acts.Write: _write,
    acts.Verify: _verify, acts.Level: _level, acts.AskReporter: _ask_reporter,
    acts.Follow: _follow, acts.Block: _block, acts.Duty: _duty, acts.ClearPin: _clear_pin,
    acts.Propose: _propose, acts.Release: _release, acts.Agree: _agree, acts.Digest: _digest,
    acts.Log: _log,
}  # fmt: skip


def _grow(hand: Hand, case: Candidate, story: Story, excluded: tuple[int, ...]) -> None:
    parts = hand.parts
    grown = growth.grow(
        case, story, hand.directory, parts.policy,
        at=parts.local(hand.now), now=hand.now, excluded=excluded,
    )  # fmt: skip
    rows = NewRows()
    hand.rung |= growing.follow(
        parts, hand.connection, hand.directory, rows, grown, hand.now, by=hand.by
    )
    parts.insert(hand.connection, rows)
    if grown.empties_rung:
        hand.rung |= ladder.settle(parts, hand.connection, hand.directory, case.case_id, hand.now)


def _retell(hand: Hand, case_id: int) -> None:
    """What a case tells, anew out of its own reports; its priority stays as it was."""
    case = hand.case(case_id)
    told = [story for _, _, story in hand.parts.reports.of_case(hand.connection, case_id)]
    if not told:
        return
    story = told[0]
    for other in told[1:]:
        story = story.with_also(other)
    found = case.story.facts & FOUND_BY_COMPARING
    story = replace(
        story,
        facts=story.facts | found,
        verified=case.story.verified,
        judged=case.story.judged,
    )
    hand.parts.cases.set_story(hand.connection, case_id, story)
    if case.status != Status.CLOSED:
        # what was cancelled when it was closed is due again, if only now it tells of a journey
        again = hand.parts.cases.has_event(hand.connection, case_id, "reopened")
        hand.set_timers(case, story, reopened=again)


#: facts that no single report tells
FOUND_BY_COMPARING = frozenset({"same_agent", "unrelated_children", "cluster"})
