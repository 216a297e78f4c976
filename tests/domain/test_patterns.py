"""Patterns made of the lexicon's words find what a translator wrote, and nothing within other words."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.text import plain
from gateway.domain.understanding.patterns import ENDS, START, beginnings, endings, one_of
from gateway.domain.understanding.phrases import expand
from gateway.domain.understanding.words import LANGUAGES

WORDS = st.lists(
    st.text("abhoচ\u09bf", min_size=1, max_size=4), min_size=1, max_size=8, unique=True
)


@given(WORDS)
def test_each_word_is_found_whole_and_the_longest_first(words: list[str]) -> None:
    pattern = re.compile(one_of(words))
    for word in words:
        found = pattern.match(word + ".")
        assert found is not None
        assert found[0] == word


@given(WORDS, st.text("abhoচ\u09bf", max_size=6))
def test_nothing_else_is_found(words: list[str], text: str) -> None:
    found = re.fullmatch(one_of(words), text)
    assert (found is not None) == (text in words)


@pytest.mark.parametrize(
    ("words", "text", "found"),
    [
        (["boyos"], "boyos 16", "boyos"),
        (["boyos"], "boyos16", "boyos"),
        (["বয়স"], "বয়সঃ ১৬", "বয়স"),  # a visarga that stands for a colon
        (["boyos"], "boyosh 16", None),
        (["boch*"], "bochorer", "boch"),
        (["বছর"], "বছরে", None),  # a vowel sign goes on
        (["hoy ni", "hoy"], "hoy ni", "hoy ni"),
        (["se kam*", "se"], "se kamti", "se kam"),
        (["hoy ni"], "hoy  ni", "hoy  ni"),  # blanks are one
    ],
)
def test_where_words_end(words: list[str], text: str, found: str | None) -> None:
    match = re.search(START + one_of(words), plain(text))
    assert (match and match[0]) == (found and plain(found))


def test_a_word_behind_its_number_ends_before_a_digit() -> None:
    assert re.search(one_of(["k"]), "k2") is not None
    assert re.search(one_of(["k"], end=ENDS), "k2") is None


def test_no_words_find_nothing() -> None:
    assert re.search(one_of([]), "anything at all") is None


@given(WORDS, st.sampled_from(["", "16", "x"]))
def test_a_word_is_hinted_at_by_the_letters_it_stands_in(words: list[str], beside: str) -> None:
    for word in words:
        assert beginnings(words)(beside + word)
        assert endings(words)(word + beside)


@pytest.mark.parametrize("name", ["ages.toml", "figures.toml"])
def test_the_files_name_languages_and_write_each_word_once(name: str) -> None:
    data = tomllib.loads((files("gateway.lexicon") / name).read_text(encoding="utf-8"))
    for by_language in data.values():
        assert by_language.keys() <= set(LANGUAGES)
        for lines in by_language.values():
            words = [plain(word).casefold() for line in lines for word in expand(line)]
            assert len(words) == len(set(words)), words


def test_nobody_is_a_child_and_none() -> None:
    """Whose age is set aside must not be who a report is about."""
    data = tomllib.loads((files("gateway.lexicon") / "ages.toml").read_text(encoding="utf-8"))

    def words(name: str) -> set[str]:
        return {
            plain(word).casefold()
            for lines in data[name].values()
            for line in lines
            for word in expand(line)
        }

    children = words("her") | words("child") | words("infant_before") | words("bride_part")
    assert children.isdisjoint(words("no_child") | words("grown"))
    assert words("under").isdisjoint(words("turns"))
