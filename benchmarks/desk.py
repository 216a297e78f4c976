"""``python -m benchmarks.desk``: how long a command takes with 100,000 cases in the database.

Each figure is the reading and deciding of one command within its transaction, without the
commit, which is every message's and depends on the disk.
"""

from __future__ import annotations

import argparse
import logging
import random
import statistics
import tempfile
import time
from pathlib import Path

import structlog
from sqlalchemy import insert

from gateway.domain.cases import Story, case_number
from gateway.domain.commands.guard import Standing
from gateway.domain.triage import KINDS, LEVELS
from gateway.domain.understanding import Fields
from gateway.steps.effects import Effects
from gateway.steps.process import hear
from gateway.store import schema
from gateway.store.engine import Database
from gateway.store.sealing import Keyring, new_keys
from gateway.store.tables import cases, clues, inbox, reports, timers
from tests.world import World

STAFF, MEMBER = "+917000000201", "+917000000102"
_DAY_MS = 24 * 3_600_000
_KINDS = sorted(KINDS - {"question", "sos"})
#: so much of the cases is open
_OPEN = 0.1
_BATCH = 2_000


def fill(world: World, count: int) -> None:
    """Cases of a year, of all kinds, in all villages; each with a report, a clue and timers."""
    chance = random.Random(5)
    places = [f"V{n}" for n in range(1, 13)]
    now = world.now()
    rows: dict[str, list[dict[str, object]]] = {"i": [], "c": [], "r": [], "k": [], "t": []}
    for serial in range(1, count + 1):
        at = now - round((count - serial) / count * 365 * _DAY_MS)
        closed = chance.random() > _OPEN
        story = Story(chance.choice(_KINDS), Fields(age=chance.randint(8, 40), sex="F"))
        rows["i"].append(
            {"id": serial, "channel": "x", "provider_id": str(serial), "sender_index": b"s",
             "received_at": at, "processed_at": at}
        )  # fmt: skip
        rows["c"].append(
            {"id": serial, "number": case_number(serial), "kind": story.kind,
             "urgency": chance.choice(LEVELS), "rules": "R1 R9",
             "status": "closed" if closed else "open", "place_code": chance.choice(places),
             "summary_sealed": world.parts.cases._seal_story(story), "excluded": "",  # noqa: SLF001
             "opened_at": at, "rung": 0, "round": 0, "due_at": None}
        )  # fmt: skip
        rows["r"].append(
            {"id": f"{serial:032x}", "case_id": serial, "inbox_id": serial,
             "reporter_index": b"s", "kind": story.kind, "created_at": at}
        )  # fmt: skip
        word = world.keys.index(f"clue who {chance.randrange(5000)}")
        rows["k"].append(
            {"clue_index": word, "report_id": f"{serial:032x}", "case_id": serial, "at": at}
        )
        if not closed:
            rows["t"].append(
                {"case_id": serial, "what": "check_in", "step": 3, "state": "waiting",
                 "due_at": at + 400 * _DAY_MS}
            )  # fmt: skip
        if serial % _BATCH == 0 or serial == count:
            with world.database.write() as connection:
                for key, table in (
                    ("i", inbox), ("c", cases), ("r", reports), ("k", clues), ("t", timers)
                ):  # fmt: skip
                    if rows[key]:
                        connection.execute(insert(table), rows[key])
                    rows[key] = []


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.desk", description=__doc__)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=50)
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder)}/desk.db")
        schema.migrate(database)
        world = World(database, Keyring.from_text(new_keys()))
        fill(world, options.cases)
        with database.write() as connection:
            connection.exec_driver_sql("ANALYZE")
            directory = world.people.directory(connection)
            for phone in (STAFF, MEMBER):
                contact = directory.with_phone(phone)
                assert contact is not None
                pin = world.parts.desk.seal_pin(phone, "9035")
                world.parts.desk.set_standing(connection, contact.id, Standing(pin=pin))
        number = case_number(options.cases // 2)
        commands = [
            "MENU", "LIST", "LIST 3", "LIST LATE", "LIST MINE", "COUNT", "COUNT WEEK",
            "COUNT MONTH Chandipara", "COUNT TRF", "FIND Chandipara", "FIND Rina", "DUE",
            f"CASE {number} 9035",
        ]  # fmt: skip
        print(f"{options.cases:,} cases, SQLite, ms (median, 95 %)")
        print(f"{'':26}{'staff':>16}{'GP member':>16}")
        for command in commands:
            # FIND is the staff's alone
            who_may = (STAFF,) if command.startswith("FIND") else (STAFF, MEMBER)
            shown = [measured(world, who, command, options.times) for who in who_may]
            print(f"{command:26}" + "".join(f"{m:9.1f}, {p:5.1f}" for m, p in shown))
        world.close()
        database.close()


def measured(world: World, who: str, command: str, times: int) -> tuple[float, float]:
    """(median, 95th percentile) in ms."""
    took = []
    for _ in range(times):
        world.text(who, command)
        inbox_, now = world.parts.inbox, world.now()
        (claimed,) = inbox_.claim(1, "bench", now)
        with world.database.write() as connection:
            directory = world.people.directory(connection)
            understood = hear(world.parts, directory, claimed)
            begun = time.perf_counter()
            effects = Effects(world.parts, connection, directory, [(claimed, understood)])
            outcome = effects.follow(claimed, understood)
            took.append((time.perf_counter() - begun) * 1000)
            assert outcome == "command"
            assert inbox_.finish(connection, [(claimed.id, outcome)], "bench", now)
    return statistics.median(took), statistics.quantiles(took, n=20)[-1]


if __name__ == "__main__":
    main()
