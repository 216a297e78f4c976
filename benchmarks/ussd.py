"""USSD sessions as a network leads them: each step waits for the screen before it.

Half of the sessions tell a whole report, the others ask whom to call; every step is one post.
"""

from __future__ import annotations

import asyncio
import random
import time
from urllib.parse import urlencode

from benchmarks.load import CITIES, Result, _Line, _open

SECRET = "a-secret-of-the-benchmark"
PATH = f"/webhooks/africastalking/{SECRET}/ussd"


def sessions(
    port: int, count: int, run: str, village: str, *, at_once: int = 50, think: float = 0.0
) -> Result:
    """``count`` sessions, so many at once, each step after ``think`` seconds, evenly scattered."""
    chance = random.Random(run)
    plans = [(f"ATUid_{run}_{n}", _phone(chance), _steps(chance, n, village)) for n in range(count)]

    async def whole() -> Result:
        latencies: list[float] = []
        refused = 0
        waiting = iter(plans)

        async def work(line: _Line) -> None:
            nonlocal refused
            for session, phone, steps in waiting:
                typed: list[str] = []
                for step in ("", *steps):
                    typed += [step] if step else []
                    if think:
                        await asyncio.sleep(think * chance.uniform(0.5, 1.5))
                    if line.closed:
                        line = await _open(port)
                    request = _request(session, phone, "*".join(typed))
                    begun = time.perf_counter()
                    status = await line.ask(request)
                    latencies.append((time.perf_counter() - begun) * 1000)
                    refused += status != 200 or b"does not work" in line.body
                refused += line.body[:4] != (b"END " if len(steps) > 3 else b"CON ")

        lines = [await _open(port) for _ in range(at_once)]
        begun = time.perf_counter()
        await asyncio.gather(*(work(line) for line in lines))
        return Result(time.perf_counter() - begun, latencies, refused)

    return asyncio.run(whole())


def _phone(chance: random.Random) -> str:
    return f"+2547{chance.randint(10_000_000, 99_999_999)}"


def _steps(chance: random.Random, n: int, village: str) -> tuple[str, ...]:
    if n % 2:
        return ("9", "2", "0")
    age, sex = chance.randint(12, 40), chance.choice("12")
    day = f"{chance.choice(CITIES)} {chance.randint(1, 28)}/12"
    return ("1", f"{age} {sex}", village, day, chance.choice("123456"), "3")


def _request(session: str, phone: str, text: str) -> bytes:
    form = {
        "sessionId": session, "phoneNumber": phone, "networkCode": "63902",
        "serviceCode": "*384#", "text": text,
    }  # fmt: skip
    body = urlencode(form).encode()
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: bench.example\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
