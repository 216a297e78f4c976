"""Step 2, second half: decides on each message and turns what follows into rows.

All of it happens in one transaction, message by message, so that an answer sees the question
before it and two reports of one event become one case, however many workers there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.domain import flow, linking
from gateway.domain.cases import Impossible, Status, case_number, serial_of
from gateway.domain.commands import desk, guard
from gateway.domain.commands.queries import Found
from gateway.domain.commands.verbs import status_asked
from gateway.domain.consequences import NEW_CASE, RECEIPT_WORD, Asked, Known, Say, Shared
from gateway.domain.directory import COMMITTEE_ROLES, STAFF_ROLES
from gateway.domain.followups import CHECK_IN
from gateway.domain.messages import Priority
from gateway.domain.prompts import Question, Reader, told_by
from gateway.domain.text import ascii_digits, plain
from gateway.steps import followups, growing, ladder, steer
from gateway.steps.parts import ALERTS, OUTBOUND
from gateway.store.cases import NewRows
from gateway.store.reports import Seen
from gateway.store.tables import TO_READ

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gateway.domain.commands.guard import Heard, Standing
    from gateway.domain.consequences import Ask, Away, Consequences, OpenCase, Pass, Take
    from gateway.domain.contacts import Contact
    from gateway.domain.directory import Directory
    from gateway.domain.growth import Candidate, Growth
    from gateway.domain.linking import Clues
    from gateway.domain.prompts import Answer
    from gateway.domain.understanding import Understood
    from gateway.steps.parts import Parts
    from gateway.store.inbox import Claimed

_HOUR_MS = 3_600_000
#: a question follows the reply before it at this distance, so that they arrive in order
_FOLLOWS_MS = 1_500
_ONE_AT_A_TIME = frozenset({"ONCALL", "LOST"})
#: how many cases of one agent are looked at, the newest first
_MOST_OTHERS = 20


class Effects:
    """What follows from a batch of messages, within one transaction."""

    def __init__(
        self,
        parts: Parts,
        connection: Connection,
        directory: Directory,
        batch: Sequence[tuple[Claimed, Understood]],
        *,
        quiet: bool = False,
        on_screen: list[Say] | None = None,
        commands: bool = True,
    ) -> None:
        """Look up what the batch needs.

        ``quiet``: nothing is written or asked back.  ``on_screen`` takes what would be written
        back to the sender, who looks at a screen: others are told as ever.  Not ``commands``: no
        text of the batch is read as one.
        """
        #: the queues to ring after the commit
        self.rung: set[str] = set()
        self._parts = parts
        self._connection = connection
        self._directory = directory
        self._quiet = quiet
        self._on_screen = on_screen
        self._commands = commands
        self._rows = NewRows()
        #: what the messages of this batch were taken for so far
        self._outcomes: dict[int, str] = {}
        self._serials: list[int] = []
        self._now = parts.now()
        senders = {claimed.sender_index for claimed, _ in batch}
        wishes = parts.people.wishes(connection, senders)
        self._opted_out = {sender for sender, each in wishes.items() if each.opted_out}
        self._safe = {s: each.safe for s, each in wishes.items() if each.safe is not None}
        self._senders = senders
        self._came = min((claimed.received_at for claimed, _ in batch), default=self._now)
        self._questions: dict[bytes, Question] = {}
        #: senders whose open question is in the database, be its time over or not
        self._asked: set[bytes] = set()
        self._read_questions()
        #: those whose open question is gathered with the rest
        self._new_prompts: dict[bytes, dict[str, object]] = {}
        self._clues: dict[int, Clues] = {}
        for claimed, understood in batch:
            if flow.is_sure(understood):
                contact = directory.with_phone(claimed.message.sender)
                told = flow.story_of(understood)
                self._clues[claimed.id] = flow.clues_of(
                    told, claimed.message.sender, contact, directory
                )
        if self._clues:
            parts.cases.one_at_a_time(connection)
        #: what is known of other cases, those of this batch among them
        self._seen = Seen()
        if self._clues:
            self._seen = parts.reports.seen(connection, tuple(self._clues.values()), self._now)
        wanted = {question.case_id for question in self._questions.values()}
        for clues in self._clues.values():
            wanted |= self._likely(clues) | self._of_agent(clues)
        #: cases as they were read, with who has reported to each; one that the batch changes
        #: is left out until it is read again
        self._read = parts.cases.read(connection, wanted, parts.zone)

    def follow(self, claimed: Claimed, understood: Understood) -> str:
        """Store all that follows from a message; what it was taken for."""
        known = self._known(claimed, understood)
        consequences = flow.decide(understood, known, self._parts.policy)
        if consequences.outcome in flow.MAY_REPEAT and self._commands and not claimed.sorted_as:
            before = self._said_before(claimed)
            consequences = flow.said_again(
                consequences, before, understood, known, self._parts.policy
            )
        self._outcomes[claimed.id] = consequences.outcome
        if consequences.take is not None and not self._take(consequences.take, claimed):
            return consequences.outcome
        if consequences.passed is not None:
            self._pass(consequences.passed, claimed)
        if consequences.away is not None:
            self._away(consequences.away, claimed)
        self._apply(claimed, understood, known, consequences)
        return consequences.outcome

    def tell_more(
        self,
        claimed: Claimed,
        understood: Understood,
        case_id: int,
        report_id: str | None,
        event: str = "told_more",
    ) -> str:
        """Store what a report that is a case already tells further; what it was taken for."""
        known = self._known(claimed, understood)
        for case in self._cases({case_id}, claimed, closed=True):
            told_of = self._parts.reports.of_case(self._connection, case_id)
            alone = [each for each, _, _ in told_of] == [report_id]
            consequences = flow.told_more(understood, case, known, self._parts.policy, alone=alone)
            for grown in consequences.grow:
                self._grow(grown, claimed)
            told = consequences.report
            if told is not None and report_id is not None:
                reports, clues = self._parts.reports, self._clues.get(claimed.id)
                reports.tell_report(self._connection, report_id, told.with_also)
                if clues is not None:
                    kept, at = clues.kept, claimed.received_at
                    self._rows.clues += reports.clue_rows(kept, report_id, case_id, at)
            if consequences.ask is not None:
                self._ask(case_id, case.number, report_id, None, consequences.ask, claimed)
            for say in consequences.says:
                self._say(say, claimed, case_id)
        self._rows.timeline.append(
            self._parts.cases.event(case_id, self._now, event, inbox_id=claimed.id)
        )
        return event

    def insert(self) -> None:
        """Insert what was gathered, a table at a time."""
        rows, self._rows = self._rows, NewRows()
        self._parts.insert(self._connection, rows)
        self._asked |= self._new_prompts.keys()
        self._new_prompts.clear()

    def _read_questions(self) -> None:
        """What the senders of the batch are asked, by the database."""
        asked = self._parts.prompts.asked_among(self._connection, self._senders)
        self._questions = {
            sender: question for sender, (question, until) in asked.items() if until > self._came
        }
        self._asked = set(asked)

    def _said_before(self, claimed: Claimed) -> list[str]:
        """What the same text of the same sender was taken for a moment ago, each time it came."""
        since = claimed.received_at - flow.AGAIN_WITHIN_MS
        same = self._parts.inbox.same_before(self._connection, claimed, since)
        # those of this batch are not finished yet
        return [self._outcomes.get(id_, outcome) for id_, outcome in same]

    # ------------------------------------------------------------ what is known

    def _known(self, claimed: Claimed, understood: Understood) -> Known:
        parts, sender = self._parts, claimed.message.sender
        contact = self._directory.with_phone(sender)
        question = self._questions.get(claimed.sender_index)
        clues = self._clues.get(claimed.id)
        waiting: tuple[Asked, ...] = ()
        heard, found, standing = None, Found(), None
        # what a person has sorted as a report is one, and neither a command nor an answer
        may_command = self._commands and not claimed.sorted_as
        safe = False if self._quiet else self._safe.get(claimed.sender_index)
        if claimed.sorted_as and contact is None:
            safe = safe is True  # it is late: who holds the phone now?
        if claimed.sorted_as:
            question = None
        if contact is not None and may_command:
            self.insert()
            waiting = parts.alerts.asked_of(self._connection, contact.id)
            if contact.role in COMMITTEE_ROLES | STAFF_ROLES:
                standing = parts.desk.standing(self._connection, contact.id)
                heard, found = self._heard(contact, standing, understood, claimed)
        questioned = self._cases({question.case_id}, claimed, closed=True) if question else []
        received = parts.local(claimed.received_at)
        return Known(
            sender=sender,
            contact=contact,
            opted_out=claimed.sender_index in self._opted_out,
            directory=self._directory,
            reader=Reader(
                received=received,
                gazetteer=self._directory.gazetteer,
                lexicon=parts.policy.lexicon,
                words=parts.policy.answers,
                region=parts.policy.region,
                near=contact.place_code if contact is not None else None,
            ),
            now=self._now,
            asked=waiting,
            candidates=tuple(self._cases(self._likely(clues), claimed)) if clues else (),
            shared=self._shared(clues, claimed),
            question=question,
            questioned=questioned[0] if questioned else None,
            heard=heard,
            found=found,
            status=self._status(claimed) if may_command else None,
            was_locked=standing is not None and standing.locked,
            safe=safe,
        )

    def _status(self, claimed: Claimed) -> tuple[str, str, str] | None:
        """How the report goes that the sender asks about, and the language; None if none does."""
        clean = ascii_digits(plain(claimed.message.text))
        asks = status_asked(clean, self._parts.policy.lexicon.verbs)
        if asks is None:
            return None
        self.insert()
        number, word, language = asks
        standing = self._parts.standings.status_of(
            self._connection, number, word, claimed.message.sender, self._now
        )
        return number, standing, language

    def _heard(
        self, contact: Contact, standing: Standing, understood: Understood, claimed: Claimed
    ) -> tuple[Heard | None, Found]:
        """The command in a contact's text, and what it has to know."""
        parts = self._parts
        heard = guard.hear(
            understood.text, contact, standing, parts.policy.lexicon.verbs, self._now,
            parts.fresh_code(),
        )  # fmt: skip
        if heard is None or heard.typed is None:
            return heard, Found()
        if heard.typed.verb.name in _ONE_AT_A_TIME:
            # the last two of a rung must not both leave it
            parts.cases.one_at_a_time(self._connection)
            self._directory = parts.people.directory(self._connection)
        at = parts.local(claimed.received_at)
        asking = desk.Asking(heard.typed, contact, self._directory, parts.policy, self._now, at)
        return heard, parts.desk.find(self._connection, desk.query_of(asking), parts.zone)

    def _since(self, words: Sequence[str], hours: int) -> set[int]:
        since = self._now - hours * _HOUR_MS
        return {
            case
            for word in words
            for case, at in self._seen.cases.get(word, {}).items()
            if at >= since
        }

    def _cases(self, ids: set[int], claimed: Claimed, *, closed: bool = False) -> list[Candidate]:
        unread = ids - self._read.keys()
        if unread:
            self.insert()
            self._read |= self._parts.cases.read(self._connection, unread, self._parts.zone)
        found = []
        for case_id in sorted(ids, reverse=True):
            case, reporters = self._read[case_id]
            if closed or case.status != Status.CLOSED:
                same = claimed.sender_index in reporters
                found.append(replace(case, same_reporter=True) if same else case)
        return found

    def _likely(self, clues: Clues) -> set[int]:
        """The cases that may be of the same event."""
        # whoever bears the name, or was reported by the same sender, before who only looks alike
        near = [word for word in clues.wanted if word.startswith("near ")]
        likely = self._since([w for w in clues.wanted if w not in near], linking.JOIN_HOURS)
        alike = self._since(near, linking.JOIN_HOURS) - likely
        return {*sorted(likely)[-_MOST_OTHERS:], *sorted(alike)[-_MOST_OTHERS:]}

    def _of_agent(self, clues: Clues) -> set[int]:
        """The latest cases that name the same agent."""
        return set(sorted(self._since(clues.agent, linking.AGENT_DAYS * 24))[-_MOST_OTHERS:])

    def _shared(self, clues: Clues | None, claimed: Claimed) -> Shared:
        if clues is None:
            return Shared()
        return Shared(
            same_agent=tuple(self._cases(self._of_agent(clues), claimed, closed=True)),
            same_route=self._seen.routes.get(clues.route, 0),
        )

    # ------------------------------------------------------------ what follows

    def _apply(
        self,
        claimed: Claimed,
        understood: Understood,
        known: Known,
        consequences: Consequences,
    ) -> None:
        case_id: int | None = None
        if consequences.answered is not None and known.question is not None:
            case_id = known.question.case_id
        report_id = known.question.report_id if known.question is not None else None
        timer_id = known.question.timer_id if known.question is not None else None
        self._remember(claimed, consequences)
        if consequences.open_case is not None:
            case_id = self._serial()
            self._open(case_id, consequences.open_case, claimed)
        elif consequences.report is not None:
            case_id = consequences.grow[0].case_id
        # before what comes with a correction is a report, too
        self._correct(report_id, consequences, claimed)
        if consequences.report is not None and case_id is not None:
            report_id, timer_id = self._report(case_id, consequences, claimed, understood), None
        for grown in consequences.grow:
            self._grow(grown, claimed)
        if known.question is not None:
            self._heard_on(known.question, consequences, known.questioned, claimed)
        if consequences.ask is not None:
            asked_on = case_id
            if asked_on is None and known.question is not None:
                asked_on = known.question.case_id
            if asked_on is not None:
                goes_on = known.question if consequences.report is None else None
                number = goes_on.number if goes_on is not None else case_number(asked_on)
                self._ask(asked_on, number, report_id, timer_id, consequences.ask, claimed)
        for say in self._steered(known, consequences):
            if RECEIPT_WORD in say.params.values():
                say = replace(say, params=self._worded(say, claimed, case_id, known))  # noqa: PLW2901
            self._say(say, claimed, case_id)

    def _worded(
        self, say: Say, claimed: Claimed, case_id: int | None, known: Known
    ) -> dict[str, object]:
        """The parameters with the receipt word of the report that this is about."""
        inbox_id, question = claimed.id, known.question
        if say.template == "prompt.done" and question is not None and question.report_id:
            case_id = serial_of(question.number)
            inbox_id = (
                self._parts.reports.inbox_of(self._connection, question.report_id) or inbox_id
            )
        word = self._parts.standings.word(case_id or 0, inbox_id)
        return {k: word if v == RECEIPT_WORD else v for k, v in say.params.items()}

    def _steered(self, known: Known, consequences: Consequences) -> Sequence[Say]:
        """Carry out what a contact commands; what is to be said in the end."""
        contact, parts = known.contact, self._parts
        if contact is None:
            return consequences.says
        if consequences.standing is not None:
            parts.desk.set_standing(self._connection, contact.id, consequences.standing)
        if not consequences.acts:
            return consequences.says
        self.insert()
        self._read.clear()
        hand = steer.Hand(parts, self._connection, self._directory, self._now, contact.id)
        try:
            with self._connection.begin_nested():
                for act in consequences.acts:
                    steer.do(hand, act)
        except Impossible as why:
            return (Say(f"why.{why}", contact.language, {"number": _number(known)}),)
        self.rung |= hand.rung
        self._directory = parts.people.directory(self._connection)
        # questions of a case that was closed have ended, a parted report's are another case's
        self._read_questions()
        return [
            replace(
                say, params={k: hand.opened if v == NEW_CASE else v for k, v in say.params.items()}
            )
            for say in consequences.says
        ]

    def _remember(self, claimed: Claimed, consequences: Consequences) -> None:
        """What is known of the sender from now on."""
        parts, index = self._parts, claimed.sender_index
        if consequences.opt_out:
            parts.people.opt_out(self._connection, claimed.message.sender, self._now)
            self._opted_out.add(index)
            self._end_question(claimed, "ended")
        if consequences.safe is not None:
            parts.prompts.set_safe(self._connection, index, safe=consequences.safe)
            self._safe[index] = consequences.safe
        if consequences.opt_out or consequences.safe is False:
            # also the reply to a report of a moment ago, which may wait in this very batch
            self.insert()
            parts.outbox.withdraw(self._connection, index, self._now)

    def _serial(self) -> int:
        """The serial of a new case, out of those reserved for all reports of the batch."""
        if not self._serials:
            self._serials = self._parts.cases.reserve(self._connection, len(self._clues))
        return self._serials.pop(0)

    def _open(self, case_id: int, new: OpenCase, claimed: Claimed) -> None:
        parts, now = self._parts, self._now
        begins = parts.asks_at(new.triage.urgency, now)
        summary = parts.cases.open_rows(self._rows, case_id, new, claimed.id, now, begins)
        self.rung |= ladder.ask_rows(
            parts, self._rows, self._directory, case_id, summary, new.step, now
        )
        self._rows.timers += parts.prompts.timer_rows(
            case_id, followups.wanted_timers(parts, new.story, now)
        )

    def _report(
        self, case_id: int, consequences: Consequences, claimed: Claimed, understood: Understood
    ) -> str:
        assert consequences.report is not None  # noqa: S101 the caller has looked
        reports, now = self._parts.reports, self._now
        row = reports.report_row(
            case_id,
            consequences.report,
            inbox_id=claimed.id,
            reporter=claimed.sender_index,
            language=flow.reply_language(understood),
            channel=claimed.message.channel,
            now=now,
        )
        self._rows.reports.append(row)
        report_id = str(row["id"])
        self._rows.clues += reports.clue_rows(consequences.clues, report_id, case_id, now)
        self._leave(self._clues[claimed.id], case_id, new=consequences.open_case is not None)
        return report_id

    def _leave(self, clues: Clues, case_id: int, *, new: bool) -> None:
        """Let the reports after this one see what it has left."""
        reports, now, route = self._parts.reports, self._now, clues.route
        for word in (*clues.event, *clues.agent):
            self._seen.cases.setdefault(word, {})[case_id] = now
        if route and (new or not reports.has_clue(self._connection, case_id, route, now)):
            self._seen.routes[route] = self._seen.routes.get(route, 0) + 1

    def _grow(self, grown: Growth, claimed: Claimed) -> None:
        parts, connection, now = self._parts, self._connection, self._now
        self._read.pop(grown.case_id, None)
        self.rung |= growing.follow(
            parts, connection, self._directory, self._rows, grown, now, inbox_id=claimed.id
        )
        if grown.empties_rung:
            self.insert()
            self.rung |= ladder.settle(parts, connection, self._directory, grown.case_id, now)

    # ------------------------------------------------------------ questions

    def _heard_on(
        self,
        question: Question,
        consequences: Consequences,
        case: Candidate | None,
        claimed: Claimed,
    ) -> None:
        """What came while a question was open: its answer, or something for a person to read."""
        if consequences.answered is not None:
            self._answered(question, consequences, case, claimed)
        elif consequences.outcome in TO_READ:
            # whoever reads it has to know which case it is about
            what = "corrected" if consequences.corrected else "unclear"
            event = self._parts.cases.event(
                question.case_id, self._now, what, inbox_id=claimed.id, detail=question.what
            )
            self._rows.timeline.append(event)

    def _answered(
        self,
        question: Question,
        consequences: Consequences,
        case: Candidate | None,
        claimed: Claimed,
    ) -> None:
        answer, now = consequences.answered, self._now
        assert answer is not None  # noqa: S101 the caller has looked
        self._end_question(claimed, "answered")
        detail = question.what + (f" {answer.choice}" if answer.choice else "")
        self._rows.timeline.append(
            self._parts.cases.event(
                question.case_id, now, "answered", inbox_id=claimed.id, detail=detail
            )
        )
        prompts = self._parts.prompts
        if question.timer_id is not None:
            prompts.settle_timer(self._connection, question.timer_id, "answered", now)
            if answer.choice == "came_back":
                prompts.cancel_timers(self._connection, question.case_id, CHECK_IN, now)
        elif question.report_id is not None and case is not None:
            self._tell(question.report_id, answer, claimed)

    def _correct(self, asked_of: str | None, consequences: Consequences, claimed: Claimed) -> None:
        """What a report tells is put right, if it is: of the open question's, or the sender's last.

        Else it would go on being found by what is wrong, and have it stand in the case again
        when staff part or join reports.
        """
        if consequences.corrected is None:
            return
        self.insert()
        report_id = asked_of if consequences.report is None else None
        report_id = report_id or self._parts.reports.last_by(
            self._connection, consequences.grow[0].case_id, claimed.sender_index
        )
        if report_id is not None:
            self._tell(report_id, consequences.corrected, claimed)

    def _tell(self, report_id: str, answer: Answer, claimed: Claimed) -> None:
        """The report tells what was answered, too, and is found again by it."""
        reports, now, sender = self._parts.reports, self._now, claimed.message.sender
        told = reports.tell_report(
            self._connection, report_id, lambda before: told_by(answer, before)
        )
        if told is None:
            return
        case_id, before, after = told
        contact = self._directory.with_phone(sender)
        left = flow.clues_of(before, sender, contact, self._directory)
        clues = flow.clues_of(after, sender, contact, self._directory)
        reports.forget_clues(self._connection, report_id, left.beyond(clues).kept)
        new = clues.beyond(left)
        self._leave(new, case_id, new=False)
        self._rows.clues += reports.clue_rows(new.kept, report_id, case_id, now)

    def _end_question(self, claimed: Claimed, state: str) -> None:
        if self._questions.pop(claimed.sender_index, None) is not None:
            self._end_prompt(claimed.sender_index, state)

    def _end_prompt(self, sender: bytes, state: str) -> None:
        gathered = self._new_prompts.pop(sender, None)
        if gathered is not None:
            gathered["state"] = state
        if sender in self._asked:
            self._parts.prompts.end(self._connection, sender, state)
            self._asked.remove(sender)

    def _ask(
        self,
        case_id: int,
        number: str,
        report_id: str | None,
        timer_id: int | None,
        ask: Ask,
        claimed: Claimed,
    ) -> None:
        question = Question(
            id="",
            case_id=case_id,
            number=number,
            what=ask.what,
            options=ask.options,
            before=ask.before,
            tries=ask.tries,
            asked_at=self._now,
            report_id=report_id,
            timer_id=timer_id,
            language=ask.language,
        )
        sender = claimed.sender_index
        self._end_prompt(sender, "ended")
        row = self._parts.prompts.row(sender, question, self._now)
        self._rows.prompts.append(row)
        self._new_prompts[sender] = row
        self._questions[sender] = question

    # ------------------------------------------------------------ members' answers

    def _take(self, take: Take, claimed: Claimed) -> bool:
        contact, now = take.contact, self._now
        self._read.pop(take.case_id, None)
        if self._parts.alerts.take(self._connection, take.case_id, take.alert_id, contact.id, now):
            self._event(take.case_id, "taken", contact, claimed)
            return True
        # somebody else was first, in a transaction that ended after we had read
        already = Say("ack.already", contact.language, {"number": case_number(take.case_id)})
        self._say(already, claimed, None)
        return False

    def _pass(self, passed: Pass, claimed: Claimed) -> None:
        parts, now = self._parts, self._now
        self._read.pop(passed.case_id, None)
        released = passed.held and parts.alerts.release(
            self._connection, passed.case_id, passed.alert_id, now
        )
        if not passed.held:
            parts.alerts.give_up(self._connection, passed.alert_id, "passed", now)
        self._event(passed.case_id, "passed", passed.contact, claimed)
        if released:
            self._event(passed.case_id, "released", passed.contact, claimed)
        self.insert()
        self.rung |= ladder.settle(parts, self._connection, self._directory, passed.case_id, now)

    def _away(self, away: Away, claimed: Claimed) -> None:
        """Who goes away passes on what they are asked; who is back is asked again."""
        parts, now = self._parts, self._now
        deputy = away.deputy.id if away.deputy is not None else None
        parts.people.set_away(self._connection, away.contact.id, away.until, deputy)
        self._directory = parts.people.directory(self._connection)
        if away.until is None:
            return
        self.insert()
        self._read.clear()
        self.rung |= ladder.leave(
            parts, self._connection, self._directory, away.contact.id, "away", now, claimed.id
        )

    def _event(self, case_id: int, what: str, contact: Contact, claimed: Claimed) -> None:
        self._rows.timeline.append(
            self._parts.cases.event(
                case_id, self._now, what, contact_id=contact.id, inbox_id=claimed.id
            )
        )

    def _say(self, say: Say, claimed: Claimed, case_id: int | None) -> None:
        parts, now = self._parts, self._now
        number = case_number(case_id) if case_id is not None else ""
        params = {k: number if v == NEW_CASE else v for k, v in say.params.items()}
        language = say.language or parts.language
        if say.contact is None and self._quiet:
            return
        if say.contact is None and self._on_screen is not None:
            self._on_screen.append(replace(say, params=params, language=language))
            return
        if say.contact is None:
            channel, to = claimed.message.channel, claimed.message.sender
        else:
            channel, to = parts.channel_of(say.contact), say.contact.phone
        due = now if say.wakes else parts.asks_at("normal", now)
        self._rows.outbox.append(
            parts.outbox.row(
                channel=channel,
                to=to,
                body=parts.catalogue.render(say.template, language, **params),
                template=say.template,
                priority=say.priority,
                at_ms=now,
                due_ms=due + (_FOLLOWS_MS if say.follows else 0),
                case_id=say.case_id or case_id,
                contact_id=say.contact.id if say.contact is not None else None,
                inbox_id=claimed.id if say.contact is None else None,
            )
        )
        self.rung.add(ALERTS if say.priority == Priority.URGENT_ALERT else OUTBOUND)


def _number(known: Known) -> str:
    """The case number that a contact has texted, as far as a reply repeats it."""
    typed = known.heard.typed if known.heard is not None else None
    return typed.args.get("case", "")[:7] if typed is not None else ""
