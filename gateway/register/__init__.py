"""The migration register as a sheet: headings and rows in a language, ready to be written.

The words are in words.toml.  Every text that a person has written is made harmless here, once,
for all the forms a sheet is written in.
"""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from gateway.domain.places import Gazetteer, Place
    from gateway.domain.register import Entry

LANGUAGES = ("en", "bn")
#: a cell: a whole number, a day, a text, or nothing
Cell = int | date | str | None
_NAME = "person"
#: what a spreadsheet takes for the beginning of a formula
_FORMULA = frozenset("=+-@")
#: no heading says where this is
_TOO_WIDE = frozenset({"country"})


@dataclass(frozen=True, slots=True)
class Period:
    """From the first to the last day, both counted; ``first`` None: from the beginning."""

    first: date | None
    last: date


@dataclass(frozen=True, slots=True)
class Sheet:
    """A register to write.  ``page`` are the texts around the table by their names in words.toml.

    ``columns`` are the names of the columns, ``headings`` and each of ``rows`` go with them.
    """

    language: str
    place: str
    page: Mapping[str, str]
    columns: tuple[str, ...]
    headings: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    has_names: bool


def sheet(
    entries: Sequence[Entry],
    *,
    place: Place,
    period: Period,
    made: date,
    gazetteer: Gazetteer,
    language: str,
    zone: ZoneInfo,
    names: bool,
) -> Sheet:
    """The register of a place as a sheet; without ``names`` it has no column for them."""
    columns = tuple(column for column in load_words()["heading"] if names or column != _NAME)
    word = _speaker(language)
    days = {"last": shown(period.last), "made": shown(made), "count": str(len(entries))}
    if period.first is not None:
        days["first"] = shown(period.first)
    page = {
        name: word("page", name).format_map({"first": "", **days}) for name in load_words()["page"]
    }
    page["period"] = page["up_to" if period.first is None else "between"]
    above = [each for each in gazetteer.ancestors(place.code) if each.level not in _TOO_WIDE]
    rows = []
    for serial, entry in enumerate(entries, 1):
        row = _row(entry, gazetteer, word, language, zone) | {"serial": serial}
        rows.append(tuple(row[column] for column in columns))
    return Sheet(
        language=language,
        place=", ".join(_named(each, language) for each in (place, *above)),
        page=page,
        columns=columns,
        headings=tuple(word("heading", column) for column in columns),
        rows=tuple(rows),
        has_names=names,
    )


def shown(day: date) -> str:
    """A day as it is written in India and East Africa."""
    return f"{day:%d/%m/%Y}"


def harmless(text: str) -> str:
    """A person's text as a cell: one line, no control characters, never a formula.

    A spreadsheet runs what begins with = + - or @, whatever the file's format says; an
    apostrophe before it makes it a text.
    """
    kept = "".join(" " if unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} else char
                   for char in text if char not in _TURNING)  # fmt: skip
    kept = " ".join(kept.split())
    # NFKC: the wide forms of these characters begin one too
    return f"'{kept}" if unicodedata.normalize("NFKC", kept[:1]) in _FORMULA else kept


#: characters that make a text read in another order than it is written
_TURNING = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


def _row(
    entry: Entry,
    gazetteer: Gazetteer,
    word: Callable[[str, str], str],
    language: str,
    zone: ZoneInfo,
) -> dict[str, Cell]:
    told = entry.told
    home = entry.place_code
    row: dict[str, Cell] = {
        "number": int(entry.number),
        "reported": datetime.fromtimestamp(entry.opened_at / 1000, zone).date(),
        "place": _named(gazetteer[home], language) if home in gazetteer else harmless(home),
        _NAME: _cell(told.get(_NAME)),
        "age": _cell(told.get("age")),
        "people": _cell(told.get("people")),
        "destination": _destination(told, gazetteer, language),
        "date": _day(told.get("date")),
        "status": harmless(word("status", entry.status)),
        "returned": None
        if entry.returned is None
        else word("returned", "yes" if entry.returned else "no"),
    }
    for name in ("sex", "purpose", "companion"):
        value = told.get(name)
        row[name] = None if value is None else harmless(word(name, str(value)))
    return row


def _destination(told: Mapping[str, Any], gazetteer: Gazetteer, language: str) -> Cell:
    code = str(told.get("destination_code", ""))
    if code in gazetteer:
        return _named(gazetteer[code], language)
    return _cell(told.get("destination"))


def _named(place: Place, language: str) -> str:
    return harmless((place.name_bn if language == "bn" else "") or place.name)


def _cell(value: object) -> Cell:
    return value if value is None or isinstance(value, int) else harmless(str(value))


def _day(value: object) -> Cell:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return _cell(value)


def _speaker(language: str) -> Callable[[str, str], str]:
    def word(group: str, name: str) -> str:
        return load_words()[group].get(name, {}).get(language, name)

    return word


@cache
def load_words() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    """The words by group, name and language."""
    return tomllib.loads((files(__name__) / "words.toml").read_text(encoding="utf-8"))
