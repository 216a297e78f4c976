"""Every setting: its name in the environment, its default, what it is for, whether it is secret.

Read once at start from the environment and a ``.env`` file; all faults are told at once.
docs/settings.md is generated from this file, and a test holds them together.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class SettingsFault(Exception):
    """The settings cannot be used; the message says which and what to do."""


class Settings(BaseSettings):
    """The gateway's settings; each field's alias is its name in the environment."""

    model_config = SettingsConfigDict(
        env_file=".env", extra="ignore", frozen=True, populate_by_name=True
    )

    data_dir: Path = Field(
        Path("data"),
        alias="SAFETYNET_DATA_DIR",
        description="Folder for what the gateway keeps on disk: SQLite, the embedded Redis.",
    )
    database_url: str = Field(
        "",
        alias="DATABASE_URL",
        description="`postgresql://…` or `sqlite:///…`; empty: SQLite in the data directory.",
    )
    redis_url: str = Field(
        "",
        alias="REDIS_URL",
        description="`redis://…`; empty: `safetynet up` starts an embedded Redis.",
    )
    keys: SecretStr = Field(
        SecretStr(""),
        alias="SAFETYNET_KEYS",
        description="Encryption keys, made by `safetynet keys new`. Needed outside the demo.",
    )
    public_url: str = Field(
        "",
        alias="PUBLIC_URL",
        description="The address the vendors call, such as `https://sms.example.org`.",
    )
    timezone: str = Field(
        "Asia/Kolkata",
        alias="SAFETYNET_TIMEZONE",
        description="Time zone in which dates in texts are read and times are shown.",
    )
    region: str = Field(
        "IN",
        alias="SAFETYNET_REGION",
        description="Country of phone numbers written without a country code (ISO 3166).",
    )
    language: str = Field(
        "en",
        alias="SAFETYNET_LANGUAGE",
        description="Language of replies where the text does not tell: "
        "en, bn, bn-Latn, hi, hi-Latn, sw.",
    )
    default_channel: str = Field(
        "",
        alias="SAFETYNET_DEFAULT_CHANNEL",
        description="Channel for contacts without one of their own; empty: the first configured.",
    )
    numbers: Annotated[tuple[str, ...], NoDecode] = Field(
        ("112", "1098"),
        alias="SAFETYNET_EMERGENCY_NUMBERS",
        description="Emergency number and child helpline named in replies, separated by a comma.",
    )
    demo: bool = Field(
        default=False,
        alias="SAFETYNET_DEMO",
        description="Demonstration: the simulator channel and `/phones`. Set by `up --demo`.",
    )
    web_workers: int = Field(
        2, ge=1, le=64, alias="SAFETYNET_WEB_WORKERS", description="Web server processes."
    )
    web_threads: int = Field(
        16, ge=1, le=64, alias="SAFETYNET_WEB_THREADS", description="Threads of each."
    )
    sends_in_flight: int = Field(
        160,
        ge=4,
        le=512,
        alias="SAFETYNET_SENDS_IN_FLIGHT",
        description="How many messages one sending worker hands to providers at the same time.",
    )
    ladders: str = Field(
        "",
        alias="SAFETYNET_LADDERS",
        description="A file of ladders, quiet hours, check-in days; empty: the shipped one.",
    )
    twilio_account_sid: str = Field(
        "", alias="TWILIO_ACCOUNT_SID", description="Twilio: account (`AC…`)."
    )
    twilio_auth_token: SecretStr = Field(
        SecretStr(""),
        alias="TWILIO_AUTH_TOKEN",
        description="Twilio: token; signs webhooks too. While rotating: new,old.",
    )
    twilio_from: str = Field(
        "",
        alias="TWILIO_FROM",
        description="Twilio: own number (E.164) or messaging service (`MG…`).",
    )
    twilio_api_base_url: str = Field(
        "", alias="TWILIO_API_BASE_URL", description="Twilio: another address of its API."
    )
    africastalking_username: str = Field(
        "", alias="AFRICASTALKING_USERNAME", description="Africa's Talking: user name of the app."
    )
    africastalking_api_key: SecretStr = Field(
        SecretStr(""), alias="AFRICASTALKING_API_KEY", description="Africa's Talking: API key."
    )
    africastalking_from: str = Field(
        "",
        alias="AFRICASTALKING_FROM",
        description="Africa's Talking: short code or sender name; empty: the shared one.",
    )
    africastalking_webhook_secret: SecretStr = Field(
        SecretStr(""),
        alias="AFRICASTALKING_WEBHOOK_SECRET",
        description="Africa's Talking: secret part of the callback addresses, 20 characters up.",
    )
    africastalking_api_base_url: str = Field(
        "",
        alias="AFRICASTALKING_API_BASE_URL",
        description="Africa's Talking: another address of its API.",
    )

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"no time zone {value!r}; one like Asia/Kolkata is meant") from None
        return value

    @field_validator("region")
    @classmethod
    def _known_region(cls, value: str) -> str:
        if value.upper() not in phonenumbers.SUPPORTED_REGIONS:
            raise ValueError(f"no country {value!r}; two letters like IN or KE are meant")
        return value.upper()

    @field_validator("language")
    @classmethod
    def _known_language(cls, value: str) -> str:
        if value not in LANGUAGES:
            raise ValueError(f"{value!r} is none of {', '.join(LANGUAGES)}")
        return value

    @field_validator("public_url", "twilio_api_base_url", "africastalking_api_base_url")
    @classmethod
    def _plain_address(cls, value: str) -> str:
        if value and not re.match(r"https?://[^/\s]+", value):
            raise ValueError("an address beginning with https:// is meant")
        return value.rstrip("/")

    @field_validator("numbers", mode="before")
    @classmethod
    def _two_numbers(cls, value: object) -> object:
        parts = tuple(p.strip() for p in value.split(",")) if isinstance(value, str) else value
        if not isinstance(parts, tuple) or len(parts) != 2 or not all(p.isdigit() for p in parts):  # noqa: PLR2004
            raise ValueError("two numbers with a comma between, such as 112,1098")
        return parts

    @field_validator("africastalking_webhook_secret")
    @classmethod
    def _long_secret(cls, value: SecretStr) -> SecretStr:
        text = value.get_secret_value()
        if text and not re.fullmatch(r"[A-Za-z0-9_-]{20,}", text):
            raise ValueError("20 or more of letters, digits, - and _; make one at random")
        return value

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of dates in texts."""
        return ZoneInfo(self.timezone)

    @property
    def database(self) -> str:
        """SQLAlchemy's address of the database, with the driver we use.

        The demonstration has a database of its own, whatever the environment says: its invented
        people must never stand among real ones.
        """
        url = self.database_url
        if self.demo or not url:
            return f"sqlite:///{(self.data_dir / 'safetynet.db').absolute()}"
        return re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", url)


