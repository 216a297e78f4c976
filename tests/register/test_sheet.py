import csv
import io
from datetime import date, datetime
from html.parser import HTMLParser

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.demo import district
from gateway.domain.cases import Status, case_number
from gateway.domain.places import Gazetteer
from gateway.domain.register import Entry
from gateway.gazetteer import reference_places
from gateway.lexicon import load_lexicon
from gateway.register import LANGUAGES, Period, Sheet, harmless, load_words, sheet
from gateway.register.writers import as_csv, as_html, as_xlsx
from tests.world import ZONE

PLACES = Gazetteer([*district()[0], *reference_places()])
AT = round(datetime(2026, 12, 1, 23, 30, tzinfo=ZONE).timestamp() * 1000)
RINA = {
    "person": "Rina", "age": 16, "sex": "F", "people": 1, "destination": "Delhi", "destination_code": "DL",
    "date": "2026-12-12", "purpose": "domestic_work", "companion": "agent",
}  # fmt: skip


def entry(told: dict, serial: int = 1, **more: object) -> Entry:
    values = {"status": "open", "place_code": "V1", "opened_at": AT, **more}
    return Entry(number=case_number(serial), told=told, **values)


def made(
    *entries: Entry, language: str = "en", names: bool = False, first: date | None = None
) -> Sheet:
    return sheet(
        entries,
        place=PLACES["G1"],
        period=Period(first, date(2026, 12, 31)),
        made=date(2027, 1, 2),
        gazetteer=PLACES,
        language=language,
        zone=ZONE,
        names=names,
    )


def read_csv(data: bytes) -> list[list[str]]:
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


