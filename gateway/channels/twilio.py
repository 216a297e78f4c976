"""Twilio: signed webhooks in, the vendor's own SDK out.

Not for India, where Twilio has no two-way SMS.  Its signature holds no time, so a captured
request is valid for ever: the inbox's memory of ids is what makes a replay harmless.
Formats: twilio.com/docs/messaging/guides/webhook-request,
/docs/messaging/guides/outbound-message-status-in-status-callbacks, /docs/api/errors.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.request_validator import RequestValidator, get_signature_algorithm
from twilio.rest import Client as TwilioClient

from gateway.channels.base import Forged, Reply, Route, Unreadable, WebRequest
from gateway.channels.http import Client, Unanswered, retry_after
from gateway.domain.messages import (
    Accepted,
    Inbound,
    Later,
    OptOut,
    Outbound,
    Outcome,
    Receipt,
    ReceiptState,
    Refused,
    Unknown,
)

if TYPE_CHECKING:
    from gateway.settings import Settings

_API = "https://api.twilio.com"
#: asked of Twilio in the webhook's address: quick time-outs and three tries on any failure
#: (/docs/usage/webhooks/webhooks-connection-overrides); by default it tries once
_OVERRIDES = "#ct=2000&rt=5000&rc=3&rp=all"
_STATES = {
    "accepted": ReceiptState.ACCEPTED,
    "scheduled": ReceiptState.ACCEPTED,
    "queued": ReceiptState.ACCEPTED,
    "sending": ReceiptState.ACCEPTED,
    "sent": ReceiptState.SENT,
    "delivered": ReceiptState.DELIVERED,
    "read": ReceiptState.DELIVERED,
    "undelivered": ReceiptState.UNDELIVERED,
    "failed": ReceiptState.UNDELIVERED,
    "canceled": ReceiptState.UNDELIVERED,
}
#: Twilio's error codes that are not final; all other 4xx answers are
_LATER = frozenset({20429, 21611, 30001, 30008, 14107})
#: codes no retry helps with until the operator acts
_PAGE = frozenset({20003, 20005, 20006, 20008, 20403, 21212, 21603, 21606, 21705, 30002, 90010})


class Twilio:
    """The channel."""

    name: ClassVar[str] = "twilio"
    routes: ClassVar[tuple[Route, ...]] = (Route("/sms", "message"), Route("/status", "receipt"))
    has_secret: ClassVar[bool] = False
    batch: ClassVar[int] = 1
    sends_receipts: ClassVar[bool] = True
    setting_count: ClassVar[int] = 3

    def __init__(
        self,
        account_sid: str,
        tokens: Sequence[str],
        sender: str,
        public_url: str,
        client: Client,
        api: str = _API,
    ) -> None:
        self._account_sid = account_sid
        self._sender = sender
        self._public_url = public_url
        self._validators = [RequestValidator(token) for token in tokens]
        self._http = _Lent(client, api)
        self._client = TwilioClient(account_sid, tokens[0], http_client=self._http)

    @classmethod
    def from_settings(cls, settings: Settings) -> Self | None:
        """The channel, or None where its settings are not given."""
        if cls.missing(settings):
            return None
        tokens = settings.twilio_auth_token.get_secret_value().split(",")
        return cls(
            account_sid=settings.twilio_account_sid,
            tokens=[token.strip() for token in tokens if token.strip()],
            sender=settings.twilio_from,
            public_url=settings.public_url,
            client=Client(settings.sends_in_flight),
            api=settings.twilio_api_base_url or _API,
        )

    @classmethod
    def missing(cls, settings: Settings) -> list[str]:
        """Names of the settings still to give."""
        given = {
            "TWILIO_ACCOUNT_SID": settings.twilio_account_sid,
            "TWILIO_AUTH_TOKEN": settings.twilio_auth_token.get_secret_value(),
            "TWILIO_FROM": settings.twilio_from,
        }
        return [name for name, value in given.items() if not value]

    def webhook_addresses(self) -> list[tuple[str, str]]:
        """What to paste into Twilio's console."""
        sms = f"{self._public_url}/webhooks/twilio/sms"
        return [
            ("A message comes in (POST)", sms + _OVERRIDES),
            ("Primary handler fails (POST)", sms),
        ]

    # ------------------------------------------------------------ in

    def verify(self, request: WebRequest) -> None:
        """Prove Twilio's signature over the address and every field that came.

        Raises:
            Forged: it is missing or wrong, or the account is another's.
        """
        signature = request.headers.get("X-Twilio-Signature", "")
        algorithm = get_signature_algorithm(
            request.headers.get("X-Twilio-Webhooks-Signature-Settings")
        )
        form = _Fields({name: list(values) for name, values in request.form.items()})
        if not signature or not any(
            validator.validate(request.url, form, signature, algorithm)
            for validator in self._validators
        ):
            raise Forged
        if request.value("AccountSid") not in ("", self._account_sid):
            raise Forged

    def read(self, request: WebRequest) -> Inbound | OptOut:
        """Read a message.

        Raises:
            Unreadable: it has no id, sender or text.
        """
        sender = request.required("From")
        provider_id = request.required("MessageSid")
        if request.value("OptOutType") == "STOP":
            return OptOut(self.name, sender)
        if "Body" not in request.form:
            raise Unreadable("field Body is missing")
        return Inbound(self.name, provider_id, sender, request.value("To"), request.value("Body"))

    def read_receipt(self, request: WebRequest) -> Receipt | None:
        """Read a status callback; None for a status not known."""
        provider_id = request.required("MessageSid")
        state = _STATES.get(request.required("MessageStatus"))
        if state is None:
            return None
        refs = request.query.get("ref", ())
        return Receipt(
            channel=self.name,
            provider_id=provider_id,
            state=state,
            code=request.value("ErrorCode"),
            ref=refs[0] if refs else "",
        )

    def accepted(self) -> Reply:
        """TwiML that says nothing: the answer goes by the outbox."""
        return Reply('<?xml version="1.0" encoding="UTF-8"?><Response/>', "text/xml")

    # ------------------------------------------------------------ out

    def send(self, messages: Sequence[Outbound]) -> list[Outcome]:
        """Hand over messages, one call each."""
        return [self._send(message) for message in messages]

    def _send(self, message: Outbound) -> Outcome:
        fields: dict[str, Any] = {"to": message.to, "body": message.text}
        if self._sender.startswith("MG"):
            fields["messaging_service_sid"] = self._sender
        else:
            fields["from_"] = self._sender
        if self._public_url:
            # our own id comes back with every receipt and proves acceptance if the reply is lost
            fields["status_callback"] = (
                f"{self._public_url}/webhooks/twilio/status?ref={message.id}"
            )
        try:
            sent = self._client.messages.create(**fields)
        except Unanswered as unanswered:
            return unanswered.outcome
        except TwilioRestException as refused:
            return _refusal(refused.status, refused.code, self._http.last_headers())
        except (TwilioException, ValueError, KeyError, TypeError) as fault:
            return Unknown(f"an answer that cannot be read: {type(fault).__name__}")
        return Accepted(sent.sid) if sent.sid else Unknown("an answer without an id")


