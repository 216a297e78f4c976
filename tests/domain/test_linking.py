"""Which reports tell of one event."""

from __future__ import annotations

import pytest

from gateway import demo
from gateway.domain.cases import Story
from gateway.domain.directory import Directory
from gateway.domain.linking import clues_of, may_be_one, same_event
from gateway.domain.places import Gazetteer
from gateway.domain.understanding.values import Fields

PLACES, CONTACTS = demo.district()
DIRECTORY = Directory(Gazetteer(PLACES), [])


def story(kind: str = "migration", **fields: object) -> Story:
    return Story(kind, Fields(**fields))  # type: ignore[arg-type]


RINA = {"person": "Rina", "age": 16, "sex": "F", "destination_code": "DL", "date": "2026-12-12"}


@pytest.mark.parametrize(
    ("other", "place"),
    [
        (RINA, "V1"),
        (RINA | {"person": "রিনা"}, "V1"),
        (RINA | {"person": "Reena"}, "V1"),
        (RINA | {"person": None}, "V1"),
        (RINA | {"age": 15, "date": "2026-12-13"}, "V1"),
        (RINA | {"age": None, "sex": None}, "V1"),
        (RINA, "G1"),  # the panchayat that the village lies in
        (RINA | {"person": None, "age": 15}, "V1"),  # guessed of the same village
        (RINA, ""),  # the name tells, where no place does
    ],
)
def test_these_are_one_event(other: dict[str, object], place: str) -> None:
    assert same_event(
        story(**RINA), "V1", story(**other), place, same_reporter=False, directory=DIRECTORY
    )


@pytest.mark.parametrize(
    ("other", "place"),
    [
        (RINA | {"person": "Sima"}, "V1"),
        (RINA | {"age": 12}, "V1"),
        (RINA | {"sex": "M"}, "V1"),
        (RINA | {"date": "2026-12-20"}, "V1"),
        (RINA | {"destination_code": "KL"}, "V1"),
        (RINA | {"person": None}, "V9"),
        (RINA, "V9"),  # another village
        (RINA | {"person": None, "age": 15}, "G1"),  # another child somewhere near
        ({"destination_code": "DL"}, "V1"),  # too little is told to say who
        (RINA | {"person": None}, ""),
    ],
)
def test_these_are_two(other: dict[str, object], place: str) -> None:
    assert not same_event(
        story(**RINA), "V1", story(**other), place, same_reporter=False, directory=DIRECTORY
    )


WEDDING = {"age": 14, "date": "2026-12-05"}


@pytest.mark.parametrize(
    ("kind", "other", "place", "one"),
    [
        ("child_marriage", WEDDING, "V1", True),
        ("child_marriage", WEDDING | {"sex": "F"}, "V1", True),
        ("child_marriage", WEDDING | {"person": "Rina", "sex": "F"}, "V1", True),
        ("child_marriage", WEDDING | {"date": "2026-12-06"}, "V1", True),
        ("child_marriage", WEDDING | {"date": "2026-12-07"}, "V1", False),
        ("child_marriage", WEDDING | {"date": None}, "V1", False),
        # no sex is told: a year more is another child
        ("child_marriage", WEDDING | {"age": 15}, "V1", False),
        ("child_marriage", WEDDING | {"age": None}, "V1", False),
        ("child_marriage", WEDDING | {"people": 2}, "V1", False),
        ("child_marriage", WEDDING, "V2", False),
        ("child_marriage", WEDDING, "G1", False),  # many villages lie there
        # children leave in groups
        ("migration", WEDDING, "V1", False),
    ],
)
def test_a_wedding_is_known_by_its_day_village_and_age(
    kind: str, other: dict[str, object], place: str, one: bool
) -> None:
    told, first = story(kind, **other), story("child_marriage", **WEDDING)
    assert one is same_event(told, place, first, "V1", same_reporter=False, directory=DIRECTORY)
    if one:  # and is looked for where the first has left it
        wanted = clues_of(told, place, "+917000000302", DIRECTORY).wanted
        assert set(wanted) & set(clues_of(first, "V1", "+917000000301", DIRECTORY).kept)


