"""``phone``: a basic phone in the terminal."""

from __future__ import annotations

import json
import secrets
import sys
import threading
import time
from collections.abc import Callable

import click
import urllib3
from urllib3.exceptions import HTTPError

_POLL_SECONDS = 0.5


class _Line:
    """The way to a running gateway's simulator."""

    def __init__(self, url: str, number: str) -> None:
        self._url = url.rstrip("/")
        self._number = number
        self._http = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(5))
        self._webhook = self._get("/phones/config")["webhook"]
        self.cursor = self._get("/phones/feed")["cursor"]

    def send(self, text: str) -> None:
        fields = {"id": f"cli-{secrets.token_hex(12)}", "from": self._number, "to": "SafetyNet"}
        self._post(f"{self._webhook}/sms", {**fields, "text": text})

    def arrived(self) -> list[str]:
        """Texts that have reached this phone since it was last asked."""
        feed = self._get(f"/phones/feed?after={self.cursor}")
        self.cursor = feed["cursor"]
        texts = []
        for message in feed["messages"]:
            if message["phone"] == self._number and message["direction"] == "out":
                texts.append(str(message["text"]))
                receipt = {"id": message["id"], "status": "delivered"}
                self._post(f"{self._webhook}/status", receipt)
        return texts

    def _get(self, path: str) -> dict:  # type: ignore[type-arg]
        try:
            answer = self._http.request("GET", self._url + path)
        except HTTPError:
            raise click.ClickException(
                f"no gateway answers at {self._url}; start one with: safetynet up --demo"
            ) from None
        if answer.status != 200:  # noqa: PLR2004 the one good answer
            raise click.ClickException(
                f"the gateway at {self._url} has no phones; start: safetynet up --demo"
            )
        found: dict = json.loads(answer.data)  # type: ignore[type-arg]
        return found

    def _post(self, path: str, fields: dict[str, str]) -> None:
        try:
            answer = self._http.request_encode_body(
                "POST", self._url + path, fields, encode_multipart=False
            )
        except HTTPError:
            raise click.ClickException("not sent: the gateway does not answer") from None
        if answer.status >= 300:  # noqa: PLR2004 refused
            raise click.ClickException(
                f"not sent: {answer.data.decode('utf-8', 'replace').strip()}"
            )


@click.command()
@click.argument("number")
@click.option("--url", default="http://127.0.0.1:8000", show_default=True)
@click.option("--wait", default=5.0, show_default=True, help="Seconds to wait after piped input.")
def phone(number: str, url: str, wait: float) -> None:
    """A basic phone with NUMBER: type a text and Enter; what arrives is shown. Ctrl-D ends."""
    if not (number.startswith("+") and number[1:].isdigit()):
        raise click.ClickException("a number begins with + and its country code")
    line = _Line(url, number)
    if sys.stdin.isatty():
        click.echo(f"{number} is on. Type a text and Enter; Ctrl-D ends.")
        _talk(line)
        return
    for text in sys.stdin:
        if text.strip():
            line.send(text.rstrip("\r\n"))
    until = time.monotonic() + wait
    while time.monotonic() < until:
        _tell(line)
        time.sleep(_POLL_SECONDS)


def _talk(line: _Line) -> None:
    stop = threading.Event()
    threading.Thread(target=_listen, args=(line, stop), daemon=True).start()
    try:
        for text in sys.stdin:
            if text.strip():
                line.send(text.rstrip("\r\n"))
    except KeyboardInterrupt:
        click.echo()
    finally:
        stop.set()


def _listen(line: _Line, stop: threading.Event) -> None:
    while not stop.wait(_POLL_SECONDS):
        try:
            _tell(line)
        except click.ClickException as fault:
            click.echo(fault.message, err=True)
            stop.wait(3)


def _tell(line: _Line, say: Callable[[str], None] = click.echo) -> None:
    for text in line.arrived():
        say(f"< {text}")
