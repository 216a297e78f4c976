"""Structured reports in English, read out of a table; and texts of any kind, which never raise."""

from __future__ import annotations

import time
import tomllib
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway import demo
from gateway.domain.places import Gazetteer, Place
from gateway.domain.triage import facts_of, triage
from gateway.domain.understanding import understand
from gateway.domain.understanding.values import Understood
from gateway.domain.understanding.words import LANGUAGES
from gateway.gazetteer import reference_places
from gateway.lexicon import load_lexicon, load_triage_table

RECEIVED = datetime(2026, 12, 1, 10, 0, tzinfo=ZoneInfo("Asia/Kolkata"))
GAZETTEER = Gazetteer([*demo.district()[0], *reference_places()])
LEXICON = load_lexicon()
EXAMPLES = tomllib.loads((Path(__file__).parent / "examples_en.toml").read_text(encoding="utf-8"))[
    "example"
]


def read(text: str) -> Understood:
    return understand(text, received=RECEIVED, gazetteer=GAZETTEER, lexicon=LEXICON)


@pytest.mark.parametrize("example", EXAMPLES, ids=[e["text"][:40] for e in EXAMPLES])
def test_example(example: dict) -> None:  # type: ignore[type-arg]
    found = read(example["text"])
    if "intent" in example:
        assert found.intent == example["intent"]
        return
    assert found.intent == "report"
    assert found.kind == example["kind"]
    assert found.fields.told() == example["is"]
    assert set(example.get("facts", [])) <= found.facts


@pytest.mark.parametrize(
    ("text", "kind", "told"),
    [
        # «Patna» is near to «patni», a wife
        ("mig mahesh 27 m patna 3/12 interview railway akele", "migration", {"destination": "Patna", "sex": "M"}),
        # what the sender does not know denies nothing
        ("1,गीता,13,लड़की,लखनऊ,आज,पता नहीं,पता नहीं", "migration", {"age": 13, "destination": "Lucknow"}),
        # a word of the poster in letters of another language
        ("মিসিং-পার্থ দাস-১৬-M-সোনারপুর-২৮/১১", "missing", {"age": 16, "origin": "Sonarpur"}),
        # who informs, and does not ask
        ("তথ্য: পরিযায়ী। নাম: মাম্পি। বয়স: ১৭। যাবে: তিরুপুর। এজেন্ট: শেফালিদি", "migration", {"age": 17}),
        # the label is no part of the name
        ("নাম রুবিনা খাতুন বয়স ১৬ দিল্লি যাবে", "migration", {"person": "রুবিনা খাতুন"}),
        ("नाम रीना उम्र 16 दिल्ली जाएगी", "migration", {"person": "रीना"}),
        # sweets and a casino are no jokes where a child is told of
        ("KAAM bachcha 11 saal mithai dukan Kharagpur", "child_labour", {"age": 11}),
        ("TRAFFIC, two sisters, Jaldapara, Sikkim casino offer, man called Pemba", "trafficking", {"people": 2}),
        # held is no number, though it begins with eight
        ("আমাদের ঘরে আটকে রেখেছে", "sos", {"people": None}),
        ("amader ghore atke rekheche", "sos", {"people": None}),
    ],
)  # fmt: skip
def test_a_form_is_read_as_it_was_meant(text: str, kind: str, told: dict[str, object]) -> None:
    found = read(text)
    assert (found.is_report, found.kind) == (True, kind)
    assert {name: getattr(found.fields, name) for name in told} == told


@pytest.mark.parametrize(
    "text",
    [
        "Naam: Umr: Ladka/Ladki: Kahan: Kab: Kiske sath:",
        "Name: Age: From: To: When: With whom:",
        "নাম: বয়স: কোথায়: কবে: কার সঙ্গে:",
        "MIG name age sex place date",
        "ASK can my daughter of 17 marry",
    ],
)
def test_an_empty_form_and_a_question_are_no_report(text: str) -> None:
    assert not read(text).is_report


