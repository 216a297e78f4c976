"""USSD through the real webhook: every path, cut at every step, doubled, gone on with."""

from __future__ import annotations

import dataclasses
import itertools
import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from gateway.channels import registry
from gateway.domain.commands import acts
from gateway.domain.commands.guard import Standing
from gateway.domain.ussd.menu import MOST_SCREENS
from gateway.settings import load
from gateway.steps import steer
from gateway.store.handsets import Handsets
from gateway.store.inbox import BODY
from gateway.store.tables import (
    alerts,
    cases,
    inbox,
    outbox,
    prompts,
    receipt_tries,
    reports,
    senders,
    timeline,
    ussd_sessions,
)
from gateway.web.app import create_app
from gateway.wiring import Gateway
from tests.world import World, beside_seals

SECRET = "a-secret-of-twenty-characters"
NEIGHBOUR, ASHA, BIMAL, STAFF = "+917000000301", "+917000000101", "+917000000102", "+917000000201"
URGENT = ("3", "1", "12 2", "Chandipara", "2")
CALM = ("1", "30 2", "Chandipara", "Delhi 12/12", "1")
HIGH = ("1", "16 1", "Chandipara", "Delhi 12/12", "3 Salim")
SOLD = "amar meyeke kal ek dalal Dilli niye jacche, boyos 16"


@pytest.fixture
def app(world: World) -> Flask:
    return app_of(world)


def app_of(world: World) -> Flask:
    settings = load(
        _env_file=None,
        africastalking_username="sandbox",
        africastalking_api_key="a-key",
        africastalking_webhook_secret=SECRET,
    )
    parts = dataclasses.replace(world.parts, channels=registry.build(settings))
    return create_app(
        Gateway(settings, parts, Handsets(world.database, world.keys, world.now), "s")
    )


class Phone:
    """A basic phone that dials through Africa's Talking."""

    _sessions = itertools.count(1)

    def __init__(self, client: FlaskClient, number: str = NEIGHBOUR) -> None:
        self.client = client
        self.number = number
        self.session = ""
        self.typed: list[str] = []
        self.shown: list[str] = []

    def dial(self, *inputs: str, prefill: str = "") -> str:
        self.session = f"ATUid_{next(self._sessions)}"
        self.typed = [prefill] if prefill else []
        self.shown = []
        self.post()
        for each in inputs:
            self.press(each)
        return self.shown[-1]

    def press(self, typed: str) -> str:
        self.typed.append(typed)
        return self.post()

    def post(self, text: str | None = None) -> str:
        answer = self.client.post(
            f"/webhooks/africastalking/{SECRET}/ussd",
            data={
                "sessionId": self.session,
                "phoneNumber": self.number,
                "networkCode": "63902",
                "serviceCode": "*384#",
                "text": "*".join(self.typed) if text is None else text,
            },
        )
        assert answer.status_code == 200
        assert answer.content_type.startswith("text/plain")
        assert answer.text[:4] in ("CON ", "END ")
        assert answer.text.isascii()
        assert len(answer.text) - 4 <= 150
        self.shown.append(answer.text)
        return answer.text

    def hang_up(self) -> None:
        answer = self.client.post(
            f"/webhooks/africastalking/{SECRET}/ussd-end",
            data={"sessionId": self.session, "phoneNumber": self.number, "status": "Incomplete"},
        )
        assert (answer.status_code, answer.text) == (200, "")


@pytest.fixture
def phone(app: Flask) -> Iterator[Phone]:
    with app.test_client() as client:
        yield Phone(client)


def bodies(world: World) -> list[str]:
    """What stands in the inbox, and as whose."""
    with world.database.read() as connection:
        rows = connection.execute(select(inbox).order_by(inbox.c.id)).all()
    assert {row.channel for row in rows} <= {"africastalking_ussd"}
    assert all(row.due_at is None and row.processed_at for row in rows)
    return [world.keys.open(BODY, row.body_sealed) for row in rows]


def rows(world: World, table) -> list:  # type: ignore[no-untyped-def, type-arg]
    with world.database.read() as connection:
        return list(connection.execute(select(table)).all())


def texts_to(world: World, number: str) -> list[str]:
    index = world.keys.index(number)
    with world.database.read() as connection:
        found = connection.execute(
            select(outbox.c.template).where(
                outbox.c.to_index == index, outbox.c.state != "cancelled"
            )
        )
        return [row.template for row in found]


def alerted(world: World) -> int:
    with world.database.read() as connection:
        return int(connection.execute(select(func.count()).select_from(alerts)).scalar_one())


def number_and_word(screen: str) -> tuple[str, str]:
    words = screen.replace(",", " ").replace(".", " ").split()
    return words[words.index("No") + 1], words[words.index("word:") + 1]


WHOLE = [
    (CALM, "MIG, 30, M, from Chandipara, to Delhi, 2026-12-12, relative"),
    (("1", "99", "9", "9", "9"), "MIG"),
    (("2", "1", "15*1", "Jelepara", "Mumbai * kal"), "TRF, danger now, 15, F, from Jelepara, to Mumbai, 2026-12-02"),
    (("2", "2", "15 F", "Jelepara", "9"), "TRF, 15, F, from Jelepara"),
    (URGENT, "MIS, danger now, 12, M, from Chandipara, 2026-11-30"),
    (("3", "9", "12", "Rampur", "12/11"), "MIS, 12, from Rampur, 2026-11-12"),
    (("4", "2", "16 1", "Chandipara", "12/12"), "MAR, 16, F, from Chandipara, 2026-12-12"),
    (("5", "2", "12 2", "Jelepara"), "LAB, 12, M, from Jelepara"),
    (("6", "1", "9", "Jelepara"), "ABU, danger now, 9, from Jelepara"),
    (("7", "2", "14 1", "Jelepara"), "RET, 14, F, from Jelepara"),
    (("8", "10 1", "Jelepara"), "ORP, 10, F, from Jelepara"),
    (("0", "1", "Jelepara", "99"), "SOS, danger now, from Jelepara"),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "body"), WHOLE, ids=[body for _, body in WHOLE])
