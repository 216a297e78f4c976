"""The directory: who there is, where they belong, and who is on duty.

A snapshot.  The store makes a new one when contacts or places change.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.domain.contacts import Contact
    from gateway.domain.places import Gazetteer

#: who may be asked to act on a case
COMMITTEE_ROLES = frozenset({"member", "officer"})
STAFF_ROLES = frozenset({"staff", "coordinator"})


class Directory:
    """Places and contacts, ready to look up."""

    def __init__(self, gazetteer: Gazetteer, contacts: Iterable[Contact]) -> None:
        self.gazetteer = gazetteer
        self.contacts = {contact.id: contact for contact in contacts}
        known = [contact for contact in self.contacts.values() if not contact.blocked]
        self._by_phone = {contact.phone: contact for contact in known}
        self._by_place: dict[str, list[Contact]] = {}
        for contact in known:
            self._by_place.setdefault(contact.place_code, []).append(contact)

    def is_own(self, code: str) -> bool:
        """Whether a place is one of the committees' own, and not only known by name."""
        return not self.gazetteer[code].is_reference

    def with_phone(self, phone: str) -> Contact | None:
        """The contact with this number (E.164)."""
        return self._by_phone.get(phone)

    def with_alias(self, alias: str, *, blocked: bool = False) -> Contact | None:
        """The contact with this short name; ``blocked``: also one whose phone is lost."""
        wanted = alias.casefold()
        known = (c for c in self.contacts.values() if c.alias.casefold() == wanted)
        return next((c for c in known if blocked or not c.blocked), None)

    def with_changed(self, contact: Contact) -> Directory:
        """The directory as it would be with this contact as given."""
        return Directory(self.gazetteer, (self.contacts | {contact.id: contact}).values())

    def at(self, place_code: str) -> list[Contact]:
        """The contacts attached to exactly this place; "" for those attached to none."""
        return self._by_place.get(place_code, [])

    def upward(self, place_code: str) -> tuple[str, ...]:
        """The place itself and the places above it, from the nearest to the root."""
        if not place_code:
            return ()
        return (place_code, *(place.code for place in self.gazetteer.ancestors(place_code)))

    def staff(self) -> list[Contact]:
        """Staff and coordinators, wherever they belong."""
        return [c for c in self.contacts.values() if c.role in STAFF_ROLES and not c.blocked]

    def duty_staff(self) -> list[Contact]:
        """Staff and coordinators on duty, wherever they belong."""
        return [c for c in self.staff() if c.on_duty]
