"""Every verb through the providers' real webhooks: what is answered, to whom, and what is done."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text, update

from gateway.domain.cases import case_number
from gateway.domain.commands.guard import Standing
from gateway.domain.messages import Inbound
from gateway.steps.clock import work_inbound
from gateway.steps.process import hear
from gateway.store.inbox import Claimed
from gateway.store.outbox import BODY, TO
from gateway.store.tables import audit, cases, inbox, notes, outbox, standings, timeline
from tests.web.test_webhooks import client, post_twilio, twilio_form
from tests.world import World, beside_seals

__all__ = ["client"]

RAHIM, MINA = "+917000000301", "+917000000302"
ASHA, BIMAL, CHITRA = "+917000000101", "+917000000102", "+917000000103"
RATAN, SULEKHA, TAPAN = "+917000000201", "+917000000202", "+917000000203"
NAMES = {
    "rahim": RAHIM, "mina": MINA, "asha": ASHA, "bimal": BIMAL, "chitra": CHITRA,
    "dipu": "+917000000104", "ratan": RATAN, "sulekha": SULEKHA, "tapan": TAPAN, "stranger": "+917000000399",
}  # fmt: skip
PIN = {"asha": "4821", "ratan": "9035", "sulekha": "7391", "tapan": "8264"}
FIRST, SECOND = case_number(1), case_number(2)


class Line:
    """Texts that come in by Twilio's webhook, and what goes back."""

    def __init__(self, client: FlaskClient, world: World) -> None:
        self.client, self.world = client, world
        self.count = 0
        self.seen: set[str] = set()

    def text(self, who: str, body: str) -> list[str]:
        """Text as somebody; what is answered to that phone."""
        self.count += 1
        form = twilio_form(From=NAMES[who], Body=body, MessageSid=f"SM{self.count:032x}")
        assert post_twilio(self.client, form).status_code == 200
        while work_inbound(self.world.parts, 100):
            pass
        with self.world.database.write() as connection:  # the provider has it
            connection.execute(update(outbox).values(state="accepted", due_at=None))
        return self.heard(who)

    def heard(self, who: str) -> list[str]:
        """What was written to a phone since it was last asked."""
        with self.world.database.read() as connection:
            rows = connection.execute(select(outbox).order_by(outbox.c.created_at, outbox.c.id))
            found = [
                (row.id, self.world.keys.open(BODY, row.body_sealed))
                for row in rows
                if self.world.keys.open(TO, row.to_sealed) == NAMES[who] and row.id not in self.seen
            ]
        self.seen |= {id_ for id_, _ in found}
        return [body for _, body in found]


@pytest.fixture
def line(client: FlaskClient, world: World) -> Iterator[Line]:
    """Two cases (a girl who leaves; a child sold), and staff who have their PINs."""
    line = Line(client, world)
    line.text("rahim", "MIG Rina, 16, F, Delhi, 12/12, agent Salim, from Chandipara")
    line.text("mina", "TRF Sita, 14, F, Mumbai, 2/12, agent, from Chandipara")
    with world.database.write() as connection:
        directory = world.people.directory(connection)
        for who, pin in PIN.items():
            contact = directory.with_phone(NAMES[who])
            assert contact is not None
            chosen = Standing(pin=world.parts.desk.seal_pin(NAMES[who], pin))
            world.parts.desk.set_standing(connection, contact.id, chosen)
    for who in NAMES:
        line.heard(who)
    return line


