"""The phones of the demonstration: what reached each, and which are switched off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from gateway.store.inbox import BODY, SENDER
from gateway.store.tables import handset_messages, handsets_off, inbox

if TYPE_CHECKING:
    from gateway.store.engine import Database
    from gateway.store.sealing import Keyring

_PHONE = "handset_messages.phone"
_TEXT = "handset_messages.text"
#: how many of the latest messages a page that has just opened is shown
_SHOWN = 200


@dataclass(frozen=True, slots=True)
class HandsetMessage:
    """A message on a demonstration phone; ``direction`` "out" is from the gateway to the phone."""

    id: str
    phone: str
    direction: str
    text: str
    at_ms: int


class Handsets:
    """Delivers to the phones of the demonstration and tells what is on them."""

    def __init__(self, database: Database, keys: Keyring, clock: object) -> None:
        self._database = database
        self._keys = keys
        self._now = clock

    def deliver(self, message_id: str, to: str, text: str) -> bool:
        """Show a text on the phone ``to``; False if the phone is switched off."""
        with self._database.write() as connection:
            off = select(handsets_off).where(handsets_off.c.phone_index == self._keys.index(to))
            if connection.execute(off).first() is not None:
                return False
            connection.execute(
                insert(handset_messages),
                {
                    "message_id": message_id,
                    "phone_sealed": self._keys.seal(_PHONE, to),
                    "text_sealed": self._keys.seal(_TEXT, text),
                    "at": self._now(),  # type: ignore[operator]
                },
            )
        return True

    def switch(self, phone: str, *, on: bool) -> None:
        """Switch a phone on or off."""
        index = self._keys.index(phone)
        with self._database.write() as connection:
            connection.execute(delete(handsets_off).where(handsets_off.c.phone_index == index))
            if not on:
                connection.execute(insert(handsets_off), {"phone_index": index})

    def is_on(self, phone: str) -> bool:
        """Whether the phone is switched on."""
        with self._database.read() as connection:
            off = select(handsets_off).where(handsets_off.c.phone_index == self._keys.index(phone))
            return connection.execute(off).first() is None

    def feed(
        self, channel: str, after_in: int, after_out: int
    ) -> tuple[int, int, list[HandsetMessage]]:
        """What came after two cursors: (the new cursors, the messages in the order of time)."""
        typed = select(inbox).where(inbox.c.channel == channel, inbox.c.id > after_in)
        shown = select(handset_messages).where(handset_messages.c.id > after_out)
        with self._database.read() as connection:
            ins = connection.execute(typed.order_by(inbox.c.id.desc()).limit(_SHOWN)).all()
            outs = connection.execute(
                shown.order_by(handset_messages.c.id.desc()).limit(_SHOWN)
            ).all()
        messages = [
            HandsetMessage(
                row.provider_id,
                self._keys.open(SENDER, row.sender_sealed),
                "in",
                self._keys.open(BODY, row.body_sealed),
                row.received_at,
            )
            for row in ins
            if row.body_sealed is not None and row.sender_sealed is not None
        ] + [
            HandsetMessage(
                row.message_id,
                self._keys.open(_PHONE, row.phone_sealed),
                "out",
                self._keys.open(_TEXT, row.text_sealed),
                row.at,
            )
            for row in outs
        ]
        messages.sort(key=lambda each: each.at_ms)
        return (
            max((row.id for row in ins), default=after_in),
            max((row.id for row in outs), default=after_out),
            messages,
        )
