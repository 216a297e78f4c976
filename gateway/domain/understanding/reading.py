"""Reads the fields of a report out of a text, structured or free.

What is sure is taken out first (phone numbers, dates, ages, money), then the phrases of the
lexicon, then places; what is left beside a label, a kinship word or at the start is a name.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gateway.domain.triage import ADULT_AT
from gateway.domain.understanding.counting import read_people, takes_child
from gateway.domain.understanding.marks import Text, read_bare_age
from gateway.domain.understanding.naming import (
    STAYING,
    label_name,
    name_end,
    put_name,
    senders_name,
)
from gateway.domain.understanding.phrases import Hit
from gateway.domain.understanding.roles import settle
from gateway.domain.understanding.shapes import stem
from gateway.domain.understanding.unlisted import LABEL_SIGNS, find_home, left_over
from gateway.domain.understanding.values import Fields

if TYPE_CHECKING:
    from gateway.domain.places import Gazetteer, Place
    from gateway.domain.understanding.likeness import Likeness
    from gateway.domain.understanding.words import Names, NumberWords, View

#: kinds whose event has happened when it is told
PAST_KINDS = frozenset({"missing", "returned", "abuse"})
_NO_PURPOSE = frozenset(["support", "abuse", "sos", "returned"])
_WITH_BEFORE = frozenset({"en", "sw"})
_HOMES = frozenset(["village", "ward", "gram_panchayat", "block", "municipality", "district"])
#: kinds in which a relative or an employer is told of for another reason than to go along
_NO_JOURNEY = frozenset(["abuse", "support", "sos", "missing", "returned", "child_labour"])
#: behind one of these a place may stand alone
_ENDS = tuple(".,;!?।\n-|/")
#: nobody signs with these
_FAR_AND_WIDE = frozenset(["state", "country"])
#: kinds that tell of a place which somebody else is from, or somebody is back from
_FROM_ELSEWHERE = frozenset(["returned", "child_marriage"])
#: behind «he» or «she» a verb for taking stands in so many words
_TAKES_SOON = 2
#: words that may stand between a companion and the word for «with» behind it
_BEFORE_WITH = 2
#: words that may stand between whoever takes somebody and the taking
_BEFORE_TAKING = 5
#: in a form, words of a part that says who goes along and nothing more
_JUST_WHO = 3
#: words that may stand between a place and the child from there
_OF_WHOM = 3
#: kinds in which a blow tells of violence beside what the kind says
_HURT_AT_WORK = frozenset(["child_labour", "trafficking"])
#: kinds in which somebody is on the way with others
_ON_THE_WAY = frozenset(["migration", "trafficking", "missing"])
#: what is done to somebody who has arrived
_WHERE_ONE_IS = frozenset(
    ["confined", "wages_withheld", "long_hours", "violence", "danger_now", "contact_lost"]
)
#: who or what leads somebody away
_LED_BY = ("event.take", "companion.agent", "companion.unknown_person")
#: so many children with their teachers are a class
_A_CLASS = 10
_ORDER = ("agent", "employer", "relative", "friend", "unknown_person", "alone")


def fill(
    text: Text,
    kind: str,
    gazetteer: Gazetteer,
    near: str | None,
    view: View,
    names: Names,
    numbers: NumberWords,
    weights: Likeness | None,
) -> Fields:
    """The fields, once the kind is known."""
    read_people(text, names, numbers)
    if kind == "missing" and "people" not in text.fields and takes_child(text, names, numbers):
        text.fields["people"] = 2
    read_bare_age(text, names, gazetteer)
    _facts(text, kind)
    label_name(text, view)
    _companion(text, kind, view, gazetteer, names)
    _find_places(text, gazetteer, near, view)
    _purpose(text, kind)
    _sex(text, kind)
    home = find_home(text, gazetteer, near, view, names)
    if home is not None:
        _put_home(text, kind, home[0], labelled=home[1])
    elif text.free and kind != "child_labour":  # a child works where the report is signed
        _put_signature(text, kind)
    _put_places(text, kind)
    if "person" not in text.fields:
        put_name(text, kind, view, names)
    if not text.free:
        _put_left_over(text, kind, view, names)
    text.senders = senders_name(text, view, names)
    if text.read_from.get("person", (-1, 0))[0] in text.senders:
        text.fields.pop("person", None)
    if weights is not None:
        settle(text, kind, weights, gazetteer, near, names)
    return Fields(**text.fields)  # type: ignore[arg-type]


def _facts(text: Text, kind: str) -> None:
    for hit in text.hits:
        if hit.meaning.startswith("fact.") and not _negated(text, hit):
            name = hit.value
            if (
                name == "money_taken"
                and hit.end - hit.start == 1
                and text.words[hit.start] in {"took", "paid", "dhar"}
                and not text.numbers
            ):
                continue
            text.facts.add(name)
    _child_told(text)
    if kind == "missing" and "age" not in text.fields and _grown(text):
        text.facts.add("grown")
    young = not text.facts.isdisjoint({"minor", "young"}) or (
        int(str(text.fields.get("age", ADULT_AT))) < ADULT_AT
    )
    led = any(text.has(each) for each in _LED_BY)
    if young and led and kind in _ON_THE_WAY and text.has("distress"):
        text.facts.add("danger_now")  # «a woman drags off a girl who cries»
    if text.has("event.self_harm"):
        text.facts.add("danger_now")
    if kind in _HURT_AT_WORK and text.has("event.beat"):
        text.facts.add("violence")
    if "documents_held" in text.facts and text.facts & _WHERE_ONE_IS:
        text.facts.add("at_destination")
    if kind == "migration" and _is_outing(text):
        text.facts.add("outing")
    # by night, or children who have nobody
    if (
        kind not in _ON_THE_WAY
        and text.has("companion.alone")
        and (
            any(word in text.view.small["night"] for word in text.raw)
            or (young and text.has("event.need"))
        )
    ):
        text.facts.add("alone_tonight")


def _is_outing(text: Text) -> bool:
    """«28 pupils to the zoo, with 3 teachers»: children who go with their teachers and come back."""
    goes_on_one = text.has("outing.what") or text.has("purpose.visit")
    a_class = int(str(text.fields.get("people", 0))) >= _A_CLASS
    return (
        text.has("outing.teachers")
        and (goes_on_one or a_class)
        and (text.has("childlike") or text.has("child") or text.pupil)
        and not (text.has("purpose.job") or text.has("purpose.domestic_work"))
    )


def _child_told(text: Text) -> None:
    """Whether a child is told of, where no age says so, or one that is said not to be true."""
    said = text.has("fact.minor") and any(word in text.view.small["on_paper"] for word in text.raw)
    if text.under_age or said:  # «nabalika, 19 on her card»
        if int(str(text.fields.get("age", 0))) >= ADULT_AT:
            del text.fields["age"]
        text.facts.add("minor")
    elif text.has("adults"):
        text.facts.discard("minor")
    elif "age" not in text.fields and not any(
        word in text.view.small["wedded"] for word in text.raw
    ):
        if text.pupil or text.has("childlike"):
            text.facts.add("minor")
        elif text.has("child"):
            text.facts.add("young")


def _grown(text: Text) -> bool:
    """«amar swami nikhoj», «mera pati …»: it is a grown-up of the sender's who is missing."""
    if not text.facts.isdisjoint({"minor", "young"}) or text.has("child") or text.has("little"):
        return False
    small = text.view.small
    return any(
        word in small["grown_kin"]
        and (at == 0 or text.raw[at - 1] in small["mine"])
        and text.raw[at + 1 : at + 2] != []
        and text.raw[at + 1] not in small["beside_kin"]
        for at, word in enumerate(text.raw)
    )


