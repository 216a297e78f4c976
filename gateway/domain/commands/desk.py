"""What each command has to know, and what follows from it.

``query_of`` says what is to be read for a command, ``answer`` makes its consequences of what was
read.  Reading changes nothing but the audit log.  A reply never holds a name; what somebody has
written on a case may, and is shown behind the PIN alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from gateway.domain import ladders, linking, phones
from gateway.domain.cases import serial_of, why_not_close
from gateway.domain.commands import acts, lines
from gateway.domain.commands.asked import with_held
from gateway.domain.commands.guard import shown
from gateway.domain.commands.queries import (
    Becoming,
    Counting,
    Listing,
    Looking,
    Released,
    Scope,
    Searching,
)
from gateway.domain.consequences import NEW_CASE, Consequences, Say
from gateway.domain.directory import COMMITTEE_ROLES, STAFF_ROLES
from gateway.domain.messages import Priority
from gateway.domain.triage import LEVELS

if TYPE_CHECKING:
    from gateway.domain.cases import Story
    from gateway.domain.commands.acts import Act
    from gateway.domain.commands.queries import Detail, Found, Line, Query
    from gateway.domain.commands.verbs import Typed
    from gateway.domain.consequences import Asked, Policy
    from gateway.domain.contacts import Contact
    from gateway.domain.directory import Directory
    from gateway.domain.ladders import Ladder

_HOUR_MS = 3_600_000
#: counts below this are not told of other people's areas: a few may be known by name
_FEW = 3
_MOST_FOUND = 5
#: the questions of ASKR by their digit
ASKED = ("danger", "age", "origin", "destination", "date", "companion")
_VERIFIED = {"PARENT": "P1", "DEST": "P2", "EMPLOYER": "P3"}
_LONGEST_BROADCAST = 300
#: so many letters of a case, or of what is written on it, are one reply
_DETAILS = 140
#: so many of those who are kept out of a case are told, and how many more there are
_MOST_OUT = 2
_VILLAGE_RUNG = 1


@dataclass(frozen=True, slots=True)
class Asking:
    """Who commands what, when (``now`` in ms, ``at`` the same as local time).

    ``held`` are the cases that the contact has.
    """

    typed: Typed
    contact: Contact
    directory: Directory
    policy: Policy
    now: int
    at: datetime
    held: tuple[Asked, ...] = ()

    @property
    def staff(self) -> bool:
        """Whether the contact is staff or coordinator."""
        return self.contact.role in STAFF_ROLES

    @property
    def page(self) -> int:
        """The page asked for."""
        return int(self.typed.args.get("page", "1"))


# ---------------------------------------------------------------- what must be known


def scope_of(contact: Contact, directory: Directory, ladder: Ladder) -> Scope:
    """Which cases a contact may see: staff all, a member those of the own places.

    Kinds that never go to the village's own rung are not shown there either, unless the ladder
    asked the member.
    """
    if contact.role in STAFF_ROLES:
        return Scope(contact.id)
    rung = ladders.rung_of(contact, directory)
    hidden = ladder.not_village if rung == _VILLAGE_RUNG else frozenset[str]()
    return Scope(contact.id, contact.place_code, hidden)


def query_of(asking: Asking) -> Query | None:
    """What is to be read for a command; None if nothing is."""
    typed, verb = asking.typed, asking.typed.verb.name
    scope = scope_of(asking.contact, asking.directory, asking.policy.ladder)
    late = late_before(asking.policy.ladder, asking.now)
    if verb == "LIST":
        return Listing(scope, typed.args.get("choice", ""), late, lines.PAGE // 8 * asking.page)
    if verb == "COUNT":
        return _counting(asking, scope, late)
    if verb == "FIND":
        return _searching(asking, scope)
    if verb == "DUE":
        day_end = asking.at.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(
            days=7 if typed.args.get("choice") == "WEEK" else 1
        )
        return Becoming(scope, round(day_end.timestamp() * 1000), 8 * asking.page)
    if verb == "APPROVE":
        return Released(int(typed.args["item"]))
    ids = tuple(
        serial
        for key in ("case", "case2")
        if (serial := serial_of(typed.args.get(key, ""))) is not None
    )
    notes = verb == "CASE" and typed.args.get("choice") == "NOTES"
    return Looking(scope, ids, asking.now, notes) if ids else None


def late_before(ladder: Ladder, now: int) -> Mapping[str, int]:
    """By level: a case that nobody has and that was opened before this (ms) is late."""
    return {level: now - ladder.waits[level][0] * 60_000 for level in LEVELS}


def _counting(asking: Asking, scope: Scope, late: Mapping[str, int]) -> Query | None:
    period, text = asking.typed.args.get("choice", ""), asking.typed.args.get("text", "")
    midnight = asking.at.replace(hour=0, minute=0, second=0, microsecond=0)
    back = {"TODAY": 0, "WEEK": 6, "MONTH": 29}
    since = None
    if period:
        since = round((midnight - timedelta(days=back[period])).timestamp() * 1000)
    kind = _kind_of(text, asking)
    place = ""
    if text and not kind:
        found = asking.directory.gazetteer.find(text.casefold().split(), scope.place_code or None)
        if found is None or not asking.directory.is_own(found[0].code):
            return None
        place = found[0].code
    own = scope.place_code
    if place and own and own not in asking.directory.upward(place):
        # not the contact's own: figures without the few, and without what is hidden at home
        scope = Scope(scope.contact_id, if_asked=scope.if_asked)
    return Counting(scope, since, kind, late, place)


def _kind_of(text: str, asking: Asking) -> str:
    said = text.strip().upper()
    by_code = {code: kind for kind, code in lines.KIND_CODES.items()}
    if said in by_code:
        return by_code[said]
    known = asking.policy.lexicon.keyword(text.strip().casefold()) if text else None
    return known[0] if known is not None else ""


def _searching(asking: Asking, scope: Scope) -> Searching:
    text = asking.typed.args["text"]
    phone = phones.e164(text, asking.policy.region) if phones.looks_like(text) else None
    if phone is not None:
        return Searching(scope, (f"phone {phone}", f"from {phone}"), "", _MOST_FOUND + 1)
    found = asking.directory.gazetteer.find(text.casefold().split(), None)
    place = found[0].code if found is not None and asking.directory.is_own(found[0].code) else ""
    return Searching(scope, linking.named(text), place, _MOST_FOUND + 1)


# ---------------------------------------------------------------- what follows


def answer(asking: Asking, found: Found) -> Consequences:
    """What follows from a command whose sender is proved."""
    typed = asking.typed
    if "case" in typed.args:
        mistyped = _unseen(asking, found, "case") or _unseen(asking, found, "case2")
        if mistyped:
            return _done(_reply(asking, "number.none", number=mistyped[:7]))
    return _ANSWERS[typed.verb.name](asking, found)


def _unseen(asking: Asking, found: Found, key: str) -> str:
    """The number under this key, if it is mistyped or no case the contact may see."""
    number = asking.typed.args.get(key, "")
    return number if number and serial_of(number) not in found.details else ""


def _done(*says: Say, do: Sequence[Act] = ()) -> Consequences:
    return Consequences("command", tuple(says), acts=tuple(do))


def _reply(asking: Asking, template: str, **params: object) -> Say:
    return Say(template, asking.contact.language, params)


def _impossible(asking: Asking, why: str, number: str) -> Consequences:
    return _done(_reply(asking, f"why.{why}", number=number))


def _one(asking: Asking, found: Found, key: str = "case") -> Detail:
    serial = serial_of(asking.typed.args[key])
    assert serial is not None  # noqa: S101 answer() has looked
    return found.details[serial]


def _list(asking: Asking, found: Found) -> Consequences:
    which = asking.typed.args.get("choice", "")
    told = [_line(each, asking) for each in found.lines]
    text = lines.paged(told, asking.page, f"LIST {which}".strip())
    if not text:
        return _done(_reply(asking, "list.none"))
    return _done(_reply(asking, "list.page", lines=text))


def _line(line: Line, asking: Asking) -> str:
    taker = asking.directory.contacts.get(line.taken_by or 0)
    state = f"ACK {shown(taker)[:11]}" if line.taken_by is not None else "NEW"
    return " ".join(
        (
            line.number,
            lines.LEVEL_CODES[line.urgency],
            lines.KIND_CODES[line.story.kind],
            lines.who(line.story),
            lines.since(asking.at - line.opened),
            state,
        )
    )


def _case(asking: Asking, found: Found) -> Consequences:
    told = _one(asking, found)
    if asking.typed.args.get("choice") == "NOTES":
        return _notes(asking, told)
    log = acts.Log("case.read", told.case.case_id)
    return _done(_reply(asking, "case.details", details=details(told, asking)), do=[log])


def _notes(asking: Asking, told: Detail) -> Consequences:
    """What was written on a case, the latest first: who, when, and every word of it."""
    number, log = told.case.number, acts.Log("case.read", told.case.case_id, "notes")
    again = f"CASE {number} NOTES"
    written = [
        f"{shown(asking.directory.contacts.get(each.by or 0))[:12]} {lines.day(each.at)} "
        f"{each.at:%H:%M}: {each.text}"
        for each in told.written
    ]
    text = lines.paged(lines.wrapped(written, again, _DETAILS), asking.page, again, _DETAILS)
    if not text:
        return _done(_reply(asking, "case.no_notes", number=number), do=[log])
    return _done(_reply(asking, "case.notes", notes=text), do=[log])


def details(told: Detail, asking: Asking) -> str:
    """All that one SMS can tell of a case, in codes and without a name."""
    case, fields = told.case, told.case.story.fields
    gazetteer = asking.directory.gazetteer
    origin = gazetteer[case.place_code].name if case.place_code else fields.origin or "?"
    route = f"{origin[:14]}>{(fields.destination or '?')[:14]}" if _travels(case.story) else origin
    state = "NEW"
    if case.status == "closed":
        state = f"CLOSED {told.closed_as.upper()}"[:18]
    elif case.taken_by is not None:
        state = f"ACK {shown(asking.directory.contacts.get(case.taken_by))[:11]}"
        if told.taken_at is not None:
            state += f" {told.taken_at:%H:%M}"
    parts = [
        case.number,
        lines.LEVEL_CODES[case.urgency],
        lines.KIND_CODES[case.story.kind],
        lines.who(case.story),
        route,
    ]
    if fields.date:
        parts.append(f"date {lines.day(datetime.fromisoformat(fields.date))}")
    out = _kept_out(told.kept_out, asking.directory) if asking.staff else ""
    rules = lines.joined(told.rules.split(), 12 if out else 24).replace(" ", ",")
    parts += [rules, state, out]
    following = _next(told)
    if following:
        parts.append(f"next: {following}")
    if told.reports > 1:
        parts.append(f"reports {told.reports}")
    if told.notes:
        parts.append(f"notes {told.notes}")
    return lines.joined([part for part in parts if part], _DETAILS)


def _kept_out(ids: Sequence[int], directory: Directory) -> str:
    """Who is kept out of a case, as staff know them: by alias, or by role and place."""
    known = [contact for each in ids if (contact := directory.contacts.get(each)) is not None]
    told = [
        shown(each)[:11]
        if each.alias or not each.place_code
        else f"{each.role} {directory.gazetteer[each.place_code].name[:8]}"
        for each in known[:_MOST_OUT]
    ]
    told += [f"+{len(known) - _MOST_OUT}"] if len(known) > _MOST_OUT else []
    return " ".join(["OUT", *told]) if told else ""


def _travels(story: Story) -> bool:
    return story.fields.destination is not None or story.kind in {"migration", "trafficking"}


def _next(told: Detail) -> str:
    if why_not_close(told.case.story, police_told=told.police_told):
        return "POLICE"
    if told.due is None:
        return ""
    what, at = told.due
    return f"{_DUE_CODES.get(what, what.upper())} {lines.day(at)}"


_DUE_CODES = {"check_in": "CHECK", "cwc": "CWC", "missing": "AHTU", "follow": "FOLLOW"}


def _note(asking: Asking, found: Found) -> Consequences:
    told = _one(asking, found)
    say = _reply(asking, "note.noted", number=told.case.number, count=told.notes + 1)
    return _done(say, do=[acts.Write(told.case.case_id, asking.typed.args["text"])])


def _assign(asking: Asking, found: Found) -> Consequences:
    told = _one(asking, found)
    whom = asking.directory.with_alias(asking.typed.args["alias"])
    if whom is None or whom.role not in COMMITTEE_ROLES | STAFF_ROLES:
        return _nobody(asking)
    say = _reply(asking, "assign.done", number=told.case.number, alias=shown(whom)[:12])
    return _done(say, do=[acts.Assign(told.case.case_id, whom.id)])


def _exclude(asking: Asking, found: Found) -> Consequences:
    told = _one(asking, found)
    whom = asking.directory.with_alias(asking.typed.args["alias"], blocked=True)
    if whom is None:
        return _nobody(asking)
    return _noted(asking, told, acts.Exclude(told.case.case_id, whom.id))


def _nobody(asking: Asking) -> Consequences:
    return _done(_reply(asking, "away.who", alias=asking.typed.args["alias"][:12]))


def _verify(asking: Asking, found: Found) -> Consequences:
    told, what = _one(asking, found), asking.typed.args["choice"]
    return _noted(asking, told, acts.Verify(told.case.case_id, _VERIFIED.get(what, "false")))


def _noted(asking: Asking, told: Detail, *do: Act) -> Consequences:
    say = _reply(asking, "command.done", number=told.case.number, verb=asking.typed.verb.name)
    return _done(say, do=do)


def _level(asking: Asking, found: Found) -> Consequences:
    told, wanted = _one(asking, found), lines.LEVELS_BY_CODE[asking.typed.args["choice"]]
    case, reason = told.case, asking.typed.args.get("text", "")
    if case.status == "closed":
        return _impossible(asking, "closed", case.number)
    if wanted == case.urgency:
        return _noted(asking, told)
    writes = [acts.Write(case.case_id, reason)] if reason else []
    if LEVELS.index(wanted) > LEVELS.index(case.urgency):
        return _noted(asking, told, acts.Level(case.case_id, wanted), *writes)
    if not reason:
        return _impossible(asking, "reason", case.number)
    agreed = told.proposed is not None and told.proposed[1] == wanted
    if agreed and told.proposed is not None and told.proposed[0] != asking.contact.id:
        return _noted(asking, told, acts.Level(case.case_id, wanted), *writes)
    code = asking.typed.args["choice"]
    asks = [
        Say("level.second", each.language, {"number": case.number, "level": code}, each,
            Priority.UPDATE, wakes=False)
        for each in asking.directory.duty_staff()
        if each.id != asking.contact.id and each.id not in case.excluded
    ]  # fmt: skip
    say = _reply(asking, "level.waits", number=case.number, level=code)
    return _done(say, *asks, do=[acts.Agree(case.case_id, wanted), *writes])


def _told(what: str) -> Callable[[Asking, Found], Consequences]:
    def follows(asking: Asking, found: Found) -> Consequences:
        told = _one(asking, found)
        reference = asking.typed.args["text"][:30]
        return _noted(asking, told, acts.Told(told.case.case_id, what, reference))

    return follows


def _ask_reporter(asking: Asking, found: Found) -> Consequences:
    told, digit = _one(asking, found), asking.page
    if not 1 <= digit <= len(ASKED):
        return _done(_reply(asking, "command.syntax", syntax=asking.typed.verb.syntax))
    if told.case.status == "closed":
        return _impossible(asking, "closed", told.case.number)
    if not told.reporter_safe:
        return _impossible(asking, "unsafe", told.case.number)
    return _noted(asking, told, acts.AskReporter(told.case.case_id, ASKED[digit - 1]))


def _due(asking: Asking, found: Found) -> Consequences:
    told = [
        f"{each.number} {_DUE_CODES.get(each.what, each.what.upper())} "
        + (f"{each.step}d ?" if each.silent else f"{lines.day(each.at)} {each.at:%H:%M}")
        for each in found.dues
    ]
    again = f"DUE {asking.typed.args.get('choice', '')}".strip()
    text = lines.paged(told, asking.page, again)
    return _done(_reply(asking, "due.page", lines=text) if text else _reply(asking, "due.none"))


def _follow(asking: Asking, found: Found) -> Consequences:
    told = _one(asking, found)
    if told.case.status == "closed":
        return _impossible(asking, "closed", told.case.number)
    return _noted(asking, told, acts.Follow(told.case.case_id, int(asking.typed.args["days"])))


def _close(asking: Asking, found: Found) -> Consequences:
    told, how = _one(asking, found), asking.typed.args["choice"]
    case = told.case
    if how == "DUP":
        if "case2" not in asking.typed.args:
            return _done(_reply(asking, "command.syntax", syntax=asking.typed.verb.syntax))
        return _merge(asking, found)
    says = [_reply(asking, "close.done", number=case.number, how=how)]
    if asking.contact.role != "coordinator":
        params = {"number": case.number, "alias": shown(asking.contact)[:12], "how": how}
        says += [
            Say("staff.closed", each.language, params, each, Priority.UPDATE, wakes=False)
            for each in asking.directory.duty_staff()
            if each.role == "coordinator" and each.id not in case.excluded
        ]
    return _done(*says, do=[acts.Close(case.case_id, how.casefold())])


def _reopen(asking: Asking, found: Found) -> Consequences:
    told = _one(asking, found)
    write = acts.Write(told.case.case_id, asking.typed.args["text"])
    return _noted(asking, told, acts.Reopen(told.case.case_id), write)


def _dup(asking: Asking, found: Found) -> Consequences:
    if "case2" in asking.typed.args:
        return _merge(asking, found)
    told = _one(asking, found)
    if told.case.status == "closed":
        return _impossible(asking, "closed", told.case.number)
    if told.reports < 2:  # noqa: PLR2004 a case keeps one
        return _impossible(asking, "only_report", told.case.number)
    say = _reply(asking, "split.done", number=told.case.number, new=NEW_CASE)
    return _done(say, do=[acts.Split(told.case.case_id)])


def _merge(asking: Asking, found: Found) -> Consequences:
    told, into = _one(asking, found), _one(asking, found, "case2")
    say = _reply(asking, "dup.done", number=told.case.number, into=into.case.number)
    return _done(say, do=[acts.Merge(told.case.case_id, into.case.case_id)])


def _count(asking: Asking, found: Found) -> Consequences:
    counted = found.counted
    if counted is None:  # no place and no kind
        return _done(_reply(asking, "command.syntax", syntax=asking.typed.verb.syntax))
    few = _FEW if _is_foreign(asking) else 0

    def figure(name: str, count: int) -> str:
        return f"{name}<{few}" if count < few else f"{name}{count}"

    parts = [
        *(figure(lines.LEVEL_CODES[each], counted.by_level.get(each, 0)) for each in LEVELS[::-1]),
        *(
            figure(lines.KIND_CODES[kind], count)
            for kind, count in sorted(counted.by_kind.items(), key=lambda each: -each[1])
            if kind in lines.KIND_CODES and count >= few
        ),
        figure("LATE", counted.late),
    ]
    period = asking.typed.args.get("choice", "OPEN")
    total = figure("", counted.total)
    text = lines.joined([f"{period}: {total}.", *parts], lines.PAGE)
    return _done(_reply(asking, "count.figures", figures=text))


def _is_foreign(asking: Asking) -> bool:
    """Whether the figures are of a place outside the contact's own area."""
    query = query_of(asking)
    own = asking.contact.place_code
    if not isinstance(query, Counting) or not own:
        return False
    place = query.place_code
    return bool(place) and own not in asking.directory.upward(place)


