"""The load generator: genuinely signed Twilio forms over keep-alive connections.

One process, requests built before the clock starts, because it shares the cores with what it
measures.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import random
import time
from dataclasses import dataclass
from urllib.parse import urlencode

PUBLIC_URL = "https://bench.example"
TOKEN = "a-token-of-the-benchmark"
ACCOUNT = "AC" + "b" * 32
PATH = "/webhooks/twilio/sms"
CONSONANTS = "bdgjklmnprst"
CITIES = ("Delhi", "Mumbai", "Pune", "Surat", "Kerala", "Hyderabad")


def requests(count: int, run: str, village: str) -> list[bytes]:
    """Whole HTTP requests, each a report of its own from a sender of its own."""
    chance = random.Random(run)
    made = []
    for n in range(count):
        text = (
            f"MIG {name(chance)}, {chance.randint(12, 40)}, F, {chance.choice(CITIES)}, "
            f"{chance.randint(1, 28)}/12, domestic work, agent {name(chance)}, from {village}"
        )
        form = {
            "ToCountry": "KE",
            "MessageSid": "SM"
            + hashlib.md5(f"{run}-{n}".encode(), usedforsecurity=False).hexdigest(),
            "AccountSid": ACCOUNT,
            "From": f"+2547{chance.randint(10_000_000, 99_999_999)}",
            "To": "+15550100",
            "Body": text,
            "NumMedia": "0",
            "NumSegments": "1",
            "SmsStatus": "received",
            "ApiVersion": "2010-04-01",
        }
        signed = PUBLIC_URL + PATH + "".join(name + form[name] for name in sorted(form))
        mac = hmac.new(TOKEN.encode(), signed.encode(), hashlib.sha1).digest()
        body = urlencode(form).encode()
        head = (
            f"POST {PATH} HTTP/1.1\r\nHost: bench.example\r\n"
            f"X-Twilio-Signature: {base64.b64encode(mac).decode()}\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        made.append(head.encode() + body)
    return made


def name(chance: random.Random) -> str:
    """A name that hardly any other report bears, so that each is an event of its own.

    Names are compared by their consonants: with four, a fifth of 7,500 would share an agent.
    """
    return "".join(chance.choice(CONSONANTS) + vowel for vowel in "aiuaiu").capitalize()


@dataclass(frozen=True)
class Result:
    """What a run of requests gave: seconds it took, latencies in ms, answers not 2xx."""

    seconds: float
    latencies: list[float]
    refused: int

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


class _Line(asyncio.Protocol):
    def __init__(self) -> None:
        self.data = b""
        self.body = b""
        self.answer: asyncio.Future[int] | None = None
        self.closed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        if self.answer is not None and not self.answer.done():
            self.answer.set_result(0)

    def data_received(self, data: bytes) -> None:
        self.data += data
        head, found, rest = self.data.partition(b"\r\n\r\n")
        if not found:
            return
        length = 0
        for line in head.split(b"\r\n")[1:]:
            if line[:15].lower() == b"content-length:":
                length = int(line[15:])
        if len(rest) >= length and self.answer is not None and not self.answer.done():
            self.body, self.data = rest[:length], rest[length:]
            self.answer.set_result(int(head[9:12]))

    async def ask(self, request: bytes) -> int:
        self.answer = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return await self.answer


async def _open(port: int) -> _Line:
    _, line = await asyncio.get_running_loop().create_connection(_Line, "127.0.0.1", port)
    return line


def closed_loop(port: int, made: list[bytes], connections: int = 32) -> Result:
    """As fast as the server answers, over so many connections."""

    async def run() -> Result:
        latencies: list[float] = []
        refused = 0
        waiting = iter(made)

        async def work(line: _Line) -> None:
            nonlocal refused
            for request in waiting:
                if line.closed:
                    line = await _open(port)
                begun = time.perf_counter()
                status = await line.ask(request)
                latencies.append((time.perf_counter() - begun) * 1000)
                refused += not 200 <= status < 300

        lines = [await _open(port) for _ in range(connections)]
        begun = time.perf_counter()
        await asyncio.gather(*(work(line) for line in lines))
        return Result(time.perf_counter() - begun, latencies, refused)

    return asyncio.run(run())


def offered(port: int, made: list[bytes], per_second: float, connections: int = 64) -> Result:
    """A constant rate whatever the server does; latency counts from when each was due."""

    async def run() -> Result:
        latencies: list[float] = []
        refused = 0
        free: asyncio.Queue[_Line] = asyncio.Queue()
        for _ in range(connections):
            free.put_nowait(await _open(port))

        async def one(request: bytes, due: float) -> None:
            nonlocal refused
            line = await free.get()
            if line.closed:
                line = await _open(port)
            status = await line.ask(request)
            free.put_nowait(line)
            latencies.append((time.perf_counter() - due) * 1000)
            refused += not 200 <= status < 300

        begun = time.perf_counter()
        tasks = []
        for n, request in enumerate(made):
            due = begun + n / per_second
            wait = due - time.perf_counter()
            if wait > 0:
                await asyncio.sleep(wait)
            tasks.append(asyncio.create_task(one(request, due)))
        await asyncio.gather(*tasks)
        return Result(time.perf_counter() - begun, latencies, refused)

    return asyncio.run(run())
