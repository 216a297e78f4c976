"""What a channel is: the contract every provider's file fulfils.

A channel is made from the settings, proves that a request comes from its provider, reads it
into a value, and hands messages over.  Its tests are ``tests/channels/test_contract.py`` for
what all channels share and one table of recorded payloads for what is its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Protocol, Self

if TYPE_CHECKING:
    from gateway.domain.messages import (
        Dial,
        HungUp,
        Inbound,
        OptOut,
        Outbound,
        Outcome,
        Receipt,
    )
    from gateway.settings import Settings


class Forged(Exception):
    """The request does not prove that it comes from the provider: answered 403."""


class NoSuchPath(Exception):
    """The secret in the path is wrong: answered 404, as any unknown path is."""


class Unreadable(Exception):
    """The provider's request lacks what it must hold: answered 400 with this one line."""


@dataclass(frozen=True, slots=True)
class WebRequest:
    """A webhook request as a value.

    ``url`` is the address the provider called and signed: PUBLIC_URL + path + query, never
    built from the Host header.  ``secret`` is the path's secret part, "" where there is none.
    ``form`` holds the body's fields, several values a name as they came; ``query`` those of
    the address.
    """

    route: str
    url: str
    secret: str
    headers: Mapping[str, str]
    form: Mapping[str, Sequence[str]]
    query: Mapping[str, Sequence[str]] = field(default_factory=dict)
    body: bytes = b""

    def value(self, name: str) -> str:
        """The first value of a form field, stripped of nothing; "" if absent."""
        values = self.form.get(name)
        return values[0] if values else ""

    def required(self, name: str) -> str:
        """The first value of a form field.

        Raises:
            Unreadable: the field is absent or empty.
        """
        value = self.value(name)
        if not value:
            raise Unreadable(f"field {name} is missing")
        return value


@dataclass(frozen=True, slots=True)
class Reply:
    """What the provider wants to hear on success."""

    body: str
    content_type: str
    status: int = 200


@dataclass(frozen=True, slots=True)
class Route:
    """One webhook of a channel: ``/webhooks/<channel>[/<secret>]<path>``.

    ``delivers`` is "message" (read -> Inbound), "receipt" (read_receipt -> Receipt), "opt_out"
    (read -> OptOut), "ussd" (read_dial -> Dial) or "ussd_end" (read_hung_up -> HungUp).
    """

    path: str
    delivers: str


class UssdChannel(Protocol):
    """A provider that also leads USSD sessions."""

    def read_dial(self, request: WebRequest) -> Dial:
        """Read a step of a session.

        Raises:
            Unreadable: a field is missing.
        """

    def read_hung_up(self, request: WebRequest) -> HungUp:
        """Read the notice that a session has ended.

        Raises:
            Unreadable: a field is missing.
        """


class Channel(Protocol):
    """One provider."""

    name: ClassVar[str]
    routes: ClassVar[tuple[Route, ...]]
    #: whether the address holds a secret: ``/webhooks/<name>/<secret>/...``
    has_secret: ClassVar[bool]
    #: how many recipients of one text go in one call of :meth:`send`
    batch: ClassVar[int]
    #: whether it tells what became of each message it has accepted; of one that does, silence
    #: about an urgent alert is taken for a bad sign
    sends_receipts: ClassVar[bool]
    #: how many settings it needs, so that doctor can tell "not wanted" from "half given"
    setting_count: ClassVar[int]

    @classmethod
    def from_settings(cls, settings: Settings) -> Self | None:
        """The channel, or None where its settings are not given."""

    @classmethod
    def missing(cls, settings: Settings) -> list[str]:
        """Names of the settings still to give, for doctor; [] when the channel is complete."""

    def webhook_addresses(self) -> list[tuple[str, str]]:
        """(what the vendor's page calls it, the address to paste there), for doctor."""

    def verify(self, request: WebRequest) -> None:
        """Prove the sender.

        Raises:
            Forged: missing or wrong proof.
            NoSuchPath: wrong secret in the address.
        """

    def read(self, request: WebRequest) -> Inbound | OptOut:
        """Read a message or an opt-out.

        Raises:
            Unreadable: a field is missing.
        """

    def read_receipt(self, request: WebRequest) -> Receipt | None:
        """Read a delivery receipt; None for a status that says nothing new.

        Raises:
            Unreadable: a field is missing.
        """

    def accepted(self) -> Reply:
        """What to answer when the message is stored."""

    def send(self, messages: Sequence[Outbound]) -> list[Outcome]:
        """Hand over messages of one text, at most :attr:`batch`; one outcome each, in order.

        Never raises for what a provider or the network does: that is an outcome.  Returns
        within ten seconds.
        """
