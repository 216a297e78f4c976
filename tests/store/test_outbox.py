import threading

import pytest
from sqlalchemy import select, text

from gateway.domain.messages import Priority, Receipt, ReceiptState
from gateway.store.engine import Database
from gateway.store.outbox import LEASE_MS, Outbox, Settled
from gateway.store.receipts import PATIENCE_MS, Receipts
from gateway.store.sealing import Keyring
from gateway.store.tables import outbox as table

NOW = 1_796_000_000_000
TO = "+917000000101"


@pytest.fixture
def outbox(database: Database, keys: Keyring) -> Outbox:
    return Outbox(database, keys)


def add(
    outbox: Outbox, database: Database, priority: Priority = Priority.ALERT, at: int = NOW
) -> str:
    row = outbox.row(
        channel="twilio", to=TO, body="জরুরি", template="alert.high", priority=priority, at_ms=at
    )
    with database.write() as connection:
        outbox.add(connection, [row])
    return row["id"]


def state(database: Database, id_: str) -> str:
    with database.read() as connection:
        return connection.execute(select(table.c.state).where(table.c.id == id_)).scalar_one()


def settle(outbox: Outbox, database: Database, settled: Settled, holder: str = "s1") -> None:
    with database.write() as connection:
        outbox.settle(connection, [settled], holder, NOW)


def receive(database: Database, receipt: Receipt, now: int = NOW) -> tuple[int, list]:
    receipts = Receipts(database)
    with database.write() as connection:
        receipts.store(connection, [receipts.row(receipt, now)])
    with database.write() as connection:
        return receipts.apply(connection, now, 10)


def test_a_message_is_claimed_as_it_was_added(outbox: Outbox, database: Database) -> None:
    id_ = add(outbox, database)
    (held,) = outbox.claim(10, Priority.CHECK_IN, "s1", NOW)
    assert (held.message.id, held.message.to, held.message.text) == (id_, TO, "জরুরি")
    assert held.attempts == 1


def test_urgent_alerts_are_claimed_before_all_that_came_earlier(
    outbox: Outbox, database: Database
) -> None:
    for n in range(50):
        add(outbox, database, Priority.CHECK_IN, NOW - 1000 + n)
    urgent = add(outbox, database, Priority.URGENT_ALERT)
    (first,) = outbox.claim(1, Priority.CHECK_IN, "s1", NOW)
    assert first.message.id == urgent


def test_a_claim_can_be_for_urgent_alerts_alone(outbox: Outbox, database: Database) -> None:
    add(outbox, database, Priority.REPLY)
    urgent = add(outbox, database, Priority.URGENT_ALERT)
    held = outbox.claim(10, Priority.URGENT_ALERT, "s1", NOW)
    assert [each.message.id for each in held] == [urgent]


