"""Messages understood again after the rules were mended: what changes, and what stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from gateway.domain import growth
from gateway.domain.cases import Story
from gateway.domain.messages import Inbound
from gateway.steps import reparse
from gateway.steps.reparse import ReadAgain
from gateway.store.tables import cases, inbox, timeline
from tests.world import World

RAHIM, MINA, NOOR = "+917000000301", "+917000000302", "+917000000309"
ASHA, BIMAL, RATAN = "+917000000101", "+917000000102", "+917000000201"
LOCKED = "MIG Rina, 16, F, Delhi, 20/12, with her cousin, from Chandipara, they have locked her in a room"
WEDDING = "14 bochorer meyer biye kal rate, Chandipara"
Older = Callable[[Story], Story]


def unread(world: World, text: str, outcome: str = "unsorted", sender: str = RAHIM) -> int:
    """A message that older rules took for no report; its number."""
    message = Inbound("simulator", f"old {text[:30]} {outcome}", sender, "", text)
    with world.database.write() as connection:
        world.parts.inbox.store(connection, [world.parts.inbox.sealed(message, world.now())])
        new = inbox.c.outcome == ""
        connection.execute(update(inbox).where(new).values(outcome=outcome, due_at=None))
        return int(connection.execute(select(func.max(inbox.c.id))).scalar_one())


def read_by_older_rules(world: World, older: Older, urgency: str = "high") -> None:
    """Let the only report, and its case, stand as rules would have left them that read less."""
    parts = world.parts
    with world.database.write() as connection:
        case_id = connection.execute(select(cases.c.id)).scalar_one()
        [(report_id, _, told)] = parts.reports.of_case(connection, case_id)
        parts.reports.tell_report(connection, report_id, older)
        case, _ = parts.cases.read(connection, {case_id}, parts.zone)[case_id]
        grown = growth.grow(
            case, older(told), parts.people.directory(connection), parts.policy,
            at=world.at, now=world.now(),
        )  # fmt: skip
        parts.cases.apply(connection, grown, world.now(), world.now())
        connection.execute(update(cases).values(urgency=urgency))


def looked(world: World, *ids: int) -> list[ReadAgain]:
    return [each for each in reparse.look(world.parts, 0, ids) if each is not None]


def changed(finding: ReadAgain) -> dict[str, object]:
    return {each.what: each.after for each in finding.changes}


def stands(world: World) -> tuple[Story, str, str]:
    """What the only case tells, its priority and who has it."""
    with world.database.read() as connection:
        row = connection.execute(select(cases)).one()
        return world.parts.cases.story(row), row.urgency, row.status


def fired(world: World) -> tuple[str, ...]:
    """The rules that have fired on the only case."""
    with world.database.read() as connection:
        return tuple(connection.execute(select(cases.c.rules)).scalar_one().split())


def less(**known: object) -> Older:
    """The story with these fields, and without any fact."""
    return lambda told: replace(told, fields=replace(told.fields, **known), facts=frozenset())


# ---------------------------------------------------------------- texts taken for none


def test_a_report_that_was_taken_for_none_becomes_a_case_and_wakes_the_committee(
    world: World,
) -> None:
    missed = unread(world, WEDDING)
    unread(world, "shubho sokal didi, kemon achen")
    [found] = looked(world)
    assert (found.id, found.kind, found.urgency) == (missed, "child_marriage", "urgent")
    assert world.heard(ASHA) == [], "looking changes nothing"
    world.at += timedelta(hours=3)
    assert reparse.change(world.parts, missed, "op") == found
    world.work()
    assert world.heard(ASHA)[0].startswith("JORURI")
    assert world.heard(RAHIM) == [], "it is late: who holds the phone now?"
    assert looked(world) == []


def test_days_told_are_counted_from_when_the_text_came(world: World) -> None:
    missed = unread(world, WEDDING)
    world.at += timedelta(days=2)
    reparse.change(world.parts, missed, "op")
    world.work()
    assert stands(world)[0].fields.date == "2026-12-02"


def test_what_failed_again_and_again_is_tried_once_more(world: World) -> None:
    aside = unread(world, "ASK office kokhon khola", outcome="set_aside")
    [found] = looked(world)
    assert (found.id, found.kind) == (aside, "")
    reparse.change(world.parts, aside, "op")
    world.work()
    with world.database.read() as connection:
        outcome = connection.execute(select(inbox.c.outcome)).scalar_one()
    assert outcome == "question"


@pytest.mark.parametrize("how", ["read", "sorted", "by USSD", "erased", "another"])
def test_what_a_person_has_read_or_nobody_may_read_is_left(world: World, how: str) -> None:
    id_ = unread(world, WEDDING)
    other = unread(world, "ki khobor")
    values = {
        "read": {"read_at": 1}, "sorted": {"sorted_as": "support"}, "by USSD": {"channel": "x_ussd"},
        "erased": {"body_sealed": None}, "another": {},
    }[how]  # fmt: skip
    if values:
        with world.database.write() as connection:
            connection.execute(update(inbox).where(inbox.c.id == id_).values(**values))
    assert looked(world, *([other] if how == "another" else [])) == []


# ---------------------------------------------------------------- reports read otherwise


def test_a_report_that_tells_more_raises_its_case_and_alerts_again(world: World) -> None:
    world.text(RAHIM, LOCKED)
    world.work()
    read_by_older_rules(world, less(age=None), "normal")
    for phone in (ASHA, BIMAL, RAHIM):
        world.take_heard(phone)
    [found] = looked(world)
    assert changed(found).items() >= {"age": 16, "confined": True}.items()
    assert (found.before, found.urgency) == ("normal", "urgent")
    assert stands(world)[1] == "normal", "looking changes nothing"
    reparse.change(world.parts, found.id, "op")
    world.work()
    story, urgency, _ = stands(world)
    assert (story.fields.age, "confined" in story.facts, urgency) == (16, True, "urgent")
    assert world.heard(ASHA)[0].startswith("JORURI")
    assert world.heard(RAHIM) == []
    with world.database.read() as connection:
        told = connection.execute(select(timeline.c.event)).scalars().all()
    assert {"reread", "raised"} <= set(told)
    assert looked(world) == [], "once changed it is as it reads"


def test_who_has_the_case_hears_of_it(world: World) -> None:
    world.text(RAHIM, LOCKED)
    world.work()
    world.text(ASHA, "1")
    world.work()
    read_by_older_rules(world, less(age=None), "urgent")
    world.take_heard(ASHA)
    [found] = looked(world)
    reparse.change(world.parts, found.id, "op")
    world.work()
    assert any("16" in each for each in world.heard(ASHA))


def test_a_value_read_wrongly_is_put_right_where_nobody_has_touched_it(world: World) -> None:
    world.text(RAHIM, LOCKED)
    world.work()
    read_by_older_rules(world, lambda told: replace(told, fields=replace(told.fields, age=26)))
    [found] = looked(world)
    assert [(each.what, each.before, each.after) for each in found.changes] == [("age", 26, 16)]
    reparse.change(world.parts, found.id, "op")
    assert stands(world)[0].fields.age == 16


def test_what_its_reporter_has_answered_or_put_right_stands(world: World) -> None:
    world.text(RAHIM, "MIG Rina, 16, F, from Chandipara, they have locked her in a room")
    world.work()
    assert world.heard(RAHIM)[-1], "a question"
    world.text(RAHIM, "sorry wrong, age 12 not 16")
    world.work()
    assert stands(world)[0].fields.age == 12
    assert "age" not in {what for each in looked(world) for what in changed(each)}


def test_priority_is_never_lowered_and_facts_are_never_taken_away(world: World) -> None:
    world.text(RAHIM, "MIG Rina, 16, F, Delhi, 20/12, with her cousin, from Chandipara")
    world.work()

    def more(told: Story) -> Story:
        return replace(told, facts=told.facts | {"danger_now"})

    read_by_older_rules(world, more, "urgent")
    assert looked(world) == []
    assert stands(world)[1] == "urgent"


def test_what_staff_have_lowered_knowing_it_stays_lowered(world: World) -> None:
    world.text(RAHIM, LOCKED)
    world.work()
    known = fired(world)

    def lowered(told: Story) -> Story:
        return replace(less(age=None)(told), judged=frozenset(known))

    read_by_older_rules(world, lowered, "normal")
    [found] = looked(world)
    assert (found.before, found.urgency) == ("normal", "normal"), "as it is shown"
    reparse.change(world.parts, found.id, "op")
    assert stands(world)[1] == "normal", "and as it is"


def test_what_somebody_has_sorted_meanwhile_is_not_changed(world: World) -> None:
    missed = unread(world, WEDDING)
    assert looked(world)
    with world.database.write() as connection:
        assert world.parts.inbox.mark_read(connection, [missed], world.now()) == 1
    assert reparse.change(world.parts, missed, "op") is None


def test_a_closed_case_is_left(world: World) -> None:
    world.text(RAHIM, LOCKED)
    world.work()
    read_by_older_rules(world, less(age=None), "normal")
    with world.database.write() as connection:
        connection.execute(update(cases).values(status="closed"))
    assert looked(world) == []


def test_of_several_reports_one_that_tells_more_only_adds(world: World) -> None:
    world.text(RAHIM, LOCKED)
    world.text(
        NOOR, "Rina of Chandipara, 16, goes to Delhi on 20/12, they have locked her in a room"
    )
    world.work()
    story, _, _ = stands(world)
    with world.database.write() as connection:
        case_id = connection.execute(select(cases.c.id)).scalar_one()
        [(first, _, _), _] = world.parts.reports.of_case(connection, case_id)
        world.parts.reports.tell_report(
            connection, first, lambda told: replace(told, fields=replace(told.fields, age=25))
        )
    assert story.fields.age == 16
    assert looked(world) == [], "which of them is right, a person has to see"
