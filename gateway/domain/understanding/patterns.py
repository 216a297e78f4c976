"""Patterns made of the words of the lexicon, for what is told by words and signs together."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from gateway.domain.text import LETTER, runs

if TYPE_CHECKING:
    from collections.abc import Callable

#: where a word begins; and where it ends: a digit or «ঃ», which many write for a colon, may follow
START, END = f"(?<!{LETTER})", rf"(?!(?![\dঃ]){LETTER})"
#: where a word ends that stands behind its number: «k2» is no sum
ENDS = f"(?!{LETTER})"
#: the end of a word of the lexicon that may go on
_GOES_ON = "*"
_Tree = dict[str, "_Tree"]


def one_of(*lists: Iterable[str], end: str = END) -> str:
    """A pattern for any of the words: those that end in «*» and may go on, then the longest first.

    Words that begin alike are tried once for all of them: that is as quick as a pattern by hand.
    ``end`` is what must hold behind a word that may not go on.
    """
    words = {word for known in lists for word in known}
    going_on = {word for word in words if word.endswith(_GOES_ON)}
    patterns = [f"{_tree_of(map(_bare, going_on))}"] if going_on else []
    if words > going_on:
        patterns.append(f"{_tree_of(words - going_on)}{end}")
    return f"(?:{'|'.join(patterns)})" if patterns else r"(?!)"


def by_role(words: Mapping[str, Sequence[str]], behind: Container[str] = ()) -> dict[str, str]:
    """A pattern for the words of each role; those of ``behind`` stand behind their number."""
    return {
        role: one_of(known, end=ENDS if role in behind else END) for role, known in words.items()
    }


def _tree_of(words: Iterable[str]) -> str:
    tree: _Tree = {}
    for word in sorted(words):
        node = tree
        for letter in word:
            node = node.setdefault(letter, {})
        node[""] = {}
    return _written(tree)


def _written(tree: _Tree) -> str:
    """The pattern for what is left of the words that have begun alike."""
    rest = [
        (r"\s+" if letter == " " else re.escape(letter)) + _written(node)
        for letter, node in tree.items()
        if letter
    ]
    if not rest:
        return ""
    return (rest[0] if len(rest) == 1 and "" not in tree else f"(?:{'|'.join(rest)})") + (
        "?" if "" in tree else ""
    )


def beginnings(*lists: Iterable[str]) -> Callable[[str], object]:
    """Whether a run of letters may begin one of these words, or hold it: «16boyos»."""
    return re.compile(_any(runs(_bare(word))[0] for known in lists for word in known)).search


def endings(*lists: Iterable[str]) -> Callable[[str], object]:
    """Whether a run of letters may end one of these words."""
    return re.compile(_any(runs(_bare(word))[-1] for known in lists for word in known)).search


def _bare(word: str) -> str:
    return word.removesuffix(_GOES_ON)


def _any(words: Iterable[str]) -> str:
    return "|".join(map(re.escape, sorted(set(words))))
