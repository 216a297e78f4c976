"""The migration register: who left, from where, to where, as a Gram Panchayat keeps it.

A register is read by many eyes in an office.  What it holds is named here field by field, so that
a field that reports gain later does not slip into it, and a name is in it only where it is asked
for (Juvenile Justice Act 2015, section 74: a child's identity is not disclosed).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

#: kinds of cases in which somebody leaves home
KINDS = ("migration", "trafficking", "child_marriage", "child_labour")
#: the kind of a report, or of a case that such a report has joined, that tells of a return
RETURNED = "returned"
_NAME = "person"
_FIELDS = (_NAME, "age", "sex", "people", "destination", "date", "purpose", "companion")


@dataclass(frozen=True, slots=True)
class Entry:
    """One case in the register.

    ``opened_at`` is in milliseconds since 1970 UTC; ``place_code`` that of the home; ``told`` the
    fields of its reports by name, those not told left out; ``returned`` None if it is not known.
    """

    number: str
    opened_at: int
    place_code: str
    status: str
    told: Mapping[str, Any]
    returned: bool | None = None


def read_fields(text: str) -> dict[str, Any]:
    """The fields in a report's JSON: the object itself, or under ``fields`` beside its facts."""
    data: dict[str, Any] = json.loads(text)
    inner = data.get("fields")
    return inner if isinstance(inner, dict) else data


def first_told(reports: Iterable[Mapping[str, Any]], *, names: bool) -> dict[str, Any]:
    """Of several reports of a case, in their order, each field as it was told first.

    Without ``names`` the name of the person is left out here, before anything is written.
    A destination's code comes from the report that named the destination, and from no other.
    """
    found: dict[str, Any] = {}
    for fields in reports:
        for name in _FIELDS:
            if name in found or fields.get(name) in (None, "") or (name == _NAME and not names):
                continue
            found[name] = fields[name]
            if name == "destination" and fields.get("destination_code"):
                found["destination_code"] = fields["destination_code"]
    return found
