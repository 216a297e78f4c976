"""What the webhooks answer, to providers and to everybody else."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from twilio.request_validator import RequestValidator
from werkzeug.test import TestResponse

from gateway.channels import registry
from gateway.settings import load
from gateway.store.handsets import Handsets
from gateway.store.tables import inbox, receipts
from gateway.web.app import LARGEST_BODY, create_app
from gateway.wiring import Gateway
from tests.world import World

TOKEN = "a-token-of-the-tests"
PUBLIC = "https://sms.example.org"
SECRET = "a-secret-of-twenty-characters"
REPORTER = "+917000000301"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def client(world: World) -> Iterator[FlaskClient]:
    settings = load(
        _env_file=None,
        public_url=PUBLIC,
        twilio_account_sid="AC" + "0" * 32,
        twilio_auth_token=TOKEN,
        twilio_from="+15550100",
        africastalking_username="sandbox",
        africastalking_api_key="a-key",
        africastalking_webhook_secret=SECRET,
    )
    parts = dataclasses.replace(world.parts, channels=registry.build(settings))
    gateway = Gateway(settings, parts, Handsets(world.database, world.keys, world.now), "s")
    with create_app(gateway).test_client() as client:
        yield client


def twilio_form(**changes: str) -> dict[str, str]:
    form = {
        "MessageSid": "SM" + "1" * 32,
        "AccountSid": "AC" + "0" * 32,
        "From": REPORTER,
        "To": "+15550100",
        "Body": "MIG Rina, 16, F, Delhi, 12/12, domestic work, agent Salim",
        "NumMedia": "0",
    }
    return form | changes


def post_twilio(
    client: FlaskClient,
    form: dict[str, str],
    path: str = "/webhooks/twilio/sms",
    token: str = TOKEN,
) -> TestResponse:
    signature = RequestValidator(token).compute_signature(PUBLIC + path, form)
    return client.post(path, data=form, headers={"X-Twilio-Signature": signature})


def stored(world: World) -> int:
    with world.database.read() as connection:
        return len(connection.execute(select(inbox.c.id)).all())


def test_a_signed_message_is_stored_and_answered(client: FlaskClient, world: World) -> None:
    answer = post_twilio(client, twilio_form())
    assert answer.status_code == 200
    assert (
        answer.text == '<?xml version="1.0" encoding="UTF-8"?><Response/>'
        or "<Response" in answer.text
    )
    assert answer.content_type.startswith("text/xml")
    assert stored(world) == 1
    assert world.bell.rung == ["inbound"]


def test_a_repeat_is_answered_alike_and_stored_once(client: FlaskClient, world: World) -> None:
    first = post_twilio(client, twilio_form())
    again = post_twilio(client, twilio_form())
    assert (again.status_code, again.data) == (first.status_code, first.data)
    assert stored(world) == 1


def test_a_number_in_national_form_is_stored_in_the_international(
    client: FlaskClient, world: World
) -> None:
    client.post(
        f"/webhooks/africastalking/{SECRET}/sms",
        data={"id": "at-1", "from": "254711000001", "to": "20880", "text": "hello"},
    )
    (claimed,) = world.parts.inbox.claim(1, "t", world.now())
    assert claimed.message.sender == "+254711000001"


@pytest.mark.parametrize("token", ["another-token", ""])
def test_a_forged_message_is_refused(client: FlaskClient, world: World, token: str) -> None:
    answer = post_twilio(client, twilio_form(), token=token)
    assert answer.status_code == 403
    assert stored(world) == 0


def test_a_message_without_signature_is_refused(client: FlaskClient, world: World) -> None:
    answer = client.post("/webhooks/twilio/sms", data=twilio_form())
    assert answer.status_code == 403
    assert stored(world) == 0


def test_one_changed_field_breaks_the_signature(client: FlaskClient, world: World) -> None:
    form = twilio_form()
    signature = RequestValidator(TOKEN).compute_signature(PUBLIC + "/webhooks/twilio/sms", form)
    answer = client.post(
        "/webhooks/twilio/sms",
        data=form | {"Body": "something else"},
        headers={"X-Twilio-Signature": signature},
    )
    assert answer.status_code == 403
    assert stored(world) == 0


def test_a_wrong_secret_is_answered_as_any_path_that_is_not_there(client: FlaskClient) -> None:
    wrong = client.post(f"/webhooks/africastalking/{SECRET.upper()}/sms", data={"id": "1"})
    nowhere = client.post("/webhooks/nobody/sms", data={"id": "1"})
    assert (
        (wrong.status_code, wrong.data)
        == (nowhere.status_code, nowhere.data)
        == (404, b"there is nothing here\n")
    )


@pytest.mark.parametrize("missing", ["MessageSid", "From"])
def test_a_missing_field_is_told_in_one_line(client: FlaskClient, missing: str) -> None:
    form = twilio_form()
    del form[missing]
    answer = post_twilio(client, form)
    assert answer.status_code == 400
    assert missing in answer.text
    assert answer.text.count("\n") == 1


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b'{"From": "x"}', "application/json", 415),
        (b"", "", 415),
        (b"From=%ff%fe&Body=x", FORM, 400),
        (b"&".join(b"a%d=1" % n for n in range(500)), FORM, 400),
        (b"Body=" + b"x" * LARGEST_BODY, FORM, 413),
    ],
)
def test_what_is_no_form_is_refused_in_one_line(
    client: FlaskClient, world: World, body: bytes, content_type: str, status: int
) -> None:
    answer = client.post("/webhooks/twilio/sms", data=body, content_type=content_type)
    assert answer.status_code == status
    assert answer.text.strip()
    assert answer.text.count("\n") == 1
    assert stored(world) == 0


def test_an_id_that_is_none_is_refused(client: FlaskClient, world: World) -> None:
    for bad in ("a\0b", "x" * 200, "two words", "সাত"):
        assert post_twilio(client, twilio_form(MessageSid=bad)).status_code == 400
    assert stored(world) == 0


@pytest.mark.parametrize(
    "body",
    [
        "\0",
        "é\u200f\u202e",
        "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢",
        "'; DROP TABLE inbox;--",
        "{{7*7}} %s {0}",
        "=cmd|' /C calc'!A0",
        "😀" * 400,
        "a" * 10_000,
    ],
)
def test_naughty_texts_are_stored_and_answered_kindly(
    client: FlaskClient, world: World, body: str
) -> None:
    assert post_twilio(client, twilio_form(Body=body)).status_code == 200
    world.work()
    with world.database.read() as connection:
        assert connection.execute(select(inbox.c.outcome)).scalar_one() == "unsorted"


def test_get_is_refused_and_says_what_is_taken(client: FlaskClient) -> None:
    answer = client.get("/webhooks/twilio/sms")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_a_receipt_is_stored_once(client: FlaskClient, world: World) -> None:
    form = {
        "MessageSid": "SM" + "2" * 32,
        "MessageStatus": "delivered",
        "AccountSid": "AC" + "0" * 32,
    }
    path = "/webhooks/twilio/status?ref=abc"
    for _ in range(2):
        assert post_twilio(client, form, path).status_code in (200, 204)
    with world.database.read() as connection:
        rows = connection.execute(select(receipts.c.ref, receipts.c.state)).all()
    assert [tuple(row) for row in rows] == [("abc", "delivered")]


def test_an_opt_out_is_remembered_and_intake_goes_on(client: FlaskClient, world: World) -> None:
    opted = client.post(
        f"/webhooks/africastalking/{SECRET}/optout",
        data={"senderId": "20880", "phoneNumber": "+254711000001"},
    )
    assert opted.status_code == 200
    client.post(
        f"/webhooks/africastalking/{SECRET}/sms",
        data={
            "id": "at-9",
            "from": "+254711000001",
            "to": "20880",
            "text": "MIG Rina, 16, F, Delhi",
        },
    )
    world.work()
    with world.database.read() as connection:
        assert connection.execute(select(inbox.c.outcome)).scalar_one() == "report"
    assert world.heard("+254711000001") == []


def test_when_the_database_is_away_the_provider_is_told_to_come_again(
    client: FlaskClient, world: World
) -> None:
    with world.database.write() as connection:
        connection.exec_driver_sql("ALTER TABLE inbox RENAME TO inbox_away")
    answer = post_twilio(client, twilio_form())
    assert answer.status_code == 503
    with world.database.write() as connection:
        connection.exec_driver_sql("ALTER TABLE inbox_away RENAME TO inbox")
    assert post_twilio(client, twilio_form()).status_code == 200
    assert stored(world) == 1


def test_health_and_metrics_hold_counts_and_no_person(client: FlaskClient, world: World) -> None:
    post_twilio(client, twilio_form())
    world.tick()
    assert client.get("/health/live").status_code == 200
    ready = client.get("/health/ready")
    assert ready.status_code == 200
    assert ready.json is not None
    assert ready.json["database"] == "ok"
    assert ready.json["clock"] == "ok"
    metrics = client.get("/metrics").text
    assert 'safetynet_rows{state="waiting",table="inbox"} 1.0' in metrics
    assert "7000000301" not in metrics + ready.text


def test_a_body_is_bounded_before_it_is_read(client: FlaskClient) -> None:
    body = urlencode({"Body": "x" * (2 * LARGEST_BODY)}).encode()
    assert client.post("/webhooks/twilio/sms", data=body, content_type=FORM).status_code == 413