def _find(asking: Asking, found: Found) -> Consequences:
    text = asking.typed.args["text"]
    logs = [acts.Log("find.phone")] if phones.looks_like(text) else [acts.Log("find")]
    if not found.numbers:
        return _done(_reply(asking, "find.none"), do=logs)
    numbers = ", ".join(found.numbers[:_MOST_FOUND])
    if len(found.numbers) > _MOST_FOUND:
        numbers += ", ..."
    return _done(_reply(asking, "find.numbers", numbers=numbers), do=logs)


def _on_call(asking: Asking, _found: Found) -> Consequences:
    choice, contact = asking.typed.args.get("choice"), asking.contact
    if choice == "ME":
        hours = int(asking.typed.args.get("hours", "0"))
        until = asking.now + hours * _HOUR_MS if hours else None
        say = _reply(asking, "duty.on")
        return _done(say, do=[acts.Duty(contact.id, on=True, until=until)])
    if choice == "OFF":
        if _leaves_nobody(replace(contact, on_duty=False), asking):
            return _done(_reply(asking, "duty.last"))
        # what is asked goes on (steps/steer.py); what is held stays, and is told of
        template, params = with_held("duty.off", asking.held)
        return _done(_reply(asking, template, **params), do=[acts.Duty(contact.id, on=False)])
    place = contact.place_code
    told = []
    for number, rung in enumerate(_rungs(asking, place), 1):
        told.append(f"{number}: " + " ".join(shown(each)[:12] for each in rung))
    text = lines.paged(told, 1, "ONCALL") or "-"
    return _done(_reply(asking, "duty.list", lines=text))


