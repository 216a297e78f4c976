"""USSD: one synchronous turn of a session, and what becomes of a session that was cut off.

A turn is one transaction: the step, the screen that answers it, and, where a report is whole, the
inbox row and everything that follows from it by the same code as an SMS.  So a step that is
posted twice finds its answer, and nothing happens twice.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import select

from gateway.domain import flow, growth, receipt
from gateway.domain.cases import Status, case_number
from gateway.domain.commands.verbs import MAY_HOLD_PIN, without_pins
from gateway.domain.directory import COMMITTEE_ROLES, STAFF_ROLES
from gateway.domain.messages import Inbound
from gateway.domain.prompts import Reader
from gateway.domain.triage import facts_told, triage
from gateway.domain.ussd import machine
from gateway.domain.ussd.answers import AnswerReader, understood_of
from gateway.domain.ussd.machine import Caller, CaseLine, Command, Continue, Finish, LookUp, State
from gateway.steps.effects import Effects
from gateway.store.cases import stands_as
from gateway.store.inbox import Claimed
from gateway.store.tables import reports
from gateway.store.ussd import CASED, DROPPED, LIVE, OVER

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gateway.domain.consequences import Asked, Say
    from gateway.domain.contacts import Contact
    from gateway.domain.directory import Directory
    from gateway.domain.messages import Dial, HungUp
    from gateway.domain.understanding import Understood
    from gateway.domain.ussd.machine import Effect, Told
    from gateway.steps.parts import Parts
    from gateway.store.ussd import Session

log = structlog.get_logger()
#: a session is silent for so long when it is over: the network ends it after 180 seconds
SILENT_MS = 180_000
#: how long a report that was cut off can be gone on with, from its last step
WINDOW_MS = 30 * 60_000
#: how long the last answer is kept for a step that is posted again
REPEAT_MS = 10 * 60_000
#: a session that cannot be closed is looked at again after so long
_LATER_MS = 300_000
#: how many sessions one look of the clock closes
_TURN = 50
#: how many turns of one process a database with many writers takes at a time
_AT_ONCE = 4
#: seconds; with the longest wait for a lock it stays below the 15 that the network waits
_PATIENCE = 5.0


class Ussd:
    """Answers the steps of USSD sessions."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        # SQLite has one writer: threads queue here, and do not look all the time whether it is
        # free.  On PostgreSQL more turns at once only wait for one another, and longer.
        self._turns = threading.BoundedSemaphore(1 if parts.database.sqlite else _AT_ONCE)

    def answer(self, dial: Dial) -> str:
        """What to answer a step: ``CON `` or ``END `` and a screen.

        Raises:
            TimeoutError: no turn comes free.
        """
        parts = self._parts
        with self._turn(), parts.database.write() as connection:
            now = parts.now()
            held = parts.sessions.hold(connection, dial, now)
            is_new, typed = parts.sessions.typed(held, dial.text)
            over = held.stage == OVER
            if held.answer and (over or not is_new):
                return held.answer
            desk = _Desk(parts, connection, now)
            if over and dial.text:  # long over, and its answer erased
                # what comes only now was heard by nobody: no thanks for it
                thanks = f"END {desk.thanks(held.language or parts.language)}"
                return self.away() if is_new else thanks
            answer = _Turn(desk, held).take(typed, dial.text)
        parts.bell.ring(*desk.rung)
        return answer

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Wait for a turn, but no longer than leaves time to say that nothing works.

        Raises:
            TimeoutError: the turns before it do not come to an end.
        """
        if not self._turns.acquire(timeout=_PATIENCE):
            raise TimeoutError
        try:
            yield
        finally:
            self._turns.release()

    def away(self) -> str:
        """What to answer while nothing works: whom to call, in the deployment's language."""
        parts = self._parts
        text = parts.catalogue.render(
            "ussd.away",
            machine.latin(parts.language),
            emergency=parts.policy.emergency,
            childline=parts.policy.childline,
        )
        return f"END {text}"

    def hung_up(self, notice: HungUp) -> None:
        """A session has ended: what it told so far is a report, or can be gone on with."""
        parts = self._parts
        with parts.database.write() as connection:
            held = parts.sessions.find(connection, notice.channel, notice.session, notice.phone)
            if held is None or held.stage != LIVE:
                return
            desk = _Desk(parts, connection, parts.now())
            desk.cut_off(held)
        parts.bell.ring(*desk.rung)


