"""Who types a command, for the audit log."""

from __future__ import annotations

import os
import pwd

from gateway.store.engine import plain_column

_LONGEST_NAME = 64


def user_of_system() -> str:
    """Who typed it, by the system's word and not by the environment's, which anybody can set."""
    number = os.getuid()
    try:
        name = pwd.getpwuid(number).pw_name
    except KeyError:  # a container's user without a name
        name = ""
    return plain_column(name, _LONGEST_NAME).replace(" ", "_") or str(number)
