"""The bare bound: a view that proves the signature by the SDK and commits one row."""

from __future__ import annotations

import os

from flask import Flask, Response, request
from sqlalchemy import Column, Integer, MetaData, Table, Text, insert
from twilio.request_validator import RequestValidator

from benchmarks.load import PUBLIC_URL, TOKEN
from gateway.store.engine import Database

metadata = MetaData()
rows = Table("rows", metadata, Column("id", Integer, primary_key=True), Column("body", Text))


def make_table(url: str) -> None:
    """Before the processes start, which would make it at the same time."""
    database = Database(url)
    with database.write() as connection:
        metadata.create_all(connection)
    database.close()


def app() -> Flask:
    """For gunicorn: ``benchmarks.bare:app()``."""
    made = Flask(__name__)
    database = Database(os.environ["BENCH_DATABASE"])
    validator = RequestValidator(TOKEN)

    @made.post("/webhooks/twilio/sms")
    def take() -> Response:
        form = request.form
        signature = request.headers.get("X-Twilio-Signature", "")
        if not validator.validate(PUBLIC_URL + request.path, form, signature):
            return Response("no", 403)
        with database.write() as connection:
            connection.execute(insert(rows), {"body": form["Body"]})
        return Response("<Response/>", content_type="text/xml")

    return made