class Cells(HTMLParser):
    """The cells of a page's table, and its title."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.rows: list[list[str]] = []
        self.title = ""
        self._in = ""
        self.feed(data.decode())

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)
        self._in = tag
        if tag == "tr":
            self.rows.append([])
        elif tag in {"td", "th"}:
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        self._in = ""

    def handle_data(self, data: str) -> None:
        if self._in in {"td", "th"}:
            self.rows[-1][-1] += data
        elif self._in == "title":
            self.title += data


def test_a_row_in_english() -> None:
    heads, row = read_csv(as_csv(made(entry(RINA), names=True)))
    assert dict(zip(heads, row, strict=True)) == {
        "Serial no.": "1", "Case no.": "1007", "Date of report": "2026-12-01",
        "Village or ward": "Chandipara", "Name": "Rina", "Age": "16", "Sex": "female", "How many": "1",
        "Destination": "Delhi", "Date of leaving": "2026-12-12", "Purpose": "domestic work",
        "Travels with": "agent", "Status": "open", "Returned": "",
    }  # fmt: skip


def test_a_row_in_bengali() -> None:
    heads, row = read_csv(as_csv(made(entry(RINA, returned=True), language="bn", names=True)))
    assert dict(zip(heads, row, strict=True)) == {
        "ক্রমিক নং": "1", "কেস নং": "1007", "জানানোর তারিখ": "2026-12-01", "গ্রাম বা ওয়ার্ড": "চণ্ডীপাড়া",
        "নাম": "Rina", "বয়স": "16", "লিঙ্গ": "মহিলা", "কত জন": "1", "গন্তব্য": "দিল্লি",
        "যাওয়ার তারিখ": "2026-12-12", "উদ্দেশ্য": "গৃহকর্ম", "কার সঙ্গে": "এজেন্ট", "অবস্থা": "খোলা",
        "ফিরেছে কি": "হ্যাঁ",
    }  # fmt: skip


def test_without_names_there_is_no_column_for_them() -> None:
    whole, without = made(entry(RINA), names=True), made(entry(RINA))
    assert set(whole.columns) - set(without.columns) == {"person"}
    for write in (as_csv, as_html):
        assert b"Rina" in write(whole)
        assert b"Rina" not in write(without)


def test_what_is_not_told_is_blank() -> None:
    _, row = read_csv(as_csv(made(entry({}))))
    assert row == ["1", "1007", "2026-12-01", "Chandipara", *[""] * 7, "open", ""]


def test_the_day_of_a_report_is_that_of_the_deployment() -> None:
    ten_past = round(datetime(2026, 12, 2, 0, 10, tzinfo=ZONE).timestamp() * 1000)  # UTC: the 1st
    assert made(entry({}, opened_at=ten_past)).rows[0][2] == date(2026, 12, 2)


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+917000000301", "'+917000000301"),
        ("-2", "'-2"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1+1", "'=1+1"),
        ("\r\n =cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("\ufeff\u200e=1", "'=1"),
        ("\uff1d1+1", "'\uff1d1+1"),
        ("\ud83d=1", "'=1"),
        ("Rina\x00 =1", "Rina =1"),
        ("Rina\u202eanir", "Rinaanir"),
        ("ক্ষ\u200d্য", "ক্ষ\u200d্য"),
        ("", ""),
    ],
)
def test_a_text_is_made_harmless(text: str, cell: str) -> None:
    assert harmless(text) == cell


@given(st.text(st.characters(categories=None)))
def test_no_text_begins_a_formula_or_breaks_a_file(text: str) -> None:
    told = {"person": text, "destination": text, "purpose": text, "date": text}
    one = made(entry(told, status=text), names=True)
    (row,) = one.rows
    for cell in row:
        if isinstance(cell, str):
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert len(read_csv(as_csv(one))) == 2
    as_html(one)


NASTY = entry({"person": "=HYPERLINK(A1)", "destination": "<b>&\"'", "date": "soon", "age": 5}, 2)


def test_a_workbook_holds_what_the_csv_holds() -> None:
    whole = made(entry(RINA, returned=True), NASTY, entry({}, 3), language="bn", names=True)
    page = openpyxl.load_workbook(io.BytesIO(as_xlsx(whole))).active
    cells = [
        [
            ""
            if value is None
            else str(value.date())
            if isinstance(value, datetime)
            else str(value)
            for value in row
        ]
        for row in page.values
    ]
    assert cells == read_csv(as_csv(whole))
    assert {cell.data_type for row in page.iter_rows() for cell in row} == {"s", "n", "d"}
    assert (page.freeze_panes, page.print_title_rows) == ("A2", "$1:$1")
    assert page.page_setup.orientation == "landscape"


def test_a_page_holds_what_the_csv_holds_and_nothing_a_person_wrote_is_markup() -> None:
    whole = made(entry(RINA), NASTY, names=True)
    page = Cells(as_html(whole))
    shown = [
        [f"{cell[8:]}/{cell[5:7]}/{cell[:4]}" if cell[:5] == "2026-" else cell for cell in row]
        for row in read_csv(as_csv(whole))
    ]
    assert page.rows == shown
    assert "b" not in page.tags
    assert b"&lt;b&gt;&amp;" in as_html(whole)


def test_a_page_says_whose_it_is_and_needs_nothing_else() -> None:
    text = as_html(made(entry(RINA), first=date(2026, 12, 1))).decode()
    page = Cells(text.encode())
    assert page.title == (
        "Migration register: Sonakhali, Matlapur, Dakshin Nadia, West Bengal,"
        " From 01/12/2026 to 31/12/2026"
    )
    for told in ("Made on 02/01/2027", "Entries: 1", "Signature", "A4 landscape", "@media print",
                 "table-header-group", '<html lang="en">'):  # fmt: skip
        assert told in text
    assert not {"script", "link", "img"} & set(page.tags)
    assert "http" not in text
    assert "Confidential" not in text
    assert "Confidential" in as_html(made(names=True)).decode()


def test_an_empty_register_says_so() -> None:
    assert "Nobody is entered" in as_html(made()).decode()
    assert "Up to 31/12/2026" in as_html(made()).decode()


def test_every_word_is_there_in_every_language() -> None:
    for group, words in load_words().items():
        for name, by_language in words.items():
            assert set(by_language) == set(LANGUAGES), f"{group}.{name}"
            assert all(by_language.values()), f"{group}.{name}"


def test_every_value_of_a_report_has_a_word() -> None:
    words = load_words()
    assert set(words["status"]) >= {status.value for status in Status}
    lexicon = load_lexicon()
    for group in ("sex", "purpose", "companion"):
        values = {value for meaning, value, _ in lexicon.entries if meaning == f"{group}.{value}"}
        assert values
        assert set(words[group]) >= values, group
