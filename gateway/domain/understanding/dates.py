"""Dates in texts: day before month, in the year that makes sense.

The libraries read `12 yr` as a year and a bare number as a date, so the few forms that reports
use are read here.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january",
            "feb february",
            "mar march",
            "apr april",
            "may",
            "jun june",
            "jul july",
            "aug august",
            "sep sept september",
            "oct october",
            "nov november",
            "dec december",
        ),
        1,
    )
    for name in names.split()
}
_DAYS = {
    name: number
    for number, names in enumerate(
        (
            "mon monday",
            "tue tues tuesday",
            "wed wednesday",
            "thu thur thurs thursday",
            "fri friday",
            "sat saturday",
            "sun sunday",
        )
    )
    for name in names.split()
}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DAY = "|".join(sorted(_DAYS, key=len, reverse=True))
_NUMERIC = re.compile(
    r"(?<![\d/.\-])(\d{1,2})\s?[/.\-]\s?(\d{1,2})(?:\s?[/.\-]\s?(\d{4}|\d{2}))?(?![\d/\-]|\.\d)"
)
_ISO = re.compile(r"(?<!\d)(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)")
_DAY_MONTH = re.compile(
    rf"(?<!\d)(\d{{1,2}})\s*(?:st|nd|rd|th)?[\s\-]*(?:of\s+)?({_MONTH})\b\.?(?:[\s,\-]+(\d{{4}}))?"
)
_MONTH_DAY = re.compile(rf"\b({_MONTH})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?\s+(\d{{4}}))?")
_WEEKDAY = re.compile(rf"\b(?:(next|this|coming|last|on)\s+)?({_DAY})\b")
_RELATIVE = (
    (re.compile(r"\bday after tomorrow\b"), 2),
    (re.compile(r"\b(?:tomorrow|tmrw|tomorow|2morrow)\b"), 1),
    (re.compile(r"\b(?:today|tonight|(?<!danger )now)\b"), 0),
    (re.compile(r"\bday before yesterday\b"), -2),
    (re.compile(r"\byesterday\b"), -1),
    (re.compile(r"\bnext week\b"), 7),
)
_IN = re.compile(r"\b(?:in|after)\s+(\d{1,2})\s+(days?|weeks?)\b")
_AGO = re.compile(r"\b(\d{1,2})\s+(days?|weeks?)\s+(?:ago|back|before)\b")
#: a date this far back is taken for last year's and not for one to come
_RECENT_DAYS = 60


def find(text: str, today: date, *, past: bool) -> tuple[date, tuple[int, int]] | None:
    """The first date in a text (case-folded, ASCII digits), and where it stands.

    ``past``: the event has happened (somebody is missing, has returned); a date without a year
    is then the nearest past one, otherwise the nearest that makes sense for a departure.
    """
    found = [
        (each, span)
        for reading in (_iso, _numeric, _named, _relative, _weekday)
        for each, span in [reading(text, today, past)]
        if each is not None
    ]
    return min(found, key=lambda pair: pair[1][0]) if found else None


_Reading = tuple[date | None, tuple[int, int]]
_NOTHING: _Reading = (None, (0, 0))


def _iso(text: str, _today: date, _past: bool) -> _Reading:  # noqa: FBT001 one shape for all readings
    match = _ISO.search(text)
    if match is None:
        return _NOTHING
    return _made(int(match[1]), int(match[2]), int(match[3])), match.span()


def _numeric(text: str, today: date, past: bool) -> _Reading:  # noqa: FBT001
    for match in _NUMERIC.finditer(text):
        day, month = int(match[1]), int(match[2])
        if match[3]:
            year = int(match[3])
            made = _made(year if year > 99 else 2000 + year, month, day)  # noqa: PLR2004 two digits
        else:
            made = _nearest(day, month, today, past=past)
        if made is not None:
            return made, match.span()
    return _NOTHING


def _named(text: str, today: date, past: bool) -> _Reading:  # noqa: FBT001
    match = _DAY_MONTH.search(text)
    if match is not None:
        day, month, year = int(match[1]), _MONTHS[match[2]], match[3]
    else:
        match = _MONTH_DAY.search(text)
        if match is None:
            return _NOTHING
        day, month, year = int(match[2]), _MONTHS[match[1]], match[3]
    made = _made(int(year), month, day) if year else _nearest(day, month, today, past=past)
    return made, match.span()


def _relative(text: str, today: date, _past: bool) -> _Reading:  # noqa: FBT001
    for pattern, sign in ((_IN, 1), (_AGO, -1)):
        match = pattern.search(text)
        if match is not None:
            days = int(match[1]) * (7 if match[2].startswith("week") else 1)
            return today + timedelta(days=sign * days), match.span()
    for pattern, days in _RELATIVE:
        match = pattern.search(text)
        if match is not None:
            return today + timedelta(days=days), match.span()
    return _NOTHING


def _weekday(text: str, today: date, past: bool) -> _Reading:  # noqa: FBT001
    match = _WEEKDAY.search(text)
    if match is None:
        return _NOTHING
    ahead = (_DAYS[match[2]] - today.weekday()) % 7
    if match[1] == "last" or (past and match[1] not in {"next", "coming"}):
        return today - timedelta(days=(7 - ahead) % 7 or 7), match.span()
    return today + timedelta(days=ahead or 7), match.span()


def _nearest(day: int, month: int, today: date, *, past: bool) -> date | None:
    years = (today.year - 1, today.year, today.year + 1)
    made = [each for year in years if (each := _made(year, month, day)) is not None]
    if past:
        before = [each for each in made if each <= today]
        return max(before, default=None)
    after = [each for each in made if each >= today - timedelta(days=_RECENT_DAYS)]
    return min(after, default=None)


def _made(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
