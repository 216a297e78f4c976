"""What is missing or wrong, in plain words, each with what to do.

Checks look; they change nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from gateway import wiring
from gateway.bell import connect
from gateway.channels import registry
from gateway.domain import ladders
from gateway.domain.directory import COMMITTEE_ROLES, Directory
from gateway.domain.ladders import Ladder, LadderFault
from gateway.errors import KeyFault, SchemaFault
from gateway.store import schema
from gateway.store.audit import Audit
from gateway.store.engine import Database, now_ms
from gateway.store.inbox import Inbox
from gateway.store.people import People
from gateway.store.sealing import Keyring
from gateway.store.watch import Watch

if TYPE_CHECKING:
    from gateway.settings import Settings

#: levels whose places villagers live in, where somebody near should be on duty
_NEAR = ("village", "ward", "gram_panchayat")
_CLOCK_LATE_MS = 15_000
#: how far this machine's clock may be from the database's
_CLOCK_APART_MS = 5_000
_NAMED = 8


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at.  ``level`` is "ok", "note" (worth knowing) or "wrong"."""

    level: str
    text: str


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at everything, from what all else rests on upward."""
    yield from _addresses(settings)
    yield from _numbers(settings)
    yield from _channels(settings)
    yield from _redis(settings)
    keys, findings = _keys(settings)
    yield from findings
    database = Database(settings.database)
    try:
        with database.read() as connection:
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError as fault:
        yield Finding("wrong", f"the database cannot be reached ({type(fault).__name__})")
        return
    try:
        schema.check(database)
    except SchemaFault as fault:
        yield Finding("wrong", str(fault))
        return
    yield Finding(
        "ok", f"database: {'SQLite' if database.sqlite else 'PostgreSQL'}, schema is current"
    )
    try:
        if keys is not None:
            yield from _stored(settings, database, keys)
        yield from _clocks(settings, database)
    finally:
        database.close()


def _keys(settings: Settings) -> tuple[Keyring | None, list[Finding]]:
    try:
        keys = Keyring.from_text(wiring.keys_text(settings))
    except KeyFault as fault:
        return None, [Finding("wrong", str(fault))]
    return keys, [Finding("ok", "encryption keys are there; keep a copy apart from the database")]


def _addresses(settings: Settings) -> Iterator[Finding]:
    if settings.demo:
        yield Finding("note", "this is the demonstration: simulated phones, its own keys and data")
    elif not settings.public_url:
        yield Finding(
            "wrong", "PUBLIC_URL is not set: the address under which vendors reach this gateway"
        )
    elif not settings.public_url.startswith("https://"):
        yield Finding(
            "wrong", "PUBLIC_URL does not begin with https://; texts would travel in the open"
        )


def _numbers(settings: Settings) -> Iterator[Finding]:
    if (
        settings.region != "IN"
        and settings.numbers == type(settings).model_fields["numbers"].default
    ):
        yield Finding(
            "wrong",
            f"SAFETYNET_EMERGENCY_NUMBERS is India's {' and '.join(settings.numbers)}, but"
            f" SAFETYNET_REGION is {settings.region}: set the numbers that are answered there",
        )


def _channels(settings: Settings) -> Iterator[Finding]:
    configured = {"simulator"} if settings.demo else set()
    usable = 0
    for name in registry.names():
        channel_class = registry.channel_class(name)
        if name == "simulator":
            continue
        missing = channel_class.missing(settings)
        channel = channel_class.from_settings(settings)
        if channel is not None and not missing:
            usable += 1
            configured.add(name)
            yield Finding("ok", f"channel {name} is configured")
            for field, address in channel.webhook_addresses():
                yield Finding("note", f"paste at {name}, {field}: {address}")
        elif channel is not None or len(missing) < channel_class.setting_count:
            yield Finding("wrong", f"channel {name} lacks {', '.join(missing)}")
    if not usable and not settings.demo:
        yield Finding(
            "wrong", "no channel is configured: set TWILIO_… or AFRICASTALKING_… (docs/settings.md)"
        )
    default = settings.default_channel
    if default and default not in registry.names():
        yield Finding("wrong", f"SAFETYNET_DEFAULT_CHANNEL names no channel: {default}")
    elif default and default not in configured:
        yield Finding("wrong", f"SAFETYNET_DEFAULT_CHANNEL: {default} is not configured")


def _redis(settings: Settings) -> Iterator[Finding]:
    if not settings.redis_url:
        yield Finding(
            "ok",
            "Redis: `safetynet up` starts an embedded one, append-only file in the data directory",
        )
        return
    try:
        with connect(settings.redis_url) as redis:
            persistence = redis.info("persistence")
            policy = redis.config_get("maxmemory-policy").get("maxmemory-policy", "noeviction")
    except (RedisError, OSError):
        yield Finding(
            "wrong", "Redis does not answer at REDIS_URL; messages are kept, work is slower"
        )
        return
    if persistence.get("aof_enabled"):
        yield Finding("ok", "Redis keeps an append-only file")
    else:
        yield Finding(
            "note",
            "Redis keeps no append-only file; the database does, so nothing is lost",
        )
    if policy != "noeviction":
        yield Finding(
            "wrong", f"Redis may throw jobs away (maxmemory-policy {policy}); set noeviction"
        )


def _stored(settings: Settings, database: Database, keys: Keyring) -> Iterator[Finding]:
    watch = Watch(database)
    try:
        watch.prove_keys(keys)
    except KeyFault as fault:
        yield Finding("wrong", str(fault))
        return
    with database.read() as connection:
        directory = People(database, keys).directory(connection)
    now = wiring.clock(settings, database)()
    try:
        yield from _people(directory, wiring.load_ladder(settings.ladders), now)
    except LadderFault as fault:
        yield from (Finding("wrong", f"ladders: {each}") for each in fault.faults)
    yield _audit(Audit(database, keys))
    with database.read() as connection:
        unread = Inbox(database, keys).count_unread(connection)
    if unread:
        yield Finding("note", f"{unread} texts wait for somebody to read them: safetynet inbox")
    for page in watch.open_pages(now):
        yield Finding("wrong", f"channel {page.channel} needs you: {page.code} ({page.why})")
    for queue, age in watch.oldest_due(now).items():
        if age > 2 * _CLOCK_LATE_MS:
            yield Finding(
                "wrong",
                f"work for {queue} has waited {age // 1000} seconds; are the workers running?",
            )


def _audit(audit: Audit) -> Finding:
    broken = audit.verify()
    if broken is not None:
        return Finding(
            "wrong",
            f"the audit log is broken from record {broken} on: somebody changed or removed records;"
            " keep this database as it is and compare it with a backup",
        )
    last = audit.last()
    if last is None:
        return Finding("ok", "the audit log has no records yet")
    return Finding(
        "ok", f"audit log: {last.id} records, none changed; the last is {last.hash.hex()[:12]}"
    )


def _people(directory: Directory, ladder: Ladder, now: int) -> Iterator[Finding]:
    if not directory.gazetteer.own:
        yield Finding("wrong", "there are no places: safetynet import places FILE.csv")
    if not directory.contacts:
        yield Finding("wrong", "there are no contacts: safetynet import contacts FILE.csv")
        return
    if not directory.duty_staff():
        yield Finding("wrong", "no staff is on duty: a case nobody answers would end at nobody")
    yield from _coordinators(directory)
    alone: list[str] = []
    climbing: list[str] = []
    for place in directory.gazetteer.own:
        if place.level not in _NEAR:
            continue
        found = ladders.rungs(directory, ladder, "migration", place.code, (), now)
        if not any(c.role in COMMITTEE_ROLES for rung in found for c in rung.contacts):
            alone.append(place.name)
        elif not any(c.on_duty and c.role in COMMITTEE_ROLES for c in directory.at(place.code)):
            climbing.append(place.name)
    if alone:
        yield Finding("wrong", f"nobody of a committee is on duty for {_listed(alone)}")
    if climbing:
        yield Finding(
            "note", f"nobody at the place itself, the next above is asked: {_listed(climbing)}"
        )
    if not alone:
        yield Finding("ok", "every village and ward has a committee member on duty, there or above")


def _coordinators(directory: Directory) -> Iterator[Finding]:
    coordinators = [each for each in directory.staff() if each.role == "coordinator"]
    if not coordinators:
        yield Finding("note", "there is no coordinator: nobody can ASSIGN, open a lock or block")
    elif len(coordinators) == 1:
        yield Finding("note", "there is one coordinator only: no second one can APPROVE a text")


def _clocks(settings: Settings, database: Database) -> Iterator[Finding]:
    beat = Watch(database).last_beat("clock")
    now = wiring.clock(settings, database)()
    if beat is None or now - beat > _CLOCK_LATE_MS:
        yield Finding(
            "wrong", "the clock process is not running: no ladder climbs and nothing is retried"
        )
    else:
        yield Finding("ok", "the clock process is running")
    if not database.sqlite:
        with database.read() as connection:
            theirs = connection.execute(text("SELECT extract(epoch FROM clock_timestamp()) * 1000"))
            apart = abs(int(theirs.scalar_one()) - now_ms())
        if apart > _CLOCK_APART_MS:
            yield Finding(
                "wrong", f"this machine's clock and the database's are {apart // 1000} s apart"
            )


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:_NAMED])
    return shown if len(names) <= _NAMED else f"{shown} and {len(names) - _NAMED} more"