def test_each_kind_of_report_is_told_in_six_screens_and_becomes_a_case(
    world: World, phone: Phone, typed: tuple[str, ...], body: str
) -> None:
    last = phone.dial(*typed, "3")
    assert len(phone.shown) - 1 <= MOST_SCREENS
    assert last.startswith("END Thank you. No ")
    assert bodies(world) == [body]
    (case,) = rows(world, cases)
    assert number_and_word(last)[0] == case.number
    assert alerted(world) >= 1
    assert texts_to(world, NEIGHBOUR) == []
    assert rows(world, prompts) == []
    (session,) = rows(world, ussd_sessions)
    assert (session.stage, session.case_id) == ("over", case.id)


def test_the_first_screen_is_in_the_language_that_was_chosen_and_stays_so(phone: Phone) -> None:
    assert phone.dial().startswith("CON 0 DANGER NOW")
    assert phone.press("9").startswith("CON 1 How is my report?")
    assert "2 Bangla" in phone.press("3")
    assert phone.press("2").startswith("CON 0 EKHUNI BIPOD")
    assert phone.dial().startswith("CON 0 EKHUNI BIPOD")
    assert phone.dial("9", "3", "4").startswith("CON 0 HATARI SASA")
    assert "END Asante. Namba" in phone.dial("8", "99", "9", "3")


def test_a_language_can_stand_in_what_is_dialled(phone: Phone) -> None:
    assert phone.dial(prefill="9*3*3").startswith("CON 0 ABHI KHATRA")
    assert "Kaun sa gaon" in phone.dial("16 1", prefill="1")


def test_a_contacts_screens_are_in_the_contacts_language_in_latin_letters(phone: Phone) -> None:
    phone.number = BIMAL
    assert phone.dial().startswith("CON 0 EKHUNI BIPOD")


def test_helplines_are_told_without_a_report(world: World, phone: Phone) -> None:
    assert "Emergency 112\nChildren 1098\nWomen 181\nLegal aid 15100" in phone.dial("9", "2")
    assert "Choose a digit." in phone.press("5")
    assert phone.press("0").startswith("CON 1 How is my report?")
    assert bodies(world) == []


def test_who_wants_an_sms_gets_one_and_is_asked_what_is_missing(world: World, phone: Phone) -> None:
    phone.dial("1", "16 1", "9", "Delhi kal", "3", "1")
    assert texts_to(world, NEIGHBOUR) == ["report.received", "ask.origin"] or texts_to(
        world, NEIGHBOUR
    ) == ["report.received", "ask.person"]
    (sender,) = rows(world, senders)
    assert sender.safe is True


def test_an_sms_is_in_the_language_that_was_chosen_english_too(world: World) -> None:
    world.parts = dataclasses.replace(world.parts, language="bn")
    with app_of(world).test_client() as client:
        phone = Phone(client)
        phone.dial("9", "3", "1", "1", "16 1", "9", "Delhi kal", "3", "1")
    world.work()
    with world.database.read() as connection:
        sealed = connection.execute(
            select(outbox.c.body_sealed).where(outbox.c.to_index == world.keys.index(NEIGHBOUR))
        ).scalars()
        told = [world.keys.open("outbox.body", each) for each in sealed]
    assert len(told) == 2
    assert all(each.isascii() for each in told)
    (report,) = rows(world, reports)
    assert report.language == "en"


@pytest.mark.parametrize(("key", "safe"), [("2", True), ("3", False)])
def test_what_is_safe_is_remembered_and_nothing_is_written(
    world: World, phone: Phone, key: str, safe: bool
) -> None:
    phone.dial(*CALM, key)
    (sender,) = rows(world, senders)
    assert sender.safe is safe
    assert texts_to(world, NEIGHBOUR) == []


def test_a_question_in_own_words_with_stars_waits_for_a_person(world: World, phone: Phone) -> None:
    last = phone.dial("9", "4", "what * are your * hours", "2")
    assert last.startswith("END Thank you. A person will read this.")
    assert bodies(world) == ["what * are your * hours"]
    assert rows(world, cases) == []
    assert texts_to(world, NEIGHBOUR) == []


def test_a_report_in_own_words_is_a_report(world: World, phone: Phone) -> None:
    assert phone.dial("9", "4", SOLD, "3").startswith("END Thank you. No ")
    assert len(rows(world, cases)) == 1


@pytest.mark.parametrize("pin", ["STOP", "ACK 1007", "CASE 1007"])
def test_words_of_other_meaning_do_not_act_for_a_stranger(
    world: World, phone: Phone, pin: str
) -> None:
    phone.dial("9", "4", pin, "3")
    assert rows(world, cases) == []


def test_how_it_goes_is_told_to_who_has_number_and_word(world: World, phone: Phone) -> None:
    number, word = number_and_word(phone.dial(*CALM, "3"))
    assert phone.dial("9", "1", f"{number} {word}") == f"END {number}: received. Thank you."
    assert phone.dial("9", "1", f"{word}*{number}") == f"END {number}: received. Thank you."
    world.text(ASHA, f"ACK {number}")
    world.work()
    assert "somebody is looking at it" in phone.dial("9", "1", f"{number} {word}")


def test_a_wrong_word_and_an_unknown_number_look_the_same_and_end_after_five(
    world: World, phone: Phone
) -> None:
    number, word = number_and_word(phone.dial(*CALM, "3"))
    wrong = {phone.dial("9", "1", each) for each in (f"{number} zebu", f"1074 {word}", "rubbish")}
    assert len(wrong) == 1
    assert wrong.pop().startswith("CON They do not match.\nWrite the number")
    phone.press("again 1")
    phone.press("again 2")
    assert phone.press(f"{number} {word}") == "END Please try again in an hour."


# ------------------------------------------------------------ cut off