# who, what is texted, what is answered (… for anything)
RIGHT: list[tuple[str, str, str]] = [
    ("ratan", "LIST", "Open: {b} U TRF F14 0m NEW; {a} H MIG F16 0m NEW"),
    ("ratan", "L u", "Open: {b} U TRF F14 0m NEW"),
    ("ratan", "LIST LATE", "No case here."),
    ("ratan", "LIST MINE", "No case here."),
    ("ratan", "তালিকা", "Open: {b} …; {a} …"),
    ("asha", "talika", "Khola: {a} H MIG F16 0m NEW"),
    ("bimal", "তালিকা", "খোলা: {a} H MIG F16 0m NEW"),
    ("asha", "CASE {a} 4821", "{a} H MIG F16 Chandipara>Delhi date 12/12 R1,R9 NEW next: CHECK 15/12"),
    ("asha", "কেস ১০০৭ ৪৮২১", "{a} H MIG …"),
    ("asha", "CASE {a} NOTES 4821", "{a}: ekhane kono note nei."),
    ("asha", "ACK {a}", "{a} ekhon apnar…"),
    ("asha", "ACK no. {a}", "{a} ekhon apnar…"),
    ("asha", "Ack case {a}", "{a} ekhon apnar…"),
    ("asha", "CASE {a} PIN 4821", "{a} H MIG …"),
    ("asha", "CASE {a}, pin: 4821", "{a} H MIG …"),
    ("asha", "কেস ১০০৭ পিন ৪৮২১", "{a} H MIG …"),
    ("ratan", "CLOSE {a} SAFE PIN 9035|537", "{a} is closed as SAFE. REOPEN opens it again."),
    ("asha", "POLICE {a} GD12/26 PIN 4821", "{a}: POLICE lekha holo…"),
    ("asha", "CASE {a} PIN 5555", "Thik holo na…"),
    ("asha", "thank you", "Apnar opekkhay: …"),
    ("asha", "polise {a}", "POLICE bolchen?…"),
    ("asha", "lisst", "LIST bolchen?…"),
    ("rahim", "STATUS no {a} {word}", "{a}: received. Thank you."),
    ("asha", "pelam", "{a} ekhon apnar…"),
    ("asha", "1", "{a} ekhon apnar…"),
    ("ratan", "ACK {a}", "{a} is yours now…"),
    ("asha", "ACK 1008", "Ei number e kono case nei. Abar dekhun."),
    ("asha", "PASS {a} she is my niece", "{a} onno ekjonke deoa hocche…"),
    ("sulekha", "ASSIGN {a} @bimal 7391|537", "{a} is with @bimal now."),
    ("asha", "NOTE {a} spoke to her aunt Mala", "{a} note rakha holo (1)…"),
    ("ratan", "VERIFY {a} PARENT 9035", "{a}: VERIFY is noted. Thank you."),
    ("ratan", "LEVEL {a} U train tonight 9035", "{a}: LEVEL is noted. Thank you."),
    ("ratan", "LEVEL {a} N all is well 9035", "{a} to N: waits for a second person of the staff."),
    ("ratan", "LEVEL {a} N 9035", "{a}: please give a reason before the PIN."),
    ("asha", "POLICE {a} GD12/26 4821", "{a}: POLICE lekha holo…"),
    ("asha", "CWC {a} 2/12 4821", "{a}: CWC lekha holo…"),
    ("ratan", "ASKR {a} 2 9035", "{a}: it is not safe to write to the reporter."),
    ("ratan", "DUE WEEK", "Nothing is due."),
    ("ratan", "FOLLOW {a} 30d 9035", "{a}: FOLLOW is noted. Thank you."),
    ("ratan", "CLOSE {a} SAFE 9035|537", "{a} is closed as SAFE. REOPEN opens it again."),
    ("ratan", "CLOSE {a} DUP {b} 9035|537", "{a} is part of {b} now…"),
    ("ratan", "CLOSE {a} SAFE 9035|537|REOPEN {a} she is gone again 9035", "{a}: REOPEN is noted…"),
    ("ratan", "DUP {a} {b} 9035|537", "{a} is part of {b} now…"),
    ("ratan", "DUP {a} SPLIT 9035|537", "{a} has one report only."),
    ("ratan", "EXCLUDE {a} @asha 9035", "{a}: EXCLUDE is noted. Thank you."),
    ("ratan", "COUNT", "OPEN: 2. U1 H1 N0 MIG1 TRF1 LATE0"),
    ("ratan", "COUNT WEEK TRF", "WEEK: 1. U1 H0 N0 TRF1 LATE0"),
    ("asha", "gono", "OPEN: 1. U0 H1 N0 MIG1 LATE0"),
    ("bimal", "COUNT MONTH Chandipara", "MONTH: 1. U0 H1 N0 MIG1 LATE0"),
    ("asha", "COUNT Kashipara", "OPEN: <3. U<3 H<3 N<3 LATE<3"),
    ("ratan", "FIND Rina", "Found: {a}"),
    ("ratan", "KHOJO Chandipara", "Found: {b}, {a}"),
    ("ratan", "FIND +917000000301 9035|537", "Found: {a}"),
    ("ratan", "FIND Zubeida", "Nothing found."),
    ("asha", "R MIG Mita, 15, F, Pune, 14/12, from Chandipara", "Received. No …"),
    ("asha", "ONCALL", "Duty te: 1: @asha; 2: @bimal; 3: @chitra; 4: @parul; 5: @ratan @sulekha"),
    ("asha", "ONCALL OFF", "Ar keu duty te nei…"),
    ("asha", "ONCALL ME 8h", "Apni duty te achen…"),
    ("asha", "AWAY 2d @bimal", "Thik ache, 48 ghonta…"),
    ("asha", "AWAY 2d Bimal", "Thik ache, 48 ghonta…"),
    ("asha", "AWAY 2d wedding", "wedding naam ta jana nei. Likhun, jemon: AWAY 2d @bimal"),
    ("asha", "BACK", "Abar swagotom…"),
    ("asha", "PIN 4821 6093|537", "Notun PIN chalu holo…"),
    ("sulekha", "PIN @ratan 7391|537", "@ratan has no PIN now and can choose one by PIN."),
    ("sulekha", "LOST @asha 7391|537", "@asha is blocked…"),
    ("sulekha", "BROADCAST Chandipara Meeting on Friday 7391|537", "Text 1 (Chandipara, contacts: 1) waits…"),
    ("sulekha", "BROADCAST Nowhere hello 7391|537", "Nowhere: no committee contact there."),
    ("sulekha", "APPROVE 7 7391", "No text 7 is waiting."),
    ("rahim", "STATUS {a} {word}", "{a}: received. Thank you."),
    ("rahim", "STATUS 1008 {word}", "Number and word do not fit. Please look again."),
    ("rahim", "Status: 1008, {word}.", "Number and word do not fit. Please look again."),
    ("asha", "DIGEST OFF", "Sarangsho ar jabe na…"),
    ("asha", "MENU", "LIST CASE ACK PASS NOTE VERIFY POLICE CWC DUE COUNT REPORT ONCALL AWAY BACK PIN …"),
    ("ratan", "MENU ack", "Please write: ACK [number]"),
    ("ratan", "?", "LIST CASE …"),
]  # fmt: skip


