"""Reading commands, hiding PINs, proving senders, and lists that are never cut."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.cases import Story, case_number, serial_of
from gateway.domain.commands import acts, guard, lines
from gateway.domain.commands.desk import Asking, answer, details
from gateway.domain.commands.guard import CODE_MS, MOST_WRONG, WINDOW_MS, Standing, hear
from gateway.domain.commands.queries import Detail, Found
from gateway.domain.commands.verbs import is_weak, read_verbs, status_asked
from gateway.domain.consequences import Asked, Policy
from gateway.domain.contacts import Contact
from gateway.domain.directory import Directory
from gateway.domain.growth import Candidate
from gateway.domain.places import Gazetteer, Place
from gateway.domain.text import segments
from gateway.domain.understanding import Fields
from gateway.lexicon import load_answers, load_lexicon, load_triage_table
from gateway.wiring import load_ladder
from tests.world import beside_seals

VERBS = load_lexicon().verbs
CASE = case_number(42)


def sealed(pin: str) -> str:
    """A stand-in for the store's keyed hash: 32 hexadecimal digits."""
    return f"{int(pin):032x}"


PIN = sealed("4821")
MEMBER = Contact("Asha", "+917000000101", "member", "V1", alias="asha", id=1)
STAFF = Contact("Ratan", "+917000000201", "staff", alias="ratan", id=2)
CHIEF = Contact("Sulekha", "+917000000202", "coordinator", alias="sulekha", id=3)
NOW = 1_000_000


# ---------------------------------------------------------------- reading


@pytest.mark.parametrize("verb", VERBS.all, ids=lambda verb: verb.name)
def test_a_verb_is_known_in_every_way_of_writing(verb: object) -> None:
    assert set(verb.words) == {"en", "bn", "bn-Latn", "hi", "hi-Latn", "sw"}  # type: ignore[attr-defined]
    for known in verb.words.values():  # type: ignore[attr-defined]
        assert known
        for word in known:
            for typed in (word, word.upper(), f" {word.title()}"):
                found = VERBS.read(typed)
                assert found is not None
                assert found.verb is verb
                assert not found.near


@pytest.mark.parametrize(
    ("text", "verb", "args"),
    [
        (f"CASE {CASE}", "CASE", {"case": CASE}),
        (f"case:{CASE}", "CASE", {"case": CASE}),
        (f"CASE{CASE}", "CASE", {"case": CASE}),
        (f"Case#{CASE}.", "CASE", {"case": CASE}),
        (f"c/{CASE}", "CASE", {"case": CASE}),
        (f"CASE {CASE} notes", "CASE", {"case": CASE, "choice": "NOTES"}),
        (f"CASE {CASE} NOTE 2", "CASE", {"case": CASE, "choice": "NOTES", "page": "2"}),
        (f"ASSIGN, {CASE}, @bimal", "ASSIGN", {"case": CASE, "alias": "bimal"}),
        (f"ASSIGN {CASE} bimal", "ASSIGN", {"case": CASE, "alias": "bimal"}),
        ("LIST u 2", "LIST", {"choice": "U", "page": "2"}),
        ("list urgent", "LIST", {"choice": "U"}),
        ("LIST MINE", "LIST", {"choice": "MINE"}),
        ("তালিকা ২", "LIST", {"page": "2"}),
        ("AWAY 2d @bimal", "AWAY", {"hours": "48", "alias": "bimal"}),
        ("away 8 hours", "AWAY", {"hours": "8"}),
        ("away 2d jamal", "AWAY", {"hours": "48", "alias": "jamal"}),
        ("FOLLOW " + CASE + " 2w", "FOLLOW", {"case": CASE, "days": "14"}),
        (f"DUP {CASE} {case_number(43)}", "DUP", {"case": CASE, "case2": case_number(43)}),
        (f"DUP {CASE} split", "DUP", {"case": CASE, "choice": "SPLIT"}),
        (f"NOTE {CASE} spoke to the aunt", "NOTE", {"case": CASE, "text": "spoke to the aunt"}),
        (f"CWC {CASE} 12/12", "CWC", {"case": CASE, "text": "12/12"}),
        ("FIND basanti", "FIND", {"text": "basanti"}),
        (f"ACK {CASE} on my way", "ACK", {"case": CASE, "text": "on my way"}),
        (f"{CASE} ack", "ACK", {"case": CASE}),
        (f"{CASE}: PASS", "PASS", {"case": CASE}),
        (f"{CASE} assign @bimal", "ASSIGN", {"case": CASE, "alias": "bimal"}),
        ("?", "MENU", {}),
        ("help ack", "MENU", {"word": "ACK"}),
        (f"POLICE {CASE} GD 123 of 12 May", "POLICE", {"case": CASE, "text": "GD 123 of 12 May"}),
        ("APPROVE 1234", "APPROVE", {"item": "1234"}),
        ("MENU ack", "MENU", {"word": "ack"}),
        ("COUNT WEEK Chandipara", "COUNT", {"choice": "WEEK", "text": "Chandipara"}),
    ],
)
def test_what_follows_a_verb(text: str, verb: str, args: dict[str, str]) -> None:
    typed = VERBS.read(text)
    assert typed is not None
    assert (typed.verb.name, dict(typed.args), typed.fault) == (verb, args, "")


