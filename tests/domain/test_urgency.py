"""Whether a report reads like urgent ones: what that fact does, and where it is not asked."""

from __future__ import annotations

from datetime import datetime
from math import inf
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.places import Gazetteer
from gateway.domain.triage import KINDS, Facts, Triage, facts_of, triage
from gateway.domain.understanding import understand
from gateway.domain.understanding.likeness import Likeness
from gateway.domain.understanding.urgency import READS_URGENT, reads_urgent, traits
from gateway.domain.understanding.values import Fields, Understood
from gateway.gazetteer import reference_places
from gateway.lexicon import load_lexicon, load_triage_table

RECEIVED = datetime(2026, 12, 1, 10, 0, tzinfo=ZoneInfo("Asia/Kolkata"))
GAZETTEER, LEXICON, TABLE = Gazetteer(reference_places()), load_lexicon(), load_triage_table()
#: weights that call whatever they are shown urgent
ALARMED = Likeness({}, {"urgent": 500})


def read(text: str) -> tuple[Understood, Triage]:
    found = understand(text, received=RECEIVED, gazetteer=GAZETTEER, lexicon=LEXICON)
    return found, triage(facts_of(found), TABLE)


@given(kind=st.sampled_from(sorted(KINDS)), age=st.none() | st.integers(0, 99))
def test_what_reads_urgent_is_urgent_and_says_why(kind: str, age: int | None) -> None:
    result = triage(Facts(kind, age=age, reads_urgent=True), TABLE)
    assert result.urgency == "urgent"
    assert "L1" in result.rules
    assert "L1" not in triage(Facts(kind, age=age), TABLE).rules


def test_an_urgent_report_in_words_that_no_rule_knows_is_seen_as_one() -> None:
    found, result = read(
        "kila usiku anko anaingia chumba cha binti wa darasa la tano,"
        " mtoto ameacha kuongea, tunaogopa"
    )
    assert found.is_report
    assert (result.urgency, result.rules[0]) == ("urgent", "L1")


@pytest.mark.parametrize(
    "text",
    [
        # the rules see all of a form of a few words
        "RET Rina, 14, F, Chandipara, today",
        "MIG Rina, 16, F, Delhi, 12/12, domestic work",
        "amar chhele 25, Kerala jabe rajmistrir kaje, 12 tarikh",
        "shop closes at 8, the little one is crying, come soon",
    ],
)
def test_what_is_not_urgent_does_not_read_so(text: str) -> None:
    found, result = read(text)
    assert READS_URGENT not in found.facts
    assert result.urgency != "urgent"


def test_it_is_not_asked_where_a_rule_has_made_it_urgent() -> None:
    calm = Understood("", "en", "report", "migration", Fields(age=30))
    lost = Understood("", "en", "report", "missing", Fields(age=9))
    assert reads_urgent(calm, (), ALARMED, likely=inf)
    assert not reads_urgent(lost, (), ALARMED, likely=inf)


def test_the_less_it_is_plainly_a_report_the_more_must_speak_for_urgency() -> None:
    calm = Understood("", "en", "report", "migration", Fields(age=30))
    little = Likeness({}, {"urgent": 200})
    assert reads_urgent(calm, (), little, likely=4.0)
    assert not reads_urgent(calm, (), little, likely=2.0)
    assert reads_urgent(calm, (), ALARMED, likely=2.0)


def test_the_fact_does_not_speak_for_itself() -> None:
    told = Understood("", "en", "report", "migration", Fields(age=30))
    again = Understood("", "en", "report", "migration", Fields(age=30), frozenset([READS_URGENT]))
    assert traits(told, ()) == traits(again, ())
