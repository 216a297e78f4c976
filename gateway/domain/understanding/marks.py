"""What is sure in a text: numbers, dates, ages, money; and the phrases of the lexicon.

What is taken is blanked out, so that nothing is read twice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING

from gateway.domain import phones
from gateway.domain.text import DIGIT, RUN, blank, without_underscores
from gateway.domain.triage import ADULT_AT
from gateway.domain.understanding.ages import OLDEST, range_of

if TYPE_CHECKING:
    from gateway.domain.places import Gazetteer, Place
    from gateway.domain.understanding.ages import AgeReader
    from gateway.domain.understanding.dates import DateReader
    from gateway.domain.understanding.figures import Figures
    from gateway.domain.understanding.phrases import Hit
    from gateway.domain.understanding.words import Names, View

_SEPARATORS = re.compile(
    r"(?=[,;#*|।\s/.:ঃ=\-])"  # most letters begin none
    r"(?:[,;#*|।\n\t]+|\s/+\s|(?<=\D)/+|/+(?=\D)|\.(?:\s|$)|:(?!\d)|ঃ|\s-+\s|=|(?<=\D)-(?=\D)|(?<=\d)-(?=[^\W\d])|(?<=[^\W\d])-(?=\d))"
)
#: there is a separator only where one of these is
_SEPARATES = re.compile(r"[,;#*|।\n\t/.:ঃ=\-]")
#: «1. Habibur 2. 16 3. M»: the numbers of a list
_LISTED = re.compile(r"(?:(?<=\s)|^)([1-9])[.)](?=\s)")
_LEAST_LISTED = 3
#: «17-30/11»: an age, and a day
_AGE_THEN_DAY = re.compile(
    r"(?<!\d)(?<!\d[/.\-])\d{1,2}(?:(-)(?=\d{1,2}/\d{1,2}(?!\d))|(/)(?=\d{1,2}-\d{1,2}(?!\d)))"
)
_RANGE = re.compile(r"(?<![\d/])(\d{1,2})\s*[-/]\s*\d{1,2}(?![\d/])")
_NO_DATE = re.compile(r"(?<![\d/])(\d{1,2})\s*[/.\-]\s*(\d{1,2})(?:[/.\-]\d{2,4})?(?![\d/])")
_BARE = re.compile(
    r"(?<![\d.])(?:(?<!\+)|(?<=\+)(?=\d{1,2}\s*\+))\d{1,3}(?!\d|\.\d|(?![mf]\b)[a-z])"
)
_YOUNGEST, _OLDEST_BARE = 3, 30
#: 2, 4 and 8 stand for words in texts; a small number is an age only beside a person
SHORTHAND = 9
_WORD = re.compile(rf"{RUN}(?:['’.]{RUN})*")


@dataclass(slots=True)
class Text:
    """A text while it is read: what was taken is blanked out of ``rest``."""

    original: str
    rest: str
    language: str
    free: bool
    view: View
    figures: Figures
    fields: dict[str, object] = field(default_factory=dict)
    facts: set[str] = field(default_factory=set)
    words: list[str] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)
    spans: list[tuple[int, int]] = field(default_factory=list)
    parts: list[int] = field(default_factory=list)
    hits: list[Hit] = field(default_factory=list)
    #: what they mean
    meant: frozenset[str] = frozenset()
    known: list[bool] = field(default_factory=list)
    #: words for an office, which nobody is called: «asha kormi», «committee»
    office: set[int] = field(default_factory=set)
    #: where the sender's own name stands, in a text that is about somebody else
    senders: frozenset[int] = frozenset()
    places: list[Place] = field(default_factory=list)
    #: every place named, with its words; and where the words stand that a name or a place was read from
    mentions: list[tuple[Place, int, int]] = field(default_factory=list)
    read_from: dict[str, tuple[int, int]] = field(default_factory=dict)
    #: by the code of a place that was found: the committees' own places of the same name
    namesakes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    numbers: list[int] = field(default_factory=list)
    pupil: bool = False
    age_at: int | None = None
    #: an adult's age, who may be the one told of if there is no child
    elders: int | None = None
    #: a man's, who is the one told of only if he himself goes away
    man: int | None = None
    #: «18 hoyni»: a child, whatever else is said
    under_age: bool = False
    #: a groom's age is told beside the bride's
    groom: bool = False
    #: what was left when the day was looked for, and where it was found
    undated: str = ""
    dated: tuple[int, int] | None = None
    #: «8-12» may tell an age, where a day is told beside it
    ranged: bool = False
    #: where a place stands that a word calls somebody's village
    home: tuple[int, int] | None = None
    #: whether people have been counted
    counted: bool = False

    def take(self, span: tuple[int, int], mark: str = " ") -> None:
        """Blank a span."""
        start, end = span
        self.rest = self.rest[:start] + mark + " " * (end - start - 1) + self.rest[end:]

    def has(self, meaning: str) -> bool:
        """Whether a phrase of this meaning stands in the text."""
        return meaning in self.meant or (meaning == "little" and self.pupil)

    def in_fact(self, hit: Hit) -> bool:
        """Whether the phrase is part of one that tells a fact («phone off»)."""
        return any(
            each.meaning.startswith("fact.") and each.start <= hit.start and hit.end <= each.end
            for each in self.hits
        )

    def of(self, meaning: str) -> list[Hit]:
        """The phrases of this meaning."""
        return [hit for hit in self.hits if hit.meaning == meaning] if meaning in self.meant else []

    def written(self, start: int, end: int) -> str:
        """Words as the sender wrote them."""
        return self.original[self.spans[start][0] : self.spans[end - 1][1]]

    def put(self, field: str, start: int, end: int) -> None:
        """Take these words for this field, as they are written, if nothing stands there yet."""
        if field not in self.fields:
            self.fields[field] = self.written(start, end)
            self.read_from[field] = start, end
        self.mark(start, end)

    def mark(self, start: int, end: int) -> None:
        """Say that these words are understood."""
        self.known[start:end] = [True] * (end - start)


def prepare(
    original: str,
    folded: str,
    language: str,
    *,
    free: bool,
    past: bool,
    ahead: bool,
    today: date,
    region: str,
    dates: DateReader,
    ages: AgeReader,
    figures: Figures,
    view: View,
    gazetteer: Gazetteer,
) -> Text:
    """Take out what is sure, and find the phrases of the lexicon."""
    text = Text(original, folded, language, free, view, figures)
    numbers = DIGIT.search(folded) is not None
    found = phones.find(text.rest, region) if numbers else None
    if found is not None:
        text.fields["companion_phone"], span = found
        text.take(span, ",")
    if numbers:
        _unlist(text)
    born = ages.born(text.rest, today) if numbers else None
    if born is not None:
        text.fields["age"], text.age_at = born[0], born[1][0]
        text.take(born[1])
    aged = ages.told(text.rest, language)
    for span in aged.others:
        text.take(span)
    text.elders, text.man = aged.elders, aged.man
    text.under_age, text.groom = aged.under_age, aged.groom
    if aged.span is not None and aged.age is not None and born is None:
        end = aged.span[1]
        text.rest = (
            text.rest[:end]
            + re.sub(  # «8/9 years» is no day of September
                r"^(\s*[/\-]\s*)\d{1,2}(?!\d|[/.\-])", blank, text.rest[end:]
            )
        )
        text.fields["age"], text.age_at = aged.age, aged.span[0]
        text.take(aged.span, "," if not text.free else " ")
    if "age" not in text.fields:
        _from_to(text, dates, today, past=past)
    if "-" in text.rest:
        for match in figures.or_more.finditer(text.rest):  # «7-8 girls» is no day of August
            text.take(match.span(1))
    text.undated = text.rest
    dated = _day(text, dates, today, past=past, ahead=ahead)
    if dated is not None:
        text.fields["date"], text.dated = dated[0].isoformat(), dated[1]
        text.take(dated[1], "," if not free else " ")
    if numbers:
        for match in _NO_DATE.finditer(text.rest):  # «31/2»: neither a day nor an age
            if abs(int(match[1]) - int(match[2])) > 4:
                text.take(match.span())
    _numbers(text)
    _tokens(text, view, gazetteer)
    return text


def _day(
    text: Text, dates: DateReader, today: date, *, past: bool, ahead: bool
) -> tuple[date, tuple[int, int]] | None:
    found = dates.find(text.undated, today, past=past, ahead=ahead, language=text.language)
    return found if found and text.undated[slice(*found[1])].strip() else None


def redate(text: Text, dates: DateReader, today: date, *, past: bool, ahead: bool) -> bool:
    """Read the same day as one of another time; False if the text has to be prepared for that."""
    dated = _day(text, dates, today, past=past, ahead=ahead)
    if text.ranged or (dated and dated[1]) != text.dated:
        return False
    if dated is not None:
        text.fields["date"] = dated[0].isoformat()
    return True


def _unlist(text: Text) -> None:
    """Take out the numbers of a list, and part an age from the day behind it."""
    listed = list(_LISTED.finditer(text.rest))
    if len(listed) >= _LEAST_LISTED and [int(each[1]) for each in listed] == [
        *range(int(listed[0][1]), int(listed[0][1]) + len(listed))
    ]:
        for each in listed:
            text.take(each.span(), ",")
    if "-" in text.rest and "/" in text.rest:
        for match in _AGE_THEN_DAY.finditer(text.rest):
            text.take(match.span(1 if match[1] else 2))


def _from_to(text: Text, dates: DateReader, today: date, *, past: bool) -> None:
    """«girls, 8-12, today»: where a day is told beside it, that is how old they are."""
    match = range_of(text.rest)
    if match is None:
        return
    text.ranged = True
    start, end = match.span()
    beside = text.rest[:start] + " " * (end - start) + text.rest[end:]
    if dates.find(beside, today, past=past, language=text.language) is not None:
        text.fields["age"], text.age_at = int(match[1]), start
        text.take(match.span(), "," if not text.free else " ")


def _numbers(text: Text) -> None:
    may = text.figures.hints.of(text.rest)
    text.pupil = "class" in may and text.figures.school_class.search(text.rest) is not None
    if DIGIT.search(text.rest) is None:
        return
    if (
        "long hours" in may
        and text.figures.long_hours.search(text.rest)
        and text.figures.works.search(text.rest)
    ):
        text.facts.add("long_hours")
    text.numbers += [match.start() for match in text.figures.money.finditer(text.rest)]
    if text.numbers:
        text.rest = text.figures.money.sub(blank, text.rest)
        may = text.figures.hints.of(text.rest)
    if "time" in may:
        text.rest = text.figures.times.sub(blank, text.rest)


def _meant(word: str, view: View, gazetteer: Gazetteer) -> str:
    """The word of the lexicon that is meant: «Patna», a town, is no «patni» misspelt."""
    meant = view.canonical(word)
    if meant == word or not gazetteer.is_well_known(word) or gazetteer.is_well_known(meant):
        return meant
    return word


def _tokens(text: Text, view: View, gazetteer: Gazetteer) -> None:
    separated = _SEPARATES.search(text.rest) is not None
    bounds = [match.start() for match in _SEPARATORS.finditer(text.rest)] if separated else []
    part = 0
    for match in _WORD.finditer(without_underscores(text.rest)):
        while part < len(bounds) and bounds[part] < match.start():
            part += 1
        word = match[0].strip(".'’")
        if word.isdecimal():
            continue
        text.raw.append(word)
        text.words.append(_meant(word, view, gazetteer))
        text.spans.append(match.span())
        text.parts.append(part)
    text.known = [False] * len(text.words)
    office = view.small["office"]
    for at, word in enumerate(text.raw):
        words = 1 if word in office else 2 if " ".join(text.raw[at : at + 2]) in office else 0
        if words:
            text.mark(at, at + words)
            text.office.update(range(at, at + words))
    text.hits = [
        hit
        for hit in view.scan(text.words, text.parts)
        if text.parts[hit.start] == text.parts[hit.end - 1] or text.free
    ]
    text.hits = [
        hit._replace(meaning="event.missing", value="event.missing")
        if hit.meaning == "event.returned" and _denied(text, hit)
        else hit
        for hit in text.hits
    ]
    text.meant = frozenset(hit.meaning for hit in text.hits)


def _denied(text: Text, hit: Hit) -> bool:
    """«ghar nahi laut aaya», «fire eseche na»: who is not back."""
    small, part = text.view.small, text.parts[hit.start]
    if text.language == "en":
        near = range(max(0, hit.start - 3), hit.start)
        return any(text.raw[at] in small["not_back"] and text.parts[at] == part for at in near)
    behind = text.raw[hit.end] if hit.end < len(text.raw) else ""
    before = text.raw[hit.start - 1] if hit.start and text.parts[hit.start - 1] == part else ""
    return before in small["not_back"] or (
        behind in small["denies_after"] and text.parts[hit.end] == part
    )


def _may_be_age(text: Text, number: int, span: tuple[int, int]) -> bool:
    """Whether a bare number in a free text is somebody's age, and not SMS shorthand or a sum."""
    beside = [
        at
        for at, (start, end) in enumerate(text.spans)
        if end >= span[0] - 2 and start <= span[1] + 2
    ]
    near = {text.raw[at] for at in beside}
    if number > SHORTHAND and near & text.view.small["myself"] and number < 80:
        return True
    if not _YOUNGEST <= number <= _OLDEST_BARE:
        return False
    people = {
        at for hit in text.hits if hit.meaning in {"somebody", "child", "sex.F", "sex.M"}
        for at in range(hit.start, hit.end)
    }  # fmt: skip
    if near & text.view.small["myself"] or people & set(beside):
        return True
    return number > SHORTHAND and bool(people)


