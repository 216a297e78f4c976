"""Whose name a word is, and which place is left: what the weights make of what the rules propose."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.understanding import filled
from gateway.domain.understanding.roles import CHOICES, ROLES, candidates
from tests.domain.test_understanding import GAZETTEER, LEXICON, RECEIVED, read

WORDS = st.sampled_from(
    ["Rina", "Salim", "Delhi", "Gosaba", "theke", "jabe", "agent", "kaka", "sathe", "16", "meye", ",", "থেকে", "রিনা"]
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "name-Kartick Bag, age-16, from-Gosaba, to-Pune, dt-7/12, work-hotel, with-agent Salim",
            {"person": "Kartick Bag", "origin": "Gosaba", "destination": "Pune", "companion": "agent", "companion_name": "Salim"},
        ),
        (
            "MIG Laxmi Das F 34 Mumbai 5/12 treatment husband",
            {"person": "Laxmi Das", "sex": "F", "destination": "Mumbai", "companion": "relative"},
        ),
        ("MAR, Sabnam, 14F, Gosaba, 5/12", {"person": "Sabnam", "sex": "F", "origin": "Gosaba"}),
        ("KAJ, Bapi, 10, chele, biskut karkhana, Topsia, malik Agarwal", {"sex": "M", "companion": "employer"}),
    ],
)  # fmt: skip
def test_names_and_places_stand_where_they_belong(text: str, told: dict[str, str]) -> None:
    found = read(text).fields.told()
    assert {name: found.get(name) for name in told} == told


def test_a_swahili_verb_is_no_village() -> None:
    text = "Dada yangu alienda Oman miezi sita iliyopita, sasa hapokei simu, tunaogopa"
    assert read(text).fields.origin is None


@settings(max_examples=150, deadline=None)
@given(st.lists(WORDS, min_size=3, max_size=25))
def test_no_word_has_two_roles(parts: list[str]) -> None:
    fields = read(" ".join(parts)).fields
    assert fields.person is None or fields.person != fields.companion_name
    assert fields.origin is None or fields.origin != fields.destination
    assert fields.companion in (None, *CHOICES["companion"])
    assert fields.sex in (None, "F", "M", "O")


def test_what_the_rules_propose_is_among_the_candidates() -> None:
    told = filled(
        "amar meye Rina 15, Gosaba theke kal dalal Salim Delhi niye jacche",
        received=RECEIVED,
        gazetteer=GAZETTEER,
        lexicon=LEXICON,
    )
    assert told is not None
    text, kind = told
    found = candidates(text, kind, LEXICON.names)
    assert {text.raw[each.start] for each in found} >= {"rina", "gosaba", "salim", "delhi"}
    assert {each.ruled for each in found} <= {"", *ROLES}


@pytest.mark.parametrize(
    "text",
    [
        "আমাদের পাড়ার রিনাকে একটা লোক কাজ দেবে বলে কাল দিল্লি নিয়ে যাচ্ছে, বয়স ১৫",
        "চণ্ডীপাড়ার সুমিকে এক মহিলা কলকাতায় নিয়ে গেছে, বয়স ১৪",
    ],
)
def test_whom_something_is_done_to_is_nobodys_companion(text: str) -> None:
    found = read(text)
    assert found.fields.companion == "unknown_person"
    assert found.fields.companion_name is None


@pytest.mark.parametrize(
    ("text", "origin", "destination"),
    [
        ("parar mashi 2 to meye bikri kore, boyos 14. kal gari ashbe. namkhana", "Namkhana", None),
        ("তেরো বছরের মেয়েটাকে টাকা নিয়ে তুলে দিয়েছে এক লোকের হাতে। স্বরূপনগর", "Swarupnagar", None),
        ("दरवाज़ा तोड़ रहे हैं, हमको बचाइए! जलंगी", "Jalangi", None),
        (
            "bon fire eseche gujrat theke 3 din holo, kotha bole na. 16 bochor. Haroa",
            "Haroa",
            "Gujarat",
        ),
        ("kal raat ko 14 saal ki ladki ki shadi, Itahar", "Itahar", None),
        ("they sold her, she is 13, man took her in a white car! Kultali", "Kultali", None),
        ("he beats her daily, girl of 9, plz dont tell my name. Minakhan", "Minakhan", None),
        ("हम दो बहनें अनाथ हैं, स्कूल की फीस नहीं है, मदद कीजिए। बज बज", "Budge Budge", None),
        # a state or a country signs nothing: that is where to
        ("ak lok 3 te meye niye jabe kal, boyos 15 16. Kerala", None, "Kerala"),
    ],
)
def test_a_report_is_signed_with_its_place(
    text: str, origin: str | None, destination: str | None
) -> None:
    fields = read(text).fields
    assert (fields.origin, fields.destination) == (origin, destination)


@pytest.mark.parametrize(
    ("text", "person"),
    [
        ("ami asha kormi bolchi, 6 bochorer meye ke shikol diye bendhe rakhe. bamangola", None),
        ("আমি আশা দিদি, এখানে ১৪ বছরের মেয়ের বিয়ে শুক্রবার", None),
        ("आशा कर्मी बोल रही हूँ, 13 साल की लड़की कल से लापता है", None),
        ("asha 14 bochorer meye kal theke nikhoj, namkhana", "asha"),
    ],
)
def test_an_office_is_nobodys_name(text: str, person: str | None) -> None:
    assert read(text).fields.person == person
