import pytest
from sqlalchemy import text, update

from gateway.domain.register import KINDS, Entry
from gateway.store.engine import Database
from gateway.store.register import Register
from gateway.store.sealing import Keyring
from gateway.store.tables import places, reports
from tests.register.books import Books

ALWAYS = (0, 2**53)


@pytest.fixture
def books(database: Database, keys: Keyring) -> Books:
    return Books(database, keys)


def entries(books: Books, place: str = "WB", *, names: bool = False) -> list[Entry]:
    with books.database.read() as connection:
        return Register(books.keys).entries(connection, place, *ALWAYS, names=names)


def numbers(books: Books, place: str = "WB") -> list[str]:
    return [entry.number for entry in entries(books, place)]


def test_a_register_holds_its_place_and_all_below_and_nothing_beside(books: Books) -> None:
    gram_panchayat = books.case({}, place="G1")
    village = books.case({}, place="V2")
    books.case({}, place="V3")  # of the next gram panchayat
    block = books.case({}, place="B1")
    books.case({}, place=None)
    ward = books.case({}, place="W1")
    assert numbers(books, "G1") == [gram_panchayat, village]
    assert numbers(books, "V2") == [village]
    assert numbers(books, "V1") == []
    assert numbers(books, "M1") == [ward]
    assert block in numbers(books, "B1")
    assert len(numbers(books, "WB")) == 5


def test_places_in_a_circle_end(books: Books) -> None:
    number = books.case({}, place="V1")
    with books.database.write() as connection:
        connection.execute(update(places).where(places.c.code == "IN").values(parent_code="V1"))
    assert numbers(books, "V1") == [number]


def test_the_kinds_are_those_in_which_somebody_leaves(books: Books) -> None:
    wanted = [books.case({}, kind=kind) for kind in KINDS]
    for kind in ("missing", "abuse", "returned", "support", "question", "sos"):
        books.case({}, kind=kind)
    assert numbers(books) == wanted


def test_who_came_back_stays_in_the_register(books: Books) -> None:
    books.case({}, {}, kinds=("migration", "returned"))
    books.case({}, {}, kind="returned", kinds=("child_labour", "returned"))
    books.case({})
    assert [entry.returned for entry in entries(books)] == [True, True, None]


def test_each_field_counts_as_it_was_told_first(books: Books) -> None:
    books.case(
        {"age": 16, "destination": "a town", "person": ""},
        {"fields": {"age": 17, "sex": "F", "person": "Rina", "people": 2}, "facts": ["sold"]},
        {"destination": "Delhi", "destination_code": "DL", "people": 5, "purpose": "job"},
    )
    (entry,) = entries(books, names=True)
    assert entry.told == {
        "age": 16, "destination": "a town", "sex": "F", "person": "Rina", "people": 2, "purpose": "job",
    }  # fmt: skip


def test_a_name_is_not_read_unless_it_is_asked_for(books: Books) -> None:
    told = {"person": "Rina", "companion_name": "Salim", "companion_phone": "+91", "reason": "debt"}
    books.case({**told, "companion": "agent"}, {"fields": told})
    (entry,) = entries(books)
    assert entry.told == {"companion": "agent"}
    (entry,) = entries(books, names=True)
    assert entry.told == {"companion": "agent", "person": "Rina"}


def test_a_case_without_reports_and_an_erased_report_are_rows_all_the_same(books: Books) -> None:
    books.case()
    books.case({"age": 16})
    with books.database.write() as connection:
        connection.execute(update(reports).values(fields_sealed=None))
    assert [dict(entry.told) for entry in entries(books)] == [{}, {}]


def test_the_order_is_that_of_opening(books: Books) -> None:
    later = books.case({}, at="2026-12-03T10:00")
    first = books.case({}, at="2026-12-01T10:00")
    assert numbers(books) == [first, later]


def test_reading_a_register_changes_nothing(books: Books) -> None:
    books.case({"age": 16})
    entries(books)
    with books.database.read() as connection:
        assert connection.execute(text("SELECT COUNT(*) FROM audit")).scalar_one() == 0
