"""Prompts, timers, clues that link reports, and what a case needs to be followed to its end."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_OPEN = sa.text("due_at IS NOT NULL")
_PROMPT_OPEN = sa.text("state = 'open'")


def upgrade() -> None:
    """Add the tables and columns."""
    with op.batch_alter_table("contacts") as batch:
        batch.add_column(sa.Column("away_until", sa.BigInteger()))
        batch.add_column(sa.Column("deputy_id", sa.BigInteger()))
    with op.batch_alter_table("senders") as batch:
        batch.add_column(sa.Column("safe", sa.Boolean()))
    with op.batch_alter_table("cases") as batch:
        batch.add_column(sa.Column("closed_at", sa.BigInteger()))
        batch.add_column(sa.Column("closed_as", sa.Text(), nullable=False, server_default=""))
        batch.add_column(sa.Column("merged_into", sa.BigInteger()))
        batch.add_column(sa.Column("updated_at", sa.BigInteger()))
        batch.create_foreign_key("fk_cases_merged_into", "cases", ["merged_into"], ["id"])
    with op.batch_alter_table("reports") as batch:
        batch.add_column(sa.Column("language", sa.Text(), nullable=False, server_default=""))
        batch.add_column(sa.Column("channel", sa.Text(), nullable=False, server_default=""))
    with op.batch_alter_table("alerts") as batch:
        batch.add_column(
            sa.Column("channels", sa.SmallInteger(), nullable=False, server_default="1")
        )
    op.create_table(
        "clues",
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("clue_index", sa.LargeBinary(), nullable=False),
        sa.Column("report_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name="fk_clues_report_id"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_clues_case_id"),
        sa.PrimaryKeyConstraint("id", name="pk_clues"),
    )
    op.create_index("ix_clues_case_id", "clues", ["case_id"])
    op.create_index("ix_clues_clue_index_at", "clues", ["clue_index", "at"])
    op.create_table(
        "timers",
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("step", sa.SmallInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger()),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False, server_default="0"),
        sa.Column("settled_at", sa.BigInteger()),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_timers_case_id"),
        sa.PrimaryKeyConstraint("id", name="pk_timers"),
        sa.UniqueConstraint("case_id", "what", "step", name="uq_timers_case_id_what_step"),
    )
    op.create_index(
        "ix_timers_due", "timers", ["due_at"], sqlite_where=_OPEN, postgresql_where=_OPEN
    )
    op.create_table(
        "prompts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("sender_index", sa.LargeBinary(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("report_id", sa.Text()),
        sa.Column("timer_id", sa.BigInteger()),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("options", sa.Text(), nullable=False, server_default=""),
        sa.Column("language", sa.Text(), nullable=False, server_default=""),
        sa.Column("asked_before", sa.Text(), nullable=False, server_default=""),
        sa.Column("tries", sa.SmallInteger(), nullable=False, server_default="0"),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_prompts_case_id"),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name="fk_prompts_report_id"),
        sa.ForeignKeyConstraint(["timer_id"], ["timers.id"], name="fk_prompts_timer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_prompts"),
    )
    op.create_index("ix_prompts_case_id", "prompts", ["case_id"])
    op.create_index(
        "ix_prompts_open",
        "prompts",
        ["sender_index"],
        unique=True,
        sqlite_where=_PROMPT_OPEN,
        postgresql_where=_PROMPT_OPEN,
    )
