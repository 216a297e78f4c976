"""The whole gateway as a user starts it: signed webhooks in, the vendors' SDKs out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from twilio.request_validator import RequestValidator

from benchmarks.stage import where_it_is_noon
from gateway.store.sealing import new_keys
from tests.conftest import new_postgres_database
from tests.e2e.running import Running, processes_of
from tests.pretend import Asked, PretendProvider

PUBLIC = "https://sms.example.org"
ACCOUNT, TOKEN = "AC" + "0" * 32, "a-token-of-the-tests"
SECRET = "a-secret-of-twenty-characters"
PLACES = (
    "code,level,name,parent_code,aliases\n"
    "D,district,Nyando,,\nB,block,Kano,D,\nV1,village,Ahero,B,\nV2,village,Rabuor,B,\nM,city,Mombasa,,\n"
)
CONTACTS = (
    "name,phone,role,place_code,language,channel,on_duty,rung,alias\n"
    "Akinyi,+254711000001,member,V1,en,twilio,yes,,akinyi\n"
    "Barasa,+254711000002,member,V1,sw,africastalking,yes,,barasa\n"
    "Chebet,+254711000003,officer,B,en,africastalking,yes,,chebet\n"
    "Daudi,+254711000004,staff,D,en,twilio,yes,,daudi\n"
)
REPORTER = "+254722000009"
REPORT = "MIG Wanjiku, 14, F, from Ahero, Mombasa, 12/12, house work, agent Hassan"


@pytest.fixture
def provider() -> Iterator[PretendProvider]:
    with PretendProvider() as provider:
        yield provider


@pytest.fixture(params=["sqlite", "postgresql"])
def gateway(
    request: pytest.FixtureRequest, tmp_path: Path, provider: PretendProvider
) -> Iterator[Running]:
    database = ""
    if request.param == "postgresql":
        database = new_postgres_database(request.getfixturevalue("postgres"))
    running = Running(
        tmp_path / "data",
        DATABASE_URL=database,
        SAFETYNET_KEYS=new_keys(),
        SAFETYNET_REGION="KE",
        SAFETYNET_TIMEZONE=where_it_is_noon(),
        SAFETYNET_EMERGENCY_NUMBERS="999,116",
        PUBLIC_URL=PUBLIC,
        TWILIO_ACCOUNT_SID=ACCOUNT,
        TWILIO_AUTH_TOKEN=TOKEN,
        TWILIO_FROM="+15550100",
        TWILIO_API_BASE_URL=provider.url,
        AFRICASTALKING_USERNAME="sandbox",
        AFRICASTALKING_API_KEY="a-key",
        AFRICASTALKING_FROM="20880",
        AFRICASTALKING_WEBHOOK_SECRET=SECRET,
        AFRICASTALKING_API_BASE_URL=provider.url,
    )
    with running:
        for name, text in (("places", PLACES), ("contacts", CONTACTS)):
            file = tmp_path / f"{name}.csv"
            file.write_text(text, encoding="utf-8")
            done = running.command("import", name, str(file))
            assert done.returncode == 0, done.stderr
        yield running
    assert processes_of(tmp_path / "data") == []


def by_twilio(gateway: Running, sender: str, body: str, sid: str) -> int:
    form = {
        "MessageSid": sid,
        "AccountSid": ACCOUNT,
        "From": sender,
        "To": "+15550100",
        "Body": body,
        "NumMedia": "0",
    }
    path = "/webhooks/twilio/sms"
    signature = RequestValidator(TOKEN).compute_signature(PUBLIC + path, form)
    return gateway.post(path, form, {"X-Twilio-Signature": signature})


def by_twilio_status(gateway: Running, sid: str, status: str) -> int:
    form = {"MessageSid": sid, "MessageStatus": status, "AccountSid": ACCOUNT, "ErrorCode": "30006"}
    path = "/webhooks/twilio/status"
    signature = RequestValidator(TOKEN).compute_signature(PUBLIC + path, form)
    return gateway.post(path, form, {"X-Twilio-Signature": signature})


def by_africastalking(gateway: Running, sender: str, text: str, id_: str) -> int:
    fields = {
        "id": id_,
        "from": sender,
        "to": "20880",
        "text": text,
        "date": "2026-12-01 10:00:00",
        "linkId": "",
    }
    return gateway.post(f"/webhooks/africastalking/{SECRET}/sms", fields)


def texts(ledger: list[Asked]) -> dict[str, list[str]]:
    """What each number was sent."""
    found: dict[str, list[str]] = {}
    for asked in ledger:
        for to in (asked.form.get("To") or asked.form["to"]).split(","):
            found.setdefault(to, []).append(asked.form.get("Body") or asked.form["message"])
    return found


def test_a_report_reaches_the_committee_and_somebody_takes_it(
    gateway: Running, provider: PretendProvider
) -> None:
    assert by_twilio(gateway, REPORTER, REPORT, "SM" + "1" * 32) == 200
    sent = texts(provider.wait_for(lambda ledger: len(ledger) == 4))
    reply, question = sent[REPORTER]
    number = reply.split("No ")[1].split(".")[0]
    assert (
        reply
        == f"Received. No {number}. In danger call 999 or 116 now. You may delete this message."
    )
    assert question.startswith(f"{number}: ")
    assert f"ACK {number}" in sent["+254711000001"][0]
    assert sent["+254711000002"][0].startswith(f"Muhimu {number}")
    # alerts go by each contact's own channel
    paths = {asked.form.get("To") or asked.form["to"]: asked.path for asked in provider.ledger}
    assert paths["+254711000002"] == "/version1/messaging"
    assert paths["+254711000001"].endswith("/Messages.json")

    # the same delivery again is answered 2xx and does nothing twice
    assert by_twilio(gateway, REPORTER, REPORT, "SM" + "1" * 32) == 200

    # Barasa answers by Africa's Talking: it is his, and Akinyi is told
    assert by_africastalking(gateway, "254711000002", "ACK", "at-1") == 200
    sent = texts(provider.wait_for(lambda ledger: len(texts(ledger)["+254711000001"]) == 2))
    assert f"{number} has been taken by a colleague" in sent["+254711000001"][1]
    provider.wait_for(lambda ledger: len(texts(ledger)["+254711000002"]) == 2)
    sent = texts(provider.ledger)
    assert sent["+254711000002"][1].startswith(f"{number} ni yako")
    assert {to: len(each) for to, each in sent.items()} == {
        REPORTER: 2,
        "+254711000001": 2,
        "+254711000002": 2,
    }
    # what it has printed holds no number, name or text
    for personal in (REPORTER[1:], "Wanjiku", "Hassan", "254711000001", TOKEN, SECRET):
        assert personal not in gateway.output()


def test_an_undeliverable_alert_climbs_at_once(gateway: Running, provider: PretendProvider) -> None:
    assert by_africastalking(gateway, REPORTER, REPORT.replace("Ahero", "Rabuor"), "at-2") == 200
    # nobody is on duty in Rabuor: the block's officer is asked, whose phone is then found dead
    provider.wait_for(lambda ledger: "+254711000003" in texts(ledger))
    gateway.wait_for(
        lambda: 'state="accepted",table="outbox"} 2.0' in gateway.get("/metrics"), "not settled"
    )
    ids = _provider_ids(provider)
    status = gateway.post(
        f"/webhooks/africastalking/{SECRET}/delivery",
        {"id": ids["+254711000003"], "status": "Failed", "failureReason": "UserDoesNotExist"},
    )
    assert status == 200
    # the same alert goes by the other channel first, and is refused there too
    provider.wait_for(lambda ledger: len(texts(ledger)["+254711000003"]) == 2)
    other = next(n for n, a in enumerate(provider.ledger, 1) if a.form.get("To") == "+254711000003")
    assert by_twilio_status(gateway, f"SM{other:032x}", "undelivered") == 200
    sent = texts(provider.wait_for(lambda ledger: "+254711000004" in texts(ledger)))
    assert "ACK" in sent["+254711000004"][0]


def _provider_ids(provider: PretendProvider) -> dict[str, str]:
    """The ids Africa's Talking gave: it counts its messages up."""
    ids = {}
    for number, asked in enumerate(provider.ledger, 1):
        ids[asked.form.get("To") or asked.form["to"]] = f"ATXid_{number:032x}"
    return ids


def test_forged_and_foreign_requests_change_nothing(
    gateway: Running, provider: PretendProvider
) -> None:
    form = {"MessageSid": "SM1", "From": REPORTER, "Body": REPORT}
    assert gateway.post("/webhooks/twilio/sms", form) == 403
    assert gateway.post("/webhooks/twilio/sms", form, {"X-Twilio-Signature": "rubbish"}) == 403
    wrong = f"/webhooks/africastalking/{SECRET[:-1]}x/sms"
    assert gateway.post(wrong, {"id": "1", "from": REPORTER, "text": REPORT}) == 404
    assert by_twilio(gateway, REPORTER, "hello", "SM2") == 200
    provider.wait_for(lambda ledger: len(ledger) == 1)
    assert 'safetynet_rows{state="waiting",table="inbox"} 0.0' in gateway.get("/metrics")


def test_the_doctor_says_that_all_is_well_and_what_to_paste(gateway: Running) -> None:
    done = gateway.command("doctor")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{PUBLIC}/webhooks/twilio/sms" in done.stdout
    assert f"{PUBLIC}/webhooks/africastalking/{SECRET}/delivery" in done.stdout
    assert "Rabuor" in done.stdout
    assert "all is well" in done.stdout