@pytest.mark.parametrize(
    "text",
    [
        "a girl of 15 was taken to Delhi",
        "lost girl 15 from Chandipara since Monday",
        "police do not help, my sister is in Delhi",
        "case of child marriage in our village, girl 15",
        "back from Delhi she is ill",
        "pass 5001 rupees girl 15 sold now danger",
        "note 5001 rupees paid, girl 15 sold",
        "मिला 5001 रुपये, लड़की 15 दिल्ली बेच दी",
        "আবার ৫০০১ টাকা দিয়ে মেয়ে ১৫ দিল্লি নিয়ে গেছে দালাল",
        "pelam 5001 taka, meye 15 Dilli bikri korche dalal",
        f"{CASE} pelam taka, meye 15 Dilli bikri korche dalal",
        "nei 2 din meye",
        "bahar 2 din Rina",
        "help",
        "help me",
        "note the girl next door is leaving tomorrow with an agent",
    ],
)
def test_a_report_that_begins_with_a_verbs_word_is_no_right_command(text: str) -> None:
    typed = VERBS.read(text)
    assert typed is None or typed.fault


@pytest.mark.parametrize(
    ("text", "meant"), [("LSIT", "LIST"), ("CLOES 1", "CLOSE"), ("asign 1", "ASSIGN")]
)
def test_a_misspelt_verb_is_answered_with_the_nearest_and_not_done(text: str, meant: str) -> None:
    heard = hear(text, CHIEF, Standing(pin=PIN), VERBS, NOW, "537")
    assert heard is not None
    assert heard.typed is None
    assert heard.says[0].template == "command.near"
    assert heard.says[0].params["verb"] == meant


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("STATUS 1007 hat", "en"),  # «hat» is a market in Bengali, a hand in Hindi
        ("status 1007 BANANA", "en"),
        ("haal 1007 hat", "hi-Latn"),
        ("অবস্থা 1007 road", "bn"),
    ],
)
def test_a_status_is_asked_in_the_verbs_language_not_the_receipt_words(
    text: str, language: str
) -> None:
    asked = status_asked(text, VERBS)
    assert asked is not None
    assert asked[2] == language


def test_the_table_tells_what_is_wrong_with_it() -> None:
    row = {"who": "boss", "guard": "none", "args": ["case", "colour"], "syntax": "X",
           "words": {"en": ["x"]}}  # fmt: skip
    with pytest.raises(ValueError, match=r"X: who is one of.*guard is one of.*colour.*means X"):
        read_verbs({"X": row, "Y": {**row, "who": "staff", "guard": "pin", "args": []}})


