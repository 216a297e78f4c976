"""The rule table: the programme's own test vectors, floors, caps and overrides."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain import triage as module
from gateway.domain.triage import GUESSED, LEVELS, Facts, facts_told, triage
from gateway.domain.understanding.values import Fields
from gateway.lexicon import load_triage_table

TABLE = load_triage_table()


def f(kind: str = "migration", **facts: object) -> Facts:
    facts.setdefault("destination_known", True)
    return Facts(kind=kind, **facts)  # type: ignore[arg-type]


VECTORS = [
    ("F15, job in Delhi, unknown agent, advance",
     f(age=15, companion="agent", companion_named=False, money_taken=True), "urgent", 12, {"R1", "R6", "R8", "R9"}),
    ("M28, Kerala with a cousin, known employer", f(age=28, companion="relative"), "normal", 0, set()),
    ("F16, with parents to a kiln", f(age=16, companion="relative", hazardous=True), "high", 6, {"R1", "R16"}),
    ("the same, verified with a parent",
     f(age=16, companion="relative", hazardous=True, verified=frozenset({"P1"})), "normal", 3, {"R1", "R16", "P1"}),
    ("F17, groom from far, money paid",
     f(kind="child_marriage", age=17, outsider_groom=True, money_taken=True), "urgent", 10, {"R1", "R3", "R6"}),
    ("M17, left five days ago, no call",
     f(age=17, contact_lost=True, hours_to_event=-120.0, companion="friend"), "urgent", 6, {"O2", "R1", "R9"}),
    ("F22, Gulf job, passport held, fee owed", f(age=22, documents_held=True, money_taken=True), "normal", 4, {"R6", "R7"}),
    ("the same, destination unknown",
     f(age=22, documents_held=True, money_taken=True, destination_known=False), "high", 6, {"R6", "R7", "R10"}),
    ("F9, no details", f(age=9, destination_known=False), "high", 8, {"R1", "R23"}),
]  # fmt: skip


@pytest.mark.parametrize("kind", ["missing", "child_marriage", "trafficking"])
def test_what_is_only_guessed_wakes_nobody_by_its_kind(kind: str) -> None:
    guessed = facts_told(kind, Fields(), {GUESSED, "young"}, 24.0)
    assert triage(guessed, TABLE).urgency == "high"
    assert triage(dataclasses.replace(guessed, danger_now=True), TABLE).urgency == "urgent"
    for told in (Fields(age=9), Fields(origin="Canning"), Fields(people=2)):
        by_then = facts_told(kind, told, {GUESSED, "young"}, 24.0)
        seen = facts_told(kind, told, {"young"}, 24.0)
        assert triage(by_then, TABLE) == triage(seen, TABLE), told


@pytest.mark.parametrize(
    ("told", "facts", "urgency", "score", "rules"), VECTORS, ids=[v[0] for v in VECTORS]
)
def test_vector(told: str, facts: Facts, urgency: str, score: int, rules: set[str]) -> None:
    result = triage(facts, TABLE)
    assert (result.urgency, result.score, set(result.rules)) == (urgency, score, rules), told


OVERRIDES = [
    ("O1", f(kind="missing", age=12)),
    ("O1", f(kind="missing")),
    ("O2", f(kind="trafficking", age=17, contact_lost=True)),
    ("O3", f(age=16, sold=True)),
    ("O4", f(age=30, danger_now=True)),
    ("O4", f(kind="sos")),
    ("O5", f(kind="abuse", age=13, sexual=True)),
    ("O6", f(age=16, companion="agent", companion_named=True, hours_to_event=12.0)),
    ("O6", f(young=True, companion="unknown_person", hours_to_event=12.0)),
    ("O7", f(kind="child_marriage", age=15, hours_to_event=120.0)),
    ("O8", f(age=8, alone_tonight=True)),
]


@pytest.mark.parametrize(("rule", "facts"), OVERRIDES)
def test_an_override_is_urgent_at_once(rule: str, facts: Facts) -> None:
    result = triage(facts, TABLE)
    assert result.urgency == "urgent"
    assert rule in result.rules


NOT_OVERRIDES = [
    ("O1", f(kind="missing", age=30)),
    ("O2", f(age=17, contact_lost=True, hours_to_event=-24.0)),
    ("O3", f(age=30, sold=True)),
    ("O5", f(kind="abuse", age=30, sexual=True)),
    ("O6", f(age=16, companion="agent", companion_named=True, hours_to_event=72.0)),
    ("O6", f(age=16, companion="relative", hours_to_event=12.0)),
    ("O6", f(young=True, companion="relative", hours_to_event=12.0)),
    ("O6", f(young=True, companion="agent", hours_to_event=72.0)),
    ("O6", f(companion="agent", hours_to_event=12.0)),
    ("O7", f(kind="child_marriage", age=15, hours_to_event=192.0)),
    ("O7", f(kind="child_marriage", age=25, hours_to_event=12.0)),
]


@pytest.mark.parametrize(("rule", "facts"), NOT_OVERRIDES)
def test_an_override_does_not_fire_beside_its_condition(rule: str, facts: Facts) -> None:
    assert rule not in triage(facts, TABLE).rules


@pytest.mark.parametrize(
    ("kind", "age", "floor"),
    [("missing", 30, "high"), ("abuse", 30, "high"), ("abuse", 12, "urgent"), ("abuse", None, "urgent"),
     ("trafficking", 30, "high"), ("child_marriage", 25, "high"), ("child_labour", 13, "high"), ("returned", 40, "high"),
     ("support", 30, "normal"), ("migration", 30, "normal")],
)  # fmt: skip
def test_floors_by_kind(kind: str, age: int | None, floor: str) -> None:
    assert triage(f(kind=kind, age=age, companion="relative"), TABLE).urgency == floor


def test_poverty_and_its_kin_count_no_more_than_their_cap() -> None:
    poor = f(age=15, companion="agent", companion_named=False, crisis=True, survivor=True)
    # R1 4 + R9 2, and of R8 2 + R19 2 + R20 2 only 4
    assert triage(poor, TABLE).score == 10


def test_rules_of_several_reports_come_in_as_facts() -> None:
    assert "R21" in triage(f(age=25, same_agent=True), TABLE).rules
    assert "R22" in triage(f(age=12, unrelated_children=True), TABLE).rules


@pytest.mark.parametrize(
    ("companion", "urgency", "rules"),
    [
        (None, "normal", {"R1"}),
        ("friend", "normal", {"R1"}),
        # whoever else is said to lead it, it is no outing
        ("agent", "high", {"R1", "R8", "R9"}),
        ("unknown_person", "high", {"R1", "R9"}),
    ],
)
def test_pupils_with_their_teachers_travel_neither_alone_nor_with_strangers(
    companion: str | None, urgency: str, rules: set[str]
) -> None:
    class_trip = f(minor=True, outing=True, companion=companion, companion_named=False)
    told = triage(class_trip, TABLE)
    assert (told.urgency, set(told.rules)) == (urgency, rules)
    as_well = triage(dataclasses.replace(class_trip, secrecy=True, money_taken=True), TABLE)
    assert as_well.urgency == "urgent"


@pytest.mark.parametrize("companion", ["agent", "unknown_person"])
def test_a_girl_of_no_age_told_who_goes_with_a_stranger_is_looked_after(companion: str) -> None:
    going = f(young=True, companion=companion, companion_named=True, destination_known=True)
    assert triage(going, TABLE).urgency == "high"
    assert triage(dataclasses.replace(going, young=None), TABLE).urgency == "normal"
    assert triage(dataclasses.replace(going, companion="relative"), TABLE).urgency == "normal"


yes_no = {name: st.sampled_from([None, True]) for name in (
    "danger_now", "sold", "sexual", "contact_lost", "money_taken", "documents_held", "deceived", "threats",
    "confined", "wages_withheld", "long_hours", "high_wage", "secrecy", "left_school", "survivor", "crisis", "alone_tonight",
)}  # fmt: skip
anything = st.builds(
    Facts,
    kind=st.sampled_from(["migration", "missing", "abuse", "trafficking", "support", "sos"]),
    age=st.one_of(st.none(), st.integers(0, 90)),
    companion=st.sampled_from([None, "agent", "relative", "alone"]),
    destination_known=st.sampled_from([None, True, False]),
    **yes_no,
)


@given(anything, st.sampled_from(sorted(yes_no)))
def test_telling_more_that_is_bad_never_lowers_the_priority(facts: Facts, name: str) -> None:
    worse = dataclasses.replace(facts, **{name: True})
    before, after = triage(facts, TABLE), triage(worse, TABLE)
    assert LEVELS.index(after.urgency) >= LEVELS.index(before.urgency)


def test_every_rule_of_the_table_has_a_condition_and_a_source() -> None:
    assert set(module._SCORED) == set(TABLE.rules)
    assert set(module._OVERRIDES) | {"O6"} == set(TABLE.overrides)
    assert all(rule.source for rule in TABLE.rules.values())
