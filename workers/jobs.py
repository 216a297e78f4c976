"""The jobs that RQ runs, by the names that ``gateway.bell`` rings.

They work with the gateway that the worker's process has opened (:func:`use`), because a
connection to the database is not a thing to put into a job.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from gateway.steps.clock import work_inbound

if TYPE_CHECKING:
    from gateway.wiring import Gateway

#: how many messages a job takes before its worker looks at its other queues
_MOST = 2_000
#: so many are worth a transaction by themselves
_ENOUGH = 20
#: how long a worker that found fewer lets others come, in seconds: what a transaction and a job
#: cost by themselves is then shared
_GATHER_SECONDS = 0.02
#: how long a job goes on handing over before its worker looks at its other queues
_LONGEST_SECONDS = 20.0
_opened: list[Gateway] = []


def use(gateway: Gateway) -> None:
    """The gateway that this process's jobs work with."""
    _opened[:] = [gateway]


def process() -> None:
    """Process what waits in the inbox, and the receipts."""
    done = 0
    while done < _MOST and (some := work_inbound(_opened[0].parts, 1)):
        done += some
        if some < _ENOUGH:
            time.sleep(_GATHER_SECONDS)


def deliver() -> None:
    """Hand over what waits in the outbox, the most urgent first."""
    until = time.monotonic() + _LONGEST_SECONDS
    while _opened[0].deliver.drain() and time.monotonic() < until:
        time.sleep(_GATHER_SECONDS)
