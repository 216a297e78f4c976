"""Number words, «fourteen», «চোদ্দো»: read where a word beside them says that they count."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from gateway.domain.text import LETTER, runs
from gateway.domain.understanding.counting import counted
from gateway.domain.understanding.hints import Hints
from gateway.domain.understanding.patterns import START, one_of

#: where a word ends
_END = f"(?!{LETTER})"
#: a word in Latin letters of so many is no other word than the number
_PLAIN_FROM = 6


class NumberWords:
    """Number words, read only beside a word for years or people.

    ``numbers`` are those of lexicon/numbers.toml, ``words`` what may stand beside them, of
    lexicon/figures.toml.
    """

    def __init__(
        self,
        numbers: Mapping[str, int],
        words: Mapping[str, Sequence[str]],
        hints: type[Hints] = Hints,
    ) -> None:
        self._value = dict(numbers)
        #: the number in a word, and whether a classifier hangs on it: «চারটে», «3te»
        self.counted = lru_cache(maxsize=20_000)(lambda word: counted(word, self._value.get))
        w = {name: one_of(words[name]) for name in (
            "counted", "teen_behind", "grown_of", "grown_is", "grown_too", "grown_of_hi",
            "grown_is_hi", "grown_became_hi", "grown_too_hi", "other_counts",
        )}  # fmt: skip
        any_number = _any(numbers)
        small_ones, between = _any(words["small_ones"]), _any(words["number_between"])
        #: the runs of letters in which a number word may be told: «চোদ্দো», «dobochor», «বয়সঃচোদ্দো»
        self._hints = hints(
            {
                "glued": re.compile(
                    f"(?:{any_number})(?:{small_ones}|{_any(words['glued'])}|{w['counted']})"
                ).match,
                "hung": re.compile(f"(?:ঃ|{between})(?:{any_number})$").search,
            },
            {"whole": [runs(word)[0] for word in numbers]},
        )
        self._before = re.compile(
            rf"{START}(?<!-)({any_number})(?=[\s\-]*(?:(?:{small_ones})\s+)?{w['counted']})"
        )
        teens = _any(word for word, number in numbers.items() if 8 < number < 20)
        self._teens = re.compile(rf"{START}({teens})(?=\s*{w['teen_behind']})")
        #: words that mean nothing else, and are ages wherever nothing else is counted
        plain_teens = _any(
            word
            for word, number in numbers.items()
            if 12 < number < 18 and (not word.isascii() or len(word) >= _PLAIN_FROM)
        )
        self._anywhere = re.compile(rf"{START}({plain_teens}){_END}(?!\s*-?\s*{w['other_counts']})")
        grown = _any(word for word, number in numbers.items() if number >= 20)
        self._grown = re.compile(
            rf"{START}({grown})(?=\s*(?:{w['grown_of']}\s+{w['grown_is']}(?!\s+{w['grown_too']})"
            rf"|{w['grown_of_hi']}\s*(?:{w['grown_is_hi']}|{w['grown_became_hi']}(?! {w['grown_too_hi']})|[,।])))"
        )
        self._after = re.compile(
            rf"{START}((?:{_any(words['number_before'])})"
            rf"(?:\s*(?:[:=\-\u2013\u2014.ঃ]|{between})\s*|\s+))"
            rf"(?!(?:{_any(words['seldom_numbers'])}){_END})({any_number}){_END}"
        )

    def value(self, word: str) -> int | None:
        """The number that this word is, by itself; None if it is none."""
        return self._value.get(word)

    def as_digits(self, text: str) -> str:
        """The text with such words as digits, as long as it was."""
        if not self._hints.of(text):
            return text

        def put(word: str) -> str:
            return str(self._value[word]).ljust(len(word))[: max(len(word), 1)]

        for pattern in (self._before, self._teens, self._grown, self._anywhere):
            text = pattern.sub(lambda match: put(match[1]), text)
        return self._after.sub(lambda match: match[1] + put(match[2]), text)


def _any(words: Iterable[str]) -> str:
    """Any of the words, wherever it ends, the longest first."""
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
