"""The one place that knows everyone: puts a gateway together out of the settings."""

from __future__ import annotations

import contextlib
import os
import secrets
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from gateway import demo
from gateway.bell import RedisBell
from gateway.catalogue import load_catalogue
from gateway.channels import registry
from gateway.domain.commands.guard import Standing
from gateway.domain.consequences import Policy
from gateway.domain.ladders import Ladder, LadderFault, read_ladder
from gateway.domain.triage import KINDS
from gateway.errors import KeyFault
from gateway.gazetteer import reference_places
from gateway.lexicon import (
    load_answers,
    load_lexicon,
    load_receipt_words,
    load_triage_table,
)
from gateway.steps.deliver import Deliver
from gateway.steps.parts import Parts
from gateway.steps.receive import Receive
from gateway.steps.ussd import Ussd
from gateway.store import schema
from gateway.store.alerts import Alerts
from gateway.store.audit import Audit
from gateway.store.cases import Cases
from gateway.store.demo_clock import DemoClock
from gateway.store.desk import Desk
from gateway.store.engine import Database, now_ms
from gateway.store.handsets import Handsets
from gateway.store.inbox import Inbox
from gateway.store.outbox import Outbox
from gateway.store.people import People
from gateway.store.prompts import Prompts
from gateway.store.receipts import Receipts
from gateway.store.register import Register
from gateway.store.reports import Reports
from gateway.store.sealing import Keyring, new_keys
from gateway.store.standings import Standings
from gateway.store.ussd import Sessions
from gateway.store.watch import Watch
from gateway.ussd import load_menu

if TYPE_CHECKING:
    from gateway.domain.contacts import Contact
    from gateway.domain.directory import Directory
    from gateway.settings import Settings
    from gateway.steps.parts import Bell

log = structlog.get_logger()
#: where ``up`` finds an embedded Redis that the parts are not told of
_NO_REDIS = "redis://127.0.0.1:1/0"


@dataclass(frozen=True)
class Gateway:
    """A gateway put together."""

    settings: Settings
    parts: Parts
    handsets: Handsets
    simulator_secret: str

    @cached_property
    def receive(self) -> Receive:
        """Step 1."""
        return Receive(self.parts)

    @cached_property
    def ussd(self) -> Ussd:
        """A turn of a USSD session."""
        return Ussd(self.parts)

    @cached_property
    def deliver(self) -> Deliver:
        """Step 3; begins threads, so only where messages are sent."""
        return Deliver(self.parts)

    def close(self) -> None:
        """Let go of connections and threads."""
        if "deliver" in self.__dict__:
            self.deliver.close()
        self.parts.database.close()


def open_gateway(settings: Settings, *, bell: Bell | None = None) -> Gateway:
    """Put a gateway together and check that it can work with its database and keys.

    Raises:
        KeyFault: no usable keys, or not those the data is sealed with.
        SchemaFault: the schema is missing or another version's.
    """
    keys = Keyring.from_text(keys_text(settings))
    database = Database(settings.database)
    schema.check(database)
    watch = Watch(database)
    watch.prove_keys(keys)
    now = clock(settings, database)
    handsets = Handsets(database, keys, now)
    secret = keys.index("simulator").hex()
    channels = registry.build(
        settings, handsets=handsets if settings.demo else None, simulator_secret=secret
    )
    cases = Cases(database, keys)
    parts = Parts(
        database=database,
        inbox=Inbox(database, keys),
        outbox=Outbox(database, keys),
        cases=cases,
        reports=Reports(database, keys),
        alerts=Alerts(database, cases),
        desk=Desk(database, keys, cases),
        audit=Audit(database, keys),
        people=People(database, keys, reference_places()),
        prompts=Prompts(database),
        receipts=Receipts(database),
        watch=watch,
        sessions=Sessions(database, keys),
        standings=Standings(database, keys, load_receipt_words()),
        menu=load_menu(settings.region, *settings.numbers),
        channels=channels,
        default_channel=_default(settings.default_channel, channels),
        catalogue=load_catalogue(),
        policy=Policy(
            emergency=settings.numbers[0],
            childline=settings.numbers[1],
            ladder=load_ladder(settings.ladders),
            triage_table=load_triage_table(),
            lexicon=load_lexicon(),
            answers=load_answers(),
            region=settings.region,
        ),
        zone=settings.zone,
        language=settings.language,
        bell=bell or RedisBell(settings.redis_url or _NO_REDIS),
        now=now,
        fresh_code=lambda: f"{secrets.randbelow(1000):03}",
        in_flight=settings.sends_in_flight,
    )
    return Gateway(settings, parts, handsets, secret)


def _default(wanted: str, channels: Iterable[str]) -> str:
    """The channel of who has none of their own: one that is there, or alerts would wait for it."""
    there = list(channels)
    if wanted and wanted not in there:
        log.error("default_channel_is_not_configured", channel=wanted)
    return wanted if wanted in there else next(iter(there), "")


def clock(settings: Settings, database: Database) -> Callable[[], int]:
    """What tells the time: the machine, and in the demonstration a clock that can be set forward.

    Whatever compares with a stored time asks this one, or shifted time would meet real time.
    """
    return DemoClock(database) if settings.demo else now_ms