@pytest.mark.parametrize(
    ("text", "day"),
    [
        # agreed upon and prepared: still to come
        ("amar bon Rina 15 er biye thik hoye gese 5 tarikh", "2026-12-05"),
        ("kal rate Sumona r biye, clas nine e pore, pandal badha hoye geche", "2026-12-02"),
        ("15 saal ki ladki ki shaadi tay ho gayi 5 ko", "2026-12-05"),
        ("her wedding is on friday, cards were printed, she is 15", "2026-12-04"),
        ("binti wa 15 anaolewa jumamosi", "2026-12-05"),
        ("robi bar din 13 bochorer meye ta r sathe ek buror biye", "2026-12-06"),
        # prepared, put off, denied, stopped; another's has been held
        ("biyer bazar hoye geche, meye 15 bochor, robibar biye", "2026-12-06"),
        ("biye holo na ekhono, meye 15 bochor, sukrobar hobe", "2026-12-04"),
        ("shaadi nahi hui abhi 15 saal ki ladki ki, ravivar ko hogi", "2026-12-06"),
        ("biye bondho hoye gelo agei, abar robibar biye dicche, meye 14 bochor", "2026-12-06"),
        ("wedding hall was booked girl 15 friday", "2026-12-04"),
        ("wedding was stopped once, now it is on friday, girl is 14", "2026-12-04"),
        ("MAR Rina 15 biye hobe 5 tarikh Kalna. didi r biye hoye geche", "2026-12-05"),
        ("boro bon er biye hoye geche, choto bon 14 bochor er biye shukrobar", "2026-12-04"),
        # held
        ("১৫ বছরের মেয়েটার কাল বিয়ে হয়ে গেছে", "2026-11-30"),
        ("Rina 15 kal biye hoye geche", "2026-11-30"),
        ("she is 15, was married off on friday", "2026-11-27"),
        ("ana 15, aliolewa jumamosi", "2026-11-28"),
        ("girl 15 got married to a 40 year old man on friday in Kalna", "2026-11-27"),
        ("15 saal ki ladki ki shaadi kar di ravivar ko", "2026-11-29"),
        ("15 saal ki ladki ki shaadi karwa diya ravivar ko", "2026-11-29"),
        ("15 साल की लड़की की शादी करवा दिया रविवार को", "2026-11-29"),
        ("১৪ বছরের মেয়ের বিয়ে দিয়ে ফেলেছে সোমবার", "2026-11-30"),
    ],
)
def test_a_wedding_is_to_come_unless_it_has_been_held(text: str, day: str) -> None:
    found = read(text)
    assert (found.kind, found.fields.date) == ("child_marriage", day)


@pytest.mark.parametrize(
    "text",
    [
        "amader meye ke bari theke niye gelo, kothay niye jabe jani na, naam jani na, boyos jani na",
        "amar meyeke bari theke niye geche, kar sathe kothay geche jani na, age ektu bolen",
        "ekta meye ke niye jache ekjon, naam boyos jani na, kar sathe jabe jani na",
    ],
)
def test_who_knows_none_of_the_answers_reports_all_the_same(text: str) -> None:
    assert read(text).is_report


