import threading

import pytest
from sqlalchemy import event, select, text

from gateway.domain.messages import Inbound
from gateway.store.engine import Database
from gateway.store.inbox import LEASE_MS, Inbox
from gateway.store.sealing import Keyring
from gateway.store.tables import inbox as table

NOW = 1_796_000_000_000
ANNA, BELA = "+917000000301", "+917000000302"


def message(provider_id: str, sender: str = ANNA, body: str = "MIG Rina") -> Inbound:
    return Inbound("twilio", provider_id, sender, "+15550100", body)


@pytest.fixture
def inbox(database: Database, keys: Keyring) -> Inbox:
    return Inbox(database, keys)


def store(inbox: Inbox, database: Database, *messages: Inbound, at: int = NOW) -> None:
    with database.write() as connection:
        inbox.store(connection, [inbox.sealed(each, at) for each in messages])


def ids(claimed: list) -> list[str]:
    return [each.message.provider_id for each in claimed]


def test_a_stored_message_is_claimed_as_it_came(inbox: Inbox, database: Database) -> None:
    store(inbox, database, message("SM1", body="বাঁচাও\x00 \ud83d"))
    (claimed,) = inbox.claim(10, "w1", NOW)
    assert claimed.message == message("SM1", body="বাঁচাও\x00 \ud83d")
    assert claimed.received_at == NOW


def test_copies_are_stored_once_also_when_they_come_at_the_same_time(
    inbox: Inbox, database: Database
) -> None:
    start = threading.Barrier(8)

    def come() -> None:
        start.wait()
        store(inbox, database, message("SM1"))

    threads = [threading.Thread(target=come) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert ids(inbox.claim(10, "w1", NOW)) == ["SM1"]


def test_the_same_id_of_another_channel_is_another_message(
    inbox: Inbox, database: Database
) -> None:
    other = Inbound("africastalking", "SM1", ANNA, "", "MIG")
    store(inbox, database, message("SM1"), other)
    assert len(inbox.claim(10, "w1", NOW)) == 2


def test_a_copy_that_comes_after_processing_does_nothing(inbox: Inbox, database: Database) -> None:
    store(inbox, database, message("SM1"))
    (claimed,) = inbox.claim(10, "w1", NOW)
    with database.write() as connection:
        assert inbox.finish(connection, [(claimed.id, "report")], "w1", NOW)
    store(inbox, database, message("SM1"), at=NOW + 40 * 86_400_000)
    assert inbox.claim(10, "w2", NOW + 41 * 86_400_000) == []


def test_messages_come_out_in_the_order_of_their_coming(inbox: Inbox, database: Database) -> None:
    store(inbox, database, *[message(f"SM{n}", ANNA if n % 2 else BELA) for n in range(20)])
    assert ids(inbox.claim(20, "w1", NOW)) == [f"SM{n}" for n in range(20)]


def test_no_message_overtakes_an_earlier_one_of_its_sender(
    inbox: Inbox, database: Database
) -> None:
    store(inbox, database, message("A1"), message("A2"), message("B1", BELA))
    assert ids(inbox.claim(1, "w1", NOW)) == ["A1"]
    # A2 waits for A1, which another worker holds; B1 does not
    assert ids(inbox.claim(10, "w2", NOW)) == ["B1"]


def test_workers_at_the_same_time_never_hold_the_same_message_nor_break_the_order(
    inbox: Inbox, database: Database
) -> None:
    senders = [f"+9170000010{n:02}" for n in range(5)]
    store(inbox, database, *[message(f"{n}", senders[n % 5]) for n in range(60)])
    done: list[str] = []
    guard = threading.Lock()
    start = threading.Barrier(4)

    def work(holder: str) -> None:
        start.wait()
        idle = 0
        while idle < 50:
            claimed = inbox.claim(3, holder, NOW)
            idle = 0 if claimed else idle + 1
            if not claimed:
                continue
            with guard:
                done.extend(ids(claimed))
            with database.write() as connection:
                finished = [(each.id, "report") for each in claimed]
                assert inbox.finish(connection, finished, holder, NOW)

    threads = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(done, key=int) == [str(n) for n in range(60)]
    for sender in range(5):
        mine = [int(each) for each in done if int(each) % 5 == sender]
        assert mine == sorted(mine)


def test_a_message_whose_worker_died_comes_up_again_and_the_dead_cannot_finish_it(
    inbox: Inbox, database: Database
) -> None:
    store(inbox, database, message("SM1"))
    (first,) = inbox.claim(10, "dead", NOW)
    assert inbox.claim(10, "w2", NOW + LEASE_MS - 1) == []
    (second,) = inbox.claim(10, "w2", NOW + LEASE_MS)
    assert (second.id, second.attempts) == (first.id, 2)
    with database.write() as connection:
        assert not inbox.finish(connection, [(first.id, "report")], "dead", NOW)
    with database.write() as connection:
        assert inbox.finish(connection, [(second.id, "report")], "w2", NOW)


def test_a_message_set_aside_waits_for_nobody_and_is_kept(inbox: Inbox, database: Database) -> None:
    store(inbox, database, message("A1"), message("A2"))
    first, second = inbox.claim(10, "w1", NOW)
    inbox.set_aside(first.id, "w1")
    inbox.release([second.id], "w1", NOW + 5)
    assert inbox.claim(10, "w2", NOW + 4) == []
    assert ids(inbox.claim(10, "w2", NOW + 5)) == ["A2"]
    with database.read() as connection:
        kept = connection.execute(select(table.c.outcome).where(table.c.id == first.id)).scalar()
    assert kept == "set_aside"


def test_no_number_or_text_stands_in_the_database(inbox: Inbox, database: Database) -> None:
    store(inbox, database, message("SM1", body="Rina is leaving"))
    with database.read() as connection:
        row = connection.execute(text("SELECT * FROM inbox")).one()
    stored = b"\0".join(v if isinstance(v, bytes) else str(v).encode() for v in row)
    assert b"7000000301" not in stored
    assert b"Rina" not in stored


def test_what_a_person_reads_is_found_without_going_through_every_timeline(
    inbox: Inbox, database: Database
) -> None:
    store(inbox, database, message("SM1"))
    (claimed,) = inbox.claim(10, "w1", NOW)
    asked = []
    with database.write() as connection:
        inbox.finish(connection, [(claimed.id, "unclear")], "w1", NOW)
        event.listen(
            connection,
            "before_cursor_execute",
            lambda _c, _k, sql, given, *_: asked.append((sql, given)),
        )
        assert [each.text for each in inbox.unread(connection, 50)] == ["MIG Rina"]
        sql, given = next(each for each in asked if "timeline" in each[0])
        explain = "EXPLAIN QUERY PLAN" if database.sqlite else "EXPLAIN"
        if not database.sqlite:  # of an empty table it reads all it has, whatever the index
            connection.execute(text("SET LOCAL enable_seqscan = off"))
            connection.execute(text("SET LOCAL enable_bitmapscan = off"))
        plan = connection.exec_driver_sql(f"{explain} {sql}", given).all()
    assert "ix_timeline_inbox_id" in str(plan)
