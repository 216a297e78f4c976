"""The commands an operator types, in processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from gateway.store.sealing import Keyring, new_keys
from tests.cli.typed import typed

PLACES = (
    "code,level,name,parent_code\nB,block,Matlapur,\nV,village,Chandipara,B\nW,village,Jelepara,B\n"
)
CONTACTS = "name,phone,role,place_code,on_duty\nAsha,7000000101,member,V,yes\nRatan,7000000201,staff,B,yes\n"


class Shell:
    """A folder to type commands in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.env = {
            **os.environ,
            "SAFETYNET_DATA_DIR": str(folder / "data"),
            "SAFETYNET_KEYS": new_keys(),
        }

    def __call__(self, *args: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
        return typed(args, folder=self.folder, env=self.env, text=text)

    def file(self, name: str, text: str) -> str:
        (self.folder / name).write_text(text, encoding="utf-8")
        return name


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def test_keys_are_made_and_rotated(shell: Shell) -> None:
    made = shell("keys", "new").stdout.strip().removeprefix("SAFETYNET_KEYS=")
    sealed = Keyring.from_text(made).seal("c", "x")
    shell.env["SAFETYNET_KEYS"] = made
    rotated = shell("keys", "rotate").stdout.strip().removeprefix("SAFETYNET_KEYS=")
    assert rotated != made
    assert Keyring.from_text(rotated).open("c", sealed) == "x"


def test_places_and_contacts_are_imported_and_imported_again(shell: Shell) -> None:
    assert (
        shell("import", "places", shell.file("p.csv", PLACES)).stdout
        == "3 places imported from p.csv\n"
    )
    assert (
        shell("import", "contacts", shell.file("c.csv", CONTACTS)).stdout
        == "2 contacts imported from c.csv\n"
    )
    again = shell(
        "import", "contacts", shell.file("c.csv", CONTACTS.replace("Asha", "Asha Mondal"))
    )
    assert again.returncode == 0


def test_bad_rows_are_told_and_nothing_is_imported_unless_asked(shell: Shell) -> None:
    bad = shell.file("p.csv", PLACES + "X,hamlet,Nowhere,B\n")
    done = shell("import", "places", bad)
    assert done.returncode == 2
    assert "line 5: level hamlet is none of" in done.stderr
    assert "nothing was imported" in done.stderr
    assert "Traceback" not in done.stderr
    done = shell("import", "places", bad, "--skip-bad")
    assert done.returncode == 0
    assert "3 places imported" in done.stdout


def test_a_file_in_another_encoding_is_told(shell: Shell) -> None:
    (shell.folder / "p.csv").write_bytes(PLACES.encode("utf-16"))
    done = shell("import", "places", "p.csv")
    assert done.returncode == 2
    assert "UTF-8" in done.stderr


def test_the_doctor_tells_what_is_missing_and_what_to_do(shell: Shell) -> None:
    shell("import", "places", shell.file("p.csv", PLACES))
    shell("import", "contacts", shell.file("c.csv", CONTACTS))
    shell.env["AFRICASTALKING_USERNAME"] = "sandbox"
    done = shell("doctor")
    assert done.returncode == 1
    for told in (
        "PUBLIC_URL is not set",
        "channel africastalking lacks AFRICASTALKING_API_KEY, AFRICASTALKING_WEBHOOK_SECRET",
        "no channel is configured",
        "nobody of a committee is on duty for Jelepara",
        "there is no coordinator",
        "the clock process is not running",
    ):
        assert told in done.stdout
    assert "7000000101" not in done.stdout


def test_the_doctor_says_that_the_default_channel_is_not_there(shell: Shell) -> None:
    shell.env["SAFETYNET_DEFAULT_CHANNEL"] = "twilio"
    assert "SAFETYNET_DEFAULT_CHANNEL: twilio is not configured" in shell("doctor").stdout
    shell.env["SAFETYNET_DEFAULT_CHANNEL"] = "pigeon"
    assert "names no channel: pigeon" in shell("doctor").stdout


def test_the_doctor_warns_of_numbers_that_nobody_answers_in_that_country(shell: Shell) -> None:
    shell.env["SAFETYNET_REGION"] = "KE"
    assert "SAFETYNET_EMERGENCY_NUMBERS is India's 112 and 1098" in shell("doctor").stdout
    shell.env["SAFETYNET_EMERGENCY_NUMBERS"] = "999,116"
    assert "SAFETYNET_EMERGENCY_NUMBERS" not in shell("doctor").stdout
    shown = shell("ussd", "map", "--language", "sw").stdout
    assert "Dharura 999" in shown
    assert "Watoto 116" in shown


def test_the_doctor_knows_other_keys_than_the_datas(shell: Shell) -> None:
    shell("import", "places", shell.file("p.csv", PLACES))
    shell.env["SAFETYNET_KEYS"] = new_keys()
    assert "does not open with SAFETYNET_KEYS" in shell("doctor").stdout
    done = shell("import", "places", "p.csv")
    assert done.returncode == 2
    assert "SAFETYNET_KEYS" in done.stderr


def test_the_doctor_says_that_redis_or_the_database_is_away(shell: Shell) -> None:
    shell.env["REDIS_URL"] = f"unix://{shell.folder}/nobody.sock"
    assert "Redis does not answer at REDIS_URL" in shell("doctor").stdout
    shell.env["DATABASE_URL"] = "postgresql://127.0.0.1:1/nobody"
    assert "the database cannot be reached" in shell("doctor").stdout


def test_wrong_settings_are_told_all_at_once(shell: Shell) -> None:
    shell.env |= {
        "SAFETYNET_TIMEZONE": "Mars/Olympus",
        "SAFETYNET_REGION": "XX",
        "PUBLIC_URL": "sms.example.org",
    }
    done = shell("doctor")
    assert done.returncode == 2
    for name in ("SAFETYNET_TIMEZONE", "SAFETYNET_REGION", "PUBLIC_URL"):
        assert name in done.stderr
    assert "Traceback" not in done.stderr


def test_parse_prints_one_object_a_line(shell: Shell) -> None:
    lines = "MIG Rina, 16, F, Delhi, 12/12, domestic work, agent Salim\nhello\n"
    done = shell("parse", "--json", "--received", "2026-12-01T10:00", text=lines)
    first, second = (json.loads(line) for line in done.stdout.splitlines())
    assert set(first) == {
        "text",
        "language",
        "intent",
        "is_report",
        "kind",
        "fields",
        "urgency",
        "rules",
        "missing",
        "confidence",
    }
    assert first["fields"] == {
        "person": "Rina", "age": 16, "sex": "F", "destination": "Delhi", "date": "2026-12-12",
        "purpose": "domestic_work", "companion": "agent", "companion_name": "Salim",
    }  # fmt: skip
    assert (first["urgency"], first["rules"]) == ("high", ["R1", "R9", "R16"])
    assert (second["is_report"], second["fields"]) == (False, {})


def test_parse_reads_texts_of_several_lines_and_other_places(shell: Shell) -> None:
    places = shell.file("p.csv", PLACES)
    done = shell(
        "parse",
        "--json",
        "--input",
        "jsonl",
        "--places",
        places,
        text='{"text": "MIS\\nBapi\\n12\\nJelepara"}\n',
    )
    assert json.loads(done.stdout)["fields"]["origin"] == "Jelepara"
    bad = shell("parse", "--input", "jsonl", text="rubbish\n")
    assert bad.returncode == 1
    assert "line 1 is no JSON object" in bad.stderr


def test_a_phone_without_a_gateway_says_what_to_do(shell: Shell) -> None:
    done = shell("phone", "+917000000301", "--url", "http://127.0.0.1:1", text="hello\n")
    assert done.returncode == 1
    assert "safetynet up --demo" in done.stderr


def test_a_worker_without_redis_says_what_to_do(shell: Shell) -> None:
    done = shell("worker", "inbound")
    assert done.returncode == 1
    assert "REDIS_URL is not set" in done.stderr


def test_every_command_has_help(shell: Shell) -> None:
    listed = shell("--help").stdout
    for command in (
        "up",
        "web",
        "worker",
        "clock",
        "doctor",
        "parse",
        "phone",
        "import",
        "export",
        "templates",
        "keys",
    ):
        assert command in listed


def test_the_operator_lets_a_contact_in_again(shell: Shell) -> None:
    shell("import", "places", shell.file("p.csv", PLACES))
    with_alias = CONTACTS.replace("on_duty\n", "on_duty,alias\n").replace("V,yes", "V,yes,asha")
    shell("import", "contacts", shell.file("c.csv", with_alias.replace("B,yes\n", "B,yes,ratan\n")))
    done = shell("unlock", "@nobody")
    assert done.returncode == 2
    assert "no contact has the alias @nobody" in done.stderr
    assert "@asha can choose a new PIN" in shell("unlock", "@asha").stdout
    assert "audit log: 1 records" in shell("doctor").stdout
