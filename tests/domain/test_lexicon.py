"""The words that translators edit: no word means two things of one sort in one language."""

from __future__ import annotations

import pytest

from gateway.domain.places import Gazetteer
from gateway.domain.understanding.shapes import skeleton, stem
from gateway.domain.understanding.words import LANGUAGES, Word, clashes
from gateway.gazetteer import reference_places
from gateway.lexicon import load_lexicon

LEXICON = load_lexicon()


def test_no_word_means_two_things() -> None:
    assert clashes(LEXICON.entries) == []


def test_a_clash_is_told_with_its_word() -> None:
    both = [("sex.F", "F", Word("dada", "sw")), ("sex.M", "M", Word("dada", "sw"))]
    assert clashes(both) == ["sw sex: dada means F and M"]
    # the same word may mean another thing in another language
    assert (
        clashes([("sex.F", "F", Word("dada", "sw")), ("sex.M", "M", Word("dada", "bn-Latn"))]) == []
    )


def test_every_language_has_words_for_what_a_report_needs() -> None:
    needed = {"opt_out", "asking", "sex.F", "sex.M", "companion.agent", "companion.relative", "purpose.job",
              "purpose.domestic_work", "purpose.marriage", "event.go", "event.take", "event.missing", "event.beat",
              "event.sold", "event.sexual", "event.returned", "fact.danger_now", "label.person", "label.age"}  # fmt: skip
    for language in LANGUAGES:
        there = {meaning for meaning, _, word in LEXICON.entries if word.language == language}
        assert needed <= there, (language, needed - there)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("kultoli", "kultali"),
        ("kultali", "কুলতলি"),
        ("shaadi", "sadi"),
        ("dilli", "दिल्ली"),
        ("bachcha", "baccha"),
    ],
)
def test_spellings_of_one_word_have_one_skeleton(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other)


def test_endings_are_taken_off() -> None:
    assert "মেয়ে" in stem("মেয়েকে")
    assert "dalal" in stem("dalaler")


def test_the_shipped_places_are_good_and_known_by_their_codes() -> None:
    gazetteer = Gazetteer(reference_places())
    assert all(place.is_reference for place in gazetteer.places)
    for name, meant in (
        ("Dilli", "Delhi"),
        ("বাসন্তী", "Basanti"),
        ("Bangalor", "Bengaluru"),
        ("मुंबई", "Mumbai"),
        ("Kampala", "Kampala"),
        ("hayderabad", "Hyderabad"),
    ):
        found = gazetteer.named(name)
        assert found is not None, name
        assert found.name == meant
