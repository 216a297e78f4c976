"""Ladders: who is asked to act on a case, who is next, and when.

A rung is everybody on duty at one step of the place tree, from the place of the report upward;
the last rung is the duty staff.  A rung is known by its height, which stays the same whoever goes
away or comes back meanwhile: what is asked next is always the next higher one.  Waits are minutes,
per urgency (docs/domain sources: the statutes' 24 hours, and the 15 minutes and 4 hours this
programme has set itself).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from math import ceil
from typing import TYPE_CHECKING, Any

from gateway.domain.directory import COMMITTEE_ROLES, STAFF_ROLES

if TYPE_CHECKING:
    from gateway.domain.contacts import Contact
    from gateway.domain.directory import Directory

#: the rung a contact stands on when the list does not say, by the level of their place
_RUNG_OF_LEVEL = {
    "village": 1,
    "ward": 1,
    "gram_panchayat": 1,
    "block": 2,
    "municipality": 2,
    "city": 2,
    "district": 3,
    "state": 4,
    "country": 4,
}
_STAFF_RUNG = 5
#: a height is a contact's rung times this, and how far their place is above the report's
_RUNGS_APART = 100
#: the height of a ladder nobody of which has been asked yet
GROUND = 0


@dataclass(frozen=True, slots=True)
class Rung:
    """Who is asked together; ``height`` orders the rungs and names this one."""

    height: int
    contacts: tuple[Contact, ...]


Rungs = tuple[Rung, ...]


def level_of(height: int) -> int:
    """The rung as a list of contacts numbers it (1 the village ... 5 the staff); 0 for none."""
    return height // _RUNGS_APART


_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Ladder:
    """The configuration.

    ``waits[urgency]`` are the minutes each rung is given, the last of them for every further
    rung; ``kind_waits[kind][urgency]`` goes before them.  ``repeat`` are the minutes after which
    the last rung of an urgent case is asked again.  ``not_village``: kinds whose alerts never go
    to the village's own rung, where the accused may sit.  Between ``quiet_from`` and
    ``quiet_to`` (local time) nobody is woken for what is not urgent.  At ``digest_at`` staff get
    their summary, and on ``digest_day`` (0 is Monday) the committees theirs; None: nobody does.
    """

    waits: Mapping[str, tuple[int, ...]]
    repeat: int
    not_village: frozenset[str]
    kind_waits: Mapping[str, Mapping[str, tuple[int, ...]]]
    quiet_from: time
    quiet_to: time
    check_in_days: tuple[int, ...]
    cluster: int
    digest_at: time | None = None
    digest_day: int = 0

    def waits_of(self, kind: str, urgency: str) -> tuple[int, ...]:
        """The waits of a case."""
        return self.kind_waits.get(kind, {}).get(urgency) or self.waits[urgency]

    def wake_at(self, at: datetime) -> datetime:
        """When somebody may be written to without being woken: ``at``, or the quiet hours' end."""
        clock = at.timetz().replace(tzinfo=None)
        across = self.quiet_from > self.quiet_to  # they cross midnight
        quiet = (
            clock >= self.quiet_from or clock < self.quiet_to
            if across
            else self.quiet_from <= clock < self.quiet_to
        )
        if not quiet:
            return at
        day = at.date() + timedelta(days=1 if across and clock >= self.quiet_from else 0)
        return datetime.combine(day, self.quiet_to, at.tzinfo)

    def minutes_to_day(self, at: datetime) -> int:
        """How long until somebody can be written to for an hour on end; 0 if that is now."""
        awake = all(self.wake_at(each) == each for each in (at, at + _HOUR))
        if awake:
            return 0
        late = self.wake_at(at + _HOUR) if self.wake_at(at) == at else self.wake_at(at)
        return ceil((late - at) / timedelta(minutes=1))


