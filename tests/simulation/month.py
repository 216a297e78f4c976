"""The month itself: events in a queue, a clock that jumps from one to the next, and people.

The gateway is real but for its processes; the people are made of chance.  One seed decides all.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import heapq
import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import structlog.testing
from sqlalchemy import bindparam, event, select, text

from gateway.domain.cases import Impossible, case_number, serial_of
from gateway.domain.commands import acts
from gateway.domain.contacts import Contact
from gateway.domain.messages import (
    Accepted,
    Inbound,
    Later,
    Outbound,
    Outcome,
    Receipt,
    ReceiptState,
    Refused,
)
from gateway.domain.text import ascii_digits
from gateway.steps import steer
from gateway.steps.clock import tick, work_inbound
from gateway.store import schema
from gateway.store.engine import Database
from gateway.store.sealing import Keyring, new_keys
from gateway.store.tables import alerts, cases, outbox, reports, timers
from tests.simulation import texts
from tests.simulation.district import District, district
from tests.world import ZONE, World

_SECOND, _MINUTE, _HOUR, _DAY = 1_000, 60_000, 3_600_000, 86_400_000
START = datetime(2026, 12, 1, 6, 0, tzinfo=ZONE)
#: whoever looks this often at one instant and still finds something due will never be done
_MOST_LOOKS = 300
#: minutes after which half of those who answer an alert have done so
_HALF_ANSWERED = {"urgent": 7, "reminder": 12, "high": 70, "normal": 300}


@dataclass(frozen=True, slots=True)
class Size:
    """How much happens; the outage begins at 11 in the morning of its day."""

    reports: int = 2000
    days: int = 30
    outage_day: int = 8
    outage_hours: float = 5.5


FULL = Size()
#: its outage is longer, so that in a small district too something falls due in it
SMALL = Size(reports=360, days=10, outage_day=4, outage_hours=23.5)


@dataclass(frozen=True, slots=True)
class Outage:
    """What was due when the clock came back, each with its time (ms)."""

    ended: int
    cases: tuple[tuple[int, int], ...]
    timers: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Handed:
    """A message that was handed to its provider."""

    at: int
    accepted: bool


class _AtOnce(concurrent.futures.Executor):
    """Sends in the caller's thread: the order of threads would be chance without a seed."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        future: concurrent.futures.Future[Any] = concurrent.futures.Future()
        future.set_result(fn(*args, **kwargs))
        return future


_DUE = text(
    """
    SELECT 'inbound', MIN(due_at) FROM inbox WHERE due_at IS NOT NULL
    UNION ALL SELECT 'inbound', MIN(due_at) FROM receipts WHERE due_at IS NOT NULL
    UNION ALL SELECT 'outbound', MIN(due_at) FROM outbox WHERE due_at IS NOT NULL
    UNION ALL SELECT 'clock', MIN(due_at) FROM cases WHERE due_at IS NOT NULL AND status = 'open'
    UNION ALL SELECT 'clock', MIN(due_at) FROM timers WHERE due_at IS NOT NULL
    UNION ALL SELECT 'clock', MIN(expires_at) FROM prompts WHERE state = 'open'
    """
)
_SENT = select(outbox.c.id, outbox.c.template, outbox.c.case_id, outbox.c.contact_id).where(
    outbox.c.id.in_(bindparam("ids", expanding=True))
)


