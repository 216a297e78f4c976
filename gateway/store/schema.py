"""The schema: made and migrated by Alembic when the gateway starts, and checked by every part."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text

from gateway.errors import SchemaFault

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gateway.store.engine import Database

_MIGRATIONS = Path(__file__).parent / "migrations"
#: any number will do; it makes two gateways that start together migrate one after the other
_MIGRATION_LOCK = 7_203_317


def migrate(database: Database) -> None:
    """Bring the schema to this program's version.

    Raises:
        SchemaFault: the database was made by a newer program.
    """
    known = _versions()
    with database.write() as connection:
        if not database.sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _MIGRATION_LOCK})
        current = _revision(connection)
        if current is not None and current not in known:
            raise SchemaFault(
                f"the database has schema {current}, made by a newer SafetyNet; start that one"
            )
        if current != known[-1]:
            _upgrade(connection)


def check(database: Database) -> None:
    """Refuse to work on another schema than this program's.

    Raises:
        SchemaFault: the schema is missing, older or newer.
    """
    newest = _versions()[-1]
    with database.read() as connection:
        current = _revision(connection)
    if current != newest:
        raise SchemaFault(
            f"the database has schema {current or 'none'}, this program needs {newest}; "
            "start the gateway with: safetynet up, or run: safetynet doctor --migrate"
        )


def _versions() -> list[str]:
    """The schema's versions, the newest last, as the migrations' files are named."""
    return sorted(path.name.partition("_")[0] for path in _MIGRATIONS.glob("versions/[0-9]*.py"))


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return revision


def _upgrade(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415 slow to import, and few starts have to migrate
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
