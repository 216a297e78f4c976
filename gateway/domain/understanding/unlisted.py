"""Villages that no gazetteer lists: known by the word before or behind them, or as a signature.

«gram Patharghata», «hapa Vitengeni», «Chwele market»; and what stands alone at the end of a text,
as people sign with their place: «…, boyos 14. Kultuli».
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from gateway.domain.understanding.naming import capital
from gateway.domain.understanding.shapes import latin, stem

if TYPE_CHECKING:
    from gateway.domain.places import Gazetteer, Place
    from gateway.domain.understanding.marks import Text
    from gateway.domain.understanding.words import Names, View

#: the longest name in words, and the shortest word in one
_MOST_WORDS, _SHORTEST = 2, 4
#: a signature has no more words, words for what sort of place it is among them
_SIGNATURE = 3
#: what stands between a label and what it tells
LABEL_SIGNS = frozenset([":", "=", "-", "\N{EN DASH}", "\N{EM DASH}", "ঃ"])
#: «tunaogopa», «hatujui»: subject and tense in one word with the verb
_SWAHILI_VERB = re.compile(
    "(?:ni|tu|a|wa|u|m|ha|hatu|hawa|si|i|ina)(?:na|li|ta|me|ja|ku|ki|ka|nge)[a-z]{3,}"
)
_QUOTES = " \"'(\N{LEFT DOUBLE QUOTATION MARK}\N{LEFT SINGLE QUOTATION MARK}"


def find_home(
    text: Text, gazetteer: Gazetteer, near: str | None, view: View, names: Names
) -> tuple[Place | str, bool] | None:
    """The place that is told of as home, and whether a word says so; None if none is."""
    for at in range(len(text.raw)):
        labelled = at > 0 and _says_home(text, at - 1, view, names)
        if not labelled and not _sort_behind(text, at, view):
            continue
        if labelled and not (text.parts[at] - text.parts[at - 1] <= (0 if text.free else 1)):
            continue
        end = _end(text, at, view, names, sure=True)
        if end > at and (labelled or _sort_behind(text, end - 1, view)):
            if labelled and text.raw[at - 1] in view.small["village_before"]:
                text.home = at, end
            return _place(text, at, end, gazetteer, near), True
    return _signature(text, gazetteer, near, view, names)


def _says_home(text: Text, at: int, view: View, names: Names) -> bool:
    """Whether this word says that a home follows it; everyday ones only before a capital."""
    word = text.raw[at]
    if word in view.small["home_before"]:
        return True
    return (
        word in view.small["maybe_home_before"]
        and names.given(text.raw[at + 1]) is None
        and (not text.free or capital(text, at + 1))
    )


def _sort_behind(text: Text, at: int, view: View) -> bool:
    """Whether a word right behind this one says what sort of place it is.

    Right behind in the text itself: of «Riyake gotokal theke» the day is read by then, and «since»
    makes no place of her.
    """
    return (
        at + 1 < len(text.raw)
        and text.parts[at + 1] == text.parts[at]
        and not text.original[text.spans[at][1] : text.spans[at + 1][0]].strip()
        and (
            text.raw[at + 1] in view.small["home_after"]
            or (text.raw[at + 1] == "se" and text.language == "hi-Latn")  # in Bengali: he or she
        )
        and (text.language not in {"en", "sw"} or capital(text, at) or not text.free)
    )


def _end(text: Text, start: int, view: View, names: Names, *, sure: bool) -> int:
    end = start
    while (
        end < len(text.raw)
        and end - start < _MOST_WORDS
        and text.parts[end] == text.parts[start]
        and _may_be_place(text, end, view, names, sure=sure)
    ):
        end += 1
    return end


def _may_be_place(text: Text, at: int, view: View, names: Names, *, sure: bool) -> bool:
    word = text.raw[at]
    return (
        not text.known[at]
        and len(word) >= (_SHORTEST if word.isascii() else _SHORTEST - 1)
        and word[0].isalpha()
        and not (text.language == "sw" and _SWAHILI_VERB.match(word))
        and word not in view.tongue
        and word not in view.small["home_after"]
        and word not in view.small["filler"]
        and not view.knows(word)
        and text.original[text.spans[at][1] :].lstrip()[:1] not in {":", "="}
        and (sure or (view.canonical(word) == word and names.given(word) is None))
        and (sure or names.family(word) is None)
    )


def _signature(
    text: Text, gazetteer: Gazetteer, near: str | None, view: View, names: Names
) -> tuple[Place | str, bool] | None:
    """What stands alone at the end, or at the end of a sentence, and is nothing else."""
    if not text.free or not text.parts or len(set(text.parts)) == 1:
        return None
    for part in (text.parts[-1], *_sentences(text)):
        here = [at for at, each in enumerate(text.parts) if each == part]
        named = [at for at in here if text.raw[at] not in view.small["home_after"]]
        if not here or len(here) > _SIGNATURE or not named or named[0] == 0:
            continue
        before = text.original[: text.spans[here[0]][0]].rstrip(_QUOTES)
        behind_label = before[-1:] in LABEL_SIGNS
        if behind_label or len(named) > _MOST_WORDS:
            continue
        if all(_may_be_place(text, at, view, names, sure=False) for at in named):
            return _place(text, named[0], named[-1] + 1, gazetteer, near), False
    return None


def left_over(text: Text, view: View, names: Names) -> str | None:
    """In a form: the first part that is nothing known, behind the one with the name."""
    for part in dict.fromkeys(text.parts):
        here = [at for at, each in enumerate(text.parts) if each == part]
        named = [at for at in here if text.raw[at] not in view.small["home_after"]]
        if (
            part != text.parts[0]
            and 0 < len(named) <= _MOST_WORDS
            and all(_may_be_place(text, at, view, names, sure=False) for at in named)
        ):
            text.mark(named[0], named[-1] + 1)
            name = " ".join(latin(text.raw[at]) for at in named).title()
            text.read_from[name] = named[0], named[-1] + 1
            return name
    return None


def _sentences(text: Text) -> list[int]:
    """The parts behind the first one that a capital letter opens."""
    found = []
    for at in range(1, len(text.raw)):
        start = text.spans[at][0]
        if text.parts[at] != text.parts[at - 1] and text.original[start].isupper():
            found.append(text.parts[at])
    return [] if text.original.isupper() else found


def place_called(words: Sequence[str], gazetteer: Gazetteer, near: str | None) -> Place | str:
    """The place of these words, or their name in Latin letters where no gazetteer lists it."""
    *first, last = words
    if not last.isascii():
        last = next((each for each in stem(last) if gazetteer.knows(each)), last)
    name = " ".join(latin(word) for word in (*first, last))
    return gazetteer.named(name, near) or name.title()


def _place(text: Text, start: int, end: int, gazetteer: Gazetteer, near: str | None) -> Place | str:
    text.mark(start, end)
    place = place_called(text.raw[start:end], gazetteer, near)
    text.read_from[place if isinstance(place, str) else place.name] = start, end
    return place
