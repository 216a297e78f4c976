"""Places: the tree of villages, blocks and districts, and finding one by the name people write."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA

from gateway.domain.rows import Fault, rows
from gateway.domain.understanding.shapes import skeleton, sound

LEVELS = (
    "country",
    "state",
    "district",
    "block",
    "municipality",
    "city",
    "gram_panchayat",
    "ward",
    "village",
)
COLUMNS = ("code", "name", "level", "parent_code", "name_bn", "name_hi", "aliases", "lat", "lon")
#: the longest name in words
_MOST_WORDS = 4
#: names shorter than this are matched to the letter only
_FUZZY_FROM = 5
_TWO_SLIPS_FROM = 8
#: a name in another script is known by its sound from this many letters on
_SOUND_FROM = 4
#: villages are matched to the letter: too many are an everyday word's neighbour
_FUZZY_LEVELS = frozenset({"country", "state", "district", "block", "municipality", "city"})
_RANK = {
    level: rank
    for rank, level in enumerate(
        (
            "city",
            "state",
            "municipality",
            "block",
            "district",
            "country",
            "gram_panchayat",
            "ward",
            "village",
        )
    )
}
#: what the codes of shipped places begin with
REFERENCE = "ref-"


@dataclass(frozen=True, slots=True)
class Place:
    """A place.  ``parent_code`` is "" at the root; ``lat``, ``lon`` are WGS84 degrees."""

    code: str
    level: str
    name: str
    parent_code: str = ""
    name_bn: str = ""
    name_hi: str = ""
    aliases: tuple[str, ...] = ()
    lat: float | None = None
    lon: float | None = None

    @property
    def is_reference(self) -> bool:
        """Shipped with the program, rather than one of the committees' own places."""
        return self.code.startswith(REFERENCE)


_LEFT_OUT = re.compile(r"[\s\-_.'’()]+")


@lru_cache(maxsize=50_000)
def key(name: str) -> str:
    """A name without what people leave out or add: case, marks, spaces, hyphens, stops."""
    folded = name.casefold()
    if folded.isalpha() and folded.isascii():
        return folded
    if not folded.isascii():
        folded = unicodedata.normalize("NFKD", folded)
        # the nukta and chandrabindu are optional in writing; vowel signs are not marks to drop
        folded = "".join(c for c in folded if not 0x300 <= ord(c) <= 0x36F)  # noqa: PLR2004 combining marks
    return _LEFT_OUT.sub("", folded)


def _shape(name: str) -> str:
    """What spellings of one name share, two letters swapped or not."""
    return "".join(sorted(skeleton(name)))


