"""«kal» is yesterday or tomorrow: the verb beside it tells, and not another sentence's."""

from __future__ import annotations

from datetime import date

import pytest

from gateway.lexicon import load_dates

TODAY = date(2026, 12, 1)
DATES = load_dates()


def day(text: str, *, past: bool = False, ahead: bool = False) -> str | None:
    found = DATES.find(text, TODAY, past=past, ahead=ahead, language="bn-Latn")
    return found[0].isoformat() if found else None


@pytest.mark.parametrize(
    "text",
    [
        "goto bochor duto meye niye gechilo. kal abar niye jabe",
        "kal bhor e delhi niye pala be, ma bap ke 20 hajar diyeche",
        "পিছনের পাড়ার লোকটা টাকা দিয়েছে। কাল মেয়েটাকে নিতে আসবে",
        "ले गया था लौटी नहीं। कल निकलेंगे",
        "kal chacha ke saath surat ja rahi hai",
        "usko kal mumbai bhej denge, paisa le liya",
        "kal theke kolkata te kaj korbe",
        "traiin kal",
    ],
)
def test_tomorrow(text: str) -> None:
    assert day(text) == "2026-12-02"


@pytest.mark.parametrize(
    "text",
    [
        "kal ese dekhe gelo. sukrobar niye jabe bole",
        "meye kal theke nei",
        "বউমা কাল বাপের বাড়ি যাবে বলে বেরিয়েছিল",
        "niye gelo kal, bolche kaj debe",
        "कल से नहीं मिल रही",
        "kal ek ko bike pe bitha raha tha hum log roke gaya",
        "kal rate 2 maser cheleta k gari te tule diye taka gunche dekhechi",
    ],
)
def test_yesterday(text: str) -> None:
    assert day(text) == "2026-11-30"


def test_where_no_verb_tells_what_is_told_of_does() -> None:
    assert day("kal, namkhana", past=True) == "2026-11-30"
    assert day("kal, namkhana", past=False) == "2026-12-02"


def test_a_wedding_to_come_is_to_come_whatever_was_done_for_it() -> None:
    assert day("kal biye, card chapano hoye geche", ahead=True) == "2026-12-02"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("boys r 12, 19. 10 tarikh jabe", "2026-12-10"),
        ("ghor e 5-5 hajar taka diyeche", None),
        ("8 i december biye", "2026-12-08"),
        ("22 e december", "2026-12-22"),
        ("জানুয়ারির ১০ তারিখ".translate(str.maketrans("১০", "10")), "2027-01-10"),
        ("roibbar jabe", "2026-12-06"),
        ("বিষ্যুদবার যাবে", "2026-12-03"),
        ("बुध को जाएगी", "2026-12-02"),
        ("didi sun lo", None),
        ("mone hoy jabe", None),
    ],
)
def test_days_as_people_write_them(text: str, told: str | None) -> None:
    assert day(text) == told