def _refusal(status: int, code: int | None, headers: Mapping[str, str]) -> Outcome:
    """Sort an error answer: final, later, page the operator, or not known."""
    named = str(code or status)
    if status == 429 or code in _LATER:  # noqa: PLR2004 too many requests: never processed
        return Later(named, "too many", after=retry_after(headers))
    if status in (401, 403) or code in _PAGE:
        return Later(named, "the account or its number needs attention", page=True)
    if status == 503:  # noqa: PLR2004 says itself that it did not take the request
        return Later(named, "unavailable", after=retry_after(headers))
    if status >= 500:  # noqa: PLR2004 the request may have been carried out before it failed
        return Unknown(f"status {status}")
    return Refused(named, "refused")


class _Fields(dict[str, list[str]]):
    """Form fields as the SDK's validator wants them, every value of a name counted."""

    def getlist(self, name: str) -> list[str]:
        return list(self[name])


class _Lent(HttpClient):  # type: ignore[misc]  # the SDK ships no types
    """Our HTTP client in the form the SDK asks for."""

    def __init__(self, client: Client, api: str) -> None:
        self._client = client
        self._api = api
        self._headers: dict[str, str] = {}

    def last_headers(self) -> Mapping[str, str]:
        """Headers of the latest error answer; the SDK's exception leaves them out."""
        return self._headers

    def request(
        self,
        method: str,
        url: str,
        params: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ARG002 the client's own bound holds
        allow_redirects: bool = False,  # noqa: ARG002, FBT001, FBT002 the SDK's signature
    ) -> Response:
        """Send what the SDK has built, to the configured address of the API."""
        if url.startswith(_API):
            url = self._api + url[len(_API) :]
        sent = dict(headers or {})
        if auth is not None:
            token = base64.b64encode(":".join(auth).encode()).decode()
            sent["Authorization"] = f"Basic {token}"
        answer = self._client.request(method.upper(), url, data or params, sent)
        if answer.status >= 400:  # noqa: PLR2004 an error
            self._headers = dict(answer.headers)
        return Response(answer.status, answer.text, answer.headers)
