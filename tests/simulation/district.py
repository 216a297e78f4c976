"""A district, its committees and its villagers, none of which exist."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from gateway.domain.contacts import Contact
from gateway.domain.places import Place

_BLOCKS = ("Matlapur", "Kolshidanga", "Rajhatkhali")
_PANCHAYATS = (
    "Shimulgachi", "Belpukuria", "Naradanga", "Tentulberia", "Joynagarkhali", "Madhurpur",
    "Kumirmari Char",
)  # fmt: skip
_VILLAGES = (
    "Chandipara", "Jelepara", "Bamunghata", "Palashdiha", "Kalmikhali", "Dhopagachi",
    "Sonakhola", "Mechodanga", "Haldiberia", "Tiakhali", "Nolbona", "Gobordihi", "Pakhiralaya",
    "Charkanika", "Ghughudanga", "Lebutala", "Mohishbathan", "Shankchura", "Dumuria Char",
)  # fmt: skip
_GIVEN = ("Asha", "Bimal", "Chitra", "Dipu", "Ela", "Firoz", "Gopal", "Hasina", "Ila", "Jatin")
_LANGUAGES = ("bn", "bn-Latn", "en", "hi", "hi-Latn")
#: how many stand at each place of a level
_AT = {"village": 3, "gram_panchayat": 3, "block": 6, "district": 8}
_STAFF, _COORDINATORS = 12, 4
_OFF_DUTY = 0.08
_REPORTERS = 600


@dataclass(frozen=True, slots=True)
class District:
    """Who and what there is: 30 places, 120 contacts, and the phones of those who report."""

    places: tuple[Place, ...]
    contacts: tuple[Contact, ...]
    reporters: tuple[str, ...]

    @property
    def villages(self) -> list[str]:
        """The names of the villages."""
        return [place.name for place in self.places if place.level == "village"]


def district(chance: Random) -> District:
    """A district, the same for the same chance."""
    places = [Place("D1", "district", "Dakshin Nadia")]
    places += [Place(f"B{n}", "block", name, "D1") for n, name in enumerate(_BLOCKS)]
    places += [
        Place(f"G{n}", "gram_panchayat", name, f"B{n % len(_BLOCKS)}")
        for n, name in enumerate(_PANCHAYATS)
    ]
    places += [
        Place(f"V{n}", "village", name, f"G{n % len(_PANCHAYATS)}")
        for n, name in enumerate(_VILLAGES)
    ]
    contacts: list[Contact] = []

    def add(role: str, place_code: str) -> None:
        n = len(contacts)
        contacts.append(
            Contact(
                name=chance.choice(_GIVEN),
                phone=f"+9170000{n:05d}",
                role=role,
                place_code=place_code,
                language=chance.choice(_LANGUAGES),
                channel="simulator",
                on_duty=chance.random() >= _OFF_DUTY,
                alias=f"k{n}",
            )
        )

    for place in places:
        role = "member" if place.level in {"village", "gram_panchayat"} else "officer"
        for _ in range(_AT[place.level]):
            add(role, place.code)
    for n in range(_STAFF + _COORDINATORS):
        add("staff" if n < _STAFF else "coordinator", "")
    reporters = tuple(f"+9180000{n:05d}" for n in range(_REPORTERS))
    return District(tuple(places), tuple(contacts), reporters)
