"""Whether a report reads like those that were sorted as urgent: weights learnt from sorted texts.

The rules of triage ask for single facts, each told in words that the lexicon knows.  Here all that
stands in a text counts a little.  What comes of it is one more fact, ``reads_urgent``, which triage
has a rule for (L1).  The weights (lexicon/urgency.json) are made anew by
``python -m benchmarks.urgency``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.triage import ADULT_AT, GUESSED, conditions, facts_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.domain.understanding.likeness import Likeness
    from gateway.domain.understanding.values import Understood

#: the fact, and what its weights speak for
READS_URGENT, URGENT = "reads_urgent", "urgent"
#: facts that are concluded from weights, and not told
_CONCLUDED = frozenset({READS_URGENT, GUESSED})
#: what weighs more reads like an urgent report
_LEAST = 0.5
#: the less speaks for its being a report, the more must speak for its being urgent: so much together
_TOGETHER = 5.0
#: how the traits begin that stand for a rule that makes a report urgent by itself
_OVERRIDE = "rule O"
#: younger is a small child
_SMALL_BELOW = 12
_WITH_VALUE = ("sex", "companion", "purpose")
_WITHOUT_VALUE = ("people", "origin", "destination", "date")
#: (up to so many hours to go, what that is)
_TO_GO = ((-0.1, "gone"), (24.0, "a day"), (72.0, "three days"), (168.0, "a week"))


def reads_urgent(
    report: Understood, found: Iterable[str], weights: Likeness, *, likely: float
) -> bool:
    """Whether a report, with the traits that were ``found`` in its text, reads like urgent ones.

    ``likely`` is what speaks for its being a report.  Not asked where a rule makes it urgent by
    itself.
    """
    told = traits(report, found)
    if any(each.startswith(_OVERRIDE) for each in told):
        return False
    return weights.of(URGENT, told) > max(_LEAST, _TOGETHER - likely)


def traits(report: Understood, found: Iterable[str]) -> frozenset[str]:
    """What counts for or against urgency: the text's own traits, and what was read from them."""
    told, fields = set(found), report.fields
    told.add(f"kind {report.kind}")
    told.update(f"fact {fact}" for fact in report.facts - _CONCLUDED)
    told.update(f"rule {rule}" for rule in conditions(facts_of(report)) if rule != "L1")
    told.add(f"age {_age(fields.age)}")
    told.update(f"{name} {getattr(fields, name) or '?'}" for name in _WITH_VALUE)
    told.update(f"{name} ?" for name in _WITHOUT_VALUE if getattr(fields, name) is None)
    told.add(f"to go {_to_go(report.hours_to_event)}")
    return frozenset(told)


def _age(age: int | None) -> str:
    if age is None:
        return "?"
    return "small" if age < _SMALL_BELOW else "child" if age < ADULT_AT else "adult"


def _to_go(hours: float | None) -> str:
    if hours is None:
        return "?"
    return next((name for most, name in _TO_GO if hours <= most), "long")