class LadderFault(Exception):
    """The configuration cannot be used; ``faults`` says why, a sentence each."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = tuple(faults)


_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_URGENCIES = ("urgent", "high", "normal")
_KEYS = frozenset(
    {
        "waits",
        "repeat",
        "not_village",
        "kinds",
        "quiet_hours",
        "check_in_days",
        "cluster",
        "digest_at",
        "digest_day",
    }
)


def read_ladder(data: Mapping[str, Any], kinds: Collection[str]) -> Ladder:
    """The ladder out of its file's data.

    Raises:
        LadderFault: telling everything that is wrong with it.
    """
    faults = [f"{key} is nothing a ladder has" for key in data if key not in _KEYS]
    waits = {u: _waits(data.get("waits", {}), u, f"waits.{u}", faults) for u in _URGENCIES}
    faults += [
        f"waits.{key}: a priority is one of {', '.join(_URGENCIES)}"
        for key in data.get("waits", {})
        if key not in _URGENCIES
    ]
    kind_waits: dict[str, dict[str, tuple[int, ...]]] = {}
    for kind, own in data.get("kinds", {}).items():
        if kind not in kinds:
            faults.append(f"kinds.{kind}: a kind is one of {', '.join(sorted(kinds))}")
            continue
        kind_waits[kind] = {u: _waits(own, u, f"kinds.{kind}.{u}", faults) for u in own}
    faults += [
        f"not_village: {kind} is no kind"
        for kind in data.get("not_village", ())
        if kind not in kinds
    ]
    repeat = _whole(data.get("repeat"), "repeat", faults)
    cluster = _whole(data.get("cluster", 3), "cluster", faults, least=2)
    days = data.get("check_in_days", [3, 10, 30])
    if not isinstance(days, list) or sorted(set(days)) != days or any(d < 1 for d in days):
        faults.append("check_in_days are days after the journey, each once, the first first")
        days = []
    hours = data.get("quiet_hours", ["21:00", "07:00"])
    quiet: list[time] = []
    try:
        quiet = [time.fromisoformat(each) for each in hours]
    except (TypeError, ValueError):
        faults.append('quiet_hours are two times of day, such as ["21:00", "07:00"]')
    if quiet and len(quiet) != 2:  # noqa: PLR2004 from and to
        faults.append("quiet_hours are two times of day: from and to")
    digest_at = None
    try:
        digest_at = time.fromisoformat(data["digest_at"]) if "digest_at" in data else None
    except (TypeError, ValueError):
        faults.append('digest_at is a time of day, such as "08:00"')
    weekday = str(data.get("digest_day", _WEEKDAYS[0])).casefold()
    if weekday not in _WEEKDAYS:
        faults.append(f"digest_day is one of {', '.join(_WEEKDAYS)}")
        weekday = _WEEKDAYS[0]
    if faults:
        raise LadderFault(faults)
    return Ladder(
        waits=waits,
        repeat=repeat,
        not_village=frozenset(data.get("not_village", ())),
        kind_waits=kind_waits,
        quiet_from=quiet[0],
        quiet_to=quiet[1],
        check_in_days=tuple(days),
        cluster=cluster,
        digest_at=digest_at,
        digest_day=_WEEKDAYS.index(weekday),
    )


def _waits(data: Mapping[str, Any], urgency: str, where: str, faults: list[str]) -> tuple[int, ...]:
    found = data.get(urgency)
    if urgency not in _URGENCIES:
        faults.append(f"{where}: a priority is one of {', '.join(_URGENCIES)}")
        return ()
    if found is None:
        faults.append(f"{where} is missing: the minutes each rung is given")
        return ()
    if not isinstance(found, list) or not found or any(type(m) is not int or m < 1 for m in found):
        faults.append(f"{where} are whole minutes from 1 up, one at least, such as [15, 15, 30]")
        return ()
    return tuple(found)


def _whole(value: object, where: str, faults: list[str], least: int = 1) -> int:
    if type(value) is not int or value < least:
        faults.append(f"{where} is a whole number from {least} up")
        return least
    return value


@dataclass(frozen=True, slots=True)
class Step:
    """Whom to ask now.  ``wait`` None: nobody will be asked after them.

    ``rung`` is the height of the rung.  ``again``: the ladder has been climbed to its end, and
    nobody has taken the case since.
    """

    rung: int
    round: int
    contacts: tuple[Contact, ...]
    wait: int | None
    again: bool = False


def rungs(
    directory: Directory,
    ladder: Ladder,
    kind: str,
    place_code: str,
    excluded: Collection[int],
    now_ms: int,
) -> Rungs:
    """The rungs of a case as they are on duty now, the lowest first.

    None is empty, nobody stands on two.  ``excluded`` are ids of contacts who must not hear of
    the case.  Who is away is stood in for by the deputy, who is asked on the same rung; where
    nobody at all is left, the staff who are away are asked.
    """
    standing: dict[int, list[Contact]] = {}
    placed: set[int] = set()

    def put(height: int, contact: Contact) -> None:
        who = _standing_in(contact, directory, now_ms)
        if who is not None and who.id not in excluded and who.id not in placed:
            placed.add(who.id)
            standing.setdefault(height, []).append(who)

    for depth, code in enumerate(directory.upward(place_code)):
        level = directory.gazetteer[code].level
        for contact in directory.at(code):
            if contact.role in STAFF_ROLES or contact.role not in COMMITTEE_ROLES:
                continue
            rung = contact.rung or _RUNG_OF_LEVEL[level]
            if rung == 1 and kind in ladder.not_village:
                continue
            put(rung * _RUNGS_APART + min(depth, _RUNGS_APART - 1), contact)
    for contact in directory.staff():
        put(_STAFF_RUNG * _RUNGS_APART, contact)
    if not standing:
        # everybody is away, or somebody has said so in their names: staff are asked all the same
        for contact in directory.duty_staff():
            if contact.id not in excluded:
                standing.setdefault(_STAFF_RUNG * _RUNGS_APART, []).append(contact)
    return tuple(Rung(height, tuple(standing[height])) for height in sorted(standing))


def rung_of(contact: Contact, directory: Directory) -> int:
    """The rung on which a contact stands by the list, or by the level of their place."""
    if contact.role in STAFF_ROLES:
        return _STAFF_RUNG
    if contact.rung or not contact.place_code:
        return contact.rung or 1
    return _RUNG_OF_LEVEL[directory.gazetteer[contact.place_code].level]


#: a deputy may be away too; the chain of deputies ends here
_MOST_DEPUTIES = 3


def _standing_in(contact: Contact, directory: Directory, now_ms: int) -> Contact | None:
    """Who is asked in this contact's place: the contact, a deputy, or nobody."""
    who: Contact | None = contact
    for _ in range(_MOST_DEPUTIES + 1):
        if who is None or not who.on_duty:
            return None
        if who.away_until is None or who.away_until <= now_ms:
            return who
        who = directory.contacts.get(who.deputy_id) if who.deputy_id is not None else None
    return None


