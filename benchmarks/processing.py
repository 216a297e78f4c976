"""``python -m benchmarks.processing``: what one worker spends on a report, and on what.

In one process, without HTTP, Redis and neighbours, on a SQLite file that nobody else writes to.
A worker that is hurried takes up to 50 messages at a time, an idle one takes each as it comes.
"""

from __future__ import annotations

import argparse
import contextlib
import cProfile
import pstats
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection

from benchmarks.load import CITIES, name
from gateway.domain.messages import Inbound
from gateway.steps.process import process_waiting
from gateway.store import schema
from gateway.store.engine import Database
from gateway.store.sealing import Keyring, new_keys
from tests.world import World


class Timed(Database):
    """Knows for how long it was written to; on SQLite nobody else can meanwhile."""

    writing = 0.0

    @contextlib.contextmanager
    def write(self) -> Iterator[Connection]:
        with super().write() as connection:
            begun = time.perf_counter()
            yield connection
            self.writing += time.perf_counter() - begun


def store(world: World, count: int, chance: random.Random) -> None:
    """Store so many reports, each of an event of its own."""
    inbox = world.parts.inbox
    rows = [
        inbox.sealed(
            Inbound(
                "simulator",
                f"{chance.random()}",
                f"+9170{chance.randint(10_000_000, 99_999_999)}",
                "SafetyNet",
                f"MIG {name(chance)}, {chance.randint(12, 40)}, F, {chance.choice(CITIES)}, "
                f"{chance.randint(1, 28)}/12, domestic work, agent {name(chance)}, from Chandipara",
            ),
            world.now(),
        )
        for _ in range(count)
    ]
    with world.database.write() as connection:
        inbox.store(connection, rows)


def measure(world: World, count: int, batch: int, chance: random.Random) -> float:
    """CPU ms a report, in batches of this size."""
    store(world, count, chance)
    begun = time.process_time()
    while process_waiting(world.parts, batch):
        pass
    return (time.process_time() - begun) / count * 1000


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.processing", description=__doc__)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--fill", type=int, default=1000, help="so many reports came before")
    parser.add_argument("--batch", type=int, help="only batches of this size")
    parser.add_argument("--profile", type=int, default=0, help="show so many functions")
    parser.add_argument("--sort", default="tottime", help="the profile's order")
    options = parser.parse_args()
    for batch in [options.batch] if options.batch else [50, 5, 1]:
        chance = random.Random(1)
        with tempfile.TemporaryDirectory() as folder:
            database = Timed(f"sqlite:///{Path(folder) / 'bench.db'}")
            schema.migrate(database)
            world = World(database, Keyring.from_text(new_keys()))
            measure(world, options.fill, 50, chance)
            before = database.writing
            profile = cProfile.Profile()
            if options.profile:
                profile.enable()
            cpu = measure(world, options.count, batch, chance)
            profile.disable()
            writing = (database.writing - before) / options.count * 1000
            print(f"batches of {batch:2}: {cpu:.2f} ms of CPU a report, {writing:.2f} ms writing")
            if options.profile:
                pstats.Stats(profile).sort_stats(options.sort).print_stats(options.profile)
            world.close()
            database.close()


if __name__ == "__main__":
    main()