@pytest.mark.parametrize(
    ("text", "age", "day"),
    [
        ("bangladesh theke anse, 16 boyos, bole jessore bari", 16, None),
        ("3/12 boyos mote 15 meye Kalna theke Delhi jabe", 15, "2026-12-03"),
        ("class 8 boyos prai 14 Kalna theke Delhi niye jabe agent", 14, None),
        ("MIG 4 boyos prai 15 Kalna Delhi kal", 15, "2026-12-02"),
        ("Rina 14 missing, village Palashbani", 14, None),
        ("রিনা ১৪ নিখোঁজ, চণ্ডীপাড়া", 14, None),
        ("নামঃরিনা বয়সঃচোদ্দো নিখোঁজ কালনা থেকে", 14, None),
        ("ladki ki umar kiterah hai shaadi hogi", 13, None),
        # a clock, and no age; again and again, and no Sunday
        ("Rina 12 er train e delhi jabe agent er sathe", None, None),
        ("Robi bar bar phone kore, meye 15 bochor ke Delhi niye jabe", 15, None),
        # one part after the other, as on a form: the first is a name, though no list holds it
        ("tanu, 17, kal, jaipur, thekedar ramesh", 17, "2026-12-02"),
        # words between the word for an age and the number
        ("boyos matro 13, biye debe sukrobar", 13, "2026-12-04"),
        ("boyos matro tero, biye debe sukrobar", 13, "2026-12-04"),
        ("umar sirf 14, shaadi shukravar ko", 14, "2026-12-04"),
        ("उम्र सिर्फ 14, शादी शुक्रवार को", 14, "2026-12-04"),
        ("age nearly 15, married off on friday", 15, "2026-12-04"),
        ("umri takriban 14, ataolewa jumamosi", 14, "2026-12-05"),
        ("kid about 7 begging with a woman at Sealdah", 7, None),
        ("boy about 2 days missing", None, "2026-11-29"),
        # «পরশু» is a day, and no word for «since»; «মাসি» is an aunt and «দিনহাটা» a town
        ("১৬ বছর পরশু বিয়ে সোনাখালি", 16, "2026-12-03"),
        ("রিনা ১৫ মাসির সাথে দিল্লি যাবে", 15, None),
        ("MIG Rina, 16, Hazaribagh, Delhi", 16, None),
        # a comma ends a number, and «k2» is no sum; a price is no age
        ("MIG Rina, 16, rs 500, Delhi", 16, None),
        ("MIG Rina, F, 16, k2, Delhi", 16, None),
        ("MIG Mwanaisha, 16, K, Nairobi, 8/12", 16, "2026-12-08"),
        ("MIG Rina, F, Delhi, 500", None, None),
        ("MIG Sita, F, flight 301, Delhi, 16", 16, None),
        ("MIG রিনা, ১৬, টাকা ৫০০, দিল্লি", 16, None),
        ("hes 12 and works in brick kiln at Basirhat", 12, None),
        ("boyos chilo 15, Delhi niye geche", 15, None),
        ("umri wake ilikuwa 14 alipopelekwa Dubai", 14, None),
        ("umar 8 mahine ki bachchi gayab", None, None),
        ("kaksha 7 ki ladki Delhi ja rahi hai agent ke saath", None, None),
        ("নামরিনাবয়স১৬দিল্লি", 16, None),
        # a man who goes himself is told of; who takes somebody is not, and «lok 27» are people
        ("22 year old man goes to Kerala for work", 22, None),
        ("mwanaume wa 41 kesho anaenda Mombasa kujenga", 41, "2026-12-02"),
        ("40 year old man takes Rina to Delhi", None, None),
        ("lok 27 jacche Jorhat cha bagane", None, None),
        # a platform is no form at school, and no age
        ("girl of 13 cries on platform 4 with an unknown man", 13, None),
    ],
)
def test_an_age_and_a_day_are_told_apart(text: str, age: int | None, day: str | None) -> None:
    found = read(text)
    assert (found.is_report, found.fields.age, found.fields.date) == (True, age, day)


@pytest.mark.parametrize(
    "text",
    [
        "she will turn 18 in March, wedding on 12 dec",
        "ladki abhi 18 ki nahi hui, shaadi 9 ko hai",
        "Hajafika miaka 18, harusi ni Jumamosi",
    ],
)
def test_a_bride_who_is_not_eighteen_yet_is_a_child(text: str) -> None:
    found = read(text)
    assert (found.kind, "minor" in found.facts) == ("child_marriage", True)


@pytest.mark.parametrize(
    ("text", "confined"),
    [
        ("she is in Delhi and cant come home", True),
        ("they dont let her come home from Delhi", True),
        ("Rina, 15, does not come home, stays in Delhi with her aunt", False),
        ("my aunt wont come back to Sagar, she stays with her son in Behala", False),
    ],
)
def test_who_stays_away_is_not_held(text: str, confined: bool) -> None:
    assert ("confined" in read(text).facts) == confined


@pytest.mark.parametrize(
    ("text", "kind", "urgency"),
    [
        ("bachao, koi mar raha hai", "sos", "urgent"),
        ("বাঁচাও আমাকে মারছে", "sos", "urgent"),
        ("madad karo, mama maarta hai", "sos", "urgent"),
        ("akela bachha platform pe, raat se", "missing", "urgent"),
        # the word cries for help, the rest tells of need
        ("sahajjo chai, ma nei, porar khoroch nei, boyos 22, raidighi", "support", "normal"),
        ("मदद चाहिए. नाम: शबनम. उम्र: 29. पति गुजर गए. बच्चे: 4. राशन कार्ड: नहीं", "support", "normal"),
    ],
)
def test_a_cry_for_help_and_a_need_are_told_apart(text: str, kind: str, urgency: str) -> None:
    found = read(text)
    assert (found.is_report, found.kind) == (True, kind)
    assert triage(facts_of(found), load_triage_table()).urgency == urgency


