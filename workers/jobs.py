"""The jobs that RQ runs, by the names that ``gateway.bell`` rings.

They work with the gateway that the worker's process has opened (:func:`use`), because a
connection to the database is not a thing to put into a job.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.steps.clock import work_inbound

if TYPE_CHECKING:
    from gateway.wiring import Gateway

#: how many messages a job takes before its worker looks at its other queues
_MOST = 2_000
_opened: list[Gateway] = []


def use(gateway: Gateway) -> None:
    """The gateway that this process's jobs work with."""
    _opened[:] = [gateway]


def process() -> None:
    """Process what waits in the inbox, and the receipts."""
    work_inbound(_opened[0].parts, _MOST)


def deliver() -> None:
    """Hand over what waits in the outbox, the most urgent first."""
    _opened[0].deliver.drain()
