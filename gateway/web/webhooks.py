"""The providers' webhooks: guard, prove, read, store, answer.

The routes come from the channels themselves.  What is answered 2xx is committed; what cannot be
stored is answered 503, so that the provider's fallback and our reading back of its inbox serve.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, cast
from urllib.parse import parse_qs

import structlog
from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException

from gateway.channels.base import (
    Channel,
    Forged,
    NoSuchPath,
    Route,
    Unreadable,
    UssdChannel,
    WebRequest,
)
from gateway.domain.messages import Inbound, OptOut

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from gateway.wiring import Gateway

log = structlog.get_logger()
_FORM = "application/x-www-form-urlencoded"
#: what a provider's id of a message looks like; anything else would be stored for ever
_PROVIDER_ID = re.compile(r"[\x21-\x7e]{1,128}")
_MOST_FIELDS = 200


class _Refused(Exception):
    """The request is answered with this status and line."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


def blueprint(gateway: Gateway) -> Blueprint:
    """A view for every route of every configured channel."""
    views = Blueprint("webhooks", __name__, url_prefix="/webhooks")
    for channel in gateway.parts.channels.values():
        for route in channel.routes:
            view = _turn if route.delivers == "ussd" else _view
            secret = "/<secret>" if channel.has_secret else ""
            views.add_url_rule(
                f"/{channel.name}{secret}{route.path}",
                endpoint=f"{channel.name}{route.path.replace('/', '_')}",
                view_func=view(gateway, channel, route),
                methods=["POST"],
            )
    return views


def _view(gateway: Gateway, channel: Channel, route: Route) -> Callable[..., ResponseReturnValue]:
    public_url = gateway.settings.public_url

    def view(secret: str = "") -> ResponseReturnValue:
        try:
            asked = _read_request(route, public_url, secret)
            channel.verify(asked)
            _store(gateway, channel, route, asked)
        except _Refused as refused:
            return _line(refused.status, refused.text)
        except Forged:
            log.warning("forged", channel=channel.name)
            return _line(403, "the signature is missing or wrong")
        except NoSuchPath:
            return _line(404, "there is nothing here")
        except Unreadable as unreadable:
            return _line(400, str(unreadable))
        except HTTPException:  # a body too large, say: it has its own answer
            raise
        except Exception as fault:  # noqa: BLE001 never a 500; the fault's text may hold what was told
            log.error("not_stored", channel=channel.name, fault=type(fault).__name__)
            return _line(503, "the message could not be stored; send it again")
        reply = channel.accepted()
        return Response(reply.body, reply.status, content_type=reply.content_type)

    return view


def _turn(gateway: Gateway, channel: Channel, route: Route) -> Callable[..., ResponseReturnValue]:
    """The view of a USSD step: whatever happens, a person looks at what is answered."""

    def view(secret: str = "") -> ResponseReturnValue:
        try:
            # these channels prove themselves by the address alone, so before anything is read
            channel.verify(WebRequest(route.path, "", secret, headers={}, form={}))
            asked = _read_request(route, gateway.settings.public_url, secret)
            dial = cast("UssdChannel", channel).read_dial(asked)
            _check_id(dial.session)
            answer = gateway.ussd.answer(dial)
        except NoSuchPath:
            return _line(404, "there is nothing here")
        except (_Refused, Unreadable) as refused:
            log.warning("ussd_unreadable", channel=channel.name, why=str(refused))
            answer = gateway.ussd.away()
        except Exception as fault:  # noqa: BLE001 a screen is owed; the fault's text may hold one
            log.error("ussd_failed", channel=channel.name, fault=type(fault).__name__)
            answer = gateway.ussd.away()
        return Response(answer, content_type="text/plain; charset=utf-8")

    return view


def _store(gateway: Gateway, channel: Channel, route: Route, asked: WebRequest) -> None:
    if route.delivers == "ussd_end":
        gateway.ussd.hung_up(cast("UssdChannel", channel).read_hung_up(asked))
        return
    if route.delivers == "receipt":
        receipt = channel.read_receipt(asked)
        if receipt is not None:
            _check_id(receipt.provider_id)
            gateway.receive.receipt(receipt)
        return
    match channel.read(asked):
        case OptOut() as opt_out:
            gateway.receive.opt_out(opt_out)
        case Inbound() as message:
            _check_id(message.provider_id)
            gateway.receive.message(message)


def _check_id(provider_id: str) -> None:
    if not _PROVIDER_ID.fullmatch(provider_id):
        raise _Refused(400, "the message's id is not one")


def _read_request(route: Route, public_url: str, secret: str) -> WebRequest:
    """The request as a value, its form decoded strictly.

    The body is read here rather than by the framework, which would silently replace bytes that
    are not UTF-8: what is signed must be what is read.
    """
    if request.mimetype != _FORM:
        raise _Refused(415, f"a form is meant: {_FORM}")
    body = request.get_data(cache=False)
    query = request.query_string.decode("latin-1")
    root = public_url or request.host_url.rstrip("/")
    return WebRequest(
        route=route.path,
        url=root + request.path + (f"?{query}" if query else ""),
        secret=secret,
        headers=_Headers(request.headers),
        form=_fields(body.decode("latin-1")),
        query=_fields(query),
        body=body,
    )


class _Headers(dict[str, str]):
    """Headers as a value, looked up in any case."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        super().__init__((name.lower(), value) for name, value in pairs)

    def get(self, name: str, default: str | None = None) -> str | None:  # type: ignore[override]
        return super().get(name.lower(), default)


def _fields(encoded: str) -> Mapping[str, Sequence[str]]:
    try:
        return parse_qs(
            encoded,
            keep_blank_values=True,
            encoding="utf-8",
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except UnicodeDecodeError:
        raise _Refused(400, "the form is not in UTF-8") from None
    except ValueError:
        raise _Refused(400, f"the form has more than {_MOST_FIELDS} fields") from None


def _line(status: int, text: str) -> Response:
    return Response(text + "\n", status, content_type="text/plain; charset=utf-8")
