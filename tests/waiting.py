"""Waiting for what another process or thread is about to do."""

from __future__ import annotations

import time
from collections.abc import Callable

#: seconds; a machine that runs other tests beside takes its time, and what comes at once costs none
PATIENCE = 90.0


def until(is_so: Callable[[], object], told: Callable[[], str] | str = "it did not happen") -> None:
    """Wait until something is so.

    Raises:
        AssertionError: it is not so for long; with what is ``told`` then.
    """
    end = time.monotonic() + PATIENCE
    while not is_so():
        if time.monotonic() > end:
            raise AssertionError(told if isinstance(told, str) else told())
        time.sleep(0.02)
