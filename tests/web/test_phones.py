"""The phones page in a real browser, before the real gateway."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.running import Running

RAHIM, MINA, ASHA, BIMAL = "#p917000000301", "#p917000000302", "#p917000000101", "#p917000000102"


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
    send(page, RAHIM, "good morning to all")
    expect(last(page, RAHIM)).to_contain_text("A person will read this")
    page.reload()
    expect(page.locator(f"{RAHIM} .thread")).to_contain_text("good morning to all")
    expect(page.locator(f"{RAHIM} .thread li.in", has_text="good morning to all")).to_have_count(1)


def test_what_is_typed_is_shown_as_text_and_never_run(page: Page, gateway: Running) -> None:
    page.goto(gateway.url + "/phones")
    send(page, RAHIM, "<img src=x onerror=alert(1)><b>bold</b>")
    page.reload()
    expect(page.locator(f"{RAHIM} .thread")).to_contain_text("<b>bold</b>")
    expect(page.locator(".thread img, .thread b")).to_have_count(0)


def test_the_keypad_types_by_several_presses(page: Page, gateway: Running) -> None:
    page.goto(gateway.url + "/phones")
    for _ in range(2):
        page.locator(f"{ASHA} [data-key='2']").click()
    page.locator(f"{ASHA} [data-key='8']").click()
    expect(page.locator(f"{ASHA} textarea")).to_have_value("bt")
    page.locator(f"{ASHA} .clear").click()
    expect(page.locator(f"{ASHA} textarea")).to_have_value("b")


def test_a_phone_that_is_off_does_not_hold_up_the_case(page: Page, gateway: Running) -> None:
    page.goto(gateway.url + "/phones")
    page.locator(f"{ASHA} .power").click()
    expect(page.locator(f"{ASHA} .dark")).to_be_visible()
    before = page.locator(f"{BIMAL} .thread li.out").count()
    send(page, RAHIM, "MIG Mita, 15, F, Pune, 14/12, agent Nasir, from Chandipara")
    expect(page.locator(f"{BIMAL} .thread li.out")).to_have_count(before + 1, timeout=10_000)
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
    send(page, RAHIM, "hello from far away")
    again = page.locator(f"{RAHIM} li.unsent button")
    expect(again).to_be_visible()
    page.unroute("**/sms")
    again.click()
    expect(page.locator(f"{RAHIM} li.unsent")).to_have_count(0)
    expect(last(page, RAHIM)).to_contain_text("A person will read this")


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


@pytest.mark.parametrize(
    ("path", "fields"),
    [("/phones/feed?after=x.y", None), ("/phones/power", {"phone": "+910000000000", "on": "1"})],
)
def test_bad_input_is_told_in_a_line(
    gateway: Running, path: str, fields: dict[str, str] | None
) -> None:
    if fields is None:
        assert gateway.get(path) == "after is a cursor that this address has given\n"
    else:
        assert gateway.post(path, fields) == 400
