"""The simulator: the phones of the demonstration, by the same way as any provider."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Protocol, Self

from gateway.channels.base import NoSuchPath, Reply, Route, Unreadable, WebRequest
from gateway.domain.messages import (
    Accepted,
    Dial,
    HungUp,
    Inbound,
    Outbound,
    Outcome,
    Receipt,
    ReceiptState,
    Refused,
)

if TYPE_CHECKING:
    from gateway.settings import Settings


class Handsets(Protocol):
    """Where the simulated phones are."""

    def deliver(self, message_id: str, to: str, text: str) -> bool:
        """Show a text on a phone; False if it is switched off."""


class Simulator:
    """The channel."""

    name: ClassVar[str] = "simulator"
    routes: ClassVar[tuple[Route, ...]] = (
        Route("/sms", "message"),
        Route("/status", "receipt"),
        Route("/ussd", "ussd"),
        Route("/ussd-end", "ussd_end"),
    )
    has_secret: ClassVar[bool] = True
    batch: ClassVar[int] = 1
    sends_receipts: ClassVar[bool] = False
    setting_count: ClassVar[int] = 0

    def __init__(self, secret: str, handsets: Handsets) -> None:
        self._secret = secret
        self._handsets = handsets

    @classmethod
    def from_settings(cls, settings: Settings) -> Self | None:  # noqa: ARG003 the contract
        """None: it needs phones, which settings do not hold; see the registry."""
        return None

    @classmethod
    def missing(cls, settings: Settings) -> list[str]:  # noqa: ARG003 the contract
        """It has no settings."""
        return []

    def webhook_addresses(self) -> list[tuple[str, str]]:
        """Nobody pastes them."""
        return []

    def verify(self, request: WebRequest) -> None:
        """Compare the secret of the address.

        Raises:
            NoSuchPath: it is another.
        """
        if not hmac.compare_digest(request.secret.encode(), self._secret.encode()):
            raise NoSuchPath

    def read(self, request: WebRequest) -> Inbound:
        """Read a message.

        Raises:
            Unreadable: a field is missing, or the sender is no phone of the demonstration's form.
        """
        sender = _phone(request)
        return Inbound(
            self.name, request.required("id"), sender, request.value("to"), request.value("text")
        )

    def read_dial(self, request: WebRequest) -> Dial:
        """Read a step of a USSD session.

        Raises:
            Unreadable: as :meth:`read`.
        """
        session = request.required("id")
        return Dial(self.name, session, _phone(request), request.value("text"))

    def read_hung_up(self, request: WebRequest) -> HungUp:
        """Read that a phone has hung up.

        Raises:
            Unreadable: as :meth:`read`.
        """
        return HungUp(self.name, request.required("id"), _phone(request))

    def read_receipt(self, request: WebRequest) -> Receipt | None:
        """Read a delivery report; None for a status not known."""
        provider_id = request.required("id")
        status = request.required("status")
        if status not in (ReceiptState.DELIVERED, ReceiptState.UNDELIVERED):
            return None
        return Receipt(self.name, provider_id, ReceiptState(status))

    def accepted(self) -> Reply:
        """Nothing is expected."""
        return Reply("", "text/plain")

    def send(self, messages: Sequence[Outbound]) -> list[Outcome]:
        """Show the messages on their phones."""
        return [
            Accepted(f"sim-{m.id}")
            if self._handsets.deliver(f"sim-{m.id}", m.to, m.text)
            else Refused("off", "the phone is switched off")
            for m in messages
        ]


def _phone(request: WebRequest) -> str:
    sender = request.required("from")
    if not sender.startswith("+") or not sender[1:].isdigit():
        raise Unreadable("field from is no phone number")
    return sender
