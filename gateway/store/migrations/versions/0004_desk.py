"""What staff steer by SMS: PINs, notes, proposals, duty, lost phones; and indexes for lists."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_OPEN = sa.text("status != 'closed'")


def upgrade() -> None:
    """Add the tables, columns and indexes."""
    op.create_table(
        "standings",
        sa.Column("contact_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("pin", sa.Text(), server_default="", nullable=False),
        sa.Column("wrong", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("locked", sa.Boolean(), nullable=False),
        sa.Column("open_until", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("pending_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("pending_until", sa.BigInteger(), nullable=True),
        sa.Column("digest", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_standings_contact_id_contacts")
        ),
        sa.PrimaryKeyConstraint("contact_id", name=op.f("pk_standings")),
    )
    op.create_table(
        "notes",
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_notes_case_id_cases")),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_notes_contact_id_contacts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes")),
    )
    op.create_index(op.f("ix_notes_case_id"), "notes", ["case_id"])
    op.create_table(
        "proposals",
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=True),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("by", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_proposals_case_id_cases")),
        sa.ForeignKeyConstraint(["by"], ["contacts.id"], name=op.f("fk_proposals_by_contacts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals")),
    )
    op.create_index(op.f("ix_proposals_case_id"), "proposals", ["case_id"])
    op.add_column("contacts", sa.Column("duty_until", sa.BigInteger(), nullable=True))
    op.add_column("contacts", sa.Column("blocked_at", sa.BigInteger(), nullable=True))
    op.create_index(op.f("ix_places_parent_code"), "places", ["parent_code"])
    op.create_index(
        "ix_cases_open",
        "cases",
        ["urgency", "id", "kind", "taken_by", "opened_at", "excluded"],
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
    op.create_index(
        "ix_cases_open_place",
        "cases",
        ["place_code", "urgency", "id"],
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
    op.create_index("ix_alerts_contact_id_asked_at", "alerts", ["contact_id", "asked_at"])
    op.create_index(
        "ix_cases_opened_at", "cases", ["opened_at", "urgency", "kind", "place_code", "excluded"]
    )
