"""What could not be sorted waits for a person, who files it or lays it aside."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from gateway.domain.cases import case_number
from gateway.store.tables import cases, inbox
from tests.world import World

RAHIM, ASHA, RATAN = "+917000000301", "+917000000101", "+917000000201"


def waiting(world: World) -> list[tuple[str, str]]:
    with world.database.read() as connection:
        return [(each.outcome, each.text) for each in world.parts.inbox.unread(connection, most=50)]


def only(world: World) -> int:
    with world.database.read() as connection:
        (each,) = world.parts.inbox.unread(connection, most=50)
        return each.id


def sort(world: World, id_: int, kind: str) -> bool:
    with world.database.write() as connection:
        return world.parts.inbox.sort(connection, id_, kind, world.now())


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("shubho sokal dada", "unsorted"),
        ("apnader office kokhon khola thake?", "question"),
    ],
)
def test_what_is_no_report_waits_for_a_person(world: World, text: str, outcome: str) -> None:
    world.text(RAHIM, text)
    world.work()
    assert waiting(world) == [(outcome, text)]


def test_what_answers_no_open_question_waits_too(world: World) -> None:
    world.text(RAHIM, "MIG Rina, 16, F, from Chandipara")
    world.work()
    world.text(RAHIM, "shubho sokal dada")
    world.work()
    assert waiting(world) == [("unclear", "shubho sokal dada")]


@pytest.mark.parametrize(
    ("texts", "outcome"),
    [
        (["shubho sokal dada"], "unclear"),
        (["shubho sokal dada", "kemon achen", "bhalo thakben"], "unsorted"),
        (["sorry wrong, age 12 not 16"], "answered_more"),
    ],
)
def test_a_text_that_came_in_place_of_an_answer_tells_its_case(
    world: World, texts: list[str], outcome: str
) -> None:
    world.text("+917000000309", "apnader office kokhon khola thake?")
    world.work()
    world.text(RAHIM, "MIG Rina, 16, F, from Chandipara")
    world.work()
    for text in texts:
        world.text(RAHIM, text)
        world.work()
    with world.database.read() as connection:
        question, *told = world.parts.inbox.unread(connection, most=50)
    assert (question.outcome, question.case) == ("question", "")
    assert (told[-1].outcome, told[-1].text) == (outcome, texts[-1])
    assert {each.case for each in told} == {case_number(1)}


def test_what_was_understood_waits_for_nobody(world: World) -> None:
    world.text(RAHIM, "MIS Sonai, 9, F, Chandipara, today")
    world.work()
    world.text(RAHIM, "2")
    world.text(ASHA, "ACK")
    world.text("+917000000302", "STOP")
    world.work()
    assert waiting(world) == []


def test_a_text_that_is_filed_becomes_a_case_as_if_it_had_been_understood(world: World) -> None:
    world.text(RAHIM, "shubho sokal dada, Chandipara te ekta kotha chhilo")
    world.work()
    world.take_heard(RAHIM)
    assert world.heard(ASHA) == []
    id_ = only(world)
    assert sort(world, id_, "missing")
    assert not sort(world, id_, "abuse"), "it waits no more"
    world.work()
    with world.database.read() as connection:
        (case,) = connection.execute(select(cases)).all()
        row = connection.execute(select(inbox).where(inbox.c.id == id_)).one()
    assert (case.kind, case.place_code) == ("missing", "V1")
    assert (row.outcome, row.sorted_as) == ("report", "missing")
    assert case.number in world.heard(ASHA)[0]
    assert waiting(world) == []
    assert world.heard(RAHIM) == [], "it is late, and nobody knows who holds the phone now"


def test_who_has_said_that_it_is_safe_hears_the_number_of_what_was_filed(world: World) -> None:
    world.text(RAHIM, "shubho sokal dada, Chandipara te ekta kotha chhilo")
    world.work()
    world.take_heard(RAHIM)
    with world.database.write() as connection:
        index = connection.execute(select(inbox.c.sender_index)).scalar_one()
        world.parts.prompts.set_safe(connection, bytes(index), safe=True)
    assert sort(world, only(world), "missing")
    world.work()
    with world.database.read() as connection:
        number = connection.execute(select(cases.c.number)).scalar_one()
    assert number in world.heard(RAHIM)[0]


def test_a_members_text_that_is_filed_is_no_command_any_more(world: World) -> None:
    world.text(RAHIM, "MIS Sonai, 9, F, Chandipara, today")
    world.work()
    with world.database.read() as connection:
        number = connection.execute(select(cases.c.number)).scalar_one()
    world.text(ASHA, f"ACK {number}")
    with world.database.write() as connection:
        row = inbox.update().where(inbox.c.outcome == "")
        connection.execute(row.values(outcome="set_aside", due_at=None))
    assert sort(world, only(world), "missing")
    world.work()
    with world.database.read() as connection:
        rows = connection.execute(select(cases.c.number, cases.c.taken_by)).all()
    assert [row.taken_by for row in rows if row.number == number] == [None]
    assert waiting(world) == []


def test_days_are_read_as_of_when_it_came_and_hours_counted_from_now(world: World) -> None:
    text = "shubho sokal dada, Rina 16 Chandipara theke 5 din por Delhi jabe, agent"
    world.text(RAHIM, text)
    with world.database.write() as connection:  # as if it had not been understood
        connection.execute(inbox.update().values(outcome="unsorted", due_at=None))
    came = world.at
    world.at += timedelta(days=5)
    assert sort(world, only(world), "migration")
    world.work()
    with world.database.read() as connection:
        (case,) = connection.execute(select(cases)).all()
    assert (
        world.parts.cases.story(case).fields.date == (came + timedelta(days=5)).date().isoformat()
    )
    assert "O6" in case.rules.split()
    assert case.urgency == "urgent"


def test_what_is_read_is_laid_aside(world: World) -> None:
    world.text(RAHIM, "shubho sokal dada")
    world.work()
    id_ = only(world)
    with world.database.write() as connection:
        assert world.parts.inbox.mark_read(connection, [id_, id_ + 1], world.now()) == 1
    assert waiting(world) == []
    assert not sort(world, id_, "missing")


def test_an_answer_with_more_in_it_is_an_answer_and_waits_for_a_person(world: World) -> None:
    world.text(RAHIM, "MIS Sonai, 9, F, Chandipara, today")
    world.work()
    world.take_heard(RAHIM)
    more = "no, my husband has this phone and he is with them"
    world.text(RAHIM, more)
    world.work()
    assert world.heard(RAHIM) == [], "it is not safe: not even thanks"
    assert waiting(world) == [("answered_more", more)]
    with world.database.read() as connection:
        (told,) = world.parts.inbox.unread(connection, most=50)
    assert told.case == case_number(1)


def test_what_came_by_ussd_is_not_filed_again(world: World) -> None:
    world.text(RAHIM, "shubho sokal dada")
    world.work()
    with world.database.write() as connection:
        connection.execute(inbox.update().values(channel="simulator_ussd"))
    assert not sort(world, only(world), "missing"), "an SMS would follow"


def told_of_unread(world: World, phone: str) -> list[str]:
    return [text for text in world.take_heard(phone) if "safetynet inbox" in text]


def test_staff_are_told_by_day_and_once_in_some_hours_that_perhaps_a_report_waits(
    world: World,
) -> None:
    world.at = world.at.replace(hour=22)
    world.text(RAHIM, "shubho sokal dada")
    world.work()
    world.tick()
    world.at += timedelta(hours=10)
    world.tick()
    world.work()
    assert told_of_unread(world, RATAN) == [], "chatter waits for the summary"
    with world.database.write() as connection:
        connection.execute(inbox.update().values(outcome="unsure"))
    world.at = world.at.replace(hour=22)
    world.tick()
    world.work()
    assert told_of_unread(world, RATAN) == [], "nobody is woken"
    world.at += timedelta(hours=10, minutes=5)
    for _ in range(3):
        world.tick()
        world.work()
    (told,) = told_of_unread(world, RATAN)
    assert "read at the office: 1." in told
    assert told_of_unread(world, ASHA) == []
    world.at += timedelta(hours=5)
    world.tick()
    world.work()
    assert told_of_unread(world, RATAN) == [], "nothing new has come"
    with world.database.write() as connection:
        world.parts.inbox.mark_read(connection, [1], world.now())
    world.at += timedelta(hours=5)
    world.tick()
    world.work()
    assert told_of_unread(world, RATAN) == []
