"""decide(): what follows from one message.  The one door of the domain.

It is given the message as understood and what is known of its sender, and returns what is to be
stored and said.  It changes nothing itself.  A public reply holds the case number and the
emergency numbers and nothing else: no kind, no name, no place.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gateway.domain import growth, ladders, linking, prompts
from gateway.domain.cases import Story, serial_of
from gateway.domain.directory import COMMITTEE_ROLES, STAFF_ROLES
from gateway.domain.messages import Priority
from gateway.domain.text import ascii_digits
from gateway.domain.triage import Triage, facts_told, triage

if TYPE_CHECKING:
    from gateway.domain.contacts import Contact
    from gateway.domain.directory import Directory
    from gateway.domain.growth import Candidate, Growth
    from gateway.domain.ladders import Ladder, Step
    from gateway.domain.linking import Clues
    from gateway.domain.prompts import Answer, AnswerWords, Question, Reader
    from gateway.domain.triage import TriageTable
    from gateway.domain.understanding import Lexicon, Understood

#: stands in a parameter for the number the store will give the new case
NEW_CASE = "\0new case"
#: below this a text that sounds like a report goes to the staff's inbox, unless danger is plain
_UNSURE = 0.5
_PLAIN_DANGER = frozenset({"danger_now", "sold", "sexual"})
#: how many open cases one reply lists
_LISTED = 4
#: R21: so many other cases name the same agent
_PATTERN = 2


@dataclass(frozen=True, slots=True)
class Policy:
    """What the deployment has set, and the words answers are read with."""

    emergency: str
    childline: str
    ladder: Ladder
    triage_table: TriageTable
    lexicon: Lexicon
    answers: AnswerWords
    region: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A case that a contact has been asked to act on, or has taken; ``asked_at`` in ms."""

    case_id: int
    number: str
    alert_id: str
    waiting: bool
    taken_by: int | None
    others: tuple[int, ...]
    asked_at: int = 0
    urgent: bool = True


@dataclass(frozen=True, slots=True)
class Shared:
    """What other cases share with a report: the same agent, or the same route."""

    same_agent: tuple[Candidate, ...] = ()
    same_route: int = 0


