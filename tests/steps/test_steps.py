"""The steps on both databases: what each promises when things go wrong."""

from __future__ import annotations

import dataclasses
import threading
import time
from datetime import timedelta

from sqlalchemy import func, select, update

from gateway import demo
from gateway.domain.cases import case_number
from gateway.domain.contacts import Contact
from gateway.domain.messages import (
    Accepted,
    Inbound,
    Later,
    Outbound,
    Priority,
    Receipt,
    ReceiptState,
    Refused,
    Unknown,
)
from gateway.domain.templates import Catalogue
from gateway.gazetteer import reference_places
from gateway.steps.deliver import Deliver
from gateway.steps.process import process_waiting
from gateway.steps.receive import Receive
from gateway.store.inbox import MOST_ATTEMPTS
from gateway.store.people import People
from gateway.store.tables import alerts, cases, contacts, inbox, outbox, reports, timeline
from tests.world import World

REPORTER = "+917000000301"
ASHA, BIMAL, JOBA = "+917000000101", "+917000000102", "+917000000120"
MIG = "MIG Rina, 16, F, Delhi, 12/12, agent Salim, from Chandipara"
#: no two sound alike
NAMES = [
    "Rina",
    "Sima",
    "Mamoni",
    "Tumpa",
    "Kajol",
    "Bulti",
    "Parul",
    "Jhuma",
    "Laboni",
    "Nasima",
    "Dipali",
    "Ganga",
    "Hasina",
    "Ruksana",
    "Tagori",
    "Piyali",
    "Chandana",
    "Moushumi",
    "Salma",
    "Fatima",
]
URGENT = "TRF Rina, 15, F, from Chandipara, Delhi, 12/12, agent Salim, danger now"


def count(world: World, table: object) -> int:
    with world.database.read() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()  # type: ignore[arg-type]


def report(
    world: World, text_: str = "MIG Rina, 16, F, Delhi, 12/12, domestic work, agent Salim"
) -> None:
    world.text(REPORTER, text_)


def replies(world: World) -> list[str]:
    """What the reporter heard, without the questions."""
    return [text for text in world.heard(REPORTER) if text.startswith("Received")]


def test_a_report_becomes_one_case_with_its_alerts_and_one_reply(world: World) -> None:
    report(world)
    world.work()
    assert count(world, cases) == count(world, reports) == 1
    assert count(world, alerts) >= 1
    (reply,) = replies(world)
    with world.database.read() as connection:
        number = connection.execute(select(cases.c.number)).scalar_one()
    assert number in reply


def test_a_text_that_came_three_times_is_one_report_with_two_receipts(world: World) -> None:
    for _ in range(3):
        world.text(REPORTER, MIG)
    world.work()  # in one batch
    world.at += timedelta(minutes=9)
    world.text(REPORTER, MIG)
    world.work()
    assert len([text for text in world.heard(REPORTER) if "Received" in text]) == 2
    with world.database.read() as connection:
        assert len(connection.execute(select(reports)).all()) == 1
        outcomes = connection.execute(select(inbox.c.outcome).order_by(inbox.c.id)).scalars().all()
    assert outcomes == ["report", "repeated", "repeated", "repeated"]
    # another phone's is another report, and so is the same words' after a while
    world.text("+917000000302", MIG)
    world.at += timedelta(hours=1)
    world.text(REPORTER, MIG)
    world.work()
    with world.database.read() as connection:
        assert len(connection.execute(select(reports)).all()) == 3


def test_a_members_words_mean_something_each_time(world: World) -> None:
    world.text(REPORTER, MIG)
    world.work()
    for _ in range(3):
        world.text("+917000000101", "ok I will go")
        world.work()
    assert len([text for text in world.heard("+917000000101") if "opekkhay" in text]) == 3


def test_no_name_number_or_text_of_a_report_stands_in_any_table(world: World) -> None:
    report(world)
    world.work()
    with world.database.read() as connection:
        everything = b""
        for table in (inbox, reports, cases, timeline, outbox, alerts):
            for row in connection.execute(select(table)).all():
                for value in row:
                    everything += value if isinstance(value, bytes) else str(value).encode()
    for personal in (b"Rina", b"Salim", b"7000000301", b"7000000101"):
        assert personal not in everything


