"""``inbox``: what the gateway could not sort, for a person at the office to read.

Texts stand there as they came, names and all; so they are read here, never sent by SMS, and every
reading is in the audit log before a text is shown.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from gateway.cli.user import user_of_system
from gateway.domain.triage import KINDS
from gateway.errors import Fault
from gateway.settings import load, of_demo
from gateway.wiring import open_inbox

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from gateway.settings import Settings
    from gateway.store.inbox import Unread
    from gateway.wiring import Unsorted

#: what a message was taken for -> how it is told
_WHY = {
    "unsorted": "unsorted",
    "unsure": "perhaps a report",
    "question": "a question",
    "unclear": "no answer to what was asked",
    "answered_more": "an answer, and more",
    "set_aside": "failed again and again",
    "unreadable": "damaged",
}
_USSD = "_ussd"
_REPORTS = sorted(KINDS - {"question"})
_NUMBER = click.IntRange(1, 2**63 - 1)
#: part conjuncts of Indian scripts, or join them
_JOINERS = "\u200c\u200d"
_demo = click.option("--demo", is_flag=True, help="Of the demonstration of `safetynet up --demo`.")


class NotWaiting(Fault):
    """No text of this number waits to be read."""


def _settings(*, demo: bool) -> Settings:
    return of_demo(load()) if demo else load()


@click.group()
def inbox() -> None:
    """Read what could not be sorted, and file it; each reading is recorded in the audit log."""


@inbox.command("list")
@click.option("--most", default=50, show_default=True, type=click.IntRange(1, 1000))
@click.option("--with-numbers", "numbers", is_flag=True, help="With the senders' phone numbers.")
@_demo
def list_(most: int, numbers: bool, demo: bool) -> None:  # noqa: FBT001 click's way
    """Show the texts that wait to be read, the oldest first."""
    settings = _settings(demo=demo)
    with open_inbox(settings) as unsorted:
        with unsorted.database.write() as connection:
            texts = unsorted.inbox.unread(connection, most)
            left = unsorted.inbox.count_unread(connection) - len(texts)
            if texts:
                shown = f"texts={len(texts)} numbers={'yes' if numbers else 'no'}"
                _record(unsorted, connection, "inbox.shown", shown)
        if not texts:
            click.echo("nothing waits to be read", err=True)
        for each in texts:
            at = datetime.fromtimestamp(each.received_at / 1000, settings.zone)
            click.echo(_line(each, at, numbers=numbers))
        if left > 0:
            click.echo(f"{left} more wait: --most {most + left}", err=True)


def _line(unread: Unread, at: datetime, *, numbers: bool) -> str:
    sender = f"  {unread.sender or '(erased)'}" if numbers else ""
    how = " by USSD" if unread.channel.endswith(_USSD) else ""
    # no text may move the cursor or break a line
    text = (
        "".join(c if c.isprintable() or c in _JOINERS else " " for c in unread.text)
        or "(no text is left)"
    )
    why = _WHY[unread.outcome]
    of_case = f", case {unread.case}" if unread.case else ""
    return f"{unread.id:>6}  {at:%d %b %H:%M}{sender}  [{why}{how}{of_case}]  {text}"


@inbox.command()
@click.argument("ids", nargs=-1, required=True, type=_NUMBER)
@_demo
def done(ids: tuple[int, ...], demo: bool) -> None:  # noqa: FBT001 click's way
    """Mark texts read (by their numbers in the list): nothing follows from them."""

    def mark(unsorted: Unsorted, connection: Connection, now: int) -> None:
        wrong = len(set(ids)) - unsorted.inbox.mark_read(connection, ids, now)
        if wrong:
            raise NotWaiting(f"{wrong} of these do not wait to be read; nothing was changed")

    _change(mark, "inbox.done", f"messages={','.join(map(str, ids))}", demo=demo)
    click.echo(f"{len(set(ids))} marked read")


@inbox.command()
@click.argument("id_", metavar="ID", type=_NUMBER)
@click.argument("kind", type=click.Choice(_REPORTS))
@_demo
def report(id_: int, kind: str, demo: bool) -> None:  # noqa: FBT001 click's way
    """File a text as a report of KIND: the committee is asked.

    Its sender is written to only if they have said that this is safe.
    """

    def sort(unsorted: Unsorted, connection: Connection, now: int) -> None:
        if not unsorted.inbox.sort(connection, id_, kind, now):
            raise NotWaiting(
                f"{id_} does not wait to be read, came by USSD, or has no text; use REPORT by SMS"
            )

    _change(sort, "inbox.report", f"message={id_} kind={kind}", demo=demo)
    click.echo(f"{id_} will be a case in a moment")


def _change(
    change: Callable[[Unsorted, Connection, int], None], what: str, detail: str, *, demo: bool
) -> None:
    with open_inbox(_settings(demo=demo)) as unsorted, unsorted.database.write() as connection:
        change(unsorted, connection, unsorted.now())
        _record(unsorted, connection, what, detail)


def _record(unsorted: Unsorted, connection: Connection, what: str, detail: str) -> None:
    unsorted.audit.add(
        connection,
        at=unsorted.now(),
        who="operator",
        what=what,
        detail=f"{detail} user={user_of_system()}",
    )
