"""The clock's loop: a tick every second, whatever happens in one."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import structlog

from gateway.steps.clock import tick

if TYPE_CHECKING:
    from gateway.wiring import Gateway

log = structlog.get_logger()
TICK_SECONDS = 1.0


def run(gateway: Gateway, stop: threading.Event) -> None:
    """Tick until ``stop`` is set."""
    while not stop.is_set():
        try:
            tick(gateway.parts, gateway.deliver)
        except Exception as fault:  # noqa: BLE001 the next tick may find the database back
            log.error("tick_failed", fault=type(fault).__name__)
        stop.wait(TICK_SECONDS)