@given(st.text(max_size=200))
def test_reading_never_raises(text: str) -> None:
    typed = VERBS.read(text)
    assert typed is None or typed.verb in VERBS.all


# ---------------------------------------------------------------- PINs are not stored

PINS = st.from_regex(r"[0-9]{4,6}", fullmatch=True).filter(lambda pin: serial_of(pin) is None)


@pytest.mark.parametrize(
    "before",
    [
        f"CASE {CASE} ", f"case {CASE}, ", f"CLOSE {CASE} SAFE ", f"close:{CASE}:safe:",
        f"ASSIGN {CASE} @bimal ", f"{CASE} CLOSE SAFE ", f"CLOES {CASE} SAFE ", f"POLICE {CASE} GD12/26 ",
        "FIND +917000000301 ", "PIN ", "pin: ", "PIN @rina ", "LOST @rina ", "",
        f"কেস {CASE} ", "BROADCAST Chandipara the meeting is at five ", "APPROVE 3 ",
    ],
)  # fmt: skip
@given(pin=PINS, end=st.sampled_from(["", ".", " ", "!"]))
def test_a_pin_does_not_stand_in_what_is_stored(before: str, pin: str, end: str) -> None:
    masked = VERBS.mask(before + pin + end, sealed)
    assert pin not in beside_seals(masked).removeprefix(before)
    assert before.split(" ", maxsplit=1)[0] in masked


def test_bengali_digits_of_a_pin_are_hidden_too() -> None:
    masked = VERBS.mask(f"CASE {CASE} ৪৮২১", sealed)
    assert "৪৮২১" not in masked
    assert PIN in masked


def test_a_sealed_pin_that_somebody_types_is_none() -> None:
    masked = VERBS.mask(f"CASE {CASE} ~{PIN}", sealed)
    typed = VERBS.read(masked)
    assert typed is not None
    assert typed.pin == ""


@pytest.mark.parametrize(
    "text",
    [
        f"ACK {CASE} 4821", f"NOTE {CASE} pin is 4821", f"PASS {CASE} 4821", f"{CASE} 4821",
        f"case {CASE} 4821 thanks", f"CASE {CASE}\n4821\n-- sent from my phone", "my pin is 4821",
        f"CASE {CASE} pin4821", "48 21", "4-8-2-1", "its 4821 ok?", "PIM 4821", "PN 4821",
    ],
)  # fmt: skip
def test_ones_own_pin_is_hidden_wherever_it_stands(text: str) -> None:
    masked = VERBS.mask(text, sealed, chosen=PIN)
    assert "4821" not in re.sub(r"\D", "", beside_seals(masked).replace(CASE, ""))


@pytest.mark.parametrize("text", ["PIN 4821559", "pin 48215 90350", "PIM 482915"])
def test_a_pin_that_is_too_long_or_misspelt_is_hidden_too(text: str) -> None:
    assert not re.search(r"\d{4}", re.sub(r"~[0-9a-f]{32}", "", VERBS.mask(text, sealed)))


@given(number=st.integers(1, 10**6).map(case_number), verb=st.sampled_from(["CASE", "ACK"]))
def test_a_case_number_is_never_taken_for_a_pin(number: str, verb: str) -> None:
    assert VERBS.mask(f"{verb} {number}", sealed) == f"{verb} {number}"
    assert VERBS.mask(number, sealed) == number


@pytest.mark.parametrize(
    "text",
    [
        "MIG Rina, 16, F, Delhi, 12/12, advance 5000",
        "my daughter went with 20000",
        "NOTE 1007 he paid 4821",
        "amar meye 2019",
    ],
)
def test_other_texts_are_stored_as_they_are(text: str) -> None:
    assert VERBS.mask(text, sealed) == text


