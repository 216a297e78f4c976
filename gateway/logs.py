"""Logs: one line an event, without numbers, names or texts.

Events are named with a fixed word and carry ids and counts; nothing a person wrote is logged,
nor the text of an exception that may hold it.
"""

from __future__ import annotations

import logging
import sys

import structlog


def configure() -> None:
    """Log to standard error, readable on a terminal, one JSON object a line elsewhere."""
    renderer: structlog.types.Processor = (
        structlog.dev.ConsoleRenderer(pad_event_to=0)
        if sys.stderr.isatty()
        else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    # the SDKs and urllib3 log addresses, which hold numbers
    for name in ("twilio", "urllib3", "africastalking", "requests"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
