"""The embedded Redis, really started, killed and started again; and the data directory's lock."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import OutOfMemoryError

from gateway.data_lock import DataDirFault, hold
from gateway.embedded_redis import EmbeddedRedis, RedisFault, lay_out
from tests.waiting import until

Start = Callable[[EmbeddedRedis], subprocess.Popen]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a server and waits until it is ready; all are ended with the test."""
    running = []

    def begin(redis: EmbeddedRedis) -> subprocess.Popen:
        process = subprocess.Popen(redis.argv, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
        running.append(process)
        until(redis.is_ready)
        return process

    yield begin
    for process in running:
        process.kill()
        process.wait()


@pytest.fixture
def short_path() -> Iterator[Path]:
    """A folder whose path leaves room for a socket's name, whatever pytest's is."""
    with tempfile.TemporaryDirectory(prefix="sn") as folder:
        yield Path(folder)


def test_it_answers_on_its_socket_only_and_to_its_user_only(start: Start, short_path: Path) -> None:
    redis = lay_out(short_path)
    assert not redis.is_ready()
    start(redis)
    with Redis.from_url(redis.url) as client:
        assert client.ping()
        assert client.config_get("port") == {"port": "0"}
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    assert redis.socket == short_path / "redis" / "redis.sock"
    assert (short_path / "redis").stat().st_mode & 0o777 == 0o700
    assert redis.socket.stat().st_mode & 0o077 == 0


def test_what_it_was_told_survives_its_being_killed(start: Start, short_path: Path) -> None:
    redis = lay_out(short_path)
    first = start(redis)
    with Redis.from_url(redis.url) as client:
        client.rpush("rq:queue:alerts", "a", "b")
    time.sleep(1.1)  # its log reaches the disk every second
    first.kill()
    first.wait()
    assert redis.socket.exists(), "a stale socket is what a crash leaves"
    start(lay_out(short_path))
    with Redis.from_url(redis.url) as client:
        assert client.lrange("rq:queue:alerts", 0, -1) == [b"a", b"b"]


def test_a_full_one_refuses_and_throws_nothing_away(start: Start, short_path: Path) -> None:
    redis = lay_out(short_path)
    start(redis)
    with Redis.from_url(redis.url) as client:
        assert int(client.config_get("maxmemory")["maxmemory"]) > 0
        client.set("job", "waits")
        client.config_set("maxmemory", 1)
        with pytest.raises(OutOfMemoryError):
            client.set("another", "x")
        assert client.get("job") == b"waits"


@pytest.mark.parametrize("name", ["my data", 'a"b\\n', "এসএমএস", "100%#?"])
def test_any_folder_name_will_do(start: Start, short_path: Path, name: str) -> None:
    redis = lay_out(short_path / name)
    start(redis)
    with Redis.from_url(redis.url) as client:
        assert client.ping()
    assert (short_path / name / "redis" / "appendonly.aof").exists()


def test_a_long_path_gets_a_short_socket_in_a_folder_of_its_own(
    start: Start, short_path: Path
) -> None:
    deep = short_path / ("d" * 60) / ("e" * 60)
    redis = lay_out(deep)
    try:
        assert len(os.fsencode(redis.socket)) < 104
        assert redis.socket.parent.stat().st_mode & 0o777 == 0o700
        assert lay_out(deep).socket == redis.socket
        assert lay_out(deep / "other").socket.parent != redis.socket.parent
        start(redis)
        with Redis.from_url(redis.url) as client:
            assert client.ping()
        assert (deep / "redis" / "appendonly.aof").exists()
        redis.socket.parent.chmod(0o755)  # as if somebody else had been there first
        with pytest.raises(RedisFault, match="not a folder of this user's alone"):
            lay_out(deep)
    finally:
        for folder in (redis.socket.parent, lay_out(deep / "other").socket.parent):
            shutil.rmtree(folder)


HOLDER = """
import subprocess, sys
from pathlib import Path
from gateway.data_lock import hold

with hold(Path(sys.argv[1])) as lock:
    part = subprocess.Popen(["sleep", "60"], pass_fds=[lock], stdout=subprocess.DEVNULL)
    print(part.pid, flush=True)
    part.wait()
"""


def test_a_second_gateway_on_the_same_data_is_refused(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with hold(data):
        assert data.stat().st_mode & 0o777 == 0o700
        again = subprocess.run(
            [sys.executable, "-c", HOLDER, str(data)], capture_output=True, text=True, check=False
        )
        assert f"a gateway (process {os.getpid()}) already uses {data}" in again.stderr
        assert again.returncode == 1
    with hold(data):
        pass


def test_after_a_crash_the_parts_that_are_left_are_waited_for(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    with holder:
        assert holder.stdout is not None
        part = int(holder.stdout.readline())
        holder.kill()
    told: list[str] = []
    with pytest.raises(DataDirFault, match="parts of a gateway that was killed still use"):
        hold(tmp_path, patience=0.2, say=told.append).__enter__()
    assert len(told) == 1

    def end_the_part(line: str) -> None:
        told.append(line)
        os.kill(part, 9)

    with hold(tmp_path, patience=5, say=end_the_part):
        pass
    assert len(told) == 2


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(DataDirFault, match="set SAFETYNET_DATA_DIR to a folder that can"),
        hold(tmp_path / "file" / "data"),
    ):
        pass