def test_every_verb_has_its_line_here(world: World) -> None:
    used = {
        typed.verb.name
        for _, texted, _ in RIGHT
        for part in texted.format(a=FIRST, b=SECOND, word="mango").split("|")
        if (typed := world.parts.policy.lexicon.verbs.read(part)) is not None
    }
    assert used == {verb.name for verb in world.parts.policy.lexicon.verbs.all}


@pytest.mark.parametrize(("who", "texted", "answered"), RIGHT, ids=lambda value: value[:30])
def test_what_a_verb_is_answered(line: Line, who: str, texted: str, answered: str) -> None:
    word = line.world.parts.standings.word(1, 1)
    for part in texted.format(a=FIRST, b=SECOND, word=word).split("|"):
        heard = line.text(who, part)
    expected = re.escape(answered.format(a=FIRST, b=SECOND)).replace("…", ".*")
    assert heard, "nothing was answered"
    assert re.fullmatch(expected, heard[0], re.DOTALL), heard[0]


WRONG_RIGHT = [
    ("asha", "ASSIGN {a} @bimal 4821"), ("asha", "CLOSE {a} SAFE 4821"), ("asha", "FIND Rina"),
    ("asha", "LEVEL {a} N fine 4821"), ("asha", "DUP {a} {b} 4821"), ("ratan", "LOST @asha 9035"),
    ("asha", "EXCLUDE {a} @bimal 4821"), ("ratan", "ASSIGN {a} @bimal 9035"),
    ("ratan", "BROADCAST Chandipara hello 9035"), ("ratan", "APPROVE 1 9035"),
    ("ratan", "PIN @asha 9035"), ("asha", "REOPEN {a} why 4821"), ("asha", "FOLLOW {a} 3d 4821"),
    ("asha", "ASKR {a} 2 4821"),
]  # fmt: skip


def snapshot(world: World) -> list[object]:
    """All that a command could change."""
    with world.database.read() as connection:
        tables = ("cases", "alerts", "timers", "contacts", "notes", "proposals", "prompts")
        return [
            connection.execute(text(f"SELECT * FROM {table} ORDER BY 1")).all()  # noqa: S608 our own
            for table in tables
        ]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # no SQL of its own
