"""Who is asked, and who next."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway import demo
from gateway.domain.contacts import Contact
from gateway.domain.directory import Directory
from gateway.domain.ladders import first_step, next_step, rungs
from gateway.domain.places import Gazetteer
from gateway.wiring import load_ladder

LADDER = load_ladder()
PLACES, CONTACTS = demo.district()
PEOPLE = [
    Contact(**{f: getattr(c, f) for f in c.__slots__} | {"id": n})
    for n, c in enumerate(CONTACTS, 1)
]
DIRECTORY = Directory(Gazetteer(PLACES), PEOPLE)


def aliases(steps: tuple[tuple[Contact, ...], ...]) -> list[list[str]]:
    return [[contact.alias for contact in step] for step in steps]


def test_rungs_follow_the_places_upward_and_end_with_the_staff() -> None:
    found = aliases(rungs(DIRECTORY, LADDER, "migration", "V1", (), 0))
    assert found == [["asha"], ["bimal"], ["chitra"], ["parul"], ["ratan", "sulekha"]]


@pytest.mark.parametrize("kind", ["trafficking", "abuse"])
def test_trafficking_and_abuse_never_go_to_the_village(kind: str) -> None:
    found = aliases(rungs(DIRECTORY, LADDER, kind, "V1", (), 0))
    assert found == [["chitra"], ["parul"], ["ratan", "sulekha"]]


def test_a_place_without_anybody_is_answered_for_by_the_next_above() -> None:
    assert aliases(rungs(DIRECTORY, LADDER, "migration", "V4", (), 0))[0] == ["fatema"]


def test_an_unknown_place_goes_to_the_staff_at_once() -> None:
    assert aliases(rungs(DIRECTORY, LADDER, "migration", "", (), 0)) == [["ratan", "sulekha"]]


def test_who_is_excluded_or_off_duty_is_on_no_rung() -> None:
    asha = next(c for c in PEOPLE if c.alias == "asha")
    assert aliases(rungs(DIRECTORY, LADDER, "migration", "V1", (asha.id,), 0))[0] == ["bimal"]
    resting = [
        Contact(**{f: getattr(c, f) for f in c.__slots__} | {"on_duty": c.alias != "asha"})
        for c in PEOPLE
    ]
    directory = Directory(Gazetteer(PLACES), resting)
    assert aliases(rungs(directory, LADDER, "migration", "V1", (), 0))[0] == ["bimal"]


def test_a_rung_given_in_the_list_counts_more_than_the_places_level() -> None:
    moved = [
        Contact(
            **{f: getattr(c, f) for f in c.__slots__} | {"rung": 3 if c.alias == "asha" else c.rung}
        )
        for c in PEOPLE
    ]
    found = aliases(rungs(Directory(Gazetteer(PLACES), moved), LADDER, "migration", "V1", (), 0))
    assert found[0] == ["bimal"]
    assert ["asha"] in found[2:4]


places = st.sampled_from([place.code for place in PLACES])
kinds = st.sampled_from(["migration", "trafficking", "missing", "abuse", "child_marriage"])
excluded = st.sets(st.sampled_from([c.id for c in PEOPLE]))


@given(kinds, places, excluded)
def test_nobody_stands_on_two_rungs_and_none_is_empty(kind: str, place: str, out: set[int]) -> None:
    found = rungs(DIRECTORY, LADDER, kind, place, out, 0)
    everybody = [contact.id for step in found for contact in step]
    assert len(everybody) == len(set(everybody))
    assert not out & set(everybody)
    assert all(found)


@given(kinds, places, excluded, st.sampled_from(["urgent", "high", "normal"]))
def test_every_ladder_is_climbed_to_its_end(
    kind: str, place: str, out: set[int], urgency: str
) -> None:
    found = rungs(DIRECTORY, LADDER, kind, place, out, 0)
    step = first_step(LADDER, "migration", urgency, found)
    if not found:
        # nobody is on duty: it is looked at again, and begins at the first rung when somebody is
        assert (step.contacts, step.wait) == ((), LADDER.repeat)
        later = rungs(DIRECTORY, LADDER, kind, place, (), 0)
        again = next_step(LADDER, "migration", urgency, later, step.rung, step.round)
        assert again is not None
        assert again.contacts == later[0]
        return
    asked = [step.contacts]
    while step.round == 0:
        assert step.wait is not None
        following = next_step(LADDER, "migration", urgency, found, step.rung, step.round)
        if following is None:
            break
        step = following
        asked.append(step.contacts)
    if urgency == "urgent":
        # the last rung again, and its wait is the repeating one
        assert (step.round, step.wait, step.again) == (1, LADDER.repeat, True)
        assert tuple(asked[:-1]) == found
        assert asked[-1] == asked[-2]
    else:
        assert tuple(asked) == found
        assert next_step(LADDER, "migration", urgency, found, step.rung, step.round) is None


def test_whoever_comes_back_to_an_empty_ladder_is_asked_in_another_round() -> None:
    found = rungs(DIRECTORY, LADDER, "migration", "V1", (), 0)
    first = first_step(LADDER, "migration", "urgent", found)
    nobody = next_step(LADDER, "migration", "urgent", (), first.rung, first.round)
    assert nobody is not None
    assert nobody.contacts == ()
    still = next_step(LADDER, "migration", "urgent", (), nobody.rung, nobody.round)
    assert still is not None
    again = next_step(LADDER, "migration", "urgent", found, still.rung, still.round)
    assert again is not None
    assert again.contacts == first.contacts
    assert (again.rung, again.round) != (first.rung, first.round)
