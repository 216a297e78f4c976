"""Questions to a reporter, one short one at a time, and reading the answers.

What is missing and matters is asked: danger first, the name last, three questions at the most.
A number or a word answers, 0 skips.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from gateway.domain import phones
from gateway.domain.text import LETTER, ascii_digits, plain
from gateway.domain.understanding import understand
from gateway.domain.understanding.ages import OLDEST
from gateway.domain.understanding.reading import PAST_KINDS

if TYPE_CHECKING:
    from gateway.domain.cases import Story
    from gateway.domain.places import Gazetteer
    from gateway.domain.understanding import Lexicon, Understood
    from gateway.domain.understanding.words import View

MOST_QUESTIONS = 3
#: a prompt that is not answered ends after so long
LIVES_HOURS = 24
#: how often one question is asked before it is let go
MOST_TRIES = 2
#: what matters most, by kind (the programme's table of kinds); «safe» and the name come after
_ORDER: Mapping[str, tuple[str, ...]] = {
    "migration": ("destination", "date", "companion", "age"),
    "trafficking": ("danger", "origin", "age", "destination", "companion"),
    "missing": ("origin", "age", "date"),
    "child_marriage": ("date", "age", "origin"),
    "child_labour": ("origin", "age"),
    "abuse": ("danger", "origin", "age"),
    "returned": ("danger", "origin", "age"),
    "support": ("origin", "age"),
    "sos": ("origin", "age"),
    "question": (),
}
COMPANIONS = ("relative", "friend", "agent", "employer", "unknown_person", "alone")
#: answers of a check-in by their digit
CHECK_IN = ("well", "no_contact", "came_back", "needs_help")
#: whose words an answer is read with, each together with those people mix into it
_LANGUAGES = ("bn-Latn", "hi-Latn", "bn", "hi", "sw")
_LONGEST_NAME, _NAME_WORDS = 40, 3
#: a correction is announced within so many words
_OPENING = 3
#: who answers in more words says more than yes
_PLAIN_ANSWER = 4
_WORD = re.compile(rf"{LETTER}+(?:['’.]{LETTER}+)*")


@dataclass(frozen=True, slots=True)
class Question:
    """A prompt that is open: ``what`` is asked on a case, ``options`` are its place codes.

    ``number`` is the one it was put under: that of another case, where the report it is about has
    been parted from it since.  ``asked_at`` is in ms, ``language`` "" for the deployment's own.
    ``before`` are the questions that came before it.
    """

    id: str
    case_id: int
    number: str
    what: str
    options: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    tries: int = 0
    asked_at: int = 0
    report_id: str | None = None
    timer_id: int | None = None
    language: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What an answer says; all empty: skipped, or «no»."""

    fields: Mapping[str, object] = field(default_factory=dict)
    facts: frozenset[str] = frozenset()
    safe: bool | None = None
    choice: str = ""


@dataclass(frozen=True, slots=True)
class AnswerWords:
    """Words that answer, case-folded: yes, no, skip, and that all is well.

    ``trouble``, ``others`` who read a phone, and what is done with it (``writes``) answer whether
    it is safe to write to it.  ``corrects``: who begins so tells what was wrong before.
    """

    yes: frozenset[str]
    no: frozenset[str]
    skip: frozenset[str]
    well: frozenset[str]
    trouble: frozenset[str]
    others: frozenset[str]
    writes: frozenset[str]
    corrects: frozenset[str]


def next_question(
    story: Story,
    place_code: str,
    before: Collection[str],
    *,
    safe_known: bool,
    unclear_place: bool = False,
) -> str | None:
    """What to ask next; None when enough was asked."""
    if len(before) >= MOST_QUESTIONS:
        return None
    if unclear_place and "place" not in before:
        return "place"
    left = MOST_QUESTIONS - len(before) - (0 if safe_known or "safe" in before else 1)
    if left > 0 and "safe" not in before:
        for what in _ORDER[story.kind]:
            if what not in before and _is_missing(what, story, place_code):
                return what
    if not safe_known and "safe" not in before:
        return "safe"
    if story.fields.person is None and "person" not in before and not story.fields.people:
        return "person"
    return None


