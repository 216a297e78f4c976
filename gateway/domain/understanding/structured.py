"""Structured reports: a keyword, then parts in any order, with any separators or none.

What is sure is taken out first (phone numbers, dates, money, labelled values), then words of the
lexicon, then places; what is left of the first part is a name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from gateway.domain import phones
from gateway.domain.text import LETTER
from gateway.domain.understanding import dates
from gateway.domain.understanding.values import Fields

if TYPE_CHECKING:
    from gateway.domain.places import Gazetteer
    from gateway.domain.understanding.words import Lexicon

#: kinds whose event has happened when it is told
PAST_KINDS = frozenset({"missing", "returned", "abuse"})
#: kinds that tell of one place where it happens, rather than of a journey
_STAYING = frozenset({"missing", "abuse", "child_marriage", "child_labour", "returned", "support"})
OLDEST = 110
_SEPARATORS = re.compile(r"[,;#*|\n\t]+|\s/+\s|(?<=\D)/+|/+(?=\D)|\.(?:\s|$)|:(?!\d)|\s-+\s|=")
_MONEY = re.compile(
    r"(?:\b(?:rs|inr|ksh|kes|ugx|usd|tk|rupees?)\.?\s*|₹\s*|\$\s*)\d[\d,.]*\s*(?:k|lakh|lac|hazar|hajar)?"
    r"|\b\d[\d,.]*\s*(?:k|rs|rupees?|taka|tk|lakh|lac|hazar|hajar|thousand|shillings?)\b"
    r"|\b\d{4,6}\b"
)
_PEOPLE = re.compile(
    r"\b(\d{1,3})\s*(?:people|persons?|girls|boys|children|kids|students|members|women|men|ladies|pax|jon)\b"
)
_AGE = re.compile(
    r"\b(?:age|aged)\s*(?:is|:|=|-)?\s*(\d{1,3})\b"
    r"|\b(\d{1,3})\s*(?:-\s*)?(?:yrs?|years?|y)(?:\s*-?\s*old)?\b(?!\s*(?:ago|back|contract))"
    r"|\b(\d{1,3})\s*y/?o\b"
)
_DURATION = re.compile(
    r"\b\d{1,3}\s*(?:days?|weeks?|months?|hours?|hrs?|mins?|minutes?|class|km)\b|\bclass\s*\d{1,2}\b"
)
_BARE_NUMBER = re.compile(r"(?<![\d.])\d{1,3}(?![\d.])")
_WORD = re.compile(rf"{LETTER}+(?:['’.]{LETTER}+)*")
_NAME_WORDS = 3
_TITLES = frozenset({"mr", "mrs", "ms", "md", "sk", "smt", "sri", "babu", "name"})
_FILLERS = frozenset(
    [
        "is",
        "was",
        "a",
        "an",
        "the",
        "and",
        "of",
        "in",
        "at",
        "on",
        "for",
        "to",
        "from",
        "with",
        "by",
        "going",
        "go",
        "goes",
        "leaving",
        "left",
        "leave",
        "will",
        "has",
        "have",
        "been",
        "her",
        "his",
        "she",
        "he",
        "they",
        "not",
        "known",
        "name",
        "no",
        "her",
        "their",
        "my",
        "our",
        "this",
        "that",
        "it",
        "as",
        "who",
    ]
)


@dataclass(slots=True)
class _Reading:
    """A text while it is read: what was taken is blanked out of ``rest``."""

    rest: str
    fields: dict[str, object] = field(default_factory=dict)
    facts: set[str] = field(default_factory=set)

    def take(self, span: tuple[int, int], mark: str = ",") -> str:
        """Blank a span, leaving a separator so that its neighbours do not run together."""
        start, end = span
        taken = self.rest[start:end]
        self.rest = self.rest[:start] + mark + " " * (end - start - 1) + self.rest[end:]
        return taken


def read(
    text: str,
    kind: str,
    *,
    today: date,
    region: str,
    gazetteer: Gazetteer,
    lexicon: Lexicon,
    near: str | None,
) -> tuple[Fields, frozenset[str]]:
    """The fields of a report and the facts it affirms.

    ``text`` is what follows the keyword, with ASCII digits.
    """
    reading = _Reading(text)
    found = phones.find(reading.rest, region)
    if found is not None:
        reading.fields["companion_phone"], span = found
        reading.take(span)
    reading.rest = (
        reading.rest.casefold()
        if len(reading.rest.casefold()) == len(reading.rest)
        else reading.rest.lower()
    )
    dated = dates.find(reading.rest, today, past=kind in PAST_KINDS)
    if dated is not None:
        reading.fields["date"] = dated[0].isoformat()
        reading.take(dated[1])
    _numbers(reading)
    _words(reading, kind, gazetteer, lexicon, near, text)
    return Fields(**reading.fields), frozenset(reading.facts)  # type: ignore[arg-type]


def _numbers(reading: _Reading) -> None:
    people = _PEOPLE.search(reading.rest)
    if people is not None:
        reading.fields["people"] = int(people[1])
        reading.take(people.span(), " ")
    age = _AGE.search(reading.rest)
    if age is not None:
        reading.fields["age"] = int(age[1] or age[2] or age[3])
        reading.take(age.span())
    for pattern in (_MONEY, _DURATION):
        while (match := pattern.search(reading.rest)) is not None:
            if pattern is _MONEY:
                before = reading.rest[: match.start()].rstrip(" ,")
                if re.search(
                    r"(advance|paid|gave|given|took|taken|loan|fee|debt|cost)\W*$", before
                ):
                    reading.facts.add("money_taken")
            reading.take(match.span(), " ")
    if "age" not in reading.fields:
        bare = _BARE_NUMBER.search(reading.rest)
        if bare is not None:
            reading.fields["age"] = int(bare[0])
            reading.take(bare.span())


def _words(
    reading: _Reading,
    kind: str,
    gazetteer: Gazetteer,
    lexicon: Lexicon,
    near: str | None,
    original: str,
) -> None:
    places: list[tuple[str, str, str]] = []
    leftovers: list[tuple[int, str]] = []
    start = 0
    for separator in [*_SEPARATORS.finditer(reading.rest), None]:
        end = separator.start() if separator is not None else len(reading.rest)
        part = reading.rest[start:end]
        matches = list(_WORD.finditer(part))
        if matches:
            words = [match[0].strip(".'’-") or match[0] for match in matches]
            spans = [(start + m.start(), start + m.end()) for m in matches]
            leftovers += _part(reading, words, spans, original, gazetteer, lexicon, near, places)
        start = separator.end() if separator is not None else end
    _put_places(reading, kind, places, gazetteer)
    if "person" not in reading.fields and leftovers:
        reading.fields["person"] = leftovers[0][1]


def _part(
    reading: _Reading,
    words: list[str],
    spans: Sequence[tuple[int, int]],
    original: str,
    gazetteer: Gazetteer,
    lexicon: Lexicon,
    near: str | None,
    places: list[tuple[str, str, str]],
) -> list[tuple[int, str]]:
    """Read one part; returns what may be a name: (where it stands, as it was written)."""
    known = [False] * len(words)
    fields = reading.fields

    for name in _FACTS:
        hit = lexicon.first(f"fact.{name}", words)
        if hit is not None and not _negated(words, hit.start):
            reading.facts.add(name)
            known[hit.start : hit.end] = [True] * (hit.end - hit.start)
    _labels(reading, words, known, spans, original, lexicon)
    _places(words, known, gazetteer, near, lexicon, places)
    for meaning, name in (("companion", "companion"), ("purpose", "purpose"), ("sex", "sex")):
        best = None
        for value in _VALUES[meaning]:
            hit = lexicon.first(f"{meaning}.{value}", words)
            if hit is None or any(known[hit.start : hit.end]):
                continue
            rank = (hit.end - hit.start, -hit.start)
            if best is None or rank > best[0]:
                best = (rank, value, hit)
        if best is None:
            continue
        _, value, hit = best
        known[hit.start : hit.end] = [True] * (hit.end - hit.start)
        fields.setdefault(name, value)
        phrase = " ".join(words[hit.start : hit.end])
        if meaning == "purpose" and lexicon.lookup("hazardous", phrase):
            reading.facts.add("hazardous")
        if meaning == "companion" and fields[name] == value:
            _companion_name(reading, words, known, spans, original, hit.end)
    run = _name_run(words, known)
    if run is None:
        return []
    first, last = run
    written = original[spans[first][0] : spans[last - 1][1]]
    return [(spans[first][0], written)]


def _labels(
    reading: _Reading,
    words: list[str],
    known: list[bool],
    spans: Sequence[tuple[int, int]],
    original: str,
    lexicon: Lexicon,
) -> None:
    """Mark labels as known, so that they are no names; a name's label gives its value."""
    hit = lexicon.first("label.person", words)
    if hit is None:
        return
    known[hit.start : hit.end] = [True] * (hit.end - hit.start)
    end = hit.end
    while end < len(words) and end - hit.end < _NAME_WORDS and not known[end]:
        if words[end] in _FILLERS or not words[end][0].isalpha():
            break
        end += 1
    if end > hit.end and "person" not in reading.fields:
        reading.fields["person"] = original[spans[hit.end][0] : spans[end - 1][1]]
        known[hit.end : end] = [True] * (end - hit.end)


