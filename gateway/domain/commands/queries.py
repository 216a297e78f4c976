"""What is read for a command, and what it gave: values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.domain.cases import Story
    from gateway.domain.growth import Candidate


@dataclass(frozen=True, slots=True)
class Scope:
    """Which cases somebody may see.

    Those of ``place_code`` and the places in it ("" for all), but of the kinds in ``if_asked``
    only those the contact was asked on; none the contact is kept out of.
    """

    contact_id: int
    place_code: str = ""
    if_asked: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Listing:
    """Open cases, the most urgent first.  ``late``: by level, opened before this (ms) is late."""

    scope: Scope
    which: str
    late: Mapping[str, int]
    limit: int


@dataclass(frozen=True, slots=True)
class Counting:
    """How many cases, in a place, were opened since (ms), or are open (None), by level and kind."""

    scope: Scope
    since: int | None
    kind: str
    late: Mapping[str, int]
    place_code: str = ""


@dataclass(frozen=True, slots=True)
class Searching:
    """Cases by clues left under these words, or in a place."""

    scope: Scope
    clues: tuple[str, ...]
    place_code: str
    limit: int


@dataclass(frozen=True, slots=True)
class Looking:
    """These cases, with all that a command may need of them; ``notes``: what is written, too."""

    scope: Scope
    case_ids: tuple[int, ...]
    now: int
    notes: bool = False


@dataclass(frozen=True, slots=True)
class Becoming:
    """What is due until then (ms), and check-ins that nobody answered."""

    scope: Scope
    until: int
    limit: int


@dataclass(frozen=True, slots=True)
class Released:
    """A proposed text by its number."""

    item: int


Query = Listing | Counting | Searching | Looking | Becoming | Released


@dataclass(frozen=True, slots=True)
class Line:
    """One case of a list; ``opened`` and ``taken_at`` are local time."""

    number: str
    urgency: str
    story: Story
    opened: datetime
    taken_by: int | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """Figures."""

    total: int
    by_level: Mapping[str, int]
    by_kind: Mapping[str, int]
    late: int


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody (a contact's id; None: the operator) has written on a case; local time."""

    by: int | None
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Detail:
    """A case with what commands need of it.

    ``asked``: the contact was asked on it.  ``proposed``: who proposed which lower priority.
    ``due``: (what, local time) of what is due next.  ``notes`` is how many there are, ``written``
    what they say, where it was looked for.  ``kept_out`` are the contacts whom a report names or
    staff have kept out; whoever has only reported is not among them.
    """

    case: Candidate
    rules: str
    asked: bool = False
    taken_at: datetime | None = None
    police_told: bool = False
    notes: int = 0
    written: tuple[Note, ...] = ()
    reports: int = 1
    due: tuple[str, datetime] | None = None
    reporter_safe: bool = False
    proposed: tuple[int, str] | None = None
    closed_as: str = ""
    kept_out: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Due:
    """Something due on a case; ``what`` is its code, ``at`` local time, ``silent``: unanswered."""

    number: str
    what: str
    step: int
    at: datetime
    silent: bool = False


@dataclass(frozen=True, slots=True)
class Proposal:
    """A text that waits for a second coordinator."""

    item: int
    place_code: str
    text: str
    by: int
    open: bool
    expires_at: int


@dataclass(frozen=True, slots=True)
class Found:
    """What a query gave."""

    lines: tuple[Line, ...] = ()
    counted: Counted | None = None
    details: Mapping[int, Detail] = field(default_factory=dict)
    dues: tuple[Due, ...] = ()
    numbers: tuple[str, ...] = ()
    proposal: Proposal | None = None


NOTHING_FOUND = Found()
