"""Who goes along, or takes somebody: the companion, and the name told with the word for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.understanding.naming import name_end
from gateway.domain.understanding.phrases import Hit
from gateway.domain.understanding.unlisted import LABEL_SIGNS

if TYPE_CHECKING:
    from gateway.domain.places import Gazetteer
    from gateway.domain.understanding.marks import Text
    from gateway.domain.understanding.words import Names, View

_WITH_BEFORE = frozenset({"en", "sw"})
#: kinds in which a relative or an employer is told of for another reason than to go along
NO_JOURNEY = frozenset(["abuse", "support", "sos", "missing", "returned", "child_labour"])
#: words that may stand between a companion and the word for «with» behind it
_BEFORE_WITH = 2
#: words that may stand between whoever takes somebody and the taking
_BEFORE_TAKING = 5
#: in a form, words of a part that says who goes along and nothing more
_JUST_WHO = 3
_ORDER = ("agent", "employer", "relative", "friend", "unknown_person", "alone")


def read_companion(text: Text, kind: str, view: View, gazetteer: Gazetteer, names: Names) -> None:
    """Find who goes along, the likeliest of all that are told of, and the name beside the word."""
    found: tuple[int, Hit] | None = None
    told_of = set() if text.free else _told_of(text)
    for hit in text.hits:
        if not hit.meaning.startswith("companion.") or (not text.free and hit.start in told_of):
            continue
        if _surname(text, hit, names):
            continue
        near = _beside_with(text, hit.start, hit.end)
        works_for = hit.value == "employer" and kind == "child_labour"
        if not near and kind in NO_JOURNEY and not works_for:
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
    stranger = None if kind in NO_JOURNEY else _stranger(text, view)
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
    small = view.small
    return before in small["without"] or (
        before in small["any"] and (behind in small["not_there"] or behind in small["denies_after"])
    )


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
            negated = " ".join(raw[end : end + 2]) in view.small["name_not_known"]
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


def _told_of(text: Text) -> set[int]:
    """«father died»: where words belong to something that happened, not to the journey."""
    return {
        at
        for hit in text.hits
        if hit.meaning.startswith(("fact.", "event.")) and hit.end - hit.start > 1
        for at in range(hit.start, hit.end)
    }


def _whole_family(text: Text, hit: Hit) -> bool:
    return text.words[hit.start] in text.view.small["household"]
