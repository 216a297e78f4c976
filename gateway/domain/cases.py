"""Cases: their numbers and their states."""

from __future__ import annotations

from enum import StrEnum

from gateway.domain.text import ascii_digits


class Status(StrEnum):
    """Where a case stands."""

    OPEN = "open"
    TAKEN = "taken"
    CLOSED = "closed"


# H. M. Damm, "Total anti-symmetrische Quasigruppen" (2004): a quasigroup of order 10 in which
# every single wrong digit and every swap of two neighbours changes the result.
_DAMM = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)
#: the first case gets a number of four digits
_FIRST = 100


def check_digit(digits: str) -> str:
    """The Damm check digit of a string of ASCII digits."""
    state = "0"
    for digit in digits:
        state = _DAMM[int(state)][int(digit)]
    return state


def case_number(serial: int) -> str:
    """The number of the case with this serial (1, 2, …), its last digit a check digit."""
    digits = str(_FIRST + serial - 1)
    return digits + check_digit(digits)


def serial_of(text: str) -> int | None:
    """The serial of a case number typed in any script; None if mistyped."""
    digits = ascii_digits(text.strip())
    if not (digits.isascii() and digits.isdigit()) or not 4 <= len(digits) <= 18:  # noqa: PLR2004 a number has four digits at least
        return None
    if digits[0] == "0" or check_digit(digits) != "0":
        return None
    return int(digits[:-1]) - _FIRST + 1
