"""Which question comes next, and how answers are read."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway import demo
from gateway.domain.cases import Story
from gateway.domain.places import Gazetteer
from gateway.domain.prompts import MOST_QUESTIONS, Question, Reader, next_question
from gateway.domain.triage import KINDS
from gateway.domain.understanding.values import Fields
from gateway.lexicon import load_answers, load_lexicon

PLACES, _ = demo.district()
READER = Reader(
    received=datetime(2026, 12, 1, 10, 0, tzinfo=ZoneInfo("Asia/Kolkata")),
    gazetteer=Gazetteer(PLACES),
    lexicon=load_lexicon(),
    words=load_answers(),
    region="IN",
)


def question(what: str, **more: object) -> Question:
    return Question(id="q", case_id=1, number="1007", what=what, **more)  # type: ignore[arg-type]


def asked(story: Story, place: str = "V1", *, safe_known: bool = False) -> list[str]:
    before: list[str] = []
    while (what := next_question(story, place, before, safe_known=safe_known)) is not None:
        before.append(what)
    return before


TOLD = Fields(
    person="Rina", age=16, sex="F", destination="Delhi", date="2026-12-12", companion="agent"
)


@pytest.mark.parametrize(
    ("kind", "fields", "place", "expected"),
    [
        ("migration", TOLD, "V1", ["safe"]),
        ("migration", Fields(age=16), "V1", ["destination", "date", "safe"]),
        ("migration", Fields(people=7, destination="Delhi", date="2026-12-12", companion="relative"), "V1", ["safe"]),
        ("trafficking", Fields(age=16, destination="Delhi"), "", ["danger", "origin", "safe"]),
        ("missing", Fields(age=12, date="2026-11-30"), "V1", ["safe", "person"]),
        ("abuse", Fields(), "", ["danger", "origin", "safe"]),
        ("child_marriage", Fields(age=15), "V1", ["date", "safe", "person"]),
    ],
)  # fmt: skip
def test_danger_first_the_name_last(
    kind: str, fields: Fields, place: str, expected: list[str]
) -> None:
    assert asked(Story(kind, fields), place) == expected


def test_who_has_said_whether_writing_is_safe_is_not_asked_again() -> None:
    assert asked(Story("migration", TOLD), safe_known=True) == []


some = st.none() | st.sampled_from(["x"])


@given(
    st.sampled_from(sorted(KINDS)),
    st.none() | st.integers(0, 90),
    some,
    some,
    some,
    st.sampled_from(["", "V1"]),
    st.booleans(),
)
def test_never_more_than_three_and_none_twice(
    kind: str, age: int | None, to: str | None, who: str | None, name: str | None, place: str, safe: bool
) -> None:  # fmt: skip
    told = Fields(age=age, destination=to, companion=who, person=name)
    found = asked(Story(kind, told), place, safe_known=safe)
    assert len(found) <= MOST_QUESTIONS
    assert len(set(found)) == len(found)
    if "danger" in found:
        assert found[0] == "danger"
    if "person" in found:
        assert found[-1] == "person"
    assert ("safe" in found) is not safe


@pytest.mark.parametrize(
    ("what", "text", "fields"),
    [
        ("age", "16", {"age": 16}),
        ("age", "১৬", {"age": 16}),
        ("age", "sixteen", {"age": 16}),
        ("age", "16 bochor hobe", {"age": 16}),
        ("age", "1007 16", {"age": 16}),
        ("date", "12/12", {"date": "2026-12-12"}),
        ("date", "kal", {"date": "2026-12-02"}),
        ("date", "পরশু", {"date": "2026-12-03"}),
        ("date", "12", {"date": "2026-12-12"}),
        ("date", "kesho", {"date": "2026-12-02"}),
        ("origin", "Chandipara", {"origin": "Chandipara", "origin_code": "V1"}),
        ("origin", "চণ্ডীপাড়া গ্রাম", {"origin": "Chandipara", "origin_code": "V1"}),
        ("destination", "dilli", {"destination": "Delhi", "destination_code": "DL"}),
        ("companion", "3", {"companion": "agent"}),
        ("companion", "৩", {"companion": "agent"}),
        ("companion", "ek dalal", {"companion": "agent"}),
        ("companion", "mama", {"companion": "relative"}),
        ("companion", "एजेंट", {"companion": "agent"}),
        ("companion", "3 9830012345", {"companion": "agent", "companion_phone": "+919830012345"}),
        ("person", "Rina Mondal", {"person": "Rina Mondal"}),
        ("person", "রিনা", {"person": "রিনা"}),
    ],
)
def test_answers_are_read(what: str, text: str, fields: dict[str, object]) -> None:
    answer = READER.read(question(what), "migration", text)
    assert answer is not None
    assert dict(answer.fields) == fields


@pytest.mark.parametrize("what", ["danger", "age", "origin", "destination", "date", "companion", "person"])  # fmt: skip
@pytest.mark.parametrize("text", ["0", "০", "०", "jani na", "জানি না", "पता नहीं", "sijui", "skip"])
def test_zero_and_i_do_not_know_skip(what: str, text: str) -> None:
    answer = READER.read(question(what), "migration", text)
    assert answer is not None
    assert not answer.fields
    assert not answer.facts


@pytest.mark.parametrize(
    ("text", "yes"),
    [
        ("1", True), ("১", True), ("yes", True), ("ha", True), ("হ্যাঁ", True), ("haan ji", True), ("ndiyo", True),
        ("2", False), ("२", False), ("no", False), ("na", False), ("না", False), ("nahi", False), ("hapana", False),
    ],
)  # fmt: skip
def test_yes_and_no_in_every_language(text: str, yes: bool) -> None:
    safe = READER.read(question("safe"), "migration", text)
    danger = READER.read(question("danger"), "migration", text)
    assert safe is not None
    assert safe.safe is yes
    assert danger is not None
    assert danger.facts == (frozenset({"danger_now"}) if yes else frozenset())


@pytest.mark.parametrize(
    "text",
    ["please do not write, my husband reads this", "likhben na, phone ta shami dekhe", "लिखना मत, यह पति का फोन है"],
)  # fmt: skip
def test_who_asks_in_a_sentence_not_to_be_written_to_is_not(text: str) -> None:
    answer = READER.read(question("safe"), "migration", text)
    assert answer is not None
    assert answer.safe is False


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("ha likhun", True), ("হ্যাঁ লিখুন", True), ("osubidha nei", True), ("koi dikkat nahi", True), ("hakuna shida", True),
        ("ha osubidha ache, phone shoshurer kache thake", False), ("হ্যাঁ অসুবিধা আছে, ফোন স্বামীর কাছে থাকে", False),
        ("yes but my husband sees it", False), ("haan par phone pati ke paas hai", False), ("yes there is danger", False),
        ("ha", True), ("ok", True), ("yes i am alone with my uncle here now", False),
    ],
)  # fmt: skip
def test_only_a_plain_yes_says_that_writing_is_safe(text: str, safe: bool) -> None:
    answer = READER.read(question("safe"), "migration", text)
    assert answer is not None
    assert answer.safe is safe


def test_a_correction_is_no_answer_to_whether_writing_is_safe() -> None:
    text = "sorry wrong, age 12 not 9"
    assert READER.read(question("safe"), "migration", text) is None
    assert READER.corrects(text)
    assert READER.corrects("na na bhul likhechi, boyos 17")
    assert not READER.corrects("MIG Rina, 16, F, Delhi")
    assert not READER.corrects("sorry to trouble you again, my neighbour's girl")


def test_who_says_yes_at_length_may_be_written_to() -> None:
    answer = READER.read(question("safe"), "migration", "yes, no problem, this is my own phone")
    assert answer is not None
    assert answer.safe is True


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("1", "well"), ("bhalo ache", "well"), ("সব ভালো", "well"), ("salama", "well"),
        ("2", "no_contact"), ("phone bondho", "no_contact"),
        ("3", "came_back"), ("fire eseche", "came_back"),
        ("4", "needs_help"), ("bachao", "needs_help"),
        ("bhalo nei", "needs_help"), ("not well", "needs_help"), ("ভালো নেই", "needs_help"),
        ("ha, kono osubidha nei", "well"), ("all well no problem", "well"),
    ],
)  # fmt: skip
def test_check_ins_are_answered_by_digit_or_word(text: str, choice: str) -> None:
    answer = READER.read(question("check_in"), "migration", text)
    assert answer is not None
    assert answer.choice == choice


def test_which_of_two_places_is_answered_by_digit_or_by_what_lies_above() -> None:
    which = question("place", options=("V1", "V9"))
    for text, code in (("1", "V1"), ("২", "V9"), ("Haripur", "V9"), ("Sonakhali", "V1")):
        answer = READER.read(which, "migration", text)
        assert answer is not None, text
        assert answer.fields["origin_code"] == code
    assert READER.read(which, "migration", "3") is None


@pytest.mark.parametrize(
    "what", ["danger", "safe", "age", "date", "origin", "companion", "person", "check_in"]
)
def test_what_answers_nothing_is_no_answer(what: str) -> None:
    assert READER.read(question(what), "migration", "what a lovely morning it was") is None


@given(st.sampled_from(["danger", "age", "date", "origin", "companion", "person", "place", "check_in"]), st.text(max_size=200))  # fmt: skip
def test_no_text_breaks_the_reading(what: str, text: str) -> None:
    READER.read(question(what, options=("V1",)), "migration", text)