def _places(
    words: list[str],
    known: list[bool],
    gazetteer: Gazetteer,
    near: str | None,
    lexicon: Lexicon,
    places: list[tuple[str, str, str]],
) -> None:
    """Take every place of the part, with the word before it that tells which way it lies."""
    while True:
        free = [
            w if not known[i] and _may_name_place(w, lexicon) else "" for i, w in enumerate(words)
        ]
        found = gazetteer.find(free, near)
        if found is None:
            return
        place, first, last = found
        known[first:last] = [True] * (last - first)
        before = words[first - 1] if first else ""
        way = (
            "from"
            if before in {"from", "vill", "village", "of", "at", "near", "place", "in"}
            else ""
        )
        way = "to" if before in {"to", "destination", "dest", "towards"} else way
        if way:
            known[first - 1] = True
        places.append((way, place.name, place.code))


def _may_name_place(word: str, lexicon: Lexicon) -> bool:
    return (
        word not in _FILLERS
        and len(word) > 2  # noqa: PLR2004 shorter words name no place
        and not word.isdigit()
        and not any(
            lexicon.lookup(f"{meaning}.{value}", word)
            for meaning in ("sex", "companion", "purpose")
            for value in _VALUES[meaning]
        )
    )


def _put_places(
    reading: _Reading, kind: str, places: list[tuple[str, str, str]], gazetteer: Gazetteer
) -> None:
    """Decide which place is left and which is gone to."""
    fields = reading.fields

    def put(slot: str, name: str, code: str) -> None:
        if slot not in fields:
            fields[slot], fields[f"{slot}_code"] = name, code

    unsure = []
    for way, name, code in places:
        if way == "from":
            put("origin", name, code)
        elif way == "to":
            put("destination", name, code)
        else:
            unsure.append((name, code))
    if len(unsure) > 1 and "origin" not in fields and "destination" not in fields:
        # the smaller place is home, the larger or farther one is where they go
        small = [p for p in unsure if gazetteer[p[1]].level in _HOMES]
        if small and small[0] != unsure[0]:
            put("origin", *small[0])
            put("destination", *next(p for p in unsure if p != small[0]))
        elif small:
            put("origin", *unsure[0])
            put("destination", *unsure[1])
        else:
            put("destination", *unsure[0])
        return
    for name, code in unsure:
        home = gazetteer[code].level in _HOMES
        stays = kind in _STAYING or (home and "destination" in fields)
        put("origin" if stays and "origin" not in fields else "destination", name, code)


