"""The phones page's view of the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.demo import PHONES
from gateway.store.demo_clock import DemoClock
from gateway.web.phones import DemoPhone, Feed, PhoneMessage, phones_blueprint

if TYPE_CHECKING:
    from flask import Blueprint

    from gateway.wiring import Gateway


class _Line:
    """What the demonstration's phones hold, out of the inbox and the simulator's handsets."""

    def __init__(self, gateway: Gateway) -> None:
        self._handsets = gateway.handsets
        self._clock = DemoClock(gateway.parts.database)

    def phones(self) -> list[DemoPhone]:
        return [DemoPhone(*each) for each in PHONES]

    def feed(self, after: str) -> Feed:
        """Messages after a cursor, which is "inbox id.handset id"; ValueError if it is not."""
        first, _, second = (after or "0.0").partition(".")
        ins, outs, messages = self._handsets.feed("simulator", int(first), int(second or "0"))
        return Feed(
            cursor=f"{ins}.{outs}",
            messages=[PhoneMessage(m.id, m.phone, m.direction, m.text, m.at_ms) for m in messages],
        )

    def set_power(self, number: str, on: bool) -> None:  # noqa: FBT001 the page's contract
        self._handsets.switch(number, on=on)

    def power(self) -> dict[str, bool]:
        return {phone.number: self._handsets.is_on(phone.number) for phone in self.phones()}

    def now(self) -> int:
        return self._clock()

    def forward(self, minutes: int) -> int:
        return self._clock.forward(minutes)


def blueprint(gateway: Gateway) -> Blueprint:
    """The phones page of an opened gateway."""
    webhook = f"/webhooks/simulator/{gateway.simulator_secret}"
    return phones_blueprint(_Line(gateway), webhook, gateway.settings.timezone)
