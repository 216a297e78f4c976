import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from gateway.errors import KeyFault, SchemaFault
from gateway.store import schema
from gateway.store.engine import Database
from gateway.store.sealing import Keyring, new_keys
from gateway.store.tables import metadata
from gateway.store.watch import Watch


def test_the_migrations_make_exactly_the_tables_of_the_code(database: Database) -> None:
    with database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


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


def test_a_commit_on_sqlite_is_flushed_to_the_disk(tmp_path: object) -> None:
    database = Database(f"sqlite:///{tmp_path}/flushed.db")
    with database.read() as connection:
        assert connection.execute(text("PRAGMA synchronous")).scalar_one() == 2
        assert connection.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
    database.close()
