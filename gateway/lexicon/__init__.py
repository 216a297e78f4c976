"""The words and rules that translators and case workers edit, read into values."""

from __future__ import annotations

import json
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from gateway.domain.commands.verbs import read_verbs
from gateway.domain.prompts import AnswerWords
from gateway.domain.text import plain
from gateway.domain.triage import Rule, TriageTable
from gateway.domain.understanding.ages import AgeReader
from gateway.domain.understanding.dates import DateReader
from gateway.domain.understanding.figures import Figures
from gateway.domain.understanding.hints import Hints
from gateway.domain.understanding.kinds import read_kinds
from gateway.domain.understanding.likeness import Likeness, read_likeness
from gateway.domain.understanding.number_words import NumberWords
from gateway.domain.understanding.phrases import expand, fill_in
from gateway.domain.understanding.words import LANGUAGES, Lexicon, Names, Word

#: the files that hold the words inside a text, by what they are about
THEMES = ("people.toml", "purposes.toml", "events.toml", "facts.toml", "talk.toml", "small.toml")
Entry = tuple[str, str, Word]


@cache
def load_lexicon() -> Lexicon:
    """The lexicon that is shipped."""
    keywords, (forms, spellings) = _read("keywords.toml"), _forms()
    entries: list[Entry] = []
    digits: dict[str, str] = {}
    for kind, by_language in keywords.items():
        digits[by_language["digit"]] = kind
        entries += [
            ("keyword", kind, Word(code.casefold(), "en", code=True))
            for code in by_language["code"]
        ]
        entries += _words("keyword", kind, by_language, {})
    for name in THEMES:
        for meaning, inner in _read(name).items():
            if any(language in inner for language in LANGUAGES):
                entries += _words(meaning, meaning, inner, forms)
            else:
                for value, by_language in inner.items():
                    entries += _words(f"{meaning}.{value}", value, by_language, forms)
    entries += [
        (f"spelling.{word}", word, Word(variant, language))
        for language, known in spellings.items()
        for word, variants in known.items()
        for variant in variants
    ]
    kinds = read_kinds(_read("kinds.toml"), _weights("likeness.json"))
    verbs = read_verbs(_read("commands.toml"))
    return Lexicon(
        entries,
        digits,
        load_dates(),
        load_ages(),
        load_figures(),
        load_number_words(),
        kinds,
        _names(),
        verbs,
        roles=_weights("roles.json"),
        urgency=_weights("urgency.json"),
    )


def load_dates(hints: type[Hints] = Hints) -> DateReader:
    """What reads dates, by the words that are shipped."""
    dates = _read("dates.toml")
    return DateReader(
        days=dates["days"],
        weekdays={int(number): names for number, names in dates["weekdays"].items()},
        months={int(number): names for number, names in dates["months"].items()},
        words=dates["words"],
        only=dates["only"],
        tense=dates["tense"],
        hints=hints,
    )


def load_ages(hints: type[Hints] = Hints) -> AgeReader:
    """What reads ages, by the words that are shipped."""
    return AgeReader(_mixed("ages.toml"), hints)


def load_figures(hints: type[Hints] = Hints) -> Figures:
    """What tells what numbers stand for, by the words that are shipped."""
    years = _mixed("ages.toml")["years"]
    return Figures(_mixed("figures.toml") | {"years": years}, hints)


def load_number_words(hints: type[Hints] = Hints) -> NumberWords:
    """What reads number words, by the words that are shipped."""
    numbers = {
        word: int(number) for number, names in _read("numbers.toml").items() for word in names
    }
    return NumberWords(numbers, _mixed("figures.toml"), hints)


@cache
def _mixed(name: str) -> dict[str, list[str]]:
    """The words of a file by what they are for, of all languages together."""
    return {
        each: [
            plain(word).casefold()
            for lines in by_language.values()
            for line in lines
            for word in expand(line)
        ]
        for each, by_language in _read(name).items()
    }


@cache
def load_triage_table() -> TriageTable:
    """The triage rules that are shipped."""
    data = _read("triage.toml")
    rules = {
        id_: Rule(
            id=id_,
            adult=rule["adult"],
            child=rule["child"],
            source=rule["source"],
            at_destination=rule.get("at_destination", rule["child"]),
        )
        for id_, rule in data["rules"].items()
    }
    return TriageTable(
        rules=rules,
        overrides=data["overrides"],
        floors={kind: (adult, child) for kind, (adult, child) in data["floors"].items()},
        capped=frozenset(data["capped"]),
        cap=data["cap"],
        urgent_from=data["urgent_from"],
        high_from=data["high_from"],
    )


@cache
def load_answers() -> AnswerWords:
    """The words that answer questions, of all languages together."""
    data = _read("answers.toml")
    words = {
        each: frozenset(plain(word.casefold()) for told in by.values() for word in told)
        for each, by in data.items()
    }
    return AnswerWords(**words)


@cache
def load_receipt_words() -> tuple[str, ...]:
    """The receipt words, in an order that must never change: a hash chooses by place."""
    return tuple((files(__name__) / "receipt_words.txt").read_text(encoding="ascii").split())


def _words(
    meaning: str, value: str, by_language: dict[str, Any], forms: dict[str, Any]
) -> list[Entry]:
    return [
        (meaning, value, Word(fill_in(line, forms.get(language, {})).casefold(), language))
        for language in LANGUAGES
        for line in by_language.get(language, [])
    ]


def _forms() -> tuple[dict[str, dict[str, list[str]]], dict[str, Any]]:
    """The forms of verbs by language, each made of those before it; and the spellings."""
    data = _read("forms.toml")
    spellings = data.pop("spellings")
    forms: dict[str, dict[str, list[str]]] = {}
    for language, verbs in data.items():
        known = forms.setdefault(language, {})
        for name, lines in verbs.items():
            known[name] = [each for line in lines for each in expand(fill_in(line, known))]
    return forms, spellings


def _names() -> Names:
    lines = (files(__name__) / "names.txt").read_text(encoding="utf-8").splitlines()
    given: list[str] = []
    family: list[str] = []
    for line in lines:
        if not line.startswith("#"):
            (family if line.startswith("=") else given).extend(line.lstrip("= ").split())
    return Names(given, family)


def _weights(name: str) -> Likeness:
    return read_likeness(json.loads((files(__name__) / name).read_text(encoding="utf-8")))


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((files(__name__) / name).read_text(encoding="utf-8"))
