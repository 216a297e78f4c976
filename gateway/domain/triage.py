"""Triage: from the facts of a report to a priority, with the ids of the rules that fired.

Weights, floors and sources are data (lexicon/triage.toml); here stand the conditions.  Summing
over dimensions is over-inclusive on purpose, and ids are shown to staff, who raise freely and
lower with a reason.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.domain.understanding.values import Fields, Understood

#: a child: JJ Act 2015 s.2(12), POCSO Act s.2(d), Palermo Protocol art. 3(d)
ADULT_AT = 18
#: the fact that only likeness speaks for what has happened, and there is nothing to go by
GUESSED = "guessed"
#: by what somebody can be looked for
TO_GO_BY = ("age", "people", "origin", "destination", "companion_phone")
LEVELS = ("normal", "high", "urgent")
#: O6: a child about to leave is intercepted from this score on; a girl or boy without an age who
#: leaves with a stranger is, too, as those who sorted reports found throughout
_INTERCEPT_FROM = 6
_SOON_HOURS = 24
_WEDDING_HOURS = 7 * 24
_LOST_HOURS = 48


@dataclass(frozen=True, slots=True)
class Facts:
    """What triage knows.  None: not told.

    ``hours_to_event`` counts from the report to the departure or wedding, negative when past.
    ``at_destination``: the traveller has arrived, so what is taken from them is taken there.
    ``young``: told of as a girl or a boy, who may be a child; ``grown``: as somebody's husband,
    parent or grandparent, who is none though no age is told.
    ``outing``: pupils who go with their teachers, and come back.
    ``guessed``: no word says what has happened, only how the text reads, and neither an age nor a
    place nor how many is told: what follows from the kind alone wakes nobody then.
    ``reads_urgent``: it reads like reports that were sorted as urgent (understanding/urgency.py).
    ``verified`` holds P1, P2, P3 only after staff have verified.
    """

    kind: str
    age: int | None = None
    companion: str | None = None
    companion_named: bool | None = None
    destination_known: bool | None = None
    purpose: str | None = None
    hazardous: bool | None = None
    hours_to_event: float | None = None
    danger_now: bool | None = None
    sold: bool | None = None
    sexual: bool | None = None
    contact_lost: bool | None = None
    money_taken: bool | None = None
    documents_held: bool | None = None
    at_destination: bool | None = None
    deceived: bool | None = None
    outsider_groom: bool | None = None
    promised_school: bool | None = None
    high_wage: bool | None = None
    threats: bool | None = None
    confined: bool | None = None
    wages_withheld: bool | None = None
    long_hours: bool | None = None
    left_school: bool | None = None
    secrecy: bool | None = None
    survivor: bool | None = None
    crisis: bool | None = None
    alone_tonight: bool | None = None
    minor: bool | None = None
    young: bool | None = None
    grown: bool | None = None
    outing: bool | None = None
    violence: bool | None = None
    guessed: bool | None = None
    reads_urgent: bool | None = None
    same_agent: bool = False
    unrelated_children: bool = False
    cluster: bool = False
    verified: frozenset[str] = frozenset()

    @property
    def child(self) -> bool:
        """Under 18 as far as is known: by the age, or by a class, a word or the kind."""
        if self.age is None:
            return bool(self.minor) or self.kind == "child_labour"
        return self.age < ADULT_AT

    @property
    def maybe_child(self) -> bool:
        """Under 18, or the age is not told and may be anything."""
        return self.child or (self.age is None and not self.grown)

    @property
    def maybe_young(self) -> bool:
        """A child, or told of as a girl or a boy without an age."""
        return self.child or (self.age is None and bool(self.young))

    @property
    def with_teachers(self) -> bool:
        """On an outing of a school, and nobody else is said to lead it."""
        return bool(self.outing) and self.companion in {None, "friend", "relative"}


@dataclass(frozen=True, slots=True)
class Rule:
    """A scored rule."""

    id: str
    adult: int
    child: int
    source: str
    at_destination: int


@dataclass(frozen=True, slots=True)
class TriageTable:
    """The rules as data."""

    rules: Mapping[str, Rule]
    overrides: Mapping[str, str]
    floors: Mapping[str, tuple[str, str]]
    capped: frozenset[str]
    cap: int
    urgent_from: int
    high_from: int


KINDS = frozenset(
    {
        "migration", "trafficking", "missing", "child_marriage", "child_labour", "abuse",
        "returned", "support", "question", "sos",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Triage:
    """The priority (``urgent``, ``high``, ``normal``), its score, and the rules that fired."""

    urgency: str
    score: int
    rules: tuple[str, ...]


Condition = Callable[[Facts], bool]

_OVERRIDES: dict[str, Condition] = {
    "O1": lambda f: f.kind == "missing" and f.maybe_child and not f.guessed,
    "O2": lambda f: (
        f.child
        and bool(f.contact_lost)
        and (f.kind != "migration" or f.hours_to_event is None or f.hours_to_event <= -_LOST_HOURS)
    ),
    "O3": lambda f: (f.child or (f.maybe_child and f.kind == "trafficking")) and bool(f.sold),
    "O4": lambda f: (
        bool(f.danger_now) or f.kind == "sos" or (f.maybe_young and bool(f.confined or f.violence))
    ),
    "O5": lambda f: f.maybe_child and bool(f.sexual),
    "O7": lambda f: (
        f.kind == "child_marriage"
        and f.maybe_child
        and not f.guessed
        and f.hours_to_event is not None
        and -_SOON_HOURS <= f.hours_to_event <= _WEDDING_HOURS
    ),
    "O8": lambda f: f.maybe_young and bool(f.alone_tonight),
    "L1": lambda f: bool(f.reads_urgent),
}
_TRAVELS = frozenset({"migration", "trafficking"})
_WORK = frozenset({"job", "domestic_work"})
#: with whom no child goes unasked, and no girl or boy whose age is not told
_STRANGERS = frozenset({"agent", "unknown_person"})
_SCORED: dict[str, Condition] = {
    "R1": lambda f: f.child,
    "R2": lambda f: bool(f.deceived),
    "R3": lambda f: bool(f.outsider_groom),
    "R4": lambda f: bool(f.promised_school) and not f.with_teachers,
    "R5": lambda f: bool(f.high_wage),
    "R6": lambda f: bool(f.money_taken),
    "R7": lambda f: bool(f.documents_held),
    "R8": lambda f: f.companion == "agent" and f.companion_named is False,
    "R9": lambda f: (
        f.child
        and not f.with_teachers
        and f.companion in {"agent", "friend", "employer", "unknown_person", "alone"}
    ),
    "R10": lambda f: f.kind in _TRAVELS and f.destination_known is False and not f.child,
    "R11": lambda f: bool(f.contact_lost) and not f.child,
    "R12": lambda f: bool(f.confined),
    "R13": lambda f: bool(f.threats),
    "R14": lambda f: bool(f.wages_withheld),
    "R15": lambda f: bool(f.long_hours),
    "R16": lambda f: bool(f.hazardous),
    "R17": lambda f: bool(f.left_school),
    "R18": lambda f: bool(f.secrecy),
    "R19": lambda f: bool(f.survivor),
    "R20": lambda f: bool(f.crisis),
    "R21": lambda f: f.same_agent,
    "R22": lambda f: f.child and f.unrelated_children,
    "C1": lambda f: f.cluster,
    "R23": lambda f: f.child and not f.with_teachers and f.kind in _TRAVELS and _blanks(f) > 0,
    "P1": lambda f: "P1" in f.verified,
    "P2": lambda f: "P2" in f.verified,
    "P3": lambda f: "P3" in f.verified,
}


def triage(facts: Facts, table: TriageTable) -> Triage:
    """The priority of a report with these facts."""
    fired = {
        id_: weight
        for id_, condition in _SCORED.items()
        if condition(facts) and (weight := _weight(facts, table.rules[id_])) != 0
    }
    capped = sum(weight for id_, weight in fired.items() if id_ in table.capped)
    score = sum(fired.values()) - max(0, capped - table.cap)
    overrides = [id_ for id_, condition in _OVERRIDES.items() if condition(facts)]
    if _leaves_now(facts) and (
        (facts.child and score >= _INTERCEPT_FROM)
        or (facts.maybe_young and facts.companion in _STRANGERS)
    ):
        overrides.append("O6")
    if overrides or score >= table.urgent_from:
        level = "urgent"
    elif score >= table.high_from:
        level = "high"
    else:
        level = "normal"
    adult_floor, child_floor = table.floors.get(facts.kind, ("normal", "normal"))
    floor = child_floor if facts.maybe_child else adult_floor
    if facts.guessed:
        floor = min(floor, "high", key=LEVELS.index)
    if facts.child and facts.kind in _TRAVELS and facts.purpose in _WORK:
        floor = max(floor, table.floors["child_goes_to_work"][1], key=LEVELS.index)
    if facts.maybe_young and facts.kind in _TRAVELS and facts.companion in _STRANGERS:
        floor = max(floor, table.floors["child_goes_with_stranger"][1], key=LEVELS.index)
    return Triage(
        urgency=max(level, floor, key=LEVELS.index),
        score=score,
        rules=(*sorted(overrides), *fired),
    )


def conditions(facts: Facts) -> list[str]:
    """The ids of the rules whose conditions hold, whatever they weigh."""
    return [id_ for id_, holds in (*_OVERRIDES.items(), *_SCORED.items()) if holds(facts)]


def _weight(facts: Facts, rule: Rule) -> int:
    if rule.id == "R7" and facts.at_destination:
        return rule.at_destination
    weight = rule.child if facts.child else rule.adult
    return weight * _blanks(facts) if rule.id == "R23" else weight


def _blanks(facts: Facts) -> int:
    return (facts.companion is None) + (facts.destination_known is not True)


def _leaves_now(facts: Facts) -> bool:
    hours = facts.hours_to_event
    return facts.kind in _TRAVELS and hours is not None and -_SOON_HOURS <= hours <= _SOON_HOURS


def facts_of(understood: Understood) -> Facts:
    """The facts that one understood text tells."""
    return facts_told(
        understood.kind or "migration",
        understood.fields,
        understood.facts,
        understood.hours_to_event,
    )


def facts_told(
    kind: str,
    fields: Fields,
    told: Collection[str],
    hours_to_event: float | None,
    verified: frozenset[str] = frozenset(),
) -> Facts:
    """The facts of a report, or of all reports of a case together."""
    outsider = fields.companion not in {"relative", None}
    if any(getattr(fields, name) is not None for name in TO_GO_BY):
        told = set(told) - {GUESSED}
    return Facts(
        kind=kind,
        age=fields.age,
        companion=fields.companion,
        companion_named=bool(fields.companion_name or fields.companion_phone)
        if fields.companion
        else None,
        destination_known=fields.destination is not None,
        purpose=fields.purpose,
        hours_to_event=hours_to_event,
        verified=verified,
        **{
            "outsider_groom": fields.purpose == "marriage" and outsider,
            "promised_school": fields.purpose == "study" and outsider,
            **dict.fromkeys(told, True),
        },
    )


def hours_to(iso: str | None, at: datetime) -> float | None:
    """Hours from ``at`` (local time) to the day of an event.

    To the first moment of a day to come, from the noon of a day past: who leaves tomorrow may
    leave in the night, so tomorrow is within a day; today is now.
    """
    if iso is None:
        return None
    days = (date.fromisoformat(iso) - at.date()).days
    if days == 0:
        return 0.0
    return float(days * 24 - at.hour + (0 if days > 0 else 12))