@pytest.mark.parametrize("pin", ["1234", "4321", "1111", "1212", "98765", CASE])
def test_pins_that_are_guessed_or_look_like_a_case_are_refused(pin: str) -> None:
    assert is_weak(pin)
    text = VERBS.mask(f"PIN {pin}", sealed)
    heard = hear(text, MEMBER, Standing(), VERBS, NOW, "537")
    assert heard is not None
    assert heard.says[0].template == "pin.weak"
    assert heard.standing.pin == ""


# ---------------------------------------------------------------- who may, and who it is


def said(text: str, contact: Contact, standing: Standing, now: int = NOW) -> guard.Heard:
    heard = hear(VERBS.mask(text, sealed), contact, standing, VERBS, now, "537")
    assert heard is not None
    return heard


@pytest.mark.parametrize(
    ("text", "contact"),
    [
        (f"ASSIGN {CASE} @asha 4821", STAFF), (f"CLOSE {CASE} SAFE 4821", MEMBER),
        ("LOST @asha 4821", STAFF), (f"LEVEL {CASE} N fine 4821", MEMBER),
        ("BROADCAST Chandipara hello 4821", STAFF), ("FIND rina", MEMBER),
        ("PIN @asha 4821", STAFF), (f"EXCLUDE {CASE} @asha 4821", MEMBER),
    ],
)  # fmt: skip
def test_whoever_may_not_is_told_so_and_nothing_is_done(text: str, contact: Contact) -> None:
    heard = said(text, contact, Standing(pin=PIN))
    assert heard.typed is None
    assert [say.template for say in heard.says] == ["command.rights"]


def test_details_need_the_pin_once_in_fifteen_minutes() -> None:
    asked = said(f"CASE {CASE}", MEMBER, Standing(pin=PIN))
    assert (asked.typed, asked.says[0].template) == (None, "pin.ask")
    given_ = said("4821", MEMBER, asked.standing)
    assert given_.typed is not None
    assert given_.typed.args == {"case": CASE}
    again = said(f"CASE {CASE}", MEMBER, given_.standing, NOW + WINDOW_MS - 1)
    assert again.typed is not None
    late = said(f"CASE {CASE}", MEMBER, given_.standing, NOW + WINDOW_MS)
    assert late.says[0].template == "pin.ask"


def test_what_changes_a_case_needs_the_pin_every_time() -> None:
    standing = Standing(pin=PIN, open_until=NOW + WINDOW_MS)
    heard = said(f"VERIFY {CASE} PARENT", MEMBER, standing)
    assert (heard.typed, heard.says[0].template) == (None, "pin.last")
    # and is never left waiting for one: a forger could have put it there
    assert hear(VERBS.mask("4821", sealed), MEMBER, heard.standing, VERBS, NOW, "537") is None
    assert said(f"VERIFY {CASE} PARENT 4821", MEMBER, standing).typed is not None


def test_the_gravest_need_a_code_that_is_sent_to_the_registered_number() -> None:
    first = said(f"CLOSE {CASE} SAFE 4821", STAFF, Standing(pin=PIN))
    assert first.typed is None
    assert first.says[0].params == {"verb": f"CLOSE {CASE}", "code": "537"}
    done = said("537", STAFF, first.standing)
    assert done.typed is not None
    assert done.typed.args == {"case": CASE, "choice": "SAFE"}
    # once only, and not for ever
    assert hear("537", STAFF, done.standing, VERBS, NOW, "111") is None
    assert hear("537", STAFF, first.standing, VERBS, NOW + CODE_MS, "111") is None


def test_a_phone_is_looked_up_by_code_and_a_name_without() -> None:
    assert said("FIND rina", STAFF, Standing(pin=PIN)).typed is not None
    phone = said("FIND +917000000301 4821", STAFF, Standing(pin=PIN))
    assert phone.says[0].template == "code.ask"


