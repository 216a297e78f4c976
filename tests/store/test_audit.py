import threading

import pytest
from sqlalchemy import Executable, delete, text, update

from gateway.store.audit import Audit
from gateway.store.engine import Database
from gateway.store.sealing import Keyring, new_keys, rotated
from gateway.store.tables import audit as table
from gateway.store.tables import meta

NOW = 1_796_000_000_000


@pytest.fixture
def audit(database: Database, keys: Keyring) -> Audit:
    return Audit(database, keys)


def add(audit: Audit, database: Database, count: int) -> None:
    for number in range(count):
        with database.write() as connection:
            audit.add(
                connection,
                at=NOW + number,
                who="operator" if number % 2 else "contact:12",
                what="export.register",
                case_id=number or None,
                detail="place=G1 «চণ্ডীপাড়া»",
            )


def tamper(database: Database, statement: Executable) -> None:
    with database.write() as connection:
        assert connection.execute(statement).rowcount > 0


def note(value: str) -> Executable:
    return update(meta).where(meta.c.name == "audit").values(value=value)


def test_records_that_nobody_touched_are_whole(audit: Audit, database: Database) -> None:
    assert (audit.verify(), audit.last()) == (None, None)
    add(audit, database, 5)
    assert audit.verify() is None
    last = audit.last()
    assert last is not None
    assert last.id == 5


COLUMNS = {
    "id": "100 + id",
    "at": "at + 1",
    "who": "'contact:13'",
    "what": "'case.read'",
    "case_id": "4711",
    "detail": "detail || ' '",
    "prev_hash": "hash",
    "hash": "prev_hash",
}


def test_every_column_is_tried(database: Database) -> None:
    assert set(COLUMNS) == set(table.c.keys())


@pytest.mark.parametrize("record", [1, 2, 3, 4])
@pytest.mark.parametrize("column", sorted(COLUMNS))
def test_a_change_in_any_column_of_any_record_is_found(
    audit: Audit, database: Database, column: str, record: int
) -> None:
    add(audit, database, 4)
    changed = {column: text(COLUMNS[column])}
    tamper(database, update(table).where(table.c.id == record).values(changed))
    assert audit.verify() == record


@pytest.mark.parametrize("record", [1, 2, 3, 4])
def test_a_record_taken_away_is_found_the_last_one_too(
    audit: Audit, database: Database, record: int
) -> None:
    add(audit, database, 4)
    tamper(database, delete(table).where(table.c.id == record))
    assert audit.verify() == record
    add(audit, database, 1)  # the chain goes on behind the gap and does not close it
    assert audit.verify() == record


def test_records_that_change_places_are_found(audit: Audit, database: Database) -> None:
    add(audit, database, 4)
    for old, new in ((2, 90), (3, 2), (90, 3)):
        tamper(database, update(table).where(table.c.id == old).values(id=new))
    assert audit.verify() == 2


def test_all_records_taken_away_are_missed(audit: Audit, database: Database) -> None:
    add(audit, database, 3)
    tamper(database, delete(table))
    assert audit.verify() == 1


def test_a_lost_note_of_the_newest_record_breaks_nothing(audit: Audit, database: Database) -> None:
    add(audit, database, 3)
    tamper(database, delete(meta).where(meta.c.name == "audit"))
    assert audit.verify() is None
    add(audit, database, 1)
    assert audit.verify() is None
    tamper(database, note("rubbish"))
    assert audit.verify() is None


def test_a_note_of_another_newest_record_is_found(audit: Audit, database: Database) -> None:
    add(audit, database, 3)
    tamper(database, note(f"3 {'00' * 32}"))
    assert audit.verify() == 3


def test_who_has_the_database_alone_cannot_write_the_chain(
    audit: Audit, database: Database
) -> None:
    forger = Audit(database, Keyring.from_text(new_keys()))
    add(audit, database, 2)
    add(forger, database, 1)
    assert audit.verify() == 3


def test_keys_that_are_rotated_prove_what_older_ones_wrote(database: Database) -> None:
    text_ = new_keys()
    add(Audit(database, Keyring.from_text(text_)), database, 2)
    assert Audit(database, Keyring.from_text(rotated(text_))).verify() is None


def test_a_record_is_there_only_if_what_it_records_is(audit: Audit, database: Database) -> None:
    add(audit, database, 1)

    def fail() -> None:
        with database.write() as connection:
            audit.add(connection, at=NOW, who="operator", what="x")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert audit.verify() is None
    last = audit.last()
    assert last is not None
    assert last.id == 1


def test_writers_at_once_keep_one_chain(audit: Audit, database: Database) -> None:
    start = threading.Barrier(8)
    faults: list[BaseException] = []

    def write() -> None:
        start.wait()
        try:
            add(audit, database, 5)
        except BaseException as fault:  # noqa: BLE001 told below
            faults.append(fault)

    threads = [threading.Thread(target=write) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert not faults
    assert audit.verify() is None
    last = audit.last()
    assert last is not None
    assert last.id == 40


def test_a_proof_for_one_purpose_is_none_for_another(keys: Keyring) -> None:
    assert keys.mac("audit", b"x") == keys.mac("audit", b"x")
    assert len({keys.mac("audit", b"x"), keys.mac("audit", b"y"), keys.mac("other", b"x")}) == 3
