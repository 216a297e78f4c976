"""Steering cases: what moves, who is told, and that nothing is lost."""

from __future__ import annotations

import re
import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from gateway.domain.cases import Impossible, Story, case_number, serial_of
from gateway.domain.commands import acts
from gateway.domain.messages import Accepted, Later, Receipt, ReceiptState, Refused
from gateway.steps import steer
from gateway.steps.deliver import chase_receipts
from gateway.steps.process import process_waiting
from gateway.store.tables import alerts, cases, outbox, reports, timers
from tests.world import World

RAHIM, MINA, NOOR = "+917000000301", "+917000000302", "+917000000309"
ASHA, BIMAL, CHITRA = "+917000000101", "+917000000102", "+917000000103"
DIPU, RATAN = "+917000000104", "+917000000201"
REPORT = "MIG Rina, 16, F, Delhi, 12/12, agent Salim, from Chandipara"


def opened(world: World, sender: str = RAHIM, text: str = REPORT) -> int:
    """Report; the id of the case."""
    world.text(sender, text)
    world.work()
    reply = next(t for t in world.take_heard(sender) if "No " in t)
    serial = serial_of(reply.split("No ")[1].split(".")[0])
    assert serial is not None
    return serial


def row(world: World, case_id: int) -> object:
    with world.database.read() as connection:
        return connection.execute(select(cases).where(cases.c.id == case_id)).one()


def events(world: World, case_id: int) -> list[str]:
    with world.database.read() as connection:
        return [e.event for e in world.parts.cases.timeline_of(connection, case_id)]


def contact(world: World, phone: str) -> int:
    with world.database.read() as connection:
        found = world.people.directory(connection).with_phone(phone)
    assert found is not None
    return found.id


def test_assigning_gives_the_case_and_asks_nobody_else(world: World) -> None:
    case = opened(world)
    steer.carry_out(world.parts, acts.Assign(case, contact(world, CHITRA)))
    world.work()
    assert row(world, case).taken_by == contact(world, CHITRA)  # type: ignore[attr-defined]
    assert "has been given to you" in world.heard(CHITRA)[0]
    world.at += timedelta(days=2)
    world.tick()
    world.work()
    assert world.heard(BIMAL) == []
    # who was given the case may hand it on
    world.text(CHITRA, "PASS")
    world.work()
    assert row(world, case).status == "open"  # type: ignore[attr-defined]
    assert events(world, case)[-4:] == ["assigned", "passed", "released", "asked"]


def test_closing_ends_alerts_check_ins_and_questions(world: World) -> None:
    case = opened(world)
    steer.carry_out(world.parts, acts.Close(case, "safe"))
    with world.database.read() as connection:
        assert connection.execute(select(timers.c.due_at)).scalars().all() == [None] * 3
        assert set(connection.execute(select(alerts.c.state)).scalars()) == {"over"}
    world.text(RAHIM, "1")
    world.work()
    assert not any("thank you" in text for text in world.heard(RAHIM))
    with pytest.raises(Impossible, match="closed"):
        steer.carry_out(world.parts, acts.Close(case, "safe"))


def test_reopening_asks_the_committee_anew(world: World) -> None:
    case = opened(world)
    world.text(ASHA, "ACK")
    world.work()
    steer.carry_out(world.parts, acts.Close(case, "safe"))
    world.take_heard(ASHA)
    steer.carry_out(world.parts, acts.Reopen(case))
    world.work()
    asked, closed = world.heard(ASHA)  # both wait at once, and alerts go first
    assert "bondho hoyeche" in closed
    assert "ACK" in asked
    assert row(world, case).taken_by is None  # type: ignore[attr-defined]
    with pytest.raises(Impossible, match="open"):
        steer.carry_out(world.parts, acts.Reopen(case))


def test_sexual_abuse_of_a_child_is_closed_only_after_the_police_know(world: World) -> None:
    case = opened(world, text="ABU girl 13, Jelepara, raped by uncle")
    with pytest.raises(Impossible, match="police"):
        steer.carry_out(world.parts, acts.Close(case, "referred"))
    steer.carry_out(world.parts, acts.Told(case, "police", "GD 123"))
    steer.carry_out(world.parts, acts.Close(case, "referred"))
    assert row(world, case).status == "closed"  # type: ignore[attr-defined]


