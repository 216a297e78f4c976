"""A text as a form: what begins with a keyword, or carries labels."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from gateway.domain.triage import ADULT_AT
from gateway.domain.understanding import ages, marks
from gateway.domain.understanding.opening import TOKEN
from gateway.domain.understanding.values import BARE, LABELLED, SURE, Understood

if TYPE_CHECKING:
    from gateway.domain.understanding.opening import Opening
    from gateway.domain.understanding.reader import Reader
    from gateway.domain.understanding.values import Fields

#: signs between the parts of a form, behind its labels, where something is filled in; and in a sentence
_SEPARATED, _LABELLED_BY = re.compile(r"[,;#*|/]"), re.compile(r"[:=ঃ\-/*#,]")
_FILLED_IN, _PARTED = re.compile("[:=ঃ_]"), re.compile(r"[,;*#|/।:=+]|\s-\s|\.\s")
#: so many words for «none» in a form say that there is nothing to report
_MOST_NONE = 2
#: kinds that say by themselves what for
_PURPOSE_IMPLIED = frozenset({"child_marriage", "child_labour"})
#: a poster's code of three letters ends here, where a text begins with it
_POSTER_CODE = 3
#: what weighs less is unlike a report whatever it begins with
_QUITE_UNLIKE, _UNLIKE_A_FORM = -4.0, -1.9
#: who tells so little in a form may have begun a sentence with its word by chance
_FEW_FIELDS = 3
#: an everyday word (work, go) or a digit begins many texts that are no report
_LEAST_BEHIND_WORD = 2
_LEAST_LABELS = 2
#: what a form asks for
_OF_A_FORM = (
    "label.", "way.", "sex.", "child", "somebody", "unit.", "with", "purpose.", "companion.",
)  # fmt: skip
#: among so many words behind a code one may say that it is cancelled
_MOST_CANCELLING = 2
#: so much is told one after the other only in a form
_MANY_FIELDS = 5
#: a text of more words that nothing parts is a sentence
_LONG = 9
#: facts that say only who is told of
_WHO = frozenset(["minor", "young"])


class _Form(NamedTuple):
    """What stands behind the keyword of a text, read as a form."""

    opened: Opening
    #: whether a poster's digit stands for the keyword
    digit: bool
    told: marks.Text
    fields: Fields
    #: how many fields tell something that no sentence would tell by chance
    solid: int


def read_form(reader: Reader) -> Understood | None:
    """Read the text as a form; None if it is none."""
    opened = reader.opened
    # «kaji», in Bengali, is no Swahili «kazi» misspelt
    if opened is None or (
        opened.sure < SURE and not opened.code and opened.language not in {reader.language, "en"}
    ):
        return _read_labelled(reader)
    if not opened.code and opened.language != "en" and reader.language not in {"bn", "hi"}:
        reader.speaks(opened.language)
    if opened.kind == "question":
        return _read_question(reader, opened)
    if reader.tokens[0].isdecimal() and _counts(reader):
        return None
    if opened.kind == "sos" and _is_in_need(reader, opened):
        opened = opened._replace(kind="support")
    form = _fill(reader, opened)
    if form is None:
        return reader.nothing()
    kind, fields, told = opened.kind, form.fields, form.told
    if form.digit and len(reader.tokens) == 2:
        return reader.report(kind, fields, told, BARE)  # «0 bachao»
    if _is_sentence(reader, form) or _is_unlike(reader, form):
        return None
    bare = opened.code and not form.solid and not told.facts
    if bare and (len(reader.tokens) > 2 or reader.asks()):
        return None
    if form.solid < _LEAST_BEHIND_WORD and reader.asks():
        return reader.nothing()
    if _denied(told) >= _MOST_NONE and form.solid < _FEW_FIELDS:
        return reader.nothing_at_all()
    cry = kind == "sos" and not _looks_free(reader)
    # «Traffic too much at …»: the word or digit it begins with is no poster's
    if not (cry or (opened.code and opened.end <= _POSTER_CODE)) and not reader.is_likely():
        return None
    noisy = _joke(fields, told) or (not opened.code and not told.facts and reader.is_noise())
    if _absurd(fields, told) or (noisy and not reader.is_like_one()):
        return reader.nothing_at_all()
    young = fields.age is not None and fields.age < ADULT_AT
    if kind == "migration" and fields.purpose == "marriage" and young:
        kind = "child_marriage"
    return reader.report(kind, fields, told, BARE if bare else opened.sure)


def _read_question(reader: Reader, opened: Opening) -> Understood | None:
    if reader.tokens[0].isdecimal():
        return None  # «9 year old girl …»
    if not opened.code and not reader.asks() and reader.is_like_one():
        return _read_labelled(reader)  # «information: a girl of 17 leaves …»
    return Understood(reader.text, reader.language, "question", "question", confidence=opened.sure)


def _is_in_need(reader: Reader, opened: Opening) -> bool:
    """«madad chahiye, pati guzar gaye, rashan nahi»: the word cries for help, the rest tells of need."""
    cries = ("event.sos", "fact.danger_now", "event.beat", "fact.confined")
    return (
        not opened.code
        and not reader.tokens[0].isdecimal()
        and reader.weighed.kind == "support"
        and not any(reader.as_told.has(each) for each in cries)
    )


def _fill(reader: Reader, opened: Opening) -> _Form | None:
    """What the form tells; None for one that is taken back: a person reads that."""
    clean, folded = reader.clean[opened.end :], reader.folded[opened.end :]
    first = TOKEN.findall(folded)[:_MOST_CANCELLING]
    if opened.code and not reader.view.small["cancels"].isdisjoint(first):
        return None  # «MIG cancel. Rina, 16, F, Delhi»
    told = reader.prepare(clean, folded, opened.kind, free=False)
    if told.has("taken_back"):
        return None
    fields = reader.fill(told, opened.kind)
    said = {"person", "reason"} | ({"purpose"} if opened.kind in _PURPOSE_IMPLIED else set())
    solid = sum(name not in said for name in fields.told())
    return _Form(opened, reader.tokens[0].isdecimal(), told, fields, solid)


def _is_sentence(reader: Reader, form: _Form) -> bool:
    """Whether so little is told in fields that the keyword began a sentence by chance."""
    opened, solid = form.opened, form.solid
    separators = len(_SEPARATED.findall(reader.folded))
    few = solid < _FEW_FIELDS and (separators < 2 or solid < _LEAST_BEHIND_WORD)
    return (
        (form.digit and few)
        or ((not opened.code or opened.sure < SURE) and solid < _LEAST_BEHIND_WORD)
        or (not opened.code and _looks_free(reader) and solid < _MANY_FIELDS)
    )


def _is_unlike(reader: Reader, form: _Form) -> bool:
    """Whether a form is too unlike a report: «mig likhe pathale …», «lab, 12, sugar test …».

    One with many fields is not weighed for this; without many it must be less unlike a report than
    any text, and less still where it tells neither where nor with whom.
    """
    opened, fields = form.opened, form.fields
    goes = fields.origin or fields.destination or fields.companion
    few = not goes and len(reader.tokens) > 2 and form.solid < _FEW_FIELDS
    # «RET Sanjay # 9 # M»: that so small a number is an age, only a form tells, and no weights
    small = (
        (opened.code and opened.sure >= SURE and not few)
        and (fields.age is not None and fields.age <= marks.SHORTHAND)
        and (fields.sex is not None and reader.names_person(form.told))
    )
    least = _UNLIKE_A_FORM if few else _QUITE_UNLIKE
    return form.solid < _MANY_FIELDS and not small and reader.weighed.total < least


def _read_labelled(reader: Reader) -> Understood | None:
    """A text with labels but without a keyword."""
    weighed, told = reader.weighed, reader.as_told
    if _is_empty(reader, told):
        return reader.nothing()
    if told.has("taken_back") and told.has("label.person"):
        return reader.nothing()
    labels = {h.meaning for h in told.hits if h.meaning.startswith(("label.", "way."))}
    separated = len(_LABELLED_BY.findall(reader.folded))
    if told.has("noise") or not (
        told.has("label.person") or told.has("label.age") or separated >= 3
    ):
        return None
    labelled = told.has("label.person") and (len(labels) >= _LEAST_LABELS or "age" in told.fields)
    if not labelled or told.has("nonhuman") or told.has("notice"):
        return None
    kind = weighed.kind
    told = reader.prepare(reader.clean, reader.folded, kind, free=False)
    fields = reader.fill(told, kind)
    solid = [n for n in fields.told() if n not in {"person", "reason"}]
    if (
        len(solid) < _LEAST_BEHIND_WORD
        or _joke(fields, told)
        or (reader.asks() and weighed.total < 0)
    ):
        return None
    return reader.report(kind, fields, told, LABELLED) if reader.is_likely() else None


def _is_empty(reader: Reader, told: marks.Text) -> bool:
    """«Naam: Umr: Ladka/Ladki: Kahan:»: the poster's form, and nothing filled in."""
    if len(_FILLED_IN.findall(reader.folded)) <= _LEAST_LABELS:
        return False
    asks = [hit for hit in told.hits if hit.meaning.startswith(_OF_A_FORM)]
    labels = {hit.meaning for hit in asks if hit.meaning.startswith(("label.", "way."))}
    asked = {at for hit in asks for at in range(hit.start, hit.end)}
    return (
        len(labels) > _LEAST_LABELS
        and not any(hit.meaning.startswith("fact.") for hit in told.hits)
        and not told.fields
        and all(at in asked or word in reader.view.tongue for at, word in enumerate(told.raw))
    )


