"""``import``: places and contacts from CSV files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from gateway.domain.contacts import read_contacts
from gateway.domain.places import read_places
from gateway.errors import ImportFault
from gateway.settings import load
from gateway.wiring import open_people

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_SHOWN = 20


@click.group("import")
def import_() -> None:
    """Read places or contacts from a CSV file; known ones are changed, none is removed."""


@import_.command()
@click.argument("file", type=_FILE)
@click.option("--skip-bad", is_flag=True, help="Import the good rows although others are wrong.")
def places(file: Path, skip_bad: bool) -> None:  # noqa: FBT001 click's way
    """Import places: code,level,name,parent_code,name_bn,name_hi,aliases,lat,lon."""
    with open_people(load()) as (people, directory):
        known = directory.gazetteer.own
        found, faults = read_places(_text(file), known)
        _refuse(faults, skip_bad=skip_bad)
        click.echo(f"{people.put_places(found)} places imported from {file.name}")


@import_.command()
@click.argument("file", type=_FILE)
@click.option("--skip-bad", is_flag=True, help="Import the good rows although others are wrong.")
def contacts(file: Path, skip_bad: bool) -> None:  # noqa: FBT001 click's way
    """Import contacts: name,phone,role,place_code,language,channel,on_duty,rung,alias."""
    settings = load()
    with open_people(settings) as (people, directory):
        found, faults = read_contacts(_text(file), directory.gazetteer.own, settings.region)
        _refuse(faults, skip_bad=skip_bad)
        click.echo(f"{people.put_contacts(found)} contacts imported from {file.name}")


def _text(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise ImportFault(
            f"{file.name} is not in UTF-8 (byte {fault.start}); save it as «CSV UTF-8»"
        ) from None


def _refuse(faults: Sequence[tuple[int, str]], *, skip_bad: bool) -> None:
    for line, reason in faults[:_SHOWN]:
        click.echo(f"line {line}: {reason}", err=True)
    if len(faults) > _SHOWN:
        click.echo(f"… and {len(faults) - _SHOWN} more", err=True)
    if faults and not skip_bad:
        raise ImportFault(
            f"{len(faults)} rows are wrong; nothing was imported (--skip-bad imports the others)"
        )