def _rungs(asking: Asking, place: str) -> Sequence[Sequence[Contact]]:
    ladder, directory = asking.policy.ladder, asking.directory
    found = ladders.rungs(directory, ladder, "migration", place, (), asking.now)
    return [rung.contacts for rung in found]


def _leaves_nobody(changed: Contact, asking: Asking) -> bool:
    """Whether a rung of the contact's place would have nobody any more."""
    ladder = asking.policy.ladder

    def heights(known: Directory) -> set[int]:
        rungs = ladders.rungs(known, ladder, "migration", changed.place_code, (), asking.now)
        return {rung.height for rung in rungs}

    return bool(heights(asking.directory) - heights(asking.directory.with_changed(changed)))


def _clear_pin(asking: Asking, _found: Found) -> Consequences:
    whom = asking.directory.with_alias(asking.typed.args["alias"], blocked=True)
    if whom is None:
        return _nobody(asking)
    log = acts.Log("pin.cleared", detail=f"contact:{whom.id}")
    say = _reply(asking, "pin.cleared", alias=shown(whom)[:12])
    return _done(say, do=[acts.ClearPin(whom.id), log])


def _lost(asking: Asking, _found: Found) -> Consequences:
    whom = asking.directory.with_alias(asking.typed.args["alias"])
    if whom is None or whom.id == asking.contact.id:
        return _nobody(asking)
    log = acts.Log("contact.lost", detail=f"contact:{whom.id}")
    say = _reply(asking, "lost.done", alias=shown(whom)[:12])
    return _done(say, do=[acts.Block(whom.id), log])


