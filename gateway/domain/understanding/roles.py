"""Whose name a word is, and which place is left and which gone to: weighed, not ruled.

The rules (``reading``, ``naming``, ``unlisted``) propose; here every word that may be a name or a
place is held against weights learnt from sorted texts (lexicon/roles.json, made anew by
``python -m benchmarks.roles``), the rules' proposal among what counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from gateway.domain.text import DIGIT
from gateway.domain.triage import ADULT_AT
from gateway.domain.understanding.likeness import FAMILY
from gateway.domain.understanding.shapes import sound
from gateway.domain.understanding.unlisted import place_called

if TYPE_CHECKING:
    from gateway.domain.places import Gazetteer, Place
    from gateway.domain.understanding.likeness import Likeness
    from gateway.domain.understanding.marks import Text
    from gateway.domain.understanding.words import Names, View

#: what a word may be read as
ROLES = ("person", "companion_name", "origin", "destination")
_PLACES = ("origin", "destination")
#: what is told of the whole text, and is one of several
CHOICES = {
    "companion": ("agent", "relative", "friend", "employer", "unknown_person", "alone"),
    "sex": ("F", "M"),
    "purpose": (
        "job",
        "domestic_work",
        "marriage",
        "study",
        "medical",
        "visit",
        "pilgrimage",
        "other",
    ),
}
#: so much may speak against what is still read: most of what is told is right in part, and a
#: field left out is as wrong as one read wrongly
_LEAST = -1.0
#: of a choice that the rules read nothing of, more must speak: nobody said it in so many words
_LEAST_UNSAID = 1.0
#: so much speaks at least for a place that a word calls somebody's village
_CALLED_HOME = 0.0
#: who tells of more at once is nobody
_MOST_CANDIDATES = 25
#: the longest name in words, and the shortest word in one
_MOST_WORDS, _SHORTEST = 3, 3
#: parts of a text and names of a sort are told apart up to the fourth
_MOST = 4
_SIGN = re.compile(r"[,;:=#*|/।.!?()\-\n\u2013\u2014ঃ]")
#: so far from a word for going stands who goes
_BEFORE, _BEHIND = 2, 3


@dataclass(frozen=True, slots=True)
class Candidate:
    """Words that may be a name or a place, and what stands around them."""

    start: int
    end: int
    place: Place | None
    #: what the rules read them as; "" if nothing
    ruled: str
    traits: tuple[str, ...]


def candidates(text: Text, kind: str, names: Names) -> list[Candidate]:
    """Every run of words that the rules read as a name or a place, or that is nothing known."""
    spans: dict[tuple[int, int], Place | None] = {}
    ruled: dict[tuple[int, int], str] = {}
    for role in ROLES:
        value = str(text.fields.get(role, ""))
        span = text.read_from.get(value if role in _PLACES else role)
        if value and span is not None:
            spans[span], ruled[span] = None, role
    for place, start, end in text.mentions:
        spans[start, end] = place
    for span in _open_runs(text, text.view, names):
        spans.setdefault(span, None)
    ordered = sorted(span for span in spans if span[0] not in text.senders)[:_MOST_CANDIDATES]
    placed = [span for span in ordered if spans[span] is not None]
    loose = [span for span in ordered if spans[span] is None]
    return [
        Candidate(
            *span,
            spans[span],
            ruled.get(span, ""),
            tuple(
                _traits(
                    text,
                    kind,
                    span,
                    spans[span],
                    ruled.get(span, ""),
                    placed if spans[span] else loose,
                    names,
                )
            ),
        )
        for span in ordered
    ]


def settle(
    text: Text, kind: str, weights: Likeness, gazetteer: Gazetteer, near: str | None, names: Names
) -> None:
    """Give each role to the candidate that most speaks for, and make each choice."""
    likely = weights.sums(about_all(text, kind), (each for s in CHOICES.values() for each in s))
    found = candidates(text, kind, names)
    for field, several in CHOICES.items():
        best = max(several, key=lambda each: likely[each])
        proposed = text.fields.pop(field, None) is not None
        if likely[best] > (_LEAST if proposed else _LEAST_UNSAID):
            text.fields[field] = best
    told = sorted(
        (
            (max(weight, _CALLED_HOME) if _is_home(text, each, role) else weight, role, at)
            for at, each in enumerate(found)
            for role, weight in weights.sums(each.traits, ROLES).items()
        ),
        key=lambda each: -each[0],
    )
    given: dict[str, Candidate] = {}
    for weight, role, at in told:
        each = found[at]
        if (
            weight <= _LEAST
            or role in given
            or any(_overlap(text, each, other) for other in given.values())
        ):
            continue
        given[role] = each
    for role in ROLES:
        if role not in given or role != given[role].ruled:
            text.fields.pop(role, None)
            text.fields.pop(f"{role}_code", None)
    for role, each in given.items():
        if role in _PLACES and role == each.ruled:
            continue
        if role in _PLACES:
            words = text.raw[each.start : each.end]
            place = each.place or place_called(words, gazetteer, near)
            named = (place, None) if isinstance(place, str) else (place.name, place.code)
            text.fields[role], text.fields[f"{role}_code"] = named
        else:
            text.fields[role] = _name(text, each, names)


def _is_home(text: Text, each: Candidate, role: str) -> bool:
    """«gram Palashbani»: called somebody's village in so many words."""
    return role == each.ruled == "origin" and (each.start, each.end) == text.home


