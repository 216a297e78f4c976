"""Connections and transactions, the same for SQLite and PostgreSQL.

A transaction that writes begins IMMEDIATE on SQLite: a deferred one that reads and then writes
loses updates or fails at once when another writer committed in between.  ``synchronous=FULL``:
a commit is on the disk before the provider hears 2xx.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError

#: how long a statement may wait for a lock, in seconds; a provider waits 15 in all
LOCK_WAIT = 8.0
_LOOK_SECONDS = 0.001


class Database:
    """An engine with two kinds of transactions, and the ids of new rows.

    ``chance`` gives so many bytes that nobody can guess.
    """

    def __init__(
        self, url: str, *, pool_size: int = 20, chance: Callable[[int], bytes] = os.urandom
    ) -> None:
        self._chance = chance
        self.sqlite = url.startswith("sqlite")
        self.engine: Engine
        if self.sqlite:
            self.engine = create_engine(
                url,
                pool_size=pool_size,
                max_overflow=10,
                connect_args={"timeout": LOCK_WAIT, "check_same_thread": False},
            )
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)
        else:
            self.engine = create_engine(
                url,
                pool_size=pool_size,
                max_overflow=10,
                pool_pre_ping=True,
                connect_args={
                    "connect_timeout": int(LOCK_WAIT),
                    "options": f"-c lock_timeout={int(LOCK_WAIT * 1000)} -c timezone=UTC",
                },
            )
        self._reading = self.engine.execution_options(safetynet_reading=True)

    @contextlib.contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that may write; committed at the end, rolled back on any exception."""
        with self.engine.begin() as connection:
            yield connection

    @contextlib.contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only reads; never waits for a writer."""
        with self._reading.connect() as connection:
            yield connection

    def insert(self, table: Any) -> Any:
        """The dialect's INSERT, which knows ON CONFLICT."""
        return sqlite.insert(table) if self.sqlite else postgresql.insert(table)

    def new_id(self, at_ms: int) -> str:
        """An id that sorts by time and cannot be guessed: 12 hex digits of time, 20 of chance."""
        return f"{at_ms:012x}{self._chance(10).hex()}"

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the begin event alone decides how a transaction begins
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA busy_timeout=0")  # from here on, see _begin_sqlite
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """Begin; a writer waits its turn in short steps.

    SQLite's own busy handler sleeps up to 100 ms between two looks, and whoever has waited
    longest looks least often.
    """
    if connection.get_execution_options().get("safetynet_reading", False):
        connection.exec_driver_sql("BEGIN")
        return
    driver: Any = connection.connection.driver_connection
    until = time.monotonic() + LOCK_WAIT
    while True:
        try:
            driver.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as fault:
            busy = fault.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not busy or time.monotonic() > until:
                raise OperationalError("BEGIN IMMEDIATE", None, fault) from fault
            time.sleep(_LOOK_SECONDS)
        else:
            return


def plain_column(text: str, longest: int) -> str:
    """A provider's text for a column that is not sealed: printable ASCII, not too long.

    PostgreSQL takes no NUL in a text, and one bad value would fail all that are committed with it.
    """
    return "".join(char for char in text[:longest] if " " <= char <= "~")


def now_ms() -> int:
    """Milliseconds since 1970, UTC: how instants stand in the database."""
    return time.time_ns() // 1_000_000
