"""``web``, ``worker`` and ``clock``: the parts one by one, as the Procfile names them."""

from __future__ import annotations

import gc
import signal
import threading
from typing import TYPE_CHECKING

import click
from gunicorn.app.base import BaseApplication

from gateway import logs
from gateway.lexicon import load_lexicon
from gateway.settings import load
from gateway.steps.parts import INBOUND, QUEUES
from gateway.wiring import open_gateway

if TYPE_CHECKING:
    from flask import Flask

    from gateway.settings import Settings


class _Web(BaseApplication):  # type: ignore[misc]  # gunicorn ships no types
    """Gunicorn with our settings; each worker opens its own gateway."""

    def __init__(self, settings: Settings, host: str, port: int) -> None:
        self._settings = settings
        self._bind = f"{host}:{port}"
        super().__init__()

    def load_config(self) -> None:
        for name, value in {
            "bind": self._bind,
            "workers": self._settings.web_workers,
            "threads": self._settings.web_threads,
            "worker_class": "gthread",
            "timeout": 30,
            "graceful_timeout": 15,
            "keepalive": 75,  # longer than a proxy keeps a line: it must never meet a closed one
            "worker_tmp_dir": None,
            "limit_request_line": 4094,
            "limit_request_fields": 60,
            "loglevel": "warning",
            "proc_name": "safetynet web",
            "control_socket_disable": True,
        }.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Flask:
        from gateway.web.app import create_app  # noqa: PLC0415 in the worker, after the fork

        logs.configure()
        app = create_app(open_gateway(self._settings))
        gc.freeze()  # what was made at start lives to the end
        return app


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
def web(host: str, port: int) -> None:
    """Run the web server: webhooks, health, metrics."""
    settings = load()
    open_gateway(settings).close()  # a fault is told here, in one line, and not by every worker
    load_lexicon().warm()  # before the fork, so that the workers share it
    _Web(settings, host, port).run()


@click.command()
@click.argument("queues", nargs=-1, type=click.Choice(QUEUES))
def worker(queues: tuple[str, ...]) -> None:
    """Run an RQ worker on QUEUES, the first one first (default: all)."""
    from workers import jobs  # noqa: PLC0415 RQ is slow to import, and only this needs it
    from workers.worker import work  # noqa: PLC0415

    logs.configure()
    settings = load()
    if not settings.redis_url:
        raise click.ClickException(
            "REDIS_URL is not set; `safetynet up` starts an embedded Redis and the workers"
        )
    gateway = open_gateway(settings)
    jobs.use(gateway)
    if INBOUND in (queues or QUEUES):
        load_lexicon().warm()
    gc.freeze()
    try:
        work(settings.redis_url, queues or QUEUES)
    finally:
        gateway.close()


@click.command()
def clock() -> None:
    """Run the clock: ladders, retries, and whatever waits while Redis is away."""
    from workers.clock import run  # noqa: PLC0415

    logs.configure()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    gateway = open_gateway(load())
    try:
        run(gateway, stop)
    finally:
        gateway.close()
