"""One text on its way to being understood: what is read of it once and asked for by every way of reading."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache, cached_property, partial
from itertools import islice, pairwise
from math import inf
from typing import TYPE_CHECKING

from gateway.domain.text import ascii_digits, plain, without_underscores
from gateway.domain.triage import GUESSED, TO_GO_BY, hours_to
from gateway.domain.understanding import corrections, counting, kinds, marks, reading, urgency
from gateway.domain.understanding.opening import TOKEN, opening, parted
from gateway.domain.understanding.values import BARE, SURE, Understood

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from gateway.domain.places import Gazetteer
    from gateway.domain.understanding.phrases import Hit
    from gateway.domain.understanding.values import Fields
    from gateway.domain.understanding.words import Lexicon

#: no phone sends more; what is longer is read so far
LONGEST = 1_600
#: what a report of each kind should tell, the most needed first (DOMAIN table of kinds)
_WANTED = {
    "migration": ("age", "destination", "date", "purpose", "companion", "person"),
    "trafficking": ("age", "destination", "date", "companion", "origin", "person"),
    "missing": ("age", "origin", "date", "person"),
    "child_marriage": ("date", "age", "origin", "person"),
    "child_labour": ("age", "origin", "person"),
    "abuse": ("age", "origin"),
    "returned": ("age", "origin"),
    "support": ("age", "origin"),
    "sos": ("origin",),
    "question": (),
}
#: kinds that likeness alone may speak for by chance, and signs of what somebody could go by
_MAY_BE_GUESSED = frozenset(
    {"migration", "trafficking", "missing", "child_marriage", "child_labour"}
)
_SIGNS_TO_GO_BY = frozenset({"sign aged", "sign place", "sign known"})
_EACH_FIELD = 0.02
#: the rules see all that a form of so few words says
_BRIEF = 8
_MOST_SURE = 0.98
#: how many words before and behind a word for a wedding may say that it has been held
_BEFORE_WED, _BEHIND_WED = 2, 3
#: what weighs more is plainly like a report
LIKE = 1.5


def reader_of(
    text: str,
    received: datetime,
    gazetteer: Gazetteer,
    lexicon: Lexicon,
    near: str | None = None,
    region: str = "IN",
) -> Reader | None:
    """The text ready to be read; None if there is no word in it."""
    # many blanks say no more than one, and cost much where words may stand apart
    close = _BLANKS.sub(_one_blank, ascii_digits(plain(text))[:LONGEST].strip())
    clean = parted(close, lexicon)
    folded = _folded(clean)
    tokens = TOKEN.findall(without_underscores(folded))
    if not tokens:
        return None
    language = _language(clean, tokens, lexicon)
    corrected, sorts = _corrected(clean, folded, tokens, language, received, gazetteer, lexicon)
    if corrected != clean:
        folded = _folded(corrected)
        tokens = TOKEN.findall(without_underscores(folded))
    return Reader(
        text, corrected, folded, tokens, language, received, gazetteer, lexicon, near, region, sorts
    )


def _corrected(
    clean: str,
    folded: str,
    tokens: list[str],
    language: str,
    received: datetime,
    gazetteer: Gazetteer,
    lexicon: Lexicon,
) -> tuple[str, frozenset[str]]:
    view = lexicon.view(language if language != "und" else "en")
    sorts = cache(  # the same words may stand in a text again and again
        partial(
            corrections.sorts_of,
            language=language,
            view=view,
            gazetteer=gazetteer,
            names=lexicon.names,
            dates=lexicon.dates,
            today=received.date(),
        )
    )
    goes = cache(partial(corrections.goes, view=view))
    return corrections.without_denied(clean, folded, tokens, language, view, sorts, goes)


@dataclass
class Reader:
    """One text with what is known of it; what is costly is read when it is asked for."""

    text: str
    clean: str
    folded: str
    tokens: list[str]
    language: str
    received: datetime
    gazetteer: Gazetteer
    lexicon: Lexicon
    near: str | None
    region: str
    #: the sorts of what the text says not to be so, but so
    corrects: frozenset[str]
    #: the text whose fields were read last
    filled: marks.Text | None = None

    def __post_init__(self) -> None:
        self.view = self.lexicon.view(self.language if self.language != "und" else "en")
        self.opened = opening(self.clean, self.folded, self.tokens, self.lexicon)

    def others_phone(self) -> bool:
        """Whether the text says that somebody else has this phone or reads it."""
        phone = tuple(self.view.small["phone"])
        return any(word.startswith(phone) for word in self.tokens) and self.as_told.has(
            "others_phone"
        )

    def sorted_as(self, kind: str) -> Understood:
        """Read the text as a report of this kind, whatever it looks like."""
        told = self.prepare(self.clean, self.folded, kind, free=True)
        return replace(self.report(kind, self.fill(told, kind), told, SURE), confidence=1.0)

    def _opening(self) -> str:
        """What the text begins with, of what reports begin with."""
        opened = self.opened
        if opened is None:
            return "nothing"
        if opened.code:
            return "code" if opened.sure >= SURE else "misspelt code"
        return "digit" if self.tokens[0].isdecimal() else "word"

    @cached_property
    def as_told(self) -> marks.Text:
        """The text as one that just tells."""
        return self.prepare(self.clean, self.folded, "", free=True)

    @cached_property
    def counted(self) -> marks.Text:
        """The same with people and a bare age read, where no word tells an age."""
        told = self.as_told
        if "age" in told.fields:
            return told
        counted = replace(told, fields=dict(told.fields))
        counting.read_people(counted, self.lexicon.names, self.lexicon.numbers)
        marks.read_bare_age(counted, self.lexicon.names, self.gazetteer)
        return counted

    @cached_property
    def weighed(self) -> kinds.Weighed:
        """What stands for the text, as one that just tells, being a report."""
        told = self.counted
        age = told.fields.get("age")
        return kinds.weigh(
            told,
            self.lexicon.kinds,
            age=age if isinstance(age, int) else None,
            place=self.names_place(told),
            named=self.names_person(told),
            opening=self._opening(),
            corrects=self.corrects,
        )

    def prepare(self, clean: str, folded: str, kind: str, *, free: bool) -> marks.Text:
        """Read what is sure in the whole text or a part of it, for a report of this kind."""
        return marks.prepare(
            clean,
            self._digits if folded == self.folded else self.lexicon.numbers.as_digits(folded),
            self.language,
            free=free,
            past=self.is_past(kind, free=free),
            ahead=self.is_ahead(kind),
            today=self.received.date(),
            region=self.region,
            dates=self.lexicon.dates,
            ages=self.lexicon.ages,
            figures=self.lexicon.figures,
            view=self.view,
            gazetteer=self.gazetteer,
        )

    @cached_property
    def _digits(self) -> str:
        """The whole text with digits for number words."""
        return self.lexicon.numbers.as_digits(self.folded)

    def is_past(self, kind: str, *, free: bool) -> bool:
        """Whether dates that are told lie in the past."""
        if kind == "child_marriage":
            return self._wed
        return kind in reading.PAST_KINDS or (free and self._tells_past)

    def is_ahead(self, kind: str) -> bool:
        """Whether a wedding is still to be held, whatever has been done for it.

        «biye thik hoye geche», «the cards were printed»: agreed upon and prepared only.
        """
        return kind == "child_marriage" and not self._wed

    @cached_property
    def _wed(self) -> bool:
        """Whether the text says of every wedding that it tells of that it has been held.

        «biye hobe 5 tarikh. didi r biye hoye geche»: one is still to come, and that one counts.
        """
        told = self.as_told
        weddings = told.of("event.marry")
        return bool(weddings) and all(self._held(told, hit) for hit in weddings)

    def _held(self, told: marks.Text, hit: Hit) -> bool:
        near = [
            word
            for word, part in islice(
                zip(told.raw, told.parts, strict=True),
                max(0, hit.start - _BEFORE_WED),
                hit.end + _BEHIND_WED,
            )
            if part == told.parts[hit.start]
        ]
        said = {*near, *map(" ".join, pairwise(near))}
        small = self.view.small
        return not small["wed"].isdisjoint(said) and small["not_wed"].isdisjoint(said)

    @cached_property
    def _tells_past(self) -> bool:
        """Whether what is told has happened: «kal» is yesterday, then."""
        small = self.view.small
        return any(token in small["happened"] for token in self.tokens) and not any(
            token in small["to_come"] for token in self.tokens
        )

    def fill(self, told: marks.Text, kind: str) -> Fields:
        """Read the fields of a report of this kind, and keep the text they were read from."""
        self.filled = told
        return reading.fill(
            told,
            kind,
            self.gazetteer,
            self.near,
            self.view,
            self.lexicon.names,
            self.lexicon.numbers,
            self.lexicon.roles,
        )

    def names_place(self, told: marks.Text) -> bool:
        """Whether a place of the gazetteer is named."""
        words = [
            ""
            if word in self.view.tongue
            or len(word) < 3
            or (word in self.view and not self.gazetteer.is_well_known(word))
            or self.view.means_alone(word)
            else word
            for word in told.raw
        ]
        return self.gazetteer.find(words, self.near) is not None

    def names_person(self, told: marks.Text) -> bool:
        """Whether a name is told that people bear, and that is no word of the language."""
        return any(
            word not in self.view.tongue
            and word not in self.view
            and self.lexicon.names.given(word) is not None
            for word in told.raw
        )

    def is_noise(self) -> bool:
        """Whether a word stands in the text that belongs to jokes, games or advertisements."""
        return self.as_told.has("noise")

    def asks(self) -> bool:
        """Whether the text asks something."""
        return self.tokens[0] in self.view.small["asks_first"] or self.as_told.has("asking")

    def is_like_one(self) -> bool:
        """Whether a report of the poster is meant, though a word in it belongs to jokes."""
        weighed = self.weighed
        return weighed.total > LIKE and "laughs" not in weighed.traits

    def is_likely(self) -> bool:
        """Whether enough speaks for a report."""
        return self.weighed.total >= kinds.LEAST

    def speaks(self, language: str) -> None:
        """Read the text in the language of its keyword."""
        self.language, self.view = language, self.lexicon.view(language)

    def nothing(self) -> Understood:
        """Conclude that there is no report: a question, or nothing that is understood."""
        intent = "question" if self.asks() or self.tokens[-1] in "?？" else "none"
        return Understood(self.text, self.language, intent, confidence=BARE)

    def nothing_at_all(self) -> Understood:
        """Conclude that nothing is told, whatever it asks."""
        return Understood(self.text, self.language, "none", confidence=BARE)

    def report(self, kind: str, fields: Fields, told: marks.Text, sure: float) -> Understood:
        """Conclude that there is a report; ``sure`` is how sure its kind is, its fields add to it."""
        named = fields.told()
        solid = [name for name in named if name not in {"person", "reason"}]
        report = Understood(
            text=self.text,
            language=self.language,
            intent="report",
            kind=kind,
            fields=fields,
            facts=frozenset(told.facts),
            hours_to_event=0.0
            if fields.date is None and told.has("now")
            else hours_to(fields.date, self.received),
            missing=tuple(name for name in _WANTED[kind] if name not in named),
            confidence=round(min(_MOST_SURE, sure + _EACH_FIELD * len(solid)), 2),
            ambiguous=tuple(
                (slot, told.namesakes[code])
                for slot, code in (
                    ("origin", fields.origin_code),
                    ("destination", fields.destination_code),
                )
                if code in told.namesakes
            ),
        )
        if told.free and self._is_guessed(kind, named):
            return replace(report, facts=report.facts | {GUESSED})
        # by itself it wakes somebody only where this is plainly a report that tells something
        if (
            (told.free or sum(not token.isdecimal() for token in self.tokens) > _BRIEF)
            and self.weighed.total > LIKE
            and urgency.reads_urgent(
                report,
                self.weighed.traits,
                self.lexicon.urgency,
                # a form is one by its form
                likely=self.weighed.total if told.free else inf,
            )
        ):
            return replace(report, facts=report.facts | {urgency.READS_URGENT})
        return report

    def _is_guessed(self, kind: str, told: Mapping[str, object]) -> bool:
        """Whether only likeness speaks for the kind, and nothing is told that one could go by."""
        weighed = self.weighed
        return (
            kind in _MAY_BE_GUESSED
            and not weighed.weight
            and weighed.kind == kind
            and _SIGNS_TO_GO_BY.isdisjoint(weighed.traits)
            and not any(name in told for name in TO_GO_BY)
        )


_BLANKS = re.compile(r"\s{2,}")


def _one_blank(match: re.Match[str]) -> str:
    return "\n" if "\n" in match[0] else " "


def _folded(clean: str) -> str:
    folded = clean.casefold()
    return (
        folded
        if len(folded) == len(clean)
        else clean.lower()
        if len(clean.lower()) == len(clean)
        else clean
    )


_BENGALI, _DEVANAGARI = re.compile("[\u0980-\u09ff]+"), re.compile("[\u0900-\u0963\u0966-\u097f]+")
_LATIN = re.compile("[A-Za-z]+")


def _language(text: str, tokens: list[str], lexicon: Lexicon) -> str:
    """By the script, or in Latin letters by the words."""
    if text.isascii():
        return lexicon.tongue(tokens) or "en"
    bengali, devanagari, latin = (
        sum(map(len, letters.findall(text))) for letters in (_BENGALI, _DEVANAGARI, _LATIN)
    )
    if (bengali or devanagari) and max(bengali, devanagari) * 3 >= latin:
        return "bn" if bengali >= devanagari else "hi"
    return lexicon.tongue(tokens) or "en"