TODAY = date(2026, 12, 1)  # a Tuesday


@pytest.mark.parametrize(
    ("text", "past", "expected"),
    [
        ("12/12", False, "2026-12-12"),
        ("1/1", False, "2027-01-01"),
        ("30/11", False, "2026-11-30"),
        ("30/11", True, "2026-11-30"),
        ("12/12", True, "2025-12-12"),
        ("5.12.26", False, "2026-12-05"),
        ("2026-12-25", False, "2026-12-25"),
        ("25th of december", False, "2026-12-25"),
        ("dec 25", False, "2026-12-25"),
        ("29/2/2028", False, "2028-02-29"),
        ("29/2/2027", False, None),
        ("day after tomorrow", False, "2026-12-03"),
        ("tuesday", False, "2026-12-08"),
        ("tuesday", True, "2026-11-24"),
        ("wednesday", False, "2026-12-02"),
        ("last sunday", False, "2026-11-29"),
        ("in 2 weeks", False, "2026-12-15"),
        ("3 days ago", True, "2026-11-28"),
        ("16 yrs", False, None),
        ("agent 9800000561", False, None),
        ("5000", False, None),
        ("32/1", False, None),
    ],
)
def test_dates(text: str, past: bool, expected: str | None) -> None:
    found = LEXICON.dates.find(text, TODAY, past=past)
    assert (found[0].isoformat() if found else None) == expected


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=1600))
def test_no_text_raises(text: str) -> None:
    assert read(text).text == text


words = st.sampled_from(
    [
        "MIG",
        "TRF",
        "1",
        "rina",
        "16",
        "f",
        "delhi",
        "12/12",
        "agent",
        "salim",
        ",",
        "*",
        "from",
        "to",
        "স",
        "১২",
        "next",
        "friday",
        "rs",
        "+91",
        "no",
        "danger",
        "?",
        "-",
        "/",
        ".",
        "5000",
        "\n",
        "0",
        "girl",
    ]
)


@pytest.mark.parametrize(
    "text",
    [
        "Class VIII girls, 32 students and 3 teachers, educational tour to Bishnupur on 14 December",
        "amader school theke 30 ta bachha zoo dekhte jabe sombar, 2 jon sir sathe",
        "স্কুল থেকে ছাত্ররা দিঘা বেড়াতে যাবে ১২ তারিখ, শিক্ষকদের সঙ্গে",
        "hamare vidyalaya ke 25 bachche sir ke saath rajgir ghumne jayenge 16 december",
        "विद्यालय के 40 बच्चे शिक्षकों के साथ पटना घूमने जाएंगे 14 दिसंबर",
        "Nawajulisha kamati: wanafunzi 45 wa darasa la saba watasafiri Kisumu na walimu watatu tarehe 11",
    ],
)
def test_a_class_that_goes_with_its_teachers_is_a_calm_journey(text: str) -> None:
    told = read(text)
    assert (told.is_report, told.kind, "outing" in told.facts) == (True, "migration", True)
    assert triage(facts_of(told), load_triage_table()).urgency == "normal"


@pytest.mark.parametrize(
    "text",
    [
        "an agent takes 12 students of our school to Kerala, told teachers nothing",
        "a boy of 10 sent with a madrasa teacher to Deoband for studying, parents not told address",
        "school er meyeder ek lok sinemay kaj debe bole niye jacche, teacher ra jane na",
    ],
)
def test_a_school_that_is_named_makes_no_outing(text: str) -> None:
    told = read(text)
    assert triage(facts_of(told), load_triage_table()).urgency != "normal"


@pytest.mark.parametrize(
    "text", ["committee k janai", "কমিটিকে জানাই", "समिति को बताना है", "nawajulisha kamati"]
)
def test_the_committee_is_nobodys_name(text: str) -> None:
    assert read(f"{text}: Delhi 12/12 jabe kaje").fields.person is None