def _negated(text: Text, hit: Hit) -> bool:
    """Whether the phrase is denied: before it in English, behind it in Indian languages."""
    if text.language in ("en", "sw"):
        near = text.raw[max(0, hit.start - 2) : hit.start]
        return any(word in text.view.small["denies_before"] for word in near)
    behind = text.raw[hit.end : hit.end + 1]
    return any(word in text.view.small["denies_after"] for word in behind)


def _find_places(text: Text, gazetteer: Gazetteer, near: str | None, view: View) -> None:
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
    before = text.raw[max(0, start - 4) : start]
    if any(word in {"not", "isnt", "wont", "never"} for word in before):
        return True
    behind = text.raw[end : end + 3]
    return any(word in {"না", "नहीं", "nahi", "nhi"} for word in behind) or behind[1:2] == ["na"]


def _way(text: Text, start: int, end: int) -> str:
    """Whether the place is left or gone to, by the word before it or, in Indian languages, after."""
    before = text.raw[start - 1] if start else ""
    before_part = not start or text.parts[start - 1] == text.parts[start] or not text.free
    after = text.raw[end] if end < len(text.raw) and text.parts[end] == text.parts[start] else ""
    if after in text.view.small["from_after"]:
        return "from"
    last = text.raw[end - 1]
    if last.endswith(("theke", "থেকে")):
        return "from"
    if after in text.view.small["of_after"] or last.endswith(("ার", "ের")):
        child = any(
            hit.meaning == "child" and end <= hit.start <= end + _OF_WHOM for hit in text.hits
        )
        if child:  # «बंगाल की चार लड़कियां»
            return "from"
    if before_part and before in text.view.small["from_before"]:
        return "from"
    if (
        text.language == "en"
        and before in {"at", "in"}
        and text.parts[start - 1] == text.parts[start]
    ):
        return "from" if text.has("event.missing") or text.has("event.beat") else ""
    to_before = text.view.small["to_before"]
    if before_part and (before in to_before or (start and text.words[start - 1] in to_before)):
        return "to"
    return ""


