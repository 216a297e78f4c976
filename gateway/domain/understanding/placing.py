"""Where from and where to: the places that a text names, and which of them is which."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.understanding.naming import STAYING
from gateway.domain.understanding.shapes import stem
from gateway.domain.understanding.unlisted import left_over

if TYPE_CHECKING:
    from gateway.domain.places import Gazetteer, Place
    from gateway.domain.understanding.marks import Text
    from gateway.domain.understanding.words import Names, View

_HOMES = frozenset(["village", "ward", "gram_panchayat", "block", "municipality", "district"])
#: how meanings begin that tell of something or somebody
_TELLS = ("event.", "fact.", "purpose.", "companion.", "child", "somebody", "sex.")
#: behind one of these a place may stand alone
_ENDS = tuple(".,;!?।\n-|/")
#: nobody signs with these
_FAR_AND_WIDE = frozenset(["state", "country"])
#: kinds that tell of a place which somebody else is from, or somebody is back from
_FROM_ELSEWHERE = frozenset(["returned", "child_marriage"])
#: words that may stand between a place and the child from there
_OF_WHOM = 3


def find_places(text: Text, gazetteer: Gazetteer, near: str | None, view: View) -> None:
    """Find the places that are named; where a word beside one says which way, it is put there."""
    claimed = {
        i
        for hit in text.hits
        if not hit.meaning.startswith(("way.", "noise", "label."))
        for i in hit.words()
    }
    whole = _whole_names(text, gazetteer)

    def names_none(at: int, word: str) -> bool:
        if text.known[at] or len(word) < 3 or word in view.small["filler"] or word in view.tongue:
            return True
        if gazetteer.is_well_known(word):  # «a man from Delhi»
            return view.means_alone(word)
        return at in claimed or word in view

    free = [
        word if at in whole or not names_none(at, word) else "" for at, word in enumerate(text.raw)
    ]
    free = [
        word if not word or gazetteer.knows(word) else _uninflected(word, gazetteer)
        for word in free
    ]
    for _ in range(4):
        found = gazetteer.find(free, near)
        if found is None:
            return
        place, start, end = found
        namesakes = gazetteer.namesakes(" ".join(free[start:end]), near)
        if place.code in namesakes:
            text.namesakes[place.code] = namesakes
        text.mark(start, end)
        for i in range(start, end):
            free[i] = ""
        if text.free and _place_denied(text, start, end):
            continue
        text.mentions.append((place, start, end))
        text.read_from[place.name] = start, end
        text.places.append(place)
        way = _way(text, start, end)
        slot = {"from": "origin", "to": "destination"}.get(way, "")
        if slot and slot not in text.fields:
            text.fields[slot], text.fields[f"{slot}_code"] = place.name, place.code
            text.places.pop()


def _whole_names(text: Text, gazetteer: Gazetteer) -> set[int]:
    """Where two or three words are exactly a place's name, though each is an everyday word."""
    found: set[int] = set()
    for start, end in gazetteer.whole_names(text.raw, (3, 2)):
        words = text.raw[start:end]
        if min(map(len, words)) >= 3 or len(set(words)) == 1:  # «बज बज»
            found.update(range(start, end))
    return found


def _uninflected(word: str, gazetteer: Gazetteer) -> str:
    """«গোসাবায়», «canninge»: the place's name without the ending it carries, if it is one."""
    return next((each for each in stem(word) if gazetteer.is_well_known(each)), word)


def _place_denied(text: Text, start: int, end: int) -> bool:
    """«not going to Mumbai», «দিল্লি যাচ্ছে না»: this place is said not to be the one."""
    small, behind = text.view.small, text.raw[end : end + 3]
    return (
        not small["not_to"].isdisjoint(text.raw[max(0, start - 4) : start])
        or not small["not_there_behind"].isdisjoint(behind)
        or not small["not_second_behind"].isdisjoint(behind[1:2])
    )