def test_the_committees_clock_stops_when_the_child_was_produced(world: World) -> None:
    case = opened(world, text="RET Rina, 14, F, Chandipara, today")
    steer.carry_out(world.parts, acts.Told(case, "cwc", "12/12"))
    world.at += timedelta(hours=30)
    world.tick()
    with world.database.read() as connection:
        sent = connection.execute(select(outbox.c.template)).scalars().all()
    assert "staff.cwc" not in sent


def test_merging_keeps_both_reports_and_what_they_tell(world: World) -> None:
    first = opened(world)
    other = opened(world, NOOR, "MIG Sima, 15, F, Pune, 14/12, advance 5000, from Chandipara")
    steer.carry_out(world.parts, acts.Merge(other, first))
    merged = row(world, other)
    assert (merged.status, merged.closed_as, merged.merged_into) == ("closed", "duplicate", first)  # type: ignore[attr-defined]
    with world.database.read() as connection:
        (case,) = world.parts.cases.candidates(connection, {first}, b"", world.parts.zone)
        assert len(connection.execute(select(reports)).all()) == 2
    assert "money_taken" in case.story.facts
    assert case.story.fields.person == "Rina"
    # and apart again: each tells what its own report tells
    steer.carry_out(world.parts, acts.Reopen(other))
    with world.database.read() as connection:
        both = world.parts.cases.candidates(connection, {first, other}, b"", world.parts.zone)
    assert [each.story.fields.person for each in both] == ["Sima", "Rina"]
    assert "money_taken" not in both[1].story.facts
    assert row(world, other).status == "open"  # type: ignore[attr-defined]


def test_splitting_makes_one_report_a_case_of_its_own(world: World) -> None:
    case = opened(world)
    again = opened(world, MINA, "MIG Rina, 16, F, Delhi, 12/12, from Chandipara, danger now")
    assert again == case
    world.take_heard(ASHA)
    with world.database.read() as connection:
        (_, (second, _, _)) = world.parts.reports.of_case(connection, case)
    steer.carry_out(world.parts, acts.Split(case, second))
    world.work()
    with world.database.read() as connection:
        new = connection.execute(select(cases.c.id).order_by(cases.c.id.desc())).scalars().first()
    assert new is not None
    assert any(case_number(new) in text for text in world.heard(ASHA))
    with world.database.read() as connection:
        for id_ in (case, new):
            assert len(world.parts.reports.of_case(connection, id_)) == 1
    assert "danger_now" not in story_facts(world, case)
    assert "danger_now" in story_facts(world, new)
    with pytest.raises(Impossible, match="only_report"):
        steer.carry_out(world.parts, acts.Split(case, second))


def story_facts(world: World, case: int) -> frozenset[str]:
    with world.database.read() as connection:
        found = world.parts.cases.candidates(connection, {case}, b"", world.parts.zone)
    return found[0].story.facts


def test_a_case_that_was_reopened_and_parted_has_its_check_ins(world: World) -> None:
    case = opened(world)
    assert opened(world, MINA, REPORT.replace("MIG", "TRF")) == case
    steer.carry_out(world.parts, acts.Close(case, "safe"))
    steer.carry_out(world.parts, acts.Reopen(case))
    with world.database.read() as connection:
        told = world.parts.reports.of_case(connection, case)
    (second,) = (id_ for id_, _, story in told if story.kind == "trafficking")
    steer.carry_out(world.parts, acts.Split(case, second))
    with world.database.read() as connection:
        due = select(timers.c.due_at).where(timers.c.case_id == case, timers.c.what == "check_in")
        assert [each is not None for each in connection.execute(due).scalars()] == [True] * 3


def test_who_is_kept_out_of_a_case_hears_no_more_of_it(world: World) -> None:
    case = opened(world)
    world.text(ASHA, "ACK")
    world.work()
    world.take_heard(ASHA)
    steer.carry_out(world.parts, acts.Exclude(case, contact(world, ASHA)))
    world.work()
    assert row(world, case).taken_by is None  # type: ignore[attr-defined]
    assert any("ACK" in text for text in world.heard(BIMAL))
    assert world.heard(ASHA) == []
    with pytest.raises(Impossible, match="kept_out"):
        steer.carry_out(world.parts, acts.Assign(case, contact(world, ASHA)))


