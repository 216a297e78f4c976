"""Places, contacts and senders."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import bindparam, or_, select, text, update

from gateway.domain.contacts import Contact
from gateway.domain.directory import Directory
from gateway.domain.places import Gazetteer, Place
from gateway.errors import KeyFault
from gateway.store.tables import contacts, meta, places, senders

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gateway.store.engine import Database
    from gateway.store.sealing import Keyring

log = structlog.get_logger()

_PHONE = "contacts.phone"
_NAME = "contacts.name"
_VERSION = "directory"
#: names of fields that an imported contact may change
_CHANGING = (
    "phone_sealed",
    "name_sealed",
    "role",
    "place_code",
    "language",
    "channel",
    "on_duty",
    "rung",
    "alias",
)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a sender has said about being written to; ``safe`` None: nothing."""

    opted_out: bool
    safe: bool | None


@lru_cache(maxsize=2)
def _gazetteer(known: tuple[Place, ...]) -> Gazetteer:
    """Contacts change far more often than places, and thousands of places take time to index."""
    return Gazetteer(known)


class People:
    """Imports and reads places and contacts; remembers who wants no more messages."""

    def __init__(self, database: Database, keys: Keyring, reference: Sequence[Place] = ()) -> None:
        self._database = database
        self._keys = keys
        self._reference = reference
        self._snapshot: tuple[str, Directory] | None = None

    def directory(self, connection: Connection) -> Directory:
        """The directory as it stands, made anew only when it has changed."""
        version = connection.execute(_READ_VERSION, {"name": _VERSION}).scalar() or ""
        if self._snapshot is None or self._snapshot[0] != version:
            self._snapshot = (version, self._read(connection))
        return self._snapshot[1]

    def _read(self, connection: Connection) -> Directory:
        known = [
            Place(
                code=row.code,
                level=row.level,
                name=row.name,
                parent_code=row.parent_code or "",
                name_bn=row.name_bn,
                name_hi=row.name_hi,
                aliases=tuple(row.aliases.split("|")) if row.aliases else (),
                lat=row.lat,
                lon=row.lon,
            )
            for row in connection.execute(select(places)).all()
        ]
        people = []
        for row in connection.execute(select(contacts).order_by(contacts.c.id)).all():
            try:
                name = self._keys.open(_NAME, row.name_sealed)
                phone = self._keys.open(_PHONE, row.phone_sealed)
            except KeyFault:
                # without whom nobody's message would be worked on
                log.error("unreadable", table="contacts", rows=[row.id])
                continue
            people.append(
                Contact(
                    id=row.id,
                    name=name,
                    phone=phone,
                    role=row.role,
                    place_code=row.place_code or "",
                    language=row.language,
                    channel=row.channel,
                    on_duty=row.on_duty,
                    rung=row.rung,
                    alias=row.alias,
                    away_until=row.away_until,
                    deputy_id=row.deputy_id,
                    blocked=row.blocked_at is not None,
                )
            )
        return Directory(_gazetteer((*known, *self._reference)), people)

    def put_places(self, new: Iterable[Place]) -> int:
        """Add places or change those whose code is known; parents must come with or before."""
        rows = [
            {
                "code": place.code,
                "level": place.level,
                "name": place.name,
                "parent_code": place.parent_code or None,
                "name_bn": place.name_bn,
                "name_hi": place.name_hi,
                "aliases": "|".join(place.aliases),
                "lat": place.lat,
                "lon": place.lon,
            }
            for place in _parents_first(new)
        ]
        statement = self._database.insert(places)
        statement = statement.on_conflict_do_update(
            index_elements=["code"],
            set_={name: statement.excluded[name] for name in places.c.keys() if name != "code"},  # noqa: SIM118 columns
        )
        with self._database.write() as connection:
            if rows:
                connection.execute(statement, rows)
            self._changed(connection)
        return len(rows)

    def put_contacts(self, new: Iterable[Contact]) -> int:
        """Add contacts or change those whose number is known; a blocked one stays blocked."""
        rows = [
            {
                "phone_index": self._keys.index(contact.phone),
                "phone_sealed": self._keys.seal(_PHONE, contact.phone),
                "name_sealed": self._keys.seal(_NAME, contact.name),
                "role": contact.role,
                "place_code": contact.place_code or None,
                "language": contact.language,
                "channel": contact.channel,
                "on_duty": contact.on_duty,
                "rung": contact.rung,
                "alias": contact.alias,
            }
            for contact in new
        ]
        statement = self._database.insert(contacts)
        statement = statement.on_conflict_do_update(
            index_elements=["phone_index"],
            set_={name: statement.excluded[name] for name in _CHANGING},
        )
        with self._database.write() as connection:
            if rows:
                connection.execute(statement, rows)
            self._changed(connection)
        return len(rows)

    def _changed(self, connection: Connection) -> None:
        # by chance: a number counted up would be given again after a transaction that was taken
        # back, and a process that had read in it would go on with what never was
        version = secrets.token_hex(8)
        statement = self._database.insert(meta)
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["name"],
                set_={"value": version},
            ),
            {"name": _VERSION, "value": version},
        )

    def set_away(
        self, connection: Connection, contact_id: int, until: int | None, deputy_id: int | None
    ) -> None:
        """The contact is away until then (ms; None: back), and the deputy is asked instead."""
        connection.execute(
            update(contacts)
            .where(contacts.c.id == contact_id)
            .values(away_until=until, deputy_id=deputy_id)
        )
        self._changed(connection)

    def set_duty(
        self, connection: Connection, contact_id: int, *, on: bool, until: int | None = None
    ) -> None:
        """The contact is on duty, until then (ms) or from now on; or off duty.

        An hour's duty does not end the standing one of who is on duty anyway.
        """
        values: dict[str, object] = {"on_duty": on, "duty_until": until}
        if on:
            values |= {"away_until": None, "deputy_id": None}
        mine = update(contacts).where(contacts.c.id == contact_id)
        if until is not None:
            standing = mine.where(contacts.c.on_duty, contacts.c.duty_until.is_(None))
            connection.execute(standing.values(away_until=None, deputy_id=None))
            mine = mine.where(or_(~contacts.c.on_duty, contacts.c.duty_until.is_not(None)))
        connection.execute(mine.values(values))
        self._changed(connection)

    def whose_duty_is_over(self, now: int) -> list[int]:
        """Who said to be on duty until a time that is over."""
        over = select(contacts.c.id).where(contacts.c.duty_until <= now)
        with self._database.read() as connection:
            return list(connection.execute(over.order_by(contacts.c.duty_until)).scalars())

    def end_duty(self, connection: Connection, contact_id: int, now: int) -> bool:
        """The contact is off duty, if the time that they said is over; whether it is."""
        ended = connection.execute(
            update(contacts)
            .where(contacts.c.id == contact_id, contacts.c.duty_until <= now)
            .values(on_duty=False, duty_until=None)
        )
        if ended.rowcount:
            self._changed(connection)
        return bool(ended.rowcount)

    def block(self, connection: Connection, contact_id: int, now: int) -> None:
        """The contact's phone is lost: its number is a stranger's, until it is imported again."""
        connection.execute(
            update(contacts)
            .where(contacts.c.id == contact_id)
            .values(blocked_at=now, on_duty=False, duty_until=None)
        )
        connection.execute(
            update(contacts).where(contacts.c.deputy_id == contact_id).values(deputy_id=None)
        )
        self._changed(connection)

    def unblock(self, connection: Connection, contact_id: int) -> None:
        """The contact has the phone again, and is on duty."""
        connection.execute(
            update(contacts)
            .where(contacts.c.id == contact_id)
            .values(blocked_at=None, on_duty=True)
        )
        self._changed(connection)

    def index(self, phone: str) -> bytes:
        """The keyed hash under which a number is found."""
        return self._keys.index(phone)

    def opt_out(self, connection: Connection, phone: str, now: int) -> None:
        """This number wants no more messages."""
        statement = self._database.insert(senders)
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["phone_index"], set_={"opted_out_at": now}
            ),
            {"phone_index": self._keys.index(phone), "opted_out_at": now},
        )

    @staticmethod
    def wishes(connection: Connection, indexes: Collection[bytes]) -> dict[bytes, Wishes]:
        """What these numbers (by index) have said; those that have said nothing are left out."""
        rows = connection.execute(_WISHES, {"senders": list(indexes)}).all()
        return {
            bytes(row.phone_index): Wishes(row.opted_out_at is not None, row.safe) for row in rows
        }

    def opted_out(self, connection: Connection, indexes: Collection[bytes]) -> set[bytes]:
        """Which of these numbers (by index) want no more messages."""
        rows = connection.execute(
            select(senders.c.phone_index).where(
                senders.c.phone_index.in_(indexes), senders.c.opted_out_at.is_not(None)
            )
        )
        return {bytes(row.phone_index) for row in rows}


_WISHES = select(senders.c.phone_index, senders.c.opted_out_at, senders.c.safe).where(
    senders.c.phone_index.in_(bindparam("senders", expanding=True))
)
_READ_VERSION = text("SELECT value FROM meta WHERE name = :name")


def _parents_first(new: Iterable[Place]) -> list[Place]:
    waiting = {place.code: place for place in new}
    ordered: list[Place] = []
    placed: set[str] = set()

    def put(place: Place) -> None:
        if place.code in placed:
            return
        placed.add(place.code)
        parent = waiting.get(place.parent_code)
        if parent is not None:
            put(parent)
        ordered.append(place)

    for place in waiting.values():
        put(place)
    return ordered