@settings(max_examples=300, deadline=None)
@given(st.lists(words, max_size=60))
def test_no_shuffle_of_a_reports_words_raises(parts: list[str]) -> None:
    found = read(" ".join(parts))
    assert 0 <= found.confidence <= 1
    assert found.is_report == (found.kind is not None and found.intent == "report")


#: every word of the lexicon, in all ways of writing: people mix them
mixed = st.sampled_from(
    sorted({word.text for _, _, word in LEXICON.entries if "(" not in word.text})
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(mixed, words), min_size=1, max_size=40))
def test_no_mixture_of_languages_raises(parts: list[str]) -> None:
    found = read(" ".join(parts))
    assert 0 <= found.confidence <= 1
    assert found.language in {*LANGUAGES, "und"}


def test_a_bengali_word_in_a_text_in_latin_letters_is_read_over() -> None:
    found = read("hello please call me back when you can, আমি going to the bazar now")
    assert (found.language, found.is_report) == ("en", False)


@pytest.mark.parametrize(
    "text",
    [
        "MIG " + "a" * 1596,
        "MIG " + "1/" * 798,
        "MIG " + "rina " * 319,
        "MIG " + "+91 " * 399,
        "MIG " + "delhii " * 228,
        "MIG " + "12 dec " * 228,
        "MIG " + "son " * 399,
        "18" + " " * 1590 + "x",
        "girl 12" + " . " * 500,
    ],
)
def test_long_texts_are_read_in_a_moment(text: str) -> None:
    read(text)
    begun = time.process_time()
    read(text)
    # a regular expression that goes wrong takes minutes; this leaves room for a slow machine
    assert time.process_time() - begun < 2


#: two villages called Rampur in two blocks, and one that shares its name with a shipped place
NAMESAKES = Gazetteer(
    [
        Place("d", "district", "South"),
        Place("b-1", "block", "Basanti", "d"),
        Place("b-2", "block", "Gosaba", "d"),
        Place("gp-1", "gram_panchayat", "Rampur", "b-1"),
        Place("gp-7", "gram_panchayat", "Rampur", "b-2"),
        Place("v-1", "village", "Rampur", "gp-1"),
        Place("v-2", "village", "Canning", "b-1"),
        Place("ref-9", "block", "Canning"),
        Place("ref-1", "city", "Delhi"),
        Place("ref-2", "village", "Shyampur"),
        Place("ref-3", "village", "Shyampur"),
    ]
)


@pytest.mark.parametrize(
    ("text", "near", "expected"),
    [
        ("MIG Rina, 16, F, from Rampur, to Delhi", None, (("origin", ("gp-1", "gp-7")),)),
        ("MIG Rina, 16, F, from Delhi, to Rampur", None, (("destination", ("gp-1", "gp-7")),)),
        ("MIS Rina, 16, F, Rampur, 30/11", "d", (("origin", ("gp-1", "gp-7")),)),
        # the sender's own place decides
        ("MIG Rina, 16, F, from Rampur, to Delhi", "b-2", ()),
        ("MIG Rina, 16, F, from Rampur, to Delhi", "gp-7", ()),
        # the committees' own place goes before a shipped one, and shipped ones are not asked about
        ("MIG Rina, 16, F, from Canning, to Delhi", None, ()),
        ("MIG Rina, 16, F, from Shyampur, to Delhi", None, ()),
        # a free text
        (
            "my daughter 15 is missing since yesterday, Rampur",
            None,
            (("origin", ("gp-1", "gp-7")),),
        ),
        ("hello, how are you in Rampur", None, ()),
    ],
)
def test_places_of_one_name_are_told(
    text: str, near: str | None, expected: tuple[tuple[str, tuple[str, ...]], ...]
) -> None:
    found = understand(text, received=RECEIVED, gazetteer=NAMESAKES, lexicon=LEXICON, near=near)
    assert found.ambiguous == expected
    for slot, codes in found.ambiguous:
        assert getattr(found.fields, f"{slot}_code") in codes


