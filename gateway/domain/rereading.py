"""What a report tells more when its text is understood again, after the rules were mended.

Only what is read now is added or put right.  What somebody has answered, put right or judged since
stands, and nothing that was told is taken away: a case's priority is lowered by people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from gateway.domain.cases import Story
from gateway.domain.triage import GUESSED
from gateway.domain.understanding.values import Fields

if TYPE_CHECKING:
    from gateway.domain.understanding import Understood

#: fields that are read and put right together
_TOGETHER = {
    "origin": ("origin", "origin_code"),
    "destination": ("destination", "destination_code"),
}
_ALONE = [
    (each.name,)
    for each in fields(Fields)
    if each.name not in {name for names in _TOGETHER.values() for name in names}
]
_GROUPS: Sequence[tuple[str, ...]] = (*_TOGETHER.values(), *_ALONE)


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is read otherwise: a field, ``kind``, or a fact, which has no value before."""

    what: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Reread:
    """What a report tells from now on, and how that differs from what it told."""

    told: Story
    changes: tuple[Change, ...]

    def heard(self, understood: Understood) -> Understood:
        """The message, as if it told just this."""
        told = self.told
        return replace(understood, kind=told.kind, fields=told.fields, facts=told.facts)


def reread(told: Story, again: Story, case: Story, *, alone: bool, answered: bool) -> Reread | None:
    """What reading again adds to a report, and to its case; None if nothing.

    ``alone``: it is the case's only report.  ``answered``: its sender has answered questions or
    put something right, so that a value which differs may be what they said then.
    """
    changes = []
    given: dict[str, Any] = {}
    for names in _GROUPS:
        before, now = _values(told, names), _values(again, names)
        known = _values(case, names)
        if now[0] is None or now == before:
            continue
        adds = before[0] is None and known[0] is None
        mends = before[0] is not None and alone and not answered and known == before
        if adds or mends:
            given |= dict(zip(names, now, strict=True))
            changes.append(Change(names[0], before[0], now[0]))
    facts = again.facts - told.facts - case.facts - {GUESSED}
    changes += [Change(fact, None, after=True) for fact in sorted(facts)]
    kind = case.with_also(Story(again.kind, Fields())).kind
    if kind != case.kind:
        changes.insert(0, Change("kind", case.kind, kind))
    if not changes:
        return None
    # the only report goes on telling all that its case knows, or its place would be read anew
    rest = case.fields if alone else Fields()
    return Reread(Story(kind, replace(rest, **given), facts), tuple(changes))


def _values(story: Story, names: Sequence[str]) -> tuple[Any, ...]:
    return tuple(getattr(story.fields, name) for name in names)
