"""``keys``: make and rotate the encryption keys."""

from __future__ import annotations

import click

from gateway.settings import load
from gateway.store.sealing import new_keys, rotated


@click.group()
def keys() -> None:
    """Make and rotate the keys that seal numbers, names and texts."""


@keys.command()
def new() -> None:
    """Print fresh keys as a line for the environment or the .env file.

    Keep a copy apart from the database: without them nothing in it can be read.
    """
    click.echo(f"SAFETYNET_KEYS={new_keys()}")


@keys.command()
def rotate() -> None:
    """Print the present keys with a new one that seals from now on; the old ones still open.

    End every process of the gateway before one begins with the new line: a process with the old
    keys cannot read what is sealed with the new one, and sets it aside.
    """
    click.echo(f"SAFETYNET_KEYS={rotated(load().keys.get_secret_value())}")
