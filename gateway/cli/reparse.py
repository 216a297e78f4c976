"""``reparse``: understand messages again, after words or rules were mended."""

from __future__ import annotations

import sys
from contextlib import closing
from datetime import datetime
from typing import TYPE_CHECKING

import click

from gateway.cli.user import user_of_system
from gateway.settings import load, of_demo
from gateway.steps import reparse as steps
from gateway.wiring import open_gateway

if TYPE_CHECKING:
    from gateway.domain.rereading import Change
    from gateway.steps.parts import Parts
    from gateway.steps.reparse import ReadAgain

_DAY_MS = 86_400_000
#: what is told of people is not shown, only that it is read otherwise
_OF_PEOPLE = frozenset({"person", "companion_name", "companion_phone", "reason"})


@click.command()
@click.argument("ids", metavar="[NUMBER]...", nargs=-1, type=click.IntRange(1, 2**63 - 1))
@click.option("--days", default=30, show_default=True, type=click.IntRange(1, 3650))
@click.option("--apply", is_flag=True, help="Change it: cases open and grow, committees are asked.")
@click.option("--demo", is_flag=True, help="Of the demonstration of `safetynet up --demo`.")
def reparse(ids: tuple[int, ...], days: int, apply: bool, demo: bool) -> None:  # noqa: FBT001 click's way
    """Understand the messages of the last days again, or those of these NUMBERs.

    Shows what would change and changes nothing, but for --apply. What a person has sorted, put
    right or answered stands, and no priority is lowered. Reporters are not written to.
    """
    settings = of_demo(load()) if demo else load()
    with closing(open_gateway(settings)) as gateway:
        parts = gateway.parts
        since = 0 if ids else parts.now() - days * _DAY_MS
        seen = parts.inbox.count_processed(since, ids)
        found = _look(parts, since, ids, seen)
        if found and not apply:
            _record(parts, len(found))
        changed = 0
        for each in found:
            read = steps.change(parts, each.id, user_of_system()) if apply else each
            if read is None:
                continue
            changed += 1
            at = datetime.fromtimestamp(read.received_at / 1000, settings.zone)
            click.echo(f"{read.id:>6}  {at:%d %b %H:%M}  {_told(read)}")
    again = f"{seen} message{'' if seen == 1 else 's'} read again"
    if not found:
        click.echo(f"{again}: all as before", err=True)
    elif apply:
        click.echo(f"{again}, {changed} changed", err=True)
    else:
        click.echo(
            f"{again}, {changed} otherwise; nothing is changed yet:"
            " `safetynet reparse --apply` changes all of these, or only the NUMBERs given",
            err=True,
        )


def _look(parts: Parts, since: int, ids: tuple[int, ...], seen: int) -> list[ReadAgain]:
    """What reads otherwise, the urgent first."""
    with click.progressbar(range(seen), label="reading", file=sys.stderr) as bar:
        pairs = zip(bar, steps.look(parts, since, ids), strict=False)
        found = [each for _, each in pairs if each is not None]
    return sorted(found, key=lambda each: (each.urgency != "urgent", each.id))


def _told(read: ReadAgain) -> str:
    rules = f" ({' '.join(read.rules)})" if read.rules else ""
    if not read.number:
        now = f"{read.kind}, {read.urgency}{rules}" if read.kind else "tried once more"
        return f"{read.outcome} -> {now}"
    priority = read.urgency
    if read.before != read.urgency:
        priority = f"{read.before} -> {read.urgency}"
    changes = ", ".join(_changed(each) for each in read.changes)
    return f"case {read.number}: {changes}; {priority}{rules}"


def _changed(change: Change) -> str:
    if change.what in _OF_PEOPLE:
        return f"{change.what} {'read' if change.before is None else 'read otherwise'}"
    if change.after is True:
        return f"+{change.what}"
    before = "" if change.before is None else f"{change.before} "
    return f"{change.what} {before}-> {change.after}"


def _record(parts: Parts, shown: int) -> None:
    with parts.database.write() as connection:
        parts.audit.add(
            connection,
            at=parts.now(),
            who="operator",
            what="reparse.shown",
            detail=f"messages={shown} user={user_of_system()}",
        )
