"""Cases under any order of reports, answers, steering, time and restarts."""

from __future__ import annotations

import shutil
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import select, text

from gateway.domain.cases import Impossible, Status, case_number, moved
from gateway.domain.commands import acts
from gateway.domain.commands.guard import Standing
from gateway.domain.ladders import rungs
from gateway.domain.messages import Accepted, Refused
from gateway.steps import steer
from gateway.store.engine import Database
from gateway.store.sealing import Keyring, new_keys
from gateway.store.tables import alerts, cases, outbox, reports, timeline, timers
from tests.world import ZONE, World

KEYS = Keyring.from_text(new_keys())
SENDERS = ("+917000000301", "+917000000302", "+917000000309")
MEMBERS = tuple(f"+917000000{n}" for n in (101, 102, 103, 104, 115, 201, 202))
TEXTS = (
    "MIG Rina, 16, F, Delhi, 12/12, agent Salim, from Chandipara",
    "MIG রিনা, ১৬, F, দিল্লি, ১২/১২, চণ্ডীপাড়া থেকে",
    "MIG Rina, 16, F, from Chandipara, danger now",
    "TRF Tumpa, 15, F, from Jelepara, Mumbai, today, agent 7000000104, advance 5000",
    "MIG Raju, 24, M, Kerala, tomorrow, job, with cousin, from Chandipara",
    "MIS Bapi, 12, M, Jelepara, yesterday",
    "RET Sima, 14, F, Chandipara, today",
    "STOP",
    "0", "1", "2", "12/12", "Delhi", "good morning",
)  # fmt: skip
COORDINATOR, PIN = "+917000000202", "7391"
#: {a}, {b}: numbers of cases; what needs a code is confirmed at once
COMMANDS = (
    "LIST", "LIST LATE", "COUNT", "COUNT WEEK Chandipara", "DUE WEEK", "FIND Rina", "CASE {a}",
    "NOTE {a} spoke to the aunt", "VERIFY {a} PARENT", "VERIFY {a} FALSE", "LEVEL {a} U soon",
    "LEVEL {a} N all is well", "POLICE {a} GD12", "CWC {a} 2/12", "ASKR {a} 1", "FOLLOW {a} 2d",
    "ASSIGN {a} @bimal", "EXCLUDE {a} @asha", "CLOSE {a} SAFE", "CLOSE {a} DUP {b}",
    "REOPEN {a} again", "DUP {a} {b}", "DUP {a} SPLIT", "LOST @dipu", "ONCALL OFF", "ONCALL ME 5h",
)  # fmt: skip
_template: list[Path] = []


@pytest.fixture(autouse=True, scope="module")
def template(migrated_sqlite: Path) -> None:
    _template[:] = [migrated_sqlite]


