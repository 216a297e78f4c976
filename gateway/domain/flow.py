"""decide(): what follows from one message.  The one door of the domain.

It is given the message as understood and what is known of its sender, and returns what is to be
stored and said.  It changes nothing itself.  A public reply holds the case number and the
emergency numbers and nothing else: no kind, no name, no place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.domain import ladders
from gateway.domain.cases import serial_of
from gateway.domain.directory import COMMITTEE_ROLES, STAFF_ROLES
from gateway.domain.messages import Priority
from gateway.domain.text import ascii_digits
from gateway.domain.triage import Triage, facts_of, triage

if TYPE_CHECKING:
    from gateway.domain.contacts import Contact
    from gateway.domain.directory import Directory
    from gateway.domain.ladders import Ladder, Step
    from gateway.domain.triage import TriageTable
    from gateway.domain.understanding import Fields, Understood

#: stands in a parameter for the number the store will give the new case
NEW_CASE = "\0new case"
#: below this a text that sounds like a report goes to the staff's inbox, unless danger is plain
_UNSURE = 0.5
_PLAIN_DANGER = frozenset({"danger_now", "sold", "sexual"})
#: how many open cases one reply lists
_LISTED = 4


@dataclass(frozen=True, slots=True)
class Policy:
    """What the deployment has set."""

    emergency: str
    childline: str
    ladder: Ladder
    triage_table: TriageTable


@dataclass(frozen=True, slots=True)
class Asked:
    """A case that a contact has been asked to act on, or has taken."""

    case_id: int
    number: str
    alert_id: str
    waiting: bool
    taken_by: int | None
    others: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known when a message is decided on."""

    sender: str
    contact: Contact | None
    opted_out: bool
    directory: Directory
    asked: tuple[Asked, ...] = ()


@dataclass(frozen=True, slots=True)
class Say:
    """A text to send: to a contact, or (``contact`` None) back to the sender."""

    template: str
    language: str
    params: Mapping[str, object] = field(default_factory=dict)
    contact: Contact | None = None
    priority: Priority = Priority.REPLY
    case_id: int | None = None


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A new case out of one report, and whom to ask first."""

    kind: str
    fields: Fields
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
    """The contact passes the case on."""

    case_id: int
    alert_id: str
    contact: Contact


@dataclass(frozen=True, slots=True)
class Consequences:
    """All that follows from one message; ``outcome`` says in a word what it was taken for."""

    outcome: str
    says: tuple[Say, ...] = ()
    open_case: OpenCase | None = None
    take: Take | None = None
    passed: Pass | None = None
    opt_out: bool = False


def decide(understood: Understood, known: Known, policy: Policy) -> Consequences:
    """What follows from a message."""
    if understood.intent == "opt_out":
        return Consequences("opt_out", opt_out=True)
    if known.contact is not None and known.contact.role in COMMITTEE_ROLES | STAFF_ROLES:
        answer = _command(understood, known.contact, known)
        if answer is not None:
            return answer
    if understood.is_report:
        if understood.confidence < _UNSURE and not understood.facts & _PLAIN_DANGER:
            # it wakes nobody by itself; a person reads it
            return _unless_opted_out(
                "unsure", _reply("report.unsorted", _language(understood)), known
            )
        return _report(understood, known, policy)
    if known.contact is not None and known.contact.role in COMMITTEE_ROLES | STAFF_ROLES:
        return Consequences("unsorted", (_reply("member.help", known.contact.language),))
    if understood.intent == "question":
        return _unless_opted_out(
            "question", _reply("question.received", _language(understood)), known
        )
    return _unless_opted_out("unsorted", _reply("report.unsorted", _language(understood)), known)


def _unless_opted_out(outcome: str, say: Say, known: Known) -> Consequences:
    return Consequences(outcome, () if known.opted_out else (say,))


def _language(understood: Understood) -> str:
    """The language to answer in; "" for the deployment's own, where the text does not tell."""
    return "" if understood.language == "en" else understood.language


def _reply(template: str, language: str, **params: object) -> Say:
    return Say(template, language, params)


# ---------------------------------------------------------------- reports


def _report(understood: Understood, known: Known, policy: Policy) -> Consequences:
    kind = understood.kind or "migration"
    result = triage(facts_of(understood), policy.triage_table)
    place_code = _place_of(understood, known)
    excluded = _excluded(understood, known)
    ladder_rungs = ladders.rungs(known.directory, policy.ladder, kind, place_code, excluded)
    step = ladders.first_step(policy.ladder, result.urgency, ladder_rungs)
    case = OpenCase(
        kind=kind,
        fields=understood.fields,
        triage=result,
        place_code=place_code,
        excluded=excluded,
        step=step,
    )
    ack = _reply(
        "report.received",
        _language(understood),
        number=NEW_CASE,
        emergency=policy.emergency,
        childline=policy.childline,
    )
    return Consequences("report", () if known.opted_out else (ack,), open_case=case)


def _place_of(understood: Understood, known: Known) -> str:
    """The place whose committee is asked: the report's, else the reporter's own."""
    fields = understood.fields
    own = known.directory.is_own
    if fields.origin_code and own(fields.origin_code):
        return fields.origin_code
    if (
        fields.destination_code
        and own(fields.destination_code)
        and _has_committee(fields.destination_code, known.directory)
    ):
        return fields.destination_code
    return known.contact.place_code if known.contact is not None else ""


def _has_committee(code: str, directory: Directory) -> bool:
    return any(c.role in COMMITTEE_ROLES for c in directory.at(code))


def _excluded(understood: Understood, known: Known) -> tuple[int, ...]:
    """Contacts who must not hear of it: the reporter, and whoever's number the report names."""
    named = understood.fields.companion_phone
    ids = [known.contact.id] if known.contact is not None else []
    accused = known.directory.with_phone(named) if named else None
    if accused is not None:
        ids.append(accused.id)
    return tuple(ids)


# ---------------------------------------------------------------- members' answers


def _command(understood: Understood, contact: Contact, known: Known) -> Consequences | None:
    if understood.command is not None:
        verb, args = understood.command
    elif understood.intent == "answer" and understood.text.strip() and known.asked:
        verb, args = ("ACK", ()) if serial_digit(understood.text) == "1" else ("", ())
    else:
        return None
    if verb not in ("ACK", "PASS"):
        return None
    mine = [each for each in known.asked if each.waiting]
    if args:
        serial = serial_of(args[0])
        chosen = next((each for each in known.asked if each.case_id == serial), None)
        if chosen is None:
            number = args[0][:_LONGEST_NUMBER]
            return Consequences(
                "command", (_reply("number.unknown", contact.language, number=number),)
            )
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
        passed=Pass(case_id=asked.case_id, alert_id=asked.alert_id, contact=contact),
    )
