"""Phrases: how the lexicon writes many of them in one line, and how they are found in a text.

A line of the lexicon may hold ``(a|b)`` for alternatives, ``<go>`` for every form of a verb (of
lexicon/forms.toml, in the line's language), and ``..`` for up to three words in between.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import product
from typing import NamedTuple

#: a word in a phrase that stands for up to so many words between its neighbours
GAP, _MOST_BETWEEN = "..", 3
#: a text may hold any word, and there is no end of them
_MOST_BEGINNINGS = 50_000
_CHOICE = re.compile(r"\(([^()]*)\)")
_FORM = re.compile(r"<([a-z_]+)>")
#: what one part of a line stands for: any of these runs of words, () for none
Slot = tuple[tuple[str, ...], ...]


class Hit(NamedTuple):
    """A phrase found: what it is about, its value, and where it stands among the words.

    ``between``: words inside that are no part of it.
    """

    meaning: str
    value: str
    start: int
    end: int
    between: frozenset[int] = frozenset()

    def words(self) -> list[int]:
        """Where its own words stand."""
        return [at for at in range(self.start, self.end) if at not in self.between]


def fill_in(line: str, forms: Mapping[str, Sequence[str]]) -> str:
    """The line with the forms of the verbs that it names.

    Raises:
        ValueError: the line names a verb whose forms are not known.
    """
    for name in _FORM.findall(line):
        if name not in forms:
            message = f"no forms of <{name}> for: {line}"
            raise ValueError(message)
        line = line.replace(f"<{name}>", f"({'|'.join(forms[name])})")
    return line


def expand(line: str) -> list[str]:
    """Every phrase that a line without verbs to fill in stands for."""
    parts = [[" ".join(run) for run in slot] for slot in slots(line)]
    return list(dict.fromkeys(" ".join(filter(None, each)) for each in product(*parts)))


@cache
def slots(line: str) -> tuple[Slot, ...]:
    """The line's parts one after the other, with the alternatives of each."""
    if "(" not in line:
        return tuple(((word,),) for word in line.split())
    found = []
    for part in _parts(line):
        runs = dict.fromkeys(tuple(each.split()) for each in _choose(part))
        if runs.keys() != {()}:
            found.append(tuple(runs))
    return tuple(found)


def _parts(line: str) -> Iterator[str]:
    """The line cut at its spaces, and behind alternatives that carry their own."""
    start = depth = 0
    for at, char in enumerate(line):
        depth += (char == "(") - (char == ")")
        cut = char == " " and depth == 0
        if char == ")" and depth == 0:
            inside = line[line.index("(", start) : at]
            cut = inside.endswith((" ", " |", "|")) and " |" in f"{inside}|" and "|" in inside
            cut = cut and all(not each or each.endswith(" ") for each in inside[1:].split("|"))
        if cut:
            yield line[start : at + 1]
            start = at + 1
    yield line[start:]


def _choose(line: str) -> list[str]:
    """The line with each of its alternatives, the innermost chosen first."""
    choice = _CHOICE.search(line)
    if choice is None:
        return [line]
    if choice.span() == (0, len(line)):
        return choice[1].split("|")
    before, after = line[: choice.start()], line[choice.end() :]
    return [each for one in choice[1].split("|") for each in _choose(f"{before}{one}{after}")]


class Line(NamedTuple):
    """A line of the lexicon: its parts, what it is about, its value, and how it is written."""

    parts: Sequence[Slot]
    meaning: str
    value: str
    text: str


#: a line, which of its parts comes next, and what is left of a run of words before that
_Open = tuple[Line, int, tuple[str, ...]]
_A_GAP: Slot = ((GAP,),)


