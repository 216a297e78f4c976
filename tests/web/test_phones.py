"""The phones page in a real browser, before the real gateway."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, Response, request
from playwright.sync_api import Page, expect
from sqlalchemy import select
from werkzeug.serving import make_server

from gateway.store.tables import cases
from gateway.web.phones import EXAMPLES, DemoPhone, Feed, PhoneMessage, phones_blueprint
from tests.e2e.running import Running
from tests.waiting import PATIENCE, until
from tests.world import World

RAHIM, MINA, ASHA, BIMAL = "#p917000000301", "#p917000000302", "#p917000000101", "#p917000000102"
RATAN, CHITRA = "#p917000000201", "#p917000000103"


#: Sunday 29 November 2026, 23:23 in India
NOW = 1_795_974_780_000


class Line:
    """A line in memory with a server of its own: it keeps what is posted, and fails when told."""

    def __init__(self) -> None:
        self.messages: list[PhoneMessage] = []
        self.texts: list[dict[str, str]] = []
        self.receipts: list[dict[str, str]] = []
        self.dialled: list[dict[str, str]] = []
        self.fails: set[str] = set()
        self.secret = "first"
        self.clock = NOW
        app = Flask(__name__)
        app.register_blueprint(phones_blueprint(self, "/webhooks/simulator/first", "Asia/Kolkata"))
        app.before_request(self._guard)
        app.add_url_rule(
            "/webhooks/simulator/<secret>/<path>", view_func=self._post, methods=["POST"]
        )
        self.client = app.test_client()
        self._server = make_server("127.0.0.1", 0, app, threaded=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def phones(self) -> list[DemoPhone]:
        return [
            DemoPhone("+917000000301", "Rahim, a neighbour", "reporter", "bn-Latn"),
            DemoPhone("+917000000101", "Asha, village committee", "member", "bn"),
        ]

    def feed(self, after: str) -> Feed:
        return Feed(str(len(self.messages)), self.messages[int(after or 0) :])

    def set_power(self, number: str, on: bool) -> None:
        """The phones of this line stay as they are."""

    def power(self) -> dict[str, bool]:
        return {phone.number: True for phone in self.phones()}

    def now(self) -> int:
        return self.clock

    def forward(self, minutes: int) -> int:
        if minutes < 1:
            raise ValueError("the clock is set forward only")
        self.clock += minutes * 60_000
        return self.clock

    def text(self, message_id: str, phone: str, text: str) -> None:
        self.messages.append(PhoneMessage(message_id, phone, "out", text, self.clock))

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _guard(self) -> Response | None:
        if request.path == "/phones/config" and self.secret != "first":
            return Response(f'{{"webhook": "/webhooks/simulator/{self.secret}", "phones": []}}')
        return Response("away", 503) if request.path.rpartition("/")[2] in self.fails else None

    def _post(self, secret: str, path: str) -> Response:
        if secret != self.secret:
            return Response("there is nothing here", 404)
        kept = {"sms": self.texts, "status": self.receipts}.get(path, self.dialled)
        kept.append(
            {"path": path, **request.form} if path.startswith("ussd") else dict(request.form)
        )
        return Response("CON Which?\n1 This" if path == "ussd" else "")


@pytest.fixture
def line() -> Iterator[Line]:
    line = Line()
    yield line
    line.close()


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with Running(tmp_path_factory.mktemp("phones") / "data", "--demo") as running:
        yield running


def send(page: Page, phone: str, text: str) -> None:
    page.locator(f"{phone} textarea").fill(text)
    page.locator(f"{phone} .send").click()


def last(page: Page, phone: str) -> object:
    return page.locator(f"{phone} .thread li.out").last


def test_a_report_rings_the_committee_and_is_taken(page: Page, gateway: Running) -> None:
    page.goto(gateway.url + "/phones")
    expect(page.locator(".phone")).to_have_count(6)
    page.locator(f"{RAHIM} .example").first.click()
    page.locator(f"{RAHIM} textarea").press("Enter")
    expect(last(page, RAHIM)).to_contain_text("Received. No ")
    expect(last(page, ASHA)).to_contain_text("Gurutwopurno")
    expect(page.locator(ASHA)).to_have_class("phone member ringing")
    expect(page.locator(f"{ASHA} .unread")).to_have_text("1")
    send(page, ASHA, "PASS")
    expect(last(page, BIMAL)).to_contain_text("গুরুত্বপূর্ণ")
    expect(page.locator(f"{ASHA} .unread")).to_be_hidden()
    send(page, BIMAL, "ack")
    expect(last(page, BIMAL)).to_contain_text("এখন আপনার")
    expect(last(page, ASHA)).to_contain_text("ekjon sohokormi niyechen")


def test_bengali_is_shown_with_letters_of_its_own(page: Page, gateway: Running) -> None:
    page.goto(gateway.url + "/phones")
    send(page, MINA, "আমাদের গ্রামে কেউ আসেনি")
    expect(last(page, MINA)).to_contain_text("ধন্যবাদ। একজন পড়ে দেখবেন")
    expect(page.locator(f"{MINA} .thread li.in").last).to_contain_text("আমাদের গ্রামে")
    # a font with the conjunct draws ন্ন narrower than its two letters apart
    widths = page.evaluate(
        """() => { const c = document.createElement('canvas').getContext('2d');
        c.font = '40px ' + getComputedStyle(document.body).fontFamily;
        return ['ন্ন', 'ন\u200cন', '\uffff'].map((t) => c.measureText(t).width); }"""
    )
    assert widths[0] < widths[1]


def test_a_reload_shows_what_was_said(page: Page, gateway: Running) -> None:
    page.goto(gateway.url + "/phones")
    send(page, RATAN, "good morning to all")
    expect(page.locator(f"{RATAN} li.out", has_text="To take a case").last).to_be_visible()
    page.reload()
    expect(page.locator(f"{RATAN} .thread")).to_contain_text("good morning to all")
    expect(page.locator(f"{RATAN} .thread li.in", has_text="good morning to all")).to_have_count(1)


def test_what_is_typed_is_shown_as_text_and_never_run(page: Page, gateway: Running) -> None:
    page.goto(gateway.url + "/phones")
    send(page, RAHIM, "<img src=x onerror=alert(1)><b>bold</b>")
    page.reload()
    expect(page.locator(f"{RAHIM} .thread")).to_contain_text("<b>bold</b>")
    expect(page.locator(".thread img, .thread b")).to_have_count(0)


def test_the_keypad_types_by_several_presses(page: Page, gateway: Running) -> None:
    page.goto(gateway.url + "/phones")
    # both within a moment, however busy the machine is
    page.locator(f"{ASHA} [data-key='2']").evaluate("key => { key.click(); key.click(); }")
    page.locator(f"{ASHA} [data-key='8']").click()
    expect(page.locator(f"{ASHA} textarea")).to_have_value("bt")
    page.locator(f"{ASHA} .clear").click()
    expect(page.locator(f"{ASHA} textarea")).to_have_value("b")


def answer(page: Page, phone: str, *typed: str) -> None:
    for each in typed:
        page.locator(f"{phone} .ussd input").fill(each)
        before = page.locator(f"{phone} .menu").text_content() or ""
        page.locator(f"{phone} .ussd input").press("Enter")
        expect(page.locator(f"{phone} .menu")).not_to_have_text(before)


def test_a_report_by_ussd_rings_the_committee_and_leaves_no_text(
    page: Page, gateway: Running
) -> None:
    with page.expect_response("**/phones/feed*"):  # what the phone holds from before
        page.goto(gateway.url + "/phones")
    page.wait_for_timeout(300)
    menu = page.locator(f"{MINA} .menu")
    before = page.locator(f"{MINA} li").count()
    send(page, MINA, "*384#")
    expect(menu).to_contain_text("0 DANGER NOW")
    answer(page, MINA, "3", "2", "12*2", "Chandipara", "2")
    expect(menu).to_contain_text("Is it safe for you")
    answer(page, MINA, "3")
    expect(menu).to_contain_text("Thank you. No ")
    expect(last(page, ASHA)).to_contain_text("JORURI")
    page.locator(f"{MINA} .hang-up").click()
    expect(page.locator(f"{MINA} .ussd")).to_be_hidden()
    page.wait_for_timeout(1000)
    expect(page.locator(f"{MINA} li")).to_have_count(before)


def test_a_member_takes_a_case_by_ussd_typed_on_the_keypad(page: Page, gateway: Running) -> None:
    page.goto(gateway.url + "/phones")
    send(page, RAHIM, "MIS Sonai, 9, F, Chandipara, today")
    expect(last(page, ASHA)).to_contain_text("JORURI")
    page.wait_for_timeout(800)
    for key in ("*", "3", "8", "4", "#"):
        page.locator(f"{ASHA} [data-key='{key}']").click()
    expect(page.locator(f"{ASHA} textarea")).to_have_value("*384#")
    page.locator(f"{ASHA} .send").click()
    menu = page.locator(f"{ASHA} .menu")
    expect(menu).to_contain_text("0 EKHUNI")
    for key, told in (
        ("9", "5 Amar case"),
        ("5", "Apnar case:"),
        ("1", "1 Ami nilam"),
        ("1", "ekhon apnar"),
    ):
        page.locator(f"{ASHA} [data-key='{key}']").click()
        page.locator(f"{ASHA} .send").click()
        expect(menu).to_contain_text(told)
    page.locator(f"{ASHA} .send").click()
    expect(page.locator(f"{ASHA} .ussd")).to_be_hidden()


def test_dialling_is_answered_again_and_hung_up_as_a_network_does(page: Page, line: Line) -> None:
    page.goto(line.url + "/phones")
    send(page, RAHIM, "*123#")
    expect(page.locator(f"{RAHIM} .menu")).to_contain_text("dial *384#")
    assert line.dialled == []
    page.locator(f"{RAHIM} .hang-up").click()
    line.fails.add("ussd")
    send(page, RAHIM, "*384*9#")
    again = page.get_by_role("button", name="Again")
    expect(again).to_be_visible()
    line.fails.clear()
    again.click()
    expect(page.locator(f"{RAHIM} .menu")).to_contain_text("1 This")
    page.locator(f"{RAHIM} .ussd input").fill("1")
    page.locator(f"{RAHIM} .ussd input").press("Enter")
    until(lambda: len(line.dialled) == 2)
    page.locator(f"{RAHIM} .ussd input").press("Escape")
    until(lambda: len(line.dialled) == 3)
    session = line.dialled[0]["id"]
    number = "+917000000301"
    assert line.dialled == [
        {"path": "ussd", "id": session, "from": number, "text": "9"},
        {"path": "ussd", "id": session, "from": number, "text": "9*1"},
        {"path": "ussd-end", "id": session, "from": number},
    ]
    assert line.texts == []


def test_a_phone_that_is_off_does_not_hold_up_the_case(page: Page, gateway: Running) -> None:
    page.goto(gateway.url + "/phones")
    page.locator(f"{ASHA} .power").click()
    expect(page.locator(f"{ASHA} .dark")).to_be_visible()
    before = page.locator(f"{BIMAL} .thread li.out").count()
    send(page, RAHIM, "MIG Mita, 15, F, Pune, 14/12, agent Nasir, from Chandipara")
    expect(page.locator(f"{BIMAL} .thread li.out")).to_have_count(before + 1)
    page.locator(f"{ASHA} .power").click()
    expect(page.locator(f"{ASHA} .dark")).to_be_hidden()


def test_the_count_tells_when_a_text_becomes_two(page: Page, gateway: Running) -> None:
    page.goto(gateway.url + "/phones")
    box, count = page.locator(f"{RAHIM} textarea"), page.locator(f"{RAHIM} .count")
    box.fill("a" * 160)
    expect(count).to_have_text("0/1")
    box.fill("a" * 161)
    expect(count).to_have_text("145/2")
    box.fill("ক" * 70)
    expect(count).to_have_text("0/1")


def test_a_text_that_was_not_sent_is_kept_and_can_be_sent_again(
    page: Page, gateway: Running
) -> None:
    page.goto(gateway.url + "/phones")
    page.route("**/sms", lambda route: route.abort())
    send(page, RATAN, "hello from far away")
    again = page.locator(f"{RATAN} li.unsent button")
    expect(again).to_be_visible()
    page.unroute("**/sms")
    again.click()
    expect(page.locator(f"{RATAN} li.unsent")).to_have_count(0)
    expect(page.locator(f"{RATAN} li.out", has_text="To take a case").last).to_be_visible()


def test_on_a_small_screen_one_phone_fills_it_and_tabs_lead_to_the_others(
    page: Page, gateway: Running
) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(gateway.url + "/phones")
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 360
    expect(page.locator(RAHIM)).to_be_in_viewport()
    page.locator("[data-tab='+917000000103']").click()
    expect(page.locator("#p917000000103 .screen")).to_be_in_viewport(ratio=0.9)


def test_the_page_asks_nothing_of_any_other_machine(page: Page, gateway: Running) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    answer = page.goto(gateway.url + "/phones")
    assert answer is not None
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert asked
    assert all(url.startswith(gateway.url) for url in asked)


@pytest.mark.parametrize("cursor", ["x.y", "-", "9" * 30 + ".0", "%00", "%F0%9F%98%80"])
def test_a_cursor_that_is_none_is_told_in_a_line(gateway: Running, cursor: str) -> None:
    answer = gateway.get(f"/phones/feed?after={cursor}")
    assert answer == "after is a cursor that this address has given\n"


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ([], "phone is none"),
        ("rubbish", "phone is none"),
        ({}, "phone is none"),
        ({"phone": "+910000000000", "on": True}, "phone is none"),
        ({"phone": ["+917000000301"], "on": True}, "phone is none"),
        ({"phone": {}, "on": True}, "phone is none"),
        ({"phone": "+917000000301"}, "on is true or false"),
        ({"phone": "+917000000301", "on": 1}, "on is true or false"),
    ],
)
def test_a_switch_that_is_none_is_told_in_a_line(line: Line, asked: object, told: str) -> None:
    answer = line.client.post("/phones/power", json=asked)
    assert answer.status_code == 400
    assert answer.text.startswith(told)
    assert answer.text.count("\n") == 1
    form = line.client.post("/phones/power", data={"phone": "+917000000301", "on": "true"})
    assert form.status_code == 400  # what another site's form can post switches nothing


def test_an_unanswered_alert_climbs_when_the_clock_is_set_forward(
    page: Page, tmp_path: Path
) -> None:
    with Running(tmp_path / "data", "--demo") as gateway:
        page.goto(gateway.url + "/phones")
        send(page, RAHIM, "MIS Bapi, 12, M, Chandipara, yesterday")
        expect(page.locator(f"{ASHA} li.out")).to_have_count(1)
        expect(page.locator(f"{BIMAL} li")).to_have_count(0)
        page.get_by_role("button", name="+15 min").click()
        expect(page.locator(f"{BIMAL} li.out")).to_have_count(1)
        page.get_by_role("button", name="to 07:00").click()
        expect(page.locator("#now")).to_have_text(re.compile(r"^\w{3} \d+ \w{3} \d{4}, 07:00$"))
        expect(page.locator(f"{CHITRA} li.out")).to_have_count(1)
        send(page, BIMAL, "ACK")
        stamp = page.locator(f"{BIMAL} li.in time")
        expect(stamp).to_have_text(re.compile(r"07:0\d$"))  # typed at the time of the gateway
        expect(page.locator(f"{BIMAL} li.out")).to_have_count(2)
        assert '"clock":"ok"' in gateway.get("/health/ready")
        doctor = gateway.command("doctor", "--demo").stdout
        assert "the clock process is running" in doctor
        assert "has waited" not in doctor


def test_the_whole_way_from_a_report_in_bengali_to_a_check_in(page: Page, tmp_path: Path) -> None:
    """Report, question, answer, alert, no answer, next rung, ACK, and days later: is all well?"""
    with Running(tmp_path / "data", "--demo") as gateway:
        page.goto(gateway.url + "/phones")

        def heard(phone: str, text: str) -> None:
            expect(page.locator(f"{phone} li.out", has_text=text).last).to_be_visible()

        page.get_by_role("button", name="to 07:00").click()  # no quiet hours, whenever this runs
        send(page, MINA, "আমার ভাই রাজু, ১৯, কাল কেরালা যাবে কাজে, চণ্ডীপাড়া থেকে")
        heard(MINA, "পেয়েছি")
        heard(MINA, "সঙ্গে কে?")
        heard(ASHA, "Notun")
        send(page, MINA, "১")  # a relative
        heard(MINA, "এই ফোনে আবার লেখা")
        send(page, MINA, "১")  # it is safe to write
        heard(MINA, "ধন্যবাদ")
        for _ in range(2):  # 48 hours without an answer
            page.get_by_role("button", name="+1 day").click()
        page.get_by_role("button", name="+15 min").click()
        heard(BIMAL, "ACK")
        send(page, BIMAL, "ACK")
        heard(BIMAL, "এখন আপনার")
        heard(ASHA, "sohokormi")
        for _ in range(2):  # the third day after the journey, at ten
            page.get_by_role("button", name="+1 day").click()
        page.get_by_role("button", name="+4 h").click()
        heard(MINA, "সব ভালো?")
        send(page, MINA, "২")  # no news of him
        heard(BIMAL, "এখন আরও জরুরি")


def test_the_clock_shows_the_gateways_day_and_so_do_messages_of_another_day(
    page: Page, line: Line
) -> None:
    line.text("1", "+917000000101", "before midnight")
    page.goto(line.url + "/phones")
    expect(page.locator("#now")).to_have_text("Sun 29 Nov 2026, 23:23")
    expect(last(page, ASHA).locator("time")).to_have_text("23:23")
    page.get_by_role("button", name="+1 h").click()
    expect(page.locator("#now")).to_have_text("Mon 30 Nov 2026, 00:23")
    expect(page.locator("#told")).to_have_text("The clock shows Mon 30 Nov 2026, 00:23")
    line.text("2", "+917000000101", "after midnight")
    expect(last(page, ASHA).locator("time")).to_have_text("Mon 30 Nov, 00:23")
    page.get_by_role("button", name="to 07:00").dblclick()
    expect(page.locator("#now")).to_have_text("Mon 30 Nov 2026, 07:00")
    page.get_by_role("button", name="+1 day").press("Enter")
    page.get_by_role("button", name="to 07:00").press("Enter")
    expect(page.locator("#now")).to_have_text("Wed 2 Dec 2026, 07:00")


def test_a_clock_that_could_not_be_set_is_told_and_stays(page: Page, line: Line) -> None:
    page.goto(line.url + "/phones")
    expect(page.locator("#now")).to_have_text("Sun 29 Nov 2026, 23:23")
    line.fails.add("clock")
    page.get_by_role("button", name="+4 h").click()
    expect(page.locator("#link")).to_contain_text("could not be set forward")
    expect(page.locator("#now")).to_have_text("Sun 29 Nov 2026, 23:23")


@pytest.mark.parametrize("minutes", [None, "15", 1.5, True, [], {}, 0, -15])
def test_a_step_of_the_clock_that_is_none_is_told_in_a_line(line: Line, minutes: object) -> None:
    answer = line.client.post("/phones/clock", json={"minutes": minutes})
    assert answer.status_code == 400
    assert re.fullmatch(r"(minutes is a whole number|the clock is set forward).*\n", answer.text)
    for asked in ({"data": "rubbish"}, {"json": [15]}, {"data": {"minutes": "15"}}):
        assert line.client.post("/phones/clock", **asked).status_code == 400
    assert line.clock == NOW


def test_a_step_of_the_clock_answers_with_the_time_and_the_feed_tells_it(line: Line) -> None:
    answer = line.client.post("/phones/clock", json={"minutes": 15})
    assert (answer.status_code, answer.get_json()) == (200, {"now": NOW + 900_000})
    assert line.client.get("/phones/feed").get_json()["now"] == NOW + 900_000


def test_what_shows_is_receipted_once_whether_it_came_before_the_page_or_after(
    page: Page, line: Line
) -> None:
    line.text("early", "+917000000101", "came before the page")
    page.goto(line.url + "/phones")
    until(lambda: len(line.receipts) == 1)
    line.fails.add("status")
    line.text("late", "+917000000101", "came after")
    expect(last(page, ASHA)).to_contain_text("came after")
    page.wait_for_timeout(1000)
    line.fails.clear()
    until(lambda: len(line.receipts) == 2)
    page.reload()
    expect(page.locator(f"{ASHA} li.out")).to_have_count(2)
    page.wait_for_timeout(1000)
    assert line.receipts == [
        {"id": "early", "status": "delivered"},
        {"id": "late", "status": "delivered"},
    ]


def test_a_committees_phone_rings_and_a_reporters_lights_up(page: Page, line: Line) -> None:
    page.goto(line.url + "/phones")
    expect(page.locator(f"{ASHA} .thread")).to_be_empty()
    page.wait_for_timeout(800)
    line.text("1", "+917000000101", "an alert")
    line.text("2", "+917000000301", "an answer")
    expect(page.locator(ASHA)).to_have_class("phone member ringing")
    expect(page.locator(RAHIM)).to_have_class("phone reporter lit")
    expect(page.locator("#arrived")).to_contain_text("Asha: an alert")
    expect(page).to_have_title("(2) SafetyNet: the phones")
    page.locator(f"{ASHA} textarea").focus()
    expect(page.locator(ASHA)).to_have_class("phone member")
    expect(page).to_have_title("(1) SafetyNet: the phones")


def test_nothing_moves_for_those_who_asked_for_less_motion(page: Page, line: Line) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.goto(line.url + "/phones")
    page.wait_for_timeout(800)
    line.text("1", "+917000000101", "an alert")
    expect(page.locator(ASHA)).to_have_class("phone member ringing")
    name = page.locator(f"{ASHA} .body").evaluate("e => getComputedStyle(e).animationName")
    assert name == "none"


def test_an_absence_is_told_kindly_and_ends_by_itself(page: Page, line: Line) -> None:
    page.goto(line.url + "/phones")
    page.locator(f"{RAHIM} textarea").fill("half a sente")
    line.fails.add("feed")
    expect(page.locator("#link")).to_contain_text("does not answer just now")
    line.text("1", "+917000000101", "sent meanwhile")
    line.fails.clear()
    expect(last(page, ASHA)).to_contain_text("sent meanwhile")
    expect(page.locator("#link")).to_be_empty()
    expect(page.locator(f"{RAHIM} textarea")).to_have_value("half a sente")


def test_a_gateway_begun_anew_with_other_keys_is_met_without_a_reload(
    page: Page, line: Line
) -> None:
    line.text("1", "+917000000101", "of the gateway before")
    page.goto(line.url + "/phones")
    expect(last(page, ASHA)).to_contain_text("before")
    line.secret, line.messages = "second", []
    send(page, RAHIM, "hello")
    again = page.locator(f"{RAHIM} li.unsent button")
    expect(again).to_be_visible()
    expect(page.locator(f"{ASHA} li")).to_have_count(0)
    line.text("1", "+917000000101", "of the new one")
    again.click()
    expect(page.locator(f"{RAHIM} li.unsent")).to_have_count(0)
    assert [text["text"] for text in line.texts] == ["hello"]
    expect(last(page, ASHA)).to_contain_text("of the new one")


def test_a_text_whose_answer_was_lost_is_marked_sent_when_the_feed_shows_it(
    page: Page, line: Line
) -> None:
    page.goto(line.url + "/phones")
    line.fails.add("sms")
    send(page, RAHIM, "did it go")
    with page.expect_request("**/sms") as tried:
        page.locator(f"{RAHIM} li.unsent button").click()
    fields = dict(pair.split("=") for pair in (tried.value.post_data or "").split("&"))
    expect(page.locator(f"{RAHIM} li.unsent")).to_be_visible()
    line.messages.append(PhoneMessage(fields["id"], "+917000000301", "in", "did it go", 1))
    expect(page.locator(f"{RAHIM} li.unsent")).to_have_count(0)
    expect(page.locator(f"{RAHIM} li.in")).to_have_count(1)


def test_the_keypad_is_worked_from_the_keyboard_and_writes_capitals(page: Page, line: Line) -> None:
    page.goto(line.url + "/phones")
    page.locator(f"{ASHA} [data-key='1']").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.locator(f"{ASHA} [data-key='#']").click()
    expect(page.locator(f"{ASHA} .case")).to_have_text("ABC")
    page.locator(f"{ASHA} [data-key='2']").click()
    expect(page.locator(f"{ASHA} textarea")).to_have_value("aA")


class Terminal:
    """``safetynet phone`` in a terminal."""

    def __init__(self, url: str, number: str = "+917000000101") -> None:
        self._end, theirs = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gateway", "phone", number, "--url", url],
            stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
        )  # fmt: skip
        os.close(theirs)
        os.set_blocking(self._end, False)
        self.said = ""

    def type(self, keys: str) -> None:
        os.write(self._end, keys.encode())

    def wait_for(self, told: str) -> None:
        until(lambda: told in self.read(), lambda: self.said)

    def read(self) -> str:
        with contextlib.suppress(OSError):  # nothing more for now, or it has ended
            self.said += os.read(self._end, 65536).decode()
        return self.said

    def end(self) -> int:
        try:
            return self.process.wait(PATIENCE)
        finally:
            self.process.kill()
            os.close(self._end)


def test_a_terminal_shows_what_arrives_and_sends_again_with_the_same_id(line: Line) -> None:
    terminal = Terminal(line.url, "+91 70000 00101")
    terminal.wait_for("+917000000101 is on")
    line.fails |= {"sms", "status"}
    line.text("1", "+917000000101", "JORURI\x1b[2J 1007")
    terminal.wait_for("< JORURI [2J 1007")
    terminal.type("ACK\n")
    terminal.wait_for("Enter alone sends it again")
    assert line.texts == line.receipts == []
    line.fails.clear()
    terminal.type("\n")
    until(lambda: bool(line.texts and line.receipts))
    terminal.type("\x04")
    assert terminal.end() == 0
    (sent,) = line.texts
    assert (sent["from"], sent["text"]) == ("+917000000101", "ACK")
    assert line.receipts == [{"id": "1", "status": "delivered"}]
    assert terminal.said.count("JORURI") == 1


def test_ctrl_c_ends_a_terminal_without_a_trace(line: Line) -> None:
    terminal = Terminal(line.url)
    terminal.wait_for("is on")
    terminal.process.send_signal(signal.SIGINT)
    assert terminal.end() == 0
    assert "Traceback" not in terminal.said


def _piped(*args: str, text: bytes = b"hello\n") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "gateway", "phone", *args],
        input=text, capture_output=True, timeout=PATIENCE, check=False,
    )  # fmt: skip


def test_piped_lines_are_texts_and_an_ended_wait_ends_it(line: Line) -> None:
    done = _piped("+917000000301", "--url", line.url, "--wait", "0", text="এক\n\ntwo\n".encode())
    assert done.returncode == 0, done.stderr
    assert [text["text"] for text in line.texts] == ["এক", "two"]
    assert len({text["id"] for text in line.texts}) == 2


def test_a_terminal_dials_and_shows_the_screens(line: Line, gateway: Running) -> None:
    done = _piped("+917000000302", "--url", gateway.url, "--wait", "0", text=b"*384#\n9\n2\n#\n")
    assert done.returncode == 0, done.stderr
    assert b"| 0 DANGER NOW\n" in done.stdout
    assert b"| Emergency 112\n" in done.stdout
    assert b"hung up\n" in done.stdout
    done = _piped("+917000000301", "--url", line.url, "--wait", "0", text=b"*384*9#\n1\n")
    assert [(each["path"], each.get("text")) for each in line.dialled] == [
        ("ussd", "9"),
        ("ussd", "9*1"),
        ("ussd-end", None),
    ]
    line.fails.add("ussd")
    terminal = Terminal(line.url)
    terminal.wait_for("is on")
    terminal.type("*384#\n")
    terminal.wait_for("the session has ended")
    terminal.type("hello\n")
    until(lambda: bool(line.texts))
    terminal.type("\x04")
    assert terminal.end() == 0


def test_a_terminal_that_cannot_work_says_what_to_do(line: Line) -> None:
    for number in ("7000000301", "+91x", "+0123456789"):
        done = _piped(number, "--url", line.url)
        assert (done.returncode, b"+917000000301" in done.stderr) == (1, True)
    bytes_of_no_text = _piped("+917000000301", "--url", line.url, text=b"\xff\xfe\n")
    assert b"not in UTF-8" in bytes_of_no_text.stderr
    line.fails.add("config")
    done = _piped("+917000000301", "--url", line.url)
    assert done.returncode == 1
    assert re.fullmatch(
        rb"Error: the gateway at \S+ has no phones; start it with: safetynet up --demo\n",
        done.stderr,
    )


def test_each_report_that_the_page_offers_reaches_a_village(world: World) -> None:
    offered = [text for text in EXAMPLES["reporter"] if not text.startswith("*")]
    for n, text in enumerate(offered):
        world.text(f"+91700000032{n}", text)
    world.work()
    with world.database.read() as connection:
        found = connection.execute(select(cases.c.place_code).order_by(cases.c.id)).scalars().all()
    assert len(found) == len(offered) == 5
    assert set(found) == {"V1", "V2"}
