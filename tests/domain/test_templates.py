"""The texts that leave the gateway: complete, short enough, and saying nothing they must not."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

import message_templates
from gateway.catalogue import FILES, load_catalogue
from gateway.cli.templates import templates
from gateway.domain.templates import TemplateFault, check
from gateway.domain.text import segments

CATALOGUE = load_catalogue()
SHIPPED = Path(message_templates.__file__).parent


def test_every_language_has_every_text_and_every_text_fits() -> None:
    assert [str(each) for each in check(CATALOGUE)] == []
    assert set(CATALOGUE.texts) == set(FILES)


@pytest.mark.parametrize("language", list(FILES))
def test_the_public_acknowledgement_is_one_sms_in_every_language(language: str) -> None:
    text = CATALOGUE.render(
        "report.received", language, number="1234567", emergency="112", childline="1098"
    )
    assert segments(text).segments == 1
    assert "1234567" in text
    assert "1098" in text


@pytest.mark.parametrize("language", list(FILES))
def test_no_text_calls_anybody_victim_or_trafficker(language: str) -> None:
    for text in CATALOGUE.texts[language].values():
        assert "victim" not in text.lower()
        assert "trafficker" not in text.lower()


def test_public_texts_name_no_kind_and_no_office() -> None:
    for key, declared in CATALOGUE.declared.items():
        if declared.audience == "reporter" and key != "report.unsorted":
            for texts in CATALOGUE.texts.values():
                for word in ("traffic", "pachar", "পাচার", "child", "SafetyNet", "NGO", "committee"):
                    said = texts[key].replace("{childline}", "").lower()
                    assert word.lower() not in said, (key, word)


def test_a_missing_language_falls_back_and_a_missing_key_is_told() -> None:
    assert CATALOGUE.render("level.high", "fr") == "high"
    with pytest.raises(TemplateFault, match=r"no\.such"):
        CATALOGUE.render("no.such", "en")
    with pytest.raises(TemplateFault, match="takes number"):
        CATALOGUE.render("ack.yours", "en")
    with pytest.raises(TemplateFault, match="takes number"):
        CATALOGUE.render("ack.yours", "en", number=1, more=2)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for file in SHIPPED.iterdir():
        if file.suffix in {".po", ".toml"}:
            shutil.copy(file, tmp_path)
    return tmp_path


def change(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


FAULTS = [
    (
        "bn.po",
        'msgstr "{number} এখন আপনার। ',
        'msgstr "' + "অ" * 60 + " {number} এখন আপনার। ",
        "bn ack.yours: becomes 2 SMS",
    ),
    ("en.po", "{number} is yours now.", "{nummer} is yours now.", "unknown parameter {nummer}"),
    ("en.po", "{number} is yours now.", "It is yours now.", "leaves out the parameter {number}"),
    ("en.po", "{number} is yours now.", "{number is yours now.", "en ack.yours"),
    ("sw.po", 'msgid "ack.none"', 'msgid "ack.nobody"', "sw ack.none: has no text"),
    ("sw.po", 'msgid "ack.none"', 'msgid "ack.nobody"', "sw ack.nobody: is not declared"),
    ("hi_Latn.po", "abhi {emergency}", "abhi – {emergency}", "leaves the GSM alphabet: –"),
    ("sw.po", 'msgid "ack.none"', '#, fuzzy\nmsgid "ack.none"', "sw ack.none: has no text"),
]


@pytest.mark.parametrize(("file", "old", "new", "told"), FAULTS)
def test_the_check_fails_and_says_what_is_wrong(
    folder: Path, file: str, old: str, new: str, told: str
) -> None:
    change(folder, file, old, new)
    result = CliRunner().invoke(templates, ["check", "--folder", str(folder)])
    assert result.exit_code == 1
    assert told in result.output


def test_a_missing_language_fails_the_check(folder: Path) -> None:
    (folder / "hi.po").unlink()
    result = CliRunner().invoke(templates, ["check", "--folder", str(folder)])
    assert result.exit_code == 1
    assert "hi report.received: has no text" in result.output


def test_the_shipped_folder_passes_the_check() -> None:
    result = CliRunner().invoke(templates, ["check"])
    assert result.exit_code == 0
    assert str(len(CATALOGUE.declared)) in result.output


def test_count_tells_encoding_units_and_segments() -> None:
    result = CliRunner().invoke(templates, ["count", "--json"], input="abc€\nজরুরি\n")
    lines = result.output.splitlines()
    assert lines[0] == '{"encoding": "GSM-7", "units": 5, "segments": 1}'
    assert lines[1] == '{"encoding": "UCS-2", "units": 5, "segments": 1}'


def test_list_and_dlt_print_every_text() -> None:
    listed = CliRunner().invoke(templates, ["list", "--language", "bn"])
    assert "report.received" in listed.output
    assert listed.exit_code == 0
    dlt = CliRunner().invoke(templates, ["dlt"])
    assert "{#var#}" in dlt.output
    assert "variables" in dlt.output
