"""Ends what a supervisor left behind when it was killed and could not do it itself.

Runs as a program of its own, on the standard library alone: ``python -I -S keeper.py GRACE``.
On its standard input the supervisor tells which process groups are alive: ``+PID`` adds one,
``=PID,PID`` names all.  The end of input with no group left is the ordinary end; with groups left,
they get TERM, GRACE seconds, then KILL.  It ends nothing while the supervisor lives, and ignores
the signals that ask the supervisor to stop.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterable

_LOOK_EVERY_SECONDS = 0.05


def signal_group(leader: int, number: int) -> bool:
    """Send a signal to all of a process group; False if nobody is left in it."""
    try:
        os.killpg(leader, number)
    except (ProcessLookupError, PermissionError):  # gone; macOS says the latter of zombies
        return False
    return True


def ask_to_end(leader: int) -> None:
    """TERM to the leader, who ends its own workers in order; to all if the leader is gone."""
    try:
        os.kill(leader, signal.SIGTERM)
    except (ProcessLookupError, PermissionError):
        signal_group(leader, signal.SIGTERM)


def _heard(lines: Iterable[bytes]) -> set[int]:
    groups: set[int] = set()
    for line in lines:
        pids = {int(pid) for pid in line[1:].strip().split(b",") if pid}
        groups = groups | pids if line.startswith(b"+") else pids
    return groups


def _end(groups: set[int], grace: float) -> None:
    for leader in groups:
        ask_to_end(leader)
    until = time.monotonic() + grace
    while groups and time.monotonic() < until:
        time.sleep(_LOOK_EVERY_SECONDS)
        groups = {leader for leader in groups if signal_group(leader, 0)}
    for leader in groups:
        signal_group(leader, signal.SIGKILL)


def main() -> None:
    """Listen until the supervisor is gone, then end its groups."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    _end(_heard(sys.stdin.buffer), float(sys.argv[1]))


if __name__ == "__main__":
    main()
