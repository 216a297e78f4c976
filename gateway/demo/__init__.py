"""The demonstration: a district that does not exist, and people who do not either.

Destinations are real cities, states and countries, because reports name those.
"""

from __future__ import annotations

from importlib.resources import files

from gateway.domain.contacts import Contact, read_contacts
from gateway.domain.places import Place, read_places

#: the phones of the page: number, label, role, language
PHONES = (
    ("+917000000301", "Rahim, a neighbour", "reporter", "bn-Latn"),
    ("+917000000302", "Mina, a shopkeeper", "reporter", "bn"),
    ("+917000000101", "Asha, village committee", "member", "bn-Latn"),
    ("+917000000102", "Bimal, panchayat committee", "member", "bn"),
    ("+917000000103", "Chitra, block committee", "member", "en"),
    ("+917000000201", "Ratan, staff", "staff", "en"),
)


def district() -> tuple[list[Place], list[Contact]]:
    """The places and contacts of the demonstration."""
    places, faults = read_places(_text("places.csv"))
    contacts, more = read_contacts(_text("contacts.csv"), places, "IN")
    if faults or more:  # a test reads the files; this holds for whoever edits them
        raise ValueError(f"the demonstration's files have faults: {faults + more}")
    return places, contacts


def _text(name: str) -> str:
    return (files(__name__) / name).read_text(encoding="utf-8")