def _put_home(text: Text, kind: str, home: Place | str, *, labelled: bool) -> None:
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


def _put_signature(text: Text, kind: str) -> None:
    """The place that stands alone at the end, as people sign with it: there it happens."""
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


def _put_left_over(text: Text, kind: str, view: View, names: Names) -> None:
    """In a form, what is told behind the name and is nothing known is where."""
    slot = "origin" if kind in STAYING or "destination" in text.fields else "destination"
    if slot not in text.fields and not (
        slot == "origin" and "destination" in text.fields and kind in STAYING
    ):
        place = left_over(text, view, names)
        if place is not None:
            text.fields[slot] = place


def _put_places(text: Text, kind: str) -> None:
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


def _companion(text: Text, kind: str, view: View, gazetteer: Gazetteer, names: Names) -> None:
    found: tuple[int, Hit] | None = None
    for hit in text.hits:
        if not hit.meaning.startswith("companion.") or (not text.free and _told_of(text, hit)):
            continue
        if _surname(text, hit, names):
            continue
        near = _beside_with(text, hit.start, hit.end)
        works_for = hit.value == "employer" and kind == "child_labour"
        if not near and kind in _NO_JOURNEY and not works_for:
            continue  # whoever beats or is dead goes nowhere
        if not near and (_called(text, hit, view) or _without(text, hit, view)):
            continue
        sure = hit.value in {"agent", "unknown_person", "alone"} or (
            hit.value == "employer" and (text.free or near)
        )
        if hit.value == "relative" and (
            _means_stranger(text, hit) if near else _unknown_beside(text, hit)
        ):
            continue
        takes = not near and hit.value == "relative" and _takes_along(text, hit, view)
        if text.free and not near and not sure and not takes and not _whole_family(text, hit):
            continue
        if text.free and hit.value == "friend" and not near:
            continue
        if text.language == "sw" and text.free and not near and hit.value == "relative":
            continue
        if not text.free and not near and hit.value == "relative" and _does_more(text, hit):
            continue
        rank = _ORDER.index(hit.value) - (10 if near else 0)
        if found is None or rank < found[0]:
            found = (rank, hit)
    stranger = None if kind in _NO_JOURNEY else _stranger(text, view)
    if found is not None and (stranger is None or found[0] < 0 or found[1].value != "relative"):
        hit = found[1]
    elif stranger is not None:
        hit = stranger
    else:
        return
    text.fields["companion"] = hit.value
    text.mark(hit.start, hit.end)
    if hit.value != "alone":
        _companion_name(text, hit, view, gazetteer, names)