#: alone between signs, or at the end behind a word
_STANDS_ALONE_BEHIND = re.compile(r"\s*(?:[\-,;:/|)#*।]|\.(?!\d)|$)")
_OLDEST_NAMED = 75
#: letters before a number that tell what it is; numbers of a text that may be an age
_NEAR, _MOST_NUMBERS = 24, 12


def read_bare_age(
    text: Text, names: Names | None = None, gazetteer: Gazetteer | None = None
) -> None:
    """The age, if it was not told with a word for years: a number that can be nothing else.

    Of several a child's is taken.  ``names``: behind one of these an age may be any adult's, and
    between one and a place of the ``gazetteer`` a child's.
    """
    if "age" not in text.fields and DIGIT.search(text.rest) is not None:
        found = [
            (number, match.span())
            for pattern in (_RANGE, _BARE)
            for match in islice(pattern.finditer(text.rest), _MOST_NUMBERS)
            if (
                (number := int(match[1] if pattern is _RANGE else match[0])) <= OLDEST
                or text.rest[match.end() :].strip(" .।")  # so much at the end is a price
            )
            and text.figures.no_age_before.search(
                text.rest[max(0, match.start() - _NEAR) : match.start()]
            )
            is None
            and text.figures.no_age_behind.match(text.rest, match.end()) is None
            and (
                not text.free
                or _may_be_age(text, number, match.span())
                or _stands_alone(text, number, match.span(), names, gazetteer)
            )
        ]
        if found and text.free:
            if len(found) > 1 and found[0][1][0] == 0:  # «8 yatima …»: the digit of a poster
                found = found[1:]
            found.sort(key=lambda each: not _CHILD_FROM <= each[0] < ADULT_AT)
        found.sort(key=lambda each: each[0] > OLDEST)
        if found:
            number, span = found[0]
            text.fields["age"], text.age_at = number, span[0]
            text.take(span)
    grown = text.elders if text.man is None or not _goes_himself(text) else text.man
    if "age" not in text.fields and grown is not None and not text.has("childlike"):
        text.fields["age"] = grown


