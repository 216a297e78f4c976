"""An RQ worker that runs our jobs and nothing else.

It works in its own process without forking: a job here is a batch, and a fork a batch costs more
than the batch.  A job that breaks the process costs a restart by the supervisor and nothing
else, because every claim in the database has a lease.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import structlog
from redis import Redis
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer

from gateway.bell import JOBS

if TYPE_CHECKING:
    from rq.job import Job

log = structlog.get_logger()


class OnlyOurs(SimpleWorker):
    """Refuses jobs that are not ours: whoever can write to Redis must not choose what we run."""

    def execute_job(self, job: Job, queue: Queue) -> Any:
        """Run one of our jobs; drop any other without looking into it."""
        try:
            ours = job.func_name in JOBS.values() and not job.args and not job.kwargs
        except Exception:  # noqa: BLE001 a body that cannot even be read is not ours
            ours = False
        if ours:
            return super().execute_job(job, queue)
        log.error("foreign_job_refused", queue=queue.name)
        job.delete()
        return None


def work(redis_url: str, queues: Sequence[str]) -> None:
    """Work on these queues, the first one first, until told to stop."""
    redis = Redis.from_url(redis_url)
    worker = OnlyOurs(
        [Queue(name, connection=redis, serializer=JSONSerializer) for name in queues],
        connection=redis,
        serializer=JSONSerializer,
        worker_ttl=60,  # an idle worker comes back from its blocking pop this often
        log_job_description=False,
    )
    worker.work(logging_level="WARNING", with_scheduler=False)
