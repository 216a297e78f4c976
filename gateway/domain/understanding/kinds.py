"""Which kind of report a free text is, if it is one: evidence weighed, everyday talk left alone.

A report taken for chatter is the worst mistake, a false alarm the second.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.domain.understanding.marks import Text

_ADULT = 18
_SELLING = frozenset({"sold"})
#: below this a text is no report
ENOUGH = 2.0
#: a journey is a journey however much is told of it; what happens on it weighs more
_SURE_MIGRATION = 2.55


def weigh(text: Text, *, age: int | None, places: int) -> tuple[str, float]:
    """(kind, weight) of the likeliest kind; the weight is what stands for it being a report."""
    scores = _scores(text, age, places)
    kind = max(scores, key=lambda each: scores[each])
    weight = scores[kind]
    if _everyday(text, kind, age):
        return kind, 0.0
    return kind, weight


def _scores(text: Text, age: int | None, places: int) -> dict[str, float]:
    has = text.has
    child = (age is not None and age < _ADULT) or has("child")
    minor = age is not None and age < _ADULT
    named = any(
        hit.meaning in {"sex.F", "sex.M"} and text.raw[hit.start] not in text.view.small["pronoun"]
        for hit in text.hits
    )
    somebody = (
        has("somebody") or has("child") or named or age is not None or "people" in text.fields
    )
    go, take = has("event.go"), has("event.take")
    stranger = has("companion.agent") or has("companion.unknown_person")
    job = has("purpose.job") or has("purpose.domestic_work")
    lost = has("event.missing") or (has("fact.contact_lost"))
    scores = dict.fromkeys(
        ("migration", "trafficking", "missing", "child_marriage", "child_labour", "abuse", "returned", "support", "sos"), 0.0,
    )  # fmt: skip
    if has("event.sold"):
        human = child or has("sex.F") or has("sex.M") or stranger or "people" in text.fields
        scores["trafficking"] = 3.2 + (0.6 if take or go or stranger else 0) if human else 1.5
    pretext = (
        has("fact.deceived") or has("fact.money_taken") or has("fact.secrecy") or has("event.marry")
        or has("fact.high_wage") or lost or has("companion.unknown_person")
    )  # fmt: skip
    if take and somebody:
        scores["migration"] = 2.2
        scores["trafficking"] = max(scores["trafficking"], 2.4 if stranger else 2.0)
    if (take or go) and stranger and pretext and (minor or has("little") or has("child")):
        scores["trafficking"] = max(scores["trafficking"], 2.9 if take or lost else 2.6)
    if has("event.missing") and somebody:
        scores["missing"] = 3.0
    if has("fact.contact_lost") and (go or take or somebody):
        scores["missing"] = max(scores["missing"], 2.6)
    if has("event.marry"):
        if minor or (
            age is None and has("little") and ("date" in text.fields or places or text.pupil)
        ):
            scores["child_marriage"] = 2.8 if minor else 2.2
            if take and places:
                scores["trafficking"] = max(scores["trafficking"], 2.9)
        elif age is None and has("fact.sold"):
            scores["child_marriage"] = 2.4
    if has("event.works") and (minor or (age is None and has("little"))):
        scores["child_labour"] = 2.6
    elif job and minor and not go and not take and not text.has("with") and places <= 1:
        scores["child_labour"] = 2.3
    told = (
        age is not None or has("little") or places > 0 or "date" in text.fields or has("companion.employer")
        or len(text.of("event.beat")) > 1 or any(word in text.view.small["myself"] for word in text.raw)
    )  # fmt: skip
    if (
        has("event.beat")
        and told
        and (
            somebody
            or has("sex.F")
            or has("sex.M")
            or age is not None
            or has("companion.employer")
            or has("companion.relative")
        )
    ):
        scores["abuse"] = 2.7
        if has("event.works") and minor:
            scores["child_labour"] = max(scores["child_labour"], 2.8)
        if (go or take) and (job or has("fact.documents_held")):
            scores["trafficking"] = max(scores["trafficking"], 2.9)
    if has("event.sexual") and (age is not None or has("child") or has("sex.F")):
        scores["abuse"] = max(scores["abuse"], 3.3)
    if has("fact.documents_held") or has("fact.confined"):
        scores["trafficking"] = max(scores["trafficking"], 2.8 if (go or job or places) else 2.0)
    if has("event.returned") and (somebody or places):
        scores["returned"] = 3.35
    if has("event.need"):
        needs = len({text.words[hit.start] for hit in text.of("event.need")})
        known = "people" in text.fields or age is not None or has("little") or needs > 1
        scores["support"] = (
            2.3 if known and (needs > 1 or age is not None or has("fact.crisis")) else 1.0
        )
        if has("event.sold") or lost:
            scores["support"] -= 1
    if has("event.sos"):
        own = any(hit.end - hit.start > 1 for hit in text.of("event.sos")) or text.language == "sw"
        scores["sos"] = 3.15 if own and age is None else 2.6 if own else 2.1
    if go and places:
        about = (
            (age is not None) + job + has("purpose.marriage") + has("purpose.study") + has("purpose.medical")
            + has("purpose.pilgrimage") + has("purpose.visit") + ("people" in text.fields) + stranger
            + has("companion.alone") + has("companion.relative") * 0.6 + ("date" in text.fields) * 0.5 + (has("child") or has("somebody")) * 0.7
        )  # fmt: skip
        scores["migration"] = max(scores["migration"], min(_SURE_MIGRATION, 1.0 + 0.7 * about))
    elif places and (stranger or job) and (age is not None or has("child")):
        scores["migration"] = max(scores["migration"], 2.2)
    elif (go and job and (age is not None or stranger)) or (stranger and minor):
        scores["migration"] = max(scores["migration"], 2.1)
    return scores


def _everyday(text: Text, kind: str, age: int | None) -> bool:
    """Talk that only sounds like a report."""
    has = text.has
    if has("noise") or has("followup"):
        return not (has("event.sexual") and age is not None)
    if (
        has("nonhuman")
        and kind in {"missing", "returned", "trafficking", "support"}
        and not (
            has("fact.documents_held") or (has("child") and age is not None and kind != "missing")
        )
    ):
        strong = has("event.sexual") or has("companion.agent")
        return not strong
    if kind == "child_marriage" and age is not None and age >= _ADULT:
        return True
    if has("negation") and kind == "migration" and _denied(text):
        return True
    return False


def _denied(text: Text) -> bool:
    """Whether the only journey is denied; a second one may be affirmed."""
    goes = text.of("event.go") + text.of("event.take")
    denied = 0
    for hit in goes:
        behind = text.raw[hit.end : hit.end + 2]
        before = text.raw[max(0, hit.start - 2) : hit.start]
        if any(word in {"na", "না", "nahi", "नहीं", "nhi", "naa", "noy"} for word in behind) or any(
            word in {"not", "no", "nahi", "नहीं", "nhi", "wont", "never", "longer", "isnt", "dont"}
            for word in before
        ):
            denied += 1
    return denied >= max(1, len(goes)) and not text.has("purpose.study")
