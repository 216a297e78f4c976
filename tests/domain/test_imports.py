"""Reading places and contacts out of CSV files that people have made."""

from __future__ import annotations

import pytest

from gateway.domain.contacts import read_contacts
from gateway.domain.places import Gazetteer, Place, read_places

PLACES = "code,level,name,parent_code,name_bn,name_hi,aliases,lat,lon\n"
PEOPLE = "name,phone,role,place_code,language,channel,on_duty,rung,alias\n"
KNOWN = [Place("V", "village", "Chandipara")]


def test_places_are_read_whatever_the_order_of_parents() -> None:
    text = (
        PLACES
        + "V,village,Chandipara,B,চণ্ডীপাড়া,,Chandi Para|Chondipara,22.1,88.5\nB,block,Matlapur,,,,,,\n"
    )
    places, faults = read_places(text)
    assert faults == []
    assert places[0] == Place(
        "V", "village", "Chandipara", "B", "চণ্ডীপাড়া", "", ("Chandi Para", "Chondipara"), 22.1, 88.5
    )


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + PLACES + "V,village,Chandipara,,,,,,\n",
        (PLACES + "V,village,Chandipara,,,,,,\n").replace("\n", "\r\n"),
        (PLACES + "V,village,Chandipara,,,,,,\n").replace(",", ";"),
        "Name , CODE,level\nChandipara,V,village\n",
        PLACES + "\n,,,,,,,,\nV,village,Chandipara,,,,,,\n",
    ],
)
def test_a_spreadsheets_ways_are_understood(text: str) -> None:
    places, faults = read_places(text)
    assert (places, faults) == ([Place("V", "village", "Chandipara")], [])


@pytest.mark.parametrize(
    ("rows", "line", "reason"),
    [
        ("V,hamlet,X,,,,,,", 2, "level hamlet"),
        ("V,,X,,,,,,", 2, "level (empty)"),
        (",village,X,,,,,,", 2, "code or name is empty"),
        ("V,village,X,NOPE,,,,,", 2, "parent NOPE is not known"),
        ("A,village,X,B,,,,,\nB,block,Y,A,,,,,", 2, "circle"),
        ("V,village,X,,,,,,\nV,village,Y,,,,,,", 3, "line 2 already"),
        ("V,village,X,,,,,north,east", 2, "degrees"),
        ("V,village,X,,,,,,,,extra", 2, "more values"),
    ],
)
def test_a_bad_place_is_told_with_its_line_and_reason(rows: str, line: int, reason: str) -> None:
    _, faults = read_places(PLACES + rows + "\n")
    assert line in [each[0] for each in faults]
    assert reason in " ".join(each[1] for each in faults)


def test_an_unknown_column_and_an_empty_file_are_told() -> None:
    assert "kode" in read_places("kode,name,level\nV,X,village\n")[1][0][1]
    assert "code" in read_places("")[1][0][1]


def test_a_good_contact() -> None:
    (contact,), faults = read_contacts(
        PEOPLE + "Asha,7000000101,member,V,bn-Latn,twilio,no,2,asha\n", KNOWN, "IN"
    )
    assert faults == []
    assert (contact.phone, contact.on_duty, contact.rung, contact.language) == (
        "+917000000101",
        False,
        2,
        "bn-Latn",
    )


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",7000000101,member,V,,,,,", "name is empty"),
        ("A,12,member,V,,,,,", "no phone number"),
        ("A,70000X0101,member,V,,,,,", "no phone number"),
        ("A,,member,V,,,,,", "no phone number"),
        ("A,7000000101,boss,V,,,,,", "role boss"),
        ("A,7000000101,member,NOPE,,,,,", "place NOPE"),
        ("A,7000000101,member,,,,,,", "needs a place_code"),
        ("A,7000000101,member,V,fr,,,,", "language fr"),
        ("A,7000000101,member,V,,pigeon,,,", "channel pigeon"),
        ("A,7000000101,member,V,,,maybe,,", "on_duty maybe"),
        ("A,7000000101,member,V,,,,ten,", "rung ten"),
        ("A,7000000101,member,V,,,,0,", "rung 0"),
        ("A,7000000101,member,V,,,,²,", "rung ²"),
    ],
)
def test_a_bad_contact_is_told_with_its_line_and_reason(row: str, reason: str) -> None:
    contacts, faults = read_contacts(PEOPLE + row + "\n", KNOWN, "IN")
    assert contacts == []
    assert faults[0][0] == 2
    assert reason in faults[0][1]


def test_one_number_or_alias_stands_once() -> None:
    text = (
        PEOPLE
        + "A,7000000101,member,V,,,,,x\nB,+91 70000 00101,member,V,,,,,y\nC,7000000103,member,V,,,,,X\n"
    )
    contacts, faults = read_contacts(text, KNOWN, "IN")
    assert [c.name for c in contacts] == ["A"]
    assert [line for line, _ in faults] == [3, 4]


GAZETTEER = Gazetteer(
    [
        Place("IN", "country", "India"),
        Place("B1", "block", "Matlapur", "IN"),
        Place("B2", "block", "Haripur", "IN"),
        Place("V1", "village", "Notunpara", "B1"),
        Place("V2", "village", "Notunpara", "B2"),
        Place("DL", "city", "Delhi", "IN", name_bn="দিল্লি", aliases=("New Delhi", "Dilli")),
        Place("SU", "city", "Surat", "IN"),
    ]
)


@pytest.mark.parametrize(
    "name", ["Delhi", "DELHI", " delhi.", "New-Delhi", "Dilli", "দিল্লি", "Delhii", "Dehli"]
)
def test_a_place_is_found_however_it_is_spelt(name: str) -> None:
    found = GAZETTEER.named(name)
    assert found is not None
    assert found.code == "DL"


@pytest.mark.parametrize("name", ["", "Rina", "Sura", "Dolly", "x" * 500])
def test_what_is_no_place_is_none(name: str) -> None:
    assert GAZETTEER.named(name) is None


def test_of_two_places_of_one_name_the_senders_own_is_meant() -> None:
    assert GAZETTEER.named("Notunpara", near="B2").code == "V2"  # type: ignore[union-attr]
    assert GAZETTEER.named("Notunpara", near="V1").code == "V1"  # type: ignore[union-attr]