def _beside_with(text: Text, start: int, end: int) -> bool:
    """Whether «with» stands beside these words: before in English, behind in Indian languages."""
    return any(
        (mark.end <= start <= mark.end + 2)
        if text.language in _WITH_BEFORE
        else (end <= mark.start <= end + _BEFORE_WITH or mark.end == start)
        for mark in text.of("with")
    )


def _called(text: Text, hit: Hit, view: View) -> bool:
    """«…, madam»: the reader is called so, and nobody told of."""
    if hit.end - hit.start > 1 or text.raw[hit.start] not in view.small["address"]:
        return False
    behind = text.original[text.spans[hit.end - 1][1] :].lstrip()[:1]
    return behind in {"", ",", ".", "।", "!", "?", ";"} or hit.start == 0


def _surname(text: Text, hit: Hit, names: Names) -> bool:
    """«Kabita Sardar»: a name, and no headman of labourers."""
    return (
        hit.start > 0
        and text.parts[hit.start - 1] == text.parts[hit.start]
        and names.family(text.raw[hit.start]) is not None
        and names.given(text.raw[hit.start - 1]) is not None
    )


def _without(text: Text, hit: Hit, view: View) -> bool:
    """«koi thekedar nai», «no agent»: none goes along."""
    before = text.raw[hit.start - 1] if hit.start else ""
    behind = text.raw[hit.end] if hit.end < len(text.raw) else ""
    return before in {"no", "without", "bila", "hakuna"} or (
        before in {"koi", "kono", "কোনো", "কোন", "कोई", "kuno"}
        and behind in _NOT_THERE | view.small["denies_after"]
    )


#: «there is none» in Indian languages
_NOT_THERE = frozenset(["nai", "nei", "nahi", "nhi", "ni", "নেই", "নাই", "नहीं"])


def _means_stranger(text: Text, hit: Hit) -> bool:
    """«with her cousin … the man is no cousin», «ek didi … didir sathe»: the word means a stranger."""
    return any(
        text.words[hit.start] in text.words[other.start : other.end]
        for other in text.of("companion.unknown_person")
        if not other.start <= hit.start < other.end
    )


def _unknown_beside(text: Text, hit: Hit) -> bool:
    """«ek didi», «mama mmoja hatumjui»: called like a relative, but unknown."""
    return any(
        other.start - 1 <= hit.end
        and hit.start <= other.end + 1
        and text.parts[other.start] == text.parts[hit.start]
        for other in text.of("companion.unknown_person")
    ) or (
        text.free
        and any(
            word in text.view.small["next_door"]
            for word in text.raw[max(0, hit.start - 2) : hit.start]
        )
    )


def _takes_along(text: Text, hit: Hit, view: View) -> bool:
    """«kaka niye jacche»: somebody older of the family, right before the word for taking."""
    return text.raw[hit.end - 1] in view.small["elder"] and any(
        hit.end <= take.start <= hit.end + _BEFORE_TAKING
        and text.parts[take.start] == text.parts[hit.start]
        for take in text.of("event.take")
    )


