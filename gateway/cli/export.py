"""``export``: the migration register, as a Gram Panchayat keeps it.

Every export is in the audit log before anything leaves the program.
"""

from __future__ import annotations

import os
import sys
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.cli.user import user_of_system
from gateway.errors import Fault
from gateway.register import LANGUAGES, Period, sheet
from gateway.register.writers import FORMATS
from gateway.settings import load, of_demo
from gateway.store.engine import now_ms
from gateway.wiring import open_books

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from gateway.domain.places import Gazetteer, Place

_FIRST_YEAR, _LAST_YEAR = 1970, 9998
_SHOWN = 8
#: the beginning of all that the gateway keeps
_BEGINNING = 0


def _day(_ctx: click.Context, _param: click.Parameter, value: str | None) -> date | None:
    if value is None:
        return None
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise click.BadParameter(
            f"{value!r} is no day; year-month-day is meant, as 2026-12-01"
        ) from None
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise click.BadParameter(f"{value!r} is too far away")
    return day


@click.group()
def export() -> None:
    """Write out what is kept; each export is recorded in the audit log."""


@export.command()
@click.option("--place", "code", required=True, metavar="CODE", help="This place and all below it.")
@click.option(
    "--from",
    "first",
    callback=_day,
    metavar="DATE",
    help="First day (default: from the beginning).",
)
@click.option(
    "--to", "last", callback=_day, metavar="DATE", help="Last day, itself counted (default: today)."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(list(FORMATS)),
    help="Default: by the ending of --output, else csv.",
)
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write (default: standard output).",
)
@click.option("--with-names", "names", is_flag=True, help="With names; else they are left out.")
@click.option("--demo", is_flag=True, help="Of the demonstration of `safetynet up --demo`.")
def register(
    code: str,
    first: date | None,
    last: date | None,
    form: str | None,
    language: str,
    output: Path | None,
    names: bool,  # noqa: FBT001 click's way
    demo: bool,  # noqa: FBT001 click's way
) -> None:
    """Write the migration register of a place: who left, for where, with whom, and came back."""
    settings = of_demo(load()) if demo else load()
    form = form or _form_of(output)
    if form == "xlsx" and output is None and sys.stdout.isatty():
        raise click.UsageError("a workbook is no text for a terminal; name a file with --output")
    now = now_ms()
    today = datetime.fromtimestamp(now / 1000, settings.zone).date()
    period = Period(first, last or today)
    if period.first is not None and period.first > period.last:
        raise click.UsageError(f"--from {period.first} lies after --to {period.last}")
    since, until = _instants(period, settings.zone)
    with open_books(settings) as books:
        gazetteer = books.directory.gazetteer
        place = _place(code, gazetteer)
        with books.database.read() as connection:
            entries = books.register.entries(connection, place.code, since, until, names=names)
        made = sheet(
            entries,
            place=place,
            period=period,
            made=today,
            gazetteer=gazetteer,
            language=language,
            zone=settings.zone,
            names=names,
        )
        data = FORMATS[form](made)
        with books.database.write() as connection:
            books.audit.add(
                connection,
                at=now,
                who="operator",
                what="export.register",
                detail=f"place={place.code} from={first or ''} to={period.last} format={form}"
                f" names={'yes' if names else 'no'} entries={len(entries)} user={user_of_system()}",
            )
    _give(data, output)
    told = "with names" if names else "without names"
    click.echo(
        f"{len(entries)} entries of {place.name} written {told}, and recorded in the audit log",
        err=True,
    )


def _form_of(output: Path | None) -> str:
    ending = output.suffix.lower().lstrip(".") if output else ""
    return ending if ending in FORMATS else "csv"


def _instants(period: Period, zone: ZoneInfo) -> tuple[int, int]:
    """From the first instant of the first day until the first instant after the last."""

    def begins(day: date) -> int:
        return round(datetime.combine(day, time(), zone).timestamp() * 1000)

    since = _BEGINNING if period.first is None else begins(period.first)
    return since, begins(period.last + timedelta(days=1))


def _place(code: str, gazetteer: Gazetteer) -> Place:
    """The committees' place with this code.

    Raises:
        Fault: there is none; says which may be meant.
    """
    if code in gazetteer and not gazetteer[code].is_reference:
        return gazetteer[code]
    own = gazetteer.own
    if not own:
        raise Fault("there are no places: safetynet import places FILE.csv")
    wanted = code.casefold()
    alike = [
        place
        for place in own
        if wanted in {place.code.casefold(), place.name.casefold(), place.name_bn.casefold()}
    ]
    similar = gazetteer.named(code)
    if not alike and similar is not None and not similar.is_reference:
        alike = [similar]
    if alike:
        raise Fault(f"no place has the code {code}; is it {_listed(alike)}?")
    offices = [place for place in own if place.level in {"gram_panchayat", "municipality"}]
    raise Fault(f"no place has the code {code}; codes are, for instance, {_listed(offices or own)}")


def _listed(places: list[Place] | tuple[Place, ...]) -> str:
    return ", ".join(f"{place.code} ({place.name})" for place in places[:_SHOWN])


def _give(data: bytes, output: Path | None) -> None:
    if output is None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    try:
        # a register is for its reader alone until somebody decides otherwise
        descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
    except OSError as fault:
        raise Fault(f"{output} cannot be written: {fault.strerror}") from None