def first_step(
    ladder: Ladder, kind: str, urgency: str, ladder_rungs: Rungs, round_: int = 0
) -> Step:
    """The first rung; with nobody on duty at all, a step without contacts that looks again.

    ``round_`` counts how often the ladder has been begun, or its last rung asked.
    """
    if not ladder_rungs:
        return _nobody(ladder, round_)
    return _step(ladder, kind, urgency, ladder_rungs, ladder_rungs[0], round_, asked=0)


def next_step(
    ladder: Ladder,
    kind: str,
    urgency: str,
    ladder_rungs: Rungs,
    rung: int,
    round_: int,
    asked: int,
) -> Step | None:
    """The next higher rung than ``rung``; None when nobody else will be asked.

    ``asked`` are the rungs asked in this round so far: waits are counted by them.  Whoever comes
    back on duty below is not asked, the climb has passed them.  The last rung of an urgent case
    is asked again and again, each time in another round, until somebody takes the case.
    """
    if not ladder_rungs:
        # whoever was asked in this round may come back, and is then asked in another
        return _nobody(ladder, round_ + (rung > GROUND))
    higher = next((each for each in ladder_rungs if each.height > rung), None)
    if higher is not None:
        return _step(ladder, kind, urgency, ladder_rungs, higher, round_, asked)
    if urgency != "urgent":
        return None
    return _step(ladder, kind, urgency, ladder_rungs, ladder_rungs[-1], round_ + 1, 0, again=True)


def stand_in_step(
    ladder_rungs: Rungs, rung: int, round_: int, asked: Collection[int], wait: int | None
) -> Step | None:
    """Who stands on this rung and was not asked in this round; None if nobody does.

    So a deputy is asked at once in the place of who has gone away since the rung was asked.
    ``wait`` are the minutes that the rung still has.
    """
    here = next((each.contacts for each in ladder_rungs if each.height == rung), ())
    fresh = tuple(each for each in here if each.id not in asked)
    return Step(rung, round_, fresh, wait) if fresh else None


def _nobody(ladder: Ladder, round_: int) -> Step:
    """Below the first rung: whoever comes on duty is asked as if the case were new."""
    return Step(rung=GROUND, round=round_, contacts=(), wait=ladder.repeat)


def _step(
    ladder: Ladder,
    kind: str,
    urgency: str,
    ladder_rungs: Rungs,
    rung: Rung,
    round_: int,
    asked: int,
    *,
    again: bool = False,
) -> Step:
    waits = ladder.waits_of(kind, urgency)
    wait: int | None
    if rung != ladder_rungs[-1]:
        wait = waits[min(asked, len(waits) - 1)]
    else:
        wait = ladder.repeat if urgency == "urgent" else waits[-1]
    return Step(rung.height, round_, rung.contacts, wait, again)