def _does_more(text: Text, hit: Hit) -> bool:
    """In a form: «paisa liya baap ne» tells what a relative did, and not with whom."""
    return len(set(text.parts)) > 1 and text.parts.count(text.parts[hit.start]) > _JUST_WHO


def _stranger(text: Text, view: View) -> Hit | None:
    """«ek buro lok ta …», «2 women with them»: a man or a woman, nobody's own, who takes or goes along."""
    for at, word in enumerate(text.raw):
        neighbour = word in view.small["elder"] and any(
            each in view.small["next_door"] for each in text.raw[max(0, at - 2) : at]
        )
        if not (neighbour or word in view.small["stranger"]) or text.known[at]:
            continue
        own = text.raw[max(0, at - 2) : at]
        if any(each in view.small["mine"] for each in own):
            continue
        takes = any(
            text.parts[take.start] == text.parts[at]
            and (at < take.start <= at + _BEFORE_TAKING or (take.end <= at <= take.end + 1))
            for take in text.of("event.take")
        )
        said = (
            not text.free
            and text.parts[at] > text.parts[0]
            and text.parts.count(text.parts[at]) > 1
        )
        if takes or said or _beside_with(text, at, at + 1):
            return Hit("companion.unknown_person", "unknown_person", at, at + 1)
    return None


def _companion_name(text: Text, hit: Hit, view: View, gazetteer: Gazetteer, names: Names) -> None:
    """The name behind the word for who goes along, or before it."""
    raw, parts = text.raw, text.parts
    before = hit.start - 1
    if hit.value in {"agent", "unknown_person", "employer"}:
        start = hit.end
        if start < len(raw) and raw[start] in view.small["before_name"]:
            start += 1
        while start < len(raw) and raw[start] in view.small["title"]:
            start += 1
        end = name_end(text, start, view, same_part=False)
        if hit.value == "unknown_person" and text.free and not text.has("label.person"):
            end = start  # «ek aadmi …»: what follows is seldom his name
        together = text.free or len(set(parts)) == 1
        if (
            end > start
            and (together or names.given(raw[start]) is None)
            and gazetteer.is_well_known(" ".join(raw[start:end]))
        ):
            end = start  # «agent Delhi …», «…, agent, Chandipara»: where, not who
        if end > start:
            behind = text.original[text.spans[hit.end - 1][1] : text.spans[start][0]].strip()
            labelled = behind in LABEL_SIGNS or not text.free
            negated = raw[end : end + 2] in (["not", "known"], ["name", "not"], ["jani", "na"])
            apart = parts[start] - parts[hit.end - 1]
            if not negated and (apart == 0 or (labelled and apart == 1)):
                text.put("companion_name", start, end)
                return
    if (
        before >= 0
        and parts[before] == parts[hit.start]
        and not text.known[before]
        and raw[before] not in view.tongue
        and (name := names.given(raw[before])) is not None
        and not raw[before].removeprefix(name).startswith(_OBJECT)  # «রিনাকে একটা লোক …»
        and (hit.value != "friend" or not text.free)
    ):
        text.put("companion_name", before, before + 1)


#: what Bengali hangs on whom something is done to
_OBJECT = "কে"


def _told_of(text: Text, hit: Hit) -> bool:
    """«father died»: the word belongs to something that happened, not to the journey."""
    return any(
        other.meaning.startswith(("fact.", "event."))
        and other.start <= hit.start < other.end
        and other.end - other.start > 1
        for other in text.hits
    )


def _whole_family(text: Text, hit: Hit) -> bool:
    return text.words[hit.start] in text.view.small["household"]


