"""Cases written straight into a database, for the tests of the register."""

from __future__ import annotations

import itertools
import json
from datetime import datetime
from typing import Any

from sqlalchemy import insert

from gateway import demo
from gateway.domain.cases import case_number
from gateway.store.engine import Database
from gateway.store.people import People
from gateway.store.sealing import Keyring
from gateway.store.tables import cases, inbox, reports
from tests.world import ZONE

Told = dict[str, Any]


class Books:
    """The demonstration's places and whatever cases a test writes."""

    def __init__(self, database: Database, keys: Keyring) -> None:
        self.database = database
        self.keys = keys
        People(database, keys).put_places(demo.district()[0])
        self._serials = itertools.count(1)

    def case(
        self,
        *told: Told,
        place: str | None = "V1",
        kind: str = "migration",
        at: str = "2026-12-01T10:00",
        kinds: tuple[str, ...] = (),
        status: str = "open",
    ) -> str:
        """A case and one report for each of ``told``; its number."""
        serial = next(self._serials)
        moment = round(datetime.fromisoformat(at).replace(tzinfo=ZONE).timestamp() * 1000)
        with self.database.write() as connection:
            connection.execute(
                insert(cases),
                {
                    "id": serial,
                    "number": case_number(serial),
                    "kind": kind,
                    "urgency": "normal",
                    "status": status,
                    "place_code": place,
                    "opened_at": moment,
                },
            )
            for number, fields in enumerate(told):
                inbox_id = connection.execute(
                    insert(inbox)
                    .values(
                        channel="simulator",
                        provider_id=f"{serial}-{number}",
                        sender_index=b"x",
                        received_at=moment,
                    )
                    .returning(inbox.c.id)
                ).scalar_one()
                connection.execute(
                    insert(reports),
                    {
                        "id": self.database.new_id(moment + number),
                        "case_id": serial,
                        "inbox_id": inbox_id,
                        "kind": kinds[number] if kinds else kind,
                        "fields_sealed": self.keys.seal("reports.fields", json.dumps(fields)),
                        "created_at": moment + number,
                    },
                )
        return case_number(serial)
