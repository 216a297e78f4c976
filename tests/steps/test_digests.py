"""The daily and weekly summaries: once each, to whoever wants them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from gateway.store.engine import Database
from gateway.store.sealing import Keyring
from tests.world import ZONE, World

RAHIM, ASHA, FATEMA = "+917000000301", "+917000000101", "+917000000105"
RATAN, SULEKHA = "+917000000201", "+917000000202"
#: a Sunday
SUNDAY = datetime(2026, 11, 29, 10, 0, tzinfo=ZONE)


@pytest.fixture
def week(database: Database, keys: Keyring) -> Iterator[World]:
    """A gateway with one case of Chandipara, on a Sunday, whose summaries are on."""
    world = World(database, keys, digests=True)
    world.at = SUNDAY
    world.tick()  # Sunday's own summary
    world.text(RAHIM, "MIG Rina, 16, F, Delhi, 12/12, agent Salim, from Chandipara")
    world.work()
    world.phones.sent.clear()
    yield world
    world.close()


def digests(world: World, phone: str) -> list[str]:
    return [text for text in world.take_heard(phone) if "OPEN" in text]


def look(world: World, at: datetime) -> None:
    world.at = at
    world.tick()
    world.work()


def test_staff_get_theirs_every_day_and_committees_on_monday_where_there_is_something(
    week: World,
) -> None:
    monday = SUNDAY + timedelta(days=1)
    look(week, monday.replace(hour=7, minute=59))
    assert digests(week, RATAN) == []
    look(week, monday.replace(hour=8))
    for phone in (RATAN, SULEKHA):
        (told,) = digests(week, phone)
        assert told.startswith("30/11: OPEN1 U0 H1 N0 NEW1 LATE1 DUE0.")
    (member,) = digests(week, ASHA)
    assert "OPEN1 U0 H1 N0 NEW1" in member
    assert digests(week, FATEMA) == [], "there is nothing in Fatema's places"
    look(week, monday + timedelta(days=1))
    assert len(digests(week, RATAN)) == 1
    assert digests(week, ASHA) == []


def test_a_summary_is_made_once_a_day_also_after_standing_still(week: World) -> None:
    for hour in (11, 11, 12, 20):
        look(week, (SUNDAY + timedelta(days=1)).replace(hour=hour))
    assert len(digests(week, RATAN)) == 1


def test_who_does_not_want_it_gets_none(week: World) -> None:
    week.text(RATAN, "DIGEST OFF")
    week.work()
    look(week, SUNDAY + timedelta(days=1))
    assert digests(week, RATAN) == []
    assert len(digests(week, SULEKHA)) == 1
    week.text(RATAN, "DIGEST ON")
    week.work()
    look(week, SUNDAY + timedelta(days=2))
    assert len(digests(week, RATAN)) == 1


def test_staff_are_told_how_much_waits_to_be_read(week: World) -> None:
    week.text(RAHIM, "shubho sokal dada")
    week.work()
    look(week, SUNDAY + timedelta(days=1))
    (told,) = digests(week, RATAN)
    (member,) = digests(week, ASHA)
    assert "DUE0 UNREAD1." in told
    assert "UNREAD" not in member