# ---------------------------------------------------------------- the second channel


def test_an_alert_that_is_refused_goes_by_the_other_channel(world: World) -> None:
    other = world.second_channel()
    world.phones.answer = lambda m: Refused("30005", "unknown") if m.to == ASHA else Accepted(m.id)
    case = opened(world)
    assert [m.to for m in other.sent] == [ASHA]
    assert "other_channel" in events(world, case)
    assert world.heard(BIMAL) == []  # she has been reached: nobody climbs
    world.text(ASHA, "ACK")
    world.work()
    assert row(world, case).taken_by == contact(world, ASHA)  # type: ignore[attr-defined]


def test_an_alert_that_both_channels_refuse_climbs(world: World) -> None:
    other = world.second_channel()
    other.answer = lambda _: Refused("30005", "unknown")
    world.phones.answer = lambda m: Refused("30005", "unknown") if m.to == ASHA else Accepted(m.id)
    opened(world)
    assert len(other.sent) == 1
    assert any("ACK" in text for text in world.heard(BIMAL))


def test_an_urgent_alert_that_is_put_off_for_five_minutes_goes_by_the_other_channel(
    world: World,
) -> None:
    other = world.second_channel()
    world.phones.answer = lambda m: Later("20429", "busy") if m.to == CHITRA else Accepted(m.id)
    opened(world, text="TRF Tumpa, 15, F, from Chandipara, Mumbai, today, agent, danger now")
    for _ in range(4):
        world.at += timedelta(minutes=1)
        world.work()
    assert other.sent == []
    for _ in range(5):
        world.at += timedelta(minutes=1)
        world.work()
    assert [m.to for m in other.sent] == [CHITRA]


URGENT = "TRF Tumpa, 15, F, from Chandipara, Mumbai, today, agent, danger now"


def pass_minutes(world: World, minutes: int) -> None:
    world.at += timedelta(minutes=minutes)
    world.tick()
    world.work()


def test_an_urgent_alert_without_any_receipt_also_goes_by_the_other_channel_once(
    world: World,
) -> None:
    other = world.second_channel()
    case = opened(world, text=URGENT)
    (first,) = [m for m in world.phones.sent if m.to == CHITRA]
    pass_minutes(world, 4)
    assert other.sent == []
    pass_minutes(world, 1)
    (second,) = other.sent
    assert (second.to, second.text) == (first.to, first.text)
    assert "other_channel" in events(world, case)
    pass_minutes(world, 9)
    assert len(other.sent) == 1
    assert len(world.heard(CHITRA)) == 1
    # the other channel took it: nobody above is asked before the rung's time is over
    assert len([e for e in events(world, case) if e == "asked"]) == 1
    world.text(CHITRA, "ACK")
    world.work()
    assert row(world, case).taken_by == contact(world, CHITRA)  # type: ignore[attr-defined]


@pytest.mark.parametrize("state", [ReceiptState.SENT, ReceiptState.DELIVERED])
def test_a_receipt_tells_that_the_other_channel_is_not_needed(
    world: World, state: ReceiptState
) -> None:
    other = world.second_channel()
    opened(world, text=URGENT)
    (first,) = [m for m in world.phones.sent if m.to == CHITRA]
    world.receive.receipt(Receipt("simulator", f"p-{first.id}", state))
    world.work()
    pass_minutes(world, 6)
    assert other.sent == []


def test_a_receipt_that_says_no_more_than_accepted_tells_nothing(world: World) -> None:
    other = world.second_channel()
    opened(world, text=URGENT)
    (first,) = [m for m in world.phones.sent if m.to == CHITRA]
    world.receive.receipt(Receipt("simulator", f"p-{first.id}", ReceiptState.ACCEPTED))
    world.work()
    pass_minutes(world, 5)
    assert [m.to for m in other.sent] == [CHITRA]


@pytest.mark.parametrize("answer", ["ACK", "PASS"])
def test_what_is_answered_does_not_go_by_the_other_channel(world: World, answer: str) -> None:
    other = world.second_channel()
    opened(world, text=URGENT)
    pass_minutes(world, 4)
    world.text(CHITRA, answer)
    world.at += timedelta(minutes=1)
    # what came in before the clock looked counts
    world.work()
    world.tick()
    world.work()
    assert CHITRA not in [m.to for m in other.sent]


