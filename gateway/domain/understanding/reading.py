"""Reads the fields of a report out of a text, structured or free.

What is sure is taken out first (phone numbers, dates, ages, money), then the phrases of the
lexicon, then places; what is left beside a label, a kinship word or at the start is a name.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gateway.domain.triage import ADULT_AT
from gateway.domain.understanding.companions import NO_JOURNEY, read_companion
from gateway.domain.understanding.counting import read_people, takes_child
from gateway.domain.understanding.marks import Text, read_bare_age
from gateway.domain.understanding.naming import label_name, put_name, senders_name
from gateway.domain.understanding.placing import (
    find_places,
    put_home,
    put_left_over,
    put_places,
    put_signature,
)
from gateway.domain.understanding.roles import settle
from gateway.domain.understanding.unlisted import find_home
from gateway.domain.understanding.values import Fields

if TYPE_CHECKING:
    from gateway.domain.places import Gazetteer
    from gateway.domain.understanding.likeness import Likeness
    from gateway.domain.understanding.number_words import NumberWords
    from gateway.domain.understanding.phrases import Hit
    from gateway.domain.understanding.words import Names, View

#: kinds whose event has happened when it is told
PAST_KINDS = frozenset({"missing", "returned", "abuse"})
_NO_PURPOSE = frozenset(["support", "abuse", "sos", "returned"])
#: behind «he» or «she» a verb for taking stands in so many words
_TAKES_SOON = 2
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
    read_companion(text, kind, view, gazetteer, names)
    find_places(text, gazetteer, near, view)
    _purpose(text, kind)
    _sex(text, kind)
    home = find_home(text, gazetteer, near, view, names)
    if home is not None:
        put_home(text, kind, home[0], labelled=home[1])
    elif text.free and kind != "child_labour":  # a child works where the report is signed
        put_signature(text, kind)
    put_places(text, kind)
    if "person" not in text.fields:
        put_name(text, kind, view, names)
    if not text.free:
        put_left_over(text, kind, view, names)
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
                and text.words[hit.start] in text.view.small["took"]
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


#: «14F», in a form
_SEX_LETTER = re.compile(r"(?<!\d)\d{1,2}\s?[-/]?\s?([FMfm])(?![^\W\d_])")


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
        along = hit.start in go_along
        if not hit.meaning.startswith("sex.") or _tells_no_sex(text, hit, kind, along=along):
            continue
        word = text.raw[hit.start]
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


def _tells_no_sex(text: Text, hit: Hit, kind: str, *, along: bool) -> bool:
    """Whether a word for a man or a woman is somebody else's, or is none here."""
    small, word = text.view.small, text.raw[hit.start]
    before = text.raw[max(0, hit.start - 1) : hit.start]
    if (
        (word in small["sex_elsewhere"] and (text.free or text.language != "sw"))
        or (kind == "child_marriage" and hit.value == "M" and word in small["groom"])
        or (word in small["grown"] and not small["named_companion"].isdisjoint(before))
        or (along and text.known[hit.start])
        or (kind in NO_JOURNEY and kind != "missing" and word in small["spouse"])
    ):
        return True
    if not text.free:
        return False
    greeted = 1 if text.raw[0] in small["hello"] else 0
    mine = text.raw[max(0, hit.start - 2) : hit.start + 2]
    return (
        (hit.start == greeted and word in small["greeted"])
        or len(word) == 1
        or (along and small["mine"].isdisjoint(mine))
        or (word in small["he"] and text.has("sex.F"))
        # «he takes Sima …»: who takes somebody
        or (
            word in small["he_or_she"]
            and not small["takes"].isdisjoint(text.raw[hit.end : hit.end + _TAKES_SOON])
        )
    )
