"""The tables.  Columns that end in ``_sealed`` are encrypted, ``_index`` are keyed hashes.

Instants are milliseconds since 1970 UTC.  ``due_at`` in a table of work says when the row is to
be looked at next; NULL means that nothing is left to do.  A claim moves ``due_at`` to the end of
its lease, so that work whose worker died comes up again by itself.
The first migration is the authority; a test holds this file to it.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
#: SQLite counts up by itself only in a column of type INTEGER
Serial = BigInteger().with_variant(Integer, "sqlite")
_open = text("due_at IS NOT NULL")
#: what a message was taken for where a person has to read it
TO_READ = (
    "unsorted", "unsure", "question", "unclear", "answered_more", "set_aside", "unreadable",
)  # fmt: skip
#: the index serves only where a query says the same in the same words
UNREAD = text(f"read_at IS NULL AND outcome IN ({', '.join(map(repr, TO_READ))})")
_not_closed = text("status != 'closed'")
_of_a_message = text("inbox_id IS NOT NULL")

meta = Table(
    "meta", metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)  # fmt: skip

counters = Table(
    "counters", metadata,
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
)  # fmt: skip

heartbeats = Table(
    "heartbeats", metadata,
    Column("part", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
)  # fmt: skip

places = Table(
    "places", metadata,
    Column("code", Text, primary_key=True),
    Column("level", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("parent_code", Text, ForeignKey("places.code"), index=True),
    Column("name_bn", Text, nullable=False, server_default=""),
    Column("name_hi", Text, nullable=False, server_default=""),
    Column("aliases", Text, nullable=False, server_default=""),
    Column("lat", Float),
    Column("lon", Float),
)  # fmt: skip

contacts = Table(
    "contacts", metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("phone_index", LargeBinary, nullable=False, unique=True),
    Column("phone_sealed", LargeBinary, nullable=False),
    Column("name_sealed", LargeBinary, nullable=False),
    Column("role", Text, nullable=False),
    Column("place_code", Text, ForeignKey("places.code")),
    Column("language", Text, nullable=False),
    Column("channel", Text, nullable=False, server_default=""),
    Column("on_duty", Boolean, nullable=False),
    Column("rung", SmallInteger),
    Column("alias", Text, nullable=False, server_default=""),
    Column("away_until", BigInteger),
    Column("deputy_id", BigInteger),
    #: on duty until then, by the contact's own word
    Column("duty_until", BigInteger),
    #: the phone is lost: its number is a stranger's
    Column("blocked_at", BigInteger),
)  # fmt: skip

standings = Table(
    "standings", metadata,
    Column("contact_id", BigInteger, ForeignKey("contacts.id"), primary_key=True,
           autoincrement=False),
    #: the PIN as it was sealed before anything was stored
    Column("pin", Text, nullable=False, server_default=""),
    Column("wrong", SmallInteger, nullable=False, server_default="0"),
    Column("wrong_codes", SmallInteger, nullable=False, server_default="0"),
    Column("locked", Boolean, nullable=False),
    Column("open_until", BigInteger, nullable=False, server_default="0"),
    Column("pending_sealed", LargeBinary),
    Column("pending_until", BigInteger),
    Column("digest", Boolean, nullable=False),
)  # fmt: skip

senders = Table(
    "senders", metadata,
    Column("phone_index", LargeBinary, primary_key=True),
    Column("opted_out_at", BigInteger),
    #: false: the sender has said that it is not safe to write to this number
    Column("safe", Boolean),
)  # fmt: skip

inbox = Table(
    "inbox", metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("channel", Text, nullable=False),
    Column("provider_id", Text, nullable=False),
    Column("sender_index", LargeBinary, nullable=False),
    Column("sender_sealed", LargeBinary),
    Column("recipient", Text, nullable=False, server_default=""),
    Column("body_sealed", LargeBinary),
    Column("received_at", BigInteger, nullable=False),
    Column("due_at", BigInteger),
    Column("claim", Text),
    Column("attempts", SmallInteger, nullable=False, server_default="0"),
    Column("processed_at", BigInteger),
    Column("outcome", Text, nullable=False, server_default=""),
    #: when a person has read what could not be sorted, and as which kind they have sorted it
    Column("read_at", BigInteger),
    Column("sorted_as", Text, nullable=False, server_default=""),
    UniqueConstraint("channel", "provider_id"),
    Index("ix_inbox_open", "id", sqlite_where=_open, postgresql_where=_open),
    Index("ix_inbox_to_read", "id", sqlite_where=UNREAD, postgresql_where=UNREAD),
    Index("ix_inbox_open_sender", "sender_index", "id", sqlite_where=_open, postgresql_where=_open),
)  # fmt: skip

cases = Table(
    "cases", metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("number", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("urgency", Text, nullable=False),
    Column("rules", Text, nullable=False, server_default=""),
    Column("status", Text, nullable=False),
    Column("place_code", Text, ForeignKey("places.code")),
    Column("summary_sealed", LargeBinary),
    Column("excluded", Text, nullable=False, server_default=""),
    Column("opened_at", BigInteger, nullable=False),
    Column("rung", SmallInteger, nullable=False, server_default="0"),
    Column("round", SmallInteger, nullable=False, server_default="0"),
    Column("due_at", BigInteger),
    Column("taken_by", BigInteger, ForeignKey("contacts.id")),
    Column("taken_at", BigInteger),
    Column("closed_at", BigInteger),
    Column("closed_as", Text, nullable=False, server_default=""),
    Column("merged_into", BigInteger, ForeignKey("cases.id")),
    #: when the committee was last told briefly that there is more to a case
    Column("updated_at", BigInteger),
    Index("ix_cases_due", "due_at", sqlite_where=_open, postgresql_where=_open),
    # with all that a list and a count ask for, so that neither reads a row it does not show
    Index("ix_cases_open", "urgency", "id", "kind", "taken_by", "opened_at", "excluded",
          sqlite_where=_not_closed, postgresql_where=_not_closed),
    Index("ix_cases_open_place", "place_code", "urgency", "id",
          sqlite_where=_not_closed, postgresql_where=_not_closed),
    Index("ix_cases_opened_at", "opened_at", "urgency", "kind", "place_code", "excluded"),
)  # fmt: skip

#: what members and staff have written on a case
notes = Table(
    "notes", metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("case_id", BigInteger, ForeignKey("cases.id"), nullable=False, index=True),
    Column("contact_id", BigInteger, ForeignKey("contacts.id")),
    Column("at", BigInteger, nullable=False),
    Column("body_sealed", LargeBinary, nullable=False),
)  # fmt: skip

#: what waits for a second person: a lower priority (``level``), or a text to many (``broadcast``)
proposals = Table(
    "proposals", metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("what", Text, nullable=False),
    Column("case_id", BigInteger, ForeignKey("cases.id"), index=True),
    Column("detail", Text, nullable=False, server_default=""),
    Column("body_sealed", LargeBinary),
    Column("by", BigInteger, ForeignKey("contacts.id"), nullable=False),
    Column("state", Text, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)  # fmt: skip

reports = Table(
    "reports", metadata,
    Column("id", Text, primary_key=True),
    Column("case_id", BigInteger, ForeignKey("cases.id"), nullable=False, index=True),
    Column("inbox_id", BigInteger, ForeignKey("inbox.id"), nullable=False, unique=True),
    Column("reporter_index", LargeBinary),
    Column("kind", Text, nullable=False),
    Column("fields_sealed", LargeBinary),
    Column("created_at", BigInteger, nullable=False),
    Column("language", Text, nullable=False, server_default=""),
    Column("channel", Text, nullable=False, server_default=""),
)  # fmt: skip

timeline = Table(
    "timeline", metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("case_id", BigInteger, ForeignKey("cases.id"), nullable=False, index=True),
    Column("at", BigInteger, nullable=False),
    Column("event", Text, nullable=False),
    Column("contact_id", BigInteger, ForeignKey("contacts.id")),
    Column("inbox_id", BigInteger, ForeignKey("inbox.id")),
    Column("detail", Text, nullable=False, server_default=""),
    Index("ix_timeline_inbox_id", "inbox_id",
          sqlite_where=_of_a_message, postgresql_where=_of_a_message),
)  # fmt: skip

outbox = Table(
    "outbox", metadata,
    Column("id", Text, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("to_index", LargeBinary, nullable=False),
    Column("to_sealed", LargeBinary),
    Column("body_sealed", LargeBinary),
    Column("template", Text, nullable=False),
    Column("priority", SmallInteger, nullable=False),
    Column("once", Boolean, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", SmallInteger, nullable=False, server_default="0"),
    Column("due_at", BigInteger),
    Column("claim", Text),
    Column("provider_id", Text),
    Column("code", Text, nullable=False, server_default=""),
    Column("case_id", BigInteger, ForeignKey("cases.id")),
    Column("contact_id", BigInteger, ForeignKey("contacts.id")),
    Column("inbox_id", BigInteger, ForeignKey("inbox.id")),
    Column("created_at", BigInteger, nullable=False),
    Column("settled_at", BigInteger),
    Index("ix_outbox_due", "priority", "due_at", sqlite_where=_open, postgresql_where=_open),
    Index("ix_outbox_provider_id", "provider_id"),
)  # fmt: skip

alerts = Table(
    "alerts", metadata,
    Column("id", Text, primary_key=True),
    Column("case_id", BigInteger, ForeignKey("cases.id"), nullable=False),
    Column("contact_id", BigInteger, ForeignKey("contacts.id"), nullable=False),
    Column("rung", SmallInteger, nullable=False),
    Column("round", SmallInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("outbox_id", Text, ForeignKey("outbox.id"), nullable=False, unique=True),
    Column("asked_at", BigInteger, nullable=False),
    Column("answered_at", BigInteger),
    #: how many channels it has been tried by
    Column("channels", SmallInteger, nullable=False, server_default="1"),
    UniqueConstraint("case_id", "rung", "round", "contact_id"),
    Index("ix_alerts_contact_id_asked_at", "contact_id", "asked_at"),
    Index("ix_alerts_asked", "contact_id",
          sqlite_where=text("state = 'asked'"), postgresql_where=text("state = 'asked'")),
)  # fmt: skip

#: what reports of one event, of one agent or of one route share, as keyed hashes
clues = Table(
    "clues", metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("clue_index", LargeBinary, nullable=False),
    Column("report_id", Text, ForeignKey("reports.id"), nullable=False),
    Column("case_id", BigInteger, ForeignKey("cases.id"), nullable=False, index=True),
    Column("at", BigInteger, nullable=False),
    Index("ix_clues_clue_index_at_case_id", "clue_index", "at", "case_id"),
)  # fmt: skip

#: what is to be done on a case at a later time: check-ins and statutory clocks
timers = Table(
    "timers", metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("case_id", BigInteger, ForeignKey("cases.id"), nullable=False),
    Column("what", Text, nullable=False),
    Column("step", SmallInteger, nullable=False),
    Column("due_at", BigInteger),
    Column("state", Text, nullable=False),
    Column("tries", SmallInteger, nullable=False, server_default="0"),
    Column("settled_at", BigInteger),
    UniqueConstraint("case_id", "what", "step"),
    Index("ix_timers_due", "due_at", sqlite_where=_open, postgresql_where=_open),
)  # fmt: skip

_prompt_open = text("state = 'open'")
prompts = Table(
    "prompts", metadata,
    Column("id", Text, primary_key=True),
    Column("sender_index", LargeBinary, nullable=False),
    Column("case_id", BigInteger, ForeignKey("cases.id"), nullable=False, index=True),
    Column("report_id", Text, ForeignKey("reports.id")),
    Column("timer_id", BigInteger, ForeignKey("timers.id")),
    Column("what", Text, nullable=False),
    Column("options", Text, nullable=False, server_default=""),
    Column("language", Text, nullable=False, server_default=""),
    Column("asked_before", Text, nullable=False, server_default=""),
    Column("tries", SmallInteger, nullable=False, server_default="0"),
    Column("state", Text, nullable=False),
    Column("asked_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Index("ix_prompts_open", "sender_index", unique=True,
          sqlite_where=_prompt_open, postgresql_where=_prompt_open),
)  # fmt: skip

receipts = Table(
    "receipts", metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("channel", Text, nullable=False),
    Column("provider_id", Text, nullable=False),
    Column("ref", Text, nullable=False, server_default=""),
    Column("state", Text, nullable=False),
    Column("code", Text, nullable=False, server_default=""),
    Column("received_at", BigInteger, nullable=False),
    Column("due_at", BigInteger),
    UniqueConstraint("channel", "provider_id", "state"),
    Index("ix_receipts_open", "id", sqlite_where=_open, postgresql_where=_open),
)  # fmt: skip

pages = Table(
    "pages", metadata,
    Column("channel", Text, primary_key=True),
    Column("code", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("first_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
)  # fmt: skip

#: numbered without gaps by the chain itself; a record outlives its case, so nothing refers to one
audit = Table(
    "audit", metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("who", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("case_id", BigInteger),
    Column("detail", Text, nullable=False, server_default=""),
    Column("prev_hash", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)  # fmt: skip

handset_messages = Table(
    "handset_messages", metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("message_id", Text, nullable=False),
    Column("phone_sealed", LargeBinary, nullable=False),
    Column("text_sealed", LargeBinary, nullable=False),
    Column("at", BigInteger, nullable=False),
)  # fmt: skip

handsets_off = Table(
    "handsets_off", metadata,
    Column("phone_index", LargeBinary, primary_key=True),
)  # fmt: skip

#: one row a USSD session; what is sealed in it is erased when it is over
ussd_sessions = Table(
    "ussd_sessions", metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("channel", Text, nullable=False),
    #: of the provider's id and the number together: an id used again by another phone is another
    Column("session_index", LargeBinary, nullable=False),
    Column("phone_index", LargeBinary, nullable=False),
    Column("phone_sealed", LargeBinary),
    Column("state_sealed", LargeBinary),
    Column("answer_sealed", LargeBinary),
    #: all that was typed so far, as a keyed hash, and how many letters it has
    Column("heard_index", LargeBinary),
    Column("heard", Integer, nullable=False, server_default="0"),
    #: the language that the caller has chosen, "" if none
    Column("language", Text, nullable=False, server_default=""),
    Column("stage", Text, nullable=False),
    Column("outcome", Text, nullable=False, server_default=""),
    Column("case_id", BigInteger, ForeignKey("cases.id")),
    Column("inbox_id", BigInteger, ForeignKey("inbox.id")),
    Column("started_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    Column("due_at", BigInteger),
    UniqueConstraint("channel", "session_index"),
    Index("ix_ussd_sessions_phone_index_id", "phone_index", "id"),
    Index("ix_ussd_sessions_due", "due_at", sqlite_where=_open, postgresql_where=_open),
)  # fmt: skip

#: how often a phone has named a wrong number or receipt word since an instant
receipt_tries = Table(
    "receipt_tries", metadata,
    Column("phone_index", LargeBinary, primary_key=True),
    Column("since", BigInteger, nullable=False),
    Column("tries", SmallInteger, nullable=False),
)  # fmt: skip
