"""What the steps work with: the store's rooms, the channels, the core's data, clock and bell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from gateway.channels.base import Channel
    from gateway.domain.contacts import Contact
    from gateway.domain.flow import Policy
    from gateway.domain.templates import Catalogue
    from gateway.domain.understanding import Lexicon
    from gateway.store.cases import Cases
    from gateway.store.engine import Database
    from gateway.store.inbox import Inbox
    from gateway.store.outbox import Outbox
    from gateway.store.people import People
    from gateway.store.receipts import Receipts
    from gateway.store.watch import Watch


class Bell(Protocol):
    """Wakes workers; never carries a fact, never waits."""

    def ring(self, *queues: str) -> None:
        """Say that there is work for these queues; lost rings are found by the clock."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything a step may use."""

    database: Database
    inbox: Inbox
    outbox: Outbox
    cases: Cases
    people: People
    receipts: Receipts
    watch: Watch
    channels: Mapping[str, Channel]
    default_channel: str
    catalogue: Catalogue
    lexicon: Lexicon
    policy: Policy
    zone: tzinfo
    language: str
    #: ISO 3166 country of numbers that carry no country code
    region: str
    bell: Bell
    #: milliseconds since 1970, UTC
    now: Callable[[], int]
    #: how many messages are handed to providers at the same time
    in_flight: int

    def channel_of(self, contact: Contact) -> str:
        """The contact's own channel, or the default one where theirs is not configured."""
        return contact.channel if contact.channel in self.channels else self.default_channel


#: the queues of work, by urgency
ALERTS = "alerts"
INBOUND = "inbound"
OUTBOUND = "outbound"
QUEUES = (ALERTS, INBOUND, OUTBOUND)
