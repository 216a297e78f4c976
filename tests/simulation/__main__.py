"""``python -m tests.simulation [reports [days]]``: a month in a minute, and what it shows."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

from tests.simulation.invariants import ALL, Books
from tests.simulation.month import FULL, Size, a_month
from tests.simulation.summary import summary


def main() -> int:
    """Run a month; 1 if anything does not hold."""
    given = [int(each) for each in sys.argv[1:]]
    size = Size(reports=given[0], days=given[1] if len(given) > 1 else 30) if given else FULL
    seed = int(os.environ.get("SAFETYNET_SIM_SEED", "1"))
    print(f"SAFETYNET_SIM_SEED={seed}", flush=True)
    began = time.monotonic()
    broken = 0
    with tempfile.TemporaryDirectory() as folder, a_month(Path(folder), size, seed) as month:
        books = Books(month)
        print(summary(books))
        for holds in ALL:
            try:
                holds(books)
            except AssertionError as fault:
                broken += 1
                print(f"\nBROKEN {holds.__name__}: {fault}")
    print(f"{len(ALL) - broken} of {len(ALL)} hold; {time.monotonic() - began:.0f} seconds")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
