"""Encoding and segments, worked by hand from 3GPP TS 23.038, and digits of every script."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.text import Segments, ascii_digits, plain, segments

G, U = "GSM-7", "UCS-2"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Segments(G, 0, 1)),
        ("a" * 160, Segments(G, 160, 1)),
        ("a" * 161, Segments(G, 161, 2)),
        ("a" * 306, Segments(G, 306, 2)),
        ("a" * 307, Segments(G, 307, 3)),
        ("€" * 80, Segments(G, 160, 1)),
        ("€" * 81, Segments(G, 162, 2)),
        # the 153rd septet of a part cannot hold half of an escape pair
        ("a" * 152 + "€" + "a" * 10, Segments(G, 164, 2)),
        ("€" * 153, Segments(G, 306, 3)),
        ("{}[]~|\\^", Segments(G, 16, 1)),
        ("ñèÇ£", Segments(G, 4, 1)),
        ("ক" * 70, Segments(U, 70, 1)),
        ("ক" * 71, Segments(U, 71, 2)),
        ("ক" * 134, Segments(U, 134, 2)),
        ("ক" * 135, Segments(U, 135, 3)),
        ("a" * 69 + "’", Segments(U, 70, 1)),
        ("😀" * 35, Segments(U, 70, 1)),
        # 67 code units hold 33 pairs and no half of the next
        ("😀" * 67, Segments(U, 134, 3)),
        ("₹", Segments(U, 1, 1)),
    ],
)
def test_segments(text: str, expected: Segments) -> None:
    assert segments(text) == expected


@given(st.text())
def test_a_text_fits_its_segments(text: str) -> None:
    found = segments(text)
    whole, part, slack = (160, 153, 1) if found.encoding == G else (70, 67, 1)
    if found.segments == 1:
        assert found.units <= whole
    else:
        assert found.units > whole
        assert (found.segments - 1) * (part - slack) < found.units <= found.segments * part


@pytest.mark.parametrize(
    "digits", ["০১২৩৪৫৬৭৮৯", "०१२३४५६७८९", "٠١٢٣٤٥٦٧٨٩", "0123456789", "０１２３４５６７８９"]
)
def test_digits_of_every_script(digits: str) -> None:
    assert ascii_digits(f"no {digits}") == "no 0123456789"


def test_what_only_looks_like_a_digit_stays() -> None:
    assert ascii_digits("½²①") == "½²①"


def test_plain_joins_both_forms_and_drops_what_is_not_seen() -> None:
    assert plain("ক\u09af\u09bc") == plain("ক\u09df")
    assert plain("a\u200db\u200cc\ufeff") == "abc"
    assert plain("a\r\nb\rc\u2028d") == "a\nb\nc\nd"


@given(st.text())
def test_plain_is_the_same_twice(text: str) -> None:
    assert plain(plain(text)) == plain(text)