def _companion_name(
    reading: _Reading,
    words: list[str],
    known: list[bool],
    spans: Sequence[tuple[int, int]],
    original: str,
    start: int,
) -> None:
    """The words after `agent` that are a name: agent Salim, agent Mr Ali."""
    end = start
    while end < len(words) and not known[end] and end - start < _NAME_WORDS:
        word = words[end]
        if word in _FILLERS or not word[0].isalpha() or (word in {"lady", "man", "woman", "from"}):
            break
        end += 1
    while start < end and words[start] in _TITLES - {"md", "sk"}:
        start += 1
    if end > start:
        known[start:end] = [True] * (end - start)
        if not (end < len(words) - 1 and words[end] == "not" and words[end + 1] == "known"):
            reading.fields.setdefault(
                "companion_name", original[spans[start][0] : spans[end - 1][1]]
            )


def _name_run(words: Sequence[str], known: Sequence[bool]) -> tuple[int, int] | None:
    """The first run of at most three unknown words that may be a name."""
    for first, word in enumerate(words):
        if known[first] or word in _FILLERS or not word[0].isalpha() or len(word) < 2:  # noqa: PLR2004 an initial alone is no name
            continue
        last = first
        while (
            last < len(words)
            and last - first < _NAME_WORDS
            and not known[last]
            and words[last] not in _FILLERS
            and words[last][0].isalpha()
        ):
            last += 1
        return first, last
    return None


def _negated(words: Sequence[str], at: int) -> bool:
    return any(word in {"no", "not", "never", "without"} for word in words[max(0, at - 2) : at])


_FROM = frozenset({"from", "vill", "village", "of", "at", "near", "place", "in"})
_TO = frozenset({"to", "destination", "dest", "towards"})
_HOMES = frozenset({"village", "ward", "gram_panchayat", "block", "municipality", "district"})
_VALUES = {
    "companion": ("agent", "relative", "friend", "employer", "unknown_person", "alone"),
    "purpose": (
        "domestic_work",
        "marriage",
        "study",
        "medical",
        "pilgrimage",
        "visit",
        "job",
        "other",
    ),
    "sex": ("F", "M", "O"),
}
_FACTS = (
    "danger_now",
    "sold",
    "sexual",
    "contact_lost",
    "money_taken",
    "documents_held",
    "deceived",
    "threats",
    "confined",
    "wages_withheld",
    "long_hours",
    "high_wage",
    "secrecy",
    "left_school",
    "survivor",
    "crisis",
    "alone_tonight",
)
