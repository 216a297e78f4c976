"""How like a report a text is, and of which kind: weights learnt from texts that were sorted by hand.

One more piece of evidence beside the table of kinds, for texts whose words no rule has met.  A text
is taken apart into signs (the meanings that the lexicon found), words, pairs of them and their parts
by their sound, the endings of words, and its outward shape; each has a weight, and the weights are
added up.  They are a file (lexicon/likeness.json), which ``python -m benchmarks.likeness`` makes anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from itertools import pairwise
from sys import intern
from typing import TYPE_CHECKING, Any

from gateway.domain.understanding.shapes import sound

if TYPE_CHECKING:
    from gateway.domain.understanding.marks import Text

#: what a weight may speak for, in the order of the columns of the file
REPORT = "report"
KINDS = (
    "migration", "trafficking", "missing", "child_marriage", "child_labour", "abuse", "returned",
    "support", "sos",
)  # fmt: skip
#: Bengali and Hindi in whichever letters share words by their sound
FAMILY = {"en": "e", "sw": "s"}
#: an ending of two letters is taken off words longer than this
_SHORT = 3
#: letters of a part of a word, its beginning and its end among them
_PART = 4
_MOST_LONG, _WORDS_A_STEP, _MOST_PARTS, _SIGNATURE = 6, 6, 4, 2
_MOST, _FIFTHS = 3, 5
#: the table's weight is told in quarters, and by itself enough from here on
_A_STEP, _ENOUGH = 4, 2.0
_PEOPLE = ("child", "somebody", "sex.")
_NUMBER = re.compile(r"\d+")
_LAUGHS = re.compile("[\U0001f300-\U0001faff]|\\b(?:ha|he){2,}\\b", re.IGNORECASE)


def traits(
    text: Text, signs: Iterable[str], weight: float, opening: str, corrects: Iterable[str]
) -> frozenset[str]:
    """What stands in a text, as the weights know it.

    ``signs`` are those of ``kinds.signs_of``, ``weight`` is that of the table of kinds,
    ``opening`` what the text begins with, and ``corrects`` what is said not to be so, but so.
    """
    family = FAMILY.get(text.language, "i")
    heard = [sound(word) or word for word in text.raw]
    found = {f"sign {sign}" for sign in signs}
    found.update(f"{family} {one} {other}" for one, other in pairwise(heard))
    found.update(*[_of_word(word, family) for word in heard])
    found.add(f"language {text.language}")
    found.add(f"opens {opening}")
    found.add(f"table {round(weight * _A_STEP) / _A_STEP}")
    if weight >= _ENOUGH:
        found.add("table enough")
    found.add(f"words {min(_MOST_LONG, len(heard) // _WORDS_A_STEP)}")
    found.add(f"parts {min(_MOST_PARTS, len(set(text.parts)))}")
    found.add(f"events {min(_MOST, _count(text, 'event.'))}")
    found.add(f"people {min(_MOST_PARTS, _count(text, *_PEOPLE))}")
    found.add(f"numbers {min(_MOST, len(_NUMBER.findall(text.original)))}")
    strange = sum(not text.view.knows(word) and word not in text.view.tongue for word in text.raw)
    found.add(f"strange {_FIFTHS * strange // max(1, len(text.raw))}")
    found.update(f"corrects {sort}" for sort in corrects)
    found.update(f"has {sign}" for sign in "?!%₹" if sign in text.original)
    if text.original.rstrip().endswith("?"):
        found.add("ends ?")
    if _LAUGHS.search(text.original):
        found.add("laughs")
    if text.parts and 0 < text.parts.count(text.parts[-1]) <= _SIGNATURE:
        found.add("signed")
    return frozenset(found)


@lru_cache(maxsize=20_000)
def _of_word(heard: str, family: str) -> tuple[str, ...]:
    """A word, its endings, and all its parts of a few letters: what misspelt words have in common."""
    whole = f"^{heard}$"
    found = [f"{family} {heard}"]
    if len(heard) > _SHORT:
        found.append(f"{family} -{heard[-2:]}")
    found += [f"{family}#{whole[at : at + _PART]}" for at in range(len(whole) - _PART + 1)]
    return tuple(map(intern, found))


def _count(text: Text, *meanings: str) -> int:
    return sum(hit.meaning.startswith(meanings) for hit in text.hits)


#: weights are whole numbers, in hundredths, and so are added up exactly
HUNDREDTHS = 100
#: a row is added up as one whole number, each of its weights in so many bits of it: enough for
#: thousands of traits of thousands of hundredths each, and no text has so many
_BITS = 24
_HALF, _MASK = 1 << (_BITS - 1), (1 << _BITS) - 1


class Likeness:
    """The weights of the traits that speak for or against something, in hundredths.

    ``rows``: of each trait, separated by spaces, in the order of ``always``, which is added
    whatever the traits, by what it speaks for.
    """

    def __init__(self, rows: Mapping[str, str], always: Mapping[str, int]) -> None:
        self._at = {what: _BITS * at for at, what in enumerate(always)}
        #: every sum is shifted up by half, so that none is below nothing
        self._base = _as_one(" ".join(map(str, always.values()))) + sum(
            _HALF << shift for shift in self._at.values()
        )
        as_one = cache(_as_one)  # many traits have the same weights
        self._rows = {intern(trait): as_one(row) for trait, row in rows.items()}

    def of(self, what: str, found: Iterable[str]) -> float:
        """How much speaks for it; 0 stands for as much for it as against."""
        return self.sums(found, (what,))[what]

    def sums(self, found: Iterable[str], whats: Iterable[str]) -> dict[str, float]:
        """How much speaks for each of these."""
        total = sum(filter(None, map(self._rows.get, found)), self._base)
        at = self._at
        return {what: ((total >> at[what] & _MASK) - _HALF) / HUNDREDTHS for what in whats}

    def reasons(self, what: str, found: Iterable[str], most: int = 8) -> list[tuple[str, float]]:
        """The traits that count most for or against it, the heaviest first."""
        alone = self.of(what, ())
        told = [(trait, round(self.of(what, (trait,)) - alone, 2)) for trait in sorted(found)]
        return sorted((each for each in told if each[1]), key=lambda each: -abs(each[1]))[:most]


def _as_one(row: str) -> int:
    return sum(int(each) << (_BITS * at) for at, each in enumerate(row.split()) if each != "0")


def read_likeness(data: Mapping[str, Any]) -> Likeness:
    """The weights out of their file: {"always": {what: …}, "traits": {trait: "weight of each"}}."""
    return Likeness(data["traits"], data["always"])
