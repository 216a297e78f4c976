"""What every channel does: the contract of gateway/channels/base.py, over the registry."""

from __future__ import annotations

import dataclasses
import tomllib
from pathlib import Path

import pytest
from twilio.request_validator import RequestValidator

from gateway.channels import registry
from gateway.channels.base import Channel, Forged, NoSuchPath, Unreadable, WebRequest
from gateway.domain.messages import Dial, HungUp, Inbound, OptOut
from gateway.settings import Settings, load

PUBLIC, TOKEN, OLD_TOKEN, SECRET = "https://sms.example.org", "token", "old-token", "s" * 24
ALL = tomllib.loads((Path(__file__).parent / "payloads.toml").read_text(encoding="utf-8"))


class NoPhones:
    """Handsets of nobody."""

    def deliver(self, message_id: str, to: str, text: str) -> bool:
        return False


def settings(**more: object) -> Settings:
    return load(
        _env_file=None, region="KE", public_url=PUBLIC,
        twilio_account_sid="AC" + "0" * 32, twilio_auth_token=f"{TOKEN},{OLD_TOKEN}", twilio_from="+15550100",
        africastalking_username="sandbox", africastalking_api_key="key", africastalking_webhook_secret=SECRET, **more,
    )  # fmt: skip


CHANNELS: dict[str, Channel] = {
    **registry.build(settings()),
    **registry.build(settings(), handsets=NoPhones(), simulator_secret=SECRET),
}


def request(
    channel: Channel,
    route: str,
    form: dict[str, str],
    *,
    token: str = TOKEN,
    query: str = "",
    **changes: object,
) -> WebRequest:
    secret = f"/{SECRET}" if channel.has_secret else ""
    url = f"{PUBLIC}/webhooks/{channel.name}{secret}{route}" + (f"?{query}" if query else "")
    made = {
        "route": route,
        "url": url,
        "secret": SECRET if channel.has_secret else "",
        "headers": {"X-Twilio-Signature": RequestValidator(token).compute_signature(url, form)},
        "form": {name: [value] for name, value in form.items()},
        "query": {"ref": ["out1"]} if query else {},
    } | changes
    return WebRequest(**made)  # type: ignore[arg-type]


def path(channel: Channel, delivers: str) -> str:
    return next(route.path for route in channel.routes if route.delivers == delivers)


def cases(what: str) -> list[tuple[str, dict]]:  # type: ignore[type-arg]
    return [(name, payload) for name, tables in ALL.items() for payload in tables.get(what, [])]


def test_every_channel_has_payloads_recorded() -> None:
    assert set(ALL) == set(registry.names()) == set(CHANNELS)


@pytest.mark.parametrize(("name", "payload"), cases("message"))
def test_messages_are_read_as_documented(name: str, payload: dict) -> None:  # type: ignore[type-arg]
    channel = CHANNELS[name]
    asked = request(channel, path(channel, "message"), payload["form"])
    channel.verify(asked)
    found = channel.read(asked)
    if "opts_out" in payload:
        assert found == OptOut(name, payload["opts_out"])
    else:
        assert found == Inbound(channel=name, **payload["reads"])


@pytest.mark.parametrize(("name", "payload"), cases("receipt"))
def test_receipts_are_read_as_documented(name: str, payload: dict) -> None:  # type: ignore[type-arg]
    channel = CHANNELS[name]
    query = "ref=out1" if name == "twilio" else ""
    asked = request(channel, path(channel, "receipt"), payload["form"], query=query)
    channel.verify(asked)
    found = channel.read_receipt(asked)
    if "reads" not in payload:
        assert found is None
        return
    assert found is not None
    assert {key: str(getattr(found, key)) for key in payload["reads"]} == payload["reads"]
    assert found.channel == name


def test_an_opt_out_callback_is_read_as_documented() -> None:
    channel = CHANNELS["africastalking"]
    asked = request(channel, "/optout", {"senderId": "20880", "phoneNumber": "254711000001"})
    assert channel.read(asked) == OptOut("africastalking", "+254711000001")