def _overlap(text: Text, one: Candidate, other: Candidate) -> bool:
    """Whether these are one, by their words, or one told twice."""
    return (
        (one.start < other.end and other.start < one.end)
        or (one.place is not None and one.place is other.place)
        or text.raw[one.start : one.end] == text.raw[other.start : other.end]
    )


def _name(text: Text, each: Candidate, names: Names) -> str:
    """The name as written: with the surname behind it, without the ending that hangs on it."""
    end = each.end
    while (
        end < len(text.raw)
        and text.parts[end] == text.parts[each.start]
        and not _between(text, end)
        and names.family(text.raw[end]) is not None
        and text.raw[end] not in text.view.tongue
    ):
        end += 1
    if end > each.end:
        return text.written(each.start, end)
    written = text.written(each.start, each.end).removesuffix("'s").removesuffix("’s")
    if each.end == each.start + 1 and (name := names.given(text.raw[each.start])) is not None:
        return written[: len(name)]
    return written


def _open_runs(text: Text, view: View, names: Names) -> Iterator[tuple[int, int]]:
    """Runs of words that the lexicon does not know, or that people bear as names."""
    start = None
    # «নাম রিনা বয়স ১৬»: a label is no part of a name
    labels = {at for hit in text.hits if hit.meaning.startswith("label.") for at in hit.words()}
    is_open = [at not in labels and _open(text, at, view, names) for at in range(len(text.raw))]
    for at in range(len(text.raw) + 1):
        goes_on = (
            at < len(text.raw)
            and is_open[at]
            and (start is None or (_between(text, at) == "" and at - start < _MOST_WORDS))
        )
        if start is not None and not goes_on:
            yield start, at
            start = None
            goes_on = at < len(text.raw) and is_open[at]
        if goes_on and start is None:
            start = at


def _open(text: Text, at: int, view: View, names: Names) -> bool:
    word = text.raw[at]
    if len(word) < _SHORTEST or not word[0].isalpha() or at in text.office:
        return False
    if word in view.tongue or word in view.small["filler"]:
        return False
    # a form begins with the name, whatever else the word may mean
    begins = at == 0 and not text.free
    return begins or not view.knows(word) or names.given(word) is not None


def _between(text: Text, at: int) -> str:
    """What stands between a word and the one before: a sign, # for a number, "" for nothing."""
    begins = text.spans[at][0] if at < len(text.spans) else len(text.original)
    gap = text.original[text.spans[at - 1][1] if at else 0 : begins]
    if DIGIT.search(gap):
        return "#"
    sign = _SIGN.search(gap)
    return sign[0] if sign else ""