def test_the_public_reply_says_nothing_of_the_report(world: World) -> None:
    report(world)
    world.work()
    (reply,) = replies(world)
    for word in ("Rina", "Delhi", "Salim", "migration", "MIG", "child"):
        assert word.lower() not in reply.lower()


def test_when_effects_cannot_be_committed_nothing_of_them_stays(world: World) -> None:
    report(world)
    with world.database.write() as connection:
        connection.exec_driver_sql("ALTER TABLE outbox RENAME TO outbox_away")
    assert process_waiting(world.parts) == 1
    assert count(world, cases) == count(world, reports) == count(world, timeline) == 0
    with world.database.write() as connection:
        connection.exec_driver_sql("ALTER TABLE outbox_away RENAME TO outbox")
    world.at += timedelta(minutes=2)
    world.work()
    assert count(world, cases) == 1


class BrokenFor:
    """A catalogue that cannot render one template: stands for any bug in processing."""

    def __init__(self, catalogue: Catalogue, template: str) -> None:
        self._catalogue = catalogue
        self._template = template

    def render(self, key: str, language: str, **params: object) -> str:
        if key == self._template:
            raise RuntimeError("a bug")
        return self._catalogue.render(key, language, **params)


def test_a_message_that_always_fails_is_set_aside_and_holds_up_no_other(world: World) -> None:
    broken = BrokenFor(world.parts.catalogue, "report.unsorted")
    parts = dataclasses.replace(world.parts, catalogue=broken)  # type: ignore[arg-type]
    world.text("+917000000302", "good morning to you")
    report(world)
    process_waiting(parts)
    assert count(world, cases) == 1
    for _ in range(MOST_ATTEMPTS):
        world.at += timedelta(hours=1)
        process_waiting(parts)
    with world.database.read() as connection:
        outcomes = connection.execute(select(inbox.c.outcome).order_by(inbox.c.id)).scalars().all()
    assert outcomes == ["set_aside", "report"]
    world.at += timedelta(hours=1)
    assert process_waiting(parts) == 0


def test_a_damaged_row_is_set_aside_and_holds_up_no_other(world: World) -> None:
    world.text("+917000000302", "good morning to you")
    with world.database.write() as connection:
        connection.execute(update(inbox).values(body_sealed=b"\x01" + bytes(40)))
    report(world)
    world.work()
    assert count(world, cases) == 1
    with world.database.read() as connection:
        outcomes = connection.execute(select(inbox.c.outcome).order_by(inbox.c.id)).scalars().all()
    assert outcomes == ["unreadable", "report"]


DAMAGED = b"\x01" + bytes(40)


def test_a_damaged_message_holds_up_no_other_that_is_to_leave(world: World) -> None:
    report(world, URGENT)
    world.text("+917000000302", "hello")
    process_waiting(world.parts)
    with world.database.write() as connection:
        urgent = select(outbox.c.id).order_by(outbox.c.priority, outbox.c.id).limit(1)
        connection.execute(
            update(outbox)
            .where(outbox.c.id == connection.execute(urgent).scalar_one())
            .values(body_sealed=DAMAGED)
        )
    world.deliver.drain()
    with world.database.read() as connection:
        states = list(connection.execute(select(outbox.c.state)).scalars())
    assert states.count("undelivered") == 1
    assert states.count("accepted") == len(world.phones.sent) > 1
    assert "sending" not in states
    assert world.heard("+917000000302")


def damage(world: World, template: str) -> None:
    """Damage the texts of this template that are kept."""
    with world.database.write() as connection:
        mine = update(outbox).where(outbox.c.template == template)
        assert connection.execute(mine.values(body_sealed=DAMAGED)).rowcount


