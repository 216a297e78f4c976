"""Is the gateway alive, is it ready, and how much has it done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, jsonify
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from gateway.bell import connect

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from gateway.wiring import Gateway

_CLOCK_LATE_MS = 15_000


def blueprint(gateway: Gateway) -> Blueprint:
    """Health and metrics.  They hold counts only: no number, name or text."""
    views = Blueprint("health", __name__)

    @views.get("/health/live")
    def live() -> ResponseReturnValue:
        return Response("alive\n", content_type="text/plain; charset=utf-8")

    @views.get("/health/ready")
    def ready() -> ResponseReturnValue:
        """503 only when nothing could be accepted; the rest is told, because work goes on."""
        parts = gateway.parts
        found: dict[str, str] = {}
        try:
            beat = parts.watch.last_beat("clock")
            late = beat is None or parts.now() - beat > _CLOCK_LATE_MS
            found["clock"] = "not running" if late else "ok"
            for page in parts.watch.open_pages(parts.now()):
                found[f"channel {page.channel}"] = f"needs its operator: {page.code}"
            found["database"] = "ok"
        except SQLAlchemyError:
            found["database"] = "away"
        found["redis"] = _redis(gateway.settings.redis_url)
        return jsonify(found), 200 if found["database"] == "ok" else 503

    @views.get("/metrics")
    def metrics() -> ResponseReturnValue:
        registry = CollectorRegistry()
        counted = Gauge(
            "safetynet_rows", "Rows by table and state.", ["table", "state"], registry=registry
        )
        try:
            counts = gateway.parts.watch.counts()
            ages = gateway.parts.watch.oldest_due(gateway.parts.now())
        except SQLAlchemyError:
            return Response("the database is away\n", 503, mimetype="text/plain")
        for (table, state), count in counts.items():
            counted.labels(table, state).set(count)
        due = Gauge(
            "safetynet_oldest_due_seconds",
            "For how long the oldest due work of a queue has waited.",
            ["queue"],
            registry=registry,
        )
        for queue in ("alerts", "inbound", "outbound"):
            due.labels(queue).set(ages.get(queue, 0) / 1000)
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    return views


def _redis(url: str) -> str:
    if not url:
        return "not configured"
    try:
        with connect(url) as redis:
            redis.ping()
    except (RedisError, OSError):
        return "away"
    return "ok"
