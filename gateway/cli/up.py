"""``up``: the whole gateway with one command."""

from __future__ import annotations

import errno
import os
import socket
import sys
import threading
import time

import click
import urllib3
from urllib3.exceptions import HTTPError

from gateway import embedded_redis
from gateway.errors import Fault
from gateway.settings import Settings, load
from gateway.supervise import Child, Supervisor
from gateway.wiring import prepare

_ANSWERS_WITHIN = 30.0


@click.command()
@click.option("--demo", is_flag=True, help="A demonstration district, and the phones page.")
@click.option("--port", default=8000, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True)
def up(demo: bool, port: int, host: str) -> None:  # noqa: FBT001 click's way
    """Start web, workers, clock and, where REDIS_URL is not set, a Redis.  Ctrl-C ends all."""
    settings = load()
    if demo:
        settings = settings.model_copy(
            update={"demo": True, "data_dir": settings.data_dir / "demo"}
        )
    _check_port(host, port)
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    held = embedded_redis.lock(settings.data_dir)
    prepare(settings)
    children, env = _redis(settings)
    env |= {"SAFETYNET_DATA_DIR": str(settings.data_dir.absolute()), "PYTHONUNBUFFERED": "1"}
    if demo:
        env["SAFETYNET_DEMO"] = "1"
    children += [
        _part("clock", env, "clock"),
        _part("worker", env, "worker", "inbound"),
        _part("sender", env, "worker", "alerts", "outbound"),
        _part("web", env, "web", "--host", host, "--port", str(port)),
    ]
    supervisor = Supervisor(children)
    address = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}"  # noqa: S104 compared only
    announce = threading.Event()

    def tell() -> None:
        if _answers(address, announce):
            supervisor.say("safetynet", _welcome(address, demo=demo))

    # the welcome waits for the web server, while the supervisor already watches over all
    threading.Thread(target=tell, daemon=True).start()
    try:
        status = supervisor.run()
    finally:
        announce.set()
        os.close(held)
    sys.exit(status)


def _redis(settings: Settings) -> tuple[list[Child], dict[str, str]]:
    if settings.redis_url:
        return [], {"REDIS_URL": settings.redis_url}
    redis = embedded_redis.prepare(settings.data_dir)
    return [Child("redis", redis.argv, ready=redis.ready)], {"REDIS_URL": redis.url}


def _part(name: str, env: dict[str, str], *args: str) -> Child:
    return Child(name, (sys.executable, "-m", "gateway", *args), env)


def _check_port(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as fault:
            if fault.errno == errno.EADDRINUSE:
                raise Fault(
                    f"port {port} is taken; choose another: safetynet up --port {port + 1}"
                ) from None
            raise Fault(f"cannot listen on {host}:{port}: {fault.strerror}") from None


def _answers(address: str, stopped: threading.Event) -> bool:
    until = time.monotonic() + _ANSWERS_WITHIN
    with urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(2)) as http:
        while time.monotonic() < until and not stopped.wait(0.2):
            try:
                if http.request("GET", f"{address}/health/live").status == 200:  # noqa: PLR2004 alive
                    return True
            except HTTPError:
                continue
    return False


def _welcome(address: str, *, demo: bool) -> str:
    if demo:
        return f"ready: open {address}/phones in a browser; Ctrl-C ends everything"
    return f"ready on {address}; what is missing: safetynet doctor; Ctrl-C ends everything"