def test_an_alert_that_was_damaged_before_it_left_is_asked_of_the_next_at_once(
    world: World,
) -> None:
    second = world.second_channel()
    world.text(REPORTER, MIG)
    process_waiting(world.parts)
    damage(world, "alert.high")
    world.work()
    assert world.heard(ASHA) == second.sent == []
    (told,) = world.heard(BIMAL)
    assert case_number(1) in told
    with world.database.read() as connection:
        events = [each.event for each in world.parts.cases.timeline_of(connection, 1)]
        state = connection.execute(select(alerts.c.state).order_by(alerts.c.asked_at)).scalars()
        assert list(state) == ["undelivered", "asked"]
    assert events == ["opened", "asked", "undelivered", "asked"]
    world.tick()
    world.work()
    assert len(world.heard(BIMAL)) == 1


def test_who_is_asked_beside_a_damaged_alert_goes_on_being_asked(world: World) -> None:
    world.people.put_contacts([Contact("Joba", JOBA, "member", "V1", alias="joba")])
    world.text(REPORTER, MIG)
    process_waiting(world.parts)
    with world.database.write() as connection:
        asha = select(contacts.c.id).where(contacts.c.alias == "asha").scalar_subquery()
        hers = update(outbox).where(outbox.c.contact_id == asha)
        assert connection.execute(hers.values(to_sealed=DAMAGED)).rowcount
    world.work()
    assert world.heard(ASHA) == world.heard(BIMAL) == []
    assert len(world.heard(JOBA)) == 1


def test_a_damaged_alert_that_cannot_arrive_is_asked_of_the_next_at_once(world: World) -> None:
    """It left, and by the receipt did not arrive: its text cannot go by the other channel."""
    world.second_channel()
    report(world, MIG)
    world.work()
    damage(world, "alert.high")
    (message,) = (m for m in world.phones.sent if m.to == ASHA)
    gone = Receipt("simulator", f"p-{message.id}", ReceiptState.UNDELIVERED)
    world.receive.receipt(gone)
    world.work()
    assert len(world.heard(BIMAL)) == 1


def test_a_damaged_alert_of_which_no_receipt_comes_keeps_no_other_from_being_chased(
    world: World,
) -> None:
    second = world.second_channel()
    report(world, URGENT)
    world.text("+917000000302", "TRF Kajol, 13, F, from Mohonpur, Mumbai, danger now")
    world.work()
    with world.database.write() as connection:
        first = update(outbox).where(outbox.c.template == "alert.urgent", outbox.c.case_id == 1)
        assert connection.execute(first.values(body_sealed=DAMAGED)).rowcount
    world.at += timedelta(minutes=6)
    world.tick()
    world.work()
    assert second.sent
    assert all(case_number(2) in each.text for each in second.sent)


def test_a_damaged_case_goes_on_asking_with_what_is_known_of_it(world: World) -> None:
    report(world, MIG)
    world.work()
    with world.database.write() as connection:
        connection.execute(update(cases).values(summary_sealed=DAMAGED))
    world.at += timedelta(hours=4, minutes=1)
    world.tick()
    world.work()
    (told,) = world.heard(BIMAL)
    assert case_number(1) in told
    world.text(BIMAL, "ACK")
    world.work()
    with world.database.read() as connection:
        assert connection.execute(select(cases.c.status)).scalar_one() == "taken"


def test_a_damaged_contact_holds_up_nobodys_message(world: World) -> None:
    with world.database.write() as connection:
        one = connection.execute(select(func.max(contacts.c.id))).scalar_one()
        connection.execute(update(contacts).where(contacts.c.id == one).values(name_sealed=DAMAGED))
    parts = dataclasses.replace(
        world.parts, people=People(world.database, world.keys, reference_places())
    )
    report(world)
    process_waiting(parts)
    assert count(world, cases) == 1