def test_who_answers_before_the_second_channel_has_sent_has_heard_by_the_first(
    world: World,
) -> None:
    other = world.second_channel()
    other.answer = lambda _: Later("busy", "busy")
    case = opened(world, text=URGENT)
    pass_minutes(world, 5)
    world.text(CHITRA, "ACK")
    world.work()
    assert row(world, case).taken_by == contact(world, CHITRA)  # type: ignore[attr-defined]
    tried = len(other.sent)
    pass_minutes(world, 10)
    assert len(other.sent) == tried


def test_neither_what_can_wait_nor_a_channel_without_receipts_is_sent_twice(world: World) -> None:
    other = world.second_channel()
    opened(world)  # high, not urgent
    pass_minutes(world, 10)
    assert other.sent == []
    world.phones.sends_receipts = False
    opened(world, NOOR, URGENT)
    pass_minutes(world, 10)
    assert other.sent == []


def test_two_clocks_send_by_the_other_channel_once(world: World) -> None:
    other = world.second_channel()
    for n in range(8):
        opened(world, f"+9170000004{n:02}", URGENT.replace("15", str(10 + n)))
    asked = [m for m in world.phones.sent if "ACK" in m.text]
    world.at += timedelta(minutes=5)
    start = threading.Barrier(2)

    def look() -> None:
        start.wait()
        chase_receipts(world.parts)

    threads = [threading.Thread(target=look) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    world.work()
    assert len(other.sent) == len(asked) > 1


def test_what_is_done_late_is_done_once_and_says_so(world: World) -> None:
    case = opened(world, text="TRF Tumpa, 15, F, from Chandipara, Mumbai, today, agent")
    world.at += timedelta(minutes=75)  # nothing ran for an hour after the first rung's time
    for _ in range(3):
        world.tick()
        world.work()
    with world.database.read() as connection:
        told = [
            e.detail for e in world.parts.cases.timeline_of(connection, case) if e.event == "asked"
        ]
        rungs = connection.execute(select(alerts.c.rung, alerts.c.round)).all()
    assert len(rungs) == len(set(rungs)) == 2
    assert told[1].endswith("late 60 min")


def test_after_standing_still_what_came_in_time_counts(world: World) -> None:
    case = opened(world, text="TRF Tumpa, 15, F, from Chandipara, Mumbai, today, agent")
    world.take_heard(RAHIM)
    world.at += timedelta(minutes=10)
    world.text(CHITRA, "ACK")  # in time, but nothing works for more than a day
    world.text(RAHIM, "2")
    world.at += timedelta(hours=30)
    world.tick()
    world.work()
    assert row(world, case).taken_by == contact(world, CHITRA)  # type: ignore[attr-defined]
    assert "answered" in events(world, case)
    with world.database.read() as connection:
        assert len(connection.execute(select(alerts)).all()) == 1


def says(world: World, phone: str, text: str) -> list[str]:
    """Text as somebody; all that reaches that phone then."""
    world.take_heard(phone)
    world.text(phone, text)
    world.work()
    return world.take_heard(phone)


def test_a_deputy_who_is_kept_out_hears_neither_the_alert_nor_the_number(world: World) -> None:
    held, asked = opened(world), opened(world, MINA, REPORT.replace("Rina", "Sima"))
    says(world, ASHA, f"ACK {case_number(held)}")
    for case in (held, asked):
        steer.carry_out(world.parts, acts.Exclude(case, contact(world, DIPU)))
    (own,) = says(world, ASHA, "AWAY 2d @dipu")
    assert case_number(held) in own
    assert not [
        t for t in world.take_heard(DIPU) if case_number(held) in t or case_number(asked) in t
    ]
    # and the one that Asha was only asked on is asked of the next rung
    assert case_number(asked) in world.heard(BIMAL)[0]


def test_a_deputy_who_has_passed_already_is_not_asked_again(world: World) -> None:
    case = opened(world)
    steer.carry_out(world.parts, acts.Assign(case, contact(world, DIPU)))
    says(world, DIPU, f"PASS {case_number(case)}")
    world.take_heard(BIMAL)
    assert says(world, BIMAL, "AWAY 2d @dipu")
    assert not [text for text in world.take_heard(DIPU) if text.startswith(case_number(case))]
    assert case_number(case) in world.heard(CHITRA)[0]


def test_who_goes_away_after_the_climb_has_passed_them_asks_and_tells_nobody(world: World) -> None:
    case = opened(world)
    for _ in range(16):
        world.at += timedelta(hours=12)
        world.tick()
        world.work()
    for staff in ("+917000000201", "+917000000202"):
        says(world, staff, f"PASS {case_number(case)}")
    # nobody on the last rung is asked still
    assert events(world, case)[-3:] == ["unanswered", "passed", "passed"]
    world.phones.sent.clear()
    says(world, ASHA, "AWAY 2d @dipu")
    told = [message.text for message in world.phones.sent]
    assert not [text for text in told if case_number(case) in text]
    assert events(world, case)[-4:] == ["unanswered", "passed", "passed", "passed"]


#: two reports of one event; Mina's is asked of afterwards
SIMA = "MIS girl 15 from Chandipara, today"


def parted(world: World) -> tuple[int, int]:
    """The case of two reports, and the one that Mina's has become, with its question still open."""
    case = opened(world, text=SIMA)
    assert opened(world, MINA, f"{SIMA}, blue dress") == case
    steer.carry_out(world.parts, acts.Split(case))
    with world.database.read() as connection:
        new = connection.execute(select(cases.c.id).order_by(cases.c.id.desc())).scalars().first()
    assert new is not None
    assert new != case
    return case, new


def told(world: World, case_id: int) -> Story:
    with world.database.read() as connection:
        return world.parts.cases.read(connection, {case_id}, world.parts.zone)[case_id][0].story


def test_an_answer_is_of_the_case_that_its_report_was_parted_into(world: World) -> None:
    case, new = parted(world)
    # the number that she knows goes on being hers
    world.text(MINA, f"{case_number(case)} 1")  # it is safe to write to her
    world.work()
    assert world.take_heard(MINA)[-1].startswith(f"{case_number(case)}: ")
    world.text(MINA, "Bapi")
    world.work()
    assert told(world, new).fields.person == "Bapi"
    assert told(world, case).fields.person is None
    assert events(world, new)[-2:] == ["answered", "answered"]
    assert "answered" not in events(world, case)


def test_who_was_parted_asks_how_it_goes_by_the_number_and_word_that_they_were_told(
    world: World,
) -> None:
    case, new = parted(world)
    for text in ("1", "0"):
        world.text(MINA, text)
        world.work()
    done = world.take_heard(MINA)[-1]
    number, word = re.search(r"STATUS (\d+) (\w+)", done, re.ASCII).groups()  # type: ignore[union-attr]
    assert number == case_number(case)
    steer.carry_out(world.parts, acts.Close(new, "safe"))
    world.text(NOOR, f"STATUS {number} {word}")
    world.work()
    assert "closed" in world.take_heard(NOOR)[-1]


def test_a_question_ends_with_the_case_of_its_report(world: World) -> None:
    case, new = parted(world)
    steer.carry_out(world.parts, acts.Close(case, "safe"))
    world.text(MINA, "1")
    world.work()
    assert "answered" in events(world, new)
    steer.carry_out(world.parts, acts.Close(new, "safe"))
    world.text(MINA, "Bapi")
    world.work()
    assert told(world, new).fields.person is None


def test_an_answer_that_is_worked_on_with_the_parting_sees_it(world: World) -> None:
    for text in ("PIN 9035", "537"):
        world.text(RATAN, text)
        world.work()
    case = opened(world, text=SIMA)
    assert opened(world, MINA, f"{SIMA}, blue dress") == case
    world.text(RATAN, f"DUP {case_number(case)} SPLIT 9035")
    world.work()
    world.text(RATAN, "537")
    world.text(MINA, "1")
    world.text(MINA, "Bapi")
    process_waiting(world.parts)
    assert told(world, case).fields.person is None
    with world.database.read() as connection:
        new = connection.execute(select(func.max(cases.c.id))).scalar_one()
    assert told(world, new).fields.person == "Bapi"
