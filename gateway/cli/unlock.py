"""``unlock``: let a contact in again who is locked out, or has the lost phone back."""

from __future__ import annotations

import click

from gateway import wiring
from gateway.errors import Fault
from gateway.settings import load


class UnknownContact(Fault):
    """No contact has this short name."""


@click.command()
@click.argument("alias")
def unlock(alias: str) -> None:
    """Open the lock of a contact (by alias): the PIN is forgotten, a blocked number counts again.

    For the operator, where no coordinator is left to text PIN @name.  It stands in the audit log.
    """
    with wiring.open_contacts(load()) as contacts:
        found = contacts.directory.with_alias(alias.removeprefix("@"), blocked=True)
        if found is None:
            raise UnknownContact(f"no contact has the alias {alias}")
        contacts.unlock(found)
    click.echo(f"{alias} can choose a new PIN by texting PIN and 4 to 6 digits")
