"""One gateway a data directory.

The lock is on an open file that the gateway's parts inherit, so that it is free only when the last
of them has ended; it needs no cleaning up after a crash.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from gateway.errors import Fault

_LOOK_EVERY_SECONDS = 0.1


class DataDirFault(Fault):
    """The data directory cannot be used, or is in use."""


@contextlib.contextmanager
def hold(
    data_dir: Path, *, patience: float = 25.0, say: Callable[[str], None] = print
) -> Iterator[int]:
    """Make the data directory if it is missing and hold its lock.

    Where the former gateway was killed and its parts are still ending their work, waits for them up
    to ``patience`` seconds, and tells so with ``say``.

    Yields:
        The lock's open file, to be inherited by the parts.

    Raises:
        DataDirFault: another gateway uses the directory, or it cannot be written.
    """
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(data_dir / "up.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as fault:
        raise DataDirFault(
            f"{data_dir} cannot be written ({fault.strerror}): "
            "set SAFETYNET_DATA_DIR to a folder that can"
        ) from None
    try:
        _take(lock, data_dir, patience, say)
        os.ftruncate(lock, 0)
        os.pwrite(lock, b"%d\n" % os.getpid(), 0)
        yield lock
    finally:
        os.close(lock)


def _take(lock: int, data_dir: Path, patience: float, say: Callable[[str], None]) -> None:
    until = time.monotonic() + patience
    told = False
    while True:
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        holder = os.pread(lock, 20, 0).strip().decode("ascii", "replace")
        if _is_alive(holder):
            raise DataDirFault(
                f"a gateway (process {holder}) already uses {data_dir}: "
                "stop it, or set SAFETYNET_DATA_DIR to another folder"
            )
        if time.monotonic() > until:
            raise DataDirFault(
                f"parts of a gateway that was killed still use {data_dir}: end them and try again"
            )
        if not told:
            told = True
            say("the last gateway was killed; waiting for its parts to end their work")
        time.sleep(_LOOK_EVERY_SECONDS)


def _is_alive(pid: str) -> bool:
    if not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
