"""The channel of whoever has none of their own, where the one that is set is not there."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from gateway import demo
from gateway.domain.messages import Inbound
from gateway.settings import Settings, load
from gateway.steps.process import process_waiting
from gateway.store import schema
from gateway.store.engine import Database
from gateway.store.sealing import new_keys
from gateway.store.tables import outbox
from gateway.wiring import Gateway, open_gateway
from tests.world import Rings

TWILIO = {
    "twilio_account_sid": "AC" + "0" * 32,
    "twilio_auth_token": "a-token-of-the-tests",
    "twilio_from": "+15550100",
    "public_url": "https://sms.example.org",
}
AFRICASTALKING = {
    "africastalking_username": "sandbox",
    "africastalking_api_key": "a-key",
    "africastalking_webhook_secret": "a-secret-of-twenty-characters",
}
RAHIM = "+917000000301"


def settings(folder: Path, wanted: str, channels: Mapping[str, str]) -> Settings:
    return load(
        _env_file=None, data_dir=folder, keys=new_keys(), default_channel=wanted, **channels
    )


@contextlib.contextmanager
def opened(folder: Path, wanted: str, channels: Mapping[str, str]) -> Iterator[Gateway]:
    """A gateway put together out of such settings, with the district of the demonstration."""
    made = settings(folder, wanted, channels)
    database = Database(made.database)
    schema.migrate(database)
    database.close()
    gateway = open_gateway(made, bell=Rings())
    places, contacts = demo.district()
    gateway.parts.people.put_places(places)
    gateway.parts.people.put_contacts(contacts)
    yield gateway
    gateway.close()


def channels_of_alerts(gateway: Gateway) -> set[str]:
    """By which channels a report is told to its committee, whose own one is not configured."""
    text = "TRF girl 15 sold, danger now, from Chandipara"
    gateway.receive.message(Inbound("twilio", "m1", RAHIM, "", text))
    process_waiting(gateway.parts)
    with gateway.parts.database.read() as connection:
        query = select(outbox.c.channel).where(outbox.c.template == "alert.urgent")
        return set(connection.execute(query).scalars())


@pytest.mark.parametrize(
    ("wanted", "channels", "used"),
    [
        ("africastalking", TWILIO, "twilio"),
        ("twilio", AFRICASTALKING, "africastalking"),
        ("pigeon", TWILIO, "twilio"),
        ("", AFRICASTALKING, "africastalking"),
        ("africastalking", TWILIO | AFRICASTALKING, "africastalking"),
        ("twilio", TWILIO | AFRICASTALKING, "twilio"),
    ],
)
def test_alerts_go_by_a_channel_that_is_there(
    tmp_path: Path, wanted: str, channels: Mapping[str, str], used: str
) -> None:
    with capture_logs() as logs, opened(tmp_path, wanted, channels) as gateway:
        assert gateway.parts.default_channel == used
        assert channels_of_alerts(gateway) == {used}
    complaints = [each["channel"] for each in logs if each["event"].startswith("default_channel")]
    assert complaints == ([wanted] if wanted not in (used, "") else [])


def test_without_any_channel_alerts_wait_for_one(tmp_path: Path) -> None:
    with opened(tmp_path, "twilio", {}) as gateway:
        assert gateway.parts.default_channel == ""
        assert channels_of_alerts(gateway) == {""}
        gateway.deliver.drain()
        with gateway.parts.database.read() as connection:
            states = connection.execute(
                select(outbox.c.state).where(outbox.c.template == "alert.urgent")
            ).scalars()
            assert set(states) == {"waiting"}
