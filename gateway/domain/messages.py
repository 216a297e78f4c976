"""Messages as they cross the edge of the gateway, and the outcomes of handing one over.

These are values.  They name no vendor: a channel translates its provider's words into them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum


@dataclass(frozen=True, slots=True)
class Inbound:
    """One text as a provider delivered it.

    ``provider_id`` is the provider's own id: (channel, provider_id) is unique for ever.
    ``sender`` is E.164 where the provider gives a number, otherwise the name as it came.
    ``recipient`` is the gateway's number or short code the text was sent to, "" if not told.
    """

    channel: str
    provider_id: str
    sender: str
    recipient: str
    text: str


@dataclass(frozen=True, slots=True)
class OptOut:
    """A provider tells that this number wants no more messages (``phone`` in E.164)."""

    channel: str
    phone: str


@dataclass(frozen=True, slots=True)
class Dial:
    """One step of a USSD session: ``text`` is all that was typed so far, joined by ``*``."""

    channel: str
    session: str
    phone: str
    text: str


@dataclass(frozen=True, slots=True)
class HungUp:
    """A provider tells that a USSD session has ended."""

    channel: str
    session: str
    phone: str


@dataclass(frozen=True, slots=True)
class Outbound:
    """One text to hand to a provider.

    ``id`` is ours and travels with the message where the provider lets it, so that the first
    receipt proves that the message was accepted.  ``to`` is E.164.
    """

    id: str
    to: str
    text: str


class ReceiptState(StrEnum):
    """How far a provider says an outbound message came."""

    ACCEPTED = "accepted"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"


@dataclass(frozen=True, slots=True)
class Receipt:
    """A delivery receipt.  ``ref`` is our own :attr:`Outbound.id` if the provider carried it."""

    channel: str
    provider_id: str
    state: ReceiptState
    code: str = ""
    ref: str = ""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took the message and named it."""

    provider_id: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider will never take this message (opted out, bad number, ...)."""

    code: str
    why: str


@dataclass(frozen=True, slots=True)
class Later:
    """The provider certainly did not take it; it may be tried again.

    ``after`` is the least wait in seconds the provider asked for.  ``page`` says that no retry
    will help until the operator acts (no balance, bad credentials, account suspended).
    """

    code: str
    why: str
    after: float = 0.0
    page: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """The reply was lost: the provider may or may not have taken the message."""

    why: str


Outcome = Accepted | Refused | Later | Unknown


class Priority(IntEnum):
    """Which waiting outbound message goes first; lower is sooner."""

    URGENT_ALERT = 0
    REPLY = 1
    ALERT = 2
    UPDATE = 3
    CHECK_IN = 4
