"""What is to become of the children if the supervisor is killed: the way to ``keeper``."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

from gateway.supervise import keeper

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
_PATIENCE_SECONDS = 2.0


class Will:
    """Keeps the keeper informed."""

    def __init__(self, grace: float) -> None:
        self._grace = grace
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe = -1

    def register_me(self) -> None:
        """In the child, before its program begins: from here on, somebody knows of it.

        The keeper hears the end of its input only when this child, too, has let go of its copy of
        the pipe, which is after this line; so a supervisor killed at any instant leaves no child
        unknown.  On Linux the kernel will ask the child to end as well, should both be killed.
        """
        os.write(self._pipe, b"+%d\n" % os.getpid())
        if _LIBC is not None:
            _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)

    def uphold(self, groups: Collection[int]) -> None:
        """Start the keeper's process; another, if somebody has ended it."""
        if self._process is not None and self._process.poll() is None:
            return
        self.close()
        end, self._pipe = os.pipe()
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(Path(keeper.__file__)), str(self._grace)],
            stdin=end,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(end)
        self.tell(groups)

    def tell(self, groups: Collection[int]) -> None:
        """Name all groups that are alive."""
        with contextlib.suppress(OSError):  # a keeper that is gone is told anew when it is back
            os.write(self._pipe, b"=" + b",".join(b"%d" % pid for pid in groups) + b"\n")

    def close(self) -> None:
        """Let the keeper go; it ends by itself, having nobody left to look after."""
        if self._process is None:
            return
        os.close(self._pipe)
        try:
            self._process.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None
