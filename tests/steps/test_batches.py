"""Messages that are worked on together are decided on as if one had come after the other."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from gateway.steps.process import BATCH, process_waiting
from gateway.store.engine import Database
from gateway.store.sealing import Keyring
from gateway.store.tables import alerts, cases, clues, inbox, outbox, prompts, reports, timeline
from tests.world import World

REPORTERS = ("+917000000301", "+917000000302", "+917000000309")
ASHA, BIMAL, RATAN = "+917000000101", "+917000000102", "+917000000201"
#: by reporters: of one event and of others, of one agent, answers to what is asked, and silence
REPORTED = (
    "MIG Rina, 16, F, Delhi, 12/12, agent Salim, from Chandipara",
    "MIG Rina, 16, F, Delhi, 12/12, from Chandipara, danger now",
    "MIG girl 16 F Delhi from Chandipara",
    "MIG Kajol, 16, F, Pune, from Chandipara, danger now",
    "MIG Sima, 15, F, Delhi, 14/12, agent Salim 7000000104, from Jelepara",
    "MIG Bulti, 17, F, Delhi, 20/12, agent Salim, from Sonakhali",
    "MIS Bapi, 12, M, Jelepara, yesterday, agent 7000000101",
    "1", "2", "0", "12/12", "hm", "STOP",
)  # fmt: skip
ANSWERED = (
    "ACK",
    "1",
    "PASS",
    "AWAY 5h @dipu",
    "BACK",
    "MIG Tumpa, 14, F, Mumbai, from Chandipara",
)
said = st.one_of(
    st.tuples(st.sampled_from(REPORTERS), st.sampled_from(REPORTED)),
    st.tuples(st.sampled_from((ASHA, BIMAL, RATAN)), st.sampled_from(ANSWERED)),
)


@pytest.fixture(scope="module")
def begun(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory, keys: Keyring) -> Path:
    """A gateway with cases that are asked about, and questions that are open."""
    path = tmp_path_factory.mktemp("begun") / "begun.db"
    shutil.copy(migrated_sqlite, path)
    world = World(Database(f"sqlite:///{path}"), keys)
    world.text(REPORTERS[0], "MIG Kajol, 16, F, Pune, agent Salim, from Chandipara")
    world.text(REPORTERS[1], "MIG girl 17 F Surat from Jelepara")
    world.work()
    world.close()
    with world.database.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    world.database.close()
    return path


RINA, MORE = (REPORTERS[2], REPORTED[0]), (REPORTERS[1], REPORTED[3])
GIRL = (REPORTERS[2], "MIS girl today from Chandipara")
ROUTE = [(f"+91700000040{n}", f"MIG {name}, 1{n}, F, Delhi, from Chandipara")
         for n, name in enumerate(("Bulti", "Sima", "Tumpa", "Mamoni"), 3)]  # fmt: skip


# who has the case is told of more; who has passed is not asked again by it
@example([(ASHA, "ACK"), MORE])
@example([(ASHA, "PASS"), MORE])
@example([(ASHA, "PASS"), (REPORTERS[1], "MIG Kajol, 16, F, Pune, from Chandipara")])
@example([(ASHA, "ACK"), (ASHA, "PASS"), MORE])
@example([(ASHA, "ACK"), (REPORTERS[0], "1")])
@example([(REPORTERS[0], "1"), (ASHA, "ACK"), MORE])
# a cluster that is complete within a batch, and one that a case is counted in already
@example(ROUTE)
@example([*ROUTE[:2], (REPORTERS[1], ROUTE[0][1]), ROUTE[2]])
# a case that is found, and a route that is full, by what was answered a moment ago
@example([GIRL, (REPORTERS[2], "15"), (REPORTERS[1], "MIS girl 15 today from Chandipara")])
@example([GIRL, (REPORTERS[1], "MIS girl 15 today from Chandipara"), (REPORTERS[2], "15")])
@example([(ROUTE[0][0], "MIG Bulti, 13, F, from Chandipara"), (ROUTE[0][0], "Delhi"), *ROUTE[1:]])
# a question that is answered, asked again, given up for another report, and silenced
@example([RINA, (REPORTERS[2], "1"), (REPORTERS[2], "2"), (REPORTERS[2], "12/12")])
@example([RINA, (REPORTERS[2], "hm"), (REPORTERS[2], REPORTED[4]), (REPORTERS[2], "1")])
@example([RINA, (REPORTERS[2], "1"), (REPORTERS[2], "STOP"), (REPORTERS[2], "2")])
@settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(said, min_size=2, max_size=9))
def test_a_batch_decides_as_its_messages_one_by_one(
    begun: Path, tmp_path: Path, keys: Keyring, texts: list[tuple[str, str]]
) -> None:
    together = after(begun, tmp_path / "together.db", keys, texts, BATCH)
    alone = after(begun, tmp_path / "alone.db", keys, texts, 1)
    for what, rows in alone.items():
        assert together[what] == rows, what


def after(
    begun: Path, path: Path, keys: Keyring, texts: list[tuple[str, str]], batch: int
) -> dict[str, Any]:
    """What stands in the database after these texts, without ids of chance."""
    shutil.copy(begun, path)
    world = World(Database(f"sqlite:///{path}"), keys)
    for number, (sender, text) in enumerate(texts):
        world.text(sender, text, f"t{number}")
    while process_waiting(world.parts, batch):
        pass
    wanted: dict[str, tuple[Any, ...]] = {
        "outcomes": (inbox.c.id, inbox.c.outcome),
        "cases": (
            cases.c.id, cases.c.kind, cases.c.urgency, cases.c.rules, cases.c.status,
            cases.c.excluded, cases.c.rung, cases.c.round, cases.c.due_at, cases.c.taken_by,
        ),
        "reports": (reports.c.inbox_id, reports.c.case_id),
        "clues": (clues.c.case_id, clues.c.clue_index),
        "timeline": (
            timeline.c.case_id, timeline.c.id, timeline.c.event, timeline.c.contact_id,
            timeline.c.inbox_id, timeline.c.detail,
        ),
        "prompts": (
            prompts.c.sender_index, prompts.c.case_id, prompts.c.what, prompts.c.asked_before,
            prompts.c.tries, prompts.c.state,
        ),
        "alerts": (
            alerts.c.case_id, alerts.c.round, alerts.c.rung, alerts.c.contact_id, alerts.c.state,
        ),
        "outbox": (
            outbox.c.to_index, outbox.c.template, outbox.c.case_id, outbox.c.state,
            outbox.c.due_at, outbox.c.priority,
        ),
    }  # fmt: skip
    found: dict[str, Any] = {}
    with world.database.read() as connection:
        for what, columns in wanted.items():
            rows = [tuple(row) for row in connection.execute(select(*columns)).all()]
            if what == "timeline":  # in the order of each case
                rows = [(row[0], *row[2:]) for row in sorted(rows)]
            else:
                rows.sort(key=repr)
            found[what] = rows
        found["stories"] = [
            world.parts.cases.story(row)
            for row in connection.execute(select(cases).order_by(cases.c.id)).all()
        ]
    world.close()
    world.database.close()
    return found
