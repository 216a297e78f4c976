"""Whether a day such as «kal» lies behind or ahead: the verb beside it in its sentence tells.

The words stand in lexicon/dates.toml under ``tense``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from gateway.domain.text import runs

_SENTENCE_END, _CLAUSE_END = re.compile(r"[।?!;\n]|\.(?!\d)"), re.compile(r"[।?!;\n,]|\.(?!\d)")
#: how far from the day the verb may stand, in words
_BEHIND, _BEFORE = 16, 8
#: a text may hold any word, and there is no end of them
_MOST_WORDS = 20_000


class Words:
    """Words, and endings of words («*ega»), but for some words («-yoga»)."""

    def __init__(self, lines: Iterable[str]) -> None:
        lines = tuple(lines)
        self._endings = tuple(line[1:] for line in lines if line.startswith("*"))
        self._not = frozenset(line[1:] for line in lines if line.startswith("-"))
        self._whole = frozenset(line for line in lines if line[0] not in "*-")

    def __contains__(self, word: str) -> bool:
        return word in self._whole or (word.endswith(self._endings) and word not in self._not)


class Tense:
    """The words that tell of what has happened and of what is to come."""

    def __init__(self, lines: Mapping[str, Sequence[str]]) -> None:
        """``lines``: under ``to_come`` and ``happened`` the verbs; ``since``: right behind a day that is past.

        ``goes`` with one of ``goes_on`` behind it is to come, unless ``was`` follows; ``meant``: behind
        what somebody only meant to do.
        """
        self._to_come, self._happened = Words(lines["to_come"]), Words(lines["happened"])
        self._since, self._meant = frozenset(lines["since"]), frozenset(lines["meant"])
        self._goes, self._goes_on = frozenset(lines["goes"]), frozenset(lines["goes_on"])
        self._was = frozenset(lines["was"])
        self._verb = lru_cache(maxsize=_MOST_WORDS)(self._of)

    def is_past(self, text: str, span: tuple[int, int]) -> bool | None:
        """Whether the day at ``span`` of a text (case-folded) lies behind; None if nothing tells."""
        start = max((each.end() for each in _CLAUSE_END.finditer(text, 0, span[0])), default=0)
        over = _SENTENCE_END.search(text, span[1])
        rest = text[span[1] : over.start() if over else len(text)]
        clause = _CLAUSE_END.search(rest)
        before, behind = runs(text[start : span[0]]), runs(rest)
        here = len(before)
        end = here + (len(runs(rest[: clause.start()])) if clause else len(behind))
        words = (*before, *behind)[: here + _BEHIND]
        ways = (
            range(here, end),
            range(here - 1, max(-1, here - 1 - _BEFORE), -1),
            range(end, len(words)),
        )
        told = (self._tells(words, at) for way in ways for at in way if at < len(words))
        found = next((each for each in told if each is not None), None)
        return True if found is None and behind and behind[0] in self._since else found

    def _tells(self, words: Sequence[str], at: int) -> bool | None:
        word, behind = words[at], words[at + 1] if at + 1 < len(words) else ""
        if word in self._goes_on:
            return False if at and words[at - 1] in self._goes and behind not in self._was else None
        return None if behind in self._meant else self._verb(word)

    def _of(self, word: str) -> bool | None:
        return True if word in self._happened else False if word in self._to_come else None