#: the six ways of writing, as BCP 47 names them
LANGUAGES = ("en", "bn", "bn-Latn", "hi", "hi-Latn", "sw")


def markdown() -> str:
    """docs/settings.md."""
    lines = [
        "# Settings",
        "",
        "Read from the environment and from a `.env` file in the folder the gateway is started in.",
        "`safetynet doctor` tells what is missing. This page is made from gateway/settings.py by",
        "`make docs`.",
        "",
        "| name | default | what it is for |",
        "|---|---|---|",
    ]
    for field in Settings.model_fields.values():
        default = field.default
        if isinstance(default, SecretStr):
            shown = "(secret)"
        elif isinstance(default, tuple):
            shown = f"`{','.join(default)}`"
        else:
            shown = f"`{default}`" if str(default) else ""
        lines.append(f"| `{field.alias}` | {shown} | {field.description} |")
    return "\n".join(lines) + "\n"


def load(**overrides: object) -> Settings:
    """Read the settings.

    Raises:
        SettingsFault: one line a fault, with the name as it stands in the environment.
    """
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as fault:
        lines = [
            f"{error['loc'][0]}: {error['msg'].removeprefix('Value error, ')}"
            for error in fault.errors()
        ]
        raise SettingsFault("\n".join(lines)) from None


def of_demo(settings: Settings) -> Settings:
    """The settings of the demonstration, whose data lies beside the real one's."""
    return settings.model_copy(update={"demo": True, "data_dir": settings.data_dir / "demo"})