def test_two_reports_of_a_panchayat_without_a_sex_are_two_weddings() -> None:
    told = story("child_marriage", **WEDDING)
    assert not same_event(told, "G1", told, "G1", same_reporter=False, directory=DIRECTORY)


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("migration", "trafficking", True),
        ("missing", "trafficking", True),
        ("abuse", "sos", True),
        ("migration", "support", False),
        ("abuse", "migration", False),
    ],
)
def test_kinds_that_people_use_for_one_event_are_kindred(one: str, other: str, alike: bool) -> None:
    for first, second in ((one, other), (other, one)):
        assert alike is same_event(
            story(first, **RINA),
            "V1",
            story(second, **RINA),
            "V1",
            same_reporter=False,
            directory=DIRECTORY,
        )


def test_who_reported_may_tell_more_in_another_text() -> None:
    more = story(companion="agent", date="2026-12-12")
    first = story(**RINA)
    assert same_event(more, "", first, "V1", same_reporter=True, directory=DIRECTORY)
    assert not same_event(more, "", first, "V1", same_reporter=False, directory=DIRECTORY)


@pytest.mark.parametrize("name", ["Salim", "Selim", "SALIM bhai", "সেলিম", "सलीम", "সালিম"])
def test_spellings_and_scripts_of_an_agents_name_leave_one_clue(name: str) -> None:
    told = story(companion="agent", companion_name=name)
    wanted = story(companion="agent", companion_name="Salim")
    clue = clues_of(told, "", "+917000000301", DIRECTORY).agent
    assert clue == clues_of(wanted, "", "+917000000302", DIRECTORY).agent != ()


def test_a_relatives_name_makes_no_pattern() -> None:
    told = story(companion="relative", companion_name="Salim")
    assert clues_of(told, "", "+917000000301", DIRECTORY).agent == ()


@pytest.mark.parametrize(
    ("before", "after", "new", "gone"),
    [
        ({}, {"age": 15}, (), ()),
        (
            {"sex": "F"},
            {"sex": "F", "age": 15},
            ("near V1 F 15 nameless", "near G1 F 15 nameless"),
            (),
        ),
        (
            {"sex": "F", "age": 15},
            {"sex": "F", "age": 15, "person": "Sabina"},
            ("who sbn", "near V1 F 15 named", "near G1 F 15 named"),
            ("near V1 F 15 nameless", "near G1 F 15 nameless"),
        ),
        ({}, {"destination_code": "DL"}, ("route V1 DL",), ()),
        (
            {"destination_code": "DL"},
            {"destination_code": "KL"},
            ("route V1 KL",),
            ("route V1 DL",),
        ),
        ({"destination_code": "DL"}, {"destination_code": "DL"}, (), ()),
        (
            {"companion_name": "Salim", "companion": "agent"},
            {"companion_name": "Salim", "companion": "relative"},
            (),
            ("agent slm",),
        ),
    ],
)
def test_what_is_told_more_leaves_new_clues_and_takes_back_others(
    before: dict[str, object],
    after: dict[str, object],
    new: tuple[str, ...],
    gone: tuple[str, ...],
) -> None:
    left, leaves = (
        clues_of(story(**told), "V1", "+917000000301", DIRECTORY) for told in (before, after)
    )
    assert leaves.beyond(left).kept == new
    assert left.beyond(leaves).kept == gone


@pytest.mark.parametrize(
    ("other", "kind", "may"),
    [
        (RINA | {"age": 12, "destination_code": "KL", "date": "2026-12-20"}, "migration", True),
        (RINA | {"person": None}, "trafficking", True),
        (RINA | {"person": "Sima"}, "migration", False),
        (RINA | {"sex": "M"}, "migration", False),
        (RINA, "support", False),
    ],
)
def test_a_correction_puts_right_all_but_who_it_is(
    other: dict[str, object], kind: str, may: bool
) -> None:
    assert may_be_one(story(kind, **other), story(**RINA)) is may
