"""The USSD menu and machine: every path, any input, and what the answers say."""

from __future__ import annotations

import copy
import dataclasses
import tomllib
from datetime import datetime
from importlib.resources import files
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway import demo
from gateway.catalogue import load_catalogue
from gateway.cli.ussd import ussd
from gateway.domain.places import Gazetteer, Place
from gateway.domain.prompts import Reader
from gateway.domain.templates import Catalogue
from gateway.domain.understanding import understand
from gateway.domain.ussd import machine
from gateway.domain.ussd.answers import AnswerReader, body_of, understood_of
from gateway.domain.ussd.machine import (
    Caller,
    CaseLine,
    Command,
    Continue,
    Finish,
    LookUp,
    State,
    Told,
)
from gateway.domain.ussd.menu import LANGUAGES, MenuFault, read_menu
from gateway.domain.ussd.walk import callers, faults_of, printed, walk
from gateway.gazetteer import reference_places
from gateway.lexicon import load_answers, load_lexicon
from gateway.ussd import load_menu

MENU, CATALOGUE = load_menu(), load_catalogue()
STRANGER = Caller("en")
PLACES = Gazetteer([*demo.district()[0], *reference_places()])
NOW = datetime(2026, 12, 1, 10, tzinfo=ZoneInfo("Asia/Kolkata"))
READER = Reader(NOW, PLACES, load_lexicon(), load_answers(), "IN")
EARS = AnswerReader(READER)


def pressed(*keys: str, caller: Caller = STRANGER) -> machine.Step:
    step = machine.Step(machine.begin(MENU, caller))
    for typed in keys:
        step = machine.press(step.state, typed, MENU, caller, EARS)
    return step


def text(state: State, caller: Caller = STRANGER) -> str:
    return machine.show(state, MENU, caller, CATALOGUE).text


def test_every_path_ends_and_every_screen_fits_in_every_language() -> None:
    walked = walk(MENU, CATALOGUE)
    assert walked.faults == ()
    assert walked.paths > 5_000


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_00_does_is_said_and_in_a_report_is_more_than_to_lead_to_the_start(
    language: str,
) -> None:
    def foot(*keys: str) -> str:
        state = machine.begin(MENU, Caller(language))
        for key in keys:
            state = machine.press(state, key, MENU, Caller(language), EARS).state
        return machine.show(state, MENU, Caller(language), CATALOGUE).text.splitlines()[-1]

    leads, leaves = (CATALOGUE.render(f"ussd.{name}", language) for name in ("back", "leave"))
    assert leads != leaves
    for kind in "12345678":
        assert foot(kind) == foot(kind, "9") == leaves
    assert foot("0", "1") == foot("9", "4") == leaves
    # nothing is told there, or not any more
    for keys in (("0",), ("9",), ("9", "1"), ("9", "2"), ("1", "16 1", "00", "9", "2")):
        assert foot(*keys) == leads


def test_the_walk_is_a_command_and_the_tree_can_be_printed() -> None:
    checked = CliRunner().invoke(ussd, ["check"])
    assert (checked.exit_code, "all is well" in checked.output) == (0, True)
    shown = CliRunner().invoke(ussd, ["map", "--language", "sw"])
    assert shown.exit_code == 0
    for name in MENU.screens:
        assert f"[{name}]" in shown.output
    assert "0 HATARI SASA" in shown.output


FAULTS = [
    (lambda d: d["screens"]["home"]["keys"]["1"].update(report="nothing"), "nothing is no report"),
    (lambda d: d["screens"]["home"]["keys"]["0"].update(to="nowhere"), "nowhere is no screen"),
    (lambda d: d["screens"]["home"]["keys"].update({"x": {"to": "more"}}), "digits are meant"),
    (lambda d: d["screens"]["more"]["keys"].update({"0": {"to": "home"}}), "0 leads back"),
    (lambda d: d["screens"]["more"]["keys"]["1"].pop("to"), "leads nowhere"),
    (lambda d: d["screens"]["home"]["keys"]["1"].update(too="x"), "key 1"),
    (lambda d: d["screens"]["who"].pop("example"), "example"),
    (lambda d: d["screens"]["cases"].pop("lists"), "nothing leads on"),
    (lambda d: d["screens"]["cases"].update(to="nowhere"), "nowhere is no screen"),
    (lambda d: d["reports"].update(sos=["nowhere"]), "nowhere is no screen"),
    (lambda d: d["reports"]["migration"].insert(0, "danger"), "more than 6 screens"),
    (lambda d: d.update(start="nowhere"), "no screen"),
]


