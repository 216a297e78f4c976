"""The lexicon: which words mean what, in each way of writing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from gateway.domain.text import plain

LANGUAGES = ("en", "bn", "bn-Latn", "hi", "hi-Latn", "sw")
#: words shorter than this are read to the letter: too many others are one slip away
_FUZZY_FROM = 5
_LONGEST_PHRASE = 4


@dataclass(frozen=True, slots=True)
class Word:
    """A word or phrase as written; ``code``: a poster's code, no everyday word."""

    text: str
    language: str
    code: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """A word found: its value (such as a kind), and where it stands among the words."""

    value: str
    word: Word
    start: int
    end: int
    exact: bool = True


class Lexicon:
    """Words by meaning ("keyword", "companion.agent", …)."""

    def __init__(self, entries: Iterable[tuple[str, str, Word]], digits: Mapping[str, str]) -> None:
        self.digits = digits
        self._by_meaning: dict[str, dict[str, tuple[str, Word]]] = {}
        for meaning, value, word in entries:
            self._by_meaning.setdefault(meaning, {}).setdefault(plain(word.text), (value, word))
        # most words begin no phrase of a meaning: one look says so
        self._starts = {
            meaning: frozenset(phrase.split(" ", 1)[0] for phrase in known)
            for meaning, known in self._by_meaning.items()
        }

    def lookup(self, meaning: str, phrase: str) -> tuple[str, Word] | None:
        """The value of exactly this word or phrase (case-folded)."""
        return self._by_meaning.get(meaning, {}).get(phrase)

    def first(self, meaning: str, words: Sequence[str], start: int = 0) -> Hit | None:
        """The first, longest phrase of this meaning among the words."""
        known = self._by_meaning.get(meaning, {})
        starts = self._starts.get(meaning, frozenset())
        for begin in range(start, len(words)):
            if words[begin] not in starts:
                continue
            for end in range(min(begin + _LONGEST_PHRASE, len(words)), begin, -1):
                found = known.get(" ".join(words[begin:end]))
                if found is not None:
                    return Hit(found[0], found[1], begin, end)
        return None

    def keyword(self, word: str) -> tuple[str, Word, bool] | None:
        """(kind, the word meant, to the letter) of a word that may be misspelt.

        A poster's code of three letters may have one letter too many or a digit for a letter
        (MIGG, MIGR, M1G); longer words may have one slip.
        """
        known = self._by_meaning.get("keyword", {})
        found = known.get(word)
        if found is not None:
            return (*found, True)
        unmasked = word.replace("1", "i").replace("0", "o")
        for text, (kind, meant) in known.items():
            if meant.code:
                longer = len(word) == len(text) + 1 and word.startswith(text)
                if unmasked == text or longer:
                    return kind, meant, False
            elif (
                len(text) >= _FUZZY_FROM
                and len(word) >= _FUZZY_FROM
                and OSA.distance(word, text, score_cutoff=1) <= 1
            ):
                return kind, meant, False
        return None