@pytest.mark.parametrize(("who", "texted"), WRONG_RIGHT)
def test_who_may_not_changes_nothing(line: Line, who: str, texted: str) -> None:
    before = snapshot(line.world)
    (heard,) = line.text(who, texted.format(a=FIRST, b=SECOND))
    assert "MENU" in heard
    assert snapshot(line.world) == before


WRONG_PIN = [
    "CASE {a} 5555", "VERIFY {a} PARENT 6093", "LEVEL {a} U now 6093", "POLICE {a} GD1 6093",
    "CWC {a} 2/12 6093", "ASKR {a} 2 6093", "FOLLOW {a} 3d 6093", "CLOSE {a} SAFE 6093",
    "REOPEN {a} why 6093", "DUP {a} {b} 6093", "EXCLUDE {a} @asha 6093",
    "FIND +917000000301 6093", "PIN 6093 8264",
]  # fmt: skip


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # no SQL of its own
@pytest.mark.parametrize("texted", WRONG_PIN)
def test_a_wrong_pin_changes_nothing_and_is_counted(line: Line, texted: str) -> None:
    before = snapshot(line.world)
    (heard,) = line.text("ratan", texted.format(a=FIRST, b=SECOND))
    assert heard == "That was not right. Tries left: 4."
    assert snapshot(line.world) == before


@pytest.mark.parametrize(
    "texted",
    ["CLOSE {a} SAFE 9035", "FIND +917000000301 9035", "LOST @asha 7391", "PIN @asha 7391"],
)
def test_a_forger_who_knows_the_pin_does_not_see_the_code(line: Line, texted: str) -> None:
    """The code goes to the registered number alone; without it nothing is done."""
    who = "ratan" if "9035" in texted else "sulekha"
    before = snapshot(line.world)
    (asked,) = line.text(who, texted.format(a=FIRST))
    assert "537" in asked
    for guess in ("000", "111", "222", "333", "444"):
        line.text(who, guess)
    assert "locked" in line.text(who, f"CASE {FIRST} {PIN[who]}")[0]
    assert snapshot(line.world) == before
    other = "sulekha" if who == "ratan" else "tapan"
    assert any("is locked after wrong PINs" in told for told in line.heard(other))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # no SQL of its own
@pytest.mark.parametrize(
    "texted",
    ["LIST", "CASE {a}", "CASE {a} 4821", "CLOSE {a} SAFE 4821", "ACK {a}", "PIN 4821", "FIND Rina",
     "MENU", "COUNT WEEK", "LOST @asha 7391"],
)  # fmt: skip
def test_a_stranger_with_a_verb_gets_what_any_stranger_gets(line: Line, texted: str) -> None:
    before = snapshot(line.world)
    plain = line.text("stranger", "hello there my friend")
    (heard,) = line.text("stranger", texted.format(a=FIRST))
    other = {heard, *plain}
    for told in other:
        assert not re.search(r"\d{4}|case|PIN", told.replace("1098", "")), told
        assert "MIG Rina" in told or "112" in told
    assert snapshot(line.world) == before


def test_a_case_of_another_place_or_kept_from_somebody_is_not_there(line: Line) -> None:
    line.text("ratan", f"EXCLUDE {FIRST} @asha 9035")
    unknown = case_number(77)
    for number in (FIRST, SECOND, unknown):
        (heard,) = line.text("asha", f"CASE {number} 4821")
        assert heard == f"{number} apnar case noy. Abar dekhun."
    assert line.text("asha", "LIST") == ["Ekhane kono case nei."]


def stored(world: World) -> str:
    """All that stands in the database, opened."""
    found = []
    with world.database.read() as connection:
        bodies = connection.execute(select(inbox.c.body_sealed)).scalars()
        found += [world.keys.open("inbox.body", sealed) for sealed in bodies]
        for row in connection.execute(select(standings)):
            found.append(row.pin)
            if row.pending_sealed is not None:
                found.append(world.keys.open("standings.pending", row.pending_sealed))
        for table in (timeline, audit):
            found += [row.detail for row in connection.execute(select(table))]
    return "\n".join(found)


