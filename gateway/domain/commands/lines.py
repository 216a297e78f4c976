"""Cases in few letters, and pages that never cut one in two.

The codes are the same in every language: they stand on the cards that members and staff have.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.domain.cases import Story

LEVEL_CODES: Mapping[str, str] = {"urgent": "U", "high": "H", "normal": "N"}
LEVELS_BY_CODE = {code: level for level, code in LEVEL_CODES.items()}
KIND_CODES: Mapping[str, str] = {
    "migration": "MIG",
    "trafficking": "TRF",
    "missing": "MIS",
    "child_marriage": "MAR",
    "child_labour": "LAB",
    "abuse": "ABU",
    "returned": "RET",
    "support": "ORP",
    "question": "ASK",
    "sos": "SOS",
}
#: so many characters of lines fit beside a template's own words, in one SMS of the GSM alphabet
#: and in two of any other
PAGE = 110
#: no list is read further than this
MOST_PAGES = 20
_APART = "; "


def who(story: Story) -> str:
    """F15, M?, ?16, or x4 for several."""
    fields = story.fields
    if fields.people is not None and fields.people > 1:
        return f"x{fields.people}"
    return f"{fields.sex or '?'}{fields.age if fields.age is not None else '?'}"


def since(span: timedelta) -> str:
    """How long ago: 12m, 5h, 3d."""
    minutes = max(0, int(span.total_seconds()) // 60)
    if minutes < 100:  # noqa: PLR2004 two digits
        return f"{minutes}m"
    hours = minutes // 60
    return f"{hours}h" if hours < 49 else f"{hours // 24}d"  # noqa: PLR2004 two days


def day(at: datetime) -> str:
    """Day and month, as people write them."""
    return f"{at.day}/{at.month}"


def paged(lines: Sequence[str], page: int, again: str, room: int = PAGE) -> str:
    """The lines of a page, with what to text for the next one; "" for a page that is not there.

    ``again`` is the command whose number of page goes behind it.
    """
    pages: list[list[str]] = [[]]
    longest = _next_page(again)
    for line in lines:
        used = len(_APART.join([*pages[-1], line]))
        if pages[-1] and used > room - longest:
            pages.append([])
        pages[-1].append(line[: room - longest])
    if not 1 <= page <= len(pages) or not lines:
        return ""
    text = _APART.join(pages[page - 1])
    return text if page == len(pages) else f"{text}{_APART}{again} {page + 1}"


def wrapped(texts: Sequence[str], again: str, room: int = PAGE) -> list[str]:
    """Texts of any length as lines of pages: one too long for a page goes on on the next."""
    width = room - _next_page(again)
    return [line for text in texts for line in textwrap.wrap(text, width, break_on_hyphens=False)]


def _next_page(again: str) -> int:
    """How many letters it takes to say what to text for the next page."""
    return len(f"{_APART}{again} {MOST_PAGES}")


def joined(parts: Sequence[str], room: int) -> str:
    """As many of these words as fit, in their order, with spaces between."""
    text = ""
    for part in parts:
        longer = f"{text} {part}".strip()
        if len(longer) <= room:
            text = longer
    return text
