"""What deciding is given, and what follows from it: values only.

A public reply holds the case number and the emergency numbers and nothing else: no kind, no
name, no place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from gateway.domain.commands.queries import NOTHING_FOUND, Found
from gateway.domain.messages import Priority

if TYPE_CHECKING:
    from gateway.domain.cases import Story
    from gateway.domain.commands.acts import Act
    from gateway.domain.commands.guard import Heard, Standing
    from gateway.domain.contacts import Contact
    from gateway.domain.directory import Directory
    from gateway.domain.growth import Candidate, Growth
    from gateway.domain.ladders import Ladder, Step
    from gateway.domain.prompts import Answer, AnswerWords, Question, Reader
    from gateway.domain.triage import Triage, TriageTable
    from gateway.domain.understanding import Lexicon

#: stands in a parameter for the number the store will give the new case
NEW_CASE = "\0new case"
#: and this for the receipt word of the report that the message, or the answer, belongs to
RECEIPT_WORD = "\0receipt word"


@dataclass(frozen=True, slots=True)
class Policy:
    """What the deployment has set, and the words answers are read with."""

    emergency: str
    childline: str
    ladder: Ladder
    triage_table: TriageTable
    lexicon: Lexicon
    answers: AnswerWords
    region: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A case that a contact has been asked to act on, or has taken; ``asked_at`` in ms.

    ``excluded`` are the contacts who must not hear of it.
    """

    case_id: int
    number: str
    alert_id: str
    waiting: bool
    taken_by: int | None
    others: tuple[int, ...]
    asked_at: int = 0
    urgent: bool = True
    excluded: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Shared:
    """What other cases share with a report: the same agent, or the same route."""

    same_agent: tuple[Candidate, ...] = ()
    same_route: int = 0


@dataclass(frozen=True, slots=True)
class Known:
    """What is known when a message is decided on.

    ``at`` is local time, ``now`` in ms.  ``candidates`` are the open cases of the last
    days that share a clue with the report; ``question`` is what the sender was asked last, with
    the case it was asked on.  ``safe`` False: the sender has said not to write.  ``heard`` is
    the command in the text of a contact, ``found`` what it had to know.  ``status``: (number, how
    the report goes) where the sender asks that by number and receipt word.
    """

    sender: str
    contact: Contact | None
    opted_out: bool
    directory: Directory
    reader: Reader
    now: int
    asked: tuple[Asked, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    shared: Shared = Shared()
    question: Question | None = None
    questioned: Candidate | None = None
    safe: bool | None = None
    heard: Heard | None = None
    found: Found = NOTHING_FOUND
    was_locked: bool = False
    status: tuple[str, str, str] | None = None

    @property
    def at(self) -> datetime:
        """Local time now; what is told is read as of when it came, which may be long ago."""
        received = self.reader.received
        return max(received, datetime.fromtimestamp(self.now / 1000, received.tzinfo))

    @property
    def quiet(self) -> bool:
        """Whether nothing at all is written to the sender."""
        return self.opted_out or self.safe is False


@dataclass(frozen=True, slots=True)
class Say:
    """A text to send: to a contact, or (``contact`` None) back to the sender.

    ``follows``: it is to arrive behind the reply before it.  ``wakes``: quiet hours or not.
    """

    template: str
    language: str
    params: Mapping[str, object] = field(default_factory=dict)
    contact: Contact | None = None
    priority: Priority = Priority.REPLY
    case_id: int | None = None
    follows: bool = False
    wakes: bool = True


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A new case out of one report, and whom to ask first."""

    story: Story
    triage: Triage
    place_code: str
    excluded: tuple[int, ...]
    step: Step


@dataclass(frozen=True, slots=True)
class Take:
    """The contact takes the case; the first to do so has it."""

    case_id: int
    alert_id: str
    contact: Contact


@dataclass(frozen=True, slots=True)
class Pass:
    """The contact passes the case on; ``held``: it was the contact's already."""

    case_id: int
    alert_id: str
    contact: Contact
    held: bool = False


@dataclass(frozen=True, slots=True)
class Away:
    """The contact is away until ``until`` (ms; None: back), and ``deputy`` is asked instead."""

    contact: Contact
    until: int | None = None
    deputy: Contact | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """A question put to the sender on the case."""

    what: str
    options: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    tries: int = 0
    language: str = ""


@dataclass(frozen=True, slots=True)
class Consequences:
    """All that follows from one message; ``outcome`` says in a word what it was taken for.

    ``report``: what the message tells, to be kept with its case.  ``grow``: cases that know more
    now.  ``answered``: how the open question ends, and ``ask`` what is asked next.  ``corrected``:
    what the sender's report to the case tells otherwise from now on.
    """

    outcome: str
    says: tuple[Say, ...] = ()
    open_case: OpenCase | None = None
    report: Story | None = None
    grow: tuple[Growth, ...] = ()
    clues: tuple[str, ...] = ()
    take: Take | None = None
    passed: Pass | None = None
    opt_out: bool = False
    answered: Answer | None = None
    corrected: Answer | None = None
    ask: Ask | None = None
    safe: bool | None = None
    away: Away | None = None
    acts: tuple[Act, ...] = ()
    standing: Standing | None = None