def prepare(settings: Settings) -> None:
    """Make what a start needs: data directory, schema; for the demonstration keys and district.

    Raises:
        KeyFault: keys are missing (outside the demonstration) or malformed.
        SchemaFault: the database was made by a newer program.
    """
    _lay_ground(settings)
    if not settings.demo:
        return
    database = Database(settings.database)
    try:
        people = People(database, Keyring.from_text(keys_text(settings)))
        places, contacts = demo.district()
        people.put_places(places)
        people.put_contacts(contacts)
        _begin_by_day(DemoClock(database), settings)
    finally:
        database.close()


def _lay_ground(settings: Settings) -> None:
    """Data directory, keys and schema; the data in it is left as it is."""
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    if settings.demo and not settings.keys.get_secret_value():
        _make_demo_keys(settings.data_dir / "keys")
    keys = Keyring.from_text(keys_text(settings))
    database = Database(settings.database)
    try:
        schema.migrate(database)
        Watch(database).prove_keys(keys)
    finally:
        database.close()


def _begin_by_day(watch: DemoClock, settings: Settings) -> None:
    """Set the demonstration's clock to the morning: by night what is not urgent rings nobody."""
    at = datetime.fromtimestamp(watch() / 1000, settings.zone)
    minutes = load_ladder(settings.ladders).minutes_to_day(at)
    if minutes:
        watch.forward(minutes)


@contextlib.contextmanager
def _opened(settings: Settings) -> Iterator[tuple[Database, Keyring]]:
    """The database alone, migrated first, and the keys it is sealed with.

    A demonstration that has begun is left as it is: its clock runs, and its district is there.
    """
    if settings.demo and not (settings.data_dir / "keys").exists():
        prepare(settings)
    _lay_ground(settings)
    keys = Keyring.from_text(keys_text(settings))
    database = Database(settings.database)
    try:
        yield database, keys
    finally:
        database.close()


@contextlib.contextmanager
def open_people(settings: Settings) -> Iterator[tuple[People, Directory]]:
    """Places and contacts alone, on a database that is migrated first.

    Raises:
        KeyFault, SchemaFault: as :func:`prepare`.
    """
    with _opened(settings) as (database, keys):
        people = People(database, keys)
        with database.read() as connection:
            directory = people.directory(connection)
        yield people, directory


@dataclass(frozen=True)
class Contacts:
    """What the operator needs to let a contact in again."""

    database: Database
    people: People
    directory: Directory
    desk: Desk
    audit: Audit
    now: Callable[[], int]

    def unlock(self, contact: Contact) -> None:
        """Forget the contact's PIN and lock; a blocked number counts again."""
        now = self.now()
        with self.database.write() as connection:
            standing = self.desk.standing(connection, contact.id)
            self.desk.set_standing(connection, contact.id, Standing(digest=standing.digest))
            if contact.blocked:
                self.people.unblock(connection, contact.id)
            self.audit.add(
                connection,
                at=now,
                who="operator",
                what="contact.unlocked",
                detail=f"contact:{contact.id}",
            )


@contextlib.contextmanager
def open_contacts(settings: Settings) -> Iterator[Contacts]:
    """The contacts and how they stand, on a database that is migrated first.

    Raises:
        KeyFault, SchemaFault: as :func:`prepare`.
    """
    with _opened(settings) as (database, keys):
        people, cases = People(database, keys), Cases(database, keys)
        with database.read() as connection:
            directory = people.directory(connection)
        yield Contacts(
            database,
            people,
            directory,
            Desk(database, keys, cases),
            Audit(database, keys),
            clock(settings, database),
        )


@dataclass(frozen=True)
class Books:
    """What an export reads and writes."""

    database: Database
    directory: Directory
    register: Register
    audit: Audit


@contextlib.contextmanager
def open_books(settings: Settings) -> Iterator[Books]:
    """The register and the audit log, on a database that is migrated first.

    Raises:
        KeyFault, SchemaFault: as :func:`prepare`.
    """
    with _opened(settings) as (database, keys):
        with database.read() as connection:
            directory = People(database, keys, reference_places()).directory(connection)
        yield Books(database, directory, Register(keys), Audit(database, keys))


@dataclass(frozen=True)
class Unsorted:
    """What a person needs to read what the gateway could not sort."""

    database: Database
    inbox: Inbox
    audit: Audit
    now: Callable[[], int]


@contextlib.contextmanager
def open_inbox(settings: Settings) -> Iterator[Unsorted]:
    """What waits for a person, on a database that is migrated first.

    Raises:
        KeyFault, SchemaFault: as :func:`prepare`.
    """
    with _opened(settings) as (database, keys):
        now = clock(settings, database)
        yield Unsorted(database, Inbox(database, keys), Audit(database, keys), now)


def load_ladder(path: str = "") -> Ladder:
    """The ladder of a file, by default the one that is shipped.

    Raises:
        LadderFault: the file cannot be used; it says all that is wrong.
    """
    file = Path(path) if path else Path(__file__).parent / "ladders.toml"
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as fault:
        raise LadderFault([f"{file.name}: {fault}"]) from fault
    return read_ladder(data, KINDS)


def keys_text(settings: Settings) -> str:
    """The keys as SAFETYNET_KEYS has them; in the demonstration, those it made for itself."""
    given = settings.keys.get_secret_value()
    if given or not settings.demo:
        return given
    try:
        return (settings.data_dir / "keys").read_text(encoding="ascii").strip()
    except OSError as fault:
        raise KeyFault(
            "the demonstration has no keys yet: safetynet up --demo makes them"
        ) from fault


def _make_demo_keys(path: Path) -> None:
    if path.exists():
        return
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(new_keys() + "\n")
