"""What follows when more is known of a case: by another report, an answer, or another case.

Priority only rises by itself.  A case that becomes urgent alerts again; otherwise its committee
gets one short update at the most, and whoever has it hears what its reporter tells later.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.domain import ladders
from gateway.domain.triage import LEVELS, Triage, facts_told, hours_to, triage

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from gateway.domain.cases import Story
    from gateway.domain.consequences import Policy
    from gateway.domain.directory import Directory
    from gateway.domain.ladders import Step


@dataclass(frozen=True, slots=True)
class Candidate:
    """A case as far as deciding needs it.

    ``asked`` are the contacts asked on it so far; ``updated``: they have had their update;
    ``same_reporter``: the sender has reported to it; ``language``: the first reporter's.
    ``opened`` is local time.
    """

    case_id: int
    number: str
    story: Story
    place_code: str
    status: str
    urgency: str
    opened: datetime
    excluded: tuple[int, ...] = ()
    taken_by: int | None = None
    round: int = 0
    asked: tuple[int, ...] = ()
    updated: bool = False
    same_reporter: bool = False
    language: str = ""


@dataclass(frozen=True, slots=True)
class Growth:
    """How a case changes.

    ``step``: its ladder begins anew there.  ``released``: whoever had it may not have it.
    ``notice`` is the template of a short message to ``notify`` (contact ids), "" for none.
    """

    before: Candidate
    story: Story
    triage: Triage
    place_code: str
    excluded: tuple[int, ...]
    raised: bool
    step: Step | None
    released: bool
    notice: str
    notify: tuple[int, ...]
    joined: bool

    @property
    def case_id(self) -> int:
        """The case."""
        return self.before.case_id

    @property
    def kept_out(self) -> tuple[int, ...]:
        """The contacts who must not hear of it from now on."""
        return tuple(each for each in self.excluded if each not in self.before.excluded)

    @property
    def empties_rung(self) -> bool:
        """Whether whoever is kept out from now on may be all that the rung has asked."""
        return self.step is None and bool(self.kept_out) and self.before.status != "closed"


#: events of a timeline by which more is known of a case, or it is for somebody else to act
_NEWS = frozenset(
    {
        "reported",
        "answered",
        "told_more",
        "corrected",
        "reread",
        "joined",
        "raised",
        "released",
        "reopened",
    }
)


def staff_know_nobody_acts(events: Iterable[str]) -> bool:
    """Whether staff were told that nobody has acted, and nothing has happened since.

    ``events`` are the names of a case's timeline in their order.  What is only passed on, noted
    or not delivered since then is nothing new.
    """
    know = False
    for event in events:
        know = event == "unanswered" or (know and event not in _NEWS)
    return know


def hours(story: Story, at: datetime) -> float | None:
    """Hours to the event that a story tells of."""
    return hours_to(story.fields.date, at)


def grow(
    case: Candidate,
    story: Story,
    directory: Directory,
    policy: Policy,
    *,
    at: datetime,
    now: int,
    place_code: str | None = None,
    excluded: tuple[int, ...] = (),
    joined: bool = False,
    told_more: bool = False,
    at_least_one_up: bool = False,
) -> Growth:
    """The case with this story: its priority anew, and whether somebody is asked or told.

    ``at`` is local time, ``now`` the same in ms; ``joined``: by another report; ``told_more``: by
    the same reporter.
    """
    place = case.place_code if place_code is None else place_code
    facts = facts_told(story.kind, story.fields, story.facts, hours(story, at), story.verified)
    result = triage(facts, policy.triage_table)
    level = max(result.urgency, case.urgency, key=LEVELS.index)
    if story.judged and set(result.rules) <= story.judged:
        level = case.urgency  # staff have lowered it, knowing all this
    if at_least_one_up and level == case.urgency:
        level = LEVELS[min(LEVELS.index(level) + 1, len(LEVELS) - 1)]
    result = Triage(level, result.score, result.rules)
    out = tuple(dict.fromkeys((*case.excluded, *excluded)))
    raised = LEVELS.index(level) > LEVELS.index(case.urgency)
    closed = case.status == "closed"
    released = not closed and case.taken_by is not None and case.taken_by in out
    moved = place != case.place_code
    nobody = case.taken_by is None or released
    news = _alerted(story, place) != _alerted(case.story, case.place_code)
    step = None
    if (raised or released or moved) and nobody and not closed:
        on_ladder = ladders.rungs(directory, policy.ladder, story.kind, place, out, now)
        step = ladders.first_step(policy.ladder, story.kind, level, on_ladder, case.round + 1)
    notice: str = ""
    notify: tuple[int | None, ...] = ()
    if step is None and not closed and not nobody and raised:
        notice, notify = "alert.raised", (case.taken_by,)
    elif step is None and not closed and joined and not case.updated:
        notice = "alert.update"
        notify = (case.taken_by,) if not nobody else case.asked
    elif step is None and not closed and not nobody and told_more and news:
        notice, notify = "alert.told", (case.taken_by,)
    return Growth(
        before=case,
        story=story,
        triage=result,
        place_code=place,
        excluded=out,
        raised=raised,
        step=step,
        released=released,
        notice=notice,
        notify=tuple(each for each in notify if each is not None and each not in out),
        joined=joined,
    )


def _alerted(story: Story, place_code: str) -> tuple[object, ...]:
    """What an alert says of a case beside its number and priority."""
    fields = story.fields
    return story.kind, fields.age, fields.sex, fields.people, place_code
