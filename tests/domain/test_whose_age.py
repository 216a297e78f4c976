"""Whose age an age is, which child is told of without one, and who is not back."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from gateway import demo
from gateway.domain.places import Gazetteer
from gateway.domain.triage import facts_of
from gateway.domain.understanding import understand
from gateway.domain.understanding.values import Understood
from gateway.lexicon import load_lexicon

RECEIVED = datetime(2026, 12, 1, 10, 0, tzinfo=ZoneInfo("Asia/Kolkata"))
GAZETTEER = Gazetteer(demo.district()[0])
LEXICON = load_lexicon()


def read(text: str) -> Understood:
    return understand(text, received=RECEIVED, gazetteer=GAZETTEER, lexicon=LEXICON)


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("my sister 15 is being married tomorrow, groom is 40 years old, Canning", 15),
        ("shaadi: Munni; 13; Canning; parso; dulha ki umar 45", 13),
        ("two girls aged 16 and 14 were taken to Mumbai by a man of 50", 14),
        ("amar meye 16 bochor, jamai er boyos 35, biye kal", 16),
        ("my daughter 12 is missing since she left for tuition, we are family of 4", 12),
        ("agent took my sister 16, advance 3 hajar given last month, age 3 hajar", 16),
        ("nikhoj * Mina * 10-11 * Canning * aaj", 10),
        ("Shefali r umor 19 likhse, asole 15, kal Canning theke dalal niye jabe", 15),
        ("Salma 14 r biye shonibar, patro, boyos 34, Canning", 14),
    ],
)
def test_of_several_ages_the_childs_is_taken(text: str, age: int) -> None:
    assert read(text).fields.age == age


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("Shefali 15 dalal er sathe Canning theke jacche", 15),
        ("ন বছরের মেয়ে সোনালি, কাল থেকে পাওয়া যাচ্ছে না, চণ্ডীপাড়া", 9),
        ("a girl of 9 is being married on 3/12 in Jelepara", 9),
        ("RET Sanjay Das # 9 # M # from Purba Char", 9),
        ("Mina 16 Chandipara theke Delhi jacche kal", 16),
        ("Rashid 34 Chandipara gelo rajmistri kaje", 34),
        ("আমি ১৩ আমার বোন ছোট, মামা মারে, ক্যানিং", 13),
        ("a girl of eleven does the cooking and washing in a house in Canning, no school", 11),
        ("our Salma is in class 8 roll 12, an agent takes her to Delhi friday", None),
        ("binti wa miaka kumi na mitatu anapelekwa Nairobi na wakala", 13),
        ("mvulana wa miaka kumi na mmoja amepotea tangu jana", 11),
        ("mera pota nau baras ka hai, kal se ghar nahi lauta", 9),
        ("bhagni sattais saal ki, parso Delhi ja rahi hai", 27),
        ("12 ghar bhookhe hai Canning line me, bagan band, ration nahi", None),
    ],
)
def test_an_age_is_told_in_many_ways(text: str, age: int | None) -> None:
    found = read(text)
    assert found.is_report
    assert found.fields.age == age


@pytest.mark.parametrize(
    "text",
    [
        "an agent is taking a girl to Delhi tonight, she is not yet 18",
        "dalal ekta meye niye jacche Delhi, boyos 18 hoyni",
        "एक औरत छोटी बच्ची को दिल्ली ले जा रही है",
        "wakala anampeleka mtoto wa darasa la saba Nairobi leo usiku",
        "a man is taking three small girls to Mumbai, passport says age 22 but they are minors",
    ],
)
def test_a_child_is_told_of_without_an_age(text: str) -> None:
    found = read(text)
    assert found.fields.age is None
    assert facts_of(found).child


def test_adults_who_are_said_to_be_are_no_children() -> None:
    text = "আমরা চারজন ব্যাঙ্গালোরে কাজে যাচ্ছি আগামী বুধবার, সবাই প্রাপ্তবয়স্ক"
    assert not facts_of(read(text)).child


@pytest.mark.parametrize(
    "text",
    [
        "kal se Chotu ghar nahi laut aaya, 9 saal",
        "amar bon 12 school theke fire eseche na",
        "aunt came back alone but my sister 13 has not come back",
    ],
)
def test_who_is_not_back_is_missing(text: str) -> None:
    assert read(text).kind == "missing"


@pytest.mark.parametrize(
    ("text", "sex"),
    [
        ("the man is no cousin, he takes Sima 14 to Mumbai tomorrow, Chandipara", None),
        ("he is taking my neighbour's daughter 14 to Delhi tonight, Chandipara", "F"),
        ("he is 14 and goes to Delhi tomorrow with an agent, from Chandipara", "M"),
    ],
)
def test_he_who_takes_a_child_is_not_the_child(text: str, sex: str | None) -> None:
    assert read(text).fields.sex == sex