def test_no_pin_stands_anywhere_even_with_the_keys(
    line: Line, capsys: pytest.CaptureFixture[str]
) -> None:
    for texted in (
        "CASE {a} 9035",
        "CLOSE {a} SAFE 9035",
        "CASE {a}",
        "9035",
        "FIND +917000000301 9035",
        "CASE {a} PIN 9035",
        "CASE {a} my PIN is 9035",
    ):
        line.text("ratan", texted.format(a=FIRST))
    held = beside_seals(stored(line.world) + "".join(capsys.readouterr()))
    assert "CLOSE" in held
    for pin in PIN.values():
        assert pin not in held


def test_reading_a_case_is_in_the_audit_log_and_changes_nothing_else(line: Line) -> None:
    before = snapshot(line.world)
    line.text("ratan", f"CASE {FIRST} 9035")
    with line.world.database.read() as connection:
        (entry,) = connection.execute(select(audit)).all()
        who = line.world.people.directory(connection).with_phone(RATAN)
    assert who is not None
    assert (entry.what, entry.case_id, entry.who) == ("case.read", 1, f"contact:{who.id}")
    assert snapshot(line.world) == before


def test_a_note_is_sealed(line: Line) -> None:
    line.text("asha", f"NOTE {FIRST} spoke to her aunt Mala")
    with line.world.database.read() as connection:
        (row,) = connection.execute(select(notes)).all()
        assert b"Mala" not in row.body_sealed
        (note,) = line.world.parts.desk.notes_of(connection, 1, line.world.parts.zone)
        assert note.text == "spoke to her aunt Mala"


def test_notes_are_read_behind_the_pin_by_whoever_sees_the_case(line: Line) -> None:
    long = "the aunt says " + "the train leaves at nine and " * 8 + "that is all"
    line.text("asha", f"NOTE {FIRST} spoke to her aunt Mala")
    line.world.at += timedelta(hours=26)
    line.text("ratan", f"NOTE {FIRST} {long}")
    # nothing of it without the PIN
    (asked,) = line.text("ratan", f"CASE {FIRST} NOTES")
    assert "Mala" not in asked
    assert "PIN" in asked
    pages = line.text("ratan", "9035")
    while pages[-1].endswith(f"; CASE {FIRST} NOTES {len(pages) + 1}"):
        assert len(pages[-1]) <= 140
        pages += line.text("ratan", f"CASE {FIRST} NOTES {len(pages) + 1}")
    whole = " ".join(page.split(f"; CASE {FIRST}")[0] for page in pages)
    # the latest first, and every word
    assert whole == f"@ratan 2/12 12:00: {long}; @asha 1/12 10:00: spoke to her aunt Mala"
    assert line.text("ratan", f"CASE {FIRST} note 9") == [f"{FIRST}: no notes here."]
    with line.world.database.read() as connection:
        read = connection.execute(select(audit.c.what, audit.c.case_id, audit.c.detail)).all()
    assert set(read) == {("case.read", 1, "notes")}
    # who is kept out of the case is told nothing, with the right PIN either
    line.text("ratan", f"EXCLUDE {FIRST} @asha 9035")
    line.heard("asha")
    assert line.text("asha", f"CASE {FIRST} NOTES 4821") == [
        f"{FIRST} apnar case noy. Abar dekhun."
    ]


def test_staff_see_whom_a_report_keeps_out_and_not_who_has_reported(line: Line) -> None:
    number = case_number(3)
    line.text("asha", "MIG Mita, 15, F, Pune, 14/12, agent 7000000102, from Chandipara")
    (told,) = line.text("ratan", f"CASE {number} 9035")
    assert "OUT @bimal" in told
    assert "@asha" not in told
    line.text("ratan", f"EXCLUDE {number} @asha 9035")
    (told,) = line.text("ratan", f"CASE {number}")
    assert "OUT @asha @bimal" in told
    # nobody else learns of it
    line.text("ratan", f"EXCLUDE {FIRST} @bimal 9035")
    (told,) = line.text("asha", f"CASE {FIRST} 4821")
    assert "OUT" not in told
    (told,) = line.text("ratan", f"CASE {SECOND}")
    assert "OUT" not in told


def test_a_damaged_note_hides_no_other(line: Line) -> None:
    line.text("asha", f"NOTE {FIRST} spoke to her aunt")
    line.text("asha", f"NOTE {FIRST} the train is on Friday")
    with line.world.database.write() as connection:
        connection.execute(update(notes).where(notes.c.id == 1).values(body_sealed=b"spoilt"))
    (told,) = line.text("ratan", f"CASE {FIRST} NOTES 9035")
    assert told == "@asha 1/12 10:00: the train is on Friday; @asha 1/12 10:00: ?"


