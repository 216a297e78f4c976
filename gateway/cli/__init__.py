"""The command line, one file a command, each imported only when it is called."""

from __future__ import annotations

import importlib
import sys

import click

from gateway.errors import Fault
from gateway.settings import SettingsFault

#: command -> "module:function"
_COMMANDS = {
    "up": "gateway.cli.up:up",
    "web": "gateway.cli.parts:web",
    "worker": "gateway.cli.parts:worker",
    "clock": "gateway.cli.parts:clock",
    "doctor": "gateway.cli.doctor:doctor",
    "parse": "gateway.cli.parse:parse",
    "phone": "gateway.cli.phone:phone",
    "import": "gateway.cli.import_:import_",
    "export": "gateway.cli.export:export",
    "inbox": "gateway.cli.inbox:inbox",
    "reparse": "gateway.cli.reparse:reparse",
    "templates": "gateway.cli.templates:templates",
    "unlock": "gateway.cli.unlock:unlock",
    "cards": "gateway.cli.cards:cards",
    "ussd": "gateway.cli.ussd:ussd",
    "keys": "gateway.cli.keys:keys",
}


class _Commands(click.Group):
    """Finds commands by name without importing the others."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 click's signature
        target = _COMMANDS.get(cmd_name)
        if target is None:
            return None
        module, _, name = target.partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


@click.group(cls=_Commands)
def safetynet() -> None:
    """SafetyNet: a gateway between basic phones and child protection committees."""


def main() -> None:
    """The entry point: faults of the operator's are told in a line, without a trace."""
    try:
        safetynet(prog_name="safetynet")
    except (Fault, SettingsFault) as fault:
        click.echo(f"safetynet: {fault}", err=True)
        sys.exit(2)