@dataclass(frozen=True, slots=True)
class Known:
    """What is known when a message is decided on.

    ``at`` is local time, ``now`` the same in ms.  ``candidates`` are the open cases of the last
    days that share a clue with the report; ``question`` is what the sender was asked last, with
    the case it was asked on.  ``safe`` False: the sender has said not to write.
    """

    sender: str
    contact: Contact | None
    opted_out: bool
    directory: Directory
    reader: Reader
    now: int
    asked: tuple[Asked, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    shared: Shared = Shared()
    question: Question | None = None
    questioned: Candidate | None = None
    safe: bool | None = None

    @property
    def quiet(self) -> bool:
        """Whether nothing at all is written to the sender."""
        return self.opted_out or self.safe is False


@dataclass(frozen=True, slots=True)
class Say:
    """A text to send: to a contact, or (``contact`` None) back to the sender.

    ``follows``: it is to arrive behind the reply before it.  ``wakes``: quiet hours or not.
    """

    template: str
    language: str
    params: Mapping[str, object] = field(default_factory=dict)
    contact: Contact | None = None
    priority: Priority = Priority.REPLY
    case_id: int | None = None
    follows: bool = False
    wakes: bool = True


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A new case out of one report, and whom to ask first."""

    story: Story
    triage: Triage
    place_code: str
    excluded: tuple[int, ...]
    step: Step


@dataclass(frozen=True, slots=True)
class Take:
    """The contact takes the case; the first to do so has it."""

    case_id: int
    alert_id: str
    contact: Contact


@dataclass(frozen=True, slots=True)
class Pass:
    """The contact passes the case on; ``held``: it was the contact's already."""

    case_id: int
    alert_id: str
    contact: Contact
    held: bool = False


@dataclass(frozen=True, slots=True)
class Away:
    """The contact is away until ``until`` (ms; None: back), and ``deputy`` is asked instead."""

    contact: Contact
    until: int | None = None
    deputy: Contact | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """A question put to the sender on the case."""

    what: str
    options: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    tries: int = 0
    language: str = ""


@dataclass(frozen=True, slots=True)
class Consequences:
    """All that follows from one message; ``outcome`` says in a word what it was taken for.

    ``report``: what the message tells, to be kept with its case.  ``grow``: cases that know more
    now.  ``answered``: how the open question ends, and ``ask`` what is asked next.
    """

    outcome: str
    says: tuple[Say, ...] = ()
    open_case: OpenCase | None = None
    report: Story | None = None
    grow: tuple[Growth, ...] = ()
    clues: tuple[str, ...] = ()
    take: Take | None = None
    passed: Pass | None = None
    opt_out: bool = False
    answered: Answer | None = None
    ask: Ask | None = None
    safe: bool | None = None
    away: Away | None = None


def is_sure(understood: Understood) -> bool:
    """Whether a case follows from this text by itself; otherwise a person reads it."""
    return understood.is_report and (
        understood.confidence >= _UNSURE or bool(understood.facts & _PLAIN_DANGER)
    )


def decide(understood: Understood, known: Known, policy: Policy) -> Consequences:
    """What follows from a message.

    A word to opt out, a member's command and a new report go before an open question, so that
    none of them is taken for its answer.
    """
    if understood.intent == "opt_out":
        return Consequences("opt_out", opt_out=True)
    ours = known.contact is not None and known.contact.role in COMMITTEE_ROLES | STAFF_ROLES
    answers = _answers_question(understood, known)
    if ours and known.contact is not None and not answers:
        command = _command(understood, known.contact, known)
        if command is not None:
            return command
    if is_sure(understood):
        return _report(understood, known, policy)
    if known.question is not None and known.questioned is not None:
        answered = _answer(understood, known.question, known.questioned, known, policy)
        if answered is not None:
            return answered
    if understood.is_report:
        # it wakes nobody by itself; a person reads it
        return _unless_quiet("unsure", _reply("report.unsorted", reply_language(understood)), known)
    if ours and known.contact is not None:
        return Consequences("unsorted", (_reply("member.help", known.contact.language),))
    if understood.intent == "question":
        return _unless_quiet(
            "question", _reply("question.received", reply_language(understood)), known
        )
    return _unless_quiet("unsorted", _reply("report.unsorted", reply_language(understood)), known)


def _unless_quiet(outcome: str, say: Say, known: Known) -> Consequences:
    return Consequences(outcome, () if known.quiet else (say,))


def reply_language(understood: Understood) -> str:
    """The language to answer in; "" for the deployment's own, where the text does not tell."""
    return "" if understood.language == "en" else understood.language


def _reply(template: str, language: str, **params: object) -> Say:
    return Say(template, language, params)


# ---------------------------------------------------------------- reports


def story_of(understood: Understood) -> Story:
    """What one report tells."""
    return Story(understood.kind or "migration", understood.fields, understood.facts)


def place_of(understood: Understood, contact: Contact | None, directory: Directory) -> str:
    """The place whose committee is asked: the report's, else the reporter's own."""
    fields = understood.fields
    own = directory.is_own
    if fields.origin_code and own(fields.origin_code):
        return fields.origin_code
    if (
        fields.destination_code
        and own(fields.destination_code)
        and _has_committee(fields.destination_code, directory)
    ):
        return fields.destination_code
    return contact.place_code if contact is not None else ""


def clues_of(
    understood: Understood, sender: str, contact: Contact | None, directory: Directory
) -> Clues:
    """Under which words the report of a sender is kept, and others are looked up."""
    place = place_of(understood, contact, directory)
    return linking.clues_of(story_of(understood), place, sender, directory)


def _report(understood: Understood, known: Known, policy: Policy) -> Consequences:
    told = story_of(understood)
    place_code = place_of(understood, known.contact, known.directory)
    clues = clues_of(understood, known.sender, known.contact, known.directory).kept
    excluded = _excluded(told, known)
    same = next(
        (
            each
            for each in known.candidates
            if linking.same_event(
                told,
                place_code,
                each.story,
                each.place_code,
                same_reporter=each.same_reporter,
                directory=known.directory,
            )
        ),
        None,
    )
    shared, others = _shared(told, known, policy, same)
    says: list[Say] = []
    number = NEW_CASE if same is None else same.number
    if not known.quiet:
        says.append(_received(number, reply_language(understood), policy))
    out = (*excluded, *(same.excluded if same is not None else ()))
    says += _pattern_says(shared, others, number, known, policy.ladder.cluster, out)
    if same is None:
        story = Story(told.kind, told.fields, told.facts | shared)
        opened = _opened(story, place_code, excluded, known, policy)
        grown: tuple[Growth, ...] = ()
    else:
        story = same.story.with_also(Story(told.kind, told.fields, told.facts | shared))
        place_code = same.place_code or place_code
        opened = None
        grown = (
            _grow(
                same, story, known, policy, place_code=place_code, excluded=excluded, joined=True
            ),
        )
    if "same_agent" in shared:
        grown += tuple(
            _grow(
                each,
                Story(
                    each.story.kind,
                    each.story.fields,
                    each.story.facts | {"same_agent"},
                    each.story.verified,
                ),
                known,
                policy,
            )
            for each in others
            if each.status != "closed" and "same_agent" not in each.story.facts
        )
    ask = None
    if not known.quiet and known.contact is None:
        ask = _next(story, place_code, (), known, reply_language(understood), understood.ambiguous)
        if ask is not None:
            says.append(_question(ask, number, known))
    return Consequences(
        "report" if same is None else "joined",
        tuple(says),
        open_case=opened,
        report=told,
        grow=grown,
        clues=clues,
        ask=ask,
    )


def told_more(
    understood: Understood, case: Candidate, known: Known, policy: Policy
) -> Consequences:
    """What follows when a report that became a case half told is gone on with.

    What is said now goes before what was said then.
    """
    told = story_of(understood)
    place_code = place_of(understood, known.contact, known.directory) or case.place_code
    grown = _grow(
        case,
        told.with_also(case.story),
        known,
        policy,
        place_code=place_code,
        excluded=_excluded(told, known),
    )
    says: list[Say] = []
    ask = None
    if not known.quiet:
        language = reply_language(understood)
        says.append(_received(case.number, language, policy))
        if known.contact is None:
            ask = _next(grown.story, place_code, (), known, language)
        if ask is not None:
            says.append(_question(ask, case.number, known))
    return Consequences("told_more", tuple(says), report=told, grow=(grown,), ask=ask)


def _received(number: str, language: str, policy: Policy) -> Say:
    return _reply(
        "report.received",
        language,
        number=number,
        emergency=policy.emergency,
        childline=policy.childline,
    )


def _grow(case: Candidate, story: Story, known: Known, policy: Policy, **more: Any) -> Growth:
    return growth.grow(
        case, story, known.directory, policy, at=known.reader.received, now=known.now, **more
    )


def _opened(
    story: Story, place_code: str, excluded: tuple[int, ...], known: Known, policy: Policy
) -> OpenCase:
    hours = growth.hours(story, known.reader.received)
    result = triage(
        facts_told(story.kind, story.fields, story.facts, hours, story.verified),
        policy.triage_table,
    )
    on_ladder = ladders.rungs(
        known.directory, policy.ladder, story.kind, place_code, excluded, known.now
    )
    step = ladders.first_step(policy.ladder, story.kind, result.urgency, on_ladder)
    return OpenCase(story, result, place_code, excluded, step)


def _shared(
    told: Story, known: Known, policy: Policy, same: Candidate | None
) -> tuple[frozenset[str], tuple[Candidate, ...]]:
    """The facts that comparing with other cases gives, and the cases that name the same agent."""
    facts = set()
    others = tuple(
        each
        for each in known.shared.same_agent
        if (same is None or each.case_id != same.case_id) and not each.same_reporter
    )
    if len(others) >= _PATTERN:
        facts.add("same_agent")
    age = told.fields.age
    if (age is not None and age < _ADULT_AT) and any(
        each.story.fields.age is not None and each.story.fields.age < _ADULT_AT for each in others
    ):
        facts.add("unrelated_children")
    if same is None and known.shared.same_route + 1 >= policy.ladder.cluster:
        facts.add("cluster")
    return frozenset(facts), others


_ADULT_AT = 18


def _worth_telling(count: int, cluster: int) -> bool:
    """Staff are told of a cluster when it is one, and each time it has doubled."""
    times, rest = divmod(count, cluster)
    return rest == 0 and times & (times - 1) == 0


def _pattern_says(
    shared: frozenset[str],
    others: tuple[Candidate, ...],
    number: str,
    known: Known,
    cluster: int,
    excluded: tuple[int, ...],
) -> list[Say]:
    says = []
    if "same_agent" in shared:
        numbers = ", ".join(each.number for each in others[:_LISTED])
        says += _to_staff("staff.pattern", known, excluded, number=number, numbers=numbers)
    count = known.shared.same_route + 1
    if "cluster" in shared and _worth_telling(count, cluster):
        says += _to_staff("staff.cluster", known, excluded, number=number, count=count)
    return says


def _to_staff(
    template: str, known: Known, excluded: tuple[int, ...], **params: object
) -> list[Say]:
    return [
        Say(template, each.language, params, each, Priority.UPDATE, wakes=False)
        for each in known.directory.duty_staff()
        if each != known.contact and each.id not in excluded
    ]


def _next(
    story: Story,
    place_code: str,
    before: tuple[str, ...],
    known: Known,
    language: str,
    ambiguous: tuple[tuple[str, tuple[str, ...]], ...] = (),
) -> Ask | None:
    unclear = next((codes for slot, codes in ambiguous if slot == "origin"), ())
    what = prompts.next_question(
        story,
        place_code,
        before,
        safe_known=known.safe is not None,
        unclear_place=bool(unclear),
    )
    if what is None:
        return None
    options = unclear if what == "place" else ()
    return Ask(what, options=options, before=before, language=language)


def _question(ask: Ask, number: str, known: Known) -> Say:
    params: dict[str, object] = {"number": number}
    if ask.what == "place":
        gazetteer = known.directory.gazetteer
        names = []
        for at, code in enumerate(ask.options, 1):
            above = gazetteer.ancestors(code)
            names.append(f"{at} {(above[0] if above else gazetteer[code]).name[:_LONGEST_PLACE]}")
        params["places"] = ", ".join(names[:_MOST_PLACES])
    return Say(f"ask.{ask.what}", ask.language, params, follows=True)


_MOST_PLACES, _LONGEST_PLACE = 3, 16


def _has_committee(code: str, directory: Directory) -> bool:
    return any(c.role in COMMITTEE_ROLES for c in directory.at(code))


def _excluded(told: Story, known: Known) -> tuple[int, ...]:
    """Contacts who must not hear of it: the reporter, and whoever's number the report names."""
    named = told.fields.companion_phone
    ids = [known.contact.id] if known.contact is not None else []
    accused = known.directory.with_phone(named) if named else None
    if accused is not None:
        ids.append(accused.id)
    return tuple(ids)


# ---------------------------------------------------------------- answers to questions


def _answers_question(understood: Understood, known: Known) -> bool:
    """Whether a member's bare digit answers a question rather than an alert: the later asks."""
    if known.question is None or understood.intent != "answer":
        return False
    latest = max((each.asked_at for each in known.asked if each.waiting), default=-1)
    return known.question.asked_at > latest


def _answer(
    understood: Understood, question: Question, case: Candidate, known: Known, policy: Policy
) -> Consequences | None:
    answer = known.reader.read(question, case.story.kind, understood.text)
    language = question.language
    if answer is None:
        if question.tries + 1 >= prompts.MOST_TRIES or known.quiet:
            return None  # the question stays open; the text goes to the staff
        again = Ask(question.what, question.options, question.before, question.tries + 1, language)
        return Consequences("unclear", (_question(again, question.number, known),), ask=again)
    if question.what == "check_in":
        return _checked_in(answer, question, case, language, known, policy)
    story = prompts.told_by(answer, case.story)
    place_code = case.place_code or _own(story.fields.origin_code, known)
    if question.what == "place":
        place_code = _own(story.fields.origin_code, known) or place_code
    grown: tuple[Growth, ...] = ()
    if story != case.story or place_code != case.place_code:
        excluded = _excluded(story, known)
        grown = (_grow(case, story, known, policy, place_code=place_code, excluded=excluded),)
    says: list[Say] = []
    ask = None
    if answer.safe is not False and not known.quiet:
        before = (*question.before, question.what)
        safe_known = known.safe is not None or answer.safe is not None
        what = prompts.next_question(story, place_code, before, safe_known=safe_known)
        if what is not None:
            ask = Ask(what, before=before, language=language)
            says.append(_question(ask, question.number, known))
        else:
            says.append(_reply("prompt.thanks", language, number=question.number))
    return Consequences(
        "answer", tuple(says), grow=grown, answered=answer, ask=ask, safe=answer.safe
    )


def _own(code: str | None, known: Known) -> str:
    return code if code and known.directory.is_own(code) else ""


def _checked_in(
    answer: Answer,
    question: Question,
    case: Candidate,
    language: str,
    known: Known,
    policy: Policy,
) -> Consequences:
    """An answer to a check-in; no contact, or a need of help, raises the case."""
    facts = {"no_contact": {"contact_lost"}, "needs_help": {"danger_now"}}.get(answer.choice, set())
    grown: tuple[Growth, ...] = ()
    if facts:
        story = Story(
            case.story.kind, case.story.fields, case.story.facts | facts, case.story.verified
        )
        grown = (_grow(case, story, known, policy, at_least_one_up=True),)
    thanks = () if known.quiet else (_reply("prompt.thanks", language, number=question.number),)
    return Consequences("answer", thanks, grow=grown, answered=answer)


# ---------------------------------------------------------------- members' answers


_AWAY = re.compile(r"away\s+(\d{1,3})\s*([hd])\w*(?:\s+@?(\w+))?")
_HOUR_MS = 3_600_000


def _away(text: str, contact: Contact, known: Known) -> Consequences | None:
    """AWAY 2d @bimal, BACK; None if the text is neither."""
    told = ascii_digits(text).casefold().strip()
    if told == "back":
        say = _reply("back.noted", contact.language)
        return Consequences("command", (say,), away=Away(contact))
    match = _AWAY.fullmatch(told)
    if match is None:
        return None
    deputy = None
    if match[3]:
        deputy = known.directory.with_alias(match[3])
        if deputy is None or deputy == contact:
            say = _reply("away.who", contact.language, alias=match[3][:_LONGEST_ALIAS])
            return Consequences("command", (say,))
    hours = int(match[1]) * (24 if match[2] == "d" else 1)
    says = [_reply("away.noted", contact.language, hours=hours)]
    if deputy is not None:
        told_deputy = {"alias": contact.alias or "?", "hours": hours}
        says.append(
            Say("away.deputy", deputy.language, told_deputy, deputy, Priority.UPDATE, wakes=False)
        )
    until = known.now + hours * _HOUR_MS
    return Consequences("command", tuple(says), away=Away(contact, until, deputy))


_LONGEST_ALIAS = 12


def _command(understood: Understood, contact: Contact, known: Known) -> Consequences | None:
    away = _away(understood.text, contact, known)
    if away is not None:
        return away
    if understood.command is not None:
        verb, args = understood.command
    elif understood.intent == "answer" and understood.text.strip() and known.asked:
        verb, args = ("ACK", ()) if serial_digit(understood.text) == "1" else ("", ())
    else:
        return None
    if verb not in ("ACK", "PASS"):
        return None
    mine = [each for each in known.asked if each.waiting]
    held = [each for each in known.asked if each.taken_by == contact.id]
    if args:
        serial = serial_of(args[0])
        chosen = next((each for each in known.asked if each.case_id == serial), None)
        if chosen is None:
            number = args[0][:_LONGEST_NUMBER]
            return Consequences(
                "command", (_reply("number.unknown", contact.language, number=number),)
            )
    elif not mine and verb == "PASS" and len(held) == 1:
        chosen = held[0]
    elif not mine:
        return Consequences("command", (_reply("ack.none", contact.language),))
    elif len(mine) > 1:
        numbers = ", ".join(each.number for each in mine[:_LISTED])
        return Consequences("command", (_reply("ack.which", contact.language, numbers=numbers),))
    else:
        chosen = mine[0]
    return _acknowledge(chosen, contact, known) if verb == "ACK" else _pass_on(chosen, contact)


_LONGEST_NUMBER = 7


def serial_digit(text: str) -> str:
    """The text as one ASCII digit, or "" if it is anything else."""
    digits = ascii_digits(text.strip())
    return digits if len(digits) == 1 and digits.isdigit() else ""


def _acknowledge(asked: Asked, contact: Contact, known: Known) -> Consequences:
    if asked.taken_by == contact.id:
        return Consequences(
            "command", (_reply("ack.yours", contact.language, number=asked.number),)
        )
    if asked.taken_by is not None:
        return Consequences(
            "command", (_reply("ack.already", contact.language, number=asked.number),)
        )
    others = [known.directory.contacts[i] for i in asked.others if i in known.directory.contacts]
    says = [_reply("ack.yours", contact.language, number=asked.number)]
    says += [
        Say(
            "alert.taken",
            other.language,
            {"number": asked.number},
            contact=other,
            priority=Priority.UPDATE,
            case_id=asked.case_id,
            wakes=asked.urgent,
        )
        for other in others
        if other.id != contact.id
    ]
    return Consequences(
        "command",
        tuple(says),
        take=Take(case_id=asked.case_id, alert_id=asked.alert_id, contact=contact),
    )


def _pass_on(asked: Asked, contact: Contact) -> Consequences:
    say = _reply("pass.noted", contact.language, number=asked.number)
    if asked.taken_by is not None and asked.taken_by != contact.id:
        return Consequences(
            "command", (_reply("ack.already", contact.language, number=asked.number),)
        )
    return Consequences(
        "command",
        (say,),
        passed=Pass(
            case_id=asked.case_id,
            alert_id=asked.alert_id,
            contact=contact,
            held=asked.taken_by == contact.id,
        ),
    )
