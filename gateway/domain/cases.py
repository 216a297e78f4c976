"""Cases: their numbers, their states, and what all their reports tell together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum

from gateway.domain.text import ascii_digits
from gateway.domain.triage import ADULT_AT, GUESSED
from gateway.domain.understanding.values import Fields


class Status(StrEnum):
    """Where a case stands."""

    OPEN = "open"
    TAKEN = "taken"
    CLOSED = "closed"


class Impossible(Exception):
    """A case cannot move this way; the text says why in a word, of the templates ``why.*``."""


#: event -> from which status to which; every other event leaves the status as it is
_MOVES: Mapping[str, Mapping[Status, Status]] = {
    "taken": {Status.OPEN: Status.TAKEN},
    "assigned": {Status.OPEN: Status.TAKEN, Status.TAKEN: Status.TAKEN},
    "released": {Status.TAKEN: Status.OPEN},
    "closed": {Status.OPEN: Status.CLOSED, Status.TAKEN: Status.CLOSED},
    "merged": {Status.OPEN: Status.CLOSED, Status.TAKEN: Status.CLOSED},
    "reopened": {Status.CLOSED: Status.OPEN},
}
_WHY = {Status.OPEN: "open", Status.TAKEN: "open", Status.CLOSED: "closed"}


def moved(status: Status, event: str) -> Status:
    """The status after an event.

    Raises:
        Impossible: the case cannot move this way from where it stands.
    """
    moves = _MOVES.get(event)
    if moves is None:
        return status
    if status not in moves:
        raise Impossible(_WHY[status])
    return moves[status]


#: of two kinds of reports of one event, the later in this row is the case's
_GRAVITY = (
    "question", "sos", "support", "migration", "returned", "child_labour", "child_marriage",
    "abuse", "missing", "trafficking",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Story:
    """What is told of one event, by one report or by all of a case.

    ``facts`` are the names of yes/no facts of triage that are affirmed, the ones found by
    comparing reports (``same_agent``, ``unrelated_children``, ``cluster``) among them.
    ``verified`` are P1 to P3, after staff have verified.  ``judged`` are the rules that had fired
    when staff lowered the priority: they do not raise it again.
    """

    kind: str
    fields: Fields
    facts: frozenset[str] = frozenset()
    verified: frozenset[str] = frozenset()
    judged: frozenset[str] = frozenset()

    def with_also(self, other: Story) -> Story:
        """Both together: of each field what was told first, the graver kind, all facts."""
        merged = {
            each.name: mine if (mine := getattr(self.fields, each.name)) is not None
            else getattr(other.fields, each.name)
            for each in fields(Fields)
        }  # fmt: skip
        facts = self.facts | other.facts
        if "sos" in (self.kind, other.kind):
            facts |= {"danger_now"}
        if not (GUESSED in self.facts and GUESSED in other.facts):
            facts -= {GUESSED}  # one of them says what has happened
        return Story(
            kind=max(self.kind, other.kind, key=_GRAVITY.index),
            fields=Fields(**merged),
            facts=facts,
            verified=self.verified | other.verified,
            judged=self.judged,
        )


#: kinds whose close needs a reference of the police when a child is concerned (POCSO Act s.19)
_SEXUAL = "sexual"


def why_not_close(story: Story, *, police_told: bool) -> str:
    """Why a case may not be closed yet, in a word; "" if it may.

    POCSO Act 2012 s.19(1): whoever knows of a sexual offence against a child must tell the police.
    """
    child = story.fields.age is None or story.fields.age < ADULT_AT
    if _SEXUAL in story.facts and child and not police_told:
        return "police"
    return ""


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
