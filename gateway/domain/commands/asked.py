"""What a contact answers to an alert: ACK, PASS; and AWAY and BACK."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from gateway.domain.cases import Status, serial_of
from gateway.domain.commands import acts
from gateway.domain.consequences import Away, Consequences, Pass, Say, Take
from gateway.domain.directory import COMMITTEE_ROLES, STAFF_ROLES
from gateway.domain.messages import Priority

if TYPE_CHECKING:
    from gateway.domain.commands.queries import Detail
    from gateway.domain.consequences import Asked, Known
    from gateway.domain.contacts import Contact

VERBS = frozenset({"ACK", "PASS", "AWAY", "BACK"})
_HOUR_MS = 3_600_000
#: nobody is away for longer by one text, which could be forged; the reply goes to the real phone
_MOST_HOURS = 14 * 24
_DEPUTIES = COMMITTEE_ROLES | STAFF_ROLES
#: how many open cases one reply lists
_LISTED = 4
_LONGEST_ALIAS, _LONGEST_NUMBER = 12, 7


def answer(verb: str, args: Mapping[str, str], contact: Contact, known: Known) -> Consequences:
    """What follows from one of the four verbs.

    Staff may take any open case they see, be it that the ladder has not come to them yet.
    """
    if verb == "AWAY":
        return _away(args, contact, known)
    if verb == "BACK":
        return _done(_reply("back.noted", contact), away=Away(contact))
    mine = [each for each in known.asked if each.waiting]
    held = held_by(contact, known)
    if "case" in args:
        serial = serial_of(args["case"])
        chosen = next((each for each in known.asked if each.case_id == serial), None)
        seen = known.found.details.get(serial or 0)
        if chosen is None and verb == "ACK" and seen is not None and contact.role in STAFF_ROLES:
            return _take_unasked(seen, contact)
        if chosen is None:
            number = args["case"][:_LONGEST_NUMBER]
            return _done(_reply("number.unknown", contact, number=number))
    elif not mine and verb == "PASS" and len(held) == 1:
        chosen = held[0]
    elif not mine:
        return _done(_reply("ack.none", contact))
    elif len(mine) > 1:
        numbers = ", ".join(each.number for each in mine[:_LISTED])
        return _done(_reply("ack.which", contact, numbers=numbers))
    else:
        chosen = mine[0]
    if verb == "ACK":
        return _acknowledge(chosen, contact, known)
    return _pass_on(chosen, contact, args.get("text", ""))


def _done(*says: Say, away: Away | None = None) -> Consequences:
    return Consequences("command", says, away=away)


def _reply(template: str, contact: Contact, **params: object) -> Say:
    return Say(template, contact.language, params)


def _away(args: Mapping[str, str], contact: Contact, known: Known) -> Consequences:
    """AWAY 2d @bimal: what is asked goes on (steps/effects.py); what is held is told of."""
    deputy, hours = None, min(int(args["hours"]), _MOST_HOURS)
    if "alias" in args:
        deputy = known.directory.with_alias(args["alias"])
        if deputy is None or deputy == contact or deputy.role not in _DEPUTIES:
            alias = args["alias"][:_LONGEST_ALIAS]
            return _done(_reply("away.who", contact, alias=alias))
    held = held_by(contact, known)
    template, params = with_held("away.noted", held)
    says = [_reply(template, contact, hours=hours, **params)]
    if deputy is not None:
        theirs = [each for each in held if deputy.id not in each.excluded]
        template, params = with_held("away.deputy", theirs)
        told = {"alias": (contact.alias or "?")[:_LONGEST_ALIAS], "hours": hours, **params}
        says.append(Say(template, deputy.language, told, deputy, Priority.UPDATE, wakes=False))
    return _done(*says, away=Away(contact, known.now + hours * _HOUR_MS, deputy))


def held_by(contact: Contact, known: Known) -> tuple[Asked, ...]:
    """The cases that a contact has."""
    return tuple(each for each in known.asked if each.taken_by == contact.id)


def with_held(template: str, held: Sequence[Asked]) -> tuple[str, dict[str, object]]:
    """The template that tells which cases somebody who goes away still has, if there are any.

    It is ``template`` and ``_held``, with ``numbers`` beside the parameters of ``template``.
    """
    if not held:
        return template, {}
    numbers = ", ".join(each.number for each in held[:_LISTED])
    return f"{template}_held", {"numbers": numbers + (", ..." if len(held) > _LISTED else "")}


def _acknowledge(asked: Asked, contact: Contact, known: Known) -> Consequences:
    if asked.taken_by is not None:
        mine = asked.taken_by == contact.id
        template = "ack.yours" if mine else "ack.already"
        return _done(_reply(template, contact, number=asked.number))
    others = [known.directory.contacts[i] for i in asked.others if i in known.directory.contacts]
    says = [_reply("ack.yours", contact, number=asked.number)]
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
    take = Take(case_id=asked.case_id, alert_id=asked.alert_id, contact=contact)
    return Consequences("command", tuple(says), take=take)


def _take_unasked(seen: Detail, contact: Contact) -> Consequences:
    case = seen.case
    if case.status == Status.CLOSED:
        return _done(_reply("why.closed", contact, number=case.number))
    if case.taken_by is not None and case.taken_by != contact.id:
        return _done(_reply("ack.already", contact, number=case.number))
    return Consequences("command", acts=(acts.Assign(case.case_id, contact.id),))


def _pass_on(asked: Asked, contact: Contact, reason: str) -> Consequences:
    if asked.taken_by is not None and asked.taken_by != contact.id:
        return _done(_reply("ack.already", contact, number=asked.number))
    passed = Pass(
        case_id=asked.case_id,
        alert_id=asked.alert_id,
        contact=contact,
        held=asked.taken_by == contact.id,
    )
    say = _reply("pass.noted", contact, number=asked.number)
    written = (acts.Write(asked.case_id, reason),) if reason else ()
    return Consequences("command", (say,), passed=passed, acts=written)
