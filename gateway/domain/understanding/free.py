"""A text as people write when they just tell: weighed for what it tells, then read for its fields."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.domain.understanding import ages, kinds, marks
from gateway.domain.understanding.values import BARE

if TYPE_CHECKING:
    from gateway.domain.understanding.reader import Reader
    from gateway.domain.understanding.values import Understood

#: how sure a text told freely is: at least, for each weight beyond what is needed, at most
_LEAST_FREE, _EACH_WEIGHT, _MOST_FREE = 0.42, 0.1, 0.8
#: where the rules see so much in so few words, what is so little unlike a report is one, but no sure one
_PLAIN, _PLAIN_WORDS, _LITTLE_UNLIKE = 3.0, 10, -2.0
#: who corrects where somebody goes tells of a journey
_SOMEBODY_GOES_THERE = frozenset({"sign moves", "sign place", "sign human"})
_CORRECTED = -3.0
#: what a question must weigh more, unless it tells of somebody
_TO_ASK = 1.0


def read_free(reader: Reader) -> Understood:
    """Weigh and read the text as people write when they just tell."""
    weighed, told = reader.weighed, reader.counted
    if weighed.total < kinds.LEAST and _is_plain(reader, weighed):
        weighed = replace(weighed, total=kinds.LEAST)
    sure_of_more = weighed.total - (_TO_ASK if reader.asks() or reader.tokens[-1] in "?？" else 0)
    if weighed.total < kinds.LEAST or (sure_of_more < 0 and not _tells_of_somebody(reader, told)):
        return reader.nothing()
    past, ahead = reader.is_past(weighed.kind, free=True), reader.is_ahead(weighed.kind)
    if (past, ahead) != (reader.is_past("", free=True), reader.is_ahead("")) and not (
        marks.redate(told, reader.lexicon.dates, reader.received.date(), past=past, ahead=ahead)
    ):
        told = reader.prepare(reader.clean, reader.folded, weighed.kind, free=True)
    fields = reader.fill(told, weighed.kind)
    if fields.age is not None and fields.age > ages.OLDEST:
        return reader.nothing_at_all()
    sure = min(_MOST_FREE, _LEAST_FREE + _EACH_WEIGHT * weighed.total)
    if weighed.kind == "sos":
        sure = max(sure, BARE)
    return reader.report(weighed.kind, fields, told, sure)


def _is_plain(reader: Reader, weighed: kinds.Weighed) -> bool:
    """Whether the rules see a report in what is a little unlike the reports that were sorted."""
    if reader.corrects and weighed.weight and weighed.traits >= _SOMEBODY_GOES_THERE:
        return weighed.total >= _CORRECTED
    told = reader.counted
    # a class that goes with its teachers is one however much it reads like a school's notice
    if weighed.weight and told.has("outing.what") and told.has("outing.teachers") and told.pupil:
        return weighed.total >= _LITTLE_UNLIKE
    brief = len(reader.tokens) <= _PLAIN_WORDS
    return brief and weighed.weight >= _PLAIN and weighed.total >= _LITTLE_UNLIKE


def _tells_of_somebody(reader: Reader, told: marks.Text) -> bool:
    """Whether a question tells of somebody somewhere, rather than of the law."""
    return (
        reader.names_place(told)
        or reader.names_person(told)
        or "date" in told.fields
        or told.has("event.plea")
        or told.has("fact.danger_now")
        or any(word in reader.view.small["mine"] for word in told.raw)
    )
