"""Phone numbers: E.164, and how much of one may be shown."""

from __future__ import annotations

import re

import phonenumbers

from gateway.domain.text import ascii_digits

#: a run that may be a number: digits with the usual separators, perhaps a plus sign
_CANDIDATE = re.compile(r"\+?\d[\d \-().]{6,18}\d")
_LETTERS = re.compile(r"[^\W\d_]")


def e164(text: str, region: str) -> str | None:
    """The number in E.164, or None if it is none.

    ``region`` (ISO 3166) is the country of numbers without a country code.  Letters inside a
    number are refused: the library would read them as a vanity number's digits.
    """
    digits = ascii_digits(text).strip()
    if not digits or _LETTERS.search(digits):
        return None
    try:
        number = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def find(text: str, region: str) -> tuple[str, tuple[int, int]] | None:
    """The first valid phone number inside a text (ASCII digits): (E.164, where it stands)."""
    for match in _CANDIDATE.finditer(text):
        digits = sum(char.isdigit() for char in match[0])
        if digits < 9:  # noqa: PLR2004 shorter runs are dates, ages and sums of money
            continue
        try:
            number = phonenumbers.parse(match[0], region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_possible_number(number):
            form = phonenumbers.PhoneNumberFormat.E164
            return phonenumbers.format_number(number, form), match.span()
    return None


def looks_like(text: str) -> bool:
    """Whether a text is nothing but a phone number, by its look."""
    digits = ascii_digits(text).strip()
    return bool(_CANDIDATE.fullmatch(digits)) and sum(map(str.isdigit, digits)) >= 9  # noqa: PLR2004 as above


def shown(phone: str) -> str:
    """A number as it may stand on an operator's screen: its beginning and its last two digits."""
    return f"{phone[:3]}…{phone[-2:]}" if len(phone) > 6 else "…"  # noqa: PLR2004 short codes hide nothing
