"""The web application, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from gateway.web import health, webhooks

if TYPE_CHECKING:
    from gateway.wiring import Gateway

log = structlog.get_logger()
#: no provider's form is near this size
LARGEST_BODY = 64 * 1024


def create_app(gateway: Gateway) -> Flask:
    """The application of an opened gateway."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.config["MAX_FORM_MEMORY_SIZE"] = LARGEST_BODY
    app.config["MAX_FORM_PARTS"] = 200
    app.register_blueprint(webhooks.blueprint(gateway))
    app.register_blueprint(health.blueprint(gateway))
    if gateway.settings.demo:
        from gateway.web import demo  # noqa: PLC0415 the demonstration alone needs it

        app.register_blueprint(demo.blueprint(gateway))
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(Exception, _failed)
    return app


def line(status: int, text: str) -> Response:
    """An answer of one clear line."""
    return Response(text + "\n", status, content_type="text/plain; charset=utf-8")


def _refused(fault: HTTPException) -> Response:
    status = fault.code or 500
    answer = line(status, _WORDS.get(status, fault.name.lower()))
    if status == 405:  # noqa: PLR2004 the one status whose headers matter
        answer.headers["Allow"] = ", ".join(sorted(getattr(fault, "valid_methods", None) or ()))
    return answer


def _failed(fault: Exception) -> Response:
    # the fault's text may hold what a person wrote: its type alone is told
    log.error("request_failed", fault=type(fault).__name__)
    return line(500, "something went wrong here; it has been noted")


_WORDS = {
    400: "the request cannot be read",
    404: "there is nothing here",
    405: "this address does not take that method",
    413: "the body is over 64 KiB",
    415: "a form is meant: application/x-www-form-urlencoded",
}
