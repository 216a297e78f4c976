"""``templates``: look at, check and count the texts that leave the gateway."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from gateway.catalogue import FILES, load_catalogue
from gateway.domain.templates import GSM_LANGUAGES, dlt_text
from gateway.domain.templates import check as faults_of
from gateway.domain.text import segments

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_LANGUAGE = click.Choice(list(FILES))


@click.group()
def templates() -> None:
    """The texts that leave the gateway, in six ways of writing."""


@templates.command()
@click.option("--folder", type=_FOLDER, help="Another folder than the shipped one.")
def check(folder: Path | None) -> None:
    """Tell every fault: too long, a language missing, a parameter misnamed.  Exit status 1."""
    catalogue = load_catalogue(folder)
    faults = list(faults_of(catalogue))
    for fault in faults:
        click.echo(str(fault))
    if faults:
        click.echo(f"{len(faults)} faults")
        sys.exit(1)
    click.echo(f"{len(catalogue.declared)} texts in {len(catalogue.texts)} languages: all is well")


@templates.command("list")
@click.option("--language", type=_LANGUAGE, help="One language only.")
def list_(language: str | None) -> None:
    """Show every text with the SMS it becomes with its longest parameters."""
    catalogue = load_catalogue()
    for key, declared in catalogue.declared.items():
        click.secho(f"{key}  ({declared.audience}) {declared.purpose}", bold=True)
        for each in [language] if language else FILES:
            if declared.on_screen:
                if each in GSM_LANGUAGES:
                    text = catalogue.text(key, each)
                    letters = len(text.format_map(declared.params))
                    click.echo(f"  {each:8}{letters} letters  {text!r}")
                continue
            text = catalogue.text(key, each)
            longest = segments(text.format_map(declared.params))
            click.echo(f"  {each:8}{longest.segments} {longest.encoding}  {text}")


@templates.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def count(as_json: bool) -> None:  # noqa: FBT001 click's way
    """Tell encoding, units and SMS of each text, one a line of standard input."""
    for line in sys.stdin:
        found = segments(line.rstrip("\r\n"))
        if as_json:
            click.echo(json.dumps(asdict(found)))
        else:
            click.echo(f"{found.encoding} {found.units} units, {found.segments} SMS")


@templates.command()
@click.option("--language", type=_LANGUAGE, help="One language only.")
def dlt(language: str | None) -> None:
    """Show the texts as India's DLT portals register them, and what those may object to."""
    catalogue = load_catalogue()
    for key, declared in catalogue.declared.items():
        if declared.audience == "word" or declared.on_screen:
            continue
        for each in [language] if language else FILES:
            form, objections = dlt_text(declared, catalogue.text(key, each))
            click.echo(f"{key}\t{each}\t{form}")
            for objection in objections:
                click.secho(f"  may be refused: {objection}", fg="yellow")