def row_of(world: World, case_id: int) -> tuple[str, str]:
    with world.database.read() as connection:
        row = connection.execute(select(cases).where(cases.c.id == case_id)).one()
    return row.urgency, row.status


def test_a_priority_is_lowered_by_two_and_what_was_known_does_not_raise_it_again(
    line: Line,
) -> None:
    line.text("ratan", f"LEVEL {FIRST} N her uncle travels along 9035")
    line.text("ratan", f"LEVEL {FIRST} N really 9035")
    assert row_of(line.world, 1) == ("high", "open")
    assert any(f"LEVEL {FIRST} N" in told for told in line.heard("sulekha"))
    line.text("sulekha", f"LEVEL {FIRST} N agreed 7391")
    assert row_of(line.world, 1) == ("normal", "open")
    line.text("rahim", "MIG Rina, 16, F, Delhi, 12/12, from Chandipara")
    assert row_of(line.world, 1)[0] == "normal"
    line.text("rahim", "MIG Rina, 16, F, Delhi, 12/12, from Chandipara, advance 20000 taken")
    assert row_of(line.world, 1)[0] != "normal"


def test_staff_verify_and_the_priority_follows_the_rules(line: Line) -> None:
    line.text("asha", f"VERIFY {FIRST} PARENT 4821")
    with line.world.database.read() as connection:
        (case,) = line.world.parts.cases.candidates(connection, {1}, b"", line.world.parts.zone)
    assert case.story.verified == frozenset(), "a member's word alone lowers nothing"
    line.text("ratan", f"VERIFY {FIRST} PARENT 9035")
    with line.world.database.read() as connection:
        (case,) = line.world.parts.cases.candidates(connection, {1}, b"", line.world.parts.zone)
    assert case.story.verified == {"P1"}


def test_a_lost_phone_is_a_strangers_and_its_case_goes_to_others(line: Line) -> None:
    line.text("asha", f"ACK {FIRST}")
    line.text("sulekha", "LOST @asha 7391")
    line.text("sulekha", "537")
    assert row_of(line.world, 1)[1] == "open"
    assert any(FIRST in told for told in line.heard("bimal"))
    line.heard("asha")
    (heard,) = line.text("asha", "LIST")
    assert FIRST not in heard
    assert "MIG Rina" in heard


def test_a_text_to_many_leaves_only_when_another_coordinator_agrees(line: Line) -> None:
    line.text("sulekha", "BROADCAST Chandipara The meeting is on Friday 7391")
    line.text("sulekha", "537")
    assert line.heard("asha") == []
    assert "For Chandipara (contacts: 1): The meeting is on Friday" in line.heard("tapan")[0]
    assert "is yours" in line.text("sulekha", "APPROVE 1 7391")[0]
    assert line.heard("asha") == []
    assert "on its way" in line.text("tapan", "APPROVE 1 8264")[0]
    assert line.heard("asha") == ["The meeting is on Friday"]
    assert "No text 1" in line.text("tapan", "APPROVE 1 8264")[0]
    assert line.heard("asha") == []


def test_a_proposal_ends_after_a_day(line: Line) -> None:
    line.text("sulekha", "BROADCAST Chandipara The meeting is on Friday 7391")
    line.text("sulekha", "537")
    line.world.at += timedelta(hours=25)
    assert "No text 1" in line.text("tapan", "APPROVE 1 8264")[-1]
    assert not any("Friday" in told for told in line.heard("asha"))


def test_a_question_of_the_staffs_goes_to_a_reporter_who_said_it_is_safe(line: Line) -> None:
    line.text("rahim", "1")  # it is safe to write
    line.heard("rahim")
    line.text("ratan", f"ASKR {FIRST} 1 9035")
    (asked,) = line.heard("rahim")
    assert asked.startswith(f"{FIRST}: Is anybody in danger")
    line.text("rahim", "1")
    assert row_of(line.world, 1)[0] == "urgent"


