"""Which patterns are searched for is told by a text's words, and what they would find is not lost."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.understanding.hints import Hints
from gateway.domain.understanding.phrases import expand
from gateway.lexicon import load_ages, load_dates, load_figures, load_number_words

TODAY = date(2026, 12, 1)


class Unasked(Hints):
    """Every pattern may be found in any text."""

    def of(self, _text: str) -> frozenset[str]:
        return self.all


DATES = tomllib.loads((files("gateway.lexicon") / "dates.toml").read_text(encoding="utf-8"))
QUICK, THOROUGH = load_dates(), load_dates(Unasked)
QUICK_AGES, THOROUGH_AGES = load_ages(), load_ages(Unasked)


def phrases(table: dict[str, object]) -> list[str]:
    """Every word of a file, wherever it stands in it."""
    found: list[str] = []
    for value in table.values():
        if isinstance(value, dict):
            found += phrases(value)
        elif isinstance(value, list):
            found += map(str, value)
    return found


#: what stands between words, nothing among it: «5din», «aaj,2 ghonta»
JOINS = st.sampled_from([" ", " ", " ", "", ", ", "-", "/", ". ", " : ", "_", "\n"])
SMALL = ["firbe", "ফিরব", "back by", "wiki jana", "meye", "amar", "that", "from", "at", "since", "am", "o'clock", "ek", "one", "hours", "ghonta", "ধরে", "rina", "kalna"]  # fmt: skip
NUMBERS = st.integers(0, 45).map(str)


def texts(words: list[str]) -> st.SearchStrategy[str]:
    """Words and numbers one after the other, apart or run together."""
    piece = st.one_of(st.sampled_from(words), st.sampled_from(words), NUMBERS)
    pairs = st.lists(st.tuples(piece, JOINS), min_size=1, max_size=7)
    return pairs.map(lambda told: "".join(word + join for word, join in told).casefold())


@given(
    texts([*phrases(DATES), *SMALL]),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["en", "bn-Latn", "bn", "hi", "sw"]),
)
def test_no_date_is_missed(text: str, past: bool, ahead: bool, language: str) -> None:
    said = {"past": past, "ahead": ahead, "language": language}
    assert QUICK.find(text, TODAY, **said) == THOROUGH.find(text, TODAY, **said)


AGES = tomllib.loads((files("gateway.lexicon") / "ages.toml").read_text(encoding="utf-8"))
OF_AGES = [word.rstrip("*") for line in phrases(AGES) for word in expand(line)]


@given(texts([*OF_AGES, *SMALL]), st.sampled_from(["en", "bn-Latn", "bn", "hi", "sw"]))
def test_no_age_is_missed(text: str, language: str) -> None:
    assert QUICK_AGES.told(text, language) == THOROUGH_AGES.told(text, language)


VALUES = phrases(
    tomllib.loads((files("gateway.lexicon") / "numbers.toml").read_text(encoding="utf-8"))
)
SPELT, SPELT_THOROUGH = load_number_words(), load_number_words(Unasked)
#: what number words are told beside, apart or run together: «বয়সঃচোদ্দো», «terahse kam»
BESIDE_NUMBERS = [
    *("bochor", "saal", "বছর", "jon", "girls", "of us", "din", "ki hai", "hoyni", "হয়নি", "se kam"),
    *("umar", "boyos", "বয়স", "বয়সঃ", "উম্র", "ki", "ka", "की", "is", "about", "প্রায়", "करीब"),
    *("umri wa", "small", "choto", "meye", "at", "do", "not"),
]


@given(texts([*VALUES, *BESIDE_NUMBERS, *BESIDE_NUMBERS]))
def test_no_number_word_is_missed(text: str) -> None:
    assert SPELT.as_digits(text) == SPELT_THOROUGH.as_digits(text)


FIGURES = load_figures()
OF_FIGURES = [
    word.rstrip("*")
    for line in phrases(
        tomllib.loads((files("gateway.lexicon") / "figures.toml").read_text(encoding="utf-8"))
    )
    for word in expand(line)
]


@given(texts([*OF_FIGURES, "p", "viii", "vi", *SMALL]))
def test_no_class_and_no_time_is_missed(text: str) -> None:
    may = FIGURES.hints.of(text)
    found = {
        name
        for name, pattern in (
            ("class", FIGURES.school_class),
            ("time", FIGURES.times),
            ("long hours", FIGURES.long_hours),
        )
        if pattern.search(text)
    }
    assert found <= may


@pytest.mark.parametrize(
    ("text", "found"),
    [("5am", {"hours"}), ("14_15", set()), ("5din por", {"day", "later"}), ("", set())],
)
def test_a_texts_hints_are_its_words(text: str, found: set[str]) -> None:
    hints = Hints({"hours": re.compile("am$").search, "day": str.isalpha}, {"later": ["por"]})
    seen = hints.of(text)
    assert seen == found
