"""A duty that ends by itself: what was asked goes on once, whoever looks and whatever is damaged."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

from sqlalchemy import select, update

from gateway.domain.contacts import Contact
from gateway.steps import ladder
from gateway.store.tables import cases, contacts
from tests.world import World

RAHIM, MINA = "+917000000301", "+917000000302"
ASHA, BIMAL, JOBA = "+917000000101", "+917000000102", "+917000000120"
HIGH = "MIG Rina, 16, F, Delhi, 12/12, agent Salim, from Chandipara"
DAMAGED = b"\x01" + bytes(40)


def on_duty_for(world: World, hours: int) -> None:
    """Asha alone is on duty at V1, for some hours; Joba could be."""
    joba = Contact("Joba", JOBA, "member", "V1", on_duty=False, alias="joba")
    world.people.put_contacts([joba])
    with world.database.write() as connection:
        asha = contacts.c.alias == "asha"
        until = round((world.at + timedelta(hours=hours)).timestamp() * 1000)
        connection.execute(update(contacts).where(asha).values(duty_until=until))


def tell(world: World, sender: str, text: str) -> None:
    world.text(sender, text)
    world.work()


def on_duty(world: World, alias: str) -> bool:
    with world.database.read() as connection:
        query = select(contacts.c.on_duty).where(contacts.c.alias == alias)
        return bool(connection.execute(query).scalar_one())


def events(world: World, case_id: int) -> list[str]:
    with world.database.read() as connection:
        told = world.parts.cases.timeline_of(connection, case_id)
        return [f"{each.event} {each.detail}".strip() for each in told]


def test_two_clocks_hand_on_once(world: World) -> None:
    on_duty_for(world, 1)
    tell(world, RAHIM, HIGH)
    world.at += timedelta(hours=1)
    start, ended = threading.Barrier(2), []

    def look() -> None:
        start.wait()
        ended.append(ladder.end_duties(world.parts))

    threads = [threading.Thread(target=look) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(ended) == [0, 1]
    assert events(world, 1)[-2:] == ["passed duty over", "asked rung 1, 1 asked"]
    world.work()
    assert len(world.heard(BIMAL)) == 1


def test_whose_duty_is_over_is_not_asked_by_a_rung_that_is_due_as_well(world: World) -> None:
    """After standing still both are due at the same look."""
    with world.database.write() as connection:
        bimal = contacts.c.alias == "bimal"
        until = round((world.at + timedelta(hours=3)).timestamp() * 1000)
        connection.execute(update(contacts).where(bimal).values(duty_until=until))
    tell(world, RAHIM, HIGH)
    world.at += timedelta(hours=5)
    world.tick()
    world.work()
    assert world.heard(BIMAL) == []
    assert [each.partition(",")[0] for each in events(world, 1)] == [
        "opened R1 R9", "asked rung 1", "asked rung 2",
    ]  # fmt: skip


def test_who_leaves_at_the_same_instant_is_not_counted_on(world: World) -> None:
    on_duty_for(world, 1)
    tell(world, JOBA, "ONCALL ME")
    tell(world, RAHIM, HIGH)
    assert world.heard(JOBA)[-1].startswith("High priority")
    world.at += timedelta(hours=1)
    parts = world.parts
    clock = threading.Thread(target=ladder.end_duties, args=(parts,))
    with parts.database.write() as connection:
        directory = parts.people.directory(connection)
        joba = directory.with_phone(JOBA)
        assert joba is not None
        # Joba's PASS, which sees Asha on duty, is not committed yet when Asha's duty ends
        assert parts.alerts.asked_of(connection, joba.id)
        (alert,) = parts.alerts.open_alerts_of(connection, joba.id)
        parts.alerts.give_up(connection, alert.id, "passed", parts.now())
        assert ladder.settle(parts, connection, directory, 1, parts.now()) == set()
        clock.start()
        time.sleep(0.3)
    clock.join()
    world.work()
    assert len(world.heard(BIMAL)) == 1


def test_who_takes_the_case_at_the_same_instant_has_it(world: World) -> None:
    on_duty_for(world, 1)
    tell(world, RAHIM, HIGH)
    world.at += timedelta(hours=1)
    parts = world.parts
    clock = threading.Thread(target=ladder.end_duties, args=(parts,))
    with parts.database.write() as connection:
        asha = parts.people.directory(connection).with_phone(ASHA)
        assert asha is not None
        (asked,) = parts.alerts.asked_of(connection, asha.id)
        assert parts.alerts.take(connection, 1, asked.alert_id, asha.id, parts.now())
        clock.start()
        time.sleep(0.3)
    clock.join()
    assert not on_duty(world, "asha")
    assert not any(each.startswith("passed") for each in events(world, 1))


def test_a_damaged_case_keeps_nobody_on_duty(world: World) -> None:
    on_duty_for(world, 1)
    tell(world, RAHIM, HIGH)
    tell(world, MINA, "MIG Tuli, 15, F, Surat, 14/12, agent Kalu, from Chandipara")
    with world.database.write() as connection:
        connection.execute(update(cases).where(cases.c.id == 1).values(summary_sealed=DAMAGED))
    world.at += timedelta(hours=1)
    world.tick()
    world.work()
    assert not on_duty(world, "asha")
    assert len(world.heard(BIMAL)) == 2
