"""``phone``: a basic phone in the terminal.

It talks to a running demonstration only, as the page does: texts go in by the simulator's
webhook, and what has been shown is receipted.  A text is sent again with the id it had before.
``*384#`` dials: until the session ends, what is typed answers its screens.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import secrets
import sys
import threading
import time
import unicodedata
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import click
import urllib3
from urllib3.exceptions import HTTPError

_POLL_SECONDS = 0.5
_AWAY_SECONDS = 3
_DIALLED = re.compile(r"\*384(?:\*([\d*]+))?#")
_NUMBER = re.compile(r"\+[1-9][0-9]{7,14}")


class _Line:
    """The way to a running gateway's simulator, for one number.

    Every call raises ``click.ClickException`` with what to do if the gateway does not answer.
    """

    def __init__(self, url: str, number: str) -> None:
        self._url = url.rstrip("/")
        self._number = number
        self._http = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(5), maxsize=2)
        self._webhook = str(self._get("/phones/config")["webhook"])
        self._cursor = str(self._get("/phones/feed")["cursor"])
        self._unreceipted: list[str] = []

    def send(self, message_id: str, text: str) -> None:
        """Send a text; with the id of an earlier try it is stored once all the same."""
        fields = {"id": message_id, "from": self._number, "to": "SafetyNet", "text": text}
        if self._post("/sms", fields) == HTTPStatus.NOT_FOUND:
            # the gateway was begun anew with other keys: its address and its messages are others
            self._webhook = str(self._get("/phones/config")["webhook"])
            self._cursor = ""
            if self._post("/sms", fields) == HTTPStatus.NOT_FOUND:
                raise click.ClickException("not sent: the gateway has no phones any more")

    def turn(self, session: str, text: str) -> str:
        """A step of a USSD session; the screen that answers it, with CON or END before it."""
        fields = {"id": session, "from": self._number, "text": text}
        answer = self._asked("/ussd", fields)
        if answer.status == HTTPStatus.NOT_FOUND:
            raise click.ClickException(
                "not sent: the gateway was begun anew; begin this phone anew"
            )
        return answer.data.decode("utf-8", "replace")

    def hang_up(self, session: str) -> None:
        """End a USSD session."""
        with contextlib.suppress(click.ClickException):
            self._post("/ussd-end", {"id": session, "from": self._number})

    def arrived(self) -> list[str]:
        """Texts that have reached this phone since it was last asked."""
        feed = self._get(f"/phones/feed?after={self._cursor}")
        self._cursor = str(feed["cursor"])
        mine = [
            message
            for message in feed["messages"]
            if message["phone"] == self._number and message["direction"] == "out"
        ]
        self._unreceipted += [str(message["id"]) for message in mine]
        return [str(message["text"]) for message in mine]

    def receipt(self) -> None:
        """Tell the gateway what has been shown; what fails is told the next time."""
        with contextlib.suppress(click.ClickException):
            while self._unreceipted:
                self._post("/status", {"id": self._unreceipted[0], "status": "delivered"})
                del self._unreceipted[0]

    def _get(self, path: str) -> dict[str, Any]:
        try:
            answer = self._http.request("GET", self._url + path)
        except HTTPError:
            raise click.ClickException(
                f"no gateway answers at {self._url}; start one with: safetynet up --demo"
            ) from None
        try:
            found = json.loads(answer.data)
        except ValueError:
            found = None
        if answer.status != HTTPStatus.OK or not isinstance(found, dict):
            raise click.ClickException(
                f"the gateway at {self._url} has no phones; start it with: safetynet up --demo"
            )
        return found

    def _post(self, path: str, fields: dict[str, str]) -> int:
        return self._asked(path, fields).status

    def _asked(self, path: str, fields: dict[str, str]) -> urllib3.BaseHTTPResponse:
        try:
            answer = self._http.request_encode_body(
                "POST", self._url + self._webhook + path, fields, encode_multipart=False
            )
        except HTTPError:
            raise click.ClickException("not sent: the gateway does not answer") from None
        if answer.status >= HTTPStatus.BAD_REQUEST and answer.status != HTTPStatus.NOT_FOUND:
            why = answer.data.decode("utf-8", "replace").strip()
            raise click.ClickException(f"not sent: {why}")
        return answer


class _Dialled:
    """A USSD session, if one is open: takes what is typed and shows its screens."""

    def __init__(self, line: _Line) -> None:
        self._line = line
        self._id = ""
        self._text = ""

    def takes(self, typed: str) -> bool:
        """Whether what was typed is the session's, and has been answered."""
        dialled = _DIALLED.fullmatch(typed.strip())
        if not self._id and dialled is None:
            return False
        if dialled is not None:
            self.end()
            self._id, self._text = _new_id(), dialled[1] or ""
        elif typed == "#":
            self.end()
            click.echo("hung up")
            return True
        else:
            self._text = f"{self._text}*{typed}" if self._text else typed
        screen = self._line.turn(self._id, self._text)
        for text in screen[4:].splitlines():
            click.echo(f"| {_plain(text)}")
        if not screen.startswith("CON "):
            self._id = ""
        return True

    def end(self) -> None:
        """Hang up, if a session is open."""
        if self._id:
            self._line.hang_up(self._id)
        self._id = ""


