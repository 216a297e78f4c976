"""Which patterns are worth searching for in a text: a search that finds nothing takes its time too."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType

from gateway.domain.text import runs

#: a text may hold any word, and there is no end of them
_MOST_WORDS = 20_000


class Hints:
    """Which patterns may be found in a text, by its words.

    By the name of a pattern, ``tests`` say whether a word may be part of what it finds, and
    ``words`` which words are.
    """

    def __init__(
        self,
        tests: Mapping[str, Callable[[str], object]],
        words: Mapping[str, Iterable[str]] = MappingProxyType({}),
    ) -> None:
        self.all = frozenset([*tests, *words])
        self._tests = tuple(tests.items())
        self._known: dict[str, set[str]] = {}
        for pattern, known in words.items():
            for word in known:
                self._known.setdefault(word, set()).add(pattern)
        self._of_word = lru_cache(maxsize=_MOST_WORDS)(self._test)

    def _test(self, word: str) -> frozenset[str]:
        found = [pattern for pattern, test in self._tests if test(word)]
        return frozenset([*found, *self._known.get(word, ())])

    def of(self, text: str) -> frozenset[str]:
        """The names of the patterns that may be found."""
        return frozenset[str]().union(*map(self._of_word, runs(text)))
