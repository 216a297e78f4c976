"""The bell's thread and a real Redis, which is there, frozen, killed and started again."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer
from structlog.testing import capture_logs

from gateway.bell import JOBS, PATIENCE_SECONDS, RedisBell
from gateway.embedded_redis import lay_out
from tests.waiting import until

RINGS = 20


class Server:
    """A Redis that can be frozen, killed and started again, and its bell."""

    def __init__(self, folder: Path) -> None:
        self._redis = lay_out(folder)
        self._process: subprocess.Popen[bytes] | None = None
        self.start()
        self.bell = RedisBell(self._redis.url)

    def start(self) -> None:
        self._process = subprocess.Popen(self._redis.argv, stdout=subprocess.DEVNULL)
        until(self._redis.is_ready)

    def signal(self, number: int) -> None:
        assert self._process is not None
        os.kill(self._process.pid, number)
        if number == signal.SIGKILL:
            self._process.wait()

    def close(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def jobs(self, name: str) -> list[tuple[str, object, object]]:
        """What waits in a queue: (function, arguments, named ones)."""
        with Redis.from_url(self._redis.url) as redis:
            waiting = Queue(name, connection=redis, serializer=JSONSerializer).get_jobs()
            return [(job.func_name, list(job.args), job.kwargs) for job in waiting]

    def empty(self) -> None:
        with Redis.from_url(self._redis.url) as redis:
            redis.flushall()

    def ring_often(self, *queues: str) -> None:
        """Ring again and again; whoever waited for Redis each time would take far longer."""
        begun = time.monotonic()
        for _ in range(RINGS):
            self.bell.ring(*queues)
        assert time.monotonic() - begun < RINGS * PATIENCE_SECONDS / 4


@pytest.fixture
def server() -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="sn") as folder:
        server = Server(Path(folder))
        yield server
        server.close()


def bells() -> int:
    return sum(thread.name == "bell" for thread in threading.enumerate())


def test_a_ring_is_a_job_without_any_fact(server: Server) -> None:
    for name, function in JOBS.items():
        server.bell.ring(name)
        until(lambda name=name: server.jobs(name))
        assert server.jobs(name) == [(function, [], {})]


def test_the_thread_begins_with_the_first_ring_and_is_one(server: Server) -> None:
    """What forks afterwards, as a web server does, has a thread in each process that rings."""
    before = bells()
    server.bell.ring()
    assert bells() == before
    threads = [threading.Thread(target=server.bell.ring, args=("inbound",)) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert bells() == before + 1


def test_many_rings_are_one_job_until_it_is_taken(server: Server) -> None:
    for _ in range(10):
        server.ring_often("inbound", "alerts")
    until(lambda: server.jobs("inbound") and server.jobs("alerts"))
    time.sleep(0.1)
    assert [len(server.jobs(name)) for name in ("inbound", "alerts", "outbound")] == [1, 1, 0]
    server.empty()
    server.bell.ring("inbound")
    until(lambda: server.jobs("inbound"))


def test_a_frozen_redis_delays_nobody_and_is_rung_when_it_moves_again(server: Server) -> None:
    server.bell.ring("outbound")
    until(lambda: server.jobs("outbound"))
    server.signal(signal.SIGSTOP)
    server.ring_often("inbound", "alerts")
    time.sleep(3 * PATIENCE_SECONDS)  # it has given up
    server.bell.ring("inbound")
    server.signal(signal.SIGCONT)
    until(lambda: server.bell.ring("inbound") or server.jobs("inbound"))


def test_a_dead_redis_is_complained_of_once_and_rung_when_it_is_back(server: Server) -> None:
    server.bell.ring("outbound")
    until(lambda: server.jobs("outbound"))
    server.signal(signal.SIGKILL)
    with capture_logs() as told:
        for _ in range(5):
            server.ring_often("inbound", "alerts", "outbound")
            time.sleep(0.05)
        until(lambda: told)
        time.sleep(0.1)
    assert [(each["event"], each["fault"]) for each in told] == [("cannot_ring", "ConnectionError")]
    server.start()
    server.bell.ring("inbound")
    until(lambda: server.jobs("inbound"))
