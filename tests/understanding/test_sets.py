"""The sets of texts: what has once been understood stays understood."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.likeness import examples, learn, written
from benchmarks.understanding import Reader, f1, score
from gateway.domain.understanding.likeness import read_likeness

READER = Reader()
HERE = Path(__file__).parent


def count(name: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for line in (HERE / name).read_text(encoding="utf-8").splitlines():
        text = json.loads(line)
        score(text, *READER.read(text["text"]), found)
    return found


@pytest.mark.parametrize(
    ("name", "found", "false", "kind", "urgent"),
    [
        ("dev.jsonl", 0.98, 0.02, 0.92, 1.0),
        ("held_out.jsonl", 0.98, 0.03, 0.95, 0.97),
        ("dev_other_hand.jsonl", 0.98, 0.02, 0.92, 0.96),
        ("dev_third_hand.jsonl", 0.98, 0.02, 0.95, 0.90),
        ("dev_fifth_hand.jsonl", 0.98, 0.05, 0.95, 0.80),
        # what no rule was made from: lower, and to be raised
        ("held_out_third_hand.jsonl", 0.95, 0.06, 0.94, 0.97),
        ("held_out_sixth_hand.jsonl", 0.98, 0.11, 0.96, 0.93),
        ("held_out_other_hand.jsonl", 0.98, 0.10, 0.95, 0.88),
        ("held_out_tenth_hand.jsonl", 0.95, 0.05, 0.92, 0.85),
        ("held_out_fourteenth_hand.jsonl", 0.98, 0.02, 0.95, 0.95),
        ("held_out_twentieth_hand.jsonl", 0.98, 0.03, 0.95, 0.97),
        ("held_out_twentyfourth_hand.jsonl", 0.97, 0.03, 0.95, 0.97),
        ("held_out_twentysixth_hand.jsonl", 0.98, 0.06, 0.95, 0.97),
        ("held_out_twentyseventh_hand.jsonl", 0.95, 0.03, 0.94, 0.90),
        ("held_out_thirtyfirst_hand.jsonl", 0.96, 0.01, 0.97, 0.97),
        ("held_out_thirtysixth_hand.jsonl", 0.97, 0.04, 0.95, 0.92),
        ("held_out_fortythird_hand.jsonl", 0.94, 0.02, 0.93, 0.90),
        ("held_out_fiftyfourth_hand.jsonl", 0.98, 0.05, 0.97, 0.94),
        ("held_out_sixtysecond_hand.jsonl", 0.98, 0.02, 0.94, 0.94),
        ("held_out_sixtyeighth_hand.jsonl", 0.98, 0.03, 0.97, 0.97),
        ("held_out_seventyfirst_hand.jsonl", 0.98, 0.03, 0.97, 0.95),
        ("held_out_seventysecond_hand.jsonl", 0.98, 0.02, 0.96, 0.97),
        # corrections, denials and what is taken back only
        ("held_out_seventyfifth_hand.jsonl", 0.90, 0.09, 0.94, 0.94),
        # half of it no reports, half of those in the shape of forms
        ("held_out_seventyeighth_hand.jsonl", 0.98, 0.07, 0.95, 0.97),
    ],
)
def test_reports_are_found_and_chatter_is_left_alone(
    name: str, found: float, false: float, kind: float, urgent: float
) -> None:
    c = count(name)
    assert c["reports"] > 50
    assert c["others"] > 20
    assert c["found"] >= found * c["reports"]
    assert c["false"] <= false * c["others"]
    assert c["kind"] >= kind * c["found"]
    assert c["urgent found"] >= urgent * c["urgent"]


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("held_out.jsonl", 0.93),
        ("held_out_sixth_hand.jsonl", 0.91),
        ("held_out_third_hand.jsonl", 0.88),
        ("held_out_tenth_hand.jsonl", 0.87),
        ("held_out_fourteenth_hand.jsonl", 0.88),
        ("held_out_twentieth_hand.jsonl", 0.90),
        ("held_out_twentyfourth_hand.jsonl", 0.91),
        ("held_out_twentysixth_hand.jsonl", 0.95),
        ("held_out_twentyseventh_hand.jsonl", 0.90),
        ("held_out_thirtyfirst_hand.jsonl", 0.95),
        ("held_out_thirtysixth_hand.jsonl", 0.91),
        ("held_out_fortythird_hand.jsonl", 0.85),
        ("held_out_fiftyfourth_hand.jsonl", 0.92),
        ("held_out_sixtysecond_hand.jsonl", 0.90),
        ("held_out_sixtyeighth_hand.jsonl", 0.93),
        ("held_out_seventyfirst_hand.jsonl", 0.91),
        ("held_out_seventysecond_hand.jsonl", 0.93),
        ("held_out_seventyfifth_hand.jsonl", 0.87),
        ("held_out_seventyeighth_hand.jsonl", 0.89),
    ],
)
def test_fields_are_read(name: str, least: float) -> None:
    figure = f1(count(name))
    assert figure is not None
    assert figure >= least


def test_the_same_texts_teach_the_same_weights() -> None:
    known = examples(READER, ["dev.jsonl"])
    assert written(learn(known)) == written(learn(known))
    read = read_likeness(json.loads(written(learn(known))))
    for traits, line in known:
        assert (read.of("report", traits) > 0) is line["is_report"]
