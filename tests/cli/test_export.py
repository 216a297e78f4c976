"""``export register`` as an operator types it, on both databases."""

from __future__ import annotations

import csv
import getpass
import io
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import text

from gateway.store.engine import Database
from gateway.store.sealing import Keyring
from tests.cli.test_commands import Shell
from tests.register.books import Books


class Office(Shell):
    """An operator's folder, and a database with the demonstration's places."""

    def __init__(self, folder: Path, url: str) -> None:
        super().__init__(folder)
        self.env["DATABASE_URL"] = url
        self.database = Database(url)
        self.books = Books(self.database, Keyring.from_text(self.env["SAFETYNET_KEYS"]))

    def rows(self, *args: str) -> list[list[str]]:
        done = self("export", "register", *args)
        assert done.returncode == 0, done.stderr
        return list(csv.reader(io.StringIO(done.stdout.removeprefix("\ufeff"), newline="")))

    def records(self) -> list[tuple[str, str, str]]:
        with self.database.read() as connection:
            rows = connection.execute(text("SELECT who, what, detail FROM audit ORDER BY id"))
            return [tuple(row) for row in rows]


@pytest.fixture
def office(tmp_path: Path, database_url: str) -> Office:
    office = Office(tmp_path, database_url)
    yield office
    office.database.close()


#: the cases of these tests are of December
YEAR_END = "2026-12-31"
RINA = {"person": "Rina", "age": 16, "destination": "=cmd"}


def test_names_are_written_only_where_they_are_asked_for(office: Office) -> None:
    office.books.case(RINA)
    for form in ("csv", "xlsx", "html"):
        for flags, there in (((), False), (("--with-names",), True)):
            name = f"r.{form}"
            done = office(
                "export", "register", "--place", "G1", "--to", YEAR_END, "--output", name, *flags
            )
            assert done.returncode == 0, done.stderr
            data = (office.folder / name).read_bytes()
            if form == "xlsx":
                values = openpyxl.load_workbook(io.BytesIO(data)).active.values
                data = repr(list(values)).encode()
            assert (b"Rina" in data) == there, (form, flags)
            assert b"'=cmd" in data or b"&#39;=cmd" in data
            assert "Rina" not in done.stderr
    assert [("names=yes" in detail) for _, _, detail in office.records()] == [False, True] * 3


def test_the_first_and_the_last_day_count_in_the_deployments_time_zone(office: Office) -> None:
    for at in ("11-30T23:59", "12-01T00:00", "12-02T12:00", "12-03T23:59", "12-04T00:00"):
        office.books.case({}, at=f"2026-{at}")
    rows = office.rows("--place", "WB", "--from", "2026-12-01", "--to", "2026-12-03")
    assert [row[2] for row in rows[1:]] == ["2026-12-01", "2026-12-02", "2026-12-03"]
    assert [row[0] for row in rows[1:]] == ["1", "2", "3"]
    one = office.rows("--place", "WB", "--from", "2026-12-02", "--to", "2026-12-02")
    assert [row[2] for row in one[1:]] == ["2026-12-02"]
    office.env["SAFETYNET_TIMEZONE"] = "UTC"  # 00:00 in Kolkata is 18:30 of the day before
    early = office.rows("--place", "WB", "--from", "2026-12-01", "--to", "2026-12-03")
    assert [row[2] for row in early[1:]] == ["2026-12-02", "2026-12-03", "2026-12-03"]


def test_without_days_it_is_all_until_today(office: Office) -> None:
    now = datetime.now(UTC)
    office.books.case({}, at="2001-01-01T00:00")
    office.books.case({}, at=(now - timedelta(hours=1)).isoformat()[:19])
    office.books.case({}, at=(now + timedelta(days=3)).isoformat()[:19])
    assert len(office.rows("--place", "IN")) == 3


def test_the_place_tree_and_the_language(office: Office) -> None:
    office.books.case({}, place="V1")
    office.books.case({}, place="V3")
    heads, row = office.rows("--place", "G1", "--to", YEAR_END, "--language", "bn")
    assert (heads[0], row[3]) == ("ক্রমিক নং", "চণ্ডীপাড়া")
    assert len(office.rows("--place", "B1", "--to", YEAR_END)) == 3


def test_the_file_is_for_its_reader_alone(office: Office) -> None:
    office("export", "register", "--place", "G1", "--output", "r.html")
    path = office.folder / "r.html"
    assert path.read_bytes().startswith(b"<!doctype html>")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    done = office("export", "register", "--place", "G1", "--output", "nowhere/r.html")
    assert done.returncode == 2
    assert "nowhere/r.html cannot be written" in done.stderr


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["--place", "X9"], "no place has the code X9; codes are, for instance, M1 (Rajgunj)"),
        (["--place", "g1"], "is it G1 (Sonakhali)?"),
        (["--place", "Chandipara"], "is it V1 (Chandipara)?"),
        (["--place", "চণ্ডীপাড়া"], "is it V1 (Chandipara)?"),
        (["--place", "G1", "--from", "12/13"], "'12/13' is no day; year-month-day is meant"),
        (["--place", "G1", "--to", "2026-02-30"], "'2026-02-30' is no day"),
        (["--place", "G1", "--to", "9999-12-31"], "too far away"),
        (
            ["--place", "G1", "--from", "2026-12-02", "--to", "2026-12-01"],
            "--from 2026-12-02 lies after --to 2026-12-01",
        ),
        ([], "Missing option '--place'"),
    ],
)
def test_a_mistake_is_told_with_what_to_do_and_nothing_is_recorded(
    office: Office, args: list[str], told: str
) -> None:
    done = office("export", "register", *args)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert office.records() == []


def test_an_export_is_recorded_and_the_doctor_proves_the_records(office: Office) -> None:
    office.books.case(RINA)
    office.rows("--place", "G1", "--to", "2026-12-31")
    office.rows("--place", "G1", "--from", "2026-12-01", "--to", "2026-12-31", "--with-names")
    (first, second) = office.records()
    user = getpass.getuser()
    assert first == (
        "operator",
        "export.register",
        f"place=G1 from= to=2026-12-31 format=csv names=no entries=1 user={user}",
    )
    assert second[2].startswith("place=G1 from=2026-12-01 to=2026-12-31 format=csv names=yes")
    assert "audit log: 2 records, none changed" in office("doctor").stdout
    with office.database.write() as connection:
        connection.execute(text("UPDATE audit SET detail = 'nothing' WHERE id = 2"))
    done = office("doctor")
    assert done.returncode == 1
    assert "the audit log is broken from record 2 on" in done.stdout


def test_an_export_of_a_gateway_without_places_says_what_to_do(tmp_path: Path) -> None:
    done = Shell(tmp_path)("export", "register", "--place", "G1")
    assert done.returncode == 2
    assert "safetynet import places FILE.csv" in done.stderr


def test_the_demonstrations_register(tmp_path: Path) -> None:
    done = Shell(tmp_path)("export", "register", "--demo", "--place", "G1", "--format", "html")
    assert done.returncode == 0
    assert "Nobody is entered" in done.stdout
