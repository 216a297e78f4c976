"""Whether two reports tell of one event, and what reports of different families share.

A report leaves clues: words under which a later report of the same event, of the same agent or
of the same route is looked up.  The store keeps them as keyed hashes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from rapidfuzz.distance import OSA

from gateway.domain.understanding.shapes import skeleton, sound

if TYPE_CHECKING:
    from gateway.domain.cases import Story
    from gateway.domain.directory import Directory

#: reports further apart than this are not joined by themselves
JOIN_HOURS = 72
#: how long the same agent is remembered (R21), and how long a cluster is counted over
AGENT_DAYS, ROUTE_DAYS = 365, 14
#: kinds that people use for one event
_KINDRED = (
    frozenset({"migration", "trafficking", "missing", "child_labour"}),
    frozenset({"migration", "trafficking", "child_marriage"}),
    frozenset({"abuse", "sos"}),
    frozenset({"missing", "returned"}),
    frozenset({"trafficking", "sos"}),
)
_WEDDING = "child_marriage"
#: levels of places so small that one day sees hardly two weddings of children of one age there
_SMALL = frozenset({"village", "ward"})
_SHORTEST_SOUND = 3
_YEARS_APART = 1
_DAYS_APART = 1
#: who takes people along for money, or is not known: whose name makes a pattern
_AGENTS = frozenset({"agent", "unknown_person", "employer"})


@dataclass(frozen=True, slots=True)
class Clues:
    """Under which words a report is found again; ``route`` is "" without one."""

    event: tuple[str, ...]
    wanted: tuple[str, ...]
    agent: tuple[str, ...]
    route: str

    @property
    def kept(self) -> tuple[str, ...]:
        """All words the report is stored under."""
        return (*self.event, *self.agent, *([self.route] if self.route else ()))

    def beyond(self, other: Clues) -> Clues:
        """Those of the words to keep that are none of the other's."""
        return replace(
            self,
            event=tuple(word for word in self.event if word not in other.event),
            agent=tuple(word for word in self.agent if word not in other.agent),
            route="" if self.route == other.route else self.route,
        )


def clues_of(story: Story, place_code: str, reporter: str, directory: Directory) -> Clues:
    """The clues that a report leaves.  ``reporter`` is the sender, for his or her own next text."""
    fields = story.fields
    event = [f"from {reporter}"]
    if fields.person and (key := _consonants(fields.person)):
        event.append(f"who {key}")
    near = directory.upward(place_code)[:2]
    wanted = list(event)
    if fields.sex and fields.age is not None:
        # two names tell two people apart: who is named is looked for among the nameless only
        mine = "named" if fields.person else "nameless"
        sought = ("nameless",) if fields.person else ("named", "nameless")
        event += [f"near {code} {fields.sex} {fields.age} {mine}" for code in near]
        wanted += [
            f"near {code} {fields.sex} {age} {theirs}"
            for code in near
            for age in range(fields.age - _YEARS_APART, fields.age + _YEARS_APART + 1)
            for theirs in sought
        ]
    if _tells_wedding(story, place_code, directory):
        event.append(f"wedding {place_code} {fields.age}")
        wanted.append(event[-1])
    agent = []
    if fields.companion_phone:
        agent.append(f"phone {fields.companion_phone}")
    if (
        fields.companion_name
        and fields.companion in _AGENTS
        and (key := _consonants(fields.companion_name))
    ):
        agent.append(f"agent {key}")
    route = (
        f"route {place_code} {fields.destination_code}"
        if place_code and fields.destination_code
        else ""
    )
    return Clues(tuple(event), tuple(wanted), tuple(agent), route)


def named(name: str) -> tuple[str, ...]:
    """The clues that somebody of this name leaves, be it who is reported or an agent."""
    key = _consonants(name)
    return (f"who {key}", f"agent {key}") if key else ()


def same_event(
    new: Story,
    new_place: str,
    old: Story,
    old_place: str,
    *,
    same_reporter: bool,
    directory: Directory,
) -> bool:
    """Whether two reports tell of one event.

    Kindred kinds, places that agree, dates that are close, and the same person: by name, or by
    age and sex.  A wedding has one day and one village: there the same age and a day that is
    close tell it also where no sex is told.  Whoever reported may tell more of it in another text.
    """
    if not may_be_one(new, old) or _contradict(new, old):
        return False
    mine, theirs = new.fields, old.fields
    same_name = mine.person is not None and theirs.person is not None
    if not _places_agree(new_place, old_place, directory, unsure=same_reporter or same_name):
        return False
    aged = mine.age is not None and theirs.age is not None
    # who guesses an age guesses it of the same village; elsewhere a year more is another child
    same_looks = (
        aged
        and mine.sex is not None
        and mine.sex == theirs.sex
        and (mine.age == theirs.age or new_place == old_place)
    )
    same_wedding = (
        new_place == old_place
        and mine.age == theirs.age
        and all(_tells_wedding(each, new_place, directory) for each in (new, old))
    )
    return same_name or same_looks or same_wedding or same_reporter


def _tells_wedding(story: Story, place_code: str, directory: Directory) -> bool:
    """Whether a story tells of one child's wedding: how old, on which day, in which village."""
    fields = story.fields
    return (
        story.kind == _WEDDING
        and fields.age is not None
        and fields.date is not None
        and (fields.people or 1) == 1
        and bool(place_code)
        and directory.gazetteer[place_code].level in _SMALL
    )


def may_be_one(new: Story, old: Story) -> bool:
    """Whether one may put the other right: of kindred kinds, and not of two names or sexes."""
    mine, theirs = new.fields, old.fields
    kindred = new.kind == old.kind or any({new.kind, old.kind} <= kin for kin in _KINDRED)
    two_names = mine.person and theirs.person and not _alike(mine.person, theirs.person)
    two_sexes = mine.sex and theirs.sex and mine.sex != theirs.sex
    return kindred and not two_names and not two_sexes


def _contradict(new: Story, old: Story) -> bool:
    mine, theirs = new.fields, old.fields
    if (
        mine.age is not None
        and theirs.age is not None
        and abs(mine.age - theirs.age) > _YEARS_APART
    ):
        return True
    if (mine.people or 1) != (theirs.people or 1) and mine.people and theirs.people:
        return True
    if mine.date and theirs.date:
        apart = date.fromisoformat(mine.date) - date.fromisoformat(theirs.date)
        if abs(apart.days) > _DAYS_APART:
            return True
    return bool(
        mine.destination_code
        and theirs.destination_code
        and mine.destination_code != theirs.destination_code
    )


def _places_agree(new: str, old: str, directory: Directory, *, unsure: bool) -> bool:
    if not new or not old:
        return unsure
    return new in directory.upward(old) or old in directory.upward(new)


def _heard(name: str) -> str:
    """How the first name sounds, in whichever script; "" if it is too short to tell."""
    words = name.casefold().split()
    heard = sound(words[0]) if words else ""
    return heard if len(heard) >= _SHORTEST_SOUND else ""


def _consonants(name: str) -> str:
    """What Salim, Selim and সেলিম share: the key under which a first name is kept."""
    words = name.casefold().split()
    bones = skeleton(words[0]) if words else ""
    return bones if len(bones) >= _SHORTEST_SOUND else _heard(name)


def _alike(one: str, other: str) -> bool:
    mine, theirs = _heard(one), _heard(other)
    if not mine or not theirs:
        return one.casefold() == other.casefold()
    return mine == theirs or (
        min(len(mine), len(theirs)) > _SHORTEST_SOUND and OSA.distance(mine, theirs) <= 1
    )
