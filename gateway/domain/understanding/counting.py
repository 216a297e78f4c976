"""How many people a text tells of: «চারটে মেয়ে», «5 ladkiya», «chele duto», «me n my wife».

A number, in digits or as a word, with the classifier its language hangs on it, beside a noun for
children or for people; or two that are named together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from gateway.domain.text import LETTER

if TYPE_CHECKING:
    from gateway.domain.understanding.marks import Text
    from gateway.domain.understanding.words import Names, NumberWords, View

_TOKEN = re.compile(rf"\d+|{LETTER}+|[,.;:।=+&/|#*?!\n]|\s-+\s")
#: what Bengali and romanised Hindi hang on a number
_CLASSIFIERS = (
    "কে", "জনকে", "জনের", "জনই", "জনে", "জন", "টাকে", "টিকে", "টার", "টির", "টাই", "টা", "টি", "টে", "টো", "খানা",
    "joneke", "jonke", "joner", "jon", "take", "tike", "tai", "ta", "ti", "te", "to", "tto", "tte", "go", "the", "ke",
)  # fmt: skip
_BARE_CLASSIFIERS = frozenset({*_CLASSIFIERS, "jan", "জনা", "nos", "no", "x"})
#: words that may stand between a number and whom it counts, and the most of them
_MOST_BETWEEN = 2
_MOST, _MOST_GROWN = 60, 500
#: what is told of people is told before so many words and signs
_MOST_TOKENS = 150
_AND = frozenset(
    [
        "and",
        "n",
        "&",
        "+",
        "r",
        "ar",
        "aar",
        "o",
        "ও",
        "আর",
        "এবং",
        "র",
        "aur",
        "or",
        "और",
        "व",
        "एवं",
        "na",
        "pamoja",
    ]
)
_STOPS = frozenset([*",.;:।=/|#*?!\n", "-", "--"])


#: how many, and where the number stands that tells it (a span of the text; None if none does)
Count = tuple[int, tuple[int, int] | None]


def count_people(text: Text, view: View, names: Names, numbers: NumberWords) -> Count | None:
    """How many people are told of, if more than one; None if that is not told.

    0 if whoever is counted is somebody else: who came, or goes along.
    """
    found = list(islice(_TOKEN.finditer(text.rest), _MOST_TOKENS))
    words = [match[0].strip(" ").casefold() for match in found]
    children = _counted(words, view, "counted_child", numbers, form=not text.free)
    grown = _counted(words, view, "counted_grown", numbers, form=False) if text.free else None
    strangers = grown is not None and _strangers(words, *grown[1:], view)
    if strangers:
        grown = None
    if children is not None and (grown is None or grown[0] <= children[0]):
        more = _one_more_before(words, children[1], view)
        return children[0] + more, found[children[1]].span()
    if grown is not None:
        return grown[0], found[grown[1]].span()
    us = _among_us(words, numbers, view)
    if us is not None:
        return us[0], found[us[1]].span()
    if _pair(words, view, names):
        return 2, None
    return (0, None) if strangers else None


def takes_child(text: Text, view: View) -> bool:
    """«bouma nati ke niye …»: somebody who is gone has taken a child along."""
    words = [match[0].strip(" ").casefold() for match in _TOKEN.finditer(text.rest)]
    nouns = view.counted("counted_child")
    return any(
        nouns.match(word)
        and any(each in view.small["taking"] for each in words[at + 1 : at + 4])
        and any(each in view.small["companions"] for each in words)
        for at, word in enumerate(words)
    )


def _number(words: Sequence[str], at: int, numbers: NumberWords) -> tuple[int, int, bool] | None:
    """(value, word behind it, was a classifier there) of a number that begins here."""
    told = numbers.counted(words[at])
    if told is None:
        return None
    value, classified = told
    if not classified and at + 1 < len(words) and words[at + 1] in _BARE_CLASSIFIERS:
        return value, at + 2, True
    return value, at + 1, classified


def counted(word: str, value: Callable[[str], int | None]) -> tuple[int, bool] | None:
    """The number in one word, and whether a classifier hangs on it; ``value`` knows the words."""
    if word.isdecimal():
        return (int(word), False) if len(word) <= _DIGITS else None
    if (known := value(word)) is not None:
        return known, word not in _PLAIN and word.endswith(_CLASSIFIERS)
    for each in _CLASSIFIERS:
        root = word.removesuffix(each)
        if root != word and (known := value(root)) is not None:
            return known, True
    return None


_DIGITS = 3
#: number words that end like a classifier by chance
_PLAIN = frozenset(["eight", "nane", "saat", "sat", "shat", "aath", "at", "aat", "সাত", "আট", "आठ"])


def _counted(
    words: Sequence[str], view: View, sort: str, numbers: NumberWords, *, form: bool
) -> tuple[int, int, int] | None:
    """(how many, where the number stands, where the noun) of the first nouns that are counted."""
    nouns = view.counted(sort)
    most = _MOST if sort == "counted_child" else _MOST_GROWN
    for at in range(len(words)):
        number = _number(words, at, numbers)
        if number is None or not 1 < number[0] < most:
            continue
        value, end, classified = number
        spelt = classified or not words[at].isdecimal()
        for noun in range(end, min(len(words), end + _MOST_BETWEEN + 1)):
            if words[noun] in _STOPS or words[noun].isdecimal():
                break
            if nouns.match(words[noun]):
                one = words[noun] in view.small["one_child"] and not spelt
                if nouns.quality(words[end:noun]) and not (one and (form or value > _MOST_OF_ONE)):
                    return value, at, noun
                break
        before = at - 1
        labelled = (
            before > 0
            and words[before] in ":="
            and value <= _MOST_LABELLED
            and words[before - 1] not in view.small["one_child"]
        )
        before -= labelled
        if before >= 0 and (classified or labelled) and nouns.match(words[before]):
            return value, at, before
    return None


#: «14 meye» tells an age; «bachche: 6» counts, «ladka: 40» does not
_MOST_OF_ONE, _MOST_LABELLED = 8, 12


class Nouns:
    """Nouns by their beginnings, and the qualities that may stand before them."""

    def __init__(
        self, stems: frozenset[str], whole: frozenset[str], qualities: frozenset[str]
    ) -> None:
        self._stems = tuple(sorted(stems))
        self._whole = whole
        self._qualities = qualities
        self.match = lru_cache(maxsize=10_000)(self._match)

    def _match(self, word: str) -> bool:
        return word in self._whole or word.startswith(self._stems)

    def quality(self, words: Sequence[str]) -> bool:
        """Whether nothing but qualities and small words stands there."""
        return all(word in self._qualities for word in words)


def _one_more_before(words: Sequence[str], number: int, view: View) -> int:
    """«ami ar 2 bon», «my sister and 2 friends»: one more than is counted."""
    if number >= 2 and words[number - 1] in view.small["mine"]:
        number -= 1
    if number < 2 or words[number - 1] not in _AND:
        return 0
    kin = (
        view.small["kin"]
        | view.small["myself"]
        | {"me", "i", "ami", "আমি", "main", "mai", "मैं", "mimi"}
    )
    return int(any(_is_kin(word, kin, view) for word in words[max(0, number - 4) : number - 1]))


def _is_kin(word: str, kin: frozenset[str] | set[str], view: View) -> bool:
    return word in kin or view.counted("counted_child").match(word)


def _strangers(words: Sequence[str], number: int, noun: int, view: View) -> bool:
    """«2 jon ese dekhe gelo», «3te lok bike kore», «with two ladies»: who came, and no travellers."""
    return any(word in view.small["came"] for word in words[noun + 1 : noun + 5]) or (
        number > 0 and words[number - 1] in {"with", "by"}
    )


_US = frozenset(
    [
        "us",
        "them",
        "amader",
        "amaderke",
        "আমাদের",
        "আমাদেরকে",
        "আমরা",
        "amra",
        "hum",
        "humlog",
        "हम",
        "we",
        "tuko",
        "tumekuwa",
        "sisi",
    ]
)


def _among_us(words: Sequence[str], numbers: NumberWords, view: View) -> tuple[int, int] | None:
    """«5 of us», «আমাদের ছজনকে», «we are 3», «total 4»: how many, and where that stands."""
    for at in range(len(words)):
        number = _number(words, at, numbers)
        if number is None or not 1 < number[0] < _MOST:
            continue
        value, end, classified = number
        behind, before = words[end : end + 2], words[max(0, at - 2) : at]
        if behind[:1] == ["of"] and behind[1:2] and behind[1] in {"us", "them", "dem", "my", "our"}:
            return value, at
        if classified and any(word in _US for word in before):
            return value, at
        if any(word in view.small["number_of"] for word in before):
            return value, at
    return None


def _pair(words: Sequence[str], view: View, names: Names) -> bool:
    """«Sumi n Ruma», «Rahul (14) and his friend», «me n my wife»: two who are named together."""
    for at in range(1, len(words) - 1):
        if words[at] in view.small["both"] and not any(
            word in view.small["pairs"] for word in words[max(0, at - 2) : at + 2]
        ):
            return True
        if words[at] not in _AND:
            continue
        before = at - 1
        while before >= 0 and (words[before].isdecimal() or words[before] in {"(", ")"}):
            before -= 1
        if before < 0:
            continue
        first, behind = words[before], words[at + 1 : at + 4]
        named = _somebody(first, view, names)
        if not named:
            continue
        if _bears_name(behind[0], view, names) and _bears_name(first, view, names):
            return True
        if behind[0] in view.small["kin"] or view.counted("counted_child").match(behind[0]):
            return True
        if behind[0] in view.small["mine"] | view.small["theirs"] and any(
            word in view.small["kin"]
            or view.counted("counted_child").match(word)
            or word in view.small["companions"]
            for word in behind[1:]
        ):
            return True
    return False


def _bears_name(word: str, view: View, names: Names) -> bool:
    return word not in view.tongue and word not in view and names.given(word) is not None


def _somebody(word: str, view: View, names: Names) -> bool:
    return (
        _bears_name(word, view, names)
        or word in view.small["kin"]
        or word in view.small["myself"]
        or word in {"me", "i", "ami", "আমি", "main", "mai", "मैं", "mimi"}
    )
