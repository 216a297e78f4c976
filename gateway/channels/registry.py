"""The channels by name.  A vendor's SDK is imported only where its channel is asked for."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from gateway.channels.simulator import Simulator

if TYPE_CHECKING:
    from gateway.channels.base import Channel
    from gateway.channels.simulator import Handsets
    from gateway.settings import Settings

#: name -> (module, class); the first configured one is the default channel
_CHANNELS = {
    "twilio": ("gateway.channels.twilio", "Twilio"),
    "africastalking": ("gateway.channels.africastalking", "AfricasTalking"),
    "simulator": ("gateway.channels.simulator", "Simulator"),
}
_GIVEN = {"twilio": "twilio_account_sid", "africastalking": "africastalking_username"}


def names() -> tuple[str, ...]:
    """The names of all channels there are."""
    return tuple(_CHANNELS)


def channel_class(name: str) -> type[Channel]:
    """The class of a channel."""
    module, class_name = _CHANNELS[name]
    found: type[Channel] = getattr(importlib.import_module(module), class_name)
    return found


def build(
    settings: Settings, handsets: Handsets | None = None, simulator_secret: str = ""
) -> dict[str, Channel]:
    """The configured channels; with ``handsets`` the simulator and no other.

    What is tried in the demonstration must not reach a real phone.
    """
    if handsets is not None:
        return {"simulator": Simulator(simulator_secret, handsets)}
    channels: dict[str, Channel] = {}
    for name, setting in _GIVEN.items():
        if getattr(settings, setting):
            channel = channel_class(name).from_settings(settings)
            if channel is not None:
                channels[name] = channel
    return channels