def test_two_senders_never_hold_the_same_message(outbox: Outbox, database: Database) -> None:
    wanted = {add(outbox, database) for _ in range(40)}
    got: list[str] = []
    start = threading.Barrier(4)

    def send(holder: str) -> None:
        start.wait()
        while held := outbox.claim(3, Priority.CHECK_IN, holder, NOW):
            got.extend(each.message.id for each in held)

    threads = [threading.Thread(target=send, args=(f"s{n}",)) for n in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(got) == 40
    assert set(got) == wanted


def test_when_a_sender_dies_its_alert_is_sent_again_and_its_reply_is_not(
    outbox: Outbox, database: Database
) -> None:
    alert = add(outbox, database, Priority.URGENT_ALERT)
    reply = add(outbox, database, Priority.REPLY)
    assert len(outbox.claim(10, Priority.CHECK_IN, "dead", NOW)) == 2
    later = NOW + LEASE_MS
    assert outbox.lose_unsure(later - 1) == 0
    held = outbox.claim(10, Priority.CHECK_IN, "s2", later)
    assert [each.message.id for each in held] == [alert]
    assert outbox.lose_unsure(later) == 1
    assert state(database, reply) == "lost"
    assert state(database, alert) == "sending"


def test_the_dead_cannot_settle_what_another_holds(outbox: Outbox, database: Database) -> None:
    id_ = add(outbox, database)
    outbox.claim(1, Priority.CHECK_IN, "dead", NOW)
    outbox.claim(1, Priority.CHECK_IN, "s2", NOW + LEASE_MS)
    settle(outbox, database, Settled(id_, "undelivered"), "dead")
    assert state(database, id_) == "sending"


def test_a_message_to_try_later_comes_up_then_and_not_before(
    outbox: Outbox, database: Database
) -> None:
    id_ = add(outbox, database)
    outbox.claim(1, Priority.CHECK_IN, "s1", NOW)
    settle(outbox, database, Settled(id_, "waiting", due_at=NOW + 5_000, code="20429"))
    assert outbox.claim(1, Priority.CHECK_IN, "s1", NOW + 4_999) == []
    (held,) = outbox.claim(1, Priority.CHECK_IN, "s1", NOW + 5_000)
    assert held.attempts == 2


def accepted(outbox: Outbox, database: Database) -> str:
    id_ = add(outbox, database)
    outbox.claim(1, Priority.CHECK_IN, "s1", NOW)
    settle(outbox, database, Settled(id_, "accepted", provider_id="SM9"))
    return id_


SENT, DELIVERED, UNDELIVERED = ReceiptState.SENT, ReceiptState.DELIVERED, ReceiptState.UNDELIVERED


@pytest.mark.parametrize(
    ("states", "end"),
    [
        ([SENT, DELIVERED], "delivered"),
        ([DELIVERED, SENT], "delivered"),
        ([SENT, SENT, SENT], "sent"),
        ([UNDELIVERED, SENT], "undelivered"),
        ([UNDELIVERED, DELIVERED], "delivered"),
        ([ReceiptState.ACCEPTED], "accepted"),
    ],
)
def test_receipts_move_a_message_forward_only(
    outbox: Outbox, database: Database, states: list[ReceiptState], end: str
) -> None:
    id_ = accepted(outbox, database)
    for each in states:
        receive(database, Receipt("twilio", "SM9", each))
    assert state(database, id_) == end


def test_an_undelivered_receipt_is_told_once(outbox: Outbox, database: Database) -> None:
    id_ = accepted(outbox, database)
    _, gone = receive(database, Receipt("twilio", "SM9", UNDELIVERED, "30003"))
    assert [each.outbox_id for each in gone] == [id_]
    looked_at, gone = receive(database, Receipt("twilio", "SM9", UNDELIVERED, "30003"))
    assert (looked_at, gone) == (0, [])


def test_a_receipt_that_comes_before_the_reply_to_our_request_waits_for_it(
    outbox: Outbox, database: Database
) -> None:
    id_ = add(outbox, database)
    outbox.claim(1, Priority.CHECK_IN, "s1", NOW)
    receive(database, Receipt("twilio", "SM9", DELIVERED))
    assert state(database, id_) == "sending"
    settle(outbox, database, Settled(id_, "accepted", provider_id="SM9"))
    with database.write() as connection:
        Receipts(database).apply(connection, NOW + 2_000, 10)
    assert state(database, id_) == "delivered"


def test_a_receipt_with_our_own_id_proves_acceptance_though_the_reply_was_lost(
    outbox: Outbox, database: Database
) -> None:
    id_ = add(outbox, database, Priority.URGENT_ALERT)
    outbox.claim(1, Priority.CHECK_IN, "s1", NOW)
    settle(outbox, database, Settled(id_, "waiting", due_at=NOW + 20_000, code="unknown"))
    receive(database, Receipt("twilio", "SM9", SENT, ref=id_))
    assert state(database, id_) == "sent"
    assert outbox.claim(1, Priority.CHECK_IN, "s1", NOW + 20_000) == []


def test_a_receipt_cannot_be_taken_back_by_the_sender_that_was_slower(
    outbox: Outbox, database: Database
) -> None:
    id_ = add(outbox, database)
    outbox.claim(1, Priority.CHECK_IN, "s1", NOW)
    receive(database, Receipt("twilio", "SM9", DELIVERED, ref=id_))
    settle(outbox, database, Settled(id_, "accepted", provider_id="SM9"))
    assert state(database, id_) == "delivered"


def test_a_receipt_for_an_unknown_message_is_given_up_after_an_hour(database: Database) -> None:
    assert receive(database, Receipt("twilio", "SM404", SENT)) == (1, [])
    with database.write() as connection:
        late = Receipts(database).apply(connection, NOW + PATIENCE_MS + 1, 10)
    assert late[0] == 1
    with database.write() as connection:
        assert Receipts(database).apply(connection, NOW + 2 * PATIENCE_MS, 10) == (0, [])


def test_another_channels_receipt_does_nothing(outbox: Outbox, database: Database) -> None:
    id_ = accepted(outbox, database)
    receive(database, Receipt("africastalking", "SM9", UNDELIVERED, ref=id_))
    assert state(database, id_) == "accepted"


def test_no_number_or_text_stands_in_the_database(outbox: Outbox, database: Database) -> None:
    add(outbox, database)
    with database.read() as connection:
        row = connection.execute(text("SELECT * FROM outbox")).one()
    stored = b"\0".join(v if isinstance(v, bytes) else str(v).encode() for v in row)
    assert b"7000000101" not in stored
    assert "জরুরি".encode() not in stored
