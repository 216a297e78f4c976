"""``reparse`` as an operator types it, on both databases."""

from __future__ import annotations

from tests.cli.test_inbox import SENDER, Office


def test_what_would_change_is_shown_and_nothing_is_changed(office: Office) -> None:
    office.came(
        "14 bochorer meyer biye kal rate", "shubho sokal", "Rina nikhoj kal theke, boyos 12"
    )
    before = office.rows()
    done = office("reparse", "--days", "3650")
    assert done.returncode == 0, done.stderr
    wedding, missing = done.stdout.splitlines()
    assert wedding.split(maxsplit=4) == [
        "1",
        "01",
        "Dec",
        "09:12",
        "unsorted -> child_marriage, urgent (O7 R1)",
    ]
    assert "missing, urgent" in missing
    assert "Rina" not in done.stdout
    assert SENDER not in done.stdout
    assert "3 messages read again, 2 otherwise; nothing is changed yet" in done.stderr
    assert office.rows() == before
    assert office.records() == [("reparse.shown", "messages=2")]


def test_only_what_is_named_is_changed(office: Office) -> None:
    office.came(
        "14 bochorer meyer biye kal rate", "shubho sokal", "Rina nikhoj kal theke, boyos 12"
    )
    done = office("reparse", "--apply", "3")
    assert done.returncode == 0, done.stderr
    assert "1 message read again, 1 changed" in done.stderr
    kinds = [row[2] for row in office.rows()]
    assert kinds == ["", "", "missing"]
    assert office.records() == [("reparse.applied", "message=3")]
    assert "0 messages read again: all as before" in office("reparse", "3").stderr


def test_nothing_to_change_says_so(office: Office) -> None:
    office.came("shubho sokal")
    done = office("reparse", "--days", "3650")
    assert (done.returncode, done.stdout) == (0, "")
    assert "1 message read again: all as before" in done.stderr
    assert office.records() == []
