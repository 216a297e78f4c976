"""What is due later, and when."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from gateway.domain.cases import Impossible, Status, Story, moved, why_not_close
from gateway.domain.followups import timers, whom_to_ask
from gateway.domain.ladders import LadderFault, read_ladder
from gateway.domain.triage import KINDS
from gateway.domain.understanding.values import Fields
from gateway.wiring import load_ladder

ZONE = ZoneInfo("Asia/Kolkata")
NOW = datetime(2026, 12, 1, 10, 0, tzinfo=ZONE)
DAYS = (3, 10, 30)


def due(kind: str, **fields: object) -> list[tuple[str, int, datetime]]:
    story = Story(kind, Fields(**fields))  # type: ignore[arg-type]
    return [(t.what, t.step, t.due) for t in timers(story, NOW, DAYS, NOW)]


def test_check_ins_count_from_the_journey() -> None:
    assert due("migration", date="2026-12-12") == [
        ("check_in", 3, datetime(2026, 12, 15, 10, 0, tzinfo=ZONE)),
        ("check_in", 10, datetime(2026, 12, 22, 10, 0, tzinfo=ZONE)),
        ("check_in", 30, datetime(2027, 1, 11, 10, 0, tzinfo=ZONE)),
    ]


def test_a_check_in_whose_day_is_past_is_left_out() -> None:
    assert [step for _, step, _ in due("migration", date="2026-11-25")] == [10, 30]
    assert due("migration", date="2026-10-01") == []


def test_the_24_hours_of_a_child_that_came_back_are_warned_of_three_times_and_end() -> None:
    found = due("returned", age=14)
    assert [(step, at - NOW) for _, step, at in found] == [
        (hours, timedelta(hours=hours)) for hours in (12, 18, 22, 24)
    ]
    assert due("returned", age=30) == []


def test_a_missing_child_goes_to_the_ahtu_after_four_months() -> None:
    assert [(what, step) for what, step, _ in due("missing", age=12)] == [("missing", 120)]
    assert due("missing", age=40) == []


@pytest.mark.parametrize(
    ("reporter", "safe", "opted_out", "taken_by", "whom"),
    [
        ("+917000000301", True, False, 1, "reporter"),
        ("+917000000301", False, False, 1, "taker"),
        ("+917000000301", True, True, 1, "taker"),
        (None, True, False, 1, "taker"),
        ("+917000000301", False, False, None, "nobody"),
    ],
)
def test_the_reporter_is_asked_only_where_that_is_safe_and_wanted(
    reporter: str | None, safe: bool, opted_out: bool, taken_by: int | None, whom: str
) -> None:
    assert whom == whom_to_ask(reporter, safe=safe, opted_out=opted_out, taken_by=taken_by)


# ---------------------------------------------------------------- the state machine


@pytest.mark.parametrize(
    ("status", "event", "after"),
    [
        ("open", "taken", "taken"), ("open", "assigned", "taken"), ("taken", "assigned", "taken"),
        ("taken", "released", "open"), ("open", "closed", "closed"), ("taken", "closed", "closed"),
        ("open", "merged", "closed"), ("closed", "reopened", "open"), ("taken", "noted", "taken"),
        ("closed", "police", "closed"),
    ],
)  # fmt: skip
def test_moves_of_a_case(status: str, event: str, after: str) -> None:
    assert moved(Status(status), event) is Status(after)


@pytest.mark.parametrize(
    ("status", "event", "why"),
    [
        ("taken", "taken", "open"), ("closed", "taken", "closed"),
        ("closed", "assigned", "closed"), ("open", "released", "open"),
        ("closed", "closed", "closed"), ("open", "reopened", "open"),
        ("closed", "merged", "closed"), ("taken", "reopened", "open"),
    ],
)  # fmt: skip
def test_impossible_moves_are_refused_with_the_reason(status: str, event: str, why: str) -> None:
    with pytest.raises(Impossible, match=why):
        moved(Status(status), event)


def test_sexual_abuse_of_a_child_cannot_be_closed_before_the_police_know() -> None:
    story = Story("abuse", Fields(age=13), frozenset({"sexual"}))
    assert "police" in why_not_close(story, police_told=False)
    assert not why_not_close(story, police_told=True)
    assert not why_not_close(Story("abuse", Fields(age=13)), police_told=False)
    adult = Story("abuse", Fields(age=30), frozenset({"sexual"}))
    assert not why_not_close(adult, police_told=False)


# ---------------------------------------------------------------- the ladder's file


GOOD = {
    "repeat": 30,
    "waits": {"urgent": [15, 15, 30], "high": [240], "normal": [2880]},
    "not_village": ["abuse"],
}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"repeat": 0}, "repeat is a whole number"),
        ({"waits": {"urgent": [15]}}, "waits.high is missing"),
        ({"waits": GOOD["waits"] | {"soon": [1]}}, "waits.soon: a priority is one of"),
        ({"waits": GOOD["waits"] | {"high": []}}, "waits.high are whole minutes"),
        ({"waits": GOOD["waits"] | {"high": ["4h"]}}, "waits.high are whole minutes"),
        ({"not_village": ["theft"]}, "theft is no kind"),
        ({"kinds": {"theft": {}}}, "kinds.theft: a kind is one of"),
        ({"kinds": {"abuse": {"urgent": [-5]}}}, "kinds.abuse.urgent are whole minutes"),
        ({"quiet_hours": ["9pm", "7am"]}, "quiet_hours are two times"),
        ({"quiet_hours": ["21:00"]}, "quiet_hours are two times"),
        ({"check_in_days": [10, 3]}, "check_in_days"),
        ({"cluster": 1}, "cluster is a whole number from 2"),
        ({"wait": {}}, "wait is nothing a ladder has"),
    ],
)
def test_mistakes_in_a_ladder_are_explained(change: dict[str, object], told: str) -> None:
    with pytest.raises(LadderFault) as caught:
        read_ladder(GOOD | change, KINDS)
    assert any(told in fault for fault in caught.value.faults), caught.value.faults


def test_all_mistakes_of_a_ladder_are_told_at_once() -> None:
    with pytest.raises(LadderFault) as caught:
        read_ladder({"repeat": 0, "waits": {}}, KINDS)
    assert len(caught.value.faults) == 4


@pytest.mark.parametrize(
    ("at", "then"),
    [
        ("20:59", "20:59"), ("21:00", "07:00"), ("23:30", "07:00"), ("03:00", "07:00"),
        ("06:59", "07:00"), ("07:00", "07:00"), ("12:00", "12:00"),
    ],
)  # fmt: skip
def test_quiet_hours_end_in_the_morning(at: str, then: str) -> None:
    hour, minute = map(int, at.split(":"))
    woken = load_ladder().wake_at(NOW.replace(hour=hour, minute=minute))
    assert woken.strftime("%H:%M") == then
    assert timedelta(0) <= woken - NOW.replace(hour=hour, minute=minute) <= timedelta(hours=10)
