"""What is answered about the gateway itself while its database is away, and when it is back."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from flask.testing import FlaskClient
from sqlalchemy import create_engine, text

from tests.web.test_webhooks import client
from tests.world import World

__all__ = ["client"]


@contextlib.contextmanager
def database_away(world: World, postgres: str) -> Iterator[None]:
    """Nobody can connect to the database of the world, and whoever was connected is not any more."""
    engine = world.database.engine
    if world.database.sqlite:
        engine.dispose()
        path = Path(str(engine.url.database))
        aside = path.rename(path.with_suffix(".aside"))
        path.mkdir()
        yield
        path.rmdir()
        aside.rename(path)
        return
    server = create_engine(postgres, isolation_level="AUTOCOMMIT")
    name = engine.url.database
    with server.connect() as connection:
        connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false"))
        connection.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"),
            {"name": name},
        )
        yield
        connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true"))
    server.dispose()


def test_what_is_counted_is_unknown_while_the_database_is_away(
    client: FlaskClient, world: World, postgres: str
) -> None:
    world.tick()
    assert client.get("/metrics").status_code == 200
    with database_away(world, postgres):
        metrics = client.get("/metrics")
        assert (metrics.status_code, metrics.text) == (503, "the database is away\n")
        ready = client.get("/health/ready")
        assert ready.status_code == 503
        assert ready.json is not None
        assert ready.json["database"] == "away"
        # it lives: whoever restarts what does not would not bring the database back
        assert client.get("/health/live").status_code == 200
    back = client.get("/metrics")
    assert back.status_code == 200
    assert "safetynet_oldest_due_seconds" in back.text
    assert client.get("/health/ready").status_code == 200
