"""The words that translators edit: no word means two things of one sort in one language."""

from __future__ import annotations

import pytest

from gateway.domain.places import Gazetteer
from gateway.domain.understanding.phrases import Line, Lines, Phrases, expand, fill_in, slots
from gateway.domain.understanding.shapes import skeleton, stem
from gateway.domain.understanding.words import LANGUAGES, SwahiliVerbs, Word, clashes
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


def test_what_silences_a_report_and_what_makes_one_clash() -> None:
    both = [("noise", "noise", Word("match", "en")), ("event.marry", "marry", Word("match", "en"))]
    assert clashes(both) == ["en: match means noise and event.marry"]
    lost = [
        ("event.missing", "missing", Word("(ran|went) off", "en")),
        ("event.returned", "returned", Word("ran off", "en")),
    ]
    assert clashes(lost) == ["en: ran off means event.missing and event.returned"]


def test_a_line_stands_for_every_phrase_it_writes() -> None:
    forms = {"go": ["jabe", "jacche"]}
    assert expand(fill_in("(niye|nie) <go>", forms)) == [
        "niye jabe", "niye jacche", "nie jabe", "nie jacche",
    ]  # fmt: skip
    assert expand("(|very )poor") == ["poor", "very poor"]
    with pytest.raises(ValueError, match="no forms of <fly>"):
        fill_in("<fly> away", forms)


def test_words_between_are_left_out_of_a_phrase() -> None:
    lines = Lines()
    lines.add(Line(slots("niye .. (jabe|jacche)"), "event.take", "take", ""))
    phrases = Phrases(lines.beginning)
    hits = phrases.scan(["meyeke", "niye", "Delhi", "jabe"])
    assert [(hit.start, hit.end, hit.words()) for hit in hits] == [(1, 4, [1, 3])]
    # no more than three words, and none of another part of the text
    assert phrases.scan(["niye", "a", "b", "c", "d", "jabe"]) == []
    assert phrases.scan(["niye", "Delhi", "jabe"], [0, 0, 1]) == []


@pytest.mark.parametrize(
    ("verb", "meant"),
    [
        ("wanamuoza", "anaozwa"),
        ("atakuchukua", "amechukuliwa"),
        ("kanachapwa", "anapigwa"),
        ("hawajarejea", "hajarudi"),
        ("hatukuwaona", None),
        ("hajaolewa", None),
        ("amerejea", "amerudi"),
        ("baraka", None),
    ],
)
def test_swahili_verbs_are_known_by_their_roots(verb: str, meant: str | None) -> None:
    verbs = SwahiliVerbs(
        (meaning, value, word.text)
        for meaning, value, word in LEXICON.entries
        if word.language == "sw"
    )
    assert verbs.read(verb) == meant


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