class Month:
    """A month of the district, ready to run."""

    def __init__(self, database: Database, keys: Keyring, size: Size, seed: int) -> None:
        self.size, self.seed = size, seed
        self.chance = Random(seed)
        self.district: District = district(self.chance)
        self.world = World(
            database,
            keys,
            batch=1,
            district=(self.district.places, self.district.contacts),
            pool=_AtOnce(),
        )
        self.world.phones.answer = self._provider
        self.start = round(START.timestamp() * 1000)
        self.end = self.start + size.days * _DAY
        self.now = self.start
        #: provider id -> sender of everything that was ever delivered to the gateway
        self.delivered: dict[str, str] = {}
        self.redelivered = 0
        self.reported = 0
        #: provider id -> the number of the contact whom the text names
        self.names: dict[str, str] = {}
        #: outbox id -> each time it was handed to its provider
        self.handed: dict[str, list[Handed]] = {}
        self.asked: Counter[str] = Counter()
        self.steered: Counter[str] = Counter()
        self.outage: Outage | None = None
        self.logs: list[Any] = []
        with database.read() as connection:
            known = world_contacts(self.world, connection)
        self.contacts = known
        self._by_phone = {contact.phone: contact for contact in known.values()}
        self._queue: list[tuple[int, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._ids = itertools.count(1)
        self._off: set[str] = set()
        self._down = False
        self._new: list[Outbound] = []
        #: queue -> when the first of it is due, as the last look left it
        self._waits: dict[str, int] = {}

    # ------------------------------------------------------------ time

    def run(self) -> None:
        """Let the month pass."""
        self._plan()
        with structlog.testing.capture_logs() as self.logs:
            while True:
                at = self._next()
                if at > self.end:
                    break
                self._set(max(at, self.now))
                while self._queue and self._queue[0][0] <= self.now:
                    heapq.heappop(self._queue)[2]()
                if not self._down:
                    self._look()
            self._set(self.end)
        self.world.close()

    def _set(self, at: int) -> None:
        self.now = at
        self.world.at = datetime.fromtimestamp(at / 1000, ZONE)

    def _after(self, ms: float, act: Callable[[], None]) -> None:
        heapq.heappush(self._queue, (self.now + max(1, round(ms)), next(self._order), act))

    def _due(self) -> dict[str, int]:
        found: dict[str, int] = {}
        with self.world.database.read() as connection:
            for queue, at in connection.execute(_DUE).all():
                if at is not None:
                    found[queue] = min(at, found.get(queue, at))
        return found

    def _next(self) -> int:
        ours = self._queue[0][0] if self._queue else self.end + 1
        if self._down:
            return ours
        return min(ours, *self._waits.values(), self.end + 1)

    def _look(self) -> None:
        for _ in range(_MOST_LOOKS):
            self._waits = self._due()
            due = {queue for queue, at in self._waits.items() if at <= self.now}
            if not due:
                return
            if "clock" in due:
                tick(self.world.parts, self.world.deliver)
            if "inbound" in due:
                work_inbound(self.world.parts, 1)  # a batch; what is left is still due
            self.world.deliver.drain()
            self._react()
        raise AssertionError(f"at {self.world.at} something stays due: {self._due()}")

    # ------------------------------------------------------------ what happens

    def _plan(self) -> None:
        """Put into the queue what happens by itself."""
        chance = self.chance
        while self.reported < self.size.reports:
            self._happens()
        for day in range(self.size.days):
            morning = day * _DAY + 2 * _HOUR
            for _ in range(4):
                self._after(morning + chance.random() * 14 * _HOUR, self._somebody_leaves)
            for _ in range(7):
                self._after(day * _DAY + chance.random() * _DAY, self._phone_is_off)
            for act in (
                self._assign, self._assign, self._reopen, self._reopen, self._merge, self._merge,
                self._split, self._split, self._exclude, self._exclude, self._close,
            ):  # fmt: skip
                self._after(morning + chance.random() * 12 * _HOUR, act)
        self._after(self.size.outage_day * _DAY + 5 * _HOUR, self._stop)

    def _moment(self) -> float:
        """A time for somebody to write: by day mostly."""
        hour = self.chance.choices(
            range(24), [9, 9, 9, 9, 9, 8, 8, 8, 7, 7, 7, 8, 8, 7, 6, 5, 4, 2, 1, 1, 1, 1, 2, 4]
        )[0]  # from six in the morning on
        day = self.chance.randrange(self.size.days)
        return day * _DAY + hour * _HOUR + self.chance.random() * _HOUR

    def _happens(self, at: float | None = None, *, named: Contact | None = None) -> None:
        """Something happens, and one person or several report it."""
        chance = self.chance
        at = self._moment() if at is None else at
        today = (START + timedelta(milliseconds=at)).date()
        what = texts.event(chance, self.district.villages, today)
        if named is None and chance.random() < 0.05:
            named = chance.choice(self.district.contacts)
        phones = [self._somebody()]
        while len(phones) < 3 and chance.random() < (0.22 if len(phones) == 1 else 0.3):
            phones.append(self._somebody())
        for nth, phone in enumerate(phones):
            told = what
            if named is not None and chance.random() < 0.6 and named.phone != phone:
                told = replace(what, agent_phone=named.phone)
            after = 0 if nth == 0 else chance.choice((0.01, 0.3, 3, 20, 60)) * _HOUR
            self._writes_report(at + after * (0.5 + chance.random()), phone, told)
        if named is not None and all(p != named.phone for p in phones) and chance.random() < 0.2:
            self._after(at + 3 * _HOUR, lambda: self._text(named.phone, "ACK"))

    def _somebody(self) -> str:
        if self.chance.random() < 0.05:
            return self.chance.choice(self.district.contacts).phone
        return self.chance.choice(self.district.reporters)

    def _writes_report(self, at: float, phone: str, told: texts.Event) -> None:
        self.reported += 1
        body = texts.report(self.chance, told)
        named = told.agent_phone if told.agent_phone in body else ""
        self._after(at, lambda: self._text(phone, body, named=named))
        if phone not in self._by_phone and self.chance.random() < 0.03:
            later = self.chance.choice((5 * _SECOND, 10 * _MINUTE, 9 * _HOUR, 2 * _DAY))
            self._after(at + later, lambda: self._text(phone, "STOP"))

    def _text(self, phone: str, body: str, named: str = "") -> None:
        """Somebody's text reaches the gateway, at times more than once."""
        provider_id = f"m{next(self._ids)}"
        self.delivered[provider_id] = phone
        if named:
            self.names[provider_id] = named
        message = Inbound("simulator", provider_id, phone, "SafetyNet", body)
        self.world.receive.message(message)
        if self.chance.random() < 0.05:
            self.redelivered += 1
            again = self.chance.choice((1 * _SECOND, 40 * _SECOND, 2 * _HOUR))
            self._after(again, lambda: self.world.receive.message(message))

    def _stop(self) -> None:
        """The clock and the workers are away for some hours; webhooks still store."""
        self._down = True
        hours = self.size.outage_hours * _HOUR
        self._after(hours, self._begin_again)
        # what can only go wrong when much is worked on at once
        village = next(c for c in self.district.contacts if c.role == "member" and c.on_duty)
        stops = self.district.reporters[0]
        at = self.now - self.start
        for fraction in (0.3, 0.5):
            self._happens_now(at + hours * fraction, village)
        told = texts.event(self.chance, self.district.villages, self.world.at.date())
        self._after(hours * 0.6, lambda: self._text(stops, texts.report(self.chance, told)))
        self._after(hours * 0.61, lambda: self._text(stops, "STOP"))

    def _happens_now(self, at: float, named: Contact) -> None:
        chance = self.chance
        today = (START + timedelta(milliseconds=at)).date()
        villages = [p.name for p in self.district.places if p.code == named.place_code]
        what = replace(
            texts.event(chance, villages, today), kind="MIG", girl=True, age=16, companion="agent"
        )
        for nth, told in enumerate((what, replace(what, agent_phone=named.phone))):
            body = texts._structured(Random(1), told)
            phone = self.district.reporters[1 + nth]
            self._after(
                at - (self.now - self.start) + nth * 5 * _MINUTE,
                lambda phone=phone, body=body, told=told: self._text(
                    phone, body, named=told.agent_phone if told.agent_phone in body else ""
                ),
            )

    def _begin_again(self) -> None:
        self._down = False
        with self.world.database.read() as connection:
            waiting = connection.execute(
                select(cases.c.id, cases.c.due_at).where(
                    cases.c.due_at <= self.now, cases.c.status == "open"
                )
            ).all()
            due = connection.execute(
                select(timers.c.id, timers.c.due_at).where(timers.c.due_at <= self.now)
            ).all()
        self.outage = Outage(
            self.now, tuple((a, b) for a, b in waiting), tuple((a, b) for a, b in due)
        )

    # ------------------------------------------------------------ phones and providers

    def _provider(self, message: Outbound) -> Outcome:
        off = message.to in self._off
        outcome: Outcome = Accepted(f"p-{message.id}")
        if off and int(message.to[-1]) % 2 == 0:
            outcome = Refused("off", "the phone is switched off")
        elif self.chance.random() < 0.01:
            outcome = Later("busy", "the provider is busy", after=30.0)
        elif off:
            wait = self.chance.randint(1, 20) * _MINUTE
            self._after(wait, lambda: self._receipt(message, ReceiptState.UNDELIVERED))
        elif self.chance.random() < 0.1:
            self._after(5 * _SECOND, lambda: self._receipt(message, ReceiptState.DELIVERED))
        accepted = isinstance(outcome, Accepted)
        self.handed.setdefault(message.id, []).append(Handed(self.now, accepted))
        if accepted and not off:
            self._new.append(message)
        return outcome

    def _receipt(self, message: Outbound, state: ReceiptState) -> None:
        self.world.receive.receipt(Receipt("simulator", f"p-{message.id}", state, "", message.id))

    def _phone_is_off(self) -> None:
        phone = self.chance.choice(self.district.contacts).phone
        self._off.add(phone)
        hours = self.chance.choice((1, 6, 30))
        self._after(hours * _HOUR, lambda: self._off.discard(phone))

    def _somebody_leaves(self) -> None:
        chance = self.chance
        contact = chance.choice(self.district.contacts)
        days = chance.randint(1, 4)
        near = [c for c in self.district.contacts if c.place_code == contact.place_code]
        deputy = chance.choice((*[f" @{each.alias}" for each in near], "", "", " @nobody"))
        self._text(contact.phone, f"AWAY {days}d{deputy}")
        if chance.random() < 0.5:
            self._after(chance.random() * days * _DAY, lambda: self._text(contact.phone, "BACK"))

    # ------------------------------------------------------------ people react

    def _react(self) -> None:
        """Those whom messages have reached decide what they do about them."""
        new, self._new = self._new, []
        self.world.phones.sent.clear()
        self.world.phones.calls.clear()
        if not new:
            return
        with self.world.database.read() as connection:
            told = connection.execute(_SENT, {"ids": [message.id for message in new]}).all()
        rows = {row.id: row for row in told}
        for message in sorted(new, key=lambda each: (each.to, each.text)):
            row = rows[message.id]
            if row.template.startswith("ask."):
                self._asked(message.to, row.template.removeprefix("ask."))
            elif row.template in {"alert.urgent", "alert.high", "alert.normal", "alert.reminder"}:
                self._alerted(message.to, row.template.removeprefix("alert."), row.case_id)
            elif row.template in {"ack.yours", "assigned.yours"}:
                number = re.search(r"\d{4,}", ascii_digits(message.text))
                self._has_case(message.to, serial_of(number[0]) if number else None)

    def _asked(self, phone: str, what: str) -> None:
        chance = self.chance
        self.asked[what] += 1
        body = texts.answer(chance, what)
        wait, how = chance.lognormvariate(1.5, 1) * _MINUTE, chance.random()
        if how < 0.15:
            wait = chance.uniform(20, 40) * _HOUR
        elif how < 0.25:
            body = texts.nonsense(chance)
        elif how < (0.6 if what == "check_in" else 0.45):
            return
        self._after(wait, lambda: self._text(phone, body))

    def _alerted(self, phone: str, level: str, case_id: int) -> None:
        chance = self.chance
        answers = 0.55
        if level != "urgent" and not 6 <= self.world.at.hour < 22:
            answers = 0.3
        if chance.random() > answers:
            return
        number = case_number(case_id)
        body = chance.choices(
            (f"ACK {number}", "1", "ACK", f"PASS {number}", "PASS", "ki hoyeche", f"ACK {number}0"),
            (55, 12, 10, 12, 5, 3, 3),
        )[0]
        wait = chance.lognormvariate(0, 1) * _HALF_ANSWERED[level]
        self._after(wait * _MINUTE, lambda: self._text(phone, body))

    def _has_case(self, phone: str, case_id: int | None) -> None:
        chance = self.chance
        how = chance.random()
        if case_id is None or how < 0.3:
            return
        if how < 0.38:
            body = f"PASS {case_number(case_id)}"
            self._after(chance.expovariate(1 / 9) * _HOUR, lambda: self._text(phone, body))
            return
        days = chance.expovariate(1 / 7)
        self._after(days * _DAY, lambda: self._steer("close", lambda p: self._end(p, case_id)))

    # ------------------------------------------------------------ staff steer

    def _steer(self, what: str, act: Callable[[Any], Any]) -> None:
        try:
            act(self.world.parts)
        except Impossible:
            what += " refused"
        self.steered[what] += 1

    def _pick(self, query: Any) -> Any:
        with self.world.database.read() as connection:
            rows = connection.execute(query).all()
        return self.chance.choice(rows) if rows else None

    def _end(self, parts: Any, case_id: int) -> None:
        try:
            steer.carry_out(parts, acts.Close(case_id, "safe"))
        except Impossible as why:
            if "police" not in str(why):
                raise
            steer.carry_out(parts, acts.Told(case_id, "police", "GD 77"))
            steer.carry_out(parts, acts.Close(case_id, "referred"))

    def _close(self) -> None:
        row = self._pick(select(cases.c.id).where(cases.c.status == "open").order_by(cases.c.id))
        if row is not None:
            self._steer("close", lambda p: self._end(p, row.id))

    def _assign(self) -> None:
        row = self._pick(select(cases.c.id).order_by(cases.c.id.desc()).limit(60))
        contact = self.chance.choice(list(self.contacts.values()))
        if row is not None:
            self._steer("assign", lambda p: steer.carry_out(p, acts.Assign(row.id, contact.id)))

    def _reopen(self) -> None:
        row = self._pick(select(cases.c.id).where(cases.c.status == "closed").order_by(cases.c.id))
        if row is not None:
            self._steer("reopen", lambda p: steer.carry_out(p, acts.Reopen(row.id)))

    def _merge(self) -> None:
        recent = select(cases.c.id).order_by(cases.c.id.desc()).limit(80)
        one, other = self._pick(recent), self._pick(recent)
        if one is not None:
            self._steer("merge", lambda p: steer.carry_out(p, acts.Merge(one.id, other.id)))

    def _split(self) -> None:
        several = select(reports.c.case_id).group_by(reports.c.case_id).having(text("count(*) > 1"))
        row = self._pick(
            select(reports.c.id, reports.c.case_id)
            .where(reports.c.case_id.in_(several))
            .order_by(reports.c.id)
        )
        if row is not None:
            self._steer("split", lambda p: steer.carry_out(p, acts.Split(row.case_id, row.id)))

    def _exclude(self) -> None:
        """Somebody who has a case, or is asked on it, is found to be a relative."""
        taken = select(cases.c.id, cases.c.taken_by.label("who")).where(cases.c.status == "taken")
        asked = select(alerts.c.case_id, alerts.c.contact_id.label("who"))
        query = taken if self.chance.random() < 0.5 else asked.where(alerts.c.state == "asked")
        row = self._pick(query.order_by(text("1"), text("2")))
        if row is not None:
            self._steer("exclude", lambda p: steer.carry_out(p, acts.Exclude(row[0], row.who)))
            phone = self.contacts[row.who].phone
            body = f"ACK {case_number(row[0])}"
            self._after(self.chance.random() * _HOUR, lambda: self._text(phone, body))


def world_contacts(world: World, connection: Any) -> dict[int, Contact]:
    """The contacts as the store knows them."""
    return world.people.directory(connection).contacts


@contextlib.contextmanager
def a_month(folder: Path, size: Size, seed: int) -> Iterator[Month]:
    """A month that has passed, on a SQLite file in a folder."""
    # rows of one millisecond are told apart by their ids: these too come from the seed
    chance = Random(seed).randbytes
    database = Database(f"sqlite:///{folder / 'month.db'}", chance=chance)
    # nobody pulls the plug on a simulation, and waiting for the disk is most of a run
    event.listen(
        database.engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous=OFF").close()
    )
    schema.migrate(database)
    month = Month(database, Keyring.from_text(new_keys()), size, seed)
    month.run()
    try:
        yield month
    finally:
        database.close()
