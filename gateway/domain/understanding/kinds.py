"""Which kind of report a free text is, if it is one: evidence weighed, everyday talk left alone.

What counts, and how much, is data (lexicon/kinds.toml); here stand the signs that are put
together out of words.  A report taken for chatter is the worst mistake, a false alarm the second.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from gateway.domain.triage import ADULT_AT
from gateway.domain.understanding.likeness import KINDS, REPORT, Likeness, traits

if TYPE_CHECKING:
    from gateway.domain.understanding.marks import Text

#: how much the table's weight counts beside the likeness for the kind
_OF_TABLE_FOR_KIND = 1.0
#: in so few words the table alone decides
_FEW = 4
#: what weighs less is no report
LEAST = 0.0
#: what must speak for a text before it weighs anything, at most, and for each word beyond so many: a few
#: words can say little for themselves, and long texts that are none come upon much that reports say
_MOST_NEEDED, _EACH_WORD, _WORDS = 1.5, 0.5, 6
#: and what more, where no word of the lexicon says that anything happens
_UNTOLD, _TELLING = 0.5, ("event.", "fact.")
#: what says more than who somebody is
_SAYS_MORE = (*_TELLING, "companion.", "purpose.", "place", "distress", "now", "dated")
#: what is like a report by chance weighs at most so much
_CHANCE = -0.5
#: without one of these nobody cries for help
_OF_A_CRY = frozenset(
    ["event.sos", "event.plea", "event.self_harm", "fact.danger_now", "fact.confined", "fact.threats", "distress", "now", "event.beat"]
)  # fmt: skip
#: a journey is a journey however much is told of it; what happens on it weighs more
_SURE_MIGRATION = 2.55
#: in a text of so many words a name is somebody's who matters in it
_SHORT = 25
#: what a recruiter says or does, or what makes a journey with a stranger more than a journey
_PRETEXT = (
    "fact.deceived", "fact.money_taken", "fact.secrecy", "event.marry", "fact.high_wage",
    "event.missing", "fact.contact_lost", "companion.unknown_person",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Evidence:
    """One line of the table: what must, may and must not stand in a text, and its weight."""

    kind: str
    weight: float
    all: frozenset[str]
    any: frozenset[str]
    none: frozenset[str]

    def holds(self, signs: frozenset[str]) -> bool:
        """Whether the line counts for a text with these signs."""
        return (
            self.all <= signs
            and (not self.any or not self.any.isdisjoint(signs))
            and self.none.isdisjoint(signs)
        )


@dataclass(frozen=True)
class KindTable:
    """The lines, and the weight below which a text is no report."""

    kinds: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    enough: float
    likeness: Likeness

    @cached_property
    def by_sign(self) -> Mapping[str | None, Sequence[Evidence]]:
        """The lines by a sign that they must have; None for those that need none alone."""
        found: dict[str | None, list[Evidence]] = {}
        for line in self.evidence:
            found.setdefault(min(line.all, default=None), []).append(line)
        return found


@dataclass(frozen=True, slots=True)
class Weighed:
    """The likeliest kind, and what speaks for the text being a report.

    From ``LEAST`` on it is one.  ``weight`` is the table's, which is one of the ``traits`` that
    were added up.
    """

    kind: str
    weight: float
    total: float
    traits: frozenset[str]


def read_kinds(data: Mapping[str, object], likeness: Likeness) -> KindTable:
    """The table out of its file.

    Raises:
        ValueError: a line names a sign that no text can have.
    """
    evidence = []
    for kind, lines in data.items():
        if not isinstance(lines, Sequence):
            continue
        for line in lines:
            parts = {part: frozenset(line.get(part, ())) for part in ("all", "any", "none")}
            unknown = {
                sign
                for sign in frozenset().union(*parts.values())
                if "." not in sign and sign not in SIGNS
            }
            if unknown:
                message = f"kinds.toml, {kind}: no such sign: {', '.join(sorted(unknown))}"
                raise ValueError(message)
            evidence.append(Evidence(kind, float(line["weight"]), **parts))
    kinds = tuple(dict.fromkeys(line.kind for line in evidence))
    return KindTable(kinds, tuple(evidence), float(str(data["enough"])), likeness)


def weigh(
    text: Text,
    table: KindTable,
    *,
    age: int | None,
    place: bool,
    named: bool,
    opening: str,
    corrects: Iterable[str] = (),
) -> Weighed:
    """The likeliest kind, and what stands for the text being a report.

    ``opening``: what it begins with, of what reports begin with («code», «digit», …).
    ``corrects``: the sorts of what it says not to be so, but so («place», «day», …).
    """
    signs = signs_of(text, age, place=place, named=named)
    scores, weight = _by_table(text, table, signs, age)
    found = traits(text, signs, weight, opening, corrects)
    likely = table.likeness.sums(found, (REPORT, *KINDS))
    like = likely.pop(REPORT) - _needed(len(text.raw), weight >= table.enough)
    if not weight and not any(sign.startswith(_TELLING) for sign in signs):
        like -= _UNTOLD
    if text.has("adults"):
        likely.pop("child_labour")
    if not scores.get("sos") and signs.isdisjoint(_OF_A_CRY):
        likely.pop("sos")  # it wakes people at once
    kind = max(likely, key=lambda each: likely[each] + _OF_TABLE_FOR_KIND * scores.get(each, 0.0))
    total = like
    if len(text.raw) <= _FEW and weight >= table.enough:  # «bachao»: too little to be like anything
        kind = max(scores, key=lambda each: scores[each])
        total = max(like, weight - table.enough + LEAST)
    alone = len(text.raw) == 1 and not any(map(str.isdigit, text.original))
    only_who = len(text.raw) <= _WORDS and not any(sign.startswith(_SAYS_MORE) for sign in signs)
    if not weight and (
        alone or only_who or (len(text.raw) < _FEW and {"myself", "negation"} <= signs)
    ):
        # one word, «I do not cry», «amader meyer boyos 15 bochor»: likeness is chance there
        total = min(total, _CHANCE)
    return Weighed(kind, weight, total, found)


def _needed(words: int, seen: bool) -> float:  # noqa: FBT001
    """What must speak for a text of so many words; ``seen``: the table has found enough in it."""
    if words < _WORDS and not seen:
        return _EACH_WORD  # nothing but likeness speaks for so few
    return min(_MOST_NEEDED, _EACH_WORD * max(0, words - _WORDS))


def _by_table(
    text: Text, table: KindTable, signs: frozenset[str], age: int | None
) -> tuple[dict[str, float], float]:
    """The heaviest line of each kind, and the weight of the heaviest; 0 for everyday talk."""
    heaviest: dict[str, float] = {}
    for sign in (None, *signs):
        for line in table.by_sign.get(sign, ()):
            if line.weight > heaviest.get(line.kind, 0.0) and line.holds(signs):
                heaviest[line.kind] = line.weight
    scores = {kind: heaviest[kind] for kind in table.kinds if kind in heaviest}
    if {"place", "event.go"} <= signs:
        scores["migration"] = max(scores.get("migration", 0.0), _journey(text, signs))
    kind = max(scores, key=lambda each: scores[each], default="")
    everyday = _everyday(text, kind, age)
    return scores, 0.0 if everyday else max(scores.values(), default=0.0)


#: the signs put together here, beside the meanings of the lexicon
SIGNS = frozenset(
    ["aged", "minor", "nobody_old", "child", "young", "small", "small_unaged", "pupil", "bride", "somebody",
     "somebody_young", "human", "hurt", "known", "moves", "with", "stranger", "job", "lost", "pretext", "place",
     "dated", "told", "myself", "two_needs", "kept", "cry", "several", "captive", "away", "done_to_me"]
)  # fmt: skip


def signs_of(text: Text, age: int | None, *, place: bool, named: bool = False) -> frozenset[str]:
    """What stands in a text: the meanings of its words, and what they come to together."""
    needs = text.of("event.need")
    has = {
        hit.meaning
        for hit in text.hits
        # «mother ran away» tells of a need, not that she is missing
        if not (
            hit.meaning == "event.missing"
            and any(need.start < hit.end and hit.start < need.end for need in needs)
        )
    }
    if _takes(text):
        has.add("event.take")
    if text.groom:
        has.add("event.marry")
    named = named and len(text.raw) <= _SHORT
    minor = text.under_age or (age is not None and age < ADULT_AT)
    little = "little" in has or text.pupil
    child = minor or "child" in has
    people = "people" in text.fields
    dated = "date" in text.fields
    employer = "companion.employer" in has
    stranger = not has.isdisjoint({"companion.agent", "companion.unknown_person"})
    sexed = not has.isdisjoint({"sex.F", "sex.M"})
    kin = any(
        hit.meaning in {"sex.F", "sex.M"} and text.raw[hit.start] not in text.view.small["pronoun"]
        for hit in text.hits
    )
    somebody = "somebody" in has or child or kin or named or age is not None or people
    myself = any(word in text.view.small["myself"] for word in text.raw)
    me = any(
        word in text.view.small["me"]
        and (text.language == "en" or word not in text.view.small["me_in_english"])
        for word in text.raw
    )
    different = len({text.words[hit.start] for hit in needs})
    put = {
        "aged": age is not None,
        "minor": minor,
        "nobody_old": age is None,
        "child": child,
        "young": child or little,
        "small": little,
        "small_unaged": little and age is None,
        "pupil": text.pupil,
        "bride": minor or (age is None and little and (dated or place or text.pupil)),
        "somebody": somebody,
        "somebody_young": age is not None or "child" in has,
        "human": child or sexed or named or people,
        "hurt": somebody or sexed or employer or "companion.relative" in has
        or (me and (place or age is not None)),
        "known": people or age is not None or little or different > 1,
        "moves": not has.isdisjoint({"event.go", "event.take"}),
        "stranger": stranger,
        "job": not has.isdisjoint({"purpose.job", "purpose.domestic_work"}),
        "lost": not has.isdisjoint({"event.missing", "fact.contact_lost"}),
        "pretext": not has.isdisjoint(_PRETEXT),
        "place": place,
        "dated": dated,
        "told": age is not None or little or place or dated or employer or me
        or len(text.of("event.beat")) > 1,
        "myself": myself,
        "two_needs": different > 1,
        "kept": not has.isdisjoint({"fact.documents_held", "fact.confined"}),
        "several": people,
        "captive": "fact.confined" in has and me,
        "away": _is_away(text),
        "done_to_me": me,
        "cry": "event.sos" in has
        and (text.language == "sw" or any(h.end - h.start > 1 for h in text.of("event.sos"))),
    }  # fmt: skip
    return frozenset(has | {name for name, stands in put.items() if stands})


def _takes(text: Text) -> bool:
    """«niye Delhi jabe», «लेकर दिल्ली गया»: the place may stand between taking and going."""
    taking = text.view.small["taking"]
    return any(
        word in taking
        for hit in text.of("event.go")
        for word in text.raw[max(0, hit.start - 4) : hit.start]
    )


def _is_away(text: Text) -> bool:
    """Whether somebody is said not to be back, and not only to have been missing once."""
    denies = text.view.small["not_back"] | text.view.small["denies_after"]
    not_come = tuple(text.view.small["not_come"])
    return any(
        any(
            text.raw[at] in denies or text.raw[at].endswith(not_come)
            for at in range(hit.start, min(hit.end + 1, len(text.raw)))
        )
        or any(text.raw[at] in denies for at in range(max(0, hit.start - 2), hit.start))
        for hit in text.of("event.missing")
    )


def _journey(text: Text, signs: frozenset[str]) -> float:
    """How much speaks for a journey to be reported: the more is told of it, the more."""
    whole = signs & {
        "aged", "job", "stranger", "companion.alone", "purpose.marriage", "purpose.study",
        "purpose.medical", "purpose.pilgrimage", "purpose.visit",
    }  # fmt: skip
    about = (
        len(whole)
        + ("people" in text.fields)
        + 0.6 * ("companion.relative" in signs)
        + 0.5 * ("dated" in signs)
        + 0.7 * bool(signs & {"child", "somebody"})
    )
    return min(_SURE_MIGRATION, 1.0 + 0.7 * about)


def _everyday(text: Text, kind: str, age: int | None) -> bool:
    """Talk that only sounds like a report."""
    has = text.has
    if has("noise") or has("followup"):
        child_goes = (
            age is not None
            and age < ADULT_AT
            and (has("event.go") or has("event.take"))
            and any(has(each) for each in _PRETEXT)
        )
        child_weds = kind == "child_marriage" and age is not None and "date" in text.fields
        return not (child_goes or child_weds or (has("event.sexual") and age is not None))
    if _about_a_thing(text, kind):
        return True
    if age is None and _LONG_AGO.search(text.original):
        return True
    if has("relief") and (kind in _CALLED_OFF or (kind == "returned" and age is None)):
        return True
    if has("notice") and kind in {"migration", "child_labour", "support", "returned"}:
        return not any(hit.meaning.startswith("fact.") for hit in text.hits)
    if kind == "child_marriage" and age is not None and age >= ADULT_AT:
        return True
    if has("negation") and kind == "migration" and _denied(text):
        return True
    return False


#: a year of history, and no round sum of money
_LONG_AGO = re.compile(r"(?<![\d+])1[6-9]\d[1-9](?!\d)")
#: what is over when it is called off
_CALLED_OFF = frozenset(["missing", "child_marriage", "migration"])
#: what may happen to an animal or a thing as well
_OF_THINGS = {
    "missing": "event.missing", "returned": "event.returned", "trafficking": "event.sold",
    "abuse": "event.sexual", "support": "event.need",
}  # fmt: skip


def _about_a_thing(text: Text, kind: str) -> bool:
    """Whether what is lost, sold or back is an animal or a thing: the noun nearest to it tells."""
    things = [hit.start for hit in text.of("nonhuman") if not text.in_fact(hit)]
    if not things or text.has("fact.documents_held"):
        return False
    people = [
        hit.start
        for hit in text.hits
        if hit.meaning in {"somebody", "child", "sex.F", "sex.M"}
        and text.raw[hit.start] not in text.view.small["pronoun"]
    ]
    if kind not in _OF_THINGS:
        return not people
    happened = [hit.start for hit in text.of(_OF_THINGS[kind])]
    if not happened or (kind == "support" and people):
        return False
    return all(
        min(abs(at - thing) for thing in things)
        <= min((abs(at - person) for person in people), default=len(text.raw))
        for at in happened
    )


def _denied(text: Text) -> bool:
    """Whether the only journey is denied; a second one may be affirmed."""
    goes, small = text.of("event.go") + text.of("event.take"), text.view.small
    denied = 0
    for hit in goes:
        behind = text.raw[hit.end : hit.end + 2]
        # «Delhi nahi, Kolkata ja rahi» denies the place
        before = text.raw[max(0, hit.start - (2 if text.language == "en" else 1)) : hit.start]
        if not (
            small["denies_journey_behind"].isdisjoint(behind)
            and small["denies_journey_before"].isdisjoint(before)
        ):
            denied += 1
    return denied >= max(1, len(goes))
