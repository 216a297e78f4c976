"""``up``: the whole gateway on one machine, with one command."""

from __future__ import annotations

import errno
import http.client
import os
import socket
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from gateway.data_lock import hold
from gateway.embedded_redis import lay_out
from gateway.errors import Fault
from gateway.settings import load, of_demo
from gateway.supervise import Child, Supervisor

if TYPE_CHECKING:
    from gateway.settings import Settings

_PATIENCE_SECONDS = 0.5
_LAST_PORT = 65535


@click.command()
@click.option("--demo", is_flag=True, help="A demonstration district, and pretend phones to try.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    default=8000,
    show_default=True,
    type=click.IntRange(1, _LAST_PORT),
    help="Port to listen on.",
)
def up(demo: bool, host: str, port: int) -> None:  # noqa: FBT001 click's way
    """Run everything: web server, workers, clock, and a Redis unless REDIS_URL is set."""
    settings = of_demo(load()) if demo else load()
    settings = settings.model_copy(update={"data_dir": settings.data_dir.absolute()})
    with hold(settings.data_dir, say=click.echo) as lock:
        check_port(host, port, "safetynet up --demo" if demo else "safetynet up")
        from gateway.wiring import prepare  # noqa: PLC0415 slow, and the faults above need none of it

        prepare(settings)
        status = Supervisor(
            _parts(settings, host, port), welcome=_welcome(settings, host, port), pass_fds=[lock]
        ).run()
    sys.exit(status)


def check_port(host: str, port: int, command: str) -> None:
    """See that nobody else listens there.

    Raises:
        Fault: it is taken, forbidden or not an address of this machine; says what to type instead.
    """
    refused = _refusal(host, port)
    if refused is None:
        return
    if refused.errno == errno.EADDRINUSE:
        free = next((p for p in range(port + 1, _LAST_PORT + 1) if _refusal(host, p) is None), 8000)
        raise Fault(f"port {port} is taken: {command} --port {free}")
    if refused.errno in (errno.EACCES, errno.EPERM):
        raise Fault(f"port {port} is not allowed to this user: {command} --port 8000")
    raise Fault(f"{host} is no address of this machine: {command} --host 127.0.0.1")


def _refusal(host: str, port: int) -> OSError | None:
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as fault:
        return fault
    return None


def _parts(settings: Settings, host: str, port: int) -> list[Child]:
    """The processes, in the order of their start."""
    parts = []
    env = {
        **os.environ,
        "SAFETYNET_DATA_DIR": str(settings.data_dir),
        "PYTHONUNBUFFERED": "1",
    }
    if settings.demo:
        env["SAFETYNET_DEMO"] = "1"
    if not settings.redis_url:
        redis = lay_out(settings.data_dir)
        env["REDIS_URL"] = redis.url
        parts = [Child("redis", redis.argv, ready=redis.is_ready, first=True, quiet=True)]

    def part(name: str, *words: str, ready: Callable[[], bool] | None = None) -> Child:
        return Child(name, [sys.executable, "-m", "gateway", *words], env=env, ready=ready)

    return [
        *parts,
        part("web", "web", "--host", host, "--port", str(port), ready=lambda: _lives(host, port)),
        part("worker", "worker", "inbound"),
        part("sender", "worker", "alerts", "outbound"),
        part("clock", "clock"),
    ]


def _near(host: str) -> str:
    """Where this machine reaches what listens on ``host``."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104 not bound here


def _lives(host: str, port: int) -> bool:
    line = http.client.HTTPConnection(_near(host), port, timeout=_PATIENCE_SECONDS)
    try:
        line.request("GET", "/health/live")
        return line.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        line.close()


def _welcome(settings: Settings, host: str, port: int) -> str:
    near = _near(host)
    url = f"http://[{near}]:{port}" if ":" in near else f"http://{near}:{port}"
    lines = ["", "  SafetyNet is up.", ""]
    if settings.demo:
        lines.append(f"  Phones to try   {url}/phones")
    else:
        lines.append(f"  Webhooks        {settings.public_url or url}/webhooks/")
    lines += [
        f"  Health          {url}/health/ready",
        f"  Data            {settings.data_dir}",
        "  Stop            Ctrl-C",
        "",
    ]
    return "\n".join(lines)