def test_the_nearer_place_is_taken() -> None:
    found = understand(
        "MIG Rina, 16, F, from Rampur, to Delhi",
        received=RECEIVED,
        gazetteer=NAMESAKES,
        lexicon=LEXICON,
        near="b-2",
    )
    assert found.fields.origin_code == "gp-7"


@pytest.mark.parametrize(
    ("text", "region", "intent"),
    [
        ("acha", "IN", "none"), ("acha", "KE", "opt_out"), ("STOP please", "IN", "opt_out"),
        ("ar likhben na", "IN", "opt_out"), ("আর লিখবেন না", "IN", "opt_out"), ("फोन मत करना", "IN", "opt_out"),
    ],
)  # fmt: skip
def test_who_wants_no_more_says_so_in_many_words(text: str, region: str, intent: str) -> None:
    found = understand(text, received=RECEIVED, gazetteer=GAZETTEER, lexicon=LEXICON, region=region)
    assert found.intent == intent


@pytest.mark.parametrize(
    ("text", "others"),
    [
        ("ফোনটা কাকার", True), ("amar mobile baba dekhe", True), ("phone shoshurer kache thake", True),
        ("my husband checks my phone", True), ("ye phone papa ka hai", True), ("simu ni ya baba", True),
        ("swamir phone bondho 3 din", False), ("papa ne phone chheen liya", False), ("amar meye nikhoj, phone bondho", False),
    ],
)  # fmt: skip
def test_whose_phone_it_is_is_heard(text: str, others: bool) -> None:
    found = understand(text, received=RECEIVED, gazetteer=GAZETTEER, lexicon=LEXICON)
    assert found.others_phone is others


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("মেয়েকে খুঁজে পাচ্ছি না সকাল থেকে", "missing"), ("নাতনিকে খুঁজে পাচ্ছি না", "missing"),
        ("2 din holo nikhoj, meye 14, basanti", "missing"), ("8 tarikh jabe, meye 15, delhi", "migration"),
        ("0 help", "sos"), ("0 मदद", "sos"), ("6 abuse", "abuse"), ("sir amake touch kore", "abuse"),
        ("আমি আর বাঁচতে চাই না", "sos"), ("মিসিং চাইল্ড, নাম রাহুল, এজ ১০, ক্যানিং স্টেশন থেকে", "missing"),
        ("Simwoni mwanangu tangu jana jioni", "missing"), ("ORP ma nei baba nei 9 bochor meye", "support"),
    ],
)  # fmt: skip
def test_what_people_write_without_a_form_is_found(text: str, kind: str) -> None:
    assert read(text).kind == kind


@pytest.mark.parametrize(
    ("text", "age", "people"),
    [
        ("agent taking girl 12 to Mumbai", 12, None), ("amar meye 16 k mama niye jabe chennai kal", 16, None),
        ("ladki 16 ko le jayega surat agent kal", 16, None), ("still 2 years short of 18, wedding next friday", 16, None),
        ("born 2011, name Kajol, to Hyderabad 11 dec", 15, None), ("ছেলেটা বছর দশেকের, ইটভাটায় কাজ করে", 10, None),
        ("meye 3 te kal niye jabe delhi", None, 3), ("chele 12 jon jacche kerala", None, 12),
    ],
)  # fmt: skip
def test_an_age_is_no_number_of_people(text: str, age: int | None, people: int | None) -> None:
    fields = read(text).fields
    assert (fields.age, fields.people) == (age, people)


@pytest.mark.parametrize(
    ("text", "grown"),
    [
        ("mera pati 10 din se laapata hai", True), ("Baba yangu mzee amepotea tangu jana", True),
        ("baba meyeke khuje pacchi na", False), ("amar meye 14 kal theke nikhoj", False),
    ],
)  # fmt: skip
def test_a_missing_husband_or_parent_is_no_child(text: str, grown: bool) -> None:
    assert ("grown" in read(text).facts) is grown


def test_the_senders_name_is_not_the_childs() -> None:
    assert read("ami Rekha bolchi, parar 15 bochorer meye ke niye jacche").fields.person is None
    assert read("my name is Rekha, a girl 14 is being sold here").fields.person is None
    own = read("amar nam Puja, ami 15, amar biye dicche kal").fields.person
    assert own == "Puja"