@pytest.mark.parametrize(("spoil", "told"), FAULTS, ids=[told for _, told in FAULTS])
def test_a_menu_that_leads_nowhere_is_refused_with_the_reason(spoil, told: str) -> None:  # type: ignore[no-untyped-def]
    data = copy.deepcopy(_data())
    spoil(data)
    with pytest.raises(MenuFault, match=told):
        read_menu(data)


def _data() -> dict:  # type: ignore[type-arg]
    return tomllib.loads((files("gateway.ussd") / "menu.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("key", "new", "told"),
    [
        ("ussd.place", "x" * 140, "en place: has"),
        ("ussd.place", "9 Kothāy?", "letters"),
        ("ussd.danger", "Danger?\n1 Yes\n9 No idea", "key 2 has no line of its own"),
        ("ussd.back", "", "there is no template ussd.back"),
        ("ussd.received", "Thank you.", "received: is empty"),
    ],
)  # fmt: skip
def test_the_walk_finds_texts_that_do_not_fit_their_screen(key: str, new: str, told: str) -> None:
    texts = {language: dict(known) for language, known in CATALOGUE.texts.items()}
    texts["en"][key] = new
    if not new:
        texts = {
            language: {k: v for k, v in known.items() if k != key}
            for language, known in texts.items()
        }
    if told == "letters":
        texts["en"][key] = new + " ā" * 80
    if told.endswith("is empty"):
        texts["en"][key] = " "
    faults = walk(MENU, Catalogue(CATALOGUE.declared, texts)).faults
    assert any(told in fault for fault in faults), faults


def test_a_screen_that_no_path_reaches_is_told() -> None:
    data = _data()
    data["screens"]["home"]["keys"]["0"]["to"] = "more"
    assert "screen sure: no path leads there" in walk(read_menu(data), CATALOGUE).faults


TYPED = st.one_of(
    st.sampled_from(["0", "00", "1", "2", "3", "4", "5", "6", "7", "8", "9", "99", "", "*", "#"]),
    st.sampled_from(
        ["16 1", "16*F", "Chandipara", "Delhi tomorrow", "12/12", "3 Salim", "10425 mango"]
    ),
    st.text(max_size=60),
)


@settings(max_examples=400, deadline=None)
@given(
    typed=st.lists(TYPED, max_size=25),
    who=st.integers(0, 3),
    language=st.sampled_from([*LANGUAGES, "bn", "hi", "fr"]),
)
def test_whatever_is_typed_a_screen_follows_and_nothing_raises(
    typed: list[str], who: int, language: str
) -> None:
    caller = callers(language)[who]
    state = machine.begin(MENU, caller)
    for each in typed:
        step = machine.press(state, each, MENU, caller, EARS)
        state = State.from_json(step.state.to_json())
        assert state == step.state
        shown = machine.show(state, MENU, caller, CATALOGUE)
        assert list(faults_of(shown)) == []
        if isinstance(step.effect, Finish):
            told = state.told(MENU)
            assert told is not None
            understood = understood_of(told, READER, state.language)
            assert understood.kind == told.kind or told.words
            state = machine.ended(state, machine.READ, "ussd.read", emergency="1", childline="2")
        elif isinstance(step.effect, Command):
            state = machine.replied(state, each * 20)
        elif isinstance(step.effect, LookUp):
            state = machine.again(state, machine.NO_MATCH)


def test_0_leads_back_and_00_to_the_start_and_an_answer_can_be_given_anew() -> None:
    first = pressed("4", "1", "16 1").state
    assert first.screen == "place"
    back = pressed("4", "1", "16 1", "0", "0").state
    assert back.screen == "danger"
    told = pressed("4", "1", "16 1", "0", "0", "2", "14 1").state.told(MENU)
    assert told == Told("child_marriage", {"age": 14, "sex": "F"})
    left = pressed("4", "1", "00").state
    assert (left.screen, left.left, left.trail) == ("home", True, ())
    again = pressed("4", "1", "00", "8").state
    assert (again.kind, again.left, dict(again.answers)) == ("support", False, {})


def test_0_pressed_once_too_often_wakes_nobody() -> None:
    step = pressed("0", "0", "0", "2", "0")
    assert step.state.kind == ""
    assert pressed("0", "1").state.told(MENU) == Told("sos", {}, danger=True)


def test_a_wrong_key_shows_the_same_screen_with_a_word() -> None:
    step = pressed("7", "5")
    assert step.state.screen == "danger"
    assert text(step.state).startswith("Choose a digit.\nIs anybody")
    assert not text(pressed("7", "5", "1").state).startswith("Choose")
    assert text(pressed("1", "???").state).startswith("Please try again.")
    assert text(pressed("1", "").state).startswith("Choose a digit.")


def test_native_digits_are_digits() -> None:
    assert pressed("১").state.kind == "migration"
    assert pressed("1", "১৬ ১").state.told(MENU) == Told("migration", {"age": 16, "sex": "F"})


def test_members_alone_have_their_cases() -> None:
    member = Caller(
        "en", member=True, cases=tuple(CaseLine(str(1000 + n), "waits") for n in range(6))
    )
    assert "My cases" not in text(pressed("9").state)
    assert pressed("9", "5").state.note == "ussd.note.choose"
    assert "5 My cases" in text(pressed("9", "5", "0", caller=member).state, member)
    listed = pressed("9", "5", caller=member).state
    assert text(listed, member).splitlines()[:2] == ["Your cases:", "1 1000 waits"]
    second = pressed("9", "5", "9", caller=member).state
    assert "1 1003 waits" in text(second, member)
    assert pressed("9", "5", "9", "0", caller=member).state.page == 0
    assert pressed("9", "5", "9", "2", "1", caller=member).effect == Command("ACK", "1004")
    assert pressed("9", "5", "1", "2", caller=member).effect == Command("PASS", "1000")


def test_a_pin_is_part_of_the_command_and_of_nothing_that_is_kept() -> None:
    member = Caller("en", member=True, cases=(CaseLine("10425", "yours"),))
    step = pressed("9", "5", "1", "3", "8642", caller=member)
    assert step.effect == Command("CASE", "10425", pin="8642")
    assert "8642" not in step.state.to_json()


def test_a_cut_off_report_is_offered_once_more() -> None:
    cut = Caller("en", unfinished=True)
    assert machine.begin(MENU, cut).screen == "resume"
    assert machine.begin(MENU, cut, plainly=False).screen == "home"
    assert pressed("1", caller=cut).effect == Continue()
    assert pressed("2", caller=cut).state.screen == "home"


@pytest.mark.parametrize(
    ("posted", "heard", "same", "typed"),
    [
        ("", None, False, None),
        ("1*2", None, False, "1*2"),
        ("1", 0, True, "1"),
        ("1*16*F", 1, True, "16*F"),
        ("1*", 1, True, ""),
        ("1", 1, True, None),
        ("", 3, True, None),
        ("1*3*4", 3, False, "4"),
        ("12", 1, True, "12"),
    ],
)
def test_what_was_typed_is_what_is_new(
    posted: str, heard: int | None, same: bool, typed: str | None
) -> None:
    assert machine.typed_since(posted, heard, same=same) == typed


def test_keys_come_one_by_one_and_a_text_with_its_stars() -> None:
    home = machine.begin(MENU, STRANGER)
    assert machine.next_input(MENU, home, "1*16*F") == ("1", "16*F")
    who = pressed("1").state
    assert machine.next_input(MENU, who, "16*F") == ("16*F", None)
    over = machine.ended(home, "read", "ussd.read", emergency="1", childline="2")
    assert machine.next_input(MENU, over, "1*2") == ("1*2", None)
    assert machine.press(over, "1", MENU, STRANGER, EARS).state == over


def test_a_long_reply_goes_over_pages_that_break_between_words() -> None:
    reply = " ".join(f"word{n}" for n in range(60))
    state = machine.replied(pressed("9").state, reply)
    pages = []
    while True:
        shown = machine.show(state, MENU, STRANGER, CATALOGUE)
        assert list(faults_of(shown)) == []
        pages.append(shown.text.removesuffix("\n9 Next\n0 Back 00 Start"))
        if shown.ends:
            break
        state = machine.press(state, "9", MENU, STRANGER, EARS).state
    assert " ".join(pages) == reply
    assert machine.press(state, "0", MENU, STRANGER, EARS).state.page == len(pages) - 2
    assert machine.press(state, "00", MENU, STRANGER, EARS).state.page == 0
    assert machine.press(state, "x", MENU, STRANGER, EARS).state.note == "ussd.note.choose"
    assert machine.split("a" * 7 + " b", 3) == ["aaa", "aaa", "a b"]
    assert machine.split("", 3) == [""]


def test_a_reply_in_another_script_is_shown_without_breaking_the_menu() -> None:
    shown = machine.show(machine.replied(pressed("9").state, "é ১ yes"), MENU, STRANGER, CATALOGUE)
    assert shown.text == "e ? yes"


READ = [
    ("who", "16 1", {"age": 16, "sex": "F"}),
    ("who", "16*2", {"age": 16, "sex": "M"}),
    ("who", "161", {"age": 16, "sex": "F"}),
    ("who", "F16", {"age": 16, "sex": "F"}),
    ("who", "m12", {"age": 12, "sex": "M"}),
    ("who", "16", {"age": 16}),
    ("who", "9", {"age": 9}),
    ("who", "1", {"sex": "F"}),
    ("who", "2", {"sex": "M"}),
    ("who", "girl 16", {"age": 16, "sex": "F"}),
    ("who", "meye 16", {"age": 16, "sex": "F"}),
    ("who", "msichana 14", {"age": 14, "sex": "F"}),
    ("who", "Rina 16 F", {"age": 16, "sex": "F", "person": "Rina"}),
    ("who", "1 16", {"age": 16, "sex": "F"}),
    ("who", "2*8", {"age": 8, "sex": "M"}),
    ("who", "16 larki", {"age": 16, "sex": "F"}),
    ("who", "5 girls", {"people": 5, "sex": "F"}),
    ("who", "I do not know", {}),
    ("who", "?", None),
    ("place", "chandipara", {"origin": "Chandipara", "origin_code": "V1"}),
    ("place", "Rampur beyond the river", {"origin": "Rampur beyond the river"}),
    ("place", "jani na", {}),
    ("place", "I do not know", {}),
    ("place", "ward 5", {"origin": "ward 5"}),
    ("place", "99", None),
    ("place", "4821", None),
    ("place", "*", None),
    ("going", "Delhi * tomorrow", {"destination": "Delhi", "destination_code": "DL", "date": "2026-12-02"}),
    ("going", "kal", {"date": "2026-12-02"}),
    ("going", "Nowheretown", {"destination": "Nowheretown"}),
    ("going", "Khagripara kal", {"destination": "Khagripara", "date": "2026-12-02"}),
    ("going", "Bhadripur * 12/12", {"destination": "Bhadripur", "date": "2026-12-12"}),
    ("going", "tomorrow morning", {"date": "2026-12-02"}),
    ("going", "500", None),
    ("going", "*", None),
    ("day", "12/12", {"date": "2026-12-12"}),
    ("day", "zz", None),
    ("companion", "3 Salim", {"companion": "agent", "companion_name": "Salim"}),
    ("companion", "3", {"companion": "agent"}),
    ("companion", "friend", {"companion": "friend"}),
    ("companion", "3 9830012345", {"companion": "agent", "companion_phone": "+919830012345"}),
    ("companion", "3-9830012345", {"companion": "agent", "companion_phone": "+919830012345"}),
    ("companion", "agent Salim", {"companion": "agent", "companion_name": "Salim"}),
    ("companion", "Salim dalal", {"companion": "agent", "companion_name": "Salim"}),
    ("companion", "jani na", {}),
    ("companion", "zz", None),
    ("words", "Who * helps?", {"words": "Who * helps?"}),
]  # fmt: skip


@pytest.mark.parametrize(("what", "typed", "said"), READ)
def test_what_is_written_is_read_as_in_an_sms(what: str, typed: str, said: object) -> None:
    assert EARS.read(what, "migration", typed) == said


@pytest.mark.parametrize(
    ("typed", "date"),
    [
        ("12*12", "2026-12-12"), ("12 12", "2026-12-12"), ("1212", "2026-12-12"), ("12#12", "2026-12-12"),
        ("5*12", "2026-12-05"), ("0512", "2026-12-05"), ("121226", "2026-12-12"), ("12*12*2026", "2026-12-12"),
        ("12122026", "2026-12-12"), ("12-12", "2026-12-12"), ("12.12.26", "2026-12-12"), ("12/12", "2026-12-12"),
        ("2026-12-12", "2026-12-12"), ("12 tarikh", "2026-12-12"),
    ],
)  # fmt: skip
def test_a_day_may_be_written_with_the_keys_that_a_phone_has(typed: str, date: str) -> None:
    state = pressed("4", "2", "14 1", "Chandipara").state
    after = machine.press(state, typed, MENU, STRANGER, EARS).state
    assert (after.screen, after.answers["day"]) == ("safe", {"date": date})
    state = pressed("1", "16 1", "Chandipara").state
    for where in ("Delhi ", "Delhi*", "Delhi, "):
        after = machine.press(state, where + typed, MENU, STRANGER, EARS).state
        assert after.answers["going"] == {
            "destination": "Delhi", "destination_code": "DL", "date": date,
        }  # fmt: skip


@pytest.mark.parametrize("typed", ["512", "1313", "4512", "99*99", "9830012345", "121"])
def test_digits_that_are_no_day_are_none(typed: str) -> None:
    assert EARS.read("day", "child_marriage", typed) is None


@pytest.mark.parametrize("typed", ["no", "NA", "na.", "hapana", "nahi", "nei"])
def test_who_says_no_where_a_place_or_day_is_asked_does_not_know_it(typed: str) -> None:
    for what in ("place", "going", "day"):
        assert EARS.read(what, "child_marriage", typed) == {}
    # elsewhere it says something else
    assert EARS.read("companion", "migration", typed) is None


@pytest.mark.parametrize("typed", ["w1", "W 1", "w no 1", "W.1", "ward 1"])
def test_a_ward_is_known_by_its_letter(typed: str) -> None:
    assert EARS.read("place", "missing", typed) == {
        "origin": "Rajgunj Ward 1", "origin_code": "W1",
    }  # fmt: skip


SLIPS = [
    ("day", "3", {"date": "2026-12-03"}),
    ("day", "8", {"date": "2026-12-08"}),
    ("going", "3", {"date": "2026-12-03"}),
    ("place", "abc", {"origin": "abc"}),
    ("place", "Poi", {"origin": "Poi"}),
    ("going", "abc", {"destination": "abc"}),
]


@pytest.mark.parametrize(("what", "typed", "said"), SLIPS)
def test_what_is_rather_a_slip_is_taken_only_when_it_is_written_again(
    what: str, typed: str, said: object
) -> None:
    assert EARS.read(what, "child_marriage", typed) is None
    assert EARS.read(what, "child_marriage", typed, again=True) == said


@pytest.mark.parametrize(
    ("what", "typed"),
    [("day", "12"), ("day", "3 tarikh"), ("day", "3/12"), ("going", "Goa"), ("place", "jani na")],
)
def test_what_is_no_slip_is_taken_at_once(what: str, typed: str) -> None:
    assert EARS.read(what, "child_marriage", typed) is not None


def test_a_slip_is_asked_again_once_and_never_holds_anybody_up() -> None:
    state = pressed("4", "2", "14 1").state
    for slip, then, screen in (("abc", "abc", "day"), ("3", "5/12", "safe")):
        once = machine.press(state, slip, MENU, STRANGER, EARS).state
        assert once.screen == state.screen
        assert text(once).startswith("Please try again.\n")
        # the note stands in what is kept between two presses
        once = State.from_json(once.to_json())
        state = machine.press(once, then, MENU, STRANGER, EARS).state
        assert state.screen == screen
    told = state.told(MENU)
    assert told is not None
    assert told.fields == {"age": 14, "sex": "F", "origin": "abc", "date": "2026-12-05"}


def test_which_of_several_places_of_one_name_is_meant_is_asked_at_once() -> None:
    twins = [
        Place("X1", "village", "Rampur", "G1"),
        Place("X2", "village", "Rampur", "G2"),
    ]
    reader = dataclasses.replace(READER, gazetteer=Gazetteer([*demo.district()[0], *twins]))
    ears = AnswerReader(reader)
    state = pressed("8", "10 1").state
    asked = machine.press(state, "rampur", MENU, STRANGER, ears).state
    assert text(asked) == (
        "There are several:\n1 Sonakhali\n2 Kumirmari\n9 I do not know\n0 Back 00 Begin anew"
    )
    assert asked == State.from_json(asked.to_json())
    for typed, code in (("1", "X1"), ("2", "X2"), ("9", None)):
        step = machine.press(asked, typed, MENU, STRANGER, ears)
        assert step.state.screen == "safe"
        told = step.state.told(MENU)
        assert told is not None
        assert (told.fields["origin"], told.fields.get("origin_code")) == ("Rampur", code)
        assert machine.press(step.state, "0", MENU, STRANGER, ears).state.screen == "place"
    assert machine.press(asked, "3", MENU, STRANGER, ears).state.note == "ussd.note.choose"
    assert machine.press(asked, "0", MENU, STRANGER, ears).state.screen == "place"
    near = AnswerReader(dataclasses.replace(reader, near="V3"))
    decided = machine.press(state, "rampur", MENU, STRANGER, near).state.told(MENU)
    assert decided is not None
    assert decided.fields["origin_code"] == "X2"


REPORTS = [
    (("1", "16 1", "Chandipara", "Delhi tomorrow", "3 Salim", "2"), "MIG, 16, F, from Chandipara, to Delhi, 2026-12-02, agent Salim"),
    (("2", "1", "15*1", "Jelepara", "Mumbai kal", "3"), "TRF, danger now, 15, F, from Jelepara, to Mumbai, 2026-12-02"),
    (("3", "2", "12 2", "Chandipara", "2", "1"), "MIS, 12, M, from Chandipara, 2026-11-30"),
    (("4", "2", "16 1", "Chandipara", "12/12", "1"), "MAR, 16, F, from Chandipara, 2026-12-12"),
    (("5", "2", "12 2", "9", "1"), "LAB, 12, M"),
    (("6", "1", "9", "Chandipara", "1"), "ABU, danger now, 9, from Chandipara"),
    (("7", "9", "99", "Chandipara", "1"), "RET, from Chandipara"),
    (("8", "10 1", "Chandipara", "1"), "ORP, 10, F, from Chandipara"),
    (("0", "1", "Chandipara", "16 1", "1"), "SOS, danger now, 16, F, from Chandipara"),
    (("1", "20 2", "Chandipara", "Dilli", "5", "2"), "MIG, 20, M, from Chandipara, to Delhi, unknown person"),
]  # fmt: skip


@pytest.mark.parametrize(("keys", "body"), REPORTS, ids=[body for _, body in REPORTS])
def test_the_answers_make_a_report_that_reads_the_same_as_an_sms(
    keys: tuple[str, ...], body: str
) -> None:
    step = pressed(*keys)
    assert isinstance(step.effect, Finish)
    told = EARS.dated(step.state).told(MENU)
    assert told is not None
    understood = understood_of(told, READER, "en")
    assert body_of(told) == body == understood.text
    read = understand(body, received=NOW, gazetteer=PLACES, lexicon=load_lexicon())
    assert (read.kind, read.facts) == (understood.kind, understood.facts)
    for name, value in understood.fields.told().items():
        assert getattr(read.fields, name) == value, name


def test_people_and_unknown_places_stand_in_the_text_too() -> None:
    told = Told(
        "migration", {"people": 4, "companion": "agent", "companion_phone": "+919830012345"}
    )
    assert body_of(told) == "MIG, 4 people, agent +919830012345"
    told = Told("migration", {"companion_phone": "+919830012345"})
    assert body_of(told) == "MIG, +919830012345"


def test_a_question_in_ones_own_words_may_be_a_report_all_the_same() -> None:
    asked = understood_of(Told("question", {}, words="what are your hours?"), READER, "sw")
    assert (asked.intent, asked.language) == ("question", "sw")
    told = understood_of(
        Told("question", {}, words="amar meyeke kal ek dalal Dilli niye jacche, boyos 16"),
        READER,
        "en",
    )
    assert (told.is_report, told.fields.age) == (True, 16)
    assert pressed("9", "4").state.told(MENU) is None


def test_helplines_are_the_countrys_with_the_operators_numbers_first() -> None:
    assert load_menu("IN").helplines[:3] == (
        ("helpline.emergency", "112"),
        ("helpline.child", "1098"),
        ("helpline.women", "181"),
    )
    nigeria = load_menu("NG", "112", "627").helplines
    assert nigeria == (("helpline.emergency", "112"), ("helpline.child", "627"))
    assert load_menu("FR", "112", "119").helplines == (
        ("helpline.emergency", "112"),
        ("helpline.child", "119"),
    )


def test_the_printed_tree_says_where_every_key_leads() -> None:
    tree = printed(MENU, CATALOGUE, "en")
    assert "report migration: [who] > [place] > [going] > [companion] > [safe]" in tree
    assert "5 -> [cases]  (members)" in tree
    assert "?" not in [
        line.strip().rpartition(" ")[2] for line in tree.splitlines() if "->" in line
    ]