def _counts(reader: Reader) -> bool:
    """«3 boys …», «2 din holo …», «8 tarikh …»: the digit counts, and is no poster's number."""
    behind = reader.folded[reader.folded.index(reader.tokens[0]) + 1 :]
    hits = reader.view.scan([reader.view.canonical(token) for token in reader.tokens[1:4]])
    return re.match(r"\s*\w", behind) is not None and (
        reader.lexicon.dates.is_unit(reader.tokens[1])
        or reader.lexicon.ages.is_unit(reader.tokens[1])
        or any(
            hit.start == 0 and hit.meaning in {"unit.people", "child", "somebody"} for hit in hits
        )
    )


def _looks_free(reader: Reader) -> bool:
    """Whether a text that begins with an everyday word is a sentence rather than a form."""
    return len(reader.tokens) > _LONG and len(_PARTED.findall(reader.folded)) < 2


def _denied(told: marks.Text) -> int:
    """How often a form says that there is none, and not that somebody has none: «ma nei baba nei»."""
    lacks = {
        at
        for hit in told.hits
        if hit.meaning.startswith(("fact.", "event.need", "event.missing"))
        for at in hit.words()
    }
    return sum(
        word in told.view.small["none"] for at, word in enumerate(told.raw) if at not in lacks
    )


def _absurd(fields: Fields, told: marks.Text) -> bool:
    """Nobody is as old as that."""
    return fields.age is not None and (
        fields.age > ages.OLDEST or (fields.age >= 95 and told.has("noise"))
    )


def _joke(fields: Fields, told: marks.Text) -> bool:
    if _absurd(fields, told):
        return True
    return told.has("noise") and told.facts <= _WHO and fields.companion != "agent"