def close_due(parts: Parts) -> int:
    """Close the sessions whose time has come, each in a transaction of its own; how many."""
    now = parts.now()
    rung: set[str] = set()
    with parts.database.read() as connection:
        due = parts.sessions.due(connection, now, _TURN)
    for id_ in due:
        try:
            with parts.database.write() as connection:
                held = parts.sessions.take_due(connection, id_, now)
                if held is not None:
                    desk = _Desk(parts, connection, now)
                    desk.close(held)
                    rung |= desk.rung
        except Exception as fault:  # noqa: BLE001 one session must not hold up the others
            # the fault's text may hold what was told: only its type is logged
            log.error("session_failed", session=id_, fault=type(fault).__name__)
            with parts.database.write() as connection:
                parts.sessions.move(connection, id_, due_at=now + _LATER_MS)
    if rung:
        parts.bell.ring(*rung)
    return len(due)


@dataclass(frozen=True, slots=True)
class _Stored:
    """What a report became; ``case_id`` None: a person reads it."""

    outcome: str
    case_id: int | None
    inbox_id: int


class _Desk:
    """What sessions have done within one transaction."""

    def __init__(self, parts: Parts, connection: Connection, now: int) -> None:
        self.parts = parts
        self.connection = connection
        self.now = now
        self.rung: set[str] = set()
        self.directory: Directory = parts.people.directory(connection)

    def contact(self, phone: str) -> Contact | None:
        """Whom a number belongs to."""
        return self.directory.with_phone(phone)

    def reader(self, phone: str, at: int) -> Reader:
        """What is written is read with this; ``at`` is when it was written (ms)."""
        contact, policy = self.contact(phone), self.parts.policy
        return Reader(
            received=self.parts.local(at),
            gazetteer=self.directory.gazetteer,
            lexicon=policy.lexicon,
            words=policy.answers,
            region=policy.region,
            near=contact.place_code if contact is not None else None,
        )

    def thanks(self, language: str) -> str:
        """The words for what a person will read."""
        policy = self.parts.policy
        return self.parts.catalogue.render(
            "ussd.read",
            machine.latin(language),
            emergency=policy.emergency,
            childline=policy.childline,
        )

    # ------------------------------------------------------------ a report

    def store(self, held: Session, state: State, told: Told, at: int, *, quiet: bool) -> _Stored:
        """Store a report, or more of it, with all that follows; ``at`` is when it was told."""
        understood = understood_of(told, self.reader(held.phone, at), state.language)
        report_id, grows = self._goes_on(held)
        if grows is None:
            inbox_id, outcome = self._follow(held, understood, understood.text, quiet=quiet)
            case_id = self._reported(inbox_id)[1]
            return _Stored(outcome, case_id, inbox_id)
        assert held.inbox_id is not None  # noqa: S101 a case has come out of a row
        claimed, holder = self._claimed(held, understood.text)
        effects = Effects(
            self.parts, self.connection, self.directory, [(claimed, understood)], quiet=quiet
        )
        outcome = effects.tell_more(claimed, understood, grows, report_id)
        self._finish(effects, claimed, holder, outcome)
        # under the number that was told: it and the receipt word go on to stand for the report
        return _Stored(outcome, held.case_id, held.inbox_id)

    def _goes_on(self, held: Session) -> tuple[str | None, int | None]:
        """(report, case) that a session goes on with; no case where it is a new report.

        The report may have been split off or merged since; of a closed case it is told anew.
        """
        if held.inbox_id is None:
            return None, None
        report_id, case_id = self._reported(held.inbox_id)
        if case_id is None:
            return None, None
        case_id, status = stands_as(self.connection, case_id)
        return report_id, None if status is Status.CLOSED else case_id

    def command(self, held: Session, text: str) -> list[Say]:
        """What a member's command leads to, by the same way as its SMS; what is said back.

        A PIN is made unreadable first, as that of an SMS.
        """
        text = self.masked(held.phone, text)
        understood = self.reader(held.phone, self.now).understood(text)
        says: list[Say] = []
        self._follow(held, understood, text, on_screen=says)
        return says

    def masked(self, phone: str, text: str) -> str:
        """A contact's text with its PIN made unreadable; anybody else's as it is."""
        desk = self.parts.desk
        chosen = desk.pin_of(self.connection, phone)
        if chosen is None:
            return text
        verbs = self.parts.policy.lexicon.verbs
        return verbs.mask(text, lambda pin: desk.seal_pin(phone, pin), chosen)

    def _follow(
        self,
        held: Session,
        understood: Understood,
        body: str,
        *,
        quiet: bool = False,
        on_screen: list[Say] | None = None,
    ) -> tuple[int, str]:
        claimed, holder = self._claimed(held, body)
        effects = Effects(
            self.parts,
            self.connection,
            self.directory,
            [(claimed, understood)],
            quiet=quiet,
            on_screen=on_screen,
            commands=on_screen is not None,  # words are told to somebody, and do nothing
        )
        outcome = effects.follow(claimed, understood)
        self._finish(effects, claimed, holder, outcome)
        return claimed.id, outcome

    def _claimed(self, held: Session, body: str) -> tuple[Claimed, str]:
        """The inbox row of what was told, as if a worker held it.

        The row is marked as USSD's; what may be written back goes by the channel's SMS.
        """
        holder = self.parts.database.new_id(self.now)
        message = Inbound(held.channel, holder, held.phone, "", body)
        row = self.parts.inbox.sealed(message, self.now) | {"channel": f"{held.channel}_ussd"}
        inbox_id = self.parts.inbox.add_held(self.connection, row, holder)
        return Claimed(inbox_id, message, held.phone_index, self.now, 1), holder

    def _finish(self, effects: Effects, claimed: Claimed, holder: str, outcome: str) -> None:
        effects.insert()
        self.parts.inbox.finish(self.connection, [(claimed.id, outcome)], holder, self.now)
        self.rung |= effects.rung

    def _reported(self, inbox_id: int) -> tuple[str | None, int | None]:
        """(report, case) that a message became."""
        query = select(reports.c.id, reports.c.case_id).where(reports.c.inbox_id == inbox_id)
        row = self.connection.execute(query).first()
        return (None, None) if row is None else (row.id, row.case_id)

    # ------------------------------------------------------------ sessions that end

    def cut_off(self, held: Session) -> None:
        """A session was cut off: urgent, it is a case at once; else it may be gone on with."""
        sessions, state = self.parts.sessions, held.state
        if state is None:
            sessions.erase(self.connection, [held.id])
            return
        told = self._kept(held, state)
        until = held.last_at + WINDOW_MS
        if told is None:
            # nothing is told yet, but a step may still be on its way behind the notice
            until = held.last_at + REPEAT_MS
            sessions.move(self.connection, held.id, stage=DROPPED, due_at=until)
            return
        if held.case_id is None and not self.urgent(held, told, state):
            sessions.move(self.connection, held.id, stage=DROPPED, due_at=until)
            return
        stored = self.partly(held, state, told)
        sessions.move(
            self.connection,
            held.id,
            stage=CASED,
            outcome="partial",
            case_id=stored.case_id,
            inbox_id=stored.inbox_id,
            due_at=until,
        )

    def close(self, held: Session) -> None:
        """A session's time has come."""
        if held.stage == LIVE:
            self.cut_off(held)
            return
        state = held.state
        told = self._kept(held, state) if state is not None else None
        if held.stage == DROPPED and state is not None and told is not None:
            stored = self.partly(held, state, told)
            self._over(held, "partial", stored.case_id, stored.inbox_id)
            return
        if held.stage == DROPPED and state is not None and state.left:
            self._over(held, "left", None)
            return
        self.parts.sessions.erase(self.connection, [held.id])

    def _kept(self, held: Session, state: State) -> Told | None:
        """What a session that was cut off leaves; None where nothing was told, or taken back.

        Who went back to the first screen has taken back what is not urgent.
        """
        told = state.told(self.parts.menu)
        if told is None or held.case_id is not None or not state.left:
            return told
        return told if self.stands(held, told, state) else None

    def stands(self, held: Session, told: Told, state: State) -> bool:
        """Whether a report that was left is one: it is urgent, and no kind pressed by mistake."""
        return told.says_something and self.urgent(held, told, state)

    def _over(
        self, held: Session, outcome: str, case_id: int | None, inbox_id: int | None = None
    ) -> None:
        sessions = self.parts.sessions
        sessions.move(self.connection, held.id, outcome=outcome, case_id=case_id, inbox_id=inbox_id)
        sessions.erase(self.connection, [held.id])

    def partly(self, held: Session, state: State, told: Told) -> _Stored:
        """Store what was told up to the cut; it is asked on only where that is known to be safe."""
        safe = self.parts.prompts.safe_of(self.connection, {held.phone_index})
        quiet = not safe.get(held.phone_index, False)
        return self.store(held, state, told, held.last_at, quiet=quiet)

    def urgent(self, held: Session, told: Told, state: State) -> bool:
        """Whether what was told so far is urgent."""
        understood = understood_of(told, self.reader(held.phone, held.last_at), state.language)
        if not flow.is_sure(understood):
            return False
        story = flow.story_of(understood)
        hours = growth.hours(story, self.parts.local(self.now))
        facts = facts_told(story.kind, story.fields, story.facts, hours)
        return triage(facts, self.parts.policy.triage_table).urgency == "urgent"