@pytest.mark.parametrize("attempt", [f"CASE {CASE} 9035", f"CLOSE {CASE} SAFE 9035", "PIN 9035"])
def test_five_wrong_pins_lock_and_a_right_one_does_not_open(attempt: str) -> None:
    standing = Standing(pin=PIN)
    for left in range(MOST_WRONG - 1, 0, -1):
        heard = said(attempt, STAFF, standing)
        assert heard.says[0].params == {"left": left}
        standing = heard.standing
    heard = said(attempt, STAFF, standing)
    assert heard.standing.locked
    locked = said(f"CASE {CASE} 4821", STAFF, heard.standing)
    assert (locked.typed, locked.says[0].template) == (None, "pin.locked")
    # what needs no PIN still goes: an alert can be taken
    assert said("ACK", STAFF, heard.standing).typed is not None


def test_wrong_codes_count_like_wrong_pins() -> None:
    standing = said(f"CLOSE {CASE} SAFE 4821", STAFF, Standing(pin=PIN)).standing
    for _ in range(MOST_WRONG):
        standing = said("111", STAFF, standing).standing
    assert standing.locked


def test_whoever_knows_the_pin_cannot_guess_the_code_on_and_on() -> None:
    standing, guesses = Standing(pin=PIN), 0
    while not standing.locked and guesses < 50:
        standing = said(f"CLOSE {CASE} SAFE 4821", STAFF, standing).standing
        standing = said(f"CASE {CASE} 4821", STAFF, standing).standing
        standing = said(f"CLOSE {CASE} SAFE 4821", STAFF, standing).standing
        standing = said("111", STAFF, standing).standing
        guesses += 1
    assert guesses == MOST_WRONG


def test_a_right_pin_is_not_counted_as_wrong_however_it_is_sent() -> None:
    asked = said(f"CASE {CASE}", MEMBER, Standing(pin=PIN)).standing
    assert said("PIN 4821", MEMBER, asked).typed is not None
    heard = said("PIN 4821", MEMBER, Standing(pin=PIN))
    assert (heard.says[0].template, heard.standing.wrong) == ("command.syntax", 0)
    late = said("4821", MEMBER, asked, NOW + CODE_MS)
    assert (late.says[0].template, late.standing.wrong) == ("pin.late", 0)


def test_who_asks_for_a_pin_says_what_for() -> None:
    heard = said(f"CASE {CASE}", MEMBER, Standing(pin=PIN))
    assert heard.says[0].params == {"verb": f"CASE {CASE}"}


def test_a_first_pin_is_confirmed_by_code_and_changed_with_the_old_one() -> None:
    first = said("PIN 4821", MEMBER, Standing())
    assert first.standing.pin == ""
    chosen = said("537", MEMBER, first.standing).standing
    assert chosen.pin == PIN
    assert said("PIN 9035", MEMBER, chosen).says[0].template == "pin.wrong"
    changed = said("537", MEMBER, said("PIN 4821 9035", MEMBER, chosen).standing).standing
    assert changed.pin == sealed("9035")


def test_who_has_no_pin_is_told_how_to_choose_one() -> None:
    assert said(f"CASE {CASE}", MEMBER, Standing()).says[0].template == "pin.unset"


# ---------------------------------------------------------------- lists

LINE = st.from_regex(
    r"[0-9]{4,7} [UHN] [A-Z]{3} [FM?][0-9]{1,2} [0-9]{1,2}[mhd] NEW", fullmatch=True
)


@given(st.lists(LINE, max_size=60))
def test_pages_hold_every_case_whole_and_once(cases: list[str]) -> None:
    told: list[str] = []
    page = 1
    while text := lines.paged(cases, page, "LIST LATE"):
        assert len(text) <= lines.PAGE
        parts = text.split("; ")
        more = parts[-1] == f"LIST LATE {page + 1}"
        told += parts[:-1] if more else parts
        page += 1
        if not more:
            break
    assert told == cases
    assert lines.paged(cases, page + 1, "LIST LATE") == ""