def _way(text: Text, start: int, end: int) -> str:
    """Whether the place is left or gone to, by the word before it or, in Indian languages, after."""
    before = text.raw[start - 1] if start else ""
    before_part = not start or text.parts[start - 1] == text.parts[start] or not text.free
    after = text.raw[end] if end < len(text.raw) and text.parts[end] == text.parts[start] else ""
    small, last = text.view.small, text.raw[end - 1]
    if after in small["from_after"] or last.endswith(tuple(small["from_hung"])):
        return "from"
    if after in small["of_after"] or last.endswith(tuple(small["of_hung"])):
        child = any(
            hit.meaning == "child" and end <= hit.start <= end + _OF_WHOM for hit in text.hits
        )
        if child:  # «बंगाल की चार लड़कियां»
            return "from"
    if before_part and before in small["from_before"]:
        return "from"
    if (
        text.language == "en"
        and before in small["at_before"]
        and text.parts[start - 1] == text.parts[start]
    ):
        return "from" if text.has("event.missing") or text.has("event.beat") else ""
    to_before = small["to_before"]
    if before_part and (before in to_before or (start and text.words[start - 1] in to_before)):
        return "to"
    return ""


def put_home(text: Text, kind: str, home: Place | str, *, labelled: bool) -> None:
    """Where somebody lives, though no gazetteer lists it; a place found before is where to, then."""
    fields = text.fields
    if "origin" in fields:
        if not labelled or fields["origin"] in {p.name for p in text.places if p.level in _HOMES}:
            return
        if kind not in STAYING:
            fields.setdefault("destination", fields["origin"])
            fields.setdefault("destination_code", fields.get("origin_code"))
    if isinstance(home, str):
        fields["origin"], fields["origin_code"] = home, None
    else:
        fields["origin"], fields["origin_code"] = home.name, home.code
    # what lies above a village is told to find it
    text.places = [place for place in text.places if place.level not in _HOMES]


def put_signature(text: Text, kind: str) -> None:
    """The place that stands alone at the end, as people sign with it: there it happens.

    A text that tells nothing else («sorry wrong, not Delhi, Surat») is not signed.
    """
    if not any(hit.meaning.startswith(_TELLS) for hit in text.hits):
        return
    signed = next(
        (
            place
            for place, start, end in text.mentions
            if end == len(text.raw)
            and start
            and text.original[: text.spans[start][0]].rstrip()[-1:] in _ENDS
            and place in text.places
            and place.level not in _FAR_AND_WIDE
        ),
        None,
    )
    fields = text.fields
    if signed is None or ("origin" in fields and kind not in _FROM_ELSEWHERE):
        return
    if kind == "returned" and "origin" in fields:  # «back from Gujarat. Kharibari»
        fields.setdefault("destination", fields["origin"])
        fields.setdefault("destination_code", fields["origin_code"])
    fields["origin"], fields["origin_code"] = signed.name, signed.code
    text.places.remove(signed)


def put_left_over(text: Text, kind: str, view: View, names: Names) -> None:
    """In a form, what is told behind the name and is nothing known is where."""
    slot = "origin" if kind in STAYING or "destination" in text.fields else "destination"
    if slot not in text.fields and not (
        slot == "origin" and "destination" in text.fields and kind in STAYING
    ):
        place = left_over(text, view, names)
        if place is not None:
            text.fields[slot] = place


def put_places(text: Text, kind: str) -> None:
    """Put the places whose way no word tells where they make sense for such a report."""
    fields = text.fields

    def put(slot: str, place: Place) -> None:
        if slot not in fields:
            fields[slot], fields[f"{slot}_code"] = place.name, place.code

    if kind == "missing" and (text.has("event.go") or text.has("event.take")):
        away = [p for p in text.places if p.level in {"state", "country", "city"}]
        if away:  # gone there, and not heard of since
            put("destination", away[0])
            text.places.remove(away[0])
    rest = list(text.places)
    if len(rest) > 1 and "origin" not in fields and "destination" not in fields:
        homes = [place for place in rest if place.level in _HOMES]
        if homes and len(homes) < len(rest):
            put("origin", homes[0])
            put("destination", next(place for place in rest if place.level not in _HOMES))
        elif homes and kind not in STAYING:
            put("origin", rest[0])
            put("destination", rest[1])
        else:
            put("origin" if kind in STAYING else "destination", rest[0])
        return
    for place in sorted(rest, key=lambda each: each.level in _HOMES and kind not in STAYING):
        stays = kind in STAYING or (place.level in _HOMES and ("destination" in fields))
        put("origin" if stays and "origin" not in fields else "destination", place)