def test_two_workers_make_one_case_of_one_message(world: World) -> None:
    for n in range(20):
        world.text(f"+9170000004{n:02}", f"MIG {NAMES[n]}, 16, F, Delhi")
    start = threading.Barrier(3)

    def work() -> None:
        start.wait()
        while process_waiting(world.parts, 4):
            pass

    threads = [threading.Thread(target=work) for _ in range(3)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert count(world, cases) == count(world, reports) == 20


def test_case_numbers_are_given_once(world: World) -> None:
    for n in range(30):
        world.text(f"+9170000004{n:02}", f"MIG {NAMES[n % 20]}, {14 if n < 20 else 17}, F, Delhi")
    world.work()
    with world.database.read() as connection:
        numbers = connection.execute(select(cases.c.number)).scalars().all()
    assert len(set(numbers)) == 30


# ---------------------------------------------------------------- delivering


def states(world: World, phone: str) -> list[str]:
    with world.database.read() as connection:
        mine = select(outbox.c.state).where(outbox.c.to_index == world.keys.index(phone))
        return list(connection.execute(mine.order_by(outbox.c.created_at)).scalars())


def test_a_refusal_is_final(world: World) -> None:
    world.phones.answer = lambda _: Refused("21610", "opted out")
    report(world)
    world.work()
    world.at += timedelta(hours=7)
    world.work()
    assert set(states(world, REPORTER)) == {"undelivered"}
    assert len(replies(world)) == 1


def test_later_is_tried_again_and_no_sooner_than_asked(world: World) -> None:
    world.phones.answer = lambda _: Later("20429", "too many", after=90)
    report(world)
    world.work()
    tried = len(replies(world))
    world.at += timedelta(seconds=85)
    world.work()
    assert len(replies(world)) == tried == 1
    world.phones.answer = lambda m: Accepted(f"p-{m.id}")
    world.at += timedelta(seconds=5)
    world.work()
    assert states(world, REPORTER)[0] == "accepted"


def test_a_reply_whose_fate_is_unknown_is_never_sent_twice(world: World) -> None:
    world.phones.answer = lambda _: Unknown("read timed out")
    world.text(REPORTER, "hello")
    world.work()
    for _ in range(5):
        world.at += timedelta(minutes=10)
        world.tick()
        world.work()
    assert len(world.heard(REPORTER)) == 1
    assert states(world, REPORTER) == ["lost"]


def test_an_alert_whose_fate_is_unknown_is_held_then_sent_again(world: World) -> None:
    def answer(message: Outbound) -> object:
        return Unknown("cut") if "ACK" in message.text else Accepted(f"p-{message.id}")

    world.phones.answer = answer  # type: ignore[assignment]
    report(world, URGENT)
    world.work()
    asked = next(m for m in world.phones.sent if "ACK" in m.text)
    world.at += timedelta(seconds=16)
    world.work()
    assert len(world.heard(asked.to)) == 1
    world.at += timedelta(seconds=2)
    world.work()
    assert len(world.heard(asked.to)) == 2


def test_an_alert_proved_by_a_receipt_in_the_hold_is_not_sent_again(world: World) -> None:
    world.phones.answer = lambda m: Unknown("cut") if "ACK" in m.text else Accepted(f"p-{m.id}")
    report(world, URGENT)
    world.work()
    asked = [m for m in world.phones.sent if "ACK" in m.text]
    for each in asked:
        proof = Receipt("simulator", f"SM-{each.id}", ReceiptState.SENT, ref=each.id)
        world.receive.receipt(proof)
    world.at += timedelta(seconds=30)
    world.work()
    assert len([m for m in world.phones.sent if "ACK" in m.text]) == len(asked)


def test_a_send_that_never_ends_is_taken_for_lost_and_holds_up_no_other(world: World) -> None:
    world.deliver.close()
    world.deliver = Deliver(world.parts, longest_send=0.5)
    dripping = threading.Event()

    def answer(message: Outbound) -> object:
        if message.text.startswith("Received"):
            dripping.wait(20)
        return Accepted(f"p-{message.id}")

    world.phones.answer = answer  # type: ignore[assignment]
    report(world)
    while process_waiting(world.parts):
        pass
    drain = threading.Thread(target=world.deliver.drain)
    drain.start()
    while len(world.phones.sent) < 2:
        time.sleep(0.01)
    assert drain.is_alive()
    drain.join(5)
    dripping.set()
    assert not drain.is_alive()
    assert "lost" in states(world, REPORTER)


def test_a_clock_that_is_set_forward_meanwhile_loses_no_send(world: World) -> None:
    set_at = world.at + timedelta(seconds=20)

    def answer(message: Outbound) -> Accepted:
        world.at = set_at  # more than a send may take, less than a lease
        time.sleep(0.2)
        return Accepted(f"p-{message.id}")

    world.phones.answer = answer
    report(world)
    while process_waiting(world.parts):
        pass
    world.deliver.drain()
    assert set(states(world, REPORTER)) == {"accepted"}
    assert count(world, outbox) == len(world.phones.sent)


def test_an_urgent_alert_does_not_wait_behind_a_thousand_others(world: World) -> None:
    rows = [
        world.parts.outbox.row(
            channel="simulator", to="+917000000499", body="check-in", template="t",
            priority=Priority.CHECK_IN, at_ms=world.now() - 1000,
        )
        for _ in range(1000)
    ]  # fmt: skip
    with world.database.write() as connection:
        world.parts.outbox.add(connection, rows)
    report(world, URGENT)
    while process_waiting(world.parts):
        pass
    world.deliver.drain()
    first_alert = next(i for i, m in enumerate(world.phones.sent) if "ACK" in m.text)
    assert first_alert < world.parts.in_flight


def test_recipients_of_one_text_go_in_one_call_where_the_channel_takes_them(world: World) -> None:
    world.phones.batch = 100
    rows = [
        world.parts.outbox.row(
            channel="simulator", to=f"+9170000004{n:02}", body="the same", template="t",
            priority=Priority.ALERT, at_ms=world.now(),
        )
        for n in range(10)
    ]  # fmt: skip
    with world.database.write() as connection:
        world.parts.outbox.add(connection, rows)
    world.deliver.drain()
    assert [len(call) for call in world.phones.calls] == [10]


def test_a_vendor_that_needs_its_operator_pages_once_and_messages_wait(world: World) -> None:
    world.phones.answer = lambda _: Later("405", "no balance", page=True)
    report(world)
    world.work()
    (page,) = world.parts.watch.open_pages(world.now())
    assert (page.channel, page.code) == ("simulator", "405")
    assert states(world, REPORTER) == ["waiting", "waiting"]
    world.phones.answer = lambda m: Accepted(f"p-{m.id}")
    world.at += timedelta(minutes=5)
    world.work()
    assert states(world, REPORTER)[:1] == ["accepted"]
    assert world.parts.watch.open_pages(world.now()) == []


# ---------------------------------------------------------------- the clock


def test_the_clock_does_what_nobody_was_woken_for(world: World) -> None:
    report(world)
    world.tick()
    assert count(world, cases) == 0
    assert "inbound" in world.bell.rung
    world.at += timedelta(seconds=6)
    world.tick()
    assert count(world, cases) == 1
    assert len(world.heard(REPORTER)) == 1


def test_what_is_overdue_fires_once_after_a_standstill(world: World) -> None:
    report(world, URGENT)
    world.work()
    before = count(world, alerts)
    world.at += timedelta(hours=3)
    world.tick()
    climbed = count(world, alerts)
    world.tick()
    assert climbed > before
    assert count(world, alerts) == climbed


def test_two_clocks_climb_each_rung_once(world: World) -> None:
    for n in range(10):
        world.text(f"+9170000004{n:02}", URGENT)
    world.work()
    before = count(world, alerts)
    world.at += timedelta(minutes=16)
    start = threading.Barrier(2)

    def look() -> None:
        start.wait()
        world.tick()

    threads = [threading.Thread(target=look) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    with world.database.read() as connection:
        rungs = connection.execute(select(cases.c.rung, cases.c.round)).all()
    assert len({tuple(row) for row in rungs}) == 1
    assert count(world, alerts) > before


# ---------------------------------------------------------------- receiving


def test_many_threads_store_each_message_once(world: World) -> None:
    start = threading.Barrier(8)

    def come(n: int) -> None:
        start.wait()
        for m in range(10):
            world.receive.message(Inbound("simulator", f"id{(n + m) % 12}", REPORTER, "", "x"))

    threads = [threading.Thread(target=come, args=(n,)) for n in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert count(world, inbox) == 12


def test_a_failed_commit_is_told_to_every_thread_that_shared_it(world: World) -> None:
    with world.database.write() as connection:
        connection.exec_driver_sql("ALTER TABLE inbox RENAME TO inbox_away")
    faults: list[BaseException] = []
    start = threading.Barrier(4)

    def come(n: int) -> None:
        start.wait()
        try:
            world.receive.message(Inbound("simulator", f"id{n}", REPORTER, "", "x"))
        except Exception as fault:  # noqa: BLE001 counted below
            faults.append(fault)

    threads = [threading.Thread(target=come, args=(n,)) for n in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(faults) == 4


def test_a_message_that_cannot_be_stored_takes_no_other_with_it(world: World) -> None:
    store = world.parts.inbox.store

    class Picky(type(world.parts.inbox)):  # type: ignore[misc]
        def store(self, connection: object, rows: object) -> None:
            if any(row["provider_id"] == "bad" for row in rows):  # type: ignore[attr-defined]
                raise RuntimeError("this one cannot be written")
            store(connection, rows)  # type: ignore[arg-type]

    parts = dataclasses.replace(world.parts, inbox=Picky(world.database, world.keys))
    receive = Receive(parts)
    start = threading.Barrier(6)
    refused: list[str] = []

    def come(id_: str) -> None:
        start.wait()
        try:
            receive.message(Inbound("simulator", id_, REPORTER, "\0", "x"))
        except RuntimeError:
            refused.append(id_)

    threads = [threading.Thread(target=come, args=(i,)) for i in ("a", "b", "bad", "c", "d", "e")]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert refused == ["bad"]
    assert count(world, inbox) == 5


def test_the_language_of_the_deployment_answers_where_the_text_does_not_tell(world: World) -> None:
    world.parts = dataclasses.replace(world.parts, language="sw")
    world.text(REPORTER, "good morning")
    world.text(REPORTER, "শুভ সকাল")
    world.work()
    # both leave at one instant, in whatever order
    english, bengali = sorted(world.heard(REPORTER))
    assert english.startswith("Asante")
    assert bengali.startswith("ধন্যবাদ")


def test_a_contact_whose_channel_is_not_configured_is_reached_by_the_default(world: World) -> None:
    asha = next(c for c in demo.district()[1] if c.alias == "asha")
    world.people.put_contacts([dataclasses.replace(asha, channel="twilio")])
    report(world, "MIG Rina, 16, F, Delhi, from Chandipara")
    world.work()
    assert len(world.heard(asha.phone)) == 1


def test_when_nobody_is_on_duty_the_first_who_is_gets_the_case(world: World) -> None:
    everybody = demo.district()[1]
    world.people.put_contacts([dataclasses.replace(c, on_duty=False) for c in everybody])
    report(world, "MIG Rina, 16, F, Delhi, from Chandipara")
    world.work()
    assert count(world, alerts) == 0
    world.people.put_contacts([c for c in everybody if c.alias == "asha"])
    world.at += timedelta(minutes=30)
    world.tick()
    world.work()
    asha = next(c for c in everybody if c.alias == "asha")
    assert len(world.heard(asha.phone)) == 1


def test_when_everybody_has_passed_the_staff_are_told(world: World) -> None:
    everybody = demo.district()[1]
    ratan = next(c for c in everybody if c.alias == "ratan")
    only = [dataclasses.replace(c, on_duty=c.alias == "ratan") for c in everybody]
    world.people.put_contacts(only)
    report(world, "MIG Rina, 16, F, Delhi, from Chandipara")
    world.work()
    world.text(ratan.phone, "PASS")
    world.work()
    assert "Nobody has answered for" in world.heard(ratan.phone)[-1]
