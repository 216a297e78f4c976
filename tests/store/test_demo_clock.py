import contextlib
import threading
import time
from collections.abc import Iterator
from typing import Any, Self

import pytest
from sqlalchemy import event

from gateway.domain.messages import Inbound, Priority
from gateway.store.demo_clock import MOST_MINUTES, DemoClock
from gateway.store.engine import Database, now_ms
from gateway.store.inbox import Inbox
from gateway.store.outbox import Outbox
from gateway.store.sealing import Keyring
from gateway.store.watch import Watch

HOUR = 3_600_000


def ahead(clock: DemoClock) -> int:
    """By how many whole minutes a clock is ahead of the machine's."""
    return round((clock() - now_ms()) / 60_000)


def test_it_shows_real_time_until_it_is_set(database: Database) -> None:
    before = now_ms()
    shown = DemoClock(database)()
    assert before <= shown <= now_ms()


def test_every_process_follows_and_one_that_starts_later_too(database: Database) -> None:
    mine, theirs = DemoClock(database), DemoClock(database)
    assert ahead(theirs) == 0
    assert mine.forward(60) == pytest.approx(now_ms() + HOUR, abs=5000)
    mine.forward(1)
    assert ahead(mine) == 61
    time.sleep(0.35)
    assert ahead(theirs) == 61
    assert ahead(DemoClock(database)) == 61


def test_steps_at_the_same_moment_all_count(database: Database) -> None:
    steps = [threading.Thread(target=DemoClock(database).forward, args=(1,)) for _ in range(8)]
    for step in steps:
        step.start()
    for step in steps:
        step.join()
    assert ahead(DemoClock(database)) == 8


@pytest.mark.parametrize("minutes", [0, -1, MOST_MINUTES + 1, 10**30])
def test_it_goes_neither_back_nor_out_of_sight(database: Database, minutes: int) -> None:
    clock = DemoClock(database)
    with pytest.raises(ValueError, match="forward by 1 to 86400 minutes"):
        clock.forward(minutes)
    assert ahead(DemoClock(database)) == 0
    clock.forward(MOST_MINUTES)
    assert ahead(clock) == MOST_MINUTES


def test_it_is_read_now_and_then(
    database: Database,
) -> None:
    clock = DemoClock(database)
    readings: list[str] = []

    @event.listens_for(database.engine, "after_cursor_execute")
    def _(*told: Any) -> None:
        if told[2].startswith("SELECT"):
            readings.append(told[2])

    for _ in range(50):
        clock()
    assert len(readings) == 1
    clock.forward(60)
    assert ahead(clock) == 60
    assert len(readings) == 1
    time.sleep(0.35)
    assert ahead(clock) == 60
    assert len(readings) == 2


class ReadAsItWas:
    """A database whose readers see nothing of any step yet."""

    def __init__(self, database: Database) -> None:
        self.insert, self.write = database.insert, database.write

    @contextlib.contextmanager
    def read(self) -> Iterator[Self]:
        yield self

    def execute(self, _: object) -> Self:
        return self

    def scalar(self) -> None:
        return None


def test_a_reading_that_is_older_than_a_step_does_not_set_it_back(database: Database) -> None:
    clock = DemoClock(ReadAsItWas(database))  # type: ignore[arg-type]
    clock.forward(60)
    assert ahead(clock) == 60
    time.sleep(0.35)
    assert ahead(clock) == 60


def test_what_is_in_hand_stays_in_hand_and_what_waits_falls_due(
    database: Database, keys: Keyring
) -> None:
    clock, outbox, inbox, watch = (
        DemoClock(database),
        Outbox(database, keys),
        Inbox(database, keys),
        Watch(database),
    )
    now = clock()

    def row(at_ms: int) -> dict:
        return outbox.row(
            channel="simulator", to="+917000000101", body="জরুরি", template="alert.high",
            priority=Priority.ALERT, at_ms=at_ms,
        )  # fmt: skip

    text = Inbound(
        channel="simulator", provider_id="1", sender="+917000000301", recipient="", text="x"
    )
    with database.write() as connection:
        outbox.add(connection, [row(now)])
        inbox.store(connection, [inbox.sealed(text, now)])
    assert len(outbox.claim(9, Priority.CHECK_IN, "first", now)) == 1
    assert len(inbox.claim(9, "first", now)) == 1
    watch.beat("clock", now)
    with database.write() as connection:
        outbox.add(connection, [row(now + HOUR // 2)])
    now = clock.forward(60)
    assert len(outbox.claim(9, Priority.CHECK_IN, "second", now)) == 1
    assert inbox.claim(9, "second", now) == []
    assert now - (watch.last_beat("clock") or 0) < 5000
    # a lease still ends: whoever held it may have died
    assert len(inbox.claim(9, "second", now + 61_000)) == 1
