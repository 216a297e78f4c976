"""A whole gateway without processes: real database, real steps, pretend phones, a set clock."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

from gateway import demo
from gateway.catalogue import load_catalogue
from gateway.channels.base import Reply, Route
from gateway.domain.consequences import Policy
from gateway.domain.contacts import Contact
from gateway.domain.messages import Accepted, Inbound, Outbound, Outcome
from gateway.domain.places import Place
from gateway.gazetteer import reference_places
from gateway.lexicon import (
    load_answers,
    load_lexicon,
    load_receipt_words,
    load_triage_table,
)
from gateway.steps.clock import tick, work_inbound
from gateway.steps.deliver import Deliver
from gateway.steps.parts import Parts
from gateway.steps.receive import Receive
from gateway.store.alerts import Alerts
from gateway.store.audit import Audit
from gateway.store.cases import Cases
from gateway.store.desk import Desk
from gateway.store.engine import Database
from gateway.store.inbox import Inbox
from gateway.store.outbox import Outbox
from gateway.store.people import People
from gateway.store.prompts import Prompts
from gateway.store.receipts import Receipts
from gateway.store.reports import Reports
from gateway.store.sealing import Keyring
from gateway.store.standings import Standings
from gateway.store.ussd import Sessions
from gateway.store.watch import Watch
from gateway.ussd import load_menu
from gateway.wiring import load_ladder

ZONE = ZoneInfo("Asia/Kolkata")


def beside_seals(text: str) -> str:
    """A text without the seals of PINs in it: among their random digits any PIN may stand."""
    return re.sub(r"~?\b[0-9a-f]{32}\b", "", text)


class Phones:
    """A channel that keeps what it is handed, and answers as it is told."""

    routes: ClassVar[tuple[Route, ...]] = ()
    has_secret: ClassVar[bool] = False

    def __init__(
        self, batch: int = 1, name: str = "simulator", *, sends_receipts: bool = False
    ) -> None:
        self.name = name
        self.batch = batch
        self.sends_receipts = sends_receipts
        self.sent: list[Outbound] = []
        self.calls: list[list[Outbound]] = []
        self.answer: Callable[[Outbound], Outcome] = lambda m: Accepted(f"p-{m.id}")

    def send(self, messages: Sequence[Outbound]) -> list[Outcome]:
        """Keep the messages."""
        self.calls.append(list(messages))
        self.sent.extend(messages)
        return [self.answer(message) for message in messages]

    def accepted(self) -> Reply:
        """Nothing to say."""
        return Reply("", "text/plain")


class Rings:
    """A bell that keeps what was rung."""

    def __init__(self) -> None:
        self.rung: list[str] = []

    def ring(self, *queues: str) -> None:
        """Keep it."""
        self.rung.extend(queues)


class World:
    """The gateway of the tests."""

    def __init__(
        self,
        database: Database,
        keys: Keyring,
        batch: int = 1,
        district: tuple[Sequence[Place], Sequence[Contact]] | None = None,
        *,
        pool: Executor | None = None,
        digests: bool = False,
    ) -> None:
        self.database = database
        self.keys = keys
        self.at = datetime(2026, 12, 1, 10, 0, tzinfo=ZONE)
        self.phones = Phones(batch)
        self.channels = {self.phones.name: self.phones}
        self.bell = Rings()
        self.people = People(database, keys, reference_places())
        places, contacts = district or demo.district()
        self.people.put_places(places)
        self.people.put_contacts(contacts)
        cases = Cases(database, keys)
        # the daily summary stands in no script but its own
        ladder = load_ladder() if digests else replace(load_ladder(), digest_at=None)
        self.parts = Parts(
            database=database,
            inbox=Inbox(database, keys),
            outbox=Outbox(database, keys),
            cases=cases,
            reports=Reports(database, keys),
            alerts=Alerts(database, cases),
            desk=Desk(database, keys, cases),
            audit=Audit(database, keys),
            people=self.people,
            receipts=Receipts(database),
            watch=Watch(database),
            sessions=Sessions(database, keys),
            standings=Standings(database, keys, load_receipt_words()),
            menu=load_menu(),
            channels=self.channels,
            default_channel="simulator",
            catalogue=load_catalogue(),
            prompts=Prompts(database),
            policy=Policy(
                "112",
                "1098",
                ladder,
                load_triage_table(),
                load_lexicon(),
                load_answers(),
                "IN",
            ),
            zone=ZONE,
            language="en",
            bell=self.bell,
            now=self.now,
            fresh_code=lambda: "537",
            in_flight=16,
        )
        self.receive = Receive(self.parts)
        self.deliver = Deliver(self.parts, pool=pool)
        self._ids = itertools.count(1)

    def second_channel(self) -> Phones:
        """Let there be a second channel; the first one sends receipts from now on."""
        self.phones.sends_receipts = True
        second = Phones(name="second")
        self.channels[second.name] = second
        return second

    def now(self) -> int:
        """The set time in milliseconds."""
        return round(self.at.timestamp() * 1000)

    def text(self, sender: str, text: str, provider_id: str | None = None) -> None:
        """Somebody texts; it is stored, not yet worked on."""
        provider_id = provider_id or f"m{next(self._ids)}"
        self.receive.message(Inbound("simulator", provider_id, sender, "SafetyNet", text))

    def work(self) -> None:
        """Do all that waits."""
        now = self.at
        for seconds in (0, 2):  # a question follows the reply before it by a second or two
            self.at = now + timedelta(seconds=seconds)
            while work_inbound(self.parts, 1000) or self.deliver.drain():
                pass
        self.at = now

    def tick(self) -> None:
        """One look of the clock."""
        tick(self.parts, self.deliver)

    def heard(self, phone: str) -> list[str]:
        """What reached a phone so far."""
        return [m.text for m in self.phones.sent if m.to == phone]

    def take_heard(self, phone: str) -> list[str]:
        """What reached a phone since it was last asked."""
        mine = [m for m in self.phones.sent if m.to == phone]
        self.phones.sent = [m for m in self.phones.sent if m.to != phone]
        return [m.text for m in mine]

    def close(self) -> None:
        """Let go."""
        self.deliver.close()
