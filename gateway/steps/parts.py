"""What the steps work with: the store's rooms, the channels, the core's data, clock and bell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gateway.channels.base import Channel
    from gateway.domain.consequences import Policy
    from gateway.domain.contacts import Contact
    from gateway.domain.templates import Catalogue
    from gateway.domain.ussd.menu import Menu
    from gateway.store.alerts import Alerts
    from gateway.store.audit import Audit
    from gateway.store.cases import Cases, NewRows
    from gateway.store.desk import Desk
    from gateway.store.engine import Database
    from gateway.store.inbox import Inbox
    from gateway.store.outbox import Outbox
    from gateway.store.people import People
    from gateway.store.prompts import Prompts
    from gateway.store.receipts import Receipts
    from gateway.store.reports import Reports
    from gateway.store.standings import Standings
    from gateway.store.ussd import Sessions
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
    reports: Reports
    alerts: Alerts
    people: People
    prompts: Prompts
    receipts: Receipts
    watch: Watch
    desk: Desk
    audit: Audit
    sessions: Sessions
    standings: Standings
    menu: Menu
    channels: Mapping[str, Channel]
    default_channel: str
    catalogue: Catalogue
    policy: Policy
    zone: tzinfo
    language: str
    bell: Bell
    #: milliseconds since 1970, UTC
    now: Callable[[], int]
    #: three digits by chance, for whoever has to prove to have the phone
    fresh_code: Callable[[], str]
    #: how many messages are handed to providers at the same time
    in_flight: int

    def channel_of(self, contact: Contact) -> str:
        """The contact's own channel, or the default one where theirs is not configured."""
        return contact.channel if contact.channel in self.channels else self.default_channel

    def insert(self, connection: Connection, rows: NewRows) -> None:
        """Insert gathered rows: an alert comes after the message that carries it."""
        self.cases.insert(connection, rows)
        if rows.outbox:
            self.outbox.add(connection, rows.outbox)
        self.alerts.insert_alerts(connection, rows.alerts)

    def other_channel(self, used: str) -> str:
        """A channel that was not used yet; "" if there is none."""
        return next((name for name in self.channels if name != used), "")

    def local(self, at_ms: int) -> datetime:
        """An instant in the deployment's time zone."""
        return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(self.zone)

    def asks_at(self, urgency: str, now: int) -> int:
        """When somebody may be written to (ms): now if it is urgent, else outside quiet hours."""
        if urgency == "urgent":
            return now
        return max(now, round(self.policy.ladder.wake_at(self.local(now)).timestamp() * 1000))


#: the queues of work, by urgency
ALERTS = "alerts"
INBOUND = "inbound"
OUTBOUND = "outbound"
QUEUES = (ALERTS, INBOUND, OUTBOUND)
