"""Phrases: how the lexicon writes many of them in one line, and how they are found in a text.

A line of the lexicon may hold ``(a|b)`` for alternatives, ``<go>`` for every form of a verb (of
lexicon/forms.toml, in the line's language), and ``..`` for up to three words in between.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import NamedTuple

#: a word in a phrase that stands for up to so many words between its neighbours
GAP, _MOST_BETWEEN = "..", 3
_CHOICE = re.compile(r"\(([^()]*)\)")
_FORM = re.compile(r"<([a-z_]+)>")
#: what one part of a line stands for: any of these runs of words, () for none
Slot = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Hit:
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
    before, after = line[: choice.start()], line[choice.end() :]
    return [each for one in choice[1].split("|") for each in _choose(f"{before}{one}{after}")]


class _Node:
    """What may follow the words so far, and what they mean if they end here."""

    __slots__ = ("after", "gap", "means", "plain")

    def __init__(self, *, plain: bool) -> None:
        self.after: dict[str, list[_Node]] = {}
        self.gap: _Node | None = None
        self.means: list[tuple[str, str]] = []
        #: reached by one run of words only, so that other lines may go on from here
        self.plain = plain

    def follow(self, word: str, node: _Node | None) -> _Node:
        """The node behind this word: ``node`` if given, or else one that is shared."""
        known = self.after.setdefault(word, [])
        if node is None:
            node = next((each for each in known if each.plain), None) or _Node(plain=self.plain)
        if node not in known:
            known.append(node)
        return node


def _lay_out(root: _Node, line: Line) -> None:
    """Know one more line behind the root."""
    ends, told = [root], (line.meaning, line.value)
    for slot in line.parts:
        if slot == ((GAP,),):
            for end in ends:
                end.gap = end.gap or _Node(plain=end.plain)
            ends = [end.gap for end in ends if end.gap is not None]
            continue
        if len(slot) == 1 and len(ends) == 1:
            for word in slot[0]:
                ends = [ends[0].follow(word, None)]
            continue
        last = _Node(plain=False)
        for end in ends:
            for run in slot:
                _run(end, run, last)
        ends = [last, *ends] if () in slot else [last]
    for end in ends:
        if told not in end.means:
            end.means.append(told)


def _run(start: _Node, run: tuple[str, ...], last: _Node) -> None:
    for at, word in enumerate(run):
        inner = None if start.plain else _Node(plain=False)
        start = start.follow(word, last if at == len(run) - 1 else inner)


class Line(NamedTuple):
    """A line of the lexicon: its parts, what it is about, its value, and how it is written."""

    parts: Sequence[Slot]
    meaning: str
    value: str
    text: str


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

    def beginning(self, word: str) -> Sequence[Line]:
        """What begins with this word; of a line's first alternatives those that do."""
        return self._by_first.get(word, ())


class Phrases:
    """Phrases, ready to be found.

    Most words of the lexicon never begin anything in a text: what begins with a word is laid out
    when the word is first met.
    """

    def __init__(self, beginning: Callable[[str], Iterable[Line]]) -> None:
        self._beginning = beginning
        self._begun: dict[str, Sequence[_Node]] = {}

    def _after(self, word: str) -> Sequence[_Node]:
        """What may stand behind this word, where it begins a phrase."""
        begun = self._begun.get(word)
        if begun is None:
            root = _Node(plain=True)
            for line in self._beginning(word):
                _lay_out(root, line)
            begun = root.after.get(word, ())
            if begun:  # a text may hold any word, and there is no end of them
                self._begun[word] = begun
        return begun

    def scan(self, words: Sequence[str], parts: Sequence[int] = ()) -> list[Hit]:
        """Every phrase among canonical words; of one meaning the longest at each place.

        ``parts`` numbers the part of the text of each word: what is left out between the words of
        a phrase stays within one.
        """
        hits: list[Hit] = []
        ends: dict[str, int] = {}
        for start in range(len(words)):
            found = self._from(words, parts, start)
            found.sort(key=lambda hit: (len(hit.between) - (hit.end - hit.start), hit.end))
            for hit in found:
                if ends.get(hit.meaning, 0) <= start:
                    hits.append(hit)
                    ends[hit.meaning] = hit.end if not hit.between else start + 1
        return hits

    def _from(self, words: Sequence[str], parts: Sequence[int], start: int) -> list[Hit]:
        found: list[Hit] = []
        open_: list[tuple[_Node, int, frozenset[int]]] = [
            (first, start + 1, frozenset()) for first in self._after(words[start])
        ]
        while open_:
            node, at, between = open_.pop()
            found += [Hit(meaning, value, start, at, between) for meaning, value in node.means]
            if at < len(words):
                open_ += [
                    (following, at + 1, between) for following in node.after.get(words[at], ())
                ]
            if node.gap is None:
                continue
            for far in range(at, min(at + _MOST_BETWEEN + 1, len(words))):
                if parts and parts[far] != parts[at - 1]:
                    break
                left_out = between | frozenset(range(at, far)) if far > at else between
                open_ += [
                    (following, far + 1, left_out)
                    for following in node.gap.after.get(words[far], ())
                ]
        return found


def respell(parts: Sequence[Slot], meant: Mapping[str, str]) -> list[Slot]:
    """The parts with every word in the lexicon's own spelling."""
    return [tuple(tuple([meant.get(word, word) for word in run]) for run in slot) for slot in parts]
