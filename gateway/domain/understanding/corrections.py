"""«Delhi noy, Surat», «not her uncle, an agent», «17 sorry 15»: what is not so is taken out of a text.

A value is only taken for a denied one where another of its sort stands beside that is affirmed:
two numbers, two days, two places, two names, or two words for whom, what for, or girl or boy.  So
«ghar nahi aayi» stays as it is, and «baap nahi, maa nahi» too: both are relatives.  The verb may
stand between: «Delhi jacche na, Surat jacche».
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING

from gateway.domain.text import RUN, without_underscores

if TYPE_CHECKING:
    from gateway.domain.places import Gazetteer
    from gateway.domain.understanding.dates import DateReader
    from gateway.domain.understanding.words import Names, View

_WORD = re.compile(rf"{RUN}(?:['’]{RUN})*")
#: what parts a denied value from what stands behind
_PARTS = " \t\n,;।"
_PAUSES = ",;.।-:\n/"
_YOUNGEST, _OLDEST = 3, 80
_SHORTEST_PLACE = 3
#: words of no weight between a value and its denial, or a denial and its value, and words to the affirmed one
_MOST_SMALL, _MOST_BEHIND, _FAR = 2, 4, 12
#: forms of a verb behind its denial, and words from there to the affirmed value
_MOST_VERBS, _NEAR = 3, 3
#: meanings of words for a journey
_GOING = frozenset({"event.go", "event.take"})
#: the sorts of meanings that one word affirms and another denies
_SORTS = ("companion.", "purpose.", "sex.")
#: what may be denied with a verb («amar meye 14 jay na, 3 …» denies no number), and what of it needs
#: no second verb behind what is affirmed
_WITH_VERB = frozenset({"place", "day", "name", *_SORTS})
_WHAT_FOR_AND_WITH_WHOM = frozenset({"purpose.", "companion."})
#: so many denials are looked at: who corrects more is not understood anyway
_MOST = 12

#: what a word or two may be: {sort: value}
Sorts = Callable[[str], dict[str, str]]


def without_denied(
    clean: str,
    folded: str,
    tokens: Sequence[str],
    language: str,
    view: View,
    sorts: Sorts,
    goes: Callable[[str], bool],
) -> tuple[str, frozenset[str]]:
    """The text with blanks where something is said not to be so, and the sorts of what that was.

    ``goes``: whether a word says that somebody goes.  Where nothing is denied the text stays as it is.
    """
    after, before = view.small["denies_value"], view.small["denies_next"]
    # Swahili's «na» is «and»
    paused = view.small["denies_value_paused"] if language != "sw" else frozenset[str]()
    after |= paused
    if after.isdisjoint(tokens) and before.isdisjoint(tokens):
        return clean, frozenset()
    spans = [match.span() for match in _WORD.finditer(without_underscores(folded))]
    words = [folded[start:end] for start, end in spans]
    small = view.small["beside_value"]
    denials = (at for at, word in enumerate(words) if word in after or word in before)
    corrected: set[str] = set()
    for at in islice(denials, _MOST):
        word, denied = words[at], None
        pause = folded[spans[at][1] :].lstrip(" ")[:1] in _PAUSES
        if word in after and (word not in paused or pause):
            denied = _denied_before(words, at, small, sorts)
        if denied is None and word in after:
            denied = _denied_with_verb(words, at, small, sorts, goes)
        if denied is None and word in before:
            denied = _denied_behind(words, at, small, sorts)
        if denied is not None:
            start, end = spans[denied[0]][0], spans[denied[1] - 1][1]
            if not clean[:start].strip():
                end = len(clean) - len(clean[end:].lstrip(_PARTS))
            clean = clean[:start] + " " * (end - start) + clean[end:]
            corrected |= denied[2]
    return clean, frozenset(corrected)


#: from where to where words are taken out, and the sorts of what they deny
Denied = tuple[int, int, frozenset[str]]


def _denied_before(
    words: Sequence[str], at: int, small: frozenset[str], sorts: Sorts
) -> Denied | None:
    """«Delhi noy, Surat»: from the denied value to its denial."""
    last = at - 1
    while last >= 0 and at - last <= _MOST_SMALL and words[last] in small:
        last -= 1
    first = at + 1
    if first < len(words) and words[first] in small:
        first += 1
    if last < 0 or first >= len(words):
        return None
    pair = last > 0 and words[last - 1].isdecimal() and not words[last].isdecimal()  # «12 tarikh»
    for begin in (last - 1, last) if pair else (last,):
        differ = _differ(words[begin : last + 1], words[first : first + 2], sorts)
        if differ:
            return begin, at + 1, differ
    return None


def _denied_with_verb(
    words: Sequence[str],
    at: int,
    small: frozenset[str],
    sorts: Sorts,
    goes: Callable[[str], bool],
) -> Denied | None:
    """«Delhi jacche na, o Surat jacche», «Delhi nahi ja rahi, Surat ja rahi»: with the verb.

    The verb must stand again behind the affirmed place, day or name, or it is no second journey.
    What for and with whom need none: «kaam par nahi bhej rahe, mausi ke ghar padhegi».
    """
    last = at - 1
    while last >= 0 and at - last <= _MOST_SMALL and (words[last] in small or goes(words[last])):
        last -= 1
    first = at + 1
    while first < len(words) and first - at <= _MOST_VERBS and goes(words[first]):
        first += 1
    if last < 0 or not any(map(goes, words[last + 1 : first])):
        return None
    for begin in range(first, min(len(words), first + _FAR)):
        differ = _differ(words[last : last + 1], words[begin : begin + 1], sorts) & _WITH_VERB
        again = begin < first + _NEAR and any(map(goes, words[begin + 1 : begin + 1 + _FAR]))
        if differ and (again or not differ.isdisjoint(_WHAT_FOR_AND_WITH_WHOM)):
            return last, first, differ
    return None


def _denied_behind(
    words: Sequence[str], at: int, small: frozenset[str], sorts: Sorts
) -> Denied | None:
    """«not Mumbai, she goes to Pune», «Thursday not Friday»: from the denial to the value."""
    first = at + 1
    while first < len(words) and first - at <= _MOST_BEHIND and words[first] in small:
        first += 1
    if first >= len(words) or not sorts(words[first]):
        return None
    differ = _differ(words[first : first + 1], words[at - 1 : at] if at else (), sorts)
    if differ:
        return at, first + 1, differ
    for behind in range(first + 1, min(len(words), first + 1 + _FAR)):
        differ = _differ(words[first : first + 1], words[behind : behind + 1], sorts)
        if differ:
            return at, first + 1, differ
    return None


def _differ(one: Sequence[str], other: Sequence[str], sorts: Sorts) -> frozenset[str]:
    """Of which sorts these words are two values; the other is a word, or «12 tarikh»."""
    denied = sorts(" ".join(one))
    if not denied:
        return frozenset()
    several = len(other) > 1 and other[0].isdecimal()
    affirmed = [sorts(" ".join(other[:most])) for most in ((2, 1) if several else (1,))]
    return frozenset(
        sort
        for sort, value in denied.items()
        if any(each.get(sort, value) != value for each in affirmed)
    )


def goes(word: str, *, view: View) -> bool:
    """Whether a word says that somebody goes, or goes with the verb; «not want to go» denies no journey."""
    if word in view.small["would_go"]:
        return False
    return word in view.small["of_going"] or any(
        hit.meaning in _GOING for hit in view.scan([view.canonical(word)])
    )


def sorts_of(
    text: str,
    *,
    language: str,
    view: View,
    gazetteer: Gazetteer,
    names: Names,
    dates: DateReader,
    today: date,
) -> dict[str, str]:
    """What a word or two may be, and which of it."""
    if text.isdecimal():
        return {"number": text} if _YOUNGEST <= int(text) <= _OLDEST and len(text) <= 2 else {}
    found: dict[str, str] = {}
    dated = dates.find(text, today, past=False, language=language)
    if dated is not None:
        found["day"] = dated[0].isoformat()
    words = text.split()
    for hit in view.scan([view.canonical(word) for word in words]):
        for sort in _SORTS:
            if hit.meaning.startswith(sort) and hit.end - hit.start == len(words):
                found[sort] = hit.meaning
    if "companion." in found:
        found.pop("sex.", None)  # «baap nahi, maa nahi»
    if found or len(words) > 1:
        return found
    if (
        len(text) >= _SHORTEST_PLACE
        and text not in view.tongue
        and not view.means_alone(text)
        and (text not in view or gazetteer.is_well_known(text))
    ):
        place = gazetteer.named(text)
        if place is not None:
            return {"place": place.code}
        given = names.given(text)
        if given is not None and text not in view:
            return {"name": given}
    return found