def until_cut(typed: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [typed[:n] for n in range(len(typed) + 1)]


@pytest.mark.parametrize("typed", until_cut(URGENT), ids=str)
@pytest.mark.parametrize("how", ["told", "silent"])
def test_an_urgent_report_that_is_cut_off_alerts_at_once(
    world: World, phone: Phone, typed: tuple[str, ...], how: str
) -> None:
    phone.dial(*typed)
    if how == "told":
        phone.hang_up()
        phone.hang_up()
    else:
        world.at += timedelta(minutes=2)
        world.tick()
        assert alerted(world) == 0
        world.at += timedelta(minutes=1, seconds=1)
        world.tick()
    world.tick()
    assert len(rows(world, cases)) == (1 if typed else 0)
    assert (alerted(world) > 0) is bool(typed)
    assert texts_to(world, NEIGHBOUR) == []


@pytest.mark.parametrize("typed", until_cut(CALM), ids=str)
def test_a_report_that_is_cut_off_waits_half_an_hour_and_is_a_case_then(
    world: World, phone: Phone, typed: tuple[str, ...]
) -> None:
    phone.dial(*typed)
    phone.hang_up()
    world.at += timedelta(minutes=29)
    world.tick()
    assert rows(world, cases) == []
    world.at += timedelta(minutes=2)
    for _ in range(2):
        world.tick()
    assert len(rows(world, cases)) == (1 if typed else 0)
    assert texts_to(world, NEIGHBOUR) == []
    (session,) = rows(world, ussd_sessions)
    assert (session.stage, session.state_sealed, session.phone_sealed) == ("over", None, None)


@pytest.mark.parametrize("at", range(1, len(CALM) + 1))
def test_a_report_that_is_cut_off_is_gone_on_with_at_the_next_dial(
    world: World, phone: Phone, at: int
) -> None:
    phone.dial(*CALM[:at])
    phone.hang_up()
    world.at += timedelta(minutes=20)
    assert phone.dial().startswith("CON We were cut off.")
    assert phone.press("1").startswith("CON ")
    for each in (*CALM[at:], "3"):
        phone.press(each)
    assert phone.shown[-1].startswith("END Thank you. No ")
    assert bodies(world) == ["MIG, 30, M, from Chandipara, to Delhi, 2026-12-12, relative"]
    world.at += timedelta(hours=2)
    world.tick()
    assert len(rows(world, cases)) == 1


@pytest.mark.parametrize("at", range(1, len(URGENT) + 1))
def test_a_case_that_came_of_a_cut_grows_when_it_is_gone_on_with(
    world: World, phone: Phone, at: int
) -> None:
    phone.dial(*URGENT[:at])
    phone.hang_up()
    (case,) = rows(world, cases)
    phone.dial("1")
    for each in (*URGENT[at:], "3"):
        phone.press(each)
    number, word = number_and_word(phone.shown[-1])
    (grown,) = rows(world, cases)
    assert (grown.id, grown.number, grown.place_code) == (case.id, number, "V1")
    assert world.parts.cases.story(grown).fields.age == 12
    assert len(rows(world, reports)) == 1
    assert "received" in phone.dial("9", "1", f"{number} {word}")
    world.at += timedelta(hours=1)
    world.tick()
    assert len(rows(world, cases)) == 1
    events = [row.event for row in rows(world, timeline)]
    assert events.count("told_more") == 1


def test_a_report_gone_on_with_and_cut_off_again_loses_nothing(world: World, phone: Phone) -> None:
    phone.dial("3")
    phone.hang_up()
    phone.dial("1", "1", "12 2")
    phone.hang_up()
    (case,) = rows(world, cases)
    assert world.parts.cases.story(case).fields.age == 12
    phone.dial("1", "Jelepara", "1", "1")
    (case,) = rows(world, cases)
    assert case.place_code == "V2"
    assert texts_to(world, NEIGHBOUR)[0] == "report.received"


def test_a_question_that_was_not_written_is_none(world: World, phone: Phone) -> None:
    phone.dial("9", "4")
    phone.hang_up()
    assert phone.dial("9", "4", "what are your hours").startswith("CON Is it safe")
    phone.hang_up()
    world.at += timedelta(minutes=31)
    world.tick()
    assert bodies(world) == ["what are your hours"]
    assert rows(world, cases) == []


def test_who_begins_anew_keeps_the_report_before(world: World, phone: Phone) -> None:
    phone.dial("1", "30 2")
    phone.hang_up()
    assert phone.dial("2").startswith("CON 0 DANGER NOW")
    for each in ("8", "10 1", "Jelepara", "3"):
        phone.press(each)
    world.at += timedelta(minutes=31)
    world.tick()
    assert {case.kind for case in rows(world, cases)} == {"migration", "support"}


def test_after_half_an_hour_nothing_is_offered_any_more(world: World, phone: Phone) -> None:
    phone.dial("1", "30 2")
    phone.hang_up()
    world.at += timedelta(minutes=31)
    assert phone.dial().startswith("CON 0 DANGER NOW")


def test_another_phone_is_not_offered_it(phone: Phone) -> None:
    phone.dial("1", "30 2")
    phone.hang_up()
    phone.number = "+917000000302"
    assert phone.dial().startswith("CON 0 DANGER NOW")


def test_what_is_dialled_with_digits_goes_before_the_offer(phone: Phone) -> None:
    phone.dial("1", "30 2")
    phone.hang_up()
    assert phone.dial(prefill="9*2").startswith("CON You can call:")


def test_a_report_that_was_taken_back_is_none_unless_it_is_urgent(
    world: World, phone: Phone
) -> None:
    phone.dial("1", "30 2", "00")
    phone.hang_up()
    world.at += timedelta(minutes=31)
    world.tick()
    assert rows(world, cases) == []
    phone.dial("6", "1", "00")
    phone.hang_up()
    assert len(rows(world, cases)) == 1


@pytest.mark.parametrize("typed", until_cut(HIGH)[1:], ids=str)
@pytest.mark.parametrize("how", ["told", "silent"])
def test_a_report_of_high_priority_is_kept_when_the_network_cuts_it_off(
    world: World, phone: Phone, typed: tuple[str, ...], how: str
) -> None:
    phone.dial(*typed)
    if how == "told":
        phone.hang_up()
    for _ in range(2):
        world.at += timedelta(minutes=34)
        world.tick()
    (case,) = rows(world, cases)
    told = world.parts.cases.story(case).fields
    assert case.urgency == ("high" if len(typed) > 1 else "normal")
    assert told.age == (16 if len(typed) > 1 else None)
    assert case.place_code == ("V1" if len(typed) > 2 else None)
    assert told.companion_name == ("Salim" if len(typed) > 4 else None)


@pytest.mark.parametrize("typed", until_cut(HIGH)[1:], ids=str)
@pytest.mark.parametrize("how", ["told", "silent", "looks for whom to call"])
def test_who_goes_back_to_the_start_takes_back_also_what_is_of_high_priority(
    world: World, phone: Phone, typed: tuple[str, ...], how: str
) -> None:
    """The menu leads there by 00, and by 0 out of each screen: either is the reporter's own act."""
    phone.dial(*typed, "00")
    if how == "looks for whom to call":
        phone.press("9")
        phone.press("2")
    if how != "silent":
        phone.hang_up()
    world.at += timedelta(minutes=5)
    assert phone.dial().startswith("CON 0 DANGER NOW")  # nor is it offered to go on
    phone.dial(*typed)
    for _ in typed:
        phone.press("0")
    assert phone.shown[-1].startswith("CON 0 DANGER NOW")
    phone.hang_up()
    for _ in range(2):
        world.at += timedelta(minutes=34)
        world.tick()
    assert rows(world, cases) == []
    assert alerted(world) == 0


def test_who_goes_back_to_put_an_answer_right_and_is_cut_off_loses_nothing(
    world: World, phone: Phone
) -> None:
    phone.dial(*HIGH, "0", "0", "0", "0")  # to the age, and past no screen of the report
    assert phone.shown[-1].startswith("CON About how old?")
    phone.hang_up()
    world.at += timedelta(minutes=31)
    world.tick()
    (case,) = rows(world, cases)
    assert (case.urgency, case.place_code) == ("high", "V1")
    assert world.parts.cases.story(case).fields.companion_name == "Salim"


def test_who_begins_anew_by_00_and_is_cut_off_has_told_the_new_report_alone(
    world: World, phone: Phone
) -> None:
    phone.dial(*HIGH, "00", "1", "15 1")
    phone.hang_up()
    world.at += timedelta(minutes=31)
    world.tick()
    (case,) = rows(world, cases)
    told = world.parts.cases.story(case).fields
    assert (told.age, told.origin, told.companion_name) == (15, None, None)


def test_whom_it_is_safe_to_write_to_is_asked_on_by_sms_after_a_cut(
    world: World, phone: Phone
) -> None:
    phone.dial(*CALM, "2")
    world.at += timedelta(days=4)
    phone.dial("3", "1")
    phone.hang_up()
    assert texts_to(world, NEIGHBOUR)[0] == "report.received"
    assert len(rows(world, prompts)) >= 1


def test_a_notice_before_the_last_step_and_a_step_after_it_make_one_case(
    world: World, phone: Phone
) -> None:
    phone.dial(*URGENT)
    phone.hang_up()
    assert phone.press("3").startswith("END Thank you. No ")
    phone.hang_up()
    world.at += timedelta(hours=1)
    world.tick()
    assert len(rows(world, cases)) == 1


@pytest.mark.parametrize(
    ("before", "then"),
    [(("9", "4"), (SOLD, "3")), ((), CALM), (("1", "30 2", "00"), (*CALM, "3"))],
    ids=["words", "home", "left"],
)  # fmt: skip
@pytest.mark.parametrize("how", ["told", "silent"])
def test_a_step_behind_the_notice_is_heard_also_where_nothing_was_told_before(
    world: World, phone: Phone, before: tuple[str, ...], then: tuple[str, ...], how: str
) -> None:
    phone.dial(*before)
    if how == "told":
        phone.hang_up()
    else:
        world.at += timedelta(minutes=3, seconds=1)
        world.tick()
    for each in then:
        assert phone.press(each).startswith(("CON ", "END Thank you. No "))
    phone.hang_up()
    world.at += timedelta(minutes=31)
    world.tick()
    assert len(rows(world, cases)) == len(rows(world, inbox)) == 1


def test_what_comes_when_a_session_is_long_over_is_not_thanked_for(
    world: World, phone: Phone
) -> None:
    phone.dial("9", "4")
    phone.hang_up()
    world.at += timedelta(minutes=11)
    world.tick()
    (session,) = rows(world, ussd_sessions)
    assert (session.stage, session.state_sealed, session.phone_sealed) == ("over", None, None)
    assert phone.press(SOLD).startswith("END Sorry, this does not work just now. In danger call")


def test_a_notice_of_an_unknown_session_is_taken(phone: Phone) -> None:
    phone.session = "ATUid_unknown"
    phone.hang_up()


def test_the_end_of_a_session_that_cannot_be_read_is_no_500(world: World, phone: Phone) -> None:
    phone.dial(*URGENT[:2])
    with world.database.write() as connection:
        connection.execute(ussd_sessions.update().values(state_sealed=b"\1rubbish"))
    answer = phone.client.post(
        f"/webhooks/africastalking/{SECRET}/ussd-end",
        data={"sessionId": phone.session, "phoneNumber": phone.number, "status": "Incomplete"},
    )
    assert answer.status_code == 503
    assert "send it again" in answer.text


def test_one_session_that_cannot_be_closed_holds_up_no_other(world: World, phone: Phone) -> None:
    phone.dial("3")
    other = Phone(phone.client, "+917000000302")
    other.dial("3", "1", "12 2", "Jelepara")
    with world.database.write() as connection:
        connection.execute(
            ussd_sessions.update().where(ussd_sessions.c.id == 1).values(state_sealed=b"\1rubbish")
        )
    world.at += timedelta(minutes=4)
    world.tick()
    assert len(rows(world, cases)) == 1


# ------------------------------------------------------------ doubled, reused, odd


@pytest.mark.parametrize("at", range(len(URGENT) + 1))
def test_a_step_posted_twice_is_answered_alike_and_acts_once(
    world: World, phone: Phone, at: int
) -> None:
    phone.dial(*URGENT[:at])
    phone.post()
    for each in (*URGENT[at:], "3"):
        phone.press(each)
        assert phone.post() == phone.shown[-2]
    assert phone.post("") == phone.shown[-2]
    assert len(rows(world, cases)) == len(rows(world, inbox)) == 1


def test_steps_posted_at_once_are_answered_alike_and_act_once(app: Flask, world: World) -> None:
    with app.test_client() as client:
        phone = Phone(client)
        phone.dial(*URGENT)
    answers: list[str] = []

    def last() -> None:
        with app.test_client() as client:
            mine = Phone(client)
            mine.session, mine.typed = phone.session, [*phone.typed, "3"]
            answers.append(mine.post())

    threads = [threading.Thread(target=last) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 8
    assert len(set(answers)) == 1
    assert answers[0].startswith("END Thank you. No ")
    assert len(rows(world, cases)) == 1


def test_first_posts_at_once_make_one_session(app: Flask, world: World) -> None:
    answers: list[str] = []

    def first() -> None:
        with app.test_client() as client:
            mine = Phone(client)
            mine.session = "ATUid_same"
            answers.append(mine.post(""))

    threads = [threading.Thread(target=first) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(answers)) == 1
    assert len(answers) == 8
    assert len(rows(world, ussd_sessions)) == 1


def test_a_step_that_was_lost_on_the_way_is_made_up_for(world: World, phone: Phone) -> None:
    phone.dial()
    phone.typed += ["8"]
    assert "About how old?" in phone.post()
    phone.typed += ["0", "3"]
    assert phone.post("8*0*3").startswith("CON ")
    assert rows(world, cases) == []


def test_a_session_id_used_by_another_phone_is_another_session(phone: Phone) -> None:
    phone.dial("6", "1")
    other = Phone(phone.client, "+917000000302")
    other.session = phone.session
    assert other.post("").startswith("CON 0 DANGER NOW")


def test_a_session_id_used_again_long_after_begins_anew(world: World, phone: Phone) -> None:
    phone.dial("8", "10 1", "Jelepara", "3")
    assert phone.post("") == phone.shown[-2]
    world.at += timedelta(hours=1)
    world.tick()
    assert phone.post().startswith("END Thank you. A person will read this.")
    assert phone.post("").startswith("CON 0 DANGER NOW")
    assert "About how old?" in phone.post("8")
    phone.hang_up()
    world.at += timedelta(minutes=31)
    world.tick()
    assert len(rows(world, inbox)) == 2


TYPED = (
    "", "*", "***", "#", "77", "0*0*0*0", "\0", "é\u200f\u202e", "'; DROP TABLE inbox;--",
    "{0} %s {{7*7}}", "😀" * 40, "a" * 5_000, "১", "-1",
)  # fmt: skip


@pytest.mark.parametrize("before", [(), ("1",), ("1", "16 1"), ("9", "1"), ("9", "4"), ("0",)])
def test_whatever_is_typed_a_screen_follows(phone: Phone, before: tuple[str, ...]) -> None:
    for n, typed in enumerate(TYPED):
        somebody = Phone(phone.client, f"+9170000009{n:02}")
        somebody.dial(*before)
        assert somebody.press(typed), typed  # post() looks at what every screen must be
        assert somebody.press("00")


def test_a_wrong_secret_is_answered_as_any_path_that_is_not_there(phone: Phone) -> None:
    for path in ("ussd", "ussd-end"):
        answer = phone.client.post(
            f"/webhooks/africastalking/{SECRET.upper()}/{path}",
            data={"sessionId": "1", "phoneNumber": NEIGHBOUR, "text": ""},
        )
        assert (answer.status_code, answer.data) == (404, b"there is nothing here\n")


@pytest.mark.parametrize(
    ("data", "content_type"),
    [
        (b"sessionId=1", "application/x-www-form-urlencoded"),
        (b"phoneNumber=%2B917000000301", "application/x-www-form-urlencoded"),
        (b"sessionId=1&phoneNumber=%2B917000000301&text=%ff%fe", "application/x-www-form-urlencoded"),
        (b"sessionId=a%00b&phoneNumber=%2B917000000301&text=", "application/x-www-form-urlencoded"),
        (b"{}", "application/json"),
        (b"text=" + b"x" * 70_000, "application/x-www-form-urlencoded"),
    ],
)  # fmt: skip
def test_a_post_that_cannot_be_read_is_answered_with_whom_to_call(
    world: World, phone: Phone, data: bytes, content_type: str
) -> None:
    answer = phone.client.post(
        f"/webhooks/africastalking/{SECRET}/ussd", data=data, content_type=content_type
    )
    assert answer.status_code == 200
    assert answer.text == ("END Sorry, this does not work just now. In danger call 112 or 1098.")
    assert rows(world, ussd_sessions) == []


def test_while_the_database_is_away_whom_to_call_is_told(world: World, phone: Phone) -> None:
    phone.dial()
    with world.database.write() as connection:
        connection.exec_driver_sql("ALTER TABLE ussd_sessions RENAME TO away")
    assert phone.press("1").startswith("END Sorry, this does not work just now. In danger call 112")
    with world.database.write() as connection:
        connection.exec_driver_sql("ALTER TABLE away RENAME TO ussd_sessions")
    assert "About how old?" in phone.post()


def test_a_database_that_stands_still_is_not_waited_for_longer_than_a_network_waits(
    app: Flask, world: World, phone: Phone
) -> None:
    sessions = []
    for _ in range(3):
        phone.dial()
        sessions.append(phone.session)
    took: list[tuple[str, float]] = []

    def press(session: str) -> None:
        with app.test_client() as client:
            mine = Phone(client)
            mine.session, mine.typed = session, ["8"]
            begun = time.monotonic()
            took.append((mine.post(), time.monotonic() - begun))

    threads = [threading.Thread(target=press, args=(each,)) for each in sessions]
    with world.database.write() as connection:
        connection.execute(ussd_sessions.update().values(outcome="held"))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert all(told.startswith("END Sorry") and seconds < 14 for told, seconds in took)
    assert len(took) == 3
    phone.typed = ["8"]
    assert "About how old?" in phone.post()


# ------------------------------------------------------------ members


def test_a_member_sees_takes_and_passes_cases_without_an_sms_back(
    world: World, app: Flask, phone: Phone
) -> None:
    first, _ = number_and_word(phone.dial(*URGENT, "3"))
    phone.number = "+917000000302"
    world.at += timedelta(seconds=1)
    second, _ = number_and_word(phone.dial("3", "1", "9 1", "Chandipara", "1", "3"))
    asha = Phone(phone.client, ASHA)
    before = len(texts_to(world, ASHA))
    world.work()
    listed = asha.dial("9", "5")
    assert listed.startswith("CON Apnar case:")
    assert f"1 {second} joruri" in listed
    assert f"2 {first} joruri" in listed
    assert asha.press("1").startswith(f"CON {second}: joruri\n1 Ami nilam (ACK)")
    assert asha.press("1").startswith(f"END {second} ekhon apnar.")
    assert asha.post() == asha.shown[-2]
    assert f"{second} apnar" in asha.dial("9", "5")
    assert asha.dial("9", "5", "2", "2").startswith(f"END {first} onno ekjonke deoa hocche.")
    taken = {case.number: case.status for case in rows(world, cases)}
    assert taken[second] == "taken"
    assert len(texts_to(world, ASHA)) == before
    assert any(row.event == "passed" for row in rows(world, timeline))


def test_a_case_that_comes_meanwhile_does_not_move_the_list(world: World, phone: Phone) -> None:
    first, _ = number_and_word(phone.dial(*URGENT, "3"))
    world.work()
    asha = Phone(phone.client, ASHA)
    assert f"1 {first}" in asha.dial("9", "5")
    world.at += timedelta(seconds=5)
    other = Phone(phone.client, "+917000000302")
    second, _ = number_and_word(other.dial("3", "1", "9 1", "Chandipara", "1", "3"))
    world.work()
    assert asha.press("1").startswith(f"CON {first}: ")
    assert f"1 {first}" in asha.press("0")
    asha.press("0")
    assert f"1 {second} joruri\n2 {first}" in asha.press("5")


def test_a_case_that_somebody_else_took_meanwhile_is_told(world: World, phone: Phone) -> None:
    number, _ = number_and_word(phone.dial(*URGENT, "3"))
    world.work()
    world.at += timedelta(minutes=16)  # the next rung is asked too
    world.tick()
    world.work()
    asha = Phone(phone.client, ASHA)
    assert number in asha.dial("9", "5", "1")
    world.text(BIMAL, "ACK")
    world.work()
    assert asha.press("1").startswith(f"END {number} agei ekjon sohokormi niyechen.")
    assert asha.dial("9", "5").startswith("CON Ekhon apnar kichu nei.")


def test_a_pin_stands_nowhere(world: World, phone: Phone) -> None:
    phone.dial(*URGENT, "3")
    world.work()
    choose_pin(world, ASHA, "4821")
    asha = Phone(phone.client, ASHA)
    assert "PIN" in asha.dial("9", "5", "1", "3")
    assert "U " in asha.press("4821")
    assert "CASE" in bodies(world)[-1]
    (_, session) = rows(world, ussd_sessions)
    kept = [
        world.keys.open(f"ussd.{c}", getattr(session, f"{c}_sealed")) for c in ("state", "answer")
    ]
    assert "4821" not in beside_seals("\n".join([*kept, *bodies(world)]))


def choose_pin(world: World, number: str, pin: str) -> None:
    """As if the contact had chosen it by SMS."""
    with world.database.write() as connection:
        contact = world.people.directory(connection).with_phone(number)
        assert contact is not None
        chosen = Standing(pin=world.parts.desk.seal_pin(number, pin))
        world.parts.desk.set_standing(connection, contact.id, chosen)


@pytest.mark.parametrize(
    "before", [("8", "10 1"), ("1", "99", "9"), ("1", "99", "9", "9"), ("8",), ("9", "4")], ids=str
)
@pytest.mark.parametrize("typed", ["my pin is 4821", "gram 4821", "gram 48 21"])
def test_a_pin_written_on_another_screen_is_not_kept(
    world: World, phone: Phone, before: tuple[str, ...], typed: str
) -> None:
    choose_pin(world, ASHA, "4821")
    Phone(phone.client, ASHA).dial(*before, typed)
    (session,) = rows(world, ussd_sessions)
    world.at += timedelta(hours=1)
    world.tick()
    world.tick()
    kept = [world.keys.open("ussd.state", session.state_sealed), *bodies(world)]
    assert not any(pin in each for each in kept for pin in ("4821", "48 21"))


def test_a_pin_that_is_written_after_the_phone_was_blocked_is_not_kept(
    world: World, phone: Phone
) -> None:
    number, _ = number_and_word(phone.dial(*URGENT, "3"))
    world.work()
    choose_pin(world, ASHA, "4821")
    asha = Phone(phone.client, ASHA)
    asha.dial("9", "5", "1", "3")
    with world.database.read() as connection:
        contact = world.people.directory(connection).with_phone(ASHA)
    assert contact is not None
    carried_out(world, acts.Block(contact.id))
    answered = asha.press("4821")
    assert answered.startswith("CON 0 ")
    assert number not in answered
    assert "4821" not in beside_seals("\n".join(bodies(world)))


@pytest.mark.parametrize("pin", ["4821", "9999"])
def test_a_locked_contact_sees_nothing_by_ussd_and_can_take_the_case(
    world: World, phone: Phone, pin: str
) -> None:
    number, _ = number_and_word(phone.dial(*URGENT, "3"))
    world.work()
    choose_pin(world, ASHA, "4821")
    asha = Phone(phone.client, ASHA)
    for wrong in ("1111", "2222", "3333", "5555", "9999"):
        asha.dial("9", "5", "1", "3", wrong)
    assert number not in asha.dial("9", "5", "1", "3", pin)
    assert "bondho" in asha.shown[-1]
    assert asha.dial("9", "5", "1", "1").startswith(f"END {number} ekhon apnar.")


def test_wrong_words_by_sms_and_by_ussd_are_counted_together(world: World, phone: Phone) -> None:
    number, word = number_and_word(phone.dial(*CALM, "1"))
    for wrong in ("aaa", "bbb", "ccc"):
        world.text(NEIGHBOUR, f"STATUS {number} {wrong}")
    world.work()
    phone.dial("9", "1", f"{number} ddd", f"{number} eee")
    assert phone.press(f"{number} {word}") == "END Please try again in an hour."


def test_a_wrong_pin_shows_nothing_of_a_case(world: World, phone: Phone) -> None:
    number, _ = number_and_word(phone.dial(*URGENT, "3"))
    world.work()
    choose_pin(world, ASHA, "4821")
    asha = Phone(phone.client, ASHA)
    asha.dial("9", "5", "1", "3")
    answered = asha.press("9999")
    assert number not in answered
    assert "4" in answered, "how many tries are left"


def test_a_stranger_has_no_cases(phone: Phone) -> None:
    assert "5 " not in phone.dial("9")
    assert phone.press("5").startswith("CON Choose a digit.")


def test_a_member_who_reports_is_kept_out_of_the_case_and_not_written_to(
    world: World, phone: Phone
) -> None:
    asha = Phone(phone.client, ASHA)
    assert asha.dial(*URGENT, "1").startswith("END Dhonnobad. No ")
    assert "ask.person" not in texts_to(world, ASHA)
    with world.database.read() as connection:
        asked = connection.execute(select(alerts.c.contact_id)).scalars().all()
        directory = world.people.directory(connection)
    assert ASHA not in {directory.contacts[each].phone for each in asked}


# ---------------------------------------------------------------- more than one report


BOY = ("3", "1", "12 2", "Chandipara")
GIRL = ("4", "2", "16 1", "Jelepara", "12/12", "3")


def asked_about(world: World, serial: int) -> set[int]:
    return {
        row.contact_id
        for row in rows(world, alerts)
        if row.case_id == serial and row.state == "asked"
    }


def both_have_their_case(world: World, asked: set[int]) -> None:
    found = {case.id: (case.kind, case.place_code, case.status) for case in rows(world, cases)}
    assert found == {1: ("missing", "V1", "open"), 2: ("child_marriage", "V2", "open")}
    assert asked_about(world, 1) == asked
    assert asked_about(world, 2)


@pytest.mark.parametrize("cut", ["hangs up", "falls silent", "neither"])
def test_a_second_child_told_of_in_one_session_has_a_case_of_her_own(
    world: World, phone: Phone, cut: str
) -> None:
    phone.dial(*BOY)
    if cut == "hangs up":
        phone.hang_up()
        asked = asked_about(world, 1)
        assert asked
        phone.dial("1")
    elif cut == "falls silent":
        world.at += timedelta(minutes=4)
        world.tick()
    for each in ("00", *GIRL):
        answered = phone.press(each)
    assert "No 1010" in answered
    both_have_their_case(world, asked_about(world, 1))
    assert asked_about(world, 1), "the boy's village is still asked"


@pytest.mark.parametrize("then", [("9", "4", "when are you open"), ("9", "1", "1007 quartz")])
def test_an_urgent_report_that_was_left_is_not_lost_with_another_thing_done(
    world: World, phone: Phone, then: tuple[str, ...]
) -> None:
    phone.dial(*BOY, "00", *then)
    phone.hang_up()
    world.at += timedelta(hours=1)
    world.tick()
    assert [case.kind for case in rows(world, cases)] == ["missing"]
    assert asked_about(world, 1)


def test_a_kind_pressed_by_mistake_is_taken_back(world: World, phone: Phone) -> None:
    phone.dial("3", "00", *GIRL)
    assert [case.kind for case in rows(world, cases)] == ["child_marriage"]


@pytest.mark.parametrize(
    "typed",
    [("3", "00"), ("6", "0"), ("3", "00", "9", "2"), ("0", "1", "0", "2"), ("0", "1", "0", "2", "9")],
)  # fmt: skip
def test_what_was_pressed_by_mistake_and_left_wakes_nobody(
    world: World, phone: Phone, typed: tuple[str, ...]
) -> None:
    phone.dial(*typed)
    phone.hang_up()
    world.at += timedelta(hours=1)
    world.tick()
    assert rows(world, cases) == []


@pytest.mark.parametrize("typed", [("0", "1"), ("0", "1", "0"), ("0", "1", "00"), ("6", "1", "00")])
def test_a_danger_that_was_told_alerts_unless_it_is_denied(
    world: World, phone: Phone, typed: tuple[str, ...]
) -> None:
    phone.dial(*typed)
    phone.hang_up()
    assert len(rows(world, cases)) == 1


def test_a_question_after_a_case_is_a_question(world: World, phone: Phone) -> None:
    phone.dial(*BOY)
    phone.hang_up()
    answered = phone.dial("1", "00", "9", "4", "when are you open", "3")
    assert "1007" not in answered
    assert rows(world, inbox)[-1].outcome == "question"


def carried_out(world: World, act: object) -> None:
    steer.carry_out(world.parts, act)  # type: ignore[arg-type]


def test_what_is_gone_on_with_grows_the_case_it_was_merged_into(world: World, phone: Phone) -> None:
    phone.dial("3", "1", "12 2")
    phone.hang_up()
    Phone(phone.client, "+917000000302").dial("3", "1", "9 1", "Jelepara", "1", "3")
    carried_out(world, acts.Merge(1, 2))
    phone.dial("1", "Chandipara")
    answered = phone.press("1")
    assert "does not" not in answered
    phone.press("3")
    events = [row.case_id for row in rows(world, timeline) if row.event == "told_more"]
    assert events == [2]
    merged = next(case for case in rows(world, cases) if case.id == 2)
    told = world.parts.cases.story(merged).fields
    assert (told.age, told.origin, merged.place_code) == (9, "Jelepara", "V2")


def test_what_is_gone_on_with_does_not_overwrite_what_another_report_told(
    world: World, phone: Phone
) -> None:
    phone.dial("2", "1", "16 1", "Chandipara", "Delhi kal", "3")
    phone.dial("3", "1", "17 1")
    phone.hang_up()
    phone.dial("1", "Jelepara", "2", "3")
    (case,) = rows(world, cases)
    told = world.parts.cases.story(case).fields
    assert (case.kind, case.place_code) == ("trafficking", "V1")
    assert (told.age, told.origin, told.date) == (16, "Chandipara", "2026-12-02")
    assert len(rows(world, reports)) == 2


def test_what_is_gone_on_with_does_not_raise_what_two_of_the_staff_have_lowered(
    world: World, phone: Phone
) -> None:
    phone.dial("3", "1", "12 2", "Chandipara")
    phone.hang_up()
    carried_out(world, acts.Level(1, "normal"))
    phone.dial("1", "1", "3")
    (case,) = rows(world, cases)
    assert case.urgency == "normal"


def test_what_is_gone_on_with_after_its_case_was_closed_alerts_anew(
    world: World, phone: Phone
) -> None:
    phone.dial("3", "1", "12 2", "Chandipara")
    phone.hang_up()
    carried_out(world, acts.Close(1, "safe"))
    phone.dial("1", "1", "3")
    found = {case.id: case.status for case in rows(world, cases)}
    assert found == {1: "closed", 2: "open"}
    assert asked_about(world, 2)


@pytest.mark.parametrize(
    "typed", ["CASE 1007 4821", "my pin is 4821", "PIN 4821", "CLOSE 1007 safe 4821"]
)
def test_a_pin_written_where_words_are_kept_is_not_kept(
    world: World, phone: Phone, typed: str
) -> None:
    choose_pin(world, ASHA, "4821")
    Phone(phone.client, ASHA).dial("9", "4", typed)
    assert "4821" not in beside_seals("\n".join(bodies(world)))


@pytest.mark.parametrize("typed", ["1", "ACK", "ACK 1007", "AWAY 5d", "LIST", "STATUS 1007 mango"])
def test_what_a_member_writes_in_words_does_nothing_and_leaves_no_sms(
    world: World, phone: Phone, typed: str
) -> None:
    phone.dial(*URGENT, "3")
    world.work()
    before = texts_to(world, ASHA)
    member = Phone(phone.client, ASHA)
    assert member.dial("9", "4", typed, "2").startswith("END Dhonnobad.")
    (case,) = rows(world, cases)
    assert case.status == "open"
    with world.database.read() as connection:
        asha = world.people.directory(connection).with_phone(ASHA)
    assert asha is not None
    assert asha.away_until is None
    assert texts_to(world, ASHA) == before
    assert rows(world, receipt_tries) == []


@pytest.mark.parametrize("typed", ["48 21", "48*21", "4821#", "O4821"])
def test_a_pin_typed_with_something_between_is_the_pin(
    world: World, phone: Phone, typed: str
) -> None:
    phone.dial(*URGENT, "3")
    world.work()
    choose_pin(world, ASHA, "4821")
    assert "U " in Phone(phone.client, ASHA).dial("9", "5", "1", "3", typed)
    assert "4821" not in beside_seals("\n".join(bodies(world)))


@pytest.mark.parametrize("typed", ["482", "4821 4821", "pin"])
def test_what_is_no_pin_is_asked_again_and_not_kept(world: World, phone: Phone, typed: str) -> None:
    phone.dial(*URGENT, "3")
    world.work()
    before = len(rows(world, inbox))
    assert "PIN" in Phone(phone.client, ASHA).dial("9", "5", "1", "3", typed)
    assert len(rows(world, inbox)) == before


def test_a_member_may_dial_straight_to_the_list(world: World, phone: Phone) -> None:
    number, _ = number_and_word(phone.dial(*URGENT, "3"))
    world.work()
    asha = Phone(phone.client, ASHA)
    assert f"1 {number} joruri" in asha.dial(prefill="9*5")


def test_tomorrow_is_the_day_after_it_was_pressed(world: World, phone: Phone) -> None:
    world.at = world.at.replace(hour=23, minute=50)
    tomorrow = (world.at + timedelta(days=1)).date().isoformat()
    phone.dial("4", "2", "16 1", "Chandipara", "2")
    world.at += timedelta(minutes=15)
    phone.press("3")
    assert any(tomorrow in body for body in bodies(world))


@pytest.mark.parametrize("typed", ["²", "①", "9", "x"])
def test_what_is_no_line_of_a_list_is_asked_again(world: World, phone: Phone, typed: str) -> None:
    phone.dial(*URGENT, "3")
    world.work()
    answered = Phone(phone.client, ASHA).dial("9", "5", typed)
    assert answered.startswith("CON ")
    assert "Apnar case" in answered


def test_a_second_redial_still_offers_to_go_on(phone: Phone) -> None:
    phone.dial("1", "30 2", "Chandipara")
    phone.hang_up()
    offered = phone.dial()
    assert phone.dial() == offered
    assert offered.startswith("CON We were cut off")
