"""A pretend provider: answers as Twilio and Africa's Talking document, and remembers.

``with PretendProvider() as provider`` runs it in a thread; ``python -m tests.pretend --port P``
in a process of its own, with ``GET /ledger`` and ``GET /count`` for its driver.
Forms: twilio.com/docs/messaging/api/message-resource (create),
developers.africastalking.com/docs/sms/sending/bulk.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.waiting import PATIENCE

REASONS = {
    200: "OK",
    201: "Created",
    400: "Bad Request",
    401: "Unauthorized",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
}


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    form: dict[str, str]
    at: float


@dataclass
class Behaviour:
    """What the provider does instead of answering well."""

    status: int = 0
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    #: "" answers, "cut" closes after reading, "silent" never answers, "drip" a byte a second
    way: str = ""
    delay: float = 0.0


class _Connection(asyncio.Protocol):
    """One keep-alive connection; a bare parser, because a benchmark shares the machine with it."""

    def __init__(self, provider: PretendProvider) -> None:
        self.provider = provider
        self.data = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]
        self.provider.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.provider.connections.discard(self)

    def data_received(self, data: bytes) -> None:
        self.data += data
        if not self.data[:1].isupper():  # a TLS handshake, or rubbish
            self.transport.close()
            return
        while self.data:
            head, found, rest = self.data.partition(b"\r\n\r\n")
            if not found:
                return
            lines = head.decode("latin-1").split("\r\n")
            method, path, _ = lines[0].split(" ", 2)
            headers = {}
            for line in lines[1:]:
                name, _, value = line.partition(":")
                headers[name.lower()] = value.strip()
            length = int(headers.get("content-length", "0"))
            if len(rest) < length:
                return
            self.data = rest[length:]
            self.provider.handle(self, method, path, headers, rest[:length])

    def answer(self, status: int, body: str, headers: dict[str, str] | None = None) -> None:
        payload = body.encode()
        lines = [
            f"HTTP/1.1 {status} {REASONS.get(status, 'X')}",
            f"Content-Length: {len(payload)}",
            "Content-Type: application/json",
        ]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        self.transport.write(("\r\n".join(lines) + "\r\n\r\n").encode() + payload)


class PretendProvider:
    """The provider, in a thread."""

    def __init__(self, port: int = 0, delay: float = 0.0, *, keep: bool = True) -> None:
        self.ledger: list[Asked] = []
        self.count = 0
        self.delay = delay
        self.behave: Callable[[str], Behaviour | None] = lambda _to: None
        self._keep = keep
        self._port = port
        self.connections: set[_Connection] = set()
        self._numbers = itertools.count(1)
        self._changed = threading.Condition()
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def __enter__(self) -> PretendProvider:
        self._thread = threading.Thread(target=lambda: asyncio.run(self.serve()), daemon=True)
        self._thread.start()
        self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._done.set)
        self._thread.join(10)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self._port}"

    async def serve(self) -> None:
        """Serve until told to end."""
        self._loop = asyncio.get_running_loop()
        self._done = asyncio.Event()
        server = await self._loop.create_server(
            lambda: _Connection(self), "127.0.0.1", self._port, backlog=1024
        )
        self._port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._done.wait()
        server.close()
        for each in list(self.connections):
            each.transport.abort()
        await asyncio.sleep(0)

    def handle(
        self,
        connection: _Connection,
        method: str,
        target: str,
        headers: dict[str, str],
        body: bytes,
    ) -> None:
        """Answer one request."""
        path = urlsplit(target).path
        if path == "/count":
            connection.answer(200, str(self.count))
            return
        if path == "/ledger":
            connection.answer(200, json.dumps([each.__dict__ for each in self.ledger]))
            return
        form = {
            name: values[0]
            for name, values in parse_qs(body.decode(), keep_blank_values=True).items()
        }
        to = form.get("To") or form.get("to", "")
        recipients = to.split(",")
        behaviour = self.behave(to)
        if self._keep:
            with self._changed:
                self.ledger.append(Asked(method, path, headers, form, time.time()))
                self.count += len(recipients)
                self._changed.notify_all()
        else:
            self.count += len(recipients)
        status, text, extra = 201, "", {}
        if behaviour is not None and behaviour.status:
            status, text, extra = behaviour.status, behaviour.body, behaviour.headers
        elif path.endswith("/Messages.json"):
            status, text = self._twilio(path, headers, form)
        elif path == "/version1/messaging":
            status, text = self._africastalking(headers, form, recipients)
        else:
            status, text = 404, "{}"
        way = behaviour.way if behaviour is not None else ""
        delay = behaviour.delay if behaviour is not None and behaviour.delay else self.delay
        assert self._loop is not None
        if way == "cut":
            connection.transport.abort()
        elif way == "silent":
            return
        elif way == "drip":
            self._dripping = self._loop.create_task(self._drip(connection))
        elif delay:
            self._loop.call_later(delay, connection.answer, status, text, extra)
        else:
            connection.answer(status, text, extra)

    async def _drip(self, connection: _Connection) -> None:
        for byte in b"HTTP/1.1 201 Created\r\nX-Slow: " + b"x" * 100:
            if connection.transport.is_closing() or self._done.is_set():
                return
            connection.transport.write(bytes((byte,)))
            await asyncio.sleep(0.2)

    def _twilio(self, path: str, headers: dict[str, str], form: dict[str, str]) -> tuple[int, str]:
        account = path.split("/")[3]
        user = base64.b64decode(headers.get("authorization", "Basic ").split(" ", 1)[1]).decode()
        if not user.startswith(f"{account}:") or user.endswith(":"):
            return 401, json.dumps({"code": 20003, "message": "Authenticate", "status": 401})
        sid = f"SM{next(self._numbers):032x}"
        return 201, json.dumps({
            "sid": sid, "account_sid": account, "to": form.get("To"), "from": form.get("From"),
            "messaging_service_sid": form.get("MessagingServiceSid"), "body": form.get("Body"),
            "status": "queued", "num_segments": "1", "num_media": "0", "direction": "outbound-api",
            "api_version": "2010-04-01", "price": None, "price_unit": "USD", "error_code": None,
            "error_message": None, "date_created": "Tue, 24 Nov 2026 10:00:00 +0000",
            "date_sent": None, "date_updated": "Tue, 24 Nov 2026 10:00:00 +0000",
            "uri": f"/2010-04-01/Accounts/{account}/Messages/{sid}.json",
            "subresource_uris": {"media": f"/2010-04-01/Accounts/{account}/Messages/{sid}/Media.json"},
        })  # fmt: skip

    def _africastalking(
        self, headers: dict[str, str], form: dict[str, str], recipients: list[str]
    ) -> tuple[int, str]:
        if not headers.get("apikey") or not form.get("username"):
            return 401, "The supplied authentication is invalid"
        answers: list[dict[str, Any]] = [
            {
                "statusCode": 101,
                "number": to,
                "status": "Success",
                "cost": "KES 0.8000",
                "messageId": f"ATXid_{next(self._numbers):032x}",
            }
            for to in recipients
        ]
        return 201, json.dumps(
            {
                "SMSMessageData": {
                    "Message": f"Sent to {len(answers)}/{len(answers)}",
                    "Recipients": answers,
                }
            }
        )

    def wait_for(self, wanted: Callable[[list[Asked]], bool]) -> list[Asked]:
        """Wait until the ledger is as wanted; a copy of it."""
        with self._changed:
            if not self._changed.wait_for(lambda: wanted(self.ledger), PATIENCE):
                raise AssertionError(f"not asked in {PATIENCE} s; the ledger: {self.ledger}")
            return list(self.ledger)


def main(port: int, delay: float) -> None:
    """Serve in this process, keeping counts only."""
    provider = PretendProvider(port, delay, keep=False)
    asyncio.run(provider.serve())
