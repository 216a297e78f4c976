from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from gateway import demo
from gateway.errors import KeyFault, SchemaFault
from gateway.store import schema
from gateway.store.engine import Database
from gateway.store.sealing import Keyring, new_keys
from gateway.store.tables import metadata
from gateway.store.watch import Watch
from tests.conftest import emptied, new_postgres_database


def test_the_migrations_make_exactly_the_tables_of_the_code(database: Database) -> None:
    with database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_a_migrated_database_has_the_version_that_alembic_calls_newest(database: Database) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))
    newest = ScriptDirectory.from_config(config).get_current_head()
    with database.read() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == newest
    schema.check(database)


def test_migrating_twice_changes_nothing(database: Database) -> None:
    schema.migrate(database)
    schema.check(database)
    with database.read() as connection:
        assert connection.execute(text("SELECT value FROM counters")).scalar_one() == 0


def test_a_newer_programs_database_is_refused(database: Database) -> None:
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaFault, match="newer"):
        schema.migrate(database)
    with pytest.raises(SchemaFault, match="9999"):
        schema.check(database)


def test_a_database_that_a_test_has_spoilt_is_no_other_tests(postgres: str) -> None:
    """So that tests can run in any order."""
    url = new_postgres_database(postgres)
    assert emptied(url)
    database = Database(url)
    for spoil in (
        "ALTER TABLE inbox RENAME TO inbox_away",
        "UPDATE alembic_version SET version_num = '9999'",
    ):
        with database.write() as connection:
            connection.execute(text(spoil))
        assert not emptied(url)
        with database.write() as connection:
            connection.execute(text("ALTER TABLE IF EXISTS inbox_away RENAME TO inbox"))
    database.close()


def test_an_empty_database_is_refused_until_it_is_migrated(tmp_path: object) -> None:
    database = Database(f"sqlite:///{tmp_path}/empty.db")
    with pytest.raises(SchemaFault, match="none"):
        schema.check(database)
    schema.migrate(database)
    schema.check(database)
    database.close()


def test_other_keys_than_the_datas_are_refused(database: Database, keys: Keyring) -> None:
    Watch(database).prove_keys(keys)
    Watch(database).prove_keys(keys)
    with pytest.raises(KeyFault):
        Watch(database).prove_keys(Keyring.from_text(new_keys()))


def test_a_climb_that_is_under_way_goes_on_after_an_update(tmp_path: Path) -> None:
    """Rungs were numbered by who was on duty; the next one asked is the next higher all the same."""
    database = Database(f"sqlite:///{tmp_path}/old.db")
    config = Config()
    config.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))
    with database.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0003")
    places, contacts = demo.district()
    with database.write() as connection:
        for place in places:
            connection.execute(
                text("INSERT INTO places (code, level, name) VALUES (:code, :level, '')"),
                {"code": place.code, "level": place.level},
            )
        for place in places:
            connection.execute(
                text("UPDATE places SET parent_code = :parent WHERE code = :code"),
                {"code": place.code, "parent": place.parent_code or None},
            )
        for n, contact in enumerate(contacts):
            connection.execute(
                text(
                    "INSERT INTO contacts (id, phone_index, phone_sealed, name_sealed, role,"
                    " place_code, language, on_duty) VALUES (:id, :phone, x'', x'', :role, :place,"
                    " 'en', true)"
                ),
                {
                    "id": n,
                    "phone": contact.phone.encode(),
                    "role": contact.role,
                    "place": contact.place_code,
                },
            )
    ids = {contact.alias: n for n, contact in enumerate(contacts)}
    #: case -> who was asked on which rung and in which round
    asked = {
        # Asha was away, Bimal asked first; as she was back, Bimal was asked again
        1: [("bimal", 0, 0), ("bimal", 1, 0), ("chitra", 2, 0)],
        # as far as the staff, and these again
        2: [("chitra", 0, 0), ("dipu", 1, 0), ("ratan", 2, 0), ("sulekha", 2, 0), ("ratan", 2, 1)],
        # nobody on duty, and one that was given away
        3: [],
        4: [("asha", -2, 0)],
    }
    with database.write() as connection:
        for case, theirs in asked.items():
            connection.execute(
                text(
                    "INSERT INTO cases (id, number, kind, urgency, status, place_code, opened_at,"
                    " rung, round) VALUES (:id, :id, 'missing', 'urgent', 'open', 'V1', 1, :rung,"
                    " :round)"
                ),
                {
                    "id": case,
                    "rung": max((r for _, r, _ in theirs), default=-1),
                    "round": max((r for _, _, r in theirs), default=0),
                },
            )
            for n, (alias, rung, round_) in enumerate(theirs):
                values = {"id": f"{case}{n}", "case": case, "contact": ids[alias], "rung": rung}
                connection.execute(
                    text(
                        "INSERT INTO outbox (id, channel, to_index, template, priority, once,"
                        " state, created_at) VALUES (:id, 'x', x'00', 'x', 0, 0, 'sent', 1)"
                    ),
                    values,
                )
                connection.execute(
                    text(
                        "INSERT INTO alerts (id, case_id, contact_id, rung, round, state,"
                        " outbox_id, asked_at) VALUES (:id, :case, :contact, :rung, :round,"
                        " 'asked', :id, 1)"
                    ),
                    values | {"round": round_},
                )
    schema.migrate(database)
    with database.read() as connection:
        heights = connection.execute(text("SELECT rung FROM alerts ORDER BY id")).scalars().all()
        stands = connection.execute(text("SELECT rung FROM cases ORDER BY id")).scalars().all()
    database.close()
    assert heights == [101, 102, 202, 202, 203, 500, 500, 500, -2]
    assert stands == [202, 500, 0, 0]


def test_a_commit_on_sqlite_is_flushed_to_the_disk(tmp_path: object) -> None:
    database = Database(f"sqlite:///{tmp_path}/flushed.db")
    with database.read() as connection:
        assert connection.execute(text("PRAGMA synchronous")).scalar_one() == 2
        assert connection.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
    database.close()
