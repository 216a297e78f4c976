"""The HTTP client lent to the vendors' SDKs: pooled, lean, bounded in time, never retrying.

A retry inside the client could send a text twice; whether to try again is the outbox's to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NewConnectionError,
    ProxyError,
    SSLError,
)

from gateway.domain.messages import Later, Outcome, Unknown

#: in seconds; a provider that takes longer has its message's fate looked up instead
CONNECT_SECONDS = 3.0
TOTAL_SECONDS = 9.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    text: str
    headers: Mapping[str, str]


class Unanswered(Exception):
    """No answer came; ``outcome`` says whether the request can have arrived."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(type(outcome).__name__)
        self.outcome = outcome


class Client:
    """A pool of connections, shared by the sending threads."""

    def __init__(
        self,
        pool_size: int,
        connect_seconds: float = CONNECT_SECONDS,
        total_seconds: float = TOTAL_SECONDS,
    ) -> None:
        self._pool = urllib3.PoolManager(
            num_pools=4,
            maxsize=pool_size,
            retries=False,
            timeout=urllib3.Timeout(connect=connect_seconds, total=total_seconds),
        )

    def request(
        self,
        method: str,
        url: str,
        fields: Mapping[str, Any] | None,
        headers: Mapping[str, str],
    ) -> Answer:
        """Send a form (or, for GET, a query).

        Raises:
            Unanswered: with Later if the request certainly did not arrive, else Unknown.
        """
        body: str | None = None
        sent = dict(headers)
        encoded = urlencode(fields or {}, doseq=True)
        if method == "GET":
            url = f"{url}?{encoded}" if encoded else url
        else:
            body = encoded
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            reply = self._pool.request(method, url, body=body, headers=sent, redirect=False)
        except (NewConnectionError, ConnectTimeoutError, SSLError, ProxyError) as fault:
            # refused, no such name, no route, no TLS: not a byte of the request has left
            raise Unanswered(Later("connection", type(fault).__name__)) from fault
        except HTTPError as fault:
            raise Unanswered(Unknown(type(fault).__name__)) from fault
        return Answer(reply.status, reply.data.decode("utf-8", "replace"), dict(reply.headers))


def retry_after(headers: Mapping[str, str]) -> float:
    """Seconds a provider asks to wait; 0 if it does not say, or says it as a date."""
    for name, value in headers.items():
        told = value.strip()
        if name.lower() == "retry-after" and told.isascii() and told.isdigit():
            return float(min(int(told[:_DIGITS]), _LONGEST_WAIT))
    return 0.0


#: nobody is waited for longer than a day, whatever is said: in seconds, and digits that are read
_LONGEST_WAIT, _DIGITS = 86_400, 6