def _purpose(text: Text, kind: str) -> None:
    best: tuple[int, Hit] | None = None
    order = ("domestic_work", "marriage", "pilgrimage", "medical", "study", "visit", "job", "other")
    for hit in text.hits:
        if hit.meaning.startswith("purpose."):
            if (
                hit.value == "study"
                and text.free
                and (text.has("purpose.job") or text.has("purpose.visit"))
            ):
                continue
            rank = (hit.end - hit.start) * 10 - order.index(hit.value)
            if kind == "child_labour" and hit.value not in {"job", "domestic_work"}:
                continue
            if hit.value == "study" and "left_school" in text.facts:
                continue
            if best is None or rank > best[0]:
                best = (rank, hit)
    if kind == "child_marriage":
        text.fields["purpose"] = "marriage"
    elif kind in _NO_PURPOSE or (kind == "missing" and best is not None and best[1].value != "job"):
        return
    elif best is not None:
        text.fields["purpose"] = best[1].value
    elif kind == "child_labour":
        text.fields["purpose"] = "job"
    if text.has("hazardous"):
        text.facts.add("hazardous")


#: «agent: Mama Fatma»: what follows names who goes along
_COMPANIONS = frozenset(
    ["agent", "wakala", "ajenti", "dalal", "thekedar", "thikadar", "contractor"]
)


#: «14F», in a form
_SEX_LETTER = re.compile(r"(?<!\d)\d{1,2}\s?[-/]?\s?([FMfm])(?![^\W\d_])")


def _greets(text: Text) -> int:
    """Where the word is that greets the reader: the first, or the second behind «o», «hello»."""
    return (
        1
        if text.raw
        and text.raw[0] in {"o", "hello", "hi", "hey", "ও", "हेलो", "हैलो", "are", "sunun", "suniye"}
        else 0
    )


def _sex(text: Text, kind: str) -> None:
    """Of the traveller, not of whoever goes along."""
    best: tuple[int, str] | None = None
    go_along = {
        at
        for hit in text.hits if hit.meaning.startswith("companion.")
        for at in range(hit.start, hit.end)
    }  # fmt: skip
    children = {hit.start for hit in text.of("child")}
    for hit in text.hits:
        if not hit.meaning.startswith("sex."):
            continue
        word = text.raw[hit.start]
        if word in {"me", "ke"} and (text.free or text.language != "sw"):
            continue
        if kind == "child_marriage" and hit.value == "M" and word in text.view.small["groom"]:
            continue
        if (
            text.free
            and hit.start <= 1
            and word in text.view.small["greeted"]
            and hit.start == _greets(text)
        ):
            continue
        if (
            hit.start
            and text.raw[hit.start - 1] in _COMPANIONS
            and word in text.view.small["grown"]
        ):
            continue
        along = hit.start in go_along
        if along and text.known[hit.start]:
            continue
        if kind in _NO_JOURNEY and kind != "missing" and word in text.view.small["spouse"]:
            continue
        if text.free:
            if len(word) == 1:
                continue
            mine = text.raw[max(0, hit.start - 2) : hit.start + 2]
            if along and not any(each in text.view.small["mine"] for each in mine):
                continue
            if word in {"he", "his", "him"} and text.has("sex.F"):
                continue
            if word in {"he", "she"} and not text.view.small["takes"].isdisjoint(
                text.raw[hit.end : hit.end + _TAKES_SOON]
            ):
                continue  # «he takes Sima …»: who takes somebody
        child = hit.start in children
        grown = word in text.view.small["grown"]
        senders = hit.start > 0 and text.raw[hit.start - 1] in text.view.small["mine"]
        if (
            grown
            and not senders
            and text.free
            and int(str(text.fields.get("age", ADULT_AT))) < ADULT_AT
        ):
            continue
        rank = (
            hit.start
            - (100 if child else 0)
            - (1000 if len(word) == 1 else 0)
            + (500 if along else 0)
            + (400 if grown else 0)
        )
        if text.free and hit.meaning == "sex.F":
            rank -= 50
        if best is None or rank < best[0]:
            best = (rank, hit.value)
    letter = None if text.free or best is not None else _SEX_LETTER.search(text.original)
    if best is not None:
        text.fields["sex"] = best[1]
    elif letter is not None:
        text.fields["sex"] = letter[1].upper()