@click.command()
@click.argument("number")
@click.option("--url", default="http://127.0.0.1:8000", show_default=True)
@click.option(
    "--wait",
    type=click.FloatRange(min=0),
    default=5.0,
    show_default=True,
    help="Seconds to wait for answers after piped input.",
)
def phone(number: str, url: str, wait: float) -> None:
    """A basic phone with NUMBER: type a text and Enter; what arrives is shown. Ctrl-D ends.

    *384# dials; then what is typed answers the screens, and # alone hangs up.
    """
    number = re.sub(r"[\s()-]", "", number)
    if not _NUMBER.fullmatch(number):
        raise click.ClickException("a number has + and its country code: +917000000301")
    try:
        line = _Line(url, number)
        if sys.stdin.isatty():
            click.echo(f"{number} is on. Type a text and Enter, or *384#; Ctrl-D ends.")
            _talk(line)
        else:
            _pipe(line, wait)
    except KeyboardInterrupt:
        click.echo()


def _pipe(line: _Line, wait: float) -> None:
    dialled = _Dialled(line)
    for text in _typed():
        if not dialled.takes(text) and text.strip():
            line.send(_new_id(), text)
    dialled.end()
    until = time.monotonic() + wait
    while True:
        _show(line)
        left = until - time.monotonic()
        if left <= 0:
            return
        time.sleep(min(_POLL_SECONDS, left))


def _talk(line: _Line) -> None:
    stop = threading.Event()
    threading.Thread(target=_listen, args=(line, stop), daemon=True).start()
    kept: tuple[str, str] | None = None
    dialled = _Dialled(line)
    try:
        for text in _typed():
            try:
                if dialled.takes(text):
                    continue
            except click.ClickException as fault:
                dialled.end()
                click.echo(f"{fault.message}; the session has ended", err=True)
                continue
            sending = (_new_id(), text) if text.strip() else kept
            if sending is None:
                continue
            try:
                line.send(*sending)
                kept = None
            except click.ClickException as fault:
                kept = sending
                click.echo(f"{fault.message}. Enter alone sends it again.", err=True)
    finally:
        dialled.end()
        stop.set()


def _typed() -> Iterator[str]:
    if isinstance(sys.stdin, io.TextIOWrapper):
        # in a plain locale bytes that are no text would pass for letters
        sys.stdin.reconfigure(encoding="utf-8", errors="strict")
    try:
        for text in sys.stdin:
            yield text.rstrip("\r\n")
    except UnicodeDecodeError:
        raise click.ClickException("the input is not in UTF-8") from None


def _listen(line: _Line, stop: threading.Event) -> None:
    told = False
    while not stop.wait(_AWAY_SECONDS if told else _POLL_SECONDS):
        try:
            _show(line)
            told = False
        except click.ClickException as fault:
            if not told:
                click.echo(f"{fault.message}; trying again", err=True)
            told = True


def _show(line: _Line) -> None:
    for text in line.arrived():
        click.echo(f"< {_plain(text)}")
    line.receipt()


def _plain(text: str) -> str:
    """The text without control characters, which must not steer the terminal."""
    return "".join(" " if unicodedata.category(char) == "Cc" else char for char in text)


def _new_id() -> str:
    return f"cli-{secrets.token_hex(12)}"