def _goes_himself(text: Text) -> bool:
    """«a 22 year old man goes to Kerala»: and takes, weds or harms nobody."""
    return text.has("event.go") and not any(text.has(each) for each in _DONE_TO_OTHERS)


_DONE_TO_OTHERS = (
    "event.take", "event.marry", "event.beat", "event.sexual", "event.sold", "child", "childlike",
    "sex.F", "groom",
)  # fmt: skip


_CHILD_FROM = 5


def _happens_behind(text: Text, end: int) -> bool:
    """«Rina 14 nikhoj»: what has happened to her stands right behind it, and no «leaves at»."""
    return any(
        hit.meaning.startswith("event.")
        and hit.meaning != "event.go"
        and text.spans[hit.start][0] >= end
        and not text.original[end : text.spans[hit.start][0]].strip()
        for hit in text.hits
    )


def _leads_on(text: Text, end: int, gazetteer: Gazetteer | None) -> bool:
    """«Rina 15 Delhi …», «Rina 15 dalal er sathe …»: where to, with whom or what for stands behind it."""
    at = next((at for at, span in enumerate(text.spans) if span[0] >= end), None)
    if at is None or text.original[end : text.spans[at][0]].strip():
        return False
    return (gazetteer is not None and gazetteer.is_well_known(text.raw[at])) or any(
        hit.start == at and hit.meaning.startswith(_LEADS_ON) for hit in text.hits
    )