@pytest.mark.parametrize(("name", "payload"), cases("ussd"))
def test_steps_of_ussd_are_read_as_documented(name: str, payload: dict) -> None:  # type: ignore[type-arg]
    channel = CHANNELS[name]
    asked = request(channel, path(channel, "ussd"), payload["form"])
    channel.verify(asked)
    assert channel.read_dial(asked) == Dial(channel=name, **payload["reads"])  # type: ignore[attr-defined]


@pytest.mark.parametrize(("name", "payload"), cases("ussd_end"))
def test_ends_of_ussd_are_read_as_documented(name: str, payload: dict) -> None:  # type: ignore[type-arg]
    channel = CHANNELS[name]
    asked = request(channel, path(channel, "ussd_end"), payload["form"])
    assert channel.read_hung_up(asked) == HungUp(channel=name, **payload["reads"])  # type: ignore[attr-defined]
    for read in (channel.read_dial, channel.read_hung_up):  # type: ignore[attr-defined]
        with pytest.raises(Unreadable, match="field"):
            read(request(channel, path(channel, "ussd_end"), {}))


@pytest.mark.parametrize("name", list(CHANNELS))
@pytest.mark.parametrize("proof", ["", "rubbish", "é", "x" * 5000])
def test_a_missing_or_wrong_proof_is_refused(name: str, proof: str) -> None:
    channel = CHANNELS[name]
    form = cases("message")[0][1]["form"]
    headers = {"X-Twilio-Signature": proof} if proof else {}
    asked = request(channel, path(channel, "message"), form, headers=headers, secret=proof)
    with pytest.raises(NoSuchPath if channel.has_secret else Forged):
        channel.verify(asked)


@pytest.mark.parametrize("name", list(CHANNELS))
@pytest.mark.parametrize("delivers", ["message", "receipt"])
def test_every_field_that_is_needed_is_told_when_it_is_missing(name: str, delivers: str) -> None:
    channel = CHANNELS[name]
    read = channel.read if delivers == "message" else channel.read_receipt
    with pytest.raises(Unreadable, match="field"):
        read(request(channel, path(channel, delivers), {}))


def test_while_a_token_is_rotated_both_are_good_and_no_third() -> None:
    channel = CHANNELS["twilio"]
    form = ALL["twilio"]["message"][0]["form"]
    for token in (TOKEN, OLD_TOKEN):
        channel.verify(request(channel, "/sms", form, token=token))
    with pytest.raises(Forged):
        channel.verify(request(channel, "/sms", form, token="third"))


def test_the_signature_covers_the_address_and_every_value() -> None:
    channel = CHANNELS["twilio"]
    form = ALL["twilio"]["message"][0]["form"]
    good = request(channel, "/sms", form)
    for changed in (
        {"url": good.url.replace("https", "http")},
        {"url": good.url + "?a=1"},
        {"url": good.url.replace("sms.example.org", "evil.example.org")},
        {"form": {**good.form, "Extra": ["1"]}},
        {"form": {**good.form, "Body": [form["Body"], "another"]}},
        {"form": {k: v for k, v in good.form.items() if k != "To"}},
    ):
        with pytest.raises(Forged):
            channel.verify(dataclasses.replace(good, **changed))  # type: ignore[arg-type]


def test_another_accounts_message_is_forged_though_signed() -> None:
    channel = CHANNELS["twilio"]
    with pytest.raises(Forged):
        channel.verify(
            request(channel, "/sms", {"AccountSid": "AC" + "9" * 32, "From": "+1", "Body": "x"})
        )


@pytest.mark.parametrize("name", ["twilio", "africastalking"])
def test_a_channel_without_its_settings_is_not_there_and_says_what_it_lacks(name: str) -> None:
    empty = load(_env_file=None)
    kind = registry.channel_class(name)
    assert kind.from_settings(empty) is None
    assert len(kind.missing(empty)) == kind.setting_count
    assert registry.build(empty) == {}


@pytest.mark.parametrize("name", ["twilio", "africastalking"])
def test_the_addresses_to_paste_lead_to_the_channels_own_routes(name: str) -> None:
    channel = CHANNELS[name]
    for _, address in channel.webhook_addresses():
        tail = (
            address.split("#")[0]
            .removeprefix(f"{PUBLIC}/webhooks/{name}")
            .removeprefix(f"/{SECRET}")
        )
        assert tail in {route.path for route in channel.routes}
