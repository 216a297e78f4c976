"""Sending through the vendors' own SDKs to a server that answers as the vendors document."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator

import pytest

from gateway.channels.africastalking import AfricasTalking
from gateway.channels.http import Client, retry_after
from gateway.channels.twilio import Twilio
from gateway.domain.messages import Accepted, Later, Outbound, Outcome, Refused, Unknown
from tests.pretend import Behaviour, PretendProvider

ACCOUNT = "AC" + "0" * 32


@pytest.fixture
def provider() -> Iterator[PretendProvider]:
    with PretendProvider() as provider:
        yield provider


def twilio(url: str, sender: str = "+15550100") -> Twilio:
    client = Client(8, connect_seconds=0.5, total_seconds=1.0)
    return Twilio(ACCOUNT, ["token"], sender, "https://sms.example.org", client, url)


def africastalking(url: str) -> AfricasTalking:
    client = Client(8, connect_seconds=0.5, total_seconds=1.0)
    return AfricasTalking("sandbox", "key", "20880", "s" * 20, "", "KE", client, url)


def message(n: int = 1, text: str = "জরুরি 1007: ACK & ?=%") -> Outbound:
    return Outbound(f"out{n}", f"+25471100000{n}", text)


def test_twilio_is_asked_as_documented(provider: PretendProvider) -> None:
    (outcome,) = twilio(provider.url).send([message()])
    assert isinstance(outcome, Accepted)
    assert outcome.provider_id.startswith("SM")
    (asked,) = provider.ledger
    assert (asked.method, asked.path) == ("POST", f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json")
    assert asked.form == {
        "To": "+254711000001",
        "From": "+15550100",
        "Body": "জরুরি 1007: ACK & ?=%",
        "StatusCallback": "https://sms.example.org/webhooks/twilio/status?ref=out1",
    }


def test_twilio_sends_by_a_messaging_service(provider: PretendProvider) -> None:
    twilio(provider.url, "MG" + "1" * 32).send([message()])
    assert provider.ledger[0].form["MessagingServiceSid"] == "MG" + "1" * 32
    assert "From" not in provider.ledger[0].form


def test_africastalking_gets_all_recipients_of_a_text_in_one_call(
    provider: PretendProvider,
) -> None:
    outcomes = africastalking(provider.url).send([message(1), message(2), message(3)])
    assert all(isinstance(each, Accepted) for each in outcomes)
    assert len({each.provider_id for each in outcomes if isinstance(each, Accepted)}) == 3
    (asked,) = provider.ledger
    assert (asked.method, asked.path) == ("POST", "/version1/messaging")
    assert asked.headers["apikey"] == "key"
    assert asked.form == {
        "username": "sandbox",
        "to": "+254711000001,+254711000002,+254711000003",
        "message": "জরুরি 1007: ACK & ?=%",
        "from": "20880",
        "bulkSMSMode": "1",
        "enqueue": "1",
    }


def test_a_bad_number_does_not_spoil_the_others(provider: PretendProvider) -> None:
    bad = Outbound("bad", "SafetyNet", message().text)
    outcomes = africastalking(provider.url).send([message(1), bad, message(2)])
    assert [type(each) for each in outcomes] == [Accepted, Refused, Accepted]


def error(status: int, code: int | None = None, **headers: str) -> Behaviour:
    body = json.dumps({"code": code, "message": "x", "status": status})
    return Behaviour(status, body, {k.replace("_", "-"): v for k, v in headers.items()})


TWILIO = [
    (error(400, 21610), Refused),
    (error(400, 21211), Refused),
    (error(400, 21614), Refused),
    (error(400, 21408), Refused),
    (error(400, 99999), Refused),
    (error(429, 20429), Later),
    (error(429, 21611), Later),
    (error(429), Later),
    (error(503), Later),
    (error(500), Unknown),
    (error(502), Unknown),
    (Behaviour(502, "<html>Bad Gateway</html>"), Unknown),
    (Behaviour(201, "{}"), Unknown),
    (Behaviour(201, ""), Unknown),
    (Behaviour(201, "not json"), Unknown),
    (Behaviour(200, '{"sid": null}'), Unknown),
    (Behaviour(way="cut"), Unknown),
    (Behaviour(way="silent"), Unknown),
]


@pytest.mark.parametrize(("behaviour", "expected"), TWILIO)
def test_twilio_outcomes(provider: PretendProvider, behaviour: Behaviour, expected: type) -> None:
    provider.behave = lambda _: behaviour
    (outcome,) = twilio(provider.url).send([message()])
    assert type(outcome) is expected
    assert not getattr(outcome, "page", False)
    assert len(provider.ledger) == 1, "a send asks once"


@pytest.mark.parametrize("behaviour", [error(401, 20003), error(403, 20005), error(400, 21606)])
def test_twilio_pages_the_operator(provider: PretendProvider, behaviour: Behaviour) -> None:
    provider.behave = lambda _: behaviour
    (outcome,) = twilio(provider.url).send([message()])
    assert isinstance(outcome, Later)
    assert outcome.page


def test_the_wait_a_provider_asks_for_is_kept(provider: PretendProvider) -> None:
    provider.behave = lambda _: error(429, 20429, Retry_After="90")
    (outcome,) = twilio(provider.url).send([message()])
    assert isinstance(outcome, Later)
    assert outcome.after == 90
    (outcome,) = africastalking(provider.url).send([message()])
    assert isinstance(outcome, Later)
    assert outcome.after == 90


def recipient(code: object, message_id: str = "ATXid_1") -> Behaviour:
    each = {
        "statusCode": code,
        "number": "+254711000001",
        "status": "x",
        "cost": "0",
        "messageId": message_id,
    }
    return Behaviour(201, json.dumps({"SMSMessageData": {"Message": "m", "Recipients": [each]}}))


AFRICASTALKING = [
    *[(recipient(code), Accepted) for code in (100, 101, 102, "101")],
    *[(recipient(code), Refused) for code in (401, 402, 403, 404, 406, 407, 409)],
    *[(recipient(code), Later) for code in (405, 500, 501, 502)],
    (recipient(101, "None"), Unknown),
    (recipient(101, ""), Unknown),
    (recipient("rubbish"), Unknown),
    (Behaviour(201, '{"SMSMessageData": {"Message": "m", "Recipients": []}}'), Unknown),
    (Behaviour(201, '{"SMSMessageData": {"Message": "m", "Recipients": [7]}}'), Unknown),
    (Behaviour(201, '{"SMSMessageData": {"Message": "InvalidSenderId", "Recipients": []}}'), Later),
    (Behaviour(201, "[]"), Unknown),
    (Behaviour(201, "not json"), Unknown),
    (Behaviour(400, "no"), Refused),
    (Behaviour(401, "no"), Later),
    (Behaviour(429, "no"), Later),
    (Behaviour(503, "no"), Later),
    (Behaviour(500, "no"), Unknown),
    (Behaviour(way="cut"), Unknown),
    (Behaviour(way="silent"), Unknown),
]


@pytest.mark.parametrize(("behaviour", "expected"), AFRICASTALKING)
def test_africastalking_outcomes(
    provider: PretendProvider, behaviour: Behaviour, expected: type
) -> None:
    provider.behave = lambda _: behaviour
    (outcome,) = africastalking(provider.url).send([message()])
    assert type(outcome) is expected
    assert len(provider.ledger) == 1, "a send asks once"


@pytest.mark.parametrize("behaviour", [recipient(405), Behaviour(401, "no")])
def test_africastalking_pages_the_operator(provider: PretendProvider, behaviour: Behaviour) -> None:
    provider.behave = lambda _: behaviour
    (outcome,) = africastalking(provider.url).send([message()])
    assert isinstance(outcome, Later)
    assert outcome.page


def refused_url() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


@pytest.mark.parametrize("make", [twilio, africastalking])
def test_a_refused_connection_can_be_tried_again_safely(make: object) -> None:
    (outcome,) = make(refused_url()).send([message()])  # type: ignore[operator]
    assert type(outcome) is Later


@pytest.mark.parametrize("make", [twilio, africastalking])
def test_no_tls_can_be_tried_again_safely(make: object, provider: PretendProvider) -> None:
    (outcome,) = make(provider.url.replace("http:", "https:")).send([message()])  # type: ignore[operator]
    assert type(outcome) is Later
    assert provider.ledger == []


@pytest.mark.parametrize("make", [twilio, africastalking])
def test_a_send_is_bounded_in_time(make: object, provider: PretendProvider) -> None:
    provider.behave = lambda _: Behaviour(way="silent")
    begun = time.monotonic()
    outcome: Outcome = make(provider.url).send([message()])[0]  # type: ignore[operator]
    assert type(outcome) is Unknown
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize(
    ("told", "seconds"),
    [("30", 30), (" 7 ", 7), ("²", 0), ("Wed, 21 Oct 2026 07:28:00 GMT", 0), ("9" * 400, 86_400)],
)
def test_a_wait_is_waited_for_a_day_at_the_most(told: str, seconds: float) -> None:
    assert retry_after({"Retry-After": told}) == seconds
