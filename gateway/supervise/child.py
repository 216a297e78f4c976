"""One child process: its start, its output, its death."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO

from gateway.supervise import keeper

_PIECE = 65536
_LONGEST_LINE = 16 * 1024


@dataclass(frozen=True)
class Child:
    """A part to run.

    ``ready`` is polled after a start until it is true; it must answer within a second.
    Parts marked ``first`` are started before the others, which wait until they are ready, and are
    asked to end after them.  What a ``quiet`` part writes before it is ready and while all ends is
    not shown, only kept as its last lines should it fail.
    """

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] | None = None
    ready: Callable[[], bool] | None = None
    first: bool = False
    quiet: bool = False


class Process:
    """A started child, the leader of a process group of its own.

    Raises:
        OSError, subprocess.SubprocessError: it cannot be started.
    """

    def __init__(
        self, child: Child, *, pass_fds: Sequence[int], before: Callable[[], None]
    ) -> None:
        self._popen = subprocess.Popen(
            child.argv,
            env=None if child.env is None else dict(child.env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=pass_fds,
            preexec_fn=before,  # noqa: PLW1509 the supervisor has one thread
        )
        self.pid = self._popen.pid
        self.mourned = False  # its end was noticed
        self._unfinished = bytearray()
        os.set_blocking(self.output.fileno(), False)

    @property
    def output(self) -> IO[bytes]:
        """What it writes; does not block."""
        assert self._popen.stdout is not None  # noqa: S101 for mypy: a pipe was asked for
        return self._popen.stdout

    def end(self) -> str:
        """How it ended, in words; empty while it lives.  Its number stays its own."""
        found = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if found is None:
            return ""
        if found.si_code == os.CLD_EXITED:
            return f"exit status {found.si_status}"
        with contextlib.suppress(ValueError):
            return f"signal {signal.Signals(found.si_status).name}"
        return f"signal {found.si_status}"

    def lines(self, pieces: int = 1) -> tuple[list[str], bool]:
        """Take up to so many pieces of output: the lines in them, and whether it was the last."""
        last = False
        for _ in range(pieces):
            try:
                data = os.read(self.output.fileno(), _PIECE)
            except BlockingIOError:
                break
            self._unfinished += data
            if not data:
                last = True
                break
        *lines, rest = self._unfinished.split(b"\n")
        if rest and (last or self.mourned or len(rest) > _LONGEST_LINE):
            lines.append(rest)
            rest = bytearray()
        self._unfinished = rest
        return [line.decode("utf-8", "replace").rstrip("\r") for line in lines], last

    def ask_to_end(self) -> None:
        """TERM to the child, who ends its own workers in order; to those, if it is dead."""
        if self.mourned:
            keeper.signal_group(self.pid, signal.SIGTERM)
        else:
            keeper.ask_to_end(self.pid)

    def kill(self) -> None:
        """KILL the child and all of its group."""
        keeper.signal_group(self.pid, signal.SIGKILL)

    def bury(self) -> None:
        """End what is left of the group, then give the child's number back to the system.

        Until here a dead child is kept, so that its group's number can be nobody else's.
        """
        self.kill()
        self.output.close()
        self._popen.wait()
