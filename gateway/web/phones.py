"""The phones page: several basic phones side by side, for trying the gateway and for training.

What is typed is posted by the page to the simulator's webhook as a provider would post it; what
reaches a phone has gone through inbox, workers, outbox and channel.  So are the steps of a USSD
session, which begins with ``*384#``.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Protocol

from flask import Blueprint, Response, jsonify, render_template, request

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

#: what may be tapped to fill in, by role
EXAMPLES = {
    "reporter": (
        "MIG Rina, 16, F, Delhi, 12/12, domestic work, agent Salim, from Chandipara",
        "TRF Tumpa, 15, F, from Jelepara, Mumbai, today, agent, advance 5000",
        "MIS Bapi, 12, M, Chandipara, yesterday",
        "kal ekta lok amader parar 15 bochorer meyeke kaj debe bole Dilli niye jacche, Chandipara",
        "আমার ১২ বছরের মেয়ে রিয়াকে গতকাল থেকে খুঁজে পাচ্ছি না, চণ্ডীপাড়া",
        "*384#",
    ),
    "member": ("ACK", "PASS", "*384#"),
    "staff": ("LIST", "COUNT TODAY", "PIN 4729", "MENU", "ACK", "*384#"),
}
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    ),
    "Cache-Control": "no-store",  # the page holds the simulator's secret
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class DemoPhone:
    """A phone of the page."""

    number: str
    label: str
    role: str
    language: str


@dataclass(frozen=True, slots=True)
class PhoneMessage:
    """A message on a phone; ``direction`` "out" is from the gateway to the phone."""

    id: str
    phone: str
    direction: str
    text: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Feed:
    """What came since a cursor."""

    cursor: str
    messages: list[PhoneMessage]


class PhoneLine(Protocol):
    """Where the page's phones are."""

    def phones(self) -> list[DemoPhone]:
        """The phones, in the order they are shown."""

    def feed(self, after: str) -> Feed:
        """What came after a cursor; raises ValueError if it is none."""

    def set_power(self, number: str, on: bool) -> None:  # noqa: FBT001
        """Switch a phone on or off."""

    def power(self) -> dict[str, bool]:
        """Which phones are on."""

    def now(self) -> int:
        """What the gateway's clock shows (ms)."""

    def forward(self, minutes: int) -> int:
        """Set that clock forward; what it shows then.  ValueError, in plain words, if it cannot."""


def phones_blueprint(line: PhoneLine, webhook: str, zone: str) -> Blueprint:
    """The page and what it asks for.

    ``webhook`` is the simulator's path up to its secret; ``zone`` names the time zone that the
    page's times are shown in.
    """
    views = Blueprint(
        "phones", __name__, template_folder="templates", static_folder="static",
        static_url_path="/phones/static",
    )  # fmt: skip

    @views.get("/phones")
    def page() -> ResponseReturnValue:
        shown = [(phone, _examples(phone)) for phone in line.phones()]
        return Response(
            render_template("phones.html", phones=shown, webhook=webhook, zone=zone),
            headers=_HEADERS,
        )

    @views.get("/phones/config")
    def config() -> ResponseReturnValue:
        return jsonify(webhook=webhook, phones=[asdict(phone) for phone in line.phones()])

    @views.get("/phones/feed")
    def feed() -> ResponseReturnValue:
        try:
            found = line.feed(request.args.get("after", ""))
        except (ValueError, OverflowError):  # a number that no database holds overflows
            return _refused("after is a cursor that this address has given")
        return jsonify(
            cursor=found.cursor,
            messages=[asdict(message) for message in found.messages],
            power=line.power(),
            now=line.now(),
        )

    @views.post("/phones/power")
    def power() -> ResponseReturnValue:
        asked = request.get_json(silent=True)
        number, on = (asked.get("phone"), asked.get("on")) if isinstance(asked, dict) else ("", "")
        if not isinstance(number, str) or number not in {phone.number for phone in line.phones()}:
            return _refused("phone is none of the page's phones")
        if not isinstance(on, bool):
            return _refused("on is true or false")
        line.set_power(number, on)
        return jsonify(power=line.power())

    @views.post("/phones/clock")
    def clock() -> ResponseReturnValue:
        asked = request.get_json(silent=True)
        minutes = asked.get("minutes") if isinstance(asked, dict) else None
        if type(minutes) is not int:  # True is an int too, and not a time
            return _refused("minutes is a whole number: by how many the clock is set forward")
        try:
            return jsonify(now=line.forward(minutes))
        except ValueError as fault:
            return _refused(str(fault))

    return views


def _examples(phone: DemoPhone) -> list[str]:
    """What may be tapped on this phone, texts in the script of its owner first."""
    bengali = phone.language == "bn"
    return sorted(EXAMPLES.get(phone.role, ()), key=lambda text: text.isascii() == bengali)


def _refused(why: str) -> Response:
    return Response(why + "\n", 400, content_type="text/plain; charset=utf-8")