def _traits(
    text: Text,
    kind: str,
    span: tuple[int, int],
    place: Place | None,
    ruled: str,
    alike: list[tuple[int, int]],
    names: Names,
) -> Iterator[str]:
    """What speaks for or against each role of these words; ``alike``: all of the same sort."""
    start, end = span
    family = FAMILY.get(text.language, "i")
    form = "free" if text.free else "form"
    words = text.raw[start:end]
    last = words[-1]
    given = any(names.given(word) is not None for word in words)
    surname = names.family(last) is not None
    sort = place.level if place else "given" if given else "surname" if surname else "open"
    order = f"{min(_MOST, alike.index(span))}/{min(_MOST, len(alike))}"
    yield f"ruled {ruled}"
    yield f"ruled {ruled} {form} {sort}"
    yield f"ruled {ruled} {kind}"
    yield f"sort {sort}"
    yield f"sort {sort} {kind}"
    yield f"sort {sort} {form} {order}"
    yield f"{kind} {form} {order}" + (" place" if place else "")
    yield f"words {len(words)} {sort}"
    if text.original[text.spans[start][0]].isupper() and not text.original.isupper():
        yield f"capital {sort} {'first' if start == 0 else ''}"
    if any(text.view.canonical(word) != word for word in words):
        yield "misspelt"
    if not last.isascii() or family != "e":
        yield f"{family} -{sound(last)[-2:]}"
        yield f"{family} -{last[-2:]} {'place' if place else 'name'}"
        yield f"{family} -{last[-2:]} {sort}"
    before, behind = _between(text, start), _between(text, end)
    before = "^" if start == 0 and not before else before
    behind = "$" if end == len(text.raw) and not behind else behind
    yield f"between {before}_{behind} {form}"
    yield f"between {before}_{behind} {sort}"
    yield f"before {before} {sort}"
    yield f"behind {behind} {sort}"
    part = text.parts[start]
    number = sorted(set(text.parts)).index(part)
    alone = text.parts.count(part) == end - start
    yield f"part {min(_MOST, number)} {form} {'alone' if alone else ''} {'place' if place else ''}"
    if part == text.parts[-1]:
        yield f"last {form} {'alone' if alone else ''} {sort}"
        yield f"last {kind} {'place' if place else sort}"
    what = "place" if place else "name"
    for away in (1, 2, 3):
        for side, at in (("<", start - away), (">", end + away - 1)):
            if not 0 <= at < len(text.raw):
                continue
            heard = sound(text.words[at]) or text.words[at]
            apart = text.parts[at] != part
            yield f"{family} {side}{away} {heard} {what}"
            if away == 1:
                yield f"{family} {side}1 {heard} {'|' if apart else ''} {sort}"
    for hit in text.hits:
        if hit.start < end and start < hit.end:
            yield f"in {hit.meaning}"
        elif 0 <= start - hit.end <= 1:
            yield f"< {hit.meaning} {what} {text.parts[hit.start] == part}"
        elif 0 <= hit.start - end <= 1:
            yield f"> {hit.meaning} {what} {text.parts[hit.start] == part}"
        elif text.parts[hit.start] == part:
            yield f"~ {hit.meaning} {what} {'<' if hit.end <= start else '>'}"
    for sign in ("event.go", "event.take", "companion.agent", "companion.unknown_person"):
        if text.has(sign):
            yield f"has {sign} {what} {order}"
    if "companion" in text.fields:
        yield f"companion {text.fields['companion']} {what} {order}"


def about_all(text: Text, kind: str) -> list[str]:
    """What speaks for or against each choice: what the rules read, the words, their meanings."""
    family = FAMILY.get(text.language, "i")
    form = "free" if text.free else "form"
    heard = [sound(word) or word for word in text.raw]
    met = {hit.meaning for hit in text.hits}
    found = [f"{kind} {form}", *met, *(f"{kind} {each}" for each in met)]
    for field in CHOICES:
        ruled = f"ruled {field} {text.fields.get(field, '')}"
        found += [ruled, f"{ruled} {kind}", f"{ruled} {form}"]
    pairs = set(pairwise(heard))
    found += {f"{family} {word}" for word in heard}
    found += {f"{family} {one} {other}" for one, other in pairs}
    found += {f"{family} -{one[-2:]} {other}" for one, other in pairs}
    letter = _LETTER.search(text.original)
    if letter is not None:
        found.append(f"letter {letter[1].upper()}")
    age = text.fields.get("age")
    if isinstance(age, int):
        found.append("minor" if age < ADULT_AT else "grown")
    found += _beside(text)
    found += _named(text)
    return found


def _named(text: Text) -> Iterator[str]:
    """How the name sounds that the rules read: many tell by their ends whose they are."""
    name = str(text.fields.get("person", "")).split()
    heard = sound(name[0].casefold()) if name else ""
    if heard:
        yield f"named {heard}"
        yield f"named -{heard[-1:]}"
        yield f"named -{heard[-2:]}"


def _beside(text: Text) -> Iterator[str]:
    """Who stands near a word for going, taking or «with», and on which side."""
    marks = [hit for hit in text.hits if hit.meaning in {"with", "event.take", "event.go"}]
    for hit in text.hits:
        if not hit.meaning.startswith(("companion.", "sex.", "child", "somebody")):
            continue
        for mark in marks:
            away = mark.start - hit.end if mark.start >= hit.end else mark.end - hit.start
            if -_BEFORE <= away <= _BEHIND and text.parts[mark.start] == text.parts[hit.start]:
                yield f"{hit.meaning} {mark.meaning} {away}"


#: «15 F», «14F», «Jinsia: F»
_LETTER = re.compile(
    r"(?<![A-Za-z])(?:\d{1,2}\s?[,/;*#.\-|]?\s?|[:=]\s*|[,/;*#|\-]\s*)([FMfm])(?![A-Za-z'])"
)
