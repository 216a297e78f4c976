import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.cases import Story, case_number, check_digit, serial_of
from gateway.domain.triage import GUESSED
from gateway.domain.understanding.values import Fields


def test_the_check_digit_is_damms() -> None:
    assert check_digit("572") == "4"  # the example in Damm's description


@given(st.integers(1, 10**9))
def test_a_number_leads_back_to_its_case(serial: int) -> None:
    number = case_number(serial)
    assert len(number) >= 4
    assert serial_of(number) == serial


@given(st.integers(1, 10**6), st.data())
def test_every_single_wrong_digit_is_noticed(serial: int, data: st.DataObject) -> None:
    number = case_number(serial)
    at = data.draw(st.integers(0, len(number) - 1))
    other = data.draw(st.sampled_from([d for d in "0123456789" if d != number[at]]))
    assert serial_of(number[:at] + other + number[at + 1 :]) is None


@given(st.integers(1, 10**6), st.data())
def test_every_swap_of_neighbours_is_noticed(serial: int, data: st.DataObject) -> None:
    number = case_number(serial)
    at = data.draw(st.integers(0, len(number) - 2))
    swapped = number[:at] + number[at + 1] + number[at] + number[at + 2 :]
    if swapped != number:
        assert serial_of(swapped) is None


@pytest.mark.parametrize(
    "text", ["", "12", "abcd", "0000", "1007x", "-1007", "1 007", "1007.0", "9" * 30]
)
def test_what_is_no_number_is_none(text: str) -> None:
    assert serial_of(text) is None


def test_digits_of_any_script_are_read() -> None:
    number = case_number(1)
    assert serial_of(number.translate(str.maketrans("0123456789", "০১২৩৪৫৬৭৮৯"))) == 1
    assert serial_of(number.translate(str.maketrans("0123456789", "०१२३४५६७८९"))) == 1


def test_what_one_report_says_outright_is_guessed_no_more() -> None:
    guessed = Story("missing", Fields(), frozenset({GUESSED, "young"}))
    said = Story("missing", Fields(person="Rina"), frozenset({"contact_lost"}))
    for both in (guessed.with_also(said), said.with_also(guessed)):
        assert both.facts == {"young", "contact_lost"}
    assert guessed.with_also(guessed).facts == guessed.facts