class Cases(RuleBasedStateMachine):
    """The world of the tests, moved at random."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="safetynet-machine-"))
        shutil.copy(_template[0], self.folder / "safetynet.db")
        self.world = self._open()
        self.commands = 0

    def _open(self) -> World:
        world = World(Database(f"sqlite:///{self.folder / 'safetynet.db'}"), KEYS)
        with world.database.write() as connection:
            for phone in (COORDINATOR, "+917000000201"):
                contact = world.people.directory(connection).with_phone(phone)
                assert contact is not None
                chosen = Standing(pin=world.parts.desk.seal_pin(phone, PIN))
                world.parts.desk.set_standing(connection, contact.id, chosen)
        return world

    def teardown(self) -> None:
        self.world.close()
        self.world.database.close()
        shutil.rmtree(self.folder)

    # ------------------------------------------------------------ rules

    @rule(sender=st.sampled_from(SENDERS), said=st.sampled_from(TEXTS))
    def somebody_texts(self, sender: str, said: str) -> None:
        self.world.text(sender, said, f"m{self.world.now()}-{sender}-{said}")
        self.world.work()

    @rule(
        member=st.sampled_from(MEMBERS),
        said=st.sampled_from(["ACK", "1", "PASS", "2", "AWAY 5h", "AWAY 5h @dipu", "BACK", "hm?"]),
    )
    def a_member_answers(self, member: str, said: str) -> None:
        self.world.text(member, said, f"m{self.world.now()}-{member}-{said}")
        self.world.work()

    @precondition(lambda self: self.ids())
    @rule(data=st.data(), staff=st.sampled_from([COORDINATOR, "+917000000201"]))
    def staff_text(self, data: st.DataObject, staff: str) -> None:
        numbers = [case_number(each) for each in self.ids()]
        a, b = data.draw(st.sampled_from(numbers)), data.draw(st.sampled_from(numbers))
        command = data.draw(st.sampled_from(COMMANDS)).format(a=a, b=b)
        for said in (f"{command} {PIN}", "537"):
            self.commands += 1
            self.world.text(staff, said, f"c{self.commands}")
            self.world.work()
        assert self.world.heard(staff), "a command is always answered"

    @rule(hours=st.sampled_from([0.3, 1, 5, 30, 100]))
    def time_passes(self, hours: float) -> None:
        self.world.at += timedelta(hours=hours)
        self.world.tick()
        self.world.work()

    @precondition(lambda self: self.waiting())
    @rule(
        away=st.sets(st.sampled_from(MEMBERS)),
        back=st.sets(st.sampled_from(MEMBERS)),
        how=st.sampled_from(["AWAY 9h", "AWAY 9h @dipu"]),
    )
    def people_come_and_go_in_the_middle_of_a_climb(
        self, away: set[str], back: set[str], how: str
    ) -> None:
        """Then the time of a rung is over, and the next higher one on duty is asked."""
        # sorted, or the order of a set would make another example of the same one
        for member, said in [(m, how) for m in sorted(away)] + [(m, "BACK") for m in sorted(back)]:
            self.world.text(member, said, f"m{self.world.now()}-{member}-{said}")
        self.world.work()
        waiting = self.waiting()
        if not waiting:  # the last one who was asked has gone: that ends a ladder
            return
        first = min(row.due_at for row in waiting)
        self.world.at = max(self.world.at, datetime.fromtimestamp(first / 1000, ZONE))
        now = self.world.now()
        expected = {row.id: self.next_of(row) for row in waiting if row.due_at <= now}
        with self.world.database.read() as connection:  # who went away has handed on, perhaps now
            before = list(connection.execute(select(alerts.c.id)).scalars())
        self.world.tick()
        with self.world.database.read() as connection:
            for case, (rung, round_) in expected.items():
                asked = connection.execute(
                    select(alerts.c.rung, alerts.c.round)
                    .where(alerts.c.case_id == case, alerts.c.id.not_in(before), alerts.c.rung > 0)
                    .distinct()
                ).all()
                assert [tuple(each) for each in asked] == ([(rung, round_)] if rung else [])
        self.world.work()

    def waiting(self) -> list[Any]:
        """Cases whose ladder will be climbed when a time is over."""
        query = select(cases).where(cases.c.status == "open", cases.c.due_at.is_not(None))
        with self.world.database.read() as connection:
            return list(connection.execute(query).all())

    def next_of(self, case: Any) -> tuple[int, int]:
        """The rung and round to be asked next, by who is on duty now; rung 0: nobody."""
        with self.world.database.read() as connection:
            directory = self.world.people.directory(connection)
        out = {int(each) for each in case.excluded.split()}
        place, now = case.place_code or "", self.world.now()
        ladder = self.world.parts.policy.ladder
        heights = [r.height for r in rungs(directory, ladder, case.kind, place, out, now)]
        higher = [height for height in heights if height > case.rung]
        if higher:
            return higher[0], case.round
        again = heights[-1:] if case.urgency == "urgent" else []
        return (again[0], case.round + 1) if again else (0, 0)

    @rule(off=st.sampled_from(MEMBERS))
    def a_phone_is_dead(self, off: str) -> None:
        self.world.phones.answer = lambda m: (
            Refused("off", "off") if m.to == off else Accepted(f"p-{m.id}")
        )

    @rule()
    def the_gateway_restarts(self) -> None:
        at = self.world.at
        self.world.close()
        self.world.database.close()
        self.world = self._open()
        self.world.at = at

    @precondition(lambda self: self.ids())
    @rule(
        data=st.data(),
        act=st.sampled_from(
            ["close", "reopen", "assign", "merge", "split", "exclude", "cwc", "police"]
        ),
    )
    def staff_steers(self, data: st.DataObject, act: str) -> None:
        parts, ids = self.world.parts, self.ids()
        case = data.draw(st.sampled_from(ids))
        before = self.status(case)
        try:
            if act == "close":
                steer.carry_out(parts, acts.Close(case, "safe"))
            elif act == "reopen":
                steer.carry_out(parts, acts.Reopen(case))
            elif act in {"assign", "exclude"}:
                who = data.draw(st.integers(1, 10))
                does = acts.Assign if act == "assign" else acts.Exclude
                steer.carry_out(parts, does(case, who))
            elif act == "merge":
                steer.carry_out(parts, acts.Merge(case, data.draw(st.sampled_from(ids))))
            elif act == "split":
                with self.world.database.read() as connection:
                    told = parts.reports.of_case(connection, case)
                if told:
                    steer.carry_out(parts, acts.Split(case, told[-1][0]))
            else:
                steer.carry_out(parts, acts.Told(case, act, "12/12"))
        except Impossible:
            assert self.status(case) == before
        self.world.work()

    # ------------------------------------------------------------ invariants

    def ids(self) -> list[int]:
        with self.world.database.read() as connection:
            return list(connection.execute(select(cases.c.id).order_by(cases.c.id)).scalars())

    def status(self, case: int) -> str:
        with self.world.database.read() as connection:
            return str(
                connection.execute(select(cases.c.status).where(cases.c.id == case)).scalar()
            )

    @invariant()
    def the_status_is_what_the_timeline_tells(self) -> None:
        with self.world.database.read() as connection:
            for case in connection.execute(select(cases)).all():
                told = Status.OPEN
                for event in self.world.parts.cases.timeline_of(connection, case.id):
                    if event.event != "opened":
                        told = moved(told, event.event)
                assert told == case.status, (case.id, told, case.status)
                assert (case.taken_by is not None) == (case.status == "taken") or case.closed_at

    @invariant()
    def nobody_hears_of_a_case_they_are_kept_out_of(self) -> None:
        with self.world.database.read() as connection:
            for case in connection.execute(select(cases)).all():
                out = {int(each) for each in case.excluded.split()}
                asked = connection.execute(
                    select(alerts.c.contact_id).where(
                        alerts.c.case_id == case.id, alerts.c.state == "asked"
                    )
                ).scalars()
                assert not out & set(asked)
                if case.status == "taken":
                    assert case.taken_by not in out

    @invariant()
    def an_urgent_case_is_somebodys_or_goes_on_asking(self) -> None:
        with self.world.database.read() as connection:
            left = connection.execute(
                select(cases.c.id).where(
                    cases.c.urgency == "urgent", cases.c.status == "open", cases.c.due_at.is_(None)
                )
            ).all()
        assert left == []

    @invariant()
    def a_round_climbs_and_asks_no_rung_twice(self) -> None:
        """But for who stands in for somebody of the rung, at the instant at which they leave."""
        with self.world.database.read() as connection:
            left = connection.execute(
                select(timeline.c.case_id, timeline.c.at).where(
                    timeline.c.event == "passed",
                    timeline.c.detail.in_(("away", "off duty", "duty over")),
                )
            ).all()
            asked = connection.execute(
                select(alerts.c.case_id, alerts.c.round, alerts.c.rung, alerts.c.asked_at)
                .where(alerts.c.rung > 0)
                .distinct()
                .order_by(alerts.c.asked_at)
            ).all()
        highest: dict[tuple[int, int], int] = {}
        for row in asked:
            before = highest.get((row.case_id, row.round), 0)
            stands_in = (row.case_id, row.asked_at) in {tuple(each) for each in left}
            assert row.rung > before or (row.rung == before and stands_in)
            highest[row.case_id, row.round] = row.rung

    @invariant()
    def nothing_of_a_closed_case_is_due(self) -> None:
        with self.world.database.read() as connection:
            closed = select(cases.c.id).where(cases.c.status == "closed")
            for table in (timers, cases):
                column = timers.c.case_id if table is timers else cases.c.id
                due = select(column).where(column.in_(closed), table.c.due_at.is_not(None))
                assert connection.execute(due).all() == []
            asked = select(alerts.c.id).where(
                alerts.c.case_id.in_(closed), alerts.c.state.in_(("asked", "lapsed"))
            )
            assert connection.execute(asked).all() == []

    @invariant()
    def no_report_is_lost(self) -> None:
        with self.world.database.read() as connection:
            told = set(connection.execute(select(reports.c.case_id)).scalars())
            known = set(connection.execute(select(cases.c.id)).scalars())
            undone = connection.execute(
                text("SELECT count(*) FROM inbox WHERE processed_at IS NULL")
            ).scalar()
            events = set(
                connection.execute(
                    select(timeline.c.case_id).where(timeline.c.event == "opened")
                ).scalars()
            )
        assert told <= known == events
        assert undone == 0

    @invariant()
    def one_short_update_at_the_most(self) -> None:
        with self.world.database.read() as connection:
            rows = connection.execute(
                select(outbox.c.case_id, outbox.c.contact_id).where(
                    outbox.c.template == "alert.update"
                )
            ).all()
        assert len(rows) == len(set(rows))


Cases.TestCase.settings = settings(
    max_examples=15,
    stateful_step_count=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
TestCases = Cases.TestCase
