"""What breaks parsers elsewhere: no text raises, and none of 1,600 characters takes long."""

from __future__ import annotations

import time
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from gateway.domain.places import Gazetteer
from gateway.domain.triage import facts_of, triage
from gateway.domain.understanding import LONGEST, understand
from gateway.gazetteer import reference_places
from gateway.lexicon import load_lexicon, load_triage_table

GAZETTEER = Gazetteer(reference_places())
LEXICON = load_lexicon()
TABLE = load_triage_table()
RECEIVED = datetime(2026, 12, 1, 10, tzinfo=ZoneInfo("Asia/Kolkata"))
#: CPU seconds of this process, so that a busy machine changes nothing; the promise is 50 ms, and
#: the first reading of a word fills caches
MOST_SECONDS = 0.05

#: what is known to trip up parsers of text, by what it tries
NAUGHTY = {
    "nothing": "",
    "only spaces": " \t\r\n\x0b\x0c\x85\u2028\u2029",
    "nulls and controls": "MIG\x00Rina\x1b[31m,16\x07,F",
    "zero-width": "M\u200bI\u200cG\u200d Ri\ufeffna 16 F De\u2060lhi",
    "right to left": "\u202eMIG Rina 16 F Delhi\u202c \u0627\u0644\u0628\u0646\u062a",
    "stacked marks": "M" + "\u0301" * 1_500,
    "only vowel signs": "\u09be\u09c7\u09cd" * 500,
    "emoji and joined families": "👩‍👩‍👧‍👦🆘🇮🇳" * 100,
    "half a surrogate": "MIG Rina \ud83d 16",
    "private use and noncharacters": "\ue000\uffff\U0010ffff" * 200,
    "grows when case-folded": "ßﬃİŉ" * 400,
    "fullwidth": "ＭＩＧ　Ｒｉｎａ，１６，Ｆ，Ｄｅｌｈｉ",
    "digits of every script": "MIG Rina ١٦ ১৬ १६ ௧௬ 𝟏𝟔",
    "numbers that are none": "NaN Infinity -0 1e309 0x10 ½ Ⅳ ² ٪",
    "a denied number that is none": "Rina 14 not ²",
    "a circled number is affirmed": "not ② but 18",
    "markup": "<script>alert(1)</script>" * 50,
    "SQL": "'; DROP TABLE cases; -- " * 50,
    "template and format": "{0} {{7*7}} %s %n ${jndi:ldap://x} __import__('os')" * 20,
    "path": "../../../../etc/passwd\x00" * 40,
    "separators": ",;#*|/:.-=" * 160,
    "one letter": "a" * 1_600,
    "one digit": "9" * 1_600,
    "digits and spaces": "1 2 " * 400,
    "dates without end": "12/12/" * 260,
    "ages without end": "age 16 yrs " * 140,
    "money without end": "rs 500 k taka " * 110,
    "phones without end": "+91 98000 00561 " * 100,
    "dashes between digits": "1-" * 800,
    "commas between digits": "1," * 800,
    "the letter of a sex": "missing girl " + "p " * 793,
    "who without end": "meye:" * 320,
    "fathers without end": "baba " * 320,
    "names without end": "naam Rina " * 160,
    "places without end": "Kolkata Delhi Mumbai " * 76,
    "misspelt places": "Kulkoto Mombai Dilhi " * 76,
    "keywords": "MIG TRF MIS MAR " * 100,
    "corrections without end": "not Delhi " * 160,
    "corrections of corrections": "Rina na Mina " * 120,
    "negations": "na nahi not নেই " * 100,
    "number words": "kumi na moja na " * 100,
    "long word": "pneumono" * 200,
    "endings": "meyederkegulotake" * 94,
    "Bengali consonants": "ক্ষ্মক্ষ্ম" * 160,
    "Devanagari nuktas": "ड़ढ़फ़" * 266,
    "nested quotes": "'\"`«»“”" * 200,
    "brackets": "((((" * 400,
}


@pytest.mark.parametrize("text", NAUGHTY.values(), ids=list(NAUGHTY))
def test_it_is_read_quickly_or_left(text: str) -> None:
    understand(text, received=RECEIVED, gazetteer=GAZETTEER, lexicon=LEXICON)
    taken = []
    for _ in range(3):
        began = time.process_time()
        found = understand(text, received=RECEIVED, gazetteer=GAZETTEER, lexicon=LEXICON)
        taken.append(time.process_time() - began)
    assert min(taken) < MOST_SECONDS
    assert found.text == text
    if found.is_report:
        assert triage(facts_of(found), TABLE).urgency in {"normal", "high", "urgent"}


def test_what_is_longer_than_any_message_costs_no_more() -> None:
    text = "MIG Rina, 16, F, Delhi, 12/12, agent Salim " * 5_000
    began = time.process_time()
    found = understand(text, received=RECEIVED, gazetteer=GAZETTEER, lexicon=LEXICON)
    assert time.process_time() - began < 4 * MOST_SECONDS
    assert len(found.text) > LONGEST
    assert found.kind == "migration"