class Gazetteer:
    """Places, ready to find."""

    def __init__(self, places: Iterable[Place]) -> None:
        self.places: tuple[Place, ...] = tuple(places)
        self._by_code = {place.code: place for place in self.places}
        self._by_key: dict[str, list[Place]] = {}
        for place in self.places:
            for name in {place.name, place.name_bn, place.name_hi, *place.aliases}:
                if name:
                    named = self._by_key.setdefault(key(name), [])
                    if place not in named:
                        named.append(place)
        self._by_shape: dict[str, list[str]] = {}
        for each, named in self._by_key.items():
            if len(each) >= _FUZZY_FROM and any(place.level in _FUZZY_LEVELS for place in named):
                self._by_shape.setdefault(_shape(each), []).append(each)
        #: names in Latin letters by their sound, for texts in other scripts
        self._by_sound: dict[str, list[Place]] = {}
        for each, named in self._by_key.items():
            if each.isascii() and len(heard := sound(each)) >= _SOUND_FROM:
                known = self._by_sound.setdefault(heard, [])
                known += [
                    place
                    for place in named
                    if place not in known and (place.level in _FUZZY_LEVELS or place.aliases)
                ]
        #: the name that is spelt nearly so; most words of texts come again
        self._similar = lru_cache(maxsize=20_000)(self._find_similar)
        self._ancestors = {place.code: self._climb(place) for place in self.places}
        #: names by which a place is known that has others too
        self._well_known = frozenset(
            each
            for each, named in self._by_key.items()
            if any(place.name_bn or place.aliases for place in named)
        )

    @property
    def own(self) -> tuple[Place, ...]:
        """The committees' own places."""
        return tuple(place for place in self.places if not place.is_reference)

    def __getitem__(self, code: str) -> Place:
        return self._by_code[code]

    def __contains__(self, code: object) -> bool:
        return code in self._by_code

    def ancestors(self, code: str) -> tuple[Place, ...]:
        """The places above, from the parent to the root; () for a code not known."""
        return self._ancestors.get(code, ())

    def knows(self, name: str) -> bool:
        """Whether a place has exactly this name."""
        return key(name) in self._by_key

    def whole_names(
        self, words: Sequence[str], lengths: Sequence[int]
    ) -> Iterator[tuple[int, int]]:
        """Where so many consecutive words are exactly a place's name: (first, after the last)."""
        keys = [key(word) for word in words]
        for length in lengths:
            for start in range(len(keys) - length + 1):
                if "".join(keys[start : start + length]) in self._by_key:
                    yield start, start + length

    def is_well_known(self, name: str) -> bool:
        """Whether this is exactly the name of a place that has others too, and so no person's."""
        return key(name) in self._well_known

    def named(self, name: str, near: str | None = None) -> Place | None:
        """The place of this name, tolerant of spelling; the nearest to ``near`` of several."""
        return self._called(key(name), near)

    def _called(self, wanted: str, near: str | None) -> Place | None:
        """The same by the key of a name."""
        found = self._by_key.get(wanted)
        if found is None and len(wanted) >= _FUZZY_FROM:
            similar = self._similar(wanted)
            if similar:
                found, wanted = self._by_key[similar], similar
            elif not wanted.isascii():
                found = self._by_sound.get(sound(wanted))
        return self._nearest(found, near, wanted) if found else None

    def _find_similar(self, wanted: str) -> str | None:
        """The name that sounds alike and is spelt nearly so.

        Names that share their consonants are few, so this is as quick among 50,000 places as
        among fifty.
        """
        most = 1 if len(wanted) < _TWO_SLIPS_FROM else 2
        best: tuple[int, str] | None = None
        for candidate in self._by_shape.get(_shape(wanted), ()):
            apart = OSA.distance(wanted, candidate, score_cutoff=most)
            if apart <= most and (best is None or apart < best[0]):
                best = (apart, candidate)
        return best[1] if best else None

    def find(self, words: Sequence[str], near: str | None = None) -> tuple[Place, int, int] | None:
        """The first place named by consecutive words: (place, first word, word after the last).

        An empty word stands for one that names no place.  Longer names go before shorter ones,
        and names to the letter before similar ones.
        """
        keys = [word and key(word) for word in words]
        starts = [at for at, word in enumerate(words) if word]
        spans = [
            (start, end, "".join(keys[start:end]))
            for length in range(min(_MOST_WORDS, len(words)), 0, -1)
            for start in starts
            if (end := start + length) <= len(words) and (length == 1 or all(words[start:end]))
        ]
        for start, end, wanted in spans:
            exact = self._by_key.get(wanted)
            if exact:
                return self._nearest(exact, near, wanted), start, end
        for start, end, wanted in spans:
            similar = self._called(wanted, near)
            if similar is not None:
                return similar, start, end
        return None

    def namesakes(self, name: str, near: str | None = None) -> tuple[str, ...]:
        """The committees' own places of exactly this name, by code, if ``near`` does not decide.

        () if there are no two.  A block and a village in it that bears its name are one.
        """
        own = [place for place in self._by_key.get(key(name), ()) if not place.is_reference]
        codes = {place.code for place in own}
        own = [
            place
            for place in own
            if codes.isdisjoint(above.code for above in self.ancestors(place.code))
        ]
        if near and len(own) > 1:
            least = min(self._apart(place, near) for place in own)
            own = [place for place in own if self._apart(place, near) == least]
        return tuple(place.code for place in own) if len(own) > 1 else ()

    def _nearest(self, found: Sequence[Place], near: str | None, wanted: str) -> Place:
        if len(found) == 1:
            return found[0]
        if not near:  # the committees' own first, then whose own name it is, then the larger one
            return min(
                found,
                key=lambda place: (
                    place.is_reference,
                    key(place.name) != wanted,
                    _RANK[place.level],
                ),
            )
        return min(found, key=lambda place: self._apart(place, near))

    def _apart(self, place: Place, near: str) -> int:
        """How many steps above ``near`` stands the first place that both lie in."""
        mine = [near, *(each.code for each in self.ancestors(near))]
        theirs = [place.code, *(each.code for each in self.ancestors(place.code))]
        return min((mine.index(code) for code in theirs if code in mine), default=len(mine))

    def _climb(self, place: Place) -> tuple[Place, ...]:
        above: list[Place] = []
        while place.parent_code and place.parent_code in self._by_code:
            place = self._by_code[place.parent_code]
            if place in above:  # a cycle would have been refused on import
                break
            above.append(place)
        return tuple(above)


def read_places(text: str, known: Iterable[Place] = ()) -> tuple[list[Place], list[Fault]]:
    """Places out of a CSV file, and the rows that cannot be used.

    Parents may stand in the file, in any order, or be among ``known``.
    """
    faults: list[Fault] = []
    found: dict[str, tuple[int, Place]] = {}
    for line, row in rows(text, COLUMNS, faults):
        place, why = _place(row)
        if place is None:
            faults.append((line, why))
        elif place.code in found:
            faults.append(
                (line, f"code {place.code} stands on line {found[place.code][0]} already")
            )
        else:
            found[place.code] = (line, place)
    old = {place.code: place for place in known}
    for line, place in list(found.values()):
        why = _parent_fault(place, found, old)
        if why:
            faults.append((line, why))
            del found[place.code]
    return [place for _, place in found.values()], sorted(faults)


def _place(row: dict[str, str]) -> tuple[Place | None, str]:
    if not row["code"] or not row["name"]:
        return None, "code or name is empty"
    if row["level"] not in LEVELS:
        return None, f"level {row['level'] or '(empty)'} is none of {', '.join(LEVELS)}"
    try:
        lat = float(row["lat"]) if row["lat"] else None
        lon = float(row["lon"]) if row["lon"] else None
    except ValueError:
        return None, "lat and lon are degrees, such as 22.36"
    aliases = tuple(alias.strip() for alias in row["aliases"].split("|") if alias.strip())
    return (
        Place(
            code=row["code"],
            level=row["level"],
            name=row["name"],
            parent_code=row["parent_code"],
            name_bn=row["name_bn"],
            name_hi=row["name_hi"],
            aliases=aliases,
            lat=lat,
            lon=lon,
        ),
        "",
    )


def _parent_fault(place: Place, found: dict[str, tuple[int, Place]], old: dict[str, Place]) -> str:
    seen = {place.code}
    while place.parent_code:
        code = place.parent_code
        parent = found[code][1] if code in found else old.get(code)
        if parent is None:
            return f"parent {code} is not known"
        if code in seen:
            return f"the parents go in a circle by {code}"
        seen.add(code)
        place = parent
    return ""
