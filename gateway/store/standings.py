"""Receipt words, and how the report they belong to goes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import case, select, update

from gateway.domain.cases import Status, serial_of
from gateway.domain.receipt import MOST_TRIES, TRIES_MS, Standing, standing_of, word_of
from gateway.store.cases import stands_as
from gateway.store.tables import receipt_tries, reports, timeline

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gateway.store.engine import Database
    from gateway.store.sealing import Keyring

#: events that a report of a case leaves in its timeline
_REPORTED = ("opened", "reported")


class Standings:
    """Gives receipt words and looks reports up by them."""

    def __init__(self, database: Database, keys: Keyring, words: Sequence[str]) -> None:
        self._keys = keys
        self._words = words
        new = database.insert(receipt_tries)
        over = receipt_tries.c.since <= new.excluded.since - TRIES_MS
        self._try = new.on_conflict_do_update(
            index_elements=["phone_index"],
            set_={
                "tries": case((over, 1), else_=receipt_tries.c.tries + 1),
                "since": case((over, new.excluded.since), else_=receipt_tries.c.since),
            },
        ).returning(receipt_tries.c.tries)

    def word(self, case_id: int, inbox_id: int) -> str:
        """The receipt word of a message's report, under the number it was given then."""
        return word_of(
            self._keys.mac("receipt word", f"{case_id} {inbox_id}".encode()), self._words
        )

    def status_of(
        self, connection: Connection, number: str, word: str, phone: str, now: int
    ) -> Standing:
        """How the report of this number and word goes, for whoever asks from ``phone``.

        An unknown number and a wrong word are one answer.  ``phone`` is E.164, ``now`` in ms.
        """
        index = self._keys.index(phone)
        asked = {"phone_index": index, "since": now, "tries": 1}
        # counted first and forgiven after, so that tries made at once are counted one by one
        if connection.execute(self._try, asked).scalar_one() > MOST_TRIES:
            return Standing.LATER
        found = self._find(connection, number, word.casefold())
        if found is None:
            return Standing.UNKNOWN
        connection.execute(
            update(receipt_tries)
            .where(receipt_tries.c.phone_index == index)
            .values(tries=receipt_tries.c.tries - 1)
        )
        return standing_of(found)

    def _find(self, connection: Connection, number: str, word: str) -> Status | None:
        serial = serial_of(number)
        if serial is None:
            return None
        told = connection.execute(
            select(timeline.c.inbox_id).where(
                timeline.c.case_id == serial,
                timeline.c.event.in_(_REPORTED),
                timeline.c.inbox_id.is_not(None),
            )
        ).scalars()
        inbox_id = next((each for each in told if self.word(serial, each) == word), None)
        if inbox_id is None:
            return None
        # a report that was split off has gone to another case, and a case may have been merged
        moved = select(reports.c.case_id).where(reports.c.inbox_id == inbox_id)
        at = connection.execute(moved).scalar() or serial
        return stands_as(connection, at)[1]
