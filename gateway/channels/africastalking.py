"""Africa's Talking: callbacks under a secret path in, the vendor's own SDK out.

Its callbacks are not signed, so the secret in the address is the proof.  Recipients of one text
go in one call.  Formats: docs.africastalking.com/sms/notifications, /sms/deliveryreports,
/sms/sending; codes of recipients as its client libraries list them.  USSD: each step is posted
with all that was typed so far, joined by ``*``, and answered with CON or END and a screen.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

from africastalking.SMS import SMSService

from gateway.channels.base import NoSuchPath, Reply, Route, Unreadable, WebRequest
from gateway.channels.http import Answer, Client, Unanswered, retry_after
from gateway.domain.messages import (
    Accepted,
    Dial,
    HungUp,
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
from gateway.domain.phones import e164

if TYPE_CHECKING:
    from gateway.settings import Settings

_STATES = {
    "submitted": ReceiptState.ACCEPTED,
    "buffered": ReceiptState.ACCEPTED,
    "queued": ReceiptState.ACCEPTED,
    "sent": ReceiptState.SENT,
    "success": ReceiptState.DELIVERED,
    "delivered": ReceiptState.DELIVERED,
    "rejected": ReceiptState.UNDELIVERED,
    "failed": ReceiptState.UNDELIVERED,
    "expired": ReceiptState.UNDELIVERED,
}
_TAKEN = frozenset({100, 101, 102})
_LATER = frozenset({500, 501, 502})
#: no balance: no retry helps until the operator pays
_PAGE = frozenset({405})


class AfricasTalking:
    """The channel."""

    name: ClassVar[str] = "africastalking"
    routes: ClassVar[tuple[Route, ...]] = (
        Route("/sms", "message"),
        Route("/delivery", "receipt"),
        Route("/optout", "opt_out"),
        Route("/ussd", "ussd"),
        Route("/ussd-end", "ussd_end"),
    )
    has_secret: ClassVar[bool] = True
    batch: ClassVar[int] = 100
    sends_receipts: ClassVar[bool] = True
    setting_count: ClassVar[int] = 3

    def __init__(
        self,
        username: str,
        api_key: str,
        sender: str,
        secret: str,
        public_url: str,
        region: str,
        client: Client,
        api: str = "",
    ) -> None:
        self._sender = sender or None
        self._secret = secret
        self._public_url = public_url
        self._region = region
        self._sms = _Service(username, api_key, client, api)

    @classmethod
    def from_settings(cls, settings: Settings) -> Self | None:
        """The channel, or None where its settings are not given."""
        if cls.missing(settings):
            return None
        return cls(
            username=settings.africastalking_username,
            api_key=settings.africastalking_api_key.get_secret_value(),
            sender=settings.africastalking_from,
            secret=settings.africastalking_webhook_secret.get_secret_value(),
            public_url=settings.public_url,
            region=settings.region,
            client=Client(settings.sends_in_flight),
            api=settings.africastalking_api_base_url,
        )

    @classmethod
    def missing(cls, settings: Settings) -> list[str]:
        """Names of the settings still to give."""
        given = {
            "AFRICASTALKING_USERNAME": settings.africastalking_username,
            "AFRICASTALKING_API_KEY": settings.africastalking_api_key.get_secret_value(),
            "AFRICASTALKING_WEBHOOK_SECRET": (
                settings.africastalking_webhook_secret.get_secret_value()
            ),
        }
        return [name for name, value in given.items() if not value]

    def webhook_addresses(self) -> list[tuple[str, str]]:
        """What to paste into the dashboard's callback fields."""
        root = f"{self._public_url}/webhooks/africastalking/{self._secret}"
        return [
            ("SMS, Incoming Messages", f"{root}/sms"),
            ("SMS, Delivery Reports", f"{root}/delivery"),
            ("SMS, Bulk SMS Opt Out", f"{root}/optout"),
            ("USSD, Callback URL", f"{root}/ussd"),
            ("USSD, Events Callback URL", f"{root}/ussd-end"),
        ]

    # ------------------------------------------------------------ in

    def verify(self, request: WebRequest) -> None:
        """Compare the secret of the address.

        Raises:
            NoSuchPath: it is another.
        """
        if not hmac.compare_digest(request.secret.encode(), self._secret.encode()):
            raise NoSuchPath

    def read(self, request: WebRequest) -> Inbound | OptOut:
        """Read a message or an opt-out.

        Raises:
            Unreadable: a field is missing.
        """
        if request.route == "/optout":
            return OptOut(self.name, self._phone(request.required("phoneNumber")))
        provider_id = request.required("id")
        sender = self._phone(request.required("from"))
        if "text" not in request.form:
            raise Unreadable("text is missing")
        # a blank text is stored, too: it is not sent again
        return Inbound(self.name, provider_id, sender, request.value("to"), request.value("text"))

    def read_receipt(self, request: WebRequest) -> Receipt | None:
        """Read a delivery report; None for a status not known."""
        provider_id = request.required("id")
        state = _STATES.get(request.required("status").lower())
        if state is None:
            return None
        return Receipt(self.name, provider_id, state, code=request.value("failureReason")[:60])

    def read_dial(self, request: WebRequest) -> Dial:
        """Read a step of a USSD session; its text is empty at first, or what was dialled behind.

        Raises:
            Unreadable: a field is missing.
        """
        session = request.required("sessionId")
        phone = self._phone(request.required("phoneNumber"))
        return Dial(self.name, session, phone, request.value("text"))

    def read_hung_up(self, request: WebRequest) -> HungUp:
        """Read the notice that a USSD session has ended, however it has.

        Raises:
            Unreadable: a field is missing.
        """
        session = request.required("sessionId")
        return HungUp(self.name, session, self._phone(request.required("phoneNumber")))

    def accepted(self) -> Reply:
        """Nothing is expected."""
        return Reply("", "text/plain")

    def _phone(self, number: str) -> str:
        """E.164; the callbacks may leave out the plus sign, which a form turns into a space."""
        number = number.strip()
        plus = number if number.startswith("+") else f"+{number}"
        return e164(plus, self._region) or e164(number, self._region) or number

    # ------------------------------------------------------------ out

    def send(self, messages: Sequence[Outbound]) -> list[Outcome]:
        """Hand over messages of one text in one call."""
        good = [m for m in messages if e164(m.to, self._region) == m.to]
        outcomes: dict[str, Outcome] = {}
        if good:
            try:
                answer = self._sms.send(
                    good[0].text, [m.to for m in good], sender_id=self._sender, enqueue=True
                )
            except Unanswered as unanswered:
                outcomes = dict.fromkeys((m.id for m in good), unanswered.outcome)
            except ValueError:
                outcomes = dict.fromkeys((m.id for m in good), Refused("number", "no number"))
            else:
                outcomes = _sorted(good, answer)
        return [outcomes.get(m.id, Refused("number", "no phone number")) for m in messages]


