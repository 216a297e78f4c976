"""What is due on a case later: check-ins after a journey, and the clocks that statutes set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from gateway.domain.triage import ADULT_AT

if TYPE_CHECKING:
    from gateway.domain.cases import Story

CHECK_IN, CWC, MISSING = "check_in", "cwc", "missing"
#: a look again that staff have asked for
FOLLOW = "follow"
#: hours after which the 24 hours to the Child Welfare Committee are warned of, and end
#: (JJ Act 2015 s.31: without loss of time, within 24 hours)
CWC_HOURS = (12, 18, 22, 24)
#: a missing child untraced for so long goes to the Anti-Human-Trafficking Unit (SOP 2016)
MISSING_DAYS = 120
#: check-ins are asked at this hour of the deployment's time zone
_HOUR = time(10, 0)
_JOURNEYS = frozenset({"migration"})
#: a check-in without an answer is asked once more
TRIES = 2
AGAIN_HOURS = 24


@dataclass(frozen=True, slots=True)
class Timer:
    """Something due on a case: ``step`` is the day of a check-in or the hour of a clock."""

    what: str
    step: int
    due: datetime


def timers(
    story: Story, opened: datetime, check_in_days: Sequence[int], now: datetime
) -> tuple[Timer, ...]:
    """The timers of a case as it is told; ``opened`` and ``now`` are local time.

    Check-ins count from the day of the journey, or of the report where that is not told; a
    check-in whose day is past already is left out.
    """
    found: list[Timer] = []
    fields = story.fields
    if story.kind in _JOURNEYS:
        left = date.fromisoformat(fields.date) if fields.date else opened.date()
        for day in check_in_days:
            due = datetime.combine(left + timedelta(days=day), _HOUR, opened.tzinfo)
            if due > now:
                found.append(Timer(CHECK_IN, day, due))
    child = fields.age is None or fields.age < ADULT_AT
    if story.kind == "returned" and child:
        found += [Timer(CWC, hour, opened + timedelta(hours=hour)) for hour in CWC_HOURS]
    if story.kind == "missing" and child:
        due = datetime.combine(opened.date() + timedelta(days=MISSING_DAYS), _HOUR, opened.tzinfo)
        found.append(Timer(MISSING, MISSING_DAYS, due))
    return tuple(timer for timer in found if timer.due > now)


def whom_to_ask(reporter: str | None, *, safe: bool, opted_out: bool, taken_by: int | None) -> str:
    """``reporter``, ``taker`` or ``nobody``: the reporter only if that is safe and wanted."""
    if reporter is not None and safe and not opted_out:
        return "reporter"
    return "taker" if taken_by is not None else "nobody"