def test_duty_by_ones_own_word_ends_when_its_time_is_over(line: Line) -> None:
    line.text("tapan", "ONCALL ME 8h")
    assert "@tapan" in line.text("ratan", "ONCALL")[0]
    line.world.at += timedelta(hours=8, minutes=1)
    line.world.tick()
    assert "@tapan" not in line.text("ratan", "ONCALL")[0]


@pytest.mark.parametrize("many", [30])
def test_lists_are_paged_and_no_case_is_cut_or_left_out(line: Line, many: int) -> None:
    for n in range(many):
        line.text(
            "mina" if n % 2 else "rahim",
            f"MIG {'ABCDEFGHIJ'[n % 10]}{'aeiou'[n % 5]}mina{'bdfgk'[n % 5]}a, {10 + n % 40}, F, "
            f"Pune, {n % 28 + 1}/1, from Kashipara",
        )
    line.heard("ratan")
    pages, page = [], "LIST"
    while page:
        (heard,) = line.text("ratan", page)
        assert len(heard) <= 160
        pages.append(heard.removeprefix("Open: "))
        following = re.search(r"LIST \d+$", heard)
        page = following[0] if following else ""
    listed = re.findall(r"(\d{4,}) [UHN] [A-Z]{3} \S+ \S+ NEW", "; ".join(pages))
    with line.world.database.read() as connection:
        numbers = connection.execute(select(cases.c.number)).scalars().all()
    assert len(numbers) > many // 2
    assert sorted(listed) == sorted(numbers)


# ---------------------------------------------------------------- what others could do with it


@pytest.mark.parametrize(
    ("who", "texted"),
    [
        ("stranger", "pass 5007 rupees girl 15 sold now danger Chandipara"),
        ("stranger", "note 1007 rupees paid, girl 15 sold, danger now, Chandipara"),
        ("stranger", "pelam 5001 taka, meye 15 Dilli bikri korche dalal, Chandipara"),
        ("stranger", "haal 5000 rupaye me ladki 15 bech di abhi Chandipara"),
        ("stranger", "status 5007 rupees paid, girl 15 sold now, danger, Chandipara"),
        ("asha", "obostha 5000 taka niye meye 15 Dilli bikri korche dalal, Chandipara"),
        ("asha", "note 5007 rupees paid, girl 15 sold to Delhi, danger now, Chandipara"),
        ("asha", "gono dhorshon hoyeche Chandipara te 15 bochorer meye"),
        ("asha", "count girls 15 sold Chandipara"),
        ("ratan", "Find girl 15 sold to Delhi from Chandipara, please"),
        ("sulekha", "BROADCAST girl 15 sold to Delhi from Chandipara danger now"),
    ],
)
def test_a_report_that_looks_like_a_command_is_a_report(line: Line, who: str, texted: str) -> None:
    with line.world.database.read() as connection:
        before = len(connection.execute(select(timeline.c.id)).all())
    line.text(who, texted)
    with line.world.database.read() as connection:
        last = connection.execute(select(inbox.c.outcome).order_by(inbox.c.id.desc())).scalar()
        assert last in {"report", "joined"}, texted
        assert len(connection.execute(select(timeline.c.id)).all()) > before


def test_a_text_of_a_strangers_is_stored_as_it_came(line: Line) -> None:
    for texted in ("743312", "case: girl 15 sold, phone of agent ends 743312", "PIN 743312"):
        line.text("stranger", texted)
        assert texted in stored(line.world)


def test_a_pin_that_was_read_somewhere_is_of_no_use(line: Line) -> None:
    with line.world.database.read() as connection:
        pins = connection.execute(select(standings.c.pin)).scalars().all()
    before = snapshot(line.world)
    for sealed in pins:
        (heard,) = line.text("ratan", f"LEVEL {FIRST} U ~{sealed}")
        assert "PIN" in heard
    assert snapshot(line.world) == before


def test_who_may_not_see_a_kind_does_not_learn_of_it_by_counting(line: Line) -> None:
    """A TRF of Chandipara never goes to its own rung: nor by a count from next door."""
    with_it = line.text("asha", "COUNT Sonakhali") + line.text("asha", "COUNT TRF")
    dipu = line.text("dipu", "COUNT Chandipara")
    line.text("ratan", f"CLOSE {SECOND} REFERRED 9035")
    line.text("ratan", "537")
    assert with_it == line.text("asha", "COUNT Sonakhali") + line.text("asha", "COUNT TRF")
    assert dipu == line.text("dipu", "COUNT Chandipara")
    assert "TRF" not in "".join([*with_it, *dipu])