def _sorted(messages: Sequence[Outbound], answer: Any) -> dict[str, Outcome]:
    """One outcome a message out of SMSMessageData.Recipients."""
    data = answer.get("SMSMessageData") if isinstance(answer, dict) else None
    recipients = data.get("Recipients") if isinstance(data, dict) else None
    found: dict[str, Outcome] = {}
    for each in recipients if isinstance(recipients, list) else ():
        if isinstance(each, dict):
            found[str(each.get("number"))] = _outcome(each)
    lost = Unknown("the answer does not name this recipient")
    if not found and isinstance(data, dict) and "InvalidSenderId" in str(data.get("Message")):
        return dict.fromkeys((m.id for m in messages), Later("402", "sender name", page=True))
    return {m.id: found.get(m.to, lost) for m in messages}


def _outcome(recipient: Mapping[str, Any]) -> Outcome:
    try:
        code = int(recipient.get("statusCode", 0))
    except (TypeError, ValueError):
        code = 0
    provider_id = str(recipient.get("messageId") or "")
    why = str(recipient.get("status") or "")[:60]
    if code in _TAKEN:
        if provider_id in ("", "None"):
            return Unknown("taken without an id")
        return Accepted(provider_id)
    if code in _PAGE:
        return Later(str(code), why, page=True)
    if code in _LATER:
        return Later(str(code), why)
    return Refused(str(code), why) if code else Unknown("a recipient without a code")


class _Service(SMSService):  # type: ignore[misc]  # the SDK ships no types
    """The SDK's SMS service with our HTTP client; the SDK still builds every request."""

    def __init__(self, username: str, api_key: str, client: Client, api: str) -> None:
        self._client = client
        self._api = api
        super().__init__(username, api_key)

    def _init_service(self) -> None:
        super()._init_service()
        if self._api:
            self._baseUrl = f"{self._api}/version1"

    def _make_request(
        self,
        url: str,
        method: str,
        headers: Mapping[str, str],
        data: Mapping[str, Any] | None,
        params: Mapping[str, Any] | None,
        callback: object = None,  # noqa: ARG002 the SDK's signature
        timeout: object = None,  # noqa: ARG002 the client's own bound holds
    ) -> Any:
        answer = self._client.request(method, url, data or params, headers)
        if answer.status >= 300:  # noqa: PLR2004 not a success
            raise Unanswered(_refusal(answer))
        try:
            return json.loads(answer.text)
        except ValueError:
            return None


def _refusal(answer: Answer) -> Outcome:
    """Sort an answer that names no recipient."""
    status = answer.status
    if status in (401, 403):
        return Later(str(status), "the key or the account needs attention", page=True)
    if status in (429, 503):
        return Later(str(status), "too many, or unavailable", after=retry_after(answer.headers))
    if status >= 500:  # noqa: PLR2004 it may have been carried out before it failed
        return Unknown(f"status {status}")
    return Refused(str(status), "refused")