@pytest.mark.parametrize(
    ("ago", "shown"),
    [(0, "0m"), (99, "99m"), (100, "1h"), (48 * 60, "48h"), (49 * 60, "2d"), (90 * 24 * 60, "90d")],
)
def test_how_long_ago(ago: int, shown: str) -> None:
    assert lines.since(timedelta(minutes=ago)) == shown


@given(
    st.builds(
        Story,
        kind=st.sampled_from(list(lines.KIND_CODES)),
        fields=st.builds(
            Fields,
            person=st.just("Rina"),
            age=st.none() | st.integers(0, 99),
            sex=st.sampled_from(["F", "M", None]),
            people=st.none() | st.integers(1, 99),
            origin=st.none() | st.text("abcdef", max_size=40),
            destination=st.none() | st.text("abcdef", max_size=40),
            date=st.sampled_from([None, "2026-12-31"]),
        ),
        facts=st.sampled_from([frozenset(), frozenset({"sexual"})]),
    ),
    st.integers(0, 99),
    st.integers(1, 99),
    st.booleans(),
)
def test_details_fit_one_sms_and_hold_no_name(
    story: Story, notes: int, count: int, kept_out: bool
) -> None:
    at = datetime(2026, 12, 1, 10, tzinfo=UTC)
    place = Place("V1", "village", "Dakshin Raghunathpur Purba")
    out = [
        Contact("Bimal Das", f"+9170000004{n}", "officer", "V1", alias="nirmalendu" * (n % 2), id=n)
        for n in range(10, 14)
    ]
    directory = Directory(Gazetteer([place]), [MEMBER, STAFF, *out])
    case = Candidate(42, CASE, story, "V1", "taken", "urgent", at, taken_by=1)
    told = Detail(
        case, " ".join(f"R{n}" for n in range(1, 23)), taken_at=at, notes=notes, reports=count,
        due=("check_in", at), kept_out=tuple(each.id for each in out) if kept_out else (),
    )  # fmt: skip
    asking = Asking(None, STAFF, directory, None, NOW, at)  # type: ignore[arg-type]
    text = details(told, asking)
    assert segments(text).segments == 1
    assert text.startswith(f"{CASE} U")
    assert "Rina" not in text
    assert "Bimal" not in text
    # staff alone learn from whom it is kept, and whatever else there is, that is told
    assert ("OUT officer Dakshin  @nirmalendu +2" in text) == kept_out
    member = details(told, Asking(None, MEMBER, directory, None, NOW, at))  # type: ignore[arg-type]
    assert "OUT" not in member


@pytest.mark.parametrize(
    ("held", "template", "numbers"),
    [
        (0, "duty.off", None),
        (1, "duty.off_held", case_number(1)),
        (4, "duty.off_held", ", ".join(case_number(n) for n in range(1, 5))),
        (5, "duty.off_held", ", ".join(case_number(n) for n in range(1, 5)) + ", ..."),
    ],
)
def test_who_goes_off_call_is_told_which_cases_they_still_have(
    held: int, template: str, numbers: str | None
) -> None:
    directory = Directory(
        Gazetteer([Place("V1", "village", "Chandipara")]),
        [MEMBER, Contact("Joba", "+917000000120", "member", "V1", id=4), STAFF],
    )
    policy = Policy(
        "112", "1098", load_ladder(), load_triage_table(), load_lexicon(), load_answers(), "IN"
    )
    typed, at = VERBS.read("ONCALL OFF"), datetime(2026, 12, 1, 10, tzinfo=UTC)
    assert typed is not None
    theirs = tuple(
        Asked(n, case_number(n), f"a{n}", waiting=False, taken_by=MEMBER.id, others=())
        for n in range(1, held + 1)
    )
    follows = answer(Asking(typed, MEMBER, directory, policy, NOW, at, theirs), Found())
    (say,) = follows.says
    assert (say.template, say.params.get("numbers")) == (template, numbers)
    assert follows.acts == (acts.Duty(MEMBER.id, on=False),)
