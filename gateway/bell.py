"""The only user of Redis and RQ beside the workers: rings, carries no fact.

A ring says "look into the database".  It happens in a thread of its own, after the commit, with
half a second and no retries, so that neither a dead nor a frozen Redis delays an answer to a
provider.  A lost ring costs seconds: the clock finds what waits.
"""

from __future__ import annotations

import threading
import time

import structlog
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import Queue
from rq.serializers import JSONSerializer

log = structlog.get_logger()

#: what each queue's job is called; resolved by the worker, and by a test
JOBS = {
    "alerts": "workers.jobs.deliver",
    "inbound": "workers.jobs.process",
    "outbound": "workers.jobs.deliver",
}
PATIENCE_SECONDS = 0.5
#: what is rung so soon after a ring is rung as one
_PAUSE_SECONDS = 0.01
#: a job that waits longer than this is stale: the clock has rung again in the meantime
_JOB_TTL = 300
_JOB_TIMEOUT = 120
#: one complaint about an absent Redis in so many seconds
_COMPLAIN_EVERY = 60.0


def connect(redis_url: str) -> Redis:
    """A connection that gives up after half a second."""
    return Redis.from_url(
        redis_url,
        socket_timeout=PATIENCE_SECONDS,
        socket_connect_timeout=PATIENCE_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )


class RedisBell:
    """Rings RQ's queues from a thread of its own.

    Rings that come while one is under way become one.  A queue that has a job waiting needs no
    other: that job will begin after our commit, and looks at everything.
    """

    def __init__(self, redis_url: str) -> None:
        redis = connect(redis_url)
        self._queues = {
            name: Queue(name, connection=redis, serializer=JSONSerializer) for name in JOBS
        }
        self._wanted: set[str] = set()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._complained = 0.0

    def ring(self, *queues: str) -> None:
        """Ring; returns at once."""
        if not queues:
            return
        with self._changed:
            self._wanted.update(queues)
            if self._thread is None:  # begun late, so that it begins in the process that rings
                self._thread = threading.Thread(target=self._ring_on, name="bell", daemon=True)
                self._thread.start()
            self._changed.notify()

    def _ring_on(self) -> None:
        while True:
            with self._changed:
                while not self._wanted:
                    self._changed.wait()
                wanted, self._wanted = self._wanted, set()
            for name in sorted(wanted):
                self._ring(self._queues[name])
            time.sleep(_PAUSE_SECONDS)

    def _ring(self, queue: Queue) -> None:
        try:
            if queue.count == 0:
                queue.enqueue_call(
                    JOBS[queue.name],
                    timeout=_JOB_TIMEOUT,
                    ttl=_JOB_TTL,
                    result_ttl=0,
                    failure_ttl=_JOB_TTL,
                )
        except Exception as fault:  # noqa: BLE001 the thread that rings must not end
            if time.monotonic() - self._complained > _COMPLAIN_EVERY:
                self._complained = time.monotonic()
                log.warning("cannot_ring", fault=type(fault).__name__)
