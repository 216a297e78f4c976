"""The schema: made and migrated by Alembic when the gateway starts, and checked by every part."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from gateway.errors import SchemaFault

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gateway.store.engine import Database

#: any number will do; it makes two gateways that start together migrate one after the other
_MIGRATION_LOCK = 7_203_317


def migrate(database: Database) -> None:
    """Bring the schema to this program's version.

    Raises:
        SchemaFault: the database was made by a newer program.
    """
    config, newest, known = _scripts()
    with database.write() as connection:
        if not database.sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _MIGRATION_LOCK})
        current = _revision(connection)
        if current is not None and current not in known:
            raise SchemaFault(
                f"the database has schema {current}, made by a newer SafetyNet; start that one"
            )
        if current != newest:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def check(database: Database) -> None:
    """Refuse to work on another schema than this program's.

    Raises:
        SchemaFault: the schema is missing, older or newer.
    """
    _, newest, _ = _scripts()
    with database.read() as connection:
        current = _revision(connection)
    if current != newest:
        raise SchemaFault(
            f"the database has schema {current or 'none'}, this program needs {newest}; "
            "start the gateway with: safetynet up, or run: safetynet doctor --migrate"
        )


def _scripts() -> tuple[Config, str, set[str]]:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    scripts = ScriptDirectory.from_config(config)
    newest = scripts.get_current_head()
    assert newest is not None  # noqa: S101 the folder holds the first migration
    return config, newest, {script.revision for script in scripts.walk_revisions()}


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()