class _Turn:
    """One post of a session."""

    def __init__(self, desk: _Desk, held: Session) -> None:
        self._desk = desk
        self._held = held
        self._parts = desk.parts
        contact = desk.contact(held.phone)
        self._member = contact is not None and contact.role in COMMITTEE_ROLES | STAFF_ROLES
        self._contact = contact
        self._values: dict[str, object] = {"outcome": ""}
        #: whether the session ends with its report
        self._reported = False

    def take(self, typed: str | None, text: str) -> str:
        """Take what was typed; the answer.  ``text`` is all that was typed in the session."""
        desk, parts, held = self._desk, self._parts, self._held
        state = held.state
        caller = self._caller(first=state is None or held.stage == OVER, plainly=typed is None)
        if state is None or held.stage == OVER:
            state = machine.begin(parts.menu, caller, plainly=typed is None)
        ears = AnswerReader(desk.reader(held.phone, desk.now))
        rest = typed
        while rest is not None:
            one, rest = machine.next_input(parts.menu, state, rest)
            before = state
            step = machine.press(before, self._safe(before, one), parts.menu, caller, ears)
            if step.state.begun != before.begun:
                self._other_report(before)
            state = self._carry_out(ears.dated(step.state), step.effect)
            if state.language != before.language:
                self._values["language"] = state.language
            if state.template:
                break
        shown = machine.show(state, parts.menu, caller, parts.catalogue)
        answer = f"{'END' if shown.ends else 'CON'} {shown.text}"
        if shown.ends and not self._reported:
            self._other_report(state)
        due = desk.now + (REPEAT_MS if shown.ends else SILENT_MS)
        # of a session that is over nothing is kept but its last answer, for a repeat
        kept = State(state.screen, state.language) if shown.ends else state
        parts.sessions.keep(
            desk.connection,
            held,
            kept,
            answer,
            text,
            stage=OVER if shown.ends else LIVE,
            last_at=desk.now,
            due_at=due,
            **self._values,
        )
        return answer

    def _safe(self, state: State, typed: str) -> str:
        """What was typed, without a PIN where what is written may be kept."""
        screen = self._parts.menu.screens.get(state.screen)
        if screen is None or screen.reads in ("", "pin") or not MAY_HOLD_PIN.search(typed):
            return typed
        return without_pins(self._desk.masked(self._held.phone, typed))

    def _other_report(self, left: State) -> None:
        """Another report begins, or the session ends with something else.

        What was told until then stands by itself: it goes to its case, or is one if it is urgent,
        and what comes now is no part of it.  A kind alone, pressed by mistake, is taken back.
        """
        desk, told = self._desk, left.told(self._parts.menu)
        held = replace(self._held, last_at=desk.now)
        if told is not None and (
            desk.stands(held, told, left) or (held.case_id is not None and told.says_something)
        ):
            desk.partly(held, left, told)
        self._held = replace(self._held, case_id=None, inbox_id=None)
        self._values |= {"case_id": None, "inbox_id": None}

    def _caller(self, *, first: bool, plainly: bool) -> Caller:
        desk, parts, held, contact = self._desk, self._parts, self._held, self._contact
        language = held.state.language if held.state is not None and not first else ""
        unfinished = False
        if first:
            language = (
                parts.sessions.language(desk.connection, held.phone_index)
                or (contact.language if contact is not None else "")
                or parts.language
            )
            unfinished = plainly and self._unfinished() is not None
        cases: tuple[CaseLine, ...] = ()
        if contact is not None and self._member and not (first and plainly):
            cases = tuple(
                CaseLine(each.number, _kept(each, contact))
                for each in parts.alerts.asked_of(desk.connection, contact.id, held=False)
                if each.waiting or each.taken_by == contact.id
            )
        return Caller(language, self._member, cases, unfinished)

    def _unfinished(self, *, held: bool = False) -> Session | None:
        """The report of this phone that was cut off a moment ago."""
        desk = self._desk
        since = desk.now - WINDOW_MS
        for found in self._parts.sessions.unfinished(desk.connection, self._held, since, held=held):
            state = found.state
            if state is not None and not state.left and state.told(self._parts.menu) is not None:
                return found
        return None

    def _carry_out(self, state: State, effect: Effect | None) -> State:
        match effect:
            case Finish():
                return self._report(state)
            case LookUp(text):
                return self._look_up(state, text)
            case Command():
                return self._command(state, effect)
            case Continue():
                return self._go_on(state)
            case None:
                return state

    def _report(self, state: State) -> State:
        """The report is whole: store it, and say its number and receipt word."""
        desk, parts, held = self._desk, self._parts, self._held
        told = state.told(parts.menu)
        assert told is not None  # noqa: S101 no report ends that was not begun
        self._reported = True
        if told.safe:
            safe = told.safe != "no"
            parts.prompts.set_safe(desk.connection, held.phone_index, safe=safe)
            if not safe:
                parts.outbox.withdraw(desk.connection, held.phone_index, desk.now)
        stored = desk.store(held, state, told, desk.now, quiet=told.safe != "sms")
        self._values |= {
            "outcome": stored.outcome, "case_id": stored.case_id, "inbox_id": stored.inbox_id,
        }  # fmt: skip
        numbers = {"emergency": parts.policy.emergency, "childline": parts.policy.childline}
        if stored.case_id is None:
            return machine.ended(state, machine.READ, "ussd.read", **numbers)
        return machine.ended(
            state,
            machine.RECEIVED,
            "ussd.received",
            number=case_number(stored.case_id),
            word=parts.standings.word(stored.case_id, stored.inbox_id),
            **numbers,
        )

    def _look_up(self, state: State, text: str) -> State:
        desk, parts, held = self._desk, self._parts, self._held
        number, word = receipt.read(text)
        found = parts.standings.status_of(desk.connection, number, word, held.phone, desk.now)
        self._values["outcome"] = "status"
        if found is receipt.Standing.UNKNOWN:
            return machine.again(state, machine.NO_MATCH)
        if found is receipt.Standing.LATER:
            return machine.ended(state, machine.LATER, "ussd.later")
        return machine.ended(state, machine.STANDING, f"ussd.standing.{found}", number=number)

    def _command(self, state: State, command: Command) -> State:
        parts = self._parts
        if not self._member:
            # the phone was blocked meanwhile: a stranger's text is kept as it came, PIN and all
            return machine.begin(parts.menu, Caller(state.language))
        text = f"{command.verb} {command.number} {command.pin}".strip()
        says = self._desk.command(self._held, text)
        self._values["outcome"] = "command"
        replies = [
            parts.catalogue.render(each.template, state.language, **each.params) for each in says
        ]
        return machine.replied(state, " ".join(replies) or self._desk.thanks(state.language))

    def _go_on(self, state: State) -> State:
        """Take up the report that was cut off; the case it may have become is this one's now."""
        desk = self._desk
        earlier = self._unfinished(held=True)
        if earlier is None or earlier.state is None:
            return machine.begin(self._parts.menu, Caller(state.language))
        desk.parts.sessions.move(desk.connection, earlier.id, outcome="continued")
        desk.parts.sessions.erase(desk.connection, [earlier.id])
        become = {"case_id": earlier.case_id, "inbox_id": earlier.inbox_id}
        self._values |= become
        self._held = replace(self._held, **become)  # type: ignore[arg-type]
        return machine.resumed(earlier.state, state.language)


def _kept(asked: Asked, contact: Contact) -> str:
    if asked.taken_by == contact.id:
        return "yours"
    return "urgent" if asked.urgent else "waits"
