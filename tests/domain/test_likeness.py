"""How like a report a text is; and villages that no gazetteer lists."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.places import Gazetteer
from gateway.domain.understanding import traits_of, understand
from gateway.domain.understanding.likeness import Likeness
from gateway.domain.understanding.shapes import latin
from gateway.domain.understanding.values import Understood
from gateway.gazetteer import reference_places
from gateway.lexicon import load_lexicon

RECEIVED = datetime(2026, 12, 1, 10, 0, tzinfo=ZoneInfo("Asia/Kolkata"))
GAZETTEER, LEXICON = Gazetteer(reference_places()), load_lexicon()


def read(text: str) -> Understood:
    return understand(text, received=RECEIVED, gazetteer=GAZETTEER, lexicon=LEXICON)


@pytest.mark.parametrize(
    "text",
    [
        # what is told of is told of somebody, though no word of it is in the lexicon's events
        "the hostel says our girl signed out on friday for home. we never saw her. std 9",
        "ওরা আবার রিমাকে নিয়ে গেছে",
        "facebook pe dosti, ab kehti h station pe milke goa jayegi, 16 ki h, rokiye",
        "hawaturuhusu kutoka, simu wamechukua, niko Riyadh, mimi Ruth",
        "bachao",
    ],
)
def test_a_report_without_the_usual_words_is_one(text: str) -> None:
    assert read(text).is_report


def test_the_name_of_a_place_alone_is_no_report() -> None:
    names = [
        name
        for place in GAZETTEER.places
        if place.level in {"country", "state", "district", "city", "municipality"}
        for name in (place.name, place.name_bn, place.name_hi, *place.aliases)
        if name
    ]
    assert len(names) > 500
    assert [name for name in names if read(name).is_report] == []


@pytest.mark.parametrize(
    "text",
    [
        "watched that movie on trafficking last nite, the girl escapes in the end",
        "Traffic too much at the junction, auntie says reach home not later than 8, cook for 14",
        "train late, howrah pouchate raat hobe, tora kheye nis",
        "boss mujhe maar dalega, 2 ghante late hu yaar",
        "leo tumewapiga mabao matatu, wameenda nyumbani wakilia",
    ],
)
def test_talk_that_has_the_words_of_a_report_is_none(text: str) -> None:
    assert not read(text).is_report


_WEIGHT = st.integers(-2_000, 2_000)


@given(
    rows=st.dictionaries(st.sampled_from("abcdefgh"), st.tuples(_WEIGHT, _WEIGHT, _WEIGHT)),
    always=st.tuples(_WEIGHT, _WEIGHT, _WEIGHT),
    found=st.frozensets(st.sampled_from("abcdefghxyz")),
)
def test_weights_are_added_up_exactly(
    rows: dict[str, tuple[int, int, int]], always: tuple[int, int, int], found: frozenset[str]
) -> None:
    whats = ("one", "two", "three")
    told = {trait: " ".join(map(str, row)) for trait, row in rows.items()}
    sums = Likeness(told, dict(zip(whats, always, strict=True))).sums(found, whats)
    for at, what in enumerate(whats):
        assert sums[what] == (always[at] + sum(rows[each][at] for each in found & set(rows))) / 100


@pytest.mark.parametrize(
    ("misspelt", "right"),
    [("fixd", "fixed"), ("kidnapt", "kidnapped"), ("trafiking", "trafficking")],
)
def test_a_misspelt_word_has_something_of_the_right_one(misspelt: str, right: str) -> None:
    def traits(text: str) -> frozenset[str]:
        return traits_of(text, received=RECEIVED, gazetteer=GAZETTEER, lexicon=LEXICON)

    def of_word(text: str) -> set[str]:
        return {each for each in traits(text) if "#" in each} - traits("x")

    assert of_word(f"x {misspelt}") & of_word(f"x {right}")


def test_what_speaks_for_and_against_is_told() -> None:
    found = traits_of(
        "my son 12 is missing", received=RECEIVED, gazetteer=GAZETTEER, lexicon=LEXICON
    )
    reasons = LEXICON.kinds.likeness.reasons("report", found)
    assert "sign minor" in found
    assert reasons
    assert [abs(w) for _, w in reasons] == sorted((abs(w) for _, w in reasons), reverse=True)


@pytest.mark.parametrize(
    ("text", "home"),
    [
        ("meye 14 bochor kal theke nikhoj, gram Patharchapri", "Patharchapri"),
        ("a girl of 13 is beaten every day by her stepmother. Nekrapukur", "Nekrapukur"),
        ("আমার মেয়ে নিখোঁজ, বয়স ১৪, গ্রাম পলাশবনি", "Palashbani"),
        ("मेरी बेटी लापता है, उम्र 14, गाँव भरगामा", "Bhargama"),
        ("mtoto wa miaka 12 amepotea, kijiji cha Vitengeni", "Vitengeni"),
    ],
)
def test_a_village_in_no_gazetteer_is_read(text: str, home: str) -> None:
    assert read(text).fields.origin == home


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("কাঁটাবেনিয়া", "kantabenia"),
        ("রায়দিঘি", "raidighi"),
        ("ফরাক্কা", "farakka"),
        ("सिमडेगा", "simdega"),
        ("चाईबासा", "chaibasa"),
        ("Basanti", "Basanti"),
        ("রামগড়", "ramgarh"),
        ("रामगढ़", "ramgarh"),
        ("সাগর", "sagar"),
        ("बढ़ई", "barhai"),
    ],
)
def test_names_of_places_in_latin_letters(written: str, name: str) -> None:
    assert latin(written) == name
