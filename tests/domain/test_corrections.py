"""What a text says is not so: «Delhi noy, Surat»; and what only looks like it."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from gateway import demo
from gateway.domain.places import Gazetteer
from gateway.domain.understanding import understand
from gateway.domain.understanding.corrections import goes, without_denied
from gateway.domain.understanding.values import Understood
from gateway.gazetteer import reference_places
from gateway.lexicon import load_lexicon

RECEIVED = datetime(2026, 12, 1, 10, 0, tzinfo=ZoneInfo("Asia/Kolkata"))
GAZETTEER = Gazetteer([*demo.district()[0], *reference_places()])
LEXICON = load_lexicon()


def read(text: str) -> Understood:
    return understand(text, received=RECEIVED, gazetteer=GAZETTEER, lexicon=LEXICON)


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("Moyna 16 Mumbai noy, Chennai jacche porshu dalal er sathe", "destination", "Chennai"),
        ("ময়না ১৬ মুম্বাই নয়, চেন্নাই যাচ্ছে পরশু দালালের সাথে", "destination", "Chennai"),
        ("मोयना 16 मुंबई नहीं, चेन्नई जा रही है परसों दलाल के साथ", "destination", "Chennai"),
        ("She does go, not to Mumbai but to Chennai. Moyna 16, agent", "destination", "Chennai"),
        ("Moyna 16 anaenda si Mombasa ni Kampala kesho na wakala", "destination", "Kampala"),
        ("MIG Moyna 17 sorry 15, Chennai, porshu", "age", 15),
        ("MIG Moyna, 14 noy 16, Chennai, porshu", "age", 16),
        ("MIG Moyna, 14 नहीं 16, Chennai, porshu", "age", 16),
        ("MIG Moyna, Thursday not Friday, 16, Chennai", "date", "2026-12-03"),
        ("Moyna 16 Chennai jacche, sombar noy mongolbar, dalal", "date", "2026-12-08"),
        ("MIG Moyna 16 Chennai porshu, mama noy dalal niye jacche", "companion", "agent"),
        ("not his uncle, an agent takes Raju 13 to Chennai tomorrow", "companion", "agent"),
        ("MIG chele noy meye, 16, Chennai, porshu", "sex", "F"),
        ("chele na, meye hariyeche, 6 bochor, Canning, aj sokale", "sex", "F"),
    ],
)
def test_what_is_said_not_to_be_so_is_not_read(text: str, field: str, value: object) -> None:
    assert read(text).fields.told()[field] == value


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Moyna Delhi jacche na, o Surat jabe porshu", "Moyna , o Surat jabe porshu"),
        ("Moyna Delhi jacche na Surat niye jabe", "Moyna Surat niye jabe"),
        # no second journey
        ("Moyna Delhi jacche na, Surat e thake", "Moyna Delhi jacche na, Surat e thake"),
        ("Moyna Delhi jacche na, barite ache", "Moyna Delhi jacche na, barite ache"),
    ],
)
def test_a_journey_is_denied_with_its_verb(text: str, left: str) -> None:
    assert cut(text) == left


@pytest.mark.parametrize(
    ("text", "destination"),
    [
        ("রিনা দিল্লি যাচ্ছে না, মুম্বাই যাচ্ছে পরশু দালালের সাথে", "Mumbai"),
        ("रीना दिल्ली नहीं जा रही, सूरत जा रही है कल दलाल के साथ", "Surat"),
        ("Rina isn't going to Delhi, the agent takes her to Surat on friday", "Surat"),
        ("Amina haendi Mombasa, anaenda Kampala kesho na wakala", "Kampala"),
    ],
)
def test_who_goes_elsewhere_is_reported_as_going_there(text: str, destination: str) -> None:
    found = read(text)
    assert found.kind in {"migration", "trafficking"}
    assert found.fields.destination == destination


@pytest.mark.parametrize(
    "text",
    [
        "MIG cancel. Moyna, 16, F, Chennai",
        "মিগ বাতিল ময়না, ১৬, মেয়ে, চেন্নাই",
        "MIG Moyna 16 F Chennai 9/12 - pls ignore, her aunt refused",
        "mig moyna 16 meye chennai, eita batil",
        "Jina: Amina, umri: 16, anaenda Mombasa. futeni hiyo",
    ],
)
def test_a_form_that_is_taken_back_is_no_report(text: str) -> None:
    assert not read(text).is_report


@pytest.mark.parametrize(
    "text",
    [
        "MIG Moyna 16 F Chennai, train cancelled so by bus, tonight, agent",
        "LAB boy 10 tea stall Canning, please remove him from there",
    ],
)
def test_what_is_cancelled_otherwise_is_not_the_report(text: str) -> None:
    assert read(text).is_report


def test_who_is_made_to_go_denies_no_journey() -> None:
    """«I do not want to go to Delhi» tells where a child is taken."""
    text = "mujhe Delhi nahi jana, Surat ja rahi hai didi"
    view = LEXICON.view("hi-Latn")
    assert goes("ja", view=view)
    assert not goes("jana", view=view)
    assert "Delhi" in cut(text)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("meri beti 14 saal school se ghar nahi aayi, Canning, aaj", "missing"),
        ("baap nahi, maa nahi, do bacche 6 aur 8 saal bhookhe hai, Canning", "support"),
        ("chele ta Delhi giyeche 2 mas, phone kore na, khobor nai, boyos 15", "missing"),
    ],
)
def test_what_only_looks_like_a_correction_is_left_alone(text: str, kind: str) -> None:
    assert read(text).kind == kind


def cut(text: str) -> str:
    """What is left of a text whose values are all of one sort."""
    left, _ = without_denied(
        text, text.casefold(), re.findall(r"\w+", text.casefold()), "bn-Latn", LEXICON.view("bn-Latn"),
        lambda word: {"place": word} if word in {"delhi", "surat", "mumbai"} else {},
        {"jacche", "jabe", "niye"}.__contains__,
    )  # fmt: skip
    return " ".join(left.split())


def test_a_value_is_denied_behind_its_age_too() -> None:
    assert cut("Moyna 16 Delhi noy , Surat jabe") == "Moyna 16 , Surat jabe"


def test_who_asks_which_of_two_denies_neither() -> None:
    """«Delhi na Mumbai» is «Delhi or Mumbai?»: the doubt must not become a wrong certainty."""
    asked = "dalal Rina ke Delhi na Mumbai niye jacche jani na"
    assert cut(asked) == asked
    assert cut("Rina Delhi na, Mumbai jacche") == "Rina , Mumbai jacche"
    assert read("MIG Rina, boyos 15 na 16, Chennai, porshu").fields.age == 15


def test_and_is_no_denial_in_swahili() -> None:
    text = "MIG Amina na Fatuma, 14, Kampala, kesho"
    assert cut(text) == text
    assert read(text).fields.people == 2


@pytest.mark.parametrize(
    "text",
    ["MIGSALMA15FCHENNAI9/12AGENT", "MIGSalma 15F Chennai9/12 agent", "SALMA15FCHENNAI9/12AGENT"],
)
def test_a_form_without_spaces_is_read(text: str) -> None:
    told = read(text).fields.told()
    assert str(told["person"]).casefold() == "salma"
    assert (told["age"], told["sex"], told["destination"]) == (15, "F", "Chennai")
    assert str(told["date"]) == "2026-12-09"
    assert told["companion"] == "agent"


def test_a_word_that_begins_as_a_code_is_no_form() -> None:
    assert read("MISTAKE14 sorry").intent == "none"


@pytest.mark.parametrize(
    "text", ["they sold my sister pls help", "দালাল মেয়েটাকে নিয়ে ট্রেনে উঠছে মালদা"]
)
def test_plain_danger_in_few_words_is_a_report(text: str) -> None:
    assert read(text).kind == "trafficking"


def test_who_corrects_where_somebody_goes_reports_a_journey() -> None:
    text = "wrong news earlier. Salma is not going to Chennai, she is going to her uncle at Canning"
    found = read(text)
    assert found.kind == "migration"
    assert found.fields.destination == "Canning"