def recipients(place_code: str, directory: Directory) -> list[Contact]:
    """The committee contacts of a place and of the places in it."""
    return [
        each
        for each in directory.contacts.values()
        if each.role in COMMITTEE_ROLES
        and not each.blocked
        and place_code in directory.upward(each.place_code)
    ]


def _broadcast(asking: Asking, _found: Found) -> Consequences:
    word = asking.typed.args["word"]
    place = asking.directory.gazetteer.find([word.casefold()], asking.contact.place_code or None)
    code = place[0].code if place is not None and asking.directory.is_own(place[0].code) else ""
    count = len(recipients(code, asking.directory)) if code else 0
    if not count:
        return _done(_reply(asking, "broadcast.nobody", place=word[:20]))
    text = asking.typed.args["text"][:_LONGEST_BROADCAST]
    return _done(do=[acts.Propose(code, text)])


def _approve(asking: Asking, found: Found) -> Consequences:
    proposal, item = found.proposal, int(asking.typed.args["item"])
    if proposal is None or not proposal.open or proposal.expires_at <= asking.now:
        return _done(_reply(asking, "broadcast.none", item=item))
    if proposal.by == asking.contact.id:
        return _done(_reply(asking, "broadcast.own", item=item))
    count = len(recipients(proposal.place_code, asking.directory))
    say = _reply(asking, "broadcast.sent", item=item, count=count)
    return _done(say, do=[acts.Release(item)])


