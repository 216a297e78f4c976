"""The changes that follow from a command; steps/steer.py carries them out."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Assign:
    """Give a case to a contact."""

    case_id: int
    contact_id: int


@dataclass(frozen=True, slots=True)
class Exclude:
    """Keep a contact out of a case."""

    case_id: int
    contact_id: int


@dataclass(frozen=True, slots=True)
class Close:
    """Close a case as ``how`` (safe, stopped, restored, …)."""

    case_id: int
    how: str


@dataclass(frozen=True, slots=True)
class Reopen:
    """Open a closed case again."""

    case_id: int


@dataclass(frozen=True, slots=True)
class Merge:
    """Close a case as the duplicate of another."""

    case_id: int
    into: int


@dataclass(frozen=True, slots=True)
class Split:
    """Make one report of a case a case of its own: ``report_id``, or else the latest."""

    case_id: int
    report_id: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """The police (``police``) or the Child Welfare Committee (``cwc``) were told."""

    case_id: int
    what: str
    reference: str


@dataclass(frozen=True, slots=True)
class Write:
    """Keep a note on a case; its text may hold names and is sealed."""

    case_id: int
    text: str


@dataclass(frozen=True, slots=True)
class Verify:
    """Staff have verified: P1 with a parent, P2 at the destination, P3 the employer; or false."""

    case_id: int
    what: str


@dataclass(frozen=True, slots=True)
class Level:
    """Staff set the priority of a case."""

    case_id: int
    urgency: str


@dataclass(frozen=True, slots=True)
class AskReporter:
    """Put one of the questions to the reporter."""

    case_id: int
    what: str


@dataclass(frozen=True, slots=True)
class Follow:
    """Remind whoever has the case to look after it again in so many days."""

    case_id: int
    days: int


@dataclass(frozen=True, slots=True)
class Block:
    """A contact's phone is lost: its number is a stranger's from now on."""

    contact_id: int


@dataclass(frozen=True, slots=True)
class Duty:
    """The contact is on duty (until ``until`` in ms, None: as always), or off duty."""

    contact_id: int
    on: bool
    until: int | None = None


@dataclass(frozen=True, slots=True)
class ClearPin:
    """A contact's PIN is forgotten and its lock opened: a new one is chosen by PIN."""

    contact_id: int


@dataclass(frozen=True, slots=True)
class Propose:
    """A text for the contacts of a place, which waits for a second coordinator."""

    place_code: str
    text: str


@dataclass(frozen=True, slots=True)
class Release:
    """A second coordinator lets a proposed text go."""

    item: int


@dataclass(frozen=True, slots=True)
class Agree:
    """Propose that a case's priority be lowered; the second who does so lowers it."""

    case_id: int
    urgency: str


@dataclass(frozen=True, slots=True)
class Digest:
    """Whether the contact wants the daily or weekly summary."""

    on: bool


@dataclass(frozen=True, slots=True)
class Log:
    """A line of the audit log: something was read, or done to a contact."""

    what: str
    case_id: int | None = None
    detail: str = ""


Act = (
    Assign | Exclude | Close | Reopen | Merge | Split | Told | Write | Verify | Level
    | AskReporter | Follow | Block | Duty | ClearPin | Propose | Release | Agree | Digest | Log
)  # fmt: skip
