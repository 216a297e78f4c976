"""Step 1: store an inbound message, a receipt or an opt-out once, before the provider hears 2xx.

The bell is rung after the commit.  It never waits, so a frozen Redis delays nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from gateway.domain.commands.verbs import MAY_HOLD_PIN
from gateway.steps.parts import INBOUND

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gateway.domain.messages import Inbound, OptOut, Receipt
    from gateway.steps.parts import Parts

#: stores any number of one sort of thing
Store = Callable[["Connection", Sequence[Any]], None]


@dataclass(slots=True)
class _Waiting:
    """A thing that waits for the next commit, how it is stored, and how that commit ended."""

    store: Store
    thing: Any
    done: threading.Event = field(default_factory=threading.Event)
    fault: BaseException | None = None


class Receive:
    """Stores what comes in.

    Threads that store at the same time share one commit: one of them writes for all, so that
    a slow disk costs one flush for many messages.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._queue: list[_Waiting] = []
        self._guard = threading.Lock()
        self._turn = threading.Lock()

    def message(self, message: Inbound) -> None:
        """Store a message; one already stored is left as it is."""
        inbox = self._parts.inbox
        row = inbox.sealed(replace(message, text=self._masked(message)), self._parts.now())
        self._commit(inbox.store, row)
        self._parts.bell.ring(INBOUND)

    def _masked(self, message: Inbound) -> str:
        """The text with a contact's PIN made unreadable, before anything is stored.

        Other people's texts are stored as they came.
        """
        parts = self._parts
        if not MAY_HOLD_PIN.search(message.text):
            return message.text
        with parts.database.read() as connection:
            chosen = parts.desk.pin_of(connection, message.sender)
        if chosen is None:
            return message.text
        return parts.policy.lexicon.verbs.mask(
            message.text, lambda pin: parts.desk.seal_pin(message.sender, pin), chosen
        )

    def receipt(self, receipt: Receipt) -> None:
        """Store a delivery receipt; a repeat is left."""
        receipts = self._parts.receipts
        self._commit(receipts.store, receipts.row(receipt, self._parts.now()))
        self._parts.bell.ring(INBOUND)

    def opt_out(self, opt_out: OptOut) -> None:
        """Remember that a number wants no more messages."""
        self._commit(self._opt_out, (opt_out.phone, self._parts.now()))

    def _opt_out(self, connection: Connection, wanted: Sequence[tuple[str, int]]) -> None:
        for phone, now in wanted:
            self._parts.people.opt_out(connection, phone, now)

    def _commit(self, store: Store, thing: Any) -> None:
        mine = _Waiting(store, thing)
        with self._guard:
            self._queue.append(mine)
        with self._turn:
            if not mine.done.is_set():
                with self._guard:
                    batch, self._queue = self._queue, []
                self._write(batch)
        if mine.fault is not None:
            raise mine.fault

    def _write(self, batch: list[_Waiting]) -> None:
        try:
            with self._parts.database.write() as connection:
                # by sort: while this thread holds the writer's place it also has to get back the
                # interpreter's lock after each statement, from all threads that read requests
                for store, things in _by_sort(batch):
                    store(connection, things)
        except Exception as fault:  # noqa: BLE001 each waiting thread is told
            if len(batch) > 1:  # one that cannot be written must not take the others with it
                for each in batch:
                    self._write([each])
            else:
                batch[0].fault = fault
        finally:
            for each in batch:
                each.done.set()


def _by_sort(batch: Sequence[_Waiting]) -> list[tuple[Store, list[Any]]]:
    """What is stored in one go, each sort in the order it came in."""
    sorts: dict[Store, list[Any]] = {}
    for each in batch:
        sorts.setdefault(each.store, []).append(each.thing)
    return list(sorts.items())