#: signs between the parts of what is written like a form
_LEAST_PARTS = 3
_LEADS_ON = ("companion.", "purpose.")


def _stands_alone(
    text: Text,
    number: int,
    span: tuple[int, int],
    names: Names | None,
    gazetteer: Gazetteer | None,
) -> bool:
    """«-রোজিনা-১৮-», «Sufia, 32,», «Imtiaz 31» at the end: beside a name, or between signs."""
    if not _CHILD_FROM < number <= _OLDEST_NAMED:
        return False
    childs = number < ADULT_AT and (
        text.figures.hers.match(text.rest, span[1]) is not None
        or _happens_behind(text, span[1])
        or _leads_on(text, span[1], gazetteer)
    )
    grown = number >= ADULT_AT and _leads_on(text, span[1], gazetteer)
    if not (childs or grown) and (
        number <= SHORTHAND or _STANDS_ALONE_BEHIND.match(text.original, span[1]) is None
    ):
        return False
    before = next(
        (at for at in range(len(text.spans) - 1, -1, -1) if text.spans[at][1] <= span[0]), None
    )
    if before is None or names is None:
        return False
    between = text.rest[text.spans[before][1] : span[0]].strip()
    named = names.given(text.raw[before]) or names.family(text.raw[before])
    return (
        bool(named) or (between == "," and before == 0 and _begins_a_list(text, gazetteer))
    ) and between in ({""} if childs or grown else {"", ",", "-", ":", "/", "(", "।", "."})


def _begins_a_list(text: Text, gazetteer: Gazetteer | None) -> bool:
    """«tanu, 17, kal, jaipur, …»: one part after the other as on a form, the first word unknown."""
    return (
        gazetteer is not None
        and "date" in text.fields
        and text.parts[-1] >= _LEAST_PARTS
        and text.raw[0] not in text.view
        and text.raw[0] not in text.view.tongue
        and not gazetteer.is_well_known(text.raw[0])
        and any(gazetteer.is_well_known(word) for word in text.raw[1:])
    )
