"""The audit log: who looked at what and when, in records chained by a keyed hash.

Each record's hash is HMAC-SHA256 over the hash before it and its own columns, so that none can be
changed, put between, reordered or taken away without the rest of the chain telling.  The key comes
from SAFETYNET_KEYS: whoever has the database alone cannot write the chain anew.  The newest hash
stands in ``meta`` too, so that records missing at the end are noticed; against somebody who puts
that back as well, note down now and then what ``safetynet doctor`` says the last record is.

Records hold no personal data.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, text

from gateway.store.tables import audit, meta

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gateway.store.engine import Database
    from gateway.store.sealing import Keyring

_HEAD = "audit"
#: what stands before the first record
_START = bytes(32)
#: any number but the migrations' will do
_APPEND_LOCK = 7_203_318
_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Head:
    """The newest record."""

    id: int
    hash: bytes


class Audit:
    """Adds records and proves that those there are the ones that were added."""

    def __init__(self, database: Database, keys: Keyring) -> None:
        self._database = database
        self._keys = keys

    def add(
        self,
        connection: Connection,
        *,
        at: int,
        who: str,
        what: str,
        case_id: int | None = None,
        detail: str = "",
    ) -> int:
        """Add a record in the transaction of what it records; its id.

        Best called last in a transaction: on PostgreSQL other appends wait until its commit.
        ``who`` is "operator" or "contact:ID", ``what`` a name such as "export.register"; neither
        these nor ``detail`` hold personal data.
        """
        if not self._database.sqlite:  # there a transaction that writes has no other beside it
            connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _APPEND_LOCK})
        last = self._last(connection)
        record = (last.id + 1, at, who, what, case_id, detail)
        new = Head(record[0], self._hash(last.hash, record))
        connection.execute(
            insert(audit),
            {
                "id": new.id,
                "at": at,
                "who": who,
                "what": what,
                "case_id": case_id,
                "detail": detail,
                "prev_hash": last.hash,
                "hash": new.hash,
            },
        )
        value = f"{new.id} {new.hash.hex()}"
        statement = self._database.insert(meta)
        connection.execute(
            statement.on_conflict_do_update(index_elements=["name"], set_={"value": value}),
            {"name": _HEAD, "value": value},
        )
        return new.id

    def verify(self) -> int | None:
        """The id of the first record that is missing or not as it was added; None if all are."""
        with self._database.read() as connection:
            # read first: a record that is added meanwhile comes after it and does no harm
            head = self._head(connection)
            expected, previous = 0, _START
            with connection.execute(_RECORDS) as records:  # closed also where the chain breaks
                for row in records:
                    expected += 1
                    right = self._hash(
                        previous, (row.id, row.at, row.who, row.what, row.case_id, row.detail)
                    )
                    if (row.id, row.prev_hash, row.hash) != (expected, previous, right):
                        return expected
                    if head is not None and head.id == expected and head.hash != right:
                        return expected
                    previous = right
        return expected + 1 if head is not None and head.id > expected else None

    def last(self) -> Head | None:
        """The newest record, to be noted down elsewhere; None if there is none."""
        with self._database.read() as connection:
            found = self._last(connection)
        return found if found.id else None

    def _last(self, connection: Connection) -> Head:
        """Where the chain goes on: never at an id that was given before, whatever was removed."""
        row = connection.execute(
            select(audit.c.id, audit.c.hash).order_by(audit.c.id.desc()).limit(1)
        ).first()
        newest = Head(0, _START) if row is None else Head(row.id, row.hash)
        head = self._head(connection)
        return head if head is not None and head.id >= newest.id else newest

    @staticmethod
    def _head(connection: Connection) -> Head | None:
        value = connection.execute(select(meta.c.value).where(meta.c.name == _HEAD)).scalar()
        number, _, digits = (value or "").partition(" ")
        try:
            return Head(int(number), bytes.fromhex(digits))
        except ValueError:
            return None

    def _hash(self, previous: bytes, record: tuple[object, ...]) -> bytes:
        """JSON has one way to write a list of numbers and texts, and no two lists one text."""
        canonical = json.dumps([previous.hex(), *record], separators=(",", ":"), default=repr)
        return self._keys.mac(_HEAD, canonical.encode("ascii"))


# as the driver has them: a column that was given a value of another type is told, and no fault
_RECORDS = text(
    "SELECT id, at, who, what, case_id, detail, prev_hash, hash FROM audit ORDER BY id"
).execution_options(yield_per=_AT_ONCE)
