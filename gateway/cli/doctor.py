"""``doctor``: what is missing or wrong, in plain words."""

from __future__ import annotations

import sys

import click

from gateway.doctor import examine
from gateway.settings import load, of_demo
from gateway.wiring import prepare

_MARKS = {"ok": ("ok   ", "green"), "note": ("note ", "cyan"), "wrong": ("WRONG", "red")}


@click.command()
@click.option("--migrate", is_flag=True, help="Make or migrate the schema first.")
@click.option("--demo", is_flag=True, help="Look at the demonstration of `safetynet up --demo`.")
def doctor(migrate: bool, demo: bool) -> None:  # noqa: FBT001 click's way
    """Tell what is missing or wrong, and what to do; exit status 1 if anything is wrong."""
    settings = of_demo(load()) if demo else load()
    if migrate:
        prepare(settings)
    wrong = 0
    for finding in examine(settings):
        mark, colour = _MARKS[finding.level]
        click.echo(f"{click.style(mark, fg=colour)} {finding.text}")
        wrong += finding.level == "wrong"
    if wrong:
        click.echo(f"{wrong} to mend")
        sys.exit(1)
    click.echo("all is well")