def _digest(asking: Asking, _found: Found) -> Consequences:
    on = asking.typed.args["choice"] == "ON"
    return _done(_reply(asking, "digest.on" if on else "digest.off"), do=[acts.Digest(on)])


def _menu(asking: Asking, _found: Found) -> Consequences:
    verbs = asking.policy.lexicon.verbs
    about = verbs.named(asking.typed.args.get("word", ""))
    if about is not None:
        return _done(_reply(asking, "command.syntax", syntax=about.syntax))
    names = [each.name for each in verbs.all if each.allows(asking.contact.role)]
    return _done(_reply(asking, "menu.words", verbs=" ".join(names)))


#: what answers each verb; REPORT is read as the report that follows it
_ANSWERS: Mapping[str, Callable[[Asking, Found], Consequences]] = {
    "LIST": _list, "CASE": _case, "ASSIGN": _assign, "EXCLUDE": _exclude, "NOTE": _note,
    "VERIFY": _verify,
    "LEVEL": _level, "POLICE": _told("police"), "CWC": _told("cwc"), "ASKR": _ask_reporter,
    "DUE": _due, "FOLLOW": _follow, "CLOSE": _close, "REOPEN": _reopen, "DUP": _dup,
    "COUNT": _count, "FIND": _find, "ONCALL": _on_call, "PIN": _clear_pin, "LOST": _lost,
    "BROADCAST": _broadcast, "APPROVE": _approve, "DIGEST": _digest, "MENU": _menu,
}  # fmt: skip
