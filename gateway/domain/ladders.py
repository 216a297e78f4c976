"""Ladders: who is asked to act on a case, who is next, and when.

A rung is everybody on duty at one step of the place tree, from the place of the report upward;
the last rung is the duty staff.  Waits are minutes, per urgency (docs/domain sources: the
statutes' 24 hours, and the 15 minutes and 4 hours this programme has set itself).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

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


@dataclass(frozen=True, slots=True)
class Ladder:
    """The configured waits.

    ``waits[urgency]`` are the minutes each rung is given, the last of them for every further
    rung.  ``repeat`` are the minutes after which the last rung of an urgent case is asked again.
    ``not_village``: kinds whose alerts never go to the village's own rung, where the accused
    may sit.
    """

    waits: Mapping[str, tuple[int, ...]]
    repeat: int
    not_village: frozenset[str]


@dataclass(frozen=True, slots=True)
class Step:
    """Whom to ask now.  ``wait`` None: nobody will be asked after them."""

    rung: int
    round: int
    contacts: tuple[Contact, ...]
    wait: int | None


def rungs(
    directory: Directory, ladder: Ladder, kind: str, place_code: str, excluded: Collection[int]
) -> tuple[tuple[Contact, ...], ...]:
    """The rungs of a case, each the contacts on duty; none is empty, nobody stands on two.

    ``excluded`` are ids of contacts who must not hear of the case.
    """
    steps: dict[tuple[int, int], list[Contact]] = {}
    for depth, code in enumerate(directory.upward(place_code)):
        level = directory.gazetteer[code].level
        for contact in directory.at(code):
            if contact.role in STAFF_ROLES or contact.role not in COMMITTEE_ROLES:
                continue
            rung = contact.rung or _RUNG_OF_LEVEL[level]
            if rung == 1 and kind in ladder.not_village:
                continue
            if contact.on_duty and contact.id not in excluded:
                steps.setdefault((rung, depth), []).append(contact)
    staff = [c for c in directory.duty_staff() if c.id not in excluded]
    if staff:
        steps[_STAFF_RUNG, 0] = staff
    return tuple(tuple(steps[key]) for key in sorted(steps))


def first_step(ladder: Ladder, urgency: str, ladder_rungs: tuple[tuple[Contact, ...], ...]) -> Step:
    """The first rung; with nobody on duty at all, a step without contacts that looks again."""
    return _step(ladder, urgency, ladder_rungs, rung=0, round_=0)


def next_step(
    ladder: Ladder,
    urgency: str,
    ladder_rungs: tuple[tuple[Contact, ...], ...],
    rung: int,
    round_: int,
) -> Step | None:
    """The rung after (``rung``, ``round_``); None when nobody else will be asked.

    The last rung of an urgent case is asked again and again until somebody takes the case.
    """
    if rung + 1 < len(ladder_rungs) or not ladder_rungs:
        return _step(ladder, urgency, ladder_rungs, rung + 1, round_)
    if urgency != "urgent":
        return None
    return _step(ladder, urgency, ladder_rungs, len(ladder_rungs) - 1, round_ + 1)


def _step(
    ladder: Ladder,
    urgency: str,
    ladder_rungs: tuple[tuple[Contact, ...], ...],
    rung: int,
    round_: int,
) -> Step:
    if not ladder_rungs:
        # before the first rung: whoever comes on duty is asked as if the case were new
        return Step(rung=-1, round=round_, contacts=(), wait=ladder.repeat)
    waits = ladder.waits[urgency]
    wait: int | None
    if rung < len(ladder_rungs) - 1:
        wait = waits[min(rung, len(waits) - 1)]
    else:
        wait = ladder.repeat if urgency == "urgent" else None
    return Step(rung=rung, round=round_, contacts=ladder_rungs[rung], wait=wait)