def test_an_hours_duty_does_not_end_the_standing_one(line: Line) -> None:
    line.text("bimal", "ONCALL ME 1h")
    line.world.at += timedelta(hours=2)
    line.world.tick()
    assert "@bimal" in line.text("asha", "ONCALL")[0]


def test_if_everybody_is_said_to_be_away_staff_are_asked_all_the_same(line: Line) -> None:
    for phone in [f"+9170000001{n:02}" for n in range(1, 16)] + [RATAN, SULEKHA]:
        line.world.text(phone, "AWAY 99d")
    while work_inbound(line.world.parts, 100):
        pass
    line.heard("ratan")
    line.text("stranger", "SOS girl 15 sold now, danger, Chandipara")
    assert any("URGENT" in told for told in line.heard("ratan"))


def test_verifying_does_not_undo_what_another_has_raised(line: Line) -> None:
    line.text("ratan", f"LEVEL {FIRST} U danger heard by phone 9035")
    line.text("tapan", f"VERIFY {FIRST} PARENT 8264")
    assert row_of(line.world, 1)[0] == "urgent"


def test_keeping_somebody_out_of_a_closed_case_does_not_open_it(line: Line) -> None:
    line.text("asha", f"ACK {FIRST}")
    line.text("ratan", f"CLOSE {FIRST} SAFE 9035")
    line.text("ratan", "537")
    line.heard("bimal")
    line.text("ratan", f"EXCLUDE {FIRST} @asha 9035")
    assert row_of(line.world, 1)[1] == "closed"
    assert line.heard("bimal") == []


def test_a_second_agreement_does_not_lower_what_has_grown_since(line: Line) -> None:
    line.text("ratan", f"LEVEL {FIRST} N her uncle travels along 9035")
    line.text("rahim", "MIG Rina, 16, F, Delhi, 12/12, from Chandipara, sold, danger now")
    assert row_of(line.world, 1)[0] == "urgent"
    line.text("sulekha", f"LEVEL {FIRST} N agreed 7391")
    assert row_of(line.world, 1)[0] == "urgent"


def test_a_raised_priority_is_not_lost_with_a_duplicates_number(line: Line) -> None:
    line.text("ratan", f"LEVEL {FIRST} U the train is tonight 9035")
    third = "".join(line.text("stranger", "MIG Mita, 30, F, Pune, 14/1, from Chandipara"))
    other = re.search(r"No (\d+)", third)
    assert other is not None
    line.text("ratan", f"DUP {FIRST} {other[1]} 9035")
    line.text("ratan", "537")
    assert row_of(line.world, 3)[0] == "urgent"


def test_a_lost_phone_stands_in_for_nobody(line: Line) -> None:
    line.text("bimal", "AWAY 2d @dipu")
    line.text("sulekha", "LOST @dipu 7391")
    line.text("sulekha", "537")
    line.heard("dipu")
    line.text("asha", "AWAY 2d @dipu")
    line.text("asha", f"PASS {FIRST}")
    assert line.heard("dipu") == []


def test_who_had_a_case_hears_that_it_is_somebody_elses_or_closed(line: Line) -> None:
    line.text("asha", f"ACK {FIRST}")
    line.text("sulekha", f"ASSIGN {FIRST} @bimal 7391")
    line.text("sulekha", "537")
    assert any(FIRST in told for told in line.heard("asha"))
    line.heard("bimal")
    line.text("ratan", f"CLOSE {FIRST} SAFE 9035")
    line.text("ratan", "537")
    assert any(FIRST in told for told in line.heard("bimal"))


def test_the_digits_of_a_sealed_pin_tell_nothing(line: Line) -> None:
    """They are there by chance: read as words, some of them made a report of a command."""
    parts = line.world.parts
    with line.world.database.read() as connection:
        directory = line.world.people.directory(connection)
    told = set()
    for n in range(200):
        text_ = (
            f"BROADCAST Chandipara hello ~{n * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128:032x}"
        )
        claimed = Claimed(n, Inbound("twilio", str(n), RATAN, "", text_), b"", 0, 1)
        understood = hear(parts, directory, claimed)
        assert understood.text == text_
        told.add((understood.intent, understood.kind, understood.confidence))
    assert len(told) == 1
