"""``inbox`` as somebody at the office types it, on both databases."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select, text, update

from gateway.domain.messages import Inbound
from gateway.store.engine import Database
from gateway.store.inbox import Inbox
from gateway.store.sealing import Keyring
from gateway.store.tables import cases, inbox, timeline
from tests.cli.test_commands import Shell

SENDER = "+917000000301"
AT = round(datetime(2026, 12, 1, 9, 12, tzinfo=ZoneInfo("Asia/Kolkata")).timestamp() * 1000)


class Office(Shell):
    """An operator's folder, and a database with what could not be sorted."""

    def __init__(self, folder: Path, url: str) -> None:
        super().__init__(folder)
        self.env["DATABASE_URL"] = url
        self.database = Database(url)
        self.inbox = Inbox(self.database, Keyring.from_text(self.env["SAFETYNET_KEYS"]))

    def came(self, *texts: str, outcome: str = "unsorted", channel: str = "twilio") -> None:
        with self.database.write() as connection:
            for number, body in enumerate(texts):
                message = Inbound(channel, f"{outcome}{number}", SENDER, "", body)
                self.inbox.store(connection, [self.inbox.sealed(message, AT)])
            connection.execute(
                update(inbox).where(inbox.c.outcome == "").values(outcome=outcome, due_at=None)
            )

    def rows(self) -> list[tuple[object, ...]]:
        query = select(inbox.c.id, inbox.c.due_at, inbox.c.sorted_as, inbox.c.read_at)
        with self.database.read() as connection:
            return [tuple(row) for row in connection.execute(query.order_by(inbox.c.id))]

    def records(self) -> list[tuple[str, str]]:
        with self.database.read() as connection:
            rows = connection.execute(text("SELECT what, detail FROM audit ORDER BY id"))
            return [(what, detail.partition(" user=")[0]) for what, detail in rows]


def test_what_waits_is_shown_with_its_time_and_recorded(office: Office) -> None:
    office.came("oi barir meyetar khobor nei", "two\nlines \x1b[2J র\u200d্যাব")
    office.came("kokhon khola?", outcome="question", channel="africastalking_ussd")
    office.came("understood", outcome="report")
    done = office("inbox", "list")
    assert done.returncode == 0, done.stderr
    one, two, three = done.stdout.splitlines()
    assert one == "     1  01 Dec 09:12  [unsorted]  oi barir meyetar khobor nei"
    assert two.endswith("two lines  [2J র\u200d্যাব")
    assert three.endswith("[a question by USSD]  kokhon khola?")
    assert SENDER not in done.stdout
    with office.database.write() as connection:
        case = {"id": 1, "number": "1007", "kind": "missing", "urgency": "urgent", "opened_at": AT}
        connection.execute(insert(cases), case | {"status": "open"})
        event = {"case_id": 1, "at": AT, "event": "unclear", "inbox_id": 1}
        connection.execute(insert(timeline), event)
    assert "[unsorted, case 1007]  oi barir" in office("inbox", "list", "--most", "1").stdout
    assert SENDER in office("inbox", "list", "--with-numbers", "--most", "1").stdout
    assert office.records() == [
        ("inbox.shown", "texts=3 numbers=no"),
        ("inbox.shown", "texts=1 numbers=no"),
        ("inbox.shown", "texts=1 numbers=yes"),
    ]
    assert "3 texts wait for somebody to read them: safetynet inbox" in office("doctor").stdout


def test_texts_are_laid_aside_or_filed_and_nothing_else_is_touched(office: Office) -> None:
    office.came("shubho sokal", "meyetar khobor nei", "ki khobor")
    assert office("inbox", "done", "1", "99").returncode == 2
    assert [row[3] for row in office.rows()] == [None] * 3, "one number was wrong: none is marked"
    assert "1 marked read" in office("inbox", "done", "1").stdout
    assert "in a moment" in office("inbox", "report", "2", "missing").stdout
    again = office("inbox", "report", "2", "missing")
    assert again.returncode == 2
    assert "2 does not wait to be read" in again.stderr
    (_, due1, as1, read1), (_, due2, as2, read2), last = office.rows()
    assert (due1, as1, read1 is not None) == (None, "", True)
    assert (due2 is not None, as2, read2 is not None) == (True, "missing", True)
    assert last[1:] == (None, "", None)
    assert [what for what, _ in office.records()] == ["inbox.done", "inbox.report"]
    assert "nothing waits" not in office("inbox", "list").stderr


def test_an_empty_inbox_says_so(office: Office) -> None:
    done = office("inbox", "list")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "nothing waits to be read\n"
    assert office.records() == []
