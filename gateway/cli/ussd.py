"""``ussd``: look at and check the USSD menu."""

from __future__ import annotations

import sys

import click

from gateway.catalogue import load_catalogue
from gateway.domain.ussd.menu import LANGUAGES
from gateway.domain.ussd.walk import printed, walk
from gateway.settings import load
from gateway.ussd import load_menu


@click.group()
def ussd() -> None:
    """The USSD menu (texts: safetynet templates; to walk it: safetynet phone, then *384#)."""


@ussd.command("map")
@click.option(
    "--language", type=click.Choice(LANGUAGES), default="en", show_default=True,
    help="The language of the screens.",
)  # fmt: skip
def map_(language: str) -> None:
    """Print the tree: every screen, and where each key leads."""
    settings = load()
    menu = load_menu(settings.region, *settings.numbers)
    click.echo(printed(menu, load_catalogue(), language), nl=False)


@ussd.command()
def check() -> None:
    """Walk every path in every language and tell every fault.  Exit status 1."""
    settings = load()
    walked = walk(load_menu(settings.region, *settings.numbers), load_catalogue())
    for fault in walked.faults:
        click.echo(fault)
    if walked.faults:
        click.echo(f"{len(walked.faults)} faults")
        sys.exit(1)
    click.echo(
        f"{walked.paths} paths over {walked.screens} screens in {len(LANGUAGES)} languages:"
        " all is well"
    )
