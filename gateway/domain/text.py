"""Texts as phones carry them: digits of any script, and how many SMS a text becomes.

3GPP TS 23.038: the GSM 7-bit default alphabet (160 septets, 153 in each of several parts), its
extension table (two septets a character), and UCS-2 (70 code units, 67 in each of several
parts) for anything else.  A two-septet character and a surrogate pair never straddle two parts.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")
#: zero-width characters that phones and keyboards leave in texts; ZWJ and ZWNJ are among them
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
#: a letter or digit with its marks: Python's \w leaves out the vowel signs of Indian scripts
_SIGN = (
    "\u0300-\u036f"
    "\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0962\u0963"
    "\u0981-\u0983\u09bc\u09be-\u09cd\u09d7\u09e2\u09e3"
)
LETTER = f"(?:[^\\W_]|[{_SIGN}])"
#: ``LETTER``s without a break, twice as quick; for texts ``without_underscores`` only
RUN = f"[\\w{_SIGN}]+"
_RUN, DIGIT = re.compile(RUN), re.compile(r"\d")
_BREAKS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")


def without_underscores(text: str) -> str:
    """The text with spaces for underscores, which part words as spaces do."""
    return text.replace("_", " ")


@lru_cache(maxsize=8)  # one text is asked for its words again and again
def runs(text: str) -> tuple[str, ...]:
    """Every run of letters and digits without a break."""
    return tuple(_RUN.findall(without_underscores(text)))


def blank(match: re.Match[str]) -> str:
    """Spaces for what was found, so that nothing behind it moves."""
    return " " * len(match[0])


@dataclass(frozen=True, slots=True)
class Segments:
    """What a text costs: ``encoding`` is GSM-7 or UCS-2, ``units`` septets or code units."""

    encoding: str
    units: int
    segments: int


def segments(text: str) -> Segments:
    """How many SMS a text becomes (at least one)."""
    if all(char in _BASIC or char in _EXTENDED for char in text):
        widths = [2 if char in _EXTENDED else 1 for char in text]
        encoding, whole, part = "GSM-7", 160, 153
    else:
        widths = [2 if ord(char) > 0xFFFF else 1 for char in text]  # noqa: PLR2004 beyond one code unit
        encoding, whole, part = "UCS-2", 70, 67
    units = sum(widths)
    if units <= whole:
        return Segments(encoding, units, 1)
    count, used = 1, 0
    for width in widths:
        if used + width > part:
            count, used = count + 1, 0
        used += width
    return Segments(encoding, units, count)


def ascii_digits(text: str) -> str:
    """The text with the digits of every script as 0-9."""
    if text.isascii():
        return text
    return "".join(
        str(unicodedata.decimal(char)) if not char.isascii() and char.isdecimal() else char
        for char in text
    )


def plain(text: str) -> str:
    """The text in NFC, without invisible characters, its line breaks as newlines."""
    return unicodedata.normalize("NFC", _BREAKS.sub("\n", _INVISIBLE.sub("", text)))
