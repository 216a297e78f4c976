"""Contacts: committee members, staff and whoever else is known by their number."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.domain.phones import e164
from gateway.domain.rows import Fault, rows

if TYPE_CHECKING:
    from gateway.domain.places import Place

ROLES = ("member", "staff", "coordinator", "officer", "reporter")
LANGUAGES = ("en", "bn", "bn-Latn", "hi", "hi-Latn", "sw")
CHANNELS = ("", "twilio", "africastalking", "simulator")
COLUMNS = (
    "name",
    "phone",
    "role",
    "place_code",
    "language",
    "channel",
    "on_duty",
    "rung",
    "alias",
)
_YES = frozenset({"", "1", "yes", "y", "true", "on"})
_NO = frozenset({"0", "no", "n", "false", "off"})
_MOST_RUNGS = 9


@dataclass(frozen=True, slots=True)
class Contact:
    """A known person.

    ``phone`` is E.164; ``place_code`` "" for nobody's place; ``channel`` "" for the default one;
    ``rung`` None for the one of their place's level; ``id`` is the store's, 0 for a new contact.
    Until ``away_until`` (ms) the contact is away, and ``deputy_id`` is asked instead.
    ``blocked``: the phone is lost, and its number is a stranger's.
    """

    name: str
    phone: str
    role: str
    place_code: str = ""
    language: str = "en"
    channel: str = ""
    on_duty: bool = True
    rung: int | None = None
    alias: str = ""
    id: int = 0
    away_until: int | None = None
    deputy_id: int | None = None
    blocked: bool = False


def read_contacts(
    text: str, places: Iterable[Place], region: str
) -> tuple[list[Contact], list[Fault]]:
    """Contacts out of a CSV file, and the rows that cannot be used."""
    faults: list[Fault] = []
    codes = {place.code for place in places}
    lines: dict[str, int] = {}
    aliases: dict[str, int] = {}
    found = []
    for line, row in rows(text, COLUMNS, faults):
        phone = e164(row["phone"], region)
        why = _fault(row, phone, codes)
        if not why and phone in lines:
            why = f"the number stands on line {lines[phone]} already"
        if not why and row["alias"] and row["alias"].casefold() in aliases:
            why = f"alias {row['alias']} stands on line {aliases[row['alias'].casefold()]} already"
        if why or phone is None:
            faults.append((line, why))
            continue
        lines[phone] = line
        aliases[row["alias"].casefold()] = line
        found.append(
            Contact(
                name=row["name"],
                phone=phone,
                role=row["role"],
                place_code=row["place_code"],
                language=row["language"] or "en",
                channel=row["channel"],
                on_duty=row["on_duty"].casefold() in _YES,
                rung=int(row["rung"]) if row["rung"] else None,
                alias=row["alias"],
            )
        )
    return found, sorted(faults)


def _fault(row: dict[str, str], phone: str | None, codes: set[str]) -> str:
    checks = (
        (not row["name"], "name is empty"),
        (phone is None, f"phone {row['phone'] or '(empty)'} is no phone number"),
        (
            row["role"] not in ROLES,
            f"role {row['role'] or '(empty)'} is none of {', '.join(ROLES)}",
        ),
        (
            bool(row["place_code"]) and row["place_code"] not in codes,
            f"place {row['place_code']} is not known; import places first",
        ),
        (
            not row["place_code"] and row["role"] in {"member", "officer"},
            "a member or officer needs a place_code",
        ),
        (
            bool(row["language"]) and row["language"] not in LANGUAGES,
            f"language {row['language']} is none of {', '.join(LANGUAGES)}",
        ),
        (
            row["channel"] not in CHANNELS,
            f"channel {row['channel']} is none of {', '.join(CHANNELS[1:])}",
        ),
        (
            row["on_duty"].casefold() not in _YES | _NO,
            f"on_duty {row['on_duty']} is neither yes nor no",
        ),
        (
            bool(row["rung"])
            and not (
                row["rung"].isascii()
                and row["rung"].isdigit()
                and 0 < int(row["rung"]) <= _MOST_RUNGS
            ),
            f"rung {row['rung']} is not a number from 1 to {_MOST_RUNGS}",
        ),
    )
    return next((why for wrong, why in checks if wrong), "")