class _Node:
    """What may follow the words so far, and what they mean if they end here.

    Of the lines only the next words are laid out, the rest when they are met: most never are.
    """

    __slots__ = ("_ahead", "_met", "gap", "means")

    def __init__(self, open_: Iterable[_Open]) -> None:
        self._ahead: dict[str, list[_Open]] = {}
        self._met: dict[str, _Node] = {}
        self.means: list[tuple[str, str]] = []
        behind_gap: list[_Open] = []
        for line, at, rest in open_:
            if rest:
                self._ahead.setdefault(rest[0], []).append((line, at, rest[1:]))
            else:
                self._lay_out(line, at, behind_gap)
        #: what may follow after up to so many words between
        self.gap = _Node(behind_gap) if behind_gap else None

    def _lay_out(self, line: Line, at: int, behind_gap: list[_Open]) -> None:
        """The words that a line may go on with from this part on."""
        for next_at, slot in enumerate(line.parts[at:], start=at + 1):
            if slot == _A_GAP:
                behind_gap.append((line, next_at, ()))
                return
            for run in slot:
                if run:
                    self._ahead.setdefault(run[0], []).append((line, next_at, run[1:]))
            if () not in slot:
                return
        if (told := (line.meaning, line.value)) not in self.means:
            self.means.append(told)

    def follow(self, word: str) -> _Node | None:
        """What stands behind this word; None if it goes on with no line."""
        met = self._met.get(word)
        if met is None and word in self._ahead:
            met = self._met[word] = _Node(self._ahead.pop(word))
        return met


class Lines:
    """Lines by the word that they begin with."""

    def __init__(self) -> None:
        self._by_first: dict[str, list[Line]] = {}

    def add(self, line: Line) -> None:
        """Know one more line."""
        for at, slot in enumerate(line.parts):
            by_first: dict[str, list[tuple[str, ...]]] = {}
            for run in slot:
                if run:
                    by_first.setdefault(run[0], []).append(run)
            for first, runs in by_first.items():
                begun = line._replace(parts=(tuple(runs), *line.parts[at + 1 :]))
                self._by_first.setdefault(first, []).append(begun)
            if () not in slot:
                return

    def firsts(self) -> Iterator[str]:
        """The word that each line begins with."""
        return (word for word, lines in self._by_first.items() for _ in lines)

    def beginning(self, word: str) -> Sequence[Line]:
        """What begins with this word; of a line's first alternatives those that do."""
        return self._by_first.get(word, ())


class Phrases:
    """Phrases, ready to be found.

    Most words of the lexicon never begin anything in a text: what begins with a word is laid out
    when the word is first met, or asked for before.
    """

    def __init__(self, beginning: Callable[[str], Iterable[Line]]) -> None:
        self._beginning = beginning
        #: what may stand behind a word; None if it begins no phrase
        self.begin = lru_cache(maxsize=_MOST_BEGINNINGS)(self._lay_out)

    def _lay_out(self, word: str) -> _Node | None:
        begun: list[_Open] = [
            (line, 1, run[1:])
            for line in self._beginning(word)
            for run in line.parts[0]
            if run[0] == word
        ]
        return _Node(begun) if begun else None

    def scan(self, words: Sequence[str], parts: Sequence[int] = ()) -> list[Hit]:
        """Every phrase among canonical words; of one meaning the longest at each place.

        ``parts`` numbers the part of the text of each word: what is left out between the words of
        a phrase stays within one.
        """
        hits: list[Hit] = []
        ends: dict[str, int] = {}
        for start, word in enumerate(words):
            begun = self.begin(word)
            if begun is None:
                continue
            found = self._from(words, parts, start, begun)
            found.sort(key=lambda hit: (len(hit.between) - (hit.end - hit.start), hit.end))
            for hit in found:
                if ends.get(hit.meaning, 0) <= start:
                    hits.append(hit)
                    ends[hit.meaning] = hit.end if not hit.between else start + 1
        return hits

    def _from(
        self, words: Sequence[str], parts: Sequence[int], start: int, begun: _Node
    ) -> list[Hit]:
        found: list[Hit] = []
        open_: list[tuple[_Node, int, frozenset[int]]] = [(begun, start + 1, frozenset())]
        while open_:
            node, at, between = open_.pop()
            found += [Hit(meaning, value, start, at, between) for meaning, value in node.means]
            if at < len(words) and (following := node.follow(words[at])) is not None:
                open_.append((following, at + 1, between))
            if node.gap is None:
                continue
            for far in range(at, min(at + _MOST_BETWEEN + 1, len(words))):
                if parts and parts[far] != parts[at - 1]:
                    break
                if (following := node.gap.follow(words[far])) is not None:
                    left_out = between | frozenset(range(at, far)) if far > at else between
                    open_.append((following, far + 1, left_out))
        return found


def respell(parts: Sequence[Slot], meant: Mapping[str, str]) -> list[Slot]:
    """The parts with every word in the lexicon's own spelling."""
    return [tuple(tuple([meant.get(word, word) for word in run]) for run in slot) for slot in parts]
