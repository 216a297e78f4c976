"""How many people a text tells of: «চারটে মেয়ে», «5 ladkiya», «chele duto», «me n my wife».

A number, in digits or as a word, with the classifier its language hangs on it, beside a noun for
children or for people; or two that are named together.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from gateway.domain.text import RUN, without_underscores
from gateway.domain.triage import ADULT_AT

if TYPE_CHECKING:
    from gateway.domain.understanding.marks import Text
    from gateway.domain.understanding.number_words import NumberWords
    from gateway.domain.understanding.words import Names

_TOKEN = re.compile(rf"\d+|{RUN}|[,.;:।=+&/|#*?!\n]|\s-+\s")
_STOPS = frozenset([*",.;:।=/|#*?!\n", "-", "--"])
#: what Bengali and romanised Hindi hang on a number, of people and of whatever is counted
_OF_PEOPLE = ("জনকে", "জনের", "জনই", "জনে", "জন", "joneke", "jonke", "joner", "jone", "jon")
_CLASSIFIERS = (
    "কে", *_OF_PEOPLE, "টাকে", "টিকে", "টার", "টির", "টাই", "টা", "টি", "টে", "টো", "খানা",
    "take", "tike", "tai", "ta", "ti", "te", "to", "tto", "tte", "go", "the", "ke",
)  # fmt: skip
_BARE_CLASSIFIERS = frozenset({*_CLASSIFIERS, "jan", "জনা", "nos", "no", "x"})
#: behind an age they stand for a case, or for «to»: «meye 16 ke», «girl 12 to»
_CASES = frozenset(["to", "ke", "te", "the", "কে"])
_YOUNGEST = 6
#: number words that end like a classifier by chance
_PLAIN = frozenset(["eight", "nane", "saat", "sat", "shat", "aath", "at", "aat", "সাত", "আট", "आठ"])
#: «held»: what looks like a number with a classifier
_NO_NUMBER = frozenset(["আটকে", "atke", "aatke"])
#: words that may stand between a number and whom it counts, and between a noun and the number
#: behind it in Swahili («binti zake wawili»)
_MOST_BETWEEN, _MOST_BEHIND = 2, 2
_MOST, _DIGITS = 500, 3
#: «3 meye» counts, «14 meye» tells an age, as «6 meye» does in a form
_MOST_OF_ONE, _MOST_OF_ONE_IN_FORM = 8, 5
#: «bachche: 6» counts, «ladka: 40» does not; in a form «ladki 2» counts
_MOST_LABELLED, _MOST_IN_FORM = 12, 4
#: «and» in Bengali, and the ending that means «of», written apart
_ALSO_OF = frozenset(["r", "র"])
#: between two sorts of children; and fewer of the second are counted to the first
_JOINS = frozenset([",", "+", "&"])
_MOST_MORE = 12
#: what is told of people is told before so many words and signs
_MOST_TOKENS = 150


@dataclass(frozen=True, slots=True)
class _Number:
    """A number among the words: where it stands, what it is worth, the word behind it."""

    at: int
    value: int
    end: int
    #: spelt as a word, or with a classifier: no age, then
    classified: bool
    spelt: bool


class Nouns:
    """Nouns by their beginnings."""

    def __init__(self, stems: frozenset[str], whole: frozenset[str]) -> None:
        self._stems = tuple(sorted(stems))
        self._whole = whole
        self.match = lru_cache(maxsize=10_000)(self._match)

    def _match(self, word: str) -> bool:
        return word in self._whole or word.startswith(self._stems)


def read_people(text: Text, names: Names, numbers: NumberWords) -> None:
    """Read how many people are told of, once; the number that tells it is no age then."""
    if text.counted:
        return
    text.counted = True
    counter = _Counter(text, names, numbers)
    told = counter.count()
    if told is not None:
        text.fields["people"] = told[0]
        if told[1] is not None:
            text.take(counter.span(told[1]))


def takes_child(text: Text, names: Names, numbers: NumberWords) -> bool:
    """«bouma nati ke niye …»: somebody who is gone has taken a child along."""
    counter = _Counter(text, names, numbers)
    small, words = text.view.small, counter.words
    grown = any(word in small["companions"] for word in words)
    return grown and any(
        counter.is_child(word) and not small["taking"].isdisjoint(words[at + 1 : at + 4])
        for at, word in enumerate(words)
    )


def counted(word: str, value: Callable[[str], int | None]) -> tuple[int, bool] | None:
    """The number in one word, and whether a classifier hangs on it; ``value`` knows the words."""
    if word.isdecimal():
        return (int(word), False) if len(word) <= _DIGITS else None
    if (known := value(word)) is not None:
        return known, word not in _PLAIN and word.endswith(_CLASSIFIERS)
    if not word.endswith(_CLASSIFIERS) or word in _NO_NUMBER:
        return None
    for each in _CLASSIFIERS:
        root = word.removesuffix(each)
        if root != word and (known := value(root)) is not None:
            return known, True
    return None


class _Counter:
    """One text on its way to being counted."""

    def __init__(self, text: Text, names: Names, numbers: NumberWords) -> None:
        self.rest = without_underscores(text.rest)
        self.words = [
            word.strip(" ") for word in _TOKEN.findall(self.rest.casefold())[:_MOST_TOKENS]
        ]
        self.text, self.view, self.names = text, text.view, names
        self.small = text.view.small
        self.value = numbers.counted
        self.is_child = text.view.counted("counted_child").match
        self.is_grown = text.view.counted("counted_grown").match
        self.numbers = [
            self._number(at, *told)
            for at, word in enumerate(self.words)
            if (told := numbers.counted(word)) is not None and 1 < told[0] < _MOST
        ]

    def count(self) -> tuple[int, _Number | None] | None:
        """How many are told of, if more than one, and the number that tells it, if one does."""
        children, grown = self._first(self.is_child), self._first(self.is_grown)
        strangers = grown is not None and self._strangers(grown)
        if children is not None and (grown is None or strangers or grown.value <= children.value):
            more = self._one_more_before(children) or self._more_behind(children)
            return children.value + more, children
        if grown is not None and not strangers:
            return grown.value + self._one_more_before(grown), grown
        among = next((each for each in self.numbers if self._among_us(each)), None)
        if among is not None and among is not grown:
            return among.value, among
        return (2, None) if self._pair() else None

    def span(self, number: _Number) -> tuple[int, int]:
        """Where the number stands in the text."""
        return next(islice(_TOKEN.finditer(self.rest), number.at, None)).span()

    def _number(self, at: int, value: int, hung: bool) -> _Number:  # noqa: FBT001
        bare = (
            not hung
            and self.words[at + 1 : at + 2] != []
            and (self.words[at + 1] in _BARE_CLASSIFIERS)
        )
        spelt = hung or bare or not self.words[at].isdecimal()
        return _Number(at, value, at + 1 + bare, hung or bare, spelt)

    def _first(self, is_one: Callable[[str], bool]) -> _Number | None:
        """The first number that counts such nouns: before them, behind them, or of people alone."""
        return next(
            (
                each
                for each in self.numbers
                if self._before(each, is_one) or self._behind(each, is_one)
            ),
            None,
        ) or (
            next((each for each in self.numbers if self._of_people(each)), None)
            if is_one == self.is_grown
            else None
        )

    def _before(self, number: _Number, is_one: Callable[[str], bool]) -> bool:
        """«3 choto meye»: nothing but qualities stands between the number and the noun."""
        for at in range(number.end, min(len(self.words), number.end + _MOST_BETWEEN + 1)):
            word = self.words[at]
            if word in self.small["mine"] and self._says_i(number):
                return False
            if is_one(word):
                one = word in self.small["one_child"] and not number.spelt
                most = _MOST_OF_ONE if self.text.free else _MOST_OF_ONE_IN_FORM
                return not one or number.value <= most
            if word in _STOPS or word.isdecimal() or word not in self.small["counted_between"]:
                return False
        return False

    def _says_i(self, number: _Number) -> bool:
        """«ami 12 amar bon choto»: the sender's own age."""
        before = self.words[max(0, number.at - 1) : number.at]
        return not number.spelt and not self.small["sender"].isdisjoint(before)

    def _behind(self, number: _Number, is_one: Callable[[str], bool]) -> bool:
        """«chele duto», «bachche: 6», «watoto 4»."""
        before = self.words[: number.at]
        if before and before[-1] in self.small["one_child"] and self._may_be_age(number):
            return False  # «meye 16 ke», «girl 12 to Mumbai»: her age
        if before[-1:] in ([":"], ["="]):
            noun = before[-2:-1]
            few = number.value <= _MOST_LABELLED or is_one == self.is_grown
            return few and bool(noun) and is_one(noun[0]) and noun[0] not in self.small["one_child"]
        if before and is_one(before[-1]):
            if number.classified:
                return True
            if before[-1] in self.small["one_child"] and "age" not in self.text.fields:
                return False  # «ladki 6»: her age
            ends = self.words[number.end : number.end + 1]
            in_form = not self.text.free and number.value <= _MOST_IN_FORM
            return self.text.language == "sw" or (in_form and (not ends or ends[0] in _STOPS))
        if (
            self.text.language == "sw"
            and number.spelt
            and self.words[number.end : number.end + 1] != ["na"]
        ):
            for word in before[: -_MOST_BEHIND - 2 : -1]:
                if is_one(word):
                    return True
                if word in {"wa", "na"} or word in _STOPS:
                    return False
        return False

    def _may_be_age(self, number: _Number) -> bool:
        """Whether nothing but a word of other use too makes this a number of people."""
        word = self.words[number.at]
        return (
            _YOUNGEST <= number.value < ADULT_AT
            and word.isdecimal()
            and self.words[number.at + 1 : number.end] != ["jon"]
            and (number.end == number.at + 1 or self.words[number.end - 1] in _CASES)
        )

    def _of_people(self, number: _Number) -> bool:
        """«5 jon», «দুজনকে»: the classifier counts people."""
        return number.classified and self.words[number.end - 1].endswith(_OF_PEOPLE)

    def _strangers(self, number: _Number) -> bool:
        """«2 jon ese dekhe gelo», «3te lok bike kore», «with two ladies»: who came, no travellers."""
        behind = self.words[number.end : number.end + 6]
        before = self.words[max(0, number.at - 1) : number.at]
        took_her = "age" in self.text.fields and any(
            word in self.small["stranger"] for word in behind[:1]
        )
        return (
            not self.small["came"].isdisjoint(behind)
            or not self.small["with_before"].isdisjoint(before)
            or took_her
        )

    def _one_more_before(self, number: _Number) -> int:
        """«ami ar 2 bon», «my sister and 2 friends»: one more than is counted."""
        before = self.words[: number.at]
        if before and before[-1] in self.small["mine"]:
            before.pop()
        if not before or before[-1] not in self.small["and"]:
            return 0
        return int(any(self._is_kin(word) for word in before[-4:-1]))

    def _more_behind(self, number: _Number) -> int:
        """«2 girls and 1 boy», «wasichana wawili na mvulana mmoja»: so many more of another sort."""
        noun = self._next_noun(number.end)
        ends = number.end if noun is None else noun + 1
        joined = self.words[ends : ends + 1]
        goes_on = bool(joined) and (joined[0] in self.small["and"] or joined[0] in _JOINS)
        at = ends + goes_on
        if noun is not None:
            other, told_at = self._next_noun(at + 1), at
        else:  # in Swahili the number stands behind
            other, told_at = at if goes_on else None, at + 1
        words, here = self.words, self.words[max(0, number.at - _MOST_BEHIND) : ends]
        if other is None or max(other, told_at) >= len(words) or words[other] in here:
            return 0
        told = self.value(words[told_at])
        more = told is not None and told[0] <= _MOST_MORE and self.is_child(words[other])
        return told[0] if told is not None and more else 0

    def _next_noun(self, at: int) -> int | None:
        """Where a noun for a child stands, from here on, behind qualities and classifiers only."""
        for each in range(at, min(len(self.words), at + _MOST_BETWEEN + 1)):
            word = self.words[each]
            if self.is_child(word):
                return each
            if word not in self.small["counted_between"] and word not in _BARE_CLASSIFIERS:
                return None
        return None

    def _among_us(self, number: _Number) -> bool:
        """«5 of us», «আমাদের ছজনকে», «we are 3», «total 4», «family of 5»."""
        behind = self.words[number.end : number.end + 2]
        before = self.words[max(0, number.at - 2) : number.at]
        if not self.small["no_people"].isdisjoint(behind[:1]):
            return False
        if behind[:1] == ["of"] and not self.small["us"].isdisjoint(behind[1:]):
            return True
        if not self.small["number_of"].isdisjoint(before):
            return True
        ours = not self.small["us"].isdisjoint(before)
        return ours and (number.classified or (self.text.free and before[-1:] != [","]))

    def _pair(self) -> bool:
        """«Sumi n Ruma», «Rahul (14) and his friend», «me n my wife»: two who are named together."""
        words, small = self.words, self.small
        for at in range(1, len(words) - 1):
            if not small["couple"].isdisjoint(
                (" ".join(words[at - 1 : at + 1]), " ".join(words[at : at + 2]))
            ):
                return True
            if words[at] in small["both"] and small["pairs"].isdisjoint(
                words[max(0, at - 2) : at + 2]
            ):
                return True
            if words[at] not in small["and"]:
                continue
            first = next((word for word in reversed(words[:at]) if not word.isdecimal()), "")
            second, *behind = words[at + 1 : at + 4]
            if not (self._bears_name(first) or self._is_kin(first)):
                continue
            if words[at] in _ALSO_OF and not (
                first in small["sender"] or (self._bears_name(first) and self._bears_name(second))
            ):
                continue  # «dada r meye»: his daughter
            if self._is_kin(second) or (self._bears_name(first) and self._bears_name(second)):
                return True
            if second in small["mine"] | small["theirs"] and any(
                self._is_kin(word) or word in small["companions"] for word in behind
            ):
                return True
        return False

    def _is_kin(self, word: str) -> bool:
        small = self.small
        return word in small["kin"] or word in small["sender"] or self.is_child(word)

    def _bears_name(self, word: str) -> bool:
        return (
            word not in self.view.tongue
            and word not in self.view
            and self.names.given(word) is not None
        )
