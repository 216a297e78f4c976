"""Who is asked, and who next."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway import demo
from gateway.domain.contacts import Contact
from gateway.domain.directory import Directory
from gateway.domain.ladders import GROUND, Rungs, Step, first_step, level_of, next_step, rungs
from gateway.domain.places import Gazetteer
from gateway.wiring import load_ladder

LADDER = load_ladder()
PLACES, CONTACTS = demo.district()
PEOPLE = [
    Contact(**{f: getattr(c, f) for f in c.__slots__} | {"id": n})
    for n, c in enumerate(CONTACTS, 1)
]
DIRECTORY = Directory(Gazetteer(PLACES), PEOPLE)


def aliases(found: Rungs) -> list[list[str]]:
    return [[contact.alias for contact in rung.contacts] for rung in found]


def changed(**of_alias: dict[str, object]) -> Directory:
    """The directory with some contacts changed, by their alias."""
    people = [dataclasses.replace(each, **of_alias.get(each.alias, {})) for each in PEOPLE]  # type: ignore[arg-type]
    return Directory(Gazetteer(PLACES), people)


def known(alias: str) -> Contact:
    return next(each for each in PEOPLE if each.alias == alias)


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
    found = rungs(DIRECTORY, LADDER, "migration", "V1", (known("asha").id,), 0)
    assert aliases(found)[0] == ["bimal"]
    directory = changed(asha={"on_duty": False})
    assert aliases(rungs(directory, LADDER, "migration", "V1", (), 0))[0] == ["bimal"]


def test_a_rung_given_in_the_list_counts_more_than_the_places_level() -> None:
    directory = changed(asha={"rung": 3})
    found = rungs(directory, LADDER, "migration", "V1", (), 0)
    assert aliases(found)[0] == ["bimal"]
    assert ["asha"] in aliases(found)[2:4]
    assert [level_of(rung.height) for rung in found] == [1, 2, 3, 3, 5]


def test_a_rung_keeps_its_height_whoever_goes_away() -> None:
    """And a deputy stands as high as the contact they stand in for."""
    whole = rungs(DIRECTORY, LADDER, "migration", "V1", (), 0)
    gone = {"away_until": 1, "deputy_id": known("dipu").id}
    part = changed(asha=gone, chitra={"on_duty": False})
    found = rungs(part, LADDER, "migration", "V1", (), 0)
    assert aliases(found) == [["dipu"], ["bimal"], ["parul"], ["ratan", "sulekha"]]
    heights = [rung.height for rung in whole]
    assert [rung.height for rung in found] == [*heights[:2], *heights[3:]]


places = st.sampled_from([place.code for place in PLACES])
kinds = st.sampled_from(["migration", "trafficking", "missing", "abuse", "child_marriage"])
excluded = st.sets(st.sampled_from([c.id for c in PEOPLE]))


@given(kinds, places, excluded)
def test_nobody_stands_on_two_rungs_and_none_is_empty(kind: str, place: str, out: set[int]) -> None:
    found = rungs(DIRECTORY, LADDER, kind, place, out, 0)
    everybody = [contact.id for rung in found for contact in rung.contacts]
    assert len(everybody) == len(set(everybody))
    assert not out & set(everybody)
    assert all(rung.contacts for rung in found)
    heights = [rung.height for rung in found]
    assert heights == sorted(set(heights))
    assert all(height > GROUND for height in heights)


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
        again = next_step(LADDER, "migration", urgency, later, step.rung, step.round, 0)
        assert again is not None
        assert again.contacts == later[0].contacts
        return
    steps = [step]
    while step.round == 0:
        following = next_step(
            LADDER, "migration", urgency, found, step.rung, step.round, len(steps)
        )
        if following is None:
            break
        step = following
        steps.append(step)
    climbed = [rung.contacts for rung in found]
    waits = LADDER.waits_of("migration", urgency)
    if urgency == "urgent":
        # the last rung again, and its wait is the repeating one
        assert (step.round, step.wait, step.again) == (1, LADDER.repeat, True)
        assert [each.contacts for each in steps] == [*climbed, climbed[-1]]
    else:
        assert [each.contacts for each in steps] == climbed
        assert step.wait == waits[-1]
    for nth, each in enumerate(steps[: len(found) - 1]):
        assert each.wait == waits[min(nth, len(waits) - 1)]


def test_whoever_comes_back_to_an_empty_ladder_is_asked_in_another_round() -> None:
    found = rungs(DIRECTORY, LADDER, "migration", "V1", (), 0)
    first = first_step(LADDER, "migration", "urgent", found)
    nobody = next_step(LADDER, "migration", "urgent", (), first.rung, first.round, 1)
    assert nobody is not None
    assert nobody.contacts == ()
    still = next_step(LADDER, "migration", "urgent", (), nobody.rung, nobody.round, 0)
    assert still is not None
    again = next_step(LADDER, "migration", "urgent", found, still.rung, still.round, 0)
    assert again is not None
    assert again.contacts == first.contacts
    assert (again.rung, again.round) != (first.rung, first.round)


# ---------------------------------------------------------------- while people come and go

RUNG_OF = {
    rung.height: rung.contacts for rung in rungs(DIRECTORY, LADDER, "migration", "V1", (), 0)
}
EVERYBODY = [contact.alias for contacts in RUNG_OF.values() for contact in contacts]


@pytest.mark.parametrize(
    ("away_at_first", "away_then", "asked"),
    [
        # nobody comes or goes
        ((), (), ["asha", "bimal"]),
        # who is below has been passed: no rung above is skipped for it
        ((), ("asha",), ["asha", "bimal"]),
        # who comes back below is not asked, and nobody above is asked twice for it
        (("asha",), (), ["bimal", "chitra"]),
        (("asha", "bimal"), (), ["chitra", "parul"]),
        # the next one has gone meanwhile, or has come
        ((), ("bimal",), ["asha", "chitra"]),
        (("bimal",), (), ["asha", "bimal"]),
        # all above have gone: those who are left are asked again
        ((), ("bimal", "chitra", "parul", "ratan", "sulekha"), ["asha", "asha"]),
    ],
)
def test_who_is_next_when_people_come_and_go(
    away_at_first: tuple[str, ...], away_then: tuple[str, ...], asked: list[str]
) -> None:
    first = first_step(LADDER, "migration", "urgent", without(away_at_first))
    then = next_step(LADDER, "migration", "urgent", without(away_then), first.rung, first.round, 1)
    assert then is not None
    assert [first.contacts[0].alias, then.contacts[0].alias] == asked


def without(away: Iterable[str]) -> Rungs:
    directory = changed(**{alias: {"away_until": 1} for alias in away})
    return rungs(directory, LADDER, "migration", "V1", (), 0)


@given(
    st.lists(st.sets(st.sampled_from(EVERYBODY)), min_size=1, max_size=12),
    st.sampled_from(["urgent", "high", "normal"]),
)
def test_no_rung_is_skipped_or_asked_twice_in_a_round(
    away_at: list[set[str]], urgency: str
) -> None:
    """Whoever is away at each moment of the climb."""
    step: Step | None = None
    asked: list[tuple[int, int]] = []
    for away in away_at:
        present = without(away)
        if step is None:
            before = (GROUND, 0)
            step = first_step(LADDER, "migration", urgency, present)
        else:
            before = (step.rung, step.round)
            so_far = sum(round_ == step.round for _, round_ in asked)
            step = next_step(LADDER, "migration", urgency, present, *before, so_far)
        if step is None:
            assert urgency != "urgent"
            assert not [rung for rung in present if rung.height > before[0]]
            return
        if not present:
            assert step.contacts == ()
            continue
        asked.append((step.rung, step.round))
        higher = [rung for rung in present if rung.height > before[0]]
        expected = (higher or present[-1:])[0]
        assert (step.rung, step.contacts) == (expected.height, expected.contacts)
        assert step.round == before[1] + (not higher)
    assert len(asked) == len(set(asked))


@given(st.times())
def test_a_demonstration_waits_for_a_whole_waking_hour_and_no_longer(clock: time) -> None:
    at = datetime(2026, 12, 1, tzinfo=UTC).replace(
        hour=clock.hour, minute=clock.minute, second=clock.second
    )
    minutes = LADDER.minutes_to_day(at)
    begins = at + timedelta(minutes=minutes)
    assert begins == LADDER.wake_at(begins)
    assert begins + timedelta(hours=1) == LADDER.wake_at(begins + timedelta(hours=1))
    by_day = time(7) <= at.time() < time(20)
    assert (minutes == 0) == by_day
    assert minutes <= 11 * 60 + 1