def _is_missing(what: str, story: Story, place_code: str) -> bool:
    fields = story.fields
    if what == "danger":
        return "danger_now" not in story.facts
    if what == "origin":
        return not place_code and fields.origin is None
    if what == "age":  # of a group no single age tells
        return fields.age is None and not fields.people
    return getattr(fields, what) is None


@dataclass(frozen=True, slots=True)
class Reader:
    """What answers are read with; ``near`` is the code of the place the sender belongs to."""

    received: datetime
    gazetteer: Gazetteer
    lexicon: Lexicon
    words: AnswerWords
    region: str
    near: str | None = None

    def read(self, question: Question, kind: str, text: str) -> Answer | None:
        """The answer to a question; None if the text does not answer it."""
        clean = ascii_digits(plain(text)).strip()
        folded = clean.casefold().strip(" .,!?।:-")
        folded = re.sub(rf"^{question.number}\b[\s:,.\-]*", "", folded)
        if not folded:
            return None
        if question.what != "check_in" and (folded == "0" or folded in self.words.skip):
            return Answer()
        readers: Mapping[str, Callable[[], Answer | None]] = {
            "check_in": lambda: self._check_in(folded),
            "danger": lambda: self._danger(folded),
            "safe": lambda: self._safe(folded),
            "age": lambda: self._age(folded),
            "date": lambda: self._date(folded, kind),
            "origin": lambda: self._place("origin", clean),
            "destination": lambda: self._place("destination", clean),
            "companion": lambda: self._companion(folded),
            "place": lambda: self._which(question, folded, clean),
            "person": lambda: self._name(clean),
        }
        return readers[question.what]()

    def corrects(self, text: str) -> bool:
        """Whether a text begins by saying that something was wrong: «na na bhul likhechi …»."""
        return not self.words.corrects.isdisjoint(_WORD.findall(text.casefold())[:_OPENING])

    def understood(self, text: str, sorted_as: str = "") -> Understood:
        """The whole text as one that came by itself; ``sorted_as`` as ``understand`` has it."""
        return understand(
            text,
            received=self.received,
            gazetteer=self.gazetteer,
            lexicon=self.lexicon,
            near=self.near,
            region=self.region,
            sorted_as=sorted_as,
        )

    def _danger(self, folded: str) -> Answer | None:
        yes = self._yes_or_no(folded)
        if yes is None:
            return None
        return Answer(facts=frozenset({"danger_now"}) if yes else frozenset())

    def _yes_or_no(self, folded: str) -> bool | None:
        first = _WORD.findall(folded)[:1]
        for digit, words, yes in (("1", self.words.yes, True), ("2", self.words.no, False)):
            if folded == digit or folded in words or (first and first[0] in words):
                return yes
        return None

    def _safe(self, folded: str) -> Answer | None:
        """Whether it is safe to write to this phone: only a plain yes says so.

        «ha osubidha ache, phone shoshurer» begins with a yes and means no.
        """
        words, known = _WORD.findall(folded), self.words
        if not known.others.isdisjoint(words):
            return Answer(safe=False)
        yes = self._yes_or_no(folded)
        if not known.trouble.isdisjoint(words):
            return Answer(
                safe=(len(words) <= _PLAIN_ANSWER or yes is True) and self._denies_trouble(words)
            )
        if yes is None and not known.no.isdisjoint(words) and not known.writes.isdisjoint(words):
            yes = False  # «please do not write»: asking once more could be found by somebody
        if yes and any(word in known.no for word in words):
            yes = False
        if yes and len(words) > _PLAIN_ANSWER:
            yes = known.yes | known.writes | known.well >= set(words)
        return None if yes is None else Answer(safe=yes)

    def _denies_trouble(self, words: Sequence[str]) -> bool:
        """«osubidha nei», «no problem», «koi dikkat nahi»."""
        return all(
            not self.words.no.isdisjoint((*words[max(0, at - 1) : at], *words[at + 1 : at + 2]))
            for at, word in enumerate(words)
            if word in self.words.trouble
        )

    def _age(self, folded: str) -> Answer | None:
        number = re.search(r"(?<!\d)(\d{1,3})(?!\d)", self.lexicon.numbers.as_digits(folded))
        found = int(number[1]) if number else self.lexicon.numbers.value(folded)
        if found is None or not 0 <= found <= OLDEST:
            return None
        return Answer(fields={"age": found})

    def _date(self, folded: str, kind: str) -> Answer | None:
        told = f"{folded} tarikh" if re.fullmatch(r"\d{1,2}", folded) else folded
        found = self.lexicon.dates.find(told, self.received.date(), past=kind in PAST_KINDS)
        return Answer(fields={"date": found[0].isoformat()}) if found else None

    def _place(self, slot: str, clean: str) -> Answer | None:
        found = self.gazetteer.find(_WORD.findall(clean.casefold()), self.near)
        if found is None:
            return None
        return Answer(fields={slot: found[0].name, f"{slot}_code": found[0].code})

    def _companion(self, folded: str) -> Answer | None:
        fields: dict[str, object] = {}
        digit = re.match(r"([1-6])(?![\d\-/])", folded)
        if digit:
            fields["companion"] = COMPANIONS[int(digit[1]) - 1]
            folded = folded[1:]
        phone = phones.find(folded, self.region)
        if phone is not None:
            fields["companion_phone"] = phone[0]
            folded = folded[: phone[1][0]] + " " + folded[phone[1][1] :]
        words = _WORD.findall(folded)
        for view in self._views():
            hits = view.scan([view.canonical(word) for word in words])
            found = [hit for hit in hits if hit.meaning.startswith("companion.")]
            if found:
                fields.setdefault("companion", found[0].value)
                break
        return Answer(fields=fields) if fields else None

    def _which(self, question: Question, folded: str, clean: str) -> Answer | None:
        codes = question.options
        chosen = int(folded) - 1 if re.fullmatch(r"[1-9]", folded) else -1
        if not 0 <= chosen < len(codes):
            place = self._place("origin", clean)
            near = place.fields["origin_code"] if place else None
            chosen = next(
                (
                    at
                    for at, code in enumerate(codes)
                    if near in {code, *(up.code for up in self.gazetteer.ancestors(code))}
                ),
                -1,
            )
        if chosen < 0:
            return None
        place_chosen = self.gazetteer[codes[chosen]]
        return Answer(fields={"origin": place_chosen.name, "origin_code": place_chosen.code})

    def _name(self, clean: str) -> Answer | None:
        words = _WORD.findall(clean)
        everyday = any(word.casefold() in view.tongue for view in self._views() for word in words)
        if not words or len(words) > _NAME_WORDS or everyday or any(map(str.isdigit, clean)):
            return None
        return Answer(fields={"person": " ".join(words)[:_LONGEST_NAME]})

    def _check_in(self, folded: str) -> Answer | None:
        digit = re.match(r"([1-4])(?!\d)", folded)
        if digit:
            return Answer(choice=CHECK_IN[int(digit[1]) - 1])
        words = _WORD.findall(folded)
        for view in self._views():
            meanings = {h.meaning for h in view.scan([view.canonical(word) for word in words])}
            if meanings & {"fact.danger_now", "event.sos", "event.beat", "fact.confined"}:
                return Answer(choice="needs_help")
            if meanings & {"fact.contact_lost", "event.missing"}:
                return Answer(choice="no_contact")
            if meanings & {"event.returned", "relief"}:
                return Answer(choice="came_back")
        if not self.words.trouble.isdisjoint(words) and not self._denies_trouble(words):
            return Answer(choice="needs_help")
        if any(word in self.words.well | self.words.yes for word in words):
            denied = self.words.trouble.isdisjoint(words) and not self.words.no.isdisjoint(words)
            return Answer(choice="needs_help" if denied else "well")  # «bhalo nei», «not well»
        return None

    def _views(self) -> list[View]:
        return [self.lexicon.view(language) for language in _LANGUAGES]


def told_by(answer: Answer, story: Story) -> Story:
    """The story with what the answer adds; an answer goes before what was read earlier."""
    given = {key: value for key, value in answer.fields.items() if value is not None}
    return replace(
        story,
        fields=replace(story.fields, **given),  # type: ignore[arg-type]
        facts=story.facts | answer.facts,
    )
