"""The receipt word: with it and the case number whoever reported can ask how it goes.

The word is not stored: it is one of 256, chosen by a keyed hash of the report.  Whoever asks
hears only that the report was received, is being looked at, or is closed, and a wrong word is
answered as an unknown number is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum

from gateway.domain.cases import Status
from gateway.domain.text import ascii_digits, plain

#: as many as one byte of a hash can tell apart
WORDS = 256
#: how often a phone may name a wrong number or word within an hour
MOST_TRIES = 5
TRIES_MS = 3_600_000


class Standing(StrEnum):
    """How a report goes, as far as its reporter may hear; ``LATER``: too many wrong tries."""

    RECEIVED = "received"
    LOOKED_AT = "looked_at"
    CLOSED = "closed"
    UNKNOWN = "unknown"
    LATER = "later"


_STANDINGS = {
    Status.OPEN: Standing.RECEIVED,
    Status.TAKEN: Standing.LOOKED_AT,
    Status.CLOSED: Standing.CLOSED,
}


def read(text: str) -> tuple[str, str]:
    """(number, word) out of «10425 mango» in any order; "" for what is not there."""
    told = ascii_digits(plain(text)).casefold()
    number = re.search(r"\d+", told)
    word = re.search(r"[^\W\d_]+", told)
    return number[0] if number else "", word[0] if word else ""


def word_of(proof: bytes, words: Sequence[str]) -> str:
    """The word that a keyed hash chooses."""
    return words[proof[0]]


def standing_of(status: Status) -> Standing:
    """What a reporter hears of a case with this status."""
    return _STANDINGS[status]
